"""The requests to TRACES about one CHED: reading it, reserving, releasing, cancelling, correcting a write-off.

One character separates a read from a reservation, and a release from its contrary: each is a named constant here. The
elements stand in the order of the schema (CERTEX guidelines, IT release 4.1; captures of a reservation and of a release).
Of an intervention no capture exists: that `TARICDocument` holds the TARIC document code, and that a `ConsignmentItem`
looks like the item of a reservation, is assumed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from adapters.traces.certificate import normalised
from adapters.traces.codes import Codes
from adapters.traces.elements import amount
from adapters.traces.ledger import UNIT
from adapters.traces.payload import around, leaf, payload
from adapters.traces.port import Names, Payload
from gateway.contract import (
    Intervention,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    ReferenceKind,
    RequestRejected,
)
from gateway.contract.xml_text import moment_text

LANGUAGE = "en"
CN_DIGITS = 8
"""A commodity code is sent with the Combined Nomenclature's digits at most."""
OFFICE = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
"""The form of a customs office's reference number."""
MRN = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}", re.ASCII)

_MEASURES: Mapping[bool, str] = MappingProxyType({True: "NetWeight", False: "NetVolume"})
"""The names of a quantity of mass, and of another, in their order."""

_COMMODITY = re.compile(r"[0-9]{6,10}", re.ASCII)
_MOST = 999_999


class QuantityManagement(StrEnum):
    """`QuantityManagementIndication`: whether a request changes anything."""

    READ = "0"
    RESERVE = "1"


_LANGUAGE = leaf("ched:Language", LANGUAGE)
# Optional by the schema, but the service refuses a request without it.
_NO_DECLARATION = around("ched:CustomsDeclarationReferenceNumber")
_INDICATED = {one: leaf("ched:QuantityManagementIndication", one) for one in QuantityManagement}


class Clearance(StrEnum):
    """`GoodsClearanceInformation`: the effect on a reservation."""

    RELEASED = "01"
    """It is written off."""
    NOT_RELEASED = "02"
    """It is deleted."""


class Correction(StrEnum):
    """`InterventionType`: the correction of a write-off."""

    FORCE = "01"
    AMEND = "02"
    DELETE = "03"


_CORRECTIONS = {
    MovementKind.FORCE: Correction.FORCE,
    MovementKind.AMEND: Correction.AMEND,
    MovementKind.DELETE: Correction.DELETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The payloads of the operations in the names of one version.

    Every method raises `RequestRejected` for what cannot be ordered so: nothing is sent then.
    """

    names: Names
    codes: Codes

    def read(self, reference: str, *, office: str, at: datetime) -> Payload:
        """Build the request for a certificate and its quantity position; it changes nothing."""
        return payload(
            "ProcessedChedRequest",
            self.names,
            leaf("ched:SendingDate", moment_text(at)),
            leaf("ched:ChedCertificateId", normalised(reference)),
            _NO_DECLARATION,
            _office(office),
            _LANGUAGE,
            _INDICATED[QuantityManagement.READ],
        )

    def reserve(self, order: QuantityOrder, *, at: datetime) -> Payload:
        """Build the request that states the declaration's whole position on the certificate."""
        mrn = _mrn(order)
        return payload(
            "ProcessedChedRequest",
            self.names,
            leaf("ched:SendingDate", moment_text(at)),
            leaf("ched:ChedCertificateId", normalised(order.reference)),
            around("ched:CustomsDeclarationReferenceNumber", leaf("base:MRN", mrn)),
            _office(order.customs_office),
            *self._items("ched:CommodityDescriptionForChed", order.lines),
            _LANGUAGE,
            _INDICATED[QuantityManagement.RESERVE],
        )

    def clear(self, order: QuantityOrder, clearance: Clearance, *, at: datetime) -> Payload:
        """Build the request that says whether the goods are released; it moves the whole reservation."""
        return payload(
            "ChedClearanceRequest", self.names, *_head(order, at), leaf("ched:GoodsClearanceInformation", clearance)
        )

    def intervene(self, intervention: Intervention, *, at: datetime) -> Payload:
        """Build the request that forces, amends or deletes a write-off."""
        order, correction = intervention.order, _CORRECTIONS.get(intervention.kind)
        if correction is None:
            raise RequestRejected(f"{intervention.kind} is no intervention")
        return payload(
            "ChedInterventionRequest",
            self.names,
            *_head(order, at),
            leaf("ched:TARICDocument", order.type),
            *(self._items("ched:ConsignmentItem", order.lines) if correction is not Correction.DELETE else ()),
            leaf("ched:InterventionType", correction),
        )

    def _items(self, name: str, lines: Iterable[OrderLine]) -> list[str]:
        seen: set[tuple[int, int]] = set()
        items = []
        for line in lines:
            if (line.goods_item, line.certificate_line) in seen:
                raise RequestRejected("a goods item draws twice on one line")
            seen.add((line.goods_item, line.certificate_line))
            items.append(f"<{name}>{self._item(line)}</{name}>")
        if not items:
            raise RequestRejected("no line is ordered")
        return items

    def _item(self, line: OrderLine) -> str:
        if not (1 <= line.goods_item <= _MOST and 1 <= line.certificate_line <= _MOST):
            raise RequestRejected("goods items and lines are numbered from 1")
        if not _COMMODITY.fullmatch(line.commodity_code):
            raise RequestRejected("a commodity code has 6 to 10 digits")
        if line.amount is not None:
            raise RequestRejected("a CHED is not limited by value")
        measured = {quantity.unit in self.codes.mass_units.rows: quantity for quantity in line.quantities}
        if not measured or len(measured) != len(line.quantities):
            raise RequestRejected("an item has one quantity, or one of mass and another")
        # Numbers and codes, of which nothing is escaped.
        return (
            f"<base:GoodsItemNumber>{line.goods_item}</base:GoodsItemNumber>"
            f"<base:CertificateLineNumber>{line.certificate_line}</base:CertificateLineNumber>"
            f"<base:ClassCode>{line.commodity_code[:CN_DIGITS]}</base:ClassCode>"
            + "".join([_quantity(name, measured[mass]) for mass, name in _MEASURES.items() if mass in measured])
        )


def _head(order: QuantityOrder, at: datetime) -> tuple[str, ...]:
    return (
        _office(order.customs_office),
        leaf("ched:SendingDate", moment_text(at)),
        leaf("ched:CustomsDocumentReference", _mrn(order)),
        leaf("ched:ChedCertificateId", normalised(order.reference)),
    )


def _office(office: str) -> str:
    if not OFFICE.fullmatch(office):
        raise RequestRejected("a customs office has 1 to 8 letters and digits")
    return around("ched:CompetentCustomsOffice", leaf("base:ReferenceNumber", office))


def _quantity(measure: str, quantity: Quantity) -> str:
    # Never one without the other: without a unit, a quantity is read as tonnes.
    if not UNIT.fullmatch(quantity.unit):
        raise RequestRejected("a quantity needs the code of its unit")
    return (
        f"<base:{measure}Quantity>{amount(quantity.value)}</base:{measure}Quantity>"
        f"<base:{measure}UnitOfMeasure>{quantity.unit}</base:{measure}UnitOfMeasure>"
    )


def _mrn(order: QuantityOrder) -> str:
    if order.declaration.kind is not ReferenceKind.MRN or not MRN.fullmatch(order.declaration.value):
        raise RequestRejected("quantities move for an MRN only")
    return order.declaration.value
