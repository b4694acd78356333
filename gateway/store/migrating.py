"""Bringing a database to the newest schema: numbered files, each applied once, in order, under an advisory lock."""

from hashlib import sha256
from importlib.resources import files
from typing import Any

import psycopg

from gateway.domain.errors import ConfigurationError, StoreUnavailable

LOCK = 6202611
"""The advisory lock that one migrating process holds."""

_NOTEBOOK = b"""
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def migrations() -> dict[str, str]:
    """Gives all migrations by name, in their order."""
    folder = files("gateway.store").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {name: folder.joinpath(name).read_text("utf-8") for name in names}


async def migrate(url: str, *, up_to: str | None = None) -> list[str]:
    """Applies what is missing, each file in a commit of its own; gives the names of what was applied.

    Raises:
        ConfigurationError: what was applied is not what this version has, or comes from a newer one.
        StoreUnavailable: the database does not answer.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))  # goes with the connection
            await connection.execute(_NOTEBOOK)
            return await _apply(connection, up_to)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable("The database does not answer.") from error


async def require_newest(connection: "psycopg.AsyncConnection[Any]") -> None:
    """Refuses a database whose schema is not this version's.

    Raises:
        ConfigurationError: with the remedy.
    """
    async with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        await cursor.execute("SELECT to_regclass('migration') IS NOT NULL")
        row = await cursor.fetchone()
        missing = tuple(migrations())
        if row is not None and row[0]:
            await cursor.execute("SELECT name, digest FROM migration")
            missing = _missing(dict(await cursor.fetchall()))
    if missing:
        raise ConfigurationError((f"the database lacks {', '.join(missing)}: run `gateway migrate`",))


async def _apply(connection: psycopg.AsyncConnection, up_to: str | None) -> list[str]:
    cursor = await connection.execute("SELECT name, digest FROM migration")
    done = []
    for name in _missing(dict(await cursor.fetchall())):
        if up_to is not None and name > up_to:
            break
        text = migrations()[name]
        async with connection.transaction():
            await connection.execute(text.encode())
            await connection.execute("INSERT INTO migration (name, digest) VALUES (%s, %s)", (name, _digest(text)))
        done.append(name)
    return done


def _missing(applied: dict[str, str]) -> tuple[str, ...]:
    shipped = migrations()
    newest = max(applied, default="")
    faults = []
    for name, digest in sorted(applied.items()):
        if name not in shipped:
            faults.append(f"migration {name}: was applied by a newer gateway")
        elif digest != _digest(shipped[name]):
            faults.append(f"gateway/store/migrations/{name}: was applied, and has changed since")
    faults += [
        f"migration {name}: comes before {newest}, which is applied"
        for name in shipped
        if name not in applied and name < newest
    ]
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(name for name in shipped if name not in applied)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
