"""The calendar of an administration: a certificate ends at its midnight, not at that of UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import overload

from gateway.domain.declaration import Declaration, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days of one administration."""

    zone: tzinfo = UTC

    def day(self, at: datetime) -> date:
        """Return the day in which a moment lies."""
        return at.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        """Return the moment at which a day begins, in UTC."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


def date_that_counts(declaration: Declaration, received_on: date, accepted_on: date | None) -> date | None:
    """Return the day for judging validity: acceptance; else receipt, or none for a pre-lodged declaration."""
    if accepted_on is not None:
        return accepted_on
    return None if declaration.kind is Kind.PRE_LODGED else received_on


@overload
def in_utc(at: datetime) -> datetime: ...
@overload
def in_utc(at: None) -> None: ...
def in_utc(at: datetime | None) -> datetime | None:
    """Return the same moment in UTC; None stays None."""
    return at.astimezone(UTC) if at is not None else None
