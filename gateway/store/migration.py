"""Migration of a database to the newest schema: numbered files, those of wings in the same series, each applied once, in order, under an advisory lock.

An index on a table that is there is a file of its own, one statement outside a transaction: while it is built everybody goes on.

There are two kinds of steps. Before-steps only add: the version before serves beside them, and again after them. After-steps
(`.after.sql`) are what it cannot live with; they are applied once none of its replicas is left (`gateway.store.replicas`).

A file says in a line which version of the gateway is the oldest that may serve beside it; that is noted with it. So replicas of both
versions run beside each other, and an older one that may not ends, and says which version is wanted.

The first file is the baseline of version 1.0: it has all that the series before it made. A database of the last version before 1.0 is
the same, and is taken as it is; an older one goes through that version first.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import psycopg
from psycopg.errors import DeadlockDetected, InsufficientPrivilege, LockNotAvailable

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store.database import apart, is_pooled
from gateway.store.serving_role import grant_anew
from gateway.wing_files import wing_folders

T = TypeVar("T")
LOCK = 6202611
"""The advisory lock that one migrating process holds, taken for each file: behind a pooler none outlives its transaction."""
LOCKED_S = 0.3
"""The seconds that a step waits for a lock at a time: whoever comes behind it, for the same table, waits as long."""
AGAIN_S = 1.0
"""Pause after which it is begun again; meanwhile everybody else goes on."""
BUILDING_S = 60.0
"""The seconds that a step outside a transaction waits for others at a time: nobody waits behind it."""
PATIENCE_S = 600.0
"""The seconds for which all of it is tried."""
_AFTER = ".after.sql"
BASELINE = "0047_baseline.sql"
"""The migration that has all that the series before it made."""
_LAST_BEFORE = ("0046_reports_index.sql", "0040_evidence_bundles.after.sql", "0044_sealed_readings.after.sql")
"""What a database has to which that whole series was applied, its after-steps too."""
_RELEASE_BEFORE = "0.3.0"
"""The release whose databases are taken as they are."""
_IS_UNSEALED = b"""
SELECT EXISTS (SELECT FROM declaration WHERE covered_from IS NULL)
    OR EXISTS (SELECT FROM table_set) AND NOT EXISTS (SELECT FROM installation_event)
    OR EXISTS (SELECT FROM contingency_event WHERE seq = 1 AND strpos(text, '"rows":{') = 0)
       AND NOT EXISTS (SELECT FROM contingency_event WHERE kind = 'contingency.sealed')
"""
_FINISHED = b"INSERT INTO finished (name) VALUES (%s) ON CONFLICT DO NOTHING"
_OPEN_TRANSACTIONS = b"""
SELECT pid, application_name, round(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - interval '200 milliseconds'
ORDER BY xact_start LIMIT 3
"""
_BESIDE = re.compile(r"^-- serves beside: (\d+(?:\.\d+)*)$", re.MULTILINE)
_OUTSIDE = re.compile(r"^-- outside a transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+) ", re.MULTILINE)
_PACKAGE = "eu-single-window-gateway"

_NOTEBOOK = b"""
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), oldest text
)
"""
# A database that is too old for a column of its own is told so, too.
_APPLIED = b"SELECT name, digest, to_jsonb(m) ->> 'oldest' FROM migration m"
_IS_HALF_BUILT = b"SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
Applied = Mapping[str, tuple[str, str | None]]
"""The applied migrations: digest, and the oldest version that may serve beside it, by name."""


@cache
def migrations() -> Mapping[str, str]:
    """Return all before-steps by name, in order: those that this process began with, whatever is installed over them."""
    return _steps(lambda name: not name.endswith(_AFTER))


@cache
def after_steps() -> Mapping[str, str]:
    """Return all after-steps by name, in order."""
    return _steps(lambda name: name.endswith(_AFTER))


def _steps(wanted: Callable[[str], bool]) -> Mapping[str, str]:
    folders = (Path(__file__).with_name("migrations"), *wing_folders("migrations"))
    found = {file.name: file for folder in folders for file in folder.glob("*.sql") if wanted(file.name)}
    return MappingProxyType({name: found[name].read_text("utf-8") for name in sorted(found)})


def subject_of(after_step: str) -> str:
    """Return the name by which replicas say that they can live with an after-step: that of its file, without its number."""
    return after_step.removesuffix(_AFTER).partition("_")[2]


async def migrate(
    url: str, *, told: Callable[[str], None] = lambda _: None, patience_s: float = PATIENCE_S
) -> list[str]:
    """Apply the before-steps that are missing, each file in a commit of its own; return their names.

    In a database that was empty the after-steps follow at once: no older replica serves there.

    What a newer gateway applied is left alone where this version may serve beside it. Statements have no end here, but no lock is
    waited for longer than a moment: `told` hears who is in the way, and the file is begun again. Roles that serve are given what
    they need.

    Raises:
        ConfigurationError: what was applied is not what this version has, or nothing that it may serve beside.
        StoreUnavailable: the database does not answer, or somebody was in the way for too long.
    """
    done: list[str] = []
    async with owners_connection(url) as connection:
        if not await is_pooled(connection):
            # One process applies them all, where the lock can go with the connection.
            await _wait_for_others(connection)
        was_empty = not await _applied(connection)
        while (name := await unhurried(connection, lambda: _apply_next(connection), told, patience_s)) is not None:
            done.append(name)
        if was_empty and done[:1] == [next(iter(migrations()))]:
            for name, text in after_steps().items():
                async with connection.transaction():
                    await apply_after_step(connection, name, text)
                done.append(name)
        # Also where nothing was to be applied: a role has what an earlier version gave it.
        await unhurried(connection, lambda: _grant_anew(connection), told, patience_s)
    return done


async def _wait_for_others(connection: psycopg.AsyncConnection) -> None:
    """Wait until no other process migrates, outside of any statement: an index that is built waits for all that run."""
    while True:
        taken = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))).fetchone()
        if taken == (True,):
            return
        await asyncio.sleep(LOCKED_S)


@asynccontextmanager
async def owners_connection(url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """Open a connection for steps that the owner of the tables takes.

    Raises:
        ConfigurationError: the database's user may not take one.
        StoreUnavailable: the database does not answer.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, **apart(url)) as connection:
            yield connection
    except InsufficientPrivilege as error:
        remedy = "run `gateway migrate` as the owner of the tables; a role that serves may not change them"
        raise ConfigurationError((f"{error.diag.message_primary}: {remedy}",)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable("The database does not answer.") from error


async def unhurried(
    connection: psycopg.AsyncConnection,
    work: Callable[[], Awaitable[T]],
    told: Callable[[str], None],
    patience_s: float = PATIENCE_S,
) -> T:
    """Do work that waits for no lock longer than a moment, again and again until it is done.

    Raises:
        StoreUnavailable: somebody was in the way for too long.
    """
    end = time.monotonic() + patience_s
    while True:
        try:
            return await work()
        except (LockNotAvailable, DeadlockDetected) as error:
            found = await (await connection.execute(_OPEN_TRANSACTIONS)).fetchall()
            there = ", ".join(f"{pid} ({name or 'no name'}) since {age} s" for pid, name, age in found) or "none now"
            reason = f"a table is locked by others; transactions that have been open for long: {there}"
            if time.monotonic() > end:
                raise StoreUnavailable(f"Given up, nothing is half done: {reason}.") from error
            told(reason)
        await asyncio.sleep(AGAIN_S)


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
    if faults := _too_new(applied):
        raise ConfigurationError(faults)
    return tuple(name for name in migrations() if name not in applied)


async def waiting(connection: "psycopg.AsyncConnection[Any]") -> tuple[str, ...]:
    """Return the after-steps that are not applied yet, in order."""
    async with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        await cursor.execute("SELECT name FROM finished")
        finished = {name for (name,) in await cursor.fetchall()}
    return tuple(name for name in after_steps() if subject_of(name) not in finished)


async def is_finished(connection: "psycopg.AsyncConnection[Any]", subject: str) -> bool:
    """Whether the after-step of a subject is applied: every replica knows of it."""
    async with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        await cursor.execute("SELECT 1 FROM finished WHERE name = %s", (subject,))
        return await cursor.fetchone() is not None


async def begin_step(connection: "psycopg.AsyncConnection[Any]") -> None:
    """Begin a transaction's step: one at a time, without an end to its statements but with one to each wait for a lock."""
    await connection.execute("SET LOCAL statement_timeout TO 0")
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    await connection.execute(f"SET LOCAL lock_timeout TO {round(LOCKED_S * 1000)}".encode())


async def apply_after_step(connection: "psycopg.AsyncConnection[Any]", name: str, text: str) -> None:
    """Apply an after-step, and note that it is: processes learn of it by its subject."""
    await _apply(connection, name, text)
    await connection.execute(_FINISHED, (subject_of(name),))


async def _grant_anew(connection: psycopg.AsyncConnection) -> None:
    async with connection.transaction():
        await begin_step(connection)
        await grant_anew(connection)


def require_known(applied: Applied) -> None:
    """Refuse what a newer gateway applied, unless this version may serve beside it, and what this version has otherwise.

    Raises:
        ConfigurationError: so it is.
    """
    _missing(applied)


async def _apply_next(connection: psycopg.AsyncConnection) -> str | None:
    """Apply the first before-step that is missing and return its name; None: nothing is."""
    async with connection.transaction():
        await begin_step(connection)
        await connection.execute(_NOTEBOOK)
        applied = await _applied(connection)
        missing = _missing(applied)
        if not missing:
            return None
        name, text = missing[0], migrations()[missing[0]]
        if name == BASELINE and applied:
            await _require_sealed(connection)
            await _note(connection, name, text)
            return name
        index, pooled = index_outside(text), await is_pooled(connection)
        if index is not None and pooled:
            # No lock outlasts a transaction through a pooler: the index is built inside this one, and writers wait for it.
            await connection.execute(f"DROP INDEX IF EXISTS {index}".encode())
            await connection.execute(text.replace(" CONCURRENTLY", "").encode())
            await _note(connection, name, text)
            return name
        if index is None:
            await _apply(connection, name, text)
            return name
    await _build(connection, index, text)
    async with connection.transaction():
        await begin_step(connection)
        await _note(connection, name, text)
    return name


def index_outside(text: str) -> str | None:
    """Return the index that a step builds outside a transaction; None: it is taken in one."""
    found = _OUTSIDE.search(text)
    return found[1] if found else None


async def _build(connection: psycopg.AsyncConnection, index: str, text: str) -> None:
    """Build an index while everybody goes on; what a process that was killed left half built is built anew."""
    await connection.execute("SET statement_timeout TO 0")
    await connection.execute(f"SET lock_timeout TO {round(BUILDING_S * 1000)}".encode())
    try:
        if await (await connection.execute(_IS_HALF_BUILT, (index,))).fetchone() is not None:
            await connection.execute(f"DROP INDEX CONCURRENTLY {index}".encode())
        await connection.execute(text.encode())
    finally:
        await connection.execute("RESET statement_timeout")
        await connection.execute("RESET lock_timeout")


async def _apply(connection: "psycopg.AsyncConnection[Any]", name: str, text: str) -> None:
    await connection.execute(text.encode())
    await _note(connection, name, text)


async def _note(connection: "psycopg.AsyncConnection[Any]", name: str, text: str) -> None:
    await connection.execute(
        "INSERT INTO migration (name, digest, oldest) VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING",
        (name, _digest(text), oldest_beside(text)),
    )


async def _require_sealed(connection: psycopg.AsyncConnection) -> None:
    """Refuse a database in which something is from before events told of rows: nothing would find it if it was changed."""
    row = await (await connection.execute(_IS_UNSEALED)).fetchone()
    if row is None or row[0]:
        remedy = f"serve it with version {_RELEASE_BEFORE} until `gateway audit seal` says that none is left"
        raise ConfigurationError((f"{BASELINE}: what versions before 0.1.0 wrote is not sealed yet: {remedy}",))


async def _applied(connection: "psycopg.AsyncConnection[Any]") -> Applied:
    async with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        await cursor.execute("SELECT to_regclass('migration') IS NOT NULL")
        row = await cursor.fetchone()
        if row is None or not row[0]:
            return {}
        await cursor.execute(_APPLIED)
        return {name: (digest, oldest) for name, digest, oldest in await cursor.fetchall()}


def _missing(applied: Applied) -> tuple[str, ...]:
    shipped = _known()
    # What a newer gateway applied comes behind everything that this one has, so nothing of this one's may be missing before it.
    # After-steps come when their time is, whatever was prepared meanwhile.
    newest = max((name for name in applied if not name.endswith(_AFTER)), default="")
    faults = [*_too_old(applied), *_too_new(applied)]
    faults += [
        f"gateway/store/migrations/{name}: was applied, and has changed since"
        for name, (digest, _) in sorted(applied.items())
        if name in shipped and digest != _digest(shipped[name])
    ]
    faults += [
        f"migration {name}: comes before {newest}, which is applied"
        for name in migrations()
        if name not in applied and name < newest
    ]
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(name for name in migrations() if name not in applied)


def _known() -> Mapping[str, str]:
    return {**migrations(), **after_steps()}


def _too_old(applied: Applied) -> list[str]:
    """Return why a database with migrations of the series before the baseline is not taken as it is; empty: it is."""
    if BASELINE in applied or not any(name < BASELINE for name in applied):
        return []
    if not (lacking := [name for name in _LAST_BEFORE if name not in applied]):
        return []
    remedy = f"run `gateway migrate` and `gateway migrate --finish` of version {_RELEASE_BEFORE}, and then this one"
    return [
        f"the database is of a version before {_RELEASE_BEFORE}, or not finished: it lacks {', '.join(lacking)}: {remedy}"
    ]


def _too_new(applied: Applied) -> tuple[str, ...]:
    """Return why this version may not serve beside migrations that it does not know."""
    own, faults, known = own_version(), [], _known()
    for name in sorted(name for name in applied if name not in known and name > BASELINE):
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
