"""What the holder of a declaration's lease does: ask for everything at once, decide, and say what is to be committed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from gateway.decisions import Case, decide
from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.decision import Decision, NumberedDecision
from gateway.domain.declaration import Declaration, Kind
from gateway.domain.events import Event, EventKind
from gateway.domain.record import OfficerVerification, State, Work
from gateway.domain.tables import Tables
from gateway.domain.verification import DocumentStatus, EvidenceItem, Plan, Requirement, Verification, VerifiedBy
from gateway.routing import plan
from gateway.store import Deferred, Outcome

LAPSE_AFTER = timedelta(days=30)
"""A declaration lodged before presentation lapses 30 days after lodging (UCC Art. 171)."""


class Asked(Protocol):
    """What asking an authority gives."""

    @property
    def verification(self) -> Verification: ...
    @property
    def evidence(self) -> tuple[EvidenceItem, ...]: ...


class Asking(Protocol):
    """Whoever asks the authorities."""

    async def ask(self, requirement: Requirement) -> Asked:
        """Asks about one document; never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When an open answer is asked for again."""

    undetermined: timedelta = timedelta(minutes=5)
    pending: timedelta = timedelta(minutes=30)
    give_up_after: timedelta = timedelta(days=30)
    """Counted from receipt: afterwards only a person or a message starts another look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a declaration found."""

    decision: Decision
    verifications: tuple[Verification, ...]
    evidence: tuple[EvidenceItem, ...]


class Acting:
    """Asks and decides; changes nothing itself."""

    def __init__(
        self,
        *,
        asking: Asking,
        tables: Tables,
        retries: Retries,
        clock: Callable[[], datetime],
        calendar: Calendar,
    ) -> None:
        self._asking = asking
        self._tables = tables
        self._retries = retries
        self._clock = clock
        self._calendar = calendar

    async def act(self, work: Work) -> Outcome:
        """Gives what has to be committed for the declaration as it was read."""
        if work.invalidating:
            return self._invalidated(work)
        look = await self.look(
            work.declaration,
            received_on=self._calendar.day(work.received_at),
            accepted_on=self._day(work.accepted_at),
            mrn=work.mrn,
            planned=work.plan,
            by_officer=[v for v in work.officer_verifications if v.version == work.version],
        )
        return self._outcome(work, look)

    def undetermined(self, work: Work) -> Outcome:
        """Gives what has to be committed when looking failed for a reason of our own: nothing is known, so it is a hold."""
        received_on = self._calendar.day(work.received_at)
        counts = date_that_counts(work.declaration, received_on, self._day(work.accepted_at))
        planned = plan(work.declaration, self._tables, on=counts or received_on, mrn=work.mrn)
        decision = self._decide(work.declaration, planned, (), counts, work.accepted_at is not None)
        silent = tuple(
            Verification(
                type=r.document.type,
                reference=r.document.reference,
                status=DocumentStatus.UNDETERMINED,
                adapter=r.adapter,
            )
            for r in planned.requirements
        )
        return self._outcome(work, Look(decision=decision, verifications=silent, evidence=()))

    def _outcome(self, work: Work, look: "Look") -> Outcome:
        now = self._clock()
        last = work.last
        unchanged = last is not None and last.version == work.version and last.decision.means_the_same(look.decision)
        numbered = None
        if not unchanged:
            numbered = NumberedDecision(
                number=work.decisions + 1, version=work.version, decided_at=now, decision=look.decision
            )
        facts = _evidence_of(encode(look.verifications))
        events = [_asked(now, look.verifications, facts.digest)]
        if numbered:
            events.append(_decided(now, numbered))
        return Outcome(
            decision=numbered,
            documents=look.decision.documents,
            events=tuple(events),
            evidence=(*look.evidence, facts),
            state=State.DECIDED,
            jobs=self._jobs(work, look.verifications, now),
        )

    async def look(
        self,
        declaration: Declaration,
        *,
        received_on: date,
        accepted_on: date | None,
        mrn: str | None,
        planned: Plan | None = None,
        by_officer: Sequence[OfficerVerification] = (),
    ) -> "Look":
        """Asks about every document of a declaration at once and decides; nothing is stored."""
        counts = date_that_counts(declaration, received_on, accepted_on)
        planned = planned or plan(declaration, self._tables, on=counts or received_on, mrn=mrn)
        judged = {(v.type, v.reference): v for v in by_officer}
        asked = await self._ask(planned, judged)
        verifications = (
            *(a.verification for a in asked),
            *(_by_officer(planned, v) for v in judged.values()),
        )
        decision = self._decide(declaration, planned, verifications, counts, accepted_on is not None)
        evidence = tuple(item for a in asked for item in a.evidence)
        return Look(decision=decision, verifications=verifications, evidence=evidence)

    def _decide(
        self,
        declaration: Declaration,
        planned: Plan,
        verifications: tuple[Verification, ...],
        counts: date | None,
        accepted: bool,
    ) -> Decision:
        return decide(
            Case(
                declaration=declaration,
                plan=planned,
                verifications=verifications,
                tables=self._tables,
                on=counts,
                accepted=accepted,
            )
        )

    def _day(self, at: datetime | None) -> date | None:
        return self._calendar.day(at) if at else None

    async def _ask(self, planned: Plan, judged: dict[tuple[str, str], OfficerVerification]) -> Sequence[Asked]:
        open_questions = [r for r in planned.requirements if r.document.key not in judged]
        if len(open_questions) == 1:
            return [await self._asking.ask(open_questions[0])]
        return await asyncio.gather(*(self._asking.ask(r) for r in open_questions))

    def _jobs(self, work: Work, verifications: Sequence[Verification], now: datetime) -> tuple[Deferred, ...]:
        jobs = []
        if work.declaration.kind is Kind.PRE_LODGED and work.last is None:
            jobs.append(Deferred(task="lapse", at=work.received_at + LAPSE_AFTER, args={"id": work.id}))
        statuses = {v.status for v in verifications}
        wait = None
        if DocumentStatus.UNDETERMINED in statuses:
            wait = self._retries.undetermined
        elif DocumentStatus.PENDING in statuses:
            wait = self._retries.pending
        if wait is not None and now < work.received_at + self._retries.give_up_after:
            jobs.append(Deferred(task="ask_again", at=now + wait, args={"id": work.id}))
        return tuple(jobs)

    def _invalidated(self, work: Work) -> Outcome:
        event = Event(kind=EventKind.INVALIDATED, at=self._clock(), body={"version": work.version})
        return Outcome(decision=None, documents=None, events=(event,), evidence=(), state=State.INVALIDATED, jobs=())


def date_that_counts(declaration: Declaration, received_on: date, accepted_on: date | None) -> date | None:
    """Gives the day against which validity is judged: acceptance; else receipt, or none for a pre-lodged declaration."""
    if accepted_on is not None:
        return accepted_on
    return None if declaration.kind is Kind.PRE_LODGED else received_on


def _by_officer(planned: Plan, judged: OfficerVerification) -> Verification:
    adapter = next((d.adapter for d in planned.documents if d.key == (judged.type, judged.reference)), None)
    return Verification(
        type=judged.type,
        reference=judged.reference,
        status=judged.outcome,
        adapter=adapter,
        verified_by=VerifiedBy.OFFICER,
        asked_at=judged.at.astimezone(UTC),
    )


def _evidence_of(body: bytes) -> EvidenceItem:
    return EvidenceItem(digest="sha256:" + sha256(body).hexdigest(), body=body)


def _asked(now: datetime, verifications: Sequence[Verification], digest: str) -> Event:
    documents = [
        {
            "type": v.type,
            "reference": v.reference,
            "status": v.status,
            "authority": v.adapter,
            "cause": v.cause,
            "verified_by": v.verified_by,
            "attempts": v.attempts,
            "message_ids": v.message_ids,
            "evidence": v.evidence,
        }
        for v in verifications
    ]
    return Event(kind=EventKind.DOCUMENTS_VERIFIED, at=now, body={"documents": documents, "facts": digest})


def _decided(now: datetime, numbered: NumberedDecision) -> Event:
    decision = numbered.decision
    body = {
        "number": numbered.number,
        "version": numbered.version,
        "effect": decision.effect,
        "advice": decision.advice,
        "forecast": decision.forecast,
        "findings": sorted({f.code for f in decision.findings}),
        "rules": decision.rules,
    }
    return Event(kind=EventKind.DECIDED, at=now, body=body)
