"""The page by which an officer states that an authority was told of a release in another way."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.domain.actions import ActionName
from gateway.domain.approval import Approval
from gateway.domain.document import DocumentKey
from gateway.domain.record import ReadState
from gateway.domain.subject import Room
from gateway.lifecycle import Stepped
from gateway.web.console.act_page import CASES, OpenAct, carried_out, opened
from gateway.web.console.case_reports import open_reports
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{CASES}/{{id}}/reported", _reported, room=Room.CONSOLE, methods=("GET", "POST"))


async def _reported(visit: Visit) -> Response:
    # Whoever may correct what an authority has of a release may say what it was told of it.
    act = await opened(visit, ActionName.INTERVENE)
    if visit.request.method == "GET":
        return await _form(act)
    found = await _open(act)
    chosen = act.form.one_of("report", frozenset(found), needed=visit.text("act.choose_report"))
    reason = act.form.words("reason", needed=visit.text("act.say_why"))
    if chosen is None or reason is None:
        return await _form(act, status=422)
    step, document = found[chosen]

    async def acting(read: ReadState) -> Stepped | Approval:
        by = visit.caller.actor()
        return await visit.web.lifecycle.steps.report_made(
            act.record.id, step, document, reason=reason, by=by, seen=read
        )

    return await carried_out(act, acting, _form)


async def _open(act: OpenAct) -> dict[str, tuple[int, DocumentKey]]:
    """Return the reports that are not made yet, by what stands for each in the form."""
    return open_reports(await act.visit.web.cases.reports(act.record, act.visit.caller) or ())


async def _form(act: OpenAct, *, status: int = 200, changed: str = "") -> Response:
    visit, found = act.visit, list(await _open(act))
    if not found and not changed:
        return act.page(
            "not_now.html", status=409, message=visit.text("act.no_report"), heading=visit.text("act.heading_reported")
        )
    return act.page(
        "reported.html",
        status=status,
        changed=changed,
        reports=found,
        chosen=act.form.get("report") or (found[0] if found else ""),
        happens=[visit.text("act.reported_no_more"), visit.text("act.reported_checked")],
    )
