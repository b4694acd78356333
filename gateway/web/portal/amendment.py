"""Amending a declaration by a file or by single fields, or applying for it: what it would get stands beside the decision now."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import Conflict, GatewayError
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.domain.tables.applications import ApplicationKind
from gateway.web.console.case_view import CaseReading
from gateway.web.context import WebContext
from gateway.web.form_with_file import NAME
from gateway.web.portal.address import DECLARATIONS, declaration_address, must_be_known
from gateway.web.portal.declaration import TraderActs, own_reading, trader_acts
from gateway.web.portal.field_form import VERSION, FieldForm, field_form, hidden_fields, no_form, shown_changes
from gateway.web.portal.grounds import grounds_of, offered_grounds
from gateway.web.portal.own_documents import own_documents
from gateway.web.portal.preflight import checked, forecast_reading, forecast_verdict
from gateway.web.portal.sent_declaration import (
    SentDeclaration,
    is_about_the_file,
    no_store,
    refused_page,
    sent_declaration,
)
from gateway.web.portal.sent_message import sent_address
from gateway.web.portal.todo import trader_verdict
from gateway.web.route import route
from gateway.web.visit import Visit

_TEMPLATE = "portal/amendment.html"
_BY_FIELDS = ("fields", "send_fields")
"""The steps of changing single fields: what it would get, then it is sent."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page that takes an amendment."""
    route(
        app,
        web,
        f"{DECLARATIONS}/{{id}}/amend",
        _amend,
        room=Room.PORTAL,
        methods=("GET", "POST"),
        takes_file=True,
        lodges=True,
    )


async def _amend(visit: Visit) -> Response:
    caller, cases = visit.caller, visit.web.cases
    caller.must_be_allowed(Call.AMEND)
    must_be_known(visit)
    record = await cases.read(caller, DeclarationName.of_text(visit.request.path_params["id"]), Call.READ)
    reading = await own_reading(visit, record)
    typed = await visit.typed()
    around = _around(visit, record, reading, typed)
    around["form"] = form = await _form(visit, record, reading, around["acts"], typed)
    if visit.request.method == "GET":
        return visit.page(_TEMPLATE, kept_name=typed.get(NAME, ""), is_kept=bool(typed), **around)
    if visit.form.get("step") in _BY_FIELDS:
        return await _by_fields(visit, record, form, around)
    sent = sent_declaration(visit)
    if sent is None:
        return no_store(visit.page(_TEMPLATE, status=422, is_missing=True, **around))
    try:
        if visit.form.get("step") == "send":
            return await _sent(visit, record, sent)
        return await _checked(visit, record, sent, around)
    except GatewayError as error:
        if is_about_the_file(error) or isinstance(error, Conflict):
            return refused_page(visit, _TEMPLATE, sent, error, **around)
        raise


async def _form(
    visit: Visit, record: Record, reading: CaseReading, acts: TraderActs, typed: Mapping[str, str]
) -> FieldForm:
    """Return the fields that may be changed here; none where nothing may be amended."""
    if not acts.amend:
        return no_form(visit, record, typed)
    return await field_form(visit, record, reading, typed)


async def _by_fields(visit: Visit, record: Record, form: FieldForm, around: dict[str, Any]) -> Response:
    """Check the next version with its changes, or send it: by the same calls as a file."""
    if form.faults or form.declaration is None:
        return _refused(visit, form, around)
    shown = {**around, "changes": shown_changes(visit, form), "hidden": hidden_fields(form)}
    places: Mapping[str, str] = {}
    try:
        sent, places = form.sent(visit)
        if visit.form["step"] != _BY_FIELDS[1]:
            return await _checked(visit, record, sent, shown)
        if around["grounds"] and not visit.form.get("grounds"):
            # None is chosen beforehand: it is asked for beside the check, and nothing that was typed is lost.
            return await _checked(visit, record, sent, {**shown, "no_grounds": visit.text("applying.fault_grounds")})
        return await _sent(visit, record, sent)
    except (GatewayError, ValueError) as error:
        if isinstance(error, GatewayError) and not (is_about_the_file(error) or isinstance(error, Conflict)):
            raise
        if isinstance(error, GatewayError) and error.violations:
            return _refused(visit, form.refused(visit, error, places), around)
        return _refused(visit, replace(form, faults=[("fields", _reason(visit, error))]), around)


def _refused(visit: Visit, form: FieldForm, around: dict[str, Any]) -> Response:
    status = 409 if visit.form.get(VERSION) != str(form.version) else 422
    return no_store(visit.page(_TEMPLATE, status=status, **{**around, "form": form}))


def _reason(visit: Visit, error: Exception) -> str:
    return visit.text("applying.fault_conflict") if isinstance(error, Conflict) else visit.text("editing.refused")


async def _sent(visit: Visit, record: Record, sent: SentDeclaration) -> Response:
    caller, api = visit.caller, visit.web.api
    step = await visit.web.lifecycle.lodging.amend(
        record.id,
        sent.content,
        None,
        by=caller.actor(),
        asker=caller.asker,
        grounds=grounds_of(visit),
        charge=api.admitted(visit.request).cites,
    )
    api.durable(visit.request, step.record, step.seq)
    await visit.drop_draft()
    done = "applied" if step.application is not None else "sent" if step.fresh else "unchanged"
    return visit.onward_done(declaration_address(record.id), done)


async def _checked(visit: Visit, record: Record, sent: SentDeclaration, around: dict[str, Any]) -> Response:
    """Show what the next version would get; once goods are released that is not told beforehand, and it may be sent."""
    status = 422 if around.get("no_grounds") else 200
    if record.released is not None:
        return no_store(visit.page(_TEMPLATE, status=status, sent=sent, would=None, **around))
    reading = forecast_reading(visit, await checked(visit, sent, amends=record))
    would, documents = forecast_verdict(visit, reading), own_documents(reading)
    return no_store(visit.page(_TEMPLATE, status=status, sent=sent, would=would, documents=documents, **around))


def _around(visit: Visit, record: Record, reading: CaseReading, typed: Mapping[str, str]) -> dict[str, Any]:
    acts = trader_acts(reading.declared)
    return {
        "current": "declarations",
        "declared": reading.declared,
        "verdict": trader_verdict(reading, visit.web.systems(visit.language)),
        "acts": acts,
        "grounds": offered_grounds(visit, reading, ApplicationKind.AMENDMENT) if acts.amend_applies else (),
        "typed": {name: typed.get(name, "") for name in ("grounds", "reason")},
        "here_case": declaration_address(record.id),
        "sent_as": sent_address(visit.caller, record),
        "megabytes": visit.web.settings.limits.body_bytes // 1_000_000,
    }
