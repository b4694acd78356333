"""The first page of the console, for its signed-in users."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.subject import Room
from gateway.web.console.today import TODAY_PAGE
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES


def register(app: Starlette, web: WebContext) -> None:
    """Serve the first page."""
    route(app, web, "/console", _console, room=Room.CONSOLE)


async def _console(visit: Visit) -> Response:
    """Lead those who may read cases to their day, and those who watch authorities to these; others see who they are."""
    asked = visit.request.url.query
    if visit.caller.may(Call.READ):
        return visit.onward(f"{TODAY_PAGE}?{asked}" if asked else TODAY_PAGE)
    return visit.onward(AUTHORITIES) if visit.caller.may(Call.ADAPTERS) else await _home(visit)


async def _home(visit: Visit) -> Response:
    return visit.page("home.html", caller=visit.caller)
