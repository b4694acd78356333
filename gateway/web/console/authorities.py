"""The authorities: how their systems do, what waits for them, and the contingency windows they had."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.api.views.authorities import SPAN
from gateway.dispatch import AdapterHealth
from gateway.domain.adapter_processes import AdapterProcesses
from gateway.domain.approval import ApprovalKind
from gateway.domain.authority_figures import BOUNDS_MS, CallSlot
from gateway.domain.contingency import ContingencyWindow
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.subject import Room
from gateway.lifecycle.authorities.authority_figures import AuthorityFigures
from gateway.store import WaitedFor
from gateway.web.console.adapter_facts import FAULTS, AdapterFacts, adapter_facts
from gateway.web.console.authority_health import HealthWords, health_words, seconds
from gateway.web.console.latency_chart import HEIGHT, WIDTH, clock_labels, latency_hours
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.tables_notice import tables_notice
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES, CONTINGENCY, WindowStrip

_WINDOWS = 20
"""Windows of one authority that its page lists."""
_ASKED = 200
"""Orders that wait for a second person, of which those for this authority are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRow:
    """One authority's system."""

    name: str
    system: str
    judges: str
    """The competent authorities whose documents it has."""
    types: Sequence[str]
    health: HealthWords
    adapter: AdapterFacts
    waiting: int
    waits: str
    """The address of the list of waiting declarations; empty: this reader may not read declarations, or nothing does."""
    since: str
    window: WindowStrip | None
    here: str
    opens: bool
    """Whether this reader may open a window, and none is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """A fault that calls met."""

    code: str
    meaning: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWindow:
    """A contingency window of an authority."""

    number: int
    href: str
    mode: str
    opened: ShownMoment
    ended: str
    is_open: bool
    decided: int
    differing: int
    awaited: int


def register(app: Starlette, web: WebContext) -> None:
    """Serve the list and the page of one."""
    route(app, web, AUTHORITIES, _list, room=Room.CONSOLE)
    route(app, web, f"{AUTHORITIES}/{{name}}", _one, room=Room.CONSOLE)


def adapter_of(visit: Visit) -> AdapterHealth:
    """Return the adapter that the address names.

    Raises:
        NotKnown: there is none.
    """
    name = visit.request.path_params["name"]
    found = next((one for one in visit.web.dispatcher.health() if one.name == name), None)
    if found is None:
        raise NotKnown("There is no such adapter.")
    return found


def times_of(visit: Visit) -> Times:
    """Return the writer of moments for a page."""
    return Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)


def known_parameters(visit: Visit, *names: str) -> None:
    """Require that the address has no others.

    Raises:
        CallInvalid: it has.
    """
    if unknown := sorted(set(visit.request.query_params) - {*names, "lang"}):
        raise CallInvalid(f"{', '.join(unknown)}: this page has no such parameter.")


def judges_of(visit: Visit, adapter: str) -> str:
    """Name the competent authorities that judge the documents which a system has."""
    wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
    routes = (one for one in visit.web.lifecycle.tables.routes if one.adapter == adapter)
    return ", ".join(dict.fromkeys(wording.name("authority", one.authority) for one in routes))


async def _list(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.ADAPTERS)
    known_parameters(visit)
    lifecycle, times = visit.web.lifecycle, times_of(visit)
    waiting, figures = await lifecycle.waited_for(), await lifecycle.figures()
    rows = [
        authority_row(visit, one, waiting.get(one.name), figures.get(one.name), times)
        for one in visit.web.dispatcher.health()
    ]
    return visit.page(
        "console/authorities.html",
        current="authorities",
        zone=visit.web.calendar.zone,
        rows=rows,
        as_of=times.clock(times.now),
        tables_wait=await tables_notice(visit),
    )


async def _one(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.ADAPTERS)
    known_parameters(visit)
    name, lifecycle, times = adapter_of(visit).name, visit.web.lifecycle, times_of(visit)
    waiting, lately = await lifecycle.waited_for(), await lifecycle.figures()
    figures = await lifecycle.figures_of(name, SPAN)
    whole = figures.whole if figures is not None else None
    # Its health at one moment with what it is switched to: read before, the two may contradict each other.
    row = authority_row(visit, adapter_of(visit), waiting.get(name), lately.get(name), times)
    return visit.page(
        "console/authority.html",
        current="authorities",
        zone=visit.web.calendar.zone,
        row=row,
        hours=latency_hours(figures.slots if figures is not None else (), times.now, times, visit.templates),
        clock_labels=clock_labels(times.now, times),
        longest=seconds(BOUNDS_MS[-1], visit.templates),
        shortest=seconds(BOUNDS_MS[0], visit.templates),
        watches=not visit.caller.may(Call.READ),
        chart_width=WIDTH,
        chart_height=HEIGHT,
        faults=_faults(visit, whole),
        calls=whole.calls if whole is not None else 0,
        windows=await _windows(visit, name, times),
        asked=await _asked(visit, name, times),
        switches=visit.caller.may(Call.DISABLE_ADAPTER),
        as_of=times.clock(times.now),
    )


def authority_row(
    visit: Visit, health: AdapterHealth, waited: WaitedFor | None, figures: AuthorityFigures | None, times: Times
) -> AuthorityRow:
    """Return what a page says of one authority's system."""
    window = next((one for one in visit.windows if one.adapter == health.name), None)
    reads, here = visit.caller.may(Call.READ), f"{AUTHORITIES}/{health.name}"
    return AuthorityRow(
        name=health.name,
        system=visit.web.systems(visit.language).get(health.name, health.name),
        judges=judges_of(visit, health.name),
        types=health.document_types,
        health=health_words(
            health, visit.web.lifecycle.adapters_off().get(health.name), figures, times, visit.templates
        ),
        adapter=adapter_facts(
            health, figures.processes if figures is not None else AdapterProcesses(), times, visit.templates
        ),
        waiting=waited.declarations if waited is not None else 0,
        waits=f"/console/queue?turn=all&authority={health.name}" if reads and waited is not None else "",
        since=times.moment(waited.since).text if waited is not None and waited.since is not None else "",
        window=window,
        here=here,
        opens=window is None and visit.caller.may(Call.CONTINGENCY),
    )


def _faults(visit: Visit, whole: CallSlot | None) -> Sequence[FaultRow]:
    found = sorted(whole.faults.items(), key=lambda one: (-one[1], one[0])) if whole is not None else []
    return [
        FaultRow(code=code, meaning=visit.text(f"fault.{code}") if code in FAULTS else "", count=count)
        for code, count in found
    ]


async def _windows(visit: Visit, adapter: str, times: Times) -> Sequence[PastWindow]:
    if not visit.caller.may(Call.CONTINGENCIES):
        return ()
    found = await visit.web.lifecycle.contingency.page(limit=_WINDOWS, adapter=adapter)
    return [past_window(one, times) for one in found]


def past_window(window: ContingencyWindow, times: Times) -> PastWindow:
    """Return a window as a row."""
    ended = window.closed_at or (window.until if not window.in_force else None)
    return PastWindow(
        number=window.number,
        href=f"{CONTINGENCY}/{window.number}",
        mode=window.mode.value,
        opened=times.moment(window.opened_at),
        ended=times.moment(ended).text if ended is not None else "",
        is_open=window.in_force,
        decided=window.decided,
        differing=window.differing,
        awaited=window.awaited,
    )


async def _asked(visit: Visit, adapter: str, times: Times) -> Sequence[dict[str, Any]]:
    """Return the windows of this authority that wait for a second officer."""
    if not visit.caller.may(Call.APPROVALS):
        return ()
    found = await visit.web.lifecycle.approvals.page(kind=ApprovalKind.WINDOW, limit=_ASKED)
    return [
        {
            "href": f"/console/approvals/{one.id}",
            "by": one.asked.by.person if one.asked is not None else "",
            "mode": order.mode.value,
            "at": times.moment(one.asked_at).text,
            "ends": times.end(one.ends_at).text,
        }
        for one in found
        if one.asked is not None and (order := one.asked.ordered.window) is not None and order.adapter == adapter
    ]
