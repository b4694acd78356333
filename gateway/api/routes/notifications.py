"""The call by which an authority pushes: changes are hints, and the gateway asks again; words about suspended goods count."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import FastAPI, Path, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.problems import NotificationUnreadable
from gateway.api.requests import body
from gateway.api.schemas.notifications import NotificationTaken
from gateway.contract import AdapterError, Change, SuspensionEvent
from gateway.contract import Request as Pushed
from gateway.domain.codec import encode
from gateway.domain.errors import NotAllowed, NotKnown

log = structlog.get_logger(__name__)

LARGEST = 1024 * 1024
"""Bytes of one notification."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""

    described = documented({202: NotificationTaken})
    described["openapi_extra"] = {
        "requestBody": {
            "required": True,
            "content": {"*/*": {"schema": {"type": "string", "description": "As the authority sends it"}}},
        }
    }

    @app.post("/v1/adapters/{name}/notifications", tags=["operations"], status_code=HTTPStatus.ACCEPTED, **described)
    async def notify(
        request: Request, name: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="The adapter")]
    ) -> Response:
        """Takes what an authority pushes, as it sends it; every declaration that cites a changed document is assessed again.

        A word about suspended goods counts once it is durable, which is before the answer: `events` says what became of each.
        """
        caller = context.caller(request, Call.NOTIFY)
        if not caller.speaks_for(name):
            raise NotAllowed
        if all(health.name != name for health in context.dispatcher.health()):
            raise NotKnown("There is no such adapter.")
        raw = await body(request, LARGEST)
        sent = Pushed(path="", method="POST", headers=dict(request.headers), body=raw)
        try:
            pushed = await context.dispatcher.read_notification(name, sent)
        except AdapterError as error:
            # The authority's message, and its adapter's fault about it, are no texts of ours.
            log.warning("notification_unreadable", adapter=name, cause=error.code)
            raise NotificationUnreadable from error
        # Words count, changes are hints: they are taken first, and answered once they are durable.
        words = await _taken(context, name, [one for one in pushed if isinstance(one, SuspensionEvent)])
        changes = [one for one in pushed if isinstance(one, Change)]
        changed: dict[str, dict[str, None]] = {}
        asked = [one for one in changes if context.lifecycle.steps.is_asked(name, one.type)]
        if len(asked) < len(changes):
            log.warning("changes_of_others", adapter=name, changes=len(changes) - len(asked))
        for change in asked:
            changed.setdefault(change.type, {})[change.reference] = None
        found = [await context.lifecycle.steps.changed(kind, *references) for kind, references in changed.items()]
        woken = sum(one for one in found if one is not None)
        if None in found:
            # Taken in silence, a change would be lost: its authority is to push it again.
            log.error("change_not_identified", adapter=name, changes=len(changes), declarations=woken)
            raise NotificationUnreadable
        log.info("notification_taken", adapter=name, changes=len(changes), declarations=woken)
        return json(encode({"changes": len(changes), "declarations": woken, "events": words}), HTTPStatus.ACCEPTED)


async def _taken(context: ApiContext, adapter: str, events: Sequence[SuspensionEvent]) -> Sequence[Any]:
    """Have words about suspended goods taken.

    Raises:
        NotificationUnreadable: nobody takes them here.
        SameVersion: every one of them was pushed before, with other content.
    """
    if not events:
        return ()
    if not context.takers:
        log.error("suspension_words_not_taken", adapter=adapter)
        raise NotificationUnreadable
    (take,) = context.takers
    return await take(adapter, events)
