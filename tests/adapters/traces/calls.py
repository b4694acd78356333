"""Calls to the simulated port that need not end well: many at once, spoilt ones, and ones whose caller gives up."""

import os
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
from lxml import etree

from adapters.traces.certex_v06 import BASE, CHED, SOAP
from gateway.contract import Occasion
from gateway.contract.xml_text import moment_text
from tests.adapters.traces.port import PORT, written

READ = "QuantityManagementIndication>0<"
RESERVE = "QuantityManagementIndication>1<"
RELEASE = "GoodsClearanceInformation>01<"


def reservation(reference: str, mrn: str, *items: dict[str, str], kind: str = "MRN") -> str:
    """The payload of a reservation."""
    return _ched(
        "ProcessedChedRequest",
        _sent(),
        _ched("ChedCertificateId", reference),
        _ched("CustomsDeclarationReferenceNumber", _base(kind, mrn)),
        _office(),
        *_items("CommodityDescriptionForChed", items),
        _ched("Language", "en"),
        _ched("QuantityManagementIndication", "1"),
    )


def question(reference: str) -> str:
    """The payload of a read."""
    head = _sent() + _ched("ChedCertificateId", reference) + _ched("CustomsDeclarationReferenceNumber") + _office()
    return _ched("ProcessedChedRequest", head, _ched("Language", "en"), _ched("QuantityManagementIndication", "0"))


def clearance(reference: str, mrn: str, information: str) -> str:
    """The payload of a release (`01`) or a deletion (`02`)."""
    return _ched("ChedClearanceRequest", _head(reference, mrn), _ched("GoodsClearanceInformation", information))


def intervention(reference: str, mrn: str, kind: str, *items: dict[str, str]) -> str:
    """The payload of a forced (`01`), amended (`02`) or deleted (`03`) write-off."""
    return _ched(
        "ChedInterventionRequest",
        _head(reference, mrn),
        *_items("ConsignmentItem", items),
        _ched("InterventionType", kind),
    )


def spoken(payload: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of the request that carries a payload."""
    element = etree.fromstring(f'<r xmlns:ched="{CHED}" xmlns:base="{BASE}">{payload}</r>')[0]
    at = Occasion(at=datetime.now(UTC), nonce=os.urandom(16), message_id=uuid.uuid4().hex)
    sent = PORT.request(written(element), office="FR000001", occasion=at)
    return dict(sent.headers), sent.body


class Calls:
    """A caller of the port, and of its controls."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, payload: str) -> httpx.Response:
        """Sends one request."""
        headers, body = spoken(payload)
        return await self._client.post("/tracesnt/ws/CustomsCertexChedServiceV06", headers=headers, content=body)

    async def ask(self, payload: str) -> dict[str, str]:
        """Sends one request that is answered, and gives the answer's own elements by their names."""
        answer = await self.send(payload)
        assert answer.status_code == 200, answer.text
        body = etree.fromstring(answer.content).find(f"{{{SOAP}}}Body")
        assert body is not None
        return {etree.QName(element).localname: etree.tostring(element, method="text").decode() for element in body[0]}

    async def reserve(self, reference: str, mrn: str, *items: dict[str, str]) -> str:
        """Reserves, and gives the reason of a refusal; empty: done."""
        answer = await self.ask(reservation(reference, mrn, *items))
        assert answer["ReservationResult"] == ("0" if "ReservationFailureReason" in answer else "1")
        return answer.get("ReservationFailureReason", "")

    async def clear(self, reference: str, mrn: str, information: str) -> str:
        """Releases or deletes, and gives the outcome."""
        return (await self.ask(clearance(reference, mrn, information)))["QuantityManagementOutcome"]

    async def ledger(self, reference: str) -> dict[str, Any]:
        """What stands in the ledger, as the control tells it."""
        return await self.control("GET", f"ledger/{reference}")

    async def effects(self, reference: str, mrn: str) -> dict[str, int]:
        """What was done to a declaration, and how often."""
        effects: dict[str, int] = (await self.ledger(reference))["effects"]["MRN"].get(mrn, {})
        return effects

    async def control(self, method: str, path: str, **given: object) -> dict[str, Any]:
        """Calls a control."""
        answer = await self._client.request(method, f"/_simulator/{path}", json=given or None)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told


def _sent() -> str:
    return _ched("SendingDate", moment_text(datetime.now(UTC)))


def _head(reference: str, mrn: str) -> str:
    return _office() + _sent() + _ched("CustomsDocumentReference", mrn) + _ched("ChedCertificateId", reference)


def _office() -> str:
    return _ched("CompetentCustomsOffice", _base("ReferenceNumber", "FR000001"))


def _items(name: str, items: tuple[dict[str, str], ...]) -> list[str]:
    return [_ched(name, *(_base(key, value) for key, value in one.items())) for one in items]


def _ched(name: str, *content: str) -> str:
    return f"<ched:{name}>{''.join(content)}</ched:{name}>"


def _base(name: str, content: str) -> str:
    return f"<base:{name}>{content}</base:{name}>"
