"""Moments as they are written on the command line."""

from datetime import UTC, datetime

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


def printed(at: datetime) -> str:
    """Write a moment, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
