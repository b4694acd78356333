"""Each statement has an end on our side, and what answers otherwise than a database that may be written to is no connection of ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.store import Patience, Store, Waits, patience
from gateway.store import announcements as announcing
from gateway.store.database import Database
from gateway.store.ends import Ends
from tests.builders.proxy import proxied

PATIENCE_S = 30.0
"""Far longer than anything here takes: a test that runs into it is broken, not slow."""
SOON = Waits(call_s=0.4, loop_s=0.6, whole_s=PATIENCE_S)
WRITE = "UPDATE notice_counter SET last = last"


@asynccontextmanager
async def opened(url: str, *, size: int = 4, waits: Waits = SOON) -> AsyncIterator[Database]:
    database = Database(url, size=size, waits=waits)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def write(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(WRITE)


async def until_written(database: Database) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await write(database)
            except StoreUnavailable:
                continue


def read_only(url: str, said: bool) -> None:
    """Makes new sessions of a database read-only, as those of a standby are."""
    name = urlsplit(url).path[1:]
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as connection:
        how = "SET default_transaction_read_only TO on" if said else "RESET default_transaction_read_only"
        connection.execute(f'ALTER DATABASE "{name}" {how}'.encode())


async def test_a_connection_that_may_not_write_is_given_up(database_url: str) -> None:
    read_only(database_url, True)
    try:
        async with opened(database_url) as database:
            with pytest.raises(StoreUnavailable, match="ReadOnlySqlTransaction"):
                await write(database)
            read_only(database_url, False)
            await until_written(database)
    finally:
        read_only(database_url, False)


async def test_a_database_that_may_not_be_written_to_is_not_ready(database_url: str) -> None:
    read_only(database_url, True)
    try:
        store = await Store.open(database_url, owner="one")
        assert not await store.ping()
        await store.close()
    finally:
        read_only(database_url, False)
    store = await Store.open(database_url, owner="one")
    assert await store.ping()
    with psycopg.connect(database_url) as locking:
        locking.execute("LOCK TABLE event")
        assert not await store.ping()
    assert await store.ping()
    await store.close()


async def test_a_statement_of_ours_that_is_wrong_stays_what_it_is(database_url: str) -> None:
    async with opened(database_url) as database:
        for wrong in ("SELECT 1 / 0", "SELECT nothing", "INSERT INTO notice_counter (one, last) VALUES (true, 1)"):
            with pytest.raises((psycopg.DataError, psycopg.ProgrammingError, psycopg.IntegrityError)):
                async with database.connection() as connection:
                    await connection.execute(wrong)


RAISE = "DO $$ BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize(
    "state", ["0A000", "25006", "26000", "40001", "53100", "55P03", "57014", "58030", "P0001", "XX000"]
)
async def test_every_other_error_says_that_the_store_does_not_answer(database_url: str, state: str) -> None:
    async with opened(database_url, size=2) as database:
        with pytest.raises(StoreUnavailable):
            async with database.connection() as connection:
                await connection.execute(RAISE.format(state).encode())
        passes = state[:2] in {"40", "53", "55"}
        assert connection.closed is not passes, "another connection may do better, unless it would meet the same"
        assert database.is_short is (state == "53100")
        await write(database)


async def test_what_waits_for_a_lock_ends_and_is_given_up_by_the_server(database_url: str) -> None:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND wait_event_type = 'Lock'"
    async with opened(database_url) as database:
        with psycopg.connect(database_url) as locking, psycopg.connect(database_url, autocommit=True) as looking:
            locking.execute("LOCK TABLE notice_counter")
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(StoreUnavailable):
                    await write(database)
                # Nobody waits any more, so the server does not either: else each caller would leave a process there.
                while looking.execute(waits, [WRITE]).fetchone() != (0,):
                    await database.row("ping", {})
            assert (await database.row("ping", {}) or {})["writable"]
        await until_written(database)


async def test_a_loop_waits_longer_than_a_caller_and_what_goes_over_all_longest(database_url: str) -> None:
    async with opened(database_url, waits=Waits(call_s=0.1, loop_s=PATIENCE_S, whole_s=PATIENCE_S)) as database:
        sleep = "SELECT pg_sleep(0.5)"
        with pytest.raises(StoreUnavailable):
            async with database.connection() as connection:
                await connection.execute(sleep)
        async with database.transaction(of=Patience.WHOLE) as connection:
            await connection.execute(sleep)
        token = patience.set(Patience.LOOP)
        async with database.connection() as connection:
            await connection.execute(sleep)
        patience.reset(token)


async def test_time_between_statements_is_nobodys_waiting(database_url: str) -> None:
    ends = Ends(Waits())
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        ends.begin(connection)
        await connection.execute(WRITE)
        for _ in range(1_000):
            ends.beat()
        await connection.execute(WRITE)
        assert (connection.closed, ends.over(connection)) == (False, False)


async def test_connections_that_fell_silent_are_given_up_and_new_ones_work(database_url: str) -> None:
    with proxied(database_url) as proxy:
        async with opened(proxy.url) as database, asyncio.timeout(PATIENCE_S):
            async with AsyncExitStack() as all_of_them:
                for _ in range(4):
                    await all_of_them.enter_async_context(database.connection())
            assert proxy.silence() == 4
            outcomes = await asyncio.gather(*(write(database) for _ in range(8)), return_exceptions=True)
            assert any(isinstance(one, StoreUnavailable) for one in outcomes)
            assert all(one is None or isinstance(one, StoreUnavailable) for one in outcomes)
            await until_written(database)
            # Idle ones were tried beside: nobody else finds a silent one.
            await asyncio.gather(*(until_written(database) for _ in range(8)))


async def test_a_silent_connection_that_listens_is_noticed(database_url: str) -> None:
    with proxied(database_url) as proxy:
        heard: asyncio.Queue[str] = asyncio.Queue()
        connected = asyncio.Queue[None]()
        listening = asyncio.create_task(
            announcing.listen(
                proxy.url, heard.put_nowait, missed=lambda: connected.put_nowait(None), every_s=0.1, waits=SOON
            )
        )
        try:
            async with asyncio.timeout(PATIENCE_S), opened(database_url) as database:
                await connected.get()
                proxy.silence()
                await database.run("announce", {"ids": ["lost"]})
                await connected.get()
                await database.run("announce", {"ids": ["heard"]})
                assert await heard.get() == "heard"
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
