"""Points at which requests wait, so that a test can do something at exactly that moment."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.types import Receive

from adapters.simulation.faults import Aim, Sent
from adapters.simulation.wire import gone


class When(StrEnum):
    """The point at which a request waits."""

    BEFORE = "before"
    """It has arrived, and has no effect yet."""
    AFTER = "after"
    """It has had its effect, and is not answered yet."""


class Orphan(StrEnum):
    """The fate of a request that waits before its effect and whose caller hangs up."""

    DROP = "drop"
    """It never has an effect."""
    PERFORM = "perform"
    """It waits on, and has its effect when it is released although nobody listens any more."""


@dataclass(slots=True, kw_only=True)
class Hold:
    """A point that is set."""

    aim: Aim = field(default_factory=Aim)
    when: When
    orphan: Orphan = Orphan.DROP
    count: int | None = None
    """Requests that it still catches, from 1; None: until it is released."""

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError("a hold catches one request at least")
        if self.when is When.AFTER and self.orphan is Orphan.PERFORM:
            raise ValueError("after the effect there is nothing left to perform")


class Holds:
    """The points that are set, and the requests that wait at them."""

    def __init__(self) -> None:
        self._set: list[Hold] = []
        self._waiting: set[asyncio.Future[bool]] = set()

    def add(self, hold: Hold) -> None:
        """Set a point beside the others; the first one that catches a request keeps it."""
        self._set.append(hold)

    @property
    def active(self) -> tuple[Hold, ...]:
        """The points that are set."""
        return tuple(self._set)

    @property
    def held(self) -> int:
        """The number of requests that wait."""
        return len(self._waiting)

    def catch(self, sent: Sent) -> Hold | None:
        """Return the point at which a request has to wait, and count it down."""
        for hold in self._set:
            if hold.aim.hits(sent):
                if hold.count is not None:
                    hold.count -= 1
                    if not hold.count:
                        self._set.remove(hold)
                return hold
        return None

    async def wait(self, hold: Hold, receive: Receive) -> bool:
        """Wait until the point is released, and return whether the request goes on.

        It does not after a reset, nor when the caller hangs up, unless its effect is wanted nevertheless.
        """
        released: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        hung_up = asyncio.create_task(gone(receive, None))
        self._waiting.add(released)
        try:
            await asyncio.wait({released, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            if not released.done() and hold.orphan is Orphan.DROP:
                return False
            return await released
        finally:
            self._waiting.discard(released)
            hung_up.cancel()

    def release(self) -> None:
        """Let all that wait go on, and take the points away."""
        self._end(goes_on=True)

    def clear(self) -> None:
        """Take the points away, so that the waiting calls never have an effect."""
        self._end(goes_on=False)

    def _end(self, *, goes_on: bool) -> None:
        self._set.clear()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(goes_on)
