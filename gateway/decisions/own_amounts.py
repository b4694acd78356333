"""The amounts that a declaration has of each line of a document by our movements, in the unit of the certificate's line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from gateway.contract import OrderLine
from gateway.decisions.positions import plain
from gateway.domain.order_lines import Convert, Place, gathered, taken


class OwnAmounts(NamedTuple):
    """The amounts of one quantity line; None: not known, and never zero in its place."""

    reserved: str | None = None
    written_off: str | None = None
    left_after: str | None = None
    """The rest that the authority has on the certificate's line once they are taken, by its position as it was read."""


_UNKNOWN = OwnAmounts()
_ZERO = Decimal(0)


def untouched(line: int | None, unit: str | None, left: Decimal | None) -> OwnAmounts:
    """Return the amounts of a quantity line of whose document nothing was ever moved, as `OwnAmountsBook.of` does."""
    if line is None or unit is None:
        return _UNKNOWN
    return OwnAmounts("0", "0", plain(left) if left is not None else None)


class PlacedLines:
    """The lines of our position with a document, found by the goods item and the line of the document that they are of."""

    def __init__(self, lines: Sequence[OrderLine]) -> None:
        self.there: Mapping[Place, list[OrderLine]] = gathered(lines)

    def of(self, goods_item: int, line: int | None) -> Sequence[OrderLine]:
        """Return the lines of a goods item; without the document's line those of all its lines."""
        if line is not None:
            return self.there.get((goods_item, line), ())
        return self._by_item.get(goods_item, ())

    @cached_property
    def _by_item(self) -> dict[int, list[OrderLine]]:
        found: dict[int, list[OrderLine]] = {}
        for (item, _), there in self.there.items():
            found.setdefault(item, []).extend(there)
        return found


class OwnAmountsBook:
    """The amounts of a document's quantity lines, asked for in their order: rows of one place share what is there."""

    def __init__(self, reserved: PlacedLines, written_off: PlacedLines, convert: Convert, *, in_doubt: bool) -> None:
        """Take what is held, and whether it is in doubt: then nothing is known of any line."""
        self._convert = convert
        self._in_doubt = in_doubt
        self._reserved = _Shares(reserved, convert)
        self._written_off = _Shares(written_off, convert)
        self._of_line: dict[int, list[OrderLine]] = {}
        for held in (reserved, written_off):
            for (_, number), lines in held.there.items():
                self._of_line.setdefault(number, []).extend(lines)
        self._totals: dict[tuple[int, str], Decimal | None] = {}

    def of(
        self, goods_item: int, line: int | None, unit: str | None, *, most: Decimal | None, left: Decimal | None
    ) -> OwnAmounts:
        """Return the amounts of a quantity line.

        Args:
            goods_item: the goods item.
            line: the certificate's line; None: it is not known, so nothing is.
            unit: the unit of the certificate's line.
            most: what the row declares in that unit; None: it takes all that is there, as the last row of its place does.
            left: what the authority had left on the line for this declaration, its own amounts included; None: not known.
        """
        if line is None or unit is None or self._in_doubt:
            return _UNKNOWN
        if most is None and not self._of_line:
            return untouched(line, unit, left)
        total = self._total(line, unit)
        return OwnAmounts(
            reserved=self._reserved.of((goods_item, line), unit, most),
            written_off=self._written_off.of((goods_item, line), unit, most),
            left_after=plain(left - total) if left is not None and total is not None else None,
        )

    def _total(self, line: int, unit: str) -> Decimal | None:
        """Return what all goods items have of a line; summed once, however many of them there are."""
        place = line, unit
        if place not in self._totals:
            self._totals[place] = taken(self._of_line.get(line, ()), unit, self._convert)
        return self._totals[place]


class _Shares:
    """The amounts held at each place, given to its rows one after the other."""

    def __init__(self, lines: PlacedLines, convert: Convert) -> None:
        self._lines = lines.there
        self._convert = convert
        self._rest: dict[Place, Decimal | None] = {}

    def of(self, place: Place, unit: str, most: Decimal | None) -> str | None:
        """Return a row's share."""
        if not self._lines and most is None:
            return "0"
        if place not in self._rest:
            self._rest[place] = taken(self._lines.get(place, ()), unit, self._convert)
        rest = self._rest[place]
        if rest is None:
            return None
        part = rest if most is None else min(rest, most)
        self._rest[place] = _ZERO if part is rest else rest - part
        return plain(part)
