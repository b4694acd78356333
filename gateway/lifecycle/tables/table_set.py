"""The set of tables that counts now on this replica. Whoever acts on a declaration takes it once and keeps to it."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.domain.tables.in_force import Tables


class ScheduledSet(NamedTuple):
    """A set that counts from a moment on, by the clock of `TablesInForce`."""

    at: float
    tables: Tables | None
    """None: it counts everywhere, but this replica cannot serve it and keeps to the one before."""


class TablesInForce:
    """The set that counts. It changes at the announced moment, without anybody doing anything then."""

    def __init__(self, tables: Tables, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the set that counts until another is announced, and a clock in seconds that never goes back."""
        self._current = tables
        self._behind = False
        self._coming: tuple[ScheduledSet, ...] = ()
        self._clock = clock

    @property
    def behind(self) -> bool:
        """Whether another set counts, which this replica cannot serve."""
        self.current()
        return self._behind

    def current(self) -> Tables:
        """Return the set that counts at this moment."""
        while self._coming and self._coming[0].at <= self._clock():
            begun, self._coming = self._coming[0], self._coming[1:]
            self._current, self._behind = begun.tables or self._current, begun.tables is None
        return self._current

    def announce(self, coming: Sequence[ScheduledSet]) -> None:
        """Announce the sets that follow; one that was announced before and has not begun does not come any more."""
        self.current()
        self._coming = tuple(sorted(coming, key=lambda one: one.at))
