"""The open orders and applications that a reader has to answer, counted for the console's menu and its first page."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

_WRITTEN = re.compile(r"([0-9]{1,4})-([0-9]{1,4})", re.ASCII)


class OpenCounts(NamedTuple):
    """How many orders and applications wait that a reader may answer."""

    approvals: int = 0
    applications: int = 0

    def __str__(self) -> str:
        """Write them as the address of a stream has them."""
        return f"{self.approvals}-{self.applications}"

    @classmethod
    def read(cls, text: str) -> "OpenCounts | None":
        """Read them from the address of a stream; nothing stands for none, and what is no such text gives None."""
        found = _WRITTEN.fullmatch(text or "0-0")
        return None if found is None else cls(int(found[1]), int(found[2]))


NO_COUNTS = OpenCounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequests:
    """The orders that wait for a reader as the second person."""

    count: int
    is_cut: bool
    """Whether more may wait than were looked through."""
    ends_at: datetime | None
    """When the first of them ends by itself; None: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApplications:
    """The applications that a reader may decide on."""

    count: int
    is_cut: bool
    last_day: date | None
    """The first of their last days; None: none has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """The open orders and applications that a reader may answer; None: such ones are not theirs to answer."""

    requests: OpenRequests | None = None
    applications: OpenApplications | None = None

    @property
    def counts(self) -> OpenCounts:
        """The counts of the menu."""
        requests, applications = self.requests, self.applications
        return OpenCounts(requests.count if requests else 0, applications.count if applications else 0)


NO_WORK = OpenWork()
