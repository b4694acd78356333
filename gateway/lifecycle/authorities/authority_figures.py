"""The figures of calls to authorities over all replicas: each writes its own now and then, nothing is written for a call."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.domain.adapter_processes import AdapterHere, AdapterProcesses
from gateway.domain.authority_figures import AdapterFigures, Answering, CallSlot, added, over_all, slot_of
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.store import FiguresOfProcesses, ProcessesOfAdapters

LOOP = "authority figures"
"""Its name among the loops that a process lives by."""
LATELY = timedelta(hours=1)
"""Over so long the figures of a list count."""
LASTS = timedelta(seconds=30)
"""The time for which a process's report on its adapters is believed, at least; it says it again three times as often."""
KEPT = timedelta(days=2)
"""Slots that began earlier are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityFigures:
    """The figures of calls to an authority over all replicas, since a time."""

    since: datetime
    answering: Answering
    slots: tuple[CallSlot, ...]
    """The slots with calls, the oldest first."""
    processes: AdapterProcesses = field(default_factory=AdapterProcesses)
    """The health of its adapter in each process."""

    @property
    def whole(self) -> CallSlot:
        """All of them as one."""
        return added(self.since, self.slots)


class FiguresOverAll:
    """A follower that writes what this process knows of its calls to authorities, and keeps what others wrote at hand."""

    def __init__(
        self,
        *,
        store: FiguresOfProcesses,
        own: Callable[[], Iterable[AdapterFigures]],
        clock: Callable[[], datetime],
        every_s: float,
        processes: ProcessesOfAdapters | None = None,
        here: Callable[[], Sequence[AdapterHere]] = tuple,
        pulses: Pulses | None = None,
    ) -> None:
        """Take the store of the figures, those of this process, how often they are written, and the health of its adapters, `here`."""
        self._store = store
        self._processes = processes
        self._here = here
        self._told: Sequence[AdapterHere] = ()
        self._told_at: datetime | None = None
        self._lasts = max(LASTS, timedelta(seconds=3 * every_s))
        self._own = own
        self._clock = clock
        self._noted: dict[tuple[str, datetime], int] = {}
        self._others: Mapping[str, Sequence[Answering]] = {}
        self._again = PollLoop(self.refresh, name=LOOP, every_s=every_s, pulses=pulses)

    async def run(self) -> None:
        """Poll again and again, until it is cancelled."""
        await self._again.run()

    async def refresh(self) -> None:
        """Write what is new of this process's calls, and read whether authorities answer others.

        Raises:
            StoreUnavailable: the database does not answer; nothing is lost, and what is known goes on.
        """
        await self._note()
        await self._tell()
        self._others = await self._store.answering()

    def answering(self) -> Mapping[str, Answering]:
        """Return whether each authority answers, by what is known of others since the last refresh."""
        return {one.name: over_all((one.answering, *self._others.get(one.name, ()))) for one in self._own()}

    async def lately(self) -> Mapping[str, AuthorityFigures]:
        """Return the figures of the last hour, by adapter.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return await self._since(self._clock() - LATELY)

    async def over(self, span: timedelta) -> Mapping[str, AuthorityFigures]:
        """Return the figures of every adapter over a span of time up to now; raise as `lately` does."""
        return await self._since(self._clock() - span)

    async def of(self, adapter: str, span: timedelta) -> AuthorityFigures | None:
        """Return the figures of one adapter over a span of time up to now; None: there is no such adapter."""
        return (await self._since(self._clock() - span, adapter)).get(adapter)

    async def _since(self, since: datetime, adapter: str | None = None) -> Mapping[str, AuthorityFigures]:
        since = slot_of(since)
        await self.refresh()
        others, answering = await self._store.slots(since, adapter), self.answering()
        processes = await self._processes.all() if self._processes is not None else {}
        return {
            one.name: AuthorityFigures(
                since=since,
                answering=answering[one.name],
                processes=processes.get(one.name, AdapterProcesses()),
                slots=_by_time((*others.get(one.name, ()), *(slot for slot in one.slots if slot.at >= since))),
            )
            for one in self._own()
            if adapter in {None, one.name}
        }

    async def leave(self) -> None:
        """Write that this process has ended.

        Raises:
            StoreUnavailable: the database does not answer; others see it when its time is over.
        """
        if self._processes is not None:
            await self._processes.end()

    async def _tell(self) -> None:
        here, now = self._here(), self._clock()
        again = self._told_at is None or now - self._told_at >= self._lasts / 3
        if self._processes is not None and here and (again or here != self._told):
            await self._processes.note(here, lasts=self._lasts, forget=now - KEPT)
            self._told, self._told_at = here, now

    async def _note(self) -> None:
        own = list(self._own())
        calls = {(one.name, slot.at): slot.calls for one in own for slot in one.slots}
        if calls == self._noted:
            return
        new = [
            replace(one, slots=tuple(s for s in one.slots if self._noted.get((one.name, s.at)) != s.calls))
            for one in own
        ]
        await self._store.note(new, forget=self._clock() - KEPT)
        self._noted = calls


def _by_time(slots: Iterable[CallSlot]) -> tuple[CallSlot, ...]:
    found: dict[datetime, list[CallSlot]] = defaultdict(list)
    for slot in slots:
        found[slot.at].append(slot)
    return tuple(added(at, found[at]) for at in sorted(found))
