"""The time of one exchange: when it is over, and whether its authority, its adapter's code or this machine has had it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.contract import AdapterError, Unavailable
from gateway.dispatch.breaker import OwnLimits
from gateway.dispatch.deadlines import Deadlines

T = TypeVar("T")

GRACE_S = 0.1
"""Seconds for which what a step has said may still wait for the loop, when its exchange is over."""
BUSY = 0.25
"""The share of its time that code has to have used of the processor: with less, the machine did not let it."""


class ExchangeTime:
    """The end of one exchange, and who has had its time so far."""

    def __init__(self, until: float, *, began: float | None = None) -> None:
        """Take the loop's time at which it is over, and at which it began; None: now."""
        self.until = until
        self._began = asyncio.get_running_loop().time() if began is None else began
        self.authority_s = 0.0
        """Seconds for which its authority was waited for."""
        self.code_s = 0.0
        """Seconds that steps of its adapter's code took by the clock."""
        self.used_s = 0.0
        """Seconds of the processor that these steps took."""

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return self.until - asyncio.get_running_loop().time()

    async def of_authority(self, work: Awaitable[T], deadlines: Deadlines) -> T:
        """Wait for the authority, until the exchange is over.

        Raises:
            Unavailable: it is over, and the authority has had its time.
            OwnLimits: it is over, and the adapter's code has had the greater part of it.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await deadlines.within(self.until, work)
        except TimeoutError as error:
            if self.code_s > self.authority_s + loop.time() - began:
                raise OwnLimits("the adapter's code left its authority no time") from error
            raise Unavailable("the authority did not answer in time") from error
        finally:
            self.authority_s += loop.time() - began

    def took(self, taken_s: float, used_s: float) -> None:
        """Count a step of the code: what it took by the clock, and of the processor."""
        self.code_s += taken_s
        self.used_s += used_s

    def fault(self, overrun: Callable[[], AdapterError], *, waits: bool = False) -> AdapterError:
        """Return the fault of an exchange that is over while a step of the code is under way, or with one that asks for more.

        An authority that had the greater part of the time is late itself, however little the code then takes.

        Args:
            overrun: counts an overrun of the code, and returns it.
            waits: whether the step waits for something, of its own accord.
        """
        if self.authority_s > self.code_s:
            return Unavailable("the authority's answers left the adapter's code no time")
        if 2 * self.code_s < asyncio.get_running_loop().time() - self._began:
            return OwnLimits("waiting for a turn left the adapter's code no time")
        if waits or self.used_s >= BUSY * self.code_s:
            return overrun()
        return OwnLimits("this machine left the adapter's code no time")


def endless() -> ExchangeTime:
    """Return the time of what no exchange waits for: a day, far longer than any step."""
    return ExchangeTime(asyncio.get_running_loop().time() + 86_400)
