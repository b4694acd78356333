"""A database that stands elsewhere than where it was served last is not served before somebody says so."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.errors import ConfigurationError
from gateway.store import Arrival, Store
from gateway.store.server_identity import note_restored
from tests.builders.databases import Databases

NOWHERE = (
    "INSERT INTO server_identity (number, system_identifier, database, timeline, how) VALUES (1, 0, 0, '', 'restored')"
)
NOTED = "SELECT how FROM server_identity ORDER BY number"


@pytest.fixture
def copied(database_url: str, databases: Databases) -> Iterator[str]:
    """A copy of a database that was served."""
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO server_identity (number, system_identifier, database, timeline, how) "
                           "SELECT 1, system_identifier, oid::bigint, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), 'first' "
                           "FROM pg_control_system(), pg_database WHERE datname = current_database()")  # fmt: skip
    with databases.copy_of(database_url) as url:
        yield url


def noted(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [how for (how,) in connection.execute(NOTED).fetchall()]


def change(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


async def test_where_it_is_served_first_is_noted_once(database_url: str) -> None:
    async with Store.opened(database_url) as one, Store.opened(database_url, owner="other") as other:
        await one.served_identity.require()
        await other.served_identity.require()
        await one.served_identity.follow()
        assert not await one.served_identity.accept(Arrival.NOTHING_LOST)
    assert noted(database_url) == ["first"]


@pytest.mark.parametrize("how", [Arrival.SETTLED, Arrival.NOTHING_LOST])
async def test_a_copy_is_served_only_once_it_is_accepted(copied: str, how: Arrival) -> None:
    async with Store.opened(copied) as store:
        with pytest.raises(ConfigurationError, match=r"copied from another server.*gateway settle --since TIME"):
            await store.served_identity.require()
        await store.require_served()
        assert noted(copied) == ["first"], "whoever settles has it accepted at the end alone"
        assert await store.served_identity.accept(how)
        await store.served_identity.require()
        await store.require_served()
    assert noted(copied) == ["first", how.value]


async def test_a_replica_under_which_the_database_is_exchanged_may_not_go_on(database_url: str) -> None:
    async with Store.opened(database_url) as store:
        await store.served_identity.require()
        change(database_url, "UPDATE server_identity SET database = 1")
        with pytest.raises(ConfigurationError, match="copied from another server"):
            await store.require_served()


async def test_a_promoted_server_is_followed_by_whoever_was_serving_and_refused_by_whoever_starts(
    database_url: str,
) -> None:
    async with Store.opened(database_url) as store:
        await store.served_identity.require()
        change(database_url, "UPDATE server_identity SET timeline = '00000000'")
        async with Store.opened(database_url, owner="starting") as starting:
            with pytest.raises(ConfigurationError, match=r"point in time, or a standby was promoted"):
                await starting.served_identity.require()
            await starting.require_served()
        assert noted(database_url) == ["first"], "nobody follows who was not serving before"
        await store.require_served()
        await store.served_identity.require()
    assert noted(database_url) == ["first", "promoted"]


async def test_what_was_restored_is_refused_wherever_it_stands(database_url: str) -> None:
    async with (
        Store.opened(database_url) as store,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True, row_factory=dict_row) as connection,
    ):
        await note_restored(connection)
        with pytest.raises(ConfigurationError, match="restored from a backup"):
            await store.served_identity.require()


async def test_a_role_that_is_not_told_serves_and_says_so(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    # What is changed of the schema has the database dropped after the test.
    change(database_url, "CREATE ROLE untold LOGIN")
    change(database_url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO untold")
    change(database_url, "REVOKE ALL ON FUNCTION pg_control_system() FROM PUBLIC")
    try:
        async with Store.opened(database_url.replace("//gateway@", "//untold@")) as store:
            await store.served_identity.require()
            await store.require_served()
        told = [one.getMessage() for one in caplog.records if "server_identity" in one.getMessage()]
        assert told == ["server_identity_not_known: InsufficientPrivilege"]
        assert noted(database_url) == []

        # What `gateway restore` has marked is refused all the same, until somebody has accepted it.
        change(database_url, NOWHERE)
        async with Store.opened(database_url.replace("//gateway@", "//untold@")) as store:
            with pytest.raises(ConfigurationError, match="restored from a backup"):
                await store.served_identity.require()
            assert await store.served_identity.accept(Arrival.SETTLED)
            await store.served_identity.require()
    finally:
        change(database_url, "DROP OWNED BY untold")
        change(database_url, "DROP ROLE untold")
