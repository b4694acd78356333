"""The simulated customs port in the tests: questions and orders to it, and its operations as raw messages."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.traces.adapter import TracesAdapter
from adapters.traces.certex_v06 import BASE, CHED, SOAP, CertexPort
from adapters.traces.port import Payload
from adapters.traces.simulator import AUTHENTICATION_KEY, USERNAME
from gateway.contract import Answer, DocumentQuery, Ledger, Occasion, Response, Settings
from gateway.contract.xml_text import moment_text
from tests.builders.driving import Wire, query

SETTINGS = Settings(
    values={"username": USERNAME, "web_service_client_id": "test-client", "customs_office": "FR000001"},
    secrets={"authentication_key": AUTHENTICATION_KEY},
)
ADAPTER = TracesAdapter(SETTINGS)
PORT = CertexPort.of(SETTINGS)
VALID = "CHEDP.FR.2026.0000001"


def occasion(at: datetime | None = None) -> Occasion:
    """A moment that no other request has."""
    return Occasion(at=at or datetime.now(UTC), nonce=os.urandom(16), message_id=uuid.uuid4().hex)


def asked(reference: str) -> DocumentQuery:
    """A question about a CHED."""
    return query("N853", reference)


def verify(wire: Wire, reference: str) -> Answer:
    """Asks the port."""
    return wire.run(ADAPTER.verify(asked(reference), occasion()))


def read(body: bytes, reference: str, at: Occasion, status: int = 200) -> Answer:
    """Gives an answer to the adapter as if the port had given it."""
    exchange = ADAPTER.verify(asked(reference), at)
    next(exchange)
    try:
        exchange.send(Response(status=status, body=body))
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise AssertionError("the exchange asks again")


def recorded(wire: Wire, reference: str) -> tuple[bytes, Occasion]:
    """The port's answer about a reference, with the occasion that it belongs to."""
    at = occasion()
    wire.run(ADAPTER.verify(asked(reference), at))
    return wire.received[-1], at


class Movements:
    """The operations that change the ledger, as raw messages: also what the adapter never sends."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def reserve(self, reference: str, declaration: str, *items: dict[str, str], kind: str = "MRN") -> etree._Element:
        payload = _element("ProcessedChedRequest")
        self._head(payload, reference)
        _add(_add(payload, CHED, "CustomsDeclarationReferenceNumber"), BASE, kind, declaration)
        _office(payload)
        _items(payload, "CommodityDescriptionForChed", items)
        _add(payload, CHED, "Language", "en")
        _add(payload, CHED, "QuantityManagementIndication", "1")
        return self._call(payload)

    def clear(self, reference: str, declaration: str, information: str) -> str:
        payload = _element("ChedClearanceRequest")
        _office(payload)
        _add(payload, CHED, "SendingDate", moment_text(datetime.now(UTC)))
        _add(payload, CHED, "CustomsDocumentReference", declaration)
        _add(payload, CHED, "ChedCertificateId", reference)
        _add(payload, CHED, "GoodsClearanceInformation", information)
        return text(self._call(payload), "QuantityManagementOutcome")

    def intervene(self, reference: str, declaration: str, kind: str, *items: dict[str, str]) -> str:
        payload = _element("ChedInterventionRequest")
        _office(payload)
        _add(payload, CHED, "SendingDate", moment_text(datetime.now(UTC)))
        _add(payload, CHED, "CustomsDocumentReference", declaration)
        _add(payload, CHED, "ChedCertificateId", reference)
        _items(payload, "ConsignmentItem", items)
        _add(payload, CHED, "InterventionType", kind)
        return text(self._call(payload), "QuantityManagementOutcome")

    def _head(self, payload: etree._Element, reference: str) -> None:
        _add(payload, CHED, "SendingDate", moment_text(datetime.now(UTC)))
        _add(payload, CHED, "ChedCertificateId", reference)

    def _call(self, payload: etree._Element) -> etree._Element:
        sent = PORT.request(written(payload), office="FR000001", occasion=occasion())
        status, body = self._wire.call(sent.method, sent.path, sent.headers, sent.body)
        assert status == 200, body
        answer = etree.fromstring(body).find(f"{{{SOAP}}}Body")
        assert answer is not None
        return answer[0]


def item(quantity: str, unit: str = "KGM", *, line: int = 1, code: str = "040100", goods: int = 1) -> dict[str, str]:
    """One item of a movement, in the order of the wire."""
    kind = "Weight" if unit in {"GRM", "KGM", "TNE", ""} else "Volume"
    found = {"GoodsItemNumber": str(goods), "CertificateLineNumber": str(line), "ClassCode": code}
    found |= {f"Net{kind}Quantity": quantity, f"Net{kind}UnitOfMeasure": unit}
    return {name: value for name, value in found.items() if value}


def text(answer: etree._Element, name: str) -> str:
    """The text of one of an answer's own elements; empty if there is none."""
    return answer.findtext(f"{{{CHED}}}{name}") or ""


def failed(answer: etree._Element) -> tuple[str, str] | None:
    """Goods item and line that a refusal names."""
    element = answer.find(f"{{{CHED}}}ReservationFailureConsignmentItem")
    if element is None:
        return None
    goods, line = (
        element.findtext(f"{{{BASE}}}{name}") or "" for name in ("GoodsItemNumber", "DocumentLineItemNumber")
    )
    return goods, line


def position(ledger: Ledger | None) -> dict[str, Any]:
    """A ledger in the words of the recorded sequence."""
    assert ledger is not None
    held: dict[str, list[list[str]]] = {"reserved": [], "consumed": []}
    for one in ledger.allocations:
        held[one.state.value].append([one.declaration.value, plain(one.quantity.value), one.quantity.unit])
    lines = [[line.number, plain(line.available.value), line.available.unit] for line in ledger.lines]
    return {"available": lines, **held}


def plain(value: Decimal) -> str:
    """An amount as the sequence writes it."""
    return format(value.normalize(), "f")


def put_initial_state(wire: Wire, sequence: dict[str, Any]) -> None:
    """Gives the port the certificates that the recorded sequence begins with."""
    codes = {name: code for code, name in sequence["ched_status_codes_traces"].items()}
    for reference, state in sequence["initial_state"].items():
        lines = [{"code": one["cn"], "quantity": one["qty"], "unit": one["uom"]} for one in state["lines"]]
        used = [
            {"mrn": one["mrn"], "quantity": one["qty"], "unit": one["uom"], "line": one["line"], "code": one["code"]}
            for one in state.get("consumed", ())
        ]
        wire.put(reference, {"status": codes[state["status"]], "lines": lines, "consumed": used})


def replacements(body: bytes) -> Iterator[tuple[str, bytes]]:
    """An answer with each of its elements taken out in turn."""
    for place in range(1, sum(1 for _ in etree.fromstring(body).iter())):
        spoilt = etree.fromstring(body)
        element = list(spoilt.iter())[place]
        name = spoilt.getroottree().getelementpath(element)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
        yield name, etree.tostring(spoilt)


def written(payload: etree._Element) -> Payload:
    """An element as the port takes it."""
    return Payload(etree.QName(payload).localname, etree.tostring(payload, encoding="unicode"))


def _element(name: str) -> etree._Element:
    return etree.Element(f"{{{CHED}}}{name}")


def _office(payload: etree._Element) -> None:
    _add(_add(payload, CHED, "CompetentCustomsOffice"), BASE, "ReferenceNumber", "FR000001")


def _items(payload: etree._Element, name: str, items: tuple[dict[str, str], ...]) -> None:
    for values in items:
        element = _add(payload, CHED, name)
        for key, value in values.items():
            _add(element, BASE, key, value)


def _add(parent: etree._Element, namespace: str, name: str, value: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = value
    return element
