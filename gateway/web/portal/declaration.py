"""One declaration of a trader's: the verdict, what is to do and by when, the documents, and what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.codec import decode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotKnown
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console import case_history
from gateway.web.console.case_view import Body, CaseReading
from gateway.web.context import WebContext
from gateway.web.ground_names import invalidated_on
from gateway.web.paper import paper_of
from gateway.web.paper_sheet import is_possible
from gateway.web.portal.address import DECLARATIONS, asked_number, declaration_address, must_be_known
from gateway.web.portal.declaration_live import live_address
from gateway.web.portal.own_applications import open_application, own_applications
from gateway.web.portal.own_documents import own_documents
from gateway.web.portal.results import with_results
from gateway.web.portal.sent_message import sent_address
from gateway.web.portal.todo import examined, examined_where, goods_examined, notes, trader_verdict
from gateway.web.route import route
from gateway.web.seen import last_visit, new_events
from gateway.web.times import Times
from gateway.web.visit import Visit

_EVENTS, _VERSIONS, _NEWS = 100, 100, 8
_AT_ONCE = 1_000
"""Events that are read at once. All are: of how many a trader is not told, nothing may be seen in where the list begins."""
_REFRESHES = 20
"""The number of times that the page of a declaration that is worked on loads itself again."""
_DONE = frozenset({"sent", "applied", "invalidated", "unchanged", "withdrawn", "decided"})
"""The acts of the page before, which the strip on top reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderActs:
    """The acts that a trader may do with a declaration now; an empty reason: it may be done."""

    amend: bool
    amend_applies: bool
    invalidate: bool
    invalidate_applies: bool
    why_not: Sequence[str]


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page of a declaration."""
    route(app, web, f"{DECLARATIONS}/{{id}}", _declaration, room=Room.PORTAL)
    route(app, web, f"{DECLARATIONS}/{{id}}/decision.pdf", _paper, room=Room.PORTAL)


async def _declaration(visit: Visit) -> Response:
    return await _written(visit, is_visit=True)


async def _written(visit: Visit, *, is_visit: bool) -> Response:
    """Return the page; `is_visit`: whether a person looks at it, who is told what is new."""
    caller, cases = visit.caller, visit.web.cases
    for call in (Call.READ, Call.EXPLANATION, Call.EVENTS):
        caller.must_be_allowed(call)
    must_be_known(visit, "version", "refreshed", "done", "mark")
    refreshed = asked_number(visit, "refreshed") or 0
    name = DeclarationName.of_text(visit.request.path_params["id"])
    record = await cases.read(caller, name, Call.READ, asked_number(visit, "version"))
    reading = await own_reading(visit, record)
    found = decode(await cases.versions(record, caller, after=0, limit=_VERSIONS), dict)["items"]
    events = await _events(visit, record, reading, found)
    here = declaration_address(record.id)
    acts = trader_acts(reading.declared)
    done = visit.was_done()
    is_visit = is_visit and not refreshed and reading.is_newest
    mark = await last_visit(visit, reading.declared, events) if is_visit else None
    return visit.page(
        "portal/declaration.html",
        current="declarations",
        declared=reading.declared,
        reading=reading,
        verdict=trader_verdict(reading, visit.web.systems(visit.language)),
        examined=examined(reading),
        goods_examined=goods_examined(reading),
        examined_where=examined_where(reading),
        invalidated_on=invalidated_on(visit, reading.declared),
        documents=own_documents(reading),
        notes=notes(reading),
        difference=case_history.compared(reading),
        happened=case_history.happened(reading, events),
        seen=reading.times.moment(mark.at).text if mark is not None else "",
        news=case_history.happened(reading, new_events(mark, events, caller.actor().person))[:_NEWS],
        applications=await own_applications(visit, record, reading),
        applied=open_application(reading, here) if reading.is_newest else None,
        versions=[
            (one["version"], reading.times.moment_of(one["received_at"]).text, f"{here}?version={one['version']}")
            for one in reversed(found)
        ],
        acts=acts,
        here_case=here,
        paper=f"{here}/decision.pdf?version={record.version}" if is_possible() else "",
        sent_as=sent_address(caller, record),
        current_version=record.current_version,
        printed=reading.times.moment(reading.times.now).text,
        done=done if done in _DONE else "",
        # An earlier version says already that it is one, and how the newest is read.
        live=live_address(visit, reading.declared) if reading.is_newest else "",
        **_work(record, reading, here, refreshed),
    )


async def _paper(visit: Visit) -> Response:
    """Return the page as a PDF."""
    return await paper_of(visit, await _written(visit, is_visit=False), visit.request.path_params["id"])


async def own_reading(visit: Visit, record: Record) -> CaseReading:
    """Return what a trader may read of a declaration, and of how its decision differs from the one before."""
    cases, wording = visit.web.cases, visit.web.cases.wording([visit.language])
    declared: Body = decode(await cases.declaration(record, visit.caller, wording), dict)
    return CaseReading(
        declared=declared,
        why=await _explained(visit, record, declared),
        is_newest=record.version == record.current_version,
        acts=False,
        wording=wording,
        words=cases.explanations[wording.language],
        templates=visit.templates,
        times=Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates),
    )


def trader_acts(declared: Body) -> TraderActs:
    """Return what may be done with a declaration, from what the API says of it."""
    acts: Mapping[str, Body] = {one["name"]: one for one in declared["actions"] or ()}
    amend, invalidate = acts.get("amend"), acts.get("invalidate")
    return TraderActs(
        amend=amend is not None and amend["allowed"],
        amend_applies=amend is not None and amend["applies"],
        invalidate=invalidate is not None and invalidate["allowed"],
        invalidate_applies=invalidate is not None and invalidate["applies"],
        why_not=list(
            dict.fromkeys(
                one["message"]
                for one in (amend, invalidate)
                if one is not None and not one["allowed"] and one["message"]
            )
        ),
    )


async def _explained(visit: Visit, record: Record, declared: Body) -> Body | None:
    if declared["decision"] is None:
        return None
    number = declared["decision"]["number"]
    cases, caller = visit.web.cases, visit.caller
    await cases.note(caller, (record,), Call.EXPLANATION)
    wording = cases.wording([visit.language])
    for against in (number - 1, None) if number > 1 else (None,):
        try:
            written = await cases.explanation(record, caller, wording, decision=number, against=against)
        except NotKnown:
            # The one before it is not there any more, or was about a version that is not this trader's.
            continue
        body: Body = decode(written, dict)
        return body
    return None


async def _events(visit: Visit, record: Record, reading: CaseReading, versions: Sequence[Body]) -> list[Body]:
    caller, cases = visit.caller, visit.web.cases
    await cases.note(caller, (record,), Call.EVENTS)
    found: list[Body] = []
    after: int | None = 0
    while after is not None:
        page = decode(await cases.events(record, caller, reading.wording, after=after, limit=_AT_ONCE), dict)
        found += page["items"]
        after = page["next"]
    return with_results(reading, found, versions)[-_EVENTS:]


def _work(record: Record, reading: CaseReading, here: str, refreshed: int) -> dict[str, Any]:
    """Return whether the declaration is worked on, and when the page loads itself again.

    Only what is not decided at all counts: that something decided is judged again would tell that an officer acted.
    """
    decided = record.decision is not None and record.decision.version == record.version
    is_worked_on = record.due and not decided and record.version == record.current_version
    following = f"{here}?{urlencode({'refreshed': refreshed + 1})}"
    return {
        "is_worked_on": is_worked_on,
        "refresh": following if is_worked_on and refreshed < _REFRESHES else "",
        "as_of": reading.times.clock(reading.times.now),
    }
