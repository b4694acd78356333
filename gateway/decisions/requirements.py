"""The measures that goods come under (table 3), and the documents that each of their groups admits."""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Literal

from msgspec import Struct

from gateway.contract import Direction
from gateway.decisions.case import Dossier, OpenedCase
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.credibility import CredibilityCheck
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.required import GroupLimit, RequiredDocuments, TaricRequirement
from gateway.domain.tables.rows import Codes, GeneralAuthorisation
from gateway.domain.texts.listing import kept
from gateway.domain.verification import DocumentStatus


class Group(Struct, frozen=True, kw_only=True):
    """One group of a measure on goods: one of its types has to be declared, unless a limit is kept."""

    measure: RequiredDocuments
    types: Codes
    """The types that the measure admits for these goods, in the order of the table."""
    limits: tuple[GroupLimit, ...] = ()


class GoodsMeasures:
    """The rows that goods items alike come under: each list is worked out when it is first asked for, and once for all of them."""

    # The case keeps these lists: they do not refer to it, or both would stay until a search for cycles finds them.
    def __init__(self, file: OpenedCase, item: GoodsItem, destination: str | None) -> None:
        """Take one of the items, and where it goes."""
        self._tables = file.tables
        self._in_transit = file.direction is Direction.TRANSIT
        self._of_union = self._in_transit and file.is_of_union_goods(item)
        self._departs = (False if self._of_union else file.at_entry) if self._in_transit else True
        self._item = item
        self.alike: list[GoodsItem] = []
        """The items that it has been asked for: while it knows them no other one takes the identity of one of them."""
        self.goods = Goods(
            item.commodity_code,
            file.direction,
            item.requested_procedure,
            item.origin,
            destination,
            item.additional_codes,
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups of all measures that the goods come under."""
        return self._groups(self._tables.measures(self.goods))

    @cached_property
    def finer_groups(self) -> tuple[Group, ...]:
        """The groups of measures that they may come under: too little of their commodity code is declared to decide."""
        finer = self._tables.finer_measures(self.goods)
        certain = self._groups(finer)
        return (*certain, *self._groups(finer, at_entry=None)) if self._in_transit else certain

    @cached_property
    def groups_at_entry(self) -> tuple[Group, ...]:
        """The groups of measures that goods in transit come under if they entered the Union where they depart, which is not
        known of the customs office; there are none of goods that are not in transit.
        """
        return self._groups(self._tables.measures(self.goods), at_entry=None)

    @cached_property
    def by_officer(self) -> tuple[TaricRequirement, ...]:
        """The measures that they come under, or may come under, and that an officer decides about: not all is understood."""
        measures = (*self._tables.measures(self.goods), *self._tables.finer_measures(self.goods))
        return tuple(row for row in measures if isinstance(row, TaricRequirement) and row.by_officer)

    @cached_property
    def told(self) -> tuple[RequiredDocuments, ...]:
        """The measures that some goods of their code come under, of which traders are only informed."""
        return tuple(
            row
            for row in self._tables.measures(self.goods)
            if row.only_told
            and self.depends_on_country(row) is None
            and self._departs_under(row) is not False
            and _excepts_not(row, self._item)
        )

    @cached_property
    def checks(self) -> tuple[CredibilityCheck, ...]:
        """The checks of credibility that the goods come under."""
        return self._tables.credibility.checks(self.goods)

    @cached_property
    def finer_checks(self) -> tuple[CredibilityCheck, ...]:
        """The checks that they may come under: digits of their commodity code, or an additional code, would decide."""
        return self._tables.credibility.finer(self.goods)

    def _groups(self, measures: tuple[RequiredDocuments, ...], *, at_entry: bool | None = True) -> tuple[Group, ...]:
        if not measures:
            return ()
        return tuple(
            group
            for measure in measures
            if self._departs_under(measure) is at_entry
            and not (measure.declared_country and self.goods.country is None)
            and _concerns(measure, self._item)
            for group in groups_of(measure, self._item.commodity_code)
        )

    def depends_on_country(self, measure: RequiredDocuments) -> Literal["origin", "destination"] | None:
        """Return the country that is not declared and on which it depends whether the goods come under a measure of some countries."""
        if self.goods.country is not None:
            return None
        if self.goods.direction is Direction.EXPORT:
            return "destination" if measure.destinations or (measure.banned and measure.excepted_destinations) else None
        return "origin" if measure.origins or (measure.banned and measure.excepted_origins) else None

    def _departs_under(self, measure: RequiredDocuments) -> bool | None:
        """Whether the goods depart where the measure concerns them: everywhere, but of some measures in transit where they entered.

        Union goods in transit enter nothing and leave nothing: of rows made of the law a ban alone asks of them, and an
        administration's own rows do.
        """
        return self._departs if measure.at_entry else measure.banned or not (self._of_union and measure.is_derived)


def measures_of(file: OpenedCase, item: GoodsItem) -> GoodsMeasures:
    """Return what a goods item of the case comes under."""
    found = file.worked_out.get(id(item))
    if not isinstance(found, GoodsMeasures):
        destination = item.country_of_destination or file.declaration.country_of_destination
        alike = (
            item.commodity_code,
            item.requested_procedure,
            item.origin,
            destination,
            item.additional_codes,
            item.additional_procedures,
            item.description,
            item.declaration_type,
        )
        found = file.worked_out.get(alike)
        if not isinstance(found, GoodsMeasures):
            found = file.worked_out[alike] = GoodsMeasures(file, item, destination)
        found.alike.append(item)
        file.worked_out[id(item)] = found
    return found


def items_with_measures(file: OpenedCase) -> tuple[tuple[GoodsItem, GoodsMeasures], ...]:
    """Return every goods item with what it comes under, in their order; put together once for a case."""
    found = file.worked_out.get("items")
    if not isinstance(found, tuple):
        found = file.worked_out["items"] = tuple([(item, measures_of(file, item)) for item in file.items])
    return found


def groups(file: OpenedCase, item: GoodsItem) -> tuple[Group, ...]:
    """Return the groups of all measures that an item comes under."""
    return measures_of(file, item).groups


def all_groups(file: OpenedCase) -> tuple[tuple[GoodsItem, Group], ...]:
    """Return every group of the measures on every goods item, in their order; worked out once for a case."""
    found = file.worked_out.get("groups")
    if not isinstance(found, tuple):
        found = tuple([(item, group) for item, measures in items_with_measures(file) for group in measures.groups])
        file.worked_out["groups"] = found
    return found


def _concerns(measure: RequiredDocuments, item: GoodsItem) -> bool:
    """Whether documents are asked for: an officer's measure, and what is only told, ask for none."""
    if measure.only_told or (isinstance(measure, TaricRequirement) and measure.by_officer):
        return False
    return _excepts_not(measure, item)


def _excepts_not(measure: RequiredDocuments, item: GoodsItem) -> bool:
    """Whether a measure holds for a goods item: some additional procedures leave goods out, and a description may not be that of them."""
    if not set(item.additional_procedures).isdisjoint(measure.excepted_additional_procedures):
        return False
    return describes(measure, item.description)


def describes(measure: RequiredDocuments, description: str) -> bool:
    """Whether a description of goods is one that brings them under a measure; without words of its own each is, but those of what is excepted."""
    if measure.excepted_described and word_in(description, measure.excepted_described) is not None:
        return False
    return not measure.described or _said(measure.described).search(description) is not None


def word_in(description: str, words: Codes) -> str | None:
    """Return the first of some words that a description of goods contains, as it is spelled there; None: none does."""
    found = _pattern(words).search(description) if words else None
    return found[0] if found is not None else None


def groups_of(measure: RequiredDocuments, commodity_code: str) -> Iterator[Group]:
    """Yield the groups of a measure for goods of a commodity code; of a ban that nothing lifts one without types."""
    limits = measure.group_limits if isinstance(measure, TaricRequirement) else ()
    for number, group in enumerate(measure.all_of or (((),) if measure.banned else ())):
        yield Group(
            measure=measure,
            types=measure.accepted(group, commodity_code),
            limits=tuple([limit for limit in limits if limit.group == number]),
        )


_DENYING = (
    "without ",
    "no ",
    "non-",
    "non ",
    "free of ",
    "free from ",
    "ohne ",
    "frei von ",
    "sans ",
    "exempt de ",
    "exempts de ",
)
"""What stands before a word that goods are not: "free of asbestos"; behind it stands "free" or "frei"."""
_NOT_FREE = r"(?!-(?:free|frei)\b|\s(?:free|frei)(?=\s*(?:[,;.)]|$)|\s(?!(?:of|on|from|to|in|at|for|sample|samples|delivered|haus|an|bord)\b)))"
"""Not behind it: but "asbestos free of charge" and "free on board" say nothing of what it is free of."""


@lru_cache(maxsize=256)
def _said(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for words that a description says of goods, and does not deny."""
    denied = "".join(rf"(?<!\b{re.escape(one)})" for one in _DENYING)
    word = _pattern(words).pattern
    # The word comes first: at nearly all places of a description there is none, and what would deny it is not looked for.
    return re.compile(f"(?={word}){denied}{word}{_NOT_FREE}", re.IGNORECASE)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


def admitted(tables: InForce, goods: Goods, types: Codes) -> Codes:
    """Return those of a group's types that can be declared of goods on this day, in this direction, with this origin and destination.

    All, if none can.
    """
    in_force = tuple([kind for kind in types if tables.admits(kind, goods.direction)])
    return tuple([kind for kind in in_force if _suits(tables, kind, goods)]) or in_force or types


def _suits(tables: InForce, kind: str, goods: Goods) -> bool:
    """Whether a type can be declared of goods with their origin, and for their destination; what is not known excludes none."""
    if goods.origin is not None and not tables.by_goods.is_of_origin(kind, goods.origin):
        return False
    if goods.direction is not Direction.EXPORT or goods.destination is None:
        return True
    authorisation = tables.by_goods.general_authorisation(kind)
    return authorisation is None or reaches(tables, authorisation, goods.destination)


def reaches(tables: InForce, authorisation: GeneralAuthorisation, country: str) -> bool:
    """Whether goods may go to a country under a general authorisation; of what is in no list of countries it is not known."""
    known = not tables.identifiers.judged or tables.identifiers.is_country(country)
    return not known or authorisation.covers(country)


def listed(tables: InForce, direction: Direction, types: Codes) -> str:
    """Encode a list of what may be declared, to be rendered in any language."""
    routes = ((kind, tables.route(kind, direction)) for kind in types if not tables.states(kind))
    documents = ((kind, route.authority if route is not None and route.adapter else None) for kind, route in routes)
    return kept(documents, (kind for kind in types if tables.states(kind)))


def is_enough(file: OpenedCase, item: GoodsItem, dossier: Dossier) -> bool:
    """Whether the document is judged by its own findings for the goods, or needs no judgement.

    What its authority says of it for other goods of the declaration is no judgement of these.
    """
    return (
        (dossier.status is not DocumentStatus.UNROUTED and not dossier.is_judged_elsewhere(item))
        or dossier.needs_officer
        or (dossier.document_class is not None and dossier.document_class.meets_measure)
        or file.is_spared(dossier.document.type)
        or file.tables.self_declared(dossier.document.type, file.direction)
    )


def in_its_place(file: OpenedCase, dossier: Dossier) -> str:
    """Encode the list of the documents that the measures admit in a document's place; empty: none.

    Waiver codes are left out: beside the document they would contradict it, and no remedy is a statement that is untrue.
    """
    kind = dossier.document.type
    found: dict[str, None] = {}
    for item in dossier.items:
        for group in groups(file, item):
            if kind in group.types:
                found |= dict.fromkeys(admitted(file.tables, measures_of(file, item).goods, group.types))
    others = tuple(one for one in found if one != kind and not file.tables.states(one))
    return listed(file.tables, file.direction, others) if others else ""
