"""Reports: what the shadow rules would have changed, and what other rules would have decided."""

import uuid
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.routes.shadow import MOST, ShadowSpan, span, told
from gateway.domain.errors import CallInvalid, NotKnown, SpanTooLarge
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.context import WebContext
from gateway.web.numbers import count
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.what_if.kept import WhatIfReports
from gateway.wings.what_if.report import WhatIfReport
from gateway.wings.what_if.report_view import EFFECTS, report_view

SHADOW, WHAT_IF = "/console/shadow", "/console/what-if"
_LISTED = 100
_LONGEST = 40


def register(app: Starlette, web: WebContext, kept: WhatIfReports) -> None:
    """Serve the reports."""
    route(app, web, SHADOW, _shadow, room=Room.CONSOLE)
    route(app, web, WHAT_IF, partial(_list, kept), room=Room.CONSOLE)
    route(app, web, f"{WHAT_IF}/{{report}}", partial(_report, kept), room=Room.CONSOLE)


async def _shadow(visit: Visit) -> Response:
    """Count what the shadow rules would have changed in a span; without one nothing is counted."""
    visit.caller.must_be_allowed(Call.SHADOW)
    known_parameters(visit, "since", "until")
    since, until = visit.asked("since").strip(), visit.asked("until").strip()
    faults: list[tuple[str, str]] = []
    report = None
    if since or until:
        try:
            if max(len(since), len(until)) > _LONGEST or not since:
                raise CallInvalid
            begin, end = span(ShadowSpan(since=since, until=until or None), visit.web.calendar)
            tally = await visit.web.lifecycle.shadows.counted(since=begin, until=end, most=MOST)
            report = report_view(visit, await told(visit.web.cases, visit.caller, tally.as_json()))
        except SpanTooLarge:
            faults.append(("since", visit.text("report.too_long", most=count(MOST, visit.language))))
        except CallInvalid:
            faults.append(("since", visit.text("report.span_wrong")))
    return visit.page(
        "what_if/shadow.html",
        status=422 if faults else 200,
        **_common(visit),
        since=since[:_LONGEST],
        until=until[:_LONGEST],
        faults=faults,
        report=report,
        effects=EFFECTS,
    )


async def _list(kept: WhatIfReports, visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.SHADOW)
    known_parameters(visit)
    reports = await kept.newest(_LISTED)
    return visit.page(
        "what_if/what_if.html",
        **_common(visit),
        reports=[(f"{WHAT_IF}/{one.id}", _head(visit, one)) for one in reports],
    )


async def _report(kept: WhatIfReports, visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.SHADOW)
    known_parameters(visit)
    found = await kept.report(_id(visit))
    if found is None or found.figures is None:
        raise NotKnown("There is no such report.")
    figures = await told(visit.web.cases, visit.caller, found.figures)
    return visit.page(
        "what_if/what_if_report.html",
        **_common(visit),
        head=_head(visit, found),
        report=report_view(visit, figures),
        effects=EFFECTS,
    )


def _common(visit: Visit) -> dict[str, Any]:
    return {"current": "reports", "zone": visit.web.calendar.zone}


def _head(visit: Visit, report: WhatIfReport) -> dict[str, Any]:
    """Return the question of a report, by whom and when."""
    asked, times = report.question, times_of(visit)
    tables = f"{asked.tables_version}, {asked.tables_digest}" if asked.tables_version else ""
    return {
        "question": visit.text(f"report.question_{asked.kind}"),
        "since": times.day(asked.since),
        "until": times.day(asked.until) if asked.until is not None else "",
        "made": times.moment(report.made_at),
        "by": report.asked_by or "",
        "facts": [
            (visit.text(f"report.{name}"), value)
            for name, value in (("tables", tables), ("folder", asked.rules), ("rule_set", asked.rule_set))
            if value
        ],
    }


def _id(visit: Visit) -> str:
    try:
        return str(uuid.UUID(visit.request.path_params["report"]))
    except ValueError:
        raise NotKnown("There is no such report.") from None
