"""The stream of the open notices: how many came since behind what the page shows."""

from fastapi.sse import ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.notice import NoticeKind, NoticePage, Place
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters
from gateway.web.console.notices import NOTICES, address_of, page_of
from gateway.web.context import WebContext
from gateway.web.live_route import live_route, proven, stream
from gateway.web.open_counts import OpenCounts
from gateway.web.page_news import PageNews
from gateway.web.visit import Visit

_AT_ONCE = 100


def register(app: Starlette, web: WebContext) -> None:
    """Serve the streams of notices."""
    live_route(app, web, f"{NOTICES}/live", _live, room=Room.CONSOLE)


async def _live(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.NOTICES)
    known_parameters(visit, "kind", "after", "waiting")
    kind, behind, waiting = (
        visit.asked("kind"),
        Place.read(visit.asked("after")),
        OpenCounts.read(visit.asked("waiting")),
    )
    if behind is None or kind not in {"", *NoticeKind} or waiting is None:
        raise CallInvalid("kind, after, waiting: the stream of notices has no such value.")
    kinds = frozenset({NoticeKind(kind)}) if kind else frozenset()
    news = PageNews(visit, "console/live/notices.html", waiting=waiting)
    place, count = behind, 0

    async def page(within_s: float) -> NoticePage:
        return await page_of(visit, place, kinds, _AT_ONCE, within_s=within_s)

    async def read(last: str) -> ServerSentEvent | None:
        nonlocal place, count
        await proven(visit, Call.NOTICES)
        more = True
        while more:
            found = await page(0)
            place, count, more = found.next, count + len(found.items), found.more
        sentence = visit.text("live.notices", count=count) if count else ""
        link = address_of(kind)
        return await news.event(last, sentence, link=link, link_text=visit.text("live.show_them"))

    async def wait(within_s: float) -> None:
        await page(within_s)

    return await stream(visit, read, wait)
