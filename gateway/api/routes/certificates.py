"""The call about a certificate: who draws on it, what its authority has for them, and whether that agrees."""

from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.places import LONGEST, PlaceIn
from gateway.api.routes.documents import Reference, Type
from gateway.api.schemas.certificates import CertificatePage
from gateway.api.views import certificates as written
from gateway.api.views import pages as paging
from gateway.beside import beside_if_large
from gateway.domain.errors import NotKnown

MOST = 100
"""Declarations of one page."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""

    @app.get(
        "/v1/documents/{document_type}/{reference:path}/declarations",
        tags=["checks"],
        **documented({200: CertificatePage}),
    )
    async def citing(
        request: Request,
        document_type: Type,
        reference: Annotated[Reference, Path(min_length=1, max_length=70)],
        cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    ) -> Response:
        """Gives the declarations that draw on a document, with the stored answer of its authority; nobody is asked."""
        caller = context.caller(request, Call.READ)
        if caller.eoris is not None and not await context.lifecycle.cites(caller.eoris, document_type, reference):
            raise NotKnown("No declaration of this caller cites such a document.")
        found = await context.lifecycle.certificates.page(
            document_type,
            reference,
            eoris=caller.eoris,
            offices=caller.offices_for(Call.READ),
            before=await context.places.number(caller, PlaceIn.CERTIFICATE, cursor),
            limit=limit,
        )
        wording = context.wording(request)
        await context.case.note(caller, [one.record for one in found.drawings], Call.READ)
        following = await context.places.written(caller, PlaceIn.CERTIFICATE, paging.cursor(found.next))
        size = sum(one.record.size for one in found.drawings)
        return json(await beside_if_large(size, lambda: written.certificate(found, caller, wording, following)))
