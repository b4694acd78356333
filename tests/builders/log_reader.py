"""A reader of the log of processes that tests run: through a pipe, as a supervisor of services reads it."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

SMALLEST = 4_096
"""Bytes of the smallest pipe that there is."""


class LogReader:
    """The lines that came so far; while it is paused nothing is taken out of the pipe."""

    def __init__(self) -> None:
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, SMALLEST)
        self.stream: IO[bytes] = os.fdopen(write, "wb", buffering=0)
        """What the processes get as their standard error."""
        self._reads = os.fdopen(read, "rb", buffering=0)
        self.going = threading.Event()
        self.going.set()
        self.text: list[str] = []
        self._left = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while piece := self._reads.read(SMALLEST):
            *lines, self._left = (self._left + piece).split(b"\n")
            self.text.extend(line.decode() for line in lines)
            self.going.wait()

    def lines(self, event: str | None = None, **told: Any) -> list[dict[str, Any]]:
        """Those about an event, and with these values; each is an object of JSON."""
        found = [json.loads(line) for line in tuple(self.text)]
        return [
            one
            for one in found
            if (event is None or one["event"] == event) and all(one.get(name) == value for name, value in told.items())
        ]

    def close(self) -> None:
        """Ends the pipe."""
        self.going.set()
        self.stream.close()
        self._thread.join()
        self._reads.close()


@contextmanager
def reading_log() -> Iterator[LogReader]:
    """Reads until the context ends."""
    reader = LogReader()
    try:
        yield reader
    finally:
        reader.close()
