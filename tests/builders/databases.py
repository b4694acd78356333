"""Databases for tests, each with the newest schema and nothing in it: made from a template, emptied and used again.

Emptying one takes a tenth of the time of making one. One whose schema a test has changed is not used again, and none
keeps its name: whoever still knows the old one does not reach the next test.
"""

import asyncio
import json
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from gateway.embedded.server import EmbeddedServer
from gateway.store import prepare_role

_KEPT = frozenset({"migration"})
"""Tables that tell of the schema, not of what was done in it."""
_SCHEMA = """
SELECT md5(string_agg(told, E'\\n' ORDER BY told)) FROM (
    SELECT concat_ws(' ', relname, relkind, relacl, reloptions) AS told FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, convalidated) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS schema
"""
_LARGE = 500_000
"""Bytes of a table from which on it is truncated. With fewer its rows are deleted, which takes a fraction of the time: no files
are made anew, for no index either. What is left of them is cleared away by PostgreSQL itself, or once it is as large as this."""
_USED = """
SELECT relname, pg_relation_size(oid) > %s FROM pg_class
WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""
"""Tables that hold anything, or held it once, and whether much. Asking each for a row takes PostgreSQL four times as long."""
_SEQUENCES_FROM_THE_START = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
"""A sequence goes on where it was though what was inserted has gone, or was never committed."""


class Databases:
    """Lends databases of one cluster that are as the template is."""

    def __init__(self, cluster: str, template: str) -> None:
        self._cluster = cluster
        self._template = template
        self._free: list[str] = []
        self._administering = psycopg.connect(cluster, autocommit=True)
        with psycopg.connect(database_of(cluster, template)) as connection:
            self._schema = _schema(connection)
            self._tables = [
                name
                for (name,) in connection.execute(
                    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
                )
                if name not in _KEPT
            ]
            self._seeds: dict[str, list[dict[str, Any]]] = {}
            for table in self._tables:
                rows = connection.execute(
                    sql.SQL("SELECT to_jsonb({}) FROM {}").format(sql.Identifier(table), sql.Identifier(table))
                ).fetchall()
                if rows:
                    self._seeds[table] = [row for (row,) in rows]

    @contextmanager
    def one(self) -> Iterator[str]:
        """Lends a database for as long as the context lasts, and gives its URL."""
        name = f"test_{uuid.uuid4().hex}"
        if self._free:
            _run(self._administering, "ALTER DATABASE {} RENAME TO {}", self._free.pop(), name)
        else:
            _run(self._administering, "CREATE DATABASE {} TEMPLATE {}", name, self._template)
        try:
            yield database_of(self._cluster, name)
        finally:
            self._take_back(name)

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        """Makes a database that holds what another one holds, to which nobody is connected, and gives its URL."""
        copied, name = urlsplit(url).path.removeprefix("/"), f"copy_{uuid.uuid4().hex}"
        _run(self._administering, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, copied)
        try:
            yield database_of(self._cluster, name)
        finally:
            _run(self._administering, "DROP DATABASE {} WITH (FORCE)", name)

    def close(self) -> None:
        """Lends no more."""
        self._administering.close()

    def _take_back(self, name: str) -> None:
        free, connection = f"free_{uuid.uuid4().hex}", self._administering
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            _run(connection, "ALTER DATABASE {} RENAME TO {}", name, free)
        except psycopg.errors.InvalidCatalogName:
            return
        except psycopg.errors.ObjectInUse:
            _run(connection, "DROP DATABASE {} WITH (FORCE)", name)
            return
        if self._emptied(free):
            self._free.append(free)
        else:
            _run(connection, "DROP DATABASE {} WITH (FORCE)", free)

    def _emptied(self, name: str) -> bool:
        with psycopg.connect(database_of(self._cluster, name)) as connection:
            if _schema(connection) != self._schema:
                return False
            # Events, decisions and movements refuse to go.
            connection.execute("SET LOCAL session_replication_role = replica")
            for name, large in connection.execute(_USED, [_LARGE, self._tables]).fetchall():
                _run(connection, "TRUNCATE {} CASCADE" if large else "DELETE FROM {}", name)
            connection.execute(_SEQUENCES_FROM_THE_START)
            for table, rows in self._seeds.items():
                connection.execute(
                    sql.SQL("INSERT INTO {} SELECT * FROM jsonb_populate_recordset(NULL::{}, %s)").format(
                        sql.Identifier(table), sql.Identifier(table)
                    ),
                    [json.dumps(rows)],
                )
        return True


def database_of(cluster: str, name: str) -> str:
    """Gives the URL of another database of a cluster."""
    parts = urlsplit(cluster)
    return urlunsplit(parts._replace(path=f"/{name}"))


def temporary_server(*, durable: bool = True) -> EmbeddedServer:
    """Starts a server in a folder of its own, which goes with its last user."""
    return EmbeddedServer.start(Path(tempfile.mkdtemp(prefix="gateway-pg-")), durable=durable, remove=True)


def administer(cluster: str, statement: str) -> None:
    """Runs a statement in the cluster's own database."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def serving_role(url: str) -> Iterator[str]:
    """Makes a role that serves a database, for as long as the context lasts, and gives the database's URL as that role."""
    role = f"serving_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as owner:
        _run(owner, "CREATE ROLE {} LOGIN", role)
        try:
            assert asyncio.run(prepare_role(url, role, statement_s=15))
            yield url.replace("gateway@", f"{role}@", 1)
        finally:
            _run(owner, "DROP OWNED BY {}", role)
            _run(owner, "DROP ROLE {}", role)


def _schema(connection: psycopg.Connection) -> str:
    row = connection.execute(_SCHEMA).fetchone()
    assert row is not None
    return str(row[0])


def _run(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
