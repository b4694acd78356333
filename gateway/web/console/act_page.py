"""The page of an act: what stands against it, what will happen, the form, and what became of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gateway.access import Call
from gateway.access.actions import CALLS
from gateway.api.localization import Wording
from gateway.domain.actions import ActionName
from gateway.domain.approval import Approval
from gateway.domain.codec import decode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid, CallRefused, Conflict, ReadBefore
from gateway.domain.record import ReadState, Record
from gateway.lifecycle import Stepped
from gateway.web.console.act_form import ActForm
from gateway.web.console.case_matters import matter_lines
from gateway.web.console.case_place import with_queue
from gateway.web.console.case_verdict import verdict
from gateway.web.console.case_view import Body, CaseReading
from gateway.web.times import Times
from gateway.web.visit import Visit

CASES = "/console/declarations"
APPROVALS = "/console/approvals"
_WAIT_S = 3.0
"""The seconds that an act waits for its decision, so that the case shows it at once."""
_SENTENCES = frozenset(
    {
        "602",
        "603",
        "611",
        "612",
        "613",
        "614",
        "615",
        "616",
        "617",
        "618",
        "619",
        "620",
        "621",
        "624",
        "625",
        "628",
        "629",
        "630",
        "651",
    }
)
"""The refusals that pages have a sentence for, by the end of their code."""

Acting = Callable[[ReadState], Awaitable[Stepped | Approval]]
"""Does an act on what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAct:
    """An act on a declaration, as it was opened."""

    visit: Visit
    name: ActionName
    record: Record
    declared: Body
    reading: CaseReading
    wording: Wording
    form: ActForm

    @property
    def here(self) -> str:
        """The address of the case."""
        return f"{CASES}/{quote(self.record.id, safe='')}"

    @property
    def queue(self) -> str:
        """The filter of the queue that the case was opened from."""
        return self.visit.asked("queue")

    @property
    def back(self) -> str:
        """The address of the case in its queue."""
        return with_queue(self.here, self.queue)

    @property
    def action(self) -> Body | None:
        """The act as the API describes it now; None: this role may never do it."""
        return next((one for one in self.declared["actions"] or () if one["name"] == self.name), None)

    def is_possible(self, name: ActionName) -> bool:
        """Whether another act is possible now."""
        return any(one["name"] == name and one["allowed"] for one in self.declared["actions"] or ())

    def page(self, template: str, *, status: int = 200, changed: str = "", **values: Any) -> Response:
        """Return the page with its form; `changed`: what happened while it was filled in."""
        visit, reading = self.visit, self.reading
        return visit.page(
            f"console/act/{template}",
            status=status,
            current="queue",
            zone=visit.web.calendar.zone,
            act=self,
            form=self.form,
            typed=self.form.typed,
            faults=self.form.faults,
            changed=changed,
            case=self.declared,
            name=self.record.mrn or self.record.lrn,
            here_case=self.back,
            stoppers=verdict(reading).stoppers,
            matters=matter_lines(visit, reading, self.here, self.queue),
            read_version=self.declared["version"],
            read_decision=0 if reading.decision is None else reading.decision["number"],
            **{"happens": (), "rather": (), **values},
        )

    def not_now(self, message: str) -> Response:
        """Return the page that says why the act is not possible now."""
        return self.page(
            "not_now.html", status=409, message=message, heading=self.visit.text(f"act.heading_{self.name}")
        )

    async def done(self, step: Stepped | Approval) -> Response:
        """Lead on: to the approval that waits, or back to the case, which says what was done."""
        visit = self.visit
        await visit.drop_draft()
        if isinstance(step, Approval):
            return visit.onward(with_queue(f"{APPROVALS}/{step.id}", self.queue))
        if step.record.due or step.record.outstanding:
            await visit.web.lifecycle.once_decided(step.record.id, seq=step.seq, within_s=_WAIT_S)
        return visit.onward(with_queue(f"{self.here}?done={step.seq}", self.queue))


async def opened(visit: Visit, name: ActionName) -> OpenAct:
    """Open an act for a reader whose role may do it.

    Raises:
        NotAllowed: the role may never.
        NotKnown: there is no such declaration, or it is not theirs.
    """
    caller, cases = visit.caller, visit.web.cases
    caller.must_be_allowed(Call.READ)
    caller.must_be_allowed(CALLS[name])
    place = DeclarationName.of_text(visit.request.path_params["id"])
    record = await cases.read(caller, place, Call.READ)
    wording = cases.wording([visit.language])
    declared = decode(await cases.declaration(record, caller, wording), dict)
    why = None
    if record.decision is not None:
        await cases.note(caller, [record], Call.EXPLANATION)
        number = record.decision.number
        why = decode(await cases.explanation(record, caller, wording, decision=number, against=None), dict)
    return OpenAct(
        visit=visit,
        name=name,
        record=record,
        declared=declared,
        reading=CaseReading(
            declared=declared,
            why=why,
            is_newest=True,
            acts=True,
            person=caller.actor().person,
            wording=wording,
            words=cases.explanations[wording.language],
            templates=visit.templates,
            times=Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates),
        ),
        wording=wording,
        form=await ActForm.of(visit),
    )


async def carried_out(act: OpenAct, acting: Acting, again: Callable[..., Awaitable[Response]]) -> Response:
    """Do an act on the case as it was read, and lead on; where it is refused, return its form `again`, with all that was typed."""
    form = act.form
    read = form.read()
    try:
        step = await acting(read)
    except ReadBefore as error:
        return await again(await _as_it_stands(act), status=409, changed=await changed(act.visit, act.record.id, error))
    except (Conflict, CallInvalid) as error:
        form.faults.append(("act", refusal(act.visit, error)))
        return await again(act, status=error.status)
    if isinstance(step, Stepped) and not step.fresh:
        # Somebody did the very same before: whoever comes second is told so.
        return await again(await _as_it_stands(act), status=409, changed=act.visit.text("act.stood"))
    return await act.done(step)


def refusal(visit: Visit, error: CallRefused) -> str:
    """Return why an act was refused, in the reader's language."""
    return sentence(visit, error.code)


def sentence(visit: Visit, code: str) -> str:
    """Return what a refusal's code means, in the reader's language."""
    end = code.removeprefix("SW-API-")
    return visit.text(f"conflict.c{end}") if end in _SENTENCES else visit.text("conflict.other", code=code)


async def changed(visit: Visit, record_id: str, error: ReadBefore) -> str:
    """Return what became of the decision that was read: "Decision 3 became 4 at 10:03: hold became release"."""
    lifecycle = visit.web.lifecycle
    before, now = [await lifecycle.decision(record_id, number) for _, number in (error.read, error.now)]
    if now is None or before is None:
        return visit.text("act.changed_version", read=error.read[0], now=error.now[0])
    return visit.text(
        "act.changed",
        read=error.read[1],
        now=error.now[1],
        time=Times(lifecycle.now(), visit.web.calendar.zone, visit.templates).moment(now.decided_at).text,
        was=visit.text(f"effect.{before.decision.effect}"),
        became=visit.text(f"effect.{now.decision.effect}"),
    )


async def _as_it_stands(act: OpenAct) -> OpenAct:
    """Return the act opened again, with the typed texts."""
    return replace(await opened(act.visit, act.name), form=act.form)


def named(documents: Sequence[Body]) -> Mapping[str, Body]:
    """Return documents by the value of each in a form."""
    return {f"{one['type']} {one['reference']}": one for one in documents}
