"""The call about a declaration's versions."""

from dataclasses import replace
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.schemas.versions import VersionList
from gateway.api.views import versions as written
from gateway.api.views.declaration import COLLECTION
from gateway.domain.record import Record
from gateway.history.versions import ReceivedVersion

MOST = 100
"""Versions of one page."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""

    async def versions(
        request: Request,
        record_id: Annotated[str, Path(description="The declaration's id")],
        after: Annotated[int, Query(ge=0, le=9_999)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> Response:
        """Gives the versions behind number `after`, each with its decisions; a trader's are those that name the trader."""
        caller = context.caller(request, Call.READ)
        record = await context.seen(request, caller, record_id)
        behind = [one for one in await context.lifecycle.cases.versions(record) if one.version > after]
        page, following = behind[:limit], behind[limit - 1].version if len(behind) > limit else None
        shown = await _theirs(context, caller, record, page)
        return json(written.versions(shown, following, record, caller, at_once=context.refusals_at_once))

    app.add_api_route(
        f"{COLLECTION}/{{record_id}}/versions",
        versions,
        methods=["GET"],
        tags=["declarations"],
        **documented({200: VersionList}),
    )


async def _theirs(
    context: ApiContext, caller: Caller, record: Record, found: list[ReceivedVersion]
) -> list[ReceivedVersion]:
    return [one for one in found if await context.was_party(caller, replace(record, version=one.version))]
