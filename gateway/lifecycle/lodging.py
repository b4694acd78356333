"""The intake of a message: it is read, checked against what is stored under its name, and durable before the answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import time_ns

from msgspec import structs

from gateway import observe
from gateway.beside import beside, beside_if_large
from gateway.decisions import as_if_held, with_times_of_reading
from gateway.domain.actor import Actor, actors_body
from gateway.domain.admission import must_be_as_read, must_be_open
from gateway.domain.amendment import followed, must_amend
from gateway.domain.application import Application
from gateway.domain.calendar import Calendar
from gateway.domain.codec import content_digest
from gateway.domain.decision import Decision
from gateway.domain.declaration import Declaration, MessageKind
from gateway.domain.document import DocumentKey
from gateway.domain.errors import (
    CallInvalid,
    MrnNotGiven,
    MrnWrong,
    NotAllowed,
    NotKnown,
    Overloaded,
    Resubmitted,
    TargetNotLodged,
    VersionOutOfOrder,
    Violation,
)
from gateway.domain.events import Event, EventKind
from gateway.domain.mrn import is_checked
from gateway.domain.permission import Asker, PermittedAct, Verdict
from gateway.domain.record import ReadState, Record
from gateway.domain.tables.identifiers import MrnAnswer
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import EvidenceItem, Verification, held_by
from gateway.intake import Accepted, DoubtfulMrn, Formats
from gateway.intake.message_places import MessagePlaces
from gateway.lifecycle.acceptance import AcceptanceCheck, Charge
from gateway.lifecycle.applications import NO_GROUNDS, ApplicationGrounds, ApplicationSteps
from gateway.lifecycle.first_record import as_received
from gateway.lifecycle.leases import LeasedDeclarations
from gateway.lifecycle.permission import Permissions, as_it_stands, may_lodge, must_be_permitted
from gateway.lifecycle.processing.assessment import Assessment
from gateway.lifecycle.processing.failed_rules import report
from gateway.lifecycle.running_clocks import RunningClocks
from gateway.lifecycle.steps import CustomsSteps, Stepped
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.lifecycle.wider_elements import WiderElements
from gateway.store import NewDeclaration, Store

IN_A_THREAD_ABOVE = 200_000
"""Bytes of a message above which reading it would keep the event loop from everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """A message that was taken: the declaration it concerns and whether anything is new."""

    id: str
    version: int
    fresh: bool
    message: MessageKind
    seq: int
    record: Record
    """The declaration at the time when the message was taken."""
    application: Application | None = None
    """The application that it is; None: it was done."""
    warnings: tuple[Violation, ...] = ()
    """The parts that were taken otherwise than they were sent, or are doubtful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The decision that a declaration would get now; nothing of it is stored."""

    declaration: Declaration
    decision: Decision
    tables: InForce
    """The tables that it was decided by."""
    warnings: tuple[Violation, ...] = ()
    places: MessagePlaces | None = None
    """The places of its goods items and documents in the message."""
    format_title: str = ""
    """The title of the message's format."""


class Lodging:
    """The lodging of declarations and their amendments, in every configured format."""

    def __init__(
        self,
        *,
        store: Store,
        formats: Formats,
        tables: TablesInForce,
        assessment: Assessment,
        leases: LeasedDeclarations,
        steps: CustomsSteps,
        permissions: Permissions,
        applications: ApplicationSteps,
        acceptance: AcceptanceCheck,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        calendar: Calendar,
        clocks: RunningClocks,
    ) -> None:
        self._store = store
        self._formats = formats
        self._tables = tables
        self._assessment = assessment
        self._leases = leases
        self._steps = steps
        self._permissions = permissions
        self._applications = applications
        self._acceptance = acceptance
        self._clock = clock
        self._new_id = new_id
        self._calendar = calendar
        self._clocks = clocks

        async def read(raw: bytes) -> Declaration:
            return (await self._read(raw, None)).declaration

        self.wider = WiderElements(store, read)

    async def lodge(
        self,
        raw: bytes,
        media_type: str | None,
        *,
        by: Actor,
        asker: Asker,
        grounds: ApplicationGrounds = NO_GROUNDS,
        waited_for: bool = False,
        charge: Charge | None = None,
    ) -> Lodged:
        """Take a message: lodge, amend, present or invalidate, as it says, or apply for it.

        Args:
            raw: the message as it came.
            media_type: what the caller says it is.
            by: who sends it.
            asker: whose message it is, so that it is known what they may do.
            grounds: why it amends or invalidates, where that is an application.
            waited_for: whether the caller waits for the decision; without, it gives way when many messages arrive.
            charge: is called, before a version is stored, with about how many documents authorities are asked; what it raises ends it.

        Raises:
            DeclarationRefused: it cannot be taken; with all violations.
            NotAllowed: it is not the caller's to send.
            Overloaded: nothing is taken any more.
            StoreError: it is not durable, so it is not taken.
        """
        self._must_go_on()
        with self._leases.arrival():
            accepted, sent = await self._read(raw, media_type), _Sent(by, asker, grounds, charge)
            warnings = self._warnings(asker, accepted)
            if accepted.declaration.message is not MessageKind.LODGE:
                lodged = await as_it_stands(lambda: self._follow(accepted, raw, sent))
            elif accepted.declaration.version > 1:
                lodged = await as_it_stands(lambda: self._lodge_next(accepted, raw, sent))
            else:
                lodged = await self._lodge(accepted, raw, sent, waited_for)
            return replace(lodged, warnings=warnings) if warnings else lodged

    def warnings_of_mrn(self, mrn: str, path: str) -> tuple[Violation, ...]:
        """Return the warnings for customs about an MRN that it gives: nothing, if its check character is right."""
        doubts = () if is_checked(mrn) else (DoubtfulMrn(mrn=mrn, previous=None, path=path, line=None),)
        return self._formats.warnings(doubts)

    async def amend(
        self,
        record_id: str,
        raw: bytes,
        media_type: str | None,
        *,
        by: Actor,
        asker: Asker,
        grounds: ApplicationGrounds = NO_GROUNDS,
        charge: Charge | None = None,
        seen: ReadState | None = None,
    ) -> Stepped:
        """Take the declaration's next version, or the application for it.

        Args:
            record_id: the declaration.
            raw: the message as it came.
            media_type: what the caller says it is.
            by: who sends it.
            asker: whose message it is: only customs accepts a declaration by it, if it carries an MRN.
            grounds: why it is amended, where that is an application.
            charge: as in `lodge`; an application is charged when it is made.
            seen: what they read before.

        Raises:
            ReadBefore: the declaration has changed since it was read.
            DeclarationRefused: the message cannot be taken as the next version.
            NotKnown: there is no such declaration.
            NotAllowed: it is not the caller's to amend.
            Conflict: the declaration ended, or another application is open.
            Overloaded: nothing is taken any more.
        """
        self._must_go_on()
        accepted, sent = await self._read(raw, media_type), _Sent(by, asker, grounds, charge, seen)
        change = accepted.declaration

        async def attempt() -> Stepped:
            record = await self._steps.current(record_id)
            verdict = await self._permissions.judged(asker, PermittedAct.AMEND, record)
            await self._must_be_names(asker, accepted, record)
            must_amend(record, change)
            if change.message is MessageKind.LODGE:
                return await self._add_version(record, change, raw, sent, verdict)
            return await self._amend_partly(record, change, raw, sent, verdict)

        return replace(await as_it_stands(attempt), warnings=self._warnings(asker, accepted))

    async def preflight(
        self,
        raw: bytes,
        media_type: str | None,
        *,
        asker: Asker,
        charge: Charge | None = None,
        amends: Record | None = None,
    ) -> Preflight:
        """Return the decision that this declaration would get now; nothing is stored, nothing reserved.

        A trader sees the quantity only of a document whose named holder they are, and that a declaration of theirs
        cites: what others have taken would be the difference to what was certified.

        Args:
            raw: the declaration as it came.
            media_type: what the caller says it is.
            asker: whose declaration it is.
            charge: is called, before anybody is asked, with about how many documents authorities are asked; what it raises ends it.
            amends: the declaration whose next version it would be: accepted as that one is, and what is reserved for that one is
                its own. None: a new one.

        Raises:
            DeclarationRefused: it could not be taken as a declaration.
            NotAllowed: it is not the caller's to lodge.
            NotKnown: it would amend a declaration that is none of the caller's.
            CallInvalid: it is no next version of the other, or goods of that one are released.
        """
        accepted = await self._read(raw, media_type, placed=True)
        declaration, known = accepted.declaration, amends.mrn if amends is not None else None
        if amends is not None:
            await self._permissions.judged(asker, PermittedAct.AMEND, amends)
            declaration = await self._next_version(amends, declaration)
        if asker.is_trader and not may_lodge(asker, declaration):
            raise NotAllowed(_NOT_THEIR_DECLARANT)
        if declaration.message is not MessageKind.LODGE:
            raise CallInvalid("Only a whole declaration can be looked at beforehand.")
        await self._must_be_names(asker, accepted, amends)
        _must_not_give_an_mrn(asker, declaration, known=known)
        now = self._clock()
        self._acceptance.must_be_possible(declaration, now)
        accepted_at = amends.accepted_at if amends is not None else None
        if accepted_at is None and not asker.is_trader:
            accepted_at = self._acceptance.implied(declaration, now)
        planned, _ = await self._acceptance.plan(declaration, accepted_at, now, charge)
        seen = await self._assessment.see(
            declaration,
            tables=self._tables.current(),
            received_on=self._calendar.day(now if amends is None else await self._first_received(amends)),
            accepted_on=self._calendar.day(accepted_at) if accepted_at else None,
            mrn=declaration.mrn,
            planned=planned,
        )
        if asker.eoris is not None:
            seen = await self._assessment.veiled(seen, await self._veiled(seen.verifications, asker.eoris))
        judgement = seen.judgement
        decision = await beside_if_large(seen.case.size, lambda: judgement.decision(as_if_held(judgement, now)))
        decision = with_times_of_reading(decision, seen.case.facts)
        report(seen.judgement.failures, declaration=None)
        return Preflight(
            declaration=declaration,
            decision=decision,
            tables=seen.case.tables.at(seen.case.plan.on),
            warnings=self._warnings(asker, accepted),
            # Of a message that carries the changes alone, the rest stands nowhere in it.
            places=accepted.places if declaration.message is accepted.declaration.message else None,
            format_title=self._formats.title(declaration.format),
        )

    async def _next_version(self, record: Record, change: Declaration) -> Declaration:
        """Return a declaration's next version as it would be judged, with its MRN whether or not the message repeats it."""
        if record.released is not None:
            raise CallInvalid("Goods are released already: what an amendment would get is not told beforehand.")
        must_amend(record, change)
        if change.message is not MessageKind.LODGE:
            _, change = await self._merged(record, change)
        return change if record.mrn is None or change.mrn is not None else structs.replace(change, mrn=record.mrn)

    async def _first_received(self, record: Record) -> datetime:
        """Return when a declaration's first version was received: the date that counts is that one's."""
        first = record if record.version == 1 else await self._store.declarations.get(record.id, 1)
        return (first or record).received_at

    async def _veiled(self, verifications: Iterable[Verification], eoris: frozenset[str]) -> frozenset[DocumentKey]:
        """Return the documents whose quantity these traders may not see beforehand."""
        veiled = set()
        for verification in verifications:
            theirs = held_by(verification.certificate, eoris)
            if not theirs or not await self._store.citations.cites(
                eoris,
                verification.type,
                verification.reference,
                partial(self._assessment.identify.of, verification.adapter),
            ):
                veiled.add(verification.key)
        return frozenset(veiled)

    async def _read(self, raw: bytes, media_type: str | None, *, placed: bool = False) -> Accepted:
        today = self._calendar.day(self._clock())
        only_mrns = self._tables.current().at(today).identifiers.only_mrns()
        accept = partial(self._formats.accept, raw, media_type, today, only_mrns=only_mrns, placed=placed)
        return await beside(accept) if len(raw) > IN_A_THREAD_ABOVE else accept()

    async def _must_be_names(self, asker: Asker, accepted: Accepted, record: Record | None = None) -> None:
        """Refuse an LRN and a trader's MRNs that cannot be any, but for those of the declaration and of others of theirs.

        Raises:
            BusinessRuleViolated: the LRN is none any more.
            MrnWrong: there are such MRNs.
        """
        accepted.must_have_lrn(record.lrn if record is not None else None)
        if not asker.is_trader or not accepted.doubtful:
            return
        rows = self._tables.current().at(self._calendar.day(self._clock())).identifiers
        own = rows.own_mrn(accepted.declaration.direction)

        def is_refused(one: DoubtfulMrn) -> bool:
            if one.previous is None and record is not None and one.mrn == record.mrn:
                return False
            row = own if one.previous is None else rows.previous_mrn(one.previous)
            return row is not None and row.traders is MrnAnswer.REFUSED

        refused = tuple(filter(is_refused, accepted.doubtful))
        if cited := {one.mrn for one in refused if one.previous is not None}:
            # What nobody has here and what is another one's are answered alike.
            given = await self._store.declarations.mrns_of(asker.eoris or frozenset(), cited)
            refused = tuple(one for one in refused if one.previous is None or one.mrn not in given)
        if refused:
            raise MrnWrong(violations=self._formats.refusals(refused))

    def _warnings(self, asker: Asker, accepted: Accepted) -> tuple[Violation, ...]:
        """Return the warnings beside the answer: of MRNs to customs alone, which has given them."""
        own = () if asker.is_trader else tuple(one for one in accepted.doubtful if one.previous is None)
        return (*accepted.warnings, *self._formats.warnings(own))

    def _must_go_on(self) -> None:
        if self._leases.stopping:
            raise Overloaded

    async def _lodge(self, accepted: Accepted, raw: bytes, sent: "_Sent", waited_for: bool) -> Lodged:
        declaration, asker, began_ns = self.wider.kept(accepted.declaration), sent.asker, time_ns()
        digest = accepted.digest if declaration is accepted.declaration else content_digest(declaration)
        if not may_lodge(asker, declaration):
            raise NotAllowed(_NOT_THEIR_DECLARANT)
        # The same message again of what was taken before: it is told so.
        again = (
            await self._store.declarations.by_lrn(declaration.declarant, declaration.lrn)
            if accepted.lrn_refused
            else None
        )
        await self._must_be_names(asker, accepted, again)
        _must_not_give_an_mrn(asker, declaration)
        now = self._clock()
        self._acceptance.must_be_possible(declaration, now)
        accepted_at = self._acceptance.implied(declaration, now) if not asker.is_trader else None
        planned, documents = await self._acceptance.plan(declaration, accepted_at, now, sent.charge)
        evidence = EvidenceItem.of(raw)
        new = NewDeclaration(
            id=self._new_id(),
            declaration=declaration,
            digest=digest,
            raw=evidence,
            documents=documents,
            cited=planned.citations,
            plan=planned,
            events=(_received(declaration, digest, evidence.digest, now, sent.by),),
            received_at=now,
            accepted_at=accepted_at,
            clock_due_at=self._clocks.first(declaration, accepted_at, now),
        )
        has_room = self._leases.has_room(waited_for=waited_for)
        received = await self._store.declarations.receive(new, lease=has_room)
        if received.outcome == "new":
            observe.received(declaration.format)
            observe.receipt_span(new.id, began_ns, format=declaration.format)
            seq = len(new.events)
            if received.work is not None:
                self._leases.take(received.work)
            else:
                self._leases.leave(declaration.declarant)
            record = as_received(new, seq)
            return Lodged(id=new.id, version=1, fresh=True, message=MessageKind.LODGE, seq=seq, record=record)
        if received.outcome == "other_content" and not await self.wider.is_repeated(
            received.id, 1, accepted.declaration
        ):
            raise Resubmitted("This declarant lodged other content under this LRN and version.")
        record = await self._steps.current(received.id, 1)
        return _lodged(Stepped(record=record, fresh=False, seq=record.event_seq), MessageKind.LODGE)

    async def _lodge_next(self, accepted: Accepted, raw: bytes, sent: "_Sent") -> Lodged:
        declaration, asker = accepted.declaration, sent.asker
        record = await self._store.declarations.by_lrn(declaration.declarant, declaration.lrn)
        if record is None:
            if not may_lodge(asker, declaration):
                raise NotAllowed(_NOT_THEIR_DECLARANT)
            accepted.must_have_lrn()
            raise VersionOutOfOrder(
                f"Version {declaration.version} was sent, but this declarant has no declaration with this LRN: version 1 comes first."
            )
        try:
            verdict = await self._permissions.judged(asker, PermittedAct.AMEND, record)
        except (NotKnown, NotAllowed):
            # Whether a declarant who is not the caller's has such a declaration is not told.
            raise NotAllowed(_NOT_THEIR_DECLARANT) from None
        await self._must_be_names(asker, accepted, record)
        return _lodged(await self._add_version(record, declaration, raw, sent, verdict), MessageKind.LODGE)

    async def _follow(self, accepted: Accepted, raw: bytes, sent: "_Sent") -> Lodged:
        change, by, asker = accepted.declaration, sent.by, sent.asker
        act = _ACTS[change.message]
        record = await self._target(change)
        try:
            # A message names its own declarant; whose declaration it aims at, the store knows.
            verdict = await self._permissions.judged(asker, act, record) if record is not None else Verdict.UNKNOWN
        except NotKnown:
            verdict = Verdict.UNKNOWN
        if record is None or verdict is Verdict.UNKNOWN:
            # Whether or not another one's declaration has it: a mistyped MRN is told as that.
            await self._must_be_names(asker, accepted)
            named = f"MRN {change.target_mrn!r}" if change.target_mrn else f"LRN {change.lrn!r} and this declarant"
            raise TargetNotLodged(f"No declaration with the {named} was lodged here.")
        await self._must_be_names(asker, accepted, record)
        if act is PermittedAct.AMEND:
            if change.message is MessageKind.REPLACE:
                must_amend(record, change)
            stepped = await self._amend_partly(record, change, raw, sent, verdict)
        elif act is PermittedAct.INVALIDATE:
            stepped = await self._steps.invalidate(record.id, reason=None, by=by, asker=asker, grounds=sent.grounds)
        elif record.accepted_at is not None:
            stepped = Stepped(record=record, fresh=False, seq=record.event_seq)
        elif record.mrn is None:
            stepped = await self._steps.present(record.id, by=by, asker=asker)
        else:
            stepped = await self._steps.accept(record.id, mrn=record.mrn, accepted_at=self._clock(), by=by, asker=asker)
        return _lodged(stepped, change.message)

    async def _target(self, change: Declaration) -> Record | None:
        """Return the declaration that a message names: by its MRN, else by its LRN and declarant."""
        if change.target_mrn:
            return await self._store.declarations.by_mrn(change.target_mrn)
        return await self._store.declarations.by_lrn(change.declarant, change.lrn)

    async def _amend_partly(
        self, record: Record, change: Declaration, raw: bytes, sent: "_Sent", verdict: Verdict
    ) -> Stepped:
        current, whole = await self._merged(record, self.wider.kept(change))
        again = structs.replace(whole, version=current.version)
        if content_digest(again) == content_digest(current):
            return Stepped(record=record, fresh=False, seq=record.event_seq)
        return await self._add_version(record, whole, raw, sent, verdict)

    async def _merged(self, record: Record, change: Declaration) -> tuple[Declaration, Declaration]:
        """Return the present version, and what it becomes by a message that carries the changes alone, or all of it."""
        current = await self._store.declarations.declaration(record.id, record.version)
        if current is None:
            raise NotKnown
        current = await self.wider.restored(record.id, current)
        whole = followed(current, change)
        self._formats.must_be_within_limits(whole)
        return current, whole

    async def _add_version(
        self, record: Record, declaration: Declaration, raw: bytes, sent: "_Sent", verdict: Verdict
    ) -> Stepped:
        stated, declaration = declaration, self.wider.kept(declaration)
        digest = content_digest(declaration)
        _must_not_give_an_mrn(sent.asker, declaration, known=record.mrn)
        if declaration.version <= record.current_version:
            return await self._same_version(record, stated)
        must_be_as_read(record.reached, sent.seen)
        must_be_permitted(verdict, record)
        must_be_open(record.reached)
        if declaration.version != record.current_version + 1:
            raise VersionOutOfOrder(
                f"Version {declaration.version} was sent; the next one is {record.current_version + 1}."
            )
        now = self._clock()
        self._acceptance.must_be_possible(declaration, now)
        planned, documents = await self._acceptance.plan(declaration, record.accepted_at, now, sent.charge)
        evidence = EvidenceItem.of(raw)
        if verdict is Verdict.APPLY:
            application, fresh = await self._applications.amendment(
                sent.by, sent.asker, record, declaration, evidence, sent.grounds
            )
            return Stepped(record=record, fresh=fresh, seq=record.event_seq, application=application)
        by_customs = not sent.asker.is_trader
        accepted_at = self._acceptance.implied(declaration, now) if by_customs and not record.accepted_at else None
        event = _received(declaration, digest, evidence.digest, now, sent.by, EventKind.AMENDMENT_RECEIVED)
        accepting = None
        if accepted_at is not None:
            accepting = self._steps.acceptance(str(declaration.mrn), accepted_at, sent.by)
        added = await self._store.declarations.add_version(
            record.id,
            declaration=declaration,
            digest=digest,
            raw=evidence,
            documents=documents,
            cited=planned.citations,
            event=event,
            stage=None if by_customs else record.stage,
            accepting=accepting,
        )
        if added is None:
            # Somebody else's version came first: judge ours against it.
            return await self._same_version(await self._steps.current(record.id), stated)
        await self._leases.pursue(record.id, record.declarant)
        return Stepped(record=await self._steps.current(record.id), fresh=True, seq=added)

    async def _same_version(self, record: Record, stated: Declaration) -> Stepped:
        version = stated.version
        if await self.wider.is_repeated(record.id, version, stated):
            return Stepped(record=await self._steps.current(record.id, version), fresh=False, seq=record.event_seq)
        raise Resubmitted(f"Version {version} of this declaration was lodged with other content.")


@dataclass(frozen=True, slots=True)
class _Sent:
    """The sender of a message, why it is sent, and whom it is charged to."""

    by: Actor
    asker: Asker
    grounds: ApplicationGrounds
    charge: Charge | None
    seen: ReadState | None = None


_ACTS = {
    MessageKind.AMEND: PermittedAct.AMEND,
    MessageKind.REPLACE: PermittedAct.AMEND,
    MessageKind.INVALIDATE: PermittedAct.INVALIDATE,
    MessageKind.PRESENT: PermittedAct.ACCEPT,
}
_NOT_THEIR_DECLARANT = "The declarant is not one that this caller may lodge for."


def _must_not_give_an_mrn(asker: Asker, declaration: Declaration, *, known: str | None = None) -> None:
    """Refuse an MRN that customs has not given this declaration, whether or not there is another one with it."""
    if asker.is_trader and declaration.mrn is not None and declaration.mrn != known:
        message = (
            "An MRN is given by customs: lodge without it. A supplementary declaration cites the earlier MRN as its previous "
            "document (12 01)."
        )
        violation = Violation(code=MrnNotGiven.code, message=message, path="/Declaration/MRN", rule="mrn_from_customs")
        raise MrnNotGiven(message, violations=(violation,))


def _lodged(stepped: Stepped, message: MessageKind) -> Lodged:
    return Lodged(
        id=stepped.record.id,
        version=stepped.record.version,
        fresh=stepped.fresh,
        message=message,
        seq=stepped.seq,
        record=stepped.record,
        application=stepped.application,
    )


def _received(
    declaration: Declaration, digest: str, raw: str, now: datetime, by: Actor, kind: EventKind = EventKind.RECEIVED
) -> Event:
    body = {
        "version": declaration.version,
        "content": digest,
        "raw": raw,
        "format": declaration.format,
        **actors_body(by),
    }
    return Event(kind=kind, at=now, body=body)
