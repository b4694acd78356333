"""The queue of held declarations: which of them is an officer's to move next, and why it is held."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.api.views import lists
from gateway.domain.case_owner import CaseOwner
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.domain.unknown_codes import ready_rows
from gateway.domain.work_list import HeldAge, ListedGoods, Search, Summary, Turn
from gateway.lifecycle.work_list import ListedPage
from gateway.web.console.case_view import capitalized
from gateway.web.console.rows import ORDERS, SECOND_OFFICER, QueueRow, mark_of, owners_of, queue_row
from gateway.web.context import WebContext
from gateway.web.open_counts import OpenCounts
from gateway.web.route import route
from gateway.web.seen import changed_since
from gateway.web.tables_notice import tables_notice
from gateway.web.times import Times
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES

QUEUE = "/console/queue"
ALL, REFUSED = "all", "refused"
_TABS = (Turn.OFFICER, SECOND_OFFICER, Turn.DECLARANT, Turn.AUTHORITY, Turn.NOBODY, ALL, REFUSED)
_ROWS, _MORE_ROWS = 12, 50
_BEGIN, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_JUST_NOW = timedelta(seconds=1)
"""The time by which a decision may be stored later than it was made, after a page was read."""
_LONGEST = 200
"""Characters of what the address asks for; a cursor is shorter, too."""
_PARAMETERS = frozenset(
    {"office", "turn", "finding", "authority", "order", "cursor", "rows", "lang", "at", "age", "ticked"}
)


_KEPT = _PARAMETERS - {"cursor", "rows", "lang", "at", "ticked"}
"""The parameters that go with a reader to the cases and back."""


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
    asked, began_at = asked_of(visit), visit.web.lifecycle.now()
    rows = _MORE_ROWS if asked["rows"] == str(_MORE_ROWS) else _ROWS
    listed = await page_of(visit, search_of(asked), cursor=asked["cursor"] or None, limit=rows)
    await visit.web.cases.note(visit.caller, listed.found, Call.READ)
    whole = listed if listed.summary is not None else await page_of(visit, search_of(asked), cursor=None, limit=1)
    assert whole.summary is not None
    ids = [one.id for one in listed.found]
    goods, owners = await visit.web.lifecycle.work_list.goods(ids), await owners_of(visit, ids)
    before = await _before(visit, asked, rows)
    shown = _shown(visit, asked, listed, whole.summary, rows, began_at, goods, owners) | before
    changed = await changed_since(visit, shown.pop("bodies"))
    return visit.page(
        "console/queue.html",
        current="queue",
        changed=changed,
        tables_wait=await tables_notice(visit),
        unknown=await _unknown_codes(visit),
        **shown,
    )


async def _before(visit: Visit, asked: Mapping[str, str], rows: int) -> dict[str, Any]:
    """Return how many rows stand before the page, and the address of the page before."""
    if not asked["cursor"]:
        return {"passed": 0, "previous_page": ""}
    around, cursor = await visit.web.lifecycle.work_list.around(
        search_by(visit, asked), asked["cursor"], offices=visit.caller.offices_for(Call.READ), many=rows
    )
    return {"passed": around.passed, "previous_page": address_of(asked, cursor=cursor or "")}


async def _unknown_codes(visit: Visit) -> Mapping[str, Any]:
    """Return the document codes that nobody knew in the last day, with the rows that class them."""
    offices, today = visit.caller.offices_for(Call.READ), visit.web.lifecycle.now().date()
    codes = await visit.web.lifecycle.work_list.unknown_codes(eoris=visit.caller.eoris, offices=offices)
    return {"codes": codes, "rows": ready_rows(codes, today)}


def search_by(visit: Visit, asked: Mapping[str, str]) -> Search:
    """Return what a reader searches for by what the address asks for, their own requests apart."""
    return replace(search_of(asked), person=visit.caller.actor().person)


async def page_of(
    visit: Visit, search: Search, *, cursor: str | None, limit: int, among: frozenset[str] | None = None
) -> ListedPage:
    """Return a page of what its reader may see, their own requests apart; raise as `WorkList.page` does.

    `among`: the only declarations that are looked at; None: those that the search names.
    """
    caller = visit.caller
    search = replace(search, person=caller.actor().person, among=search.among if among is None else among)
    return await visit.web.lifecycle.work_list.page(
        search, eoris=caller.eoris, offices=caller.offices_for(Call.READ), cursor=cursor, limit=limit, whole=False
    )


def asked_of(visit: Visit, *, beside: Collection[str] = ()) -> dict[str, str]:
    """Return what the address asks for; `beside` are parameters that are not the queue's.

    Raises:
        CallInvalid: it has a parameter that there is not, or a value that none may have.
    """
    given = {name: text for name, text in visit.request.query_params.items() if name not in beside}
    # Who acts on nothing has no turn.
    return asked_in(given if visit.caller.may(Call.CONFIRM) else {"turn": ALL, **given})


def asked_in(given: Mapping[str, str]) -> dict[str, str]:
    """Return what the parameters of a queue ask for.

    Raises:
        CallInvalid: there is no such parameter, or one has a value that none may have.
    """
    if unknown := sorted(set(given) - _PARAMETERS):
        raise CallInvalid(f"{', '.join(unknown)}: the queue has no such parameter.")
    asked = {name: given.get(name, "") for name in _PARAMETERS}
    asked["turn"] = asked["turn"] or Turn.OFFICER
    asked["order"] = asked["order"] or "oldest"
    if long := sorted(name for name, text in asked.items() if len(text) > _LONGEST):
        raise CallInvalid(f"{', '.join(long)}: longer than anything that the queue knows.")
    if asked["turn"] not in _TABS or asked["order"] not in ORDERS or asked["age"] not in {"", *HeldAge}:
        raise CallInvalid("turn, order, age: the queue has no such value.")
    return asked


def search_of(asked: Mapping[str, str]) -> Search:
    """Return what is searched for by what the address asks for."""

    def one(name: str) -> frozenset[str] | None:
        return frozenset({asked[name]}) if asked[name] else None

    turn = asked["turn"]
    return Search(
        order=ORDERS[asked["order"]],
        ages=frozenset({HeldAge(asked["age"])}) if asked["age"] else None,
        is_open=True,
        held=True if turn == ALL else None,
        refused=turn == REFUSED,
        turns=None if turn in {ALL, REFUSED} else frozenset({Turn.OFFICER if turn == SECOND_OFFICER else Turn(turn)}),
        own_request=None if turn in {ALL, REFUSED} else turn == SECOND_OFFICER,
        offices=one("office"),
        findings=one("finding"),
        authorities=one("authority"),
    )


def _shown(
    visit: Visit,
    asked: Mapping[str, str],
    listed: ListedPage,
    counts: Summary,
    rows: int,
    at: datetime,
    goods: Mapping[str, ListedGoods],
    owners: Mapping[str, CaseOwner],
) -> dict[str, Any]:
    summary, tabs = lists.summary_body(counts), counted(counts)
    templates, calendar = visit.templates, visit.web.calendar
    times = Times(visit.web.lifecycle.now(), calendar.zone, templates)
    wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
    systems = visit.web.systems(visit.language)
    bodies = lists.rows(listed, visit.caller, wording, visit.web.lifecycle.limits)
    held = tabs[ALL]
    found = tabs.get(asked["turn"], 0)
    offices = visit.caller.offices
    everywhere = visit.text("queue.all_offices" if offices is None else "queue.no_office")
    office = asked["office"] or ", ".join(sorted(offices or ())) or everywhere
    shown = [
        queue_row(visit, one, body, times, systems, asked, goods.get(one.id), owners.get(one.id))
        for one, body in zip(listed.found, bodies, strict=True)
    ]
    return {
        "rows": shown,
        "bodies": bodies,
        "live": _live(asked, shown, at, is_whole=not asked["cursor"] and listed.next is None, waiting=visit.waiting),
        "tabs": [
            Tab(
                name=tab,
                count=tabs.get(tab, 0),
                href=address_of(asked, turn=tab, cursor=""),
                current=tab == asked["turn"],
            )
            for tab in _TABS
            # Most officers ask for nothing most of the time.
            if tab not in {SECOND_OFFICER, REFUSED} or tabs.get(tab) or asked["turn"] == tab
        ],
        "fields": _fields(visit, asked, summary, systems),
        "is_filtered": any(asked[name] for name in ("office", "finding", "authority", "age")),
        "causes": [
            {
                "authority": systems.get(one["authority"], one["authority"]),
                "count": one["declarations"],
                "href": address_of(asked, turn=ALL, authority=one["authority"], cursor=""),
                "health": f"{AUTHORITIES}/{one['authority']}" if one["authority"] in systems else "",
            }
            for one in summary["same_cause"]
        ],
        "turn": asked["turn"],
        "held": found,
        "others": max(0, held - found),
        "not_filled": summary["not_filled"],
        "office_words": office,
        "oldest": times.age(summary["oldest"]) if summary["oldest"] else "",
        "as_of": times.clock(times.now),
        "again": address_of(asked),
        "heads": _heads(asked),
        "ticks": "" if asked["ticked"] else address_of(asked, ticked="all"),
        "no_ticks": address_of(asked, ticked="") if asked["ticked"] else "",
        "queue": urlencode({name: value for name, value in sorted(asked.items()) if value and name in _KEPT}),
        "next_page": address_of(asked, cursor=listed.next) if listed.next else "",
        "more": address_of(asked, rows=str(_MORE_ROWS)) if rows == _ROWS and found > rows else "",
        "zone": calendar.zone,
    }


def counted(summary: Summary) -> Mapping[str, int]:
    """Return how many are counted under each tab: the reader's own requests under that of a second officer, what is refused apart."""
    found = Counter[str]({ALL: 0})
    for one in summary.counts:
        if not one.filled:
            continue
        tab = REFUSED if one.refused else SECOND_OFFICER if one.own_request else one.turn
        if tab is not None:
            found[tab] += one.declarations
        if one.held and not one.refused:
            found[ALL] += one.declarations
    return found


def _live(
    asked: Mapping[str, str], rows: Sequence[QueueRow], at: datetime, *, is_whole: bool, waiting: OpenCounts
) -> str:
    """Return the address of the stream, with what the page shows."""
    shown = ",".join(f"{row.id}.{mark_of(row)}" for row in rows)
    own = {
        "shown": shown,
        "since": str((at - _JUST_NOW - _BEGIN) // _TICK),
        "all": "yes" if is_whole else "",
        "waiting": str(waiting) if any(waiting) else "",
    }
    whole = address_of(asked).removeprefix(QUEUE)
    return f"{QUEUE}/live{whole}&{urlencode({name: value for name, value in own.items() if value}, safe=',')}"


def _fields(
    visit: Visit, asked: Mapping[str, str], summary: Mapping[str, Any], systems: Mapping[str, str]
) -> tuple[Choice, ...]:
    offices = {
        one["office"]: _counted(visit, one["office"], one["declarations"])
        for one in summary["offices"]
        if one["office"]
    }
    wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
    findings = {
        code: _counted(visit, wording.title(code) or code, many)
        for code, many in summary["findings"].items()
        if code.startswith("SW-")
    }
    named = {
        name: _counted(visit, system, many) if (many := summary["authorities"].get(name)) else system
        for name, system in systems.items()
    }
    # Led to from a bar of the day: among the filters once it is chosen.
    ages = [(age.value, visit.text(f"today.age_{age.value}")) for age in HeldAge]
    by_age = (
        [Choice(name="age", chosen=asked["age"], options=(("", visit.text("queue.any_age")), *ages))]
        if asked["age"]
        else []
    )
    orders = {order: visit.text(f"queue.order_{order}") for order in ORDERS}
    return (
        _choice("office", asked, offices, visit.text("queue.every_office")),
        _choice("finding", asked, findings, visit.text("queue.anything")),
        _choice("authority", asked, named, visit.text("queue.any")),
        *by_age,
        Choice(name="order", chosen=asked["order"], options=tuple(orders.items())),
    )


def _counted(visit: Visit, words: str, many: int) -> str:
    """Return what may be chosen, with how many are found by it."""
    return visit.text("queue.counted", what=capitalized(words), count=many)


def _heads(asked: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """Return the heads by which the rows are sorted: where each leads, and how it sorts now (`aria-sort`)."""
    order = asked["order"]
    by_age = "latest" if order == "oldest" else "oldest"
    return {
        "held_for": (
            address_of(asked, order=by_age, cursor=""),
            {"oldest": "descending", "latest": "ascending"}.get(order, "none"),
        ),
        "declaration": (address_of(asked, order="newest", cursor=""), "descending" if order == "newest" else "none"),
    }


def _choice(name: str, asked: Mapping[str, str], options: Mapping[str, str], anything: str) -> Choice:
    chosen = asked[name]
    known = {**options, **({chosen: chosen} if chosen and chosen not in options else {})}
    return Choice(name=name, chosen=chosen, options=(("", anything), *sorted(known.items(), key=lambda one: one[1])))


def address_of(asked: Mapping[str, str], **other: str) -> str:
    """Return the address of the queue with some of what is asked for changed."""
    chosen = {**asked, **other}
    return f"{QUEUE}?{urlencode({name: value for name, value in sorted(chosen.items()) if value and name != 'lang'})}"
