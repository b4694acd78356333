"""The units of one day: what declared ones are, how they convert, and those that commodity codes imply."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from gateway.contract import Quantity
from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.rows import Conversion, SupplementaryUnit, UnitWord
from gateway.domain.tables.rows_by_goods import by_prefix


class UnitsInForce(AnsweringRows):
    """The units in which quantities are declared and compared on one day."""

    def __init__(
        self, units: Iterable[UnitWord], conversions: Iterable[Conversion], supplementary: Iterable[SupplementaryUnit]
    ) -> None:
        self._units = {row.word: row for row in units}
        self._conversions = {row.unit: row for row in conversions}
        self._supplementary = by_prefix(supplementary, lambda row: row.commodities)
        self._supplementary_lengths = sorted({len(prefix) for prefix in self._supplementary}, reverse=True)

    def unit(self, declared: str) -> UnitWord | None:
        """Return the Rec 20 meaning of a declared unit; None: it is not known."""
        return self._row(self._units, declared.upper().replace("#", ""))

    def convert(self, quantity: Quantity, unit: str) -> Quantity | None:
        """Return a quantity in another Rec 20 unit; None: the two do not convert."""
        if quantity.unit == unit:
            return quantity
        found = self._factors(quantity.unit, unit)
        return Quantity(value=quantity.value * found[0] / found[1], unit=unit) if found is not None else None

    def supplementary(self, commodity_code: str) -> SupplementaryUnit | None:
        """Return the unit of 18 02 for a commodity code, by its longest prefix."""
        for length in self._supplementary_lengths:
            rows = self._supplementary.get(commodity_code[:length])
            if rows:
                return self._noted(rows, commodity_code[:length])[0]
        return None

    def scale(self, of: str, to: str) -> Fraction | None:
        """Return, exactly, how many of one Rec 20 unit another one is; None: the two do not convert."""
        if of == to:
            return Fraction(1)
        found = self._factors(of, to)
        return Fraction(found[0]) / Fraction(found[1]) if found is not None else None

    def _factors(self, of: str, to: str) -> tuple[Decimal, Decimal] | None:
        """Return how much two units are in the one that both convert to; None: there is none."""
        row, target = self._row(self._conversions, of), self._row(self._conversions, to)
        base, factor = (row.base, row.factor) if row is not None else (of, Decimal(1))
        target_base, target_factor = (target.base, target.factor) if target is not None else (to, Decimal(1))
        return (factor, target_factor) if base == target_base else None
