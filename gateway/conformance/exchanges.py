"""The one place where the kit runs an adapter's code: exchanges begun, advanced, and run against recorded answers.

The code runs in a sandbox as the gateway's do (`gateway.sandbox`), with a few orders more (`workplace.py`). It is started anew
when it ends; whatever the code does, its call has an ending, and `Ending.killed` says how it went.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from msgspec import Raw, ValidationError

from gateway.conformance.orders import Construct, KitReply, OutputMark, Replay, Replayed, Run, Select, Tried, TryPattern
from gateway.conformance.workplace import FORKED
from gateway.contract import CONTRACT_VERSION, Intervention, Occasion, Request, Response, identity, written
from gateway.contract.errors import FOUND, UnreadableValue
from gateway.sandbox import wire
from gateway.sandbox.sandbox import Sandbox, SandboxEnded, SandboxLate, search_path
from gateway.sandbox.steps import RaisedFault

PATIENCE = 5
"""A step may take so many times its budget by the clock, as long as it has not used up its processor time."""
STARVED_S = 120.0
"""Seconds after which a step is over even where the machine has no time for it."""
READY_S = 30.0
"""Seconds within which a sandbox has to be ready, on a machine that is busy with others too."""
MEMORY_MB = 512
"""Megabytes that a sandbox may have: as many as the gateway's, where no other number is configured."""
LONGEST_ORDER = 8 * 1024 * 1024
"""Bytes of answers that are sent at once."""
_PROGRAM = "gateway.conformance.workplace"


@dataclass(frozen=True, slots=True, kw_only=True)
class KitCall:
    """One call of an adapter: a method of the contract, its subject, and the occasion."""

    method: str
    subject: Any
    occasion: Occasion

    @property
    def entry(self) -> str:
        """The name of the adapter's method: interventions are one."""
        return "intervene" if type(self.subject) is Intervention else self.method

    def run(self, answers: Sequence[Response], expected: Sequence[tuple[str, str]] | None = None) -> Run:
        """Return it against answers, as it is sent."""
        return Run(
            method=self.entry,
            subject=wire.packed(self.subject),
            occasion=self.occasion,
            answers=tuple(answers),
            expected=None if expected is None else tuple(expected),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedError:
    """An error that the adapter's code raised, or that was found where it runs."""

    kind: str | None
    """The contract's error that it is; None: it is none of them, and the gateway takes it for `UnexpectedAnswer`."""
    type: str
    text: str
    place: str
    """File and line of the adapter's own code."""

    @property
    def is_found(self) -> bool:
        """Whether it is a fault that the gateway finds in a value."""
        return not self.place and self.kind in {one.__name__ for one in FOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The ending of a call: a value, an error, a further request, or the end of its process."""

    requests: tuple[Any, ...] = ()
    value: Any = None
    returned: bool = False
    raised: RaisedError | None = None
    asked: Any = None
    """The request for which there was no answer; None: there is none."""
    killed: str | None = None
    costs: tuple[float, ...] = ()
    """The seconds of the processor that each step took."""


class UnreadableRequest:
    """The thing that an adapter yielded, where it is no request of the contract."""


@dataclass(frozen=True, slots=True)
class _Kill:
    """The end of a sandbox, in place of a reply."""

    how: str


MOST_PRINTED = 1 << 24
"""Bytes that are kept of what the code prints and logs."""


class AdapterProcess:
    """The sandbox of one package at a time, started when it is needed and again when it has ended."""

    def __init__(
        self,
        *,
        budget_s: float = 2.0,
        patience: int = PATIENCE,
        memory_mb: int = MEMORY_MB,
        packages: Sequence[str] = (),
    ) -> None:
        """Take what a step may take, and packages that may share one sandbox: one that reads the code of each of them."""
        self._packages = tuple(packages)
        self._path: tuple[str, ...] = ()
        self._budget_s = budget_s
        self._patience = patience
        self._memory_mb = memory_mb
        self._sandbox: Sandbox | None = None
        self._code: wire.Code | None = None
        self._loads: dict[str, Construct] = {}
        self._selected = ""
        self._printed = bytearray()
        self._more = threading.Condition()
        self._under_way: dict[int, str] = {}
        self._numbers = 0

    def __enter__(self) -> Self:
        """Give the process itself; it is started by the first call."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the process."""
        self.close()

    def load(
        self,
        name: str,
        *,
        module: str,
        cls: str,
        values: Mapping[str, str],
        secrets: Mapping[str, str],
        identity: str | None,
        types: Sequence[str] = (),
        contract: str = CONTRACT_VERSION,
    ) -> Ending:
        """Import and construct an adapter, under a name by which it is called; it is loaded again after a kill.

        What is of another package than before takes its place, in a sandbox of its own unless that was told of it.
        """
        order = Construct(
            adapter=name, module=module, cls=cls, values=dict(values), secrets=dict(secrets), identity=identity,
            types=tuple(types), contract=contract,
        )  # fmt: skip
        if self._code is None or module != self._code.module:
            self._loads.clear()
            if not self._reads(module):
                self._end()
            self._code = None
        if self._code is None or self._sandbox is None:
            self._code = wire.Code(
                path=search_path(), module=module, cls=cls, values=order.values, secrets=order.secrets, methods=(),
                identity=identity, types=order.types, memory_mb=self._memory_mb, packages=self._packages,
                package=module.rpartition(".")[0], contract=contract,
            )  # fmt: skip
        ending = self._started() or _ending(self._one(order), "")
        if ending.raised is None and ending.killed is None:
            self._loads[name], self._selected = order, name
        return ending

    def _reads(self, module: str) -> bool:
        """Whether the sandbox that runs may read the code of a module."""
        return module.partition(".")[0] in self._packages and self._path == search_path()

    def replay(
        self,
        name: str,
        call: KitCall,
        runs: Sequence[Sequence[Response]],
        expected: Sequence[tuple[str, str]] | None = None,
    ) -> list[Ending]:
        """Run a call once against each of several rows of answers.

        `expected` are the method and path of each request: where another one is asked, the run ends there.
        """
        return self._replayed(name, [call.run(answers, expected) for answers in runs])

    def _replayed(self, name: str, waiting: list[Run]) -> list[Ending]:
        endings: list[Ending] = []
        kills = 0
        while len(endings) < len(waiting):
            if kills > 2:
                # What kills again and again is no news.
                endings += [replace(endings[-1], killed="not run: its process was ended too often")] * (
                    len(waiting) - len(endings)
                )
                break
            rest = _as_many_as_fit(waiting[len(endings) :])
            for run, reply in zip(rest, self._replies(name, Replay(runs=rest), len(rest)), strict=False):
                endings.append(_ending(reply, run.method))
                kills += endings[-1].killed is not None
        return endings

    def begin(self, name: str, call: KitCall) -> tuple[int, Ending]:
        """Begin an exchange and run it to its first step; give the number by which it is carried on."""
        self._numbers += 1
        order = wire.Begin(
            exchange=self._numbers, method=call.entry, subject=wire.packed(call.subject), occasion=call.occasion
        )
        ending = _ending(self._one(order, name), call.entry)
        if ending.killed is None:
            self._under_way[self._numbers] = call.entry
        return self._numbers, ending

    def advance(self, number: int, response: Response) -> Ending:
        """Send the response into an exchange and run it to its next step."""
        method = self._under_way.get(number, "verify")
        return _ending(self._one(wire.Resume(exchange=number, response=response)), method)

    def end(self, number: int) -> None:
        """End an exchange that is not carried on."""
        self._under_way.pop(number, None)
        self._one(wire.End(exchange=number))

    def notify(self, name: str, request: Any) -> Ending:
        """Have a notification read."""
        return _ending(self._one(wire.Notification(request=request), name), "read_notification")

    def identities(self, name: str, document_type: str, references: Sequence[str]) -> list[str | None]:
        """Return what the adapter's rule of identity makes of references; None where it gives nothing."""
        if name not in self._loads or self._loads[name].identity is None:
            return [identity(written, document_type, one) for one in references]
        orders = (wire.Identify(document_type=document_type, reference=one) for one in references)
        return [_text(self._one(order, name)) for order in orders]

    def explosion(self, pattern: str, *, searches: bool) -> str | None:
        """Return what a regular expression takes too long for, in words; None: nothing is found."""
        reply = self._one(TryPattern(text=pattern, searches=searches))
        if isinstance(reply, _Kill):
            return reply.how
        return reply.explosion if isinstance(reply, Tried) else None

    def output(self, since: int = 0) -> bytes:
        """Return what the code has printed and logged, after so many bytes."""
        if self._sandbox is not None:
            self._numbers += 1
            mark = f"\0{self._numbers}\0"
            if not isinstance(self._one(OutputMark(mark=mark)), _Kill):
                # It is behind all that was printed before.
                with self._more:
                    self._more.wait_for(lambda: mark.encode() in self._printed, timeout=10)
        return bytes(self._printed[since:])

    def close(self) -> None:
        """End the process and all that it started."""
        self._end()

    def _one(self, order: Any, name: str | None = None) -> Any:
        (reply,) = self._replies(name, order, 1)
        return reply

    def _replies(self, name: str | None, order: Any, count: int) -> Iterator[Any]:
        """Give an order about an adapter, and yield its replies; the one at which the process ended is the last."""
        if self._started() is not None:
            yield _Kill("not run: it cannot be constructed again")
            return
        if name is not None and name != self._selected:
            (selected,) = self._given(Select(adapter=name), 1)
            if isinstance(selected, _Kill):
                yield selected
                return
            self._selected = name
        yield from self._given(order, count)

    def _given(self, order: Any, count: int) -> Iterator[Any]:
        sandbox = self._sandbox
        assert sandbox is not None
        try:
            sandbox.order_now(order, STARVED_S)
            for _ in range(count):
                reply = sandbox.reply_within(self._budget_s, self._patience, starved_s=STARVED_S)
                if isinstance(reply, wire.OutOfMemory):
                    self._end()
                    yield _Kill(f"it took more than {self._memory_mb} MB of memory")
                    return
                yield reply
        except SandboxLate as error:
            self._end()
            yield _Kill(f"it {error}")
        except SandboxEnded:
            status = sandbox.status()
            self._end()
            yield _Kill("it started a process" if status == FORKED else f"it ended its process with status {status}")

    def _started(self) -> Ending | None:
        """Start a sandbox with all adapters that are loaded, unless one runs; return why that cannot be done."""
        if self._sandbox is not None:
            return None
        assert self._code is not None, "nothing was loaded"
        self._path = self._code.path
        reading, writing = os.pipe()
        try:
            self._sandbox = Sandbox(self._code, program=_PROGRAM, replies=KitReply, output=writing)
        finally:
            os.close(writing)
        self._drain = threading.Thread(target=self._read_output, args=(reading,), daemon=True)
        self._drain.start()
        try:
            ready = self._sandbox.ready(READY_S)
        except (SandboxEnded, SandboxLate) as error:
            self._end()
            return Ending(killed=f"it {error}")
        if ready.fault is not None:
            self._end()
            return Ending(raised=_of_fault(ready.raised, None) if ready.raised is not None else None)
        for name, order in self._loads.items():
            ending = _ending(next(self._given(order, 1)), "")
            if ending.raised is not None or ending.killed is not None:
                self._end()
                return ending
            self._selected = name
        return None

    def _read_output(self, reading: int) -> None:
        with open(reading, "rb", buffering=0) as stream:
            while part := stream.read(1 << 16):
                with self._more:
                    if len(self._printed) < MOST_PRINTED:
                        self._printed += part
                    self._more.notify_all()

    def _end(self) -> None:
        sandbox, self._sandbox = self._sandbox, None
        self._selected = ""
        self._under_way.clear()
        if sandbox is None:
            return
        sandbox.kill()
        sandbox.reap()
        # All that it printed has been read then.
        self._drain.join()


def _as_many_as_fit(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the first of these runs, as far as their answers are short enough together; one at the least."""
    size, fitting = 0, 0
    for run in runs:
        size += sum(len(one.body) for one in run.answers)
        if fitting and size > LONGEST_ORDER:
            break
        fitting += 1
    return tuple(runs[:fitting])


def _ending(reply: Any, method: str) -> Ending:
    match reply:
        case _Kill():
            return Ending(killed=reply.how)
        case Replayed():
            ending = _ending(reply.last, method)
            return replace(ending, requests=tuple(map(_request, reply.requests)), costs=reply.costs)
        case wire.Asked():
            return Ending(asked=_request(reply.request))
        case wire.Gave():
            return _given_value(reply.value, method)
        case wire.AdapterRaised():
            return Ending(raised=_of_fault(reply.fault, reply))
    return Ending(returned=True)


def _given_value(value: Raw, method: str) -> Ending:
    try:
        return Ending(returned=True, value=wire.read_result(method, value))
    except ValidationError:
        error = UnreadableValue("a value of another type than the contract's")
        return Ending(
            raised=RaisedError(kind=type(error).__name__, type=type(error).__name__, text=str(error), place="")
        )


def _of_fault(fault: RaisedFault | None, raised: wire.AdapterRaised | None) -> RaisedError:
    """Return what was raised, as its own type; what is none of the contract's is none of its kinds."""
    kind = None if raised is None else raised.kind
    if fault is None:
        return RaisedError(kind=kind, type=kind or "", text="" if raised is None else raised.text, place="")
    if raised is not None and raised.text == f"the adapter raised {fault.type}":
        kind = None
    return RaisedError(kind=kind, type=fault.type, text=fault.text, place=fault.place)


def _request(raw: Raw) -> Any:
    try:
        return wire.read(raw, Request)
    except ValidationError:
        return UnreadableRequest()


def _text(reply: Any) -> str | None:
    try:
        return wire.read(reply.value, str | None) if isinstance(reply, wire.Gave) else None
    except ValidationError:
        return None
