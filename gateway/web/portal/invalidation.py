"""Withdrawing a declaration, or applying for its invalidation."""

from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid, Conflict, DeclarationRefused, GatewayError
from gateway.domain.record import ReadState, Record
from gateway.domain.subject import Room
from gateway.domain.tables.applications import ApplicationKind
from gateway.web.context import WebContext
from gateway.web.portal.address import DECLARATIONS, declaration_address, must_be_known
from gateway.web.portal.declaration import own_reading, trader_acts
from gateway.web.portal.grounds import grounds_of, offered_grounds
from gateway.web.portal.todo import trader_verdict
from gateway.web.route import route
from gateway.web.visit import Visit

_TEMPLATE = "portal/invalidation.html"


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, f"{DECLARATIONS}/{{id}}/invalidate", _invalidate, room=Room.PORTAL, methods=("GET", "POST"))


async def _invalidate(visit: Visit) -> Response:
    caller, cases = visit.caller, visit.web.cases
    caller.must_be_allowed(Call.INVALIDATE)
    must_be_known(visit)
    record = await cases.read(caller, DeclarationName.of_text(visit.request.path_params["id"]), Call.READ)
    reading = await own_reading(visit, record)
    acts, decision = trader_acts(reading.declared), reading.declared["decision"]
    typed = await visit.typed()
    around: dict[str, Any] = {
        "current": "declarations",
        "declared": reading.declared,
        "verdict": trader_verdict(reading, visit.web.systems(visit.language)),
        "acts": acts,
        "grounds": offered_grounds(visit, reading, ApplicationKind.INVALIDATION) if acts.invalidate_applies else (),
        "typed": {name: typed.get(name, "") for name in ("grounds", "reason")},
        "here_case": declaration_address(record.id),
        "read": (record.version, decision["number"] if decision is not None else 0),
    }
    if visit.request.method == "GET":
        return visit.page(_TEMPLATE, is_kept=bool(typed), **around)
    try:
        return await _sent(visit, record)
    except GatewayError as error:
        if not isinstance(error, Conflict | CallInvalid | DeclarationRefused):
            raise
        kind = "conflict" if isinstance(error, Conflict) else "words" if isinstance(error, CallInvalid) else "too_late"
        return visit.page(_TEMPLATE, status=error.status, fault=kind, **around)


async def _sent(visit: Visit, record: Record) -> Response:
    caller, grounds = visit.caller, grounds_of(visit)
    step = await visit.web.lifecycle.steps.invalidate(
        record.id,
        reason=grounds.statement or grounds.name or "not stated",
        by=caller.actor(),
        asker=caller.asker,
        grounds=grounds,
        seen=_read(visit),
    )
    await visit.drop_draft()
    return visit.onward_done(declaration_address(record.id), "applied" if step.application else "invalidated")


def _read(visit: Visit) -> ReadState:
    parts = [visit.form.get(name, "") for name in ("version", "decision")]
    if not all(part.isascii() and part.isdecimal() and len(part) <= 9 for part in parts):
        raise CallInvalid("The form says which decision was read.")
    return ReadState(version=int(parts[0]), decision=int(parts[1]))
