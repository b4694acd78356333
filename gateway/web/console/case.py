"""The case page: what is wrong with a declaration, whose turn it is, and whether it is true."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.domain.codec import decode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid, ContentErased, NotKnown
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.lifecycle.movements.release_scope import LeftToRelease
from gateway.web.console import case_history
from gateway.web.console.case_acts import CaseOffers, offers
from gateway.web.console.case_grid import grid
from gateway.web.console.case_matters import matter_lines
from gateway.web.console.case_owner import case_work
from gateway.web.console.case_place import place_of
from gateway.web.console.case_quantities import quantities
from gateway.web.console.case_reports import open_reports, reports
from gateway.web.console.case_verdict import verdict
from gateway.web.console.case_view import Body, CaseReading
from gateway.web.console.case_why import why
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.ground_names import invalidated_on
from gateway.web.paper import paper_of
from gateway.web.paper_sheet import is_possible
from gateway.web.route import route
from gateway.web.seen import last_visit, new_events
from gateway.web.times import Times
from gateway.web.visit import Visit

_NUMBERS = ("version", "decision", "against", "refreshed", "done", "item")
_OPENED = re.compile(r"documents|quantities|why-[1-9][0-9]{0,4}")
_MOST_NUMBER = 2**31 - 1
_EVENTS, _VERSIONS, _NEWS = 100, 100, 8
_PRINT = "console/print.html"
_REFRESHES = 20
"""The number of times that the page of a declaration that is worked on loads itself again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCase:
    """The parameters in the address of a case."""

    version: int | None
    decision: int | None
    against: int | None
    refreshed: int
    done: int | None
    """The number of the event by which its reader just did something."""
    queue: str
    """The filter of the queue that it was opened from; empty: it was opened otherwise."""
    item: int | None
    """The goods item that is looked at by itself."""
    opened: str
    """The part of a large case that is open."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the case page."""
    route(app, web, f"{CASES}/{{id}}", _case, room=Room.CONSOLE)
    route(app, web, f"{CASES}/{{id}}/print", _print_sheet, room=Room.CONSOLE)
    route(app, web, f"{CASES}/{{id}}/decision.pdf", _paper, room=Room.CONSOLE)


async def _case(visit: Visit) -> Response:
    return await _written(visit, "console/case.html")


async def _print_sheet(visit: Visit) -> Response:
    """Return the same case for paper: every part is open, and nothing stands there that only a screen can use."""
    return await _written(visit, _PRINT)


async def _paper(visit: Visit) -> Response:
    """Return the print sheet as a PDF."""
    return await paper_of(visit, await _print_sheet(visit), visit.request.path_params["id"])


async def _written(visit: Visit, template: str) -> Response:
    caller, cases = visit.caller, visit.web.cases
    for call in (Call.READ, Call.EXPLANATION, Call.EVENTS):
        caller.must_be_allowed(call)
    asked, is_print = _asked(visit), template == _PRINT
    record = await cases.read(
        caller, DeclarationName.of_text(visit.request.path_params["id"]), Call.READ, asked.version
    )
    wording = cases.wording([visit.language])
    declared = decode(await cases.declaration(record, caller, wording), dict)
    explained = await _explained(visit, record, declared, wording, asked)
    if explained is not None and explained["version"] != record.version:
        # A decision is shown with the version that it was made about.
        record = await cases.seen(caller, DeclarationName.of_text(record.id), explained["version"])
        declared = decode(await cases.declaration(record, caller, wording), dict)
    found = decode(await cases.versions(record, caller, after=0, limit=_VERSIONS), dict)["items"]
    events = await _events(visit, record, wording)
    newest = max((made["number"] for one in found for made in one["decisions"]), default=None)
    shown = None if explained is None or explained["decision"] is None else explained["decision"]["number"]
    here = f"{CASES}/{quote(record.id, safe='')}"
    reading = CaseReading(
        declared=declared,
        why=explained if shown is not None else None,
        is_newest=shown == newest and record.version == record.current_version,
        acts=caller.may(Call.VERIFY_DOCUMENT),
        person=caller.actor().person,
        wording=wording,
        words=cases.explanations[wording.language],
        templates=visit.templates,
        times=Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates, is_print),
        left=await _left(visit, record),
        opened="documents" if is_print else asked.opened,
        here="" if is_print else _chosen_address(here, asked, "version", "decision", "against", "queue"),
    )
    told = await cases.reports(record, caller) or ()
    is_visit = not is_print and not asked.refreshed and reading.is_newest
    mark = await last_visit(visit, declared, events) if is_visit else None
    return visit.page(
        template,
        printing=is_print,
        print_sheet=_sheet_address(here, "print", asked),
        paper=_sheet_address(here, "decision.pdf", asked) if is_possible() else "",
        trail_head=events[-1]["hash"] if events else "",
        current="queue",
        zone=visit.web.calendar.zone,
        case=reading.declared,
        reading=reading,
        name=record.mrn or record.lrn,
        verdict=verdict(reading),
        grid=grid(reading, asked.item),
        jump={name: value for name in ("version", "decision", "queue") if (value := getattr(asked, name))},
        quantities=quantities(reading),
        reports=reports(reading, told),
        says_reported=not is_print and caller.may(Call.INTERVENE) and bool(open_reports(told)),
        why=why(reading),
        reads_messages=caller.may(Call.EVIDENCE),
        records=[] if is_print else _records(visit),
        difference=case_history.compared(reading),
        events=case_history.happened(reading, events),
        seen=reading.times.moment(mark.at).text if mark is not None else "",
        news=case_history.happened(reading, new_events(mark, events, caller.actor().person))[:_NEWS],
        events_shown=len(events),
        events_in_all=record.event_seq,
        versions=case_history.versions(reading, found, here),
        here_case=here,
        newest=newest,
        shown=shown,
        current_version=record.current_version,
        offers=CaseOffers(possible=(), not_now=(), by_name={}) if is_print else offers(reading, here, asked.queue),
        work=None if is_print else await case_work(visit, record, asked.queue),
        matters=matter_lines(visit, reading, here, asked.queue) if record.version == record.current_version else (),
        release_strip=_release_strip(declared, record),
        invalidated_on=invalidated_on(visit, reading.declared),
        done=case_history.done(events, asked.done, caller.actor().person),
        printed=reading.times.moment(reading.times.now).text,
        place=await place_of(visit, record.id, asked.queue),
        live=_live(visit, record, newest or 0, here, earlier=(shown or 0) != (newest or 0)),
        **_work(visit, record, asked, here, events, reading.times),
    )


def _records(visit: Visit) -> Sequence[str]:
    """Return the records of a case that its reader may open on pages of their own."""
    pages = {"messages": Call.EVIDENCE, "events": Call.EVENTS, "readings": Call.READINGS, "export": Call.EXPORT}
    return [name for name, call in pages.items() if visit.caller.may(call)]


def _asked(visit: Visit) -> AskedCase:
    """Return what the address asks for.

    Raises:
        CallInvalid: it has a parameter that there is not, or one that is no number.
    """
    given = visit.request.query_params
    if unknown := sorted(set(given) - {*_NUMBERS, "lang", "queue", "open"}):
        raise CallInvalid(f"{', '.join(unknown)}: a case has no such parameter.")
    numbers = {name: number_of(name, given[name]) for name in _NUMBERS if given.get(name)}
    opened = given.get("open", "")
    if opened and not _OPENED.fullmatch(opened):
        raise CallInvalid("open: a case has no such part.")
    return AskedCase(
        version=numbers.get("version"),
        decision=numbers.get("decision"),
        against=numbers.get("against"),
        refreshed=numbers.get("refreshed", 0),
        done=numbers.get("done"),
        queue=given.get("queue", ""),
        item=numbers.get("item"),
        opened=opened,
    )


def number_of(name: str, text: str) -> int:
    """Return a number of the address.

    Raises:
        CallInvalid: it is none.
    """
    if not (
        text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_NUMBER)) and 0 < int(text) <= _MOST_NUMBER
    ):
        raise CallInvalid(f"{name}: a number is needed.")
    return int(text)


async def _explained(visit: Visit, record: Record, declared: Body, wording: Wording, asked: AskedCase) -> Body | None:
    """Return the reasons for a decision, beside the one before it; None: nothing is decided yet."""
    number = asked.decision
    if number is None and declared["decision"] is not None:
        number = declared["decision"]["number"]
    if number is None:
        return None
    caller, cases = visit.caller, visit.web.cases
    await cases.note(caller, [record], Call.EXPLANATION)

    async def explained(against: int | None) -> Body:
        written = await cases.explanation(record, caller, wording, decision=number, against=against)
        body: Mapping[str, Any] = decode(written, dict)
        return body

    if asked.against is not None:
        return await explained(asked.against)
    try:
        return await explained(number - 1 if number > 1 else None)
    except NotKnown:
        # The one before it is not there any more, which is no reason to show nothing.
        return await explained(None)


async def _events(visit: Visit, record: Record, wording: Wording) -> list[Body]:
    """Return the newest events, in their order."""
    caller, cases = visit.caller, visit.web.cases
    await cases.note(caller, [record], Call.EVENTS)
    found: list[Body] = []
    after: int | None = max(0, record.event_seq - _EVENTS)
    while after is not None:
        page = decode(await cases.events(record, caller, wording, after=after, limit=_EVENTS), dict)
        found += page["items"]
        after = page["next"]
    return found


async def _left(visit: Visit, record: Record) -> Sequence[LeftToRelease]:
    """Return the rest of goods that are released in part."""
    if record.released is None or record.released.whole:
        return ()
    try:
        return await visit.web.lifecycle.dry_runs.left(record)
    except ContentErased:
        return ()


def _sheet_address(here: str, sheet: str, asked: AskedCase) -> str:
    """Return the address of what the page shows as a sheet."""
    return _chosen_address(f"{here}/{sheet}", asked, "version", "decision", "against")


def _chosen_address(address: str, asked: AskedCase, *names: str) -> str:
    """Return an address with some of what the case was asked for."""
    chosen = {name: getattr(asked, name) for name in names if getattr(asked, name)}
    return f"{address}?{urlencode(chosen)}" if chosen else address


def _live(visit: Visit, record: Record, newest: int, here: str, *, earlier: bool) -> str:
    """Return the address of the stream, which begins at what the page shows; an earlier version or decision says so already."""
    asked = {"version": record.current_version, "decision": newest, "event": record.event_seq, "waiting": visit.waiting}
    return f"{here}/live?{urlencode({**asked, 'earlier': 1} if earlier else asked)}"


def _release_strip(declared: Body, record: Record) -> str:
    """Return the strip about the last order to release goods: `open`, or the keyword of why it was not carried out; empty: nothing."""
    order = declared["release_order"]
    if order is None or record.version != record.current_version or record.due:
        return ""
    return str(order["reason"] or "") if order["outcome"] != "open" else "open"


def _work(
    visit: Visit, record: Record, asked: AskedCase, here: str, events: list[Body], times: Times
) -> dict[str, Any]:
    """Return whether the declaration is worked on, since when, and when the page loads itself again."""
    waits = record.last_release is not None and record.last_release.outcome is None
    is_worked_on = bool(record.due or (record.outstanding and not waits)) and record.version == record.current_version
    again = _chosen_address(here, asked, "version", "decision", "against", "done", "queue", "item")
    following = f"{again}{'&' if '?' in again else '?'}refreshed={asked.refreshed + 1}"
    return {
        "is_worked_on": is_worked_on,
        "worked_on_since": times.moment_of(events[-1]["at"]).text if is_worked_on and events else "",
        "refresh": following if is_worked_on and asked.refreshed < _REFRESHES else "",
        "again": again,
        "as_of": times.clock(times.now),
    }
