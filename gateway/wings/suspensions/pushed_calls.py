"""Words that authorities pushed: the ones that are taken, and the list of those without effect."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.contract import SuspensionEvent
from gateway.domain.codec import encode
from gateway.domain.errors import CallInvalid, NotAllowed, OtherContent
from gateway.wings.suspensions.kept_events import ListedEvent
from gateway.wings.suspensions.pushed_steps import PushedSteps
from gateway.wings.suspensions.pushed_words import Result, TakenWord


class PushedWord(BaseModel):
    """A word that an authority pushed and that had no effect, or none yet: an officer reads it, and enters what counts."""

    adapter: str
    reference: str
    """The authority's number of the case."""
    version: int
    mrn: str
    declaration: str | None
    """The id of the declaration; null: there is none of this MRN."""
    received_at: datetime
    result: str
    """What its sender was answered, as in the answer to a push."""
    code: str | None
    detail: str | None
    regime: str | None
    word: str | None
    goods_items: list[int] | None
    """Empty: all. Null, as all that was said: it was forgotten."""
    stated: dict[str, str] | None


class PushedWordPage(BaseModel):
    """Words without effect, the newest first."""

    items: list[PushedWord]
    next: str | None


def register(app: FastAPI, context: ApiContext, pushed: PushedSteps) -> None:
    """Take words that are pushed, and add the call that lists them."""

    async def take(adapter: str, events: Sequence[SuspensionEvent]) -> Sequence[TakenWord]:
        answers = await pushed.take(adapter, events)
        if all(one.result is Result.OTHER_CONTENT for one in answers):
            raise OtherContent(answers[0].detail or "")
        return answers

    async def listed(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=40, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives words of authorities that had no effect: they wait, came too late, or are an officer's to enter."""
        caller = context.caller(request, Call.SUSPENSIONS)
        if caller.sees_as_trader:
            raise NotAllowed
        found = await pushed.without_effect(
            offices=caller.offices_for(Call.SUSPENSIONS), before=moment_of(cursor), limit=limit + 1
        )
        shown = found[:limit]
        following = shown[-1].received_at.isoformat() if len(found) > limit else None
        return json(encode({"items": [_body(one) for one in shown], "next": following}))

    context.takers.append(take)
    app.add_api_route(
        "/v1/suspensions/pushed", listed, methods=["GET"], tags=["suspensions"], **documented({200: PushedWordPage})
    )


def _body(one: ListedEvent) -> dict[str, object]:
    event, answer = one.event, one.answer
    return {
        "adapter": one.adapter,
        "reference": one.reference,
        "version": one.version,
        "mrn": one.mrn,
        "declaration": one.declaration_id,
        "received_at": one.received_at,
        "result": one.result,
        "code": answer.code if answer is not None else None,
        "detail": answer.detail if answer is not None else None,
        "regime": event.regime if event is not None else None,
        "word": event.word if event is not None else None,
        "goods_items": list(event.goods_items) if event is not None else None,
        "stated": dict(event.fields) if event is not None else None,
    }


def moment_of(cursor: str | None) -> datetime | None:
    """Return the moment that a cursor names.

    Raises:
        CallInvalid: it is none of this list.
    """
    if cursor is None:
        return None
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError as error:
        raise CallInvalid("cursor is none that this list gave.") from error
    if moment.tzinfo is None:
        raise CallInvalid("cursor is none that this list gave.")
    return moment
