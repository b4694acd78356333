"""Webhooks and their events, as JSON objects."""

from typing import Any

from gateway.access import Caller
from gateway.wings.webhooks.steps import ShownSecret, WebhookOwner
from gateway.wings.webhooks.webhook import OLD_SECRET_FOR, TEST, Delivery, DigestKind, Webhook

COLLECTION = "/v1/webhooks"


def owner(caller: Caller) -> WebhookOwner:
    """Return the owner that a caller is."""
    return WebhookOwner(
        name=caller.name,
        counts_for=caller.maker or caller.name,
        role=caller.actor().role,
        eoris=caller.eoris,
        offices=caller.offices,
    )


def location(webhook: Webhook) -> str:
    """Return where a webhook is found."""
    return f"{COLLECTION}/{webhook.id}"


def webhook_body(webhook: Webhook) -> dict[str, Any]:
    """Return a webhook, without its secret."""
    scope = webhook.scope
    return {
        "id": webhook.id,
        "address": scope.address,
        "kinds": sorted([*scope.kinds, *([DigestKind.DIGEST] if scope.digest else [])]),
        "eoris": None if scope.eoris is None else sorted(scope.eoris),
        "offices": None if scope.offices is None else sorted(scope.offices),
        "language": scope.language,
        "state": webhook.health,
        "made_at": webhook.made_at,
        "secret_since": webhook.rotated_at or webhook.made_at,
        "last": webhook.last,
        "waiting": webhook.waiting,
        "dead": webhook.dead,
        "failing_since": webhook.failing_since,
        "next_at": webhook.next_at,
        "delivered_at": webhook.delivered_at,
        "ended_at": webhook.ended_at,
        "reason": webhook.ended_because,
    }


def shown_body(shown: ShownSecret) -> dict[str, Any]:
    """Return a webhook with its new secret."""
    since = shown.webhook.rotated_at
    until = None if since is None else since + OLD_SECRET_FOR
    return {**webhook_body(shown.webhook), "secret": shown.secret, "old_secret_until": until}


def event_type(kind: str) -> str:
    """Return the type of an event, by the kind of its notice."""
    if kind == DigestKind.DIGEST:
        return "work.digest"
    return "webhook.test" if kind == TEST else f"declaration.{kind}"


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """Return an event, and the state of its delivery."""
    return {
        "number": delivery.number,
        "id": delivery.message_id,
        "series": delivery.series,
        "type": event_type(delivery.kind),
        "declaration": delivery.declaration_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "made_at": delivery.made_at,
        "next_at": delivery.next_at,
        "tried_at": delivery.tried_at,
        "status": delivery.status,
        "fault": delivery.fault,
        "milliseconds": delivery.milliseconds,
    }
