"""The loop that makes events of notices: in one process at a time, for all webhooks in one statement."""

import asyncio
import random
from collections.abc import Callable

from gateway.lifecycle.poll import PollLoop
from gateway.lifecycle.pulses import Pulses
from gateway.store import Notices, WebhookDeliveries

LOOP = "webhook events"
"""Its name among the loops that a process lives by."""
IDLE_S = 1.0
"""So often it looks by itself: an announcement may have been lost, or the first webhook made a moment ago."""
GATHER_S = 0.25
"""How long it waits for more once something happened."""


class FanOut:
    """Makes events of what was noticed, and says when there are any to send."""

    def __init__(
        self,
        deliveries: WebhookDeliveries,
        notices: Notices,
        *,
        made: Callable[[], None],
        pulses: Pulses | None = None,
        gather_s: float = GATHER_S,
    ) -> None:
        """Take where they are kept, and what is called once there are events to send."""
        self._deliveries = deliveries
        self._notices = notices
        self._made = made
        self._gather_s = gather_s
        self._loop = PollLoop(self.poll, name=LOOP, every_s=IDLE_S, pulses=pulses)

    def wake(self) -> None:
        """Have it look soon: a declaration moved on, on whichever replica."""
        self._loop.wake()

    async def run(self) -> None:
        """Make events until it is cancelled."""
        await self._loop.run()

    async def poll(self) -> None:
        """Make events of all notices that nobody made events of yet.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        # Not all processes at the same moment: whoever comes later finds it done, by one question.
        await asyncio.sleep(self._gather_s * (0.5 + random.random()))
        while await self._deliveries.fan_out(self._notices.number):
            self._made()
