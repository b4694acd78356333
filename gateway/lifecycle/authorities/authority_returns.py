"""The assessment of waiting declarations as soon as their authority answers again, or a contingency window opens for it.

Nobody floods an authority that is just back: each process takes one declaration at first, and twice as many each time that all
of them came to their end while the authority answered. While it does not answer, one declaration finds out whether it is back.
One that gets no answer for a second may be slow for what it is about: it is left aside, and the next one is taken.
What is to be done stands in the database alone: a process that ends loses nothing of it.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from gateway.dispatch import AdapterHealth, BreakerState
from gateway.lifecycle.leases import LeasedDeclarations
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.store import WaitedFor, WaitingDeclarations

log = structlog.get_logger(__name__)

LOOP = "authorities back"
"""Its name among the loops that a process lives by."""
_WITHOUT_ANSWERS = 4
"""The number decided at once under a contingency window, whose authority need not answer."""
_PROBES = 4
"""The number that find out at once whether an authority is back, where each of those before is slow."""
SLOW_S = 1.0
"""Seconds after which what was taken is slow, and does not keep others from being taken."""
SLOW = timedelta(seconds=SLOW_S)
_WAIT_S = 1.0
"""The seconds for which those in hand are waited for before more are looked for."""


@dataclass(slots=True)
class _Lane:
    """The declarations in hand since one authority's return."""

    most: int
    size: int = 1
    tasks: dict["asyncio.Task[None]", float] = field(default_factory=dict)
    """The tasks that are not over, each with the loop's time at which it was taken."""

    def in_time(self) -> int:
        """Return how many of them are not slow."""
        now = asyncio.get_running_loop().time()
        self.tasks = {task: at for task, at in self.tasks.items() if not task.done()}
        return sum(now - at < SLOW_S for at in self.tasks.values())

    def room(self, *, answers: bool) -> int:
        """Return how many more may be taken, after one that is over made way for two."""
        in_time = self.in_time()
        if not answers:
            self.size = min(self.size, _WITHOUT_ANSWERS)
        return self.size - in_time if len(self.tasks) - in_time < max(1, self.most // 2) else 0

    def taken(self, tasks: Iterable["asyncio.Task[None]"]) -> None:
        """Note what was taken: once all of it is over, or slow, twice as many are."""
        if not self.in_time():
            self.size = min(2 * self.size, self.most)
        now = asyncio.get_running_loop().time()
        self.tasks |= dict.fromkeys(tasks, now)


class AuthorityReturns:
    """A follower of authorities that come back, and of windows that open: it takes what waits for them, what was asked about longest ago first."""

    def __init__(
        self,
        *,
        waiting: WaitingDeclarations,
        leases: LeasedDeclarations,
        health: Callable[[], Iterable[AdapterHealth]],
        every_s: float,
        works: bool = True,
        most: int = 16,
        pause: timedelta = timedelta(minutes=1),
        probe_every: timedelta = timedelta(seconds=30),
        pulses: Pulses | None = None,
    ) -> None:
        """Take what it goes by.

        Args:
            waiting: what waits.
            leases: where it is taken.
            health: how authorities have answered in this process.
            every_s: how often it is asked whether anything waits.
            works: whether this process does such work; else it only notes who is back.
            most: declarations that are assessed for one authority at the same time.
            pause: what was assessed in vain is not assessed again sooner, however often its authority comes back.
            probe_every: so often one declaration finds out whether an authority is back.
            pulses: where it shows that it lives.
        """
        self._waiting = waiting
        self._leases = leases
        self._health = health
        self._works = works
        self._most = most
        self._pause = pause
        self._probe_every = probe_every
        self._back: dict[str, None] = {}
        self._known: Mapping[str, WaitedFor] = {}
        self._read_at = -math.inf
        self._lanes: dict[str, _Lane] = {}
        self._again = PollLoop(self.refresh, name=LOOP, every_s=every_s, pulses=pulses)

    def back(self, adapter: str) -> None:
        """Note that an authority answers again, from whichever thread; it is stored soon."""
        self._back[adapter] = None
        self._again.wake()

    async def run(self) -> None:
        """Poll again and again, until it is cancelled."""
        await self._again.run()

    async def refresh(self) -> None:
        """Store which authorities are back, and take some of the declarations that wait for them.

        Raises:
            StoreUnavailable: the database does not answer; what was noted is kept.
        """
        for adapter in list(self._back):
            await self._waiting.returned(adapter)
            self._back.pop(adapter, None)
            log.info("authority_answers", adapter=adapter)
        if not self._works or self._leases.stopping:
            return
        states = {one.name: one for one in self._health()}
        for adapter, waited in (await self._waited_for()).items():
            if (state := states.get(adapter)) is not None and state.enabled:
                await self._take(state, waited)
        if busy := [task for lane in self._lanes.values() for task in lane.tasks]:
            await asyncio.wait(busy, timeout=_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
            self._again.wake()

    async def _waited_for(self) -> Mapping[str, WaitedFor]:
        """Read the waiting declarations, which counts all of them: while some of it is in hand, once a second is enough."""
        now = asyncio.get_running_loop().time()
        if now - self._read_at >= _WAIT_S or not any(lane.tasks for lane in self._lanes.values()):
            self._known, self._read_at = await self._waiting.by_authority(), now
        return self._known

    async def _take(self, state: AdapterHealth, waited: WaitedFor) -> None:
        lane = self._lanes.setdefault(state.name, _Lane(self._most))
        answers = state.down_since is None and state.breaker is BreakerState.CLOSED
        room = lane.room(answers=answers)
        before = _latest(waited.back_at if answers else None, waited.window_at)
        if before is not None and room > 0:
            found = await self._leases.take_waiting(
                state.name, room, before=before, pause=self._pause, behind=state.unanswered
            )
            lane.taken(found)
            if found:
                return
        if not answers:
            lane.size = 1
            if not lane.in_time() and len(lane.tasks) < _PROBES and state.breaker is not BreakerState.OPEN:
                lane.taken(
                    await self._leases.take_probe(
                        state.name, pause=self._probe_every, slow=SLOW, behind=state.unanswered
                    )
                )


def _latest(*times: datetime | None) -> datetime | None:
    return max((one for one in times if one is not None), default=None)
