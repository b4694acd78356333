"""The one place where the kit runs an adapter's code: exchanges begun, advanced, and run against recorded answers.

The code runs in a process of its own (`adapter_process.py`), which is started anew when it ends; whatever the code does,
its call has an ending, and `Ending.killed` says how it went. Values cross in plain form (`plain.py`), never as code.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.conformance import adapter_process
from gateway.conformance.adapter_process import FORKED, OUT_OF_MEMORY
from gateway.conformance.plain import from_plain, to_plain
from gateway.contract import Intervention, Occasion, Response

PATIENCE = 5
"""A step may take so many times its budget by the clock, as long as it has not used up its processor time."""
LATEST_S = 120.0
"""Seconds after which a step is over even where the machine has no time for it."""
MEMORY_MB = 1024
"""Megabytes that the process may have."""


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

    def plain(self) -> dict[str, Any]:
        """Return the method and its arguments in plain form."""
        return {"method": self.entry, "arguments": [to_plain(self.subject), to_plain(self.occasion)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedError:
    """An error that the adapter's code raised."""

    kind: str | None
    """The contract's error that it is; None: it is none of them, and the gateway takes it for `UnexpectedAnswer`."""
    type: str
    text: str
    place: str
    """File and line of the adapter's own code."""


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


MOST_PRINTED = 1 << 24
"""Bytes that are kept of what the code prints and logs."""


class AdapterProcess:
    """A process in which adapters' code runs, started when it is needed and again when it has ended."""

    def __init__(self, *, budget_s: float = 2.0, patience: int = PATIENCE, memory_mb: int = MEMORY_MB) -> None:
        self._budget_s = budget_s
        self._patience_s = budget_s * patience
        self._memory_mb = memory_mb
        self._child: subprocess.Popen[bytes] | None = None
        self._printed = bytearray()
        self._more = threading.Condition()
        self._loads: dict[str, dict[str, Any]] = {}
        self._buffer = b""
        self._numbers = 0
        self.kills = 0
        """How often it had to be started anew."""

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
    ) -> Ending:
        """Import and construct an adapter, under a name by which it is called; it is loaded again after a kill."""
        order: dict[str, Any] = {"do": "load", "adapter": name, "module": module, "class": cls, "identity": identity}
        order |= {"values": dict(values), "secrets": dict(secrets), "types": list(types)}
        ending = self._one(order)
        if ending.raised is None and ending.killed is None:
            self._loads[name] = order
        return ending

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
        paths = None if expected is None else [list(one) for one in expected]
        waiting = [
            {**call.plain(), "answers": [to_plain(one) for one in answers], "expected": paths} for answers in runs
        ]
        return self._replayed(name, waiting)

    def replay_calls(self, name: str, calls: Sequence[tuple[KitCall, Sequence[Response]]]) -> list[Ending]:
        """Run several calls, each against its answers, one after the other."""
        return self._replayed(
            name,
            [
                {**call.plain(), "answers": [to_plain(one) for one in answers], "expected": None}
                for call, answers in calls
            ],
        )

    def _replayed(self, name: str, waiting: list[dict[str, Any]]) -> list[Ending]:
        endings: list[Ending] = []
        kills = 0
        while len(endings) < len(waiting):
            if kills > 2:
                # What kills again and again is no news.
                endings += [replace(endings[-1], killed="not run: its process was ended too often")] * (
                    len(waiting) - len(endings)
                )
                break
            rest = waiting[len(endings) :]
            for ending in self._answers({"do": "replay", "adapter": name, "runs": rest}, len(rest)):
                endings.append(ending)
                kills += ending.killed is not None
        return endings

    def begin(self, name: str, call: KitCall) -> tuple[int, Ending]:
        """Begin an exchange and run it to its first step; give the number by which it is carried on."""
        self._numbers += 1
        return self._numbers, self._one({"do": "begin", "adapter": name, "number": self._numbers, **call.plain()})

    def advance(self, number: int, response: Response) -> Ending:
        """Send the response into an exchange and run it to its next step."""
        return self._one({"do": "advance", "number": number, "response": to_plain(response)})

    def end(self, number: int) -> None:
        """End an exchange that is not carried on."""
        self._one({"do": "end", "number": number})

    def notify(self, name: str, request: Any) -> Ending:
        """Have a notification read."""
        return self._one({"do": "notify", "adapter": name, "arguments": [to_plain(request)]})

    def identities(self, name: str, document_type: str, references: Sequence[str]) -> list[str | None]:
        """Return what the adapter's rule of identity makes of references; None where it gives nothing."""
        order = {"do": "identity", "adapter": name, "type": document_type, "references": list(references)}
        ending = self._one(order)
        return ending.value if ending.returned else [None] * len(references)

    def explosion(self, pattern: str, *, searches: bool) -> str | None:
        """Return what a regular expression takes too long for, in words; None: nothing is found."""
        ending = self._one({"do": "pattern", "text": pattern, "searches": searches})
        return ending.killed or ending.value

    def output(self, since: int = 0) -> bytes:
        """Return what the code has printed and logged, after so many bytes."""
        if self._child is not None:
            self._numbers += 1
            mark = b"\x00%d\x00" % self._numbers
            if self._one({"do": "mark", "mark": mark.decode()}).killed is None:
                # It is behind all that was printed before.
                with self._more:
                    self._more.wait_for(lambda: mark in self._printed, timeout=10)
        return bytes(self._printed[since:])

    def close(self) -> None:
        """End the process and whatever it started."""
        self._end_child()

    def _one(self, order: dict[str, Any]) -> Ending:
        (ending,) = self._answers(order, 1)
        return ending

    def _answers(self, order: dict[str, Any], count: int) -> Iterator[Ending]:
        """Give an order, and yield its answers; the one at which the process ended is the last."""
        child = self._running()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            yield Ending(killed=self._how_it_ended())
            return
        for _ in range(count):
            line = self._line()
            if line is None:
                yield Ending(killed=self._how_it_ended())
                return
            yield _ending(json.loads(line))

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-P", str(Path(adapter_process.__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self._buffer = b""
            self._drain = threading.Thread(target=self._read_output, args=(self._child,), daemon=True)
            self._drain.start()
            assert self._child.stdin is not None
            path = [str(Path(entry).absolute()) for entry in sys.path]
            first = {"path": path, "budget_s": self._budget_s, "memory_mb": self._memory_mb, "parent": os.getpid()}
            self._child.stdin.write(json.dumps(first).encode() + b"\n")
            self._child.stdin.flush()
            for again in list(self._loads.values()):
                self._one(again)
        return self._child

    def _read_output(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stderr is not None
        with child.stderr as stream:
            while part := os.read(stream.fileno(), 1 << 16):
                with self._more:
                    if len(self._printed) < MOST_PRINTED:
                        self._printed += part
                    self._more.notify_all()

    def _line(self) -> bytes | None:
        """Return the next answer; None where the process ends or takes too long."""
        child = self._child
        assert child is not None
        assert child.stdout is not None
        until = time.monotonic() + self._patience_s
        latest = time.monotonic() + LATEST_S
        while b"\n" not in self._buffer:
            left = until - time.monotonic()
            ready = select.select([child.stdout], [], [], max(0.0, left))[0]
            if not ready and _is_starved(child.pid) and time.monotonic() < latest:
                # It would go on if it were let: the machine is busy with others.
                until = time.monotonic() + self._patience_s
                continue
            if not ready:
                return None
            part = os.read(child.stdout.fileno(), 1 << 20)
            if not part:
                return None
            self._buffer += part
            # It is under way: what is long is not late.
            until = time.monotonic() + self._patience_s
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _how_it_ended(self) -> str:
        """Say how the process ended, ending it where it did not."""
        child = self._child
        assert child is not None
        try:
            status: int | None = child.wait(0.5)
        except subprocess.TimeoutExpired:
            status = None
        self._end_child()
        self.kills += 1
        if status is None:
            return f"it took longer than {self._patience_s:g} s by the clock: it waits for something"
        if status == -signal.SIGPROF:
            return f"it took more than {self._budget_s:g} s of the processor"
        if status == FORKED:
            return "it started a process"
        if status == OUT_OF_MEMORY:
            return f"it took more than {self._memory_mb} MB of memory"
        return f"it ended its process with status {status}"

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        # All that it printed has been read then.
        self._drain.join()


def _is_starved(pid: int) -> bool:
    """Whether a process wants the processor, or the disk, and does not get it; what waits for anything else sleeps."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in {"R", "D"}


def _ending(answer: dict[str, Any]) -> Ending:
    requests = tuple(from_plain(one) for one in answer.get("requests", ()))
    costs = tuple(answer.get("costs", ()))
    for told in ("identity", "explosion"):
        if told in answer:
            return Ending(returned=True, value=answer[told])
    if "raised" in answer:
        return Ending(requests=requests, raised=RaisedError(**answer["raised"]), costs=costs)
    if "returned" in answer:
        return Ending(requests=requests, returned=True, value=from_plain(answer["returned"]), costs=costs)
    if "asked" in answer:
        return Ending(requests=requests, asked=from_plain(answer["asked"]), costs=costs)
    return Ending(returned=True)
