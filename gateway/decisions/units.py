"""Quantities in the certificate's unit and in the one that is declared, side by side: `0.6 TNE = 600 KGM`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from gateway.contract import Quantity
from gateway.decisions.positions import LinePosition, plain

_DECLARABLE = Decimal("0.000001")
"""The smallest quantity that 12 03 006 can state (n..16,6)."""
_MOST = 20
"""Goods items that a sentence names."""


@dataclass(frozen=True, slots=True)
class Units:
    """The unit that a certificate counts in, and the one that all of the goods items on its line declare."""

    certified: str
    declared: str | None = None
    """None: they declare in several, or in none that converts."""
    scale: Decimal = Decimal(1)

    @classmethod
    def of(cls, positions: Iterable[LinePosition], certified: str) -> "Units":
        """Return the units of what goods items take from one line."""
        found = {
            (one.stated.quantity.unit, one.stated.scale) if one.stated is not None else (None, None)
            for one in positions
        }
        if len(found) == 1:
            (declared, scale) = found.pop()
            if declared is not None and scale is not None and declared != certified:
                return cls(certified, declared, scale)
        return cls(certified)

    def both(self, value: Decimal) -> str:
        """Write an amount of the certificate's unit in both."""
        certified = f"{plain(value)} {self.certified}"
        return certified if self.declared is None else f"{plain(value / self.scale)} {self.declared} = {certified}"

    def most(self, value: Decimal) -> dict[str, str]:
        """Return the most of the certificate's unit that can still be declared, in the declared one."""
        most = self.declarable(value)
        return {"most": "at_most" if most.value > 0 else "nothing", "left": plain(most.value), "unit": most.unit}

    def declarable(self, value: Decimal) -> Quantity:
        """Return an amount of the certificate's unit in the declared one: never more, and so that it can be stated."""
        if self.declared is None:
            return Quantity(value=value, unit=self.certified)
        inexact = value / self.scale
        down = inexact.quantize(_DECLARABLE, rounding=ROUND_FLOOR)
        return Quantity(value=down if inexact != down else inexact, unit=self.declared)


def by_item(positions: Sequence[LinePosition], certified: str) -> str:
    """Write what each goods item takes of a line, in both units."""
    parts = [
        f"{one.citation.item.number}: {Units.of([one], certified).both(one.declared.value)}"
        for one in positions
        if one.declared is not None
    ]
    return "; ".join(parts[:_MOST]) + ("; …" if len(parts) > _MOST else "")
