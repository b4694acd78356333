"""The notices about a trader's declarations, in sentences, newest first."""

from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.notice import FOR_OFFICE, NoticeKind
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.address import must_be_known
from gateway.web.portal.news import news
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_NOTICES = "/notices"
_ROWS = 50
_KINDS = tuple(kind for kind in NoticeKind if kind not in FOR_OFFICE)
"""Alerts are for customs alone."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the notices."""
    route(app, web, _NOTICES, _notices, room=Room.PORTAL)


async def _notices(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.NOTICES)
    must_be_known(visit, "kind", "before")
    asked, before = visit.asked("kind"), visit.asked("before")
    if asked and asked not in _KINDS:
        raise CallInvalid("kind: there is no such kind of notices.")
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)
    found = await news(visit, times, limit=_ROWS, kind=NoticeKind(asked) if asked else None, before=before or None)
    return visit.page(
        "portal/notices.html",
        current="notices",
        news=found.items,
        kind=asked,
        kinds=_KINDS,
        is_first=not before,
        newest=_address(kind=asked),
        older=_address(kind=asked, before=found.older) if found.older else "",
    )


def _address(**asked: str) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{_NOTICES}?{urlencode(given)}" if given else _NOTICES
