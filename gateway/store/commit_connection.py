"""The connections by which a line of commits goes out: one that is kept for it, and the pool's."""

from contextlib import suppress

import psycopg
from psycopg.pq import ConnStatus

from gateway.domain.errors import StoreUnavailable
from gateway.store.database import Connection, Cursor, Database


class PooledConnection:
    """A connection of the pool for one statement after the other, each time one that lives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ready(self) -> Connection:
        """Return a connection on which nothing was sent yet.

        Raises:
            StoreUnavailable: there is none.
        """
        connection = await self._database.lend()
        if lives(connection):
            return connection
        # What was not sent yet is sent on another one: whoever waits for it need not know.
        await connection.close()
        await self._database.put_back(connection, None)
        return await self._database.lend()

    def cursor(self, connection: Connection) -> Cursor:
        """Return the cursor for a statement on what `ready` returned."""
        return connection.cursor()

    async def over(self, connection: Connection, error: psycopg.Error | None = None) -> None:
        """Take back what `ready` returned, after a statement that ended with an error or without one."""
        with suppress(StoreUnavailable):
            await self._database.put_back(connection, error)

    async def close(self) -> None:
        """Keep nothing."""


class KeptConnection(PooledConnection):
    """A connection that one line keeps beside the pool: opened when it is needed, and anew once it was lost."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._kept: Connection | None = None
        self._cursor: Cursor | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is connected."""
        return self._kept is not None

    async def ready(self) -> Connection:
        """Return the kept connection, a new one in its place, or one of the pool's where none can be opened; raise as the pool's."""
        if self._kept is not None and not lives(self._kept):
            await self.close()
        if self._kept is None:
            try:
                self._kept = await self._database.connect()
            except StoreUnavailable:
                return await super().ready()
        self._database.watch(self._kept)
        return self._kept

    def cursor(self, connection: Connection) -> Cursor:
        """Return one cursor for all statements on the kept connection, which are nearly always the same one."""
        if connection is not self._kept:
            return super().cursor(connection)
        if self._cursor is None:
            self._cursor = connection.cursor()
        return self._cursor

    async def over(self, connection: Connection, error: psycopg.Error | None = None) -> None:
        """Take it back; one that is of no use any more is closed."""
        if connection is not self._kept:
            await super().over(connection, error)
        elif not self._database.watched(connection, error):
            await self.close()

    async def close(self) -> None:
        """Close the kept connection."""
        kept, self._kept, self._cursor = self._kept, None, None
        if kept is not None:
            await kept.close()


def lives(connection: Connection) -> bool:
    """Whether an idle connection is still one, as far as is known here: its other end did not hang up, and said nothing."""
    if connection.closed:
        return False
    try:
        # The first reading finds what was said before the end, if there is anything, the second finds the end.
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except psycopg.Error:
        return False
    return connection.pgconn.status == ConnStatus.OK
