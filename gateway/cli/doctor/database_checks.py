"""Checks of the database and its server."""

from collections.abc import Iterator

from gateway.cli.doctor.clock_check import clock_check
from gateway.cli.doctor.health_check import HealthCheck, attention, good, not_asked, wrong
from gateway.settings import Settings
from gateway.store.server_state import ServerState

_OLDEST, _TRIED = 140_000, 180_000
"""The oldest that has what `gateway migrate --role` sets; from the second one on nobody tried it here."""
_BESIDE_POOL = 10
"""Connections of a process beside its pool at most: three that commit, and those that listen, work and migrate."""
_LARGE_PAGE_COST = 2.0
_MB = 1_000_000
_CLOCK_ATTENTION_S, _CLOCK_WRONG_S = 2.0, 30.0


def database_checks(state: ServerState, settings: Settings, now: float) -> Iterator[HealthCheck]:
    """Judge what was read of the server, at a moment of the clock here."""
    yield _version(state)
    yield _writable(state)
    yield _schema(state)
    yield _role(state, settings)
    yield _durable(state)
    yield from _settings(state)
    yield _connections(state, settings)
    yield _pooler(state, settings)
    yield _encryption(state)
    yield clock_check(
        "database clock", now - state.at, attention_s=_CLOCK_ATTENTION_S, wrong_s=_CLOCK_WRONG_S, whose="the database's"
    )


def wal_room(state: ServerState, free: int) -> HealthCheck:
    """Judge whether the log of the embedded server may grow as large as it is allowed to."""
    seen = f"{free / _MB:,.0f} MB free, of which the server's log (WAL) may take {state.max_wal_bytes / _MB:,.0f} MB"
    if free < state.max_wal_bytes:
        return attention("room for the database's log", seen, "make room, or lower max_wal_size")
    return good("room for the database's log", seen)


def _version(state: ServerState) -> HealthCheck:
    seen = f"PostgreSQL {state.version}"
    if state.number < _OLDEST:
        return wrong("database version", seen, "move to PostgreSQL 14 or later")
    if state.number >= _TRIED:
        return attention(
            "database version", seen, "it is newer than what the gateway was tried with: try it before it counts"
        )
    return good("database version", seen)


def _writable(state: ServerState) -> HealthCheck:
    name = "database writable"
    if state.standby:
        remedy = "name the primary in database_url: several hosts with target_session_attrs=read-write find it"
        return wrong(name, "it is a standby", remedy)
    if state.read_only:
        remedy = "end default_transaction_read_only of the database or the role; room on its disk may have run out"
        return wrong(name, "it may only be read", remedy)
    return good(name, "it may be written to")


def _schema(state: ServerState) -> HealthCheck:
    if state.schema_faults:
        more = f" (and {len(state.schema_faults) - 1} more)" if len(state.schema_faults) > 1 else ""
        return wrong(
            "database schema", state.schema_faults[0] + more, "run `gateway migrate` of the version that is to serve"
        )
    return good("database schema", "it is this version's, or one that this version may serve beside")


def _role(state: ServerState, settings: Settings) -> HealthCheck:
    name = "database role"
    if settings.database_url is None:
        return good(name, "the embedded database is of this gateway alone")
    if state.superuser:
        return attention(
            name, "the role of database_url is a superuser", "serve under a role that may only read and write rows"
        )
    if state.may_create or state.may_create_schemas:
        remedy = "serve under a role without CREATE, and migrate as the owner"
        return attention(name, "the role of database_url may change the schema", remedy)
    return good(name, "the role of database_url may not change the schema")


def _durable(state: ServerState) -> HealthCheck:
    name = "database durability"
    off = [key for key, is_on in (("fsync", state.fsync), ("full_page_writes", state.full_page_writes)) if not is_on]
    if state.synchronous_commit == "off":
        off.append("synchronous_commit")
    if off:
        remedy = "switch it on: what was answered to customs has to be there after a failure of power"
        return wrong(name, f"{', '.join(off)} is off", remedy)
    return good(name, f"what is answered is on disk (synchronous_commit {state.synchronous_commit})")


def _settings(state: ServerState) -> Iterator[HealthCheck]:
    yield (
        good("database autovacuum", "it is on")
        if state.autovacuum
        else attention(
            "database autovacuum",
            "autovacuum or track_counts is off",
            "switch both on: tables grow, and are not counted",
        )
    )
    cost = state.random_page_cost
    yield (
        good("database random_page_cost", f"{cost:g}")
        if cost <= _LARGE_PAGE_COST
        else attention("database random_page_cost", f"{cost:g}", "on solid-state disks set random_page_cost = 1.1")
    )
    yield (
        good("database encoding", state.encoding)
        if state.encoding == "UTF8"
        else wrong("database encoding", state.encoding, "make the database anew with encoding UTF8")
    )


def _connections(state: ServerState, settings: Settings) -> HealthCheck:
    name, needed = "database connections", settings.processes * (settings.pool_size + _BESIDE_POOL)
    seen = f"{state.connections} may be had, {state.connected} are open; one gateway of {settings.processes} processes opens up to {needed}"
    if state.pooled:
        return not_asked(
            name, f"a pooler stands between; {seen}", "compare its pool size with that of all replicas together"
        )
    if needed > state.connections:
        return attention(
            name,
            seen,
            "raise max_connections or the role's limit, or lower pool_size; each further replica opens as many",
        )
    return good(name, seen)


def _pooler(state: ServerState, settings: Settings) -> HealthCheck:
    if not state.pooled:
        return good("database pooler", "none stands between")
    if settings.database_direct_url is None:
        remedy = "give database_direct_url, the way around it, for listening, jobs and migrations"
        return attention("database pooler", "one stands between, and no way around it is given", remedy)
    return good("database pooler", "one stands between, and database_direct_url is given")


def _encryption(state: ServerState) -> HealthCheck:
    if state.remote and not state.encrypted:
        remedy = "say sslmode=verify-full and sslrootcert in database_url"
        return attention("database encryption", "the way to another machine is not encrypted", remedy)
    return good("database encryption", "encrypted" if state.encrypted else "it is on this machine")
