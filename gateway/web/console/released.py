"""What was released: by day, office, declarant and document, as a page and as a file."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.hour_figures import ReleasedGoods
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.day_span import DaySpan, span_asked
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.csv_file import csv_file
from gateway.web.route import route
from gateway.web.visit import Visit

RELEASED = "/console/released"
_ROWS, _IN_FILE = 50, 10_000
_LONGEST = 100
_FIELDS = ("day", "hour", "office", "declarant", "document")


def register(app: Starlette, web: WebContext) -> None:
    """Serve the list, and the same as a file."""
    route(app, web, RELEASED, _list, room=Room.CONSOLE)
    route(app, web, f"{RELEASED}.csv", _file, room=Room.CONSOLE)


async def _list(visit: Visit) -> Response:
    asked, before = _asked(visit), visit.asked("before")
    if before and not (before.isascii() and before.isdecimal() and len(before) <= 18):
        raise CallInvalid("before: it is the one of the page before.")
    span, found = await _found(visit, asked, int(before) if before else None, _ROWS + 1)
    times, shown = times_of(visit), found[:_ROWS]
    older = {**asked, "before": str(shown[-1].place)} if len(found) > _ROWS else {}
    return visit.page(
        "console/released.html",
        current="today",
        zone=visit.web.calendar.zone,
        asked={**asked, "day": span.first.isoformat()},
        day=times.day(span.first),
        hour=f"{times.clock(span.since)} – {times.clock(span.until)}" if asked["hour"] else "",
        rows=[
            {
                "at": times.moment(one.at),
                "name": one.mrn or one.lrn,
                "lrn": one.lrn,
                "href": f"{CASES}/{quote(one.id)}",
                "declarant": one.declarant,
                "office": one.office or "",
                "whole": one.whole,
            }
            for one in shown
        ],
        older=_address(RELEASED, older) if older else "",
        csv=_address(f"{RELEASED}.csv", asked),
        is_filtered=any(asked[name] for name in _FIELDS if name != "day"),
    )


async def _file(visit: Visit) -> Response:
    asked = _asked(visit)
    span, found = await _found(visit, asked, None, _IN_FILE)
    at, *others = (visit.text(f"released.{one}") for one in ("at", "declarant", "office", "what"))
    head = [at, "MRN", "LRN", *others]
    rows = [
        (
            one.at.astimezone(span.zone).isoformat(timespec="seconds"), one.mrn, one.lrn, one.declarant, one.office,
            visit.text("released.whole" if one.whole else "released.part"),
        )
        for one in found
    ]  # fmt: skip
    if len(found) == _IN_FILE:
        rows.append((visit.text("released.cut", count=_IN_FILE), "", "", "", "", ""))
    return csv_file(visit, f"released-{span.first.isoformat()}", head, rows)


async def _found(
    visit: Visit, asked: Mapping[str, str], before: int | None, limit: int
) -> tuple[DaySpan, tuple[ReleasedGoods, ...]]:
    span = span_asked(asked["day"], asked["hour"], visit.web.lifecycle.now(), visit.web.calendar.zone)
    found = await visit.web.lifecycle.hours.releases(
        span.since,
        span.until,
        offices=visit.caller.offices_for(Call.READ),
        wanted_offices=[asked["office"]] if asked["office"] else None,
        declarant=asked["declarant"] or None,
        document=asked["document"] or None,
        before=before,
        limit=limit,
    )
    return span, found


def _asked(visit: Visit) -> dict[str, str]:
    visit.caller.must_be_allowed(Call.READ)
    known_parameters(visit, *_FIELDS, "before")
    asked = {name: visit.asked(name).strip() for name in _FIELDS}
    if long := sorted(name for name, text in asked.items() if len(text) > _LONGEST):
        raise CallInvalid(f"{', '.join(long)}: longer than anything that the list knows.")
    return asked


def _address(path: str, asked: Mapping[str, str]) -> str:
    return f"{path}?{urlencode({name: text for name, text in asked.items() if text})}"
