"""Gateways, simulators and declarations for tests, all of them real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, TypeVar
from urllib.parse import quote

import httpx

from gateway.cli.demo.story import FOLDER
from gateway.domain.mrn import with_check_character
from gateway.terminal.client import GatewayClient, Reply
from tests.builders import fork_server
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, started

T = TypeVar("T")
PLENTY = (
    ("traces", "CHEDP.FR.2026.0000001", [{"code": "0401", "quantity": "20000000", "unit": "KGM", "origin": "GB"}]),
    (
        "traces",
        "CHEDP.FR.2026.0000005",
        [
            {"code": "030363", "quantity": "24000000", "unit": "KGM", "origin": "US"},
            {"code": "030364", "quantity": "6000000", "unit": "KGM", "origin": "US"},
        ],
    ),
    (
        "dual_use",
        "DU.FR.2026.0000001",
        [{"line": 1, "cn_code": "8806", "control_code": "9A012", "quantity": {"value": "25000", "unit": "H87"}}],
    ),
)
"""The documents of the samples that tests lodge again and again: every lodging reserves, so more is certified of them here."""


def until(condition: Callable[[], T | None], what: str) -> T:
    """Waits for a condition; gives what it gives."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"never came about: {what}")


def ended(pid: int) -> bool:
    """Whether a process is gone; one that only waits for its parent to notice counts as gone."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] in {"Z", "X"}


def children_of(pid: int) -> list[int]:
    """The living processes that a process has started, without a fork server of the tests."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for file in listed for child in file.read_text().split()]
    return [child for child in children if not ended(child) and fork_server.__name__ not in _command(child)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """The simulated authorities: their URLs by adapter, and what they accept."""

    urls: Mapping[str, str]
    environment: Mapping[str, str]
    pid: int = 0
    """Their process."""

    def control(self, name: str, method: str, path: str = "", **body: object) -> dict[str, Any]:
        """Calls a control endpoint."""
        answer = httpx.request(
            method, f"{self.urls[name]}/_simulator{path}", json=body or None, timeout=PATIENCE_S, trust_env=False
        )
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def asked(self, name: str, reference: str) -> int:
        """How often an authority looked a reference up."""
        asked = self.control(name, "GET")["asked"]
        assert isinstance(asked, dict)
        return int(asked.get(reference.upper(), 0))

    def hold(self, name: str, reference: str, containing: str, *, when: str, orphan: str = "drop") -> None:
        """Makes the next such request about a document wait, before or after its effect."""
        self.control(
            name, "POST", "/hold",
            reference=reference, containing=containing, when=when, orphan=orphan, count=1,
        )  # fmt: skip

    def ledger(self, name: str, reference: str) -> dict[str, Any]:
        """What stands in an authority's ledger of a document: lines, allocations, effects so far."""
        return self.control(name, "GET", f"/ledger/{quote(reference, safe='')}")

    def certify_plenty(self) -> None:
        """Certifies what `PLENTY` names."""
        for name, reference, lines in PLENTY:
            self.control(name, "PUT", f"/documents/{reference}", lines=lines)

    @contextmanager
    def anew(self) -> Iterator[None]:
        """Has every authority as it started for a while, with no more certified than its own documents say; then plenty again."""
        for name in self.urls:
            self.control(name, "POST", "/reset")
        try:
            yield
        finally:
            self.certify_plenty()

    @contextmanager
    def slow(self, name: str, seconds: float) -> Iterator[None]:
        """Makes an authority answer late for a while."""
        self.control(name, "PUT", "/latency", seconds=seconds)
        try:
            yield
        finally:
            self.control(name, "PUT", "/latency", seconds=0.0)


@contextmanager
def authorities(*further: str, of: Path = ROOT) -> Iterator[Authorities]:
    """Runs the simulators of the adapters that a checkout has, always those of this one, in a process of their own.

    `further` are connected besides, with their rows: adapters that are off as they are delivered.
    """
    from adapters.simulation import simulator_process

    before = set(children_of(os.getpid()))
    ordinary = (name for name in ("catch", "cites", "dual_use", "traces") if (of / "adapters" / name).is_dir())
    names = [*ordinary, *further]
    with simulator_process(*(f"adapters.{name}" for name in names)) as found:
        urls = dict(zip(names, found, strict=True))
        environment = {**real(of)}
        for name, url in urls.items():
            key = f"GATEWAY_ADAPTERS__{name.upper()}"
            environment[f"{key}__BASE_URL"] = url
            accepted = httpx.get(url + "/_simulator", timeout=PATIENCE_S, trust_env=False).json()["credentials"]
            for secret, value in accepted.items():
                environment[f"{key}__SECRETS__{secret.upper()}"] = f"env:GATEWAY_TEST_{name}_{secret}".upper().replace(
                    "ENV:", "env:"
                )
                environment[f"GATEWAY_TEST_{name}_{secret}".upper()] = value
        for name in further:
            key = f"GATEWAY_ADAPTERS__{name.upper()}"
            environment |= {f"{key}__PACKAGE": f"adapters.{name}", f"{key}__ENABLED": "true"}
        if further:
            environment["GATEWAY_TABLES"] = json.dumps([str(of / "adapters" / name / "tables") for name in further])
        (pid,) = (
            one for one in children_of(os.getpid()) if one not in before and "adapters.simulation" in _command(one)
        )
        found_there = Authorities(urls=MappingProxyType(urls), environment=MappingProxyType(environment), pid=pid)
        found_there.certify_plenty()
        yield found_there


_REPLICA = re.compile(r"gateway\.cli\.(supervisor\.)?replica")
"""In the command of a serving process; older checkouts have it elsewhere."""


class GatewayReader(GatewayClient):
    """The command line's client, which also reads pages as they come; it tells at once that nobody answers."""

    def __init__(self, url: str) -> None:
        super().__init__(url, patience=0)
        self._url = url

    def read(self, path: str) -> httpx.Response:
        """Reads a page."""
        return httpx.get(f"{self._url}{path}", timeout=PATIENCE_S, trust_env=False)

    def movements(self, record_id: str) -> list[dict[str, Any]]:
        """The movements of quantities that a declaration ordered at the authorities."""
        found: list[dict[str, Any]] = (
            self.read(f"/v1/declarations/{record_id}/movements").raise_for_status().json()["items"]
        )
        return found


@dataclass(slots=True, kw_only=True)
class Served:
    """A running `gateway serve`."""

    url: str
    process: subprocess.Popen[str]

    @property
    def replicas(self) -> list[int]:
        """Its serving processes."""
        commands = {pid: _command(pid) for pid in children_of(self.process.pid)}
        return [pid for pid, command in commands.items() if _REPLICA.search(command)]

    def client(self) -> "GatewayReader":
        """A client of it."""
        return GatewayReader(self.url)

    def kill(self) -> None:
        """Kills all of it at once, as a power failure does."""
        for pid in (self.process.pid, *self.replicas):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def stop(self) -> int:
        """Ends it politely; gives its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


AT_ONCE = {"GATEWAY_DRAIN_SECONDS": "0"}
"""For gateways that no proxy stands before: none has to notice that they stop."""
REAL = {"GATEWAY_SIMULATORS": "false"}
"""For the delivered configuration with authorities that the tests run themselves."""


def real(code: Path) -> Mapping[str, str]:
    """The same for a checkout; an older one does not know it."""
    delivered = code / "config" / "gateway.toml"
    known = not delivered.exists() or "\nsimulators = " in delivered.read_text(encoding="utf-8")
    return REAL if known else {}


def at_once(code: Path) -> Mapping[str, str]:
    """How a checkout is told to stop at once; an older one knows nothing else."""
    settings = code / "gateway/settings/model.py"
    known = not settings.exists() or "drain_seconds:" in settings.read_text(encoding="utf-8")
    return AT_ONCE if known else {}


def clean_environment() -> dict[str, str]:
    """This process's variables without any that configure a gateway."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")}


@contextmanager
def served(
    environment: Mapping[str, str],
    *options: str,
    python: str = sys.executable,
    folder: Path | None = None,
    stderr: IO[bytes] | None = None,
) -> Iterator[Served]:
    """Runs `gateway serve` on a free port until the context ends; that of another checkout by its Python and folder.

    What it logs goes to `stderr`, if that is given.
    """
    command = [python, "-m", "gateway.cli", "serve", "--port=0", *options]
    own = {
        "GATEWAY_SECURITY__MODE": "none",
        "GATEWAY_LEASE_SECONDS": "2",
        "GATEWAY_SWEEP_SECONDS": "0.5",
        "GATEWAY_LOG_LEVEL": "warning",
    }
    own |= {**real(folder or ROOT), **at_once(folder or ROOT)}
    with started(
        command, env={**clean_environment(), **own, **environment}, cwd=folder, stdout=subprocess.PIPE, stderr=stderr
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on "), f"gateway serve did not start: {line!r}"
            yield Served(url=line.removeprefix("listening on ").strip(), process=process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_S)


def declaration(name: str, lrn: str) -> bytes:
    """A sample declaration under a name of its own; its MRN follows from the LRN."""
    (file,) = FOLDER.glob(f"{name}*.xml")
    text = file.read_text(encoding="utf-8")
    old = text.split("<LRN>")[1].split("</LRN>")[0]
    text = text.replace(old, lrn)
    if "<MRN>" in text:
        mrn = text.split("<MRN>")[1].split("</MRN>")[0]
        text = text.replace(mrn, with_check_character(f"26FR{zlib.crc32(lrn.encode()):013d}"))
    return text.encode()


def lodgeable(name: str, lrn: str) -> bytes:
    """A sample without the MRN, which is customs' to give."""
    return re.sub(rb"\s*<MRN>.*?</MRN>", b"", declaration(name, lrn))


def stepped(url: str, record_id: str, step: str, *, wait_s: int = 0, **body: object) -> httpx.Response:
    """Tells a gateway of a step of customs: `acceptance`, `release`, `invalidation`."""
    return httpx.post(
        f"{url}/v1/declarations/{record_id}/{step}",
        json=body, headers={"prefer": f"wait={wait_s}"}, timeout=PATIENCE_S, trust_env=False,
    )  # fmt: skip


def settled(gateway: GatewayClient, record_id: str) -> Reply:
    """Waits until a declaration is decided."""

    def decided() -> Reply | None:
        reply = gateway.get(record_id)
        return reply if reply.taken and reply.body["state"] not in {"received", "processing"} else None

    return until(decided, f"a decision for {record_id}")
