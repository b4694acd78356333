"""The requests to the simulated port, read from their payloads."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from lxml import etree

from adapters.traces.certex_v06 import BASE, CHED
from adapters.traces.elements import local
from adapters.traces.simulator.ledger import Declaration, Item

_SCHEMA = etree.XMLSchema(file=str(Path(__file__).with_name("requests.xsd")))


class Rejected(Exception):
    """The refusal that the port answers with its untyped fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """One request: which certificate, for which declaration, and what of it."""

    reference: str
    declaration: Declaration | None
    """None: the request is a read."""
    office: str
    at: datetime
    """When the customs office says that it sent it: the ledger notes this moment, not its own."""
    items: tuple[Item, ...] = ()
    code: str = ""
    """`GoodsClearanceInformation` or `InterventionType`."""


def processed(payload: etree._Element) -> CertificateRequest:
    """Read a `ProcessedChedRequest`, a read or a reservation.

    Raises:
        Rejected: it is not as the schema has it, or neither of the two.
    """
    _check(payload)
    named = payload.find(f"{{{CHED}}}CustomsDeclarationReferenceNumber")
    items = _items(payload, "CommodityDescriptionForChed")
    number = None if named is None or not len(named) else named[0]
    match _text(payload, "QuantityManagementIndication"):
        case "0" if number is None and not items:
            return _request(payload, None)
        case "1" if number is not None and items:
            return _request(payload, (etree.QName(number).localname, number.text or ""), items=items)
    raise Rejected("QuantityManagementIndication does not fit the request")


def cleared(payload: etree._Element) -> CertificateRequest:
    """Read a `ChedClearanceRequest`.

    Raises:
        Rejected: it is not as the schema has it.
    """
    _check(payload)
    return _request(payload, _mrn(payload), code=_text(payload, "GoodsClearanceInformation"))


def intervened(payload: etree._Element) -> CertificateRequest:
    """Read a `ChedInterventionRequest`.

    Raises:
        Rejected: it is not as the schema has it, or its items do not fit it.
    """
    _check(payload)
    items, code = _items(payload, "ConsignmentItem"), _text(payload, "InterventionType")
    if bool(items) is (code == "03"):
        raise Rejected("InterventionType does not fit the request")
    return _request(payload, _mrn(payload), items=items, code=code)


def _request(
    payload: etree._Element, declaration: Declaration | None, *, items: tuple[Item, ...] = (), code: str = ""
) -> CertificateRequest:
    reference, at = _text(payload, "ChedCertificateId").strip(), datetime.fromisoformat(_text(payload, "SendingDate"))
    if not reference or at.tzinfo is None:
        raise Rejected("a certificate and a moment with its offset are needed")
    return CertificateRequest(
        reference=reference,
        declaration=declaration,
        office=payload.findtext(f"{{{CHED}}}CompetentCustomsOffice/{{{BASE}}}ReferenceNumber") or "",
        at=at,
        items=items,
        code=code,
    )


def _check(payload: etree._Element) -> None:
    try:
        _SCHEMA.assertValid(payload)
    except etree.DocumentInvalid as error:
        raise Rejected(str(error)) from error


def _items(payload: etree._Element, name: str) -> tuple[Item, ...]:
    return tuple(_item(element) for element in payload.iterfind(f"{{{CHED}}}{name}"))


def _item(element: etree._Element) -> Item:
    found = {local(child): child.text or "" for child in element.iterchildren("*")}
    return Item(
        goods_item=int(found["GoodsItemNumber"]),
        line=int(found["CertificateLineNumber"]),
        code=found["ClassCode"],
        quantities=tuple(
            (Decimal(found[f"Net{kind}Quantity"]), found.get(f"Net{kind}UnitOfMeasure", ""))
            for kind in ("Weight", "Volume")
            if f"Net{kind}Quantity" in found
        ),
    )


def _mrn(payload: etree._Element) -> Declaration:
    return "MRN", _text(payload, "CustomsDocumentReference")


def _text(payload: etree._Element, name: str) -> str:
    return payload.findtext(f"{{{CHED}}}{name}") or ""
