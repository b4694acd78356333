"""The call that lists who read a case."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call, Proof
from gateway.api.context import ApiContext, documented, json
from gateway.api.routes.trail import ONE
from gateway.api.views import pages as paging
from gateway.api.views.pages import filled
from gateway.domain.codec import encode
from gateway.domain.reading import Reading


class ReadingBody(BaseModel):
    """A part of a declaration that a person read."""

    number: int
    at: datetime
    version: int
    what: Call
    """The call by which it was read."""
    name: str
    """Of the key, the certificate or the subject."""
    person: str | None
    """None: it is erased."""
    role: str
    proven: Proof


class ReadingPage(BaseModel):
    """A page of readings, the newest first."""

    items: list[ReadingBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""
    page_bytes = context.settings.limits.page_bytes

    @app.get(f"{ONE}/readings", tags=["trail"], **documented({200: ReadingPage}))
    async def readings(
        request: Request,
        record_id: Annotated[str, Path(description="The declaration's id")],
        cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> Response:
        """Gives which persons read what of a declaration, the newest first; what machines read is not written down."""
        caller = context.caller(request, Call.READINGS)
        record = await context.seen(request, caller, record_id)
        found = await context.lifecycle.readings.page(
            record.id, before=int(cursor) if cursor else None, limit=limit + 1
        )
        items, last = filled(found, reading_body, lambda one: one.number, limit=limit, most=page_bytes)
        return json(encode({"items": items, "next": paging.cursor(last)}))


def reading_body(one: Reading) -> dict[str, Any]:
    """Return a reading as it is shown."""
    reader = one.reader
    shown = {"number": one.number, "at": one.at, "version": one.version, "what": one.what, "name": reader.name}
    return {**shown, "person": reader.person, "role": reader.role, "proven": reader.proven}
