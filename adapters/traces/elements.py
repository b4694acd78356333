"""Strict reading of XML: what stands where it should, once; all else is an unexpected answer. Writing is as strict."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from lxml import etree

from gateway.contract import RequestRejected, UnexpectedAnswer

MAX_TEXT = 500
"""Characters of the longest code or number that is read."""

_DECIMAL = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,9})?", re.ASCII)
_SIGNED = re.compile(rf"-?{_DECIMAL.pattern}", re.ASCII)
_DIGITS = range(-9, 16)
_COUNT = re.compile(r"0{0,9}[1-9][0-9]{0,5}", re.ASCII)


class Children:
    """The children of an element by their tags, in their order: found in one walk, however many of them are asked for."""

    __slots__ = ("_by_tag", "_parent")

    def __init__(self, parent: etree._Element) -> None:
        self._parent = parent
        by_tag: dict[str, list[etree._Element]] = {}
        for child in parent:
            if (tag := child.tag) in by_tag:
                by_tag[tag].append(child)
            else:
                by_tag[tag] = [child]
        self._by_tag = by_tag

    def many(self, tag: str) -> Sequence[etree._Element]:
        """Return the children of that name."""
        return self._by_tag.get(tag, ())

    def at_most_one(self, tag: str) -> etree._Element | None:
        """Return the child of that name, None if there is none; two contradict each other."""
        found = self._by_tag.get(tag)
        if found is None:
            return None
        if len(found) > 1:
            raise UnexpectedAnswer(f"{local(self._parent)}: {_name(tag)} stands twice")
        return found[0]

    def one(self, tag: str) -> etree._Element:
        """Return the only child of that name."""
        found = self._by_tag.get(tag, ())
        if len(found) != 1:
            fault = "stands twice" if found else "is missing"
            raise UnexpectedAnswer(f"{local(self._parent)}: {_name(tag)} {fault}")
        return found[0]

    def text(self, tag: str, pattern: re.Pattern[str] | None = None) -> str:
        """Return the text of the only child of that name."""
        found = self._by_tag.get(tag, ())
        return text(found[0] if len(found) == 1 else self.one(tag), pattern)

    def optional_text(self, tag: str, pattern: re.Pattern[str] | None = None) -> str | None:
        """Return the text of a child that may be absent; present, it has to have one."""
        return text(self.one(tag), pattern) if tag in self._by_tag else None

    def count(self, tag: str) -> int:
        """Return a whole number from 1 to 999,999."""
        return int(self.text(tag, _COUNT))


def one(parent: etree._Element, tag: str) -> etree._Element:
    """Return the only child of that name."""
    found = at_most_one(parent, tag)
    if found is None:
        raise UnexpectedAnswer(f"{local(parent)}: {_name(tag)} is missing")
    return found


def at_most_one(parent: etree._Element, tag: str) -> etree._Element | None:
    """Return the child of that name, None if there is none; two contradict each other."""
    found = parent.iterchildren(tag)
    first = next(found, None)
    if first is not None and next(found, None) is not None:
        raise UnexpectedAnswer(f"{local(parent)}: {_name(tag)} stands twice")
    return first


def text(element: etree._Element, pattern: re.Pattern[str] | None = None) -> str:
    """Return an element's text without the blanks around it: 1 to `MAX_TEXT` characters that match as a whole."""
    value = (element.text or "").strip()
    if not value or len(value) > MAX_TEXT or len(element):
        raise UnexpectedAnswer(f"{local(element)}: a text is expected")
    if pattern is not None and not pattern.fullmatch(value):
        raise UnexpectedAnswer(f"{local(element)}: not in the expected form")
    return value


def text_of(parent: etree._Element, tag: str, pattern: re.Pattern[str] | None = None) -> str:
    """Return the text of the only child of that name."""
    return text(one(parent, tag), pattern)


def optional_text_of(parent: etree._Element, tag: str, pattern: re.Pattern[str] | None = None) -> str | None:
    """Return the text of a child that may be absent; present, it has to have one."""
    found = at_most_one(parent, tag)
    return None if found is None else text(found, pattern)


def decimal(element: etree._Element, *, signed: bool = False) -> Decimal:
    """Return an exact amount, zero or more; below zero only where it is `signed`."""
    return Decimal(text(element, _SIGNED if signed else _DECIMAL))


def moment(element: etree._Element) -> datetime:
    """Return a moment, written with its offset, in UTC."""
    try:
        found = datetime.fromisoformat(text(element))
        if found.tzinfo is None:
            raise UnexpectedAnswer(f"{local(element)}: a moment with its offset is expected")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnexpectedAnswer(f"{local(element)}: a moment is expected") from error


def count_of(parent: etree._Element, tag: str) -> int:
    """Return a whole number from 1 to 999,999."""
    return int(text_of(parent, tag, _COUNT))


def amount(value: Decimal) -> str:
    """Write an amount above zero without an exponent and without idle zeros.

    Raises:
        RequestRejected: it is none, or has more than 16 digits before the point or 9 after it.
    """
    if not value.is_finite() or value <= 0 or value.adjusted() not in _DIGITS:
        raise RequestRejected("a quantity is an amount above zero")
    written = format(value, "f")
    written = written.rstrip("0").rstrip(".") if "." in written else written
    if not _DECIMAL.fullmatch(written):
        raise RequestRejected("a quantity has more digits than can be told")
    return written


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace, for messages."""
    return _name(str(element.tag))


def _name(tag: str) -> str:
    return tag.rpartition("}")[2][:80]
