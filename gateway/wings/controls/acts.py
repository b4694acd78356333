"""What is done under a control order, purely: it is opened, goods are appointed and controlled, what was found is settled."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct, structs

from gateway.domain.control import ExaminationOf
from gateway.domain.control_order import OrderState
from gateway.domain.errors import CallInvalid
from gateway.domain.tables.in_force import InForce
from gateway.wings.controls.errors import OrderStands
from gateway.wings.controls.fold import FoldedOrder, folded
from gateway.wings.controls.order import ActName, ControlOrder, ControlStage, OrderAct
from gateway.wings.controls.rows import ControlLevel, ControlReason, ControlResult, ControlType, ReasonFor

GOODS, DOCUMENTS = "40", "10"
"""The types of control (CL716) of an announcement that names none."""
MIDDLE = "M"
"""The level of an order that names none."""
REASONS: Mapping[ActName, ReasonFor] = MappingProxyType(
    {ActName.WAIVED: ReasonFor.WAIVER, ActName.TRANSFERRED: ReasonFor.TRANSFER, ActName.SETTLED: ReasonFor.SETTLEMENT}
)
"""The acts that free goods without a satisfactory result: so many officers do them as the order's level says."""


class NewOrder(Struct, frozen=True, kw_only=True):
    """What is said when a control is ordered."""

    types: tuple[str, ...]
    goods_items: tuple[int, ...] = ()
    """Empty: all."""
    office: str | None = None
    level: str = MIDDLE
    instruction: str | None = None
    beside: tuple[str, ...] = ()
    reference: str | None = None


class Doing(Struct, frozen=True, kw_only=True):
    """An act under an order, as it is said."""

    name: ActName
    code: str | None = None
    goods_items: tuple[int, ...] = ()
    place: str | None = None
    time: datetime | None = None
    told: bool = False
    types: tuple[str, ...] = ()
    reference: str | None = None
    duty_change: str | None = None


def opened(
    new: NewOrder,
    view: InForce,
    *,
    number: int,
    every: Collection[int],
    version: int,
    stage: ControlStage,
    seq: int,
    at: datetime,
) -> ControlOrder:
    """Return the order that is opened; `every`: the declaration's goods items.

    Raises:
        CallInvalid: there is no such type, level or goods item.
    """
    must_be_items(new.goods_items, every)
    types = [_type(view, one) for one in new.types]
    level = view.further.find(ControlLevel, new.level)
    if level is None:
        raise CallInvalid(f"There is no level {new.level}.")
    of = ExaminationOf.GOODS if any(one.of is ExaminationOf.GOODS for one in types) else ExaminationOf.DOCUMENTS
    return ControlOrder(
        number=number,
        reference=new.reference,
        types=tuple(sorted(set(new.types))),
        of=of,
        goods_items=tuple(sorted(set(new.goods_items))),
        stage=stage,
        office=new.office,
        level=level.name,
        rank=level.rank,
        persons=level.persons,
        instruction=new.instruction,
        beside=tuple(sorted(set(new.beside))),
        acts=(OrderAct(name=ActName.OPENED, seq=seq, at=at, version=version),),
    )


def must_be_items(named: Sequence[int], every: Collection[int]) -> None:
    """Refuse a goods item that the declaration does not have."""
    if unknown := sorted(set(named) - set(every)):
        raise CallInvalid(f"The declaration has no goods item {unknown[0]}.")


def done_already(order: ControlOrder, doing: Doing, version: int) -> OrderAct | None:
    """Return the last act, where it is this very one; None: it is another one, as goods items of another version are."""
    last = order.acts[-1]
    if doing.name is ActName.SCOPED and last.version != version:
        return None
    same = (last.name, last.code, last.place, last.time, last.reference, last.duty_change) == (
        doing.name, doing.code, doing.place, doing.time, doing.reference, doing.duty_change,
    )  # fmt: skip
    items = tuple(sorted(set(doing.goods_items)))
    types = tuple(sorted(set(doing.types)))
    return last if same and (last.goods_items, last.types, last.told) == (items, types, doing.told) else None


def next_act(
    order: ControlOrder,
    doing: Doing,
    view: InForce,
    *,
    every: Collection[int],
    version: int,
    seq: int,
    at: datetime,
    seconded: bool = False,
) -> ControlOrder:
    """Return an order under which something was done.

    Args:
        order: as it stands.
        doing: what is done.
        view: the rows in force.
        every: the declaration's goods items.
        version: the declaration's.
        seq: the number of its event.
        at: when it is entered.
        seconded: whether another person has done this very act before.

    Raises:
        CallInvalid: there is no such code or goods item, or an appointment lies in the past.
        OrderStands: the order is over, or stands otherwise than the act needs.
    """
    now = folded(order)
    if not fits(order, doing.name):
        raise OrderStands(f"Control order {order.number} is {now.state}: {doing.name} is not possible.")
    must_be_items(doing.goods_items, every)
    for one in doing.types:
        _type(view, one)
    made = OrderAct(
        name=doing.name,
        seq=seq,
        at=at,
        code=doing.code,
        goods_items=tuple(sorted(set(doing.goods_items))),
        version=version,
        place=doing.place,
        time=doing.time,
        # What goes on after release is not announced: an announcement keeps goods.
        told=doing.told and (doing.name is not ActName.APPOINTED or now.stage is ControlStage.BEFORE_RELEASE),
        types=tuple(sorted(set(doing.types))),
        reference=doing.reference,
        duty_change=doing.duty_change,
    )
    if doing.name is ActName.APPOINTED and doing.time is not None and doing.time <= at:
        raise CallInvalid("The appointment lies in the past.")
    if doing.name is ActName.RESULT:
        made = _with_result(made, view, now)
    if (reason := REASONS.get(doing.name)) is not None and doing.code is not None:
        row = view.further.find(ControlReason, reason, doing.code)
        if row is None:
            raise CallInvalid(f"There is no reason {doing.code} for this.")
        made = structs.replace(made, title=row.title)
    counts = seconded or _persons(order, made, now, every) == 1
    return structs.replace(order, acts=(*order.acts, structs.replace(made, counts=counts)))


def _persons(order: ControlOrder, act: OrderAct, now: FoldedOrder, every: Collection[int]) -> int:
    """Return how many persons an act needs: the order's level says it where goods go by it, or are left out."""
    if act.name in REASONS:
        return order.persons
    if act.name is ActName.SCOPED:
        known = now.goods_items if now.version == act.version else ()
        return 1 if set(known or every) <= set(act.goods_items) else order.persons
    return 1


def _with_result(act: OrderAct, view: InForce, now: FoldedOrder) -> OrderAct:
    if act.code is None:
        return structs.replace(act, becomes=OrderState.SATISFACTORY)
    row = view.further.find(ControlResult, act.code)
    if row is None:
        raise CallInvalid(f"There is no result {act.code}.")
    if row.becomes is not OrderState.ADVERSE and act.goods_items:
        raise CallInvalid(
            "Goods items are named in which something was found: a satisfactory result is for all of the order."
        )
    outside = set(act.goods_items) - set(now.goods_items or act.goods_items)
    if outside and now.version == act.version:
        raise CallInvalid(f"Goods item {min(outside)} is not controlled under this order.")
    return structs.replace(
        act, title=row.title, becomes=row.becomes, told=act.told and row.becomes is OrderState.ADVERSE
    )


def fits(order: ControlOrder, name: ActName) -> bool:
    """Whether an order stands so that an act may be done under it."""
    now = folded(order)
    match name:
        case ActName.SETTLED:
            return now.state is OrderState.ADVERSE
        case ActName.FURTHER:
            return now.state in (OrderState.SATISFACTORY, OrderState.ADVERSE)
        case ActName.TRANSFERRED:
            return now.is_open and now.stage is ControlStage.BEFORE_RELEASE
        case _:
            return now.is_open


def _type(view: InForce, code: str) -> ControlType:
    row = view.further.find(ControlType, code)
    if row is None:
        raise CallInvalid(f"There is no type of control {code}.")
    return row
