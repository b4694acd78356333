"""The first page of each room, for whoever is signed in there."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit


def register(app: Starlette, web: WebContext) -> None:
    """Serve the first pages."""
    route(app, web, "/console", _home, room=Room.CONSOLE)
    route(app, web, "/", _home, room=Room.PORTAL)


async def _home(visit: Visit) -> Response:
    return visit.page("home.html", caller=visit.caller)
