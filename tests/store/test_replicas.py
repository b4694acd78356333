"""What older replicas cannot read is written once none of them is left."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gateway.domain.errors import ConfigurationError
from gateway.store import Store
from gateway.terminal.exits import Exit
from tests.builders.later_version import AFTER, BEFORE, OLDEST, LaterVersion
from tests.builders.lodging import new

OLDEST_BESIDE = f"SELECT oldest FROM migration WHERE name = '{BEFORE}'"
STANDS = (
    "INSERT INTO adapter_process (adapter, process, at, until, tier, why, runs_in, breaker, in_flight)"
    " VALUES ('traces', %s, now() - %s, now(), 'listed', '', 'loop', 'closed', 0)"
)
CALLED = "INSERT INTO authority_figures (adapter, slot, process, latencies) VALUES ('traces', now() - %s, %s, '{}')"
FINISHED = "SELECT name FROM finished WHERE name = 'told'"
SIGNED = "INSERT INTO replica (owner, version, reads, at) VALUES (%s, '0.2.0', %s, now() - %s)"


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> LaterVersion:
    """The version that comes after this one."""
    return LaterVersion(tmp_path_factory.mktemp("later"))


@pytest.fixture
def upgraded(database_url: str, later: LaterVersion) -> str:
    """A database that this version serves, brought to the schema of the later one."""
    assert later.run(database_url, "migrate").returncode == 0
    return database_url


def one(url: str, query: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


@pytest.mark.whole
async def test_whoever_cannot_live_with_a_step_and_lives_has_it_refused(upgraded: str, later: LaterVersion) -> None:
    async with Store.opened(upgraded, owner="older") as older:
        await older.declarations.receive(new(), lease=True)
    with psycopg.connect(upgraded, autocommit=True) as connection:
        connection.execute(STANDS, ["stands", timedelta(minutes=9)])
        connection.execute(STANDS, ["stood", timedelta(minutes=11)])
        connection.execute(CALLED, [timedelta(minutes=9), "calls"])
        connection.execute(CALLED, [timedelta(minutes=11), "called"])
        connection.execute(SIGNED, ["newer yet", ["something else"], timedelta(minutes=9)])
        connection.execute(SIGNED, ["reads", ["told"], timedelta(minutes=9)])
        connection.execute(STANDS.replace("'traces'", "'cites'"), ["reads", timedelta()])
        refused = later.run(upgraded, "migrate", "--finish")
        assert refused.returncode == Exit.CONFIGURATION
        assert [said.partition(":")[0] for said in refused.stderr.splitlines() if said.startswith("replica")] == [
            "replica calls", "replica newer yet", "replica older", "replica stands",
        ]  # fmt: skip
        assert (one(upgraded, FINISHED), one(upgraded, OLDEST_BESIDE)) == (None, OLDEST)
        connection.execute("UPDATE declaration SET lease_until = now() - interval '11 minutes'")
        for table in ("adapter_process", "authority_figures", "replica"):
            connection.execute(f"DELETE FROM {table}".encode())
    assert later.run(upgraded, "migrate", "--finish").stdout.splitlines()[-1] == AFTER
    assert (one(upgraded, FINISHED), one(upgraded, OLDEST_BESIDE)) == ("told", None)


async def test_a_replica_of_before_ends_once_a_step_is_taken_that_it_does_not_know(
    upgraded: str, later: LaterVersion
) -> None:
    async with Store.opened(upgraded, owner="older") as store:
        assert later.run(upgraded, "migrate", "--finish").stdout.splitlines()[-1] == AFTER
        with pytest.raises(ConfigurationError, match=rf"{BEFORE}: was applied by a newer gateway"):
            await store.require_served()


async def test_a_replica_gives_a_sign_of_life_a_minute(database_url: str) -> None:
    now, signed = [0.0], "SELECT at FROM replica WHERE owner = 'one'"
    store = await Store.open(database_url, owner="one", lease_s=30)
    try:
        store.signs_of_life.clock = lambda: now[0]
        await store.signs_of_life.sign()
        first = one(database_url, signed)
        await store.signs_of_life.sign()
        assert one(database_url, signed) == first, "a minute is not over"
        now[0] += 61
        await store.signs_of_life.sign()
        assert one(database_url, signed) > first
    finally:
        await store.close()
