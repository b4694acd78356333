"""The check that a value is of the contract's types, exactly, down to its last part.

Subclasses are refused: what a subclass of `str`, `tuple` or `Decimal` says of itself is its own code's to decide. So is
a number that is too long to be reckoned with, before anybody reckons with it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from gateway.contract import Allocation, LedgerLine, Money, Quantity
from gateway.contract.errors import UnreadableValue
from gateway.domain.storable import is_storable

MOST_DIGITS = 16
"""Digits before the point, or of all of a whole number."""
MOST_PLACES = 6
MOST_PLACES_IN_A_POSITION = 12
"""Places of what is left of a line or was taken of it: of tonnes that are reckoned in grams, six more."""
MOST_PARTS = 100_000
"""Parts of one list."""
MOST_TEXT = 100_000
"""Characters of one text."""
HIGHEST_COUNT = 999_999
"""The highest number of a goods item or a line; the lowest is 1."""

_UNIT = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

_Check = Callable[[Any], None]
_WHOLE = Decimal(1)
_NEVER = object()
"""What no field has as its value."""


class _Unreadable(Exception):
    """The fault of a value that is not of its type, with the names of the parts that lead to it, the innermost first.

    The place is put together only where something is wrong: nearly nothing ever is, and values are many.
    """

    def __init__(self, what: str, *names: str) -> None:
        super().__init__(what)
        self.names = list(names)


def make_sure_of(value: object, kind: Any) -> None:
    """Make sure that a value is of a kind of the contract, with all its parts.

    Raises:
        UnreadableValue: it is not; with the place, and never with the value.
    """
    try:
        _check_of(kind)(value)
    except _Unreadable as fault:
        place = ".".join((kind.__name__.lower(), *reversed(fault.names)))
        raise UnreadableValue(f"{place}: {fault}") from fault.__cause__


@cache
def _check_of(kind: Any) -> _Check:
    origin = get_origin(kind)
    if origin is tuple:
        return _each(_check_of(get_args(kind)[0]))
    if origin is UnionType:
        return _one_of({each: _check_of(each) for each in get_args(kind)})
    if origin is Mapping:
        return _texts if get_args(kind)[1] is str else _of_type(dict)
    if kind in _LEAVES:
        return _LEAVES[kind]
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass(kind)
    return _of_type(kind)


def _dataclass(kind: type[Any], **others: _Check) -> _Check:
    """Return the check of every field; `others` are checks in the place of those of the fields' types."""
    hints = get_type_hints(kind)
    parts = tuple(_part(kind, f.name, hints[f.name], others) for f in fields(kind))
    further = _FURTHER.get(kind)

    def check(value: Any) -> None:
        if type(value) is not kind:
            raise _other_type()
        name = ""
        try:
            for name, checked, absent in parts:
                # Most fields that may be absent are, and most lists are empty.
                if (one := getattr(value, name)) is not absent:
                    checked(one)
        except _Unreadable as fault:
            fault.names.append(name)
            raise
        if further is not None:
            further(value)

    return check


def _part(kind: type[Any], name: str, hint: Any, others: Mapping[str, _Check]) -> tuple[str, _Check, object]:
    """Return a field's name, its check, and the value that needs none: None if it may be absent, a list without parts."""
    inner, optional = _without_none(hint)
    absent = None if optional else () if get_origin(inner) is tuple else _NEVER
    if name in others:
        return name, others[name], absent
    if kind is LedgerLine or kind is Allocation:
        if name in ("available", "quantity"):
            return name, _dataclass(Quantity, value=_position), absent
        if name == "amount":
            return name, _dataclass(Money, value=_position), absent
    return name, _check_of(inner), absent


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    (inner,) = (one for one in get_args(hint) if one is not NoneType)
    return inner, True


def _each(checked: _Check) -> _Check:
    def check(value: Any) -> None:
        if type(value) is not tuple:
            raise _other_type()
        if len(value) > MOST_PARTS:
            raise _Unreadable(f"more than {MOST_PARTS} parts")
        for one in value:
            checked(one)

    return check


def _one_of(checks: Mapping[Any, _Check]) -> _Check:
    def check(value: Any) -> None:
        if (checked := checks.get(type(value))) is None:
            raise _other_type()
        checked(value)

    return check


def _of_type(kind: type[Any]) -> _Check:
    def check(value: Any) -> None:
        if type(value) is not kind:
            raise _other_type()

    return check


def _texts(value: Any) -> None:
    if type(value) not in (dict, MappingProxyType) or len(value) > MOST_PARTS:
        raise _other_type()
    for key, one in value.items():
        _text(key)
        _text(one)


def _text(value: Any) -> None:
    if type(value) is not str:
        raise _other_type()
    if len(value) > MOST_TEXT:
        raise _Unreadable(f"a text of more than {MOST_TEXT} characters")
    if not ((value.isascii() and "\0" not in value) or is_storable(value)):
        raise _Unreadable("a text with a character that cannot be stored")


def _count(value: Any) -> None:
    if type(value) is not int:
        raise _other_type()
    if not 1 <= value <= HIGHEST_COUNT:
        raise _Unreadable(f"no number from 1 to {HIGHEST_COUNT}")


def _decimal(value: Any) -> None:
    _number(value, MOST_PLACES)


def _position(value: Any) -> None:
    _number(value, MOST_PLACES_IN_A_POSITION)


def _number(value: Any, places: int) -> None:
    if type(value) is not Decimal:
        raise _other_type()
    if value.same_quantum(_WHOLE) and value.adjusted() < MOST_DIGITS:
        return  # a whole number, as most amounts are
    # By its parts: reckoning with a number of 90 million digits would take for ever.
    _, digits, exponent = value.as_tuple()
    if type(exponent) is not int:
        raise _Unreadable("no number")
    if digits == (0,):
        fits = -places <= exponent <= MOST_DIGITS
    else:
        fits = exponent >= -places and len(digits) + exponent <= MOST_DIGITS
    if not fits:
        raise _Unreadable(f"more than {MOST_DIGITS} digits or {places} places")


def _moment(value: Any) -> None:
    if type(value) is not datetime:
        raise _other_type()
    if value.tzinfo is None:
        raise _Unreadable("a time without a time zone")
    try:
        value.astimezone(UTC)
    except Exception as error:
        raise _Unreadable("a time that is none in UTC") from error


def _quantity(value: Quantity) -> None:
    if not _UNIT.fullmatch(value.unit):
        raise _Unreadable("no code of a unit", "unit")


def _money(value: Money) -> None:
    if not _CURRENCY.fullmatch(value.currency):
        raise _Unreadable("no code of a currency", "currency")


def _other_type() -> _Unreadable:
    return _Unreadable("a value of another type than the contract's")


_LEAVES: Mapping[Any, _Check] = MappingProxyType(
    {str: _text, int: _count, Decimal: _decimal, datetime: _moment, date: _of_type(date)}
)
_FURTHER: Mapping[type[Any], _Check] = MappingProxyType({Quantity: _quantity, Money: _money})
