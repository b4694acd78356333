"""The clock of an authority, as its answers show it."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

EVERY_S = 10.0
"""The seconds between two readings: an answer carries whole seconds, and a clock that is wrong stays so."""


class AuthorityClock:
    """A comparison of the clock here with the moment at which an authority says that it answered (`Date`, RFC 9110)."""

    def __init__(
        self,
        tell: Callable[[float], None],
        *,
        wall: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the function that is called with the seconds by which the clock here is ahead."""
        self._tell = tell
        self._wall = wall
        self._elapsed = elapsed
        self._next = float("-inf")

    def read(self, headers: Mapping[str, str]) -> None:
        """Read an answer's headers, unless others were read a moment ago; what is no moment tells nothing."""
        if (now := self._elapsed()) < self._next:
            return
        self._next = now + EVERY_S
        try:
            said = parsedate_to_datetime(headers.get("date", "")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        self._tell(self._wall() - said)
