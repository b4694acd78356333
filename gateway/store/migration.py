"""Migration of a database to the newest schema: numbered files, each applied once, in order, under an advisory lock.

A file says in a line which version of the gateway is the oldest that may serve beside it; that is noted with it. So replicas of both
versions run beside each other, and an older one that may not ends, and says which version is wanted.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store.database import apart, is_pooled
from gateway.store.stored_evidence import BUNDLES

LOCK = 6202611
"""The advisory lock that one migrating process holds, for each file anew: behind a pooler none outlives its transaction."""
FINISHED_BY = {BUNDLES: "0040_evidence_bundles.sql"}
"""What is finished once no older replica is left (`gateway.store.replicas`), with the file that prepares it."""
NO_OLDER = b"UPDATE migration SET oldest = NULL WHERE name = %s"
"""A gateway that does not know a file may not serve any more."""
_FINISHED = b"INSERT INTO finished (name) VALUES (%s) ON CONFLICT DO NOTHING"
_BESIDE = re.compile(r"^-- serves beside: (\d+(?:\.\d+)*)$", re.MULTILINE)
_PACKAGE = "eu-single-window-gateway"

_NOTEBOOK = b"""
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), oldest text
)
"""
_HAS_OLDEST = b"""
SELECT EXISTS (
    SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('migration') AND attname = 'oldest' AND NOT attisdropped
)
"""
_ADD_OLDEST = b"ALTER TABLE migration ADD COLUMN IF NOT EXISTS oldest text"
_ROLE = {"timezone": "UTC", "plan_cache_mode": "force_generic_plan", "client_connection_check_interval": "5s"}
"""What a role's sessions are to have, where sessions do not keep what is set in them: how statements are planned, and when the server notices
that nobody waits any more."""

Applied = Mapping[str, tuple[str, str | None]]
"""What was applied: digest, and the oldest version that may serve beside it, by name."""


@cache
def migrations() -> Mapping[str, str]:
    """Return all migrations by name, in order: those that this process began with, whatever is installed over them."""
    folder = files("gateway.store").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return MappingProxyType({name: folder.joinpath(name).read_text("utf-8") for name in names})


async def migrate(url: str, *, up_to: str | None = None) -> list[str]:
    """Apply the migrations that are missing, each file in a commit of its own; return their names.

    In a database that was empty nothing is left to be finished: no older replica serves there.

    What a newer gateway applied is left alone where this version may serve beside it. Statements have no end here.

    Raises:
        ConfigurationError: what was applied is not what this version has, or nothing that it may serve beside.
        StoreUnavailable: the database does not answer.
    """
    done: list[str] = []
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, **apart(url)) as connection:
            if not await is_pooled(connection):
                # One process applies them all, where the lock can go with the connection.
                await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            while (name := await _apply_next(connection, up_to)) is not None:
                done.append(name)
            if done[:1] == [next(iter(migrations()))] and up_to is None:
                await _finish_all(connection)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable("The database does not answer.") from error
    return done


async def limit_role(url: str, role: str, *, statement_s: float) -> None:
    """Set for a role, in this database, how its statements are planned, and when the server ends its sessions.

    Raises:
        ConfigurationError: there is no such role, or it may not be changed by whoever the URL names.
        StoreUnavailable: the database does not answer.
    """
    limits = {
        **_ROLE,
        "statement_timeout": f"{round(statement_s * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{round(4 * statement_s * 1000)}ms",
    }
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, **apart(url)) as connection:
            database = sql.Identifier(connection.info.dbname)
            async with connection.transaction():
                for name, value in limits.items():
                    await connection.execute(
                        sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} TO {}").format(
                            sql.Identifier(role), database, sql.Identifier(name), sql.Literal(value)
                        )
                    )
    except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege) as error:
        raise ConfigurationError((f"role {role}: {error.diag.message_primary}",)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable("The database does not answer.") from error


async def require_newest(connection: "psycopg.AsyncConnection[Any]") -> None:
    """Refuse a database whose schema is not this version's, nor one of a newer version that this one may serve beside.

    Raises:
        ConfigurationError: with the remedy.
    """
    if missing := _missing(await _applied(connection)):
        raise ConfigurationError((f"the database lacks {', '.join(missing)}: run `gateway migrate`",))


async def require_served(connection: "psycopg.AsyncConnection[Any]") -> tuple[str, ...]:
    """Refuse a database to which something was applied meanwhile that this version may not serve beside.

    Return what it lacks of this version's: an older one may have been restored.

    Raises:
        ConfigurationError: with the version that is wanted.
    """
    applied = await _applied(connection)
    if faults := _too_new(applied, (name for name in applied if name not in migrations())):
        raise ConfigurationError(faults)
    return tuple(name for name in migrations() if name not in applied)


async def _apply_next(connection: psycopg.AsyncConnection, up_to: str | None) -> str | None:
    """Apply the first file that is missing and return its name; None: nothing is."""
    async with connection.transaction():
        await connection.execute("SET LOCAL statement_timeout TO 0")
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        await connection.execute(_NOTEBOOK)
        if not await _has_oldest(connection):
            await connection.execute(_ADD_OLDEST)
        missing = _missing(await _applied(connection))
        if not missing or (up_to is not None and missing[0] > up_to):
            return None
        text = migrations()[missing[0]]
        await connection.execute(text.encode())
        await connection.execute(
            "INSERT INTO migration (name, digest, oldest) VALUES (%s, %s, %s)",
            (missing[0], _digest(text), oldest_beside(text)),
        )
    return missing[0]


async def _finish_all(connection: psycopg.AsyncConnection) -> None:
    async with connection.transaction():
        for name, file in FINISHED_BY.items():
            await connection.execute(_FINISHED, (name,))
            await connection.execute(NO_OLDER, (file,))


async def _has_oldest(connection: "psycopg.AsyncConnection[Any]") -> bool:
    async with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        await cursor.execute(_HAS_OLDEST)
        row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def _applied(connection: "psycopg.AsyncConnection[Any]") -> Applied:
    async with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        await cursor.execute("SELECT to_regclass('migration') IS NOT NULL")
        row = await cursor.fetchone()
        if row is None or not row[0]:
            return {}
        known = await _has_oldest(connection)
        await cursor.execute(b"SELECT name, digest, %s FROM migration" % (b"oldest" if known else b"NULL::text"))
        return {name: (digest, oldest) for name, digest, oldest in await cursor.fetchall()}


def _missing(applied: Applied) -> tuple[str, ...]:
    shipped = migrations()
    unknown = [name for name in applied if name not in shipped]
    # What a newer gateway applied comes behind everything that this one has, so nothing of this one's may be missing before it.
    newest = max(applied, default="")
    faults = list(_too_new(applied, unknown))
    faults += [
        f"gateway/store/migrations/{name}: was applied, and has changed since"
        for name, (digest, _) in sorted(applied.items())
        if name in shipped and digest != _digest(shipped[name])
    ]
    faults += [
        f"migration {name}: comes before {newest}, which is applied"
        for name in shipped
        if name not in applied and name < newest
    ]
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(name for name in shipped if name not in applied)


def _too_new(applied: Applied, unknown: Iterable[str]) -> tuple[str, ...]:
    """Return why this version may not serve beside migrations that it does not know."""
    own, faults = own_version(), []
    for name in sorted(unknown):
        oldest = applied[name][1]
        if oldest is None:
            faults.append(f"migration {name}: was applied by a newer gateway")
        elif _order(own) < _order(oldest):
            faults.append(
                f"migration {name}: was applied by a newer gateway, beside which version {oldest} or a later one may serve; "
                f"this is {own}"
            )
    return tuple(faults)


def oldest_beside(text: str) -> str | None:
    """Return the oldest version that may serve beside a migration, as its file says it; None: it does not."""
    found = _BESIDE.search(text)
    return found[1] if found else None


@cache
def own_version() -> str:
    """Return the version of this gateway, as this process began with it."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return "0"


def _order(text: str) -> tuple[int, ...]:
    """Return the key by which versions are compared: 1.2.10 comes after 1.2.9, a candidate counts as its version."""
    leading = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in leading[0].split(".")) if leading else (0,)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
