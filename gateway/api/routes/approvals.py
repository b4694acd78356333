"""Calls about approvals: the orders that wait for a second person, and their approval or rejection."""

from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call
from gateway.api.approvals import NEEDED
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call, preferred_wait
from gateway.api.schemas import bodies
from gateway.api.views import pages as paging
from gateway.api.views.actors import APPROVALS, ApprovalBody
from gateway.api.views.pages import filled
from gateway.api.views.release_orders import is_released
from gateway.domain.approval import ApprovalKind, ApprovalState
from gateway.domain.codec import encode

BASE = APPROVALS
Id = Annotated[str, Path(description="The approval's id")]


class ApprovalPage(BaseModel):
    """A page of approvals, the newest first."""

    items: list[ApprovalBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    page_bytes = context.settings.limits.page_bytes
    body_limit = context.settings.limits.body_bytes

    one = f"{BASE}/{{approval_id}}"

    @app.get(BASE, tags=["approvals"], **documented({200: ApprovalPage}))
    async def approvals(
        request: Request,
        state: Annotated[
            ApprovalState | Literal["all"], Query(description="Only these; `all`: of every state")
        ] = ApprovalState.OPEN,
        kind: Annotated[ApprovalKind | None, Query(description="Only these")] = None,
        declaration: Annotated[
            str | None, Query(max_length=36, description="Only this declaration's: id, MRN or LRN")
        ] = None,
        mine: Annotated[
            bool | None, Query(description="`true`: only what the caller asked for; `false`: only what others did")
        ] = None,
        cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives the orders that wait for a second person, or that waited, the newest first."""
        caller = context.caller(request, Call.APPROVALS)
        found = await context.lifecycle.approvals.page(
            state=None if state == "all" else ApprovalState(state),
            kind=kind,
            record_id=await context.id_of(caller, declaration),
            person=None if mine is None else caller.actor().person,
            of_others=mine is False,
            before=int(cursor) if cursor else None,
            limit=limit + 1,
            offices=caller.offices_for(Call.APPROVALS),
        )
        items, last = filled(found, ApprovalBody.of, lambda one: one.number, limit=limit, most=page_bytes)
        return json(encode({"items": items, "next": paging.cursor(last)}))

    @app.get(one, tags=["approvals"], **documented({200: ApprovalBody}))
    async def approval(request: Request, approval_id: Id) -> Response:
        """Gives an approval as it is now."""
        return json(
            encode(ApprovalBody.of(await context.approvals.seen(context.caller(request, Call.APPROVALS), approval_id)))
        )

    @app.delete(one, tags=["approvals"], **documented({200: ApprovalBody}))
    async def withdraw(
        request: Request,
        approval_id: Id,
        officer: Annotated[
            str | None, Query(description="Only where no key is asked for, or by a system that names officers")
        ] = None,
    ) -> Response:
        """Takes an order back that waits for a second person, by whoever gave it; the same may be ordered again."""
        caller = context.caller(request, Call.WITHDRAW_APPROVAL)
        await context.approvals.seen(caller, approval_id)
        done = await context.lifecycle.approvals.withdraw(approval_id, by=caller.actor(officer))
        return json(encode(ApprovalBody.of(done)))

    @app.post(one, tags=["approvals"], **documented({200: ApprovalBody}, body=bodies.ApprovalAnswer))
    async def answer(request: Request, approval_id: Id) -> Response:
        """Approves an order, which is carried out, or rejects it; by another person than whoever gave it.

        Doing the same again changes nothing. Whoever gave the order may reject it, too: so it is taken back.
        """
        caller = context.caller(request, Call.APPROVE)
        payload = await call(request, body_limit, bodies.ApprovalAnswer)
        by = caller.actor(payload.officer)
        found = await context.approvals.seen(caller, approval_id)
        caller.must_be_allowed(NEEDED[found.kind])
        if not payload.approve:
            return json(
                encode(
                    ApprovalBody.of(await context.lifecycle.approvals.reject(found.id, by=by, reason=payload.reason))
                )
            )

        done = await context.approvals.approve(found, by=by, reason=payload.reason)
        wait = preferred_wait(request, context.settings.max_wait_seconds)
        if done.record_id is not None and wait:
            record = await context.seen(request, caller, done.record_id)
            if record.due:
                record = await context.lifecycle.once_decided(record.id, seq=record.event_seq, within_s=wait)
            if done.kind is ApprovalKind.OVERRIDE:
                return json(encode(ApprovalBody.of(done, released=is_released(record.last_release))))
        return json(encode(ApprovalBody.of(done)))
