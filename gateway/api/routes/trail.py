"""Calls about a declaration's audit trail: its events, its explanations, and the messages themselves."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.schemas import answers as models
from gateway.api.schemas.explanation import ExplanationBody
from gateway.api.views import declaration as resources
from gateway.api.views import explanation as explaining
from gateway.beside import beside_if_large
from gateway.domain.errors import NotKnown
from gateway.domain.events import SealedEvent

ONE = f"{resources.COLLECTION}/{{record_id}}"
AT_ONCE = 1_000
"""Events read in one go."""

Id = Annotated[str, Path(description="The declaration's id")]


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""

    async def events(
        request: Request,
        record_id: Id,
        after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
        limit: Annotated[int, Query(ge=1, le=AT_ONCE)] = AT_ONCE,
    ) -> Response:
        """Gives the events behind number `after`, each with the hash that chains it to all before it."""
        caller = context.caller(request, Call.EVENTS)
        record = await context.read(caller, record_id, Call.EVENTS)
        found = await context.lifecycle.events(record.id, after, limit)
        return json(resources.events(found, limit, caller, most=context.settings.limits.page_bytes))

    async def explanation(
        request: Request,
        record_id: Id,
        version: Annotated[int | None, Query(ge=1, le=9_999)] = None,
        decision: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    ) -> Response:
        """Gives why a decision is what it is, as text and as data; without a number the newest one of the version."""
        caller = context.caller(request, Call.EXPLANATION)
        record = await context.read(caller, record_id, Call.EXPLANATION, version)
        found = await context.lifecycle.explain(record, decision)
        if not await context.was_party(caller, found.record):
            raise NotKnown
        wording = context.wording(request)
        texts = context.explanations[wording.language]
        # Of a large declaration it is a long text.
        written = await beside_if_large(
            found.record.size, lambda: explaining.explanation(found, caller, wording, texts)
        )
        return json(written, wording=wording)

    async def evidence(request: Request, record_id: Id) -> Response:
        """Gives the digests of all messages that the trail cites."""
        caller = context.caller(request, Call.EVIDENCE)
        record = await context.read(caller, record_id, Call.EVIDENCE)
        found = tuple([event async for event in _all(context, record.id)])
        return json(resources.evidence(found, record.id))

    async def message(
        request: Request, record_id: Id, digest: Annotated[str, Path(pattern=r"^sha256:[0-9a-f]{64}$")]
    ) -> Response:
        """Gives the bytes of a message that the trail cites, as they were exchanged, without credentials."""
        caller = context.caller(request, Call.EVIDENCE)
        record = await context.read(caller, record_id, Call.EVIDENCE)
        found = await context.lifecycle.evidence(record.id, digest)
        if found is None:
            raise NotKnown("The declaration's trail cites no such message, or it was erased.")
        # A message from elsewhere is never shown as a page of ours.
        headers = {"Content-Disposition": f'attachment; filename="{digest[7:]}"', "Content-Security-Policy": "sandbox"}
        return Response(found, media_type="application/octet-stream", headers=headers)

    async def export(request: Request, record_id: Id) -> Response:
        """Gives all that is stored of the declaration in one zip, with a program that verifies it; the gateway notes who took it."""
        caller = context.caller(request, Call.EXPORT)
        record = await context.read(caller, record_id, Call.EXPORT)
        made = await context.lifecycle.export(record.id, by=caller.actor())
        headers = {"Content-Disposition": f'attachment; filename="case-{record.id}.zip"', "Cache-Control": "no-store"}
        return Response(made.content, media_type="application/zip", headers=headers)

    tagged: dict[str, Any] = {"tags": ["trail"]}
    app.add_api_route(f"{ONE}/events", events, methods=["GET"], **tagged, **documented({200: models.EventPage}))
    app.add_api_route(
        f"{ONE}/explanation", explanation, methods=["GET"], **tagged, **documented({200: ExplanationBody})
    )
    app.add_api_route(f"{ONE}/evidence", evidence, methods=["GET"], **tagged, **documented({200: models.EvidenceList}))
    described = documented({})
    described["responses"][200] = {
        "description": "The bytes",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
    app.add_api_route(f"{ONE}/evidence/{{digest}}", message, methods=["GET"], **tagged, **described)
    zipped = documented({})
    zipped["responses"][200] = {
        "description": "The zip",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
    app.add_api_route(f"{ONE}/export", export, methods=["GET"], **tagged, **zipped)


async def _all(context: ApiContext, record_id: str) -> AsyncIterator[SealedEvent]:
    after = 0
    while found := await context.lifecycle.events(record_id, after, AT_ONCE):
        for event in found:
            yield event
        if len(found) < AT_ONCE:
            return
        after = found[-1].seq
