"""Time limits by Regulation (EEC, Euratom) No 1182/71: when a period ends, by the public holidays of the State where it runs.

The day, or the hour, of the event does not count (Art. 3(1)). Periods of days end with the last hour of their last day, those of
years with that of the same date (3(2)). Days that are no working days count (3(3)), but none of them is the last day: the
period ends with the next working day (3(4)); one of two days or more holds two working days (3(5)). Hours are never moved. Where
a list of holidays does not say whether a day is a working day, only the earliest end is known, and sometimes a latest one.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LEAST_WORKING_DAYS = 2
"""Art. 3(5)."""


class PeriodUnit(StrEnum):
    """The unit in which a period is expressed."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    YEARS = "years"


class DayKind(StrEnum):
    """What a day is in a State."""

    WORKING_DAY = "working_day"
    FREE_WEEKDAY = "free_weekday"
    """A Saturday or Sunday, or what the State's own law has in their place."""
    HOLIDAY = "holiday"
    NOT_LISTED = "not_listed"
    """A weekday that counts, unless it is a holiday: that is not known."""


@dataclass(frozen=True, slots=True)
class LegalPeriod:
    """A period of the law."""

    number: int
    unit: PeriodUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayCalendar:
    """The days of a State: which weekdays count, which are public holidays, and for which days that is known."""

    zone: tzinfo
    covered_from: date
    covered_to: date
    holidays: frozenset[date] = frozenset()
    weekdays: frozenset[int] = frozenset(range(5))
    """Those that count, Monday is 0: all but Saturday and Sunday (Art. 2(2)), unless a State's own law counts otherwise."""

    def kind(self, day: date) -> DayKind:
        """Return what a day is."""
        if day.weekday() not in self.weekdays:
            return DayKind.FREE_WEEKDAY
        if day in self.holidays:
            return DayKind.HOLIDAY
        return DayKind.WORKING_DAY if self.covered_from <= day <= self.covered_to else DayKind.NOT_LISTED

    def day(self, at: datetime) -> date:
        """Return the day of the State in which a moment lies."""
        return at.astimezone(self.zone).date()

    def end(self, day: date) -> datetime:
        """Return the moment at which a day is over; where its midnight does not exist, that of the change of time."""
        return datetime.combine(day + _DAY, time.min, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The end of a period."""

    last_day: date
    ends_at: datetime
    """The first moment after it, in UTC."""

    def is_over(self, now: datetime) -> bool:
        """Whether the period has ended."""
        return now >= self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    """A period whose end is not known, as holidays on its way are not: holidays only lengthen it."""

    not_before: date
    """The earliest last day."""
    not_before_at: datetime
    """The first moment after that day."""
    not_after: date | None = None
    """The latest last day; None: not known."""
    not_after_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the period has ended, whatever days were holidays."""
        return self.not_after_at is not None and now >= self.not_after_at


TimeLimit = Deadline | NotCovered


def deadline(period: LegalPeriod, start: datetime, calendar: HolidayCalendar) -> TimeLimit:
    """Return when a period ends that an event begins."""
    if period.unit is PeriodUnit.HOURS:
        return _after_hours(period.number, start, calendar)
    return deadline_of_day(period, calendar.day(start), calendar)


def deadline_of_day(period: LegalPeriod, event_on: date, calendar: HolidayCalendar) -> TimeLimit:
    """Return when a period of days or years ends that an event of a day begins.

    Raises:
        ValueError: it is expressed in hours, which run from a moment.
    """
    earliest = _last_day(period, event_on, calendar, unknown_works=True)
    latest = _last_day(period, event_on, calendar, unknown_works=False)
    assert earliest is not None  # behind the list all weekdays that count work
    if earliest == latest:
        return Deadline(last_day=earliest, ends_at=calendar.end(earliest))
    return NotCovered(
        not_before=earliest,
        not_before_at=calendar.end(earliest),
        not_after=latest,
        not_after_at=calendar.end(latest) if latest is not None else None,
    )


def days_of(event_on: date, last_day: date) -> Iterator[date]:
    """Yield the days of a period: that of the event is none of them."""
    for number in range(1, (last_day - event_on).days + 1):
        yield event_on + timedelta(days=number)


def _after_hours(number: int, start: datetime, calendar: HolidayCalendar) -> Deadline:
    hour = start.astimezone(calendar.zone).replace(minute=0, second=0, microsecond=0)
    # Hours that pass, not those on the wall: one that a change of time leaves out or repeats is none more or less.
    ends_at = hour.astimezone(UTC) + (number + 1) * _HOUR
    return Deadline(last_day=calendar.day(ends_at - timedelta.resolution), ends_at=ends_at)


def _last_day(period: LegalPeriod, event_on: date, calendar: HolidayCalendar, *, unknown_works: bool) -> date | None:
    """Return the last day where each day whose holidays are not known works, or none does; None: then it has no end."""

    def works(day: date) -> bool:
        kind = calendar.kind(day)
        return kind is DayKind.WORKING_DAY or (unknown_works and kind is DayKind.NOT_LISTED)

    def next_working_day(day: date) -> date | None:
        while not works(day):
            if not unknown_works and day > calendar.covered_to:
                return None
            day += _DAY
        return day

    if period.unit is PeriodUnit.WORKING_DAYS:
        return _counted(period.number, event_on, next_working_day)
    last = next_working_day(_by_calendar(period, event_on))
    if last is None or (period.unit is PeriodUnit.DAYS and period.number < _LEAST_WORKING_DAYS):
        return last
    least = _counted(_LEAST_WORKING_DAYS, event_on, next_working_day)
    return None if least is None else max(last, least)


def _by_calendar(period: LegalPeriod, event_on: date) -> date:
    """Return the last day as the calendar has it, whatever day that is."""
    if period.unit is PeriodUnit.DAYS:
        return event_on + timedelta(days=period.number)
    if period.unit is PeriodUnit.YEARS:
        year = event_on.year + period.number
        return event_on.replace(year=year, day=min(event_on.day, monthrange(year, event_on.month)[1]))
    raise ValueError(f"a period of {period.unit} has no last day by the calendar")


def _counted(number: int, event_on: date, next_working_day: Callable[[date], date | None]) -> date | None:
    """Return the n-th working day after a day."""
    day: date | None = event_on
    for _ in range(number):
        day = next_working_day(day + _DAY) if day is not None else None
    return day
