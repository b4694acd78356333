"""The pages by which an officer says something of a declaration: a refusal is confirmed, goods are accepted, an examination is announced."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.responses import Response

from gateway.api.schemas import bodies
from gateway.api.views.dry_runs import told_body
from gateway.domain.actions import ActionName
from gateway.domain.approval import Approval
from gateway.domain.control import ExaminationOf
from gateway.domain.errors import AskedLately
from gateway.domain.record import ReadState
from gateway.domain.subject import Room
from gateway.lifecycle import Stepped
from gateway.web.console.act_page import CASES, OpenAct, carried_out, opened
from gateway.web.console.case_place import with_queue
from gateway.web.console.goods_items import items_in, items_of
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit

_AHEAD = timedelta(minutes=5)
_MOST_TOLD = 20
_ENDED = ("took_place", "withdrawn")
"""The ends of an examination."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the pages."""
    for name, page in (("confirm", _confirm), ("accept", _accept), ("control", _control), ("assess", _assess)):
        route(app, web, f"{CASES}/{{id}}/{name}", page, room=Room.CONSOLE, methods=("GET", "POST"))


def _refused(act: OpenAct) -> Response | None:
    """Return the page that says why the act is not possible now; None: it is."""
    if act.action is not None and act.action["allowed"]:
        return None
    return act.not_now("" if act.action is None else act.action["message"])


async def _assess(visit: Visit) -> Response:
    act = await opened(visit, ActionName.ASSESS)
    if visit.request.method == "GET":
        # It is a button; somebody who had to sign in first comes back to the case.
        return visit.onward(act.back)

    async def acting(read: ReadState) -> Stepped:
        return await visit.web.lifecycle.steps.assess_anew(act.record.id, by=visit.caller.actor(), seen=read)

    async def again(found: OpenAct, *, status: int, changed: str = "") -> Response:
        message = "; ".join(sentence for _, sentence in found.form.faults)
        return found.page(
            "not_now.html", status=status, changed=changed, message=message, heading=visit.text("act.heading_assess")
        )

    try:
        return await carried_out(act, acting, again)
    except AskedLately as error:
        # The case and the menu stay around what is said: nothing is the matter with either.
        seconds = math.ceil(error.seconds)
        act.form.fault("act", f"{visit.text('refused.lately')} {visit.text('refused.again_in', seconds=seconds)}")
        answer = await again(act, status=error.status)
        answer.headers["Retry-After"] = str(seconds)
        return answer


async def _confirm(visit: Visit) -> Response:
    act = await opened(visit, ActionName.CONFIRM)
    if visit.request.method == "GET":
        return _refused(act) or await _confirm_form(act)
    if visit.form.get("heard") != "yes":
        act.form.fault("heard", visit.text("act.heard_needed"))
        return await _confirm_form(act, status=422)

    async def acting(read: ReadState) -> Stepped:
        by = visit.caller.actor()
        return await visit.web.lifecycle.steps.confirm(act.record.id, by=by, heard=True, seen=read)

    return await carried_out(act, acting, _confirm_form)


async def _confirm_form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    told = told_body(replace(act.record, confirmed=True), act.visit.caller, act.wording)
    visit = act.visit
    return act.page(
        "confirm.html",
        status=status,
        changed=changed,
        told=told["findings"][:_MOST_TOLD],
        told_left_out=max(0, len(told["findings"]) - _MOST_TOLD),
        happens=[visit.text("act.told_now"), visit.text("act.stays_refused")],
        rather=[(with_queue(f"{act.here}/verify", act.queue), visit.text("act.rather_verify"))]
        if act.is_possible(ActionName.VERIFY)
        else [],
    )


async def _accept(visit: Visit) -> Response:
    act = await opened(visit, ActionName.ACCEPT)
    if visit.request.method == "GET":
        return _refused(act) or await _accept_form(act)
    form = act.form
    mrn = form.get("mrn").upper()
    if not _is_mrn(mrn):
        form.fault("mrn", visit.text("act.mrn_needed"))
    at = form.moment("accepted_at", visit.web.settings.zone())
    if at is not None and at > visit.web.lifecycle.now() + _AHEAD:
        form.fault("accepted_at", visit.text("act.in_future"))
    if form.faults or at is None:
        return await _accept_form(act, status=422)

    async def acting(read: ReadState) -> Stepped:
        caller = visit.caller
        return await visit.web.lifecycle.steps.accept(
            act.record.id, mrn=mrn, accepted_at=at, by=caller.actor(), asker=caller.asker, seen=read
        )

    return await carried_out(act, acting, _accept_form)


def _is_mrn(text: str) -> bool:
    """Whether the API takes a text for an MRN."""
    try:
        bodies.Acceptance(mrn=text, accepted_at=datetime.now(UTC))
    except ValidationError:
        return False
    return True


async def _accept_form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    now = act.reading.times.now.astimezone(act.visit.web.calendar.zone)
    return act.page(
        "accept.html",
        status=status,
        changed=changed,
        mrn=act.form.typed.get("mrn", act.record.mrn or ""),
        accepted_at=act.form.typed.get("accepted_at", now.strftime("%Y-%m-%dT%H:%M")),
        happens=[act.visit.text("act.decided_at_once"), act.visit.text("act.reserved_then")],
    )


async def _control(visit: Visit) -> Response:
    act = await opened(visit, ActionName.CONTROL)
    if visit.request.method == "GET":
        # What was announced can be said to have taken place.
        return (None if _awaited(act) else _refused(act)) or await _control_form(act)
    form, awaited = act.form, _awaited(act)
    withdrawn = awaited and form.get("ended") == "withdrawn"
    if awaited and form.get("ended") not in _ENDED:
        form.fault("ended", visit.text("act.choose_ended"))
    reference = form.words("reference", most=70)
    words = form.words("result", needed=visit.text("act.say_why") if withdrawn else "") if awaited else None
    of, items = (None, ()) if awaited else (_examined(act), items_in(act.form, items_of(act.record)))
    if form.faults:
        return await _control_form(act, status=422)

    async def acting(read: ReadState) -> Stepped | Approval:
        caller, steps = visit.caller, visit.web.lifecycle.examinations
        said: Mapping[str, Any] = {"by": caller.actor(), "asker": caller.asker, "seen": read}
        if not awaited:
            what = of or ExaminationOf.GOODS
            return await steps.announce(act.record.id, reference=reference, of=what, goods_items=items, **said)
        known = act.declared["examination"]["reference"]
        if withdrawn:
            return await steps.withdraw(act.record.id, reference=known, reason=words or "", **said)
        return await steps.took_place(act.record.id, reference=known, result=words, **said)

    return await carried_out(act, acting, _control_form)


def _examined(act: OpenAct) -> ExaminationOf | None:
    """Return the parts to be examined, as they were chosen."""
    chosen = act.form.get("of") or ExaminationOf.GOODS.value
    if chosen not in {one.value for one in ExaminationOf}:
        act.form.fault("of", act.visit.text("act.choose_of"))
        return None
    return ExaminationOf(chosen)


def _awaited(act: OpenAct) -> bool:
    """Whether an examination is announced that has not ended."""
    known = act.declared["examination"]
    return known is not None and known["took_place_at"] is None and known["withdrawn_at"] is None


async def _control_form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    awaited, visit = _awaited(act), act.visit
    kept = () if awaited else (visit.text("act.stays_until"), visit.text("act.of_goods_bars"))
    return act.page(
        "control.html",
        status=status,
        changed=changed,
        awaited=awaited,
        happens=(visit.text("act.may_amend_again"),) if awaited else kept,
        of=[(one.value, visit.text(f"act.of_{one}")) for one in ExaminationOf],
        ended=[(one, visit.text(f"act.ended_{one}")) for one in _ENDED],
    )
