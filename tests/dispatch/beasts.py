"""An adapter whose code does what no adapter's may, by the reference that it is asked about; it is run in sandboxes only."""

import contextlib
import ctypes
import os
import re
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.contract import Answer, Certificate, Request, Settings, Status
from tests.builders.places import CONFIG

FINE = "FINE/1"
WRITTEN = Path("/tmp") / "written-by-a-beast"


def _recurse(depth: int = 0) -> int:
    return _recurse(depth + 1) + 1


def _spin() -> None:
    while True:
        pass


def _hoard() -> None:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def _lift_limits() -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    _hoard()


def _forge() -> None:
    """Write to whatever it finds open."""
    for line in range(3, 20):
        with contextlib.suppress(OSError):
            os.write(line, b"\x00\x00\x00\x05hello")
    time.sleep(60)


ENDED: dict[str, Callable[[], Any]] = {
    "SPIN": _spin,
    "SLEEP": lambda: time.sleep(60),
    "REGEX": lambda: re.fullmatch(r"(a+)+b", "a" * 50),
    "EXIT": lambda: ctypes.CDLL(None).quick_exit(0),
    "MEMORY": lambda: bytearray(3 << 30),
    "HOARD": _hoard,
    "LIMITS": _lift_limits,
    "ABORT": os.abort,
    "SEGFAULT": lambda: ctypes.string_at(0),
    "CLOSE": lambda: os.closerange(3, 256),
    "FORGE": _forge,
}
"""Code whose sandbox has to be ended, or ends."""
REFUSED: dict[str, Callable[[], Any]] = {
    "FORK": os.fork,
    "RUN": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "EXEC": lambda: os.execv(sys.executable, [sys.executable]),
    "KILL": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "THREAD": lambda: threading.Thread(target=_spin, daemon=True).start(),
    "SOCKET": lambda: socket.create_connection(("127.0.0.1", 9)),
    "WRITE": lambda: WRITTEN.write_text("x" * 10),
    "CREATE": lambda: os.close(os.open(WRITTEN, os.O_RDONLY | os.O_CREAT)),
    "EMPTY": lambda: os.close(os.open(__file__, os.O_WRONLY | os.O_TRUNC)),
    "APPEND": lambda: Path(__file__).open("a").close(),
    "SESSION": os.setsid,
    "RECURSE": _recurse,
    "SYSTEM EXIT": lambda: sys.exit(0),
    "CONFIGURATION": lambda: CONFIG.joinpath("gateway.toml").read_bytes(),
    "PASSWORDS": lambda: Path("/etc/passwd").read_bytes(),
    "PARENT": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "LIST": lambda: next(Path("/tmp").iterdir()),
    "ENVIRONMENT": lambda: os.environ["GATEWAY_DATABASE_URL"],
}
"""Code that fails, and does nothing else."""
BEASTS = ENDED | REFUSED


class Beast:
    """Asks about a document, and does its mischief with the answer; before it asks where the reference says so."""

    def __init__(self, settings: Settings) -> None:
        self.asked = 0

    def verify(self, query: Any, occasion: Any) -> Any:
        early, _, name = query.reference.rpartition("/")
        if early == "EARLY":
            BEASTS[name]()
        yield Request(path="/first")
        if early != "EARLY" and name in BEASTS:
            BEASTS[name]()
        yield Request(path="/second")
        self.asked += 1
        certificate = Certificate(type="C999", reference=query.reference, authority_status="VALID")
        return Answer(status=Status.VALID, certificate=certificate)

    def read_notification(self, request: Request) -> Any:
        BEASTS[request.body.decode()]()
        return ()


def hanging_rule(document_type: str, reference: str) -> str:
    """A rule of identity that hangs or dies on some references, and waits on others for a file."""
    name = reference.strip().upper()
    if name in BEASTS:
        BEASTS[name]()
    if name.startswith("HELD "):
        while not Path(reference.strip().partition(" ")[2]).exists():
            time.sleep(0.001)
    return name


def slow_rule(document_type: str, reference: str) -> str:
    """A rule of identity that takes more than twice its time, each time."""
    time.sleep(0.012)
    return reference.strip().upper()


def bound_rule(document_type: str, reference: str) -> str:
    """A rule of identity that sleeps for exactly the time that one reference has in a test, each time."""
    time.sleep(0.05)
    return reference.strip().upper()


class _Turning:
    asked = 0


def turning_rule(document_type: str, reference: str) -> str:
    """A rule of identity that is right a hundred times more than it is tried, and then says another number each time."""
    _Turning.asked += 1
    name = reference.strip().upper()
    return name if _Turning.asked < 200 or "#" in name else f"{name}#{_Turning.asked}"
