"""The calls by which an officer says that they work on a case, and by which officers read who does."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented
from gateway.api.preconditions import is_as_read, tag_of, tagged
from gateway.api.requests import call
from gateway.api.routes.declarations import Id
from gateway.api.routes.trail import ONE
from gateway.api.schemas import bodies
from gateway.domain.codec import encode
from gateway.domain.errors import CaseTaken, PreconditionFailed
from gateway.domain.record import Record

_ANOTHER = "Who works on the case is another by now: get it again; nothing was done."


class CaseOwnerBody(BaseModel):
    """The officer who took a case."""

    person: str
    note: str
    """Their line about it; empty: none."""
    since: datetime
    until: datetime
    """The moment at which it is given back by itself."""


class CaseOpenedBody(BaseModel):
    """Another officer, with the last time that they were shown the case."""

    person: str
    at: datetime


class CaseWorkBody(BaseModel):
    """Who works on a case: told to the other officers, and no right to anything."""

    owner: CaseOwnerBody | None
    """None: nobody took it."""
    opened: list[CaseOpenedBody]
    """The others who were shown it in the last ten minutes."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    limit, owners = context.settings.limits.body_bytes, context.lifecycle.case_owners

    @app.get(f"{ONE}/owner", tags=["declarations"], **documented({200: CaseWorkBody}))
    async def owner(request: Request, record_id: Id) -> Response:
        """Gives who works on a declaration's case, and which other officers were shown it lately."""
        caller = context.caller(request, Call.TAKE_CASE)
        return await _answered(request, await context.seen(request, caller, record_id), beside=caller.actor().person)

    @app.post(f"{ONE}/owner", tags=["declarations"], **documented({200: CaseWorkBody}, body=bodies.CaseTaking))
    async def take(request: Request, record_id: Id) -> Response:
        """Takes a case, or keeps it for its whole time again: it is given back by itself after the hours of its office's row."""
        caller = context.caller(request, Call.TAKE_CASE)
        payload = await call(request, limit, bodies.CaseTaking)
        person = caller.actor(payload.officer).person
        record = await context.seen(request, caller, record_id)
        if not await _is_as_read(request, record, person):
            has = await owners.of(record.id)
            if has is None or (has.person, has.note) != (person, payload.note):
                raise PreconditionFailed(_ANOTHER)
            return await _answered(request, record, beside=person)
        found = await owners.take(record, person=person, note=payload.note)
        if found is not None and found.person != person:
            raise CaseTaken(f"{found.person} has this case until {found.until.isoformat()}.")
        return await _answered(request, record, beside=person)

    @app.delete(f"{ONE}/owner", tags=["declarations"], **documented({200: CaseWorkBody}))
    async def withdraw(
        request: Request,
        record_id: Id,
        officer: Annotated[
            str | None, Query(description="Only where no key is asked for, or by a system that names officers")
        ] = None,
    ) -> Response:
        """Gives a case back that one took; another officer's stays theirs."""
        caller = context.caller(request, Call.TAKE_CASE)
        person = caller.actor(officer).person
        record = await context.seen(request, caller, record_id)
        if not await _is_as_read(request, record, person):
            if await owners.of(record.id) is not None:
                raise PreconditionFailed(_ANOTHER)
            return await _answered(request, record, beside=person)
        await owners.hand_back(record, person=person)
        return await _answered(request, record, beside=person)

    async def _written(record: Record, *, beside: str) -> bytes:
        has = await owners.of(record.id)
        opened = await owners.opened(record, what=Call.EXPLANATION.value, beside=beside)
        return encode({"owner": None if has is None else asdict(has), "opened": [asdict(one) for one in opened]})

    async def _answered(request: Request, record: Record, *, beside: str) -> Response:
        return tagged(request, await _written(record, beside=beside))

    async def _is_as_read(request: Request, record: Record, person: str) -> bool:
        return is_as_read(request, tag_of(await _written(record, beside=person)))
