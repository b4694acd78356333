"""The rows of the tables behind the rules: each is dated, states its source and can be replaced by an administration."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.contract import Direction, Refusal
from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Advice, Disclosure, Effect, Mode, Nature
from gateway.domain.verification import DocumentClass, DocumentStatus

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRoute(Row):
    """A route of document types: the authority that is asked and the facts of the record that count."""

    types: Codes
    """Codes of documents, as the declaration cites them."""
    authority: str
    """The authority that decides about such a document, by the name that a trader knows."""
    system: str | None = None
    """The system that is asked about it, where it has a name of its own. A row that names another adapter does not take it over."""
    adapter: str | None = None
    """The name of the adapter that asks it. None: it is not connected, nobody is asked, and such a document is `unrouted`."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    legal_basis: str
    """What obliges the authority to know such documents; it stands with what a trader reads."""
    procedures: Codes = ()
    """Requested procedures under which the document is judged; under any other nobody is asked, and it holds nothing (`SW-DEC-277`). Empty: all. Transit has none: there it is judged."""
    quantity: QuantityMode = QuantityMode.NONE
    """What a declared quantity is compared with: `ledger` and `usage` the authority's position (reserved and written off, or only reported
    at release), `account` what is left of an account of a holder and a year (a `[[account]]` row says which, and of which figure; reported at
    release), `own` the certified quantity, by this declaration alone, `none` nothing. All but `none` need `reserves`, and all but `account` and `none` `commodity = "required"`."""
    reserves: Codes = ()
    """Requested procedures under which the quantity counts."""
    verifies: Codes = ()
    """Requested procedures under which it does not. Of any other nobody can say."""
    report: bool = False
    """Whether its authority is told once of each release of goods on such a document, without a quantity; the adapter needs the capability
    `report`. It holds nothing back: what cannot be reported is tried again by itself."""
    decided: bool = False
    """Whether the record carries a decision that has to fit the procedure (table 1)."""
    commodity: Use = Use.NO
    """Whether the record's goods codes are compared with those declared: `no`, only `when_named`, or `required`, so that a record without any holds."""
    holder: Use = Use.NO
    """The same of the party to which the document was issued: whether they have to be the `party`."""
    party: HolderParty | None = None
    """The party of the declaration that a document's holder has to be."""
    destination: Use = Use.NO
    """The same of the country of destination."""
    dispatch: Use = Use.NO
    """The same of the country of dispatch."""
    level: Level = Level.ANY
    """`item`: only a goods item may cite it, not the declaration as a whole."""
    waivers: Codes = ()
    """Statements that contradict such a document on the same goods."""
    form: str | None = None
    """Regular expression that the authority's references match as a whole, in upper case."""
    example: str | None = None
    """A reference in that form, to show."""
    form_unasked: bool = False
    """Whether a reference is compared with the form although nobody is asked about the document."""

    def judges(self, procedure: str | None) -> bool:
        """Whether the document is judged of goods under a requested procedure; of those without one, as in transit, it is."""
        return not self.procedures or procedure is None or procedure in self.procedures


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Row):
    """Y codes (waiver codes) with which a declarant states that a measure does not apply."""

    types: Codes
    """The codes by which it is stated."""
    waives: Codes = ()
    """The document types that it stands in for; empty: it meets requirements that name it, and excludes no document."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it does."""
    self_declared: bool = False
    """Whether the declarant's statement is enough to satisfy a requirement; a row that does not say so asks for an officer."""
    origins: Codes = ()
    """Countries of origin for whose goods it is offered; empty: all. It is judged alike for every origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow(Row):
    """The class of document codes."""

    name: DocumentClass
    types: Codes
    element: Element | None = None
    """Only where this data element cites it; None: wherever it is cited and no row names the element."""
    covered_by: Codes = ()
    """Document types: one of them on the same goods item, confirmed, shows that its authority has checked this document already."""
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixClass(Row):
    """The class that an administration gives to all codes of its own that begin alike and have no class of their own."""

    name: DocumentClass
    prefixes: Codes
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCodes(Row):
    """Codes that one of the Union's code lists names, from their earliest sighting until the export that lacks them."""

    code_list: str
    """Its number, as CL213."""
    entries: Codes
    element: Element | None = None
    """The data element whose codes the list names; None: it is no list of document codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeElements(Row):
    """The data elements in which document codes may stand. A code without such a row may stand in any."""

    beginnings: Codes
    """Codes, whole or by how they begin; of several that fit the longest counts."""
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndividedElements(Row):
    """Data elements that formats do not tell apart: a code that may stand in one of them may stand in each."""

    formats: Codes
    elements: tuple[Element, ...]


class DecisionNote(StrEnum):
    """What an authority releases goods as, where its document is for more."""

    NON_ORGANIC = "non_organic"
    """As goods that are not organic."""
    IN_CONVERSION = "in_conversion"
    """As goods in conversion to organic production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFit(Row):
    """The procedures that an authority's decisions fit (table 1)."""

    types: Codes
    decisions: Codes
    procedures: Codes = ()
    transit: bool = False
    refused: bool = False
    """The decision is a no."""
    monitored: bool = False
    """Goods are monitored to their destination."""
    derived: bool = False
    """The row is read out of other law than the table that the Union publishes: a procedure that is not named is held, not refused."""
    legal_basis: str | None = None
    """What has the decision fit these procedures only, or refuse; it stands in place of the finding's own."""
    note: DecisionNote | None = None
    """What goods are released as by the decision, where that is not what the document is for."""
    described: Codes = ()
    """Words of a description of goods (18 05) that contradict the note."""
    unless: Codes = ()
    """Words of a description beside which those are no contradiction."""
    extracts: bool = False
    """The document serves by its extracts alone: one of them is to be cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityStatus(Row):
    """An authority's own status with which a confirmed document is usable."""

    types: Codes
    status: str
    opens: bool = False
    """The decision counts; else the status itself binds the document to the procedures named here."""
    procedures: Codes = ()
    transit: bool = False
    pending: Codes = ()
    """Requested procedures for which a further decision is still to come."""
    derived: bool = False
    """As in `DecisionFit`."""
    legal_basis: str | None = None
    """As in `DecisionFit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accompaniment(Row):
    """Documents that others of the same code have to accompany, by what the authority's record says of them."""

    type: str
    fact: str
    """The fact of the record that tells them from the others."""
    value: str
    """What that fact says of them."""
    by: str
    """The fact that lists the references of those that accompany them, as a JSON array."""
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(Row):
    """Whose confirmation an authority's own status is, where it is not the authority's that decides on the goods."""

    types: Codes
    status: str
    fact: str
    """The fact of the record that names the country which confirmed."""
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed(Row):
    """Goods that come out of processing: their commodity code need not be the one on the document of what went in."""

    types: Codes
    previous: Codes
    """Previous procedures."""
    legal_basis: str


class Simplified(StrEnum):
    """The simplifications by which goods are declared otherwise than by a whole declaration at one office."""

    CENTRALISED_CLEARANCE = "centralised_clearance"
    """Lodged at one office, the goods presented at another."""
    ENTRY_IN_RECORDS = "entry_in_records"
    """Entered in the declarant's records; customs is notified that the goods are presented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simplification(Row):
    """The signs by which a declaration shows that a simplification is used."""

    name: Simplified
    types: Codes
    """The codes of its authorisation."""
    datasets: Codes = ()
    """Columns of Annex B that are lodged under it alone."""
    one_country: bool = False
    """Whether two offices of one Member State are named without its authorisation, which customs there has waived."""
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRule(Row):
    """The finding for a document's status."""

    status: DocumentStatus
    successor: bool | None = None
    """Only if the record names (or does not name) what came after; None: always."""
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRule(Row):
    """The finding for an undetermined document, by the code of the fault; `outage`: a contingency window covers it."""

    cause: str
    rule: str
    outage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRule(Row):
    """The finding for a refused reservation (table 4)."""

    reason: Refusal
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow(Row):
    """The meaning of findings."""

    codes: Codes
    effect: Effect
    nature: Nature
    legal_basis: str
    told: Disclosure | None = None
    """When the declarant is told of the findings while they hold; None: as their nature says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMode(Row):
    """The mode of a shadow rule, which only shows its findings. A rule without such a row is active."""

    rule: str
    mode: Mode
    types: Codes = ()
    """Document types; empty: always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOfficer(Row):
    """A kind of officer's verification that needs a second officer."""

    statuses: tuple[DocumentStatus, ...]
    """What is known of the document so far."""
    outcomes: tuple[DocumentStatus, ...]
    """What the officer says of it."""
    types: Codes = ()
    """Document types; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRow(Row):
    """A row of advice to customs."""

    natures: tuple[Nature, ...]
    effect: Effect
    stages: tuple[DecisionStage, ...]
    advice: Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance(Row):
    """The tolerance by which a declared quantity may exceed an authority's position; without a row none."""

    adapter: str
    types: Codes = ()
    """Document types; empty: all of the authority that no other row names."""
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWord(Row):
    """A unit as it is declared, in a Rec 20 unit."""

    word: str
    """Upper case, without `#`."""
    unit: str
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion(Row):
    """A Rec 20 unit in terms of another; units without a row convert to nothing but themselves."""

    unit: str
    base: str
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementaryUnit(Row):
    """The unit of data element 18 02 for commodity codes with these prefixes."""

    commodities: Codes
    unit: str
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCode(Row):
    """A document code that was replaced."""

    type: str
    """The code that is not used any more."""
    instead: Codes
    """The codes that took its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignForm(Row):
    """References that another administration's system gives out."""

    types: Codes
    """Codes of documents under which such a reference may be cited."""
    form: str
    """Regular expression over the whole reference in upper case."""
    whose: str
    """As in a sentence: `the British system IPAFFS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Row):
    """Codes with which market surveillance marks goods that must not be released."""

    types: Codes
    """The codes of the mark."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it counts."""
    refused: Codes = ()
    """Requested procedures under which marked goods are refused; under every other they are held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimplifiedDataset(Row):
    """A column of Annex B that cannot carry a supporting document which an authority is asked about."""

    dataset: str
    """The column, as `H7`."""
    instead: str
    """The column that can carry one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries(Row):
    """Countries and territories that goods can originate in."""

    countries: Codes
    """ISO 3166-1 alpha-2 as customs uses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralAuthorisation(Row):
    """The destinations to which a general export authorisation may be used."""

    types: Codes
    """Its codes."""
    destinations: Codes = ()
    """Countries of destination; empty: all but the excluded ones."""
    excluded: Codes = ()
    """Countries to which it may never be used."""
    legal_basis: str
    """The act that grants it."""

    def covers(self, country: str) -> bool:
        """Whether goods may go to a country under it."""
        return country not in self.excluded and (not self.destinations or country in self.destinations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office(Row):
    """Customs offices, and whether goods enter the Union there."""

    offices: Codes
    """Reference numbers (an8), or the two letters of a country for its offices without a row of their own."""
    entry: bool
    """Whether goods that depart there in transit can have entered the Union there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionTransit(Row):
    """Types of transit declaration (11 01) for Union goods: no authority is asked about what they cite."""

    declaration_types: Codes
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedByOfficer(Row):
    """Additional procedures (11 10) under which an officer judges whether goods need what they lack."""

    additional_procedures: Codes
    legal_basis: str


WITHOUT_A_ROW = (WindowMode.MANUAL, WindowMode.HOLD)
"""What a window may do with documents of a type that no row names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow(Row):
    """The modes of a window that documents of these types may be decided by."""

    types: Codes
    modes: tuple[WindowMode, ...]
    legal_basis: str
    """What lets goods be released without the authority, or forbids it."""


@dataclass(frozen=True, slots=True, kw_only=True)
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
    first_minutes: float
    longest_minutes: float
    for_days: float
    """After so many days since the decision it is not asked again by itself."""
