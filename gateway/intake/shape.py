"""The shape of a schema of ours: the order of elements, which repeat, and what each is called.

XML needs none of it; JSON has no order of its own, and violations are reported with data element numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One element of a schema."""

    name: str
    title: str
    """Data element number and name; empty where the schema says none."""
    required: bool
    most: int
    """The number of times that it may occur in its parent."""
    children: Mapping[str, "Shape"]
    """The children in the order of the schema; empty for text."""


def read_shape(schema: Path, root: str) -> Shape:
    """Read the shape of the root element out of a schema and the files it includes.

    The schema is one of ours: named types, sequences and choices without references or recursion.

    Raises:
        ValueError: it has no such root.
    """
    types, roots = read_types(schema)
    if root not in roots:
        raise ValueError(f"{schema}: has no element {root!r}")
    return _shape(roots[root], types, True)


def read_types(schema: Path) -> tuple[Mapping[str, etree._Element], Mapping[str, etree._Element]]:
    """Return the named types of a schema and the files it includes, and its root elements."""
    types: dict[str, etree._Element] = {}
    roots: dict[str, etree._Element] = {}
    _collect(schema, types, roots, set())
    return types, roots


def titles(shape: Shape) -> Mapping[tuple[str, str], str]:
    """Return the titles of all elements by their parent's name and their own; the root's parent is empty."""
    found: dict[tuple[str, str], str] = {}
    waiting = [("", shape)]
    while waiting:
        parent, one = waiting.pop()
        if one.title:
            found[parent, one.name] = one.title
        waiting += [(one.name, child) for child in one.children.values()]
    return found


def _collect(path: Path, types: dict[str, etree._Element], roots: dict[str, etree._Element], seen: set[Path]) -> None:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    top = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)).getroot()
    for part in top:
        if part.tag == f"{XS}include":
            _collect(path.parent / part.get("schemaLocation", ""), types, roots, seen)
        elif part.tag in (f"{XS}complexType", f"{XS}simpleType"):
            types[part.get("name", "")] = part
        elif part.tag == f"{XS}element":
            roots[part.get("name", "")] = part


def _shape(element: etree._Element, types: Mapping[str, etree._Element], required: bool) -> Shape:
    kind = types.get(element.get("type", ""))
    documentation = element.find(f"{XS}annotation/{XS}documentation")
    text = (documentation.text or "") if documentation is not None else ""
    return Shape(
        name=element.get("name", ""),
        title=_title(text),
        required=required and element.get("minOccurs", "1") != "0",
        most=int(element.get("maxOccurs", "1")),
        children={part.get("name", ""): _shape(part, types, sure) for part, sure in elements(kind, True)}
        if kind is not None
        else {},
    )


def elements(node: etree._Element, sure: bool = True) -> Iterator[tuple[etree._Element, bool]]:
    """Return the elements that one may contain, and whether what is around each has to be there."""
    for part in node.iterchildren(f"{XS}sequence", f"{XS}choice", f"{XS}element"):
        if part.tag == f"{XS}element":
            yield part, sure
        else:
            has_to_be = part.tag == f"{XS}sequence" and part.get("minOccurs", "1") != "0"
            yield from elements(part, sure and has_to_be)


def _title(text: str) -> str:
    """Return the title: a documentation begins with the data element number and the name, each ended by a full stop."""
    number, _, rest = text.partition(". ")
    if not number[:1].isdigit():
        return ""
    return f"{number.removesuffix(' 000').removesuffix(' 000')}, {rest.partition('.')[0].lower()}"
