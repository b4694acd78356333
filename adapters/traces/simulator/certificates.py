"""The SPS certificates of the simulated authority."""

from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.traces.certificate import FORM, RABIE, SPS
from adapters.traces.simulator.ledger import MASS

UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:21"
NAMES = {
    "A": "CHED-A - Common Health Entry Document for Animals",
    "P": "CHED-P - Common Health Entry Document for Products",
    "D": "CHED-D - Common Health Entry Document for Feed and Food of Non-Animal Origin",
    "PP": "CHED-PP - Common Health Entry Document for Plant Product",
}
ISSUED = "2026-03-01T08:00:00.000+01:00"
_PREFIXES = {"sps": SPS, "ram": RABIE, "udt": UDT}


def certificate(document: dict[str, Any]) -> etree._Element:
    """Build the SPS certificate of a document."""
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


def plain(quantity: Decimal) -> str:
    """Write an amount without an exponent and without idle zeros."""
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _consignment(consignment: etree._Element, document: dict[str, Any]) -> None:
    if "dispatch" in document:
        _ram(_ram(consignment, "ExportSPSCountry"), "ID", str(document["dispatch"]))
    _ram(_ram(consignment, "ImportSPSCountry"), "ID", "")
    item = _ram(consignment, "IncludedSPSConsignmentItem")
    _ram(_ram(item, "NatureIdentificationSPSCargo"), "TypeCode", "12")
    total = _ram(item, "IncludedSPSTradeLineItem")
    _ram(total, "SequenceNumeric", "0")
    _ram(total, "Description", "Consignment totals and summary")
    for number, line in enumerate(document.get("lines", ()), start=1):
        trade = _ram(item, "IncludedSPSTradeLineItem")
        _ram(trade, "SequenceNumeric", str(number))
        _measures(trade, line)
        classification = _ram(trade, "ApplicableSPSClassification")
        _ram(classification, "SystemID", "CN")
        _ram(classification, "SystemName", "CN Code (Combined Nomenclature)")
        _ram(classification, "ClassCode", str(line["code"]))
        if "origin" in line:
            _ram(_ram(trade, "OriginSPSCountry"), "ID", str(line["origin"]))


def _measures(trade: etree._Element, line: dict[str, Any]) -> None:
    """Add net weight and net volume; what stands beside a weight without its unit is counted by volume."""
    weight, volume = (line.get("quantity"), line.get("unit")), (line.get("volume"), line.get("volume_unit"))
    if weight[1] is not None and weight[1] not in MASS:
        weight, volume = (None, None), weight
    unit = {} if weight[1] is None else {"unitCode": str(weight[1])}
    _ram(trade, "NetWeightMeasure", plain(Decimal(str(weight[0] or 0))), **unit)
    if volume[1] is not None:
        _ram(trade, "NetVolumeMeasure", plain(Decimal(str(volume[0]))), unitCode=str(volume[1]))


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
