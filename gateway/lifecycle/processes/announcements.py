"""The listener for changes on any replica, which notifies the callers of this process that wait for them."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from gateway.domain.errors import StoreError
from gateway.lifecycle.processes.changes import RecentChanges
from gateway.lifecycle.processes.notice_feed import NoticeFeed
from gateway.lifecycle.processes.outcomes import WaitingCallers
from gateway.lifecycle.processes.pulses import Pulses
from gateway.store import Store

log = structlog.get_logger(__name__)

LOOP = "listen"
"""Its name among the loops that a process lives by."""
POLL_S = 1.0
"""Between two questions for all who wait, where nothing is heard."""


class AnnouncementListener:
    """The listener of one process: on a connection of its own, or by asking where a pooler stands between."""

    def __init__(
        self,
        *,
        store: Store,
        waiting: WaitingCallers,
        notices: NoticeFeed,
        changes: RecentChanges,
        followers: Mapping[str, Callable[[], None]],
        pulses: Pulses,
    ) -> None:
        """Take, among others, the `followers` to wake, each by the announcement that wakes it."""
        self._store = store
        self._waiting = waiting
        self._notices = notices
        self._changes = changes
        self._followers = followers
        self._pulses = pulses
        self._asking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Listen until it is cancelled."""
        try:
            await self._store.listen(self._heard, answered=self._beat, missed=self._missed)
            # No notification passes a pooler: one query a second for all who wait, instead.
            self._notices.hear_nothing(POLL_S)
            while True:
                await asyncio.sleep(POLL_S)
                self._changes.missed()
                await self._announce_decided()
        finally:
            if self._asking is not None:
                self._asking.cancel()

    def _heard(self, announced: str) -> None:
        if (follow := self._followers.get(announced)) is not None:
            follow()
        else:
            self._waiting.announce(announced)
            self._changes.announce(announced)
            self._notices.wake()

    def _missed(self) -> None:
        """Ask, once for all, for what was announced while nobody listened."""
        for follow in self._followers.values():
            follow()
        self._changes.missed()
        self._notices.wake()
        self._asking = asyncio.create_task(self._announce_decided(), name="asked for what was missed")

    async def _announce_decided(self) -> None:
        try:
            if ids := self._waiting.expected():
                for record_id in await self._store.declarations.decided_among(ids):
                    self._waiting.announce(record_id)
            self._beat()
        except StoreError as error:
            log.warning("not_asked", code=error.code)

    def _beat(self) -> None:
        self._pulses.beat(LOOP)
