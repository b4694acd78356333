"""The requirements on goods as data, for questions before anything is declared: no case, the tables of a day alone."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from gateway.decisions.asked_checks import AskedCheck, checks_on
from gateway.decisions.requirements import Group, admitted, describes, groups_of
from gateway.domain.declaration import Direction
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.required import ANY_PROCEDURE, GroupLimit, RequiredDocuments, TaricRequirement
from gateway.domain.tables.rows import Codes, DocumentRoute, QuantityMode, Use
from gateway.domain.verification import DocumentClass

MOST = 300
"""Measures that may apply and that are listed: a subheading of six digits may have more, and the rest is counted."""
_PREFIXES = 50
"""Prefixes of the goods of one measure that are listed."""


class DependsOn(StrEnum):
    """A fact of the goods that is not stated and decides whether a measure applies."""

    DIGITS = "more_digits"
    ADDITIONAL_CODE = "additional_code"
    ORIGIN = "origin"
    DESTINATION = "destination"
    PROCEDURE = "procedure"
    DESCRIPTION = "description"
    GOODS = "goods"
    """The requirement depends on what the goods are: the code alone does not say it."""
    PLACE_OF_ENTRY = "place_of_entry"


class Extent(StrEnum):
    """How far the measures of TARIC on goods are known."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


class StatedGoods(Struct, frozen=True, kw_only=True):
    """The facts of goods that are stated; None: not stated."""

    commodity_code: str
    direction: Direction
    procedure: str | None = None
    origin: str | None = None
    dispatch: str | None = None
    destination: str | None = None
    additional_codes: Codes = ()
    additional_procedures: Codes = ()
    description: str | None = None


class AdmittedDocument(Struct, frozen=True, kw_only=True):
    """A document that meets a group."""

    type: str
    route: DocumentRoute | None
    """None: the tables have no row for it in this direction."""
    document_class: DocumentClass | None
    """None: the code is known nowhere, or the set is from before documents had classes."""
    optional: bool
    """Whether the group can be met without it."""

    up_to: Decimal | None
    """Net mass in kilograms of all goods together up to which it meets the group; None: any."""
    in_no_list: bool = False
    """Whether no list says what the code is, as of the universal waiver of TARIC: an officer judges what it states."""

    @property
    def adapter(self) -> str | None:
        """The adapter of the authority that is asked about it; None: an officer verifies it."""
        return self.route.adapter if self.route is not None else None

    @property
    def quantity(self) -> QuantityMode | None:
        """The source of the figures that its quantity is compared with; None: nobody is asked about it."""
        return self.route.quantity if self.route is not None and self.route.adapter is not None else None

    @property
    def compared(self) -> tuple[tuple[str, Use], ...]:
        """The facts of its record that are compared with the declaration."""
        route = self.route
        if route is None or route.adapter is None:
            return ()
        facts = (
            ("commodity", route.commodity),
            ("holder", route.holder),
            ("destination", route.destination),
            ("dispatch", route.dispatch),
        )
        return tuple((name, use) for name, use in facts if use is not Use.NO)


class AdmittedWaiver(Struct, frozen=True, kw_only=True):
    """A waiver code that meets a group."""

    type: str
    self_declared: bool
    """Whether the declarant's statement is enough; else an officer checks it."""
    up_to: Decimal | None
    """Net mass in kilograms of all goods together up to which it meets the group; None: any."""


class AskedGroup(Struct, frozen=True, kw_only=True):
    """One group of a measure: one of its documents or waiver codes, unless the goods keep a limit."""

    documents: tuple[AdmittedDocument, ...]
    waivers: tuple[AdmittedWaiver, ...]
    limits: tuple[GroupLimit, ...]

    @property
    def types(self) -> Codes:
        """The documents and other codes that can be declared, documents first."""
        return (*(one.type for one in self.documents), *(one.type for one in self.waivers))


class AskedMeasure(Struct, frozen=True, kw_only=True):
    """A measure on goods, with what has to be declared."""

    row: RequiredDocuments
    commodities: Codes
    """The prefixes of its row that these goods have, or may have."""
    excepted: Codes
    """The exceptions of its row that these goods may have."""
    depends_on: tuple[DependsOn, ...]
    """Empty: it applies."""
    by_officer: Codes
    """The reasons why an officer decides, as words of the catalogue."""
    groups: tuple[AskedGroup, ...]

    @property
    def waivable(self) -> bool:
        """Whether goods can meet each of its groups without a document: by a waiver code for any quantity, or below a limit."""
        return all(group.limits or any(one.up_to is None for one in group.waivers) for group in self.groups)


class Requirements(Struct, frozen=True, kw_only=True):
    """All that the tables of a day ask for of goods."""

    goods: StatedGoods
    measures: tuple[AskedMeasure, ...]
    """The measures that apply."""
    may_apply: tuple[AskedMeasure, ...]
    by_officer: tuple[AskedMeasure, ...]
    """The measures that apply and that an officer decides about."""
    more: int
    """The number of further ones that may apply and are not listed."""
    extent: Extent
    checks: tuple[AskedCheck, ...]
    """Credibility checks that the goods come under, or may."""
    judged: str | None
    """The additional procedure under which an officer judges what is missing of them; None: none that is stated."""


def requirements(tables: InForce, goods: StatedGoods) -> Requirements:
    """Find the measures on goods and what each asks for; a measure of which a fact decides that is not stated may apply."""
    found = [_asked(tables, goods, row) for row in _rows(tables, goods)]
    applying = [one for one in found if not one.depends_on]
    may_apply = [one for one in found if one.depends_on]
    judged = tables.by_goods.judged_by_officer(goods.additional_procedures)
    return Requirements(
        goods=goods,
        measures=tuple(one for one in applying if not one.by_officer),
        by_officer=tuple(one for one in applying if one.by_officer),
        may_apply=tuple(may_apply[:MOST]),
        more=max(0, len(may_apply) - MOST),
        extent=extent(tables, goods.commodity_code, goods.direction),
        # Those that a trader may know of first: what is cut off tells nobody of the others.
        checks=tuple(sorted(checks_on(tables, goods_of(goods)), key=lambda one: one.for_officers))[:MOST],
        judged=judged[0] if judged is not None else None,
    )


def extent(tables: InForce, commodity_code: str, direction: Direction) -> Extent:
    """Return how far the measures of TARIC on goods of a commodity code are known."""
    if tables.taric_as_of is None:
        return Extent.NONE
    return Extent.WHOLE if tables.covers(commodity_code, direction) else Extent.PART


def goods_of(goods: StatedGoods) -> Goods:
    """Return the stated facts as those by which rows are found: without a procedure those of any."""
    procedure = goods.procedure
    if procedure is None and goods.direction is not Direction.TRANSIT:
        procedure = ANY_PROCEDURE
    return Goods(
        goods.commodity_code, goods.direction, procedure, goods.origin, goods.destination, goods.additional_codes
    )


def _rows(tables: InForce, goods: StatedGoods) -> Iterator[RequiredDocuments]:
    """Yield the rows on goods, and those that may be.

    A description that is stated leaves out what does not name the goods, an additional procedure what excepts it.
    """
    asked = goods_of(goods)
    for row in (*tables.measures(asked), *tables.finer_measures(asked)):
        if not set(goods.additional_procedures).isdisjoint(row.excepted_additional_procedures):
            continue
        if goods.description is None or describes(row, goods.description):
            yield row


def _asked(tables: InForce, goods: StatedGoods, row: RequiredDocuments) -> AskedMeasure:
    code = goods.commodity_code
    return AskedMeasure(
        row=row,
        commodities=tuple(one for one in row.commodities if code.startswith(one) or one.startswith(code))[:_PREFIXES],
        excepted=tuple(one for one in row.excepted if one.startswith(code))[:_PREFIXES],
        depends_on=tuple(_depends_on(tables, goods, row)),
        by_officer=row.by_officer if isinstance(row, TaricRequirement) else (),
        groups=tuple(_group(tables, goods_of(goods), group) for group in groups_of(row, code)),
    )


def _depends_on(tables: InForce, goods: StatedGoods, row: RequiredDocuments) -> Iterator[DependsOn]:
    """Yield the facts that are not stated and that decide whether a measure on these goods applies."""
    if not goods.commodity_code.startswith(row.commodities):
        yield DependsOn.DIGITS
    if row.described and goods.description is None:
        yield DependsOn.DESCRIPTION
    if row.procedures and goods.procedure is None:
        yield DependsOn.PROCEDURE
    if row.at_entry and goods.direction is Direction.TRANSIT:
        yield DependsOn.PLACE_OF_ENTRY
    if goods.origin is None and (row.origins or row.excepted_origins):
        yield DependsOn.ORIGIN
    to_some = goods.direction is Direction.EXPORT and bool(row.destinations or row.excepted_destinations)
    if to_some and goods.destination is None:
        yield DependsOn.DESTINATION
    if row.only_told:
        yield DependsOn.GOODS
    if not isinstance(row, TaricRequirement):
        return
    if row.additional_code and row.additional_code not in goods.additional_codes:
        yield DependsOn.ADDITIONAL_CODE
    export = goods.direction is Direction.EXPORT
    if (goods.destination if export else goods.origin) is None and tables.by_goods.for_some_countries(row):
        yield DependsOn.DESTINATION if export else DependsOn.ORIGIN


def _group(tables: InForce, goods: Goods, group: Group) -> AskedGroup:
    types, direction = admitted(tables, goods, group.types), goods.direction
    waivers = tuple(kind for kind in types if _is_waiver(tables, kind))
    optional = len(types) > 1 or bool(group.limits)
    return AskedGroup(
        documents=tuple(
            _document(tables, direction, kind, optional, group.measure.limit(kind))
            for kind in types
            if kind not in waivers
        ),
        waivers=tuple(
            AdmittedWaiver(
                type=kind, self_declared=tables.self_declared(kind, direction), up_to=group.measure.limit(kind)
            )
            for kind in waivers
        ),
        limits=group.limits,
    )


def _is_waiver(tables: InForce, kind: str) -> bool:
    if tables.states(kind):
        return True
    return tables.document_class(kind, additional=True) is DocumentClass.WAIVER


def _document(
    tables: InForce, direction: Direction, kind: str, optional: bool, up_to: Decimal | None
) -> AdmittedDocument:
    return AdmittedDocument(
        type=kind,
        route=tables.route(kind, direction),
        document_class=tables.document_class(kind, additional=False),
        optional=optional,
        up_to=up_to,
        in_no_list=tables.has_classes and not tables.is_listed(kind),
    )
