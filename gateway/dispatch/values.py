"""Whether a value is of the contract's types, exactly, down to its last part.

Subclasses are refused: what a subclass of `str`, `tuple` or `Decimal` says of itself is its own code's to decide. So is
a number that is too long to be reckoned with, before anybody reckons with it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from gateway.contract import Allocation, LedgerLine, Money, Quantity
from gateway.contract.errors import UnreadableValue

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

_ZERO = Decimal(0)

_Check = Callable[[Any, str], None]


def make_sure_of(value: object, kind: Any) -> None:
    """Makes sure that a value is of a kind of the contract, with all its parts.

    Raises:
        UnreadableValue: it is not; with the place, and never with the value.
    """
    _check_of(kind)(value, kind.__name__.lower())


@cache
def _check_of(kind: Any) -> _Check:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (one for one in get_args(kind) if one is not NoneType)
        return _optional(_check_of(inner))
    if origin is tuple:
        return _each(_check_of(get_args(kind)[0]))
    if origin is Mapping:
        return _texts
    if kind in _LEAVES:
        return _LEAVES[kind]
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass(kind)
    return _of_type(kind)


def _dataclass(kind: type[Any]) -> _Check:
    hints = get_type_hints(kind)
    parts = tuple((f.name, _part(kind, f.name, hints[f.name])) for f in fields(kind))
    further = _FURTHER.get(kind)

    def check(value: Any, place: str) -> None:
        if type(value) is not kind:
            raise _other_type(place)
        for name, checked in parts:
            checked(getattr(value, name), f"{place}.{name}")
        if further is not None:
            further(value, place)

    return check


def _part(kind: type[Any], name: str, hint: Any) -> _Check:
    if kind is LedgerLine or kind is Allocation:
        if name in ("available", "quantity"):
            return _of(Quantity)
        if name == "amount":
            return _optional(_of(Money))
    return _check_of(hint)


def _optional(checked: _Check) -> _Check:
    def check(value: Any, place: str) -> None:
        if value is not None:
            checked(value, place)

    return check


def _each(checked: _Check) -> _Check:
    def check(value: Any, place: str) -> None:
        if type(value) is not tuple:
            raise _other_type(place)
        if len(value) > MOST_PARTS:
            raise UnreadableValue(f"{place}: more than {MOST_PARTS} parts")
        for one in value:
            checked(one, place)

    return check


def _of_type(kind: type[Any]) -> _Check:
    def check(value: Any, place: str) -> None:
        if type(value) is not kind:
            raise _other_type(place)

    return check


def _texts(value: Any, place: str) -> None:
    if type(value) not in (dict, MappingProxyType) or len(value) > MOST_PARTS:
        raise _other_type(place)
    for key, one in value.items():
        _text(key, place)
        _text(one, place)


def _text(value: Any, place: str) -> None:
    if type(value) is not str:
        raise _other_type(place)
    if len(value) > MOST_TEXT:
        raise UnreadableValue(f"{place}: a text of more than {MOST_TEXT} characters")


def _count(value: Any, place: str) -> None:
    if type(value) is not int:
        raise _other_type(place)
    if not 1 <= value <= HIGHEST_COUNT:
        raise UnreadableValue(f"{place}: no number from 1 to {HIGHEST_COUNT}")


def _decimal(value: Any, place: str) -> None:
    _number(value, place, MOST_PLACES)


def _number(value: Any, place: str, places: int) -> None:
    if type(value) is not Decimal:
        raise _other_type(place)
    # By its parts: reckoning with a number of 90 million digits would take for ever.
    _, digits, exponent = value.as_tuple()
    if type(exponent) is not int:
        raise UnreadableValue(f"{place}: no number")
    if digits == (0,):
        fits = -places <= exponent <= MOST_DIGITS
    else:
        fits = exponent >= -places and len(digits) + exponent <= MOST_DIGITS
    if not fits:
        raise UnreadableValue(f"{place}: more than {MOST_DIGITS} digits or {places} places")


def _of(kind: Any) -> _Check:
    """A quantity or an amount of a position."""
    whole = _check_of(kind)

    def check(value: Any, place: str) -> None:
        if type(value) is not kind:
            raise _other_type(place)
        _number(value.value, f"{place}.value", MOST_PLACES_IN_A_POSITION)
        # All but the number is as anywhere else.
        whole(replace(value, value=_ZERO), place)

    return check


def _moment(value: Any, place: str) -> None:
    if type(value) is not datetime:
        raise _other_type(place)
    if value.tzinfo is None:
        raise UnreadableValue(f"{place}: a time without a time zone")
    try:
        value.astimezone(UTC)
    except Exception as error:
        raise UnreadableValue(f"{place}: a time that is none in UTC") from error


def _quantity(value: Quantity, place: str) -> None:
    if not _UNIT.fullmatch(value.unit):
        raise UnreadableValue(f"{place}.unit: no code of a unit")


def _money(value: Money, place: str) -> None:
    if not _CURRENCY.fullmatch(value.currency):
        raise UnreadableValue(f"{place}.currency: no code of a currency")


def _other_type(place: str) -> UnreadableValue:
    return UnreadableValue(f"{place}: a value of another type than the contract's")


_LEAVES: Mapping[Any, _Check] = MappingProxyType(
    {str: _text, int: _count, Decimal: _decimal, datetime: _moment, date: _of_type(date)}
)
_FURTHER: Mapping[type[Any], _Check] = MappingProxyType({Quantity: _quantity, Money: _money})
