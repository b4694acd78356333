"""The call by which parties, customs and officers follow what happens to their declarations."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.views.declaration import location, softened
from gateway.api.views.trail import TrailView
from gateway.domain.codec import encode
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid
from gateway.domain.notice import NoticeKind, NoticePage, Place, PostedNotice
from gateway.domain.record import State
from gateway.domain.verification import DocumentStatus

MOST = 1_000
"""Notices of one page."""
After = Annotated[
    str, Query(max_length=100, description="`next` of the page before, as it was given; 0: from the start")
]
Kinds = Annotated[list[NoticeKind] | None, Query(description="Of these kinds only; may be repeated")]


class NoticedBody(BaseModel):
    """A document that a notice is about, with its status then."""

    type: str
    reference: str
    status: DocumentStatus


class NoticeBody(BaseModel):
    """What happened to a declaration."""

    number: int
    at: datetime
    kind: NoticeKind
    declaration: str
    version: int
    lrn: str
    mrn: str | None
    state: State
    decision: int | None
    effect: Effect | None
    documents: list[NoticedBody]
    """Those that it is about, the first few of many."""
    sentence: str
    """The same in your language."""
    link: str


class NoticeList(BaseModel):
    """Notices in their order, and where the following page begins."""

    items: list[NoticeBody]
    next: str
    more: bool


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""
    longest = context.settings.max_wait_seconds

    async def notices(
        request: Request,
        after: After = "0",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        kind: Kinds = None,
        wait: Annotated[int, Query(ge=0, description="Seconds to wait for the first notice, clipped")] = 0,
    ) -> Response:
        """Gives the notices behind a place that the caller may see, in the order in which they came about."""
        caller = context.caller(request, Call.NOTICES)
        page = await context.lifecycle.notices.page(
            after=place_of(after),
            limit=limit,
            kinds=frozenset(kind or ()),
            eoris=caller.eoris,
            offices=caller.offices,
            within_s=min(wait, longest),
            client=context.client(request, caller),
        )
        wording = context.wording(request)
        view = context.trail(wording)
        return json(written(page, caller, view, at_once=context.refusals_at_once), wording=wording)

    tagged: dict[str, Any] = {"tags": ["declarations"]}
    app.add_api_route("/v1/notices", notices, methods=["GET"], **tagged, **documented({200: NoticeList}))


def place_of(after: str) -> Place:
    """Return the place that a caller names.

    Raises:
        CallInvalid: it is none.
    """
    place = Place.read(after)
    if place is None:
        raise CallInvalid("`after` is the `next` of the page before, as it was given, or a number; 0 begins.")
    return place


def written(page: NoticePage, caller: Caller, view: TrailView, *, at_once: bool) -> bytes:
    """Write a page of notices as a caller may see them."""
    items = [notice(one, caller, view, at_once=at_once) for one in page.items]
    return encode({"items": items, "next": page.next.written, "more": page.more})


def notice(posted: PostedNotice, caller: Caller, view: TrailView, *, at_once: bool) -> dict[str, Any]:
    """Return a notice as a JSON object. Unless `at_once`, a trader reads of a refusal only in the notice that customs confirmed it."""
    effect, kind = posted.notice.effect, posted.notice.kind
    if caller.sees_as_trader and not at_once and effect is not None and kind is not NoticeKind.CONFIRMED:
        effect = softened(effect)
    return {
        "number": posted.number,
        "at": posted.at,
        "kind": kind,
        "declaration": posted.declaration_id,
        "version": posted.version,
        "lrn": posted.lrn,
        "mrn": posted.mrn,
        "state": posted.state,
        "decision": posted.notice.decision,
        "effect": effect,
        "documents": posted.notice.documents,
        "sentence": view.notice(posted, effect),
        "link": location(posted.declaration_id),
    }
