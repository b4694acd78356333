"""The keys of the console: which there are, and the one switch that has a browser go without them."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import KEYS, KEYS_OFF, Visit

ADDRESS = "/console/keys"


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page of keys."""
    route(app, web, ADDRESS, _keys, room=Room.CONSOLE, methods=("GET", "POST"))


async def _keys(visit: Visit) -> Response:
    if visit.request.method == "POST":
        visit.cookies[KEYS] = KEYS_OFF if visit.form.get("keys") == KEYS_OFF else None
        return visit.onward(ADDRESS)
    return visit.page("console/keys.html", current="keys", zone=visit.web.calendar.zone)
