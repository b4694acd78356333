"""Bringing a database to the newest schema: numbered files, each applied once, in order, under an advisory lock."""

from hashlib import sha256
from importlib.resources import files

import psycopg

from gateway.domain.errors import ConfigurationError, StoreUnavailable

LOCK = 6202611
"""The advisory lock that one migrating process holds."""

_NOTEBOOK = """
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
        ConfigurationError: a migration that was applied has changed since.
        StoreUnavailable: the database does not answer.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            return await _apply(connection, up_to)
    except psycopg.OperationalError as error:
        raise StoreUnavailable("The database does not answer.") from error


async def _apply(connection: psycopg.AsyncConnection, up_to: str | None) -> list[str]:
    await connection.execute(_NOTEBOOK)
    cursor = await connection.execute("SELECT name, digest FROM migration")
    known: dict[str, str] = dict(await cursor.fetchall())
    done = []
    for name, text in migrations().items():
        digest = sha256(text.encode()).hexdigest()
        if name not in known:
            async with connection.transaction():
                await connection.execute(text)
                await connection.execute("INSERT INTO migration (name, digest) VALUES (%s, %s)", (name, digest))
            done.append(name)
        elif known[name] != digest:
            raise ConfigurationError((f"gateway/store/migrations/{name}: was applied, and has changed since",))
        if name == up_to:
            break
    return done
