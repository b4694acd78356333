"""Rows about the documents that goods need (table 3)."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.contract import Direction
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocuments(Row):
    """A measure: goods that need one document of each group."""

    measure: str
    commodities: Codes
    """Prefixes of the commodity code."""
    excepted: Codes = ()
    """Prefixes that are left out again."""
    directions: tuple[Direction, ...]
    procedures: Codes = ()
    """Requested procedures; empty: all."""
    excepted_additional_procedures: Codes = ()
    """Additional procedures (11 10), any of which leaves goods out again."""
    at_entry: bool = False
    """Whether in transit only goods come under the measure that depart from the place at which they entered the Union."""
    origins: Codes = ()
    """Countries of origin; empty: all."""
    excepted_origins: Codes = ()
    """Countries of origin that are left out again."""
    destinations: Codes = ()
    """On export, countries of destination; empty: all."""
    excepted_destinations: Codes = ()
    """On export, countries of destination that are left out again."""
    declared_country: bool = False
    """Of sets that are stored: whether goods come under it only if their origin, on export their destination, is declared. No file says
    so: where a country is missing, it is asked for."""
    described: Codes = ()
    """Words of the description of goods (18 05), any of which brings the goods under the measure; empty: all goods."""
    all_of: tuple[Codes, ...] = ()
    banned: bool = False
    """Whether the goods are banned unless a document of each group, an authorisation or what excepts them, is declared; without
    groups nothing lifts the ban."""
    only_told: bool = False
    """Whether it is only told: some goods of the codes come under it, which the code cannot say, and most do not."""
    alternatives: tuple[Alternative, ...] = ()
    limits: tuple[TypeLimit, ...] = ()
    legal_basis: str

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
