"""A watch over the loops that a process lives by: one that does nothing any more while the database answers ends its process.

A loop may end by a fault of ours, or wait for what never comes; the process around it would go on answering calls, with leases that
nobody renews or switches that nobody follows. Another start mends what this process cannot.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from gateway import observe
from gateway.domain.errors import ConfigurationError, LoopStopped, StoreError

log = structlog.get_logger(__name__)


class Pulses:
    """The time since each loop's last success, counted while the database answers.

    Counted in this watch's own steps, not by a clock: a process that slept, or had no processor, misses them as its loops do.
    """

    def __init__(self, *, within_s: float, every_s: float) -> None:
        self._within_s = within_s
        self._every_s = every_s
        self._silent_s: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._over: Exception | None = None

    @property
    def every_s(self) -> float:
        """The seconds between two steps of the watch."""
        return self._every_s

    @property
    def over(self) -> Exception | None:
        """The error to end this process with: `LoopStopped`, or `ConfigurationError` if it may not serve any more; None: none."""
        return self._over

    @property
    def late(self) -> Sequence[str]:
        """The loops that have ended, or had no success for half of the time that they may have none."""
        silent = {name for name, silent_s in self._silent_s.items() if silent_s > self._within_s / 2}
        return sorted(silent | {name for name, task in self._tasks.items() if task.done()})

    def expect(self, names: Iterable[str]) -> None:
        """Watch these loops from now on."""
        self._silent_s |= dict.fromkeys(names, 0.0)

    def follow(self, loops: Iterable["asyncio.Task[None]"]) -> None:
        """Watch the loops that run in these tasks from now on, by the tasks' names."""
        for task in loops:
            self._tasks[task.get_name()] = task
        self.expect(self._tasks)

    def beat(self, name: str) -> None:
        """Note that a loop had a success."""
        if name in self._silent_s:
            self._silent_s[name] = 0.0

    async def watch(
        self,
        answers: Callable[[], Awaitable[bool]],
        may_serve: Callable[[], Awaitable[None]],
        told: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Watch until this process must end, which `over` says then, or until it is cancelled.

        Args:
            answers: whether the database answers and may be written to; while it is not, nothing is expected of any loop.
            may_serve: raises `ConfigurationError` once this version may not serve beside what was migrated.
            told: is called after each step with whether the database answered.
        """
        while self._over is None:
            await asyncio.sleep(self._every_s)
            answered = False
            try:
                answered = await answers()
                if answered:
                    await may_serve()
            except StoreError:
                answered = False
            except ConfigurationError as error:
                log.error("may_not_serve", faults=error.faults)
                self._over = error
                return
            except Exception as error:
                # A fault of ours in a question: the loops are watched all the same.
                log.error("watch_failed", error=type(error).__name__, raised_at=observe.raised_at(error))
            self._count(answered)
            told(answered)

    def _count(self, answered: bool) -> None:
        for name, silent_s in self._silent_s.items():
            self._silent_s[name] = silent_s + self._every_s if answered else 0.0
        if late := sorted(name for name, silent_s in self._silent_s.items() if silent_s > self._within_s):
            log.error("loops_stopped", loops=late, within_s=self._within_s)
            self._over = LoopStopped(
                f"{', '.join(late)}: no success for {self._within_s:g} s while the database answers"
            )
