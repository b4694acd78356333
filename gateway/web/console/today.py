"""Today: what waits at the officer's offices, how the authorities do, and what was decided hour by hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.domain.work_list import Search, Summary, Turn
from gateway.web.console import day_drawings as drawings
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.authority_health import health_words
from gateway.web.console.day_span import SPANS, TODAY, DaySpan, span_of
from gateway.web.console.queue import QUEUE, REFUSED, counted, page_of
from gateway.web.console.released import RELEASED
from gateway.web.context import WebContext
from gateway.web.csv_file import csv_file
from gateway.web.menu_count import waiting_for
from gateway.web.route import route
from gateway.web.tables_notice import tables_notice
from gateway.web.times import Times
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES

TODAY_PAGE = "/console/today"
_LATE = timedelta(minutes=5)
"""The hours are counted each minute: a count that is older says since when it stands still."""
_LONGEST = 20


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page, and its hours as a file."""
    route(app, web, TODAY_PAGE, _today, room=Room.CONSOLE)
    route(app, web, f"{TODAY_PAGE}.csv", _file, room=Room.CONSOLE)


async def _today(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    known_parameters(visit, "span", "office")
    name, office, times = _name(visit), office_of(visit), times_of(visit)
    span = span_of(name, times.now, times.zone)
    hours = await visit.web.lifecycle.hours.between(span.since, span.until, offices=visit.offices(office, Call.READ))
    whole = drawings.total(span.since, hours)
    columns = drawings.columns(span, hours, times, RELEASED, office)
    search = Search(is_open=True, offices=frozenset({office}) if office else None)
    summary = (await page_of(visit, search, cursor=None, limit=1)).summary or Summary()
    bars = drawings.held_bars(summary, office)
    return visit.page(
        "console/today.html",
        current="today",
        zone=visit.web.calendar.zone,
        span=name,
        spans=[(one, _address(one, office)) for one in SPANS],
        office=office,
        offices=sorted({one.office for one in summary.counts if one.office} | set(visit.caller.offices or ())),
        office_words=office or _everywhere(visit),
        figures=await _figures(visit, summary, office, times),
        whole=whole,
        released_href=f"{RELEASED}?{urlencode({'day': span.first.isoformat(), **_of(office)})}",
        held=sum(bar.count for bar in bars),
        not_filled=sum(one.declarations for one in summary.counts if not one.filled),
        bars=bars,
        turns=drawings.turns_of(bars),
        columns=columns,
        labels=drawings.labels(columns),
        authorities=await _authorities(visit, times),
        counted=await _counted(visit, span, times),
        csv=f"{TODAY_PAGE}.csv?{urlencode({'span': name, **_of(office)})}",
        drawings=drawings,
        as_of=times.clock(times.now),
        again=_address(name, office),
        tables_wait=await tables_notice(visit),
    )


async def _file(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    known_parameters(visit, "span", "office")
    name, office = _name(visit), office_of(visit)
    span = span_of(name, visit.web.lifecycle.now(), visit.web.calendar.zone)
    hours = await visit.web.lifecycle.hours.between(span.since, span.until, offices=visit.offices(office, Call.READ))
    head = [visit.text(f"today.{one}") for one in ("from", "free", "held", "refused", "released")]
    rows = [
        (one.hour.astimezone(span.zone).isoformat(), one.free, one.held, one.refused, one.released) for one in hours
    ]
    return csv_file(visit, f"{name}-{span.first.isoformat()}", head, rows)


def office_of(visit: Visit) -> str:
    """Return the office that the address asks for, empty where it asks for none.

    Raises:
        CallInvalid: it is longer than any.
    """
    office = visit.asked("office")
    if len(office) > _LONGEST:
        raise CallInvalid("office: longer than any.")
    return office


def _name(visit: Visit) -> str:
    return visit.asked("span") or TODAY


def _of(office: str) -> dict[str, str]:
    return {"office": office} if office else {}


def _address(name: str, office: str) -> str:
    asked = {**({"span": name} if name != TODAY else {}), **_of(office)}
    return f"{TODAY_PAGE}?{urlencode(asked)}" if asked else TODAY_PAGE


def _everywhere(visit: Visit) -> str:
    offices = visit.caller.offices
    return ", ".join(sorted(offices or ())) or visit.text("queue.all_offices" if offices is None else "queue.no_office")


async def _figures(visit: Visit, summary: Summary, office: str, times: Times) -> Sequence[Mapping[str, Any]]:
    """Return the figures of its reader's work: how many, where each leads, and what is said beside it."""
    yours = [
        one
        for one in summary.counts
        if one.filled and one.turn is Turn.OFFICER and not one.own_request and not one.refused
    ]
    oldest = min((one.oldest for one in yours), default=None)
    tabs = counted(summary)
    found: list[Mapping[str, Any]] = [
        {
            "name": "yours",
            "count": sum(one.declarations for one in yours),
            "href": f"{QUEUE}?{urlencode({'turn': Turn.OFFICER.value, **_of(office)})}",
            "beside": visit.text("today.oldest", age=times.age(oldest)) if oldest is not None else "",
        }
    ]
    # The menu has counted them already, at all of the reader's offices.
    work = await waiting_for(visit, office) if office else visit.open_work
    if (asked := work.requests) is not None:
        ends = visit.text("today.first_ends", time=times.moment(asked.ends_at).text) if asked.ends_at else ""
        found.append(_figure("requests", asked.count, "/console/approvals", ends, is_cut=asked.is_cut))
    if (applied := work.applications) is not None:
        last = visit.text("today.decide_by", day=times.day(applied.last_day)) if applied.last_day else ""
        found.append(_figure("applications", applied.count, "/console/applications", last, is_cut=applied.is_cut))
    found.extend([figure for one in visit.web.figures if (figure := await one(visit, office)) is not None])
    if many := tabs.get(REFUSED, 0):
        found.append(
            {
                "name": "refused",
                "count": many,
                "href": f"{QUEUE}?{urlencode({'turn': REFUSED, **_of(office)})}",
                "beside": "",
            }
        )
    return found


def _figure(name: str, count: int, href: str, beside: str, *, is_cut: bool) -> Mapping[str, Any]:
    """Return a figure; where more than was looked through may wait, it says so, and not which of them ends first."""
    return {"name": name, "count": f"{count}+" if is_cut else count, "href": href, "beside": "" if is_cut else beside}


async def _authorities(visit: Visit, times: Times) -> Sequence[Mapping[str, Any]]:
    """Return the last 24 hours of each authority that is asked, or was."""
    if not visit.caller.may(Call.ADAPTERS):
        return ()
    lifecycle, systems = visit.web.lifecycle, visit.web.systems(visit.language)
    lately, waiting = await lifecycle.figures(), await lifecycle.waited_for()
    over = await lifecycle.figures_over(timedelta(hours=drawings.HOURS))
    found = []
    for health in visit.web.dispatcher.health():
        figures = over.get(health.name)
        slots = figures.slots if figures is not None else ()
        if not health.enabled and not slots:
            continue
        cells = drawings.call_hours(slots, times.now)
        off = lifecycle.adapters_off().get(health.name)
        waits = waiting.get(health.name)
        found.append(
            {
                "system": systems.get(health.name, health.name),
                "href": f"{AUTHORITIES}/{health.name}",
                "cells": cells,
                "hours": {kind: sum(one.kind == kind for one in cells) for kind in ("answered", "slow", "some", "out")},
                "calls": figures.whole.calls if figures is not None else 0,
                "failures": figures.whole.failures if figures is not None else 0,
                "words": health_words(health, off, lately.get(health.name), times, visit.templates).sentence,
                "waits": waits.declarations if waits is not None else 0,
            }
        )
    return found


async def _counted(visit: Visit, span: DaySpan, times: Times) -> str:
    """Return what is to be said of the hours' count: nothing where it is of the last minutes, or the span ended before it."""
    at: datetime | None = await visit.web.lifecycle.hours.counted_at()
    if at is None:
        return visit.text("today.never_counted")
    if at >= span.until or times.now - at < _LATE:
        return ""
    return visit.text("today.counted_last", time=times.moment(at).text)
