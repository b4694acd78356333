"""The page by which two officers change a write-off at an authority: enter it, change it, or take it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.api.orders import intervention_order
from gateway.api.schemas import bodies
from gateway.decisions import STILL_OUT
from gateway.domain.actions import ActionName
from gateway.domain.approval import Approval
from gateway.domain.record import ReadState
from gateway.domain.release import InterventionKind
from gateway.domain.subject import Room
from gateway.lifecycle import Stepped
from gateway.web.console.act_page import CASES, OpenAct, carried_out, named, opened
from gateway.web.console.case_view import Body
from gateway.web.context import WebContext
from gateway.web.numbers import unit_name
from gateway.web.route import route
from gateway.web.visit import Visit

_WITHOUT_LINES = frozenset({InterventionKind.DELETE, InterventionKind.KEEP})
_MOST_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LineToChange:
    """A line of a document in the form: what is written off now, and what is typed for afterwards."""

    field: str
    goods_item: int
    line: int
    now: str
    unit: str
    unit_word: str
    typed: str


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{CASES}/{{id}}/intervene", _intervene, room=Room.CONSOLE, methods=("GET", "POST"))


async def _intervene(visit: Visit) -> Response:
    act = await opened(visit, ActionName.INTERVENE)
    if visit.request.method == "POST":
        return await _sent(act)
    if act.action is None or not act.action["allowed"]:
        return act.not_now("" if act.action is None else act.action["message"])
    return await _form(act)


def _documents(act: OpenAct) -> dict[str, Body]:
    """Return the documents that a write-off can be changed of: those that an authority is asked about, cited or still written off."""
    cited = named(act.declared["documents"])
    findings = act.declared["decision"]["findings"] if act.declared["decision"] is not None else ()
    left = [{**one["document"], "quantity": []} for one in findings if one["code"] == STILL_OUT]
    asked = {name: one for name, one in cited.items() if one["authority"] is not None}
    return asked | {name: one for name, one in named(left).items() if name not in cited}


async def _form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    documents = _documents(act)
    asked = act.form.get("document") or f"{act.visit.asked('type')} {act.visit.asked('reference')}"
    chosen = asked if asked in documents else next(iter(documents), "")
    lines = _lines(act, documents.get(chosen))
    return act.page(
        "intervene.html",
        status=status,
        changed=changed,
        documents=list(documents),
        chosen=chosen,
        kinds=[(kind.value, act.visit.text(f"kind.{kind}")) for kind in _kinds(act)],
        lines=lines[:_MOST_LINES],
        lines_left_out=max(0, len(lines) - _MOST_LINES),
        happens=[act.visit.text(f"act.{one}") for one in _happens(act)],
    )


def _kinds(act: OpenAct) -> Sequence[InterventionKind]:
    """Return what can be done to a write-off: one is kept only while the declaration is being invalidated."""
    return [one for one in InterventionKind if _waits(act) or one is not InterventionKind.KEEP]


def _waits(act: OpenAct) -> bool:
    return act.declared["invalidation"] is not None


def _happens(act: OpenAct) -> Sequence[str]:
    return ("ledger_changed", "kept_stands", "goods_stay") if _waits(act) else ("ledger_changed", "goods_stay")


def _lines(act: OpenAct, document: Body | None) -> Sequence[LineToChange]:
    if document is None:
        return ()
    reading, typed = act.reading, act.form.typed
    found = []
    for one in document["quantity"]:
        if one["unit"] is None:
            continue
        line = one["line"] or 1
        field = f"after-{one['goods_item']}-{line}"
        found.append(
            LineToChange(
                field=field,
                goods_item=one["goods_item"],
                line=line,
                now="" if one["written_off"] is None else reading.quantity(one["written_off"], one["unit"]),
                unit=one["unit"],
                unit_word=unit_name(reading.wording, one["unit"]),
                typed=typed.get(field, ""),
            )
        )
    return found


async def _sent(act: OpenAct) -> Response:
    form, visit = act.form, act.visit
    documents = _documents(act)
    chosen = form.one_of("document", frozenset(documents), needed=visit.text("act.choose_document"))
    if form.get("step") == "lines":
        form.faults.clear()
        return await _form(act)
    if chosen is not None and form.get("lines_of") != chosen:
        # The lines that were filled in are another document's.
        form.fault("document", visit.text("act.other_lines"))
    kind = form.one_of("kind", frozenset(one.value for one in _kinds(act)), needed=visit.text("act.choose_kind"))
    reason = form.words("reason", needed=visit.text("act.say_why"))
    reference = form.words("reference", most=70)
    used = [] if kind in _WITHOUT_LINES else _used(act, documents.get(chosen or ""))
    if form.faults or chosen is None or kind is None or reason is None:
        return await _form(act, status=422)
    document = documents[chosen]
    body = bodies.Intervention.model_validate(
        {
            "kind": kind,
            "document": {"type": document["type"], "reference": document["reference"]},
            "items": used,
            "reason": reason,
            "reference": reference,
        }
    )
    by = visit.caller.actor()
    order = intervention_order(body, by)

    async def acting(read: ReadState) -> Stepped | Approval:
        return await visit.web.lifecycle.steps.intervene(act.record.id, order, by=by, seen=read)

    return await carried_out(act, acting, _form)


def _used(act: OpenAct, document: Body | None) -> list[bodies.Used]:
    """Return all that is written off afterwards; a line without a number has nothing."""
    found = []
    for one in _lines(act, document)[:_MOST_LINES]:
        if not act.form.get(one.field):
            continue
        amount = act.form.amount(one.field)
        if amount is not None:
            found.append(
                bodies.Used.model_validate(
                    {"goods_item": one.goods_item, "line": one.line, "quantity": f"{amount:f}", "unit": one.unit}
                )
            )
    if not found and not any(field.startswith("after-") for field, _ in act.form.faults):
        act.form.fault("kind", act.visit.text("act.lines_needed"))
    return found
