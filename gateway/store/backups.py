"""The database around a backup: how large it is, what a backup's schema is, and the marks of one that was restored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store.database import apart, rows_of
from gateway.store.migration import Applied, require_known
from gateway.store.server_identity import note_restored

_COPIED = "COPY public.migration ("
_END = r"\."


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseExtent:
    """The extent of a database."""

    major: int
    """The major version of its server."""
    relations: int
    """Tables, views and sequences; 0: it is empty."""
    table_bytes: int
    """The bytes of tables without indexes, which a backup does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredExtent:
    """The extent of a restored database."""

    declarations: int
    newest: datetime | None
    """The time of its newest event; None: it has none."""


async def extent(url: str) -> DatabaseExtent:
    """Return how much there is in a database.

    Raises:
        StoreUnavailable: it does not answer.
    """
    return DatabaseExtent(**await _row(url, "extent"))


async def finish_restore(url: str) -> RestoredExtent:
    """Have a database that was restored counted by its planner, and not served before somebody says so; return what it holds.

    Raises:
        StoreUnavailable: it does not answer.
    """
    try:
        async with await _connected(url) as connection:
            await note_restored(connection)
            await connection.execute("ANALYZE")
            (row,) = await rows_of(connection, "restored_extent", {})
    except psycopg.Error as error:
        raise _unavailable(error) from error
    return RestoredExtent(**row)


def require_restorable(name: str, migration_rows: str) -> None:
    """Refuse a backup that this version cannot serve, by the rows of its schema as `pg_restore` writes them.

    Raises:
        ConfigurationError: a newer gateway made it, or it is no gateway's.
    """
    applied = _applied(migration_rows)
    if not applied:
        raise ConfigurationError(
            (f"{name}: it is no backup of a gateway: it says of no migration that it was applied",)
        )
    try:
        require_known(applied)
    except ConfigurationError as error:
        raise ConfigurationError((f"{name}: this version cannot restore it:", *error.faults)) from None


def _applied(text: str) -> Applied:
    found: dict[str, tuple[str, str | None]] = {}
    columns: list[str] = []
    for line in text.splitlines():
        if line.startswith(_COPIED):
            columns = line.removeprefix(_COPIED).partition(")")[0].split(", ")
        elif line == _END:
            columns = []
        elif columns:
            row: Mapping[str, str] = dict(zip(columns, line.split("\t"), strict=True))
            oldest = row.get("oldest", r"\N")
            found[row["name"]] = (row["digest"], None if oldest == r"\N" else oldest)
    return found


async def _row(url: str, statement: str) -> DictRow:
    try:
        async with await _connected(url) as connection:
            (row,) = await rows_of(connection, statement, {})
    except psycopg.Error as error:
        raise _unavailable(error) from error
    return row


async def _connected(url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row, **apart(url))


def _unavailable(error: psycopg.Error) -> StoreUnavailable:
    return StoreUnavailable(f"The database does not answer ({type(error).__name__}).")
