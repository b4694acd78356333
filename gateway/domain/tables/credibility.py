"""Rows about the credibility of what is declared: bounds for the figures of goods, and what values are converted by.

`CredibilityCheck` is one condition code of one measure. Whoever loads measures from an extract fills it as follows:

- `measure`: whatever names the measure for good (its SID); together with `condition` it is the row's key, so a measure with
  conditions of two codes is two rows, and both have to be met.
- `measure_type`: the type's number as it stands (`482`). `[[measure_type]]` rows say whether it is judged; a type that no row
  names is left to an officer.
- `commodities`: the code without the pairs of zeros at its end (`1000000000` is `10`), since rows name prefixes.
- `condition`: R, U, E or I. Left out (None), the check is an officer's: so is a measure whose condition is not understood, and
  nothing that an extract restricts goods by is lost. Conditions F, G, L, M, N and V decide duty: count them, make no row.
- `thresholds`: each condition with an amount, and its action code. Those without an amount are `otherwise` (E and I), their
  certificates `documents` (E and I).
- `taric_unit`: the condition's unit with its qualifier (`KGM`, `DTNE`, `NAR`), as it is written. R: the unit of the mass. U and a
  price (E, I): the unit that the value is per; None: of U the supplementary unit, of E and I the value itself is compared. A quantity (E, I): its unit.
- `per` (R only): the unit of the denominator, where the extract names one; None: 18 02 as it is declared.
- `currency`: the monetary unit (U always; E and I where the amount is a price).
- `description`: the text of the measure's type in the extract; types 430, 431 and 491 to 496 are judged only where there is one.
- `published`: whether a trader may read bounds and figures; False unless the source is public.

    CredibilityCheck(
        measure="3832343", measure_type="482", condition=CheckCondition.MASS, commodities=("10",), directions=(Direction.IMPORT,),
        taric_unit="KGM", thresholds=(Threshold(amount=Decimal("470.001"), action="10"), ...),
        legal_basis="R1206720", valid_from=date(2014, 9, 6), valid_to=date(2020, 12, 31), source="TARIC extract ...",
    )
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.contract import Direction
from gateway.domain.tables.rows import Codes, Row

EURO = "EUR"
"""The currency that exchange rates are given for."""


class CheckCondition(StrEnum):
    """The condition code by which a check is judged."""

    MASS = "R"
    """Net mass by supplementary unit: equal to or above the amount."""
    VALUE = "U"
    """Declared value by unit: above the amount; whether the amount itself counts is an `Equality`."""
    MAXIMUM = "E"
    """A quantity, or a price by unit: at or below the amount, or the document."""
    MAXIMUM_OF_ACT = "I"
    """The same, as another regulation words it."""

    @property
    def is_maximum(self) -> bool:
        """Whether the amounts are maxima, beside which a document is enough."""
        return self in (CheckCondition.MAXIMUM, CheckCondition.MAXIMUM_OF_ACT)


class CheckOutcome(StrEnum):
    """The outcome of a check, by the action of the condition that decides."""

    ALLOWED = "allowed"
    NOT_APPLICABLE = "not_applicable"
    CORRECTION = "correction"
    """The declaration is to be corrected."""
    NOT_ALLOWED = "not_allowed"
    """The declared subheading, or the act, is not allowed."""
    SUSPICIOUS = "suspicious"
    """For officers alone: it has no effect, and no trader learns of it."""


class Judged(StrEnum):
    """The ground on which checks of a measure type are judged."""

    BY_CONDITIONS = "by_conditions"
    """By their own conditions and actions."""
    WHEN_DESCRIBED = "when_described"
    """In the same way, where the source describes the type; else by an officer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """An amount, and what follows where it is reached."""

    amount: Decimal
    action: str

    def __str__(self) -> str:
        return f"{self.amount:f} gives {self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredibilityCheck(Row):
    """A check of what is declared of goods: one condition code of one measure. Of its thresholds one decides."""

    measure: str
    measure_type: str
    condition: CheckCondition | None = None
    """None: what it compares is not known here, so that an officer judges it."""
    commodities: Codes
    """Prefixes of the commodity code."""
    excepted: Codes = ()
    """Prefixes that are left out again."""
    directions: tuple[Direction, ...]
    origins: Codes = ()
    """Countries of origin; empty: all."""
    excepted_origins: Codes = ()
    thresholds: tuple[Threshold, ...] = ()
    otherwise: str | None = None
    """The action where no threshold is met: E and I, where no document is declared either; R and U of TARIC, where a condition has
    no amount."""
    documents: Codes = ()
    """E and I: document types, any of which is enough whatever the figure."""
    taric_unit: str | None = None
    """As TARIC writes it, with the qualifier."""
    per: str | None = None
    """R: the unit of the denominator, written alike; None: 18 02 as it is declared."""
    currency: str | None = None
    description: str | None = None
    published: bool = False
    """Whether traders may read its bounds and the figure that is compared with them."""
    legal_basis: str

    def concerns(self, commodity_code: str, direction: Direction, origin: str | None) -> bool:
        """Whether goods of a code that begins as a row says come under the check; of an unknown origin they do."""
        if direction not in self.directions or (self.excepted and commodity_code.startswith(self.excepted)):
            return False
        if origin is None:
            return True
        return origin not in self.excepted_origins and (not self.origins or origin in self.origins)

    @property
    def following(self) -> Codes:
        """The actions that may follow."""
        said = [one.action for one in self.thresholds]
        return tuple(dict.fromkeys(said if self.otherwise is None else [*said, self.otherwise]))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaricCheck(CredibilityCheck):
    """A check of TARIC: where it applies is an area, and it may be on goods of an additional code only."""

    area: str
    """Geographical area of origin (import) or destination (export): a country, or a number of TARIC."""
    excepted_areas: Codes = ()
    """Countries or areas that are left out again."""
    additional_code: str = ""
    """TARIC additional code of the goods; empty: whatever is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredibilityType(Row):
    """Measure types whose checks are judged; those of any other are an officer's."""

    measure_types: Codes
    judged: Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class CredibilityAction(Row):
    """The outcome that action codes stand for."""

    actions: Codes
    outcome: CheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality(Row):
    """Whether the amount itself counts as reached, for a condition whose wording leaves it open."""

    condition: CheckCondition
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate(Row):
    """The rate of a currency for customs values: as much of it as one euro, mostly for a month."""

    currency: str
    per_euro: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryCurrency(Row):
    """The currency of countries, in which a declaration to their customs states values without a currency of their own."""

    countries: Codes
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredType(Row):
    """Additional declaration types (11 02) whose figures are judged at the supplementary declaration."""

    additional_types: Codes
