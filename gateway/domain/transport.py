"""The wider elements of a declaration, which no decision is made by: how its goods are carried, packed and valued.

What is not stated is not written: a declaration without any has neither `transport` nor `more`, and an element that is known
later leaves the digests of those without it as they are.
"""

from decimal import Decimal

from msgspec import Struct

__all__ = [
    "Authorisation",
    "Container",
    "ItemDetails",
    "Package",
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


class Package(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Packages of a goods item: data element 18 06."""

    type: str | None = None
    """18 06 003."""
    number: Decimal | None = None
    """18 06 004."""
    marks: str | None = None
    """18 06 054."""


class TransportDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The wider elements of the whole declaration."""

    documents: tuple[TransportDocument, ...] = ()
    """12 05 at shipment level."""
    authorisations: tuple[Authorisation, ...] = ()
    """12 12 with numbers and holders."""
    containers: tuple[Container, ...] = ()
    """19 07."""
    at_departure: tuple[TransportMeans, ...] = ()
    """19 05."""
    at_border: tuple[TransportMeans, ...] = ()
    """19 08."""
    containerised: str | None = None
    """19 01, as declared."""
    border_mode: str | None = None
    """19 03."""
    inland_mode: str | None = None
    """19 04."""
    ucr: str | None = None
    """12 08."""
    country_of_export: str | None = None
    """16 07."""
    exporter_country: str | None = None
    """13 01 018 020."""
    importer_country: str | None = None
    """13 04 018 020."""

    @property
    def numbers(self) -> list[str]:
        """The numbers of containers and means of transport by which the declaration is found, compact, each once."""
        means = (one.number for one in (*self.at_departure, *self.at_border))
        stated = (*(one.number for one in self.containers), *means)
        return sorted({compact_number(one) for one in stated if one is not None} - {""})


class ItemDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    transaction_nature: str | None = None
    """99 05."""
