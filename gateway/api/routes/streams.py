"""The calls that stay open and tell what changes: one declaration, and the notices."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.sse import ServerSentEvent
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.admission import own_share_of
from gateway.api.context import ApiContext, documented
from gateway.api.routes.declarations import Id
from gateway.api.routes.notices import After, Kinds, ToldNotices, page_of
from gateway.api.routes.trail import ONE

LastEvent = Annotated[
    str, Header(alias="Last-Event-ID", max_length=200, description="The `id` of the last event that you have")
]
_AT_ONCE = 100


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""

    def share(request: Request) -> str:
        return own_share_of(request.scope["caller"], request.client.host if request.client is not None else "")

    @app.get(f"{ONE}/stream", tags=["declarations"], **_documented())
    async def declaration(request: Request, record_id: Id, last_event_id: LastEvent = "") -> Response:
        """Sends the declaration as you may see it, as the call without `/stream` gives it, now and whenever it reads otherwise.

        Events are named `declaration`. With the `id` of the last one that you have in `Last-Event-ID` it goes on behind that, at any
        replica. It ends by itself after a while (`stream_seconds`), or once you may not read any more: begin again.
        """
        changes = context.lifecycle.changes
        place = changes.place

        async def read(last: str) -> ServerSentEvent | None:
            caller = await context.proven_anew(request, Call.READ)
            record = await context.seen(request, caller, record_id)
            content = await context.case.declaration(record, caller, context.wording(request))
            digest = sha256(content).hexdigest()
            if digest == last:
                return None
            await context.case.note(caller, [record], Call.READ)
            return ServerSentEvent(event="declaration", id=digest, raw_data=content.decode())

        async def wait(within_s: float) -> None:
            nonlocal place
            found: str = request.scope["declaration"]
            place = await changes.after_one(found, place, within_s=within_s)

        context.caller(request, Call.READ)
        return await context.streams.response(share(request), last_event_id, read, wait)

    @app.get("/v1/notices/stream", tags=["declarations"], **_documented())
    async def notices(
        request: Request, after: After = "0", kind: Kinds = None, last_event_id: LastEvent = ""
    ) -> Response:
        """Sends the notices behind a place, as `GET /v1/notices` gives them, page by page as they come about.

        Events are named `notices`; each has its page's `next` for `id`, behind which `Last-Event-ID` goes on, at any replica. It ends by
        itself after a while (`stream_seconds`), or once you may not read any more: begin again.
        """
        behind = last_event_id or after

        async def page(within_s: float) -> ToldNotices:
            caller: Caller = request.scope["caller"]
            return await page_of(
                context, caller, behind, limit=_AT_ONCE, kinds=kind, within_s=within_s, client=share(request)
            )

        async def read(_last: str) -> ServerSentEvent | None:
            nonlocal behind
            caller = request.scope["caller"] = await context.proven_anew(request, Call.NOTICES)
            found = await page(0)
            behind = found.next
            if not found.items:
                return None
            content = found.written(context, caller, context.wording(request))
            return ServerSentEvent(event="notices", id=behind, raw_data=content.decode())

        async def wait(within_s: float) -> None:
            await page(within_s)

        context.caller(request, Call.NOTICES)
        return await context.streams.response(share(request), behind, read, wait)


def _documented() -> dict[str, Any]:
    """Return what a call's description says of its answers."""
    described = documented({})
    described["responses"][200] = {
        "description": "The stream",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    return described
