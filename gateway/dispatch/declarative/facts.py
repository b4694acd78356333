"""Facts of an answer: where each stands, of what kind it is, and whether it may be absent."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from gateway.contract import Money, Quantity, UnexpectedAnswer
from gateway.contract.reading import CodeList, Record
from gateway.dispatch.declarative.expressions import Expression
from gateway.dispatch.declarative.lines import note_line
from gateway.dispatch.declarative.paths import MISSING, AnswerPath, is_null, leaf

T = TypeVar("T")
_WHOLE = re.compile(r"0{0,9}[1-9][0-9]{0,5}", re.ASCII)
_NONE_OR_MORE = re.compile(r"[0-9]{1,9}", re.ASCII)
_UNIT, _CURRENCY = "[A-Z0-9]{2,3}", "[A-Z]{3}"
_TRUTH: Mapping[Any, bool] = MappingProxyType({"true": True, "1": True, "false": False, "0": False})


@dataclass(frozen=True, slots=True)
class StatedCodes(Generic[T]):
    """A code list of the file."""

    codes: CodeList[T]
    line: int
    """The line in the file."""

    def meaning(self, code: str, on: date) -> T:
        """Return what a code means on a day.

        Raises:
            UnexpectedAnswer: it is in no row of the list.
        """
        try:
            return self.codes.meaning(code, on)
        except UnexpectedAnswer as error:
            note_line(error, self.line)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFact:
    """One fact: a value at a path, of a kind."""

    name: str
    kind: str
    path: AnswerPath | None
    """None: it is not in the answer, but `constant`, or what was asked about."""
    constant: str | None = None
    codes: StatedCodes[Any] | None = None
    form: Expression | None = None
    optional: bool = False
    null: bool = False
    empty: bool = False
    """Whether a list may be empty although what holds it has to be there: of XML, where an empty one is seen in no other way."""
    number: bool = False
    """Whether JSON states a decimal as a number."""
    zone: tzinfo | None = None
    """Where a day is counted that is stated with an offset or a time."""
    many: bool = False
    """Whether it is a list."""
    within: bool = False
    """Whether it stands in the row around a row."""
    source: str = ""
    """The request whose answer has the fact; empty: the first."""
    line: int
    """The line in the file."""
    table: str = field(init=False)
    key: str = field(init=False)
    """The two parts of the name, by which a reader of values names it."""

    def __post_init__(self) -> None:
        table, _, key = self.name.rpartition(".")
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "key", key)

    def read(self, node: Any, on: date, *, asked: str = "") -> Any:
        """Return the value, None where none is stated and that is permitted.

        Raises:
            UnexpectedAnswer: it is not there, several are, or it is not of its kind.
        """
        try:
            if self.path is None:
                return self._meant(asked if self.constant is None else self.constant, on)
            return self._value(self.path.one(node, optional=self.optional), on)
        except UnexpectedAnswer as error:
            note_line(error, self.line)
            raise

    def read_all(self, node: Any, on: date) -> tuple[str, ...]:
        """Return the texts of a list."""
        if self.path is None:
            return () if self.constant is None else (self.constant,)
        try:
            return tuple(str(self._value(one, on)) for one in self.places(node))
        except UnexpectedAnswer as error:
            note_line(error, self.line)
            raise

    def places(self, node: Any) -> tuple[Any, ...]:
        """Return what stands at each place of a list, unread.

        Raises:
            UnexpectedAnswer: there is no list, and none is not permitted.
        """
        assert self.path is not None
        try:
            return self.path.each(node, optional=self.optional, null=self.null, empty=self.empty)
        except UnexpectedAnswer as error:
            note_line(error, self.line)
            raise

    def _value(self, found: Any, on: date) -> Any:
        if found is MISSING:
            return None
        value = leaf(found)
        if value is None:
            if self.null:
                return None
            raise UnexpectedAnswer(f"{self.name}: null, which is not said to state nothing")
        return self._meant(_KINDS[self.kind](self, value), on)

    def _meant(self, value: Any, on: date) -> Any:
        if self.form is not None and not (isinstance(value, str) and self.form.fits(value)):
            raise UnexpectedAnswer(f"{self.name}: not in the form that is agreed")
        return value if self.codes is None else self.codes.meaning(value, on)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedMeasure:
    """A value with its unit or currency: never one without the other."""

    at: StatedFact | None
    """The place of both, if that may be null or absent."""
    value: StatedFact
    unit: StatedFact
    money: bool

    def read(self, node: Any, on: date) -> Quantity | Money | None:
        """Return the quantity or the money, None where none is stated.

        Raises:
            UnexpectedAnswer: it is none, or stated by half.
        """
        try:
            return self._read(node, on)
        except UnexpectedAnswer as error:
            note_line(error, self.value.line if self.at is None else self.at.line)
            raise

    def _read(self, node: Any, on: date) -> Quantity | Money | None:
        if self.at is not None and self.at.path is not None:
            node = self.at.path.one(node, optional=self.at.optional)
            if node is MISSING or (self.at.null and is_null(node)):
                return None
        value, unit = self.value.read(node, on), self.unit.read(node, on)
        if value is None and (unit is None or self.unit.path is None):
            return None
        if value is None or unit is None:
            raise UnexpectedAnswer(f"{self.value.name}: a value and its unit are stated together")
        if not re.fullmatch(_CURRENCY if self.money else _UNIT, unit, re.ASCII):
            raise UnexpectedAnswer(f"{self.unit.name}: no code of a {'currency' if self.money else 'unit'}")
        return Money(value=value, currency=unit) if self.money else Quantity(value=value, unit=unit)


def _text(fact: StatedFact, value: Any) -> str:
    record, key = _of(fact, value)
    return record.text(key)


def _count(fact: StatedFact, value: Any) -> int:
    if type(value) is str and _WHOLE.fullmatch(value):
        # XML has texts alone.
        return int(value)
    record, key = _of(fact, value)
    return record.count(key)


def _whole(fact: StatedFact, value: Any) -> int:
    if type(value) is str and _NONE_OR_MORE.fullmatch(value):
        return int(value)
    record, key = _of(fact, value)
    return record.whole(key)


def _day(fact: StatedFact, value: Any) -> date:
    record, key = _of(fact, value)
    return record.day(key, zone=fact.zone)


def _instant(fact: StatedFact, value: Any) -> datetime:
    record, key = _of(fact, value)
    return record.instant(key)


def _decimal(fact: StatedFact, value: Any) -> Decimal:
    record, key = _of(fact, value)
    return record.number(key) if fact.number else record.decimal(key)


def _signed(fact: StatedFact, value: Any) -> Decimal:
    record, key = _of(fact, value)
    return record.number(key, signed=True) if fact.number else record.decimal(key, signed=True)


def _truth(fact: StatedFact, value: Any) -> bool:
    if type(value) is str and value in _TRUTH:
        return _TRUTH[value]
    record, key = _of(fact, value)
    return record.boolean(key)


def _of(fact: StatedFact, value: Any) -> tuple[Record, str]:
    """Return a value as that of an answer, whose faults name the fact as the file does: its table, and the key in it."""
    key = fact.key
    return Record({key: value}, fact.table), key


_KINDS: Mapping[str, Callable[[StatedFact, Any], Any]] = MappingProxyType(
    {
        "text": _text,
        "count": _count,
        "whole": _whole,
        "day": _day,
        "decimal": _decimal,
        "signed": _signed,
        "instant": _instant,
        "truth": _truth,
    }
)
