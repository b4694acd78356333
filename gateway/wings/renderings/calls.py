"""What a holder of transit is asked for, and why its message is refused, as NCTS messages."""

from hashlib import sha256
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented
from gateway.api.preconditions import has_already
from gateway.api.requests import REJECTION
from gateway.api.routes.declarations import Id
from gateway.api.views.declaration import for_caller
from gateway.beside import beside
from gateway.domain.errors import DeclarationRefused, GatewayError, NotKnown
from gateway.wings.renderings.control_decision import control_decision
from gateway.wings.renderings.rejection import rejection

_XML = "application/xml"


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call, and the refusals of messages, to the application."""
    _register_refusals(app, context)

    async def message(request: Request, record_id: Id) -> Response:
        """Gives the control decision (NCTS IE060, CC060C) of a transit declaration: an announced control, or the documents that the holder is asked for; nothing that this caller is not told. The office of departure sends it."""
        caller = context.caller(request, Call.READ)
        record = await context.read(request, caller, record_id, Call.READ)
        declared = record.detail.declared if record.detail is not None else None
        written = None
        if declared is not None:
            shown = for_caller(record, caller, context.wording(request))
            written = control_decision(shown, declared)
        if written is None:
            raise NotKnown("No control is announced of it, and no document asked for; only transit has this message.")
        headers = {"ETag": f'"{sha256(written).hexdigest()[:32]}"'}
        if has_already(request, headers["ETag"]):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(written, headers=headers, media_type=_XML)

    described: dict[str, Any] = documented({})
    described["responses"][200] = {"description": "The message", "content": {_XML: {"schema": {"type": "string"}}}}
    app.add_api_route(
        "/v1/declarations/{record_id}/messages/cc060c", message, methods=["GET"], tags=["declarations"], **described
    )


def _register_refusals(app: FastAPI, context: ApiContext) -> None:
    """Answer with a message of transit where one is asked for; every other refusal is answered as it was."""
    usual: Any = app.exception_handlers[GatewayError]

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, DeclarationRefused)
        sent = request.scope.get("sent")
        if sent and is_wanted(request.headers.get("accept", "")):
            now = context.lifecycle.now()
            if (message := await beside(lambda: rejection(sent, error, now))) is not None:
                return Response(message, status_code=error.status, media_type=REJECTION, headers={"Vary": "Accept"})
        answer: Response = await usual(request, error)
        return answer

    app.add_exception_handler(DeclarationRefused, refused)


def is_wanted(accept: str) -> bool:
    """Return whether a caller names the media type of a rejection among those that it reads."""
    return any(one.split(";")[0].strip().lower() == REJECTION for one in accept.split(","))
