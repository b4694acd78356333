"""How an adapter's generator is moved from step to step without trusting it.

Its steps are pure computation. One on a large answer, or of an adapter that is not trusted, runs in a thread of its
own with a budget of seconds; the loop goes on meanwhile. A thread cannot be ended from outside, so one that overran
is left to itself, and its adapter is counted.

What counts is the processor's time that a step takes: on a machine that is busy or stands still, time goes by without
any fault of the adapter's. Only a step that waits (and none has anything to wait for) is ended by the clock.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.contract import AdapterError, Exchange, Request, Response, UnexpectedAnswer

T = TypeVar("T")

LARGE = 1_000_000
"""Bytes of an answer above which a step is no matter for the loop: 6 ms of XML (docs/decisions/0013)."""
SLOW_S = 0.25
"""Seconds of the processor in the loop after which an adapter loses the trust to be run there."""
PATIENCE = 5
"""A step in a thread may take so many times its budget by the clock, as long as it has not used it up."""


class Overrun(UnexpectedAnswer):
    """The adapter's code took longer than its budget."""


@dataclass(frozen=True, slots=True)
class Yielded:
    """The adapter wants something sent; not judged yet."""

    request: Any


@dataclass(frozen=True, slots=True)
class Returned:
    """The adapter is done; not judged yet."""

    value: Any


Step = Yielded | Returned


class Stepper:
    """Moves one adapter's exchanges, and knows how often it overran its budget."""

    def __init__(self, *, trusted: bool, budget_s: float = 2.0, overruns_allowed: int = 2) -> None:
        self._trusted = trusted
        self._budget_s = budget_s
        self._overruns_allowed = overruns_allowed
        self.overruns = 0

    @property
    def enabled(self) -> bool:
        """Whether the adapter's code may still be run."""
        return self.overruns <= self._overruns_allowed

    def enable(self) -> None:
        """An officer vouches for it again; it is watched more closely than before."""
        self.overruns, self._trusted = 0, False

    async def start(self, make: Callable[[], Exchange[Any]]) -> tuple[Exchange[Any], Step]:
        """Makes the exchange and runs it to its first step.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """

        def begin() -> tuple[Exchange[Any], Step]:
            exchange = make()
            if not isinstance(exchange, Generator):
                raise UnexpectedAnswer("the adapter's method is no generator")
            return exchange, _advance(exchange, None)

        return await self.run(begin, 0)

    async def resume(self, exchange: Exchange[Any], response: Response) -> Step:
        """Sends the response into the exchange and runs it to its next step.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        return await self.run(lambda: _advance(exchange, response), len(response.body))

    async def end(self, exchange: Exchange[Any]) -> None:
        """Ends an exchange that is not carried on; nothing that it does about it counts."""
        if getattr(exchange, "gi_frame", None) is not None:
            with suppress(AdapterError):
                await self.run(exchange.close, 0)

    async def run(self, work: Callable[[], T], size: int) -> T:
        """Runs a piece of the adapter's code, within its budget, on so many bytes.

        Raises:
            AdapterError: the adapter raised it, or whatever else went wrong in its code.
        """
        if not self.enabled:
            raise UnexpectedAnswer("the adapter overran its time too often and is disabled until an officer enables it")
        if not self._trusted or size > LARGE:
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
            self._trusted = False
        if taken_s > self._budget_s:
            raise self._overrun()

    def _overrun(self) -> Overrun:
        self.overruns += 1
        return Overrun(f"the adapter's code took longer than {self._budget_s:g} s")

    async def _run_beside(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def tell(result: T) -> None:
            if not done.done():
                done.set_result(result)

        def fail(error: AdapterError) -> None:
            if not done.done():
                done.set_exception(error)

        clocks: list[int] = []

        def run() -> None:
            clocks.append(time.pthread_getcpuclockid(threading.get_ident()))
            # After the budget the loop may be gone.
            with suppress(RuntimeError):
                try:
                    result = work()
                except BaseException as error:
                    loop.call_soon_threadsafe(fail, _as_adapter_error(error))
                else:
                    loop.call_soon_threadsafe(tell, result)

        # A daemon, unlike a pool's thread: one that never ends must not keep the process from ending.
        threading.Thread(target=run, name="adapter step", daemon=True).start()
        for _ in range(PATIENCE):
            await asyncio.wait((done,), timeout=self._budget_s)
            if done.done() or any(_used(clock) >= self._budget_s for clock in clocks):
                break
        if not done.done():
            raise self._overrun()
        return done.result()


def _used(clock: int) -> float:
    """The seconds of the processor on a thread's clock; 0 once the thread has ended, and its clock with it."""
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0


def _advance(exchange: Exchange[Any], response: Response | None) -> Step:
    try:
        request: Request = next(exchange) if response is None else exchange.send(response)
    except StopIteration as stop:
        return Returned(stop.value)
    return Yielded(request)


def _as_adapter_error(error: BaseException) -> AdapterError:
    # Its text may quote the answer: only the type is told.
    if isinstance(error, AdapterError):
        return error
    return UnexpectedAnswer(f"the adapter raised {type(error).__name__}")
