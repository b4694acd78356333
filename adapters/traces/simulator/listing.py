"""The simulated port's list of certificates (`ChedCRFLRequest`), and the notifications to a subscriber.

No capture of either exists: the names of the elements of the answer and of the push are assumed, as in `listing.py`.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from lxml import etree

from adapters.simulation import Document, Documents
from adapters.traces.certex_v06 import CHED, SOAP
from adapters.traces.certificate import FORM
from adapters.traces.simulator.certificates import ISSUED
from adapters.traces.simulator.ledger import CertificateLedger

_PREFIXES = {"S": SOAP, "ched": CHED}


def listed(
    documents: Documents, ledger_of: Callable[[Document], CertificateLedger], payload: etree._Element, unheard_of: bool
) -> bytes:
    """Build the answer to a list; the generated certificates, which are without number, never stand in it."""
    answer = etree.Element(f"{{{CHED}}}ChedCRFLResponse", nsmap=_PREFIXES)
    mrn = _texts(payload, "CustomsDocumentReference")
    for document in documents.stored().values():
        if not _fits(document, payload):
            continue
        if mrn and not any(one.declaration == ("MRN", mrn[0]) for one in ledger_of(document).allocated):
            continue
        answer.append(_summary({**document, "status": "999"} if unheard_of else document))
    _add(answer, "OperationCode", "0")
    return etree.tostring(answer)


def pushed(documents: Iterable[Document]) -> bytes:
    """Build the notification of changed documents to a subscriber."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_PREFIXES)
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    notification = etree.SubElement(body, f"{{{CHED}}}ChedPushNotification")
    for document in documents:
        notification.append(_summary(document))
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def _summary(document: Document) -> etree._Element:
    summary = etree.Element(f"{{{CHED}}}ChedSummary", nsmap=_PREFIXES)
    _add(summary, "ChedCertificateId", str(document["reference"]))
    _add(summary, "ChedType", _kind(document))
    _add(summary, "StatusCode", str(document["status"]))
    _add(summary, "LastUpdateDateTime", _updated(document))
    return summary


def _fits(document: Document, payload: etree._Element) -> bool:
    """Whether a document is one of those asked for; of countries only that of origin is in the catalogue."""
    reference = str(document["reference"])
    codes = [str(line["code"]) for line in document.get("lines", ())]
    origins = [str(line.get("origin", "")) for line in document.get("lines", ())]
    wanted = _texts(payload, "CommodityCode")
    exact = _texts(payload, "CNCodeExactMatch") == ["true"]
    updated = _updated(document)
    return all(
        (
            FORM.fullmatch(reference) is not None,
            _among(_texts(payload, "ChedType"), [_kind(document)]),
            _among(_texts(payload, "ChedStatus"), [str(document["status"])]),
            _among(_texts(payload, "CountryOfOrigin"), origins),
            not wanted or any(code == wanted[0] if exact else code.startswith(wanted[0]) for code in codes),
            all(_moment(since) <= _moment(updated) for since in _texts(payload, "DateFrom")),
            all(_moment(updated) <= _moment(until) for until in _texts(payload, "DateTo")),
        )
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _among(wanted: list[str], found: list[str]) -> bool:
    return not wanted or any(one in wanted for one in found)


def _kind(document: Document) -> str:
    form = FORM.fullmatch(str(document["reference"]))
    return str(document.get("type") or (form[1] if form else "P"))


def _updated(document: Document) -> str:
    return str(document.get("updated", ISSUED))


def _texts(payload: etree._Element, name: str) -> list[str]:
    return [(element.text or "").strip() for element in payload.iterfind(f"{{{CHED}}}{name}")]


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{CHED}}}{name}").text = text
