"""The times at which waiting for an authority is over, kept by one timer of the loop for all that wait."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Deadlines:
    """The deadlines of everything that is waited for at one authority. Made without a loop; its timer is the running one's.

    Nearly all waiting ends long before its deadline, and a timer of its own costs more than the rest of waiting.
    """

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Timeout, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    async def within(self, until: float, work: Awaitable[T]) -> T:
        """Return what is waited for, until the loop's time `until`.

        Raises:
            TimeoutError: it is over.
        """
        async with asyncio.timeout(None) as waiting:
            self._follow_loop()
            self._waiting[waiting] = until
            if self._timer is None or until < self._rings_at:
                self._set(until)
            try:
                return await work
            finally:
                self._waiting.pop(waiting, None)

    def _follow_loop(self) -> None:
        """Forget the timer of a loop that is not the running one: it ended with it."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._timer = loop, None
            self._waiting.clear()

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._rings_at = at
        self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        assert self._loop is not None
        self._timer = None
        now = self._loop.time()
        for waiting, until in tuple(self._waiting.items()):
            if until <= now:
                # It ends its task in the loop's next turn, once.
                del self._waiting[waiting]
                waiting.reschedule(now)
        if self._waiting:
            self._set(min(self._waiting.values()))
