"""The requests to TRACES about one CHED: reading it, reserving, releasing, cancelling, correcting a write-off.

One character separates a read from a reservation, and a release from its contrary: each is a named constant here. The
elements stand in the order of the schema (CERTEX guidelines, IT release 4.1; captures of a reservation and of a release).
Of an intervention no capture exists: that `TARICDocument` holds the TARIC document code, and that a `ConsignmentItem`
looks like the item of a reservation, is assumed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lxml import etree

from adapters.traces.certificate import normalised
from adapters.traces.codes import Codes
from adapters.traces.elements import add, amount
from adapters.traces.ledger import UNIT
from adapters.traces.port import Names
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

_COMMODITY = re.compile(r"[0-9]{6,10}", re.ASCII)
_MOST = 999_999


class QuantityManagement(StrEnum):
    """`QuantityManagementIndication`: whether a request changes anything."""

    READ = "0"
    RESERVE = "1"


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

    def read(self, reference: str, *, office: str, at: datetime) -> etree._Element:
        """Build the request for a certificate and its quantity position; it changes nothing."""
        payload = self._begun("ProcessedChedRequest")
        add(payload, self.names.ched("SendingDate"), moment_text(at))
        add(payload, self.names.ched("ChedCertificateId"), normalised(reference))
        # Optional by the schema, but the service refuses a request without it.
        add(payload, self.names.ched("CustomsDeclarationReferenceNumber"))
        self._add_office(payload, office)
        add(payload, self.names.ched("Language"), LANGUAGE)
        add(payload, self.names.ched("QuantityManagementIndication"), QuantityManagement.READ)
        return payload

    def reserve(self, order: QuantityOrder, *, at: datetime) -> etree._Element:
        """Build the request that states the declaration's whole position on the certificate."""
        mrn = _mrn(order)
        payload = self._begun("ProcessedChedRequest")
        add(payload, self.names.ched("SendingDate"), moment_text(at))
        add(payload, self.names.ched("ChedCertificateId"), normalised(order.reference))
        declaration = add(payload, self.names.ched("CustomsDeclarationReferenceNumber"))
        add(declaration, self.names.base("MRN"), mrn)
        self._add_office(payload, order.customs_office)
        self._add_items(payload, "CommodityDescriptionForChed", order.lines, at.date())
        add(payload, self.names.ched("Language"), LANGUAGE)
        add(payload, self.names.ched("QuantityManagementIndication"), QuantityManagement.RESERVE)
        return payload

    def clear(self, order: QuantityOrder, clearance: Clearance, *, at: datetime) -> etree._Element:
        """Build the request that says whether the goods are released; it moves the whole reservation."""
        payload = self._begun("ChedClearanceRequest")
        self._add_head(payload, order, at)
        add(payload, self.names.ched("GoodsClearanceInformation"), clearance)
        return payload

    def intervene(self, intervention: Intervention, *, at: datetime) -> etree._Element:
        """Build the request that forces, amends or deletes a write-off."""
        order, correction = intervention.order, _CORRECTIONS.get(intervention.kind)
        if correction is None:
            raise RequestRejected(f"{intervention.kind} is no intervention")
        payload = self._begun("ChedInterventionRequest")
        self._add_head(payload, order, at)
        add(payload, self.names.ched("TARICDocument"), order.type)
        if correction is not Correction.DELETE:
            self._add_items(payload, "ConsignmentItem", order.lines, at.date())
        add(payload, self.names.ched("InterventionType"), correction)
        return payload

    def _begun(self, name: str) -> etree._Element:
        prefixes = {"ched": self.names.ched_namespace, "base": self.names.base_namespace}
        return etree.Element(self.names.ched(name), nsmap=prefixes)

    def _add_head(self, payload: etree._Element, order: QuantityOrder, at: datetime) -> None:
        self._add_office(payload, order.customs_office)
        add(payload, self.names.ched("SendingDate"), moment_text(at))
        add(payload, self.names.ched("CustomsDocumentReference"), _mrn(order))
        add(payload, self.names.ched("ChedCertificateId"), normalised(order.reference))

    def _add_office(self, payload: etree._Element, office: str) -> None:
        if not OFFICE.fullmatch(office):
            raise RequestRejected("a customs office has 1 to 8 letters and digits")
        add(add(payload, self.names.ched("CompetentCustomsOffice")), self.names.base("ReferenceNumber"), office)

    def _add_items(self, payload: etree._Element, name: str, lines: Iterable[OrderLine], on: date) -> None:
        seen: set[tuple[int, int]] = set()
        for line in lines:
            if (line.goods_item, line.certificate_line) in seen:
                raise RequestRejected("a goods item draws twice on one line")
            seen.add((line.goods_item, line.certificate_line))
            self._add_item(add(payload, self.names.ched(name)), line, on)
        if not seen:
            raise RequestRejected("no line is ordered")

    def _add_item(self, item: etree._Element, line: OrderLine, on: date) -> None:
        if not (1 <= line.goods_item <= _MOST and 1 <= line.certificate_line <= _MOST):
            raise RequestRejected("goods items and lines are numbered from 1")
        if not _COMMODITY.fullmatch(line.commodity_code):
            raise RequestRejected("a commodity code has 6 to 10 digits")
        if line.amount is not None:
            raise RequestRejected("a CHED is not limited by value")
        add(item, self.names.base("GoodsItemNumber"), str(line.goods_item))
        add(item, self.names.base("CertificateLineNumber"), str(line.certificate_line))
        add(item, self.names.base("ClassCode"), line.commodity_code[:CN_DIGITS])
        measured = {quantity.unit in self.codes.mass_units.rows: quantity for quantity in line.quantities}
        if not measured or len(measured) != len(line.quantities):
            raise RequestRejected("an item has one quantity, or one of mass and another")
        for mass, measure in ((True, "NetWeight"), (False, "NetVolume")):
            if mass in measured:
                self._add_quantity(item, measure, measured[mass])

    def _add_quantity(self, item: etree._Element, measure: str, quantity: Quantity) -> None:
        # Never one without the other: without a unit, a quantity is read as tonnes.
        if not UNIT.fullmatch(quantity.unit):
            raise RequestRejected("a quantity needs the code of its unit")
        add(item, self.names.base(f"{measure}Quantity"), amount(quantity.value))
        add(item, self.names.base(f"{measure}UnitOfMeasure"), quantity.unit)


def _mrn(order: QuantityOrder) -> str:
    if order.declaration.kind is not ReferenceKind.MRN or not MRN.fullmatch(order.declaration.value):
        raise RequestRejected("quantities move for an MRN only")
    return order.declaration.value
