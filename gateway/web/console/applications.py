"""The pages of applications: what parties ask to be amended or invalidated, and customs' answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.applications import seen
from gateway.api.views.applications import ApplicationBody
from gateway.api.views.dry_runs import application_run_body
from gateway.domain.application import Application, ApplicationState
from gateway.domain.clocks import Deadline, TimeLimit
from gateway.domain.codec import decode, encode
from gateway.domain.declaration_difference import ElementChanged
from gateway.domain.errors import CallInvalid, CallRefused, Conflict, ExaminationAnnounced
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.act_page import CASES
from gateway.web.console.case_place import next_case, with_queue
from gateway.web.console.case_view import Body, named_items
from gateway.web.context import WebContext
from gateway.web.element_names import element_name
from gateway.web.ground_names import ground_name
from gateway.web.numbers import quantity
from gateway.web.route import route
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit

APPLICATIONS = "/console/applications"
_MASSES, _KILOGRAM = frozenset({"net_mass", "gross_mass"}), "KGM"
_ROWS, _MOST_CHANGES, _MOST_AGAINST = 50, 200, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """One application of the list."""

    href: str
    kind: str
    state: str
    case: str
    case_href: str
    grounds: str
    applied: ShownMoment
    decide_by: str


def register(app: Starlette, web: WebContext) -> None:
    """Serve the pages."""
    route(app, web, APPLICATIONS, _list, room=Room.CONSOLE)
    route(app, web, f"{APPLICATIONS}/{{id}}", _one, room=Room.CONSOLE, methods=("GET", "POST"))


async def _list(visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.APPLICATIONS)
    state, cursor = visit.asked("state") or ApplicationState.OPEN.value, visit.asked("cursor")
    known = {"open", "all"}
    if (
        set(visit.request.query_params) - {"state", "cursor", "lang"}
        or state not in known
        or (cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19))
    ):
        raise CallInvalid("state, cursor: the list has no such parameter or value.")
    found = await visit.web.lifecycle.applications.page(
        state=ApplicationState.OPEN if state == "open" else None,
        eoris=caller.eoris,
        before=int(cursor) if cursor else None,
        limit=_ROWS + 1,
        offices=caller.offices_for(Call.APPLICATIONS),
    )
    times = _times(visit)
    return visit.page(
        "console/applications.html",
        current="applications",
        zone=visit.web.calendar.zone,
        state=state,
        rows=[_row(visit, one, times) for one in found[:_ROWS]],
        following=f"{APPLICATIONS}?state={state}&cursor={found[_ROWS - 1].number}" if len(found) > _ROWS else "",
        office=", ".join(sorted(caller.offices)) if caller.offices is not None else visit.text("queue.all_offices"),
    )


@dataclass(frozen=True, slots=True)
class ShownLimit:
    """The last day of a time limit, or before which day it does not end."""

    day: str
    known: bool


def _address(application_id: str) -> str:
    return f"{APPLICATIONS}/{quote(application_id, safe='')}"


async def _following(visit: Visit, found: Application) -> tuple[str, str] | None:
    """Return where the next case of the queue stands, else the next application to decide on; None: there is none."""
    caller = visit.caller
    if (following := await next_case(visit, found.declaration)) is not None:
        return following
    if not caller.may(Call.DECIDE_APPLICATION):
        return None
    open_ones = await visit.web.lifecycle.applications.page(
        state=ApplicationState.OPEN, limit=_ROWS, offices=caller.offices_for(Call.APPLICATIONS)
    )
    # The one made first is decided first.
    return (_address(open_ones[-1].id), visit.text("application.next")) if open_ones else None


def _row(visit: Visit, one: Application, times: Times) -> ApplicationRow:
    return ApplicationRow(
        href=_address(one.id),
        kind=one.kind,
        state=one.state,
        case=one.mrn or one.lrn,
        case_href=f"{CASES}/{one.declaration}",
        grounds=ground_name(visit, one.grounds),
        applied=times.moment(one.applied_at),
        decide_by=_decide_by(visit, one, times),
    )


def _decide_by(visit: Visit, one: Application, times: Times) -> str:
    """Return the last day to decide, or before which day it is not; empty: it is decided, or no day is the last one."""
    limit = _decision(visit, one)
    if limit is None:
        return ""
    if isinstance(limit, Deadline):
        return times.day(limit.last_day)
    return visit.templates.text("times.not_before", time=times.day(limit.not_before))


def _decision(visit: Visit, one: Application) -> TimeLimit | None:
    return visit.web.lifecycle.limits.decision(one.office, one.applied_at) if one.is_open else None


def _shown(limit: TimeLimit | None, times: Times) -> ShownLimit | None:
    if limit is None:
        return None
    known = isinstance(limit, Deadline)
    return ShownLimit(day=times.day(limit.last_day if isinstance(limit, Deadline) else limit.not_before), known=known)


def _times(visit: Visit) -> Times:
    return Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)


async def _one(visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.APPLICATIONS)
    found = await seen(visit.web.cases, caller, visit.request.path_params["id"])
    if visit.request.method == "POST":
        return await _answer(visit, found)
    return await _page(visit, found, await ActForm.of(visit))


async def _page(visit: Visit, found: Application, form: ActForm, *, status: int = 200) -> Response:
    caller, times = visit.caller, _times(visit)
    record = await visit.web.lifecycle.steps.current(found.declaration)
    await visit.web.cases.note(caller, [record], Call.APPLICATIONS)
    changes = await visit.web.lifecycle.applications.difference(found)
    run = await _run(visit, found, record)
    body = ApplicationBody.of(found, caller, limits := visit.web.lifecycle.limits)
    last = None if found.last_day is None else limits.last_day(found.office, found.last_day)
    return visit.page(
        "console/application.html",
        status=status,
        current="applications",
        zone=visit.web.calendar.zone,
        application=body,
        applied=times.moment(found.applied_at),
        grounds=ground_name(visit, found.grounds),
        last_day=_shown(last, times),
        decide_by=_shown(_decision(visit, found), times),
        moves=None if run is None else _moves(visit, run),
        would=None if run is None else _would(visit, run),
        decided=None if found.decided_at is None else times.moment(found.decided_at),
        changes=None if changes is None else _changes(visit, changes),
        changes_left_out=max(0, len(changes or ()) - _MOST_CHANGES),
        here_case=f"{CASES}/{found.declaration}",
        here_application=_address(found.id),
        queue=visit.asked("queue"),
        following=None if found.is_open else await _following(visit, found),
        name=found.mrn or found.lrn,
        answers=found.is_open and caller.may(Call.DECIDE_APPLICATION),
        form=form,
        typed=form.typed,
        faults=form.faults,
    )


async def _run(visit: Visit, found: Application, record: Record) -> Body | None:
    """Return what granting it would do; None: it is decided, not the reader's to decide, or cannot be told."""
    caller = visit.caller
    if not found.is_open or not caller.may(Call.DECIDE_APPLICATION):
        return None
    try:
        run = await visit.web.lifecycle.dry_runs.application(record, found)
    except CallRefused:
        # What it would be judged from is not stored, or counts from the release: no forecast is better than a guess.
        return None
    wording = visit.web.cases.wording([visit.language])
    body: Body = decode(encode(application_run_body(run, record, caller, wording, visit.web.lifecycle.now())), dict)
    return body


def _moves(visit: Visit, run: Body) -> Sequence[str]:
    """Say what would be held otherwise at the authorities."""
    wording = visit.web.cases.wording([visit.language])
    found = []
    for one in run["moved"][:_MOST_CHANGES]:
        held, then = (
            "" if one[name] is None else quantity(wording, one[name]["quantity"], one[name]["unit"])
            for name in ("held", "would_hold")
        )
        kind = "off_less" if one["written_off"] else "less" if not then else "new" if not held else "changed"
        named = f"{one['document']['type']} {one['document']['reference']}"
        found.append(
            visit.text(f"application.moves_{kind}", document=named, item=one["goods_item"], held=held, then=then)
        )
    return found


def _would(visit: Visit, run: Body) -> Sequence[str]:
    """Say what would be decided, and what of it is not known."""
    by_effect: dict[str, list[int]] = {}
    for one in run["items"]:
        by_effect.setdefault(one["now"], []).append(one["goods_item"])
    found = [
        visit.text(
            "application.would_be", items=named_items(visit.templates, items), effect=visit.text(f"effect.{effect}")
        )
        for effect, items in sorted(by_effect.items())
    ]
    found += run["findings"][:_MOST_AGAINST]
    if more := len(run["findings"]) - _MOST_AGAINST:
        found += [visit.text("application.against_more", count=more)] if more > 0 else []
    not_asked = ", ".join(f"{one['type']} {one['reference']}" for one in run["not_asked"][:_MOST_AGAINST])
    return [*found, visit.text("application.not_asked", documents=not_asked)] if not_asked else found


def _changes(visit: Visit, changes: Sequence[ElementChanged]) -> Sequence[tuple[str, str, str, str]]:
    """Return what would change: where, which element, what it was and what it would be."""
    whole, none = visit.text("case.whole_declaration"), visit.text("case.was_not_there")
    wording = visit.web.cases.wording([visit.language])

    def shown(element: str, text: str) -> str:
        return quantity(wording, text, _KILOGRAM) if element in _MASSES else text

    return [
        (
            whole if one.goods_item is None else visit.text("case.item", item=one.goods_item),
            element_name(visit.templates, one.element),
            none if one.was is None else shown(one.element, one.was),
            visit.text("case.is_gone") if one.now is None else shown(one.element, one.now),
        )
        for one in changes[:_MOST_CHANGES]
    ]


async def _answer(visit: Visit, found: Application) -> Response:
    caller, form = visit.caller, ActForm(visit, visit.form)
    caller.must_be_allowed(Call.DECIDE_APPLICATION)
    chosen = form.one_of("grant", frozenset({"true", "false"}), needed=visit.text("application.choose"))
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if form.faults or reason is None:
        return await _page(visit, found, form, status=422)
    try:
        _, fresh = await visit.web.lifecycle.applications.decide(
            found.id, grant=chosen == "true", reason=reason, by=caller.actor(), asker=caller.asker
        )
    except (Conflict, ExaminationAnnounced) as error:
        return await _refused(visit, found, form, error)
    await visit.drop_draft()
    if not fresh:
        form.faults.append(("act", visit.text("application.answered_before")))
        return await _page(visit, await seen(visit.web.cases, caller, found.id), form, status=409)
    return visit.onward(with_queue(_address(found.id), visit.asked("queue")))


async def _refused(
    visit: Visit, found: Application, form: ActForm, error: CallRefused | ExaminationAnnounced
) -> Response:
    """Say why an answer was not taken, on the page with the application's present state."""
    now = await seen(visit.web.cases, visit.caller, found.id)
    form.faults.append(
        (
            "act",
            visit.text("application.answered_before") if not now.is_open else visit.text("application.not_possible"),
        )
    )
    return await _page(visit, now, form, status=error.status)
