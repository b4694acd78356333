"""The call about a declaration's versions."""

from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.schemas.versions import VersionList
from gateway.api.views.declaration import COLLECTION

MOST = 100
"""Versions of one page."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""

    @app.get(f"{COLLECTION}/{{record_id}}/versions", tags=["declarations"], **documented({200: VersionList}))
    async def versions(
        request: Request,
        record_id: Annotated[str, Path(description="The declaration's id")],
        after: Annotated[int, Query(ge=0, le=9_999)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> Response:
        """Gives the versions behind number `after`, each with its decisions; a trader's are those that name the trader."""
        caller = context.caller(request, Call.READ)
        record = await context.read(request, caller, record_id, Call.READ)
        return json(await context.case.versions(record, caller, after=after, limit=limit))
