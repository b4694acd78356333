"""The wider elements of a declaration, which no decision is made by: how its goods are carried, packed and valued.

What is not stated is not written: a declaration without any has neither `transport` nor `more`, and an element that is known
later leaves the digests of those without it as they are.
"""

from decimal import Decimal

from msgspec import Struct, structs

__all__ = [
    "Adjustment",
    "Authorisation",
    "Container",
    "DeliveryTerms",
    "Duty",
    "GoodsLocation",
    "ItemDetails",
    "Package",
    "PartyInRole",
    "TaxBase",
    "TradeParty",
    "TransportDetails",
    "TransportDocument",
    "TransportMeans",
    "compact_number",
]

_SEPARATORS = str.maketrans("", "", " -./")


def compact_number(number: str) -> str:
    """Return a number of a container or a means of transport without what separates its parts, in capitals."""
    return number.translate(_SEPARATORS).upper()


class TransportDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transport document: data element 12 05."""

    type: str
    reference: str


class Authorisation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An authorisation that is used: data element 12 12."""

    type: str
    number: str | None = None
    holder: str | None = None


class Container(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Transport equipment: data element 19 07."""

    number: str | None = None
    """19 07 063, the identification number of the container."""
    seals: tuple[str, ...] = ()
    """19 10 015."""
    goods_items: tuple[int, ...] = ()
    """19 07 044, the numbers of the goods items in it; none: it is not said which."""


class TransportMeans(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A means of transport: at departure 19 05, at the border 19 08."""

    type: str | None = None
    """061, the type of its identification."""
    number: str | None = None
    """017."""
    nationality: str | None = None
    """062."""
    conveyance: str | None = None
    """19 02, the number of its voyage or flight."""


class Package(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Packages of a goods item: data element 18 06."""

    type: str | None = None
    """18 06 003."""
    number: Decimal | None = None
    """18 06 004."""
    marks: str | None = None
    """18 06 054."""


class TradeParty(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A party to the trade, without name and address."""

    number: str | None = None
    """017."""
    country: str | None = None
    """018 020."""


class PartyInRole(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A further actor of the supply chain, data element 13 14, or a party for the tax, 13 16."""

    role: str | None = None
    """031."""
    number: str | None = None
    """017, or 034."""


class DeliveryTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms of delivery: data element 14 01."""

    code: str | None = None
    """14 01 035, the INCOTERM code."""
    unlocode: str | None = None
    """14 01 036."""
    country: str | None = None
    """14 01 020."""
    place: str | None = None
    """14 01 037."""


class TaxBase(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A base of a tax: data element 14 03 040."""

    rate: Decimal | None = None
    """041."""
    unit: str | None = None
    """005."""
    quantity: Decimal | None = None
    """006."""
    amount: Decimal | None = None
    """014."""


class Duty(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A duty or tax: data element 14 03."""

    type: str | None = None
    """14 03 039."""
    payment: str | None = None
    """14 03 038, the method of payment."""
    payable: Decimal | None = None
    """14 03 042."""
    bases: tuple[TaxBase, ...] = ()
    """14 03 040."""


class Adjustment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An addition to the value, or a deduction: data element 14 04."""

    code: str | None = None
    """14 04 008."""
    amount: Decimal | None = None
    """14 04 014."""


class GoodsLocation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The location of the goods, without an address: data element 16 15."""

    type: str | None = None
    """16 15 045."""
    qualifier: str | None = None
    """16 15 046."""
    identifier: str | None = None
    """What the qualifier says: 16 15 036, a UN/LOCODE; 047, a customs office; 052, an authorisation."""
    additional: str | None = None
    """16 15 053."""


class _Trade(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The elements that stand at the shipment or at a goods item."""

    consignors: tuple[TradeParty, ...] = ()
    """13 02."""
    consignees: tuple[TradeParty, ...] = ()
    """13 03."""
    sellers: tuple[TradeParty, ...] = ()
    """13 08."""
    buyers: tuple[TradeParty, ...] = ()
    """13 09."""
    actors: tuple[PartyInRole, ...] = ()
    """13 14."""
    fiscal: tuple[PartyInRole, ...] = ()
    """13 16."""
    adjustments: tuple[Adjustment, ...] = ()
    """14 04."""
    at_departure: tuple[TransportMeans, ...] = ()
    """19 05; of a goods item that of its house."""
    ucr: str | None = None
    """12 08."""
    transaction_nature: str | None = None
    """99 05."""


class TransportDetails(_Trade, frozen=True, kw_only=True, omit_defaults=True):
    """The wider elements of the whole declaration."""

    documents: tuple[TransportDocument, ...] = ()
    """12 05 at shipment level."""
    authorisations: tuple[Authorisation, ...] = ()
    """12 12 with numbers and holders."""
    containers: tuple[Container, ...] = ()
    """19 07."""
    at_border: tuple[TransportMeans, ...] = ()
    """19 08."""
    containerised: str | None = None
    """19 01, as declared."""
    border_mode: str | None = None
    """19 03."""
    inland_mode: str | None = None
    """19 04."""
    country_of_export: str | None = None
    """16 07."""
    exporter_country: str | None = None
    """13 01 018 020."""
    importer_country: str | None = None
    """13 04 018 020."""
    carriers: tuple[TradeParty, ...] = ()
    """13 12."""
    at_arrival: tuple[TransportMeans, ...] = ()
    """19 06."""
    security: str | None = None
    """11 07: 1 and 3 with an entry summary declaration in one."""
    delivery: tuple[DeliveryTerms, ...] = ()
    """14 01, at most one."""
    locations: tuple[GoodsLocation, ...] = ()
    """16 15, at most one."""
    routing: tuple[str, ...] = ()
    """16 12."""
    office_of_exit: str | None = None
    """17 01."""
    offices_of_transit: tuple[str, ...] = ()
    """17 04."""
    office_of_destination: str | None = None
    """17 05."""

    @property
    def numbers(self) -> list[str]:
        """The numbers of containers and means of transport by which the declaration is found, compact, each once."""
        means = (one.number for one in (*self.at_departure, *self.at_border, *self.at_arrival))
        stated = (*(one.number for one in self.containers), *means)
        return sorted({compact_number(one) for one in stated if one is not None} - {""})


class ItemDetails(_Trade, frozen=True, kw_only=True, omit_defaults=True):
    """The wider elements of a goods item."""

    documents: tuple[TransportDocument, ...] = ()
    """12 05."""
    packages: tuple[Package, ...] = ()
    """18 06."""
    national_codes: tuple[str, ...] = ()
    """18 09 060."""
    preferential_origin: str | None = None
    """16 09."""
    preference: str | None = None
    """14 11."""
    quota: str | None = None
    """99 01."""
    valuation_method: str | None = None
    """14 10."""
    valuation_indicators: str | None = None
    """14 07."""
    duties: tuple[Duty, ...] = ()
    """14 03."""
    containers: tuple[str, ...] = ()
    """19 07 063, where a message states it at the goods item."""
    cus_code: str | None = None
    """18 08."""
    un_numbers: tuple[str, ...] = ()
    """18 07 055."""

    def within(self, house: "ItemDetails") -> "ItemDetails":
        """Return the elements of a goods item in a house: of what both state, lists of documents and actors are one, else the item's counts."""
        stated = {one.name: getattr(self, one.name) or getattr(house, one.name) for one in structs.fields(house)}
        return ItemDetails(
            **stated | {"documents": house.documents + self.documents, "actors": house.actors + self.actors}
        )
