"""The suspensions of a declaration for its parties: those of which they are told, and the words that they may say."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.permission import Party
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.context import WebContext
from gateway.web.portal.address import DECLARATIONS, declaration_address, must_be_known
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.suspensions.acts import Saying
from gateway.wings.suspensions.bodies import suspension_body
from gateway.wings.suspensions.fold import by_told_number
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.pages.stated_form import fields_of, refusal_of, stated_in
from gateway.wings.suspensions.pages.suspension_view import SuspensionView
from gateway.wings.suspensions.steps import SuspensionSteps, may_answer
from gateway.wings.suspensions.suspension import Suspension


def register(app: Starlette, web: WebContext, kept: KeptSuspensions, steps: SuspensionSteps) -> None:
    """Serve the page, and the form of a word."""
    here = f"{DECLARATIONS}/{{id}}/suspensions"
    route(app, web, here, partial(_listed, kept), room=Room.PORTAL)
    route(app, web, f"{here}/{{number:int}}", partial(_say, kept, steps), room=Room.PORTAL, methods=("GET", "POST"))


async def _read(visit: Visit, call: Call) -> tuple[Record, Party]:
    """Return the declaration, and which of its parties the reader is."""
    caller = visit.caller
    caller.must_be_allowed(call)
    name = DeclarationName.of_text(visit.request.path_params["id"])
    record = await visit.web.cases.read(caller, name, Call.SUSPENSIONS)
    return record, await visit.web.lifecycle.permissions.party(caller.asker, record)


async def _listed(kept: KeptSuspensions, visit: Visit) -> Response:
    record, party = await _read(visit, Call.SUSPENSIONS)
    must_be_known(visit, "done", "mark")
    view, here = SuspensionView.of(visit), f"{declaration_address(record.id)}/suspensions"
    shown = []
    for number, one in by_told_number(await kept.of(record.id)).items():
        row = view.row(suspension_body(record.id, one, as_party=True, number=number))
        words = [
            (view.word(word), f"{here}/{number}?{urlencode({'word': word})}") for word in _words(record, one, party)
        ]
        shown.append((row, words))
    return visit.page("suspensions/own.html", **_around(record), shown=shown, done=visit.was_done())


async def _say(kept: KeptSuspensions, steps: SuspensionSteps, visit: Visit) -> Response:
    record, party = await _read(visit, Call.SUSPENSION_WORD)
    must_be_known(visit, "word")
    number, word = visit.request.path_params["number"], visit.asked("word")
    known = by_told_number(await kept.of(record.id)).get(number)
    row = known.terms.word(word) if known is not None else None
    # Of a suspension of which they are not told, parties read what they read where there is none.
    if known is None or row is None or not may_answer(known, word, party):
        raise NotKnown("There is no such suspension.")
    view, form = SuspensionView.of(visit), await ActForm.of(visit)
    fields = fields_of(view, row.needs)

    def page(status: int = 200) -> Response:
        return visit.page(
            "suspensions/own_say.html",
            status=status,
            **_around(record),
            row=view.row(suspension_body(record.id, known, as_party=True, number=number)),
            heading=view.word(word),
            fields=fields,
            form=form,
            typed=form.typed,
        )

    if visit.request.method == "GET":
        return page()
    saying, reason = Saying(name=word, stated=stated_in(form, fields)), form.words("reason")
    if form.faults:
        return page(422)
    caller = visit.caller
    try:
        await steps.say(record.id, known.number, saying, by=caller.actor(), asker=caller.asker, reason=reason)
    except (Conflict, CallInvalid) as error:
        form.fault("act", refusal_of(visit, error))
        return page(error.status)
    await visit.drop_draft()
    return visit.onward_done(f"{declaration_address(record.id)}/suspensions", "said")


def _words(record: Record, suspension: Suspension, party: Party) -> Iterator[str]:
    for word in suspension_body(record.id, suspension, as_party=True)["words_open"]:
        if may_answer(suspension, word, party):
            yield word


def _around(record: Record) -> dict[str, Any]:
    here = declaration_address(record.id)
    return {
        "current": "declarations",
        "lrn": record.lrn,
        "mrn": record.mrn or "",
        "here_case": here,
        "here_all": f"{here}/suspensions",
    }
