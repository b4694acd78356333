"""The simulated customs port of TRACES: SOAP, WS-Security, certificates and their ledger.

It does all of the port's operations on certificates; who subscribes is not remembered, and nothing is pushed by itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.simulation import SPOKEN, Document, Documents, Fault, Simulator, fault_of, read_catalogue
from adapters.simulation.security import Security, Unauthenticated
from adapters.traces.certex_v06 import ACTION, BASE, BODY, CHED, COMMON, PATH, SOAP
from adapters.traces.simulator.answers import (
    UNHEARD_OF,
    allocation,
    enveloped,
    fault,
    information,
    outcome,
    reservation,
    summary,
)
from adapters.traces.simulator.certificates import certificate, plain
from adapters.traces.simulator.ledger import Allocated, CertificateLedger, Line, Outcome, lines_of
from adapters.traces.simulator.listing import listed
from adapters.traces.simulator.requests import CertificateRequest, Rejected, cleared, intervened, processed

USERNAME = "gateway"
AUTHENTICATION_KEY = "traces-simulator-key"
"""The account that the simulated port knows."""

KEPT = 20_000
"""Certificates that are kept ready, and generated ones."""
_READING = "ProcessedChedRequest"
"""The operation after which a fault is named where the message names none."""
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)
_MESSAGE_ID = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_OFFICE = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_GENERATED = re.compile(r"CHEDP\.XX\.2026\.1[0-9]{6}", re.ASCII)
_EXAMPLE = b"CHEDP.XX.2026.1000000"
_ANY: Document = {
    "status": "70",
    "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET",
    "lines": [{"code": "0401", "quantity": "1000000000", "unit": "KGM"}],
}
"""A generated document, whatever its reference."""
_CATALOGUE = Path(__file__).with_name("documents.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A document as the port answers with it."""

    document: Document
    lines: tuple[Line, ...]
    certificate: bytes

    @property
    def status(self) -> str:
        return str(self.document["status"])


class _Port:
    """The customs port with its ledgers, over the frame's documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._security = Security({USERNAME: AUTHENTICATION_KEY})
        self._ledgers: dict[str, CertificateLedger] = {}
        self._kept: dict[str, _Ready] = {}
        self._operations: dict[str, Callable[[etree._Element, Fault | None], list[bytes]]] = {
            "ProcessedChedRequest": self._processed,
            "ChedClearanceRequest": self._clearance,
            "ChedInterventionRequest": self._intervention,
            "ChedCRFLRequest": self._listed,
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

    def ledger(self, reference: str) -> dict[str, Any] | None:
        """Return lines, allocations and effects so far of a certificate, as JSON has them."""
        document = self._documents.peek(reference)
        if document is None:
            return None
        ready, ledger = self._ready(document), self._read_ledger(document)
        effects: dict[str, dict[str, dict[str, int]]] = {"MRN": {}, "LRN": {}}
        for (kind, value), counted in ledger.effects.items():
            effects[kind][value] = {effect.value: count for effect, count in counted.items()}
        return {
            "reference": document["reference"],
            "status": ready.status,
            "lines": [
                {
                    "line": line.number,
                    "code": line.code,
                    "unit": line.unit,
                    "certified": plain(line.quantity),
                    "available": plain(ledger.available(line)),
                }
                for line in ready.lines
            ],
            "allocations": [
                {
                    "kind": one.declaration[0],
                    "value": one.declaration[1],
                    "state": "consumed" if one.consumed else "reserved",
                    "goods_item": one.goods_item,
                    "line": one.line,
                    "code": one.code,
                    "quantity": plain(one.quantity),
                    "unit": one.unit,
                    "office": one.office,
                    "at": one.at.isoformat(),
                }
                for one in ledger.allocated
            ],
            "effects": effects,
        }

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration has reserved of a certificate or has used up."""
        document = self._documents.peek(reference)
        if document is None:
            raise LookupError(f"there is no {reference}")
        self.books_of(document).remove(("MRN", mrn))

    def _answer(self, body: bytes, action: str, planned: Fault | None) -> tuple[int, bytes]:
        message_id = prefix = ""
        named = _READING
        try:
            envelope = etree.fromstring(body, _PARSER)
            payload = _payload(envelope)
            name = etree.QName(payload).localname
            operation = self._operations.get(name)
            named = name if operation is not None else named
            message_id, prefix = self._opened(envelope, planned)
            if operation is None or action.strip('"') != f"{ACTION}{name[0].lower()}{name[1:]}":
                raise Rejected(f"no operation {name}")
            if planned is Fault.SOAP_FAULT:
                raise Rejected("the service is not available")
            answer = operation(payload, planned)
            if planned is Fault.SOAP_FAULT_AFTER:
                raise Rejected("the service is not available")
        except Unauthenticated:
            unknown = "UnauthenticatedException"
            return 500, fault(operation=named, message_id="", prefix="", message=unknown, sender=True)
        except (Rejected, etree.XMLSyntaxError, ValueError) as error:
            message = f"{type(error).__name__}: {error}"[:200]
            return 500, fault(operation=named, message_id=message_id, prefix=prefix, message=message)
        return 200, enveloped(answer, message_id=message_id, prefix=prefix)

    def _opened(self, envelope: etree._Element, planned: Fault | None) -> tuple[str, str]:
        header = envelope.find(f"{{{SOAP}}}Header")
        if header is None:
            raise Rejected("not an envelope")
        if planned is Fault.UNAUTHORISED:
            raise Unauthenticated
        self._security.check(header)
        certex = f"{{{CHED}}}CertexHeader/{{{BASE}}}"
        message_id, prefix = header.findtext(certex + "MessageId"), header.findtext(certex + "UniqRequesterPrefix")
        office = header.findtext(f"{{{BODY}}}CustomsOfficeReferenceNumber") or ""
        if not _MESSAGE_ID.fullmatch(message_id or "") or not _OFFICE.fullmatch(prefix or ""):
            raise Rejected("CertexHeader is not as expected")
        if not _OFFICE.fullmatch(office) or not header.findtext(f"{{{COMMON}}}WebServiceClientId"):
            raise Rejected("the header is not complete")
        return message_id or "", prefix or ""

    def _processed(self, payload: etree._Element, planned: Fault | None) -> list[bytes]:
        query = processed(payload)
        document = self._documents.find(query.reference)
        if document is None:
            return information(None, [])
        ready, result, operation = self._ready(document), b"", "0"
        if query.declaration is None:
            ledger = self._read_ledger(document)
            unknown_code = planned is Fault.UNKNOWN_CODE
        else:
            ledger = self.books_of(document)
            refused = ledger.reserve(
                query.declaration, query.items, ready.lines, status=ready.status, office=query.office, at=query.at
            )
            result = reservation(refused, planned)
            unknown_code = planned is Fault.UNKNOWN_CODE and refused is None
        if unknown_code:
            operation = UNHEARD_OF
        stated = ready.certificate
        if planned is Fault.UNKNOWN_STATUS:
            stated = etree.tostring(certificate({**document, "status": "999"}))
        position: list[bytes] = []
        if document.get("summary", True) and planned is not Fault.SUMMARY_MISSING:
            hidden = query.declaration if planned is Fault.CONTRADICTION_ALLOCATION else None
            position = summary(ready.lines, ledger, without=hidden)
        return information(stated, position, result=result, operation=operation)

    def _clearance(self, payload: etree._Element, planned: Fault | None) -> list[bytes]:
        query = cleared(payload)
        document, done = self._documents.find(query.reference), Outcome.NO_RECORD
        if document is not None and query.declaration is not None:
            ledger, status = self.books_of(document), str(document["status"])
            if query.code == "01":
                done = ledger.release(query.declaration, status=status, at=query.at)
            else:
                done = ledger.delete(query.declaration)
        return outcome("ChedClearanceResponse", done, query.at, planned)

    def _intervention(self, payload: etree._Element, planned: Fault | None) -> list[bytes]:
        query = intervened(payload)
        document = self._documents.find(query.reference)
        if document is None:
            raise Rejected("no such certificate")
        return outcome("ChedInterventionResponse", self._corrected(query, document), query.at, planned)

    def _corrected(self, query: CertificateRequest, document: Document) -> Outcome:
        ready, ledger = self._ready(document), self.books_of(document)
        assert query.declaration is not None
        if query.code == "03":
            return ledger.undo(query.declaration, status=ready.status)
        correct = ledger.force if query.code == "01" else ledger.amend
        return correct(
            query.declaration, query.items, ready.lines, status=ready.status, office=query.office, at=query.at
        )

    def _listed(self, payload: etree._Element, planned: Fault | None) -> list[bytes]:
        return [listed(self._documents, self._read_ledger, payload, planned is Fault.UNKNOWN_STATUS)]

    def _ready(self, document: Document) -> _Ready:
        reference: str = document["reference"]
        kept = self._kept.get(reference)
        if kept is None or kept.document != document:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            kept = _Ready(document=document, lines=lines_of(document), certificate=_written(document))
            self._kept[reference] = kept
        return kept

    def books_of(self, document: Document) -> CertificateLedger:
        """Return the ledger to change; it is kept from now on."""
        return self._ledgers.setdefault(document["reference"], self._read_ledger(document))

    def _read_ledger(self, document: Document) -> CertificateLedger:
        # Reads of ever new references leave nothing behind.
        known = self._ledgers.get(document["reference"])
        return known or CertificateLedger(allocation, (_seeded(one) for one in document.get("consumed", ())))


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


def _build(documents: Documents) -> ASGIApp:
    return _Port(documents)


@lru_cache(KEPT)
def _generated(reference: str) -> Document | None:
    return {"reference": reference, **_ANY} if _GENERATED.fullmatch(reference) else None


def _written(document: Document) -> bytes:
    """Write a certificate; generated ones are the same but for the reference."""
    reference: str = document["reference"]
    if document is _generated(reference):
        return _any_written().replace(_EXAMPLE, reference.encode())
    return etree.tostring(certificate(document))


@lru_cache(1)
def _any_written() -> bytes:
    return etree.tostring(certificate({"reference": _EXAMPLE.decode(), **_ANY}))


def _payload(envelope: etree._Element) -> etree._Element:
    content = envelope.find(f"{{{SOAP}}}Body")
    if content is None or len(content) != 1:
        raise Rejected("not an envelope")
    return content[0]


SIMULATOR = Simulator(
    name="traces",
    title="TRACES: common health entry documents",
    build=_build,
    documents=read_catalogue(_CATALOGUE),
    generated=_generated,
    credentials={"authentication_key": AUTHENTICATION_KEY},
    own_faults=SPOKEN | {Fault.UNAUTHORISED},
)
