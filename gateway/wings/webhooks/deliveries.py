"""Events of webhooks: made of notices by one process at a time, claimed by those who send them, noted many at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from gateway.store.announcements import Announcements
from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.store.rows import json_text
from gateway.wings.webhooks.kept import EVENTS, delivery, scope_of
from gateway.wings.webhooks.webhook import OLD_SECRET_FOR, Attempt, ClaimedWebhook

FAILING = 3
"""Events of so many declarations that failed one after the other, and nothing delivered between: the receiver fails, not an event."""
STRETCH = 2_000
"""Notices of which events are made in one commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingLimits:
    """The limits on how much is claimed, and for how long."""

    at_once_of_one: int
    """Events of one webhook that are sent at the same time, by all processes."""
    of_owner: int
    """Events of one owner's webhooks that one process sends at the same time."""
    lease: timedelta
    """The time after which another process sends what this one has claimed."""
    probe: timedelta
    """The interval at which a failing webhook is tried."""
    dead_after: timedelta
    """The time after which an event is tried no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEvents:
    """The progress of making events from notices."""

    last: int
    """The number of the notice up to which they are."""
    more: bool
    """Whether somebody wants events and there are notices behind it."""
    unnumbered: bool
    """Whether some of these have no number yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Events of one webhook that a process sends now, and until when it is the only one."""

    webhook: ClaimedWebhook
    counts_for: str
    """The owner whose places they take."""
    receiver: str
    """The receiver of their events: all webhooks that one owner has at one host and port lead to the same."""
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedAttempt:
    """The outcome of an event under a claim; it is noted while the claim is still that one."""

    attempt: Attempt
    until: datetime


class WebhookDeliveries:
    """The events of all webhooks. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcements: Announcements) -> None:
        self._database = database
        self._announcements = announcements

    async def wanted(self) -> WantedEvents:
        """Return whether anybody wants events, up to which notice they are made, and whether there are more."""
        known = await self._database.row("webhooks_wanted", {})
        assert known is not None, "the cursor is made with the table"
        last, newest = int(known["last"]), int(known["newest"])
        if not known["wanted"] and newest - last > STRETCH:
            # Whoever makes one is told of what comes later: there is nothing to go through.
            await self._database.run("move_webhook_cursor", {"until": newest})
        more = known["wanted"] and (newest > last or known["unnumbered"])
        return WantedEvents(last=last, more=more, unnumbered=known["unnumbered"])

    async def fan_out(self) -> int | None:
        """Make events of the next stretch of numbered notices; return up to which one. None: there are none, or another process does it."""
        async with self._database.transaction() as connection:
            found = await rows_of(connection, "lock_webhook_cursor", {})
            if not found or found[0]["newest"] <= found[0]["last"]:
                return None
            after, newest = int(found[0]["last"]), int(found[0]["newest"])
            until = min(after + STRETCH, newest)
            (made,) = await rows_of(connection, "fan_out", {"after": after, "until": until})
        if made["events"]:
            self._announcements.announce(EVENTS)
        return until

    async def make_digests(self) -> None:
        """Make a digest for each webhook that is sent one, but none that was made a while ago."""
        made = await self._database.row("make_digests", {})
        if made is not None and made["events"]:
            self._announcements.announce(EVENTS)

    async def due(self) -> bool:
        """Whether there may be events to claim."""
        found = await self._database.row("deliveries_due", {})
        return found is not None and bool(found["due"])

    async def claim(
        self, limits: SendingLimits, *, most: int, under_way: Mapping[str, int], slow: Mapping[str, int]
    ) -> tuple[tuple[Claim, ...], bool]:
        """Claim events to send now, first of those owners that have least under way; return them, and whether more may be due.

        Args:
            limits: how much is claimed, and for how long.
            most: so many at most.
            under_way: how many this process is sending, by whom they count for.
            slow: how many may be sent to each receiver that is slow.
        """
        values = {
            "failing": FAILING,
            "of_one": limits.at_once_of_one,
            "of_owner": limits.of_owner,
            "most": most,
            "under_way": json_text(dict(under_way)),
            "slow": json_text(dict(slow)),
            "lease": limits.lease,
            "old_for": OLD_SECRET_FOR,
        }
        found = await self._database.rows("claim_deliveries", values)
        claimed = []
        for webhook_id, group in groupby(found, key=itemgetter("webhook_id")):
            if webhook_id is None:
                continue
            rows = list(group)
            first = rows[0]
            webhook = ClaimedWebhook(
                id=str(first["webhook_id"]),
                owner=first["owner"],
                role=first["role"],
                scope=scope_of(first),
                secret=bytes(first["secret"]),
                old_secret=None if first["old_secret"] is None else bytes(first["old_secret"]),
                is_over=first["ended_at"] is not None,
                deliveries=tuple(delivery(row) for row in rows),
            )
            claimed.append(
                Claim(
                    webhook=webhook,
                    counts_for=first["counts_for"],
                    receiver=first["receiver"],
                    until=first["claimed_until"],
                )
            )
        # A queue of which nothing was claimed is due later by now: there may be one behind it.
        return tuple(claimed), found[0]["queues"] > 0

    async def note(self, attempts: Iterable[ClaimedAttempt], limits: SendingLimits) -> None:
        """Note what became of events, all in one statement."""
        told = [
            {
                "webhook_id": one.attempt.webhook_id,
                "number": one.attempt.number,
                "claimed_until": one.until,
                "fault": one.attempt.fault,
                "drops": one.attempt.fault is not None and one.attempt.again_after_s is None,
                "status": one.attempt.status,
                "milliseconds": one.attempt.milliseconds,
                "again_after_s": one.attempt.again_after_s,
            }
            for one in attempts
        ]
        values = {"failing": FAILING, "probe": limits.probe, "dead_after": limits.dead_after}
        await self._database.run("note_attempts", {"attempts": json_text(told), **values})

    async def bury(self, dead_after: timedelta) -> None:
        """Give up what waited for too long at receivers that fail."""
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "bury_deliveries", {"dead_after": dead_after})
