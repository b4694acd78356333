"""Strict readers for adapters: an authority's JSON answer, and the code lists that an adapter ships as data.

What does not read exactly as agreed is an `UnexpectedAnswer`; nothing is guessed, converted or filled in. In
particular, a key that is absent is a fault, and only a `null` says "the authority states none": a forgotten
`valid_to` must never look like a licence without an end.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from math import isinf
from typing import Any, Generic, TypeVar

from gateway.contract.earlier import gives_floats
from gateway.contract.errors import RequestRejected, UnexpectedAnswer
from gateway.contract.vocabulary import Answer, Certificate, Ledger, Money, Quantity, Reference

T = TypeVar("T")

MAX_TEXT = 500
"""Characters of the longest text that is read from an answer."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DECIMAL = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)
_SIGNED = re.compile(rf"-?{_DECIMAL.pattern}", re.ASCII)
_CLOCK = r"T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,9})?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_INSTANT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK}{_OFFSET}", re.ASCII)
_LOCAL_DAY = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({_CLOCK}|{_OFFSET})?", re.ASCII)
_HIGHEST_WHOLE = 2**53 - 1
"""The highest whole number that every reader of JSON knows exactly (RFC 8259, section 6)."""
_MOST_DIGITS, _MOST_PLACES = 16, 6
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_UNIT = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def exact_decimal(text: str, *, signed: bool = False) -> Decimal | None:
    """Gives the amount that a text states in plain digits (contract 1.6).

    Args:
        text: At most 16 digits and 6 decimals, without blanks, exponent or a sign.
        signed: Whether it may be below zero, with a `-` before it.

    Returns:
        The amount, zero or more unless `signed`; None: the text states none.
    """
    return Decimal(text) if (_SIGNED if signed else _DECIMAL).fullmatch(text) else None


def day_of(text: str, *, zone: tzinfo | None = None) -> date | None:
    """Gives the calendar day that a text states as `YYYY-MM-DD`; None: it states none (contract 1.6).

    Args:
        text: The day, or with a `zone` a moment that states it.
        zone: Where the authority's days are counted (contract 1.10), `ZoneInfo("Europe/Paris")`. Then a day may be followed by an
            offset, and a time without one is local there: the day is the one that is written. Of a moment with its offset it is the day there.
    """
    try:
        if zone is not None and (moment := instant_of(text)) is not None:
            return moment.astimezone(zone).date()
        found = _DAY.fullmatch(text) if zone is None else _LOCAL_DAY.fullmatch(text)
        return date.fromisoformat(text[:10]) if found else None
    except (ValueError, OverflowError):
        return None


def instant_of(text: str) -> datetime | None:
    """Gives the moment, in UTC, that a text states with its offset; None: it states none (contract 1.6).

    Args:
        text: As RFC 3339 has it, `2026-03-02T10:12:00.5+01:00`: a capital `T` and `Z`, an offset in any case, no second 60.
            Of more than 6 decimals of a second those behind are cut off.
    """
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def same_number(one: str, other: str) -> bool:
    """Whether two document numbers are the same: blanks and the case of ASCII letters do not count, all else does."""
    return plain_number(one) == plain_number(other)


def plain_number(number: str) -> str:
    """Gives a document number without ASCII blanks and in ASCII capitals: the same text for the same numbers."""
    # By bytes, because only ASCII is folded in them: the Kelvin sign is no K in a document's number.
    plain = b"".join(number.encode("utf-8", "surrogatepass").split()).upper()
    return plain.decode("utf-8", "surrogatepass")


def has_part(ledger: Ledger, declaration: Reference) -> bool:
    """Whether a quantity position states anything of a declaration (contract 1.5)."""
    return any(one.declaration == declaration for one in ledger.allocations)


def make_sure_it_has_no_part(whole: Answer | None, declaration: Reference) -> None:
    """Makes sure by everybody's position that a declaration has no part of a document (contract 1.5).

    To be asked where the declaration's own position states nothing: an empty part proves nothing, a whole position does.

    Args:
        whole: The answer with the position of all declarations; None: the document was not found.
        declaration: Whose part was empty.

    Raises:
        UnexpectedAnswer: there is no such position, it states a part of the declaration, or it is not whole.
    """
    if whole is None or whole.certificate is None or whole.ledger is None:
        raise UnexpectedAnswer("no whole quantity position is stated")
    if has_part(whole.ledger, declaration):
        raise UnexpectedAnswer("a part is told among all, and not to whom it belongs")
    make_sure_it_tells_all(whole.certificate, whole.ledger)


def make_sure_it_tells_all(certificate: Certificate, ledger: Ledger) -> None:
    """Makes sure that a quantity position tells of everything that was taken of the certificate's lines (contract 1.4).

    That a declaration holds nothing is told only by a position that does: an answer that was cut short leaves out what is
    held. Quantities are compared in the unit of the position, where the certificate states the line in it.

    Raises:
        UnexpectedAnswer: less is told as taken than is missing of a line, or that cannot be told.
    """
    certified = {line.number: line for line in certificate.lines}
    left = {line.number: line for line in ledger.lines}
    counted = {number for number, line in certified.items() if line.quantity or line.volume or line.amount}
    if not ledger.lines or not counted <= left.keys() <= certified.keys():
        raise UnexpectedAnswer("the quantity position is not of the certificate's lines")
    for number, line in left.items():
        taken = [one for one in ledger.allocations if one.certificate_line == number]
        stated = certified[number]
        in_its_unit = [
            *(one for one in (stated.quantity, stated.volume) if one is not None and one.unit == line.available.unit),
            *([Quantity(value=stated.amount.value, unit=stated.amount.currency)] if stated.amount is not None else []),
        ]
        if not in_its_unit or in_its_unit[0].unit != line.available.unit:
            raise UnexpectedAnswer("a line of the position is counted otherwise than it was certified")
        _make_sure_of_all(in_its_unit[0], line.available, [one.quantity for one in taken])
        if line.amount is not None:
            _make_sure_of_all(
                _as_quantity(stated.amount), _as_quantity(line.amount), [_as_quantity(one.amount) for one in taken]
            )


def _as_quantity(money: Money | None) -> Quantity | None:
    return None if money is None else Quantity(value=money.value, unit=money.currency)


def _make_sure_of_all(whole: Quantity | None, left: Quantity | None, taken: Sequence[Quantity | None]) -> None:
    if whole is None or left is None or any(one is None or one.unit != left.unit for one in (whole, *taken)):
        raise UnexpectedAnswer("a part of the position is counted otherwise than its line")
    if left.value + sum((one.value for one in taken if one is not None), Decimal(0)) < whole.value:
        raise UnexpectedAnswer("the quantity position tells less as taken than is missing")


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object of an answer; every reading method raises `UnexpectedAnswer` unless the value is as it says."""

    values: Mapping[str, Any] = field(repr=False)
    """As JSON has them; a number that is not a whole one is a `Decimal`."""
    path: str = "$"
    """Where the object stands in the answer, for messages."""

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, pattern: str | None = None) -> str:
        """Gives a text of 1 to `MAX_TEXT` (500) characters without control characters, that matches the pattern as a whole."""
        value = self._value(key)
        if type(value) is not str or not 0 < len(value) <= MAX_TEXT or not (value.isprintable() or _fit(value)):
            raise self._fault(key, "a text is expected")
        if pattern is not None and not _form(pattern).fullmatch(value):
            raise self._fault(key, f"a text like {pattern} is expected")
        return value

    def count(self, key: str) -> int:
        """Gives a whole number from 1 to 999,999."""
        value = self._value(key)
        if type(value) is not int or not 1 <= value <= 999_999:
            raise self._fault(key, "a whole number is expected")
        return value

    def day(self, key: str, *, zone: tzinfo | None = None) -> date:
        """Gives a calendar day, `YYYY-MM-DD`; with a `zone` also as a moment states it, see `day_of` (contract 1.10)."""
        value = self._value(key)
        found = day_of(value, zone=zone) if type(value) is str else None
        if found is None:
            raise self._fault(key, "a day is expected")
        return found

    def instant(self, key: str) -> datetime:
        """Gives a moment in UTC, written as a text with its offset (RFC 3339), see `instant_of` (contract 1.6)."""
        value = self._value(key)
        found = instant_of(value) if type(value) is str else None
        if found is None:
            raise self._fault(key, "a moment with its offset is expected")
        return found

    def boolean(self, key: str) -> bool:
        """Gives `true` or `false`: no number and no text stands for either (contract 1.6)."""
        value = self._value(key)
        if type(value) is not bool:
            raise self._fault(key, "true or false is expected")
        return value

    def whole(self, key: str) -> int:
        """Gives a whole number from 0 to 9,007,199,254,740,991, written as a *number* without a point (contract 1.6)."""
        value = self._value(key)
        if type(value) is not int or not 0 <= value <= _HIGHEST_WHOLE:
            raise self._fault(key, "a whole number, zero or more, is expected")
        return value

    def decimal(self, key: str, *, signed: bool = False) -> Decimal:
        """Gives an exact amount, written as a *text* of at most 16 digits and 6 decimals.

        Zero or more, or below it where it is `signed` (contract 1.6): only `LedgerLine.available` ever is.
        """
        value = self._value(key)
        found = exact_decimal(value, signed=signed) if type(value) is str else None
        if found is None:
            raise self._fault(key, "a decimal text is expected")
        return found

    def number(self, key: str, *, signed: bool = False) -> Decimal:
        """Gives an exact amount, written as a *number* of at most 16 digits and 6 decimals, as it stands (contract 1.6).

        Zero or more, or below it where it is `signed`. A sum that an authority's floating point made, such as
        `0.30000000000000004`, is no exact amount.
        """
        found = _plain(self._value(key))
        if found is None or (found < 0 and not signed):
            raise self._fault(key, "a decimal number is expected")
        return found

    def record(self, key: str) -> "Record":
        """Gives the object under the key."""
        value = self._value(key)
        if type(value) is not dict:
            raise self._fault(key, "an object is expected")
        return Record(value, f"{self.path}.{key}")

    def records(self, key: str) -> tuple["Record", ...]:
        """Gives the objects of a list, which may be empty."""
        found = self._list(key)
        for value in found:
            if type(value) is not dict:
                raise self._fault(key, "a list of objects is expected")
        return tuple([Record(value, f"{self.path}.{key}[{n}]") for n, value in enumerate(found)])

    def texts(self, key: str, pattern: str | None = None) -> tuple[str, ...]:
        """Gives the texts of a list, which may be empty."""
        return tuple([Record({key: value}, self.path).text(key, pattern) for value in self._list(key)])

    def counts(self, key: str) -> tuple[int, ...]:
        """Gives the whole numbers from 1 to 999,999 of a list, which may be empty (contract 1.9)."""
        return tuple([Record({key: value}, self.path).count(key) for value in self._list(key)])

    def quantity(self, key: str) -> Quantity:
        """Gives `{"value": decimal text, "unit": Rec 20 code}`: never one without the other."""
        record = self.record(key)
        return Quantity(value=record.decimal("value"), unit=record.text("unit", _UNIT.pattern))

    def money(self, key: str) -> Money:
        """Gives `{"value": decimal text, "currency": ISO 4217 code}`."""
        record = self.record(key)
        return Money(value=record.decimal("value"), currency=record.text("currency", _CURRENCY.pattern))

    def optional(self, read: Callable[[str], T], key: str) -> T | None:
        """Reads a key whose value may be `null`, e.g. `record.optional(record.day, "valid_to")`; it has to be there."""
        return None if self._value(key) is None else read(key)

    def same(self, key: str, number: str) -> None:
        """Makes sure that the answer speaks of the document that was asked about."""
        if not same_number(self.text(key), number):
            raise self._fault(key, "the answer is about another document")

    def _list(self, key: str) -> list[Any]:
        value = self._value(key)
        if type(value) is not list:
            raise self._fault(key, "a list is expected")
        return value

    def _value(self, key: str) -> Any:
        if key not in self.values:
            raise self._fault(key, "the key is missing")
        return self.values[key]

    def _fault(self, key: str, what: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(f"{self.path}.{key}: {what}")


def read_json(body: bytes) -> Record:
    """Reads an answer's body, a JSON object in UTF-8.

    Raises:
        UnexpectedAnswer: if it is anything else, names a key twice, or holds NaN or an infinity.
    """
    try:
        value = (_FLOATS if gives_floats() else _DECODER).decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnexpectedAnswer(f"not a JSON document: {type(error).__name__}") from error
    if type(value) is not dict:
        raise UnexpectedAnswer("$: an object is expected")
    return Record(value)


@lru_cache(maxsize=512)
def _form(pattern: str) -> re.Pattern[str]:
    """Gives a pattern of ASCII, ready to be matched: one is matched for many texts, and `re` takes longer to find its own."""
    return re.compile(pattern, re.ASCII)


def _fit(text: str) -> bool:
    return _UNFIT.search(text) is None


def _plain(value: Any) -> Decimal | None:
    """Gives a number without an exponent; None where it is none, or too long to be reckoned with."""
    if type(value) is int:
        return Decimal(value) if abs(value) < 10**_MOST_DIGITS else None
    if type(value) is not Decimal:
        return None
    # By its parts: writing out a number with an exponent of a million would take for ever.
    _, digits, exponent = value.as_tuple()
    if type(exponent) is not int or not -_MOST_PLACES <= exponent <= _MOST_DIGITS - len(digits):
        return None
    return Decimal(format(value if value else value.copy_abs(), "f"))


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise ValueError("a number that cannot be reckoned with") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice")
    return values


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    if isinf(found := float(text)):
        raise ValueError("an infinity")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse, parse_float=_exact)
_FLOATS = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
"""As adapters built for a contract before 1.6 are given it."""


@dataclass(frozen=True, slots=True)
class CodeList(Generic[T]):
    """An authority's codes and what each means, by date: what is not in force on the day is not known."""

    name: str
    """The list's name in `codes.toml`, for messages."""
    rows: Mapping[str, tuple[tuple[date, date, T], ...]]
    """By code: from when and until when, both days included, it means what."""

    def meaning(self, code: str, on: date) -> T:
        """Gives what a code means on a day.

        Raises:
            UnexpectedAnswer: if the list does not hold the code on that day.
        """
        for first, last, means in self.rows.get(code, ()):
            if first <= on <= last:
                return means
        raise UnexpectedAnswer(f"{self.name}: {code[:40]!r} is not in the code list")

    def codes(self, means: T, on: date) -> tuple[str, ...]:
        """Gives the codes that mean something on a day, in the order of the list; none where there is none (contract 1.6)."""
        return tuple(
            code
            for code, times in self.rows.items()
            if any(first <= on <= last and one == means for first, last, one in times)
        )

    def code(self, means: T, on: date) -> str:
        """Gives the one code that means something on a day, to ask or order by (contract 1.6).

        Raises:
            RequestRejected: if none does on that day, or several do: it cannot be said to the authority.
        """
        found = self.codes(means, on)
        if len(found) != 1:
            raise RequestRejected(
                f"{self.name}: {len(found)} codes mean {str(means)[:40]!r} on that day, one is needed"
            )
        return found[0]


@lru_cache(maxsize=1)
def _tables(text: str) -> Mapping[str, Any]:
    """Read a `codes.toml` once for all of its lists, which are read one after the other; nobody changes what is in them."""
    return tomllib.loads(text)


def read_codes(text: str, name: str, kind: Callable[[str], T]) -> CodeList[T]:
    """Reads the code list `[[name]]` of a `codes.toml`: rows of code, means, valid_from, valid_to (optional), source.

    Raises:
        ValueError: with every fault of the list, when it cannot be used.
    """
    faults: list[str] = []
    rows: dict[str, tuple[tuple[date, date, T], ...]] = {}
    for number, row in enumerate(_tables(text).get(name, ()), start=1):
        place = f"{name} {number}"
        wrong = [key for key in ("code", "means", "source") if not isinstance(row.get(key), str) or not row[key]]
        first, last = row.get("valid_from"), row.get("valid_to", date.max)
        wrong += [key for key, value in (("valid_from", first), ("valid_to", last)) if type(value) is not date]
        wrong += sorted(row.keys() - {"code", "means", "source", "valid_from", "valid_to"})
        if wrong:
            faults.append(f"{place}: {', '.join(wrong)}")
            continue
        try:
            means = kind(row["means"])
        except ValueError:
            faults.append(f"{place}: means {row['means']!r}")
            continue
        known = rows.get(row["code"], ())
        if first > last or any(first <= until and since <= last for since, until, _ in known):
            faults.append(f"{place}: the dates of {row['code']!r} overlap or end before they begin")
        rows[row["code"]] = (*known, (first, last, means))
    if not rows:
        faults.append(f"{name}: no codes")
    if faults:
        raise ValueError("; ".join(faults))
    return CodeList(name, rows)
