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
    EXPORT = "export"
    TRANSIT = "transit"


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
    CN = "CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An exact amount with its unit, a UN/ECE Recommendation 20 code (`KGM`, `H87`). Never one without the other."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount with its ISO 4217 currency."""

    value: Decimal
    currency: str


class ReferenceKind(StrEnum):
    """How a customs declaration is named in an authority's ledger."""

    MRN = "MRN"
    LRN = "LRN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A declaration's name. Two are the same only if kind *and* value are: an MRN and an LRN may share a text."""

    kind: ReferenceKind
    value: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuery:
    """What the gateway asks an authority about one supporting document, with every line that cites it."""

    type: str
    """TARIC document code (12 03 002), e.g. `N853`."""
    reference: str
    """The document's number (12 03 001) in the one spelling that the adapter's rule of identity gives; without a rule as
    declared, but for blanks around it. Any text of 1 to 140 characters."""
    direction: Direction
    lines: tuple[Line, ...] = ()
    """Empty when availability alone is asked."""
    customs_office: str | None = None
    """The declaration's customs office; None when no declaration is behind the question."""
    on: date | None = None
    """The date that counts for validity: acceptance; None before it."""
    declaration: Reference | None = None
    declarant: str | None = None
    importer: str | None = None
    exporter: str | None = None
    holder: str | None = None
    representative: str | None = None
    country_of_dispatch: str | None = None
    country_of_destination: str | None = None


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
    certificate_line: int
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
    reference: str
    declaration: Reference
    """Always an MRN: nothing moves before acceptance."""
    customs_office: str
    """The declaration's own, never a default."""
    key: str
    """The same for every sending of this order, and for no other: 32 hexadecimal digits."""
    direction: Direction
    lines: tuple[OrderLine, ...] = ()
    """All that the declaration holds of the document afterwards, at most one for each goods item and line; empty for
    `CANCEL` and `DELETE`, where nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """A manual or post-clearance correction (Impl. Reg. (EU) 2024/2145, Art. 7 and 8)."""

    kind: MovementKind
    """`FORCE`, `AMEND` or `DELETE`."""
    order: QuantityOrder


class Refusal(StrEnum):
    """Why an authority refuses a movement. The list is closed: what an adapter does not recognise is an error."""

    BASE_FOR_EXTRACT = "base_for_extract"
    """The document is the base of extracts: an extract has to be cited."""
    DOCUMENT_USED = "document_used"
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
    HOLDER = "holder"
    UNIT = "unit"
    """The line is counted in another unit."""
    NOT_VALIDATED = "not_validated"
    """The authority could not judge the quantities."""


class ReceiptOutcome(StrEnum):
    """What became of a movement. The list is closed."""

    DONE = "done"
    REFUSED = "refused"
    """Nothing was done, with a `Refusal`."""
    NO_RECORD = "no_record"
    """The authority has nothing of this declaration on this document that could be moved so."""
    WRITTEN_OFF_ALREADY = "written_off_already"
    RESERVED = "reserved"
    """A reservation stands in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An authority's answer to an order. An answer that contradicts itself is no receipt: the adapter raises."""

    outcome: ReceiptOutcome
    refusal: Refusal | None = None
    """With `REFUSED`."""
    goods_item: int | None = None
    """The goods item that the authority names for a refusal."""
    certificate_line: int | None = None
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
    until: datetime | None = None
    country_of_entry: str | None = None
    country_of_dispatch: str | None = None
    country_of_destination: str | None = None
    country_of_origin: str | None = None
    commodity_code: str | None = None
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
    reference: str
    status: Status
    authority_status: str
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A document that an authority says has changed. A hint only: the gateway asks again."""

    type: str
    reference: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """One commodity line of a certificate."""

    number: int
    """The authority's number of the line, from 1."""
    commodity_code: str
    nomenclature: Nomenclature = Nomenclature.CN
    quantity: Quantity | None = None
    """The certified quantity; None when the authority states none with a unit."""
    volume: Quantity | None = None
    """The other measure of a line that is certified by weight and by volume; None when it has one measure only."""
    amount: Money | None = None
    """The certified value, for licences by value; None when the line is not limited by value."""
    origin: str | None = None
    description: str | None = None
    refused: bool = False
    """The authority refused this line of a partially refused certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the authority's record says, as far as rules need it. An absent fact is None or empty: it is not known."""

    type: str
    """TARIC document code of what the authority holds: it may differ from what was declared."""
    reference: str
    authority_status: str
    """The authority's own status code, verbatim, for officers and evidence."""
    decision: str | None = None
    """The authority's decision code where it has one (a CHED's `DECISION_CONCLUSION`)."""
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day on which it is valid."""
    lines: tuple[CertificateLine, ...] = ()
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


class AllocationState(StrEnum):
    """How far a quantity has gone in an authority's ledger."""

    RESERVED = "reserved"
    CONSUMED = "consumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A part of a certificate's quantity that a declaration holds or has used up."""

    declaration: Reference
    state: AllocationState
    goods_item: int
    certificate_line: int
    quantity: Quantity
    """As it was declared; on a line by value alone the amount, with its currency in the unit's place."""
    amount: Money | None = None
    """The value, on a line that is limited by quantity *and* value."""
    commodity_code: str | None = None
    customs_office: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What is still available on one line of a certificate."""

    number: int
    available: Quantity
    """What is left; of a line by value alone the amount, with its ISO 4217 currency in the unit's place. Below zero after
    a forced write-off."""
    amount: Money | None = None
    """What is left of the value, on a line that is limited by quantity *and* value."""
    commodity_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """An authority's quantity position of one certificate. A position that was not given is None, never an empty one."""

    lines: tuple[LedgerLine, ...]
    allocations: tuple[Allocation, ...] = ()
    """What declarations hold and have used: all of the asking declaration's, whatever is told of the others'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An adapter's answer to a query: the status, the record behind it and the quantity position if there is one."""

    status: Status
    certificate: Certificate | None = None
    """Given with every status except `NOT_FOUND`."""
    ledger: Ledger | None = None
    ask_again_at: datetime | None = None
    """When the authority says that it will know more; with a time zone. The gateway asks then, within bounds of its own."""
