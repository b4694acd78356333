"""A refused declaration, its explanation, and those to whom they are shown."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views import explanation as explaining
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.contract import (
    Allocation,
    AllocationState,
    Certificate,
    Ledger,
    LedgerLine,
    Quantity,
    Reference,
    ReferenceKind,
)
from gateway.decisions.explanation import Grounds
from gateway.domain.decision import (
    Advice,
    Decision,
    DocumentOutcome,
    Effect,
    Finding,
    ItemEffect,
    Mode,
    Named,
    NumberedDecision,
    QuantityLine,
    RulesIdentity,
)
from gateway.domain.declaration import Direction, Kind
from gateway.domain.document import DocumentKey
from gateway.domain.events import GENESIS, Event, EventKind, seal
from gateway.domain.facts import Facts
from gateway.domain.movement import Movement
from gateway.domain.record import Record, State
from gateway.domain.tables.consulted import Consulted
from gateway.domain.tables.rows import StatusRule
from gateway.domain.texts.sentences import HeldMessage, Texts
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.history.explain import Again, Explanation
from gateway.history.recall import Made
from gateway.settings import Role
from tests.builders.story import catalogue, shipped

AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
HELD = HeldMessage(code="SW-API-HELD", message="cannot be released as declared", remedy="wait", legal_basis="UCC 22(6)")
ENGLISH = Wording(Texts(language="en", messages={}, words={}), HELD)
TRADER = Caller(name="trader", roles=frozenset({Role.TRADER}), eoris=frozenset({"FR1"}))
OFFICER = Caller(name="officer", roles=frozenset({Role.OFFICER}))


def finding(effect: Effect, mode: Mode = Mode.ACTIVE) -> Finding:
    return Finding(
        code="SW-DEC-040",
        effect=effect,
        advice=Advice.NO_RELEASE,
        goods_item=1,
        document=Named("N853", "CHEDP.FR.2026.1"),
        message="The certificate was rejected.",
        remedy="Ask the authority.",
        legal_basis="Regulation",
        mode=mode,
    )


def record(effect: Effect = Effect.REFUSE, *, confirmed: bool = False) -> Record:
    documents = (
        DocumentOutcome(
            type="N853",
            reference="CHEDP.FR.2026.1",
            goods_items=(1,),
            authority="traces",
            status=DocumentStatus.REFUSED,
            verified_by=VerifiedBy.AUTHORITY,
            effect=effect,
            quantity=(QuantityLine(goods_item=1, line=1, declared="100", unit="KGM", available=None),),
        ),
    )
    decision = Decision(
        effect=effect,
        advice=Advice.NO_RELEASE,
        forecast=False,
        items=(ItemEffect(goods_item=1, effect=effect),),
        findings=(finding(effect), finding(Effect.HOLD, Mode.SHADOW)),
        documents=documents,
        rules=RulesIdentity(version="1", digest="sha256:00"),
    )
    return Record(
        id="7d5f0a3e-0000-4000-8000-000000000001",
        version=1,
        current_version=1,
        lrn="LRN/1",
        mrn=None,
        declarant="FR1",
        eoris=("FR1", "FR2"),
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        received_at=AT,
        accepted_at=AT,
        state=State.DECIDED,
        due=False,
        event_seq=3,
        documents=documents,
        decision=NumberedDecision(number=1, version=1, decided_at=AT, decision=decision),
        confirmed=confirmed,
    )


def read(raw: bytes) -> Any:
    return msgspec.json.decode(raw)


WORDS = ExplanationTexts(catalogue().explanations["en"], "en")
EVIDENCE = "sha256:" + "e" * 64
ANSWER = {
    "type": "N853",
    "reference": "CHEDP.FR.2026.1",
    "status": "refused",
    "authority": "traces",
    "cause": None,
    "verified_by": "authority",
    "attempts": 1,
    "message_ids": ["the-handle"],
    "evidence": [EVIDENCE],
}

ALLOCATION = Allocation(
    declaration=Reference(kind=ReferenceKind.MRN, value="26FR9"),
    state=AllocationState.RESERVED,
    goods_item=1,
    certificate_line=1,
    quantity=Quantity(value=Decimal(3), unit="KGM"),
)

WORD = Verification(
    type="N853",
    reference="CHEDP.FR.2026.1",
    status=DocumentStatus.REFUSED,
    adapter="traces",
    certificate=Certificate(type="N853", reference="CHEDP.FR.2026.1", authority_status="41", holder="FR9"),
    ledger=Ledger(
        lines=(LedgerLine(number=1, available=Quantity(value=Decimal("12.50"), unit="KGM")),), allocations=(ALLOCATION,)
    ),
    asked_at=AT,
)

ROW = StatusRule(
    status=DocumentStatus.REFUSED,
    rule="SW-DEC-021",
    valid_from=date(2016, 5, 1),
    source="somewhere",
    place="answers.toml:11",
)


def explained(shown: Record | None = None, *, moved: tuple[Movement, ...] = (), **more: Any) -> Explanation:
    """An explanation of a decision of which everything is stored."""
    shown = shown or record()
    numbered = shown.decision
    assert numbered is not None
    made = Made(number=1, version=1, at=AT, body={}, facts="sha256:00", answers=(ANSWER,), mrn=None, accepted_at=None)
    facts: dict[str, Any] = {
        "record": shown,
        "newest": True,
        "made": made,
        "declaration": None,
        "facts": Facts(verifications=(WORD,)),
        "again": Again.SAME,
        "tables": replace(shipped(), digest="sha256:00"),
        "grounds": Grounds(
            decision=numbered.decision,
            consulted=(Consulted(row=ROW, keys=(("refused",),)),),
            covers={DocumentKey("N853", "CHEDP.FR.2026.1"): frozenset({1})},
        ),
        "events": seal(
            [Event(kind=EventKind.DOCUMENTS_VERIFIED, at=AT, body={"documents": [ANSWER]})], seq=0, head=GENESIS
        ),
        "movements": moved,
        "officers": (),
    }
    return Explanation(**(facts | more))


def shown_to(caller: Caller, found: Explanation | None = None) -> Any:
    """What a caller gets."""
    return json.loads(explaining.explanation(found or explained(), caller, ENGLISH, WORDS))
