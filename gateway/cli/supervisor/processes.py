"""Child processes that are started again when they die and never outlive their parent, however it ends."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from gateway.cli.supervisor.shutdown import SignalledEvent
from gateway.terminal.exits import Exit, StartFailed

_SHORT_LIFE_S = 10.0
"""A process that lived shorter than this is started again only after a pause that doubles."""
_LONG_LIFE_S = 600.0
"""The same for one that ended itself, which it does only after a while."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0


class Child:
    """A child process of ours.

    Its standard input is a pipe whose other end only we hold: it ends when it reads the end of it, so it goes with
    us even when we are killed. When it is ready it writes a line, or as many as are asked for: on the descriptor that
    its command names for `{ready}`, or on its standard output if none does.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        output: Path | None = None,
        lines: int = 1,
    ) -> None:
        self.name = name
        self.command = list(command)
        self._environment = dict(environment)
        self._output = output
        self._lines = lines
        self._process: subprocess.Popen[bytes] | None = None
        self._pause_s = 0.0
        self._again_at = 0.0
        self._started_at = 0.0
        self.line = ""
        """What it wrote when it was ready."""

    @property
    def is_refused(self) -> bool:
        """Whether it ended because it may not be started as it is: another start would end the same way."""
        return self._process is not None and self._process.poll() == Exit.CONFIGURATION

    @property
    def pid(self) -> int | None:
        """The process id while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def ended_pid(self) -> int | None:
        """The process id of one that has ended, and was not started again."""
        return self._process.pid if self._process and self._process.poll() is not None else None

    @property
    def was_killed(self) -> bool:
        """Whether it ended, and not because somebody asked it to."""
        asked = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
        return self._process is not None and self._process.poll() is not None and self._process.poll() not in asked

    def start(self) -> None:
        """Start it; return at once."""
        read, write = os.pipe()
        output = self._output.open("ab") if self._output else None
        by_descriptor = "{ready}" in self.command
        # Inherited: one that comes before it listens for it waits, instead of ending it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        try:
            self._process = subprocess.Popen(
                [part.replace("{ready}", str(write)) for part in self.command],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output if by_descriptor else write,
                stderr=output,
                pass_fds=(write,),
                # A Ctrl-C is ours alone: we end our processes in order.
                start_new_session=True,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(write)
            if output:
                output.close()
        self._started_at = time.monotonic()
        self._ready = os.fdopen(read, "r", encoding="utf-8")

    def wait_ready(self) -> str:
        """Wait until it is ready; return what it prints then.

        Raises:
            StartFailed: it ended before.
        """
        self.line = self._read(self._ready)
        if not self.line:
            assert self._process is not None
            status = self._process.wait()
            raise StartFailed(self.name, status)
        return self.line

    def _read(self, pipe: IO[str]) -> str:
        with pipe:
            lines = [pipe.readline().strip() for _ in range(self._lines)]
        return "\n".join(lines) if all(lines) else ""

    def revive(self) -> bool:
        """Start it again if it died, not at once if it dies over and over; return whether it was started."""
        if self._process is None or (status := self._process.poll()) is None or self.is_refused:
            return False
        now = time.monotonic()
        if not self._again_at:
            lived = now - self._started_at
            self._pause_s = pause_after(self._pause_s, lived, itself=status == Exit.CRASH)
            self._again_at = now + self._pause_s
        if now < self._again_at:
            return False
        self._again_at = 0.0
        self._close()
        self.start()
        # Nobody waits for its line any more; the pipe is read so that it can be closed.
        threading.Thread(target=self._read, args=(self._ready,), daemon=True).start()
        return True

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end; return at once."""
        self.send(number)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal while it lives."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def wait_ended(self, within_s: float) -> None:
        """Wait until it has ended; kill it when the time is over."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, within_s))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


def pause_after(before_s: float, lived_s: float, *, itself: bool) -> float:
    """Return the seconds before a process is started again.

    Args:
        before_s: the pause before its last start.
        lived_s: seconds that it lived since.
        itself: whether it ended itself for a fault that it found.
    """
    if lived_s > (_LONG_LIFE_S if itself else _SHORT_LIFE_S):
        return 0.0
    return min(max(_FIRST_PAUSE_S, before_s * 2), _LONGEST_PAUSE_S)


def end_all(
    children: Sequence[Child],
    *,
    within_s: float,
    at_once: SignalledEvent | None = None,
    number: signal.Signals = signal.SIGTERM,
) -> None:
    """End processes together: politely first, by force when the time is over or `at_once` is set."""
    for child in children:
        child.end(number)
    until = time.monotonic() + within_s
    while any(child.pid for child in children) and time.monotonic() < until:
        if at_once is not None and at_once.wait(0.05):
            break
        if at_once is None:
            time.sleep(0.05)
    for child in children:
        child.wait_ended(0.0)


def follow_parent() -> None:
    """End this process politely when its parent is gone: when standard input ends. By SIGINT: it does not go on for others to notice."""
    read = os.dup(0)

    def watch() -> None:
        while os.read(read, 4096):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, name="parent", daemon=True).start()
