"""The first page of the console, for its signed-in users."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.subject import Room
from gateway.web.console.lodged import LODGED
from gateway.web.console.today import TODAY_PAGE
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES


def register(app: Starlette, web: WebContext) -> None:
    """Serve the first page."""
    route(app, web, "/console", _console, room=Room.CONSOLE)


async def _console(visit: Visit) -> Response:
    """Lead officers to their day, auditors to all declarations, and those who watch authorities to these; others see who they are."""
    asked = visit.request.url.query
    if visit.caller.may(Call.READ):
        # Who acts on nothing has no turn: they look into what was received.
        first = TODAY_PAGE if visit.caller.may(Call.CONFIRM) else LODGED
        return visit.onward(f"{first}?{asked}" if asked else first)
    return visit.onward(AUTHORITIES) if visit.caller.may(Call.ADAPTERS) else await _home(visit)


async def _home(visit: Visit) -> Response:
    return visit.page("home.html", caller=visit.caller)
