"""The queue of held declarations: which of them is an officer's to move next, and why it is held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.api.views import lists
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.domain.work_list import ListOrder, Search, Turn
from gateway.lifecycle.work_list import ListedPage
from gateway.web.console.rows import queue_row
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

QUEUE = "/console/queue"
ALL = "all"
_TABS = (Turn.OFFICER, Turn.DECLARANT, Turn.AUTHORITY, Turn.NOBODY, ALL)
_ROWS, _MORE_ROWS = 12, 50
_ORDERS = {"oldest": ListOrder.HELD_SINCE, "newest": ListOrder.RECEIVED}
_PARAMETERS = frozenset({"office", "turn", "finding", "authority", "order", "cursor", "rows", "lang"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab: whose turn it is."""

    name: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One field of the filter, with what may be chosen."""

    name: str
    chosen: str
    options: tuple[tuple[str, str], ...]


def register(app: Starlette, web: WebContext) -> None:
    """Serve the queue."""
    route(app, web, QUEUE, _queue, room=Room.CONSOLE)


async def _queue(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    asked = _asked(visit)
    rows = _MORE_ROWS if asked["rows"] == str(_MORE_ROWS) else _ROWS
    listed = await _page(visit, _search(asked), cursor=asked["cursor"] or None, limit=rows)
    await visit.web.cases.note(visit.caller, listed.found, Call.READ)
    whole = listed if listed.summary is not None else await _page(visit, _search(asked), cursor=None, limit=1)
    assert whole.summary is not None
    summary = lists.summary_body(whole.summary)
    return visit.page("console/queue.html", current="queue", **_shown(visit, asked, listed, summary, rows))


async def _page(visit: Visit, search: Search, *, cursor: str | None, limit: int) -> ListedPage:
    caller = visit.caller
    return await visit.web.lifecycle.work_list.page(
        search, eoris=caller.eoris, offices=caller.offices_for(Call.READ), cursor=cursor, limit=limit, whole=False
    )


def _asked(visit: Visit) -> dict[str, str]:
    """Return what the address asks for.

    Raises:
        CallInvalid: it has a parameter that there is not, or a value that none may have.
    """
    given = visit.request.query_params
    if unknown := sorted(set(given) - _PARAMETERS):
        raise CallInvalid(f"{', '.join(unknown)}: the queue has no such parameter.")
    asked = {name: given.get(name, "") for name in _PARAMETERS}
    asked["turn"] = asked["turn"] or Turn.OFFICER
    asked["order"] = asked["order"] or "oldest"
    if asked["turn"] not in _TABS or asked["order"] not in _ORDERS:
        raise CallInvalid("turn, order: the queue has no such value.")
    return asked


def _search(asked: Mapping[str, str]) -> Search:
    def one(name: str) -> frozenset[str] | None:
        return frozenset({asked[name]}) if asked[name] else None

    return Search(
        order=_ORDERS[asked["order"]],
        effects=frozenset({Effect.HOLD, Effect.REFUSE}),
        turns=None if asked["turn"] == ALL else frozenset({Turn(asked["turn"])}),
        offices=one("office"),
        findings=one("finding"),
        authorities=one("authority"),
    )


def _shown(
    visit: Visit, asked: Mapping[str, str], listed: ListedPage, summary: Mapping[str, Any], rows: int
) -> dict[str, Any]:
    templates, calendar = visit.templates, visit.web.calendar
    times = Times(datetime.now(UTC), calendar.zone, templates)
    wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
    systems = visit.web.systems(visit.language)
    bodies = lists.rows(listed, visit.caller, wording, calendar)
    turns: Mapping[str, int] = summary["turns"]
    held: int = summary["held"]
    counted = held if asked["turn"] == ALL else turns.get(asked["turn"], 0)
    offices = visit.caller.offices
    everywhere = visit.text("queue.all_offices" if offices is None else "queue.no_office")
    office = asked["office"] or ", ".join(sorted(offices or ())) or everywhere
    return {
        "rows": [queue_row(body, times, templates, systems) for body in bodies],
        "tabs": [
            Tab(
                name=tab,
                count=held if tab == ALL else turns.get(tab, 0),
                href=_address(asked, turn=tab, cursor=""),
                current=tab == asked["turn"],
            )
            for tab in _TABS
        ],
        "fields": _fields(visit, asked, summary, bodies, systems),
        "is_filtered": any(asked[name] for name in ("office", "finding", "authority")),
        "causes": [
            {
                "authority": systems.get(one["authority"], one["authority"]),
                "count": one["declarations"],
                "href": _address(asked, turn=ALL, authority=one["authority"], cursor=""),
            }
            for one in summary["same_cause"]
        ],
        "turn": asked["turn"],
        "held": counted,
        "others": held - counted,
        "not_filled": summary["not_filled"],
        "office_words": office,
        "oldest": times.age(summary["oldest"]) if summary["oldest"] else "",
        "as_of": times.clock(times.now),
        "again": _address(asked),
        "next_page": _address(asked, cursor=listed.next) if listed.next else "",
        "more": _address(asked, rows=str(_MORE_ROWS)) if rows == _ROWS and counted > rows else "",
        "zone": calendar.zone,
    }


def _fields(
    visit: Visit,
    asked: Mapping[str, str],
    summary: Mapping[str, Any],
    bodies: Iterable[Mapping[str, Any]],
    systems: Mapping[str, str],
) -> tuple[Choice, ...]:
    offices = {one["office"]: one["office"] for one in summary["offices"] if one["office"]}
    findings = {
        body["stopper"]["code"]: body["stopper"]["title"] or body["stopper"]["code"]
        for body in bodies
        if body["stopper"] is not None and body["stopper"]["code"]
    }
    orders = {order: visit.text(f"queue.order_{order}") for order in _ORDERS}
    return (
        _choice("office", asked, offices, visit.text("queue.all_offices")),
        _choice("finding", asked, findings, visit.text("queue.anything")),
        _choice("authority", asked, systems, visit.text("queue.any")),
        Choice(name="order", chosen=asked["order"], options=tuple(orders.items())),
    )


def _choice(name: str, asked: Mapping[str, str], options: Mapping[str, str], anything: str) -> Choice:
    chosen = asked[name]
    known = {**options, **({chosen: chosen} if chosen and chosen not in options else {})}
    return Choice(name=name, chosen=chosen, options=(("", anything), *sorted(known.items(), key=lambda one: one[1])))


def _address(asked: Mapping[str, str], **other: str) -> str:
    """Return the address of the queue with some of what is asked for changed."""
    chosen = {**asked, **other}
    return f"{QUEUE}?{urlencode({name: value for name, value in sorted(chosen.items()) if value and name != 'lang'})}"
