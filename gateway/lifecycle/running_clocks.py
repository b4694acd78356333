"""The consequences when time limits of the law end: a declaration lapses whose goods were never presented (UCC Art. 171)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from gateway.domain.clocks import Deadline, TimeLimit
from gateway.domain.declaration import Declaration, Kind
from gateway.domain.errors import GatewayError
from gateway.lifecycle.time_limits import TimeLimits
from gateway.store import Store
from gateway.store.clocks import RunningClock

log = structlog.get_logger(__name__)

_AT_ONCE = 200
"""Declarations that are acted on in one go; the others wait for the next one."""
_AGAIN = timedelta(minutes=5)
"""The time after which another process acts on what one has taken and not finished."""
_SOON = timedelta(minutes=1)
"""Not sooner is a limit looked at again that the database's clock has over and this process' has not."""
_LISTED_AGAIN = timedelta(days=1)
"""The time after which a limit is counted again whose end is not known: holidays are listed once a year."""


def acts_at(limit: TimeLimit | None, now: datetime) -> datetime | None:
    """Return when a time limit is acted on: when it ends, or when it might; None: it has no end."""
    if limit is None:
        return None
    if isinstance(limit, Deadline):
        return limit.ends_at
    return limit.not_before_at if now < limit.not_before_at else now + _LISTED_AGAIN


class RunningClocks:
    """The time limits that act by themselves, whichever process finds that they ended."""

    def __init__(
        self, store: Store, limits: TimeLimits, lapse: Callable[[str], Awaitable[None]], clock: Callable[[], datetime]
    ) -> None:
        """Take what makes a declaration lapse, by its id."""
        self._store = store
        self._limits = limits
        self._lapse = lapse
        self._clock = clock

    def first(self, declaration: Declaration, accepted_at: datetime | None, received_at: datetime) -> datetime | None:
        """Return when the first time limit of a declaration is acted on that is received now; None: none runs."""
        if declaration.kind is not Kind.PRE_LODGED or accepted_at is not None:
            return None
        return acts_at(self._limits.lapse(declaration.customs_office, received_at), received_at)

    async def act(self) -> int:
        """Act on the time limits that have ended; return how many were looked at."""
        looked_at = 0
        while found := await self._store.clocks.take(_AT_ONCE, again=_AGAIN):
            looked_at += len(found)
            for one in found:
                try:
                    await self._store.clocks.set(one.id, await self._next(one))
                except GatewayError as error:
                    log.warning("time_limit_not_acted_on", declaration=one.id, code=error.code)
        return looked_at

    async def count_again(self, record_id: str) -> None:
        """Have a declaration's time limit acted on as soon as it has ended: jobs of versions before this one ask for it."""
        await self._store.clocks.set(record_id, self._clock())

    async def _next(self, one: RunningClock) -> datetime | None:
        """Act on a limit if it has ended; return when the next one is acted on."""
        if one.kind is not Kind.PRE_LODGED or one.accepted or one.ended:
            return None
        limit, now = self._limits.lapse(one.office, one.received_at), self._clock()
        if limit is None or not limit.is_over(now):
            at = acts_at(limit, now)
            return None if at is None else max(at, now + _SOON)
        await self._lapse(one.id)
        return None
