"""What an officer did by their own judgement on a day: their own acts, as a page and as a file."""

from datetime import UTC
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.acts import ActKind, ListedAct
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.day_span import DaySpan, span_asked
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.csv_file import csv_file
from gateway.web.route import route
from gateway.web.visit import Visit

OWN_ACTS = "/console/acts"
_MOST = 200


def register(app: Starlette, web: WebContext) -> None:
    """Serve the list, and the same as a file."""
    route(app, web, OWN_ACTS, _list, room=Room.CONSOLE)
    route(app, web, f"{OWN_ACTS}.csv", _file, room=Room.CONSOLE)


async def _list(visit: Visit) -> Response:
    span, found = await _found(visit)
    times = times_of(visit)
    return visit.page(
        "console/own_acts.html",
        current="today",
        zone=visit.web.calendar.zone,
        day=times.day(span.first),
        chosen=span.first.isoformat(),
        rows=[
            {
                "at": times.moment(one.act.at),
                "kind": visit.text(f"own_acts.{one.kind.value}"),
                "name": one.mrn or one.lrn,
                "href": f"{CASES}/{quote(one.id)}",
                "reason": one.act.reason or "",
                "second": one.act.second.person if one.act.second is not None else "",
            }
            for one in found
        ],
        is_cut=len(found) == _MOST,
        csv=f"{OWN_ACTS}.csv?{urlencode({'day': span.first.isoformat()})}",
    )


async def _file(visit: Visit) -> Response:
    span, found = await _found(visit)
    head = [visit.text(f"own_acts.{one}") for one in ("at", "what", "declaration", "reason", "second")]
    rows = [
        (
            one.act.at.astimezone(span.zone).isoformat(timespec="seconds"), visit.text(f"own_acts.{one.kind.value}"),
            one.mrn or one.lrn, one.act.reason, one.act.second.person if one.act.second is not None else None,
        )
        for one in found
    ]  # fmt: skip
    if len(found) == _MOST:
        rows.append((visit.text("own_acts.cut", count=_MOST), "", "", None, None))
    return csv_file(visit, f"acts-{span.first.isoformat()}", head, rows)


async def _found(visit: Visit) -> tuple[DaySpan, tuple[ListedAct, ...]]:
    """Return the day that is asked for, and what its reader did on it, the newest first."""
    caller = visit.caller
    caller.must_be_allowed(Call.ACTS)
    known_parameters(visit, "day")
    person = caller.actor().person
    if person is None:
        raise CallInvalid("Who acts by this access is not known: it lists nobody's acts.")
    span = span_asked(visit.asked("day"), "", visit.web.lifecycle.now(), visit.web.calendar.zone)
    found = await visit.web.lifecycle.acts.page(
        kinds=tuple(ActKind),
        since=span.since.astimezone(UTC),
        until=span.until.astimezone(UTC),
        person=person,
        limit=_MOST,
        offices=caller.offices_for(Call.ACTS),
    )
    return span, found
