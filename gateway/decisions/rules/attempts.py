"""The finding on a declaration that no process could assess to its end."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised

ATTEMPTS_LOST = "SW-DEC-901"


def attempts_lost(file: OpenedCase) -> Iterator[Raised]:
    """A declaration over which process after process ended is looked at no more, and held until an officer decides."""
    if file.facts.attempts_lost:
        yield Raised(code=ATTEMPTS_LOST)
