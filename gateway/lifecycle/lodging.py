"""Taking a message: read, checked against what stands under its name, and durable before anybody hears of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from gateway import observe
from gateway.decisions import as_if_held, unverified
from gateway.domain.actor import Actor, told_of
from gateway.domain.amendment import amended
from gateway.domain.calendar import Calendar
from gateway.domain.codec import content_digest
from gateway.domain.decision import Decision, DocumentOutcome
from gateway.domain.declaration import Declaration, Kind, MessageKind
from gateway.domain.errors import (
    BusinessRuleViolated,
    CallInvalid,
    NotAllowed,
    NotKnown,
    Overloaded,
    Resubmitted,
    TargetNotLodged,
    VersionOutOfOrder,
    Violation,
)
from gateway.domain.events import Event, EventKind
from gateway.domain.record import Record, State
from gateway.domain.verification import EvidenceItem, Plan
from gateway.intake import Accepted, Formats
from gateway.lifecycle.failing import tell_of
from gateway.lifecycle.holding import Holding
from gateway.lifecycle.looking import Looking, date_that_counts
from gateway.lifecycle.steps import Stepped, Steps
from gateway.lifecycle.tables_in_force import TablesInForce
from gateway.routing import plan
from gateway.store import NewDeclaration, Store

IN_A_THREAD_ABOVE = 200_000
"""Bytes of a message above which reading it would keep the event loop from everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """A message that was taken: the declaration it speaks of and whether anything is new."""

    id: str
    version: int
    fresh: bool
    message: MessageKind
    seq: int
    record: Record
    """Where it stood when it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The decision that a declaration would get now; nothing of it is stored."""

    declaration: Declaration
    decision: Decision


class Lodging:
    """Takes declarations and their amendments, in every configured format."""

    def __init__(
        self,
        *,
        store: Store,
        formats: Formats,
        tables: TablesInForce,
        looking: Looking,
        holding: Holding,
        steps: Steps,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        calendar: Calendar,
    ) -> None:
        self._store = store
        self._formats = formats
        self._tables = tables
        self._looking = looking
        self._holding = holding
        self._steps = steps
        self._clock = clock
        self._new_id = new_id
        self._calendar = calendar

    async def lodge(
        self,
        raw: bytes,
        media_type: str | None,
        *,
        by: Actor,
        caller_eoris: frozenset[str] | None = None,
        waited_for: bool = False,
    ) -> Lodged:
        """Takes a message: lodges, amends, presents or invalidates, as it says.

        Args:
            raw: the message as it came.
            media_type: what the caller says it is.
            by: who sends it.
            caller_eoris: whose declarations the caller may lodge; None: everybody's.
            waited_for: whether the caller waits for the decision; without, it gives way when many messages arrive.

        Raises:
            DeclarationRefused: it cannot be taken; with all violations.
            NotAllowed: its declarant is not one of the caller's, or it is a presentation, which is customs' to say.
            Overloaded: nothing is taken now.
            StoreError: it is not durable, so it is not taken.
        """
        if self._holding.overloaded():
            raise Overloaded
        with self._holding.arrival():
            return await self._take(raw, media_type, by, caller_eoris, waited_for)

    async def _take(
        self, raw: bytes, media_type: str | None, by: Actor, caller_eoris: frozenset[str] | None, waited_for: bool
    ) -> Lodged:
        accepted = await self._read(raw, media_type)
        declaration = accepted.declaration
        if declaration.message is MessageKind.LODGE:
            _must_be_theirs(declaration, caller_eoris)
            return await self._lodge(accepted, raw, by, waited_for, by_customs=caller_eoris is None)
        return await self._follow(declaration, raw, by, caller_eoris)

    async def amend(
        self, record_id: str, raw: bytes, media_type: str | None, *, by: Actor, by_customs: bool = True
    ) -> Stepped:
        """Takes the declaration's next version.

        Args:
            record_id: the declaration.
            raw: the message as it came.
            media_type: what the caller says it is.
            by: who sends it.
            by_customs: whether customs sends it, so that an MRN in it means acceptance.

        Raises:
            DeclarationRefused: the message cannot be taken as the next version.
            NotKnown: there is no such declaration.
            Conflict: the declaration ended.
        """
        record = await self._steps.current(record_id)
        change = (await self._read(raw, media_type)).declaration
        if change.message is MessageKind.LODGE:
            if (change.lrn, change.declarant) != (record.lrn, record.declarant):
                raise CallInvalid("An amendment keeps the declarant and the LRN of the declaration.")
            return await self._add_version(record, change, raw, by, by_customs)
        if change.message is not MessageKind.AMEND or change.target_mrn != record.mrn:
            raise CallInvalid("The message does not amend this declaration.")
        return await self._amend_partly(record, change, raw, by, by_customs)

    async def preflight(
        self, raw: bytes, media_type: str | None, *, caller_eoris: frozenset[str] | None = None
    ) -> Preflight:
        """Gives the decision that this declaration would get now; nothing is stored, nothing reserved.

        Raises:
            DeclarationRefused: it could not be taken as a declaration.
            NotAllowed: its declarant is not one of the caller's.
        """
        declaration = (await self._read(raw, media_type)).declaration
        _must_be_theirs(declaration, caller_eoris)
        if declaration.message is not MessageKind.LODGE:
            raise CallInvalid("Only a whole declaration can be looked at beforehand.")
        now = self._clock()
        accepted_at = self._implied_acceptance(declaration, now) if caller_eoris is None else None
        seen = await self._looking.see(
            declaration,
            tables=self._tables.current(),
            received_on=self._calendar.day(now),
            accepted_on=self._calendar.day(accepted_at) if accepted_at else None,
            mrn=declaration.mrn,
        )
        decision = seen.judgement.decision(as_if_held(seen.judgement, now))
        tell_of(seen.judgement.failures, declaration=None)
        return Preflight(declaration=declaration, decision=decision)

    async def _read(self, raw: bytes, media_type: str | None) -> Accepted:
        if len(raw) > IN_A_THREAD_ABOVE:
            return await asyncio.to_thread(self._formats.accept, raw, media_type)
        return self._formats.accept(raw, media_type)

    async def _lodge(self, accepted: Accepted, raw: bytes, by: Actor, waited_for: bool, *, by_customs: bool) -> Lodged:
        declaration = accepted.declaration
        if declaration.version > 1:
            return await self._lodge_next(declaration, raw, by, by_customs)
        now = self._clock()
        self._must_be_past(declaration, now)
        accepted_at = self._implied_acceptance(declaration, now) if by_customs else None
        planned = self._plan(declaration, accepted_at, now)
        evidence = _raw_evidence(raw)
        new = NewDeclaration(
            id=self._new_id(),
            declaration=declaration,
            digest=accepted.digest,
            raw=evidence,
            documents=self._unverified(planned),
            cited=tuple(planned.cited),
            events=(_received(declaration, accepted.digest, evidence.digest, now, by),),
            received_at=now,
            accepted_at=accepted_at,
        )
        has_room = self._holding.has_room(waited_for=waited_for)
        received = await self._store.receive(new, lease=has_room)
        if received.outcome == "new":
            observe.received(declaration.format)
            seq = len(new.events)
            if received.work is not None:
                self._holding.take(replace(received.work, plan=planned))
            else:
                self._holding.leave()
            record = _as_received(new, seq)
            return Lodged(id=new.id, version=1, fresh=True, message=MessageKind.LODGE, seq=seq, record=record)
        if received.outcome == "other_content":
            raise Resubmitted("This declarant lodged other content under this LRN and version.")
        record = await self._steps.current(received.id, 1)
        return Lodged(
            id=received.id, version=1, fresh=False, message=MessageKind.LODGE, seq=record.event_seq, record=record
        )

    async def _lodge_next(self, declaration: Declaration, raw: bytes, by: Actor, by_customs: bool) -> Lodged:
        record = await self._store.by_lrn(declaration.declarant, declaration.lrn)
        if record is None:
            raise VersionOutOfOrder(
                f"Version {declaration.version} was sent, but this declarant has no declaration with this LRN: version 1 comes first."
            )
        stepped = await self._add_version(record, declaration, raw, by, by_customs)
        return Lodged(
            id=record.id,
            version=stepped.record.version,
            fresh=stepped.fresh,
            message=MessageKind.LODGE,
            seq=stepped.seq,
            record=stepped.record,
        )

    async def _follow(self, change: Declaration, raw: bytes, by: Actor, caller_eoris: frozenset[str] | None) -> Lodged:
        record = await self._store.by_mrn(change.target_mrn) if change.target_mrn else None
        if record is None or (caller_eoris is not None and caller_eoris.isdisjoint(record.eoris)):
            # A message names its own declarant; whose declaration it aims at is the store's word.
            raise TargetNotLodged(f"No declaration with the MRN {change.target_mrn!r} was lodged here.")
        if change.message is MessageKind.AMEND:
            stepped = await self._amend_partly(record, change, raw, by, caller_eoris is None)
        elif change.message is MessageKind.INVALIDATE:
            stepped = await self._steps.invalidate(record.id, reason="message", by=by)
        elif caller_eoris is not None:
            raise NotAllowed("That the goods are presented is for customs to say.")
        elif record.accepted_at is not None:
            stepped = Stepped(record=record, fresh=False, seq=record.event_seq)
        else:
            stepped = await self._steps.accept(record.id, mrn=str(record.mrn), accepted_at=self._clock(), by=by)
        return Lodged(
            id=record.id,
            version=stepped.record.version,
            fresh=stepped.fresh,
            message=change.message,
            seq=stepped.seq,
            record=stepped.record,
        )

    async def _amend_partly(
        self, record: Record, change: Declaration, raw: bytes, by: Actor, by_customs: bool
    ) -> Stepped:
        current = await self._store.declaration(record.id, record.version)
        if current is None:
            raise NotKnown
        whole = amended(current, change)
        if content_digest(replace(whole, version=current.version)) == content_digest(current):
            return Stepped(record=record, fresh=False, seq=record.event_seq)
        return await self._add_version(record, whole, raw, by, by_customs)

    async def _add_version(
        self, record: Record, declaration: Declaration, raw: bytes, by: Actor, by_customs: bool
    ) -> Stepped:
        digest = content_digest(declaration)
        if declaration.version <= record.current_version:
            return await self._same_version(record, declaration.version, digest)
        self._steps.must_be_open(record)
        if declaration.version != record.current_version + 1:
            raise VersionOutOfOrder(
                f"Version {declaration.version} was sent; the next one is {record.current_version + 1}."
            )
        now = self._clock()
        self._must_be_past(declaration, now)
        evidence, planned = _raw_evidence(raw), self._plan(declaration, record.accepted_at, now)
        event = _received(declaration, digest, evidence.digest, now, by, EventKind.AMENDMENT_RECEIVED)
        added = await self._store.add_version(
            record.id,
            declaration=declaration,
            digest=digest,
            raw=evidence,
            documents=self._unverified(planned),
            cited=tuple(planned.cited),
            event=event,
        )
        if added is None:
            # Somebody else's version came first: judge ours against it.
            return await self._same_version(await self._steps.current(record.id), declaration.version, digest)
        accepted_at = self._implied_acceptance(declaration, now) if by_customs else None
        if record.accepted_at is None and accepted_at is not None:
            return await self._steps.accept(record.id, mrn=str(declaration.mrn), accepted_at=accepted_at, by=by)
        await self._holding.pursue(record.id)
        return Stepped(record=await self._steps.current(record.id), fresh=True, seq=added)

    async def _same_version(self, record: Record, version: int, digest: str) -> Stepped:
        if await self._store.digest(record.id, version) == digest:
            return Stepped(record=await self._steps.current(record.id, version), fresh=False, seq=record.event_seq)
        raise Resubmitted(f"Version {version} of this declaration was lodged with other content.")

    def _plan(self, declaration: Declaration, accepted_at: datetime | None, now: datetime) -> Plan:
        today = self._calendar.day(now)
        accepted_on = self._calendar.day(accepted_at) if accepted_at else None
        counts = date_that_counts(declaration, today, accepted_on)
        tables, identify = self._tables.current(), self._looking.identify
        return plan(declaration, tables, on=counts or today, mrn=declaration.mrn, identify=identify)

    def _unverified(self, planned: Plan) -> tuple[DocumentOutcome, ...]:
        return unverified(planned, self._tables.current().at(planned.on))

    def _implied_acceptance(self, declaration: Declaration, now: datetime) -> datetime | None:
        """A declaration that customs sends with an MRN was accepted, unless it was lodged before the goods are presented."""
        if declaration.mrn is None or declaration.kind is Kind.PRE_LODGED:
            return None
        day = declaration.acceptance_on
        return now if day is None or day == self._calendar.day(now) else self._calendar.start(day)

    def _must_be_past(self, declaration: Declaration, now: datetime) -> None:
        day = declaration.acceptance_on
        if day is not None and day > self._calendar.day(now):
            violation = Violation(
                code=BusinessRuleViolated.code,
                message=f"The acceptance date {day.isoformat()} lies in the future.",
                path="/Declaration/acceptanceDate",
                rule="acceptance_not_in_future",
            )
            raise BusinessRuleViolated(violations=(violation,))


def _must_be_theirs(declaration: Declaration, caller_eoris: frozenset[str] | None) -> None:
    if caller_eoris is not None and declaration.declarant not in caller_eoris:
        raise NotAllowed("The declarant is not one that this caller may lodge for.")


def _as_received(new: NewDeclaration, seq: int) -> Record:
    """A declaration as it stands right after its receipt."""
    declaration = new.declaration
    return Record(
        id=new.id,
        version=declaration.version,
        current_version=declaration.version,
        lrn=declaration.lrn,
        mrn=declaration.mrn,
        declarant=declaration.declarant,
        eoris=tuple(sorted(declaration.eoris)),
        direction=declaration.direction,
        kind=declaration.kind,
        received_at=new.received_at,
        accepted_at=new.accepted_at,
        state=State.RECEIVED,
        due=True,
        event_seq=seq,
        documents=new.documents,
        decision=None,
    )


def _raw_evidence(raw: bytes) -> EvidenceItem:
    return EvidenceItem(digest="sha256:" + sha256(raw).hexdigest(), body=raw)


def _received(
    declaration: Declaration, digest: str, raw: str, now: datetime, by: Actor, kind: EventKind = EventKind.RECEIVED
) -> Event:
    body = {"version": declaration.version, "content": digest, "raw": raw, "format": declaration.format, **told_of(by)}
    return Event(kind=kind, at=now, body=body)
