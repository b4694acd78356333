"""The result of one check of an installation."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.terminal.exits import Exit


class CheckState(StrEnum):
    """What a check came to."""

    GOOD = "good"
    ATTENTION = "to be looked at"
    WRONG = "wrong"
    UNKNOWN = "not known"
    """It was to be found out, and could not be."""
    NOT_ASKED = "not asked"
    """It cannot be seen from here, or does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """One line: what was examined, what it came to, what was seen, and what to do. Names keys, never paths, persons or secrets."""

    name: str
    state: CheckState
    seen: str
    remedy: str = ""
    rows: str = ""
    """Rows of tables that the remedy speaks of, ready to be copied."""


def good(name: str, seen: str) -> HealthCheck:
    """Return one that found nothing wrong."""
    return HealthCheck(name=name, state=CheckState.GOOD, seen=seen)


def attention(name: str, seen: str, remedy: str, rows: str = "") -> HealthCheck:
    """Return one that found what a person should look at."""
    return HealthCheck(name=name, state=CheckState.ATTENTION, seen=seen, remedy=remedy, rows=rows)


def wrong(name: str, seen: str, remedy: str) -> HealthCheck:
    """Return one that found what is wrong."""
    return HealthCheck(name=name, state=CheckState.WRONG, seen=seen, remedy=remedy)


def unknown(name: str, seen: str, remedy: str = "") -> HealthCheck:
    """Return one that could not find out what it should."""
    return HealthCheck(name=name, state=CheckState.UNKNOWN, seen=seen, remedy=remedy)


def not_asked(name: str, seen: str, remedy: str = "") -> HealthCheck:
    """Return one that did not look, with the reason."""
    return HealthCheck(name=name, state=CheckState.NOT_ASKED, seen=seen, remedy=remedy)


def outcome(checks: Iterable[HealthCheck]) -> Exit:
    """Return the exit status: 1 something is wrong, 10 something is to be looked at or not known."""
    states = {one.state for one in checks}
    if CheckState.WRONG in states:
        return Exit.DIFFERENT
    return Exit.HOLD if states & {CheckState.ATTENTION, CheckState.UNKNOWN} else Exit.RELEASE
