"""The pages of the orders that wait for a second person: the list, one, and the answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.approvals import NEEDED
from gateway.api.views.actors import ApprovalBody
from gateway.domain.approval import Approval, ApprovalState
from gateway.domain.errors import ApprovalOver, CallInvalid, CallRefused, Conflict, SamePerson
from gateway.domain.persons import is_same_person
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.act_page import APPROVALS, CASES, refusal
from gateway.web.console.approval_goods import ordered_goods
from gateway.web.console.approval_since import happened_since
from gateway.web.console.approval_words import asked_for, happens
from gateway.web.console.case_place import next_case, with_queue
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit

_TABS = ("waiting", "yours", "answered")
_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """One order that waits, or waited."""

    href: str
    asked: ShownMoment
    ends: ShownMoment
    kind: str
    state: str
    case: str
    case_href: str
    by: str


def register(app: Starlette, web: WebContext) -> None:
    """Serve the pages."""
    route(app, web, APPROVALS, _list, room=Room.CONSOLE)
    route(app, web, f"{APPROVALS}/{{id}}", _one, room=Room.CONSOLE, methods=("GET", "POST"))
    route(app, web, f"{APPROVALS}/{{id}}/withdraw", _withdraw, room=Room.CONSOLE, methods=("GET", "POST"))


async def _list(visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.APPROVALS)
    tab, cursor = visit.asked("tab") or _TABS[0], visit.asked("cursor")
    unknown = set(visit.request.query_params) - {"tab", "cursor", "lang"}
    if unknown or tab not in _TABS or (cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19)):
        raise CallInvalid("tab, cursor: the list has no such parameter or value.")
    person = caller.actor().person
    found = await visit.web.lifecycle.approvals.page(
        state=None if tab == "answered" else ApprovalState.OPEN,
        person=None if tab == "answered" else person,
        of_others=tab == "waiting",
        before=int(cursor) if cursor else None,
        limit=_ROWS + 1,
        offices=caller.offices_for(Call.APPROVALS),
    )
    counts = {
        one: len(found) if one == tab and not cursor else await _count(visit, of_others=one == "waiting")
        for one in ("waiting", "yours")
    }
    shown = [one for one in found[:_ROWS] if tab != "answered" or one.state is not ApprovalState.OPEN]
    times = _times(visit)
    return visit.page(
        "console/approvals.html",
        current="approvals",
        zone=visit.web.calendar.zone,
        tab=tab,
        tabs=[
            (one, "" if one not in counts else f"{_ROWS}+" if counts[one] > _ROWS else str(counts[one]))
            for one in _TABS
        ],
        rows=[_row(one, times) for one in shown],
        following=f"{APPROVALS}?tab={tab}&cursor={found[_ROWS - 1].number}" if len(found) > _ROWS else "",
        as_of=times.clock(times.now),
    )


async def _count(visit: Visit, *, of_others: bool) -> int:
    """Count the orders that wait, as far as a page has rows and one more."""
    caller = visit.caller
    found = await visit.web.lifecycle.approvals.page(
        person=caller.actor().person, of_others=of_others, limit=_ROWS + 1, offices=caller.offices_for(Call.APPROVALS)
    )
    return len(found)


def _address(approval_id: str) -> str:
    return f"{APPROVALS}/{quote(approval_id, safe='')}"


def _row(one: Approval, times: Times) -> ApprovalRow:
    return ApprovalRow(
        href=_address(one.id),
        asked=times.moment(one.asked_at),
        ends=times.end(one.ends_at),
        kind=one.kind,
        state=one.state,
        case=one.mrn or one.lrn or "",
        case_href="" if one.record_id is None else f"{CASES}/{one.record_id}",
        by="" if one.asked is None else one.asked.by.person,
    )


def _times(visit: Visit) -> Times:
    return Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)


async def _one(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.APPROVALS)
    found = await visit.web.approvals.seen(visit.caller, visit.request.path_params["id"])
    if visit.request.method == "POST":
        return await _answer(visit, found)
    return await _page(visit, found, await ActForm.of(visit))


async def _page(visit: Visit, found: Approval, form: ActForm, *, status: int = 200) -> Response:
    caller, times = visit.caller, _times(visit)
    record = await _record(visit, found)
    own = found.asked is not None and is_same_person(found.asked.by, caller.actor())
    may = caller.may(Call.APPROVE) and caller.may(NEEDED[found.kind])
    is_open = found.state is ApprovalState.OPEN
    wording = visit.web.cases.wording([visit.language])
    return visit.page(
        "console/approval.html",
        status=status,
        current="approvals",
        zone=visit.web.calendar.zone,
        approval=ApprovalBody.of(found),
        asked_for=asked_for(visit, found, wording),
        happens=happens(visit, found),
        goods=await ordered_goods(visit, found, record, wording),
        following=None if is_open else await _following(visit, found),
        case=record.mrn or record.lrn if record is not None else "",
        here_case="" if found.record_id is None else f"{CASES}/{found.record_id}",
        effect=None if record is None or record.decision is None else record.decision.decision.effect,
        stands=_stands(record, wording),
        since=await happened_since(visit, found, record, wording, times) if is_open else None,
        decision=None if record is None or record.decision is None else record.decision.number,
        version=None if record is None else record.version,
        reason_asked=_reason(found),
        asked=times.moment(found.asked_at),
        ends=times.end(found.ends_at),
        ended=None if found.ended_at is None else times.moment(found.ended_at),
        own=own,
        answers=is_open and may and not own,
        takes_back=is_open and own and caller.may(Call.WITHDRAW_APPROVAL),
        form=form,
        typed=form.typed,
        faults=form.faults,
        here_approval=_address(found.id),
        queue=visit.asked("queue"),
        leads_on=await next_case(visit, found.record_id) if is_open and own else None,
        state=found.state,
    )


async def _following(visit: Visit, found: Approval) -> tuple[str, str] | None:
    """Return where the next case of the queue stands, else the next order that waits for this reader's answer; None: there is none."""
    caller = visit.caller
    if (following := await next_case(visit, found.record_id)) is not None:
        return following
    if not caller.may(Call.APPROVE):
        return None
    open_ones = await visit.web.lifecycle.approvals.page(
        person=caller.actor().person, of_others=True, limit=_ROWS, offices=caller.offices_for(Call.APPROVALS)
    )
    # The one asked first is answered first.
    mine = [one for one in open_ones if caller.may(NEEDED[one.kind])]
    return (_address(mine[-1].id), visit.text("approval.next")) if mine else None


async def _record(visit: Visit, found: Approval) -> Record | None:
    """Return the declaration that an order is about, and note that its reader read it."""
    if found.record_id is None:
        return None
    record = await visit.web.lifecycle.steps.current(found.record_id)
    await visit.web.cases.note(visit.caller, [record], Call.READ)
    return record


def _stands(record: Record | None, wording: Any) -> Sequence[str]:
    """Return the present obstacles to release, in sentences."""
    if record is None or record.decision is None:
        return ()
    decision = wording.decision(record.decision.decision)
    grave = [one.message for one in decision.findings if one.effect in {"hold", "refuse"} and one.mode == "active"]
    return list(dict.fromkeys(grave))[:6]


def _reason(found: Approval) -> str:
    """Return the words of the person who asks; empty: erased."""
    if found.asked is None:
        return ""
    ordered = ApprovalBody.of(found).ordered
    return str((ordered.get("reason") if isinstance(ordered, dict) else getattr(ordered, "reason", None)) or "")


async def _answer(visit: Visit, found: Approval) -> Response:
    caller, form = visit.caller, ActForm(visit, visit.form)
    caller.must_be_allowed(Call.APPROVE)
    caller.must_be_allowed(NEEDED[found.kind])
    chosen = form.one_of("approve", frozenset({"true", "false"}), needed=visit.text("approval.choose"))
    reason = form.words("reason", needed=visit.text("approval.say_why") if chosen == "false" else "")
    if form.faults:
        return await _page(visit, found, form, status=422)
    try:
        if chosen == "true":
            done = await visit.web.approvals.approve(found, by=caller.actor(), reason=reason)
        else:
            done = await visit.web.lifecycle.approvals.reject(found.id, by=caller.actor(), reason=reason)
    except (ApprovalOver, SamePerson, Conflict, CallInvalid) as error:
        return await _refused(visit, found.id, form, error)
    await visit.drop_draft()
    if done.ending is not None and done.ending.by != caller.actor():
        # Somebody else was quicker, with the same answer.
        form.faults.append(("act", visit.text("approval.answered_before")))
        return await _page(visit, done, form, status=409)
    if done.record_id is not None and chosen == "true":
        record = await visit.web.lifecycle.steps.current(done.record_id)
        if record.due:
            await visit.web.lifecycle.once_decided(record.id, seq=record.event_seq, within_s=3.0)
    return visit.onward(with_queue(_address(found.id), visit.asked("queue")))


async def _refused(visit: Visit, approval_id: str, form: ActForm, error: CallRefused) -> Response:
    """Say why an answer was not taken, on the page with the order's present state."""
    now = await visit.web.approvals.seen(visit.caller, approval_id)
    form.faults.append(("act", refusal(visit, error)))
    return await _page(visit, now, form, status=error.status)


async def _withdraw(visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.WITHDRAW_APPROVAL)
    found = await visit.web.approvals.seen(caller, visit.request.path_params["id"])
    if visit.request.method == "GET":
        return visit.onward(with_queue(_address(found.id), visit.asked("queue")))
    try:
        await visit.web.lifecycle.approvals.withdraw(found.id, by=caller.actor())
    except ApprovalOver as error:
        return await _refused(visit, found.id, ActForm(visit, visit.form), error)
    return visit.onward(with_queue(_address(found.id), visit.asked("queue")))
