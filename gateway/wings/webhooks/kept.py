"""Webhooks kept in the database, as their owners make, see and end them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.domain.calendar import in_utc
from gateway.domain.errors import Conflict
from gateway.domain.notice import NoticeKind
from gateway.store import rows
from gateway.store.announcements import Announcements
from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.store.rows import Row
from gateway.wings.webhooks.errors import WebhookThere
from gateway.wings.webhooks.webhook import Delivery, DeliveryFault, DeliveryState, Webhook, WebhookScope

EVENTS = "webhooks"
"""The channel on which it is announced that there are events to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWebhook:
    """A webhook that is to be kept."""

    id: str
    owner: str
    counts_for: str
    """The owner whose share of webhooks it takes."""
    role: str
    scope: WebhookScope
    secret: bytes
    """Sealed."""


class Webhooks:
    """The webhooks of all replicas. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcements: Announcements) -> None:
        self._database = database
        self._announcements = announcements

    async def make(self, new: KeptWebhook, *, most: int, repeated_within: timedelta) -> tuple[Webhook, bytes]:
        """Keep a webhook, which is sent what happens from now on; return it with its sealed secret.

        One that is equal and was made a while ago at most is returned in its place: the call is a repeated one.

        Raises:
            WebhookThere: an equal one was made before that.
            Conflict: the owner has as many as they may.
        """
        scope = new.scope
        values = {
            "id": new.id,
            "owner": new.owner,
            "counts_for": new.counts_for,
            "role": new.role,
            "address": scope.address,
            "eoris": None if scope.eoris is None else sorted(scope.eoris),
            "offices": None if scope.offices is None else sorted(scope.offices),
            # Of none is not of all: then a digest is all that is sent.
            "kinds": sorted(scope.kinds) if scope.kinds or scope.digest else None,
            "digest": scope.digest,
            "language": scope.language,
            "secret": new.secret,
            "repeated_within": repeated_within,
        }
        async with self._database.transaction() as connection:
            await rows_of(connection, "lock_webhooks_of_owner", values)
            for equal in await rows_of(connection, "equal_webhook", values):
                if not equal["repeated"]:
                    raise WebhookThere(str(equal["id"]))
                (row,) = await rows_of(connection, "webhook_by_id", {"id": equal["id"], "owner": None})
                return _webhook(row), bytes(equal["secret"])
            (counted,) = await rows_of(connection, "webhooks_that_count", values)
            if counted["webhooks"] >= most:
                raise Conflict(f"There are {most} webhooks of yours already, as many as you may have: end one first.")
            await rows_of(connection, "make_webhook", values)
            (row,) = await rows_of(connection, "webhook_by_id", {"id": new.id, "owner": None})
        return _webhook(row), new.secret

    async def by_id(self, webhook_id: str, *, owner: str | None) -> Webhook | None:
        """Return a webhook in its present state; of one owner if one is given."""
        if not rows.is_id(webhook_id):
            return None
        row = await self._database.row("webhook_by_id", {"id": webhook_id, "owner": owner})
        return None if row is None else _webhook(row)

    async def page(self, *, owner: str | None, after: str | None, limit: int) -> tuple[Webhook, ...]:
        """Return webhooks, the newest first, behind the one with an id; of one owner if one is given."""
        found = await self._database.rows("webhooks", {"owner": owner, "after": after, "limit": limit})
        return tuple(_webhook(row) for row in found)

    async def end(self, webhook_id: str, *, by: str, because: str) -> None:
        """End a webhook, which is sent nothing from now on; a second time changes nothing."""
        await self._database.run("end_webhook", {"id": webhook_id, "by": by, "because": because})

    async def rotate(self, webhook_id: str, secret: bytes) -> bool:
        """Give a webhook a new secret, sealed, and keep the one before it; return whether it has not ended."""
        return await self._database.row("rotate_webhook", {"id": webhook_id, "secret": secret}) is not None

    async def deliveries(
        self, webhook_id: str, *, before: int | None, states: tuple[DeliveryState, ...], limit: int
    ) -> tuple[Delivery, ...]:
        """Return events of a webhook, the newest first, before a number; of some states if any are named."""
        values = {"id": webhook_id, "before": before, "states": sorted(states) or None, "limit": limit}
        return tuple(delivery(row) for row in await self._database.rows("deliveries_of_webhook", values))

    async def delivery(self, webhook_id: str, number: int) -> Delivery | None:
        """Return one event of a webhook."""
        row = await self._database.row("delivery_of_webhook", {"id": webhook_id, "number": number})
        return None if row is None else delivery(row)

    async def add_test(self, webhook_id: str) -> Delivery | None:
        """Add an event that is about nothing; None: the webhook has ended, or such an event waits."""
        row = await self._database.row("add_test_delivery", {"id": webhook_id})
        if row is None:
            return None
        self._announcements.announce(EVENTS)
        return delivery(row)

    async def redeliver(self, webhook_id: str, number: int, *, everything: bool) -> int:
        """Have an event sent again, and all behind it that are dead, or `everything` behind it; return how many."""
        values = {"id": webhook_id, "number": number, "everything": everything}
        row = await self._database.row("redeliver", values)
        self._announcements.announce(EVENTS)
        return 0 if row is None else int(row["events"])

    async def forget(self, age: timedelta) -> None:
        """Delete deliveries that are older than an age, and webhooks that ended before it."""
        for statement in ("forget_deliveries", "forget_webhooks"):
            async with self._database.transaction(of=Patience.WHOLE) as connection:
                await rows_of(connection, statement, {"age": age})


def scope_of(row: Row) -> WebhookScope:
    """Return the address of a row's webhook, and which notices it is sent."""
    return WebhookScope(
        address=row["address"],
        eoris=None if row["eoris"] is None else frozenset(row["eoris"]),
        offices=None if row["offices"] is None else frozenset(row["offices"]),
        kinds=frozenset(NoticeKind(kind) for kind in row["kinds"] or ()),
        language=row["language"],
        digest=bool(row.get("digest")),
    )


def delivery(row: Row) -> Delivery:
    """Return the event of a row."""
    state = DeliveryState(row["state"])
    return Delivery(
        webhook_id=str(row["webhook_id"]),
        number=row["number"],
        series=row["series"],
        kind=row["kind"],
        declaration_id=_text(row["declaration_id"]),
        notice=row["notice"],
        state=state,
        attempts=row["attempts"],
        made_at=in_utc(row["made_at"]),
        next_at=in_utc(row["next_at"]) if state is DeliveryState.WAITING else None,
        status=row["status"],
        fault=None if row["fault"] is None else DeliveryFault(row["fault"]),
        tried_at=in_utc(row["tried_at"]),
        milliseconds=row["milliseconds"],
    )


def _webhook(row: Row) -> Webhook:
    return Webhook(
        id=str(row["id"]),
        owner=row["owner"],
        role=row["role"],
        scope=scope_of(row),
        made_at=in_utc(row["made_at"]),
        rotated_at=in_utc(row["rotated_at"]),
        ended_at=in_utc(row["ended_at"]),
        ended_by=row["ended_by"],
        ended_because=row["ended_because"],
        last=row["last"],
        waiting=row["waiting"],
        dead=row["dead"],
        failing_since=in_utc(row["failing_since"]),
        next_at=in_utc(row["next_at"]),
        delivered_at=in_utc(row["delivered_at"]),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
