"""Whether a format says of each element with a value that its schema has either where it is read, or why it is not."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lxml import etree

from gateway.intake.format_file import FormatFile
from gateway.intake.mapping import ElementRecord, House, parted, split_path
from gateway.intake.whole_schema import schema_files

_XS = "{http://www.w3.org/2001/XMLSchema}"
_CONTENT = tuple(
    f"{_XS}{name}" for name in ("complexType", "complexContent", "extension", "sequence", "choice", "all", "group")
)
_SHOWN = 20
Named = Mapping[str, etree._Element]


def read_paths(file: FormatFile) -> dict[str, str]:
    """Return the paths that a format reads, from its root, each with the fields of the model."""
    at = f"{file.at}/" if file.at else ""
    found = {f"{at}{path}": "message" for path in file.kind_by}
    for path, name in _paths(file.declaration, at, ""):
        found[path] = f"{found[path]}, {name}" if path in found else name
    return found


def leaves(schema: Path, root: str) -> Sequence[str]:
    """Return the paths of all elements with a value that a message with a root may have, from that root; none within themselves."""
    types: dict[str, etree._Element] = {}
    roots: dict[str, etree._Element] = {}
    for _, tree in schema_files(schema):
        for one in tree:
            if one.tag in (f"{_XS}complexType", f"{_XS}group"):
                types[str(one.get("name"))] = one
            elif one.tag == f"{_XS}element":
                roots[str(one.get("name"))] = one
    begin = roots.get(etree.QName(root).localname)
    return () if begin is None else tuple(dict.fromkeys(_below(begin, "", types, roots, ())))


def is_unread(leaf: str, file: FormatFile) -> bool:
    """Whether a format says of an element that it is not read."""
    steps = f"/{leaf}/"
    return any(
        f"/{path[2:]}/" in steps if path.startswith("*/") else steps.startswith(f"/{path}/")
        for row in file.unread
        for path in row.paths
    )


def unread_faults(file: FormatFile, schema: Path) -> tuple[str, ...]:
    """Return what a format that says what it does not read has forgotten, or says both of; none of one that says nothing of it."""
    if not file.unread:
        return ()
    read = {_plain(path) for path in read_paths(file)}
    found = leaves(schema, file.root)
    forgotten = [leaf for leaf in found if leaf not in read and not is_unread(leaf, file)]
    both = [leaf for leaf in found if leaf in read and is_unread(leaf, file)]
    faults = []
    for wrong, text in (
        (forgotten, "neither read nor said to be unread: map them, or add them to [[unread]] with a reason"),
        (both, "read, and said to be unread: take them out of [[unread]]"),
    ):
        if wrong:
            more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
            faults.append(f"{file.place}: {', '.join(wrong[:_SHOWN])}{more} of {schema}: {text}")
    return tuple(faults)


def _plain(path: str) -> str:
    """Return a path without the conditions of its steps, its prefixes and its attribute."""
    steps, _ = parted(path)
    return "/".join(step.partition("[")[0].rpartition(":")[2] for step in split_path(steps))


def _paths(record: ElementRecord, before: str, owner: str) -> Iterator[tuple[str, str]]:
    for source in record.fields:
        for path in source.paths:
            yield before + path, f"{owner}{source.name}"
    for listed in (*record.lists, *record.houses):
        for path in listed.paths:
            inner = owner if record.kind is House and listed.name == "items" else f"{owner}{listed.name}."
            yield from _paths(listed.record, f"{before}{path}/", inner)
    for part in record.parts:
        yield from _paths(part.record, before, f"{owner}{part.name}.")


def _below(
    node: etree._Element, before: str, types: Named, roots: Named, within: tuple[etree._Element, ...]
) -> Iterator[str]:
    """Yield the leaves below an element, a type or a group; what stands within itself is passed over."""
    if node in within:
        return
    within = (*within, node)
    for name in ("type", "ref", "base"):
        other = types.get(_local(node.get(name)))
        if other is not None and node.tag != f"{_XS}attribute":
            yield from _below(other, before, types, roots, within)
    for child in node:
        if child.tag == f"{_XS}element":
            one = roots.get(_local(child.get("ref")), child)
            path = before + str(one.get("name"))
            if _has_content(one, types):
                yield from _below(one, f"{path}/", types, roots, within)
            else:
                yield path
        elif child.tag in _CONTENT:
            yield from _below(child, before, types, roots, within)


def _has_content(element: etree._Element, types: Named) -> bool:
    own = element.find(f"{_XS}complexType")
    kind = own if own is not None else types.get(_local(element.get("type")))
    return kind is not None and kind.find(f"{_XS}simpleContent") is None


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]
