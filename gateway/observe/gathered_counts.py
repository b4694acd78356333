"""The counts of what happens all the time, gathered for a moment: counted together they take a fraction of what each would alone."""

import asyncio
import time
from threading import Lock

from prometheus_client import Counter, Histogram

GATHERED_S = 0.25
"""The seconds that a count waits for others; a process that is killed has lost what it counted since."""
_MISSED_S = 1.0
"""The seconds after which a loop that was to count them is over."""


class GatheredCounts:
    """The counts since the last moment, from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._amounts: dict[Counter, float] = {}
        self._seconds: dict[Histogram, list[float]] = {}
        self._expected_by = 0.0

    def add(self, counter: Counter, amount: float = 1.0) -> None:
        """Add to a counter."""
        with self._lock:
            self._amounts[counter] = self._amounts.get(counter, 0.0) + amount
        if time.monotonic() > self._expected_by:
            self._expect()

    def time(self, histogram: Histogram, seconds: float) -> None:
        """Add what was timed to a histogram."""
        with self._lock:
            self._seconds.setdefault(histogram, []).append(seconds)
        if time.monotonic() > self._expected_by:
            self._expect()

    def count(self) -> None:
        """Count all that was gathered."""
        with self._lock:
            amounts, self._amounts = self._amounts, {}
            seconds, self._seconds = self._seconds, {}
            self._expected_by = 0.0
        for counter, amount in amounts.items():
            counter.inc(amount)
        for histogram, each in seconds.items():
            for one in each:
                histogram.observe(one)

    def _expect(self) -> None:
        """Have it counted soon; where no loop runs, now."""
        try:
            asyncio.get_running_loop().call_later(GATHERED_S, self.count)
        except RuntimeError:
            self.count()
        else:
            self._expected_by = time.monotonic() + GATHERED_S + _MISSED_S
