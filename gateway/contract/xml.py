"""Strict readers of an authority's XML answer; needs lxml, which `import gateway.contract` does not (contract 1.6).

As with JSON, what does not read exactly as agreed is an `UnexpectedAnswer`. A path names elements from one to the next,
`s:Body/c:Answer/c:Status`, and in its last step perhaps an attribute, `c:Line/@number`; its prefixes are those given to
`read_xml`, a name without one has no namespace. Each step but the last has to be there once; the reader says about the last.
There are no wildcards, positions or functions.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from lxml import etree

from gateway.contract.errors import UnexpectedAnswer
from gateway.contract.reading import MAX_TEXT, day_of, exact_decimal, instant_of, same_number

T = TypeVar("T")

_BLANKS = " \t\r\n"
"""What XML calls white space; any other blank is part of a text."""
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f]")
_COUNT = re.compile(r"0{0,9}[1-9][0-9]{0,5}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_TRUTH: Mapping[str, bool] = MappingProxyType({"true": True, "1": True, "false": False, "0": False})
"""As XML Schema has them."""
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_ENCODINGS = frozenset({"UTF-8", "UTF-16"})
_STEP = re.compile(r"(?:([A-Za-z_][\w.\-]*):)?([A-Za-z_][\w.\-]*)")
_NO_PREFIXES: Mapping[str, str] = MappingProxyType({})


def parse_xml(body: bytes) -> etree._Element:
    """Gives the root of a document in UTF-8 or UTF-16, without its comments and instructions.

    Nothing is fetched and no entity resolved but XML's own; depth and size have lxml's bounds (256 levels, 10 MB a text).

    Raises:
        UnexpectedAnswer: it is no such document, or has a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise UnexpectedAnswer("the answer is not well-formed XML") from error
    document = root.getroottree().docinfo
    if document.internalDTD is not None or document.externalDTD is not None:
        raise UnexpectedAnswer("the answer has a document type")
    if str(document.encoding or "UTF-8").upper() not in _ENCODINGS:
        raise UnexpectedAnswer("the answer is in a foreign encoding")
    return root


def read_xml(body: bytes, root: str, namespaces: Mapping[str, str] = _NO_PREFIXES) -> "XmlRecord":
    """Reads an answer's body, an XML document as `parse_xml` takes it.

    Args:
        body: The bytes of the answer.
        root: The name that the document's element has to have, `s:Envelope`: a web page is no answer.
        namespaces: The namespaces of paths, by the prefixes of your choice; the document's own prefixes do not count.

    Raises:
        UnexpectedAnswer: if it is anything else.
        ValueError: the root's name is none, or has a prefix that `namespaces` lacks.
    """
    read = XmlRecord(parse_xml(body), MappingProxyType(dict(namespaces)))
    tags, attribute = _compiled(root, tuple(namespaces.items()))
    if len(tags) != 1 or attribute is not None:
        raise ValueError(f"{root}: the name of an element is needed")
    if read.element.tag != tags[0]:
        raise UnexpectedAnswer(f"the answer is a {read.path}, not a {root}")
    return read


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """One element of an answer; every reading method raises `UnexpectedAnswer` unless the value is as it says.

    A path that cannot be one, or has a prefix that nobody named, is a `ValueError`: a mistake of the adapter's. The path
    `"."` is the element itself.
    """

    element: etree._Element = field(repr=False)
    """lxml's own, for what these readers cannot say; without comments."""
    namespaces: Mapping[str, str] = field(repr=False, default_factory=lambda: _NO_PREFIXES)
    """The namespaces of paths, by prefix."""
    place: str = ""
    """Where the element stands in the answer, for messages; empty: it is the root."""

    @property
    def path(self) -> str:
        """Where the element stands in the answer, by names without namespaces."""
        return self.place or _local(self.element)

    @property
    def name(self) -> str:
        """The element's name without its namespace: which of several answers it is."""
        return _local(self.element)

    def one(self, path: str) -> "XmlRecord":
        """Gives the element of a path; absent and twice are faults."""
        found = self.at_most_one(path)
        if found is None:
            raise self._fault(path, "it is missing")
        return found

    def at_most_one(self, path: str) -> "XmlRecord | None":
        """Gives the element of a path, None if it is not there; twice is a fault, and so is the absence of one around it."""
        found = self.many(path)
        if len(found) > 1:
            raise self._fault(path, "it stands twice")
        return found[0] if found else None

    def many(self, path: str) -> tuple["XmlRecord", ...]:
        """Gives the elements of a path in their order, perhaps none: all that its last step names, below one parent."""
        if path == ".":
            return (self,)
        tags, attribute = self._steps(path)
        if attribute is not None:
            raise ValueError(f"{path}: an attribute is no element")
        parent = self._parent(path, tags[:-1])
        found = tuple(parent.element.iterchildren(tags[-1]))
        single = f"{parent.path}/{_without_namespace(tags[-1])}"
        if len(found) == 1:
            return (XmlRecord(found[0], self.namespaces, single),)
        return tuple(XmlRecord(one, self.namespaces, f"{single}[{n}]") for n, one in enumerate(found, start=1))

    def only(self, path: str = ".") -> "XmlRecord":
        """Gives the one element that stands in the element of a path, whatever its name: what a SOAP body holds."""
        around = self.one(path)
        if len(around.element) != 1:
            raise self._fault(path, "one element in it is expected")
        inner = around.element[0]
        return XmlRecord(inner, self.namespaces, f"{around.path}/{_local(inner)}")

    def has(self, path: str) -> bool:
        """Whether an element or attribute is there, whatever stands in it; the elements around it have to be."""
        tags, attribute = self._steps(path) if path != "." else ((), None)
        if attribute is None:
            return bool(self.many(path))
        return attribute in self._parent(path, tags).element.attrib

    def text(self, path: str = ".", pattern: str | None = None) -> str:
        """Gives a text of 1 to `MAX_TEXT` (500) characters without control characters, that matches the pattern as a whole.

        Blanks around it do not count. An element with elements in it has no text.
        """
        value = self._value(path)
        if not 0 < len(value) <= MAX_TEXT or _UNFIT.search(value):
            raise self._fault(path, "a text is expected")
        if pattern is not None and not re.fullmatch(pattern, value, re.ASCII):
            raise self._fault(path, f"a text like {pattern} is expected")
        return value

    def count(self, path: str = ".") -> int:
        """Gives a whole number from 1 to 999,999."""
        value = self._value(path)
        if not _COUNT.fullmatch(value):
            raise self._fault(path, "a whole number is expected")
        return int(value)

    def whole(self, path: str = ".") -> int:
        """Gives a whole number from 0 to 999,999,999,999,999."""
        value = self._value(path)
        if not _WHOLE.fullmatch(value):
            raise self._fault(path, "a whole number, zero or more, is expected")
        return int(value)

    def decimal(self, path: str = ".", *, signed: bool = False) -> Decimal:
        """Gives an exact amount of at most 16 digits and 6 decimals: zero or more, or below it where it is `signed`."""
        found = exact_decimal(self._value(path), signed=signed)
        if found is None:
            raise self._fault(path, "a decimal is expected")
        return found

    def day(self, path: str = ".", *, zone: tzinfo | None = None) -> date:
        """Gives a calendar day, `YYYY-MM-DD`: a day with an offset begins at another moment, and is none.

        With a `zone` (contract 1.10) it is one, and so is a moment, see `gateway.contract.reading.day_of`.
        """
        found = day_of(self._value(path), zone=zone)
        if found is None:
            raise self._fault(path, "a day is expected")
        return found

    def instant(self, path: str = ".") -> datetime:
        """Gives a moment in UTC, written with its offset, see `gateway.contract.reading.instant_of`."""
        found = instant_of(self._value(path))
        if found is None:
            raise self._fault(path, "a moment with its offset is expected")
        return found

    def boolean(self, path: str = ".") -> bool:
        """Gives `true` or `1`, `false` or `0`: as XML Schema has them."""
        found = _TRUTH.get(self._value(path))
        if found is None:
            raise self._fault(path, "true or false is expected")
        return found

    def optional(self, read: Callable[[str], T], path: str) -> T | None:
        """Reads what may be absent or `xsi:nil`, e.g. `record.optional(record.day, "c:ValidTo")`.

        None: it is not there. What is there and empty is a fault, and so is the absence of an element around it.
        """
        if not self.has(path):
            return None
        if "@" not in path and (found := self.one(path).element).get(_NIL, "").strip(_BLANKS) in ("true", "1"):
            if len(found) or (found.text or "").strip(_BLANKS):
                raise self._fault(path, "it says that it is empty, and is not")
            return None
        return read(path)

    def same(self, path: str, number: str) -> None:
        """Makes sure that the answer speaks of the document that was asked about."""
        if not same_number(self.text(path), number):
            raise self._fault(path, "the answer is about another document")

    def _value(self, path: str) -> str:
        tags, attribute = self._steps(path) if path != "." else ((), None)
        if attribute is not None:
            found = self._parent(path, tags).element.get(attribute)
            if found is None:
                raise self._fault(path, "it is missing")
            return str(found).strip(_BLANKS)
        element = self.one(path).element
        if len(element):
            raise self._fault(path, "a text is expected")
        return (element.text or "").strip(_BLANKS)

    def _parent(self, path: str, tags: tuple[str, ...]) -> "XmlRecord":
        element, place = self.element, self.path
        for tag in tags:
            children = element.iterchildren(tag)
            first = next(children, None)
            if first is None:
                raise self._fault(path, f"{_without_namespace(tag)} is missing")
            if next(children, None) is not None:
                raise self._fault(path, f"{_without_namespace(tag)} stands twice")
            element, place = first, f"{place}/{_without_namespace(tag)}"
        return XmlRecord(element, self.namespaces, place)

    def _steps(self, path: str) -> tuple[tuple[str, ...], str | None]:
        return _compiled(path, tuple(self.namespaces.items()))

    def _fault(self, path: str, what: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(f"{self.path}/{path}: {what}" if path != "." else f"{self.path}: {what}")


@lru_cache(maxsize=4096)
def _compiled(path: str, namespaces: tuple[tuple[str, str], ...]) -> tuple[tuple[str, ...], str | None]:
    """Gives the tags of a path's elements and the name of its attribute, if it ends with one.

    Raises:
        ValueError: it is no path, or has a prefix that nobody named.
    """
    *steps, last = path.split("/")
    attribute = last.startswith("@")
    names = [_named(step, path, namespaces) for step in (*steps, last.removeprefix("@"))]
    return (tuple(names[:-1]), names[-1]) if attribute else (tuple(names), None)


def _named(step: str, path: str, namespaces: tuple[tuple[str, str], ...]) -> str:
    found = _STEP.fullmatch(step)
    if found is None:
        raise ValueError(f"{path}: not a path: names with their prefixes are needed, as in s:Body/c:Status/@code")
    prefix, name = found[1], found[2]
    if prefix is None:
        return name
    namespace = dict(namespaces).get(prefix)
    # lxml takes `*` for any namespace.
    if not namespace or "*" in namespace or "}" in namespace:
        raise ValueError(f"{path}: the prefix {prefix!r} has no namespace")
    return f"{{{namespace}}}{name}"


def _local(element: etree._Element) -> str:
    return _without_namespace(str(element.tag))


def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2][:80]
