"""Several cases of one cause and one act at once: ticked in the queue, said once, checked as a list, and told case by case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.access.actions import CALLS
from gateway.api.orders import officer_verification
from gateway.api.schemas import bodies
from gateway.api.views.dry_runs import told_body
from gateway.domain.actions import ActionName
from gateway.domain.errors import AskedLately, CallInvalid, CallRefused, ReadBefore, SecondNeeded
from gateway.domain.record import ReadState
from gateway.domain.subject import Room
from gateway.domain.verification import DocumentStatus
from gateway.lifecycle import Stepped
from gateway.web.console.act_form import ActForm
from gateway.web.console.act_page import changed, refusal
from gateway.web.console.act_verify import MEANS, OUTCOMES, PART
from gateway.web.console.case_place import back_to, with_queue
from gateway.web.console.case_view import Key, capitalized
from gateway.web.console.rows import CASES
from gateway.web.console.ticked_cases import ACTS, MOST, TICK, CommonCause, TickedCase, common_causes, ticked_cases
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit

SEVERAL = "/console/several"
_READ = "read-"
"""The hidden fields that say which version and decision of a case were read; its declaration's name follows."""
_OUTCOMES = tuple(one for one in OUTCOMES if one != PART)
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case, and what is said of it."""

    id: str
    name: str
    href: str
    document: Key | None = None
    says: Sequence[str] = ()
    read: str = ""
    """The version and decision that were read; empty: nothing is done with it."""
    is_done: bool = False


@dataclass(slots=True, kw_only=True)
class _Several:
    """What was ticked, and what is to be done with it."""

    visit: Visit
    cases: Sequence[TickedCase]
    gone: int
    causes: Sequence[CommonCause]
    cause: CommonCause | None
    form: ActForm

    @property
    def queue(self) -> str:
        """The filter of the queue in which they were ticked."""
        return self.visit.asked("queue")

    def line(self, case: TickedCase, *says: str, **more: Any) -> CaseLine:
        """Return what is said of a case."""
        return CaseLine(
            id=case.record.id,
            name=case.name,
            href=with_queue(f"{CASES}/{case.record.id}", self.queue),
            document=self.document(case),
            says=says,
            **more,
        )

    def document(self, case: TickedCase) -> Key | None:
        """Return the one document that the cause is about; None: there are several, or it is about none."""
        found = self.cause.cases.get(case.record.id, ()) if self.cause is not None else ()
        return found[0] if len(found) == 1 else None

    def why_not(self, case: TickedCase) -> str:
        """Return why the act is not done with a case; empty: it is."""
        if self.cause is None or case.record.id not in self.cause.cases:
            return self.visit.text("several.other_cause")
        if self.cause.act is ActionName.VERIFY and self.document(case) is None:
            return self.visit.text("several.several_documents")
        return ""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, SEVERAL, _several, room=Room.CONSOLE, methods=("GET", "POST"))


async def _several(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    found = await _opened(visit)
    if found.cause is None:
        return _page(found, "choose", 200, choices=[(one, _address(found, one)) for one in found.causes])
    visit.caller.must_be_allowed(CALLS[found.cause.act])
    if visit.request.method == "GET":
        # What is asked again needs no words.
        return await _check(found) if found.cause.act is ActionName.ASSESS else _form(found)
    body = _said(found)
    if found.form.faults:
        return _form(found, status=422)
    if found.form.get("step") == "edit":
        return _form(found)
    return await (_done(found, body) if found.form.get("step") == "do" else _check(found, body))


async def _opened(visit: Visit) -> _Several:
    """Return what the address says was ticked.

    Raises:
        CallInvalid: it has a parameter that there is not, or too much was ticked.
    """
    asked = visit.request.query_params
    names = [name.removeprefix(TICK) for name in asked if name.startswith(TICK)]
    if unknown := sorted(
        name for name in asked if not name.startswith(TICK) and name not in {"queue", "cause", "lang"}
    ):
        raise CallInvalid(f"{', '.join(unknown)}: there is no such parameter.")
    if len(names) > MOST:
        raise CallInvalid(f"{len(names)} cases: at most {MOST} are done at once.")
    cases = await ticked_cases(visit, visit.web.cases.wording([visit.language]), names)
    causes = common_causes(visit, cases)
    chosen = asked.get("cause", "")
    cause = next((one for one in causes if one.key == chosen), None)
    if not chosen and len(causes) == 1:
        cause = causes[0]
    elif cause is None and chosen and visit.request.method == "POST":
        cause = _gone(chosen)
    return _Several(
        visit=visit, cases=cases, gone=len(names) - len(cases), causes=causes, cause=cause, form=await ActForm.of(visit)
    )


def _gone(chosen: str) -> CommonCause:
    """Return a cause for which none of the cases is held any more.

    Raises:
        CallInvalid: there is no such cause.
    """
    act = chosen.partition(".")[0]
    if act not in ACTS:
        raise CallInvalid("cause: there is no such one.")
    return CommonCause(key=chosen, act=ActionName(act), title="", authority="", cases={})


def _address(found: _Several, cause: CommonCause) -> str:
    """Return the address of the act with the cases of one cause."""
    ticks = {f"{TICK}{one}": "on" for one in (cause.cases or [case.record.id for case in found.cases])}
    return f"{SEVERAL}?{urlencode({**ticks, 'cause': cause.key, 'queue': found.queue})}"


def _page(found: _Several, step: str, status: int, **values: Any) -> Response:
    visit, cause = found.visit, found.cause
    systems = visit.web.systems(visit.language)
    return visit.page(
        "console/several.html",
        status=status,
        current="queue",
        zone=visit.web.calendar.zone,
        step=step,
        back=back_to(found.queue),
        action="" if cause is None else _address(found, cause),
        gone=found.gone,
        act="" if cause is None else cause.act.value,
        cause="" if cause is None else _cause_words(cause, systems),
        named={one.key: _cause_words(one, systems) for one in found.causes},
        form=found.form,
        typed=found.form.typed,
        faults=found.form.faults,
        named_outcomes=[(one, visit.text(f"outcome.{one}")) for one in _OUTCOMES],
        **{"lines": (), "left_out": (), "choices": (), "many_done": 0, **values},
    )


def _cause_words(cause: CommonCause, systems: Mapping[str, str]) -> str:
    system = systems.get(cause.authority, cause.authority)
    return ", ".join(one for one in (capitalized(cause.title), system) if one)


def _form(found: _Several, *, status: int = 200) -> Response:
    why = {case.record.id: found.why_not(case) for case in found.cases}
    lines = [found.line(case, read=_written(case.read)) for case in found.cases if not why[case.record.id]]
    left_out = [found.line(case, why[case.record.id]) for case in found.cases if why[case.record.id]]
    return _page(found, "form", status, lines=lines, left_out=left_out)


def _written(read: ReadState) -> str:
    return f"{read.version}.{read.decision}"


def _read(found: _Several, record_id: str) -> ReadState | None:
    """Return which version and decision of a case the form says were read; None: it is not among its cases."""
    version, _, decision = found.form.get(f"{_READ}{record_id}").partition(".")
    if not all(one.isascii() and one.isdecimal() and len(one) < 10 for one in (version, decision)):
        return None
    return ReadState(version=int(version), decision=int(decision))


def _said(found: _Several) -> bodies.OfficersVerification | None:
    """Return what an officer says of all of the documents; None: the act has no words, or something is wrong with them."""
    form, visit, act = found.form, found.visit, found.cause.act if found.cause is not None else None
    if act is ActionName.CONFIRM and form.get("heard") != "yes":
        form.fault("heard", visit.text("act.heard_needed"))
    if act is not ActionName.VERIFY:
        return None
    outcome = form.one_of("outcome", frozenset(_OUTCOMES), needed=visit.text("act.choose_outcome"))
    means = form.one_of("means", frozenset(MEANS), needed=visit.text("act.choose_means"))
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if outcome is None or means is None or reason is None:
        return None
    return bodies.OfficersVerification(outcome=DocumentStatus(outcome), means=MEANS[means], reason=reason)


async def _check(found: _Several, body: bodies.OfficersVerification | None = None) -> Response:
    """Return the page that lists what would be done; a case that changed since the form is named and left out."""
    is_sent = found.visit.request.method == "POST"
    lines, left_out = [], []
    for case in found.cases:
        read = _read(found, case.record.id) if is_sent else case.read
        try:
            if read is not None and read != case.read:
                raise ReadBefore((read.version, read.decision), (case.read.version, case.read.decision))
            if read is None or found.why_not(case):
                left_out.append(found.line(case, found.why_not(case) or found.visit.text("several.not_read")))
            else:
                lines.append(found.line(case, *await _would(found, case, body), read=_written(read)))
        except CallRefused as error:
            left_out.append(found.line(case, await _why(found, case, error)))
    return _page(found, "check", 200, lines=lines, left_out=left_out)


async def _would(found: _Several, case: TickedCase, body: bodies.OfficersVerification | None) -> Sequence[str]:
    """Return what would become of a case.

    Raises:
        CallRefused: the act is not possible, or takes a second officer.
    """
    visit, document = found.visit, found.document(case)
    wording = visit.web.cases.wording([visit.language])
    if found.cause is not None and found.cause.act is ActionName.CONFIRM:
        told = told_body(replace(case.record, confirmed=True), visit.caller, wording)
        return [visit.text("act.declarant_reads"), *told["findings"][:_MOST_TOLD]]
    if body is None or document is None:
        return ()
    stated = officer_verification(*document, body, visit.caller.actor(), at=visit.web.lifecycle.now())
    run = await visit.web.lifecycle.dry_runs.verification(case.record, stated)
    if run.needs_second:
        raise SecondNeeded("Against what the authority said a second officer is needed.")
    return [visit.text("several.would_be", effect=visit.text(f"effect.{run.after.effect.value}"))]


async def _why(found: _Several, case: TickedCase, error: CallRefused) -> str:
    """Return why a case was refused, in the reader's language."""
    visit = found.visit
    if isinstance(error, ReadBefore):
        return await changed(visit, case.record.id, error)
    return visit.text("refused.lately") if isinstance(error, AskedLately) else refusal(visit, error)


async def _done(found: _Several, body: bodies.OfficersVerification | None) -> Response:
    """Do the act with each case as it was read, and tell what became of each."""
    lines = []
    for case in found.cases:
        read = _read(found, case.record.id)
        if read is None:
            continue
        try:
            step = await _acted(found, case, read, body)
            words = found.visit.text("several.done" if step.fresh else "several.stood")
            lines.append(found.line(case, words, is_done=step.fresh))
        except CallRefused as error:
            lines.append(found.line(case, await _why(found, case, error)))
    await found.visit.drop_draft()
    return _page(found, "done", 200, lines=lines, many_done=sum(one.is_done for one in lines))


async def _acted(
    found: _Several, case: TickedCase, read: ReadState, body: bodies.OfficersVerification | None
) -> Stepped:
    visit = found.visit
    steps, by, record_id = visit.web.lifecycle.steps, visit.caller.actor(), case.record.id
    act = found.cause.act if found.cause is not None else None
    if act is ActionName.CONFIRM:
        return await steps.confirm(record_id, by=by, heard=True, seen=read)
    if act is ActionName.ASSESS:
        return await steps.assess_anew(record_id, by=by, seen=read)
    document = found.document(case)
    if body is None or document is None:
        raise CallInvalid("The cause is not about one document any more.")
    stated = officer_verification(*document, body, by, at=visit.web.lifecycle.now())
    step = await steps.take_verification(record_id, stated, by=by, seen=read, alone=True)
    assert isinstance(step, Stepped)
    return step
