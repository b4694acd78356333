"""Webhooks: addresses at which an owner is told what happens to declarations, and the deliveries of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.notice import NoticeKind

OLD_SECRET_FOR = timedelta(hours=24)
"""For so long after a new secret the one before it signs as well."""
TEST = "test"
"""The kind of an event that is sent on demand, about no declaration."""


class DigestKind(StrEnum):
    """The kind of an event that is no notice, and that a webhook has only where it is asked for."""

    DIGEST = "digest"
    """Each morning: how many declarations are whose turn, and since when the oldest of one's own."""


WebhookKind = NoticeKind | DigestKind


class DeliveryState(StrEnum):
    """How an event stands at a webhook."""

    WAITING = "waiting"
    """It is sent at its time, or is being sent."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """It failed for as long as it is tried: only its owner, or an operator, has it tried again."""
    DROPPED = "dropped"
    """It is not sent: the fault says why."""


class DeliveryFault(StrEnum):
    """Why an attempt failed, or an event was dropped."""

    STATUS = "status"
    """The answer's status is none of success (2xx)."""
    REDIRECT = "redirect"
    """The answer leads elsewhere: that is not followed."""
    GONE = "gone"
    """The answer is 410: the webhook ended with it."""
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    """No connection came about, or it broke."""
    TLS = "tls"
    """The certificate is not good, or nobody speaks TLS there."""
    ADDRESS = "address"
    """The host has no address that may be called, or none at all."""
    NO_HTTP = "no_http"
    """What came was no answer of HTTP."""
    NO_ACCESS = "no_access"
    """The owner's access does not count now."""
    NOT_THEIRS = "not_theirs"
    """The owner may not see the declaration any more."""
    FORGOTTEN = "forgotten"
    """What it was about is kept no more."""
    ENDED = "ended"
    """The webhook has ended."""
    OWN = "own"
    """The gateway could not write it."""


class WebhookHealth(StrEnum):
    """How a webhook stands."""

    HEALTHY = "healthy"
    RETRYING = "retrying"
    """What was sent last failed."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookScope:
    """What an owner is told, and where."""

    address: str
    eoris: frozenset[str] | None
    """Whose declarations, for a trader; None: those of everybody."""
    offices: frozenset[str] | None
    """Declarations at these customs offices; None: at all."""
    kinds: frozenset[NoticeKind]
    """Of these kinds; empty: of all, or of none where a digest alone is sent."""
    language: str
    digest: bool = False
    """Whether a digest is sent each morning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook as it stands now."""

    id: str
    owner: str
    """The name of the caller who made it, with whose access it ends."""
    role: str
    scope: WebhookScope
    made_at: datetime
    rotated_at: datetime | None
    """When it got the secret that it has."""
    ended_at: datetime | None
    ended_by: str | None
    ended_because: str | None
    last: int
    """The number of its last event; 0: none yet."""
    waiting: int
    dead: int
    failing_since: datetime | None
    """Since when nothing was delivered, where what was sent last failed."""
    next_at: datetime | None
    """When it is tried next, where what was sent last failed and something waits."""
    delivered_at: datetime | None
    """When something was delivered last."""

    @property
    def health(self) -> WebhookHealth:
        """How it stands, as lists show it."""
        if self.ended_at is not None:
            return WebhookHealth.ENDED
        return WebhookHealth.HEALTHY if self.failing_since is None else WebhookHealth.RETRYING


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event at a webhook, and how its delivery stands."""

    webhook_id: str
    number: int
    """Its number among the events of this webhook, from 1 on without a gap."""
    series: str
    """Another one after a restore from a backup: numbers before and after it are not those of the same events."""
    kind: str
    """A notice's, or `test`."""
    declaration_id: str | None
    notice: int | None
    """The number of the notice that it is about."""
    state: DeliveryState
    attempts: int
    made_at: datetime
    next_at: datetime | None
    """When it is sent next; None: it is not."""
    status: int | None
    """Of the last answer."""
    fault: DeliveryFault | None
    """Of the last attempt; None: there was none."""
    tried_at: datetime | None
    milliseconds: int | None
    """How long the last attempt took."""

    @property
    def message_id(self) -> str:
        """The `webhook-id` that every attempt of it carries."""
        return f"msg_{self.webhook_id.replace('-', '')}_{self.series}_{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedWebhook:
    """A webhook some events of which this process sends now."""

    id: str
    owner: str
    role: str
    scope: WebhookScope
    secret: bytes
    """Sealed."""
    old_secret: bytes | None
    """The one before it, sealed, as long as it signs."""
    is_over: bool
    """It has ended: events were made of it just before."""
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of sending an event once."""

    webhook_id: str
    number: int
    fault: DeliveryFault | None
    """None: it was delivered."""
    status: int | None = None
    milliseconds: int | None = None
    again_after_s: float | None = None
    """Seconds after which it is sent again; None: it is not."""
