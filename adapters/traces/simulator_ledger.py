"""The simulated ledger: what declarations hold of certificates and have used up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

VALIDATED = "70"
MASS = {"GRM": Decimal("0.001"), "KGM": Decimal(1), "TNE": Decimal(1000)}
"""Units that convert among themselves, in kilograms; every other unit converts only to itself."""


class Refusal(StrEnum):
    """Why a reservation is refused."""

    CODES_MISMATCH = "03"
    INAPPROPRIATE_STATUS = "04"
    INSUFFICIENT = "05"
    WRITTEN_OFF = "06"
    LINES_MISMATCH = "07"
    UNIT_MISMATCH = "10"


class Outcome(StrEnum):
    """What became of a clearance or an intervention."""

    EXECUTED = "01"
    NO_RECORD = "02"
    CONSUMED_ALREADY = "03"
    EXECUTED_THOUGH_STATUS_CHANGED = "04"
    RESERVED = "05"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
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
    """A part of a line that a declaration holds or has used up."""

    declaration: tuple[str, str]
    """`MRN` or `LRN`, and its value."""
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


class CertificateLedger:
    """The ledger of one certificate."""

    def __init__(self, allocated: Iterable[Allocated] = ()) -> None:
        self.allocated = list(allocated)
        self.version = 0
        """Rises with every change."""

    def available(self, line: Held, *, without: tuple[str, str] | None = None) -> Decimal:
        """What is left of a line in its unit, leaving out what one declaration holds or has used."""
        taken = (
            _converted(one.quantity, one.unit, line.unit) or Decimal(0)
            for one in self.allocated
            if one.line == line.number and one.declaration != without
        )
        return line.quantity - sum(taken, Decimal(0))

    def reserve(
        self, declaration: tuple[str, str], items: Iterable[Item], lines: tuple[Held, ...], *, status: str, office: str, at: datetime
    ) -> Refused | None:  # fmt: skip
        """Sets the declaration's whole hold in place of its earlier one, or refuses all of it."""
        if status != VALIDATED:
            return Refused(reason=Refusal.INAPPROPRIATE_STATUS)
        if self._of(declaration, consumed=True):
            return Refused(reason=Refusal.WRITTEN_OFF)
        held = {line.number: line for line in lines}
        taken: dict[int, Decimal] = {}
        wanted = []
        for item in items:
            line = held.get(item.line)
            if line is None:
                return Refused(reason=Refusal.LINES_MISMATCH, goods_item=item.goods_item)
            if not item.code.startswith(line.code):
                return Refused(reason=Refusal.CODES_MISMATCH, goods_item=item.goods_item, line=item.line)
            chosen = _chosen(item, line)
            if chosen is None:
                return Refused(reason=Refusal.UNIT_MISMATCH, goods_item=item.goods_item, line=item.line)
            quantity, unit, converted = chosen
            taken[item.line] = taken.get(item.line, Decimal(0)) + converted
            if taken[item.line] > self.available(line, without=declaration):
                # A refusal for want of quantity costs the declaration what it held before.
                self._drop(declaration)
                return Refused(reason=Refusal.INSUFFICIENT, goods_item=item.goods_item, line=item.line)
            wanted.append(_allocated(declaration, item, quantity, unit, consumed=False, office=office, at=at))
        self._drop(declaration)
        self._change(wanted)
        return None

    def release(self, declaration: tuple[str, str], *, status: str, at: datetime) -> Outcome:
        """Turns what the declaration holds into consumption, for good."""
        return self._settle(declaration, status, lambda one: replace(one, consumed=True, at=at))

    def delete(self, declaration: tuple[str, str], *, status: str) -> Outcome:
        """Gives back what the declaration holds."""
        return self._settle(declaration, status, lambda one: None)

    def force(
        self, declaration: tuple[str, str], items: Iterable[Item], lines: tuple[Held, ...], *, status: str, office: str, at: datetime
    ) -> Outcome:  # fmt: skip
        """Writes off without a reservation, whatever is left."""
        if self._of(declaration, consumed=True):
            return Outcome.CONSUMED_ALREADY
        if self._of(declaration, consumed=False):
            return Outcome.RESERVED
        self._change(_forced(declaration, items, lines, office=office, at=at))
        return _executed(status)

    def amend(
        self, declaration: tuple[str, str], items: Iterable[Item], lines: tuple[Held, ...], *, status: str, office: str, at: datetime
    ) -> Outcome:  # fmt: skip
        """Puts another write-off in place of the declaration's."""
        if not self._of(declaration, consumed=True):
            return Outcome.NO_RECORD
        forced = _forced(declaration, items, lines, office=office, at=at)
        self._drop(declaration)
        self._change(forced)
        return _executed(status)

    def undo(self, declaration: tuple[str, str], *, status: str) -> Outcome:
        """Deletes the declaration's write-off."""
        if not self._of(declaration, consumed=True):
            return Outcome.NO_RECORD
        self._drop(declaration)
        return _executed(status)

    def _settle(self, declaration: tuple[str, str], status: str, become: "Become") -> Outcome:
        if self._of(declaration, consumed=True):
            return Outcome.CONSUMED_ALREADY
        held = self._of(declaration, consumed=False)
        if not held:
            return Outcome.NO_RECORD
        self._drop(declaration)
        self._change([one for one in map(become, held) if one is not None])
        return _executed(status)

    def _of(self, declaration: tuple[str, str], *, consumed: bool) -> list[Allocated]:
        return [one for one in self.allocated if one.declaration == declaration and one.consumed is consumed]

    def _drop(self, declaration: tuple[str, str]) -> None:
        self.allocated = [one for one in self.allocated if one.declaration != declaration]
        self.version += 1

    def _change(self, more: list[Allocated]) -> None:
        self.allocated += more
        self.version += 1


Become = Callable[[Allocated], Allocated | None]


def held_lines(document: dict[str, Any]) -> tuple[Held, ...]:
    """Gives the lines of a simulated document."""
    return tuple(
        Held(number=number, code=str(line["code"]), quantity=Decimal(str(line["quantity"])), unit=str(line["unit"]))
        for number, line in enumerate(document.get("lines", ()), start=1)
    )


def _converted(quantity: Decimal, unit: str, into: str) -> Decimal | None:
    if unit == into:
        return quantity
    if unit in MASS and into in MASS:
        return quantity * MASS[unit] / MASS[into]
    return None


def _chosen(item: Item, line: Held) -> tuple[Decimal, str, Decimal] | None:
    """Gives the first quantity of an item that the line can be counted in, and what it comes to in the line's unit."""
    for quantity, unit in item.quantities:
        converted = _converted(quantity, unit or "TNE", line.unit)
        if converted is not None:
            return quantity, unit or "TNE", converted
    return None


def _forced(
    declaration: tuple[str, str], items: Iterable[Item], lines: tuple[Held, ...], *, office: str, at: datetime
) -> list[Allocated]:
    held = {line.number: line for line in lines}
    forced = []
    for item in items:
        chosen = _chosen(item, held[item.line]) if item.line in held else None
        if chosen is None:
            raise ValueError(f"goods item {item.goods_item} fits no line")
        forced.append(_allocated(declaration, item, chosen[0], chosen[1], consumed=True, office=office, at=at))
    return forced


def _allocated(
    declaration: tuple[str, str], item: Item, quantity: Decimal, unit: str, *, consumed: bool, office: str, at: datetime
) -> Allocated:
    return Allocated(
        declaration=declaration,
        consumed=consumed,
        goods_item=item.goods_item,
        line=item.line,
        code=item.code[:6].ljust(6, "0"),
        quantity=quantity,
        unit=unit,
        office=office,
        at=at,
    )


def _executed(status: str) -> Outcome:
    return Outcome.EXECUTED if status == VALIDATED else Outcome.EXECUTED_THOUGH_STATUS_CHANGED
