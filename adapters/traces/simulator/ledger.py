"""The simulated ledger: what declarations have reserved of certificates and have used up."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

VALIDATED = "70"
MASS = {"GRM": Decimal("0.001"), "KGM": Decimal(1), "TNE": Decimal(1000)}
"""Units that convert among themselves, in kilograms; every other unit converts only to itself."""

Declaration: TypeAlias = tuple[str, str]
"""`MRN` or `LRN`, and its value: one of each with the same value are two declarations."""


class Refusal(StrEnum):
    """The reason for which a reservation is refused."""

    CODES_MISMATCH = "03"
    INAPPROPRIATE_STATUS = "04"
    INSUFFICIENT = "05"
    WRITTEN_OFF = "06"
    LINES_MISMATCH = "07"
    UNIT_MISMATCH = "10"


class Outcome(StrEnum):
    """The outcome of a clearance or an intervention."""

    EXECUTED = "01"
    NO_RECORD = "02"
    CONSUMED_ALREADY = "03"
    EXECUTED_THOUGH_STATUS_CHANGED = "04"
    RESERVED = "05"


class Effect(StrEnum):
    """An effect on the ledger, not merely a question to it."""

    RESERVE = "reserve"
    RELEASE = "release"
    DELETE = "delete"
    FORCE = "force"
    AMEND = "amend"
    UNDO = "undo"
    LOST = "lost"
    """A hold that ended because a later reservation was refused for want of quantity."""
    REMOVE = "remove"
    """Somebody at the authority took away what stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A certificate's line."""

    number: int
    code: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A goods item's claim on a line: each quantity with its unit; without one it is read as tonnes."""

    goods_item: int
    line: int
    code: str
    quantities: tuple[tuple[Decimal, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocated:
    """A part of a line that a declaration has reserved or used up."""

    declaration: Declaration
    consumed: bool
    goods_item: int
    line: int
    code: str
    quantity: Decimal
    unit: str
    office: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A reservation that is refused, with the item that is named for it."""

    reason: Refusal
    goods_item: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All that one declaration has reserved of a certificate, or has used up: never both."""

    parts: tuple[Allocated, ...]
    text: bytes
    """As answers state it: written once, because every answer states those of all declarations."""


class CertificateLedger:
    """The ledger of one certificate. What it does to a declaration costs the same however many others there are."""

    def __init__(self, write: Callable[[Allocated], bytes], allocated: Iterable[Allocated] = ()) -> None:
        self._write = write
        self._reserved: dict[Declaration, Position] = {}
        self._consumed: dict[Declaration, Position] = {}
        self._texts: dict[bool, bytes] = {}
        """Consumed or reserved -> what answers state of all such positions, as long as it is known."""
        self._taken: dict[int, dict[str, Decimal]] = {}
        """Line -> unit -> sum of what declarations hold and have used up."""
        self.effects: dict[Declaration, Counter[Effect]] = {}
        for one in allocated:
            self._put([*self._take(one.declaration), one])

    @property
    def allocated(self) -> Iterator[Allocated]:
        """All parts, the reserved ones first."""
        for positions in (self._reserved, self._consumed):
            for position in positions.values():
                yield from position.parts

    def written(self, *, without: Declaration | None = None) -> list[bytes]:
        """Return all parts as answers state them, the reserved ones first, leaving out one declaration's."""
        if without is None:
            return [self._text(consumed=False), self._text(consumed=True)]
        kept = (self._reserved, self._consumed)
        return [position.text for positions in kept for named, position in positions.items() if named != without]

    def available(self, line: Line, *, without: Declaration | None = None) -> Decimal:
        """Return what is left of a line in its unit, leaving out what one declaration has reserved or used."""
        sums = self._taken.get(line.number, {})
        left = line.quantity - sum((_share(amount, unit, line) for unit, amount in sums.items()), Decimal(0))
        own = self._parts(without) if without is not None else ()
        return left + sum((_share(one.quantity, one.unit, line) for one in own if one.line == line.number), Decimal(0))

    def reserve(
        self, declaration: Declaration, items: tuple[Item, ...], lines: tuple[Line, ...], *, status: str, office: str, at: datetime
    ) -> Refused | None:  # fmt: skip
        """Set the declaration's whole reservation in place of its earlier one, or refuse all of it."""
        if status != VALIDATED:
            return Refused(reason=Refusal.INAPPROPRIATE_STATUS)
        if declaration in self._consumed:
            return Refused(reason=Refusal.WRITTEN_OFF)
        by_number, demand = {line.number: line for line in lines}, _demand_of(lines, items)
        left: dict[int, Decimal] = {}
        wanted = []
        for item in items:
            line = by_number.get(item.line)
            if line is None:
                return Refused(reason=Refusal.LINES_MISMATCH, goods_item=item.goods_item)
            if not item.code.startswith(line.code):
                return Refused(reason=Refusal.CODES_MISMATCH, goods_item=item.goods_item, line=item.line)
            chosen = _chosen(item, line)
            if chosen is None:
                return Refused(reason=Refusal.UNIT_MISMATCH, goods_item=item.goods_item, line=item.line)
            if item.line not in left:
                left[item.line] = self.available(line, without=declaration)
            # It is the whole declaration that has to fit: its first item on the line is the one that is named.
            if demand[item.line] > left[item.line]:
                # A refusal for want of quantity costs the declaration what it held before.
                if self._take(declaration):
                    self._count(declaration, Effect.LOST)
                return Refused(reason=Refusal.INSUFFICIENT, goods_item=item.goods_item, line=item.line)
            wanted.append(_allocated(declaration, item, chosen, consumed=False, office=office, at=at))
        self._take(declaration)
        self._put(wanted)
        self._count(declaration, Effect.RESERVE)
        return None

    def release(self, declaration: Declaration, *, status: str, at: datetime) -> Outcome:
        """Turn what the declaration has reserved into consumption, for good; also if the status has changed."""
        if declaration not in self._reserved:
            return self._unreserved(declaration)
        self._put([replace(one, consumed=True, at=at) for one in self._take(declaration)])
        self._count(declaration, Effect.RELEASE)
        return _executed(status)

    def delete(self, declaration: Declaration) -> Outcome:
        """Cancel the declaration's reservation."""
        if declaration not in self._reserved:
            return self._unreserved(declaration)
        self._take(declaration)
        self._count(declaration, Effect.DELETE)
        return Outcome.EXECUTED

    def force(
        self, declaration: Declaration, items: tuple[Item, ...], lines: tuple[Line, ...], *, status: str, office: str, at: datetime
    ) -> Outcome:  # fmt: skip
        """Write off without a reservation, whatever is left.

        Raises:
            ValueError: an item fits no line.
        """
        if declaration in self._consumed:
            return Outcome.CONSUMED_ALREADY
        if declaration in self._reserved:
            return Outcome.RESERVED
        self._put(_forced(declaration, items, lines, office=office, at=at))
        self._count(declaration, Effect.FORCE)
        return _executed(status)

    def amend(
        self, declaration: Declaration, items: tuple[Item, ...], lines: tuple[Line, ...], *, status: str, office: str, at: datetime
    ) -> Outcome:  # fmt: skip
        """Put another write-off in place of the declaration's.

        Raises:
            ValueError: an item fits no line.
        """
        if declaration not in self._consumed:
            return Outcome.NO_RECORD
        forced = _forced(declaration, items, lines, office=office, at=at)
        self._take(declaration)
        self._put(forced)
        self._count(declaration, Effect.AMEND)
        return _executed(status)

    def undo(self, declaration: Declaration, *, status: str) -> Outcome:
        """Delete the declaration's write-off."""
        if declaration not in self._consumed:
            return Outcome.NO_RECORD
        self._take(declaration)
        self._count(declaration, Effect.UNDO)
        return _executed(status)

    def remove(self, declaration: Declaration) -> None:
        """Take away whatever the declaration has reserved or used up.

        Raises:
            LookupError: it has nothing.
        """
        if not self._take(declaration):
            raise LookupError(f"{declaration[1]} has nothing")
        self._count(declaration, Effect.REMOVE)

    def _positions(self, *, consumed: bool) -> dict[Declaration, Position]:
        return self._consumed if consumed else self._reserved

    def _text(self, *, consumed: bool) -> bytes:
        if consumed not in self._texts:
            positions = self._positions(consumed=consumed).values()
            self._texts[consumed] = b"".join(position.text for position in positions)
        return self._texts[consumed]

    def _unreserved(self, declaration: Declaration) -> Outcome:
        return Outcome.CONSUMED_ALREADY if declaration in self._consumed else Outcome.NO_RECORD

    def _parts(self, declaration: Declaration) -> tuple[Allocated, ...]:
        found = self._reserved.get(declaration) or self._consumed.get(declaration)
        return found.parts if found is not None else ()

    def _take(self, declaration: Declaration) -> tuple[Allocated, ...]:
        parts = self._parts(declaration)
        for consumed in (False, True):
            if self._positions(consumed=consumed).pop(declaration, None) is not None:
                self._texts.pop(consumed, None)
        for one in parts:
            self._taken[one.line][one.unit] -= one.quantity
        return parts

    def _put(self, parts: list[Allocated]) -> None:
        consumed, text = parts[0].consumed, b"".join(self._write(one) for one in parts)
        # Whatever the declaration had was taken: it stands at the end now.
        self._positions(consumed=consumed)[parts[0].declaration] = Position(parts=tuple(parts), text=text)
        if consumed in self._texts:
            self._texts[consumed] += text
        for one in parts:
            sums = self._taken.setdefault(one.line, {})
            sums[one.unit] = sums.get(one.unit, Decimal(0)) + one.quantity

    def _count(self, declaration: Declaration, effect: Effect) -> None:
        self.effects.setdefault(declaration, Counter())[effect] += 1


def lines_of(document: dict[str, Any]) -> tuple[Line, ...]:
    """Return the lines of a simulated document: in the unit of the weight, or of the volume where the weight has none."""
    lines = []
    for number, line in enumerate(document.get("lines", ()), start=1):
        quantity, unit = (line["quantity"], line["unit"]) if "unit" in line else (line["volume"], line["volume_unit"])
        lines.append(Line(number=number, code=str(line["code"]), quantity=Decimal(str(quantity)), unit=str(unit)))
    return tuple(lines)


def _converted(quantity: Decimal, unit: str, into: str) -> Decimal | None:
    if unit == into:
        return quantity
    if unit in MASS and into in MASS:
        return quantity * MASS[unit] / MASS[into]
    return None


def _share(quantity: Decimal, unit: str, line: Line) -> Decimal:
    return _converted(quantity, unit, line.unit) or Decimal(0)


def _chosen(item: Item, line: Line) -> tuple[Decimal, str] | None:
    """Return the first quantity of an item that the line can be counted in."""
    for quantity, unit in item.quantities:
        if _converted(quantity, unit or "TNE", line.unit) is not None:
            return quantity, unit or "TNE"
    return None


def _demand_of(lines: tuple[Line, ...], items: Iterable[Item]) -> dict[int, Decimal]:
    """Sum what a declaration asks of each line in its unit; items in another unit are refused by themselves."""
    demand = {line.number: Decimal(0) for line in lines}
    by_number = {line.number: line for line in lines}
    for item in items:
        chosen = _chosen(item, by_number[item.line]) if item.line in by_number else None
        if chosen is not None:
            demand[item.line] += _share(*chosen, by_number[item.line])
    return demand


def _forced(
    declaration: Declaration, items: Iterable[Item], lines: tuple[Line, ...], *, office: str, at: datetime
) -> list[Allocated]:
    by_number = {line.number: line for line in lines}
    forced = []
    for item in items:
        chosen = _chosen(item, by_number[item.line]) if item.line in by_number else None
        if chosen is None:
            raise ValueError(f"goods item {item.goods_item} fits no line")
        forced.append(_allocated(declaration, item, chosen, consumed=True, office=office, at=at))
    return forced


def _allocated(
    declaration: Declaration, item: Item, quantity: tuple[Decimal, str], *, consumed: bool, office: str, at: datetime
) -> Allocated:
    return Allocated(
        declaration=declaration,
        consumed=consumed,
        goods_item=item.goods_item,
        line=item.line,
        code=item.code[:6].ljust(6, "0"),
        quantity=quantity[0],
        unit=quantity[1],
        office=office,
        at=at,
    )


def _executed(status: str) -> Outcome:
    return Outcome.EXECUTED if status == VALIDATED else Outcome.EXECUTED_THOUGH_STATUS_CHANGED
