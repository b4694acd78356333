"""The control orders of one declaration, for officers: how each stands, and the forms by which controls are ordered and ended."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import (
    CallInvalid,
    CallRefused,
    Conflict,
    ExaminationAwaited,
    NotKnown,
    ReadBefore,
    SamePerson,
)
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.act_page import refusal
from gateway.web.console.authorities import known_parameters
from gateway.web.console.case_section import CaseSection
from gateway.web.console.goods_items import items_in, items_of
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.controls.acts import MIDDLE, REASONS, Doing, NewOrder, fits
from gateway.wings.controls.errors import OrderStands
from gateway.wings.controls.fold import folded
from gateway.wings.controls.kept import ControlWords, KeptOrder, KeptOrders
from gateway.wings.controls.order import ActName
from gateway.wings.controls.pages.order_view import OrderView
from gateway.wings.controls.rows import ControlLevel, ControlReason, ControlResult, ControlType
from gateway.wings.controls.steps import NONE, OrderSteps

_OFFERED = (
    ActName.APPOINTED,
    ActName.BEGUN,
    ActName.RESULT,
    ActName.SETTLED,
    ActName.WAIVED,
    ActName.TRANSFERRED,
    ActName.FURTHER,
    ActName.SCOPED,
)
_MOST_SHORT = 70
_section = partial(CaseSection.of, name="controls", listed_by=Call.CONTROLS)


def register(app: Starlette, web: WebContext, kept: KeptOrders, steps: OrderSteps) -> None:
    """Serve the page and its forms."""
    here = f"{CASES}/{{id}}/controls"
    route(app, web, here, partial(_listed, kept), room=Room.CONSOLE)
    route(app, web, f"{here}/new", partial(_order, steps), room=Room.CONSOLE, methods=("GET", "POST"))
    route(app, web, f"{here}/{{number:int}}", partial(_act, kept, steps), room=Room.CONSOLE, methods=("GET", "POST"))


async def _listed(kept: KeptOrders, visit: Visit) -> Response:
    section = await _section(visit, Call.CONTROLS)
    known_parameters(visit, "done", "mark")
    view, found = OrderView.of(visit), await kept.of(section.record.id)
    return section.page(
        "declaration.html",
        shown=[(view.row(one), list(_offered(section, one))) for one in reversed(found)],
        new=f"{section.here}/new" if visit.caller.may(Call.ORDER_CONTROL) else "",
        done=visit.was_done(),
    )


def _offered(section: CaseSection, kept: KeptOrder) -> Iterator[tuple[str, str]]:
    """Yield what its reader may do under an order, each with the address of its form."""
    visit = section.visit
    for name in _OFFERED:
        if not kept.ended and fits(kept.order, name) and visit.caller.may(_call_of(name)):
            yield visit.text(f"controls.act_{name}"), f"{section.here}/{kept.order.number}?{urlencode({'act': name})}"


def _call_of(name: ActName) -> Call:
    return Call.WAIVE_CONTROL if name in REASONS else Call.ORDER_CONTROL


async def _order(steps: OrderSteps, visit: Visit) -> Response:
    section = await _section(visit, Call.ORDER_CONTROL)
    known_parameters(visit)
    view, form = OrderView.of(visit), await ActForm.of(visit)
    types = _options(view, "control_type", view.view.further.all(ControlType))
    levels = _options(view, "control_level", sorted(view.view.further.all(ControlLevel), key=lambda one: -one.rank))

    def page(status: int = 200) -> Response:
        return section.form("order.html", form, status=status, types=types, levels=levels, middle=MIDDLE)

    if visit.request.method == "GET":
        return page()
    needed = visit.text("controls.choose")
    kind = form.one_of("type", frozenset(name for name, _ in types), needed=needed)
    level = form.one_of("level", frozenset(name for name, _ in levels), needed=needed)
    items = items_in(form, items_of(section.record))
    reference, instruction = (form.words(one, most=_MOST_SHORT) for one in ("reference", "instruction"))
    words, read = form.words("words"), form.read()
    if form.faults or kind is None or level is None:
        return page(422)
    new = NewOrder(types=(kind,), goods_items=items, level=level, reference=reference, instruction=instruction)
    try:
        await steps.open(section.record.id, new, by=visit.caller.actor(), words=words, seen=read)
    except (Conflict, CallInvalid) as error:
        form.fault("act", _refusal(visit, error))
        return page(error.status)
    return await section.done("ordered")


async def _act(kept: KeptOrders, steps: OrderSteps, visit: Visit) -> Response:
    section = await _section(visit, Call.CONTROLS)
    known_parameters(visit, "act")
    number, asked = visit.request.path_params["number"], visit.asked("act")
    known = next((one for one in await kept.of(section.record.id) if one.order.number == number), None)
    name = next((one for one in _OFFERED if one == asked), None)
    if known is None or name is None:
        raise NotKnown(NONE)
    visit.caller.must_be_allowed(_call_of(name))
    view, form = OrderView.of(visit), await ActForm.of(visit)
    codes = _codes(view, name)

    def page(status: int = 200) -> Response:
        return section.form(
            "act.html",
            form,
            status=status,
            row=view.row(known),
            act=name.value,
            codes=codes,
            is_by_two=name in REASONS and known.order.persons > 1,
        )

    if visit.request.method == "GET":
        return page()
    doing, words, read = _doing(form, name, codes, section.record), form.words("words"), form.read()
    if form.faults:
        return page(422)
    word = ControlWords(by=visit.caller.actor(), reason=words)
    try:
        made = await steps.act(section.record.id, number, doing, word=word, seen=read)
    except (Conflict, CallInvalid) as error:
        form.fault("act", _refusal(visit, error))
        return page(error.status)
    return await section.done("waiting" if folded(made).pending is not None else "entered")


def _doing(form: ActForm, name: ActName, codes: Sequence[tuple[str, str]], record: Record) -> Doing:
    """Return what is done, the faults of its form noted."""
    visit, zone = form.visit, form.visit.web.settings.zone()
    code = form.one_of("code", frozenset(one for one, _ in codes), needed=visit.text("controls.choose")) if codes else None  # fmt: skip
    appointed = name is ActName.APPOINTED
    items = items_in(form, items_of(record)) if name in (ActName.RESULT, ActName.SCOPED) else ()
    if name is ActName.SCOPED and not items:
        items = tuple(sorted(items_of(record)))
    return Doing(
        name=name,
        code=code,
        goods_items=items,
        place=form.words("place", needed=visit.text("controls.place_needed")) if appointed else None,
        time=form.moment("time", zone) if appointed else None,
        told=form.get("told") == "yes",
    )


def _codes(view: OrderView, name: ActName) -> list[tuple[str, str]]:
    if name is ActName.RESULT:
        return _options(view, "control_result", view.view.further.all(ControlResult))
    reason = REASONS.get(name)
    found = [one for one in view.view.further.all(ControlReason) if one.act is reason]
    return [(one.name, view.wording.name("control_reason", one.title)) for one in found]


def _options(view: OrderView, param: str, rows: Iterable[Any]) -> list[tuple[str, str]]:
    return [(one.name, view.wording.name(param, one.title)) for one in rows]


def _refusal(visit: Visit, error: CallRefused) -> str:
    """Return why nothing was done, in the reader's language."""
    if isinstance(error, ReadBefore):
        return visit.text("controls.changed")
    if isinstance(error, OrderStands):
        return visit.text("controls.stands")
    if isinstance(error, ExaminationAwaited):
        return visit.text("controls.awaited")
    if isinstance(error, CallInvalid) and not isinstance(error, SamePerson):
        return visit.text("controls.not_valid")
    return refusal(visit, error)
