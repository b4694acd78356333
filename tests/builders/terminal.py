"""A terminal of some width on which commands show what they print, as far as a test reads it."""

import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import clean_environment

_DRAWN = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\]8;[^\x1b]*\x1b\\)")
"""How a terminal is told of colours, places and links."""


class Terminal:
    """The screen of a process: what was written to it, without colours."""

    def __init__(self, process: "subprocess.Popen[str]", screen: int) -> None:
        self.process = process
        self._screen = screen
        self._written = b""

    def until(self, text: str) -> str:
        """Reads until a text is there, or to the end; gives everything that was written by then."""
        while text not in self._shown() and (more := self._more()):
            self._written += more
        return self._shown()

    def rest(self) -> str:
        """Reads to the end; gives everything that was written."""
        while more := self._more():
            self._written += more
        self.process.wait(PATIENCE_S)
        return self._shown()

    def _more(self) -> bytes:
        try:
            return os.read(self._screen, 65_536)
        except OSError as error:
            if error.errno == errno.EIO:  # nobody has it open any more
                return b""
            raise

    def _shown(self) -> str:
        return _DRAWN.sub("", self._written.decode(errors="replace")).replace("\r\n", "\n")


@contextmanager
def terminal(
    command: Sequence[str], *, columns: int, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Runs a command in a terminal of a width until the context ends."""
    screen, own = pty.openpty()
    try:
        fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        told = {key: value for key, value in clean_environment().items() if key not in {"COLUMNS", "NO_COLOR"}}
        told |= {"TERM": "xterm", **(environment or {})}
        with started(command, env=told, stdin=own, stdout=own, stderr=own) as process:
            os.close(own)
            own = -1
            yield Terminal(process, screen)
    finally:
        os.close(screen)
        if own >= 0:
            os.close(own)


def in_a_terminal(command: Sequence[str], *, columns: int) -> str:
    """Runs a command to its end in a terminal of a width; gives what it shows."""
    with terminal(command, columns=columns) as shown:
        return shown.rest()
