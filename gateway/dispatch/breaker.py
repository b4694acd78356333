"""The breaker and the allowance of an authority: whether it is asked at all, and how often.

The breaker is our own: aiobreaker and pybreaker wrap the call and raise errors of their own in place of ours, and
purgatory keeps its state in a store; what is needed is three numbers and a clock.
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from gateway.contract import Unavailable


class BreakerState(StrEnum):
    """The states of a breaker: whether an authority is asked."""

    CLOSED = "closed"
    """It is."""
    OPEN = "open"
    """It is not: it was unavailable several times in a row."""
    HALF_OPEN = "half_open"
    """One call is made to see whether it is back."""


class NotAsked(Unavailable):
    """The gateway did not send the question: its own breaker is open or its own limits leave no time."""


class OwnLimits(NotAsked):
    """The gateway's own limits left no time: that says nothing of the authority, and is no outage of its."""


class Breaker:
    """A breaker that opens after `threshold` unavailable answers in a row and admits a probe after each `rest_s` seconds."""

    def __init__(self, *, threshold: int, rest_s: float, clock: Callable[[], float]) -> None:
        self._threshold = threshold
        self._rest_s = rest_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """The state at this moment."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        rested = self._probing or self._clock() - self._opened_at >= self._rest_s
        return BreakerState.HALF_OPEN if rested else BreakerState.OPEN

    def refuse_if_open(self) -> None:
        """Refuse at once a call that would not be admitted, before it waits for its turn.

        Raises:
            NotAsked: it would not.
        """
        if self._probing or self.state is BreakerState.OPEN:
            raise NotAsked("the authority was unavailable several times in a row and is left alone for a while")

    def admit(self) -> None:
        """Admit a call; it has to be followed by `answered`, `failed` or `abandoned`.

        Raises:
            NotAsked: it is open, or another call is probing.
        """
        self.refuse_if_open()
        self._probing = self._opened_at is not None

    def answered(self) -> None:
        """Record that the authority answered something."""
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """Record that the authority was unavailable."""
        self._failures += 1
        if self._probing or self._failures >= self._threshold:
            self._opened_at = self._clock()
        self._probing = False

    def abandoned(self) -> None:
        """Record that the call ended without any evidence about the authority."""
        self._probing = False


class Allowance:
    """An allowance of at most so many requests in any 60 seconds; 0 is no limit."""

    def __init__(self, *, per_minute: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._taken: deque[float] = deque(maxlen=per_minute)

    def take(self, within_s: float) -> float:
        """Take the next place and return the seconds to wait for it.

        Raises:
            OwnLimits: it comes later than `within_s` seconds from now; no place is taken.
        """
        if not self._per_minute:
            return 0.0
        now = self._clock()
        place = now if len(self._taken) < self._per_minute else max(now, self._taken[0] + 60.0)
        if place - now > within_s:
            raise OwnLimits("the requests per minute that the authority allows are used up")
        self._taken.append(place)
        return place - now
