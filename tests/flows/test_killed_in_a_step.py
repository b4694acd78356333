"""A serving process that is killed, or stands still, while one adapter's code was in a step: that counts against the adapter."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import httpx
import psycopg
import pytest

from gateway.process_life import steps_in
from gateway.shared_figures import VARIABLE
from tests.builders.databases import Databases
from tests.builders.places import ROOT
from tests.builders.running import Authorities, Served, declaration, served, until

pytestmark = pytest.mark.whole

CODE = """
import time

def wait(*_):
    time.sleep(600)
    yield None

class Waiting:
    def __init__(self, settings): pass
    verify = position = reserve = write_off = cancel = intervene = list = read_notification = wait
"""
DECLARANTS = (b"FR12345678901234", b"DE123456789012345")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package in the place of a delivered one, whose code waits in its step."""
    folder = tmp_path / "path" / "waiting"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(CODE, encoding="utf-8")
    told = (ROOT / "adapters/traces/manifest.toml").read_text(encoding="utf-8").splitlines()
    own = [line for line in told if not line.startswith(("entry_point", "identity"))]
    (folder / "manifest.toml").write_text('entry_point = "adapter:Waiting"\n' + "\n".join(own), encoding="utf-8")
    return folder.parent


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """A database of its own."""
    with databases.one() as url:
        yield url


@pytest.fixture
def output() -> Iterator[IO[bytes]]:
    """What the gateway logs."""
    with tempfile.TemporaryFile() as file:
        yield file


@pytest.fixture
def gateway(package: Path, simulated: Authorities, database: str, output: IO[bytes]) -> Iterator[Served]:
    """A gateway of one process that runs it."""
    own = {
        **simulated.environment,
        "GATEWAY_PROCESSES": "1",
        "GATEWAY_DATABASE_URL": database,
        "GATEWAY_ADAPTERS__TRACES__PACKAGE": "waiting",
        "GATEWAY_ADAPTER_STEP_SECONDS": "60",
        "GATEWAY_DEADLINE_SECONDS": "60",
        "GATEWAY_ALLOW_DRAFT": "true",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(package))),
    }
    with served(own, stderr=output) as one:
        yield one


def in_step(gateway: Served) -> int | None:
    """Gives the serving process that is in a step of the adapter; None: none is."""
    for pid in gateway.replicas:
        with suppress(OSError, StopIteration):
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            folder = next(one for one in variables if one.startswith(VARIABLE.encode())).partition(b"=")[2].decode()
            if {name for name, _ in steps_in((Path(folder) / f"life_{pid}").read_bytes())} == {"traces"}:
                return pid
    return None


def lodged(gateway: Served, name: str, declarant: bytes = DECLARANTS[0]) -> int:
    """Lodges a declaration; gives the process that is in a step."""
    raw = declaration("01", name).replace(DECLARANTS[0], declarant)
    with gateway.client() as client:
        client.lodge(raw, "application/xml", wait_s=0)
    return waited(gateway)


def waited(gateway: Served) -> int:
    until(lambda: in_step(gateway) is not None, "a step")
    found = in_step(gateway)
    assert found is not None
    return found


def ended(gateway: Served, pid: int, number: signal.Signals) -> None:
    """Ends a process, and waits until another one serves."""
    os.kill(pid, number)
    until(lambda: gateway.replicas != [] and pid not in gateway.replicas and answers(gateway), "the next process")


def answers(gateway: Served) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{gateway.url}/healthz", timeout=5, trust_env=False).status_code == 200
    return False


def overruns(database: str) -> dict[str, list[str]]:
    """Gives what was counted, by adapter: the kinds."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(database) as connection:
        for adapter, kind in connection.execute("SELECT adapter, kind FROM adapter_overrun").fetchall():
            found.setdefault(adapter, []).append(kind)
    return found


def shown(gateway: Served) -> dict[str, Any]:
    items = httpx.get(f"{gateway.url}/v1/adapters", timeout=60, trust_env=False).json()["items"]
    return {item["name"]: item["state"] for item in items}


def test_it_counts_and_the_third_quarantines_it(gateway: Served, database: str) -> None:
    for number in range(3):
        ended(gateway, lodged(gateway, f"KILLED-{number}", DECLARANTS[number % 2]), signal.SIGKILL)

    def quarantined() -> bool:
        with suppress(httpx.HTTPError):
            if shown(gateway)["traces"] == "quarantined":
                return True
        if (process := in_step(gateway)) is not None:
            ended(gateway, process, signal.SIGKILL)
        return False

    until(quarantined, "its quarantine")
    assert set(overruns(database)) == {"traces"}
    assert "ended" in overruns(database)["traces"]
    assert {state for name, state in shown(gateway).items() if name != "traces"} == {"enabled"}


def test_one_that_was_asked_to_end_counts_against_nobody(gateway: Served, database: str) -> None:
    for name, number in {"ASKED": signal.SIGTERM, "BY-HAND": signal.SIGINT}.items():
        ended(gateway, lodged(gateway, name), number)
    # The next one has looked at what was left before it served.
    # What was still at work when its exchange was over is late, as ever.
    assert "ended" not in overruns(database).get("traces", ())


def test_one_that_stands_still_is_ended_and_counts(gateway: Served, database: str, output: IO[bytes]) -> None:
    ended(gateway, lodged(gateway, "STOPPED"), signal.SIGSTOP)
    until(lambda: overruns(database) == {"traces": ["ended"]}, "its being counted")
    output.seek(0)
    assert b"process 1 gave no sign of life for 10 s and is ended" in output.read()
    figures = httpx.get(f"{gateway.url}/metrics", timeout=60, trust_env=False).text
    assert "gateway_processes_stood_still_total 1.0" in figures
