"""Opening a contingency window for an authority, which a second officer approves, and closing it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.dispatch import AdapterHealth
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.errors import Conflict, WindowInForce, WindowOver
from gateway.domain.subject import Room
from gateway.web.console.authorities import adapter_of, authority_row, known_parameters, times_of
from gateway.web.console.reason import stated_reason
from gateway.web.context import WebContext
from gateway.web.open_windows import open_windows
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES

PRESET = timedelta(hours=4)
_LOCAL = "%Y-%m-%dT%H:%M"
_MODES = (WindowMode.HOLD, WindowMode.MANUAL, WindowMode.RELEASE)
Faults = list[tuple[str, str]]


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{AUTHORITIES}/{{name}}/window", _window, room=Room.CONSOLE, methods=("GET", "POST"))


async def _window(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.CONTINGENCIES)
    known_parameters(visit)
    health = adapter_of(visit)
    if visit.request.method != "POST":
        return await _shown(visit, health, [])
    visit.caller.must_be_allowed(Call.CONTINGENCY)
    return await (_closed(visit, health) if visit.form.get("number") else _asked(visit, health))


async def _asked(visit: Visit, health: AdapterHealth) -> Response:
    """Have the opening wait for a second officer."""
    faults: Faults = []
    contingency = visit.web.lifecycle.contingency
    mode, allowed = visit.form.get("mode", ""), contingency.modes(health.name)
    if mode not in allowed:
        faults.append(("mode-" + _MODES[0].value, visit.text("window.mode_missing")))
    until = _until(visit, faults)
    reason = stated_reason(visit, faults)
    if faults:
        return await _shown(visit, health, faults, status=422)
    by = visit.caller.actor()
    word = WindowStatement(officer=by.person, reason=reason, by=by)
    try:
        await contingency.open(WindowOrder(adapter=health.name, mode=WindowMode(mode), until=until, word=word))
    except WindowInForce:
        return await _overtaken(visit, health)
    return visit.onward(f"{AUTHORITIES}/{health.name}#asked")


async def _closed(visit: Visit, health: AdapterHealth) -> Response:
    """Close the window that the page showed."""
    faults: Faults = []
    reason, number = stated_reason(visit, faults), visit.form["number"]
    open_now = next((one for one in visit.windows if one.adapter == health.name), None)
    if open_now is None or str(open_now.number) != number:
        return await _overtaken(visit, health)
    if faults:
        return await _shown(visit, health, faults, status=422)
    by = visit.caller.actor()
    try:
        await visit.web.lifecycle.contingency.close(
            open_now.number, WindowStatement(officer=by.person, reason=reason, by=by)
        )
    except WindowOver:
        return await _overtaken(visit, health)
    return visit.onward(open_now.inside)


async def _overtaken(visit: Visit, health: AdapterHealth) -> Response:
    """Show the page as things stand now: a window was opened or closed meanwhile, and nothing was done."""
    visit.windows = await open_windows(visit)
    return await _shown(visit, health, [("main", visit.text("window.overtaken"))], status=Conflict.status)


async def _shown(visit: Visit, health: AdapterHealth, faults: Faults, *, status: int = 200) -> Response:
    lifecycle, times = visit.web.lifecycle, times_of(visit)
    waiting, figures = await lifecycle.waited_for(), await lifecycle.figures()
    lately = figures.get(health.name)
    ends = times.now.astimezone(visit.web.calendar.zone) + PRESET
    values: dict[str, Any] = {
        "row": authority_row(visit, health, waiting.get(health.name), lately, times),
        "modes": [one.value for one in _MODES if one in lifecycle.contingency.modes(health.name)],
        "chosen": visit.form.get("mode", ""),
        "until": visit.form.get("until", ends.strftime(_LOCAL)),
        "reason": visit.form.get("reason", ""),
        "calls": lately.whole.calls if lately is not None else 0,
        "acts": visit.caller.may(Call.CONTINGENCY),
        "approval_hours": visit.web.settings.approval_hours,
        "faults": faults,
        "wrong": dict(faults),
    }
    return visit.page(
        "console/window.html", status=status, current="authorities", zone=visit.web.calendar.zone, **values
    )


def _until(visit: Visit, faults: Faults) -> datetime | None:
    """Return the end that was sent; None: none was, and the window is open until it is closed."""
    sent = visit.form.get("until", "").strip()
    if not sent:
        return None
    try:
        found = datetime.strptime(sent[:16], _LOCAL).replace(tzinfo=visit.web.calendar.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append(("until", visit.text("window.until_unreadable")))
        return None
    if found <= datetime.now(UTC):
        faults.append(("until", visit.text("window.until_past")))
    return found
