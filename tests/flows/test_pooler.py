"""Through PgBouncer in transaction mode: what moved on is known everywhere soon, though nothing is heard through it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from gateway.cli.commands.check import pooler
from gateway.settings import load
from gateway.store import Store
from tests.builders.commands import gateway_command
from tests.builders.databases import Databases
from tests.builders.lodging import decided, new
from tests.builders.lodging import declaration as declared
from tests.builders.pooler import pooled
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, Served, declaration, served

pytestmark = pytest.mark.needs("pgbouncer")

WAIT_S = 300
"""Longer than any call of these tests is waited for: whoever is answered was told."""


@pytest.fixture(scope="module")
def direct(databases: Databases) -> Iterator[str]:
    """The database itself."""
    with databases.one() as url:
        yield url


@pytest.fixture(scope="module")
def through(direct: str) -> Iterator[str]:
    """The database through a pooler."""
    with pooled(direct) as url:
        yield url


def wait_for_notice(gateway: Served, after: str) -> httpx.Response:
    parameters: dict[str, str | int] = {"after": after, "wait": WAIT_S}
    return httpx.get(f"{gateway.url}/v1/notices", params=parameters, timeout=PATIENCE_S, trust_env=False)


def waits_elsewhere(one: Served, other: Served, simulated: Authorities, name: str) -> None:
    """Who waits at another replica than the one that works is told, be it for a declaration or for notices."""
    raw = declaration("01", name)
    with one.client() as client, simulated.slow("traces", 0.5), ThreadPoolExecutor(2) as pool:
        after = client.read("/v1/notices").json()["next"]
        told = pool.submit(wait_for_notice, other, after)
        lodged = client.lodge(raw, "application/xml", wait_s=0)
        assert lodged.status == 202
        again = pool.submit(_lodge_waiting, other, raw)
        assert again.result().json()["state"] == "decided"
        assert [notice["declaration"] for notice in told.result().json()["items"]] == [lodged.body["id"]]


def _lodge_waiting(at: Served, raw: bytes) -> httpx.Response:
    headers = {"content-type": "application/xml", "prefer": f"wait={WAIT_S}"}
    answer = httpx.post(f"{at.url}/v1/declarations", content=raw, headers=headers, timeout=PATIENCE_S, trust_env=False)
    return answer.raise_for_status()


def test_replicas_through_a_pooler_learn_of_each_other(through: str, direct: str, simulated: Authorities) -> None:
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": through, "GATEWAY_MAX_WAIT_SECONDS": str(WAIT_S)}
    around = {**environment, "GATEWAY_DATABASE_DIRECT_URL": direct}
    with served(environment) as asking, served(around) as hearing:
        waits_elsewhere(hearing, asking, simulated, "POOLED-1")
        waits_elsewhere(asking, hearing, simulated, "POOLED-2")


async def test_only_around_the_pooler_something_is_heard(through: str, direct: str) -> None:
    deaf = await Store.open(through, owner="deaf")
    hearing = await Store.open(through, owner="hearing", direct_url=direct)
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.timeout(PATIENCE_S):
        await deaf.listen(heard.put_nowait)
        listening = asyncio.create_task(hearing.listen(heard.put_nowait, missed=lambda: heard.put_nowait("listens")))
        assert await heard.get() == "listens"
        with psycopg.connect(direct, autocommit=True) as connection:
            connection.execute("SELECT pg_notify('gateway_declaration', 'told')")
        assert await heard.get() == "told"
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    await deaf.close()
    await hearing.close()


async def test_commits_are_gathered_through_the_pooler(through: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        store = await Store.open(through, owner="gathering")
        # More rounds than statements are sent before the driver has them prepared.
        for turn in range(8):
            lodged = [store.declarations.receive(new(declared(f"{turn}-{one}")), lease=True) for one in range(20)]
            works = [one.work for one in await asyncio.gather(*lodged)]
            records = await asyncio.gather(
                *(store.leases.decide(one, decided(one)) for one in works if one is not None)
            )
            assert [one.due for one in records] == [False] * 20
        await store.close()


def test_check_warns_of_a_pooler_without_a_way_around(through: str, direct: str, simulated: Authorities) -> None:
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": through}
    warned = gateway_command(environment, "check")
    assert (warned.returncode, "database_direct_url is not given" in warned.stdout) == (0, True), warned.stderr
    assert pooler(load({**environment, "GATEWAY_DATABASE_DIRECT_URL": direct})) is None
    assert pooler(load({**environment, "GATEWAY_DATABASE_URL": direct})) is None
    nowhere = {**environment, "GATEWAY_DATABASE_URL": "postgresql://gateway@/gateway?host=/nowhere"}
    assert "does not answer" in str(pooler(load(nowhere)))
