"""Rows about the documents that goods need (table 3)."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.contract import Direction
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
    described: Codes = ()
    """Words of the description of goods (18 05), any of which brings the goods under the measure; empty: all goods."""
    all_of: tuple[Codes, ...]
    alternatives: tuple[Alternative, ...] = ()
    limits: tuple[TypeLimit, ...] = ()
    legal_basis: str

    def concerns(self, direction: Direction, procedure: str | None, origin: str | None) -> bool:
        """Whether goods of this direction, procedure and origin come under the measure; of an unknown origin they do."""
        if direction not in self.directions:
            return False
        if self.procedures and procedure != ANY_PROCEDURE and procedure not in self.procedures:
            return False
        if origin is None:
            return True
        return origin not in self.excepted_origins and (not self.origins or origin in self.origins)

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
