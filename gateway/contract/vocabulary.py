"""The words in which the gateway asks an authority and in which an adapter answers.

Every type is an immutable, keyword-only value; fields added later have defaults, so that an adapter written today
keeps working. Quantities are exact decimals with a UN/ECE Recommendation 20 unit code; dates are calendar days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Direction(StrEnum):
    """Which way the goods go, as customs sees it (data element 11 01 with 11 09)."""

    IMPORT = "import"
    """Into the customs territory of the Union."""
    EXPORT = "export"
    """Out of it."""
    TRANSIT = "transit"
    """Under a transit procedure; commodity codes have six digits then."""


class Status(StrEnum):
    """What an authority says about a document. The list is closed: what an adapter does not recognise is an error.

    "Nobody could say" is no status: an adapter raises `UnexpectedAnswer` or `Unavailable` instead.
    """

    VALID = "valid"
    """The authority confirms the document."""
    PENDING = "pending"
    """Known, but not decided yet."""
    REFUSED = "refused"
    """The authority said no: rejected, denied, revoked, annulled."""
    WITHDRAWN = "withdrawn"
    """Cancelled or deleted, or replaced or split: then `Certificate.successors` names what came after it."""
    SUSPENDED = "suspended"
    """Not usable at present; the authority may lift it."""
    PARTIALLY_REFUSED = "partially_refused"
    """Some of its lines were refused."""
    EXPIRED = "expired"
    """The authority itself says that its validity is over."""
    NOT_YET_VALID = "not_yet_valid"
    """The authority itself says that its validity has not begun."""
    NOT_FOUND = "not_found"
    """The authority answered, and does not know the document (or does not show it to this account)."""


class Nomenclature(StrEnum):
    """The nomenclature of a certificate line's commodity code."""

    HS = "HS"
    """Harmonised System: 2 to 6 digits count."""
    CN = "CN"
    """Combined Nomenclature: 2 to 8 digits count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An exact amount with its unit, a UN/ECE Recommendation 20 code (`KGM`, `H87`). Never one without the other."""

    value: Decimal
    """At most 16 digits before the point and 6 after it (12 in a position); zero or more, but for `LedgerLine.available`."""
    unit: str
    """2 or 3 capitals or digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount with its ISO 4217 currency."""

    value: Decimal
    """In the currency's main unit, with the bounds of a quantity's."""
    currency: str
    """3 capitals, `EUR`."""


class ReferenceKind(StrEnum):
    """How a customs declaration is named in an authority's ledger."""

    MRN = "MRN"
    """The number that customs gave at acceptance: 18 characters."""
    LRN = "LRN"
    """The declarant's own number, of 1 to 22 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A declaration's name. Two are the same only if kind *and* value are: an MRN and an LRN may share a text."""

    kind: ReferenceKind
    """Which of a declaration's names it is."""
    value: str
    """As the declaration has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One citation of the document by a goods item of the declaration."""

    goods_item: int
    """Data element 11 03."""
    commodity_code: str
    """Data element 18 09: 6 to 10 digits without blanks."""
    certificate_line: int | None = None
    """Data element 12 03 013, when declared."""
    quantity: Quantity | None = None
    """The quantity that counts for this document on this item, converted to a Rec 20 unit."""
    amount: Money | None = None
    """Data elements 12 03 014 and 012."""
    origin: str | None = None
    """Data element 16 08, ISO 3166-1 alpha-2."""
    procedure: str | None = None
    """Data element 11 09, four digits; None in transit."""
    figures: Mapping[str, Decimal] = field(default_factory=dict)
    """The figures that the goods item states under codes of their own (12 04), as declared: `Y121` tonnes of CO2 equivalent, `Y163`
    kilograms (contract 1.7). What is no number is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuery:
    """What the gateway asks an authority about one supporting document, with every line that cites it."""

    type: str
    """TARIC document code (12 03 002), e.g. `N853`."""
    reference: str
    """The document's number (12 03 001) in the one spelling that the adapter's rule of identity gives; without a rule as
    declared, but for blanks around it. Any text of 1 to 140 characters."""
    direction: Direction
    """Which way the goods go."""
    lines: tuple[Line, ...] = ()
    """Empty when availability alone is asked."""
    customs_office: str | None = None
    """The declaration's customs office; None when no declaration is behind the question."""
    on: date | None = None
    """The date that counts for validity: acceptance; None before it."""
    declaration: Reference | None = None
    """The declaration that cites the document: its MRN, before acceptance its LRN; None: the question has none behind it."""
    declarant: str | None = None
    """EORI (13 05); like every party, None where the declaration names none."""
    importer: str | None = None
    """EORI (13 04)."""
    exporter: str | None = None
    """EORI (13 01)."""
    holder: str | None = None
    """EORI of the holder of the transit procedure (13 07)."""
    representative: str | None = None
    """EORI (13 06)."""
    country_of_dispatch: str | None = None
    """Data element 16 06, ISO 3166-1 alpha-2."""
    country_of_destination: str | None = None
    """Data element 16 03, ISO 3166-1 alpha-2."""


class MovementKind(StrEnum):
    """What can be done to a certificate's quantity for a declaration."""

    RESERVE = "reserve"
    """States the declaration's whole position on the document, in place of what it held before."""
    WRITE_OFF = "write_off"
    """The goods were released: what was reserved is used up. Where nothing is reserved, the usage is reported."""
    CANCEL = "cancel"
    """The goods are not released: what was reserved is given back."""
    FORCE = "force"
    """An officer writes off without a reservation, whatever is left."""
    AMEND = "amend"
    """Puts another write-off in place of the declaration's."""
    DELETE = "delete"
    """Takes the declaration's write-off back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """What a goods item takes from one line of the document."""

    goods_item: int
    """Data element 11 03, from 1."""
    certificate_line: int
    """The authority's number of the line, from 1; of an account the year (contract 1.7)."""
    commodity_code: str
    """Data element 18 09: 6 to 10 digits without blanks."""
    quantities: tuple[Quantity, ...] = ()
    """The first one is in a unit of the line and counts; a second states the other measure of a line that is certified by
    weight and by volume. Empty for a line by value alone. Each is above zero."""
    amount: Money | None = None
    """For a line that is limited by value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityOrder:
    """What the gateway orders at an authority for one declaration and one document."""

    type: str
    """TARIC document code (12 03 002)."""
    reference: str
    """The document's number, as `DocumentQuery.reference`."""
    declaration: Reference
    """Always an MRN: nothing moves before acceptance."""
    customs_office: str
    """The declaration's own, never a default."""
    key: str
    """The same for every sending of this order, and for no other: 32 hexadecimal digits."""
    direction: Direction
    """Which way the goods go."""
    lines: tuple[OrderLine, ...] = ()
    """All that the declaration holds of the document afterwards, at most one for each goods item and line; empty for
    `CANCEL` and `DELETE`, where nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """A manual or post-clearance correction (Impl. Reg. (EU) 2024/2145, Art. 7 and 8)."""

    kind: MovementKind
    """`FORCE`, `AMEND` or `DELETE`."""
    order: QuantityOrder
    """The declaration's whole write-off on the document as it shall be; without lines for `DELETE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """What the gateway reports to an authority once goods are released on its document (contract 1.7)."""

    type: str
    """TARIC document code (12 03 002)."""
    reference: str
    """The document's number, as `DocumentQuery.reference`."""
    declaration: Reference
    """The released declaration's MRN."""
    customs_office: str
    """The declaration's own, never a default."""
    key: str
    """The same for every sending of this report, and for no other: 32 hexadecimal digits."""
    direction: Direction
    """Which way the goods go."""
    released_on: date
    """The day of the release."""
    lines: tuple[Line, ...] = ()
    """The goods items that were released, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report that an authority has (contract 1.7)."""

    key: str
    """The report's own, `ReportOrder.key`."""
    goods_items: tuple[int, ...] = ()
    """The goods items that it was told of, each once; empty: the authority does not say."""


class Refusal(StrEnum):
    """Why an authority refuses a movement. The list is closed: what an adapter does not recognise is an error."""

    BASE_FOR_EXTRACT = "base_for_extract"
    """The document is the base of extracts: an extract has to be cited."""
    DOCUMENT_USED = "document_used"
    """The document is used up."""
    COMMODITY = "commodity"
    """The declared code is not one of the line."""
    STATUS = "status"
    """The document's status does not allow it."""
    INSUFFICIENT = "insufficient"
    """More is asked for than is left. What the declaration held before has ended."""
    WRITTEN_OFF = "written_off"
    """A write-off of this declaration on this document exists."""
    LINE = "line"
    """The document has no such line."""
    DESTINATION = "destination"
    """The document does not cover the country of destination."""
    HOLDER = "holder"
    """Another party may use the document."""
    UNIT = "unit"
    """The line is counted in another unit."""
    NOT_VALIDATED = "not_validated"
    """The authority could not judge the quantities."""


class ReceiptOutcome(StrEnum):
    """What became of a movement. The list is closed."""

    DONE = "done"
    """It was done, wholly as ordered."""
    REFUSED = "refused"
    """Nothing was done, with a `Refusal`."""
    NO_RECORD = "no_record"
    """The authority has nothing of this declaration on this document that could be moved so."""
    WRITTEN_OFF_ALREADY = "written_off_already"
    """The declaration has a write-off on the document, which nothing was added to."""
    RESERVED = "reserved"
    """A reservation stands in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An authority's answer to an order. An answer that contradicts itself is no receipt: the adapter raises."""

    outcome: ReceiptOutcome
    """What became of the movement."""
    refusal: Refusal | None = None
    """With `REFUSED`."""
    goods_item: int | None = None
    """The goods item that the authority names for a refusal: one of those ordered."""
    certificate_line: int | None = None
    """The line that it names: one of those ordered."""
    authority_code: str | None = None
    """The authority's own code, verbatim, for officers."""
    status_changed: bool = False
    """It was done, although the document's status had changed: an officer has to look."""
    ledger: "Ledger | None" = None
    """The position afterwards, if the authority tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents of an authority are listed (Impl. Reg. (EU) 2024/2145, Art. 10). An empty member asks for all."""

    types: tuple[str, ...] = ()
    """TARIC document codes."""
    statuses: tuple[str, ...] = ()
    """The authority's own status codes."""
    since: datetime | None = None
    """Changed at or after this moment, UTC."""
    until: datetime | None = None
    """Changed until this moment, UTC."""
    country_of_entry: str | None = None
    """ISO 3166-1 alpha-2; like the countries that follow."""
    country_of_dispatch: str | None = None
    """Where the goods are dispatched."""
    country_of_destination: str | None = None
    """Where they go."""
    country_of_origin: str | None = None
    """Where they originate."""
    commodity_code: str | None = None
    """Documents with a code that begins with these digits."""
    exact_code: bool = False
    """Only documents with this very code, not with longer ones that begin with it."""
    declaration: Reference | None = None
    """Documents on which this declaration has something reserved or written off."""
    customs_office: str | None = None
    """In whose name the list is asked for; None: the configured one."""
    subscribe: bool = False
    """Whether the authority should push later changes of what is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """One document of a list."""

    type: str
    """TARIC document code."""
    reference: str
    """The document's number as the authority writes it."""
    status: Status
    """What its status means."""
    authority_status: str
    """The authority's own status code, verbatim."""
    updated_at: datetime | None = None
    """When it last changed, with a time zone; None: the authority does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A document that an authority says has changed. A hint only: the gateway asks again."""

    type: str
    """TARIC document code."""
    reference: str
    """The document's number as the authority writes it."""
    at: datetime | None = None
    """When it changed, with a time zone; None: the authority does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """One commodity line of a certificate."""

    number: int
    """The authority's number of the line, from 1."""
    commodity_code: str
    """What the line covers: 2 digits at least; every declared code that begins with them."""
    nomenclature: Nomenclature = Nomenclature.CN
    """What `commodity_code` is a code of: which of its digits count."""
    quantity: Quantity | None = None
    """The certified quantity; None when the authority states none with a unit."""
    volume: Quantity | None = None
    """The other measure of a line that is certified by weight and by volume; None when it has one measure only."""
    amount: Money | None = None
    """The certified value, for licences by value; None when the line is not limited by value."""
    origin: str | None = None
    """ISO 3166-1 alpha-2, of a line for goods of one origin; None: it names none, or several."""
    description: str | None = None
    """The authority's words for the goods, for officers."""
    refused: bool = False
    """The authority refused this line of a partially refused certificate."""
    origins: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2, each once, of a line for goods of several origins: any of them is covered (contract 1.6). Empty:
    it names one (`origin`) or none. A line that names both contradicts itself: the answer is unreadable then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the authority's record says, as far as rules need it. An absent fact is None or empty: it is not known."""

    type: str
    """TARIC document code of what the authority holds: it may differ from what was declared."""
    reference: str
    """The number that the answer itself states, never the one that was asked for."""
    authority_status: str
    """The authority's own status code, verbatim, for officers and evidence."""
    decision: str | None = None
    """The authority's decision code where it has one (a CHED's `DECISION_CONCLUSION`)."""
    valid_from: date | None = None
    """The first day on which it is valid; None: it states none."""
    valid_to: date | None = None
    """The last day on which it is valid; None: it states no end."""
    lines: tuple[CertificateLine, ...] = ()
    """What it covers, each line's number once; empty: the authority states no lines."""
    holder: str | None = None
    """EORI of the only party that may use it; None when the certificate names none."""
    destinations: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 countries of destination it covers; empty when it names none."""
    dispatched_from: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 countries of dispatch it covers; empty when it names none."""
    successors: tuple[str, ...] = ()
    """References of the documents that replaced it or that it was split into."""
    conditions: tuple[str, ...] = ()
    """Codes of the conditions under which it was given."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Further coded facts of the authority, for officers."""
    holders: tuple[str, ...] = ()
    """EORI of the parties of which any may use it, each once: a titular holder and a transferee (contract 1.7). Empty: it names
    one (`holder`) or none. A certificate that names both contradicts itself: the answer is unreadable then."""


class AllocationState(StrEnum):
    """How far a quantity has gone in an authority's ledger."""

    RESERVED = "reserved"
    """Kept for a declaration whose goods are not released yet."""
    CONSUMED = "consumed"
    """Written off, or reported as used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A part of a certificate's quantity that a declaration holds or has used up."""

    declaration: Reference
    """Whose part it is."""
    state: AllocationState
    """How far it has gone."""
    goods_item: int
    """The declaration's goods item, from 1."""
    certificate_line: int
    """The line that it was taken of, from 1; of an account the year (contract 1.7)."""
    quantity: Quantity
    """As it was declared; on a line by value alone the amount, with its currency in the unit's place."""
    amount: Money | None = None
    """The value, on a line that is limited by quantity *and* value."""
    commodity_code: str | None = None
    """As it was declared; None: the authority does not say. Likewise what follows."""
    customs_office: str | None = None
    """The customs office that it was taken by."""
    at: datetime | None = None
    """When it was taken, with a time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What is still available on one line of a certificate."""

    number: int
    """The certificate's number of the line, from 1; of an account the year (contract 1.7)."""
    available: Quantity
    """What is left; of a line by value alone the amount, with its ISO 4217 currency in the unit's place. Below zero after
    a forced write-off."""
    amount: Money | None = None
    """What is left of the value, on a line that is limited by quantity *and* value."""
    commodity_code: str | None = None
    """The line's code; None: the authority does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """An authority's quantity position of one certificate. A position that was not given is None, never an empty one."""

    lines: tuple[LedgerLine, ...]
    """What is left of each line, each number once."""
    allocations: tuple[Allocation, ...] = ()
    """What declarations hold and have used: all of the asking declaration's, whatever is told of the others'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderAccount:
    """What is left of an account that an authority keeps for a holder and a year (contract 1.7)."""

    holder: str
    """EORI of the party for which the account is kept: that of the certificate, where it names one. Empty only where
    `document` says what it is kept for."""
    year: int
    """The calendar year."""
    kind: str
    """Which of the holder's accounts, by the authority's own name: `bulk`."""
    available: Quantity
    """What is left of it; below zero after a forced write-off. Of an account that counts shipments their number, in `C62`."""
    taken: tuple[Allocation, ...] = ()
    """All that the asking declaration has taken, of this year and of others; their `certificate_line` is the year."""
    document: str = ""
    """The reference of the document that it is kept for, as a notification of several shipments (contract 1.8). Empty: it is the
    holder's, whatever document draws on it."""

    @property
    def ledger(self) -> Ledger:
        """The same as a position, of which a line is a year: what `position` gives of an account."""
        return Ledger(lines=(LedgerLine(number=self.year, available=self.available),), allocations=self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An adapter's answer to a query: the status, the record behind it and the quantity position if there is one."""

    status: Status
    """What the authority says about the document."""
    certificate: Certificate | None = None
    """Given with every status except `NOT_FOUND`."""
    ledger: Ledger | None = None
    """What is left of it; None: the authority states no position."""
    ask_again_at: datetime | None = None
    """When the authority says that it will know more; with a time zone. The gateway asks then, within bounds of its own."""
    account: HolderAccount | None = None
    """The account that the document draws on (contract 1.7), in place of `ledger`; None: the authority keeps none."""
    accounts: tuple[HolderAccount, ...] = ()
    """Several accounts of the document, each `kind` once (contract 1.8), in place of `account`: tonnes, and shipments. The gateway's rows say on
    which of them it draws, and `position` gives that one. An answer that states both contradicts itself."""
