"""The page by which an officer invalidates a declaration."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.domain.actions import ActionName
from gateway.domain.record import ReadState
from gateway.domain.subject import Room
from gateway.domain.tables.applications import ApplicationKind, Phase
from gateway.lifecycle import Stepped
from gateway.lifecycle.applications import ApplicationGrounds
from gateway.web.console.act_page import CASES, OpenAct, carried_out, opened
from gateway.web.context import WebContext
from gateway.web.ground_names import NOT_STATED, ground_name
from gateway.web.route import route
from gateway.web.visit import Visit


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{CASES}/{{id}}/invalidate", _invalidate, room=Room.CONSOLE, methods=("GET", "POST"))


async def _invalidate(visit: Visit) -> Response:
    act = await opened(visit, ActionName.INVALIDATE)
    if visit.request.method == "GET":
        if act.action is None or not act.action["allowed"]:
            return act.not_now("" if act.action is None else act.action["message"])
        return await _form(act)
    form, known = act.form, frozenset(name for name, _ in _grounds(act))
    name = form.one_of("grounds", known, needed=visit.text("act.choose_ground")) if known else None
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if form.faults:
        return await _form(act, status=422)

    async def acting(read: ReadState) -> Stepped:
        caller = visit.caller
        stated = ApplicationGrounds(name=name, statement=reason)
        return await visit.web.lifecycle.steps.invalidate(
            act.record.id, reason=reason, by=caller.actor(), asker=caller.asker, grounds=stated, seen=read
        )

    return await carried_out(act, acting, _form)


def _grounds(act: OpenAct) -> list[tuple[str, str]]:
    """Return the grounds of which one has to be named: once goods are released."""
    if act.record.released is None:
        return []
    visit = act.visit
    tables = visit.web.lifecycle.tables.at(visit.web.calendar.day(visit.web.lifecycle.now()))
    names = sorted(set(tables.grounds(ApplicationKind.INVALIDATION, Phase.AFTER_RELEASE)) - {NOT_STATED})
    return [(name, ground_name(visit, name)) for name in names]


async def _form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    visit = act.visit
    return act.page(
        "invalidate.html",
        status=status,
        changed=changed,
        grounds=_grounds(act),
        happens=[visit.text("act.invalidated_now"), visit.text("act.reserved_back")],
    )
