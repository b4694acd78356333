"""Time limits of customs law about a declaration, by the days of the State of its customs office."""

from collections.abc import Callable
from datetime import date, datetime

from gateway.domain.calendar import Calendar
from gateway.domain.clocks import HolidayCalendar, LegalPeriod, PeriodUnit, TimeLimit, deadline, deadline_of_day
from gateway.lifecycle.table_set import TablesInForce

LAPSE_AFTER = LegalPeriod(30, PeriodUnit.DAYS)
"""Until when goods of a declaration lodged before they are there are presented, from its lodging (UCC Art. 171)."""
DECIDE_WITHIN = LegalPeriod(120, PeriodUnit.DAYS)
"""Until when customs decides on an application, from its acceptance (UCC Art. 22(3)); none is accepted before it was made."""
_NONE_MORE = LegalPeriod(0, PeriodUnit.DAYS)


class TimeLimits:
    """The time limits, counted by the holidays of the tables in force; None: the State lists no holidays, so no limit ends."""

    def __init__(self, tables: TablesInForce, calendar: Calendar, clock: Callable[[], datetime]) -> None:
        """Take the tables, and the administration's calendar: its own State's days count where a declaration names no office."""
        self._tables = tables
        self._calendar = calendar
        self._clock = clock

    def lapse(self, office: str | None, received_at: datetime) -> TimeLimit | None:
        """Return when a declaration lodged before presentation lapses."""
        return self.of(LAPSE_AFTER, office, received_at)

    def decision(self, office: str | None, applied_at: datetime) -> TimeLimit | None:
        """Return until when customs decides on an application."""
        return self.of(DECIDE_WITHIN, office, applied_at)

    def of(self, period: LegalPeriod, office: str | None, start: datetime) -> TimeLimit | None:
        """Return when a period ends that runs where a customs office is."""
        days = self._days(office)
        return None if days is None else deadline(period, start, days)

    def last_day(self, office: str | None, day: date) -> TimeLimit | None:
        """Return the last day of a limit of which the earliest one was worked out before, by the holidays that are listed now."""
        days = self._days(office)
        return None if days is None else deadline_of_day(_NONE_MORE, day, days)

    def _days(self, office: str | None) -> HolidayCalendar | None:
        holidays = self._tables.current().at(self._calendar.day(self._clock())).holidays
        state = office[:2] if office else holidays.state_in(str(self._calendar.zone))
        return holidays.of(state) if state is not None else None
