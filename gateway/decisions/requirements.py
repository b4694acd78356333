"""The measures that goods come under (table 3), and the documents that each of their groups admits."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from gateway.contract import Direction
from gateway.decisions.case import Dossier, OpenedCase
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import Codes
from gateway.domain.texts.listing import kept


class Group(Struct, frozen=True, kw_only=True):
    """One group of a measure on goods: one of its types has to be declared."""

    measure: RequiredDocuments
    types: Codes
    """Whatever the measure admits for these goods, in the order of the table."""


class Beyond(Struct, frozen=True, kw_only=True):
    """A net mass that exceeds what a type is enough for, in kilograms."""

    limit: Decimal
    declared: Decimal | None
    """None: some of the goods have no net mass."""


def groups(file: OpenedCase, item: GoodsItem) -> tuple[Group, ...]:
    """Return the groups of all measures that an item comes under; computed once for items alike."""
    return _groups(file, item, "groups", file.tables.measures)


def finer_groups(file: OpenedCase, item: GoodsItem) -> tuple[Group, ...]:
    """Return the groups of measures that an item may come under: its commodity code has too few digits to decide."""
    finer = file.tables.finer_measures
    certain = _groups(file, item, "finer groups", finer)
    if file.direction is not Direction.TRANSIT:
        return certain
    return (*certain, *_groups(file, item, "finer groups at entry", finer, at_entry=None))


def groups_at_entry(file: OpenedCase, item: GoodsItem) -> tuple[Group, ...]:
    """Return the groups of measures that an item in transit comes under if it entered the Union where it departs, which is
    not known of the customs office.
    """
    if file.direction is not Direction.TRANSIT:
        return ()
    return _groups(file, item, "groups at entry", file.tables.measures, at_entry=None)


def _groups(
    file: OpenedCase,
    item: GoodsItem,
    name: str,
    measures: Callable[..., tuple[RequiredDocuments, ...]],
    *,
    at_entry: bool | None = True,
) -> tuple[Group, ...]:
    goods = (item.commodity_code, file.direction, item.requested_procedure, item.origin)
    key = (name, *goods, item.additional_procedures, item.description)
    found = file.worked_out.get(key)
    if not isinstance(found, tuple):
        found = file.worked_out[key] = tuple(
            Group(measure=measure, types=measure.accepted(group, item.commodity_code))
            for measure in measures(*goods)
            if _departs(file, measure) is at_entry
            if not measure.described or _words(measure.described).search(item.description)
            if set(item.additional_procedures).isdisjoint(measure.excepted_additional_procedures)
            for group in measure.all_of
        )
    return found


def _departs(file: OpenedCase, measure: RequiredDocuments) -> bool | None:
    """Whether goods depart where the measure concerns them: everywhere, but of some measures in transit where they entered."""
    return file.at_entry if measure.at_entry and file.direction is Direction.TRANSIT else True


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


@lru_cache(maxsize=256)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


def admitted(file: OpenedCase, types: Codes) -> Codes:
    """Return those of a group's types that can be declared on this day and in this direction; all, if none can."""
    return tuple(kind for kind in types if file.tables.admits(kind, file.direction)) or types


def listed(file: OpenedCase, types: Codes) -> str:
    """Encode a list of what may be declared, to be rendered in any language."""
    routes = ((kind, file.tables.route(kind, file.direction)) for kind in types if not file.tables.states(kind))
    documents = ((kind, route.authority if route is not None and route.adapter else None) for kind, route in routes)
    return kept(documents, (kind for kind in types if file.tables.states(kind)))


def in_its_place(file: OpenedCase, dossier: Dossier) -> str:
    """Encode the list of the documents that the measures admit in a document's place; empty: none.

    Waiver codes are left out: beside the document they would contradict it, and no remedy is a statement that is untrue.
    """
    kind = dossier.document.type
    found: dict[str, None] = {}
    for item in {citation.item.number: citation.item for citation in dossier.citations}.values():
        for group in groups(file, item):
            if kind in group.types:
                found |= dict.fromkeys(admitted(file, group.types))
    others = tuple(one for one in found if one != kind and not file.tables.states(one))
    return listed(file, others) if others else ""
