"""The division of the requests that an authority allows a minute in all: each process has a share, and all shares are never more.

A share is that many requests in any 60 seconds. A process that gives some of it away has still used it in the minute before: what it
used counts until it is a minute old, and only the rest is anybody else's. A process that says nothing any more keeps its share until the
time it was given for is over, and for the minute after.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldShare:
    """The share of one process, as all know it."""

    process: str
    share: int
    until: datetime
    """Until then the process goes by it, unless it settles again before."""
    used: int
    """What it had used in the minute before it settled."""
    used_until: datetime
    """When none of that counts any more."""

    def held(self, now: datetime) -> int:
        """Return how many requests it may have sent in any 60 seconds that have not ended now."""
        share = self.share if now < self.until + MINUTE else 0
        return max(share, self.used if now < self.used_until else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledShare:
    """What a process gets of an authority's requests a minute, and what is due to it."""

    share: int
    fair: int
    """Its part once all others have taken theirs."""


def settled(per_minute: int, process: str, held: Iterable[HeldShare], now: datetime) -> SettledShare:
    """Return the share of a process: an equal part among those that live, as far as it is free."""
    others = [one for one in held if one.process != process]
    living = sorted({process, *(one.process for one in others if now < one.until)})
    each, rest = divmod(per_minute, len(living))
    fair = each + (living.index(process) < rest)
    free = per_minute - sum(one.held(now) for one in others)
    return SettledShare(share=max(0, min(fair, free)), fair=fair)
