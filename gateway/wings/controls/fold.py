"""How a control order stands: folded from its acts in their order, by nothing else."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct, structs

from gateway.domain.control_order import Controlled, OrderState
from gateway.wings.controls.order import ActName, ControlOrder, ControlStage, OrderAct

_OPEN = frozenset({OrderState.PLANNED, OrderState.DUE, OrderState.APPOINTED, OrderState.UNDER_WAY})
_ENDS = {
    ActName.WAIVED: OrderState.WAIVED,
    ActName.TRANSFERRED: OrderState.TRANSFERRED,
    ActName.SETTLED: OrderState.SETTLED,
    ActName.VOID: OrderState.VOID,
    ActName.BEGUN: OrderState.UNDER_WAY,
}


class FoldedOrder(Struct, frozen=True, kw_only=True):
    """How a control order stands by its acts."""

    state: OrderState
    goods_items: tuple[int, ...]
    """Those that it is about now; empty: all."""
    version: int
    told: bool = False
    """Whether its parties are told of it, so that an examination is announced."""
    place: str | None = None
    time: datetime | None = None
    result: OrderAct | None = None
    """The last one."""
    pending: OrderAct | None = None
    """The act that waits for a second person."""
    stage: ControlStage

    @property
    def is_open(self) -> bool:
        """Whether a result is still to come, before release or after it."""
        return self.state in _OPEN or self.state is OrderState.TRANSFERRED


def folded(order: ControlOrder) -> FoldedOrder:
    """Return how an order stands."""
    now = FoldedOrder(
        state=OrderState.DUE, goods_items=order.goods_items, version=order.acts[0].version or 1, stage=order.stage
    )
    for act in order.acts:
        now = _after(now, act, order)
    return now


def _after(now: FoldedOrder, act: OrderAct, order: ControlOrder) -> FoldedOrder:
    if not act.counts:
        return _with(now, pending=act)
    now = _with(now, pending=None)
    match act.name:
        case ActName.APPOINTED | ActName.TOLD:
            state = now.state if act.name is ActName.TOLD or not now.is_open else OrderState.APPOINTED
            place, time = (act.place or now.place), (act.time or now.time)
            return _with(now, state=state, place=place, time=time, told=now.told or act.told)
        case ActName.SCOPED:
            return _with(now, goods_items=act.goods_items, version=act.version or now.version)
        case ActName.RESULT:
            state, version = act.becomes or OrderState.SATISFACTORY, act.version or now.version
            # Of an earlier version's goods items nobody knows which they are in this one: all of them.
            items = act.goods_items or (now.goods_items if now.version == version else ())
            return _with(now, state=state, goods_items=items, version=version, result=act)
        case ActName.FURTHER:
            opened = order.acts[0].version or now.version
            again = _with(now, state=OrderState.DUE, goods_items=order.goods_items, version=opened)
            return _with(again, told=False, place=None, time=None)
        case ActName.TRANSFERRED:
            return _with(now, state=OrderState.TRANSFERRED, stage=ControlStage.AFTER_RELEASE)
    return _with(now, state=_ENDS.get(act.name, now.state))


def _with(now: FoldedOrder, **changed: object) -> FoldedOrder:
    return structs.replace(now, **changed)


def is_announced(now: FoldedOrder) -> bool:
    """Whether the announced examination stands for an order: it is told, and its result is still to come before release."""
    return now.told and now.state in _OPEN


def is_done_by(order: ControlOrder, result: ControlOrder) -> bool:
    """Whether the last act under another order was a control of all that an order wants, which had not begun, and found nothing."""
    wanted, done, act = folded(order), folded(result), result.acts[-1]
    if act.name is not ActName.RESULT or act.code is None or done.state is not OrderState.SATISFACTORY:
        return False
    if (
        wanted.state is not OrderState.DUE
        or wanted.pending is not None
        or wanted.stage is not ControlStage.BEFORE_RELEASE
    ):
        return False
    of_all = not done.goods_items
    items = wanted.version == done.version and wanted.goods_items and set(wanted.goods_items) <= set(done.goods_items)
    return set(order.types) <= set(act.types or result.types) and bool(of_all or items)


def controlled(orders: Iterable[ControlOrder]) -> tuple[Controlled, ...]:
    """Return what a declaration holds of its orders: open ones of which the parties are not told, and what was found."""
    return tuple(found for one in orders if (found := _controlled(one)) is not None)


def _controlled(order: ControlOrder) -> Controlled | None:
    now = folded(order)
    is_found = now.state is OrderState.ADVERSE
    if not is_found and (now.stage is ControlStage.AFTER_RELEASE or not now.state.shuts or now.told):
        return None
    return Controlled(
        number=order.number,
        goods_items=now.goods_items,
        version=now.version,
        since=order.opened_at,
        found=now.result.title if is_found and now.result is not None else None,
        told=is_found and now.result is not None and now.result.told,
        of=order.of,
    )
