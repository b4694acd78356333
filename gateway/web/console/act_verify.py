"""The page by which an officer verifies a document by hand: the officer's word stands in the authority's place."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.api.orders import officer_verification
from gateway.api.schemas import bodies
from gateway.domain.actions import ActionName
from gateway.domain.approval import Approval
from gateway.domain.decision import Effect
from gateway.domain.errors import CallRefused
from gateway.domain.record import ReadState
from gateway.domain.subject import Room
from gateway.domain.verification import DocumentStatus
from gateway.lifecycle import Stepped
from gateway.web.console.act_page import CASES, OpenAct, carried_out, named, opened
from gateway.web.console.case_view import Body
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit

PART = "part"
OUTCOMES = (
    DocumentStatus.VALID,
    PART,
    DocumentStatus.REFUSED,
    DocumentStatus.EXPIRED,
    DocumentStatus.WITHDRAWN,
    DocumentStatus.SUSPENDED,
    DocumentStatus.NOT_FOUND,
)
MEANS = {"telephone": "telephone", "paper": "paper", "other": "other system"}
_MOST_ITEMS = 20


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{CASES}/{{id}}/verify", _verify, room=Room.CONSOLE, methods=("GET", "POST"))


async def _verify(visit: Visit) -> Response:
    act = await opened(visit, ActionName.VERIFY)
    if visit.request.method == "POST":
        return await _sent(act)
    if act.action is None or not act.action["allowed"]:
        return act.not_now("" if act.action is None else act.action["message"])
    return await _form(act)


async def _form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    documents = named(act.declared["documents"])
    asked = f"{act.visit.asked('type')} {act.visit.asked('reference')}"
    chosen = act.form.get("document") or (asked if asked in documents else next(iter(documents), ""))
    found = documents.get(chosen)
    needs_second = bool(act.action and act.action["needs_second"])
    return act.page(
        "verify.html",
        status=status,
        changed=changed,
        documents=list(documents),
        chosen=chosen,
        document=found,
        declared_on=[] if found is None else _declared_on(act, found),
        units=sorted({one["unit"] for one in found["quantity"] if one["unit"]}) if found is not None else [],
        outcomes=OUTCOMES,
        means=list(MEANS),
        needs_second=needs_second,
        happens=await _happens(act, found),
    )


def _declared_on(act: OpenAct, document: Body) -> Sequence[str]:
    """Return what is declared on a document: "item 1: 3,000 kg"."""
    reading = act.reading
    return [
        f"{reading.items((one['goods_item'],))}: {reading.quantity(one['declared'], one['unit'])}"
        for one in document["quantity"]
        if one["declared"] is not None
    ][:_MOST_ITEMS]


async def _happens(act: OpenAct, document: Body | None) -> Sequence[str]:
    """Return what would happen if the document were good for all that is declared, by a dry run."""
    visit, reading = act.visit, act.reading
    found = [visit.text("act.your_word")]
    if document is not None:
        body = bodies.OfficersVerification(outcome=DocumentStatus.VALID, means="-", reason="-")
        stated = officer_verification(
            document["type"], document["reference"], body, visit.caller.actor(), at=visit.web.lifecycle.now()
        )
        try:
            run = await visit.web.lifecycle.dry_runs.verification(act.record, stated)
        except CallRefused:
            # What it was decided from is not stored any more: no forecast is better than a guess.
            run = None
        if run is not None:
            by_effect: dict[Effect, list[int]] = {}
            for one in run.after.items:
                by_effect.setdefault(one.effect, []).append(one.goods_item)
            found.append(visit.text("act.decided_at_once"))
            found += [
                visit.text("act.would_be", items=reading.items(items), effect=visit.text(f"effect.{effect}"))
                for effect, items in sorted(by_effect.items())
            ]
    return [*found, visit.text("act.nothing_moved_there")]


async def _sent(act: OpenAct) -> Response:
    form, visit = act.form, act.visit
    documents = named(act.declared["documents"])
    chosen = form.one_of("document", frozenset(documents), needed=visit.text("act.choose_document"))
    outcome = form.one_of("outcome", frozenset(OUTCOMES), needed=visit.text("act.choose_outcome"))
    means = form.one_of("means", frozenset(MEANS), needed=visit.text("act.choose_means"))
    quantity, unit = (form.amount("quantity"), _unit(act, chosen)) if outcome == PART else (None, None)
    reason = form.words("reason", needed=visit.text("act.say_why"))
    if form.faults or chosen is None or outcome is None or means is None or reason is None:
        return await _form(act, status=422)
    body = bodies.OfficersVerification(
        outcome=DocumentStatus.VALID if outcome == PART else DocumentStatus(outcome),
        quantity=quantity,
        unit=unit,
        means=MEANS[means],
        reason=reason,
    )
    return await _recorded(act, documents[chosen], body)


def _unit(act: OpenAct, chosen: str | None) -> str | None:
    """Return the unit of a part: the one in which the document is counted."""
    document = named(act.declared["documents"]).get(chosen or "")
    units = {one["unit"] for one in document["quantity"] if one["unit"]} if document is not None else set()
    typed = act.form.get("unit")
    if typed in units:
        return typed
    if len(units) == 1:
        return str(units.pop())
    act.form.fault("outcome", act.visit.text("act.no_part"))
    return None


async def _recorded(act: OpenAct, document: Body, body: bodies.OfficersVerification) -> Response:
    by = act.visit.caller.actor()
    stated = officer_verification(document["type"], document["reference"], body, by, at=act.visit.web.lifecycle.now())

    async def acting(read: ReadState) -> Stepped | Approval:
        return await act.visit.web.lifecycle.steps.take_verification(act.record.id, stated, by=by, seen=read)

    return await carried_out(act, acting, _form)
