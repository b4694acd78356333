"""Rows about the documents that goods need (table 3)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from gateway.contract import Direction
from gateway.domain.laxer import (
    NEUTRAL,
    LooseningDirection,
    always,
    covering_less,
    covers_less,
    excepting_more,
    fewer,
    fewer_of_all,
    more,
    switched_off,
    switched_on,
)
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.rows import Codes, Row

ANY_PROCEDURE = "*"
"""In place of a requested procedure: it is not stated, and goods come under measures on any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """The types that may stand in for `to` on some commodities only."""

    to: str
    types: Codes
    commodities: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLimit:
    """The types that meet a measure for a small quantity only."""

    types: Codes
    net_mass: Decimal
    """In kilograms (18 01), of all goods of the declaration together: up to and including it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLimit:
    """A limit up to which goods meet a group of a measure without any of its documents (conditions E and I of TARIC)."""

    group: int
    """Index of the group in `all_of`."""
    amount: Decimal
    """At or below it the group is met."""
    unit: str = ""
    """TARIC measurement unit, with its qualifier where it has one (`KGM`, `KGMG`); empty: the amount is a value."""
    currency: str = ""
    """ISO 4217, where the amount is a value, or a price for each unit."""


def _asks_less(before: tuple[Codes, ...], after: tuple[Codes, ...]) -> bool:
    """Whether some earlier group is not met by what meets one of the present groups."""
    return not all(any(set(now) <= set(group) for now in after) for group in before)


def _limits_less(before: tuple[TypeLimit, ...], after: tuple[TypeLimit, ...]) -> bool:
    """Whether some type meets a measure for more goods than before, or for any quantity."""

    def least(limits: tuple[TypeLimit, ...], kind: str) -> Decimal | None:
        return min((one.net_mass for one in limits if kind in one.types), default=None)

    for kind in {kind for one in before for kind in one.types}:
        old, new = least(before, kind), least(after, kind)
        if old is not None and (new is None or new > old):
            return True
    return False


def _admits_more(before: tuple[Alternative, ...], after: tuple[Alternative, ...]) -> bool:
    return not all(
        any(
            one.to == other.to
            and set(one.types) <= set(other.types)
            and not covers_less(one.commodities, other.commodities)
            for other in before
        )
        for one in after
    )


@row_kind(
    "requirement", "requirements.toml requirements/**/*.toml", key="measure", removed=always("the measure is given up")
)
class RequiredDocuments(Row):
    """A measure: goods that need one document of each group."""

    measure: str
    commodities: Annotated[Codes, covering_less("fewer goods come under the measure")]
    """Prefixes of the commodity code."""
    excepted: Annotated[Codes, excepting_more("further goods are left out of the measure")] = ()
    """Prefixes that are left out again."""
    directions: Annotated[tuple[Direction, ...], fewer("the measure holds in fewer directions")]
    procedures: Annotated[Codes, fewer_of_all("the measure holds under fewer procedures")] = ()
    """Requested procedures; empty: all."""
    excepted_additional_procedures: Annotated[
        Codes, more("further additional procedures leave goods out of the measure")
    ] = ()
    """Additional procedures (11 10), any of which leaves goods out again."""
    at_entry: Annotated[
        bool, switched_on("in transit only goods that depart where they entered the Union come under the measure")
    ] = False
    """Whether in transit only goods come under the measure that depart from the place at which they entered the Union."""
    origins: Annotated[Codes, fewer_of_all("the measure holds for fewer origins")] = ()
    """Countries of origin; empty: all."""
    excepted_origins: Annotated[Codes, more("further origins are left out of the measure")] = ()
    """Countries of origin that are left out again."""
    destinations: Annotated[Codes, fewer_of_all("the measure holds for fewer destinations")] = ()
    """On export, countries of destination; empty: all."""
    excepted_destinations: Annotated[Codes, more("further destinations are left out of the measure")] = ()
    """On export, countries of destination that are left out again."""
    declared_country: Annotated[
        bool, switched_on("goods whose country is not declared do not come under the measure")
    ] = False
    """Of sets that are stored: whether goods come under it only if their origin, on export their destination, is declared. No file says
    so: where a country is missing, it is asked for."""
    described: Annotated[Codes, fewer_of_all("fewer words of the description bring goods under the measure")] = ()
    """Words of the description of goods (18 05), any of which brings the goods under the measure, unless it is denied ("asbestos-free",
    "without asbestos"); empty: all goods."""
    excepted_described: Annotated[Codes, more("further words of the description leave goods out of the measure")] = ()
    """Words of the description, any of which leaves the goods out again: "imitation crocodile", "mercury-free"."""
    all_of: Annotated[tuple[Codes, ...], LooseningDirection(_asks_less, "less is asked for, or more is enough")] = ()
    banned: Annotated[bool, switched_off("the goods are not told as banned any more")] = False
    """Whether the goods are banned unless a document of each group, an authorisation or what excepts them, is declared; without
    groups nothing lifts the ban."""
    only_told: Annotated[bool, switched_on("the measure is only told, and holds no goods")] = False
    """Whether it is only told: some goods of the codes come under it, which the code cannot say, and most do not."""
    alternatives: Annotated[
        tuple[Alternative, ...], LooseningDirection(_admits_more, "further documents are enough")
    ] = ()
    limits: Annotated[
        tuple[TypeLimit, ...], LooseningDirection(_limits_less, "a document or statement is enough for more goods")
    ] = ()
    legal_basis: Annotated[str, NEUTRAL]

    @property
    def is_derived(self) -> bool:
        """Whether it was made of the law for want of TARIC (`source = "derived; ..."`): it ends where TARIC covers the goods."""
        return self.source.startswith("derived")

    def concerns(self, goods: Goods) -> bool:
        """Whether goods come under the measure, or may: those of an unknown origin, or for an unknown destination."""
        if goods.direction not in self.directions:
            return False
        if self.procedures and goods.procedure != ANY_PROCEDURE and goods.procedure not in self.procedures:
            return False
        if goods.direction is Direction.EXPORT and not _named(
            goods.destination, self.destinations, self.excepted_destinations
        ):
            return False
        return _named(goods.origin, self.origins, self.excepted_origins)

    def accepted(self, group: Codes, commodity_code: str) -> Codes:
        """Return the types that meet a group for goods of a commodity code."""
        more = [
            kind
            for alternative in self.alternatives
            if alternative.to in group and commodity_code.startswith(alternative.commodities)
            for kind in alternative.types
        ]
        return (*group, *more)

    def limit(self, kind: str) -> Decimal | None:
        """Return the net mass up to which a type meets the measure; None: it has no limit."""
        return min((one.net_mass for one in self.limits if kind in one.types), default=None)


def _named(country: str | None, named: Codes, excepted: Codes) -> bool:
    return country is None or (country not in excepted and (not named or country in named))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaricRequirement(RequiredDocuments):
    """A measure of TARIC: beside its groups it has what no row of a file says."""

    group_limits: tuple[GroupLimit, ...] = ()
    """Up to which amount a group is met without a document."""
    by_officer: Codes = ()
    """Why an officer decides about the goods whatever is declared, as words of the catalogue; empty: the groups decide."""
    area: str
    """Geographical area of origin (import, transit) or destination (export): a country, or a number of TARIC."""
    excepted_areas: Codes = ()
    """Countries or areas that are left out again."""
    additional_code: str = ""
    """TARIC additional code of the goods; empty: whatever is declared."""
