"""Calls that change nothing: the check of a document, and the preflight of a declaration."""

from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from gateway.access import Call
from gateway.api import checks
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import body
from gateway.api.schemas import answers as models
from gateway.domain.legible import illegible


def _legible(text: str) -> str:
    if (character := illegible(text)) is not None:
        raise ValueError(
            f"the character {character} in it is seen by nobody or stands for one that could not be read: write it without"
        )
    return text


Reference = Annotated[str, AfterValidator(_legible)]
"""Type or reference as the authority gets it: a character that could not be read identifies nothing."""
Type = Annotated[str, Path(pattern=r"^[A-Z0-9]{4}$", description="TARIC document code")]

Stored = Annotated[bool, Query(description="The latest answer that is stored; nobody is asked")]


Amends = Annotated[
    str | None,
    Query(
        max_length=100,
        description="The id or MRN of the declaration whose next version it would be; without it a new one",
    ),
]


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    answers = documented({200: models.DocumentCheck})

    async def check(request: Request, document_type: str, reference: str, *, stored: bool) -> Response:
        caller = context.caller(request, Call.CHECK_DOCUMENT)
        wording = context.wording(request)
        if not stored:
            # Its authority may take long.
            context.admitted(request).rests()
        return json(await checks.document(context, caller, document_type, reference, wording, stored=stored))

    @app.get("/v1/documents/{document_type}/{reference:path}", tags=["checks"], **answers)
    async def by_path(
        request: Request,
        document_type: Type,
        reference: Annotated[Reference, Path(min_length=1, max_length=70)],
        stored: Stored = False,
    ) -> Response:
        """Asks the competent authority about a document: status and quantity position. Changes nothing."""
        return await check(request, document_type, reference, stored=stored)

    @app.get("/v1/documents/{document_type}", tags=["checks"], **answers)
    async def by_query(
        request: Request,
        document_type: Type,
        reference: Annotated[Reference, Query(min_length=1, max_length=70)],
        stored: Stored = False,
    ) -> Response:
        """Asks the competent authority about a document whose reference does not fit into a path."""
        return await check(request, document_type, reference, stored=stored)

    @app.post("/v1/preflight", tags=["checks"], **documented({200: models.PreflightBody}, declaration=True))
    async def preflight(request: Request, amends: Amends = None) -> Response:
        """Gives the decision that this declaration would get now; nothing is stored, nothing reserved."""
        caller = context.caller(request, Call.PREFLIGHT)
        checks.charged(context, request, caller)
        raw = await body(request, context.settings.limits.body_bytes)
        wording = context.wording(request)
        other = None if amends is None else await context.read(request, caller, amends, Call.PREFLIGHT)
        media_type = request.headers.get("content-type")
        answer = await checks.preflight(context, request, caller, raw, media_type, wording, amends=other)
        return json(answer, wording=wording)
