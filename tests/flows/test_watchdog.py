"""A proven adapter whose code stands still in the loop: its process is ended, and it goes on in sandboxes."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from gateway.dispatch.delivered import digest_of
from gateway.domain.actor import at_the_command_line
from gateway.domain.adapter_tier import AdapterTier, StoredTier
from gateway.store import Store
from tests.builders.databases import Databases
from tests.builders.places import ROOT
from tests.builders.running import Authorities, Served, declaration, served, until

pytestmark = pytest.mark.whole

CODE = """
import re

def hold_the_interpreter(*_):
    re.fullmatch(r"(a+)+b", "a" * 60)
    yield None

class Hanging:
    def __init__(self, settings): pass
    verify = position = reserve = write_off = cancel = intervene = list = read_notification = hold_the_interpreter
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package in the place of a delivered one."""
    folder = tmp_path / "path" / "hanging"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(CODE, encoding="utf-8")
    told = (ROOT / "adapters/traces/manifest.toml").read_text(encoding="utf-8").splitlines()
    own = [line for line in told if not line.startswith(("entry_point", "identity"))]
    (folder / "manifest.toml").write_text('entry_point = "adapter:Hanging"\n' + "\n".join(own), encoding="utf-8")
    return folder


@pytest.fixture
def gateway(package: Path, simulated: Authorities, databases: Databases) -> Iterator[tuple[Served, str]]:
    """A gateway on whose installation the package counts as proven, and its database."""
    with databases.one() as url:
        asyncio.run(_prove(url, package))
        own = {
            **simulated.environment,
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_ADAPTERS__TRACES__PACKAGE": "hanging",
            "GATEWAY_ADAPTER_STEP_SECONDS": "0.5",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(package.parent))),
        }
        with served(own) as one:
            yield one, url


async def _prove(url: str, package: Path) -> None:
    shown = StoredTier(
        adapter="traces", package="hanging", digest=digest_of(package), tier=AdapterTier.PROVEN,
        proven_until=datetime.now(UTC) + timedelta(days=90),
    )  # fmt: skip
    async with Store.opened(url) as store:
        await store.adapter_tiers.store(shown, by=at_the_command_line("Oda"), reason="passed with its authority")


async def _lost(url: str) -> bool:
    async with Store.opened(url) as store:
        return any(one.lost for one in (await store.adapter_tiers.all()).newest.values())


def traces(gateway: Served) -> dict[str, object]:
    items = httpx.get(f"{gateway.url}/v1/adapters", timeout=60, trust_env=False).json()["items"]
    (one,) = (item for item in items if item["name"] == "traces")
    return dict(one)


def test_its_process_ends_and_it_goes_on_in_sandboxes(gateway: tuple[Served, str]) -> None:
    one, url = gateway
    assert (traces(one)["tier"], traces(one)["delivered"]) == ("proven", False)
    with one.client() as client:
        lodged = client.lodge(declaration("01", "STANDS-STILL"), "application/xml", wait_s=0)
    until(lambda: asyncio.run(_lost(url)), "its tier being lost")

    def decided() -> bool:
        with suppress(httpx.HTTPError):
            told = httpx.get(f"{one.url}/v1/declarations/{lodged.body['id']}", timeout=60, trust_env=False).json()
            return bool(told["decision"]) and told["decision"]["effect"] == "hold"
        return False

    until(decided, "the declaration being held")
    assert (traces(one)["tier"], traces(one)["enabled"]) == ("draft", True)
    assert "stood still in the loop" in str(traces(one)["why"])
