"""Calls about a declaration's audit trail: its events, its explanations, and the messages themselves."""

from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.routes.declarations import Id
from gateway.api.schemas import answers as models
from gateway.api.schemas.explanation import ExplanationBody
from gateway.api.views import declaration as resources
from gateway.domain.errors import NotKnown
from gateway.history.messages import as_text

ONE = f"{resources.COLLECTION}/{{record_id}}"
AT_ONCE = 1_000
"""Events read in one go."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    described = documented({})
    described["responses"][200] = {
        "description": "The bytes",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
    zipped = documented({})
    zipped["responses"][200] = {
        "description": "The zip",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }

    @app.get(f"{ONE}/events", tags=["trail"], **documented({200: models.EventPage}))
    async def events(
        request: Request,
        record_id: Id,
        after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
        limit: Annotated[int, Query(ge=1, le=AT_ONCE)] = AT_ONCE,
        sentences: Annotated[
            bool, Query(description="Behind each event's hash: what it says, who acted, its messages")
        ] = False,
    ) -> Response:
        """Gives the events behind number `after`, each with the hash that chains it to all before it."""
        caller = context.caller(request, Call.EVENTS)
        record = await context.read(request, caller, record_id, Call.EVENTS)
        wording = context.wording(request) if sentences else None
        written = await context.case.events(record, caller, wording, after=after, limit=limit)
        return json(written, wording=wording)

    @app.get(f"{ONE}/explanation", tags=["trail"], **documented({200: ExplanationBody}))
    async def explanation(
        request: Request,
        record_id: Id,
        version: Annotated[int | None, Query(ge=1, le=9_999)] = None,
        decision: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
        against: Annotated[
            int | None, Query(ge=1, le=2**31 - 1, description="An earlier decision to compare with")
        ] = None,
    ) -> Response:
        """Gives why a decision is what it is, as text and as data; without a number the newest one of the version."""
        caller = context.caller(request, Call.EXPLANATION)
        record = await context.read(request, caller, record_id, Call.EXPLANATION, version)
        wording = context.wording(request)
        written = await context.case.explanation(record, caller, wording, decision=decision, against=against)
        return json(written, wording=wording)

    @app.get(f"{ONE}/evidence", tags=["trail"], **documented({200: models.EvidenceList}))
    async def evidence(request: Request, record_id: Id) -> Response:
        """Gives all messages that the trail cites: by digest, with the time, the way, the authority, the kind and the size."""
        caller = context.caller(request, Call.EVIDENCE)
        record = await context.read(request, caller, record_id, Call.EVIDENCE)
        return json(resources.evidence(await context.lifecycle.cases.messages(record), record.id))

    @app.get(f"{ONE}/evidence/{{digest}}", tags=["trail"], **described)
    async def message(
        request: Request,
        record_id: Id,
        digest: Annotated[str, Path(pattern=r"^sha256:[0-9a-f]{64}$")],
        form: Annotated[Literal["bytes", "text"], Query(description="`text`: to look at, never as a page")] = "bytes",
    ) -> Response:
        """Gives a message that the trail cites, as it was exchanged, without credentials."""
        caller = context.caller(request, Call.EVIDENCE)
        record = await context.read(request, caller, record_id, Call.EVIDENCE)
        found = await context.lifecycle.evidence(record.id, digest)
        if found is None:
            raise NotKnown("The declaration's trail cites no such message, or it was erased.")
        # A message from elsewhere is never shown as a page of ours.
        if form == "text":
            sandboxed = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
            return Response(as_text(found), media_type="text/plain; charset=utf-8", headers=sandboxed)
        headers = {"Content-Disposition": f'attachment; filename="{digest[7:]}"', "Content-Security-Policy": "sandbox"}
        return Response(found, media_type="application/octet-stream", headers=headers)

    @app.get(f"{ONE}/export", tags=["trail"], **zipped)
    async def export(request: Request, record_id: Id) -> Response:
        """Gives all that is stored of the declaration in one zip, with a program that verifies it; the gateway notes who took it."""
        caller = context.caller(request, Call.EXPORT)
        record = await context.read(request, caller, record_id, Call.EXPORT)
        made = await context.lifecycle.export(record.id, by=caller.actor())
        headers = {"Content-Disposition": f'attachment; filename="case-{record.id}.zip"', "Cache-Control": "no-store"}
        return Response(made.content, media_type="application/zip", headers=headers)
