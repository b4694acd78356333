"""The days of indicators in the database: each is counted once it is over, and again where events of it came later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from gateway.domain.calendar import Calendar, in_utc
from gateway.domain.errors import StoreUnavailable
from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.wings.reporting.indicators.counts import MORE, TIMES
from gateway.wings.reporting.indicators.rows import PeriodName

log = structlog.get_logger(__name__)

LATE_DAYS = 35
"""For so many days it is looked every night whether events of them came after they were counted."""
_DAY = timedelta(days=1)
STATEMENTS_OF_A_DAY = (
    "indicator_received",
    "indicator_decided",
    "indicator_held",
    "indicator_uncertain",
    "indicator_released",
    "indicator_corrected",
    "indicator_sums",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigure:
    """A figure: how often something happened in a period at an office."""

    count: str
    first: date
    """The first day of the period."""
    office: str
    """Empty: none was stated."""
    part: str
    number: int


class DaysUncounted(Exception):
    """Days cannot be counted: the log has which."""


class IndicatorDays:
    """The days, in the database. Every call raises `StoreUnavailable` without one."""

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self._database = database
        self._calendar = calendar

    async def fold_due(self, now: datetime) -> tuple[date, ...]:
        """Count the days that are over and were not counted, and those of which events came late; return them.

        Each day is a commit of its own: what ends halfway is gone on with by the next.

        Raises:
            DaysUncounted: some cannot be counted; all others are.
        """
        today = self._calendar.day(now)
        first = await self.first_day()
        if first is None:
            return ()
        known = await self._folded(first, today)
        lately = [day for day in _days(max(first, today - LATE_DAYS * _DAY), today) if day in known]
        late = await self._changed(lately, known)
        due = [day for day in _days(first, today) if day not in known or day in late]
        failed: list[date] = []
        for day in due:
            try:
                await self._fold(day, unless_counted=day not in late)
            except StoreUnavailable:
                raise
            except Exception as error:
                # What was counted of it before is not known to be so any more.
                log.error("indicator_day_failed", day=day.isoformat(), error=type(error).__name__)
                await self._database.run("indicator_forget", {"day": day})
                failed.append(day)
        if failed:
            raise DaysUncounted(f"{len(failed)} days cannot be counted, the first is {failed[0]}")
        return tuple(due)

    async def fold(self, since: date, until: date, now: datetime) -> tuple[date, ...]:
        """Count the days from one up to another again, as far as they are over; return them."""
        days = _days(since, min(until + _DAY, self._calendar.day(now)))
        for day in days:
            await self._fold(day, unless_counted=False)
        return tuple(days)

    async def first_day(self) -> date | None:
        """Return the first day that is counted, the first of the month and of the week of the first declaration; None: there is none."""
        row = await self._database.row("indicator_first", {})
        if row is None:
            return None
        day = self._calendar.day(in_utc(row["at"]))
        return min(period.first(day) for period in PeriodName)

    async def counted(self, since: date, until: date) -> frozenset[date]:
        """Return which days were counted, of those from one up to the one before another."""
        return frozenset(await self._folded(since, until))

    async def figures(
        self,
        counts: Iterable[str],
        period: PeriodName,
        since: date,
        until: date,
        *,
        offices: Collection[str] | None,
        whole: bool = False,
    ) -> Sequence[DayFigure]:
        """Return the figures of periods, from a day up to the one before another, at some offices or (None) at all.

        `whole`: the sums of each office alone, which are fewer.
        """
        values: Mapping[str, Any] = {
            "counts": sorted(set(counts)),
            "period": period.value,
            "since": since,
            "until": until,
            "offices": None if offices is None else sorted(offices),
        }
        return [
            DayFigure(**row)
            for row in await self._database.rows("indicator_whole" if whole else "indicator_figures", values)
        ]

    async def _folded(self, since: date, until: date) -> Mapping[date, int]:
        rows = await self._database.rows("indicator_folded", {"since": since, "until": until})
        return {row["day"]: row["events"] for row in rows}

    async def _changed(self, days: Sequence[date], known: Mapping[date, int]) -> frozenset[date]:
        spans = [self._bounds(day) for day in days]
        values = {"days": list(days), "since": [one[0] for one in spans], "until": [one[1] for one in spans]}
        rows = await self._database.rows("indicator_events", values) if days else ()
        return frozenset(row["day"] for row in rows if row["events"] != known[row["day"]])

    async def _fold(self, day: date, *, unless_counted: bool) -> None:
        since, until = self._bounds(day)
        values: Mapping[str, Any] = {
            "day": day,
            "since": since,
            "until": until,
            "parts": list(TIMES),
            "seconds": list(TIMES.values()),
            "more": MORE,
        }
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "indicator_turn", {})
            if unless_counted and await rows_of(connection, "indicator_folded", {"since": day, "until": day + _DAY}):
                return
            # Noted first: an event that comes meanwhile makes the day one that is counted again.
            for name in ("indicator_note", "indicator_clear", *STATEMENTS_OF_A_DAY):
                await rows_of(connection, name, values)

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        return self._calendar.start(day), self._calendar.start(day + _DAY)


def _days(since: date, until: date) -> Sequence[date]:
    return [since + n * _DAY for n in range(max((until - since).days, 0))]
