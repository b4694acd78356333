"""The follower that has all processes together ask an authority no more often than it allows a minute.

Nothing is asked of the database for a request: a process goes by its share, settles it anew once a minute, and at once when another
one's has changed. Where the database does not answer it goes by the share that it has, as long as that lasts; then by none.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from gateway.dispatch import Allowance
from gateway.domain.request_shares import HeldShare, settled
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.store import ClaimedShare, SharesOfProcesses

log = structlog.get_logger(__name__)

LOOP = "request shares"
"""Its name among the loops that a process lives by."""
SETTLES_S = 60.0
"""The seconds until a share is settled again where nothing changes."""
AGAIN_S = 5.0
"""The same while something is due to the process that others have used lately."""
LASTS_S = 180.0
"""The seconds for which a process goes by a share that it cannot settle again, and for which no other process has it."""


class DividedRequests:
    """The shares of this process in what authorities allow a minute."""

    def __init__(
        self,
        *,
        store: SharesOfProcesses,
        allowances: Callable[[], Mapping[str, Allowance]],
        every_s: float,
        clock: Callable[[], float] = time.monotonic,
        pulses: Pulses | None = None,
    ) -> None:
        """Take where shares are kept, the allowances by adapter, how often it looks whether one is due, and the clock of the allowances."""
        self._store = store
        self._allowances = allowances
        self._clock = clock
        self._settles_at = float("-inf")
        self._known: frozenset[tuple[str, int]] = frozenset()
        self._again = PollLoop(self.poll, name=LOOP, every_s=every_s, pulses=pulses)

    def wake(self) -> None:
        """Settle at once: another process's share has changed."""
        self._settles_at = float("-inf")
        self._again.wake()

    async def run(self) -> None:
        """Poll again and again, until it is cancelled."""
        await self._again.run()

    async def poll(self) -> None:
        """Settle if it is time, or if other authorities are limited than before.

        Raises:
            StoreUnavailable: the database does not answer; the shares of before count as long as they last.
        """
        limited = frozenset((name, one.per_minute) for name, one in self._allowances().items())
        if self._clock() >= self._settles_at or limited != self._known:
            await self.settle()
            self._known = limited

    async def settle(self) -> None:
        """Settle the shares of this process with those of all others.

        Raises:
            StoreUnavailable: the database does not answer; the shares of before count as long as they last.
        """
        allowances = {name: one for name, one in self._allowances().items() if one.per_minute}
        began = self._clock()
        due: dict[str, int] = {}
        claims: dict[str, ClaimedShare] = {}

        def settle(held: Mapping[str, Sequence[HeldShare]], now: datetime) -> Mapping[str, ClaimedShare]:
            for name, allowance in allowances.items():
                found = settled(allowance.per_minute, self._store.process, held.get(name, ()), now)
                due[name] = found.fair - found.share
                # From here on no more is taken than it settles for, and what is counted as used is all that was.
                allowance.shrink(found.share)
                used, used_for_s = allowance.used()
                claims[name] = ClaimedShare(share=found.share, used=used, used_for=timedelta(seconds=used_for_s))
            return claims

        if allowances:
            await self._store.settle(settle, lasts=timedelta(seconds=LASTS_S))
        for name, claim in claims.items():
            allowances[name].grant(claim.share, until=began + LASTS_S)
        self._settles_at = began + (AGAIN_S if any(due.values()) else SETTLES_S)

    async def leave(self) -> None:
        """Give all shares back; what was used in the last minute still counts.

        Raises:
            StoreUnavailable: the database does not answer; they count until their time is over.
        """
        allowances = {name: one for name, one in self._allowances().items() if one.per_minute}

        def settle(_held: Mapping[str, Sequence[HeldShare]], _now: datetime) -> Mapping[str, ClaimedShare]:
            claims = {}
            for name, allowance in allowances.items():
                allowance.shrink(0)
                used, used_for_s = allowance.used()
                claims[name] = ClaimedShare(share=0, used=used, used_for=timedelta(seconds=used_for_s))
            return claims

        if allowances:
            await self._store.settle(settle, lasts=timedelta(0))
