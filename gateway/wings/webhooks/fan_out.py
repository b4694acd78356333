"""The loop that makes events of notices: in one process at a time, for all webhooks in one statement."""

import asyncio
import random
from collections.abc import Callable

from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.store import Notices
from gateway.wings.webhooks.deliveries import WebhookDeliveries

LOOP = "webhook events"
"""Its name among the loops that a process lives by."""
IDLE_S = 1.0
"""The seconds after which it looks by itself: an announcement may have been lost, or the first webhook made a moment ago."""
GATHER_S = 0.25
"""The seconds that it waits for more once something happened."""

FOLLOW_S = 1.0
"""The seconds that it waits instead where another process makes them: it takes over where that one makes no more."""


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
        self._follows = False
        """Whether another process makes events: it is left to it while it does."""
        self._last: int | None = None
        """The notice up to which they were made when this one saw it last."""
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
        gather_s = FOLLOW_S if self._follows else self._gather_s
        await asyncio.sleep(gather_s * (0.5 + random.random()))
        wanted = await self._deliveries.wanted()
        before, self._last = self._last, wanted.last
        if before is not None and before != wanted.last:
            self._follows = True
            return
        if not wanted.more:
            return
        if wanted.unnumbered:
            await self._notices.number()
        self._follows = True
        while (last := await self._deliveries.fan_out()) is not None:
            self._follows, self._last = False, last
            self._made()
