"""The database's role that serves: it reads and writes rows, as far as serving needs it, makes backups, and changes no table."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
import tomli
from psycopg import sql

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store.database import apart
from gateway.wing_files import wing_files

_LIMITS = {"timezone": "UTC", "plan_cache_mode": "force_generic_plan", "client_connection_check_interval": "5s"}
"""The settings that a role's sessions need, where sessions do not keep what is set in them: how statements are planned, and when the server notices
that nobody waits any more."""
_KNOWN_BY = "declaration"
"""The table into which nobody but the owner and roles that serve may write."""
_IS_OWNER = """
SELECT pg_has_role(%(role)s, c.relowner, 'USAGE') AS owns FROM pg_class c WHERE c.oid = to_regclass(%(table)s::text)
"""
_SERVING = """
SELECT r.rolname FROM pg_class c, aclexplode(c.relacl) AS a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass(%(table)s::text) AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner ORDER BY r.rolname
"""
_KEPT = """
SELECT lower(split_part(one, '=', 1)), substr(one, strpos(one, '=') + 1) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase JOIN pg_roles r ON r.oid = s.setrole,
unnest(s.setconfig) AS one
WHERE d.datname = current_database() AND r.rolname = %(role)s
"""
"""What is set for the role in this database, each with its name in small letters; everybody may read it."""
_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
"""
_MAKER = """
SELECT r.rolname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'make_evidence_day'
"""
"""The role whose tables the days of evidence are, which are made while gateways serve."""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = ANY(%(names)s)
"""


@cache
def changed_tables() -> Mapping[str, Sequence[str]]:
    """Return what a role that serves may do with the rows of each table, beside reading them."""
    own: Mapping[str, Sequence[str]] = _read()["tables"]
    return {**own, **{name: table.rights for wing in wing_files() for name, table in wing.tables.items()}}


@cache
def _read() -> Mapping[str, Any]:
    return tomli.loads(files("gateway.store").joinpath("serving_role.toml").read_text("utf-8"))


async def prepare_role(url: str, role: str, *, statement_s: float) -> bool:
    """Give a role, in this database, what serving and backups need: its rights, how its statements are planned, and when its sessions end.

    False: it owns the tables, and its rights are left as they are.

    What is set already is not set again: whoever may change the tables and no role has a superuser set it, and calls again.

    Raises:
        ConfigurationError: there is no such role, or whoever the URL names may not change it: the statements that a superuser runs.
        StoreUnavailable: the database does not answer.
    """
    limits = {
        **_LIMITS,
        "statement_timeout": f"{round(statement_s * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{round(4 * statement_s * 1000)}ms",
    }
    try:
        async with (
            await psycopg.AsyncConnection.connect(url, autocommit=True, **apart(url)) as connection,
            connection.transaction(),
        ):
            await _set(connection, role, limits)
            values = {"role": role, "table": _KNOWN_BY}
            found = await (await connection.execute(_IS_OWNER, values)).fetchone()
            owns = found is not None and bool(found[0])
            if not owns:
                await _grant(connection, role)
    except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege) as error:
        raise ConfigurationError((f"role {role}: {error.diag.message_primary}",)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable("The database does not answer.") from error
    return not owns


async def _set(connection: "psycopg.AsyncConnection[Any]", role: str, limits: Mapping[str, str]) -> None:
    """Set for a role what is not set yet."""
    kept = dict(await (await connection.execute(_KEPT, {"role": role})).fetchall())
    database, to = sql.Identifier(connection.info.dbname), sql.Identifier(role)
    missing = [
        sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} TO {}").format(
            to, database, sql.Identifier(name), sql.Literal(value)
        )
        for name, value in limits.items()
        if kept.get(name) != value
    ]
    try:
        for statement in missing:
            await connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        said = (f"a superuser runs: {one.as_string(connection)};" for one in missing)
        what = f"role {role}: {connection.info.user} may not change it: {error.diag.message_primary}; once all of this is set, call again"
        raise ConfigurationError((what, *said)) from error


async def grant_anew(connection: "psycopg.AsyncConnection[Any]") -> None:
    """Give the roles that serve what they need of this version, and of tables that have come since."""
    async with connection.transaction():
        roles = await (await connection.execute(_SERVING, {"table": _KNOWN_BY})).fetchall()
        for (role,) in roles:
            await _grant(connection, role)


async def _grant(connection: "psycopg.AsyncConnection[Any]", role: str) -> None:
    """Give a role what serving and backups need, and nothing besides that it had in tables of this schema."""
    found = await (await connection.execute("SELECT current_schema()")).fetchone()
    schema, to = sql.Identifier(found[0] if found else "public"), sql.Identifier(role)
    tables = {name for (name,) in await (await connection.execute(_TABLES)).fetchall()}
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {to}"),
        # PostgreSQL 14 lets everybody make tables; it is left to whoever owns the schema.
        sql.SQL("REVOKE CREATE ON SCHEMA {schema} FROM {to}"),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {to}"),
        sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {to}"),
        # SELECT on sequences and on each day of evidence is for pg_dump alone.
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {to}"),
    ]
    for one in statements:
        await connection.execute(one.format(schema=schema, to=to))
    coming = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {to}")
    for (maker,) in await (await connection.execute(_MAKER)).fetchall():
        await connection.execute(coming.format(maker=sql.Identifier(maker), schema=schema, to=to))
    for table, rights in changed_tables().items():
        if table in tables:
            words = sql.SQL(", ").join(sql.SQL(right) for right in rights)
            await connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(words, sql.Identifier(table), to))
    functions = await (await connection.execute(_FUNCTIONS, {"names": _read()["calls"]["functions"]})).fetchall()
    for (function,) in functions:
        await connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(function), to))
