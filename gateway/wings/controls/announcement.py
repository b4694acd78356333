"""The announced examination and the control order that it stands for: each follows the other, in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from gateway.domain.actor import Actor, actors_body
from gateway.domain.control import Examination, ExaminationOf
from gateway.domain.control_order import OrderState
from gateway.domain.events import Event, EventKind
from gateway.domain.record import Reached
from gateway.domain.release_gate import out
from gateway.wings.controls.acts import DOCUMENTS, GOODS, NewOrder
from gateway.wings.controls.fold import folded, is_announced
from gateway.wings.controls.order import ActName, ControlOrder, ControlStage, OrderAct

_ENDING = dict.fromkeys((OrderState.WAIVED, OrderState.TRANSFERRED, OrderState.VOID), EventKind.EXAMINATION_WITHDRAWN)


def announced_order(orders: Iterable[ControlOrder]) -> ControlOrder | None:
    """Return the order that the announced examination stands for; None: there is none."""
    return next((one for one in orders if is_announced(folded(one))), None)


def order_of(examination: Examination) -> NewOrder:
    """Return the order that an announcement is."""
    types = (GOODS if examination.of is ExaminationOf.GOODS else DOCUMENTS,)
    return NewOrder(types=types, goods_items=examination.goods_items, reference=examination.reference)


def is_first_told(order: ControlOrder, reached: Reached, known: Iterable[ControlOrder]) -> bool:
    """Whether the parties may be told of a new order before its goods are presented: no other control is open, which that might jeopardise."""
    return (
        order.of is ExaminationOf.GOODS
        and order.stage is ControlStage.BEFORE_RELEASE
        and reached.accepted_at is None
        and (reached.examination is None or not reached.examination.is_awaited)
        and not any(folded(one).is_open for one in known)
    )


def told_by_itself(*, seq: int, at: datetime) -> OrderAct:
    """Return the act by which the gateway tells the parties of an order; where and when, an officer says later."""
    return OrderAct(name=ActName.TOLD, seq=seq, at=at, told=True)


def told(order: ControlOrder, examination: Examination, *, seq: int, at: datetime) -> ControlOrder:
    """Return an order of which the parties are told by an announcement of its goods items."""
    act = OrderAct(name=ActName.TOLD, seq=seq, at=at, told=True, place=examination.place, time=examination.time)
    return structs.replace(order, acts=(*order.acts, act))


def ended(order: ControlOrder, examination: Examination, *, seq: int, at: datetime) -> ControlOrder:
    """Return an order whose examination took place, or was withdrawn, by customs' word: what is said without a code is satisfactory."""
    name = ActName.RESULT if examination.took_place_at is not None else ActName.WAIVED
    becomes = OrderState.SATISFACTORY if name is ActName.RESULT else None
    return structs.replace(order, acts=(*order.acts, OrderAct(name=name, seq=seq, at=at, becomes=becomes)))


def announcement(
    before: ControlOrder, after: ControlOrder, reached: Reached, at: datetime
) -> tuple[Examination | None, EventKind | None]:
    """Return the examination as an act under an order leaves it, with the kind of the event that tells of it to the parties.

    None: it stays as it is; an appointment that moves changes it without an event of its own.
    """
    was, now, known = folded(before), folded(after), reached.examination
    if is_announced(now) and not is_announced(was):
        made = Examination(
            announced_at=at,
            reference=after.reference,
            of=after.of,
            goods_items=now.goods_items,
            version=now.version,
            place=now.place,
            time=now.time,
        )
        return made, EventKind.EXAMINATION_ANNOUNCED
    if known is None or not known.is_awaited or not is_announced(was):
        return None, None
    if is_announced(now):
        intended = known.intended and now.place is None and now.time is None
        moved = replace(
            known, goods_items=now.goods_items, version=now.version, place=now.place, time=now.time, intended=intended
        )
        return (moved, None) if moved != known else (None, None)
    kind = _ENDING.get(now.state, EventKind.EXAMINATION_TOOK_PLACE)
    gone = _out(known, reached)
    if kind is EventKind.EXAMINATION_WITHDRAWN:
        return replace(known, withdrawn_at=at, released=gone), kind
    return replace(known, took_place_at=at, released=gone), kind


def told_event(kind: EventKind, examination: Examination, reached: Reached, at: datetime, by: Actor) -> Event:
    """Return the event that tells the parties of an announcement, or of its end."""
    said: Mapping[str, object] = {"version": reached.version, "reference": examination.reference}
    if kind is EventKind.EXAMINATION_ANNOUNCED:
        said = {**said, "of": examination.of, "goods_items": examination.goods_items}
    return Event(kind=kind, at=at, body={**said, **actors_body(by)})


def _out(examination: Examination, reached: Reached) -> tuple[int, ...]:
    """Return those of its goods items that are out."""
    gone = out(reached.released)
    return tuple(sorted(gone & set(examination.goods_items) if examination.goods_items else gone))
