"""The control decision of transit (NCTS IE060, CC060C): what customs controls, or which documents it asks the holder for."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from lxml import etree

from gateway.domain.control import Examination, ExaminationOf
from gateway.domain.decision import Finding, Nature
from gateway.domain.declaration import Declaration, Direction
from gateway.domain.record import Record, State
from gateway.wings.renderings.transit import LONGEST, Head, add, begun, moment, number_of, written

_CONTROL, _DOCUMENTS, _INTENTION = "0", "1", "2"
"""CL384: the decision to control; a request for documents; the intention to control."""
_TYPES = {ExaminationOf.DOCUMENTS: "10", ExaminationOf.GOODS: "40"}
"""CL716."""
_MOST = 99
_CODE = re.compile(r"\b[0-9A-Z][0-9]{3}\b")


def control_decision(record: Record, declared: Declaration) -> bytes | None:
    """Return the message for what a reader is told of a transit declaration; None: there is nothing that it would say.

    Types of controls never stand beside requested documents: an announced control comes first. An intention names neither.
    """
    if declared.direction is not Direction.TRANSIT or record.declarant == "":
        return None
    examination = record.examination
    if examination is not None and examination.is_awaited:
        intended = examination.intended and record.accepted_at is None
        root = _message(record, declared, examination.announced_at, _INTENTION if intended else _CONTROL)
        if not intended:
            _add_control(root, examination)
        return written(root)
    numbered = record.decision
    asked = tuple(_asked(numbered.decision.findings)) if numbered is not None else ()
    if numbered is None or not asked or record.state is not State.DECIDED:
        return None
    root = _message(record, declared, numbered.decided_at, _DOCUMENTS)
    for place, (kind, description) in enumerate(asked[:_MOST], 1):
        document = etree.SubElement(root, "RequestedDocument")
        add(document, sequenceNumber=str(place), documentType=kind, description=description[:LONGEST])
    return written(root)


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
    head = Head(
        about=f"{record.id} {kind} {moment(at)}",
        at=at,
        office=declared.customs_office or "",
        recipient=record.declarant,
        answered=declared.message_id,
        holder={"identificationNumber": declared.holder or record.declarant},
    )
    number = number_of(record.mrn, record.lrn)
    return begun("CC060C", head, {**number, "controlNotificationDateAndTime": moment(at), "notificationType": kind})


def _add_control(root: etree._Element, examination: Examination) -> None:
    about = ", ".join(f"Goods item {one}" for one in examination.goods_items)
    where = [examination.place or "", examination.time.astimezone(UTC).isoformat() if examination.time else ""]
    text = ", ".join(filter(None, (about, *where)))[:LONGEST]
    control = etree.SubElement(root, "TypeOfControls")
    add(control, sequenceNumber="1", type=_TYPES[examination.of], text=text or None)
