"""The simulated authority's answers: SPS certificates, quantity summaries, envelopes and faults."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.traces.certex_v06 import BASE, CHED, SOAP
from adapters.traces.certificate import FORM, RABIE, SPS
from adapters.traces.simulator_ledger import CertificateLedger, Held
from adapters.traces.ws_security import WSSE, WSU

UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:21"
MESSAGE = "http://ec.europa.eu/sanco/tracesnt/message/v1"
NAMES = {
    "A": "CHED-A - Common Health Entry Document for Animals",
    "P": "CHED-P - Common Health Entry Document for Products",
    "D": "CHED-D - Common Health Entry Document for Feed and Food of Non-Animal Origin",
    "PP": "CHED-PP - Common Health Entry Document for Plant Product",
}
ISSUED = "2026-03-01T08:00:00.000+01:00"
_PREFIXES = {"S": SOAP, "ched": CHED, "base": BASE, "sps": SPS, "ram": RABIE, "udt": UDT, "wsse": WSSE, "wsu": WSU}


def information(document: dict[str, Any] | None, lines: tuple[Held, ...], ledger: CertificateLedger) -> etree._Element:
    """Builds the answer to a read; without a document it is the one to an unknown certificate."""
    answer = etree.Element(f"{{{CHED}}}ProcessedChedInformationResponse", nsmap=_PREFIXES)
    if document is not None:
        _add(answer, CHED, "ChedCertificate").append(certificate(document))
        if document.get("summary", True):
            answer.append(_summary(lines, ledger))
    _add(answer, CHED, "OperationCode", "0")
    return answer


def certificate(document: dict[str, Any]) -> etree._Element:
    """Builds the SPS certificate of a document."""
    reference = document["reference"]
    form = FORM.fullmatch(reference)
    kind = str(document.get("type") or (form[1] if form else "P"))
    sps = etree.Element(f"{{{SPS}}}SPSCertificate", nsmap=_PREFIXES)
    exchanged = _add(sps, SPS, "SPSExchangedDocument")
    _ram(exchanged, "Name", NAMES.get(kind, kind), languageID="en")
    _ram(exchanged, "ID", reference)
    _ram(exchanged, "TypeCode", "636", name="Health certificate (CHED - Common Health Entry Document)")
    _ram(exchanged, "StatusCode", str(document["status"]))
    _moment(_ram(exchanged, "IssueDateTime"))
    issuer = _ram(exchanged, "IssuerSPSParty")
    _ram(issuer, "Name", "Border control post")
    _ram(issuer, "RoleCode", "VJ")
    _note(exchanged, "CHED_TYPE", kind, code=True)
    _note(exchanged, "LAST_UPDATE_DATETIME", str(document.get("updated", ISSUED)))
    if "refusal_reason" in document:
        _note(exchanged, "REFUSAL_REASON", str(document["refusal_reason"]), code=True)
    _reference(exchanged, "CAW", reference)
    for successor in document.get("successors", ()):
        _reference(exchanged, str(successor["relationship"]), str(successor["reference"]))
    _signature(exchanged, "4", "ched_consignment_clause", {"PURPOSE": str(document.get("purpose", "INTERNAL_MARKET"))})
    if "decision" in document:
        checks = {"DOCUMENTARY_CHECK": "YES", "DOCUMENTARY_CHECK_RESULT": "SATISFACTORY"}
        conclusion = {"DECISION_CONCLUSION": str(document["decision"])}
        _signature(exchanged, "1", "ched_decision_clause", checks | conclusion)
    _consignment(_add(sps, SPS, "SPSConsignment"), document)
    return sps


def clearance(operation: str, outcome: str, at: datetime) -> etree._Element:
    """Builds the answer to a clearance or an intervention."""
    answer = etree.Element(f"{{{CHED}}}{operation}Response", nsmap=_PREFIXES)
    _add(answer, CHED, "QuantityManagementOutcome", outcome)
    _add(answer, CHED, "SendingDate", at.isoformat(timespec="milliseconds"))
    _add(answer, CHED, "OperationCode", "0")
    return answer


def fault(*, message_id: str, prefix: str, message: str, sender: bool = False) -> bytes:
    """Builds a fault: the sender's own, by name, or the one untyped kind of every other failure."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_PREFIXES)
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    element = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(element, "faultcode").text = "S:Client" if sender else "S:Server"
    etree.SubElement(element, "faultstring").text = message
    if not sender:
        detail = _add(etree.SubElement(element, "detail"), CHED, "CertexException")
        _add(detail, BASE, "MessageId", message_id)
        _add(detail, BASE, "UniqPrefix", prefix)
        _add(detail, BASE, "errorMessage", message)
    return etree.tostring(envelope)


# Written out, because an authority under load answers with what it has at hand: neither value needs escaping.
_HEAD, _MIDDLE, _BODY = (
    f'<S:Envelope xmlns:S="{SOAP}"><S:Header><Message xmlns="{MESSAGE}" severity="debugging"><ID>WS_REQUEST_ID</ID>'
    f'</Message><c:CertexHeader xmlns:c="{CHED}" xmlns="{BASE}"><MessageId>'.encode(),
    b"</MessageId><UniqRequesterPrefix>",
    b"</UniqRequesterPrefix></c:CertexHeader></S:Header><S:Body>",
)
_TAIL = b"</S:Body></S:Envelope>"


def enveloped(answer: bytes, *, message_id: str, prefix: str) -> bytes:
    """Puts an answer into its envelope; message id and prefix are letters and digits, as the port has checked."""
    return b"".join((_HEAD, message_id.encode(), _MIDDLE, prefix.encode(), _BODY, answer, _TAIL))


def _summary(lines: tuple[Held, ...], ledger: CertificateLedger) -> etree._Element:
    summary = etree.Element(f"{{{CHED}}}QuantityManagementSummary", nsmap=_PREFIXES)
    for line in lines:
        _quantity(_add(summary, BASE, "AvailableQuantity"), line.code, line.unit, ledger.available(line), line.number)
    for one in sorted(ledger.allocated, key=lambda one: one.consumed):
        element = _add(summary, BASE, "ConsumedQuantity" if one.consumed else "ReservedQuantity")
        _add(element, BASE, "GoodsItemNumber", str(one.goods_item))
        _quantity(element, one.code, one.unit, one.quantity, one.line)
        _add(element, BASE, "EventDateTime", one.at.isoformat(timespec="milliseconds"))
        _add(_add(element, BASE, "CompetentCustomsOffice"), BASE, "ReferenceNumber", one.office)
        _add(element, BASE, one.declaration[0], one.declaration[1])
    return summary


def _quantity(parent: etree._Element, code: str, unit: str, quantity: Decimal, line: int) -> None:
    _add(_add(parent, BASE, "CommodityCode"), BASE, "HarmonizedSystemSubheadingcode", code[:6])
    document = _add(parent, BASE, "SwSupportingDocument")
    _add(document, BASE, "UnitOfMeasure", unit)
    _add(document, BASE, "Quantity", plain(quantity))
    _add(document, BASE, "CertificateLineNumber", str(line))


def plain(quantity: Decimal) -> str:
    """Writes an amount without an exponent and without idle zeros."""
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _consignment(consignment: etree._Element, document: dict[str, Any]) -> None:
    _ram(_ram(consignment, "ImportSPSCountry"), "ID", "")
    item = _ram(consignment, "IncludedSPSConsignmentItem")
    _ram(_ram(item, "NatureIdentificationSPSCargo"), "TypeCode", "12")
    total = _ram(item, "IncludedSPSTradeLineItem")
    _ram(total, "SequenceNumeric", "0")
    _ram(total, "Description", "Consignment totals and summary")
    for number, line in enumerate(document.get("lines", ()), start=1):
        trade = _ram(item, "IncludedSPSTradeLineItem")
        _ram(trade, "SequenceNumeric", str(number))
        unit, quantity = str(line["unit"]), plain(Decimal(str(line["quantity"])))
        if unit in {"GRM", "KGM", "TNE"}:
            _ram(trade, "NetWeightMeasure", quantity, unitCode=unit)
        else:
            _ram(trade, "NetWeightMeasure", "0")
            _ram(trade, "NetVolumeMeasure", quantity, unitCode=unit)
        classification = _ram(trade, "ApplicableSPSClassification")
        _ram(classification, "SystemID", "CN")
        _ram(classification, "SystemName", "CN Code (Combined Nomenclature)")
        _ram(classification, "ClassCode", str(line["code"]))
        if "origin" in line:
            _ram(_ram(trade, "OriginSPSCountry"), "ID", str(line["origin"]))


def _note(parent: etree._Element, subject: str, content: str, *, code: bool = False) -> None:
    note = _ram(parent, "IncludedSPSNote")
    if code:
        _ram(note, "ContentCode", content, listID=subject.lower())
    _ram(note, "Content", "" if code else content)
    _ram(note, "SubjectCode", subject, listID="ched_note_subject_code")


def _reference(parent: etree._Element, relationship: str, reference: str) -> None:
    other = _ram(parent, "ReferenceSPSReferencedDocument")
    _ram(other, "TypeCode", "636")
    _ram(other, "RelationshipTypeCode", relationship)
    _ram(other, "ID", reference)


def _signature(parent: etree._Element, code: str, scheme: str, clauses: dict[str, str]) -> None:
    authentication = _ram(parent, "SignatorySPSAuthentication")
    _ram(authentication, "TypeCode", code)
    _moment(_ram(authentication, "ActualDateTime"))
    _ram(_ram(authentication, "ProviderSPSParty"), "Name", "")
    for name, content in clauses.items():
        clause = _ram(authentication, "IncludedSPSClause")
        _ram(clause, "ID", name, schemeID=scheme)
        _ram(clause, "Content", content)
        _ram(clause, "Content", content.replace("_", " ").capitalize(), languageID="en")


def _moment(parent: etree._Element) -> None:
    _add(parent, UDT, "DateTime", ISSUED)


def _ram(parent: etree._Element, tag: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{RABIE}}}{tag}", attributes)
    element.text = text
    return element


def _add(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element
