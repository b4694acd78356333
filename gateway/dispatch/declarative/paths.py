"""Paths to values of an answer: JSONPath (RFC 9535) for JSON, XPath node sets for XML, both compiled once.

Of both languages only what says where one thing stands is taken: names, indexes, every element of one list, and equality
of a child or an attribute with a literal. No functions, no searching in depths: what a path finds can be told by reading
it, and takes time in proportion to the answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

import jsonpath_rfc9535
from lxml import etree

from gateway.contract import UnexpectedAnswer

MISSING: Final = object()
"""The result of an optional path that finds nothing; null is another thing."""

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
"""The attribute by which XML says null."""

_MEMBER = r"\.[A-Za-z_][A-Za-z0-9_]*|\['[^'\\\x00-\x1f]{1,100}'\]"
_LITERAL = r"'[^'\\\x00-\x1f]{0,200}'|-?(?:0|[1-9][0-9]{0,15})|true|false|null"
_SEGMENT = re.compile(
    rf"(?P<name>{_MEMBER})|(?P<index>\[(?:0|[1-9][0-9]{{0,5}})\])|(?P<each>\[\*\])"
    rf"|(?P<equal>\[\?@(?:{_MEMBER})+ ?== ?(?:{_LITERAL})\])"
)
_TAG = r"(?:[A-Za-z_][A-Za-z0-9_.-]*:)?[A-Za-z_][A-Za-z0-9_.-]*"
_PREDICATE = rf"\[(?:[1-9][0-9]{{0,5}}|@?{_TAG} ?= ?(?:'[^'\x00-\x1f]{{0,200}}'|\"[^\"\x00-\x1f]{{0,200}}\"))\]"
_STEP = re.compile(rf"(?:@{_TAG}(?!\[)|{_TAG}(?:{_PREDICATE})*)(?=/|$)")
_PREFIX = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*):")
_LITERALS = re.compile(r"'[^']*'|\"[^\"]*\"")
_LONGEST = 500


class PathRefused(Exception):
    """The path is none, or does more than find one thing."""


class AnswerPath(Protocol):
    """A compiled path."""

    @property
    def text(self) -> str:
        """The path as the file has it."""
        ...

    @property
    def many(self) -> bool:
        """Whether it is made to find several things."""
        ...

    def one(self, node: Any, *, optional: bool = False) -> Any:
        """Return the value at the path, unchanged; `MISSING` where there is none and the path is `optional`.

        Raises:
            UnexpectedAnswer: nothing or several things stand there, or what is around it is not as expected.
        """
        ...

    def each(self, node: Any, *, optional: bool = False, null: bool = False, empty: bool = False) -> tuple[Any, ...]:
        """Return everything that it finds; `empty` says that this may be nothing, `optional` that what holds it may be absent too.

        Raises:
            UnexpectedAnswer: what holds it is not there, or is no list.
        """
        ...


def leaf(node: Any) -> Any:
    """Return the plain value of what a path found: JSON's as it is, of XML the text, or None where it is nil."""
    if not isinstance(node, etree._Element):
        return node
    if node.get(NIL) in ("true", "1"):
        return None
    if len(node):
        raise UnexpectedAnswer("an element with a text alone is expected")
    return (node.text or "").strip(" \t\r\n")


def is_null(node: Any) -> bool:
    """Whether an answer says there that it states nothing."""
    return node is None or (isinstance(node, etree._Element) and node.get(NIL) in ("true", "1"))


def compiled(text: str, language: str, namespaces: Mapping[str, str]) -> AnswerPath:
    """Compile a path.

    Raises:
        PathRefused: it is none, or says more than a path of a file may.
    """
    if len(text) > _LONGEST:
        raise PathRefused(f"a path has {_LONGEST} characters at most")
    return json_path(text) if language == "json" else xml_path(text, namespaces)


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path into a JSON value; `$` is the value that it is given."""

    text: str
    many: bool
    _find: Callable[[Any], list[Any]] = field(repr=False)
    _parent: "JsonPath | None" = field(repr=False)
    """Up to the last step; of a path for several things up to the list."""
    _rest: "JsonPath | None" = field(repr=False)
    """The rest of a path for several things: from each of them on."""
    _holder: type = field(repr=False)
    """The type that holds the last step: an object or a list."""

    def one(self, node: Any, *, optional: bool = False) -> Any:
        """Return the one thing at the path."""
        found = self._find(node)
        if len(found) > 1:
            raise UnexpectedAnswer(f"{self.text}: stands more than once")
        if found:
            return found[0]
        # Optional is the last step alone: an object that became a text is no answer without it.
        if not optional or self._parent is None or type(self._parent.one(node)) is not self._holder:
            raise UnexpectedAnswer(f"{self.text}: is missing")
        return MISSING

    def each(self, node: Any, *, optional: bool = False, null: bool = False, empty: bool = False) -> tuple[Any, ...]:
        """Return every element of the path's list, or the value in each; a list of JSON may be empty as it is."""
        assert self._parent is not None
        assert self._rest is not None
        held = self._parent.one(node, optional=optional)
        if held is MISSING or (held is None and null):
            return ()
        if type(held) is not list:
            raise UnexpectedAnswer(f"{self._parent.text}: a list is expected")
        return tuple(self._rest.one(one) for one in held)


def json_path(text: str) -> JsonPath:
    """Compile a JSONPath.

    Raises:
        PathRefused: it is none of the permitted form.
    """
    if not text.startswith("$"):
        raise PathRefused("a JSONPath begins with `$`")
    segments: list[tuple[str, str]] = []
    place = 1
    while place < len(text):
        found = _SEGMENT.match(text, place)
        if found is None:
            raise PathRefused(
                f"at character {place + 1}: names, indexes, [*] and [?@.name == 'literal'] are permitted, nothing else"
            )
        segments.append((str(found.lastgroup), found[0]))
        place = found.end()
    if [kind for kind, _ in segments].count("each") > 1:
        raise PathRefused("one [*] at most: of rows inside rows the outer ones stand in `within`")
    return _json(segments)


def _json(segments: list[tuple[str, str]]) -> JsonPath:
    text = "$" + "".join(written for _, written in segments)
    many = [number for number, (kind, _) in enumerate(segments) if kind == "each"]
    query = jsonpath_rfc9535.compile(text)
    keys = tuple(_key(kind, written) for kind, written in segments)
    cut = many[0] if many else len(segments) - 1
    return JsonPath(
        text,
        bool(many),
        (lambda node: _followed(node, keys)) if None not in keys else (lambda node: list(query.find(node).values())),
        _json(segments[:cut]) if segments else None,
        _json(segments[cut + 1 :]) if many else None,
        dict if segments and segments[-1][0] == "name" else list,
    )


def _key(kind: str, written: str) -> str | int | None:
    """Return the name or the index of a step; None: it is another one."""
    if kind == "index":
        return int(written[1:-1])
    return (written[1:] if written.startswith(".") else written[2:-2]) if kind == "name" else None


def _followed(node: Any, keys: Sequence[str | int | None]) -> list[Any]:
    """Return the values at names and indexes, as the library does in ten times the time: most facts are there."""
    for key in keys:
        if type(key) is str:
            if type(node) is not dict or key not in node:
                return []
            node = node[key]
        elif type(node) is list and type(key) is int and key < len(node):
            node = node[key]
        else:
            return []
    return [node]


@dataclass(frozen=True, slots=True)
class XmlPath:
    """A path from an element; `.` is the element itself."""

    text: str
    _find: Callable[[Any], list[Any]] = field(repr=False)
    _parent: "XmlPath | None" = field(repr=False)
    many: bool = False
    """Whether a name may occur often, which only the answer shows."""

    def one(self, node: Any, *, optional: bool = False) -> Any:
        """Return the one thing at the path."""
        found = self._found(node)
        if len(found) > 1:
            raise UnexpectedAnswer(f"{self.text}: stands more than once")
        if found:
            return found[0]
        if not optional:
            raise UnexpectedAnswer(f"{self.text}: is missing")
        if self._parent is not None:
            self._parent.one(node)
        return MISSING

    def each(self, node: Any, *, optional: bool = False, null: bool = False, empty: bool = False) -> tuple[Any, ...]:
        """Return every element at the path, in one place."""
        if self._parent is not None and self._parent.one(node, optional=optional) is MISSING:
            return ()
        found = tuple(self._found(node))
        if not found and not (optional or empty):
            raise UnexpectedAnswer(f"{self.text}: is missing")
        return () if null and len(found) == 1 and is_null(found[0]) else found

    def _found(self, node: Any) -> list[Any]:
        if not isinstance(node, etree._Element):
            raise UnexpectedAnswer(f"{self.text}: an attribute has nothing in it")
        return self._find(node)


def xml_path(text: str, namespaces: Mapping[str, str]) -> XmlPath:
    """Compile an XPath.

    Raises:
        PathRefused: it is none of the permitted form, or has a prefix without a namespace.
    """
    steps = []
    place = 0
    while text != "." and place <= len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise PathRefused(
                f"at character {place + 1}: names, [1], [name = 'literal'], [@name = 'literal'] and a last @name are permitted, nothing else"
            )
        steps.append(found[0])
        place = found.end() + 1
    if any(step.startswith("@") for step in steps[:-1]):
        raise PathRefused("an attribute stands last")
    prefixes = {prefix for step in steps for prefix in _PREFIX.findall(_LITERALS.sub("", step))}
    if unknown := sorted(prefixes - namespaces.keys()):
        raise PathRefused(f"the prefix {unknown[0]!r} has no namespace: say it in [namespaces]")
    return _xml(steps, namespaces)


def _xml(steps: list[str], namespaces: Mapping[str, str]) -> XmlPath:
    text = "/".join(steps) or "."
    query = etree.XPath(text, namespaces=dict(namespaces) or None, regexp=False, smart_strings=False)
    return XmlPath(
        text, cast("Callable[[Any], list[Any]]", query), _xml(steps[:-1], namespaces) if len(steps) > 1 else None
    )
