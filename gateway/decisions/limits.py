"""The limits of measures, against what is declared.

Goods of an item meet a group without a document up to one (`GroupLimit`); a document or statement meets a measure up to another, for
all goods together that cite it (`TypeLimit`).
"""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from gateway.contract import Quantity
from gateway.decisions.case import OpenedCase
from gateway.decisions.credibility import NotDeclared, Unjudged, value_in, written
from gateway.decisions.positions import plain
from gateway.decisions.requirements import Group, groups
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.required import GroupLimit

_MASS = "KGM"
_GROSS = "G"
"""The qualifier of TARIC for gross mass."""
_UNIT_LETTERS = 3


class Compared(NamedTuple):
    """A limit beside what is declared."""

    limit: str
    """As it is written: `20 KGM`."""
    declared: str
    """Empty: nothing that compares is declared."""
    kept: bool | None
    """Whether the goods are at or below it; None: it cannot be told."""


class Beyond(Struct, frozen=True, kw_only=True):
    """A net mass that exceeds what a type is enough for, in kilograms."""

    limit: Decimal
    declared: Decimal | None
    """None: some of the goods have no net mass."""


def compared(file: OpenedCase, item: GoodsItem, limit: GroupLimit) -> Compared:
    """Compare a limit with what is declared of an item. What is not declared, or has another unit, is not determined."""
    text = f"{plain(limit.amount)} {limit.unit or limit.currency}"
    if limit.currency:
        try:
            value = value_in(file, item, limit.currency) if not limit.unit else None
        except (NotDeclared, Unjudged):
            value = None
        if value is None:
            return Compared(text, "", None)
        return Compared(text, f"{written(value)} {limit.currency}", value <= Fraction(limit.amount))
    unit = file.tables.unit(limit.unit)
    if unit is None:
        return Compared(text, "", None)
    declared = _declared(file, item, unit.unit, gross=limit.unit[_UNIT_LETTERS:] == _GROSS)
    if declared is None or declared.value <= 0:
        return Compared(text, "", None)
    converted = file.tables.convert(declared, unit.unit)
    if converted is None:
        return Compared(text, "", None)
    return Compared(text, f"{plain(declared.value)} {declared.unit}", converted.value <= limit.amount * unit.factor)


def _declared(file: OpenedCase, item: GoodsItem, unit: str, *, gross: bool) -> Quantity | None:
    if file.tables.convert(Quantity(value=Decimal(1), unit=_MASS), unit) is not None:
        mass = item.gross_mass if gross else item.net_mass
        return Quantity(value=mass, unit=_MASS) if mass is not None else None
    row = file.tables.supplementary(item.commodity_code)
    if row is None or item.supplementary_units is None:
        return None
    return Quantity(value=item.supplementary_units * row.factor, unit=row.unit)


def beyond_limit(file: OpenedCase, group: Group, kind: str) -> Beyond | None:
    """Return how far the goods that are declared with a type exceed the net mass up to which it meets the measure; None: they do
    not, or there is no limit. All of them count together, and of those without a net mass it is not known.
    """
    limit = group.measure.limit(kind)
    if limit is None:
        return None
    key = ("net mass", group.measure.measure, group.types, kind)
    if key not in file.worked_out:
        masses = [
            item.net_mass
            for item in file.items
            if any(dossier.document.type == kind for dossier in file.declared[item.number])
            and any(other == group for other in groups(file, item))
        ]
        known = [mass for mass in masses if mass is not None]
        file.worked_out[key] = sum(known, Decimal(0)) if len(known) == len(masses) else None
    total = file.worked_out[key]
    if isinstance(total, Decimal) and total <= limit:
        return None
    return Beyond(limit=limit, declared=total if isinstance(total, Decimal) else None)
