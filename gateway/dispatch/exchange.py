"""The driver that moves an adapter's generator from step to step without trusting it.

Its steps are pure computation. Those of a package that was tested and delivered with the gateway run in the loop; one on
a large answer, and every one of another package, runs in a thread of its own with a budget of seconds; the loop goes on
meanwhile. A thread cannot be ended from outside, so one that overran is left to itself, and reported: it goes on taking
turns with the loop, and what never gives the interpreter up (a regular expression that backtracks) stops the process as
it would have in the loop. So only few are left: while as many run, or one for the same declaration, nothing more of the
adapter is begun in this process.

What counts is the processor's time that a step takes: on a machine that is busy or stands still, time goes by without
any fault of the adapter's. Only a step that waits (and none has anything to wait for) is ended by the clock.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway import observe
from gateway.contract import AdapterError, Exchange, Request, Response, UnexpectedAnswer
from gateway.dispatch.breaker import OwnLimits

T = TypeVar("T")

LARGE = 1_000_000
"""Bytes of an answer above which a step is no matter for the loop: 6 ms of XML (docs/decisions/0013)."""
SLOW_S = 0.25
"""Seconds of the processor in the loop after which an adapter loses the trust to be run there."""
PATIENCE = 5
"""A step in a thread may take so many times its budget by the clock, as long as it has not used it up."""
MOST_LEFT = 4
"""Threads that overran and still run, of one adapter in one process."""


class Overrun(UnexpectedAnswer):
    """The adapter's code took longer than its budget."""


@dataclass(frozen=True, slots=True)
class Yielded:
    """A request that the adapter wants sent; not judged yet."""

    request: Any


@dataclass(frozen=True, slots=True)
class Returned:
    """The result with which the adapter is done; not judged yet."""

    value: Any


Step = Yielded | Returned


class Stepper:
    """The driver of one adapter's exchanges, which knows how often the adapter overran its budget."""

    def __init__(self, *, in_loop: bool, budget_s: float = 2.0, on_overrun: Callable[[], None] = lambda: None) -> None:
        """Take whether the code is trusted to run in the loop, its budget, and who is notified of each overrun."""
        self._in_loop = in_loop
        self._budget_s = budget_s
        self._on_overrun = on_overrun
        self._left: dict[threading.Thread, str | None] = {}
        self.enabled = True
        """Whether the adapter's code may be run; all replicas have it disabled together."""
        self.overruns = 0
        """Since this process started."""

    async def start(self, make: Callable[[], Exchange[Any]]) -> tuple[Exchange[Any], Step]:
        """Make the exchange and run it to its first step.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """

        def begin() -> tuple[Exchange[Any], Step]:
            exchange = make()
            if not isinstance(exchange, Generator):
                raise UnexpectedAnswer("the adapter's method is no generator")
            return exchange, _advance(exchange, None)

        if (own := observe.declaration_id.get()) is not None and own in self._running():
            raise OwnLimits("the adapter's code still runs for this declaration, where it overran its time")
        return await self.run(begin, 0)

    async def resume(self, exchange: Exchange[Any], response: Response) -> Step:
        """Send the response into the exchange and run it to its next step.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        return await self.run(lambda: _advance(exchange, response), len(response.body))

    async def end(self, exchange: Exchange[Any]) -> None:
        """End an exchange that is not carried on; nothing that it does about it counts."""
        if getattr(exchange, "gi_frame", None) is not None:
            with suppress(AdapterError):
                await self.run(exchange.close, 0)

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Run a piece of the adapter's code, within its budget, on so many bytes.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        if not self.enabled:
            raise UnexpectedAnswer("the adapter overran its time too often and is disabled until somebody enables it")
        if len(self._running()) >= MOST_LEFT:
            raise OwnLimits("the adapter's code still runs where it overran its time: nothing more of it is run")
        if not self._in_loop or size > LARGE:
            return await self._run_beside(work)
        began = time.thread_time()
        try:
            result = work()
        # Its SystemExit or CancelledError is none of ours: no exception of an adapter ends anything but its exchange.
        except BaseException as error:
            self._watch(time.thread_time() - began)
            raise _as_adapter_error(error) from error
        self._watch(time.thread_time() - began)
        return result

    def _watch(self, taken_s: float) -> None:
        if taken_s > SLOW_S:
            self._in_loop = False
        if taken_s > self._budget_s:
            raise self._overrun()

    def _running(self) -> Collection[str | None]:
        """Return the declarations, if any, for which threads still run that overran."""
        if self._left:
            self._left = {thread: declaration for thread, declaration in self._left.items() if thread.is_alive()}
        return self._left.values()

    def _overrun(self) -> Overrun:
        self.overruns += 1
        self._on_overrun()
        return Overrun(f"the adapter's code took longer than {self._budget_s:g} s")

    async def _run_beside(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def finish(result: T) -> None:
            if not done.done():
                done.set_result(result)

        def fail(error: AdapterError) -> None:
            if not done.done():
                done.set_exception(error)

        clocks: list[int] = []

        def run() -> None:
            clocks.append(own_clock())
            # After the budget the loop may be gone.
            with suppress(RuntimeError):
                try:
                    result = work()
                except BaseException as error:
                    loop.call_soon_threadsafe(fail, _as_adapter_error(error))
                else:
                    loop.call_soon_threadsafe(finish, result)

        # A daemon, unlike a pool's thread: one that never ends must not keep the process from ending.
        thread = threading.Thread(target=run, name="adapter step", daemon=True)
        thread.start()
        for _ in range(PATIENCE):
            await asyncio.wait((done,), timeout=self._budget_s)
            if done.done() or used(clocks) >= self._budget_s:
                break
        if not done.done():
            self._left[thread] = observe.declaration_id.get()
            raise self._overrun()
        return done.result()


def own_clock() -> int:
    """Return the clock of the processor's time that the calling thread uses."""
    return time.pthread_getcpuclockid(threading.get_ident())


def used(clocks: Sequence[int]) -> float:
    """Return the seconds of the processor on a thread's clock, if it has named it; 0 once it has ended, and its clock with it."""
    try:
        return max(map(time.clock_gettime, clocks), default=0.0)
    except OSError:
        return 0.0


def _advance(exchange: Exchange[Any], response: Response | None) -> Step:
    try:
        request: Request = next(exchange) if response is None else exchange.send(response)
    except StopIteration as stop:
        return Returned(stop.value)
    return Yielded(request)


def _as_adapter_error(error: BaseException) -> AdapterError:
    # Its text may quote the answer: only the type is reported.
    if isinstance(error, AdapterError):
        return error
    return UnexpectedAnswer(f"the adapter raised {type(error).__name__}")
