"""The bodies of the calls about webhooks, and what these answer."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from gateway.api.schemas.bodies import CallBody
from gateway.domain.notice import NoticeKind
from gateway.wings.webhooks.webhook import DeliveryFault, DeliveryState, DigestKind, WebhookHealth


class NewWebhook(CallBody):
    """A webhook that is to be made."""

    address: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    """Where events are sent (POST): https, a public host, no secret in it."""
    kinds: tuple[NoticeKind | DigestKind, ...] = ()
    """Events of these kinds of notices; empty: all. `digest`: each morning, what is one's own to do; with no other kind it alone."""
    eoris: (
        Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[!-~]{1,15}$")], ...], Field(min_length=1)]
        | None
    ) = None
    """For a trader: whose declarations; null: all of the caller's."""


class Redelivery(CallBody):
    """From which event on a webhook's events are sent again."""

    everything: bool = False
    """Also what was delivered behind it; else only it and what is dead behind it."""


class WebhookBody(BaseModel):
    """A webhook as it stands now; its secret is shown once, by the call that makes it."""

    id: str
    address: str
    kinds: list[NoticeKind | DigestKind]
    """Empty: all notices, and no digest."""
    eoris: list[str] | None
    """Null: everybody's."""
    offices: list[str] | None
    """Null: all."""
    language: str
    state: WebhookHealth
    made_at: datetime
    secret_since: datetime
    last: int
    """The number of its last event; 0: none yet."""
    waiting: int
    """Events that wait; 10000: so many, or more."""
    dead: int
    """Events that are tried no more; 10000: so many, or more."""
    failing_since: datetime | None
    next_at: datetime | None
    """When a failing receiver is tried next."""
    delivered_at: datetime | None
    ended_at: datetime | None
    reason: str | None


class ShownWebhookBody(WebhookBody):
    """A webhook with a secret that was made now."""

    secret: str
    """It is shown this once."""
    old_secret_until: datetime | None
    """Until then the secret before it signs as well."""


class WebhookPage(BaseModel):
    """A page of webhooks, the newest first."""

    items: list[WebhookBody]
    next: str | None


class DeliveryBody(BaseModel):
    """An event at a webhook, and how its delivery stands."""

    number: int
    """Its number at this webhook, from 1 on."""
    id: str
    """The `webhook-id` of every attempt."""
    series: str
    type: str
    declaration: str | None
    state: DeliveryState
    attempts: int
    made_at: datetime
    next_at: datetime | None
    tried_at: datetime | None
    status: int | None
    """Of the last answer."""
    fault: DeliveryFault | None
    milliseconds: int | None


class DeliveryPage(BaseModel):
    """A page of events, the newest first."""

    items: list[DeliveryBody]
    next: int | None


class RedeliveryBody(BaseModel):
    """How many events are sent again."""

    events: int
