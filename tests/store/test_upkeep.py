"""The store through an outage, and the days of its evidence."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psycopg
import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.embedded import watcher
from gateway.embedded.server import EmbeddedServer
from gateway.store import Store, migrate
from tests.builders.databases import temporary_server
from tests.builders.lodging import decided, declaration, evidence, new


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    """A server of the test's own, to be killed."""
    started = temporary_server()
    try:
        await migrate(started.url)
        yield started
    finally:
        started.stop()


@pytest.mark.whole
async def test_an_outage_is_said_and_passes(server: EmbeddedServer) -> None:
    store = await Store.open(server.url, owner="one", pool_size=4)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(store.listen(heard.put_nowait))
    try:
        lodged = new()
        work = (await store.declarations.receive(lodged, lease=True)).work
        assert work is not None
        kill(server)
        with pytest.raises(StoreUnavailable):
            await store.leases.decide(work, decided(work))
        assert not await store.ping()
        assert await store.leases.renew() == []
        await asyncio.to_thread(server.ensure_alive)
        async with asyncio.timeout(60):
            await asyncio.gather(*(taken(store, number) for number in range(8)))
            assert await store.ping()
            assert await store.declarations.get(lodged.id) is not None
            while heard.empty():
                await taken(store, 100)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await store.close()


async def test_evidence_has_a_partition_per_day_ahead(store: Store, database_url: str) -> None:
    made, again = await asyncio.gather(store.audit.make_days(), store.audit.make_days())
    assert sorted([len(made), len(again)]) == [0, 3]
    assert await store.audit.make_days() == []
    await store.declarations.receive(new(), lease=False)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE evidence_bundle SET day = current_date + 1")
        found = connection.execute("SELECT tableoid::regclass::text FROM evidence_bundle").fetchall()
    assert found == [(min(*made, *again),)]


async def test_each_commit_has_its_evidence_in_one_row(store: Store, database_url: str) -> None:
    await _same_evidence(store)
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT seq, part, cardinality(digests), count(*) FROM evidence_bundle GROUP BY 1, 2, 3 ORDER BY 1"
        )
        assert found.fetchall() == [(1, 0, 1, 3), (3, 0, 1, 3)]
    assert (await store.audit.verify(evidence=True)).evidence == 6


async def _same_evidence(store: Store) -> None:
    for number in range(3):
        work = (await store.declarations.receive(new(declaration(f"LRN{number}")), lease=True)).work
        assert work is not None
        await store.leases.decide(work, decided(work))
        assert await store.declarations.evidence(work.id, evidence(b"answer").digest) == b"answer"


def kill(server: EmbeddedServer) -> None:
    """Kills the server as a machine's memory killer would; its other processes end by themselves once they notice."""
    pid = watcher.postmaster(server.data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while watcher.processes(server.data):
        pass


async def taken(store: Store, number: int) -> None:
    """Lodges and decides another declaration, as often as it takes."""
    while True:
        try:
            work = (await store.declarations.receive(new(declaration(new().id[:20] + str(number))), lease=True)).work
            assert work is not None
            await store.leases.decide(work, decided(work))
            return
        except StoreUnavailable:
            await asyncio.sleep(0)
