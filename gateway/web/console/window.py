"""Opening a contingency window for an authority, which a second officer approves, and closing it."""

from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.dispatch import AdapterHealth
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.errors import Conflict, WindowInForce, WindowOver
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import adapter_of, authority_row, known_parameters, times_of
from gateway.web.context import WebContext
from gateway.web.open_windows import open_windows
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES

PRESET = timedelta(hours=4)
_LOCAL = "%Y-%m-%dT%H:%M"
_MODES = (WindowMode.HOLD, WindowMode.MANUAL, WindowMode.RELEASE)


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{AUTHORITIES}/{{name}}/window", _window, room=Room.CONSOLE, methods=("GET", "POST"))


async def _window(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.CONTINGENCIES)
    known_parameters(visit)
    health = adapter_of(visit)
    form = await ActForm.of(visit)
    if visit.request.method != "POST":
        return await _shown(form, health)
    visit.caller.must_be_allowed(Call.CONTINGENCY)
    return await (_closed(form, health) if form.get("number") else _asked(form, health))


async def _asked(form: ActForm, health: AdapterHealth) -> Response:
    """Have the opening wait for a second officer."""
    visit = form.visit
    contingency = visit.web.lifecycle.contingency
    allowed = frozenset(one.value for one in contingency.modes(health.name))
    mode = form.one_of("mode", allowed, needed=visit.text("window.mode_missing"))
    until = form.moment("until", visit.web.calendar.zone) if form.get("until") else None
    if until is not None and until <= visit.web.lifecycle.now():
        form.fault("until", visit.text("window.until_past"))
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if form.faults or mode is None or reason is None:
        return await _shown(form, health, status=422)
    by = visit.caller.actor()
    word = WindowStatement(officer=by.person, reason=reason, by=by)
    try:
        await contingency.open(WindowOrder(adapter=health.name, mode=WindowMode(mode), until=until, word=word))
    except WindowInForce:
        return await _overtaken(form, health)
    await visit.drop_draft()
    return visit.onward(f"{AUTHORITIES}/{health.name}#asked")


async def _closed(form: ActForm, health: AdapterHealth) -> Response:
    """Close the window that the page showed."""
    visit = form.visit
    reason = form.words("reason", needed=visit.text("act.say_why"))
    open_now = next((one for one in visit.windows if one.adapter == health.name), None)
    if open_now is None or str(open_now.number) != form.get("number"):
        return await _overtaken(form, health)
    if reason is None:
        return await _shown(form, health, status=422)
    by = visit.caller.actor()
    try:
        await visit.web.lifecycle.contingency.close(
            open_now.number, WindowStatement(officer=by.person, reason=reason, by=by)
        )
    except WindowOver:
        return await _overtaken(form, health)
    await visit.drop_draft()
    return visit.onward(open_now.inside)


async def _overtaken(form: ActForm, health: AdapterHealth) -> Response:
    """Show the page in its present state: a window was opened or closed meanwhile, and nothing was done."""
    form.visit.windows = await open_windows(form.visit)
    form.fault("act", form.visit.text("window.overtaken"))
    return await _shown(form, health, status=Conflict.status)


async def _shown(form: ActForm, health: AdapterHealth, *, status: int = 200) -> Response:
    visit = form.visit
    lifecycle, times = visit.web.lifecycle, times_of(visit)
    waiting, figures = await lifecycle.waited_for(), await lifecycle.figures()
    lately = figures.get(health.name)
    ends = times.now.astimezone(visit.web.calendar.zone) + PRESET
    values: dict[str, Any] = {
        "row": authority_row(visit, health, waiting.get(health.name), lately, times),
        "modes": [one.value for one in _MODES if one in lifecycle.contingency.modes(health.name)],
        "until": form.typed.get("until", ends.strftime(_LOCAL)),
        "calls": lately.whole.calls if lately is not None else 0,
        "acts": visit.caller.may(Call.CONTINGENCY),
        "approval_hours": visit.web.settings.approval_hours,
        "form": form,
        "faults": form.faults,
    }
    return visit.page(
        "console/window.html", status=status, current="authorities", zone=visit.web.calendar.zone, **values
    )
