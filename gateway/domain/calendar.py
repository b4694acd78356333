"""Days are the administration's: a certificate ends at its midnight, not at that of UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days of one administration."""

    zone: tzinfo = UTC

    def day(self, at: datetime) -> date:
        """Gives the day that a moment lies in."""
        return at.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        """Gives the moment at which a day begins, in UTC."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)
