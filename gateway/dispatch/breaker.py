"""The breaker and the allowance of an authority: whether it is asked at all, and how often.

The breaker is our own: aiobreaker and pybreaker wrap the call and raise errors of their own in place of ours, and
purgatory keeps its state in a store; what is needed is three numbers and a clock.
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from gateway.contract import Unavailable

MINUTE_S = 60.0


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
        if self._opened_at is None:
            return  # nor does anybody probe one that is closed
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
    """An allowance of at most so many requests in any 60 seconds; 0 is no limit.

    One that is divided among processes allows this process its share alone: nothing before it has one, and nothing once that is over.
    """

    def __init__(self, *, per_minute: int, clock: Callable[[], float], divided: bool = False) -> None:
        self._clock = clock
        self._divided = divided
        self._share = 0 if divided else per_minute
        self._until = float("-inf") if divided else float("inf")
        self._places: deque[float] = deque()
        self.per_minute = per_minute
        """Of all processes."""

    def renew(self, per_minute: int) -> None:
        """Go by another limit from now on; what was taken before still counts."""
        self.per_minute = per_minute
        self._share = min(self._share, per_minute) if self._divided else per_minute

    def shrink(self, share: int) -> None:
        """Take no more than such a share from now on."""
        self._share = min(self._share, share)

    def grant(self, share: int, *, until: float) -> None:
        """Go by a share until the clock says so."""
        self._share, self._until = min(share, self.per_minute), until

    def used(self) -> tuple[int, float]:
        """Return the places taken in the last 60 seconds and ahead, and the seconds after which none of them counts."""
        self._forget()
        return len(self._places), max(0.0, self._places[-1] + MINUTE_S - self._clock()) if self._places else 0.0

    def take(self, within_s: float) -> float:
        """Take the next place and return the seconds to wait for it.

        Raises:
            OwnLimits: it comes later than `within_s` seconds from now; no place is taken.
        """
        if not self.per_minute:
            return 0.0
        now = self._clock()
        self._forget()
        if self._share <= 0:
            raise OwnLimits("this process has no share in the requests per minute that the authority allows")
        place = max(now, self._places[-1] if self._places else now)
        if len(self._places) >= self._share:
            place = max(place, self._places[-self._share] + MINUTE_S)
        if place - now > within_s or place >= self._until:
            raise OwnLimits("the requests per minute that the authority allows are used up")
        self._places.append(place)
        return place - now

    def _forget(self) -> None:
        """Forget the places that lie more than a minute back: no window of 60 seconds has them and one to come."""
        oldest = self._clock() - MINUTE_S
        while self._places and self._places[0] <= oldest:
            self._places.popleft()
