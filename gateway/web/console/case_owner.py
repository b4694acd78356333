"""Who works on a case: taken by an officer with a line about it, given back, and who else has it open."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.case_owner import MOST_NOTE, CaseOwner
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWork:
    """Who works on a case, as its page shows it to an officer."""

    person: str
    """Who has it; empty: nobody."""
    is_mine: bool
    note: str
    since: str
    until: str
    hours: int
    """For how long it would be taken; 0: no row says so, so it cannot be."""
    opened: Sequence[tuple[str, ShownMoment]]
    """Who else was shown it lately, and when."""
    action: str


def register(app: Starlette, web: WebContext) -> None:
    """Serve what takes a case and gives it back."""
    route(app, web, f"{CASES}/{{id}}/owner", _owner, room=Room.CONSOLE, methods=("POST",))


async def case_work(visit: Visit, record: Record, queue: str) -> CaseWork | None:
    """Return who works on a case; None: its reader is no officer, who alone are told. `queue`: the filter that it was opened from."""
    caller, lifecycle = visit.caller, visit.web.lifecycle
    if not caller.may(Call.TAKE_CASE):
        return None
    person, times = caller.actor().person, Times(lifecycle.now(), visit.web.calendar.zone, visit.templates)
    found = await lifecycle.case_owners.of(record.id)
    opened = await lifecycle.case_owners.opened(record, what=Call.EXPLANATION.value, beside=person)
    lasts = lifecycle.case_owners.lasts(record)
    return CaseWork(
        person="" if found is None else found.person,
        is_mine=found is not None and found.person == person,
        note="" if found is None else found.note,
        since="" if found is None else times.moment(found.since).text,
        until="" if found is None else times.moment(found.until).text,
        hours=0 if lasts is None else round(lasts.total_seconds() / 3600),
        opened=[(one.person, times.moment(one.at)) for one in opened],
        action=_with_queue(f"{_address(record.id)}/owner", queue),
    )


async def _owner(visit: Visit) -> Response:
    caller, owners = visit.caller, visit.web.lifecycle.case_owners
    caller.must_be_allowed(Call.TAKE_CASE)
    name = DeclarationName.of_text(visit.request.path_params["id"])
    record, person = await visit.web.cases.read(caller, name, Call.READ), caller.actor().person
    back = _with_queue(_address(record.id), visit.asked("queue"))
    if visit.form.get("step") == "give_back":
        await owners.hand_back(record, person=person)
        return visit.onward(back)
    words = ActForm(visit, visit.form)
    note = words.words("note", most=MOST_NOTE)
    if words.faults:
        return _told(visit, record, back, words.faults[0][1], status=422)
    found = await owners.take(record, person=person, note=note or "")
    return (
        visit.onward(back)
        if found is None or found.person == person
        else _told(visit, record, back, _had(visit, found), status=409)
    )


def _had(visit: Visit, found: CaseOwner) -> str:
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)
    since, until = (times.moment(one).text for one in (found.since, found.until))
    return visit.text("owner.had", person=found.person, since=since, until=until)


def _told(visit: Visit, record: Record, back: str, sentence: str, *, status: int) -> Response:
    """Return the page that says why a case was not taken, with the typed line."""
    note = visit.form.get("note", "").strip()
    return visit.page(
        "console/not_taken.html",
        status=status,
        current="queue",
        zone=visit.web.calendar.zone,
        name=record.mrn or record.lrn,
        sentence=sentence,
        back=back,
        note=note,
    )


def _address(record_id: str) -> str:
    return f"{CASES}/{quote(record_id, safe='')}"


def _with_queue(address: str, queue: str) -> str:
    return f"{address}?{urlencode({'queue': queue})}" if queue else address
