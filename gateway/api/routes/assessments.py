"""The call that has a declaration assessed anew at once: its authorities are asked again."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented
from gateway.api.preconditions import act_as_read
from gateway.api.requests import call
from gateway.api.routes.declarations import BASE, Answers, Id
from gateway.api.schemas import bodies
from gateway.domain.record import ReadState, Record
from gateway.lifecycle import Stepped


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application, at both of its addresses."""
    limit = context.settings.limits.body_bytes

    async def assess(request: Request, record_id: Id) -> Response:
        """Has the authorities asked again at once and the declaration decided anew; at most once a minute."""
        caller = context.caller(request, Call.ASSESS)
        payload = await call(request, limit, bodies.NewAssessment)
        by = caller.actor(payload.officer)

        async def assessed(record: Record, read: ReadState | None) -> Stepped:
            return await context.lifecycle.steps.assess_anew(record.id, by=by, seen=read)

        step = await act_as_read(request, context, caller, record_id, assessed, payload.read)
        return await context.stepped(request, caller, step)

    tagged: dict[str, Any] = {"tags": ["declarations"]}
    for name in ("assessment", "assess"):
        app.add_api_route(
            f"{BASE}/{{record_id}}/{name}",
            assess,
            methods=["POST"],
            **tagged,
            operation_id=f"declaration_{name}",
            **documented(Answers, body=bodies.NewAssessment),
        )
