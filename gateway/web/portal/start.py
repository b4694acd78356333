"""The first page of the portal: the find box, what is the trader's to do, what is new, and the doors to everything else."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.declarations import yours_to_do
from gateway.web.portal.news import news
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_NEW = 5


def register(app: Starlette, web: WebContext) -> None:
    """Serve the first page of the portal, also to those who are not signed in."""
    route(app, web, "/", _start, room=Room.PORTAL, for_everybody=True)


async def _start(visit: Visit) -> Response:
    if visit.session is None:
        return visit.page("portal/start.html", current="", news=())
    for call in (Call.NOTICES, Call.READ):
        visit.caller.must_be_allowed(call)
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)
    count, yours = await yours_to_do(visit, times, limit=_NEW)
    newest = (await news(visit, times, limit=_NEW)).items
    return visit.page("portal/start.html", current="", count=count, yours=yours, news=newest)
