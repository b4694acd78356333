"""The connections of a pool: one client's share, what clients leave to the gateway, and what its loops leave to who is not known yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from gateway.domain.errors import StoreUnavailable, TooManyCalls
from gateway.resources import LOOPS, OURS, client
from gateway.store import Patience, patience
from gateway.store.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, size=10, turn_within_s=0.01)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def lent(database: Database, held: AsyncExitStack, whose: str, many: int = 1) -> None:
    """Has connections lent to a client, by a task of its own."""

    async def lend() -> None:
        client.set(whose if whose not in (OURS, LOOPS) else OURS)
        patience.set(Patience.LOOP if whose == LOOPS else Patience.CALL)
        for _ in range(many):
            await held.enter_async_context(database.connection())

    await asyncio.create_task(lend())


async def test_a_client_has_a_quarter_and_all_of_them_six_tenths(database: Database) -> None:
    async with AsyncExitStack() as held:
        for whose in ("a", "b", "c"):
            await lent(database, held, whose, 2)
            with pytest.raises(TooManyCalls):
                await lent(database, held, whose)
        with pytest.raises(StoreUnavailable):
            await lent(database, held, "d")
        await lent(database, held, LOOPS, 3)
        with pytest.raises(StoreUnavailable):
            await lent(database, held, LOOPS)
        await lent(database, held, OURS)
        assert (database.turns.in_use, database.turns.clients) == (10, 5)
    assert (database.turns.in_use, database.turns.clients, database.turns.waiting) == (0, 0, 0)


@pytest.mark.parametrize("size", [2, 3, 4])
async def test_the_smallest_pool_has_something_for_everybody(database_url: str, size: int) -> None:
    database = Database(database_url, size=size, turn_within_s=0.01)
    await database.open()
    try:
        async with AsyncExitStack() as held:
            await lent(database, held, "a")
            with pytest.raises(TooManyCalls):
                await lent(database, held, "a")
            await lent(database, held, OURS)
    finally:
        await database.close()


async def test_a_statement_that_fails_gives_its_turn_back(database: Database) -> None:
    with pytest.raises(TypeError):
        await database.rows("ping", object())  # type: ignore[arg-type]
    async with database.connection() as connection:
        await connection.close()
    assert database.turns.in_use == 0
    assert await database.rows("ping", {})
