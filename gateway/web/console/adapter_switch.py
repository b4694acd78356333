"""Switching the way to an authority off, at once or once its calls have ended, and on again."""

from enum import StrEnum

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.dispatch import AdapterHealth
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import adapter_of, authority_row, known_parameters, times_of
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES


class AdapterState(StrEnum):
    """What an adapter may be switched to."""

    ENABLED = "enabled"
    DRAINING = "draining"
    DISABLED = "disabled"


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
        return await _shown(form, health)
    others = frozenset(one.value for one in _others(health))
    chosen = form.one_of("state", others, needed=visit.text("switch.state_missing"))
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if chosen is None or reason is None:
        return await _shown(form, health)
    by, lifecycle = visit.caller.actor(), visit.web.lifecycle
    if chosen == AdapterState.ENABLED:
        await lifecycle.enable_adapter(health.name, by=by, reason=reason)
    else:
        draining = chosen == AdapterState.DRAINING
        await lifecycle.switch_off_adapter(health.name, by=by, reason=reason, draining=draining)
    await visit.drop_draft()
    return visit.onward(f"{AUTHORITIES}/{health.name}")


def _now(health: AdapterHealth) -> AdapterState:
    if health.enabled:
        return AdapterState.ENABLED
    return AdapterState.DRAINING if health.draining else AdapterState.DISABLED


def _others(health: AdapterHealth) -> tuple[AdapterState, ...]:
    return tuple(one for one in AdapterState if one is not _now(health))


async def _shown(form: ActForm, health: AdapterHealth) -> Response:
    visit, lifecycle = form.visit, form.visit.web.lifecycle
    waiting, figures = await lifecycle.waited_for(), await lifecycle.figures()
    return visit.page(
        "console/switch.html",
        status=422 if form.faults else 200,
        current="authorities",
        zone=visit.web.calendar.zone,
        row=authority_row(visit, health, waiting.get(health.name), figures.get(health.name), times_of(visit)),
        states=[one.value for one in _others(health)],
        form=form,
        faults=form.faults,
    )
