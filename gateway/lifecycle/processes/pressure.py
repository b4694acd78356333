"""The pressure of the declarations that wait for a decision: how near it is to the most that may wait, and whose it is."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from gateway.store import Backlog


class Pressure:
    """The number of waiting declarations, and how long they wait, over all replicas: as the database counted it last, and what this process left to it since."""

    def __init__(self, *, most: int, longest_s: float, few: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the bounds, and a clock in seconds that never goes back: no moment of another machine is held against it.

        Args:
            most: so many may wait.
            longest_s: so long may the oldest wait.
            few: no more than these are no wait, however old: one process takes them at once.
            clock: this process's own.
        """
        self._most = most
        self._longest_s = longest_s
        self._few = few
        self._clock = clock
        self._counted = Backlog(waiting=0, oldest_s=0.0, lost=False, declarants={})
        self._counted_at = clock()
        self._left: Counter[str | None] = Counter()
        """The declarations that this process left waiting since; None: whose it is only the database knows."""
        self._since = 0

    @property
    def number(self) -> int:
        """The number of those that wait."""
        return self._counted.waiting + self._since

    @property
    def oldest_s(self) -> float:
        """The seconds for which the oldest of those has waited; 0: no more wait than a process takes at once."""
        if self.number <= self._few or not self._counted.oldest_s:
            return 0.0
        return self._counted.oldest_s + self._clock() - self._counted_at

    def now(self) -> float:
        """Return how near the waiting declarations are to the most that may wait, by number or by age: at 1 nothing more is taken."""
        return max(self.oldest_s / self._longest_s, self.number / self._most)

    def part_of(self, declarants: Iterable[str]) -> float:
        """Return the part of the waiting declarations that these declarants have: 1 is all of it."""
        own = sum(self._counted.declarants.get(one, 0) + self._left[one] for one in declarants)
        return own / self.number if own else 0.0

    async def count(self, counting: Awaitable[Backlog]) -> Backlog:
        """Have the database count; raise as that does, and go by the last count until the next one."""
        began_at, before = self._clock(), self._left.copy()
        found = await counting
        self._counted, self._counted_at = found, began_at
        # What was left to it before is among what it found; what came meanwhile may not be.
        self._left = self._left - before
        self._since = self._left.total()
        return found

    def leave(self, declarant: str | None) -> None:
        """Count one more that waits."""
        self._since += 1
        self._left[declarant] += 1
