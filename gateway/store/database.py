"""The pool of connections, and what its errors mean to the rest of the gateway."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed

from gateway.domain.errors import StoreUnavailable
from gateway.store.statements import STATEMENTS

Connection: TypeAlias = AsyncConnection[DictRow]
_WAIT_S = 5.0
"""How long a caller waits for a connection before the database counts as unavailable."""
_CONNECT_S = 5


class Database:
    """Runs named statements, each committed by itself unless it is part of a transaction."""

    def __init__(self, url: str, *, size: int) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=AsyncConnection[DictRow],
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "connect_timeout": _CONNECT_S,
                "application_name": "gateway",
            },
            configure=_configure,
            min_size=min(2, size),
            max_size=size,
            timeout=_WAIT_S,
            reconnect_timeout=_CONNECT_S,
            open=False,
        )
        self._looking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connects.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        async with self.translated():
            # A pool waits for a server that may come back; at the start the reason is wanted at once.
            await (await Connection.connect(self._url, connect_timeout=_CONNECT_S)).close()
            await self._pool.open(wait=True, timeout=2 * _CONNECT_S)

    async def close(self) -> None:
        """Gives all connections back."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._pool.close()

    async def rows(self, statement: str, values: Mapping[str, Any]) -> list[DictRow]:
        """Runs a statement that returns rows.

        Raises:
            StoreUnavailable: the database does not answer; whether the statement took effect is not known.
        """
        async with self.connection() as connection:
            return await rows_of(connection, statement, values)

    async def row(self, statement: str, values: Mapping[str, Any]) -> DictRow | None:
        """Runs a statement and gives its first row; raises as `rows` does."""
        found = await self.rows(statement, values)
        return found[0] if found else None

    async def run(self, statement: str, values: Mapping[str, Any]) -> None:
        """Runs a statement that returns nothing; raises as `rows` does."""
        async with self.connection() as connection:
            await connection.execute(STATEMENTS[statement], values)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lends a connection; raises as `rows` does."""
        async with self.translated(), self._pool.connection() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lends a connection inside one transaction, which a raised exception rolls back; raises as `rows` does."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def translated(self) -> AsyncIterator[None]:
        """Makes the driver's errors of an unreachable database ours."""
        try:
            yield
        except (OperationalError, InterfaceError, PoolClosed) as error:
            self._look_at_the_others()
            raise StoreUnavailable(f"The database does not answer ({type(error).__name__}).") from error

    def _look_at_the_others(self) -> None:
        """One connection is lost: so that each other one is not found lost by a caller, all idle ones are tried."""
        if not self._pool.closed and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._pool.check(), name="connections checked")


async def rows_of(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[DictRow]:
    """Runs a statement that returns rows on a connection at hand."""
    cursor = await connection.execute(STATEMENTS[statement], values)
    return await cursor.fetchall() if cursor.description else []


async def _configure(connection: Connection) -> None:
    # Planned once: by key, whatever the values are. Left to itself PostgreSQL compares with what a plan cost before it knew
    # the tables' sizes, and may plan each call for as long as the connection lives (docs/decisions/0020).
    await connection.execute("SET timezone TO 'UTC'; SET plan_cache_mode TO 'force_generic_plan'")
