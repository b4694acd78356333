"""Days and moments as they are written on the command line."""

from datetime import UTC, date, datetime, timedelta

import typer

from gateway.domain.calendar import Calendar


def moment(option: str, text: str) -> datetime:
    """Read the moment that an option gives.

    Raises:
        BadParameter: it is no moment, or one without a time zone.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise typer.BadParameter(f"{option} {text}: a moment is written as in 2026-11-24T02:00:00Z")
    return at


def read_day(option: str, text: str | None) -> date:
    """Read the day that an option gives; today where it gives none.

    Raises:
        BadParameter: it is no day.
    """
    if text is None:
        return today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option} {text}: a day is written as in 2026-11-24") from None


def span_of(since: str, until: str | None, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return when the days from --since to --until begin and end; without the latter they end today.

    Raises:
        BadParameter: they are no days, or none in this order.
    """
    first = read_day("--since", since)
    last = read_day("--until", until) if until is not None else calendar.day(datetime.now(UTC))
    if last < first:
        raise typer.BadParameter(f"--until {last} lies before --since {first}")
    try:
        return calendar.start(first), calendar.start(last + timedelta(days=1))
    except OverflowError as error:
        raise typer.BadParameter("--since and --until: a day within the years 2 to 9998 is needed") from error


def today() -> date:
    """Return the day at the terminal."""
    return date.today()  # noqa: DTZ011


def printed(at: datetime) -> str:
    """Write a moment, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
