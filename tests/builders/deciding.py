"""Decisions in a real store, made from stories: as they stand there after the gateway has decided."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from hashlib import sha256

from msgspec import structs

from gateway.decisions import Case, decide, unverified
from gateway.domain.codec import content_digest, encode
from gateway.domain.decision import Decision, NumberedDecision
from gateway.domain.document import DocumentKey
from gateway.domain.event_bodies import decided, documents_verified
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import recorded
from gateway.domain.movement import Movement
from gateway.domain.record import State
from gateway.domain.tables.in_force import Tables
from gateway.domain.verification import EvidenceItem
from gateway.routing import plan
from gateway.store import NewDeclaration, Outcome, Store
from tests.builders.extent import part
from tests.builders.places import CASES
from tests.builders.story import STORIES, moved, read


def _is_asked_beforehand(made: Case) -> bool:
    """Whether a case is none of a stored declaration: of one that is, the facts say what is not told."""
    return made.unpublished_untold or made.untold != {DocumentKey(*one) for one in made.facts.told_often}


@cache
def stored() -> tuple[str, ...]:
    """The stories of declarations that are lodged: what is only asked beforehand is never stored."""
    return tuple(story for story in STORIES if not _is_asked_beforehand(read(story)))


@cache
def delivered() -> tuple[str, ...]:
    """Those that play under the delivered tables."""
    own = (CASES / story / "tables" for story in STORIES)
    others = (story for story, tables in zip(STORIES, own, strict=True) if not tables.is_dir())
    return tuple(story for story in others if not _is_asked_beforehand(read(story)))


_LOOKED_INTO = {
    "attempts-lost", "cheese-on-milk", "clean-release", "cocoa-of-the-new-year", "decision-monitored", "dispatch-differs-in-shadow", "expired",
    "licence-by-value", "monitored-under-07", "replaced", "suspended", "waived", "withdrawn",
    "origin-differs-in-shadow", "quantity-exceeded", "refused-insufficient-asked-again", "reserved-for-less",
    "status-and-decision-contradict", "verified-by-officer",
}  # fmt: skip
"""Stories that tests of past decisions look into."""


def past_stories() -> tuple[str, ...]:
    """Those of which past decisions are made again: a third of what is delivered, and what tests look into."""
    some = {*part(delivered(), 3), *_LOOKED_INTO}
    return tuple(story for story in delivered() if story in some)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A declaration in the store with its decision."""

    id: str
    case: Case
    decision: Decision

    @property
    def name(self) -> str:
        """As a report names it."""
        return f"{self.id}/1"


async def decided_story(store: Store, story: str, number: int = 0, *, tables: Tables | None = None) -> Decided:
    """Stores a story's declaration with its decision; `number` tells it from others of the same story."""
    return await store_decision(store, read(story), moved(story), name=f"{story}-{number}", tables=tables)


async def store_decision(
    store: Store,
    case: Case,
    movements: Sequence[Movement] = (),
    *,
    name: str,
    tables: Tables | None = None,
    later: timedelta = timedelta(),
) -> Decided:
    """Stores a declaration under an LRN (and MRN) of its own with the decision that follows from its case."""
    record_id, at = str(uuid.uuid4()), datetime.combine(case.plan.on, time(9), UTC) + later
    mrn = f"26{record_id.replace('-', '')[:16].upper()}" if case.declaration.mrn else None
    declaration = structs.replace(case.declaration, lrn=name[-22:], declarant=f"FR{record_id[:12]}", mrn=mrn)
    case = replace(
        case,
        declaration=declaration,
        tables=tables or case.tables,
        plan=plan(declaration, tables or case.tables, on=case.plan.on, mrn=mrn, identify=recorded(case.plan.spelled)),
        facts=structs.replace(case.facts, movements=tuple(movements), spelled=case.plan.spelled),
    )
    decision = decide(case)
    received = await store.declarations.receive(
        NewDeclaration(
            id=record_id,
            declaration=declaration,
            digest=content_digest(declaration),
            raw=_evidence(record_id.encode()),
            documents=unverified(case.plan, case.tables.at(case.plan.on)),
            events=(Event(kind=EventKind.RECEIVED, at=at, body={"version": 1}),),
            received_at=at,
            accepted_at=at if case.accepted else None,
        ),
        lease=True,
    )
    assert received.work is not None
    facts = _evidence(encode(case.facts))
    numbered = NumberedDecision(number=1, version=1, decided_at=at + timedelta(seconds=1), decision=decision)
    await store.leases.decide(
        received.work,
        Outcome(
            decision=numbered,
            documents=decision.documents,
            events=(documents_verified(at, case.facts.verifications, facts.digest), decided(at, numbered)),
            evidence=(facts,),
            state=State.DECIDED,
        ),
    )
    return Decided(id=record_id, case=case, decision=decision)


def _evidence(body: bytes) -> EvidenceItem:
    return EvidenceItem(digest="sha256:" + sha256(body).hexdigest(), body=body)
