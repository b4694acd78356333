"""The state of the server and the database, with any schema, for diagnosis."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store.database import Connection, apart, is_pooled, rows_of
from gateway.store.migration import require_newest

_CONNECT_S = 5
_STATEMENT = b"SET statement_timeout TO '20s'"
"""The time limit of a statement, beyond which nothing is found out on a large database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """The state of a server, by the role of the URL."""

    version: str
    number: int
    """The server's version as `server_version_num`: 170002 is 17.2."""
    read_only: bool
    standby: bool
    at: float
    """Its clock, in seconds since 1970."""
    encoding: str
    superuser: bool
    may_create: bool
    """Whether the role may make tables."""
    may_create_schemas: bool
    fsync: bool
    full_page_writes: bool
    synchronous_commit: str
    autovacuum: bool
    random_page_cost: float
    max_wal_bytes: int
    connections: int
    """The number of connections that this role may have here."""
    connected: int
    """Connections of all there are now, as far as this role sees them."""
    bytes: int
    remote: bool
    """Whether it is another machine."""
    encrypted: bool
    pooled: bool
    """Whether there is a pooler between."""
    schema_faults: tuple[str, ...] = ()
    """The reasons why its schema is not this version's; empty: it is, or one that this version may serve beside."""


async def read_server(url: str) -> ServerState:
    """Read the state of the server.

    Raises:
        StoreUnavailable: it does not answer, or lets us not in; with the kind of fault.
    """
    async with _connected(url) as connection:
        (row,) = await rows_of(connection, "server_state", {})
        faults: tuple[str, ...] = ()
        try:
            await require_newest(connection)
        except ConfigurationError as error:
            faults = error.faults
        return ServerState(**row, pooled=await is_pooled(connection), schema_faults=faults)


_TOLD = {
    "migrations": "applied_migrations",
    "tables": "table_statistics",
    "replicas": "signs_of_replicas",
    "events": "events_by_kind",
    "findings": "findings_of_newest",
}


async def read_statistics(url: str) -> Mapping[str, Sequence[Mapping[str, Any]] | None]:
    """Read the counts that identify no declaration; None: it could not be counted.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    found: dict[str, Sequence[Mapping[str, Any]] | None] = {}
    async with _connected(url) as connection:
        for member, statement in _TOLD.items():
            try:
                found[member] = await rows_of(connection, statement, {})
            except (psycopg.errors.QueryCanceled, psycopg.ProgrammingError):
                found[member] = None
    return found


async def read_timeline(url: str, record_id: str) -> Sequence[Mapping[str, Any]]:
    """Read the events of one declaration, whole: whoever passes them on takes codes and moments out of them.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    async with _connected(url) as connection:
        return await rows_of(connection, "event_timeline", {"id": record_id})


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    try:
        async with await Connection.connect(
            url, autocommit=True, row_factory=dict_row, connect_timeout=_CONNECT_S, **apart(url)
        ) as connection:
            await connection.execute(_STATEMENT)
            yield connection
    except psycopg.Error as error:
        # The driver's text may name hosts and users: its kind is what tells the cases apart.
        raise StoreUnavailable(f"The database does not answer ({_kind(error)}).") from error


def _kind(error: psycopg.Error) -> str:
    return type(error).__name__ if error.sqlstate is None else f"{type(error).__name__}, {error.sqlstate}"
