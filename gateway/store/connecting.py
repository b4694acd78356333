"""Connections to PostgreSQL: one pool of a process, and what a failing database is called."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from gateway.domain.errors import StoreUnavailable
from gateway.store.statements import statements

Connection: TypeAlias = psycopg.AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]

GIVE_UP_AFTER_S = 5.0
"""Seconds in which a connection has to be had; afterwards the database does not answer."""


async def open_pool(url: str, size: int) -> Pool:
    """Opens a pool of autocommitting connections.

    Raises:
        StoreUnavailable: no connection can be had.
    """
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=False,
        timeout=GIVE_UP_AFTER_S,
        reconnect_timeout=60,
        connection_class=psycopg.AsyncConnection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "gateway", "prepare_threshold": 2},
    )
    try:
        await pool.open(wait=True, timeout=GIVE_UP_AFTER_S * 4)
    except (PoolTimeout, psycopg.OperationalError) as error:
        await pool.close()
        raise StoreUnavailable("The database does not answer.") from error
    return pool


@asynccontextmanager
async def connected(pool: Pool) -> AsyncIterator[Connection]:
    """Gives a connection; a database that is gone is `StoreUnavailable`."""
    try:
        async with pool.connection() as connection:
            yield connection
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable("The database does not answer.") from error


async def ask(pool: Pool, name: str, values: Mapping[str, Any]) -> list[DictRow]:
    """Runs a named statement in a commit of its own and gives its rows."""
    async with connected(pool) as connection:
        return await ask_on(connection, name, values)


async def ask_on(connection: Connection, name: str, values: Mapping[str, Any]) -> list[DictRow]:
    """Runs a named statement on a connection and gives its rows, if it has any."""
    cursor = await connection.execute(statements()[name], values)
    return await cursor.fetchall() if cursor.description else []
