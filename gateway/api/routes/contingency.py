"""Calls about contingency windows (Impl. Reg. (EU) 2024/2145, Art. 11): opening, closing, and what was decided inside."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.orders import officers_of
from gateway.api.requests import call
from gateway.api.routes.declarations import AnswersOfTwo
from gateway.api.schemas import answers as models
from gateway.api.schemas import bodies
from gateway.api.views import movements
from gateway.api.views import pages as paging
from gateway.api.views.actors import ActorBody, ApprovalBody, waits
from gateway.api.views.declaration import location
from gateway.api.views.pages import filled
from gateway.domain.approval import Approval
from gateway.domain.codec import encode
from gateway.domain.contingency import (
    Afterwards,
    ContingencyWindow,
    ListedInside,
    WindowMode,
    WindowOrder,
    WindowStatement,
)
from gateway.domain.decision import Effect
from gateway.domain.document import DocumentKey
from gateway.domain.errors import CallInvalid
from gateway.domain.verification import DocumentStatus

BASE = "/v1/contingency"
Number = Annotated[int, Path(ge=1, le=2**31 - 2, description="The window's number")]


class Word(BaseModel):
    """Who opened or closed a window, and why."""

    officer: str
    second_officer: str | None
    reason: str
    by: ActorBody | None
    """None: from before who acts was written down."""
    second: ActorBody | None


class WindowBody(BaseModel):
    """A window: `decided` documents inside, `awaited` still to be verified, `differing` that turned out otherwise."""

    number: int
    adapter: str
    mode: WindowMode
    in_force: bool
    opened_at: datetime
    until: datetime | None
    closed_at: datetime | None
    opening: Word | None
    closing: Word | None
    decided: int
    awaited: int
    differing: int


class WindowPage(BaseModel):
    """A page of windows, the newest first."""

    items: list[WindowBody]
    next: str | None


class DeclarationKey(BaseModel):
    """Which declaration it is."""

    id: str
    lrn: str
    mrn: str | None
    link: str


class FoundBody(BaseModel):
    """What the authority and the rules say afterwards."""

    status: DocumentStatus
    effect: Effect
    findings: list[str]
    at: datetime


class WriteOff(BaseModel):
    """What officers write off by hand: all that the declaration takes of the document."""

    done: bool
    lines: list[models.MovedLine]


class InsideBody(BaseModel):
    """A document as it was decided inside, and what became of it."""

    declaration: DeclarationKey
    document: models.DocumentKey
    version: int
    decision: int
    decided_at: datetime
    effect: Effect
    by_officer: bool
    released_unverified: bool
    release: models.ReleaseBody | None
    afterwards: Afterwards
    difference: bool
    found: FoundBody | None
    write_off: WriteOff | None
    looks: int


class WindowReport(WindowBody):
    """A window with a page of what was decided inside."""

    items: list[InsideBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    page_bytes = context.settings.limits.page_bytes
    limit = context.settings.limits.body_bytes
    one = f"{BASE}/{{number}}"

    @app.post(
        BASE,
        tags=["contingency"],
        **documented({200: WindowBody, 201: WindowBody, 202: ApprovalBody}, body=bodies.ContingencyOpening),
    )
    async def open_window(request: Request) -> Response:
        """Two officers open a window for an authority; its number is quoted in every finding made inside.

        What one of them ordered waits for the other's approval: 202 with its address.
        """
        caller = context.caller(request, Call.CONTINGENCY)
        payload = await call(request, limit, bodies.ContingencyOpening)
        by, second = officers_of(caller, payload.officer, payload.second_officer)
        if all(health.name != payload.adapter for health in context.dispatcher.health()):
            raise CallInvalid(f"There is no adapter {payload.adapter!r}: GET /v1/adapters names them.")
        order = WindowOrder(
            adapter=payload.adapter,
            mode=payload.mode,
            until=payload.until,
            word=WindowStatement(
                officer=by.person,
                second_officer=second.person if second is not None else None,
                reason=payload.reason,
                by=by,
                second=second,
            ),
        )
        opened = await context.lifecycle.contingency.open(order)
        if isinstance(opened, Approval):
            return waits(opened)
        window, fresh = opened
        answer = json(encode(_window(window)), HTTPStatus.CREATED if fresh else HTTPStatus.OK)
        answer.headers["Location"] = f"{BASE}/{window.number}"
        return answer

    @app.get(BASE, tags=["contingency"], **documented({200: WindowPage}))
    async def windows(
        request: Request,
        cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$", description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        adapter: Annotated[
            str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Only those of this authority")
        ] = None,
    ) -> Response:
        """Gives the windows, the newest first."""
        context.caller(request, Call.CONTINGENCIES)
        before = int(cursor) if cursor else None
        found = await context.lifecycle.contingency.page(before=before, limit=limit + 1, adapter=adapter)
        items, last = filled(found, _window, lambda one: one.number, limit=limit, most=page_bytes)
        return json(encode({"items": items, "next": paging.cursor(last)}))

    @app.get(one, tags=["contingency"], **documented({200: WindowReport}))
    async def window(
        request: Request,
        number: Number,
        afterwards: Annotated[
            Afterwards | None, Query(description="Only these: `differs` is the difference report")
        ] = None,
        cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> Response:
        """Gives a window, and a page of what was decided inside with what the verification afterwards found."""
        caller = context.caller(request, Call.CONTINGENCIES)
        found = await context.lifecycle.contingency.get(number)
        listed = await context.lifecycle.contingency.decided_inside(
            number,
            after=int(cursor or 0),
            limit=limit + 1,
            afterwards=afterwards,
            offices=caller.offices_for(Call.CONTINGENCIES),
        )
        items, last = filled(listed, _inside, lambda one: one.place, limit=limit, most=page_bytes)
        return json(encode({**_window(found), "items": items, "next": paging.cursor(last)}))

    @app.post(f"{one}/write-offs", tags=["contingency"], **documented(AnswersOfTwo, body=bodies.OwedWriteOff))
    async def write_off(request: Request, number: Number) -> Response:
        """Two officers enter the write-off of a document that was released unverified inside: one orders it, the other approves it."""
        caller = context.caller(request, Call.INTERVENE)
        payload = await call(request, limit, bodies.OwedWriteOff)
        by, second = officers_of(caller, payload.officer, payload.second_officer)
        record = await context.seen(request, caller, payload.declaration)
        step = await context.lifecycle.write_offs.enter(
            number,
            record.id,
            DocumentKey(payload.document.type, payload.document.reference),
            by=by,
            second=second,
            reason=payload.reason,
            seen=payload.read,
        )
        return await context.stepped(request, caller, step)

    @app.post(f"{one}/closing", tags=["contingency"], **documented({200: WindowBody}, body=bodies.ContingencyClosing))
    async def close_window(request: Request, number: Number) -> Response:
        """Closes a window: nothing is decided under it any more, and what was is verified now."""
        caller = context.caller(request, Call.CONTINGENCY)
        payload = await call(request, limit, bodies.ContingencyClosing)
        by = caller.actor(payload.officer)
        statement = WindowStatement(officer=by.person, reason=payload.reason, by=by)
        window, _ = await context.lifecycle.contingency.close(number, statement)
        return json(encode(_window(window)))


def _window(window: ContingencyWindow) -> dict[str, Any]:
    return {
        "number": window.number,
        "adapter": window.adapter,
        "mode": window.mode,
        "in_force": window.in_force,
        "opened_at": window.opened_at,
        "until": window.until,
        "closed_at": window.closed_at,
        "opening": window.opening,
        "closing": window.closing,
        "decided": window.decided,
        "awaited": window.awaited,
        "differing": window.differing,
    }


def _inside(listed: ListedInside) -> dict[str, Any]:
    entry = listed.entry
    return {
        "declaration": {"id": listed.id, "lrn": listed.lrn, "mrn": listed.mrn, "link": location(listed.id)},
        "document": {"type": entry.type, "reference": entry.reference},
        "version": entry.version,
        "decision": entry.decision,
        "decided_at": entry.at.astimezone(UTC),
        "effect": entry.effect,
        "by_officer": entry.by_officer,
        "released_unverified": entry.released,
        "release": movements.released(listed.released),
        "afterwards": entry.afterwards,
        "difference": entry.afterwards is Afterwards.DIFFERS,
        "found": entry.found,
        "write_off": _write_off(listed),
        "looks": listed.looks,
    }


def _write_off(listed: ListedInside) -> dict[str, Any] | None:
    if not listed.entry.write_off:
        return None
    return {"done": listed.written_off, "lines": movements.lines(listed.entry.write_off)}
