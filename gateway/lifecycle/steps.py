"""The steps that follow a declaration's lodging. Each is committed as *received* before anything acts on it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec import structs

from gateway.domain import admission
from gateway.domain.actor import GATEWAY, Actor, actors_body
from gateway.domain.application import Application
from gateway.domain.approval import Approval, AskedOrder, Ordered
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.calendar import Calendar
from gateway.domain.decision import DocumentOutcome, Effect
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.errors import CallInvalid, NotKnown, SamePerson, SecondNeeded, Violation, WindowEnded
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AS_DECLARED, AsCited, Identities
from gateway.domain.invalidation import phase_after
from gateway.domain.movement import own_positions
from gateway.domain.permission import Asker, PermittedAct, Stage, Verdict
from gateway.domain.persons import is_same_person
from gateway.domain.record import OfficerVerification, ReadState, Record
from gateway.domain.release import InterventionOrder, ReleaseOrder, StepOutcome
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.lifecycle.acceptance import AcceptanceCheck
from gateway.lifecycle.applications import NO_GROUNDS, ApplicationGrounds, ApplicationSteps
from gateway.lifecycle.identified import learn_moved
from gateway.lifecycle.leases import LeasedDeclarations
from gateway.lifecycle.movements.release_scope import must_be_left
from gateway.lifecycle.permission import Permissions, as_it_stands, must_be_permitted
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.routing import adapter_of
from gateway.store import (
    AcceptanceReceived,
    AssessmentRequested,
    Change,
    Confirmed,
    Dormant,
    Doubted,
    InterventionReceived,
    InvalidationReceived,
    Lapsed,
    NewApproval,
    PresentationReceived,
    ReleaseReceived,
    ReportMade,
    Store,
    UsedApproval,
    VerificationReceived,
)

ONCE_IN = timedelta(minutes=1)
"""The least time between two assessments that somebody wants at once."""
_AT_ONCE = 500
"""Documents whose declarations are found in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """A step that was taken, recorded by event `seq`."""

    record: Record
    fresh: bool
    seq: int
    """The event's number; of a release that was received already, the earlier event's."""
    application: Application | None = None
    """The application that customs has to grant; None: it was done."""
    warnings: tuple[Violation, ...] = ()
    """The parts that were taken otherwise than they were sent, or are doubtful."""


class CustomsSteps:
    """The steps of customs on a lodged declaration: acceptance, invalidation, an officer's verification, lapse."""

    def __init__(
        self,
        *,
        store: Store,
        leases: LeasedDeclarations,
        tables: TablesInForce,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        calendar: Calendar,
        permissions: Permissions,
        applications: ApplicationSteps,
        acceptance: AcceptanceCheck,
        approvals_for: timedelta,
        identify: Identities = AS_DECLARED,
    ) -> None:
        self._identify = identify
        self._store = store
        self._permissions = permissions
        self._applications = applications
        self._acceptance = acceptance
        self._new_id = new_id
        self._approvals_for = approvals_for
        self._tables = tables
        self._calendar = calendar
        self._leases = leases
        self._clock = clock

    async def accept(
        self, record_id: str, *, mrn: str, accepted_at: datetime, by: Actor, asker: Asker, seen: ReadState | None = None
    ) -> Stepped:
        """Take customs' acceptance of the declaration under this MRN (for a pre-lodged one: the goods are presented).

        An MRN that another declaration carries without being accepted is taken from it.

        Raises:
            NotKnown: there is no such declaration.
            NotAllowed: that is not the caller's to say.
            AcceptanceTooEarly: it cannot have been accepted so long ago.
            Conflict: it was accepted otherwise, ended, or the MRN is that of another declaration that was accepted.
        """
        record = await self.current(record_id)
        await self._permissions.judged(asker, PermittedAct.ACCEPT, record)
        with admission.change_first(record.reached, seen):
            if admission.acceptance(record.reached, mrn, accepted_at):
                return Stepped(record=record, fresh=False, seq=record.event_seq)
        first = record if record.version == 1 else await self.current(record_id, 1)
        self._acceptance.must_be_late_enough(accepted_at, record.kind, first.received_at)
        return await self._step(record, *self.acceptance(mrn, accepted_at, by), seen=seen)

    async def present(self, record_id: str, *, by: Actor, asker: Asker) -> Stepped:
        """Take the presentation of goods whose declaration has no MRN yet; it is accepted when customs gives one.

        Raises:
            NotKnown: there is no such declaration.
            NotAllowed: that is not the caller's to say.
            Conflict: it ended.
        """
        record = await self.current(record_id)
        await self._permissions.judged(asker, PermittedAct.ACCEPT, record)
        event = self._event(EventKind.PRESENTATION_RECEIVED, {"version": record.version}, by)
        return await self._step(record, event, PresentationReceived(by=by))

    def acceptance(self, mrn: str, accepted_at: datetime, by: Actor) -> tuple[Event, AcceptanceReceived]:
        """Return the event and change of an acceptance."""
        event = self._event(EventKind.ACCEPTANCE_RECEIVED, {"mrn": mrn, "accepted_at": accepted_at}, by)
        return event, AcceptanceReceived(mrn=mrn, accepted_at=accepted_at, by=by)

    async def invalidate(
        self,
        record_id: str,
        *,
        reason: str | None,
        by: Actor,
        asker: Asker,
        grounds: ApplicationGrounds = NO_GROUNDS,
        seen: ReadState | None = None,
    ) -> Stepped:
        """Take the request to invalidate the declaration, or the application for it (UCC Art. 174).

        Args:
            record_id: the declaration.
            reason: why, in the caller's own text; None: it came as a message, which has no place for it, nor for grounds.
            by: who requests it.
            asker: whose request it is, so that it is known what they may do.
            grounds: why; after release an invalidation has one, before it may, and a party's own withdrawal needs none.
            seen: what they read before.

        Raises:
            NotKnown: there is no such declaration.
            NotAllowed: it is not the caller's to withdraw.
            CallInvalid: there are no such grounds, or none is named although goods are released.
            Conflict: the declaration lapsed, it is invalidated on other grounds, or another application is open.
        """

        async def attempt() -> Stepped:
            record = await self.current(record_id)
            verdict = await self._permissions.judged(asker, PermittedAct.INVALIDATE, record)
            with admission.change_first(record.reached, seen):
                if admission.invalidation(record.reached, grounds.name):
                    return Stepped(record=record, fresh=False, seq=record.event_seq)
                must_be_permitted(verdict, record)
            admission.must_be_as_read(record.reached, seen)
            if verdict is Verdict.APPLY:
                application, fresh = await self._applications.invalidation(by, asker, record, grounds)
                return Stepped(record=record, fresh=fresh, seq=record.event_seq, application=application)
            of_party = asker.is_trader
            judged = (
                None if of_party else self._applications.ground_of_act(record, grounds.name, by_message=reason is None)
            )
            phase = phase_after(record.released)
            stated = {} if judged is None else judged.stated(phase)
            event = self._event(EventKind.INVALIDATION_RECEIVED, {"version": record.version, **stated}, by)
            # The party is judged by the version, the act by the stage.
            stood = (record.stage, record.current_version) if asker.is_trader else (None, None)
            named = judged.name if judged is not None else None
            change = InvalidationReceived(reason=reason or "message", by=by, grounds=named, phase=phase)
            return await self._step(record, event, change, stood=stood, seen=seen)

        return await as_it_stands(attempt)

    async def take_verification(
        self,
        record_id: str,
        verification: OfficerVerification,
        *,
        by: Actor,
        second: Actor | None = None,
        approving: UsedApproval | None = None,
        seen: ReadState | None = None,
        alone: bool = False,
    ) -> Stepped | Approval:
        """Take an officer's own verification of a document; the declaration is decided again.

        Where the tables want a second officer and there is none, it waits for their approval, which is returned; `alone`: it is refused.

        Raises:
            SecondNeeded: it takes a second officer, and nobody else is to be asked.
            NotKnown: there is no such declaration, or it does not cite the document.
            SamePerson: the second officer is the first.
            Conflict: the declaration ended.
            ApprovalOver: what approves it does not wait any more, or the same was rejected.
        """
        two_people(by, second)
        verification = replace(verification, officer=by.person, second_officer=_person(second))
        stated = verification

        async def attempt() -> Stepped | Approval:
            record = await self.current(record_id)
            with admission.change_first(record.reached, seen):
                admission.must_be_open(record.reached)
            document = await self._cited(record, stated.type, stated.reference)
            if document is None:
                raise NotKnown("The declaration cites no such document.")
            verification = replace(stated, reference=document.reference)
            event = self._event(
                EventKind.VERIFIED_BY_OFFICER,
                {
                    "type": verification.type,
                    "reference": verification.reference,
                    "outcome": verification.outcome,
                    "quantity": verification.quantity,
                    "unit": verification.unit,
                    "second_officer": verification.second_officer is not None,
                },
                by,
                second,
            )
            complete = replace(verification, version=record.version, by=by, second=second)
            change = VerificationReceived(verification=complete)
            view = self._tables.current().at(self._calendar.day(self._clock()))
            for status in await self._statuses(record, document) if second is None else ():
                if view.needs_second_officer(document.type, status, verification.outcome):
                    if alone:
                        raise SecondNeeded("Against what the authority said a second officer is needed.")
                    return await self._request_approval(record, event, change, Ordered(verification=complete), by, seen)
            # Of one officer it stands only on what was read: another decision may need a second one.
            read = record.event_seq if second is None else None
            return await self._step(record, event, change, approving, read=read, seen=seen)

        return await as_it_stands(attempt)

    async def assess_anew(self, record_id: str, *, by: Actor, seen: ReadState | None = None) -> Stepped:
        """Have the authorities asked about the declaration again at once, whenever that is due by itself.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it ended.
            AskedLately: that was asked for less than a minute ago.
        """
        record = await self.current(record_id)
        event = self._event(EventKind.ASSESSMENT_REQUESTED, {"version": record.version}, by)
        return await self._step(record, event, AssessmentRequested(pause=ONCE_IN, by=by), seen=seen)

    async def confirm(
        self, record_id: str, *, by: Actor, heard: bool = False, seen: ReadState | None = None
    ) -> Stepped:
        """Take customs' confirmation of a refusal: its trader may see it (UCC Art. 22(6)).

        `heard`: the declarant was given the right to be heard before.

        Raises:
            NotKnown: there is no such declaration.
            NotDecidedYet, NothingRefused: there is nothing refused to confirm.
        """

        async def attempt() -> Stepped:
            record = await self.current(record_id)
            with admission.change_first(record.reached, seen):
                if admission.confirmation(record.reached, _effect(record)):
                    return Stepped(record=record, fresh=False, seq=record.event_seq)
            assert record.decision is not None
            body: dict[str, object] = {"number": record.decision.number}
            event = self._event(EventKind.CONFIRMED, {**body, "heard": True} if heard else body, by)
            # Nobody confirms a decision that was made after they read.
            change = Confirmed(officer=by.person, by=by)
            seq = await self._store.steps.note(record_id, event, change, read=record.event_seq, seen=seen)
            return Stepped(record=await self.current(record_id), fresh=True, seq=seq)

        return await as_it_stands(attempt)

    async def report_made(
        self,
        record_id: str,
        release: int,
        document: DocumentKey,
        *,
        reason: str,
        by: Actor,
        seen: ReadState | None = None,
    ) -> Stepped:
        """Take an officer's statement that an authority was told of a release in another way: the gateway tells it no more.

        `release` is the number of the event that reports the order to release.

        Raises:
            NotKnown: there is no such declaration, or no such report is required.
        """
        record = await self.current(record_id)
        body: dict[str, object] = {"step": release, "type": document.type, "reference": document.reference}
        event = self._event(EventKind.REPORTED_OTHERWISE, body, by)
        change = ReportMade(step=release, document=document, reason=reason, by=by, at=event.at)
        seq = await self._store.steps.note(record_id, event, change, seen=seen)
        return Stepped(record=await self.current(record_id), fresh=seq > record.event_seq, seq=seq)

    async def release(
        self,
        record_id: str,
        order: ReleaseOrder,
        *,
        by: Actor,
        second: Actor | None = None,
        approving: UsedApproval | None = None,
        seen: ReadState | None = None,
    ) -> Stepped | Approval:
        """Take customs' release of goods, whole or in part (UCC Art. 194): what was reserved of them is written off.

        An override of a refusal waits for the approval of a second officer, which is returned, unless there is one.

        Raises:
            NotKnown: there is no such declaration.
            CallInvalid: it names goods that the declaration has not, or parts that cannot be counted.
            SamePerson: the second officer is the first.
            ApprovalOver: what approves it does not wait any more, or the same was rejected.
            Conflict: it is not accepted or not decided yet, it ended, its decision is against it, or less is left;
                its decision rests on a contingency window that has ended: then it is assessed again at once.
        """
        two_people(by, second)
        if order.override is not None:
            override = replace(order.override, officer=by.person, second_officer=_person(second))
            order = replace(order, override=override)
        record = await self.current(record_id)
        with admission.change_first(record.reached, seen):
            admission.must_be_open(record.reached)
            if order.items:
                declaration = await self._store.declarations.declaration(record_id, record.version)
                if declaration is None:
                    raise NotKnown
                view = self._tables.current().at(self._calendar.day(record.accepted_at or record.received_at))
                if await self._received_as(record_id, order) is None:
                    must_be_left(record.released, order, declaration, record.documents, view)
        body: dict[str, object] = {
            "version": record.version, "items": order.items, "override": order.override is not None
        }  # fmt: skip
        if order.reference is not None:
            body["reference"] = order.reference
        event = self._event(EventKind.RELEASE_RECEIVED, body, by, second)
        change = ReleaseReceived(order=order, by=by, second=second)
        try:
            step = await self._step(record, event, change, approving, seen=seen)
            return step if step.fresh else replace(step, seq=await self._received_as(record_id, order) or step.seq)
        except SecondNeeded:
            return await self._request_approval(record, event, change, Ordered(release=order), by, seen)
        except WindowEnded:
            await self.ask_again(record_id, because=AssessmentCause.WINDOW)
            raise

    async def intervene(
        self,
        record_id: str,
        order: InterventionOrder,
        *,
        by: Actor,
        second: Actor | None = None,
        approving: UsedApproval | None = None,
        seen: ReadState | None = None,
    ) -> Stepped | Approval:
        """Take two officers' correction of a write-off (Impl. Reg. (EU) 2024/2145, Art. 7 and 8).

        Of one officer it waits for the approval of a second one, which is returned.

        Raises:
            NotKnown: there is no such declaration, or it does not cite the document of a connected authority.
            CallInvalid: its lines are not the declaration's.
            SamePerson: the second officer is the first.
            ApprovalOver: what approves it does not wait any more, or the same was rejected.
            Conflict: the declaration is not accepted or ended, or another intervention is being carried out.
        """
        two_people(by, second)
        order = replace(order, officer=by.person, second_officer=_person(second))
        record = await self.current(record_id)
        with admission.change_first(record.reached, seen):
            admission.must_not_be_ended(record.reached)
        declaration = await self._store.declarations.declaration(record_id, record.version)
        if declaration is None:
            raise NotKnown
        reference = await self._written_off_or_cited(record, order)
        if reference is None:
            raise NotKnown("The declaration cites no such document that an authority is asked about.")
        order = replace(order, document_reference=reference)
        if declaration.customs_office is None:
            raise CallInvalid(
                "The declaration names no customs office, and an intervention is made in its office's name."
            )
        unknown = {line.goods_item for line in order.lines} - {item.number for item in declaration.items}
        if unknown:
            raise CallInvalid(f"The declaration has no goods item {min(unknown)}.")
        body: dict[str, object] = {
            "type": order.type,
            "reference": order.document_reference,
            "kind": order.kind,
            "lines": order.lines,
        }
        event = self._event(EventKind.INTERVENTION_RECEIVED, body, by, second)
        change = InterventionReceived(order=order, by=by, second=second)
        if second is None:
            return await self._request_approval(record, event, change, Ordered(intervention=order), by, seen)
        return await self._step(record, event, change, approving, seen=seen)

    async def _written_off_or_cited(self, record: Record, order: InterventionOrder) -> str | None:
        """Return the reference of the document that an intervention is about: a cited one, or one that is still written off."""
        document = await self._cited(record, order.type, order.document_reference)
        if document is not None:
            return document.reference if document.authority is not None else None
        movements = await self._store.movements.of(record.id)
        own = [one.reference for one in own_positions(movements) if one.type == order.type and not one.holding.empty]
        identities = await self.identities_of(order.type, [order.document_reference, *own])
        named = identities[order.document_reference]
        same = (one for one in own if one == order.document_reference or (named and named == identities[one]))
        return next(same, None)

    async def cancel_reservations(self, record_id: str) -> None:
        """Cancel the reservations of a dormant declaration; its next release or amendment reserves again."""
        record = await self.current(record_id)
        if not admission.abandonment(record.reached):
            event = self._event(EventKind.ABANDONED, {"version": record.version}, GATEWAY)
            await self._step(record, event, Dormant())

    async def doubt(self, record_id: str, *, by: Actor) -> Stepped:
        """Have everything read back that the declaration ever moved, as after a restore from a backup."""
        record = await self.current(record_id)
        event = self._event(EventKind.DOUBTED, {"version": record.version}, by)
        await learn_moved(self._identify, await self._store.movements.of(record.id))
        return await self._step(record, event, Doubted(document=AsCited(self._identify, {}).document, by=by))

    async def lapse(self, record_id: str) -> None:
        """End a pre-lodged declaration whose goods were never presented (UCC Art. 171)."""
        record = await self.current(record_id)
        if record.kind is Kind.PRE_LODGED and not admission.lapse(record.reached):
            event = self._event(EventKind.LAPSED, {"version": record.version}, GATEWAY)
            await self._store.steps.note(record_id, event, Lapsed())

    async def ask_again(self, record_id: str, *, anew: bool = False, because: AssessmentCause | None = None) -> None:
        """Assess a declaration again before its time; `anew`: also one over which process after process ended.

        `because`: why, for its audit trail; None: that is not known.
        """
        if await self._store.declarations.wake(record_id, anew=anew, because=because):
            await self._leases.pursue(record_id)

    async def changed(self, document_type: str, *references: str) -> int | None:
        """Assess again the declarations that cite documents which an authority reports to have changed; return how many.

        None: its rule does not say which document one of them is, so that not all that cite it may have been found.
        """
        citing: set[str] = set()
        for start in range(0, len(references), _AT_ONCE):
            some = references[start : start + _AT_ONCE]
            citing.update(await self._store.citations.citing(document_type, some, self.identities_of))
        for record_id in sorted(citing):
            await self.ask_again(record_id, because=AssessmentCause.PUSH)
        return None if None in (await self.identities_of(document_type, references)).values() else len(citing)

    def is_asked(self, adapter: str, document_type: str) -> bool:
        """Whether an adapter is asked about a document type on any day: what its code could answer alone does not count."""
        return any(one.adapter == adapter and document_type in one.types for one in self._tables.current().routes)

    async def identities_of(self, document_type: str, references: Collection[str]) -> Mapping[str, str | None]:
        """Return references, each with its identity by the adapter now asked about their type; None where its rule does not say."""
        tables, today = self._tables.current(), self._calendar.day(self._clock())
        return await self._identify.of(adapter_of(document_type, tables, on=today), document_type, references)

    async def _cited(self, record: Record, document_type: str, reference: str) -> DocumentOutcome | None:
        """Return the document of a declaration that a reference names, in any spelling."""
        of_type = [one for one in record.documents if one.type == document_type]
        found = next((one for one in of_type if one.reference == reference), None)
        if found is not None or not of_type:
            return found
        spelled = [reference, *(one.reference for one in of_type)]
        identities = await self._identify.of(of_type[0].authority, document_type, spelled)
        named = identities[reference]
        same = (one for one in of_type if named == identities[one.reference])
        return next(same, None) if named is not None else None

    async def _step(
        self,
        record: Record,
        event: Event,
        change: Change,
        approving: UsedApproval | None = None,
        *,
        stood: tuple[Stage | None, int | None] = (None, None),
        read: int | None = None,
        seen: ReadState | None = None,
    ) -> Stepped:
        if approving is not None:
            event = structs.replace(event, body={**event.body, "approval": approving.id})
        seq = await self._store.steps.note(
            record.id, event, change, approving=approving, stage=stood[0], version=stood[1], read=read, seen=seen
        )
        await self._leases.pursue(record.id)
        return Stepped(record=await self.current(record.id), fresh=seq > record.event_seq, seq=seq)

    async def _request_approval(
        self, record: Record, event: Event, change: Change, ordered: Ordered, by: Actor, seen: ReadState | None
    ) -> Stepped | Approval:
        """Have an order wait for a second person; return the declaration as it stands if it was carried out already.

        Raises:
            SamePerson: nobody says who ordered it, so nobody else can approve it.
        """
        if not by.named:
            raise SamePerson
        new = NewApproval(
            id=self._new_id(),
            asked=AskedOrder(ordered=ordered, by=by),
            valid_for=self._approvals_for,
            record_id=record.id,
        )
        waiting = await self._store.steps.request_approval(event, change, new, seen=seen)
        if waiting is None:
            return Stepped(record=await self.current(record.id), fresh=False, seq=record.event_seq)
        return waiting

    async def _statuses(self, record: Record, document: DocumentOutcome) -> tuple[DocumentStatus, ...]:
        """Return a document's present status and, behind officers' verifications, the one before them."""
        known, numbered = [document.status], record.decision
        while document.verified_by is VerifiedBy.OFFICER and numbered is not None and numbered.number > 1:
            numbered = await self._store.declarations.decision(record.id, numbered.number - 1)
            for one in numbered.decision.documents if numbered is not None else ():
                if one.key == document.key:
                    document = one
                    known.append(one.status)
        return tuple(known)

    async def _received_as(self, record_id: str, order: ReleaseOrder) -> int | None:
        """Return the number of the event that reports the newest such release; None: there is none."""
        steps = await self._store.steps.of(record_id)
        return next((step.seq for step in reversed(steps) if admission.is_release(step, order)), None)

    async def outcome(self, record_id: str, seq: int) -> StepOutcome | None:
        """Return how an order ended that was received as event `seq`; None: it has not."""
        steps = await self._store.steps.of(record_id)
        return next((step.outcome for step in steps if step.seq == seq), None)

    async def current(self, record_id: str, version: int | None = None) -> Record:
        record = await self._store.declarations.get(record_id, version)
        if record is None:
            raise NotKnown("There is no such declaration.")
        return record

    def _event(self, kind: EventKind, body: dict[str, object], by: Actor, second: Actor | None = None) -> Event:
        return Event(kind=kind, at=self._clock(), body={**body, **actors_body(by, second)})


def _effect(record: Record) -> Effect | None:
    return record.decision.decision.effect if record.decision is not None else None


def _person(who: Actor | None) -> str | None:
    return who.person if who is not None else None


def two_people(by: Actor, second: Actor | None) -> None:
    """Require that an order is of one person, or of two different ones.

    Raises:
        SamePerson: two are named, and they may be one.
    """
    if second is not None and is_same_person(by, second):
        raise SamePerson
