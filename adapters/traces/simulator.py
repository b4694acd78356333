"""The simulated customs port of TRACES: SOAP, WS-Security, certificates and their ledger.

It does all of the port's operations on certificates; who subscribes is not remembered, and nothing is pushed by itself.
"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.simulation import Document, Documents, Fault, Simulator, fault_of, read_catalogue
from adapters.traces.certex_v06 import ACTION, BASE, BODY, CHED, COMMON, PATH, SOAP
from adapters.traces.simulator_certificates import clearance, enveloped, fault, information
from adapters.traces.simulator_ledger import Allocated, CertificateLedger, Item, Outcome, Refused, held_lines
from adapters.traces.simulator_listing import listed
from adapters.traces.simulator_security import Security, Unauthenticated, now

USERNAME = "gateway"
AUTHENTICATION_KEY = "traces-simulator-key"
"""The account that the simulated port knows."""

KEPT = 20_000
"""Answers that are kept ready."""
_MESSAGE_ID = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_OFFICE = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_GENERATED = re.compile(r"CHEDP\.XX\.2026\.1[0-9]{6}", re.ASCII)
_CATALOGUE = Path(__file__).with_name("simulator_documents.toml")


class _Rejected(Exception):
    """The port answers with its untyped fault."""


class _Port:
    """The customs port with its ledgers, over the frame's documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._security = Security({USERNAME: AUTHENTICATION_KEY})
        self._ledgers: dict[str, CertificateLedger] = {}
        self._kept: dict[str, tuple[int, int, bytes]] = {}
        self._operations: dict[str, Callable[[etree._Element, bool], bytes]] = {
            "ProcessedChedRequest": self._processed,
            "ChedClearanceRequest": self._clearance,
            "ChedInterventionRequest": self._intervention,
            "ChedCRFLRequest": partial(listed, self._documents, self._read_ledger),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["path"] != PATH or scope["method"] != "POST":
            status, answer = 404, b"<html><body>Not found</body></html>"
        else:
            headers = dict(scope["headers"])
            status, answer = self._answer(body, headers.get(b"soapaction", b"").decode("latin-1"), fault_of(scope))
        kind = b"text/xml;charset=utf-8" if status != 404 else b"text/html"
        length = str(len(answer)).encode()
        start = [(b"content-type", kind), (b"content-length", length)]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, body: bytes, action: str, shown: Fault | None) -> tuple[int, bytes]:
        message_id = prefix = ""
        try:
            payload, message_id, prefix = self._opened(body, shown)
            name = etree.QName(payload).localname
            operation = self._operations.get(name)
            if operation is None or action != f'"{ACTION}{name[0].lower()}{name[1:]}"':
                raise _Rejected(f"no operation {name}")
            answer = operation(payload, shown is Fault.UNKNOWN_STATUS)
        except Unauthenticated:
            return 500, fault(message_id="", prefix="", message="UnauthenticatedException", sender=True)
        except (_Rejected, etree.XMLSyntaxError, ValueError, InvalidOperation, KeyError) as error:
            return 500, fault(message_id=message_id, prefix=prefix, message=f"{type(error).__name__}: {error}"[:200])
        return 200, enveloped(answer, message_id=message_id, prefix=prefix)

    def _opened(self, body: bytes, shown: Fault | None) -> tuple[etree._Element, str, str]:
        envelope = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        header, content = envelope.find(f"{{{SOAP}}}Header"), envelope.find(f"{{{SOAP}}}Body")
        if header is None or content is None or len(content) != 1:
            raise _Rejected("not an envelope")
        if shown is Fault.UNAUTHORISED:
            raise Unauthenticated
        self._security.check(header)
        certex = f"{{{CHED}}}CertexHeader/{{{BASE}}}"
        message_id, prefix = header.findtext(certex + "MessageId"), header.findtext(certex + "UniqRequesterPrefix")
        office = header.findtext(f"{{{BODY}}}CustomsOfficeReferenceNumber") or ""
        if not _MESSAGE_ID.fullmatch(message_id or "") or not _OFFICE.fullmatch(prefix or ""):
            raise _Rejected("CertexHeader is not as expected")
        if not _OFFICE.fullmatch(office) or not header.findtext(f"{{{COMMON}}}WebServiceClientId"):
            raise _Rejected("the header is not complete")
        return content[0], message_id or "", prefix or ""

    def _processed(self, payload: etree._Element, unheard_of: bool) -> bytes:
        reference, declaration = (
            _text(payload, "ChedCertificateId"),
            payload.find(f"{{{CHED}}}CustomsDeclarationReferenceNumber"),
        )
        if declaration is None:
            raise _Rejected("CustomsDeclarationReferenceNumber is missing")
        document = self._documents.find(reference)
        items = _items(payload, "CommodityDescriptionForChed")
        match _text(payload, "QuantityManagementIndication"):
            case "0":
                return self._told(document, unheard_of)
            case "1" if len(declaration) == 1 and items:
                named = (etree.QName(declaration[0]).localname, declaration[0].text or "")
                return self._reserved(document, named, items, _office(payload))
            case _:
                raise _Rejected("QuantityManagementIndication does not fit the request")

    def _told(self, document: Document | None, unheard_of: bool) -> bytes:
        if document is None:
            return etree.tostring(information(None, (), CertificateLedger()))
        if unheard_of:
            document = {**document, "status": "999"}
            return etree.tostring(information(document, held_lines(document), self._read_ledger(document)))
        reference: str = document["reference"]
        ledger = self._read_ledger(document)
        versions = (self._documents.version, ledger.version)
        kept = self._kept.get(reference)
        if kept is None or kept[:2] != versions:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            kept = (*versions, etree.tostring(information(document, held_lines(document), ledger)))
            self._kept[reference] = kept
        return kept[2]

    def _reserved(
        self, document: Document | None, declaration: tuple[str, str], items: list[Item], office: str
    ) -> bytes:
        if document is None:
            return self._told(None, False)
        ledger, lines = self._ledger(document), held_lines(document)
        refused = ledger.reserve(declaration, items, lines, status=str(document["status"]), office=office, at=now())
        answer = information(document, lines, ledger)
        _add(answer, CHED, "ReservationResult", "1" if refused is None else "0")
        if refused is not None:
            _tell(answer, refused)
        return etree.tostring(answer)

    def _clearance(self, payload: etree._Element, unheard_of: bool) -> bytes:
        document = self._documents.find(_text(payload, "ChedCertificateId"))
        declaration = ("MRN", _text(payload, "CustomsDocumentReference"))
        _office(payload)
        at = now()
        outcome = Outcome.NO_RECORD
        wanted = _text(payload, "GoodsClearanceInformation")
        if wanted not in {"01", "02"}:
            raise _Rejected("GoodsClearanceInformation is not known")
        if document is not None:
            ledger, status = self._ledger(document), str(document["status"])
            outcome = (
                ledger.release(declaration, status=status, at=at)
                if wanted == "01"
                else ledger.delete(declaration, status=status)
            )
        return etree.tostring(clearance("ChedClearance", outcome, at))

    def _intervention(self, payload: etree._Element, unheard_of: bool) -> bytes:
        document = self._documents.find(_text(payload, "ChedCertificateId"))
        if document is None:
            raise _Rejected("no such certificate")
        declaration = ("MRN", _text(payload, "CustomsDocumentReference"))
        ledger, lines, status = self._ledger(document), held_lines(document), str(document["status"])
        office, items, at = _office(payload), _items(payload, "ConsignmentItem"), now()
        match _text(payload, "InterventionType"):
            case "01" if items:
                outcome = ledger.force(declaration, items, lines, status=status, office=office, at=at)
            case "02" if items:
                outcome = ledger.amend(declaration, items, lines, status=status, office=office, at=at)
            case "03":
                outcome = ledger.undo(declaration, status=status)
            case _:
                raise _Rejected("InterventionType does not fit the request")
        return etree.tostring(clearance("ChedIntervention", outcome, at))

    def _ledger(self, document: Document) -> CertificateLedger:
        """Gives the ledger to change; it is kept from now on."""
        reference: str = document["reference"]
        return self._ledgers.setdefault(reference, self._read_ledger(document))

    def _read_ledger(self, document: Document) -> CertificateLedger:
        # Reads of ever new references leave nothing behind.
        known = self._ledgers.get(document["reference"])
        return known or CertificateLedger(_seeded(one) for one in document.get("consumed", ()))


def _seeded(one: dict[str, Any]) -> Allocated:
    return Allocated(
        declaration=("MRN", str(one["mrn"])),
        consumed=True,
        goods_item=int(one.get("goods_item", 1)),
        line=int(one.get("line", 1)),
        code=str(one["code"]),
        quantity=Decimal(str(one["quantity"])),
        unit=str(one["unit"]),
        office=str(one.get("office", "FR000001")),
        at=datetime.fromisoformat("2026-02-27T16:28:40+01:00"),
    )


def _items(payload: etree._Element, name: str) -> list[Item]:
    items = []
    for element in payload.iterfind(f"{{{CHED}}}{name}"):
        found = {etree.QName(child).localname: (child.text or "").strip() for child in element}
        quantities = tuple(
            (Decimal(found[f"Net{kind}Quantity"]), found.get(f"Net{kind}UnitOfMeasure", ""))
            for kind in ("Weight", "Volume")
            if found.get(f"Net{kind}Quantity")
        )
        if not quantities:
            raise _Rejected("an item without a quantity")
        items.append(
            Item(
                goods_item=int(found["GoodsItemNumber"]),
                line=int(found["CertificateLineNumber"]),
                code=found["ClassCode"],
                quantities=quantities,
            )
        )
    return items


def _tell(answer: etree._Element, refused: Refused) -> None:
    _add(answer, CHED, "ReservationFailureReason", refused.reason)
    if refused.goods_item is not None:
        item = _add(answer, CHED, "ReservationFailureConsignmentItem")
        _add(item, BASE, "GoodsItemNumber", str(refused.goods_item))
        if refused.line is not None:
            _add(item, BASE, "DocumentLineItemNumber", str(refused.line))


def _office(payload: etree._Element) -> str:
    office = (payload.findtext(f"{{{CHED}}}CompetentCustomsOffice/{{{BASE}}}ReferenceNumber") or "").strip()
    if not _OFFICE.fullmatch(office):
        raise _Rejected("CompetentCustomsOffice is not as expected")
    return office


def _text(payload: etree._Element, name: str) -> str:
    text = (payload.findtext(f"{{{CHED}}}{name}") or "").strip()
    if not text:
        raise _Rejected(f"{name} is missing")
    return text


def _add(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element


def _build(documents: Documents) -> ASGIApp:
    return _Port(documents)


def _generated(reference: str) -> Document | None:
    if not _GENERATED.fullmatch(reference):
        return None
    return {
        "reference": reference,
        "status": "70",
        "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET",
        "lines": [{"code": "0401", "quantity": "1000000000", "unit": "KGM"}],
    }


SIMULATOR = Simulator(
    name="traces",
    title="TRACES: common health entry documents",
    build=_build,
    documents=read_catalogue(_CATALOGUE),
    generated=_generated,
    credentials={"authentication_key": AUTHENTICATION_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS, Fault.UNAUTHORISED}),
)
