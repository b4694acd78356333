"""A strict reader of JSON of the native structure, made into the same elements that XML gives: one set of rules.

Keys are in any order. A number keeps its digits as they were written. `null` is what is not there. One object may stand
where a list of them may.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from lxml import etree

from gateway.domain.errors import Unreadable, Violation
from gateway.intake.catalogue import IntakeSentences, field_of, shortened
from gateway.intake.limits import IntakeLimits
from gateway.intake.shape import Shape
from gateway.intake.xml import LONGEST_TEXT, Element, local_name

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|\n|[^\s{}\[\],:"]+', re.DOTALL)
LINES_BELOW = 1_048_576
"""Characters up to which the line of a violation is looked for."""


def parse_json(raw: bytes, *, limits: IntakeLimits, charset: str | None = None) -> tuple[Any, str]:
    """Read JSON; return the value, with every number as its text, and the text.

    Raises:
        Unreadable: it is not JSON in UTF-8, has a key twice in one object, or is nested too deep.
    """
    if charset not in (None, "utf-8", "utf8"):
        raise _unreadable(f"JSON is read in UTF-8; the message says that it is in {charset}.", "encoding", 1)
    try:
        text = raw.decode("utf-8-sig")
        if text.startswith("\ufeff"):
            raise _unreadable("The message has two byte order marks.", "encoding", 1)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable("The message is not in UTF-8.", "encoding", line) from None
    try:
        value = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_constant, object_pairs_hook=_without_twins
        )
    except json.JSONDecodeError as error:
        raise _unreadable(f"The message is not JSON: {error.msg}.", "well-formed", error.lineno) from None
    except _KeyTwice as error:
        raise _unreadable(f"The key “{shortened(error.key, 80)}” stands twice in one object.", "key_twice") from None
    except _Constant as error:
        raise _unreadable(
            f"{error.constant} is no number in JSON.", "well-formed", _line_of(text, error.constant)
        ) from None
    except RecursionError:
        raise _too_deep(limits) from None
    return value, text


def require_json_depth(value: Any, limits: IntakeLimits) -> None:
    """Refuse values nested deeper than the limit.

    Raises:
        Unreadable: they are.
    """
    level = [value]
    for _ in range(limits.max_depth):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise _too_deep(limits)


@dataclass(slots=True)
class JsonMessage:
    """A JSON message as elements, and the way back from an element to its place."""

    value: Any
    text: str
    shape: Shape
    namespace: str
    catalogue: IntakeSentences
    limits: IntakeLimits
    wrapped: bool = False
    violations: list[Violation] = field(default_factory=list)
    _lines: Mapping[str, int] | None = None

    def tree(self) -> Element:
        """Make the elements; whatever cannot be made into one is a violation."""
        shape = self.shape
        root = etree.Element(self._tag(shape.name))
        self.wrapped = isinstance(self.value, dict) and self.value.keys() == {shape.name}
        self._fill(root, self.value[shape.name] if self.wrapped else self.value, shape)
        return root

    def of(self, element: Element) -> tuple[str | None, int | None]:
        """Return the pointer (RFC 6901) of the value that an element was made of, and its line."""
        pointer = self._pointer(element)
        return pointer, self._line(pointer)

    def line(self, element: Element) -> int | None:
        """Return the line of the value that an element was made of."""
        # Where lines are not looked for, no place is looked for either: it stands among all of its siblings.
        return self.of(element)[1] if len(self.text) <= LINES_BELOW else None

    def _fill(self, element: Element, value: Any, shape: Shape) -> None:
        if not shape.children:
            self._fill_text(element, value)
            return
        if not isinstance(value, dict):
            self._violated("object_needed", element, given=_kind(value))
            return
        for key in value.keys() - shape.children.keys():
            self._violated("key_unknown", element, below=key, value=key)
        for name, child in shape.children.items():
            inner = value.get(name)
            if inner is None:
                continue
            for one in inner[: child.most + 1] if isinstance(inner, list) else [inner]:
                self._fill(etree.SubElement(element, self._tag(name)), one, child)

    def _fill_text(self, element: Element, value: Any) -> None:
        if not isinstance(value, str):
            self._violated("value_needed", element, given=_kind(value))
            return
        if len(value) > LONGEST_TEXT:
            self._violated("text_too_long", element, value=str(LONGEST_TEXT))
            return
        try:
            element.text = value
        except ValueError:
            self._violated("character_forbidden", element)

    def _violated(self, rule: str, element: Element, *, below: str | None = None, **parameters: str) -> None:
        if len(self.violations) > self.limits.max_violations:
            return
        pointer = self._pointer(element) + (f"/{_escaped(below)}" if below is not None else "")
        self.violations.append(
            self.catalogue.violation(
                rule, path=pointer, line=self._line(pointer), **field_of(element, {}), **parameters
            )
        )

    def _pointer(self, element: Element) -> str:
        steps: list[tuple[str, int]] = []
        node = element
        while (parent := node.getparent()) is not None:
            steps.append((local_name(node), sum(1 for _ in node.itersiblings(node.tag, preceding=True))))
            node = parent
        value = self.value[self.shape.name] if self.wrapped else self.value
        pointer = f"/{self.shape.name}" if self.wrapped else ""
        for name, position in reversed(steps):
            value = value.get(name) if isinstance(value, dict) else None
            pointer += f"/{name}"
            if isinstance(value, list):
                value = value[position] if position < len(value) else None
                pointer += f"/{position}"
        return pointer

    def _line(self, pointer: str) -> int | None:
        if len(self.text) > LINES_BELOW:
            return None
        if self._lines is None:
            self._lines = _lines(self.text)
        return self._lines.get(pointer)

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"


class _KeyTwice(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _Constant(Exception):
    def __init__(self, constant: str) -> None:
        super().__init__(constant)
        self.constant = constant


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _KeyTwice(key)
            seen.add(key)
    return value


def _constant(constant: str) -> NoReturn:
    raise _Constant(constant)


def _line_of(text: str, constant: str) -> int | None:
    line = 1
    for token in _TOKEN.finditer(text):
        if token[0] == "\n":
            line += 1
        elif token[0] == constant:
            return line
    return None


def _lines(text: str) -> Mapping[str, int]:
    """Return the line where each value begins, by its pointer."""
    lines: dict[str, int] = {"": 1}
    # One entry per open object or list: its pointer, and the key or position of the value that comes next.
    around: list[tuple[str, str | int]] = []
    pointer, line, key_next = "", 1, False
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token == "\n":
            line += 1
        elif token in "{[":
            lines.setdefault(pointer, line)
            around.append((pointer, 0 if token == "[" else ""))
            key_next = token == "{"
            if token == "[":
                pointer = f"{pointer}/0"
        elif token in "}]":
            if not around:
                return lines
            pointer, _ = around.pop()
            key_next = False
        elif token == ",":
            if not around:
                return lines
            outer, position = around[-1]
            if isinstance(position, int):
                around[-1] = (outer, position + 1)
                pointer = f"{outer}/{position + 1}"
            else:
                key_next = True
        elif token == ":":
            key_next = False
        elif key_next and around:
            pointer = f"{around[-1][0]}/{_escaped(str(json.loads(token)))}"
            lines.setdefault(pointer, line)
        else:
            lines.setdefault(pointer, line)
    return lines


def _escaped(key: str) -> str:
    return key.encode("utf-8", "replace").decode()[:200].replace("~", "~0").replace("/", "~1")


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", bool: "boolean", type(None): "nothing"}
    return names.get(type(value), "text")


def _unreadable(detail: str, rule: str, line: int | None = None) -> Unreadable:
    return Unreadable(detail, violations=(Violation(code=Unreadable.code, message=detail, line=line, rule=rule),))


def _too_deep(limits: IntakeLimits) -> Unreadable:
    return _unreadable(f"Values are nested deeper than {limits.max_depth}.", "depth")
