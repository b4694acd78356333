"""The signs that a serving process gives of itself to its supervisor: a sign of life, and whose code it is running.

It is memory that stays when the process is killed or stands still. Whoever supervises ends a process that gives no sign any more, and
leaves what was running there to the next one, which counts it against the adapter.
"""

import mmap
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.shared_figures import shared_folder

BEAT_S = 1.0
"""Between two signs."""
PLACES = 256
"""Steps that it shows at once, more than sandboxes."""
_SIGN = struct.Struct("=Q")
_STEP = struct.Struct("=40s36s")
_SIZE = _SIGN.size + PLACES * _STEP.size
_LEFT = "left_"
_TAKEN = "taken_"


class ProcessLife:
    """The memory of one process, written by its loop."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make it, in a folder that is shared with the supervisor; in none it is this process's own."""
        self._file = None if folder is None else _file(folder, os.getpid())
        self._memory = mmap.mmap(-1, _SIZE) if self._file is None else _mapped(self._file)
        self._free = [_SIGN.size + place * _STEP.size for place in reversed(range(PLACES))]
        self._beats = 0

    @classmethod
    def here(cls) -> "ProcessLife":
        """Make that of this process."""
        return cls(shared_folder())

    def beat(self) -> None:
        """Give a sign of life."""
        self._beats += 1
        _SIGN.pack_into(self._memory, 0, self._beats)

    @contextmanager
    def step(self, adapter: str, declaration: str | None) -> Iterator[None]:
        """Show a step of an adapter's code while it lasts."""
        if not self._free:
            yield
            return
        at = self._free.pop()
        _STEP.pack_into(self._memory, at, adapter.encode(), (declaration or "").encode())
        try:
            yield
        finally:
            self._memory[at] = 0
            self._free.append(at)

    def leave(self) -> None:
        """Show nothing any more: this process was asked to end, or ends itself."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)


def beats(folder: Path, pid: int) -> int:
    """Return how many signs a process has given; 0: none yet, or it gives none any more."""
    return int(_SIGN.unpack_from(_read(_file(folder, pid)))[0])


def leave_steps(folder: Path, pid: int) -> None:
    """Leave what a process was running when it was killed to the next one that looks."""
    with suppress(OSError):
        _file(folder, pid).rename(folder / f"{_LEFT}{pid}")


def forget(folder: Path, pid: int) -> None:
    """Forget what a process that has ended was running: nothing is to be counted."""
    _file(folder, pid).unlink(missing_ok=True)


def take_left(count: Callable[[str, str | None], None]) -> None:
    """Have counted what was left of killed processes, each once: where the code of *one* adapter was running, for a declaration of it."""
    if (folder := shared_folder()) is None:
        return
    for left in folder.glob(f"{_LEFT}*"):
        taken = folder / f"{_TAKEN}{left.name}"
        try:
            left.rename(taken)
        except OSError:
            continue  # another process took it
        steps = steps_in(_read(taken))
        taken.unlink(missing_ok=True)
        if len({adapter for adapter, _ in steps}) == 1:
            count(*steps[0])


def steps_in(memory: bytes) -> tuple[tuple[str, str | None], ...]:
    """Return the steps that are under way, each once: an adapter, and the declaration that its code is run for, if for one."""
    found = (
        tuple(text.rstrip(b"\0").decode("ascii", "replace") for text in _STEP.unpack_from(memory, at))
        for at in range(_SIGN.size, _SIZE, _STEP.size)
        if memory[at]
    )
    return tuple(dict.fromkeys((adapter, declaration or None) for adapter, declaration in found))


def _file(folder: Path, pid: int) -> Path:
    return folder / f"life_{pid}"


def _mapped(file: Path) -> mmap.mmap:
    with file.open("w+b") as opened:
        opened.truncate(_SIZE)
        return mmap.mmap(opened.fileno(), _SIZE)


def _read(file: Path) -> bytes:
    try:
        found = file.read_bytes()
    except OSError:
        found = b""
    return found if len(found) == _SIZE else bytes(_SIZE)
