"""The notices to systemd about this service: sd_notify(3), by the socket that NOTIFY_SOCKET names."""

import os
import socket
import sys
import time
from collections.abc import Mapping

_VARIABLES = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
_PATIENCE_S = 5.0
"""How long a notice waits for a systemd that is busy."""


class Systemd:
    """The systemd that started this process; where none did, every notice goes nowhere.

    No fault of the socket ends what serves: it is said once, and systemd goes by what it heard before.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._status = ""
        self._is_deaf = False
        self._pause_s: float | None = None
        self._alive_at = 0.0
        interval = environment.get("WATCHDOG_USEC", "")
        # As sd_watchdog_enabled(3): whoever inherited the variables is not meant.
        if interval.isdecimal() and int(interval) and environment.get("WATCHDOG_PID") in {None, "", str(os.getpid())}:
            self._pause_s = int(interval) / 2_000_000

    def starting(self, step: str) -> None:
        """Say what is being done before it serves."""
        self._say(step)

    def ready(self, status: str) -> None:
        """Say that it serves."""
        self._say(status, "READY=1")

    def reloading(self) -> None:
        """Say that it reads its configuration again; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """Say that it ends, and finishes what is in hand."""
        self._say("finishing what is in hand", "STOPPING=1")

    def alive(self, status: str, *, serves: bool) -> None:
        """Say what has changed, and twice in the watchdog's time that it lives, while it serves."""
        if status != self._status:
            self._say(status)
        now = time.monotonic()
        if self._pause_s is not None and serves and now - self._alive_at >= self._pause_s:
            self._alive_at = now
            self._send("WATCHDOG=1")

    def _say(self, status: str, *states: str) -> None:
        self._status = status
        self._send(*states, f"STATUS={' '.join(status.split())}")

    def _send(self, *states: str) -> None:
        if not self._address:
            return
        try:
            if self._address[0] not in "/@":
                raise OSError("it is neither a path nor abstract")
            # As in unix(7): the name of an abstract socket begins with a zero byte.
            address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
                sending.settimeout(_PATIENCE_S)
                sending.sendto("\n".join(states).encode(), address)
        except OSError as error:
            if not self._is_deaf:
                print(f"systemd is not told: NOTIFY_SOCKET {self._address}: {error}", file=sys.stderr, flush=True)
            self._is_deaf = True


NOBODY = Systemd({})
"""Where systemd has no part."""


def without_systemd(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of processes that systemd is to hear nothing from."""
    return {name: value for name, value in environment.items() if name not in _VARIABLES}
