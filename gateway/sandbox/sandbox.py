"""A sandbox as the gateway runs it: started, asked one thing at a time, and killed with all that it started."""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import ValidationError

from gateway.sandbox import wire

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ")
"""The variables of the gateway's environment that its code sees: it holds secrets too."""

NICE = 5
"""A third of the turns that others of the machine get: code that needs all of its budget, and no more, still has it in time there."""
_ARRIVAL_S = 5.0
_LEAST_WAIT_S = 0.005
_PROGRAM = "gateway.sandbox.process"


class SandboxEnded(Exception):
    """The process in the sandbox has ended, or says what none of ours says."""


class SandboxLate(Exception):
    """The sandbox has not answered in time."""


class Sandbox:
    """One process with an adapter's code in it. Whoever asks has it for himself until he is answered."""

    def __init__(
        self, code: wire.Code, *, program: str = _PROGRAM, replies: Any = wire.Reply, output: int = subprocess.DEVNULL
    ) -> None:
        """Start the process, in a group of its own; `ready` tells when its code is constructed.

        It ends with the thread that started it, so that is to be one that lives as long as the gateway.

        Args:
            code: what it runs.
            program: the module that is run in it.
            replies: the type of what that says.
            output: where goes what its code prints.

        Raises:
            OSError: no process can be started.
        """
        own, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-B", "-m", program, str(other.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={
                    **{name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    "PYTHONPATH": os.pathsep.join(code.path),
                },
                pass_fds=(other.fileno(),),
                # Of our session: how nice one is to others counts within it, where the system shares by sessions (sched(7)).
                process_group=0,
            )
        own.setblocking(False)
        self._line = own
        # Whoever forgets it leaves nothing running.
        self._forgotten = weakref.finalize(self, _end, self._process, own)
        self._code = code
        self._replies = replies
        self._came = bytearray()
        self._clock = ((~self._process.pid) << 3) | 2  # clock_getcpuclockid(3) of another process
        self.alive = True

    @property
    def pid(self) -> int:
        """The process, which is the leader of its group."""
        return self._process.pid

    @property
    def used_s(self) -> float:
        """Seconds of the processor that it has used so far; 0 when it has ended."""
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0

    @property
    def waited_s(self) -> float:
        """Seconds for which it wanted the processor so far, and did not get it; 0 where the system does not tell."""
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0

    @property
    def is_starved(self) -> bool:
        """Whether it wants the processor, or the disk, and does not get it."""
        return is_starved(str(self.pid))

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped, by somebody else: its code has no call that does it."""
        return _state(str(self.pid)) in {"T", "t"}

    def status(self) -> int | None:
        """Return the status with which its process ended; None: it has not, within a second."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        return self._process.poll()

    def ready(self, within_s: float) -> wire.Ready:
        """Wait until its code is constructed, at most so many seconds.

        Raises:
            SandboxEnded: its process ended instead; with how.
            SandboxLate: it is not ready yet.
        """
        until = time.monotonic() + within_s
        try:
            self._write(wire.written(self._code), until)
            reply = self._reply_of(self._read(self._read_length(until), until))
        except SandboxEnded:
            raise SandboxEnded(f"ended its process with status {self.status()}") from None
        except SandboxLate:
            raise SandboxLate(f"took longer than {within_s:g} s") from None
        if not isinstance(reply, wire.Ready):
            raise SandboxEnded("said what none of ours says")
        self._give_way()
        return reply

    def _give_way(self) -> None:
        """Let all others have the processor first, from now on: its start is waited for, and is our code for the most part."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, NICE)

    async def ask(self, order: wire.Order) -> Any:
        """Return the reply to an order, however long it takes.

        Raises:
            SandboxEnded: there is none.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._line, wire.written(order))
            size = int.from_bytes(await self._exactly(loop, wire.LENGTH), "big")
            if size > wire.LONGEST:
                raise SandboxEnded
            return self._reply_of(await self._exactly(loop, size))
        except OSError as error:
            raise SandboxEnded from error

    async def order(self, order: wire.Order) -> None:
        """Send an order whose replies come one after the other; `replies` gives them.

        Raises:
            SandboxEnded: it takes none any more.
        """
        try:
            await asyncio.get_running_loop().sock_sendall(self._line, wire.written(order))
        except OSError as error:
            raise SandboxEnded from error

    async def replies(self) -> Sequence[Any]:
        """Return the replies to `order` that have come since, at least one, however long it takes.

        Raises:
            SandboxEnded: there are none.
        """
        loop = asyncio.get_running_loop()
        while not (found := self._complete()):
            try:
                part = await loop.sock_recv(self._line, 1 << 20)
            except OSError as error:
                raise SandboxEnded from error
            if not part:
                raise SandboxEnded
            self._came += part
        return found

    def _complete(self) -> list[Any]:
        """Take the replies that have come to their ends."""
        found, begin = [], 0
        while len(self._came) - begin >= wire.LENGTH:
            size = int.from_bytes(self._came[begin : begin + wire.LENGTH], "big")
            if size > wire.LONGEST:
                raise SandboxEnded
            end = begin + wire.LENGTH + size
            if len(self._came) < end:
                break
            found.append(self._reply_of(bytes(self._came[begin + wire.LENGTH : end])))
            begin = end
        del self._came[:begin]
        return found

    def order_now(self, order: Any, within_s: float) -> None:
        """Send an order while the calling thread waits; `reply_now` gives the reply to it.

        Raises:
            SandboxEnded: it takes none any more.
            SandboxLate: it did not take it in time; it is to be killed then.
        """
        self._write(wire.written(order), time.monotonic() + within_s)

    def reply_now(self, within_s: float) -> Any:
        """Return the reply to an order while the calling thread waits; it may be called again where it came too late.

        Raises:
            SandboxEnded: there is none.
            SandboxLate: there is none yet.
        """
        self._wait(select.POLLIN, time.monotonic() + within_s)
        # What begins to arrive is written already.
        until = time.monotonic() + _ARRIVAL_S
        return self._reply_of(self._read(self._read_length(until), until))

    def reply_within(self, budget_s: float, patience: int, *, starved_s: float = 0.0) -> Any:
        """Return the reply to an order while the calling thread waits, as long as its code keeps to its budget.

        Args:
            budget_s: seconds of the processor that it may take.
            patience: how many times that by the clock, as long as it has not used it up.
            starved_s: seconds by the clock for which it goes on being waited for where it is not let.

        Raises:
            SandboxEnded: there is none.
            SandboxLate: its code took longer; with how.
        """
        used_before, began = self.used_s, time.monotonic()
        until = began + budget_s * patience
        while True:
            left = budget_s - (self.used_s - used_before)
            if left <= 0:
                raise SandboxLate(f"took more than {budget_s:g} s of the processor")
            try:
                return self.reply_now(max(_LEAST_WAIT_S, min(left, until - time.monotonic())))
            except SandboxLate:
                if time.monotonic() < until:
                    continue
                if not (self.is_starved and time.monotonic() - began < starved_s):
                    raise SandboxLate(
                        f"took longer than {budget_s * patience:g} s by the clock: it waits for something"
                    ) from None
                until = time.monotonic() + budget_s * patience

    def kill(self) -> None:
        """End its process, and all that it started, at once."""
        self.alive = False
        _kill(self._process, self._line)

    def reap(self) -> None:
        """Wait until a killed process has ended."""
        self._forgotten()

    async def _exactly(self, loop: asyncio.AbstractEventLoop, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            part = await loop.sock_recv(self._line, min(size, 1 << 20))
            if not part:
                raise SandboxEnded
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _read_length(self, until: float) -> int:
        size = int.from_bytes(self._read(wire.LENGTH, until), "big")
        if size > wire.LONGEST:
            raise SandboxEnded
        return size

    def _read(self, size: int, until: float) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            self._wait(select.POLLIN, until)
            try:
                part = self._line.recv(min(size, 1 << 20))
            except BlockingIOError:
                continue
            except OSError as error:
                raise SandboxEnded from error
            if not part:
                raise SandboxEnded
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _write(self, message: bytes, until: float) -> None:
        view = memoryview(message)
        while view:
            self._wait(select.POLLOUT, until)
            try:
                view = view[self._line.send(view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise SandboxEnded from error

    def _wait(self, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(self._line, event)
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            raise SandboxLate

    def _reply_of(self, body: bytes) -> Any:
        try:
            return wire.read(body, self._replies)
        except ValidationError as error:
            raise SandboxEnded from error


def _kill(process: "subprocess.Popen[bytes]", line: socket.socket) -> None:
    if process.returncode is None:
        # The number of one that was waited for may be another's by now.
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    line.close()


def _end(process: "subprocess.Popen[bytes]", line: socket.socket) -> None:
    _kill(process, line)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10.0)


def is_starved(process: str) -> bool:
    """Whether a process or thread, by its place in /proc, wants the processor or the disk; what waits for anything else sleeps."""
    return _state(process) in {"R", "D"}


def _state(process: str) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def search_path() -> tuple[str, ...]:
    """Return where this process looks for modules, as it is seen from every folder."""
    return tuple(str(Path(entry).absolute()) for entry in sys.path)
