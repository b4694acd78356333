"""What receivers are sent, as the description of the API tells it: one webhook for each kind of notice, and one for tests."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Header
from pydantic import BaseModel

from gateway.api.routes.notices import NoticeBody
from gateway.api.schemas.answers import DeclarationBody
from gateway.domain.notice import NoticeKind
from gateway.wings.webhooks.views import event_type
from gateway.wings.webhooks.webhook import TEST, DigestKind

KINDS = (*NoticeKind, DigestKind.DIGEST, TEST)
"""All that an event may be of."""


class DigestBody(BaseModel):
    """What is to be done, of all that the owner may see at the moment of sending."""

    yours: int
    """Declarations about which something is the owner's to do."""
    oldest: datetime | None
    """Since when the oldest of them is held or open; null: there are none."""
    held: int
    turns: dict[str, int]
    """How many declarations are whose turn."""


class WebhookEventData(BaseModel):
    """What an event tells: its place at the webhook, and what the owner may read when it is sent."""

    webhook: str
    number: int
    """Its number at this webhook, from 1 on without a gap: what has one that was seen in this series was sent twice."""
    series: str
    """Another one after a restore from a backup: numbers before it may come again."""
    notice: NoticeBody | None = None
    """Absent in a test, and in a digest."""
    digest: DigestBody | None = None
    """In a digest alone."""
    declaration: DeclarationBody | None = None
    """As its own call answers; null where it is too long to be sent along: `link` leads to it."""
    link: str | None = None


class WebhookEventBody(BaseModel):
    """An event, as a receiver is sent it (Standard Webhooks)."""

    type: str
    timestamp: datetime
    data: WebhookEventData


def register(app: FastAPI) -> None:
    """Add what is sent to the description of the application."""

    def event(
        sent: WebhookEventBody,
        webhook_id: Annotated[str, Header(description="The same at every attempt")],
        webhook_timestamp: Annotated[int, Header(description="Seconds since 1970, of this attempt")],
        webhook_signature: Annotated[str, Header(description="`v1,` and the signature; several, with blanks between")],
    ) -> None:
        """Tells an owner what happened to a declaration; any status of success (2xx) takes it, 410 ends the webhook."""

    answers: dict[int | str, dict[str, Any]] = {
        "2XX": {"description": "It was taken"},
        410: {"description": "The webhook ends: nothing further is sent"},
        "default": {"description": "It is sent again, after growing pauses, for a week"},
    }
    for kind in KINDS:
        name = event_type(kind)
        app.webhooks.add_api_route(
            name,
            event,
            methods=["POST"],
            operation_id=f"receive_{name.replace('.', '_')}",
            response_model=None,
            status_code=204,
            responses=answers,
            tags=["webhook_events"],
            # A generated client calls none of these: its receiver is called.
            openapi_extra={"x-internal": True, "security": []},
        )
