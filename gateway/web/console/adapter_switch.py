"""Switching the way to an authority off, at once or once its calls have ended, and on again."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.dispatch import AdapterHealth
from gateway.domain.adapter_switch import AdapterState
from gateway.domain.errors import AdapterQuarantined
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import adapter_of, authority_row, known_parameters, times_of
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{AUTHORITIES}/{{name}}/state", _state, room=Room.CONSOLE, methods=("GET", "POST"))


async def _state(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.DISABLE_ADAPTER)
    visit.caller.must_be_allowed(Call.ENABLE_ADAPTER)
    known_parameters(visit)
    health = adapter_of(visit)
    form = await ActForm.of(visit)
    if visit.request.method != "POST":
        return await _shown(form)
    others = frozenset(one.value for one in _others(_now(visit, health)))
    chosen = form.one_of("state", others, needed=visit.text("switch.state_missing"))
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if chosen is None or reason is None:
        return await _shown(form)
    by, lifecycle = visit.caller.actor(), visit.web.lifecycle
    if chosen == AdapterState.ENABLED:
        await lifecycle.enable_adapter(health.name, by=by, reason=reason)
    else:
        draining = chosen == AdapterState.DRAINING
        try:
            await lifecycle.switch_off_adapter(health.name, by=by, reason=reason, draining=draining)
        except AdapterQuarantined:
            # It happened since the form was shown.
            form.fault("state", visit.text("switch.quarantined"))
            return await _shown(form)
    await visit.drop_draft()
    return visit.onward(f"{AUTHORITIES}/{health.name}")


def _now(visit: Visit, health: AdapterHealth) -> AdapterState:
    off = visit.web.lifecycle.adapters_off().get(health.name)
    return off.state if off is not None else AdapterState.ENABLED


def _others(now: AdapterState) -> tuple[AdapterState, ...]:
    """Return what a person may switch it to."""
    # Nothing is under way of what is quarantined, and only the gateway quarantines.
    never = {now, AdapterState.QUARANTINED} | ({AdapterState.DRAINING} if now is AdapterState.QUARANTINED else set())
    return tuple(one for one in AdapterState if one not in never)


async def _shown(form: ActForm) -> Response:
    visit, lifecycle = form.visit, form.visit.web.lifecycle
    waiting, figures = await lifecycle.waited_for(), await lifecycle.figures()
    # Its health and what it is switched to at one moment: read before, the two may contradict each other.
    health = adapter_of(visit)
    now = _now(visit, health)
    return visit.page(
        "console/switch.html",
        status=422 if form.faults else 200,
        current="authorities",
        zone=visit.web.calendar.zone,
        row=authority_row(visit, health, waiting.get(health.name), figures.get(health.name), times_of(visit)),
        states=[one.value for one in _others(now)],
        quarantined=now is AdapterState.QUARANTINED,
        form=form,
        faults=form.faults,
    )
