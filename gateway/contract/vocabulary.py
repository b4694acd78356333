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
    """The document's number exactly as declared (12 03 001): any text of 1 to 70 characters."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """One commodity line of a certificate."""

    number: int
    """The authority's number of the line, from 1."""
    commodity_code: str
    nomenclature: Nomenclature = Nomenclature.CN
    quantity: Quantity | None = None
    """The certified quantity; None when the authority states none with a unit."""
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
    commodity_code: str | None = None
    customs_office: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What is still available on one line of a certificate."""

    number: int
    available: Quantity
    """What is left; of a line by value alone the amount, with its ISO 4217 currency in the unit's place. A line that is
    limited by quantity *and* value cannot be told by one of them: it is left out."""
    commodity_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """An authority's quantity position of one certificate. A position that was not given is None, never an empty one."""

    lines: tuple[LedgerLine, ...]
    allocations: tuple[Allocation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An adapter's answer to a query: the status, the record behind it and the quantity position if there is one."""

    status: Status
    certificate: Certificate | None = None
    """Given with every status except `NOT_FOUND`."""
    ledger: Ledger | None = None
