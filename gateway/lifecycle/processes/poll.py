"""A polling loop: it runs whenever a change is announced, and every so often."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from gateway.domain.errors import StoreError
from gateway.lifecycle.processes.pulses import Pulses

log = structlog.get_logger(__name__)


class PollLoop:
    """A loop that nothing but its cancelling ends: what a poll trips over is logged, and the next one is tried."""

    def __init__(
        self, poll: Callable[[], Awaitable[None]], *, name: str, every_s: float, pulses: Pulses | None = None
    ) -> None:
        """Take the poll, the loop's name among those that a process lives by, and the seconds between two polls at most."""
        self._poll = poll
        self._name = name
        self._every_s = every_s
        self._pulses = pulses
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop in which it runs; None: it does not yet."""

    def wake(self) -> None:
        """Have it poll at once, from whichever thread."""
        if self._loop is None:
            self._woken.set()
            return
        # A process that ends has no loop any more in which to poll.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Poll until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(self._every_s):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self._poll()
                if self._pulses is not None:
                    self._pulses.beat(self._name)
            except StoreError:
                log.warning("not_polled", loop=self._name)
            except Exception as error:
                log.error("poll_failed", loop=self._name, error=type(error).__name__, exc_info=True)
