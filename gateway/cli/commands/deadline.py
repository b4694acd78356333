"""`gateway deadline`: when a time limit of the law ends, and by which days."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from gateway.domain.clocks import (
    DayKind,
    Deadline,
    HolidayCalendar,
    LegalPeriod,
    NotCovered,
    PeriodUnit,
    TimeLimit,
    days_of,
)
from gateway.domain.clocks import deadline as time_limit
from gateway.domain.codec import encode
from gateway.settings import load
from gateway.terminal.exits import Exit
from gateway.terminal.moments import printed, today
from gateway.terminal.named_tables import CONFIGURED, named

_OTHER_NAMES = {"EL": "GR"}
"""States that the institutions of the Union write otherwise than customs does."""
_LONGEST = 400
"""Days of a period that are told one by one."""
_WORDS = {
    DayKind.WORKING_DAY: "",
    DayKind.FREE_WEEKDAY: "no weekday that counts",
    DayKind.HOLIDAY: "public holiday",
    DayKind.NOT_LISTED: "not listed",
}


Number = Annotated[int | None, typer.Option(min=1, max=36_525, metavar="N")]


def deadline(
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DAY",
            help="The day of the event, as 2026-03-02; or its moment, as 2026-03-02T10:00 on the clocks of the State.",
        ),
    ],
    state: Annotated[
        str, typer.Option(metavar="STATE", help="Whose days count, as FR: where the action is to be taken.")
    ],
    days: Number = None,
    working_days: Number = None,
    years: Annotated[int | None, typer.Option(min=1, max=100, metavar="N")] = None,
    hours: Number = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> Exit:
    """Computes when a time limit of the law ends, and by which days. Status: 0 it is known, 10 it is not.

    It goes by Regulation (EEC, Euratom) No 1182/71 and the public holidays of the configured tables (holidays.toml), as they are in
    force today.
    """
    units = {"days": days, "working_days": working_days, "years": years, "hours": hours}
    numbers = {unit: number for unit, number in units.items() if number is not None}
    if len(numbers) != 1:
        raise typer.BadParameter("give one of --days, --working-days, --years and --hours")
    ((unit, number),) = numbers.items()
    period = LegalPeriod(number, PeriodUnit(unit))
    state = _OTHER_NAMES.get(state.upper(), state.upper())
    holidays = named(load(os.environ), CONFIGURED).at(today()).holidays
    calendar = holidays.of(state)
    if calendar is None:
        listed = ", ".join(holidays.states)
        without = f"{state} has no list of public holidays (holidays.toml), so no limit ends there; there are {listed}"
        print(_written(None, state) if as_json else without)
        return Exit.HOLD
    start = _start(since, period, calendar)
    try:
        found = time_limit(period, start, calendar)
    except OverflowError:
        raise typer.BadParameter(f"--from {since}: the limit ends behind all days that there are") from None
    print(_written(found, state) if as_json else "\n".join(_lines(period, start, found, state, calendar)))
    return Exit.RELEASE if isinstance(found, Deadline) else Exit.HOLD


def _start(since: str, period: LegalPeriod, calendar: HolidayCalendar) -> datetime:
    try:
        day = date.fromisoformat(since)
    except ValueError:
        return _moment(since, calendar)
    if period.unit is PeriodUnit.HOURS:
        raise typer.BadParameter(f"--from {since}: hours run from a moment, as 2026-03-02T10:00")
    return datetime.combine(day, time(12), calendar.zone)


def _moment(since: str, calendar: HolidayCalendar) -> datetime:
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        raise typer.BadParameter(
            f"--from {since}: a day is written as in 2026-03-02, a moment as in 2026-03-02T10:00"
        ) from None
    if at.tzinfo is not None:
        return at
    there = at.replace(tzinfo=calendar.zone)
    if there.astimezone(UTC).astimezone(calendar.zone).replace(tzinfo=None) != at:
        raise typer.BadParameter(
            f"--from {since}: there is no such hour in {calendar.zone}: the clocks are put forward in it"
        )
    return there


def _written(found: TimeLimit | None, state: str) -> str:
    last_day, ends_at = (found.last_day, found.ends_at) if isinstance(found, Deadline) else (None, None)
    not_before = found.not_before if isinstance(found, NotCovered) else None
    return encode({"state": state, "last_day": last_day, "ends_at": ends_at, "not_before": not_before}).decode()


def _lines(
    period: LegalPeriod, start: datetime, found: TimeLimit, state: str, calendar: HolidayCalendar
) -> Iterator[str]:
    event_on = calendar.day(start)
    last = found.last_day if isinstance(found, Deadline) else found.not_before
    if isinstance(found, Deadline) and period.unit is PeriodUnit.HOURS:
        there = found.ends_at.astimezone(calendar.zone)
        yield f"until {there:%H:%M} on {_day(there.date())} in {state} ({printed(found.ends_at)})"
    elif isinstance(found, Deadline):
        yield f"until the end of {_day(last)} in {state} ({printed(found.ends_at)})"
    else:
        yield f"not before the end of {_day(last)} in {state} ({printed(found.not_before_at)})"
        if found.not_after is not None:
            yield f"not after the end of {_day(found.not_after)}"
        yield (
            f"the public holidays of {state} are listed from {calendar.covered_from} to {calendar.covered_to}: "
            "those on its way are not known, and only lengthen it"
        )
    if period.unit is PeriodUnit.HOURS:
        return
    days = [(day, calendar.kind(day)) for day in days_of(event_on, last)]
    working = sum(kind in (DayKind.WORKING_DAY, DayKind.NOT_LISTED) for _, kind in days)
    counted = f"{_number(len(days))}, of which {working} {'is a working day' if working == 1 else 'are working days'}"
    yield f"{counted}; {event_on}, the day of the event, does not count"
    if len(days) > _LONGEST:
        yield f"the last {_LONGEST} of them:"
    for day, kind in days[-_LONGEST:]:
        yield f"  {_day(day)}  {_WORDS[kind]}".rstrip()


def _number(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _day(day: date) -> str:
    return f"{day:%a} {day.isoformat()}"
