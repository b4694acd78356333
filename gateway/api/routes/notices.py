"""The call by which parties, customs and officers follow what happens to their declarations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.localization import Wording
from gateway.api.places import LONGEST, PlaceIn
from gateway.api.views.declaration import location, softened
from gateway.api.views.trail import TrailView
from gateway.domain.codec import encode
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid, PlaceGone
from gateway.domain.notice import NoticeKind, Place, PostedNotice
from gateway.domain.record import State
from gateway.domain.verification import DocumentStatus

NOW = "now"
"""In the place of a place: what happened before is not told."""
MOST = 1_000
"""Notices of one page."""
_OPEN = frozenset({DocumentStatus.UNDETERMINED, DocumentStatus.PENDING})
After = Annotated[
    str,
    Query(
        max_length=LONGEST,
        description="`next` of the page before, as it was given; 0: from the start; now: only what comes",
    ),
]
Kinds = Annotated[list[NoticeKind] | None, Query(description="Of these kinds only; may be repeated")]


class NoticedBody(BaseModel):
    """A document that a notice is about, with its status then."""

    type: str
    reference: str
    status: DocumentStatus


class NoticeBody(BaseModel):
    """What happened to a declaration."""

    number: int | None
    """Null to a trader: in a count over all declarations it would tell of others'."""
    at: datetime
    kind: NoticeKind
    declaration: str
    version: int
    lrn: str
    mrn: str | None
    state: State
    decision: int | None
    """Null to a trader, too: their decisions are counted by what reads otherwise to them."""
    effect: Effect | None
    released: bool | None
    """Whether the release that was ordered was carried out; null: it is about none."""
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

    @app.get("/v1/notices", tags=["declarations"], **documented({200: NoticeList}))
    async def notices(
        request: Request,
        after: After = "0",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        kind: Kinds = None,
        wait: Annotated[int, Query(ge=0, description="Seconds to wait for the first notice, clipped")] = 0,
    ) -> Response:
        """Gives the notices behind a place that the caller may see, in the order in which they came about."""
        caller = context.caller(request, Call.NOTICES)
        wording = context.wording(request)
        admitted, within_s = context.admitted(request), min(wait, longest)
        if within_s:
            admitted.rests()
        page = await page_of(
            context, caller, after, limit=limit, kinds=kind, within_s=within_s, client=context.client(request, caller)
        )
        if within_s:
            await admitted.reads()
        return json(page.written(context, caller, wording), wording=wording)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotices:
    """A page of notices as a caller may see them."""

    items: tuple[PostedNotice, ...]
    next: str
    """Where the following page begins, as the caller keeps it."""
    more: bool

    def written(self, context: ApiContext, caller: Caller, wording: Wording) -> bytes:
        """Write the page in the language of an answer."""
        view, at_once = context.trail(wording), context.refusals_at_once
        items = [notice(one, caller, view, at_once=at_once) for one in self.items]
        return encode({"items": items, "next": self.next, "more": self.more})


async def page_of(
    context: ApiContext,
    caller: Caller,
    after: str,
    *,
    limit: int,
    kinds: list[NoticeKind] | None,
    within_s: float,
    client: str,
) -> ToldNotices:
    """Return the notices behind a caller's place, waiting for the first one if there is time.

    Raises:
        CallInvalid, PlaceGone: nobody can go on from there.
        TooManyCalls, Overloaded: too many wait already.
    """
    try:
        page = await context.lifecycle.notices.page(
            after=await _place(context, caller, after),
            limit=limit,
            kinds=frozenset(kinds or ()),
            eoris=caller.eoris,
            offices=caller.offices,
            within_s=within_s,
            client=client,
        )
    except PlaceGone as gone:
        at = await context.places.written(caller, PlaceIn.NOTICES, str(gone.continue_at))
        raise PlaceGone(gone.continue_at if at is None or not caller.sees_as_trader else at) from None
    following = await context.places.written(caller, PlaceIn.NOTICES, page.next.written)
    return ToldNotices(items=page.items, next=following or "0", more=page.more)


async def _place(context: ApiContext, caller: Caller, after: str) -> Place:
    """Return the place behind which a caller's page begins.

    A trader's is sealed; 0 begins, and a place from before they were is taken if it has the mark of what stood there: by a plain
    number one could ask how many notices there are.
    """
    if after == NOW:
        return await context.lifecycle.notices.end()
    place = Place.read(after)
    if caller.sees_as_trader and (place is None or (place.number and place.mark is None)):
        place = Place.read(await context.places.read(caller, PlaceIn.NOTICES, after) or "")
    if place is None:
        raise CallInvalid(
            "`after` is the `next` of the page before, as it was given, or a number; 0 begins, now begins with what comes."
        )
    return place


def notice(posted: PostedNotice, caller: Caller, view: TrailView, *, at_once: bool) -> dict[str, Any]:
    """Return a notice as a JSON object. Unless `at_once`, a trader reads of a refusal only in the notice that customs confirmed it."""
    effect, kind, documents = posted.notice.effect, posted.notice.kind, posted.notice.documents
    if caller.sees_as_trader and effect is not None:
        if not at_once and not posted.told:
            effect = softened(effect)
        if effect.gravity > Effect.RELEASE.gravity:
            # What holds may be what is not told: of whatever somebody has spoken of, the declaration says as much as may be.
            documents = tuple(one for one in documents if one.status in _OPEN)
    return {
        "number": None if caller.sees_as_trader else posted.number,
        "at": posted.at,
        "kind": kind,
        "declaration": posted.declaration_id,
        "version": posted.version,
        "lrn": posted.lrn,
        "mrn": posted.mrn,
        "state": posted.state,
        "decision": None if caller.sees_as_trader else posted.notice.decision,
        "effect": effect,
        "released": posted.notice.released,
        "documents": documents,
        "sentence": view.notice(posted, effect, documents),
        "link": location(posted.declaration_id),
    }
