"""The span of time that a page of the day shows: a day of the office's zone, an hour of it, or the seven last days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from gateway.domain.errors import CallInvalid

TODAY, YESTERDAY, WEEK = "today", "yesterday", "week"
SPANS = (TODAY, YESTERDAY, WEEK)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """A span of time, from its first moment up to the one behind its last."""

    since: datetime
    until: datetime
    zone: tzinfo

    @property
    def first(self) -> date:
        """The day on which it begins, in the zone."""
        return self.since.astimezone(self.zone).date()

    @property
    def parts(self) -> Sequence["DaySpan"]:
        """Its hours; of several days the days."""
        if self.until - self.since > timedelta(hours=25):
            last = (self.until - _HOUR).astimezone(self.zone).date()
            return [span_of_day(self.first + timedelta(days=n), self.zone) for n in range((last - self.first).days + 1)]
        many = round((self.until - self.since) / _HOUR)
        return [
            DaySpan(since=self.since + n * _HOUR, until=self.since + (n + 1) * _HOUR, zone=self.zone)
            for n in range(many)
        ]


def span_of_day(day: date, zone: tzinfo) -> DaySpan:
    """Return a day of a zone, of 23 or 25 hours where its clocks change."""
    since, until = (datetime.combine(one, time(0), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    return DaySpan(since=since, until=until, zone=zone)


def span_of(name: str, now: datetime, zone: tzinfo) -> DaySpan:
    """Return a named span as it is now.

    Raises:
        CallInvalid: there is none of that name.
    """
    today = now.astimezone(zone).date()
    if name not in SPANS:
        raise CallInvalid("span: it is today, yesterday or week.")
    if name == WEEK:
        return DaySpan(
            since=span_of_day(today - timedelta(days=6), zone).since, until=span_of_day(today, zone).until, zone=zone
        )
    return span_of_day(today if name == TODAY else today - timedelta(days=1), zone)


def span_asked(day: str, hour: str, now: datetime, zone: tzinfo) -> DaySpan:
    """Return the day that an address asks for, today where it asks for none, or an hour of it.

    Raises:
        CallInvalid: it is no day, or the day has no such hour.
    """
    try:
        span = span_of_day(date.fromisoformat(day) if day else now.astimezone(zone).date(), zone)
    except (ValueError, OverflowError) as error:
        raise CallInvalid("day: it is a day, as 2026-11-26.") from error
    if not hour:
        return span
    parts = span.parts
    if not (hour.isascii() and hour.isdecimal() and len(hour) <= 2 and int(hour) < len(parts)):
        raise CallInvalid("hour: it is one of the day's, the first is 0.")
    return parts[int(hour)]
