"""The writer of log lines beside all else: whoever reads them slowly, or not at all, keeps no decision waiting."""

import os
import select
import stat
import threading
from collections import deque
from collections.abc import Callable, Sequence

from gateway.observe.figures import log_lines_lost
from gateway.resources import Resource

MOST_LINES = 10_000
"""Lines that wait to be written; beyond, they are counted and lost."""
GATHERED_S = 0.25
"""The seconds that a line waits for others that go with it, unless it is a fault: each time the thread runs, all else waits for it."""
FLUSHED_S = 1.0
"""The seconds that the end of a process waits for lines not written yet."""

_IN_ONE_PIECE = 16_384
"""Bytes that a file or a socket takes in one piece, even if others write there."""

DueLines = Callable[[], tuple[Sequence[bytes], float | None]]
"""Gives the lines that are due by themselves, and the seconds until there may be more; None: not before another line comes."""


class LineWriter:
    """A thread that writes lines to a descriptor in the order in which they came, several at once, never parts of one."""

    def __init__(
        self,
        descriptor: int,
        *,
        due: DueLines = lambda: ((), None),
        lost: Callable[[int], bytes] = lambda number: b"%d" % number,
        redacted: Callable[[bytes], bytes] = bytes,
        most: int = MOST_LINES,
    ) -> None:
        """Take where it writes, what is due by itself, the line about so many that were lost, and what takes secrets out."""
        self._descriptor = descriptor
        self._piece = _piece_of(descriptor)
        self._due = due
        self._about_lost = lost
        self._redacted = redacted
        self._most = most
        self._waiting: deque[bytes | threading.Event] = deque()
        """Lines, and marks of those who wait until all before is written."""
        self.resource = Resource("log_lines", most, measured=lambda: len(self._waiting))
        self._lost = 0
        self._woken = threading.Event()
        self._asleep = True
        self._hurried = threading.Event()
        threading.Thread(target=self._run, name="log lines", daemon=True).start()

    def write(self, line: bytes, *, at_once: bool = False) -> None:
        """Take a line, without its end; it is written soon, from whichever thread it came."""
        if len(self._waiting) >= self._most:
            self._lost += 1
            log_lines_lost.inc()
            return
        self._waiting.append(line)
        if at_once:
            self._hurried.set()
        if self._asleep:
            self._asleep = False
            self._woken.set()

    def flush(self) -> None:
        """Wait until all is written that came before, but not long."""
        written = threading.Event()
        self._waiting.append(written)
        self._hurried.set()
        self._woken.set()
        written.wait(FLUSHED_S)

    def _run(self) -> None:
        until_s: float | None = None
        while True:
            if self._woken.wait(until_s):
                # What comes at the same moment goes with it.
                self._hurried.wait(GATHERED_S)
                self._hurried.clear()
                self._woken.clear()
            # Whoever writes from here on wakes it again.
            self._asleep = True
            lines, until_s = self._due()
            self._waiting.extend(lines)
            self._write_waiting()

    def _write_waiting(self) -> None:
        together: list[bytes] = []
        size = 0
        while self._waiting:
            one = self._waiting.popleft()
            if isinstance(one, threading.Event):
                self._put(together)
                together, size = [], 0
                one.set()
                continue
            bytes_of_it = len(one) + 1
            if together and size + bytes_of_it > self._piece:
                self._put(together)
                together, size = [], 0
            together.append(one)
            size += bytes_of_it
            if self._lost and len(self._waiting) < self._most:
                number, self._lost = self._lost, 0
                self._waiting.append(self._about_lost(number))
        self._put(together)

    def _put(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        left = memoryview(self._redacted(b"\n".join((*lines, b""))))
        try:
            # Not by the stream: its lock would be held while nobody reads, at the end of the process too.
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            # Nobody is there to read it.
            log_lines_lost.inc(len(lines))


def _piece_of(descriptor: int) -> int:
    """Return the bytes that are written in one piece: several processes write to one place, and no line may stand in another."""
    mode = os.fstat(descriptor).st_mode
    # Of a pipe: pipe(7).
    return _IN_ONE_PIECE if stat.S_ISREG(mode) or stat.S_ISSOCK(mode) else select.PIPE_BUF
