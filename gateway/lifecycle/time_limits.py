"""Time limits of customs law about a declaration, by the days of the State of its customs office."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from gateway.domain.calendar import Calendar
from gateway.domain.clocks import HolidayCalendar, LegalPeriod, PeriodUnit, TimeLimit, deadline, deadline_of_day
from gateway.domain.declaration import Declaration
from gateway.domain.tables.holidays import Counting, HolidaysInForce, Weekday, weekdays
from gateway.domain.tables.time_limits import FirstDay, HoldCause, HoldLimit
from gateway.lifecycle.tables.table_set import TablesInForce

LAPSE_AFTER = LegalPeriod(30, PeriodUnit.DAYS)
"""Until when goods of a declaration lodged before they are there are presented, from its lodging (UCC Art. 171)."""
DECIDE_WITHIN = LegalPeriod(120, PeriodUnit.DAYS)
"""Until when customs decides on an application, from its acceptance (UCC Art. 22(3)); none is accepted before it was made."""
_NONE_MORE = LegalPeriod(0, PeriodUnit.DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLimit:
    """A time limit that runs while goods are held."""

    row: HoldLimit
    causes: tuple[HoldCause, ...]
    """The causes that hold them, as far as the limit is about it."""
    state: str | None
    """The State where it runs; None: that is not known."""
    counting: Counting | tuple[Weekday, ...] | None
    """The rule by which its days count; None: the State lists no holidays."""
    begun: bool
    """Whether its first day is known."""
    end: TimeLimit | None
    """None: the first day is not known, or the State lists no holidays."""
    is_over: bool


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

    def while_held(
        self, declared: Declaration, causes: Sequence[HoldCause], known: Mapping[FirstDay, datetime | None]
    ) -> Iterator[RunningLimit]:
        """Yield the limits that run while goods are held, by the rows of the day on which each began, or of today.

        Args:
            declared: the declaration.
            causes: what holds its goods, as its reader is told of it.
            known: the events that may begin a limit and of which something is known here, each with its moment.
        """
        now, state, holidays = self._clock(), self.state(declared.customs_office), self._holidays
        days, counting = (holidays.of(state), holidays.counting(state)) if state is not None else (None, None)
        for row in self._tables.current().time_limits:
            start = known.get(row.first_day)
            goods_items = row.goods_items(declared)
            concerned = tuple([one for one in causes if row.runs_for(one, goods_items)]) if goods_items else ()
            if not concerned or not row.in_force((days or self._calendar).day(start or now)):
                continue
            counted = replace(days, weekdays=weekdays(row.counting)) if days and row.counting else days
            end = deadline(row.period, start, counted) if start is not None and counted is not None else None
            yield RunningLimit(
                row=row,
                causes=concerned,
                state=state,
                counting=(row.counting or counting) if days is not None else None,
                begun=start is not None,
                end=end,
                is_over=end is not None and end.is_over(now),
            )

    def last_day(self, office: str | None, day: date) -> TimeLimit | None:
        """Return the last day of a limit of which the earliest one was worked out before, by the holidays that are listed now."""
        days = self._days(office)
        return None if days is None else deadline_of_day(_NONE_MORE, day, days)

    def state(self, office: str | None) -> str | None:
        """Return the State in which a limit runs; None: no office is named, and the administration's zone is that of no State."""
        return office[:2] if office else self._holidays.state_in(str(self._calendar.zone))

    def counting(self, state: str | None) -> Counting | tuple[Weekday, ...] | None:
        """Return the rule by which days count in a State; None: it lists no holidays."""
        return self._holidays.counting(state) if state is not None else None

    def _days(self, office: str | None) -> HolidayCalendar | None:
        state = self.state(office)
        return self._holidays.of(state) if state is not None else None

    @property
    def _holidays(self) -> HolidaysInForce:
        return self._tables.current().at(self._calendar.day(self._clock())).holidays
