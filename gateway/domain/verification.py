"""The questions about a declaration's documents, and the verifications that answer them."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct

from gateway.contract import Certificate, DocumentQuery, HolderAccount, Ledger, Money, Quantity
from gateway.domain.document import DocumentKey, OfDocument


class DocumentStatus(StrEnum):
    """A document's status as the rules see it: an authority's, or one of the gateway's own two."""

    VALID = "valid"
    PENDING = "pending"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    PARTIALLY_REFUSED = "partially_refused"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    NOT_FOUND = "not_found"
    UNDETERMINED = "undetermined"
    """Nobody could say."""
    UNROUTED = "unrouted"
    """No authority is asked about this type."""
    NOT_TOLD = "not_told"
    """Shown to a trader alone, in place of any other: nobody has said it, and no row can be about it."""


class DocumentClass(StrEnum):
    """The class of documents that a code stands for: it decides how one is treated that no authority is asked about."""

    VERIFIED = "verified"
    """A certificate that an authority is asked about; where nobody is connected an officer has to check it."""
    BY_OFFICER = "by_officer"
    """A certificate, licence, permit or registration that nobody is asked about."""
    WAIVER = "waiver"
    """A statement of the declarant that a measure does not apply, or that its condition is met."""
    ORIGIN = "origin"
    """Proof of origin or preference."""
    COMMERCIAL = "commercial"
    """Value and commercial documents."""
    AUTHORISATION = "authorisation"
    """An authorisation by customs, a guarantee, or the status of goods or persons."""
    EXCISE = "excise"
    TRANSPORT = "transport"
    PREVIOUS = "previous"
    """An earlier customs declaration or procedure."""
    REQUESTED = "requested"
    """A document that customs itself asked for."""
    AT_DISPOSAL = "at_disposal"
    """A paper that the declarant has and keeps at the disposal of customs (UCC Art. 163): no act ties the release to it."""
    FIGURE = "figure"
    """A figure or number that stands in the place of a document's reference, and certifies nothing."""

    @property
    def needs_officer(self) -> bool:
        """Whether a document of this class that no authority was asked about has to be verified by an officer."""
        return self in (DocumentClass.VERIFIED, DocumentClass.BY_OFFICER)

    @property
    def meets_measure(self) -> bool:
        """Whether it meets a measure that it is cited, though nobody verifies it."""
        return self in (DocumentClass.AT_DISPOSAL, DocumentClass.FIGURE)


class VerifiedBy(StrEnum):
    """The source of a verification."""

    AUTHORITY = "authority"
    OFFICER = "officer"


class Cited(Struct, frozen=True, kw_only=True):
    """One place of the declaration that cites a document. `goods_item` None: at shipment level."""

    goods_item: int | None
    certificate_line: int | None = None
    quantity: Quantity | None = None
    """What 12 03 006 states for this document, in a Rec 20 unit; None if it does not, or the unit is not known."""
    quantity_fault: str | None = None
    """Why the quantity is not known: a code of the message catalogue, e.g. `unit_unknown`, `unit_missing`."""
    unit: str | None = None
    """The unit as it is declared (12 03 005), where it is known."""
    factor: Decimal = Decimal(1)
    """How much one of it is in the unit of `quantity`."""
    stated: bool = False
    """Whether 12 03 006 states the quantity for this document."""
    amount: Money | None = None
    """12 03 014 with 012, for licences by value."""


class CitedDocument(OfDocument, Struct, frozen=True, kw_only=True):
    """A supporting document or additional reference, however many goods items cite it."""

    type: str
    reference: str
    """Empty for an additional reference without a number."""
    additional: bool = False
    """Cited as an additional reference (12 04)."""
    cited: tuple[Cited, ...] = ()
    adapter: str | None = None
    """Who is asked; None: no authority is asked about this type."""
    identity: str = ""
    """The reference by which its authority knows it."""
    spellings: tuple[str, ...] = ()
    """The other spellings under which it is cited too; `reference` is the first."""
    elsewhere: bool = False
    """Whether it is cited under procedures alone in which documents of its type are not judged, so that nobody is asked about it."""

    @property
    def goods_items(self) -> tuple[int, ...]:
        """The numbers of the goods items that cite it; empty when only the shipment does."""
        return tuple(sorted({c.goods_item for c in self.cited if c.goods_item is not None}))


class CitedUnder(NamedTuple):
    """The reference under which a declaration that cites a document is found."""

    type: str
    reference: str
    """The document's identity; as it is declared where that is not known."""
    identified: bool = True
    """Whether it is the identity; else that is worked out when somebody asks for the document."""


class Requirement(Struct, frozen=True, kw_only=True):
    """One question about a document to one authority."""

    document: CitedDocument
    adapter: str
    query: DocumentQuery
    identified: bool = True
    """Whether its authority's rule says which document that is; else it is not asked about, and not determined."""


class Plan(Struct, frozen=True, kw_only=True):
    """The documents that a declaration cites and the questions about them: each document once."""

    documents: tuple[CitedDocument, ...]
    """All of them, in the order of their first citation."""
    requirements: tuple[Requirement, ...]
    on: date
    """The day whose tables it was made with."""
    tables: str = ""
    """The digest of the set of tables that it was made with."""
    mrn: str | None = None
    """The declaration's MRN, by its own message or as customs gave it later."""

    @property
    def cited(self) -> dict[DocumentKey, DocumentKey]:
        """The type and identity of each document, with the type and the reference under which it is cited."""
        return {DocumentKey(document.type, document.identity): document.key for document in self.documents}

    @property
    def citations(self) -> tuple[CitedUnder, ...]:
        """The references under which each document of it is found."""
        unidentified = {one.document.key for one in self.requirements if not one.identified}
        return tuple([CitedUnder(one.type, one.identity, one.key not in unidentified) for one in self.documents])

    @property
    def spelled(self) -> tuple[tuple[str, str, str], ...]:
        """The spellings of each document beside its first one: type, spelling and first one; in their order."""
        return tuple(
            sorted([(one.type, spelling, one.reference) for one in self.documents for spelling in one.spellings])
        )


class Verification(OfDocument, Struct, frozen=True, kw_only=True):
    """The knowledge about one document."""

    type: str
    reference: str
    status: DocumentStatus
    adapter: str | None = None
    certificate: Certificate | None = None
    ledger: Ledger | None = None
    cause: str | None = None
    """With `undetermined`: the code of the fault (`SW-ADP-..`)."""
    verified_by: VerifiedBy = VerifiedBy.AUTHORITY
    asked_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    """Digests of the messages exchanged, in order."""
    message_ids: tuple[str, ...] = ()
    """The handles of the attempts, for the authority's operators."""
    attempts: int = 0
    ask_again_at: datetime | None = None
    """When the authority wants to be asked again, if it says so."""
    quantity: Quantity | None = None
    """By an officer: for how much of the goods; None: they did not say."""
    account: HolderAccount | None = None
    """The account that it draws on, of which `ledger` is the position."""
    accounts: tuple[HolderAccount, ...] = ()
    """Several of them, in place of that one: rows say on which it draws."""

    def drawn_on(self, kind: str) -> HolderAccount | None:
        """Return its account of that name; None: its authority tells none."""
        one = self.account
        if one is not None:
            return one if one.kind == kind else None
        return next((found for found in self.accounts if found.kind == kind), None)


def held_by(certificate: Certificate | None, eoris: Collection[str]) -> bool:
    """Whether a certificate names one of these EORIs as its holder: a party that may use it."""
    return any(holder in eoris for holder in holders_of(certificate))


def holders_of(certificate: Certificate | None) -> tuple[str, ...]:
    """Return the EORIs of the parties that may use a document: its holder, or any of several; none: its record names nobody."""
    if certificate is None:
        return ()
    return certificate.holders if certificate.holder is None else (certificate.holder,)


def without_quantities(certificate: Certificate | None) -> Certificate | None:
    """Return a certificate without the quantities and values that it certifies."""
    if certificate is None:
        return None
    lines = tuple(replace(line, quantity=None, volume=None, amount=None) for line in certificate.lines)
    return replace(certificate, lines=lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """The bytes of a message exchanged with an authority, without credentials."""

    digest: str
    """`sha256:` and 64 hexadecimal digits of the bytes."""
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, body: bytes) -> "EvidenceItem":
        """Return bytes with their digest."""
        return cls(digest="sha256:" + sha256(body).hexdigest(), body=body)
