"""The pages by which customs releases goods, wholly or in part, and by which an officer releases against a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.orders import release_order
from gateway.api.schemas import bodies
from gateway.api.views.dry_runs import release_body
from gateway.domain.actions import ActionName
from gateway.domain.approval import Approval
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid, Conflict, ContentErased, ReadBefore, UnderExamination
from gateway.domain.obstacles import effect_on
from gateway.domain.record import ReadState
from gateway.domain.release import ReleasedItem, ReleaseOrder
from gateway.domain.subject import Room
from gateway.lifecycle import Stepped
from gateway.lifecycle.movements.release_scope import LeftToRelease
from gateway.web.amounts import written
from gateway.web.console.act_page import CASES, OpenAct, carried_out, changed, opened, refusal, sentence
from gateway.web.console.case_place import with_queue
from gateway.web.console.case_view import Body
from gateway.web.context import WebContext
from gateway.web.numbers import unit_name
from gateway.web.route import route
from gateway.web.visit import Visit

MOST_ITEMS = 40
"""The number of goods items that can be ticked on a page: a form has so many fields."""
_MOST_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemToTick:
    """A goods item in the form: what is left of it, and what is typed."""

    number: int
    description: str
    left: str
    """The rest in words; empty: only the whole item can be released."""
    preset: str
    unit: str
    is_ticked: bool


def register(app: Starlette, web: WebContext) -> None:
    """Serve both pages."""
    route(app, web, f"{CASES}/{{id}}/release", _release, room=Room.CONSOLE, methods=("GET", "POST"))
    route(app, web, f"{CASES}/{{id}}/override", _override, room=Room.CONSOLE, methods=("GET", "POST"))


async def _release(visit: Visit) -> Response:
    return await _page(visit, ActionName.RELEASE)


async def _override(visit: Visit) -> Response:
    return await _page(visit, ActionName.OVERRIDE)


async def _page(visit: Visit, name: ActionName) -> Response:
    act = await opened(visit, name)
    if _is_against(act):
        visit.caller.must_be_allowed(Call.OVERRIDE)
    if visit.request.method == "POST":
        return await _sent(act)
    if name is ActionName.RELEASE and _effect(act) is Effect.REFUSE:
        return visit.onward(with_queue(f"{act.here}/{ActionName.OVERRIDE}", act.queue))
    said = _said(act, _judged(act))
    if said is None or not said["allowed"]:
        return act.not_now("" if said is None else said["message"])
    return await _form(act)


def _said(act: OpenAct, name: ActionName) -> Body | None:
    """Return what is said of an act now; None: this role may never do it."""
    return next((one for one in act.declared["actions"] or () if one["name"] == name), None)


def _judged(act: OpenAct) -> ActionName:
    """Return the act that the page does: a release of what may go, else one against the decision."""
    release, override = _said(act, ActionName.RELEASE), _said(act, ActionName.OVERRIDE)
    may_go = release is not None and release["allowed"]
    return act.name if may_go or override is None or not override["allowed"] else ActionName.OVERRIDE


def _numbers(act: OpenAct) -> tuple[int, ...]:
    """Return the goods items that the page's act is for."""
    said = _said(act, _judged(act))
    return tuple(said["goods_items"] or ()) if said is not None else ()


def _effect(act: OpenAct, goods_items: Sequence[int] = ()) -> Effect | None:
    """Return the decision's effect on some goods items; on all that the page's act is for, if none are named."""
    last = act.record.decision
    return effect_on(last.decision, goods_items or _numbers(act)) if last is not None else None


def _is_against(act: OpenAct) -> bool:
    """Whether a release would be against the decision."""
    return _judged(act) is ActionName.OVERRIDE


async def _left(act: OpenAct) -> Sequence[LeftToRelease]:
    try:
        found = await act.visit.web.lifecycle.dry_runs.left(act.record)
    except ContentErased:
        return ()
    return [one for one in found if not one.is_over]


async def _form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    visit, refused = act.visit, _effect(act) is Effect.REFUSE
    every = await _left(act)
    left = [one for one in every if one.goods_item in _numbers(act)]
    kept = [one for one in every if one not in left and _is_kept(act, one)]
    if refused:
        happens = [visit.text("act.override_all"), visit.text("act.override_trail"), visit.text("act.override_told")]
    else:
        happens = [visit.text("act.released_at_once"), visit.text("act.written_off_there")]
    return act.page(
        "release.html",
        status=status,
        changed=changed,
        refused=refused,
        against=_is_against(act),
        items=[_ticked(act, one) for one in left[:MOST_ITEMS]],
        left_out=max(0, len(left) - MOST_ITEMS),
        kept=[_kept(act, one) for one in kept[:MOST_ITEMS]],
        what=act.form.get("what") or ("all" if refused else "part" if kept else ""),
        happens=happens,
        rather=[(with_queue(f"{act.here}/verify", act.queue), visit.text("act.rather_verify"))]
        if _is_against(act) and act.is_possible(ActionName.VERIFY)
        else [],
    )


def _obstacles(act: OpenAct, one: LeftToRelease) -> Sequence[Body]:
    gates = {each["goods_item"]: each["obstacles"] for each in act.declared["release_gate"] or ()}
    return list(gates.get(one.goods_item, ()))


def _is_kept(act: OpenAct, one: LeftToRelease) -> bool:
    """Whether a goods item has an obstacle that the page's act does not pass: an override passes decisions."""
    return any(not _is_against(act) or each["code"] == UnderExamination.code for each in _obstacles(act, one))


def _kept(act: OpenAct, one: LeftToRelease) -> str:
    """Say why a goods item may not go now, by all of its obstacles."""
    why = [" ".join([sentence(act.visit, each["code"]), *each["findings"]]) for each in _obstacles(act, one)]
    return f"{act.visit.text('act.item', item=one.goods_item)}: {' '.join(why)}"


def _ticked(act: OpenAct, one: LeftToRelease) -> ItemToTick:
    typed, reading = act.form.typed, act.reading
    name = f"item-{one.goods_item}"
    preset = "" if one.quantity is None else written(one.quantity, act.visit.language)
    return ItemToTick(
        number=one.goods_item,
        description=one.description,
        left="" if one.quantity is None else reading.quantity(one.quantity, one.unit),
        preset=typed.get(f"quantity-{one.goods_item}", preset) if typed.get("what") or name in typed else preset,
        unit="" if one.unit is None else unit_name(reading.wording, one.unit),
        is_ticked=name in typed,
    )


async def _sent(act: OpenAct) -> Response:
    form, against = act.form, _is_against(act)
    left = [one for one in await _left(act) if one.goods_item in _numbers(act)]
    items = _items(act, left)
    reference = form.words("reference", most=70)
    reason = form.words("reason", needed=act.visit.text("act.say_why")) if against else None
    if form.faults:
        return await _form(act, status=422)
    body = bodies.Release(
        items=items or None,
        override=bodies.Override(reason=reason) if reason is not None else None,
        reference=reference,
    )
    order = release_order(body, act.visit.caller.actor())
    if form.get("step") == "edit":
        return await _form(act)
    if form.get("step") == "do" or _effect(act, [one.goods_item for one in order.items]) is Effect.REFUSE:
        return await _done(act, order)
    return await _check(act, order, {one.goods_item: one for one in left})


def _items(act: OpenAct, left: Sequence[LeftToRelease]) -> list[bodies.GoodsReleased]:
    """Return the goods that are ticked; none: everything that is left."""
    form, visit = act.form, act.visit
    ticked = [one for one in left[:MOST_ITEMS] if f"item-{one.goods_item}" in form.typed]
    what = form.get("what")
    if what == "all":
        if ticked:
            form.fault("what", visit.text("act.all_or_part"))
        return []
    if not ticked:
        form.fault("what", visit.text("act.choose_item" if what == "part" else "act.choose_what"))
    found = []
    for one in ticked:
        field = f"quantity-{one.goods_item}"
        if one.quantity is None or one.unit is None:
            found.append(bodies.GoodsReleased(goods_item=one.goods_item))
            continue
        amount = form.amount(field)
        if amount is None:
            continue
        if amount > one.quantity:
            asked, there = (act.reading.quantity(each, one.unit) for each in (amount, one.quantity))
            form.faults.append((field, visit.text("act.more_than_left", asked=asked, left=there, item=one.goods_item)))
            continue
        found.append(_released(one, amount))
    return found


def _released(one: LeftToRelease, amount: Decimal) -> bodies.GoodsReleased:
    if amount == one.quantity:
        return bodies.GoodsReleased(goods_item=one.goods_item)
    return bodies.GoodsReleased.model_validate(
        {"goods_item": one.goods_item, "quantity": f"{amount:f}", "unit": one.unit}
    )


async def _check(act: OpenAct, order: ReleaseOrder, left: Mapping[int, LeftToRelease]) -> Response:
    """Show in numbers what will be written off, before it is."""
    read, visit = act.form.read(), act.visit
    try:
        found = await visit.web.lifecycle.dry_runs.release(act.record, order, seen=read)
    except ReadBefore as error:
        return await _form(act, status=409, changed=await changed(act.visit, act.record.id, error))
    except (Conflict, CallInvalid) as error:
        act.form.faults.append(("act", refusal(visit, error)))
        return await _form(act, status=error.status)
    body = release_body(found, visit.caller, act.wording)
    return act.page(
        "release_check.html",
        run=body,
        lines=[
            visit.text(
                "act.writes_off",
                quantity=act.reading.quantity(one["quantity"], one["unit"]),
                document=f"{one['document']['type']} {one['document']['reference']}",
                line=one["line"],
                total=act.reading.quantity(one["written_off"], one["unit"]),
            )
            for one in body["moved"][:_MOST_LINES]
        ],
        lines_left_out=max(0, len(body["moved"]) - _MOST_LINES),
        not_moved=[f"{one['type']} {one['reference']}" for one in body["not_moved"][:_MOST_LINES]],
        goods=_goods(act, order, left),
        left_after=_left_after(act, order, left),
        kept={name: value for name, value in act.form.typed.items() if name not in {"form_token", "step"}},
    )


def _left_after(act: OpenAct, order: ReleaseOrder, left: Mapping[int, LeftToRelease]) -> Sequence[str]:
    """Say how much of each goods item is left once this is released; nothing: all of them are."""
    if not order.items:
        return ()
    asked = {one.goods_item: one for one in order.items}
    found = []
    for number, one in left.items():
        given = asked.get(number)
        if given is None:
            found.append(_named(act, ReleasedItem(goods_item=number), one))
        elif given.quantity is not None and one.quantity is not None and one.quantity > given.quantity:
            rest = replace(one, quantity=one.quantity - given.quantity)
            found.append(_named(act, ReleasedItem(goods_item=number), rest))
    return found[:_MOST_LINES]


def _goods(act: OpenAct, order: ReleaseOrder, left: Mapping[int, LeftToRelease]) -> str:
    """Name the released goods: "3,000 kg of item 1", "item 2", "everything that is left"."""
    if not order.items:
        return act.visit.text("act.everything_left")
    return ", ".join(_named(act, one, left.get(one.goods_item)) for one in order.items)


def _named(act: OpenAct, one: ReleasedItem, left: LeftToRelease | None) -> str:
    """Name the goods of one item: a whole item by all that is left of it, where that can be told."""
    amount, unit = one.quantity, one.unit
    if amount is None and left is not None:
        amount, unit = left.quantity, left.unit
    if amount is None:
        return act.reading.items((one.goods_item,))
    return act.visit.text("act.part_of", quantity=act.reading.quantity(amount, unit), item=one.goods_item)


async def _done(act: OpenAct, order: ReleaseOrder) -> Response:
    by = act.visit.caller.actor()

    async def acting(read: ReadState) -> Stepped | Approval:
        return await act.visit.web.lifecycle.steps.release(act.record.id, order, by=by, seen=read)

    return await carried_out(act, acting, _form)
