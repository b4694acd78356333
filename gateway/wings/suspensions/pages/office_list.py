"""What is open at an officer's offices, the nearest deadline first; and words of authorities that had no effect."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import NotAllowed
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.goods_items import spans
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.csv_file import csv_file
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.suspensions.bodies import suspension_body
from gateway.wings.suspensions.calls import cursor_of, place_of
from gateway.wings.suspensions.kept import FIRST, NEVER, KeptSuspensions, ListedSuspension
from gateway.wings.suspensions.kept_events import ListedEvent
from gateway.wings.suspensions.pages.suspension_view import SuspensionView
from gateway.wings.suspensions.pushed_calls import moment_of
from gateway.wings.suspensions.pushed_steps import PushedSteps

SUSPENSIONS = "/console/suspensions"
PUSHED = f"{SUSPENSIONS}/pushed"
_ROWS, _IN_FILE = 50, 10_000
_HEAD = ("regime", "items", "state", "deadline", "turn", "duties")


def register(app: Starlette, web: WebContext, kept: KeptSuspensions, pushed: PushedSteps) -> None:
    """Serve the lists, and the first one as a file."""
    route(app, web, SUSPENSIONS, partial(_open, kept), room=Room.CONSOLE)
    route(app, web, f"{SUSPENSIONS}.csv", partial(_file, kept), room=Room.CONSOLE)
    route(app, web, PUSHED, partial(_pushed, pushed), room=Room.CONSOLE)
    web.figures.append(partial(_figure, kept))


async def _open(kept: KeptSuspensions, visit: Visit) -> Response:
    offices = _offices(visit)
    known_parameters(visit, "after")
    after = visit.asked("after") or None
    found = await kept.listed(declaration=None, offices=offices, ended=False, after=place_of(after), limit=_ROWS + 1)
    shown, view = found[:_ROWS], SuspensionView.of(visit)
    return visit.page(
        "suspensions/list.html",
        current="suspensions",
        zone=visit.web.calendar.zone,
        rows=[(one.mrn or one.lrn, f"{CASES}/{quote(one.declaration_id)}", view.row(_body(one))) for one in shown],
        later=f"{SUSPENSIONS}?{urlencode({'after': cursor_of(shown[-1])})}" if len(found) > _ROWS else "",
        is_first=after is None,
    )


async def _file(kept: KeptSuspensions, visit: Visit) -> Response:
    offices = _offices(visit)
    known_parameters(visit)
    found = await kept.listed(declaration=None, offices=offices, ended=False, after=FIRST, limit=_IN_FILE)
    view = SuspensionView.of(visit)
    rows: list[Sequence[object]] = []
    for one in found:
        body = _body(one)
        row = view.row(body)
        rows.append(
            (one.mrn, one.lrn, row.number, row.regime, row.items, row.state, body["deadline"], row.turn, "; ".join(row.duties))
        )  # fmt: skip
    if len(found) == _IN_FILE:
        rows.append((visit.text("suspensions.cut", count=_IN_FILE), *[""] * 8))
    head = ["MRN", "LRN", visit.text("suspensions.number"), *(visit.text(f"suspensions.{one}") for one in _HEAD)]
    return csv_file(visit, "suspensions", head, rows)


async def _pushed(pushed: PushedSteps, visit: Visit) -> Response:
    offices = _offices(visit)
    known_parameters(visit, "before")
    before = visit.asked("before") or None
    found = await pushed.without_effect(offices=offices, before=moment_of(before), limit=_ROWS + 1)
    shown, view = found[:_ROWS], SuspensionView.of(visit)
    return visit.page(
        "suspensions/pushed.html",
        current="suspensions",
        zone=visit.web.calendar.zone,
        rows=[_event(view, one) for one in shown],
        older=f"{PUSHED}?{urlencode({'before': shown[-1].received_at.isoformat()})}" if len(found) > _ROWS else "",
        is_first=before is None,
    )


async def _figure(kept: KeptSuspensions, visit: Visit, office: str) -> Mapping[str, Any] | None:
    """Return how many suspensions are open, and the nearest deadline; None: its reader reads none."""
    if not visit.caller.may(Call.SUSPENSIONS):
        return None
    offices = visit.offices(office, Call.SUSPENSIONS)
    found = await kept.listed(declaration=None, offices=offices, ended=False, after=FIRST, limit=_ROWS + 1)
    if not found:
        return None
    nearest, times = found[0].place[0], times_of(visit)
    beside = visit.text("today.speak_by", day=times.day(date.fromisoformat(nearest))) if nearest != NEVER else ""
    count = f"{_ROWS}+" if len(found) > _ROWS else len(found)
    return {"name": "suspensions", "count": count, "href": SUSPENSIONS, "beside": beside}


def _offices(visit: Visit) -> frozenset[str] | None:
    """Return the offices whose suspensions the reader sees; None: all."""
    caller = visit.caller
    caller.must_be_allowed(Call.SUSPENSIONS)
    if caller.sees_as_trader:
        raise NotAllowed
    return caller.offices_for(Call.SUSPENSIONS)


def _body(one: ListedSuspension) -> dict[str, object]:
    return suspension_body(one.declaration_id, one.suspension, as_party=False, cause=one.cause)


def _event(view: SuspensionView, one: ListedEvent) -> dict[str, object]:
    event, answer = one.event, one.answer
    said = () if event is None else (event.regime, view.word(event.word))
    return {
        "received": view.times.moment(one.received_at),
        "adapter": one.adapter,
        "name": f"{one.reference}, {one.version}",
        "mrn": one.mrn,
        "href": "" if one.declaration_id is None else f"{CASES}/{quote(one.declaration_id)}",
        "said": ": ".join(said) or view.visit.text("suspensions.forgotten"),
        "goods": "" if event is None else spans(event.goods_items) or view.visit.text("suspensions.all_items"),
        "result": view.visit.text(f"suspensions.result_{one.result}"),
        "detail": (answer.detail if answer is not None else None) or "",
    }
