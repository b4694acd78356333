"""All declarations by the day on which they were received, held or not: as a list, and as a file."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.domain.work_list import Search
from gateway.lifecycle.work_list import ListedPage
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.day_span import span_asked
from gateway.web.console.queue import page_of
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.csv_file import csv_file
from gateway.web.route import route
from gateway.web.visit import Visit

LODGED = CASES
"""The address of the list: each declaration stands below it."""
_ROWS, _IN_FILE = 25, 1_000
_LONGEST = 100
_FIELDS = ("since", "until", "office", "declarant")
_WEEK = timedelta(days=6)


def register(app: Starlette, web: WebContext) -> None:
    """Serve the list, and the same as a file."""
    route(app, web, LODGED, _list, room=Room.CONSOLE)
    route(app, web, f"{LODGED}.csv", _file, room=Room.CONSOLE)


async def _list(visit: Visit) -> Response:
    asked = _asked(visit)
    listed = await _found(visit, asked, visit.asked("cursor") or None, _ROWS)
    times = times_of(visit)
    return visit.page(
        "console/lodged.html",
        current="lodged",
        zone=visit.web.calendar.zone,
        asked=asked,
        rows=[
            {
                "name": one.mrn or one.lrn,
                "href": f"{CASES}/{quote(one.id, safe='')}",
                "at": times.moment(one.received_at),
                "declarant": one.declarant,
                "office": one.office or "",
                "state": visit.text(f"case.state_{one.state.value}"),
                "kind": one.entry.effect_kind if one.entry is not None else "",
            }
            for one in listed.found
        ],
        exports=visit.caller.may(Call.EXPORT),
        older=_address(LODGED, {**asked, "cursor": listed.next}) if listed.next else "",
        csv=_address(f"{LODGED}.csv", asked),
    )


async def _file(visit: Visit) -> Response:
    asked = _asked(visit)
    listed = await _found(visit, asked, None, _IN_FILE)
    words = [visit.text(f"lodged.{one}") for one in ("at", "declarant", "office", "state")]
    rows: list[tuple[object, ...]] = [
        (
            one.received_at.astimezone(visit.web.calendar.zone).isoformat(timespec="seconds"),
            one.mrn,
            one.lrn,
            one.declarant,
            one.office,
            visit.text(f"case.state_{one.state.value}"),
        )
        for one in listed.found
    ]
    if listed.next:
        rows.append((visit.text("lodged.cut", count=_IN_FILE), "", "", "", "", ""))
    return csv_file(visit, f"declarations-{asked['since']}", [words[0], "MRN", "LRN", *words[1:]], rows)


async def _found(visit: Visit, asked: Mapping[str, str], cursor: str | None, limit: int) -> ListedPage:
    since, until = _day(visit, asked["since"])[0], _day(visit, asked["until"])[1]
    if until <= since:
        raise CallInvalid("until: it is a day that is not before the first.")
    search = Search(
        since=since,
        until=until,
        offices=frozenset({asked["office"]}) if asked["office"] else None,
        declarant=asked["declarant"] or None,
    )
    listed = await page_of(visit, search, cursor=cursor, limit=limit)
    await visit.web.cases.note(visit.caller, listed.found, Call.READ)
    return listed


def _day(visit: Visit, text: str) -> tuple[datetime, datetime]:
    span = span_asked(text, "", visit.web.lifecycle.now(), visit.web.calendar.zone)
    return span.since, span.until


def _asked(visit: Visit) -> dict[str, str]:
    """Return what the address asks for: without days the last seven.

    Raises:
        CallInvalid: there is no such parameter, or a value is none that the list knows.
    """
    visit.caller.must_be_allowed(Call.READ)
    known_parameters(visit, *_FIELDS, "cursor")
    asked = {name: visit.asked(name).strip() for name in _FIELDS}
    if long := sorted(name for name, text in asked.items() if len(text) > _LONGEST):
        raise CallInvalid(f"{', '.join(long)}: longer than anything that the list knows.")
    today = visit.web.lifecycle.now().astimezone(visit.web.calendar.zone).date()
    asked["until"] = asked["until"] or today.isoformat()
    asked["since"] = asked["since"] or (today - _WEEK).isoformat()
    return asked


def _address(path: str, asked: Mapping[str, str | None]) -> str:
    return f"{path}?{urlencode({name: text for name, text in asked.items() if text})}"
