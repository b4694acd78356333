"""The rows of the tables behind the rules: each is dated, states its source and can be replaced by an administration."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from gateway.contract import Direction, Refusal
from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Advice, Disclosure, Effect, Mode, Nature
from gateway.domain.laxer import (
    NEUTRAL,
    LooseningDirection,
    always,
    changed,
    fewer,
    fewer_of_all,
    larger,
    lower,
    more,
    more_of_all,
    replaced,
    row,
    smaller,
    switched_off,
    switched_on,
)
from gateway.domain.row_kind import row_kind
from gateway.domain.verification import DocumentStatus

Codes = tuple[str, ...]


class QuantityMode(StrEnum):
    """The source of the figures that a declared quantity is compared with."""

    LEDGER = "ledger"
    """The authority's position."""
    USAGE = "usage"
    """The authority's position. Usage is reported to it at release; nothing is reserved."""
    ACCOUNT = "account"
    """What is left of an account of a holder and a year, of which goods items take figures of their own. As usage it is reported at release."""
    OWN = "own"
    """The certified quantity, by this declaration alone: the authority keeps no ledger."""
    NONE = "none"
    """The document carries no quantity."""

    @property
    def told_at_release(self) -> bool:
        """Whether nothing is reserved at the authority, and what is used is reported to it at release."""
        return self in (QuantityMode.USAGE, QuantityMode.ACCOUNT)


class Use(StrEnum):
    """The use of a fact of the authority's record: whether it is compared with the declaration."""

    NO = "no"
    WHEN_NAMED = "when_named"
    """Only if the record names it."""
    REQUIRED = "required"
    """A record that does not name it is a hold."""


_USE = (Use.NO, Use.WHEN_NAMED, Use.REQUIRED)


class HolderParty(StrEnum):
    """The party of the declaration that has to be the document's holder."""

    EXPORTER = "exporter"
    IMPORTER = "importer"
    DECLARANT = "declarant"
    HOLDER = "holder"


class Level(StrEnum):
    """The level of the declaration to which a document belongs."""

    ANY = "any"
    ITEM = "item"


class Element(StrEnum):
    """The data element that cites a document."""

    SUPPORTING_DOCUMENT = "supporting_document"
    """12 03."""
    ADDITIONAL_REFERENCE = "additional_reference"
    """12 04."""
    PREVIOUS_DOCUMENT = "previous_document"
    """12 01."""
    TRANSPORT_DOCUMENT = "transport_document"
    """12 05."""

    @property
    def number(self) -> str:
        """The number of the data element in Annex B."""
        return _NUMBERS[self]


_NUMBERS = {
    Element.SUPPORTING_DOCUMENT: "12 03",
    Element.ADDITIONAL_REFERENCE: "12 04",
    Element.PREVIOUS_DOCUMENT: "12 01",
    Element.TRANSPORT_DOCUMENT: "12 05",
}


class DecisionStage(StrEnum):
    """The stage of the declaration when it is decided."""

    BEFORE_ACCEPTANCE = "before_acceptance"
    AFTER_ACCEPTANCE = "after_acceptance"
    AFTER_RELEASE = "after_release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The fields that every row has."""

    valid_from: date
    """The first day on which it holds."""
    valid_to: date | None = None
    """The last day on which it holds; None: it holds until it is replaced."""
    source: str
    """Where the row was read; `derived` where it follows from something else."""
    loosens: str | None = None
    """Why the row may loosen what earlier rows say: one that does has to give its reason."""
    place: str = field(default="", compare=False)
    """File and line, for mending it."""

    def in_force(self, day: date) -> bool:
        """Whether the row is in force on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@row_kind(
    "document",
    "documents.toml requirements/**/*.toml documents.*.toml",
    key="types directions",
    of_another=(("system", "adapter"),),
    removed=always("the document is not known any more, and nobody is asked about it"),
)
class DocumentRoute(Row):
    """A route of document types: the authority that is asked and the facts of the record that count."""

    types: Codes
    """Codes of documents, as the declaration cites them."""
    authority: Annotated[str, NEUTRAL]
    """The authority that decides about such a document, by the name that a trader knows."""
    system: Annotated[str | None, NEUTRAL] = None
    """The system that is asked about it, where it has a name of its own. A row that names another adapter does not take it over."""
    adapter: Annotated[str | None, replaced("the authority that was asked is not asked any more")] = None
    """The name of the adapter that asks it. None: it is not connected, nobody is asked, and such a document is `unrouted`."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    legal_basis: Annotated[str, NEUTRAL]
    """What obliges the authority to know such documents; it stands with what a trader reads."""
    procedures: Annotated[Codes, fewer_of_all("the document is judged under fewer procedures")] = ()
    """Requested procedures under which the document is judged; under any other nobody is asked, and it holds nothing (`SW-DEC-277`). Empty: all. Transit has none: there it is judged."""
    quantity: Annotated[
        QuantityMode,
        lower(
            (QuantityMode.NONE, QuantityMode.OWN, QuantityMode.ACCOUNT, QuantityMode.USAGE, QuantityMode.LEDGER),
            "quantities are compared less strictly",
        ),
    ] = QuantityMode.NONE
    """What a declared quantity is compared with: `ledger` and `usage` the authority's position (reserved and written off, or only reported
    at release), `account` what is left of an account of a holder and a year (a `[[account]]` row says which, and of which figure; reported at
    release), `own` the certified quantity, by this declaration alone, `none` nothing. All but `none` need `reserves`, and all but `account` and `none` `commodity = "required"`."""
    reserves: Annotated[Codes, changed("quantities count under other procedures")] = ()
    """Requested procedures under which the quantity counts."""
    verifies: Annotated[Codes, more("quantities do not count under further procedures")] = ()
    """Requested procedures under which it does not. Of any other nobody can say."""
    report: Annotated[bool, switched_off("the authority is not told of releases any more")] = False
    """Whether its authority is told once of each release of goods on such a document, without a quantity; the adapter needs the capability
    `report`. It holds nothing back: what cannot be reported is tried again by itself."""
    decided: Annotated[bool, switched_off("the authority's decision does not have to fit the procedure any more")] = (
        False
    )
    """Whether the record carries a decision that has to fit the procedure (table 1)."""
    commodity: Annotated[Use, lower(_USE, "the goods of the record are compared less strictly")] = Use.NO
    """Whether the record's goods codes are compared with those declared: `no`, only `when_named`, or `required`, so that a record without any holds."""
    holder: Annotated[Use, lower(_USE, "the holder of the record is compared less strictly")] = Use.NO
    """The same of the party to which the document was issued: whether they have to be the `party`."""
    party: Annotated[HolderParty | None, replaced("another party is the document's holder")] = None
    """The party of the declaration that a document's holder has to be."""
    destination: Annotated[Use, lower(_USE, "the destination of the record is compared less strictly")] = Use.NO
    """The same of the country of destination."""
    dispatch: Annotated[Use, lower(_USE, "the country of dispatch of the record is compared less strictly")] = Use.NO
    """The same of the country of dispatch."""
    level: Annotated[Level, lower((Level.ANY, Level.ITEM), "the document may be cited for the whole shipment")] = (
        Level.ANY
    )
    """`item`: only a goods item may cite it, not the declaration as a whole."""
    waivers: Annotated[Codes, changed("other statements go with the document")] = ()
    """Statements that contradict such a document on the same goods."""
    form: Annotated[
        str | None, replaced("references are not compared with the authority's form any more, or with another one")
    ] = None
    """Regular expression that the authority's references match as a whole, in upper case."""
    example: Annotated[str | None, NEUTRAL] = None
    """A reference in that form, to show."""
    form_unasked: Annotated[
        bool, switched_off("references that nobody is asked about are not compared with the form any more")
    ] = False
    """Whether a reference is compared with the form although nobody is asked about the document."""

    def judges(self, procedure: str | None) -> bool:
        """Whether the document is judged of goods under a requested procedure; of those without one, as in transit, it is."""
        return not self.procedures or procedure is None or procedure in self.procedures


@row_kind(
    "statement",
    "documents.toml requirements/**/*.toml documents.*.toml",
    key="types",
    added=always("a further statement of the declarant's is known"),
    removed=always("a document beside the statement does not contradict it any more"),
)
class Statement(Row):
    """Y codes (waiver codes) with which a declarant states that a measure does not apply."""

    types: Codes
    """The codes by which it is stated."""
    waives: Annotated[Codes, changed("the statement stands in for other documents")] = ()
    """The document types that it stands in for; empty: it meets requirements that name it, and excludes no document."""
    directions: Annotated[tuple[Direction, ...], more("the statement stands in for documents in further directions")]
    """The movements of goods for which it does."""
    self_declared: Annotated[bool, switched_on("the declarant's word is enough")] = False
    """Whether the declarant's statement is enough to satisfy a requirement; a row that does not say so asks for an officer."""
    origins: Annotated[Codes, NEUTRAL] = ()
    """Countries of origin for whose goods it is offered; empty: all. It is judged alike for every origin."""


@row_kind(
    "status", "answers.toml", key="status successor", removed=always("the status gives no finding of its own any more")
)
class StatusRule(Row):
    """The finding for a document's status."""

    status: DocumentStatus
    successor: bool | None = None
    """Only if the record names (or does not name) what came after; None: always."""
    rule: Annotated[str, changed("the status gives another finding")]


@row_kind(
    "cause", "answers.toml", key="cause", added=row(lambda row: row.outage, "a contingency window covers this fault")
)
class CauseRule(Row):
    """The finding for an undetermined document, by the code of the fault; `outage`: a contingency window covers it."""

    cause: str
    rule: Annotated[str, changed("the fault gives another finding")]
    outage: Annotated[bool, switched_on("a contingency window covers this fault")] = False


@row_kind(
    "refusal",
    "answers.toml",
    key="reason",
    removed=always("the refusal of a reservation gives no finding of its own any more"),
)
class RefusalRule(Row):
    """The finding for a refused reservation (table 4)."""

    reason: Refusal
    rule: Annotated[str, changed("the refusal of a reservation gives another finding")]


def _tells_a_secret(before: Disclosure | None, after: Disclosure | None) -> bool:
    return before is not None and before.is_secret and (after is None or not after.is_secret)


@row_kind(
    "rule",
    "credibility.toml findings.toml contingency.toml changes.toml identifiers.toml findings.*.toml",
    key="codes",
    removed=row(lambda row: row.effect is Effect.REFUSE, "what was refused is only held"),
)
class RuleRow(Row):
    """The meaning of findings."""

    codes: Codes
    effect: Annotated[
        Effect, lower((Effect.NONE, Effect.RELEASE, Effect.HOLD, Effect.REFUSE), "the finding has a weaker effect")
    ]
    nature: Annotated[Nature, changed("the finding is of another kind, so that customs is advised otherwise")]
    legal_basis: Annotated[str, NEUTRAL]
    told: Annotated[
        Disclosure | None, LooseningDirection(_tells_a_secret, "the declarant is told what was for customs alone")
    ] = None
    """When the declarant is told of the findings while they hold; None: as their nature says."""


@row_kind(
    "mode",
    "findings.toml",
    key="rule types",
    for_all="types",
    added=row(lambda row: row.mode is not Mode.ACTIVE, "the finding does not count"),
)
class RuleMode(Row):
    """The mode of a shadow rule, which only shows its findings. A rule without such a row is active."""

    rule: str
    mode: Annotated[Mode, lower((Mode.OFFICERS, Mode.SHADOW, Mode.ACTIVE), "the finding does not count")]
    types: Codes = ()
    """Document types; empty: always."""


@row_kind(
    "second_officer",
    "decisions.toml",
    key="statuses outcomes types",
    for_all="types",
    removed=always("one officer's word is enough"),
)
class SecondOfficer(Row):
    """A kind of officer's verification that needs a second officer."""

    statuses: tuple[DocumentStatus, ...]
    """What is known of the document so far."""
    outcomes: tuple[DocumentStatus, ...]
    """What the officer says of it."""
    types: Codes = ()
    """Document types; empty: all."""


@row_kind("advice", "advice.toml", key="natures effect stages")
class AdviceRow(Row):
    """A row of advice to customs."""

    natures: tuple[Nature, ...]
    effect: Effect
    stages: tuple[DecisionStage, ...]
    advice: Annotated[
        Advice,
        lower(
            (Advice.NONE, Advice.DOCUMENTS, Advice.CONTROL, Advice.REJECT, Advice.NO_RELEASE),
            "customs is advised to do less",
        ),
    ]


@row_kind(
    "tolerance",
    "decisions.toml",
    key="adapter types",
    for_all="types",
    added=row(lambda row: row.percent > 0, "more may be declared than is left"),
    removed=row(lambda row: bool(row.types), "the tolerance of all documents of the authority counts"),
)
class Tolerance(Row):
    """The tolerance by which a declared quantity may exceed an authority's position; without a row none."""

    adapter: str
    types: Codes = ()
    """Document types; empty: all of the authority that no other row names."""
    percent: Annotated[Decimal, larger("more may be declared than is left")]


@row_kind("unit", "units.toml", key="word", added=always("what could not be compared is compared"))
class UnitWord(Row):
    """A unit as it is declared, in a Rec 20 unit."""

    word: str
    """Upper case, without `#`."""
    unit: Annotated[str, changed("the declared unit is another one")]
    factor: Annotated[Decimal, smaller("a declared quantity counts for less")] = Decimal(1)


@row_kind("conversion", "units.toml", key="unit", added=always("what could not be converted is converted"))
class Conversion(Row):
    """A Rec 20 unit in terms of another; units without a row convert to nothing but themselves."""

    unit: str
    base: Annotated[str, changed("quantities are converted otherwise")]
    factor: Annotated[Decimal, changed("quantities are converted otherwise")]


@row_kind(
    "supplementary_unit",
    "units.toml supplementary_units/**/*.toml",
    key="commodities",
    added=always("what could not be compared is compared"),
)
class SupplementaryUnit(Row):
    """The unit of data element 18 02 for commodity codes with these prefixes."""

    commodities: Codes
    unit: Annotated[str, changed("the supplementary unit is another one")]
    factor: Annotated[Decimal, smaller("a declared quantity counts for less")] = Decimal(1)


@row_kind(
    "country",
    "countries.toml",
    key="countries",
    later=True,
    added=always("goods from and to further countries are not held as unknown any more"),
    removed=always("a destination that is in no list is held, and not refused"),
)
class Countries(Row):
    """Countries and territories that goods can originate in."""

    countries: Codes
    """ISO 3166-1 alpha-2 as customs uses it."""


@row_kind(
    "general_authorisation",
    "documents.toml",
    key="types",
    removed=always("the destinations of the authorisation are not compared any more"),
)
class GeneralAuthorisation(Row):
    """The destinations to which a general export authorisation may be used."""

    types: Codes
    """Its codes."""
    destinations: Annotated[Codes, more_of_all("the authorisation covers further destinations")] = ()
    """Countries of destination; empty: all but the excluded ones."""
    excluded: Annotated[Codes, fewer("the authorisation covers further destinations")] = ()
    """Countries to which it may never be used."""
    legal_basis: Annotated[str, NEUTRAL]
    """The act that grants it."""

    def covers(self, country: str) -> bool:
        """Whether goods may go to a country under it."""
        return country not in self.excluded and (not self.destinations or country in self.destinations)


@row_kind(
    "office",
    "countries.toml",
    key="offices",
    later=True,
    added=row(lambda row: not row.entry, "an office that was not known is no place of entry"),
)
class Office(Row):
    """Customs offices, and whether goods enter the Union there."""

    offices: Codes
    """Reference numbers (an8), or the two letters of a country for its offices without a row of their own."""
    entry: Annotated[bool, switched_off("goods do not enter the Union at the office any more")]
    """Whether goods that depart there in transit can have entered the Union there."""


@row_kind(
    "union_transit",
    "requirements.toml",
    key="declaration_types",
    added=always("no authority is asked any more about what such declarations cite"),
)
class UnionTransit(Row):
    """Types of transit declaration (11 01) for Union goods: no authority is asked about what they cite."""

    declaration_types: Codes
    legal_basis: Annotated[str, NEUTRAL]


@row_kind(
    "judged_by_officer",
    "requirements.toml",
    key="additional_procedures",
    added=always("a missing document of such goods is for an officer, and not to be corrected"),
)
class JudgedByOfficer(Row):
    """Additional procedures (11 10) under which an officer judges whether goods need what they lack."""

    additional_procedures: Codes
    legal_basis: Annotated[str, NEUTRAL]


WITHOUT_A_ROW = (WindowMode.MANUAL, WindowMode.HOLD)
"""What a window may do with documents of a type that no row names."""


@row_kind(
    "window",
    "contingency.toml",
    key="types",
    later=True,
    added=row(
        lambda row: WindowMode.RELEASE in row.modes, "a contingency window releases such documents without verification"
    ),
)
class WindowRow(Row):
    """The modes of a window that documents of these types may be decided by."""

    types: Codes
    modes: Annotated[
        tuple[WindowMode, ...],
        LooseningDirection(
            lambda before, after: WindowMode.RELEASE in after and WindowMode.RELEASE not in before,
            "a contingency window releases such documents without verification",
        ),
    ]
    legal_basis: Annotated[str, NEUTRAL]
    """What lets goods be released without the authority, or forbids it."""


@row_kind(
    "ask_again",
    "changes.toml",
    key="adapter statuses types",
    for_all="types",
    removed=always("the authority is not asked again as it was"),
)
class AskAgain(Row):
    """The pauses after which an authority with this answer is asked again, and for how long.

    Each pause is as long as all that went before since the decision, within its bounds. With `valid`, what is confirmed is
    assessed again until the goods are released: of an authority that pushes no changes.
    """

    adapter: str
    statuses: tuple[DocumentStatus, ...]
    """What is known of the document. Neither `pending` nor `undetermined` needs a row: without one the settings count."""
    types: Codes = ()
    """Document types; empty: all of the authority."""
    first_minutes: Annotated[float, larger("the authority is asked again later")]
    longest_minutes: Annotated[float, larger("the authority is asked again less often")]
    for_days: Annotated[float, smaller("the authority is asked again for fewer days")]
    """After so many days since the decision it is not asked again by itself."""
