"""A schema read as a whole by a second processor (xmlschema): is all of it there, and what was expected at a place.

libxml2, which validates messages, names what is wrong and stops there. This one is slow and is asked by people only: by
`gateway check` about every configured schema, by `gateway validate` about one message.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.intake.xml import Element

_XS = "{http://www.w3.org/2001/XMLSchema}"
_VERSIONING = "{http://www.w3.org/2007/XMLSchema-versioning}"
_ONLY_1_1 = frozenset(
    {"assert", "assertion", "alternative", "openContent", "defaultOpenContent", "override", "explicitTimezone"}
)
"""Elements that XSD 1.0 does not have."""
_NAMES = 12
"""Elements that are named as expected at one place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedElement:
    """The content that a schema expects at a place of a message where it found something else."""

    line: int | None
    element: str
    """The name of the element in which it is, or which it is."""
    names: tuple[str, ...]
    """Elements that might be there, in the schema's order; none: the element's own value is meant."""
    why: str
    """The reason in the processor's words."""


def schema_faults(path: Path) -> tuple[str, ...]:
    """Return what keeps a schema from being used: an XSD 1.1, an import that is not there or leads out of the folder of its set, a type that nothing defines."""
    if (found := marks_of_1_1(path)) is not None:
        return (found,)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            schema = _read(path)
    except Exception as error:
        # The library raises a dozen kinds, of which some are ValueError and some KeyError.
        return (f"{path}: {_line(error)}",)
    faults = [f"{path}: {_line(one.message)}" for one in warned]
    # Sets of schemas lie in folders beside each other: those of their common folder belong together.
    home = path.resolve().parent.parent
    read = (Path(unquote(urlsplit(one.url).path)) for one in schema.maps.iter_schemas() if one.url)
    faults += [f"{path}: it reads {one}, which lies outside {home}" for one in read if not _belongs(one, home)]
    return tuple(dict.fromkeys(faults))


def marks_of_1_1(path: Path) -> str | None:
    """Return the construct of XSD 1.1, with its place, in a schema or in one that it includes; None: it has none.

    That a schema says it needs 1.1 is no such construct: official sets are marked so that use nothing of it.
    """
    for file, root in schema_files(path):
        for one in root.iter(etree.Element):
            name = str(one.tag)
            if name.startswith(_XS) and name[len(_XS) :] in _ONLY_1_1:
                return f"{file}:{one.sourceline}: it is written in XSD 1.1 (xs:{name[len(_XS) :]}); 1.0 is read"
            conditional = next((key for key in one.attrib if str(key).startswith(_VERSIONING)), None)
            if conditional is not None and one is not root:
                condition = str(conditional)[len(_VERSIONING) :]
                return f"{file}:{one.sourceline}: it is written in XSD 1.1 (vc:{condition}); 1.0 is read"
    return None


def schema_files(path: Path) -> Iterator[tuple[Path, Element]]:
    """Return a schema and all that it includes or imports from beside it, each once however often it is named."""
    waiting, seen = [path], {path.resolve()}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    while waiting:
        file = waiting.pop(0)
        try:
            root = etree.parse(file, parser).getroot()
        except (OSError, etree.XMLSyntaxError):
            continue  # what cannot be read stops the processors, which say where
        yield file, root
        for name in ("include", "import", "redefine"):
            for named in root.iterfind(f"{_XS}{name}[@schemaLocation]"):
                found = file.parent / unquote(str(named.get("schemaLocation")))
                if (known := found.resolve()) not in seen:
                    seen.add(known)
                    waiting.append(found)


def roots(path: Path) -> frozenset[str]:
    """Return the names of the elements with which a message may begin by a schema of a set with one namespace."""
    found: set[str] = set()
    for _, root in schema_files(path):
        space = root.get("targetNamespace")
        named = [str(one.get("name")) for one in root.iterfind(f"{_XS}element[@name]")]
        found |= {f"{{{space}}}{name}" if space else name for name in named}
    return frozenset(found)


def expected(path: Path, root: Element, *, limit: int) -> Iterator[ExpectedElement]:
    """Return, for at most so many violations of a message, what its schema expects there.

    Raises:
        ValueError: the schema cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            schema = _read(path)
    except Exception as error:
        raise ValueError(f"{path}: {_line(error)}") from error
    for found in islice(schema.iter_errors(_parsed(root)), limit):
        element = found.elem
        yield ExpectedElement(
            line=getattr(element, "sourceline", None),
            element=etree.QName(element).localname if element is not None else "",
            names=tuple(_names(getattr(found, "expected", None) or ())),
            why=_line(found.reason or ""),
        )


def _read(path: Path) -> Any:
    from xmlschema import XMLSchema10, XMLSchema11

    # One that is marked as needing 1.1 is passed over as empty by the processor of 1.0.
    marked = any(root.get(f"{_VERSIONING}minVersion", "1.0") > "1.0" for _, root in schema_files(path))
    # Nothing over the network, no entity.
    return (XMLSchema11 if marked else XMLSchema10)(str(path.resolve()), allow="local", defuse="always")


def _belongs(file: Path, home: Path) -> bool:
    """Whether a file is one of the set, or one of those that the processor brings with it."""
    import xmlschema

    return file.is_relative_to(home) or file.is_relative_to(Path(xmlschema.__file__).parent)


def _parsed(root: Element) -> Any:
    from xmlschema import XMLResource

    # It is parsed already, and what it names elsewhere is fetched by nobody.
    return XMLResource(root, allow="none", defuse="never")


def _names(particles: Any) -> Iterator[str]:
    for one in islice(particles, _NAMES):
        name = getattr(one, "local_name", None)
        if name is not None:
            yield str(name)
        else:
            # A group stands for the elements that it may begin with.
            inner = getattr(one, "iter_elements", None)
            yield from (str(of.local_name) for of in islice(inner(), _NAMES) if of.local_name) if inner else ()


def _line(error: object) -> str:
    return " ".join(str(error).split())[:400]
