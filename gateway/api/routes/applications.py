"""Calls about applications (UCC Art. 173, 174): reading them, granting and refusing them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.applications import seen
from gateway.api.context import ApiContext, documented, json
from gateway.api.places import LONGEST, PlaceIn
from gateway.api.requests import call
from gateway.api.schemas import bodies
from gateway.api.views import pages as paging
from gateway.api.views.applications import BASE, ApplicationBody
from gateway.api.views.pages import filled
from gateway.domain.application import Application, ApplicationState
from gateway.domain.codec import encode
from gateway.domain.tables.applications import ApplicationKind

Id = Annotated[str, Path(description="The application's id")]


class ApplicationPage(BaseModel):
    """A page of applications, the newest first."""

    items: list[ApplicationBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    page_bytes = context.settings.limits.page_bytes
    limit = context.settings.limits.body_bytes

    def body(one: Application, caller: Caller) -> ApplicationBody:
        return ApplicationBody.of(one, caller, context.lifecycle.limits)

    one = f"{BASE}/{{application_id}}"

    @app.get(BASE, tags=["applications"], **documented({200: ApplicationPage}))
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
        items, last = filled(found, lambda one: body(one, caller), lambda one: one.number, limit=limit, most=page_bytes)
        following = await context.places.written(caller, PlaceIn.APPLICATIONS, paging.cursor(last))
        return json(encode({"items": items, "next": following}))

    @app.get(one, tags=["applications"], **documented({200: ApplicationBody}))
    async def application(request: Request, application_id: Id) -> Response:
        """Gives an application."""
        caller = context.caller(request, Call.APPLICATIONS)
        return json(encode(body(await seen(context.case, caller, application_id), caller)))

    @app.delete(one, tags=["applications"], **documented({200: ApplicationBody}))
    async def withdraw(request: Request, application_id: Id) -> Response:
        """Takes an application back, by a party that may make such ones; nothing of it moves any more."""
        caller = context.caller(request, Call.WITHDRAW_APPLICATION)
        known = await seen(context.case, caller, application_id)
        withdrawn = await context.lifecycle.applications.withdraw(known.id, by=caller.actor(), asker=caller.asker)
        return json(encode(body(withdrawn, caller)))

    @app.post(one, tags=["applications"], **documented({200: ApplicationBody}, body=bodies.ApplicationDecision))
    async def decide(request: Request, application_id: Id) -> Response:
        """Grants an application, whose amendment or invalidation is then carried out, or refuses it."""
        caller = context.caller(request, Call.DECIDE_APPLICATION)
        payload = await call(request, limit, bodies.ApplicationDecision)
        known = await seen(context.case, caller, application_id)
        decided, _ = await context.lifecycle.applications.decide(
            known.id, grant=payload.grant, reason=payload.reason, by=caller.actor(payload.officer), asker=caller.asker
        )
        return json(encode(body(decided, caller)))


def answer(context: ApiContext, request: Request, application: Application, caller: Caller) -> Response:
    """Answer a call that became an application: 202 until it is decided."""
    status = HTTPStatus.ACCEPTED if application.is_open else HTTPStatus.OK
    response = json(encode(ApplicationBody.of(application, caller, context.lifecycle.limits)), status)
    response.headers["Location"] = f"{BASE}/{application.id}"
    return response
