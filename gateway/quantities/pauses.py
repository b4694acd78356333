"""The times at which what is in doubt, or what only a position shows, is read again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.movement import Movement

LATE_EFFECT = timedelta(seconds=150)
"""The time after which no authority takes up a request any more whose answer was lost (a WS-Security token lives 120 s at most, with 30 s of difference between clocks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """The pauses after which what is in doubt is read again: each is twice the one before."""

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)
    late: tuple[timedelta, ...] = (LATE_EFFECT, timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24))
    """The times at which what only a position shows is read again, counted from when it was settled: a request of it may come late."""

    def after(self, times: int) -> timedelta:
        """Return the pause after so many readings in vain."""
        doubled: timedelta = self.first * 2 ** min(max(times - 1, 0), 20)
        return min(self.longest, doubled)

    def over(self, movement: Movement, now: datetime) -> int:
        """Count the later readings of a movement whose time has come."""
        settled = movement.settled_at
        return sum(settled + after <= now for after in self.late) if settled is not None else 0

    def until_read(self, movement: Movement, now: datetime) -> timedelta | None:
        """Return the time until a movement is read again, at most zero if that is due; None: it is not read again."""
        if not movement.may_come_late or movement.settled_at is None or movement.readings >= len(self.late):
            return None
        return movement.settled_at + self.late[movement.readings] - now
