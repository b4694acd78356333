"""The end of all processes of a run of the tests, however it ended: a process of its own outlives it and looks for them.

Whatever a run starts inherits a variable that names the run. When the run is over its processes have some seconds to end by
themselves; the servers of databases, which clear away their folders, have more.
"""

import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PREFIX = "TESTS_OF_RUN_"
_POLITE_S, _LAST_S = 5.0, 30.0
_CLEARING = (b"postgres", b"watcher.py")
"""In the commands of what ends by itself, and clears away, once nobody uses it any more."""


_looking: Any = None
"""The process that looks for this run's: known, so that nothing is said of one that nobody waited for."""


def end_with_this_run() -> None:
    """Have all that this process starts from now on ended when it has ended."""
    mark = f"{_PREFIX}{uuid.uuid4().hex}"
    os.environ[mark] = "1"
    read, _ = os.pipe()
    from tests.builders.processes import outliving  # the process that looks has no such room

    global _looking
    command = [sys.executable, "-I", "-S", __file__, mark]
    _looking = outliving(command, env={}, stdin=read)
    os.close(read)
    # The other end is never closed here: the system does it, however this process ends.


def of_run(mark: str) -> Iterator[tuple[int, bytes]]:
    """Yield the processes of a run, and the command of each."""
    found: dict[int, tuple[int, bytes]] = {}
    marked = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state in {"Z", "X"}:
                continue
            found[int(entry.name)] = int(parent), (entry / "cmdline").read_bytes()
            if f"{mark}=".encode() in (entry / "environ").read_bytes():
                marked.add(int(entry.name))
        except OSError:
            continue
    # Those with variables of their own, as long as whoever started them lives.
    while more := {pid for pid, (parent, _) in found.items() if parent in marked} - marked:
        marked |= more
    yield from ((pid, found[pid][1]) for pid in marked)


def main(mark: str) -> None:
    """Wait until the run is over, and end what is left of it."""
    while os.read(0, 4096):
        pass
    over = time.monotonic()
    while (left := list(of_run(mark))) and (since := time.monotonic() - over) < 2 * _LAST_S:
        for pid, command in left:
            if since > _LAST_S or (since > _POLITE_S and not any(name in command for name in _CLEARING)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    continue
        time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1])
