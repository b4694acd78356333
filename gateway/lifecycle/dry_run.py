"""The dry run of an officer's act: what would move, and what would be decided. Nothing is stored, and no authority is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from msgspec import structs

from gateway.beside import beside_if_large
from gateway.contract import OrderLine
from gateway.decisions import Case, Judgement
from gateway.decisions.account import MOVING
from gateway.decisions.assumed import as_if_held
from gateway.domain import admission
from gateway.domain.application import Application
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Decision, DocumentOutcome
from gateway.domain.declaration import Declaration
from gateway.domain.document import DocumentKey
from gateway.domain.errors import CallInvalid, ContentErased, NotDecidedYet, NotKnown, SecondNeeded
from gateway.domain.events import EventKind
from gateway.domain.facts import Facts
from gateway.domain.identity import AsCited, Identify, Identities
from gateway.domain.invalidation import invalidation_of, keeps_write_offs
from gateway.domain.movement import Movement, OwnPosition, OwnQuantity, own_positions
from gateway.domain.record import OfficerVerification, ReadState, Record
from gateway.domain.release import Released, ReleaseOrder
from gateway.domain.release_gate import LastDecision
from gateway.domain.tables.applications import ApplicationKind
from gateway.domain.verification import Verification, VerifiedBy
from gateway.history.recall import Missing, NotRecalled, Recalled, decisions_made, events_of, recall, unasked
from gateway.lifecycle.applications import carried_over, decided_already
from gateway.lifecycle.movements.release_scope import (
    LeftToRelease,
    filled,
    left_of,
    must_be_left,
    release_targets,
    together,
)
from gateway.lifecycle.movements.reservation_scope import intended_targets
from gateway.lifecycle.processing.assessment import verified_by_officer
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.quantities.targets import Target, nothing, reservation_targets
from gateway.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LineToMove:
    """A line of a certificate on which something would be written off."""

    document: DocumentKey
    goods_item: int
    line: int
    quantity: Decimal
    """The quantity that would be written off now."""
    written_off: Decimal
    """The quantity that would be written off of it in all."""
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDryRun:
    """The outcome that a release would have."""

    record: Record
    """The declaration as it would be once everything is written off."""
    released: Released
    moved: tuple[LineToMove, ...]
    not_moved: tuple[DocumentKey, ...]
    """The documents that an authority judges and of which nothing would be written off."""
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDryRun:
    """The outcome that an officer's verification would have."""

    record: Record
    """The declaration with the decision that it would get, from the answers that the last decision was made from."""
    before: Decision
    after: Decision
    reserved: tuple[DocumentKey, ...]
    """The documents of which something would be reserved that is not."""
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHeld:
    """A line of a certificate of which a declaration would hold something else than it holds."""

    document: DocumentKey
    goods_item: int
    line: int
    held: tuple[Decimal, str] | None
    """The quantity reserved or written off of it now, and the unit; None: nothing."""
    would_hold: tuple[Decimal, str] | None
    written_off: bool
    """Whether it is written off now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDryRun:
    """The outcome that granting an application would have."""

    moved: tuple[LineHeld, ...]
    record: Record | None = None
    """The declaration with the decision that it would get, from the answers that are known; None: it would get none."""
    not_asked: tuple[DocumentKey, ...] = ()
    """The documents that an authority would have to be asked about first: of them nothing is known."""


_LATEST = 200
_MOVING = frozenset({EventKind.ABANDONED, EventKind.AMENDMENT_RECEIVED, EventKind.RELEASE_RECEIVED})
"""Events that change which reservations there are."""


class DryRuns:
    """The dry runs of acts on a declaration."""

    def __init__(
        self,
        *,
        store: Store,
        tables: TablesInForce,
        calendar: Calendar,
        clock: Callable[[], datetime],
        identify: Identities,
        cancel_refused: bool,
    ) -> None:
        self._store = store
        self._tables = tables
        self._calendar = calendar
        self._clock = clock
        self._identify = identify
        self._cancel_refused = cancel_refused

    async def left(self, record: Record) -> tuple[LeftToRelease, ...]:
        """Return what is left to release of each goods item.

        Raises:
            ContentErased: nobody knows any more what the declaration says.
        """
        declaration = await self._declaration(record)
        view = self._tables.current().at(self._calendar.day(record.accepted_at or record.received_at))
        return left_of(record.released, declaration, record.documents, view)

    async def release(self, record: Record, order: ReleaseOrder, *, seen: ReadState | None = None) -> ReleaseDryRun:
        """Return what a release would move.

        Raises:
            CallInvalid: it names goods that the declaration has not, or parts that cannot be counted.
            Conflict: as the release itself.
            ReadBefore: version and decision are not those that were `seen`.
        """
        with admission.change_first(record.reached, seen):
            needs_second = await self._must_be_possible(record, order)
            declaration = await self._declaration(record)
            view = self._tables.current().at(self._calendar.day(record.accepted_at or record.received_at))
            must_be_left(record.released, order, declaration, record.documents, view)
        admission.must_be_as_read(record.reached, seen)
        now = self._clock()
        released = filled(together(record.released, order, declaration, now), declaration, record.documents, view)
        own = await self._own(record)
        targets = release_targets(
            declaration, record.documents, tuple(own.values()), released, view, again=await self._is_dormant(record)
        )
        foreign = {key for key, one in own.items() if one.foreign}
        moved = tuple(
            line
            for target in targets
            if target.document not in foreign
            for line in _moved(target, own.get(target.document))
        )
        done = {line.document for line in moved}
        return ReleaseDryRun(
            record=replace(record, released=released),
            released=released,
            moved=moved,
            not_moved=tuple(one.key for one in record.documents if one.authority is not None and one.key not in done),
            needs_second=needs_second,
        )

    async def verification(
        self, record: Record, verification: OfficerVerification, *, seen: ReadState | None = None
    ) -> VerificationDryRun:
        """Return what would be decided with an officer's verification, from what the authorities last answered.

        Raises:
            NotKnown: the declaration does not cite the document.
            NotDecidedYet: it is not decided yet.
            ContentErased: what it was decided from was erased.
            Conflict: it ended.
            ReadBefore: version and decision are not those that were `seen`.
        """
        with admission.change_first(record.reached, seen):
            admission.must_be_open(record.reached)
            if record.decision is None:
                raise NotDecidedYet("The declaration is not decided yet.")
        admission.must_be_as_read(record.reached, seen)
        document = next((one for one in record.documents if one.key == verification.key), None)
        if document is None:
            raise NotKnown("The declaration cites no such document.")
        tables, numbered = self._tables.current(), record.decision
        recalled = await self._recalled(record)
        stated = verified_by_officer(document.authority, document.key, verification)
        case = await beside_if_large(
            recalled.declaration.size,
            lambda: replace(recalled, facts=_with(recalled, stated)).case(tables, self._calendar),
        )
        after, judgement = await beside_if_large(case.size, lambda: _decided(case, numbered.decided_at))
        held = {one.document for one in case.own_positions if not one.holding.empty}
        view = tables.at(self._calendar.day(self._clock()))
        then = replace(numbered, number=numbered.number + 1, decision=after)
        return VerificationDryRun(
            record=replace(record, decision=then, documents=after.documents, confirmed=False),
            before=numbered.decision,
            after=after,
            reserved=tuple(one.document for one in judgement.intended() if one.document not in held),
            needs_second=view.needs_second_officer(document.type, document.status, verification.outcome),
        )

    async def application(self, record: Record, application: Application) -> ApplicationDryRun:
        """Return what would move and be decided if an application were granted, from what the authorities last answered.

        Raises:
            NotDecidedYet: the declaration is not decided yet.
            CallInvalid: goods are released: what was known at their release would count.
            ContentErased: what is applied for, or what it was decided from, was erased.
            Conflict: the declaration ended, or the application is decided.
        """
        if not application.is_open:
            raise decided_already(application)
        admission.must_be_open(record.reached)
        own = await self._own(record)
        if application.kind is ApplicationKind.INVALIDATION:
            return ApplicationDryRun(moved=self._given_back(record, application, own))
        if record.decision is None:
            raise NotDecidedYet("The declaration is not decided yet.")
        if record.released is not None:
            raise CallInvalid("Goods are released already: what an amendment would get is not told beforehand.")
        wanted = await self._store.applications.declaration(application.id)
        if wanted is None:
            raise ContentErased("What was applied for has been erased.")
        recalled, tables = await self._recalled(record), self._tables.current()
        if wanted.mrn is None and record.mrn is not None:
            wanted = structs.replace(wanted, mrn=record.mrn)
        made = replace(recalled.made, mrn=record.mrn, accepted_at=record.accepted_at)
        then = replace(recalled, made=made, declaration=wanted, facts=_of_next_version(recalled.facts))
        case = await beside_if_large(wanted.size, lambda: _of_cited(then.case(tables, self._calendar)))
        judgement = await beside_if_large(case.size, lambda: Judgement(case))
        after = await beside_if_large(case.size, lambda: judgement.decision(as_if_held(judgement, self._clock())))
        numbered = replace(record.decision, number=record.decision.number + 1, version=wanted.version, decision=after)
        return ApplicationDryRun(
            moved=self._would_move(judgement, own) if wanted.kind in MOVING else (),
            record=replace(record, decision=numbered, documents=after.documents, confirmed=False),
            not_asked=unasked(case),
        )

    def _given_back(
        self, record: Record, application: Application, own: Mapping[DocumentKey, OwnPosition]
    ) -> tuple[LineHeld, ...]:
        """Return what an invalidation gives back: what is written off for goods that are out is for officers."""
        then = self._tables.current().at(self._calendar.day(application.applied_at))
        stated = carried_over(application, record.released, then)
        stays = keeps_write_offs(invalidation_of(application.applied_at, stated), record.released)
        moving = [one for one in own.values() if not (stays and one.holding.written_off)]
        return tuple(line for one in moving for line in _held(nothing(one), one))

    def _would_move(self, judgement: Judgement, own: Mapping[DocumentKey, OwnPosition]) -> tuple[LineHeld, ...]:
        if not judgement.opened:
            return ()
        refused = judgement.refused_items() if self._cancel_refused else frozenset()
        targets = reservation_targets(
            intended_targets(judgement),
            tuple(own.values()),
            cited=judgement.counting(),
            refused=refused,
            gives_all_back=self._cancel_refused and judgement.gives_all_back(),
        )
        return tuple(line for target in targets if target.reserves for line in _held(target, own.get(target.document)))

    async def _must_be_possible(self, record: Record, order: ReleaseOrder) -> bool:
        """Require that the declaration may be released so; return whether a second person is needed."""
        decision = record.decision
        last = LastDecision(decision=decision, assessed=not record.due) if decision is not None else None
        try:
            admission.release(record.reached, order, await self._store.steps.of(record.id), last)
        except SecondNeeded:
            return True
        return False

    async def _is_dormant(self, record: Record) -> bool:
        """Whether reservations were cancelled because nobody released the goods: the release makes them anew."""
        events = await self._store.declarations.events(record.id, max(0, record.event_seq - _LATEST), _LATEST)
        last = [one.kind for one in events if one.kind in _MOVING]
        return bool(last) and last[-1] is EventKind.ABANDONED

    async def _declaration(self, record: Record) -> Declaration:
        declaration = await self._store.declarations.declaration(record.id, record.version)
        if declaration is None:
            raise ContentErased("What the declaration says was erased: nothing is done with it any more.")
        return declaration

    async def _recalled(self, record: Record) -> Recalled:
        assert record.decision is not None
        number, history = record.decision.number, decisions_made(record, await events_of(self._store, record.id))
        made = next((one for one in history if one.number == number), None)
        try:
            if made is None:
                raise NotRecalled(Missing.ANSWERS)
            return await recall(self._store, record, made)
        except NotRecalled as reason:
            raise ContentErased(f"What it was decided from is not stored any more: the {reason.missing}.") from reason

    async def _own(self, record: Record) -> Mapping[DocumentKey, OwnPosition]:
        movements = await self._store.movements.of(record.id)
        await self._identify.learn(lambda asking: _positions(asking, record.documents, movements))
        return {one.document: one for one in _positions(self._identify, record.documents, movements)}


def _positions(
    identify: Identify, documents: Sequence[DocumentOutcome], movements: Sequence[Movement]
) -> tuple[OwnPosition, ...]:
    named = {
        DocumentKey(one.type, identify(one.authority, one.type, one.reference) or one.reference): one.key
        for one in documents
    }
    return own_positions(movements, AsCited(identify, named).document)


def _moved(target: Target, own: OwnPosition | None) -> list[LineToMove]:
    before = {_place(line): _counted(line) for line in (own.holding if own is not None else OwnQuantity()).written_off}
    found = []
    for line in target.lines:
        (amount, unit), (already, _) = _counted(line), before.get(_place(line), (Decimal(0), ""))
        if amount > already:
            found.append(
                LineToMove(
                    document=target.document,
                    goods_item=line.goods_item,
                    line=line.certificate_line,
                    quantity=amount - already,
                    written_off=amount,
                    unit=unit,
                )
            )
    return found


def _held(target: Target, own: OwnPosition | None) -> list[LineHeld]:
    holding = own.holding if own is not None else OwnQuantity()
    if target.lines and holding.written_off:
        return []  # what is written off stays so
    held = {_place(line): _counted(line) for line in holding.written_off or holding.reserved}
    wanted = {_place(line): _counted(line) for line in target.lines}
    return [
        LineHeld(
            document=target.document,
            goods_item=place[0],
            line=place[1],
            held=held.get(place),
            would_hold=wanted.get(place),
            written_off=bool(holding.written_off),
        )
        for place in sorted(held.keys() | wanted.keys())
        if held.get(place) != wanted.get(place)
    ]


def _of_next_version(facts: Facts) -> Facts:
    """Return the facts as far as they hold for the next version: an officer's word is about the version that it was given on."""
    answered = tuple(one for one in facts.verifications if one.verified_by is not VerifiedBy.OFFICER)
    return structs.replace(facts, verifications=answered, movements=(), before=())


def _of_cited(case: Case) -> Case:
    """Return the case with what is known of the documents that it cites."""
    cited = {one.key for one in case.plan.documents}
    known = tuple(one for one in case.facts.verifications if one.key in cited)
    return replace(case, facts=structs.replace(case.facts, verifications=known))


def _place(line: OrderLine) -> tuple[int, int]:
    return line.goods_item, line.certificate_line


def _counted(line: OrderLine) -> tuple[Decimal, str]:
    """Return what counts of a line, and its unit: of a line by value alone its currency."""
    if line.quantities:
        return line.quantities[0].value, line.quantities[0].unit
    assert line.amount is not None, "a line is counted by quantity or by value"
    return line.amount.value, line.amount.currency


def _with(recalled: Recalled, stated: Verification) -> Facts:
    verifications = tuple(one for one in recalled.facts.verifications if one.key != stated.key)
    return structs.replace(recalled.facts, verifications=(*verifications, stated))


def _decided(case: Case, at: datetime) -> tuple[Decision, Judgement]:
    """Decide as if everything intended that is not held yet were reserved, as a declaration's decision comes behind its orders."""
    judgement = Judgement(case)
    held = {one.document for one in case.own_positions}
    assumed = tuple(one for one in as_if_held(judgement, at) if one.document not in held)
    return judgement.decision((*case.own_positions, *assumed)), judgement
