"""The carrying out of what customs ordered: releases and interventions that were received, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.contract import Money, OrderLine, Quantity
from gateway.domain.document import DocumentKey
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AsCited
from gateway.domain.movement import Movement, MovementKind, MovementState, OwnPosition
from gateway.domain.record import Work
from gateway.domain.release import (
    DocumentMoved,
    InterventionKind,
    InterventionOrder,
    Released,
    StepOutcome,
    StepReceived,
    obstacle,
)
from gateway.domain.tables.in_force import InForce
from gateway.lifecycle.movements.driver import MovementDriver
from gateway.lifecycle.movements.release_scope import filled, release_targets, takes_reservations, together
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import Aim, Target

OVERTAKEN = "overtaken"
"""A newer version, an invalidation or another decision came before it was begun."""
NOT_WRITTEN_OFF = "not_written_off"
"""An authority did not write off what was to be released."""
REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """The outcome of the steps that were received."""

    ended: tuple[tuple[int, StepOutcome], ...] = ()
    """Those that ended, by the number of their event; the others are carried out later."""
    released: Released | None = None
    events: tuple[Event, ...] = ()
    waiting: bool = False
    """Whether one could not be ended, because something is in doubt."""
    news: bool = False
    """Whether an authority said of a document that its status had changed, or may have said so in an answer that was lost."""

    @property
    def smooth(self) -> bool:
        """Whether all of them were done, and nothing has to be assessed again."""
        return not self.waiting and not self.news and all(outcome.done for _, outcome in self.ended)

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
            waiting=more.waiting,
            news=self.news or more.news,
        )


async def carry_out(
    work: Work, driver: MovementDriver, view: InForce, clock: Callable[[], datetime], *, news: bool = False
) -> CarriedOut:
    """Carry the received steps out in their order, up to the first that cannot be ended.

    `news`: whether an authority has said so of a step before them. Once one says that a document's status has changed, the decision is over on which the releases behind it rest.

    Raises:
        LeaseLost, Stale, StoreUnavailable: nothing more may be ordered.
    """
    book, released = driver.book, work.released
    ended: list[tuple[int, StepOutcome]] = []
    events: list[Event] = []
    for step in work.steps:
        await driver.read_back()
        outcome: StepOutcome | None
        after: Released | None
        if step.release is not None and news and not book.movements_of(step.seq):
            outcome, after = StepOutcome(done=False, reason=OVERTAKEN, at=clock()), released
        elif step.release is not None:
            outcome, after = await _release(work, step, released, driver, view, clock)
        else:
            outcome, after = await _intervene(work, step, driver, view, clock), released
        if outcome is None:
            return CarriedOut(ended=tuple(ended), released=released, events=tuple(events), waiting=True, news=news)
        news = news or any(one.status_changed or one.doubted for one in book.movements_of(step.seq))
        ended.append((step.seq, outcome))
        events.append(_event_of(step, outcome, after))
        released = after
    return CarriedOut(ended=tuple(ended), released=released, events=tuple(events), news=news)


def document_of(step: StepReceived, work: Work, cited: AsCited, view: InForce) -> DocumentKey | None:
    """Return the document that an officer's intervention is about, as it is cited; None: the step is none."""
    order = step.intervention
    if order is None:
        return None
    route = view.route(order.type, work.declaration.direction)
    return cited.key(route.adapter if route is not None else None, order.type, order.document_reference)


def overtaken(work: Work, at: datetime) -> CarriedOut:
    """End all received steps of a declaration that is not to be released any more; what is released stays so."""
    outcome = StepOutcome(done=False, reason=OVERTAKEN, at=at)
    return CarriedOut(
        ended=tuple((step.seq, outcome) for step in work.steps),
        released=work.released,
        events=tuple(_event_of(step, outcome, None) for step in work.steps),
    )


async def _release(
    work: Work,
    step: StepReceived,
    before: Released | None,
    driver: MovementDriver,
    view: InForce,
    clock: Callable[[], datetime],
) -> tuple[StepOutcome | None, Released | None]:
    assert step.release is not None
    book = driver.book
    begun = book.movements_of(step.seq)
    if not begun and _is_overtaken(work, step):
        return StepOutcome(done=False, reason=OVERTAKEN, at=clock()), before
    released = together(before, step.release, work.declaration, clock())
    released = filled(released, work.declaration, work.documents, view)
    if begun:
        # As it was begun: a newer version that came since is amended to afterwards, and a document that cannot be read
        # at present is written off all the same.
        targets = _as_begun(work, begun, book, view)
    else:
        targets = release_targets(
            work.declaration, work.documents, book.own_positions, released, view, again=work.dormant
        )
    # Somebody else's write-off is corrected by officers only: what stands there otherwise stays as it is.
    foreign = {one.document for one in book.own_positions if one.foreign}
    movable = [target for target in targets if target.document not in foreign]
    await driver.towards(movable, step=step.seq, version=step.version)
    wanted = {target.document for target in targets}
    own_positions = [one for one in book.own_positions if one.document in wanted]
    documents = tuple(_moved(one) for one in own_positions)
    missing = {target.document for target in targets if not book.reached(target)}
    if not missing:
        return StepOutcome(done=True, documents=documents, at=clock()), released
    if any(one.last.open or _is_undone(one) for one in own_positions if one.document in missing):
        return None, before
    return StepOutcome(done=False, reason=NOT_WRITTEN_OFF, documents=documents, at=clock()), before


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


def _is_overtaken(work: Work, step: StepReceived) -> bool:
    if step.version != work.version:
        return True
    if work.last is None or work.last.number == step.decision:
        return False
    assert step.release is not None
    return obstacle(work.last.decision.effect, step.release) is not None


def _is_undone(own_position: OwnPosition) -> bool:
    """Whether an order could not be sent, or was read back as not done: it is tried again later."""
    return own_position.last.state is MovementState.NOT_DONE


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
    """Let a write-off stand, as officers ordered: nothing is ordered of its authority."""
    if own_position is None or not own_position.holding.written_off:
        return StepOutcome(done=False, reason=OVERTAKEN, at=at)
    book.keep(own_position)
    return StepOutcome(done=True, documents=(_moved(own_position),), at=at)


def _intervention(
    work: Work, step: StepReceived, order: InterventionOrder, own_position: OwnPosition | None, view: InForce
) -> Movement:
    codes = {item.number: item.commodity_code for item in work.declaration.items}
    route = view.route(order.type, work.declaration.direction)
    adapter = own_position.adapter if own_position is not None else route.adapter if route is not None else None
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
    return Event(kind=kind, at=outcome.at, body=body)
