"""Rows about days that do not count: the calendars of States, and their public holidays (Reg. (EEC, Euratom) No 1182/71, Art. 2)."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from gateway.domain.clocks import HolidayCalendar
from gateway.domain.laxer import always, changed, larger, smaller
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Row


class Counting(StrEnum):
    """The rule by which a State counts days."""

    REG_1182 = "reg_1182"
    """Saturdays and Sundays are no working days (Reg. 1182/71, Art. 2(2))."""


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_NUMBERS = {weekday: number for number, weekday in enumerate(Weekday)}


def weekdays(counting: Counting | tuple[Weekday, ...]) -> frozenset[int]:
    """Return the weekdays that count by a rule, Monday is 0."""
    if isinstance(counting, Counting):
        return frozenset(range(5))
    return frozenset(_NUMBERS[one] for one in counting)


@row_kind("calendar", "holidays.toml", key="state", later=True, added=always("time limits end where none did"))
class StateCalendar(Row):
    """How a State counts days, and for which days its public holidays are listed."""

    state: str
    """As in the numbers of its customs offices."""
    zone: Annotated[str, changed("time limits end at another moment")]
    """Of the IANA database: its days begin and end at midnight there."""
    covered_from: Annotated[date, smaller("time limits end where nobody knew which days count")]
    """The first day for which all public holidays are listed."""
    covered_to: Annotated[date, larger("time limits end where nobody knew which days count")]
    """The last one: a limit that ends later has no end here yet."""
    counting: Annotated[Counting | tuple[Weekday, ...], changed("other days count in time limits")] = Counting.REG_1182
    """The weekdays that count, where a State's own law has it otherwise."""

    @property
    def weekdays(self) -> frozenset[int]:
        """The weekdays that count, Monday is 0."""
        return weekdays(self.counting)


@row_kind("holiday", "holidays.toml", key="state days", later=True, removed=always("time limits end a day earlier"))
class PublicHolidays(Row):
    """Public holidays of a State."""

    state: str
    days: tuple[date, ...]


class HolidaysInForce:
    """The calendars of States, by the rows of one day; each is made when it is first asked for."""

    def __init__(self, calendars: Sequence[StateCalendar], holidays: Sequence[PublicHolidays]) -> None:
        self._rows = {one.state: one for one in calendars}
        self._holidays = holidays
        self._made: dict[str, HolidayCalendar] = {}

    @property
    def states(self) -> tuple[str, ...]:
        """The States whose holidays are listed."""
        return tuple(sorted(self._rows))

    def counting(self, state: str) -> Counting | tuple[Weekday, ...] | None:
        """Return the rule by which a State counts days; None: its holidays are not listed."""
        row = self._rows.get(state)
        return row.counting if row is not None else None

    def of(self, state: str) -> HolidayCalendar | None:
        """Return the calendar of a State; None: its holidays are not listed."""
        if (row := self._rows.get(state)) is None:
            return None
        if (made := self._made.get(state)) is None:
            made = self._made[state] = HolidayCalendar(
                zone=ZoneInfo(row.zone),
                covered_from=row.covered_from,
                covered_to=row.covered_to,
                holidays=frozenset(day for one in self._holidays if one.state == state for day in one.days),
                weekdays=row.weekdays,
            )
        return made

    def state_in(self, zone: str) -> str | None:
        """Return the State whose zone it is; None: none that is listed."""
        return next((state for state, row in self._rows.items() if row.zone == zone), None)
