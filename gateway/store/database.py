"""The pool of connections, and the meaning of its errors to the rest of the gateway."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, TypeAlias

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg_pool import AsyncConnectionPool

from gateway.domain.errors import StoreUnavailable, TooManyCalls
from gateway.resources import LOOPS, OURS, Resource, Shortage, UsedUp, client
from gateway.store.ends import Ends, Patience, Waits, patience
from gateway.store.statements import STATEMENTS

Connection: TypeAlias = AsyncConnection[DictRow]
Cursor: TypeAlias = AsyncCursor[DictRow]
_WAIT_S = 5.0
"""The seconds that a caller waits for a connection before the database counts as unavailable."""
_CONNECT_S = 5
_AT_ONCE_S = 0.01
"""The seconds that an idle connection is waited for."""
_SHORT_S = 5.0
"""The seconds for which a database that was short of something counts as short of it."""
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""The options by which the operating system finds out that a host is silent and not idle, seconds and milliseconds; a URL that says it is left alone."""
_OWN_FAULTS = frozenset({"22", "23", "42"})
"""Classes of errors that are the statement's own: its data, the constraints, its words (PostgreSQL, Appendix A)."""
_PASSING = frozenset({"40", "53", "55"})
"""Classes of errors that pass, or that another connection would meet too: conflicts, resources, locks."""
_SHORT = "53"


class Pool(AsyncConnectionPool[AsyncConnection[Any]]):
    """A pool of connections whose statements have a deadline: one that was given up is closed, not lent again."""

    def __init__(self, conninfo: str, *, ends: Ends, kwargs: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._ends = ends
        check = options.pop("check", None)
        self.connecting: Mapping[str, Any] = {
            **apart(conninfo),
            "connect_timeout": _CONNECT_S,
            "application_name": "gateway",
            **(kwargs or {}),
        }
        """The parameters by which its connections are opened."""
        super().__init__(
            conninfo, kwargs=dict(self.connecting), check=self._ended(check) if check is not None else None, **options
        )

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[Any]:  # noqa: ASYNC109  # the pool's own word
        """Lend a connection; raise as the pool does."""
        connection = await super().getconn(timeout)
        self._ends.begin(connection)
        return connection

    async def putconn(self, conn: AsyncConnection[Any]) -> None:
        """Take a connection back."""
        if self._ends.over(conn):
            await conn.close()
        await super().putconn(conn)

    def _ended(
        self, check: Callable[[AsyncConnection[Any]], Awaitable[None]]
    ) -> Callable[[AsyncConnection[Any]], Awaitable[None]]:
        async def checked(connection: AsyncConnection[Any]) -> None:
            with self._ends.during(connection, Patience.LOOP):
                await check(connection)

        return checked


class Database:
    """Access to the database by named statements, each committed by itself unless it is part of a transaction."""

    def __init__(self, url: str, *, size: int, waits: Waits | None = None, turn_within_s: float = _WAIT_S) -> None:
        """Take where it is, the number of connections, and how long a statement and a connection are waited for."""
        self._url = url
        self._turn_within_s = turn_within_s
        self._ends = Ends(waits or Waits())
        self.turns = _turns(size)
        self._lent: dict[Connection, str] = {}
        """The connections in use, and for whom."""
        self._pool = Pool(
            url,
            ends=self._ends,
            kwargs={"autocommit": True, "row_factory": dict_row},
            configure=self._configure,
            min_size=1,
            max_size=int(self.turns.bound),
            timeout=_WAIT_S,
            reconnect_timeout=_CONNECT_S,
            open=False,
        )
        self._probing: asyncio.Task[None] | None = None
        self._short_until = 0.0

    @property
    def is_short(self) -> bool:
        """Whether the database lacked something a moment ago: room on its disk, memory, connections."""
        return time.monotonic() < self._short_until

    async def open(self) -> None:
        """Connect to the database.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        try:
            # A pool waits for a server that may come back; at the start the reason is wanted at once.
            await (await Connection.connect(self._url, connect_timeout=_CONNECT_S)).close()
            await self._pool.open(wait=True, timeout=2 * _CONNECT_S)
        except psycopg.Error as error:
            raise _unavailable(error) from error

    async def close(self) -> None:
        """Close all connections."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await self._pool.close()

    async def rows(self, statement: str, values: Mapping[str, Any]) -> list[DictRow]:
        """Run a statement that returns rows.

        Raises:
            StoreUnavailable: the database does not answer, or may not be written to; whether the statement took effect is not known.
        """
        async with self.connection() as connection:
            return await rows_of(connection, statement, values)

    async def row(self, statement: str, values: Mapping[str, Any]) -> DictRow | None:
        """Run a statement and return its first row; raise as `rows` does."""
        found = await self.rows(statement, values)
        return found[0] if found else None

    async def run(self, statement: str, values: Mapping[str, Any]) -> None:
        """Run a statement that returns nothing; raise as `rows` does."""
        async with self.connection() as connection:
            await connection.execute(STATEMENTS[statement], values)

    def connection(self) -> "Lent":
        """Lend a connection; raise as `rows` does."""
        return Lent(self)

    @asynccontextmanager
    async def transaction(self, *, of: Patience | None = None) -> AsyncIterator[Connection]:
        """Lend a connection inside one transaction, which a raised exception rolls back; raise as `rows` does.

        `of`: another patience than that of who asks; one that goes over whole tables is not ended by the server's limit either.
        """
        async with self.connection() as connection, connection.transaction():
            if of is not None:
                self._ends.lengthen(connection, of)
            if of is Patience.WHOLE or self._ends.is_endless(Patience.CALL):
                await connection.execute("SET LOCAL statement_timeout TO 0")
            yield connection

    async def lend(self) -> Connection:
        """Return a connection, to be handed to `put_back`; raise as `rows` does.

        Raises:
            TooManyCalls: the client for whom it is wanted has its share of connections in use, and goes on having it.
        """
        whose = client.get() or (LOOPS if patience.get() is Patience.LOOP else OURS)
        try:
            await self.turns.acquire(whose, within_s=self._turn_within_s)
        except UsedUp as error:
            if error.shortage is Shortage.OWN:
                raise TooManyCalls("This client has its share of the database in use already.") from None
            raise _unavailable(error) from error
        try:
            connection = await self._pool.getconn()
        except BaseException as error:
            self.turns.put_back(whose)
            if not isinstance(error, psycopg.Error):
                raise
            self._check_the_others()
            raise _unavailable(error) from error
        self._lent[connection] = whose
        return connection

    async def connect(self) -> Connection:
        """Open a connection beside the pool, like those of the pool; whoever does closes it.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        try:
            connection = await Connection.connect(self._url, **self._pool.connecting)
            try:
                await self._configure(connection)
            except BaseException:
                await connection.close()
                raise
        except psycopg.Error as error:
            self._note_shortness(error)
            raise _unavailable(error) from error
        return connection

    def watch(self, connection: Connection) -> None:
        """Give the statements on a connection beside the pool their deadline, until `watched`."""
        self._ends.begin(connection, Patience.CALL)

    def watched(self, connection: Connection, error: psycopg.Error | None) -> bool:
        """Stop watching a connection beside the pool after a statement; return whether it may be used again."""
        given_up = self._ends.over(connection)
        if error is None or _is_of_the_statement(error):
            return not given_up and not connection.closed
        self._note_shortness(error)
        if _kind(error) in _PASSING:
            return not given_up
        self._check_the_others()
        return False

    async def put_back(self, connection: Connection, error: BaseException | None) -> None:
        """Take a connection back from a use that ended with an error, or without one.

        Raises:
            StoreUnavailable: in the place of an error that was not the statement's own.
        """
        try:
            await self._put_back(connection, error)
        finally:
            self.turns.put_back(self._lent.pop(connection))

    async def _put_back(self, connection: Connection, error: BaseException | None) -> None:
        if error is None or not isinstance(error, psycopg.Error) or _is_of_the_statement(error):
            await self._pool.putconn(connection)
            return
        self._note_shortness(error)
        if _kind(error) not in _PASSING:
            # A server that became read-only stays so for this connection: the next one may find the server that is not.
            await connection.close()
            self._check_the_others()
        await self._pool.putconn(connection)
        raise _unavailable(error) from error

    def _note_shortness(self, error: psycopg.Error) -> None:
        if _kind(error) == _SHORT:
            self._short_until = time.monotonic() + _SHORT_S

    def _check_the_others(self) -> None:
        """Try all idle connections after one was lost, so that no caller finds another one lost."""
        if not self._pool.closed and (self._probing is None or self._probing.done()):
            self._probing = asyncio.create_task(self._try_idle_ones(), name="connections checked")

    async def _try_idle_ones(self) -> None:
        """Try all idle connections at once, beside the callers: a silent one delays none of the others."""
        idle = self._pool.get_stats().get("pool_available", 0)
        await asyncio.gather(*(self._try_one() for _ in range(idle)), return_exceptions=True)

    async def _try_one(self) -> None:
        connection = await self._pool.getconn(_AT_ONCE_S)
        try:
            await connection.execute(STATEMENTS["ping"])
        except psycopg.Error:
            await connection.close()
        finally:
            await self._pool.putconn(connection)

    async def _configure(self, connection: AsyncConnection[Any]) -> None:
        # Planned once: by key, whatever the values are. Left to itself PostgreSQL compares with what a plan cost before it knew
        # the tables' sizes, and may plan each call for as long as the connection lives (docs/decisions/0020).
        with self._ends.during(connection, Patience.CALL):
            await connection.execute("SET timezone TO 'UTC'; SET plan_cache_mode TO 'force_generic_plan'")


class Lent:
    """A connection on loan for as long as its context lasts."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._connection = await self._database.lend()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.put_back(self._connection, error)


async def rows_of(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[DictRow]:
    """Run a statement that returns rows, on a connection at hand."""
    return await rows_by(connection.cursor(), statement, values)


async def rows_by(cursor: Cursor, statement: str, values: Mapping[str, Any]) -> list[DictRow]:
    """Run a statement that returns rows by a cursor; one that ran the same before need not find out again how values are written and read."""
    await cursor.execute(STATEMENTS[statement], values)
    # Whether rows came, without the columns' descriptions that the driver would make of them.
    return await cursor.fetchall() if cursor.rownumber is not None else []


def _turns(size: int) -> Resource:
    """Return the turns at the connections of a pool: a client has a quarter at most, and all of them six tenths."""
    return Resource(
        "database_turns", size, share=max(1, size // 4), kept=max(1, size * 2 // 5), kept_of_loops=min(1, size - 2)
    )


def apart(url: str) -> dict[str, Any]:
    """Return the connection options by which a silent host is found out, as far as the URL does not set them."""
    parameters = conninfo_to_dict(url)
    return {name: value for name, value in _KEEPALIVES.items() if name not in parameters}


async def is_pooled(connection: AsyncConnection[Any]) -> bool:
    """Whether a pooler between lends one server process to many: the one that answers did not begin the connection."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("SELECT pg_backend_pid()")
        row = await cursor.fetchone()
    return row is None or row[0] != connection.info.backend_pid


async def is_behind_pooler(url: str) -> bool:
    """Whether there is a pooler between this process and the database that a URL names.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    try:
        async with await Connection.connect(url, connect_timeout=_CONNECT_S) as connection:
            return await is_pooled(connection)
    except psycopg.Error as error:
        raise _unavailable(error) from error


def _kind(error: psycopg.Error) -> str:
    """Return the class of an error; empty: it is the driver's own."""
    return (error.sqlstate or "")[:2]


def _is_of_the_statement(error: psycopg.Error) -> bool:
    """Whether an error is the statement's own; all others say that the store does not answer."""
    if error.sqlstate is None:
        # The driver's own, before anything was sent: of values, words and calls that it cannot make out.
        return isinstance(error, psycopg.DataError | psycopg.ProgrammingError | psycopg.NotSupportedError)
    return error.sqlstate[:2] in _OWN_FAULTS


def _unavailable(error: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"The database does not answer ({type(error).__name__}).")
