"""What happened to a trader's declarations, in sentences, newest first."""

from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.notice import NoticeKind
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.address import must_be_known
from gateway.web.portal.news import news
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_MOST = 100
_KINDS = tuple(kind for kind in NoticeKind if kind is not NoticeKind.ALERT)
"""Alerts are for customs alone."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the notices."""
    route(app, web, "/notices", _notices, room=Room.PORTAL)


async def _notices(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.NOTICES)
    must_be_known(visit, "kind")
    asked = visit.asked("kind")
    if asked and asked not in _KINDS:
        raise CallInvalid("kind: there is no such kind of notices.")
    times = Times(datetime.now(UTC), visit.web.calendar.zone, visit.templates)
    found = await news(visit, times, limit=_MOST, kind=NoticeKind(asked) if asked else None)
    return visit.page("portal/notices.html", current="notices", news=found, kind=asked, kinds=_KINDS, most=_MOST)
