"""The leases that a process holds, each with the time from which its end is counted."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that goes on while the machine sleeps."""

Key = tuple[str, int]
"""A declaration's id and the token of a lease on it."""


class Moment(NamedTuple):
    """A reading of both clocks, in seconds."""

    boot: float
    wall: float


def moment() -> Moment:
    """Read the clocks of this machine."""
    return Moment(time.clock_gettime(_BOOT), time.time())


@dataclass(slots=True)
class Lease:
    """One lease, as counted here."""

    sent_at: Moment
    """The moment before the statement that gave or renewed it last was sent: by the database's clock it never ends sooner."""
    renewed: bool = True
    """Whether somebody works on it; else it is returned."""
    lost: bool = False
    """Whether another holder has the declaration."""
    quiet_at: float = 0.0
    """The boot clock's time from which on no request of its holder is under way any more."""


class HeldLeases:
    """The leases of one process. Time that passed is what either clock says, whichever is more: one may stand still, one jump."""

    def __init__(self, *, owner: str, lease_s: float, margin_s: float, clock: Callable[[], Moment] = moment) -> None:
        self.owner = owner
        self.lease = timedelta(seconds=lease_s)
        """The time that one lasts unless it is renewed, by the database's clock."""
        self._lease_s = lease_s
        self._margin_s = margin_s
        self._clock = clock
        self._leases: dict[Key, Lease] = {}
        self._requested: dict[str, int] = {}
        self._freeing: set[Key] = set()
        self._adopting_until: float | None = None

    def now(self) -> Moment:
        """Read the clocks; to be read before a statement that grants or renews a lease is sent."""
        return self._clock()

    def take(self, key: Key, sent_at: Moment) -> None:
        """Add a lease that was granted."""
        self._leases[key] = Lease(sent_at)

    def renew(self, key: Key, sent_at: Moment) -> None:
        """Count a renewed lease again."""
        lease = self._leases.get(key)
        if lease is not None and sent_at.boot >= lease.sent_at.boot:
            lease.sent_at = sent_at

    def over(self, key: Key) -> None:
        """Forget a lease that was freed."""
        self._leases.pop(key, None)

    @contextmanager
    def freeing(self, key: Key) -> Iterator[None]:
        """Mark that a commit on its way frees a lease: only its answer decides what became of that."""
        self._freeing.add(key)
        try:
            yield
        finally:
            self._freeing.discard(key)

    def lasts(self, key: Key) -> bool:
        """Whether certainly more than the margin is left of a lease."""
        lease = self._leases.get(key)
        if lease is None or lease.lost:
            return False
        now, then = self._clock(), lease.sent_at
        passed = max(now.boot - then.boot, now.wall - then.wall)
        return passed < self._lease_s - self._margin_s

    def stop_renewing(self, key: Key, *, quiet_in_s: float = 0.0) -> None:
        """Stop renewing a lease, which is returned once no request of its holder is under way."""
        if (lease := self._leases.get(key)) is not None:
            lease.renewed = False
            lease.quiet_at = max(lease.quiet_at, self._clock().boot + quiet_in_s)

    def lose(self, key: Key) -> None:
        """Note that another holder has the declaration; this lease is returned all the same: its process lives."""
        if (lease := self._leases.get(key)) is not None:
            lease.renewed, lease.lost = False, True

    def lose_all(self, record_ids: Iterable[object]) -> None:
        """Note that another lease was granted on each of some declarations."""
        ids = {str(one) for one in record_ids}
        for key in [key for key in self._leases if str(key[0]) in ids]:
            self.lose(key)

    @property
    def to_renew(self) -> list[Key]:
        """The leases that somebody works on."""
        return [key for key, lease in self._leases.items() if lease.renewed]

    @property
    def kept(self) -> set[Key]:
        """The leases to renew that are not about to be freed by their holder's own commit."""
        return {*self.to_renew} - self._freeing

    @property
    def to_return(self) -> dict[Key, float]:
        """The leases that nobody works on, one per declaration, each with the seconds that a request may be under way."""
        now = self._clock().boot
        keys = {key[0]: key for key, lease in self._leases.items() if not lease.renewed}
        return {key: max(0.0, self._leases[key].quiet_at - now) for key in keys.values()}

    @contextmanager
    def requesting(self, record_id: str | None = None) -> Iterator[Moment]:
        """Mark that a lease is requested; one whose answer is lost may be ours without anybody knowing."""
        if record_id is not None:
            self._requested[record_id] = self._requested.get(record_id, 0) + 1
        answered = False
        try:
            yield self._clock()
            answered = True
        finally:
            if not answered:
                self._adopting_until = self._clock().boot + self._lease_s
            if record_id is not None:
                self._requested[record_id] -= 1
                if not self._requested[record_id]:
                    del self._requested[record_id]

    @property
    def may_have_more(self) -> bool:
        """Whether leases may be ours that nobody works under: for as long as a lease lasts after an answer was lost."""
        return self._adopting_until is not None and self._clock().boot <= self._adopting_until

    @property
    def in_hand(self) -> list[str]:
        """The declarations whose leases somebody works under, returns or requests."""
        return [*(record_id for record_id, _ in self._leases), *self._requested]


def columns(keys: Iterable[Key]) -> dict[str, list[str] | list[int]]:
    """Return leases as the parameters of a statement about several."""
    found = list(keys)
    return {"ids": [record_id for record_id, _ in found], "tokens": [token for _, token in found]}
