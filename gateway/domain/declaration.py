"""The declaration model into which every format is read, and which the rest of the gateway works on."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.contract import Direction, Money
from gateway.domain.transport import ItemDetails, TransportDetails

__all__ = [
    "AdditionalReference",
    "Declaration",
    "Direction",
    "GoodsItem",
    "Kind",
    "MessageKind",
    "Money",
    "PreviousDocument",
    "Representation",
    "SupportingDocument",
]


class Kind(StrEnum):
    """The kind of a declaration, by its additional declaration type (11 02)."""

    STANDARD = "standard"
    """A, B, C: goods are there."""
    PRE_LODGED = "pre_lodged"
    """D, E, F: lodged before the goods are presented."""
    SUPPLEMENTARY = "supplementary"
    """X, Y, Z, U, V: the goods were released already."""
    RETROSPECTIVE = "retrospective"
    """R: for goods that were exported or imported without one."""


class MessageKind(StrEnum):
    """The request of a message."""

    LODGE = "lodge"
    AMEND = "amend"
    INVALIDATE = "invalidate"
    PRESENT = "present"
    REPLACE = "replace"
    """The whole of the next version, without a number of its own: what it does not state is gone."""


WHOLE = (MessageKind.LODGE, MessageKind.REPLACE)
"""The messages that carry a whole declaration."""


class Representation(StrEnum):
    """The capacity of a representative: data element 13 06 030. Any other code is carried and gives no power."""

    DIRECT = "2"
    """In the name of the declarant, and on its behalf."""
    INDIRECT = "3"
    """In its own name, on behalf of another: it is the declarant."""


MIXED_TRANSIT = "T"
"""The type of declaration (11 01) for transit of Union and other goods, of which each goods item states its own type."""


class SupportingDocument(Struct, frozen=True, kw_only=True):
    """A supporting document: data element 12 03."""

    type: str
    """12 03 002, a TARIC document code."""
    reference: str
    """12 03 001."""
    sequence_number: int | None = None
    line: int | None = None
    """12 03 013, the document's own line."""
    unit: str | None = None
    """12 03 005, as declared: a TARIC unit with its qualifier, or a foreign file's own word."""
    quantity: Decimal | None = None
    """12 03 006."""
    amount: Money | None = None
    """12 03 014 with 012."""
    valid_to: date | None = None
    """12 03 011."""
    issuer: str | None = None
    """12 03 010."""


class AdditionalReference(Struct, frozen=True, kw_only=True):
    """An additional reference: data element 12 04."""

    type: str
    reference: str | None = None
    sequence_number: int | None = None


class PreviousDocument(Struct, frozen=True, kw_only=True):
    """A previous document: data element 12 01."""

    type: str
    reference: str


class GoodsItem(Struct, frozen=True, kw_only=True):
    """One goods item with its commodity, its documents and its references."""

    number: int
    """11 03."""
    commodity_code: str
    """18 09: HS subheading, CN and TARIC digits joined, 6 to 10 digits."""
    additional_codes: tuple[str, ...] = ()
    """TARIC and national additional codes (18 09), four characters each."""
    description: str = ""
    """18 05."""
    requested_procedure: str | None = None
    """The first two digits of 11 09; None in transit."""
    previous_procedure: str | None = None
    additional_procedures: tuple[str, ...] = ()
    """11 10."""
    origin: str | None = None
    """16 08."""
    net_mass: Decimal | None = None
    """18 01, kilograms."""
    gross_mass: Decimal | None = None
    """18 04, kilograms."""
    supplementary_units: Decimal | None = None
    """18 02, in the unit that the commodity code implies."""
    statistical_value: Decimal | None = None
    """99 06."""
    statistical_currency: str | None = None
    """The currency that the format states with it; None: that of the declaration (14 17), else of the Member State."""
    invoiced: Decimal | None = None
    """14 08, the amount invoiced for this item."""
    invoiced_currency: str | None = None
    """The currency that the format states with it; None: that of the declaration (14 05)."""
    country_of_destination: str | None = None
    country_of_dispatch: str | None = None
    documents: tuple[SupportingDocument, ...] = ()
    references: tuple[AdditionalReference, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    declaration_type: str | None = None
    """11 01 of the item: it counts in a mixed transit alone."""
    more: ItemDetails | None = None
    """The wider elements; None: none is stated."""

    @property
    def procedure(self) -> str | None:
        """Data element 11 09: requested and previous procedure, four digits; None in transit."""
        return self.requested_procedure and self.requested_procedure + (self.previous_procedure or "00")


class Declaration(Struct, frozen=True, kw_only=True):
    """One message of a declaration system in the gateway's own model.

    For `AMEND`, `INVALIDATE` and `PRESENT` of a foreign format, `target_mrn` names the declaration that is meant and the
    rest may be partial; only `LODGE`, native amendments and `REPLACE` carry the whole declaration. Without `target_mrn` the
    declarant and the LRN name it.
    """

    lrn: str
    """12 09."""
    version: int = 1
    declarant: str
    """13 05 017, an EORI."""
    direction: Direction
    kind: Kind
    declaration_type: str
    """11 01, e.g. IM, EX, CO, T1."""
    additional_type: str | None = None
    """11 02, one letter; None where the format has none (transit)."""
    mrn: str | None = None
    dataset: str | None = None
    """Column of Annex B: H1 to H7, I1, I2, B1 to B4, D1 to D3."""
    acceptance_on: date | None = None
    """15 09."""
    customs_office: str | None = None
    """17 00, where it is lodged: under centralised clearance the supervising office."""
    presentation_office: str | None = None
    """17 09, where the goods are presented, if elsewhere."""
    authorisations: tuple[str, ...] = ()
    """12 12 002, the codes of the authorisations that are used."""
    importer: str | None = None
    exporter: str | None = None
    representative: str | None = None
    """13 06 017."""
    representative_status: str | None = None
    """13 06 030, as declared: `Representation` names the codes that count; None: the representative is only named."""
    holder: str | None = None
    """13 07, holder of the transit procedure."""
    country_of_dispatch: str | None = None
    country_of_destination: str | None = None
    invoice_currency: str | None = None
    """14 05, an ISO 4217 code."""
    internal_currency: str | None = None
    """14 17, the currency that amounts without one of their own are stated in."""
    documents: tuple[SupportingDocument, ...] = ()
    """Cited at shipment level."""
    references: tuple[AdditionalReference, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    """12 01 at shipment level: of every goods item."""
    items: tuple[GoodsItem, ...] = ()
    transport: TransportDetails | None = None
    """The wider elements; None: none is stated."""
    message: MessageKind = MessageKind.LODGE
    target_mrn: str | None = None
    message_id: str | None = None
    prepared_at: datetime | None = None
    format: str = "native"
    """The name of the format it came in."""

    def without_wider(self) -> "Declaration":
        """Return it without its wider elements, as a version that does not know them reads it."""
        if self.transport is None and all(item.more is None for item in self.items):
            return self
        return replace(self, transport=None, items=tuple([replace(item, more=None) for item in self.items]))

    @property
    def size(self) -> int:
        """The size of the declaration: goods items, what they cite, and what the shipment cites for each of them."""
        each = len(self.documents) + len(self.references) + 1
        return each * len(self.items) + sum([len(item.documents) + len(item.references) for item in self.items])

    def previous(self) -> list[tuple[int | None, PreviousDocument]]:
        """Return every previous document with its goods item; None: the shipment cites it for all of them."""
        found: list[tuple[int | None, PreviousDocument]] = [(None, one) for one in self.previous_documents]
        for item in self.items:
            if item.previous_documents:
                found += [(item.number, one) for one in item.previous_documents]
        return found

    @property
    def eoris(self) -> frozenset[str]:
        """The EORIs of everybody who may see it: declarant, importer, exporter, representative, holder."""
        parties = (self.declarant, self.importer, self.exporter, self.representative, self.holder)
        return frozenset([one for one in parties if one])
