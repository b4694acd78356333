"""The amounts that a declaration has of each line of a document by our movements, in the unit of the certificate's line."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from gateway.contract import OrderLine
from gateway.decisions.positions import plain
from gateway.domain.movement import OwnPosition, Shown
from gateway.domain.order_lines import Convert, gathered, taken


class OwnAmounts(NamedTuple):
    """The amounts of one quantity line; None: not known, and never zero in its place."""

    reserved: str | None = None
    written_off: str | None = None
    left_after: str | None = None
    """What the authority has left on the certificate's line once they are taken, by its position as it was read."""


_UNKNOWN = OwnAmounts()


class OwnAmountsBook:
    """The amounts of a document's quantity lines, asked for in their order: rows of one place share what is there."""

    def __init__(self, own_position: OwnPosition | None, convert: Convert) -> None:
        self._convert = convert
        self._in_doubt = own_position is not None and own_position.progress is Shown.IN_DOUBT
        holding = own_position.holding if own_position is not None else None
        self._reserved = _Shares(holding.reserved if holding is not None else (), convert)
        self._written_off = _Shares(holding.written_off if holding is not None else (), convert)
        self._of_line: dict[int, list[OrderLine]] = {}
        for line in (*holding.reserved, *holding.written_off) if holding is not None else ():
            self._of_line.setdefault(line.certificate_line, []).append(line)

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
        total = taken(self._of_line.get(line, ()), unit, self._convert)
        return OwnAmounts(
            reserved=self._reserved.of((goods_item, line), unit, most),
            written_off=self._written_off.of((goods_item, line), unit, most),
            left_after=plain(left - total) if left is not None and total is not None else None,
        )


class _Shares:
    """What is held at each place, given to its rows one after the other."""

    def __init__(self, lines: Sequence[OrderLine], convert: Convert) -> None:
        self._lines = gathered(lines)
        self._convert = convert
        self._rest: dict[tuple[int, int], Decimal | None] = {}

    def of(self, place: tuple[int, int], unit: str, most: Decimal | None) -> str | None:
        """Return a row's share."""
        if place not in self._rest:
            self._rest[place] = taken(self._lines.get(place, ()), unit, self._convert)
        rest = self._rest[place]
        if rest is None:
            return None
        part = rest if most is None else min(rest, most)
        self._rest[place] = rest - part
        return plain(part)
