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
from typing import Annotated

from gateway.contract import Direction
from gateway.domain.laxer import (
    NEUTRAL,
    always,
    changed,
    covering_less,
    excepting_more,
    fewer,
    fewer_of_all,
    lower,
    more,
    row,
    switched_on,
)
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Row

EURO = "EUR"
"""The currency that exchange rates are given for."""
_BOUNDS = "figures are compared with other bounds"
_READS = "traders read the bounds of the check"


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


@row_kind(
    "check",
    "credibility.toml",
    key="measure condition",
    added=row(lambda row: row.published, _READS),
    removed=always("the check is given up"),
)
class CredibilityCheck(Row):
    """A check of what is declared of goods: one condition code of one measure. Of its thresholds one decides."""

    measure: str
    measure_type: Annotated[str, changed("the check is judged as one of another measure type")]
    condition: CheckCondition | None = None
    """None: what it compares is not known here, so that an officer judges it."""
    commodities: Annotated[Codes, covering_less("fewer goods come under the check")]
    """Prefixes of the commodity code."""
    excepted: Annotated[Codes, excepting_more("further goods are left out of the check")] = ()
    """Prefixes that are left out again."""
    directions: Annotated[tuple[Direction, ...], fewer("the check holds in fewer directions")]
    origins: Annotated[Codes, fewer_of_all("the check holds for fewer origins")] = ()
    """Countries of origin; empty: all."""
    excepted_origins: Annotated[Codes, more("further origins are left out of the check")] = ()
    thresholds: Annotated[tuple[Threshold, ...], changed(_BOUNDS)] = ()
    otherwise: Annotated[str | None, changed("another action follows where no bound is met")] = None
    """The action where no threshold is met: E and I, where no document is declared either; R and U of TARIC, where a condition has
    no amount."""
    documents: Annotated[Codes, more("further documents are enough")] = ()
    """E and I: document types, any of which is enough whatever the figure."""
    taric_unit: Annotated[str | None, changed(_BOUNDS)] = None
    """As TARIC writes it, with the qualifier."""
    per: Annotated[str | None, changed(_BOUNDS)] = None
    """R: the unit of the denominator, written alike; None: 18 02 as it is declared."""
    currency: Annotated[str | None, changed(_BOUNDS)] = None
    description: Annotated[
        str | None, changed("whether the check is judged by an officer depends on the description")
    ] = None
    published: Annotated[bool, switched_on(_READS)] = False
    """Whether traders may read its bounds and the figure that is compared with them."""
    legal_basis: Annotated[str, NEUTRAL]

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


@row_kind(
    "measure_type",
    "credibility.toml",
    key="measure_types",
    later=True,
    added=always("checks are judged that were an officer's"),
)
class CredibilityType(Row):
    """Measure types whose checks are judged; those of any other are an officer's."""

    measure_types: Codes
    judged: Annotated[
        Judged, lower((Judged.BY_CONDITIONS, Judged.WHEN_DESCRIBED), "checks are judged that were an officer's")
    ]


@row_kind(
    "action",
    "credibility.toml",
    key="actions",
    later=True,
    added=row(
        lambda row: row.outcome in (CheckOutcome.ALLOWED, CheckOutcome.NOT_APPLICABLE, CheckOutcome.SUSPICIOUS),
        "an action that was not known holds no goods any more",
    ),
    removed=row(lambda row: row.outcome is CheckOutcome.SUSPICIOUS, "traders learn of the check"),
)
class CredibilityAction(Row):
    """The outcome that action codes stand for."""

    actions: Codes
    outcome: Annotated[CheckOutcome, changed("the action has another outcome")]


@row_kind(
    "equality", "credibility.toml", key="condition", later=True, added=always("a figure at the bound itself is judged")
)
class Equality(Row):
    """Whether the amount itself counts as reached, for a condition whose wording leaves it open."""

    condition: CheckCondition
    counts: Annotated[bool, changed(_BOUNDS)]


# A rate that comes loosens nothing: who publishes a month's rates gives no reason for them (docs/decisions/0041).
@row_kind("rate", "exchange_rates.toml", key="currency")
class ExchangeRate(Row):
    """The rate of a currency for customs values: as much of it as one euro, mostly for a month."""

    currency: str
    per_euro: Annotated[Decimal, changed("values of the currency count otherwise")]


@row_kind(
    "currency",
    "exchange_rates.toml",
    key="countries",
    later=True,
    added=always("values that state no currency are compared"),
)
class CountryCurrency(Row):
    """The currency of countries, in which a declaration to their customs states values without a currency of their own."""

    countries: Codes
    currency: Annotated[str, changed("values that state no currency count otherwise")]


@row_kind(
    "deferred",
    "credibility.toml",
    key="additional_types",
    later=True,
    added=always("figures are not judged before the supplementary declaration"),
)
class DeferredType(Row):
    """Additional declaration types (11 02) whose figures are judged at the supplementary declaration."""

    additional_types: Codes
