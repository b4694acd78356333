"""Calls about quantities: releasing goods, correcting write-offs, and listing the orders to authorities."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.orders import intervention_order, officers_of, release_order
from gateway.api.preconditions import act_as_read
from gateway.api.requests import call
from gateway.api.routes.declarations import BASE, Answers, AnswersOfTwo, Id
from gateway.api.schemas import answers as models
from gateway.api.schemas import bodies
from gateway.api.views import movements
from gateway.api.views.declaration import for_caller
from gateway.domain.approval import Approval
from gateway.domain.document import DocumentKey
from gateway.domain.record import ReadState, Record
from gateway.lifecycle import Stepped


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    limit = context.settings.limits.body_bytes

    async def release(request: Request, record_id: Id) -> Response:
        """Customs releases goods, wholly or in part: what was reserved of them is written off. 200: it is carried out.

        Against a decision that holds it takes an officer's `override`, which only an officer's key may carry; against a
        refusal the approval of a second officer, too: 202 with its address.
        """
        caller = context.caller(request, Call.RELEASE)
        payload = await call(request, limit, bodies.Release)
        if payload.override is not None:
            caller.must_be_allowed(Call.OVERRIDE)
        override = payload.override
        by, second = (
            officers_of(caller, override.officer, override.second_officer) if override else (caller.actor(), None)
        )
        order = release_order(payload, by, second)

        async def released(record: Record, read: ReadState | None) -> Stepped | Approval:
            return await context.lifecycle.steps.release(record.id, order, by=by, second=second, seen=read)

        step = await act_as_read(request, context, caller, record_id, released, payload.read)
        return await context.released(request, caller, step)

    async def intervene(request: Request, record_id: Id) -> Response:
        """Two officers force, amend or delete a write-off at the authority: one orders it, the other approves it."""
        caller = context.caller(request, Call.INTERVENE)
        payload = await call(request, limit, bodies.Intervention)
        by, second = officers_of(caller, payload.officer, payload.second_officer)
        order = intervention_order(payload, by, second)

        async def intervened(record: Record, read: ReadState | None) -> Stepped | Approval:
            return await context.lifecycle.steps.intervene(record.id, order, by=by, second=second, seen=read)

        step = await act_as_read(request, context, caller, record_id, intervened, payload.read)
        return await context.stepped(request, caller, step)

    async def report_made(request: Request, record_id: Id) -> Response:
        """An officer states that an authority was told of a release in another way: its report is not sent any more."""
        caller = context.caller(request, Call.INTERVENE)
        payload = await call(request, limit, bodies.ReportMadeOtherwise)
        document, by = (DocumentKey(payload.document.type, payload.document.reference), caller.actor(payload.officer))

        async def reported(record: Record, read: ReadState | None) -> Stepped:
            return await context.lifecycle.steps.report_made(
                record.id, payload.step, document, reason=payload.reason, by=by, seen=read
            )

        step = await act_as_read(request, context, caller, record_id, reported, payload.read)
        return await context.stepped(request, caller, step)

    async def moved(request: Request, record_id: Id) -> Response:
        """Gives everything that the declaration ordered of quantities at the authorities, what became of it, and who was told of releases."""
        caller = context.caller(request, Call.MOVEMENTS)
        record = await context.read(request, caller, record_id, Call.MOVEMENTS)
        shown = for_caller(record, caller, context.wording(request))
        ordered, told = await context.case.movements(record, caller), await context.case.reports(record, caller)
        return json(movements.movements(ordered, caller, shown.documents, told))

    tagged: dict[str, Any] = {"tags": ["quantities"]}
    one = f"{BASE}/{{record_id}}"
    app.add_api_route(
        f"{one}/release", release, methods=["POST"], **tagged, **documented(AnswersOfTwo, body=bodies.Release)
    )
    app.add_api_route(
        f"{one}/interventions",
        intervene,
        methods=["POST"],
        **tagged,
        **documented(AnswersOfTwo, body=bodies.Intervention),
    )
    app.add_api_route(
        f"{one}/reports",
        report_made,
        methods=["POST"],
        **tagged,
        **documented(Answers, body=bodies.ReportMadeOtherwise),
    )
    app.add_api_route(f"{one}/movements", moved, methods=["GET"], **tagged, **documented({200: models.MovementList}))
