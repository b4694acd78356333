"""The authority that an adapter is checked against over HTTP: its own simulator, started for it, or any base URL."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from gateway.conformance.tracebacks import Traceback, tracebacks_in

START_S = 60.0
"""Seconds in which a simulator has to listen."""
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
FRAME = "adapters.simulation"
"""The program that serves a package's simulator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAuthority:
    """An authority at a base URL, and its controls where it is a simulator."""

    url: str
    credentials: Mapping[str, str]
    """The credentials that it accepts, by the name of the adapter's secret."""
    controlled: bool
    """Whether it is a simulator, which can be reset and made to fail."""

    def control(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
        """Call a control of the simulator; None where it has no such control."""
        return _control(self.url, method, path, given)

    def reset(self) -> None:
        """Take everything back to the catalogue."""
        self.control("POST", "/reset")

    def fail(self, fault: str, **aim: Any) -> bool:
        """Set a fault; return whether the simulator knows it."""
        return self.control("POST", "/faults", {"fault": fault, **aim}) is not None

    def books(self, reference: str) -> Any:
        """Return the ledger of a document as the simulator itself has it; None where it keeps none."""
        return self.control("GET", f"/ledger/{quote(reference, safe='')}")


def authority_at(url: str, credentials: Mapping[str, str]) -> SimulatedAuthority:
    """Return the authority at a base URL; where it has a simulator's controls, with the credentials that it tells."""
    try:
        state = _control(url, "GET", "")
    except (OSError, HTTPException, ValueError):
        state = None
    told = state.get("credentials", {}) if isinstance(state, dict) else {}
    return SimulatedAuthority(
        url=url, credentials={**told, **credentials}, controlled=isinstance(state, dict) and "held" in state
    )


def authority_against(url: str, secrets: Mapping[str, str]) -> SimulatedAuthority:
    """Return the authority at a base URL that was typed, with the secrets that were named for it; only what runs here is asked whether it is a simulator."""
    if urlsplit(url).hostname in _LOCAL:
        return authority_at(url, secrets)
    return SimulatedAuthority(url=url, credentials=dict(secrets), controlled=False)


class SimulatorFault(RuntimeError):
    """A simulator that ended before it listened; the message says where and what it raised."""

    def __init__(self, module: str, raised: Traceback | None) -> None:
        self.place = module if raised is None or not raised.place else raised.place
        self.what = "it ended before it listened" if raised is None else raised.error
        super().__init__(f"the simulator {module} did not start: {self.place}: {self.what}")


@contextmanager
def simulator_of(module: str, *, log: BinaryIO | None = None) -> Iterator[SimulatedAuthority]:
    """Serve the simulator of an adapter, `PACKAGE.MODULE`, in a child process for as long as the context lasts.

    Args:
        log: where what it writes beside goes, a real file; None: where this process writes.

    Raises:
        SimulatorFault: it ended before it listened.
    """
    command = [sys.executable, "-m", FRAME, module, "--port=0", f"--with-parent={os.getpid()}"]
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    with (
        tempfile.TemporaryFile() as own,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log or own,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        ) as child,
    ):
        try:
            url = _url_of(child, module, log or own)
            try:
                yield authority_at(url, {})
            finally:
                own.seek(0)
                sys.stderr.write(own.read().decode("utf-8", "replace"))
        finally:
            child.kill()


def _url_of(child: "subprocess.Popen[str]", module: str, log: BinaryIO) -> str:
    """Return where a simulator listens, once it says so. What never does is ended."""
    assert child.stdout is not None
    late = threading.Timer(START_S, child.kill)
    late.start()
    try:
        for line in child.stdout:
            if line.startswith("listening on "):
                return line.removeprefix("listening on ").strip()
    finally:
        late.cancel()
    child.wait()
    log.seek(0)
    package = find_spec(module.rpartition(".")[0])
    folders = (package.submodule_search_locations if package is not None else None) or ()
    said = log.read().decode("utf-8", "replace")
    raised = [one for folder in folders for one in tracebacks_in(said, Path(folder))]
    raise SimulatorFault(module, raised[-1] if raised else None)


def _control(url: str, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, f"/_simulator{path}", json.dumps(given or {}).encode())
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else None
    finally:
        connection.close()
