"""The driver of an adapter whose code runs in sandboxes: what it does there costs its own call, and nothing else.

A step goes to whichever sandbox of the adapter is free. An exchange stays in the one that it was begun in while that is free and
alive; elsewhere it is begun anew and brought to where it was, which asks its authority nothing twice: an exchange is
computation, of the same steps for the same call, occasion and responses. So a sandbox that is killed takes nobody else's
exchange with it.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from msgspec import Raw, ValidationError

from gateway import observe
from gateway.contract import AdapterError, Occasion, Request, RequestRejected, Response, UnexpectedAnswer
from gateway.contract.errors import Overrun, UnreadableValue
from gateway.dispatch.breaker import OwnLimits
from gateway.dispatch.delivered import digest_of
from gateway.dispatch.exchange_time import GRACE_S, ExchangeTime, endless
from gateway.dispatch.step_record import ShownStep
from gateway.domain.adapter_switch import OverrunKind
from gateway.resources import Resource, UsedUp
from gateway.sandbox import wire
from gateway.sandbox.sandbox import Sandbox, SandboxEnded, SandboxLate
from gateway.sandbox.steps import AdapterCall, Returned, Step, Yielded

log = structlog.get_logger(__name__)

START_S = 10.0
"""Seconds within which a sandbox has to be ready."""
PATIENCE = 3
"""A step may take so many times its budget by the clock, as long as it has not used it up: the machine may be busy."""
IDLE_S = 300.0
"""A sandbox that nobody needed for so long is ended: what is not asked costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxedCode:
    """The code of an adapter, as it was checked when it was loaded."""

    name: str
    code: wire.Code = field(repr=False)
    folder: Path
    digest: str
    """The digest of its files then; changed ones are another adapter, and are not run."""

    def sandbox(self) -> Sandbox:
        """Start a sandbox with it; to be called where a process may live as long as the gateway.

        Raises:
            UnexpectedAnswer: it is not the code that was loaded.
            OSError: no process can be started.
        """
        if self.changed():
            log.error("adapter_changed", adapter=self.name)
            raise UnexpectedAnswer("its files have changed since it was loaded: the gateway has to be started again")
        sandbox = Sandbox(self.code)
        observe.sandbox_started(self.name)
        return sandbox

    def changed(self) -> bool:
        """Whether its files are others than those that were loaded."""
        try:
            return digest_of(self.folder) != self.digest
        except OSError:
            return True


@dataclass(slots=True, kw_only=True)
class SandboxedExchange:
    """An exchange that is under way, and all that it takes to start it again."""

    number: int
    call: AdapterCall
    occasion: Occasion
    requests: list[Raw] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    holder: Sandbox | None = None
    """The sandbox that holds the exchange; None: it is over."""

    def order(self, sandbox: Sandbox) -> wire.Order:
        """Return the order that makes its next step in a sandbox."""
        if self.holder is sandbox:
            return wire.Resume(exchange=self.number, response=self.responses[-1])
        return wire.Begin(
            exchange=self.number,
            method=self.call.method,
            subject=wire.packed(self.call.subject),
            occasion=self.occasion,
            requests=tuple(self.requests),
            responses=tuple(self.responses),
        )

    def read(self, reply: wire.Reply) -> Step:
        """Return the step in a reply.

        Raises:
            AdapterError: the adapter raised it, or the reply is none.
        """
        if isinstance(reply, wire.Asked):
            self.requests.append(reply.request)
            try:
                return Yielded(wire.read(reply.request, Request))
            except ValidationError as error:
                raise RequestRejected("the adapter yielded something that is no request") from error
        self.holder = None
        return Returned(_result(reply, self.call.method))


class SandboxStepper:
    """The driver of an adapter's exchanges in at most so many sandboxes, which ends them when they overrun their budget."""

    def __init__(
        self,
        code: SandboxedCode,
        *,
        most: int,
        budget_s: float = 2.0,
        on_overrun: Callable[[OverrunKind], None] = lambda _: None,
        shown: ShownStep | None = None,
    ) -> None:
        """Take the code, the number of sandboxes, the seconds of the processor for one step, who hears of each that was ended, and what is open while a step lasts, if anything is."""
        self._shown: ShownStep = nullcontext if shown is None else shown
        self._code = code
        self._room = Resource("sandboxes", most, of=code.name)
        self._budget_s = budget_s
        self._on_overrun = on_overrun
        self._idle: list[tuple[float, Sandbox]] = []
        self._busy: set[Sandbox] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._numbers = 0
        self._warned = False
        self.enabled = True
        self.overruns = 0

    async def start(self, call: AdapterCall, occasion: Occasion, clock: ExchangeTime) -> tuple[SandboxedExchange, Step]:
        """Begin an exchange and run it to its first step, until it is over."""
        self._numbers += 1
        exchange = SandboxedExchange(number=self._numbers, call=call, occasion=occasion)
        return exchange, await self._step(exchange, clock)

    async def resume(self, exchange: SandboxedExchange, response: Response, clock: ExchangeTime) -> Step:
        """Send the response into the exchange and run it to its next step, until it is over."""
        exchange.responses.append(response)
        return await self._step(exchange, clock)

    async def end(self, exchange: SandboxedExchange) -> None:
        """End an exchange that is not carried on; where its sandbox is busy or gone, nothing is left to end."""
        holder, exchange.holder = exchange.holder, None
        if holder is not None and any(holder is one for _, one in self._idle):
            with suppress(AdapterError):
                await self._ask(lambda _: wire.End(exchange=exchange.number), holder, endless())

    async def read_notification(self, request: Request) -> Any:
        """Return what the adapter reads in what its authority pushed."""
        _, reply = await self._ask(lambda _: wire.Notification(request=request), None, endless())
        return _result(reply, "read_notification")

    async def close(self) -> None:
        """End all its sandboxes."""
        for task in self._under_way:
            task.cancel()
        ended = [*(one for _, one in self._idle), *self._busy]
        self._idle.clear()
        for one in ended:
            one.kill()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if ended:
            await asyncio.to_thread(_reap, ended)

    async def _step(self, exchange: SandboxedExchange, clock: ExchangeTime) -> Step:
        holder, reply = await self._ask(exchange.order, exchange.holder, clock)
        exchange.holder = holder
        return exchange.read(reply)

    async def _ask(
        self, order: Callable[[Sandbox], wire.Order], holder: Sandbox | None, clock: ExchangeTime
    ) -> tuple[Sandbox, wire.Reply]:
        if not self.enabled:
            raise UnexpectedAnswer("the adapter is disabled until somebody enables it")
        try:
            await self._room.acquire(within_s=min(self._budget_s, clock.left_s))
        except UsedUp as error:
            raise OwnLimits("the adapter's code is at work elsewhere: no sandbox became free") from error
        # By itself: whoever gives up waiting leaves the sandbox in the middle of a step.
        begun = asyncio.Event()
        task = asyncio.create_task(self._answered(order, holder, clock, begun), name=f"sandbox of {self._code.name}")
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(clock.left_s):
                return await asyncio.shield(task)
        except TimeoutError as error:
            if begun.is_set():
                # It is ended now, and says who was late.
                return await asyncio.shield(task)
            # Whoever asks next finds it ready.
            raise OwnLimits("no sandbox became ready in time") from error

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._under_way.discard(task)
        self._room.put_back()
        if not task.cancelled():
            task.exception()  # whoever asked may be gone

    async def _answered(
        self, order: Callable[[Sandbox], wire.Order], holder: Sandbox | None, clock: ExchangeTime, begun: asyncio.Event
    ) -> tuple[Sandbox, wire.Reply]:
        sandbox = self._taken(holder) or await self._started()
        if clock.left_s <= 0:
            self._lay_by(sandbox)
            raise OwnLimits("no sandbox became ready in time")
        begun.set()
        self._busy.add(sandbox)
        try:
            with self._shown():
                reply = await self._within_budget(sandbox, order(sandbox), clock)
        finally:
            self._busy.discard(sandbox)
        if isinstance(reply, wire.OutOfMemory):
            await self._kill(sandbox)
            raise self._overran(OverrunKind.MEMORY, f"wanted more than {self._code.code.memory_mb} MB of memory")
        self._lay_by(sandbox)
        return sandbox, reply

    def _lay_by(self, sandbox: Sandbox) -> None:
        loop = asyncio.get_running_loop()
        self._idle.append((loop.time(), sandbox))
        if len(self._idle) == 1:
            loop.call_later(IDLE_S, self._end_idle)

    def _taken(self, holder: Sandbox | None) -> Sandbox | None:
        """Take a sandbox out of those that are idle: the one that holds the exchange, or the one that was used last."""
        at = next((n for n, (_, one) in enumerate(self._idle) if one is holder), len(self._idle) - 1)
        return self._idle.pop(at)[1] if self._idle else None

    async def _started(self) -> Sandbox:
        sandbox = self._code.sandbox()
        self._busy.add(sandbox)
        try:
            ready = await asyncio.to_thread(sandbox.ready, START_S)
        except (SandboxEnded, SandboxLate) as error:
            await self._kill(sandbox)
            kind = OverrunKind.LATE if isinstance(error, SandboxLate) else OverrunKind.ENDED
            raise self._overran(kind, f"could not be constructed: it {error}") from error
        finally:
            self._busy.discard(sandbox)
        if ready.fault is not None:
            await self._kill(sandbox)
            raise UnexpectedAnswer("the adapter cannot be constructed any more")
        self._warn_of(ready)
        return sandbox

    def _warn_of(self, ready: wire.Ready) -> None:
        """Say once what the system does not keep the code from."""
        if self._warned:
            return
        if not ready.confined:
            log.warning("sandbox_not_confined", adapter=self._code.name, remedy="install libseccomp2")
        if not ready.reads_code_only:
            log.warning("sandbox_reads_files", adapter=self._code.name, remedy="Linux 5.13 or later, with Landlock on")
        self._warned = not (ready.confined and ready.reads_code_only)

    async def _within_budget(self, sandbox: Sandbox, order: wire.Order, clock: ExchangeTime) -> wire.Reply:
        began, used_before = time.monotonic(), sandbox.used_s
        asking: asyncio.Future[wire.Reply] = asyncio.ensure_future(sandbox.ask(order))
        try:
            for _ in range(PATIENCE):
                await asyncio.wait((asking,), timeout=max(0.0, min(self._budget_s, clock.left_s)))
                used_s = sandbox.used_s - used_before
                if asking.done() or used_s >= self._budget_s or clock.left_s <= 0:
                    break
            if clock.left_s <= 0:
                await asyncio.wait((asking,), timeout=GRACE_S)
            clock.took(time.monotonic() - began, used_s)
            if asking.done():
                return asking.result()
            waits, stopped = not sandbox.is_starved, sandbox.is_stopped
        except SandboxEnded as error:
            await self._kill(sandbox)
            raise self._overran(OverrunKind.ENDED, "ended its process") from error
        except ValueError as error:
            await self._kill(sandbox)
            raise UnexpectedAnswer("the message to the adapter is too long") from error
        except asyncio.CancelledError:
            sandbox.kill()
            raise
        finally:
            asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await self._kill(sandbox)
        if stopped:
            raise OwnLimits("its sandbox was stopped by somebody else")
        if used_s >= self._budget_s or clock.left_s > 0:
            raise self._overran(OverrunKind.LATE, f"took longer than {self._budget_s:g} s")
        raise clock.fault(
            lambda: self._overran(OverrunKind.LATE, "was at work when its exchange was over"), waits=waits
        )

    async def _kill(self, sandbox: Sandbox) -> None:
        sandbox.kill()
        await asyncio.to_thread(sandbox.reap)

    def _overran(self, kind: OverrunKind, what: str) -> Overrun:
        self.overruns += 1
        observe.sandbox_killed(self._code.name, kind)
        self._on_overrun(kind)
        return Overrun(f"the adapter's code {what}")

    def _end_idle(self) -> None:
        loop = asyncio.get_running_loop()
        ended = [one for since, one in self._idle if loop.time() - since >= IDLE_S]
        self._idle = [(since, one) for since, one in self._idle if one not in ended]
        for one in ended:
            one.kill()
        if ended:
            loop.run_in_executor(None, _reap, ended)
        if self._idle:
            loop.call_at(self._idle[0][0] + IDLE_S, self._end_idle)


def _reap(ended: list[Sandbox]) -> None:
    for one in ended:
        one.reap()


def _result(reply: wire.Reply, method: str) -> Any:
    if isinstance(reply, wire.AdapterRaised):
        raise reply.error()
    if not isinstance(reply, wire.Gave):
        raise UnexpectedAnswer("the sandbox says what none of ours says")
    try:
        return wire.read_result(method, reply.value)
    except ValidationError as error:
        raise UnreadableValue("a value of another type than the contract's") from error
