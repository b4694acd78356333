"""The database's clock, as this process knows it: read now and then, and gone on since by a clock of the machine that nobody sets."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that goes on while the machine sleeps."""
_HELD_S = 1.0
"""The most by which a new reading may be before the last time given without time going back here: so inexact is a reading."""


seconds_since_boot: Callable[[], float] = partial(time.clock_gettime, _BOOT)
"""The reading of the clock of this machine that only goes on."""


class DatabaseClock:
    """The database's clock; all moments of a declaration are by it, whatever the clock of this process says."""

    def __init__(self, *, passed: Callable[[], float] = seconds_since_boot) -> None:
        """Take the clock by which time passes between readings, in seconds."""
        self.passed = passed
        self._ahead: float | None = None
        self._inexact = 0.0
        self._told = 0.0

    def note(self, at: float, *, asked: float) -> None:
        """Note a reading of the database's clock, in seconds since 1970, and when it was asked for: it was read between then and now.

        What differs by less than that took is no news.
        """
        answered = self.passed()
        ahead, inexact = at - (asked + answered) / 2, (answered - asked) / 2
        if self._ahead is None or inexact < self._inexact or abs(ahead - self._ahead) > inexact + self._inexact:
            self._ahead, self._inexact = ahead, inexact

    def now(self) -> datetime:
        """Return the time by the database's clock; it goes back only where the database's own did, by more than a second."""
        assert self._ahead is not None, "nothing is done by the database's clock before it was read"
        found = self.passed() + self._ahead
        if not 0 < self._told - found < _HELD_S:
            self._told = found
        return datetime.fromtimestamp(self._told, UTC)
