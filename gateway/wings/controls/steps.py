"""The steps of control orders: opened, and what is done under them, each under the lock of the declaration's head."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog
from msgspec import structs

from gateway.domain import admission
from gateway.domain.actor import GATEWAY, Actor, actors_body
from gateway.domain.control_order import OrderState
from gateway.domain.declaration import Kind
from gateway.domain.errors import ExaminationAwaited, GatewayError, NotKnown, OtherContent, SamePerson
from gateway.domain.events import Event, EventKind
from gateway.domain.persons import is_same_person
from gateway.domain.record import Reached, ReadState
from gateway.domain.release_gate import out
from gateway.domain.tables.in_force import InForce
from gateway.lifecycle import Lifecycle
from gateway.store.heads import Locked
from gateway.wings.controls.acts import Doing, NewOrder, done_already, next_act, opened
from gateway.wings.controls.announcement import (
    announced_order,
    announcement,
    ended,
    is_first_told,
    order_of,
    told,
    told_by_itself,
    told_event,
)
from gateway.wings.controls.errors import OrderStands
from gateway.wings.controls.fold import folded, is_done_by
from gateway.wings.controls.kept import ControlWords, KeptOrders, LockedOrders
from gateway.wings.controls.order import ActName, ControlOrder, ControlStage, OrderAct

log = structlog.get_logger(__name__)

_MOST = 200
"""Control orders of one declaration."""
_AT_ONCE = 200
VoidIfDone = Callable[[str, LockedOrders], Awaitable[frozenset[int]]]
_NOTIFIED = frozenset(
    {ActName.OPENED, ActName.RESULT, ActName.FURTHER, ActName.WAIVED, ActName.TRANSFERRED, ActName.SETTLED}
)
NONE = "There is no such control order."


class OrderSteps:
    """What is done to control orders. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, kept: KeptOrders, lifecycle: Lifecycle, void_if_done: VoidIfDone | None = None) -> None:
        """Take what is kept, and the declarations.

        Args:
            kept: the orders.
            lifecycle: the declarations.
            void_if_done: the orders of a declaration that are void once the same control was done at entry; None: no packs are assessed.
        """
        self._kept = kept
        self._lifecycle = lifecycle
        self.void_if_done = void_if_done

    async def open(
        self, record_id: str, new: NewOrder, *, by: Actor, words: str | None = None, seen: ReadState | None = None
    ) -> ControlOrder:
        """Order a control; the same order under the same reference changes nothing.

        Raises:
            NotKnown: there is no such declaration.
            CallInvalid: there is no such type, level or goods item.
            OtherContent: the reference is that of another order.
            Conflict: the declaration has ended.
        """
        async with self._kept.locked(record_id) as lent:
            with admission.change_first(lent.reached, seen):
                if (known := _same(lent, new)) is not None:
                    return known
                admission.must_be_kept(lent.reached)
                admission.must_be_open(lent.reached)
            admission.must_be_as_read(lent.reached, seen)
            _must_have_room(lent)
            made = await self._opened(lent, new)
            event = _event(EventKind.CONTROL_ORDERED, lent, made, by)
            await lent.write(made, [event], ControlWords(by=by, reason=words))
        return made

    async def open_chosen(
        self, lent: LockedOrders, new: NewOrder, *, after_release: bool, tells: bool = False
    ) -> ControlOrder:
        """Order a control of what was chosen at random or by a criterion: of how many there are already, none is left out.

        With `tells` an authorised operator that declared goods before they are presented is told at once that they are examined.
        """
        made = await self._opened(lent, new, after_release=after_release)
        events = [_event(EventKind.CONTROL_ORDERED, lent, made, None)]
        if not (tells and made.prior and is_first_told(made, lent.reached, lent.known.values())):
            await lent.write(made, events)
            return made
        after = structs.replace(made, acts=(*made.acts, told_by_itself(seq=lent.next_seq + 1, at=lent.now)))
        examination, kind = announcement(made, after, lent.reached, lent.now)
        if examination is not None and kind is not None:
            examination = replace(examination, intended=True)
            events.append(told_event(kind, examination, lent.reached, lent.now, GATEWAY))
        await lent.write(after, events, examination=examination)
        return after

    async def act(
        self, record_id: str, number: int, doing: Doing, *, word: ControlWords, seen: ReadState | None = None
    ) -> ControlOrder:
        """Do something under an order; the same act again changes nothing, where two persons do it the second one counts.

        Raises:
            NotKnown: there is no such order.
            CallInvalid: there is no such code or goods item, or an appointment lies in the past.
            OrderStands: the order stands otherwise than the act needs.
            ExaminationAwaited: the parties would be told of it while another examination is announced.
            SamePerson: it is done by two persons.
            Conflict: the declaration has ended.
        """
        async with self._kept.locked(record_id) as lent:
            known = lent.known.get(number)
            if known is None:
                raise NotKnown(NONE)
            if (before := done_already(known, doing, lent.reached.version)) is not None and before.counts:
                return known
            with admission.change_first(lent.reached, seen):
                admission.must_be_kept(lent.reached)
                admission.must_be_open(lent.reached)
            admission.must_be_as_read(lent.reached, seen)
            seconded = False
            if before is not None:
                first = await lent.who_did(before.seq)
                if first is None or is_same_person(first, word.by):
                    raise SamePerson
                seconded = True
            goods = await lent.goods()
            made = next_act(
                known,
                doing,
                self._view(lent),
                every=goods.items,
                version=lent.reached.version,
                seq=lent.next_seq,
                at=lent.now,
                seconded=seconded,
            )
            await self._write(lent, known, made, word)
            await self._void(record_id, lent, made)
        if lent.is_due:
            await self._lifecycle.pursue(record_id)
        return made

    async def follow(self, locked: Locked) -> None:
        """Have the orders of a declaration follow its announced examination, in the transaction that announces or ends it."""
        await self._follow(await self._kept.lent(locked))

    async def follow_all(self) -> int:
        """Have orders follow the examinations with which none was written; return how many declarations there were."""
        found = await self._kept.to_follow(_AT_ONCE)
        for record_id in found:
            try:
                async with self._kept.locked(record_id) as lent:
                    await self._follow(lent)
            except GatewayError as error:
                log.warning("control_order_not_followed", declaration=record_id, code=error.code)
            except Exception as error:  # whatever it trips over: those of others follow behind it
                log.error("control_order_failed", declaration=record_id, error=type(error).__name__, exc_info=True)
        return len(found)

    async def _follow(self, lent: LockedOrders) -> None:
        examination, known = lent.reached.examination, announced_order(lent.known.values())
        if examination is None or examination.is_awaited is (known is not None):
            return
        if known is not None:
            made = ended(known, examination, seq=lent.next_seq, at=lent.now)
            await lent.write(made, [_event(EventKind.CONTROL_CHANGED, lent, made, None)])
            return
        found = [one for one in lent.known.values() if examination.reference and one.reference == examination.reference]
        waiting = next((one for one in found if folded(one).state.shuts and folded(one).is_open), None)
        if waiting is None:
            _must_have_room(lent)
            order = order_of(examination)
            made = await self._opened(lent, structs.replace(order, reference=None) if found else order)
            kind = EventKind.CONTROL_ORDERED
        else:
            made, kind = waiting, EventKind.CONTROL_CHANGED
        made = told(made, examination, seq=lent.next_seq, at=lent.now)
        await lent.write(made, [_event(kind, lent, made, None)])

    async def _opened(self, lent: LockedOrders, new: NewOrder, *, after_release: bool = False) -> ControlOrder:
        goods = await lent.goods()
        every = goods.items
        # What is not valid takes no number.
        checked = opened(
            structs.replace(new, office=new.office or goods.office),
            self._view(lent),
            number=0,
            every=every,
            version=lent.reached.version,
            stage=ControlStage.AFTER_RELEASE if after_release else _stage(lent.reached, new, every),
            seq=lent.next_seq,
            at=lent.now,
        )
        prior = bool(goods.declarant.types_on(lent.now.date()))
        return structs.replace(checked, number=await lent.number(), prior=prior)

    async def _write(self, lent: LockedOrders, before: ControlOrder, made: ControlOrder, word: ControlWords) -> None:
        act, state = made.acts[-1], folded(made).state
        kind = EventKind.CONTROL_CHANGED
        if act.name is ActName.RESULT and state is OrderState.ADVERSE:
            kind = EventKind.CONTROL_ADVERSE
        events = [_event(kind, lent, made, word.by)]
        examination, tells = announcement(before, made, lent.reached, lent.now)
        if tells is EventKind.EXAMINATION_ANNOUNCED and announced_order(lent.known.values()) is not None:
            raise ExaminationAwaited("Another examination is announced that has not taken place yet.")
        if examination is not None and tells is not None:
            events.append(told_event(tells, examination, lent.reached, lent.now, word.by))
        notified = act.name in _NOTIFIED
        await lent.write(made, events, word, examination=examination, notified=notified)

    async def _void(self, record_id: str, lent: LockedOrders, made: ControlOrder) -> None:
        """End the orders that want nothing but what was done by a result before the goods are presented, so at entry."""
        if self.void_if_done is None or lent.reached.accepted_at is not None:
            return
        done = [one for number, one in sorted(lent.known.items()) if number != made.number and is_done_by(one, made)]
        void = await self.void_if_done(record_id, lent) if done else frozenset[int]()
        for one in done:
            if one.number in void:
                act = OrderAct(name=ActName.VOID, seq=lent.next_seq, at=lent.now, version=lent.reached.version)
                after = structs.replace(one, acts=(*one.acts, act))
                events = [_event(EventKind.CONTROL_CHANGED, lent, after, None)]
                examination, kind = announcement(one, after, lent.reached, lent.now)
                if examination is not None and kind is not None:
                    events.append(told_event(kind, examination, lent.reached, lent.now, GATEWAY))
                await lent.write(after, events, examination=examination)

    def _view(self, lent: LockedOrders) -> InForce:
        return self._lifecycle.tables.at(lent.now.date())


def _must_have_room(lent: LockedOrders) -> None:
    if len(lent.known) >= _MOST:
        raise OrderStands(f"The declaration has {_MOST} control orders already.")


def _same(lent: LockedOrders, new: NewOrder) -> ControlOrder | None:
    """Return the order that stands under the reference.

    Raises:
        OtherContent: what is ordered is something else.
    """
    if new.reference is None:
        return None
    known = next((one for one in lent.known.values() if one.reference == new.reference), None)
    if known is None:
        return None
    wanted: Mapping[str, object] = {
        "types": tuple(sorted(set(new.types))),
        "goods_items": tuple(sorted(set(new.goods_items))),
        "office": new.office or known.office,
        "level": new.level,
        "instruction": new.instruction,
        "beside": tuple(sorted(set(new.beside))),
    }
    if wanted != known.ordered:
        raise OtherContent(f"Control order {known.number} has this reference, and other content.")
    return known


def _stage(reached: Reached, new: NewOrder, every: tuple[int, ...]) -> ControlStage:
    """Return when goods are controlled: what is out already after its release."""
    released = reached.released
    is_out = released is not None and (released.whole or set(new.goods_items or every) <= out(released))
    after = is_out or reached.kind is Kind.SUPPLEMENTARY
    return ControlStage.AFTER_RELEASE if after else ControlStage.BEFORE_RELEASE


def _event(kind: EventKind, lent: LockedOrders, order: ControlOrder, by: Actor | None) -> Event:
    act, now = order.acts[-1], folded(order)
    body: dict[str, object] = {
        "number": order.number,
        "act": act.name,
        "code": act.code,
        "counts": act.counts,
        "state": now.state,
        "goods_items": now.goods_items,
        "version": now.version,
    }
    if kind is EventKind.CONTROL_ORDERED:
        body |= {"types": order.types, "stage": order.stage, "office": order.office, "level": order.level}
    return Event(kind=kind, at=lent.now, body={**body, **actors_body(by or GATEWAY)})
