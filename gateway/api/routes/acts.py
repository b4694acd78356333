"""The call that lists what officers did by their own judgement: overrides, verifications, interventions, granted applications."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.schemas import bodies
from gateway.api.views import actors
from gateway.api.views import pages as paging
from gateway.api.views.declaration import location
from gateway.api.views.pages import filled
from gateway.domain.acts import ActKind, ListedAct
from gateway.domain.codec import encode

BASE = "/v1/acts"
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_ALL = datetime(9999, 1, 1, tzinfo=UTC)


class ListedActBody(actors.ActBody):
    """An act with the declaration that it was about."""

    number: int
    kind: ActKind
    declaration: actors.AboutDeclaration


class ActPage(BaseModel):
    """A page of acts, the newest first."""

    items: list[ListedActBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""
    page_bytes = context.settings.limits.page_bytes

    @app.get(BASE, tags=["acts"], **documented({200: ActPage}))
    async def acts(
        request: Request,
        kind: Annotated[ActKind | None, Query(description="Only these")] = None,
        since: Annotated[bodies.Moment | None, Query(description="Not before")] = None,
        until: Annotated[bodies.Moment | None, Query(description="Before")] = None,
        person: Annotated[
            str | None, Query(min_length=1, max_length=80, description="Who did or approved it: a name, or a key's id")
        ] = None,
        cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives overrides, manual verifications, interventions and granted applications, the newest first, with who and why."""
        caller = context.caller(request, Call.ACTS)
        found = await context.lifecycle.acts.page(
            kinds=tuple(ActKind) if kind is None else (kind,),
            since=since or _BEFORE_ALL,
            until=until or _AFTER_ALL,
            person=person,
            before=int(cursor) if cursor else None,
            limit=limit + 1,
            offices=caller.offices_for(Call.ACTS),
        )
        items, last = filled(found, _body, lambda one: one.number, limit=limit, most=page_bytes)
        return json(encode({"items": items, "next": paging.cursor(last)}))


def _body(one: ListedAct) -> dict[str, Any]:
    about = {"id": one.id, "lrn": one.lrn, "mrn": one.mrn, "link": location(one.id)}
    return {"number": one.number, "kind": one.kind, "declaration": about, **asdict(one.act)}
