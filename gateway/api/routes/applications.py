"""Calls about applications (UCC Art. 173, 174): reading them, granting and refusing them."""

import uuid
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.places import LONGEST, PlaceIn
from gateway.api.requests import call
from gateway.api.schemas import bodies
from gateway.api.views import pages as paging
from gateway.api.views.declaration import location
from gateway.api.views.pages import filled
from gateway.domain.application import Application, ApplicationState, RefusedBecause
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.errors import NotKnown
from gateway.domain.permission import Party
from gateway.domain.tables.applications import ApplicationKind

BASE = "/v1/applications"
Id = Annotated[str, Path(description="The application's id")]


class ApplicationOf(BaseModel):
    """The declaration that an application speaks of."""

    id: str
    lrn: str
    mrn: str | None
    version: int
    """The version: with another one the application is refused by itself."""
    link: str


class ApplicationDecided(BaseModel):
    """How an application ended."""

    granted: bool
    because: RefusedBecause | None
    """Why it was refused: by customs, or by itself."""
    reason: str | None
    """In the words of customs; null: refused by itself, or erased."""
    at: datetime
    officer: str | None
    """Not told to traders."""


class ApplicationBody(BaseModel):
    """An application: nothing of it moves before it is granted."""

    id: str
    kind: ApplicationKind
    state: ApplicationState
    declaration: ApplicationOf
    grounds: str
    """A row of `applications.toml`."""
    reason: str | None
    """In the applicant's own words."""
    party: Party
    applicant: str | None
    applied_at: datetime
    last_day: date | None
    """Until when it could be made; null: there is no limit."""
    content: str | None
    """The digest of the amended declaration."""
    decision: ApplicationDecided | None
    withdrawn_at: datetime | None
    """When a party took it back."""
    link: str


class ApplicationPage(BaseModel):
    """A page of applications, the newest first."""

    items: list[ApplicationBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    page_bytes = context.settings.limits.page_bytes
    limit = context.settings.limits.body_bytes

    async def applications(
        request: Request,
        state: Annotated[ApplicationState | None, Query(description="Only these: `open` are to be decided")] = None,
        kind: Annotated[ApplicationKind | None, Query(description="Only these")] = None,
        declaration: Annotated[
            str | None, Query(max_length=36, description="Only those of this declaration: id, MRN or LRN")
        ] = None,
        cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives the applications, the newest first; a trader's are those of the declarations that it may see."""
        caller = context.caller(request, Call.APPLICATIONS)
        found = await context.lifecycle.applications.page(
            declaration=await context.id_of(caller, declaration),
            state=state,
            kind=kind,
            eoris=caller.eoris,
            before=await context.places.number(caller, PlaceIn.APPLICATIONS, cursor),
            limit=limit + 1,
            offices=caller.offices_for(Call.APPLICATIONS),
        )
        items, last = filled(
            found, lambda one: application_body(one, caller), lambda one: one.number, limit=limit, most=page_bytes
        )
        following = await context.places.written(caller, PlaceIn.APPLICATIONS, paging.cursor(last))
        return json(encode({"items": items, "next": following}))

    async def application(request: Request, application_id: Id) -> Response:
        """Gives an application."""
        caller = context.caller(request, Call.APPLICATIONS)
        return json(encode(application_body(await seen(caller, application_id), caller)))

    async def decide(request: Request, application_id: Id) -> Response:
        """Grants an application, whose amendment or invalidation is then carried out, or refuses it."""
        caller = context.caller(request, Call.DECIDE_APPLICATION)
        payload = await call(request, limit, bodies.ApplicationDecision)
        known = await seen(caller, application_id)
        decided, _ = await context.lifecycle.applications.decide(
            known.id, grant=payload.grant, reason=payload.reason, by=caller.actor(payload.officer), asker=caller.asker
        )
        return json(encode(application_body(decided, caller)))

    async def withdraw(request: Request, application_id: Id) -> Response:
        """Takes an application back, by a party that may make such ones; nothing of it moves any more."""
        caller = context.caller(request, Call.WITHDRAW_APPLICATION)
        known = await seen(caller, application_id)
        withdrawn = await context.lifecycle.applications.withdraw(known.id, by=caller.actor(), asker=caller.asker)
        return json(encode(application_body(withdrawn, caller)))

    async def seen(caller: Caller, application_id: str) -> Application:
        try:
            found = await context.lifecycle.applications.get(str(uuid.UUID(application_id)))
        except ValueError:
            raise NotKnown("There is no such application.") from None
        if caller.eoris is not None and caller.eoris.isdisjoint(found.eoris):
            raise NotKnown("There is no such application.")
        if not await context.at_their_offices(caller, (found.declaration,)):
            raise NotKnown("There is no such application.")
        return found

    tagged: dict[str, Any] = {"tags": ["applications"]}
    app.add_api_route(BASE, applications, methods=["GET"], **tagged, **documented({200: ApplicationPage}))
    one = f"{BASE}/{{application_id}}"
    app.add_api_route(one, application, methods=["GET"], **tagged, **documented({200: ApplicationBody}))
    app.add_api_route(one, withdraw, methods=["DELETE"], **tagged, **documented({200: ApplicationBody}))
    app.add_api_route(
        one, decide, methods=["POST"], **tagged, **documented({200: ApplicationBody}, body=bodies.ApplicationDecision)
    )


def answer(context: ApiContext, request: Request, application: Application, caller: Caller) -> Response:
    """Answer a call that became an application: 202 until it is decided."""
    status = HTTPStatus.ACCEPTED if application.is_open else HTTPStatus.OK
    response = json(encode(application_body(application, caller)), status)
    response.headers["Location"] = f"{BASE}/{application.id}"
    return response


def application_body(application: Application, caller: Caller) -> dict[str, Any]:
    """Return an application as a JSON object; of customs a trader is told no officer."""
    applied, ruling = application.applied, application.decided
    decision = None
    withdrawn = application.state is ApplicationState.WITHDRAWN
    if application.decided_at is not None and not withdrawn:
        decision = {
            "granted": application.state is ApplicationState.GRANTED,
            "because": application.because,
            "reason": ruling.reason if ruling is not None else None,
            "at": application.decided_at.astimezone(UTC),
            "officer": ruling.by.person if ruling is not None and not caller.sees_as_trader else None,
        }
    return {
        "id": application.id,
        "kind": application.kind,
        "state": application.state,
        "declaration": {
            "id": application.declaration,
            "lrn": application.lrn,
            "mrn": application.mrn,
            "version": application.version,
            "link": location(application.declaration),
        },
        "grounds": application.grounds,
        "reason": applied.reason if applied is not None else None,
        "party": application.party,
        "applicant": applied.by.person if applied is not None else None,
        "applied_at": application.applied_at,
        "last_day": application.last_day,
        "content": application.content,
        "decision": decision,
        "withdrawn_at": in_utc(application.decided_at) if withdrawn else None,
        "link": f"{BASE}/{application.id}",
    }
