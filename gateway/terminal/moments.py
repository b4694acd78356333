"""Days and moments as they are written on the command line."""

from datetime import UTC, date, datetime

import typer


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


def today() -> date:
    """Return the day at the terminal."""
    return date.today()  # noqa: DTZ011


def printed(at: datetime) -> str:
    """Write a moment, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
