"""Declarations as the store takes them, without an intake before it."""

import uuid
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from msgspec import structs

from gateway.contract import MovementKind, OrderLine
from gateway.domain.codec import content_digest
from gateway.domain.decision import Advice, Decision, DocumentOutcome, Effect, NumberedDecision, RulesIdentity
from gateway.domain.declaration import Declaration, Direction, GoodsItem, Kind, SupportingDocument
from gateway.domain.events import Event, EventKind
from gateway.domain.movement import Movement
from gateway.domain.record import State, Work
from gateway.domain.verification import DocumentStatus, EvidenceItem, VerifiedBy
from gateway.store import NewDeclaration, Outcome, StoredSet

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MILK = SupportingDocument(type="N853", reference="CHEDP.FR.2026.0000001")


def declaration(lrn: str = "LRN1", **changes: object) -> Declaration:
    whole = Declaration(
        lrn=lrn,
        declarant="FR12345678901234",
        importer="FR99999999999999",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        items=(GoodsItem(number=1, commodity_code="0401201100", documents=(MILK,)),),
    )
    return structs.replace(whole, **changes)


def outcome_of(status: DocumentStatus, effect: Effect) -> DocumentOutcome:
    return DocumentOutcome(
        type=MILK.type,
        reference=MILK.reference,
        goods_items=(1,),
        authority="traces",
        status=status,
        verified_by=VerifiedBy.AUTHORITY,
        effect=effect,
    )


def evidence(body: bytes) -> EvidenceItem:
    return EvidenceItem(digest="sha256:" + sha256(body).hexdigest(), body=body)


def event(kind: EventKind = EventKind.RECEIVED, **body: object) -> Event:
    return Event(kind=kind, at=NOW, body=body or {"version": 1})


SET = StoredSet(
    digest="sha256:" + sha256(b'["1",{}]').hexdigest(), version="1", content='{"version":"1","rows":{},"places":{}}'
)
"""The tables that every decision here is made under."""


def new(what: Declaration | None = None, *, accepted_at: datetime | None = None) -> NewDeclaration:
    what = what or declaration()
    return NewDeclaration(
        id=str(uuid.uuid4()),
        declaration=what,
        digest=content_digest(what),
        raw=evidence(what.lrn.encode()),
        documents=(outcome_of(DocumentStatus.UNDETERMINED, Effect.HOLD),),
        events=(event(),),
        received_at=NOW,
        accepted_at=accepted_at,
    )


def decided(work: Work, *, assess_at: datetime | None = None, effect: Effect = Effect.RELEASE, **more: Any) -> Outcome:
    documents = (outcome_of(DocumentStatus.VALID, Effect.RELEASE),)
    decision = Decision(
        effect=effect,
        advice=Advice.NONE,
        forecast=False,
        items=(),
        findings=(),
        documents=documents,
        rules=RulesIdentity(version="1", digest=SET.digest),
    )
    return Outcome(
        decision=NumberedDecision(number=work.decisions + 1, version=work.version, decided_at=NOW, decision=decision),
        documents=documents,
        events=(event(EventKind.DOCUMENTS_VERIFIED, documents=[]), event(EventKind.DECIDED, number=work.decisions + 1)),
        evidence=(evidence(b"answer"),),
        state=State.DECIDED,
        assess_at=assess_at,
        **more,
    )


def movement(number: int, reference: str = "CHEDP.FR.2026.0000001", **more: object) -> Movement:
    planned = Movement(
        number=number,
        type="N853",
        reference=reference,
        adapter="traces",
        kind=MovementKind.RESERVE,
        version=1,
        mrn="26FR001260000001R6",
        key=f"key {number}",
        customs_office="FR001260",
        lines=(OrderLine(goods_item=1, certificate_line=1, commodity_code="040120"),),
        planned_at=NOW,
    )
    return structs.replace(planned, **more)
