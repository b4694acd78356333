"""The pages of risk information that is owed, for analysts alone: what and since when, the draft of each, and what was done."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import Conflict
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.controls.pages.pack_view import OWED, PACKS
from gateway.wings.controls.risk.analysts import analyst_of
from gateway.wings.controls.risk.ledger import DoneAbout, ToldInformation
from gateway.wings.controls.risk.owed import ConfirmedBy, DraftedInformation, OwedInformation, RiskInformation

_MOST_REFERENCE, _MOST_WORDS = 70, 2_000


def register(app: Starlette, web: WebContext, information: Callable[[], RiskInformation]) -> None:
    """Serve the list, and each draft with its form."""
    route(app, web, OWED, partial(_list, information), room=Room.CONSOLE)
    both = ("GET", "POST")
    address = f"{OWED}/{{record_id}}/{{event:int}}"
    route(app, web, address, partial(_one, information), room=Room.CONSOLE, methods=both, keeps_typed=False)


async def _list(information: Callable[[], RiskInformation], visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.PACKS)
    analyst_of(visit.caller, visit.web.settings)
    known_parameters(visit, "done", "mark")
    owed = await information().owed()
    return visit.page(
        "controls/owed.html",
        current="controls",
        zone=visit.web.calendar.zone,
        rows=[_row(visit, one) for one in owed.oldest],
        many=owed.many,
        packs=PACKS,
        done=visit.was_done(),
    )


async def _one(information: Callable[[], RiskInformation], visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.PACKS)
    by = analyst_of(visit.caller, visit.web.settings)
    known_parameters(visit)
    record_id, event = visit.request.path_params["record_id"], visit.request.path_params["event"]
    found = information()
    draft = await found.draft(record_id, event)
    form, status = ActForm(visit, visit.form), 200
    if visit.request.method == "POST":
        told, status = _told(form, record_id, event), 422
        if told is not None:
            try:
                await found.tell(told, by=by)
                return visit.onward_done(OWED, told.done)
            except Conflict as error:
                form.fault("act", visit.text("controls.owed_conflict"))
                status = error.status
    return visit.page(
        "controls/owed_draft.html",
        status=status,
        current="controls",
        zone=visit.web.calendar.zone,
        form=form,
        typed=form.typed,
        draft=draft,
        pairs=[(visit.text(f"controls.draft_{name}"), value) for name, value in _pairs(visit, draft) if value],
        since=times_of(visit).moment(draft.since),
        href=f"{CASES}/{draft.declaration}",
        owed=OWED,
    )


def _told(form: ActForm, record_id: str, event: int) -> ToldInformation | None:
    """Return what was typed; None: something of it is wrong, which the form says."""
    text = form.visit.text
    done = form.one_of("done", frozenset(DoneAbout), needed=text("controls.owed_choose"))
    exchanged = done == DoneAbout.EXCHANGED
    reference = form.words("reference", needed=text("controls.owed_no_reference"), most=_MOST_REFERENCE) if exchanged else None  # fmt: skip
    words = form.words("words", needed=text("controls.owed_no_words"), most=_MOST_WORDS) if done and not exchanged else None  # fmt: skip
    if form.faults or done is None:
        return None
    return ToldInformation(declaration=record_id, event=event, done=DoneAbout(done), reference=reference, words=words)


def _pairs(visit: Visit, draft: DraftedInformation) -> list[tuple[str, str | None]]:
    return [
        ("marking", draft.marking),
        ("basis", draft.basis),
        ("mrn", draft.mrn),
        ("office", draft.office),
        ("about", f"{visit.text(f'controls.about_{draft.about}')} {draft.number}"),
        ("found", draft.title or draft.found),
        ("types", ", ".join(draft.types)),
        ("duty_change", draft.duty_change),
        *((role, eori) for role, eori in draft.parties.items()),
        ("transport_documents", ", ".join(draft.transport_documents)),
        ("containers", ", ".join(draft.containers)),
    ]


def _row(visit: Visit, one: OwedInformation) -> Mapping[str, Any]:
    now = visit.web.lifecycle.now()
    found = visit.text(f"controls.owed_{one.found}") if one.about is ConfirmedBy.SUSPENSION else one.found or ""
    return {
        "declaration": one.mrn or one.declaration,
        "href": f"{OWED}/{one.declaration}/{one.event}",
        "about": f"{visit.text(f'controls.about_{one.about}')} {one.number}",
        "found": found,
        "since": times_of(visit).moment(one.since),
        "days": max((now - one.since).days, 0),
    }
