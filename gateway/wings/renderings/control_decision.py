"""The control decision of transit (NCTS IE060, CC060C): what customs controls, or which documents it asks the holder for."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from lxml import etree

from gateway.domain.control import Examination, ExaminationOf
from gateway.domain.decision import Finding, Nature
from gateway.domain.declaration import Declaration, Direction
from gateway.domain.record import Record, State

_SPACE, _PHASE = "http://ncts.dgtaxud.ec", "NCTS5.1"
_CONTROL, _DOCUMENTS = "0", "1"
"""CL384: the decision to control; a request for documents."""
_TYPES = {ExaminationOf.DOCUMENTS: "10", ExaminationOf.GOODS: "40"}
"""CL716."""
_MOST, _LONGEST = 99, 512
_CODE = re.compile(r"\b[0-9A-Z][0-9]{3}\b")


def control_decision(record: Record, declared: Declaration) -> bytes | None:
    """Return the message for what a reader is told of a transit declaration; None: there is nothing that it would say.

    Types of controls never stand beside requested documents: an announced control comes first.
    """
    if declared.direction is not Direction.TRANSIT or record.declarant == "":
        return None
    examination = record.examination
    if examination is not None and examination.is_awaited:
        root = _message(record, declared, examination.announced_at, _CONTROL)
        _add_control(root, examination)
        return _written(root)
    numbered = record.decision
    asked = tuple(_asked(numbered.decision.findings)) if numbered is not None else ()
    if numbered is None or not asked or record.state is not State.DECIDED:
        return None
    root = _message(record, declared, numbered.decided_at, _DOCUMENTS)
    for place, (kind, description) in enumerate(asked[:_MOST], 1):
        document = etree.SubElement(root, "RequestedDocument")
        _add(document, sequenceNumber=str(place), documentType=kind, description=description[:_LONGEST])
    return _written(root)


def _asked(findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    """Yield the documents that findings ask for, each with what it is for."""
    for one in findings:
        # What an authority has not said yet is no document that the holder could bring.
        if one.nature is not Nature.CORRECTION or not one.effect.stops:
            continue
        about = "" if one.goods_item is None else f"Goods item {one.goods_item}"
        if one.document is not None:
            yield one.document.type, ", ".join(filter(None, (one.document.reference, about)))
        elif codes := list(dict.fromkeys(_CODE.findall((one.params or {}).get("alternatives", "")))):
            others = f"or {', '.join(codes[1:])}" if codes[1:] else ""
            yield codes[0], ", ".join(filter(None, (about, others)))


def _message(record: Record, declared: Declaration, at: datetime, kind: str) -> etree._Element:
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    office = declared.customs_office or ""
    root = etree.Element(f"{{{_SPACE}}}CC060C", nsmap={"ncts": _SPACE}, PhaseID=_PHASE)
    named = sha256(f"{record.id} {kind} {moment}".encode()).hexdigest()[:32]
    _add(
        root,
        messageSender=f"NTA.{office[:2]}",
        messageRecipient=record.declarant,
        preparationDateAndTime=moment,
        messageIdentification=f"GW-{named}",
        messageType="CC060C",
        correlationIdentifier=declared.message_id,
    )
    operation = etree.SubElement(root, "TransitOperation")
    # One of the two, never both.
    number = {"MRN": record.mrn} if record.mrn else {"LRN": record.lrn}
    _add(operation, **number, controlNotificationDateAndTime=moment, notificationType=kind)
    _add(etree.SubElement(root, "CustomsOfficeOfDeparture"), referenceNumber=office)
    holder = declared.holder or record.declarant
    _add(etree.SubElement(root, "HolderOfTheTransitProcedure"), identificationNumber=holder)
    return root


def _add_control(root: etree._Element, examination: Examination) -> None:
    about = ", ".join(f"Goods item {one}" for one in examination.goods_items)
    where = [examination.place or "", examination.time.astimezone(UTC).isoformat() if examination.time else ""]
    text = ", ".join(filter(None, (about, *where)))[:_LONGEST]
    control = etree.SubElement(root, "TypeOfControls")
    _add(control, sequenceNumber="1", type=_TYPES[examination.of], text=text or None)


def _add(element: etree._Element, **texts: str | None) -> None:
    for name, text in texts.items():
        if text is not None:
            etree.SubElement(element, name).text = text


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
