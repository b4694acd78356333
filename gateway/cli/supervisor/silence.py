"""The processes that give no sign of life any more, by the supervisor's own ticks."""

from pathlib import Path

from gateway.process_life import beats

SILENT_S = 10.0
"""Seconds of ticks without a sign after which a process is ended."""


class Silence:
    """How many ticks each process has been silent. It is no clock's time: a machine that slept, or a supervisor that was stopped, has none."""

    def __init__(self, folder: Path, *, tick_s: float) -> None:
        self._folder = folder
        self._most = SILENT_S / tick_s
        self._last: dict[int, tuple[int, int]] = {}

    def tick(self, pid: int) -> bool:
        """Look at a process once in a tick; return whether it is to be ended. One that has not begun to give signs, or leaves, is not."""
        beat = beats(self._folder, pid)
        before, silent = self._last.get(pid, (0, 0))
        silent = silent + 1 if beat and beat == before else 0
        self._last[pid] = beat, silent
        return silent >= self._most

    def forget(self, pid: int) -> None:
        """Forget a process that has ended."""
        self._last.pop(pid, None)
