"""What older replicas cannot read is written once none of them is left."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gateway.domain.errors import ConfigurationError
from gateway.store import Store, finish, migrate
from tests.builders.evidence import write_in_pieces
from tests.builders.lodging import declaration, evidence, new

BESIDE = "0.1.0"
AFTER = "0040_evidence_bundles.after.sql"
OLDEST = "SELECT oldest FROM migration WHERE name = '0040_evidence_bundles.sql'"
STANDS = (
    "INSERT INTO adapter_process (adapter, process, at, until, tier, why, runs_in, breaker, in_flight)"
    " VALUES ('traces', %s, now() - %s, now(), 'listed', '', 'loop', 'closed', 0)"
)
CALLED = "INSERT INTO authority_figures (adapter, slot, process, latencies) VALUES ('traces', now() - %s, %s, '{}')"
FINISHED = "SELECT name FROM finished WHERE name = 'evidence_bundles'"
SIGNED = "INSERT INTO replica (owner, version, reads, at) VALUES (%s, '0.2.0', %s, now() - %s)"


@pytest.fixture
def upgraded(database_url: str) -> str:
    """A database that an older gateway filled, brought to the newest schema."""
    write_in_pieces(database_url)
    return database_url


def one(url: str, query: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


async def test_an_empty_database_has_bundles_from_the_start(database_url: str) -> None:
    assert one(database_url, FINISHED) == "evidence_bundles"
    assert one(database_url, OLDEST) is None, "no gateway that does not know the file may serve"
    assert await finish(database_url) == []
    assert await migrate(database_url) == []


async def test_whoever_cannot_read_bundles_and_lives_has_them_refused(upgraded: str) -> None:
    async with Store.opened(upgraded, owner="older") as older:
        await older.declarations.receive(new(), lease=True)
    with psycopg.connect(upgraded, autocommit=True) as connection:
        connection.execute("UPDATE migration SET oldest = %s WHERE name LIKE '0040%%'", [BESIDE])
        connection.execute(STANDS, ["stands", timedelta(minutes=9)])
        connection.execute(STANDS, ["stood", timedelta(minutes=11)])
        connection.execute(CALLED, [timedelta(minutes=9), "calls"])
        connection.execute(CALLED, [timedelta(minutes=11), "called"])
        connection.execute(SIGNED, ["newer yet", ["something else"], timedelta(minutes=9)])
        connection.execute(SIGNED, ["reads", ["evidence_bundles"], timedelta(minutes=9)])
        connection.execute(STANDS.replace("'traces'", "'cites'"), ["reads", timedelta()])
        with pytest.raises(ConfigurationError) as refused:
            await finish(upgraded)
        assert [fault.partition(":")[0] for fault in refused.value.faults] == [
            "replica calls", "replica newer yet", "replica older", "replica stands",
        ]  # fmt: skip
        assert (one(upgraded, FINISHED), one(upgraded, OLDEST)) == (None, BESIDE)
        connection.execute("UPDATE declaration SET lease_until = now() - interval '11 minutes'")
        for table in ("adapter_process", "authority_figures", "replica"):
            connection.execute(f"DELETE FROM {table}".encode())
    assert await finish(upgraded) == [AFTER]
    assert (one(upgraded, FINISHED), one(upgraded, OLDEST)) == ("evidence_bundles", None)
    assert await finish(upgraded) == []


async def test_a_replica_that_gave_a_sign_of_life_keeps_nobody_waiting_and_goes_over(upgraded: str) -> None:
    now = [0.0]
    store = await Store.open(upgraded, owner="one", lease_s=30)
    try:
        store.signs_of_life.clock = lambda: now[0]
        await store.require_served()
        await store.declarations.receive(new(declaration("LRN1")), lease=True)
        signed = one(upgraded, "SELECT at FROM replica WHERE owner = 'one'")
        assert await finish(upgraded) == [AFTER]
        await store.require_served()
        assert one(upgraded, "SELECT at FROM replica WHERE owner = 'one'") == signed, "a minute is not over"
        now[0] += 61
        await store.require_served()
        assert one(upgraded, "SELECT at FROM replica WHERE owner = 'one'") > signed
        later = new(declaration("LRN2"))
        await store.declarations.receive(later, lease=True)
        assert await store.declarations.evidence(later.id, evidence(b"LRN2").digest) == b"LRN2"
        assert (
            one(upgraded, "SELECT count(*) FROM evidence"),
            one(upgraded, "SELECT count(*) FROM evidence_bundle"),
        ) == (1, 1)
    finally:
        await store.close()
