"""The limits of measures, against what is declared.

Goods of an item meet a group without a document up to one (`GroupLimit`); a document or statement meets a measure up to another, for
all goods together that cite it (`TypeLimit`).
"""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from gateway.decisions.case import OpenedCase
from gateway.decisions.credibility import UNITS, NotDeclared, Unjudged, price_in, quantity_in, value_in, written
from gateway.decisions.positions import plain
from gateway.decisions.requirements import Group, groups
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.required import GroupLimit

_MASS = "KGM"


class Compared(NamedTuple):
    """A limit beside what is declared."""

    limit: str
    """The limit as it is written: `20 KGM`, `5 EUR / KGM`."""
    declared: str = ""
    """Empty: nothing that compares is declared."""
    kept: bool | None = None
    """Whether the goods are at or below it; None: it cannot be told."""
    missing: str = ""
    """The data element that is not declared."""
    uncompared: str = ""
    """A code word: why it cannot be told."""


class Beyond(Struct, frozen=True, kw_only=True):
    """A net mass that exceeds what a type is enough for, in kilograms."""

    limit: Decimal
    declared: Decimal | None
    """None: some of the goods have no net mass."""


def compared(file: OpenedCase, item: GoodsItem, group: Group, limit: GroupLimit) -> Compared:
    """Compare a limit of a group with what is declared of an item and of others of the same goods that rest on the limit, too.

    They count together, so that nobody keeps a limit by declaring one consignment in several items; a price by unit is that of each
    item. What is not declared, or has another unit, is not determined.
    """
    rate = " / ".join(one for one in (limit.currency, limit.unit) if one)
    text = f"{plain(limit.amount)} {rate}"
    same = _resting_on_limits(file, item, group)
    try:
        if not limit.currency:
            quantities = [quantity_in(file, one, limit.unit) for one in same]
            kept = sum(one.value for one in quantities) <= Fraction(limit.amount)
            return Compared(text, _declared(file, same, quantities[0].element), kept)
        if limit.unit:
            figure = price_in(file, item, limit.currency, limit.unit)
        else:
            figure = sum((value_in(file, one, limit.currency) for one in same), Fraction(0))
    except NotDeclared as missing:
        return Compared(text, missing=missing.element, uncompared="missing")
    except Unjudged as unjudged:
        return Compared(text, uncompared="rate" if unjudged.why in ("rate", "currency") else "unit")
    return Compared(text, f"{written(figure)} {rate}", figure <= Fraction(limit.amount))


def _resting_on_limits(file: OpenedCase, item: GoodsItem, group: Group) -> tuple[GoodsItem, ...]:
    """Return an item with those of the same commodity code and origin for which no document of the group is declared either."""
    key = ("resting on limits", item.commodity_code, item.origin, group.types)
    found = file.worked_out.get(key)
    if not isinstance(found, tuple):
        found = file.worked_out[key] = tuple(
            one
            for one in file.items
            if (one.commodity_code, one.origin) == (item.commodity_code, item.origin)
            and not any(dossier.document.type in group.types for dossier in file.declared[one.number])
        )
    return found if any(one is item for one in found) else (item,)


def _declared(file: OpenedCase, items: tuple[GoodsItem, ...], element: str) -> str:
    """Write a quantity that was compared as it was declared: a mass in kilograms, supplementary units in the unit of the code."""
    declared: Decimal = sum((getattr(one, element) for one in items), Decimal(0))
    if element != UNITS:
        return f"{plain(declared)} {_MASS}"
    row = file.tables.supplementary(items[0].commodity_code)
    return "" if row is None else f"{plain(declared * row.factor)} {row.unit}"


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
