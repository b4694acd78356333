"""The stream of an open case: whether something newer stands than what its page shows."""

from fastapi.sse import ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Caller
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.case import number_of
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.live_route import declaration_stream, live_route
from gateway.web.open_counts import OpenCounts
from gateway.web.page_news import PageNews
from gateway.web.visit import Visit

_NUMBERS = frozenset({"version", "decision", "event", "earlier"})
"""The newest version and decision when the page was loaded; `earlier`: it shows neither, and says so in a strip of its own."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the streams of cases."""
    live_route(app, web, f"{CASES}/{{id}}/live", _live, room=Room.CONSOLE)


async def _live(visit: Visit) -> Response:
    numbers = _asked(visit)
    name = DeclarationName.of_text(visit.request.path_params["id"])
    if (waiting := OpenCounts.read(visit.asked("waiting"))) is None:
        raise CallInvalid("waiting: the stream of a case has no such value.")
    news = PageNews(visit, "console/live/case.html", waiting=waiting)

    async def told(last: str, _: Caller, record: Record) -> ServerSentEvent | None:
        sentence, link_text = _sentence(visit, record, numbers), _link(visit, record, numbers)
        return await news.event(last, sentence, link=f"{CASES}/{record.id}", link_text=link_text)

    return await declaration_stream(visit, name, told)


def _asked(visit: Visit) -> dict[str, int]:
    """Return what the page shows: the version, the decision and the last event.

    Raises:
        CallInvalid: it has a parameter that there is not, or one that is no number.
    """
    given = visit.request.query_params
    if unknown := sorted(set(given) - _NUMBERS - {"waiting"}):
        raise CallInvalid(f"{', '.join(unknown)}: the stream of a case has no such parameter.")
    return {one: 0 if given.get(one, "0") == "0" else number_of(one, given[one]) for one in _NUMBERS}


def _sentence(visit: Visit, record: Record, shown: dict[str, int]) -> str:
    """Return what is newer than the page; empty: nothing."""
    version, decision = record.current_version, _decision(record)
    if version > shown["version"] and not shown["earlier"]:
        return visit.text("live.version", version=version, shown=shown["version"])
    if decision > shown["decision"]:
        if shown["earlier"] or not shown["decision"]:
            return visit.text("live.first_decision", number=decision)
        return visit.text("live.decision", number=decision, shown=shown["decision"])
    if record.event_seq > shown["event"]:
        return visit.text("live.happened", count=record.event_seq - shown["event"])
    return ""


def _link(visit: Visit, record: Record, shown: dict[str, int]) -> str:
    decision = _decision(record)
    if record.current_version > shown["version"]:
        return visit.text("case.show_version", version=record.current_version)
    if decision > shown["decision"]:
        return visit.text("case.show_decision", number=decision)
    return visit.text("live.show")


def _decision(record: Record) -> int:
    return record.decision.number if record.decision is not None else 0
