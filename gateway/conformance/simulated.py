"""The authority that an adapter is checked against over HTTP: its own simulator, started for it, or any base URL."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
FRAME = "adapters.simulation"
"""The program that serves a package's simulator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAuthority:
    """An authority at a base URL, and its controls where it is a simulator."""

    url: str
    credentials: Mapping[str, str]
    """What it accepts, by the name of the adapter's secret."""
    controlled: bool
    """Whether it is a simulator, which can be reset and told to fail."""

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


@contextmanager
def simulator_of(module: str) -> Iterator[SimulatedAuthority]:
    """Serve the simulator of an adapter, `PACKAGE.MODULE`, in a child process for as long as the context lasts.

    Raises:
        RuntimeError: it ended before it listened.
    """
    command = [sys.executable, "-m", FRAME, module, "--port=0", f"--with-parent={os.getpid()}"]
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as child:
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            if not line.startswith("listening on "):
                raise RuntimeError(f"the simulator {module} did not start")
            yield authority_at(line.removeprefix("listening on ").strip(), {})
        finally:
            child.kill()


def _control(url: str, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, f"/_simulator{path}", json.dumps(given or {}).encode())
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else None
    finally:
        connection.close()
