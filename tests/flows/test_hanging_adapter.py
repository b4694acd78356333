"""An adapter whose code never ends: it holds its own documents, stops no process, and is quarantined on all replicas."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.builders.databases import Databases
from tests.builders.places import ROOT
from tests.builders.running import Authorities, Served, declaration, served, settled, until

pytestmark = pytest.mark.whole

CODE = """
import os

def spin(*_):
    while not os.path.exists({stop!r}):
        for _ in range(10_000):
            pass
    yield None

class Hanging:
    def __init__(self, settings): pass
    verify = position = reserve = write_off = cancel = intervene = list = read_notification = spin
"""


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """A package in the place of a delivered one, which claims to be conformant and hangs; it ends with the test."""
    stop = tmp_path / "stop"
    folder = tmp_path / "path" / "hanging"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(CODE.format(stop=str(stop)), encoding="utf-8")
    told = (ROOT / "adapters/traces/manifest.toml").read_text(encoding="utf-8").splitlines()
    own = [line for line in told if not line.startswith(("entry_point", "identity"))]
    (folder / "manifest.toml").write_text('entry_point = "adapter:Hanging"\n' + "\n".join(own), encoding="utf-8")
    yield folder.parent
    stop.touch()


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """A database of their own."""
    with databases.one() as url:
        yield url


@pytest.fixture
def both(package: Path, simulated: Authorities, database: str) -> Iterator[tuple[Served, Served]]:
    """Two gateways on it."""
    own = {
        **simulated.environment,
        "GATEWAY_DATABASE_URL": database,
        "GATEWAY_ADAPTERS__TRACES__PACKAGE": "hanging",
        "GATEWAY_ADAPTERS__CATCH__REQUESTS_PER_MINUTE": "11",
        "GATEWAY_ADAPTER_STEP_SECONDS": "0.1",
        "GATEWAY_ALLOW_DRAFT": "true",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(package))),
    }
    with served(own) as one, served(own) as other:
        yield one, other


def shares(database: str) -> list[int]:
    """What each replica may ask CATCH a minute."""
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT share FROM request_share WHERE adapter = 'catch' ORDER BY share")
        return [share for (share,) in found.fetchall()]


def shown(gateway: Served) -> dict[str, Any]:
    items = httpx.get(f"{gateway.url}/v1/adapters", timeout=60, trust_env=False).json()["items"]
    (one,) = (item for item in items if item["name"] == "traces")
    assert one["tier"] == "draft"
    assert not one["delivered"]
    found: dict[str, Any] = one
    return found


def enabled(gateway: Served) -> bool:
    one = shown(gateway)
    assert one["enabled"] is (one["state"] == "enabled") is (one["quarantine"] is None)
    return bool(one["enabled"])


def test_it_is_quarantined_on_all_replicas_until_it_is_enabled_with_a_reason(
    both: tuple[Served, Served], database: str
) -> None:
    one, other = both
    # Beside that: what an authority allows a minute is divided between them.
    until(lambda: shares(database) == [5, 6], "a part for each")

    def lodged(name: str, declarant: str | None = None) -> str:
        raw = declaration("01", name)
        if declarant is not None:
            assert b"FR12345678901234" in raw
            raw = raw.replace(b"FR12345678901234", declarant.encode())
        with one.client() as client:
            reply = client.lodge(raw, "application/xml", wait_s=30)
            record = settled(client, reply.body["id"])
        assert record.effect == "hold"
        return str(record.body["id"])

    for number in range(3):
        lodged(f"HANGING-{number}")
    # Three declarations of one declarant: it is not theirs to take the authority from everybody.
    assert enabled(one)
    assert enabled(other)
    assert httpx.get(f"{one.url}/healthz", timeout=60, trust_env=False).json() == {"alive": True}
    lodged("HANGING-OTHER", "DE123456789012345")
    until(lambda: not enabled(one) and not enabled(other), "its being quarantined on both")
    for replica in (one, other):
        told = shown(replica)
        assert told["state"] == "quarantined"
        assert told["quarantine"]["since"] == told["disabled_at"]
        assert told["quarantine"]["declarations"] >= 3
        assert told["quarantine"]["kinds"][0]["kind"] == "late"
        assert "its code took longer than it may (" in told["quarantine"]["why"]
    lodged("HANGING-NOT-ASKED")
    drained = httpx.post(
        f"{one.url}/v1/adapters/traces/drain", json={"reason": "in order"}, timeout=60, trust_env=False
    )
    assert (drained.status_code, drained.json()["code"]) == (409, "SW-API-633")
    assert shown(one)["state"] == "quarantined"
    path = f"{other.url}/v1/adapters/traces/enable"
    assert httpx.post(path, json={}, timeout=60, trust_env=False).status_code == 422
    assert httpx.post(path, json={"reason": "mended"}, timeout=60, trust_env=False).json()["enabled"] is True
    until(lambda: enabled(one) and enabled(other), "its being enabled on both")
