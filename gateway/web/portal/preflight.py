"""The check of a file before it is lodged: what is wrong with it, or what it would get; nothing of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api import checks
from gateway.domain.codec import decode
from gateway.domain.errors import GatewayError
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.case_view import Body, CaseReading, stands_against
from gateway.web.context import WebContext
from gateway.web.form_with_file import NAME
from gateway.web.portal.address import PREFLIGHT, must_be_known
from gateway.web.portal.file_lines import Remark, file_lines
from gateway.web.portal.own_documents import own_documents
from gateway.web.portal.sent_declaration import (
    SentDeclaration,
    is_about_the_file,
    no_store,
    refused_page,
    sent_declaration,
)
from gateway.web.portal.todo import Todo, TraderVerdict, trader_verdict
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_TEMPLATE = "portal/preflight.html"


def register(app: Starlette, web: WebContext) -> None:
    """Serve the check."""
    route(app, web, PREFLIGHT, _preflight, room=Room.PORTAL, methods=("GET", "POST"), takes_file=True)


async def _preflight(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.PREFLIGHT)
    must_be_known(visit)
    if visit.request.method == "GET":
        return visit.page(_TEMPLATE, kept_name=(await visit.draft()).get(NAME, ""), **_around(visit))
    await visit.drop_draft()
    sent = sent_declaration(visit)
    if sent is None:
        return no_store(visit.page(_TEMPLATE, status=422, is_missing=True, **_around(visit)))
    try:
        body = await checked(visit, sent)
    except GatewayError as error:
        if is_about_the_file(error):
            return refused_page(visit, _TEMPLATE, sent, error, **_around(visit))
        raise
    reading = forecast_reading(visit, body)
    findings = [one for one in reading.declared["decision"]["findings"] if stands_against(one)]
    remarks = remarks_of(findings)
    return no_store(
        visit.page(
            _TEMPLATE,
            sent=sent,
            remarks=remarks,
            lines=file_lines(sent.content, remarks) if remarks else None,
            verdict=forecast_verdict(visit, reading),
            documents=own_documents(reading),
            not_known=body["not_known"],
            format_title=(body["format"] or {}).get("title", ""),
            **_around(visit),
        )
    )


async def checked(visit: Visit, sent: SentDeclaration, *, amends: Record | None = None) -> Body:
    """Return what a declaration would get now, as the API answers it; `amends`: as the next version of that one.

    Raises:
        GatewayError: it cannot be taken, or not now.
    """
    api, wording = visit.web.api, visit.web.cases.wording([visit.language])
    checks.charged(api, visit.request, visit.caller)
    answer = await checks.preflight(api, visit.request, visit.caller, sent.content, None, wording, amends=amends)
    body: Body = decode(answer, dict)
    return body


def forecast_reading(visit: Visit, body: Body) -> CaseReading:
    """Return the answer of a check as what can be read of a declaration that is not lodged."""
    wording = visit.web.cases.wording([visit.language])
    declared = {
        "state": "decided",
        "release": None,
        "clocks": (),
        "documents": body["documents"],
        "decision": body["decision"],
    }
    return CaseReading(
        declared=declared,
        why=None,
        is_newest=True,
        acts=False,
        wording=wording,
        words=visit.web.cases.explanations[wording.language],
        templates=visit.templates,
        times=Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates),
    )


def forecast_verdict(visit: Visit, reading: CaseReading) -> TraderVerdict:
    """Return the verdict of a declaration that is not lodged."""
    found = trader_verdict(reading, visit.web.systems(visit.language))
    todo = [replace(one, until=_by_when(visit, one)) for one in found.todo]
    sentence = visit.text(f"preflight.would_{reading.declared['decision']['effect']}")
    return replace(found, sentence=sentence, todo=todo)


def _by_when(visit: Visit, one: Todo) -> str:
    if one.is_yours:
        return visit.text("preflight.before_lodging")
    return visit.text("preflight.once_lodged") if one.by_customs else one.until


def remarks_of(findings: Sequence[Mapping[str, object]]) -> Sequence[Remark]:
    """Return what is said of lines because of findings, alike ones once."""
    found = {
        (one["line"], one["message"]): Remark(
            line=one["line"] if isinstance(one["line"], int) else None,
            message=f"{one['message']} {one['remedy']}",
            small=str(one["code"]),
            is_fault=False,
        )
        for one in findings
    }
    return list(found.values())


def _around(visit: Visit) -> dict[str, Any]:
    settings = visit.web.settings
    return {
        "current": "preflight",
        "megabytes": settings.limits.body_bytes // 1_000_000,
        "per_minute": settings.security.preflights_per_minute,
    }
