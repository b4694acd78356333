"""The carrying out of what customs ordered: releases and interventions that were received, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.contract import Money, OrderLine, Quantity
from gateway.domain.document import DocumentKey
from gateway.domain.errors import GoodsSuspended, UnderExamination
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AsCited
from gateway.domain.movement import Movement, MovementKind, MovementState, OwnPosition
from gateway.domain.record import Work
from gateway.domain.release import (
    DocumentMoved,
    InterventionKind,
    InterventionOrder,
    Obstacle,
    Released,
    StepOutcome,
    StepReceived,
)
from gateway.domain.release_gate import share_goods
from gateway.domain.tables.in_force import InForce
from gateway.lifecycle.movements.driver import MovementDriver
from gateway.lifecycle.movements.release_gate import Course, ReleaseGate
from gateway.lifecycle.movements.release_scope import filled, release_targets, takes_reservations, together
from gateway.lifecycle.movements.required_reports import GoodsOut
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import Aim, Target

OVERTAKEN = "overtaken"
"""A newer version, an invalidation or another decision came before it was begun."""
NOT_WRITTEN_OFF = "not_written_off"
"""An authority refuses to write off what was to be released, although everything was asked, judged and reserved again."""
EXAMINED = "examined"
"""An examination was announced before anything of it was begun."""
SUSPENDED = "suspended"
"""Its goods were suspended before anything of it was begun."""
AGAINST_DECISION = "against_decision"
"""The reason of a refusal where the authorities' present answers speak against the order."""
_STOPPED = {GoodsSuspended.code: SUSPENDED, UnderExamination.code: EXAMINED}
REFUSED = "refused"
REFUSED_WRITE_OFF = "SW-DEC-118"
"""The finding that says of a document that its authority did not carry an order out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """The outcome of the steps that were received."""

    ended: tuple[tuple[int, StepOutcome], ...] = ()
    """The steps that ended, by the number of their event; the others are carried out later."""
    released: Released | None = None
    events: tuple[Event, ...] = ()
    out: tuple[GoodsOut, ...] = ()
    """The releases among them that were carried out."""
    waiting: bool = False
    """Whether one could not be ended, because something is in doubt."""
    to_judge: bool = False
    """Whether a release stays open until its goods are judged by what the authorities say now, or until they say it."""
    news: bool = False
    """Whether an authority said of a document that its status had changed, or may have said so in an answer that was lost."""

    @property
    def smooth(self) -> bool:
        """Whether all of them were done, and nothing has to be assessed again."""
        is_open = self.waiting or self.to_judge
        return not is_open and not self.news and all(outcome.done for _, outcome in self.ended)

    @property
    def refused(self) -> bool:
        """Whether a release has ended without being carried out."""
        return any(event.kind is EventKind.RELEASE_REFUSED for event in self.events)

    def rest(self, work: Work) -> Work:
        """Return the work with those steps only that are not ended."""
        ended = {seq for seq, _ in self.ended}
        return replace(work, steps=tuple(step for step in work.steps if step.seq not in ended), released=self.released)

    def then(self, more: "CarriedOut") -> "CarriedOut":
        """Return both outcomes as one."""
        return CarriedOut(
            ended=(*self.ended, *more.ended),
            released=more.released,
            events=(*self.events, *more.events),
            out=(*self.out, *more.out),
            waiting=more.waiting,
            to_judge=more.to_judge,
            news=self.news or more.news,
        )


async def carry_out(
    work: Work,
    driver: MovementDriver,
    view: InForce,
    clock: Callable[[], datetime],
    gate: ReleaseGate,
    *,
    news: bool = False,
) -> CarriedOut:
    """Carry the received steps out in their order, up to the first that cannot be ended.

    Args:
        work: the declaration with its steps.
        driver: orders of the authorities.
        view: the rows in force.
        clock: the time.
        gate: what becomes of a release before anything of it is ordered.
        news: whether an authority has said of a step before them that a document's status has changed. Once one says so, the
            decision is over on which the releases behind it rest.

    Raises:
        LeaseLost, Stale, StoreUnavailable: nothing more may be ordered.
    """
    book, carried = driver.book, CarriedOut(released=work.released, news=news)
    for place, step in enumerate(work.steps):
        await driver.read_back()
        begun = bool(book.movements_of(step.seq))
        if step.release is None:
            ending = _Ending(outcome=await _intervene(work, step, driver, view, clock), released=carried.released)
        elif not begun and _is_overtaken(work, step, work.steps[place + 1 :]):
            ending = _Ending(outcome=_not_done(OVERTAKEN, clock()), released=carried.released)
        elif carried.news and not begun:
            ending = _Ending(outcome=None, released=carried.released, to_judge=True)
        else:
            release = _Release(work, step, driver, view, clock, gate)
            ending = await release.carry_out(carried.released)
        if ending.outcome is None:
            return replace(carried, waiting=not ending.to_judge, to_judge=ending.to_judge)
        says = any(one.status_changed or one.doubted for one in book.movements_of(step.seq))
        if step.release is not None and ending.outcome.done:
            gone = GoodsOut(step=step.seq, order=step.release, before=carried.released, at=ending.outcome.at)
            carried = replace(carried, out=(*carried.out, gone))
        carried = replace(
            carried,
            ended=(*carried.ended, (step.seq, ending.outcome)),
            events=(*carried.events, _event_of(step, ending.outcome, ending.released)),
            released=ending.released,
            news=carried.news or says,
        )
    return carried


def document_of(step: StepReceived, work: Work, cited: AsCited, view: InForce) -> DocumentKey | None:
    """Return the document that an officer's intervention is about, as it is cited; None: the step is none."""
    order = step.intervention
    if order is None:
        return None
    adapter = view.adapter(order.type, work.declaration.direction)
    return cited.key(adapter, order.type, order.document_reference)


def overtaken(work: Work, at: datetime) -> CarriedOut:
    """End all received steps of a declaration that is not to be released any more; what is released stays so."""
    outcome = StepOutcome(done=False, reason=OVERTAKEN, at=at)
    return CarriedOut(
        ended=tuple((step.seq, outcome) for step in work.steps),
        released=work.released,
        events=tuple(_event_of(step, outcome, None) for step in work.steps),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """The end of a step: its outcome, or why it stays open."""

    outcome: StepOutcome | None
    """None: it is carried out later."""
    released: Released | None
    to_judge: bool = False


@dataclass(frozen=True, slots=True)
class _Release:
    """The carrying out of one release."""

    work: Work
    step: StepReceived
    driver: MovementDriver
    view: InForce
    clock: Callable[[], datetime]
    gate: ReleaseGate

    async def carry_out(self, before: Released | None) -> _Ending:
        """Write off what a release requires, as far as the gate lets it."""
        assert self.step.release is not None
        work, book = self.work, self.driver.book
        begun = book.movements_of(self.step.seq)
        released = together(before, self.step.release, work.declaration, self.clock())
        released = filled(released, work.declaration, work.documents, self.view)
        # As it was begun: a newer version that came since is amended to afterwards, and a document that cannot be read
        # at present is written off all the same.
        targets = (
            _as_begun(work, begun, book, self.view)
            if begun
            else release_targets(
                work.declaration, work.documents, book.own_positions, released, self.view, again=work.dormant
            )
        )
        # Of what is not begun nothing is known but what the gate knows.
        if begun and self._in_doubt(targets):
            return _Ending(outcome=None, released=before)
        if not begun or self._missing(targets):
            undone = self._undone(targets) if begun else ()
            done = {book.cited.document(one) for one in begun if one.state is MovementState.DONE}
            found = self.gate.course(self.step, begun=bool(begun), undone=undone, written_off=done)
            if found.course is Course.OVER:
                codes = [one.code for one in found.obstacles]
                stopped = next((_STOPPED[one] for one in codes if one in _STOPPED), AGAINST_DECISION)
                return self._over(stopped, targets, before, found.obstacles)
            if found.course is not Course.GO:
                return _Ending(outcome=None, released=before, to_judge=True)
            if begun and self._is_refused(targets):
                # Everything was judged anew, and nothing was reserved anew: asking again does not help.
                return self._refused(targets, before)
            await self._write_off(targets)
        if not self._missing(targets):
            outcome = StepOutcome(done=True, documents=self._moved(targets), at=self.clock())
            return _Ending(outcome=outcome, released=released)
        if self._in_doubt(targets) or self._undone(targets):
            return _Ending(outcome=None, released=before)
        return self._refused(targets, before)

    async def _write_off(self, targets: Sequence[Target]) -> None:
        # Somebody else's write-off is corrected by officers only: what stands there otherwise stays as it is.
        foreign = {one.document for one in self.driver.book.own_positions if one.foreign}
        movable = [target for target in targets if target.document not in foreign]
        await self.driver.towards(movable, step=self.step.seq, version=self.step.version)

    def _missing(self, targets: Sequence[Target]) -> set[DocumentKey]:
        return {target.document for target in targets if not self.driver.book.reached(target)}

    def _of(self, targets: Sequence[Target]) -> list[OwnPosition]:
        """Return our positions with the documents of which something is missing."""
        missing = self._missing(targets)
        return [one for one in self.driver.book.own_positions if one.document in missing]

    def _in_doubt(self, targets: Sequence[Target]) -> bool:
        """Whether it is not known what became of something: an order is open, or may still come true behind another one's refusal."""
        book = self.driver.book
        may_come = {
            book.cited.document(one)
            for one in book.movements_of(self.step.seq)
            if one.may_come_late and not one.readings
        }
        return any(
            one.last.open or (one.last.state is MovementState.REFUSED and one.document in may_come)
            for one in self._of(targets)
        )

    def _undone(self, targets: Sequence[Target]) -> set[DocumentKey]:
        """Return the documents of which an order could not be sent, or was read back as not done."""
        return {one.document for one in self._of(targets) if one.last.state is MovementState.NOT_DONE}

    def _is_refused(self, targets: Sequence[Target]) -> bool:
        """Whether the last that happened to a document was that its authority refused this very release."""
        return any(
            one.last.state is MovementState.REFUSED and one.last.step == self.step.seq for one in self._of(targets)
        )

    def _refused(self, targets: Sequence[Target], before: Released | None) -> _Ending:
        """Have it judged once more; after that it ends, with the refusal by goods item."""
        if not self.gate.judged:
            return _Ending(outcome=None, released=before, to_judge=True)
        missing = self._missing(targets)
        against = {
            Obstacle(goods_item=line.goods_item, code=REFUSED_WRITE_OFF, type=one.type, reference=one.reference)
            for one in targets
            if one.document in missing
            for line in one.lines
        }
        return self._over(NOT_WRITTEN_OFF, targets, before, tuple(sorted(against)))

    def _over(
        self, reason: str, targets: Sequence[Target], before: Released | None, obstacles: tuple[Obstacle, ...]
    ) -> _Ending:
        outcome = _not_done(reason, self.clock())
        return _Ending(outcome=replace(outcome, documents=self._moved(targets), obstacles=obstacles), released=before)

    def _moved(self, targets: Sequence[Target]) -> tuple[DocumentMoved, ...]:
        wanted = {target.document for target in targets}
        return tuple(_moved(one) for one in self.driver.book.own_positions if one.document in wanted)


def _not_done(reason: str, at: datetime) -> StepOutcome:
    return StepOutcome(done=False, reason=reason, at=at)


def _as_begun(work: Work, movements: Sequence[Movement], book: MovementBook, view: InForce) -> tuple[Target, ...]:
    ordered = {book.cited.document(movement): movement for movement in movements}
    return tuple(
        Target(
            type=movement.type,
            reference=reference,
            adapter=movement.adapter,
            aim=Aim.RELEASE,
            lines=movement.lines,
            reserves=takes_reservations(movement.type, work.declaration, view),
        )
        for (_, reference), movement in ordered.items()
    )


def _is_overtaken(work: Work, step: StepReceived, behind: Sequence[StepReceived]) -> bool:
    """Whether a newer version, or another release of some of its goods behind it, came before it was begun."""
    assert step.release is not None
    later = [one.release for one in behind if one.release is not None]
    return step.version != work.version or any(share_goods(step.release, one) for one in later)


async def _intervene(
    work: Work, step: StepReceived, driver: MovementDriver, view: InForce, clock: Callable[[], datetime]
) -> StepOutcome | None:
    assert step.intervention is not None
    order, book = step.intervention, driver.book
    document = document_of(step, work, book.cited, view)
    assert document is not None, "an intervention is about a document"
    order = replace(order, document_reference=document[1])
    mine = book.movements_of(step.seq)
    own_position = next((one for one in book.own_positions if one.document == document), None)
    if own_position is not None and own_position.last.open:
        return None
    if order.kind is InterventionKind.KEEP:
        return _kept(book, own_position, clock())
    if not mine or mine[-1].state is MovementState.NOT_DONE:
        mine = (await driver.intervene(_intervention(work, step, order, own_position, view)),)
    last = mine[-1]
    if last.open or last.state is MovementState.NOT_DONE:
        return None
    moved = tuple(_moved(one) for one in book.own_positions if one.document == document)
    done = last.state is MovementState.DONE
    reason = None if done else (last.refusal or REFUSED)
    return StepOutcome(done=done, reason=reason, documents=moved, at=clock())


def _kept(book: MovementBook, own_position: OwnPosition | None, at: datetime) -> StepOutcome:
    """Keep a write-off, as officers ordered: nothing is ordered of its authority."""
    if own_position is None or not own_position.holding.written_off:
        return StepOutcome(done=False, reason=OVERTAKEN, at=at)
    book.keep(own_position)
    return StepOutcome(done=True, documents=(_moved(own_position),), at=at)


def _intervention(
    work: Work, step: StepReceived, order: InterventionOrder, own_position: OwnPosition | None, view: InForce
) -> Movement:
    codes = {item.number: item.commodity_code for item in work.declaration.items}
    there = own_position.adapter if own_position is not None else None
    adapter = there or view.adapter(order.type, work.declaration.direction)
    assert adapter is not None, "an intervention is received for documents of connected authorities only"
    assert work.mrn is not None, "an intervention is received after acceptance only"
    by_value = _lines_by_value(work, order)
    lines = tuple(
        OrderLine(
            goods_item=line.goods_item,
            certificate_line=line.line,
            commodity_code=codes[line.goods_item],
            quantities=() if line.unit in by_value else (Quantity(value=line.quantity, unit=line.unit),),
            amount=Money(value=line.quantity, currency=line.unit) if line.unit in by_value else None,
        )
        for line in order.lines
    )
    return Movement(
        number=0,
        type=order.type,
        reference=order.document_reference,
        adapter=adapter,
        kind=MovementKind(order.kind),
        version=work.version,
        mrn=work.mrn,
        key="",
        customs_office=work.declaration.customs_office or "",
        lines=() if order.kind is InterventionKind.DELETE else lines,
        step=step.seq,
        by_officer=True,
        planned_at=work.received_at,
    )


def _lines_by_value(work: Work, order: InterventionOrder) -> frozenset[str]:
    """Return the currencies in which lines of the document are counted by value alone."""
    return frozenset(
        line.currency
        for document in work.documents
        if document.key == order.document
        for line in document.quantity
        if line.currency is not None and line.currency == line.unit
    )


def _moved(own_position: OwnPosition) -> DocumentMoved:
    last = own_position.last
    reason = (
        last.refusal.value
        if last.refusal is not None
        else last.authority_code
        if last.state is MovementState.REFUSED
        else None
    )
    return DocumentMoved(
        type=own_position.type, reference=own_position.reference, movement=own_position.progress, reason=reason
    )


def _event_of(step: StepReceived, outcome: StepOutcome, released: Released | None) -> Event:
    documents = [
        {"type": d.type, "reference": d.reference, "movement": d.movement, "reason": d.reason}
        for d in outcome.documents
    ]
    body: dict[str, object] = {
        "step": step.seq,
        "version": step.version,
        "reason": outcome.reason,
        "documents": documents,
    }
    if step.release is None:
        assert step.intervention is not None
        kind = EventKind.INTERVENED
        body |= {"kind": step.intervention.kind, "done": outcome.done}
    elif outcome.done:
        assert released is not None
        kind = EventKind.RELEASED
        body |= {"whole": released.whole, "items": released.items, "override": step.release.override is not None}
    else:
        kind = EventKind.RELEASE_REFUSED
        body |= {"obstacles": outcome.obstacles}
    return Event(kind=kind, at=outcome.at, body=body)
