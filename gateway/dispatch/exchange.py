"""The driver that moves the generator of a trusted adapter from step to step, in the loop.

Its steps are pure computation. One on a large answer runs in a thread with a budget of seconds; the loop goes on meanwhile. A
thread cannot be ended from outside, so one that overran is left to itself, and reported. So only few are left: while as
many run, or one for the same declaration, nothing more of the adapter is begun in this process.

What counts is the processor's time that a step takes: on a machine that is busy or stands still, time goes by without
any fault of the adapter's. Only a step that waits (and none has anything to wait for) is ended by the clock.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from gateway import observe
from gateway.contract import (
    Adapter,
    AdapterError,
    Exchange,
    NotifyingAdapter,
    Occasion,
    Request,
    Response,
    UnexpectedAnswer,
)
from gateway.contract.errors import Overrun
from gateway.dispatch.breaker import OwnLimits
from gateway.dispatch.exchange_time import BUSY, GRACE_S, ExchangeTime, endless
from gateway.dispatch.step_record import ShownStep
from gateway.domain.adapter_switch import OverrunKind
from gateway.sandbox.sandbox import is_starved
from gateway.sandbox.steps import AdapterCall, Step, Yielded, advance, as_adapter_error

T = TypeVar("T")

LARGE = 1_000_000
"""Bytes of an answer above which a step is no matter for the loop: 6 ms of XML (docs/decisions/0013)."""
SLOW_S = 0.25
"""Seconds of the processor in the loop after which an adapter loses the trust to be run there."""
PATIENCE = 5
"""A step in a thread may take so many times its budget by the clock, as long as it has not used it up."""
MOST_LEFT = 4
"""Threads that overran and still run, of one adapter in one process."""


class Stepper(Protocol):
    """The driver of one adapter's exchanges, wherever its code runs."""

    enabled: bool
    """Whether the adapter's code may be run; all replicas have it disabled together."""
    overruns: int
    """The number of times that its code overran its time, or had to be ended, since this process started."""

    async def start(self, call: AdapterCall, occasion: Occasion, clock: ExchangeTime) -> tuple[Any, Step]:
        """Begin an exchange and run it to its first step, until it is over.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code; or it is over.
        """
        ...

    async def resume(self, exchange: Any, response: Response, clock: ExchangeTime) -> Step:
        """Send the response into an exchange that `start` gave, and run it to its next step, until it is over.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        ...

    async def end(self, exchange: Any) -> None:
        """End an exchange that is not carried on; nothing that it does about it counts."""
        ...

    async def read_notification(self, request: Request) -> Any:
        """Return what the adapter reads in what its authority pushed; not judged yet.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        ...

    async def close(self) -> None:
        """End the process or thread that runs its code."""
        ...


_Begun: TypeAlias = tuple[Exchange[Any], Step]


class LoopStepper:
    """The driver of an adapter that runs in the loop, which knows how often it overran its budget."""

    def __init__(
        self,
        adapter: Adapter,
        *,
        budget_s: float = 2.0,
        on_overrun: Callable[[OverrunKind], None] = lambda _: None,
        watched: ShownStep | None = None,
    ) -> None:
        """Take the adapter, the seconds of the processor that one step may take, who is notified of each overrun, and what is open while a step lasts, if anything is."""
        self._adapter = adapter
        self._watched = watched
        self._in_loop = True
        self._budget_s = budget_s
        self._on_overrun = on_overrun
        self._left: dict[threading.Thread, str | None] = {}
        self.enabled = True
        self.overruns = 0

    async def start(self, call: AdapterCall, occasion: Occasion, clock: ExchangeTime) -> tuple[Exchange[Any], Step]:
        """Begin an exchange and run it to its first step, until it is over."""

        def begin() -> _Begun:  # by its name: what is written out here is made anew for each exchange
            exchange = call.begin(self._adapter, occasion)
            if not isinstance(exchange, Generator):
                raise UnexpectedAnswer("the adapter's method is no generator")
            return exchange, advance(exchange, None)

        if self._left and (own := observe.declaration_id.get()) is not None and own in self._running():
            raise OwnLimits("the adapter's code still runs for this declaration, where it overran its time")
        exchange, step = await self._run(begin, 0, clock)
        return exchange, self._in_time(step, clock)

    async def resume(self, exchange: Exchange[Any], response: Response, clock: ExchangeTime) -> Step:
        """Send the response into the exchange and run it to its next step, until it is over."""
        step = await self._run(lambda: advance(exchange, response), len(response.body), clock)
        return self._in_time(step, clock)

    async def end(self, exchange: Exchange[Any]) -> None:
        """End an exchange that is not carried on; nothing that it does about it counts."""
        if getattr(exchange, "gi_frame", None) is not None:
            with suppress(AdapterError):
                await self._run(exchange.close, 0, endless())

    async def read_notification(self, request: Request) -> Any:
        """Return what the adapter reads in what its authority pushed."""
        reader = cast(NotifyingAdapter, self._adapter)
        return await self._run(lambda: reader.read_notification(request), len(request.body), endless())

    async def close(self) -> None:
        """Do nothing: threads that are left end by themselves, or with the process."""

    def _in_time(self, step: Step, clock: ExchangeTime) -> Step:
        """Return a step after which there is time left for what it asks, or nothing is left to do."""
        if isinstance(step, Yielded) and clock.left_s <= 0:
            raise clock.fault(self._overrun)
        return step

    async def _run(self, work: Callable[[], T], size: int, clock: ExchangeTime) -> T:
        """Run a piece of the adapter's code, within its budget, on so many bytes.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        if not self.enabled:
            raise UnexpectedAnswer("the adapter overran its time too often and is disabled until somebody enables it")
        if self._left and len(self._running()) >= MOST_LEFT:
            raise OwnLimits("the adapter's code still runs where it overran its time: nothing more of it is run")
        if not self._in_loop or size > LARGE:
            return await self._run_beside(work, clock)
        began, used_before = time.monotonic(), time.thread_time()
        try:
            if self._watched is None:
                return work()
            with self._watched():
                return work()
        except AdapterError:
            raise  # from nothing: an error that is its own cause stays until a search for cycles finds it
        # Its SystemExit or CancelledError is none of ours: no exception of an adapter ends anything but its exchange.
        except BaseException as error:
            raise as_adapter_error(error) from error
        finally:
            used_s = time.thread_time() - used_before
            clock.took(time.monotonic() - began, used_s)
            self._watch(used_s)

    def _watch(self, taken_s: float) -> None:
        if taken_s > SLOW_S:
            self._in_loop = False
        if taken_s > self._budget_s:
            raise self._overrun()

    def _running(self) -> Collection[str | None]:
        """Return the declarations, if any, for which threads still run that overran."""
        self._left = {thread: declaration for thread, declaration in self._left.items() if thread.is_alive()}
        return self._left.values()

    def _overrun(self) -> Overrun:
        self.overruns += 1
        self._on_overrun(OverrunKind.LATE)
        return Overrun(f"the adapter's code took longer than {self._budget_s:g} s")

    async def _run_beside(self, work: Callable[[], T], clock: ExchangeTime) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        clocks: list[int] = []
        # A daemon, unlike a pool's thread: one that never ends must not keep the process from ending.
        thread = threading.Thread(target=_run_step, args=(work, loop, done, clocks), name="adapter step", daemon=True)
        began, all_used_before = loop.time(), time.process_time()
        thread.start()
        for _ in range(PATIENCE):
            await asyncio.wait((done,), timeout=max(0.0, min(self._budget_s, clock.left_s)))
            if done.done() or used(clocks) >= self._budget_s or clock.left_s <= 0:
                break
        if clock.left_s <= 0:
            await asyncio.wait((done,), timeout=GRACE_S)
        taken_s, used_s = loop.time() - began, used(clocks)
        clock.took(taken_s, used_s)
        if done.done():
            return done.result()
        self._left[thread] = observe.declaration_id.get()
        if used_s >= self._budget_s or clock.left_s > 0:
            raise self._overrun()
        # One that waits for the interpreter sleeps too: then others use it.
        alone = time.process_time() - all_used_before < BUSY * taken_s
        raise clock.fault(self._overrun, waits=alone and not is_starved(f"self/task/{thread.native_id}"))


def _run_step(
    work: Callable[[], T], loop: asyncio.AbstractEventLoop, done: asyncio.Future[T], clocks: list[int]
) -> None:
    """Run a step in a thread, which names its clock first, and hand its result to the loop."""

    def finish(result: T) -> None:
        if not done.done():
            done.set_result(result)

    def fail(error: AdapterError) -> None:
        if not done.done():
            done.set_exception(error)

    clocks.append(own_clock())
    # After the budget the loop may be gone.
    with suppress(RuntimeError):
        try:
            result = work()
        except BaseException as error:
            loop.call_soon_threadsafe(fail, as_adapter_error(error))
        else:
            loop.call_soon_threadsafe(finish, result)


def own_clock() -> int:
    """Return the clock of the processor's time that the calling thread uses."""
    return time.pthread_getcpuclockid(threading.get_ident())


def used(clocks: Sequence[int]) -> float:
    """Return the seconds of the processor on a thread's clock, if it has named it; 0 once it has ended, and its clock with it."""
    try:
        return max(map(time.clock_gettime, clocks), default=0.0)
    except OSError:
        return 0.0
