"""The measures that goods come under (table 3), and the documents that each of their groups admits."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from msgspec import Struct

from gateway.contract import Direction
from gateway.decisions.case import Dossier, OpenedCase
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.required import GroupLimit, RequiredDocuments, TaricRequirement
from gateway.domain.tables.rows import Codes
from gateway.domain.texts.listing import kept
from gateway.domain.verification import DocumentStatus


class Group(Struct, frozen=True, kw_only=True):
    """One group of a measure on goods: one of its types has to be declared, unless a limit is kept."""

    measure: RequiredDocuments
    types: Codes
    """Whatever the measure admits for these goods, in the order of the table."""
    limits: tuple[GroupLimit, ...] = ()


def groups(file: OpenedCase, item: GoodsItem) -> tuple[Group, ...]:
    """Return the groups of all measures that an item comes under; computed once for items alike."""
    return _groups(file, item, "groups", file.tables.measures)


def finer_groups(file: OpenedCase, item: GoodsItem) -> tuple[Group, ...]:
    """Return the groups of measures that an item may come under: too little of its commodity code is declared to decide."""
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


def by_officer(file: OpenedCase, item: GoodsItem) -> tuple[TaricRequirement, ...]:
    """Return the measures that an item comes under, or may come under, and that an officer decides about: not all is understood."""
    goods = goods_of(file, item)
    measures = (*file.tables.measures(goods), *file.tables.finer_measures(goods))
    return tuple(row for row in measures if isinstance(row, TaricRequirement) and row.by_officer)


def goods_of(file: OpenedCase, item: GoodsItem) -> Goods:
    """Return the facts of a goods item that decide which measures it comes under."""
    destination = item.country_of_destination or file.case.declaration.country_of_destination
    return Goods(
        item.commodity_code, file.direction, item.requested_procedure, item.origin, destination, item.additional_codes
    )


def _concerns(measure: RequiredDocuments, item: GoodsItem) -> bool:
    """Whether documents are asked for: an officer's measure asks for none, and a description may not be that of the goods.

    Some additional procedures leave goods out.
    """
    if isinstance(measure, TaricRequirement) and measure.by_officer:
        return False
    if not set(item.additional_procedures).isdisjoint(measure.excepted_additional_procedures):
        return False
    return describes(measure, item.description)


def describes(measure: RequiredDocuments, description: str) -> bool:
    """Whether a description of goods is one that brings them under a measure; without words of its own each is."""
    return not measure.described or _pattern(measure.described).search(description) is not None


def groups_of(measure: RequiredDocuments, commodity_code: str) -> Iterator[Group]:
    """Yield the groups of a measure for goods of a commodity code."""
    limits = measure.group_limits if isinstance(measure, TaricRequirement) else ()
    for number, group in enumerate(measure.all_of):
        yield Group(
            measure=measure,
            types=measure.accepted(group, commodity_code),
            limits=tuple(limit for limit in limits if limit.group == number),
        )


def _groups(
    file: OpenedCase,
    item: GoodsItem,
    name: str,
    measures: Callable[[Goods], tuple[RequiredDocuments, ...]],
    *,
    at_entry: bool | None = True,
) -> tuple[Group, ...]:
    goods = goods_of(file, item)
    key = (name, goods, item.additional_procedures, item.description)
    found = file.worked_out.get(key)
    if not isinstance(found, tuple):
        found = file.worked_out[key] = tuple(
            group
            for measure in measures(goods)
            if _departs(file, measure) is at_entry and _concerns(measure, item)
            for group in groups_of(measure, item.commodity_code)
        )
    return found


def _departs(file: OpenedCase, measure: RequiredDocuments) -> bool | None:
    """Whether goods depart where the measure concerns them: everywhere, but of some measures in transit where they entered."""
    return file.at_entry if measure.at_entry and file.direction is Direction.TRANSIT else True


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


def admitted(tables: InForce, direction: Direction, types: Codes) -> Codes:
    """Return those of a group's types that can be declared on this day and in this direction; all, if none can."""
    return tuple(kind for kind in types if tables.admits(kind, direction)) or types


def listed(tables: InForce, direction: Direction, types: Codes) -> str:
    """Encode a list of what may be declared, to be rendered in any language."""
    routes = ((kind, tables.route(kind, direction)) for kind in types if not tables.states(kind))
    documents = ((kind, route.authority if route is not None and route.adapter else None) for kind, route in routes)
    return kept(documents, (kind for kind in types if tables.states(kind)))


def is_enough(file: OpenedCase, dossier: Dossier) -> bool:
    """Whether the document is judged by its own findings, or needs no judgement."""
    return (
        dossier.status is not DocumentStatus.UNROUTED
        or dossier.needs_officer
        or file.tables.self_declared(dossier.document.type, file.direction)
    )


def in_its_place(file: OpenedCase, dossier: Dossier) -> str:
    """Encode the list of the documents that the measures admit in a document's place; empty: none.

    Waiver codes are left out: beside the document they would contradict it, and no remedy is a statement that is untrue.
    """
    kind = dossier.document.type
    found: dict[str, None] = {}
    for item in {citation.item.number: citation.item for citation in dossier.citations}.values():
        for group in groups(file, item):
            if kind in group.types:
                found |= dict.fromkeys(admitted(file.tables, file.direction, group.types))
    others = tuple(one for one in found if one != kind and not file.tables.states(one))
    return listed(file.tables, file.direction, others) if others else ""
