"""Whatever is changed in the database is named by `gateway audit verify`, or listed as working state with the reason."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from gateway.domain.errors import ConfigurationError
from gateway.store import Store
from gateway.store.coverage import COVERAGE, WORKING, CoveredTable
from tests.builders.authority import Authority
from tests.builders.evidence import into_pieces
from tests.builders.extent import part
from tests.builders.past import make_past
from tests.builders.replicas import Office

pytestmark = pytest.mark.whole

COLUMNS = """
SELECT c.table_name, c.column_name, CASE c.data_type WHEN 'ARRAY' THEN c.udt_name ELSE c.data_type END AS data_type,
       c.is_nullable = 'YES' AS nullable
FROM information_schema.columns c
JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'public'::regnamespace
WHERE c.table_schema = 'public' AND t.relkind IN ('r', 'p') AND NOT t.relispartition
ORDER BY c.table_name, c.ordinal_position
"""
OTHER = {
    "text": "coalesce({column}, '') || 'x'",
    "integer": "coalesce({column}, 0) + 1000",
    "bigint": "coalesce({column}, 0) + 1000",
    "boolean": "NOT coalesce({column}, false)",
    "timestamp with time zone": "coalesce({column}, now()) + interval '1 second'",
    "uuid": "gen_random_uuid()",
    "_text": "{column} || 'XX1234567890'::text",
    "_bytea": "{column} || 'XX1234567890'::bytea",
    "date": "coalesce({column}, current_date) - 400",
    "bytea": "'other'::bytea",
    "jsonb": """coalesce({column}, '{{}}') || '{{"other": 1}}'""",
}
"""Another value, by the column's type."""


@contextmanager
def tampering(url: str) -> Iterator["psycopg.Connection[dict[str, Any]]"]:
    """Somebody who can switch triggers and constraints off."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def let_change(connection: "psycopg.Connection[dict[str, Any]]") -> None:
    """Columns that the database fills by itself are changed like any other."""
    statement = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'"
    for row in connection.execute(statement.encode()).fetchall():
        names = map(sql.Identifier, (row["table_name"], row["column_name"]))
        connection.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP IDENTITY").format(*names))


def columns(connection: "psycopg.Connection[dict[str, Any]]") -> list[dict[str, Any]]:
    return connection.execute(COLUMNS.encode()).fetchall()


async def test_another_schema_is_refused(office: Office) -> None:
    for statement in (
        "UPDATE migration SET digest = 'other' WHERE name LIKE '0047%'",
        "UPDATE migration SET name = '0047_other.sql' WHERE name LIKE '0047%'",
        "DELETE FROM migration WHERE name LIKE '0047%'",
    ):
        with psycopg.connect(office.url) as connection:
            kept = connection.execute("SELECT * FROM migration").fetchall()
            connection.execute(statement.encode())
            connection.commit()
            with pytest.raises(ConfigurationError, match="migrat"):
                await Store.open(office.url, owner="auditor")
            connection.execute("DELETE FROM migration")
            connection.cursor().executemany("INSERT INTO migration VALUES (%s, %s, %s, %s)", kept)


async def test_every_column_is_listed(office: Office) -> None:
    with tampering(office.url) as connection:
        found = columns(connection)
    told = {(table.name, column) for table in COVERAGE.values() for column in table.columns()}
    there = {(one["table_name"], one["column_name"]) for one in found if one["table_name"] not in WORKING}
    assert there - told == set(), "say in gateway/store/coverage.py how these are covered"
    assert told - there == set(), "these are not there any more"
    assert WORKING.keys() <= {one["table_name"] for one in found}


@contextmanager
def changed(
    connection: "psycopg.Connection[dict[str, Any]]", table: str, column: str, kind: str, *, of_null: bool
) -> Iterator[dict[str, Any] | None]:
    """One row in which the column holds something else; None: there is no such row."""
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    which = sql.SQL("{column} IS NULL" if of_null else "{column} IS NOT NULL").format(**names)
    find = sql.SQL("SELECT tableoid, ctid, * FROM {table} WHERE {which} ORDER BY ctid LIMIT 1")
    row = connection.execute(find.format(which=which, **names)).fetchone()
    if row is None:
        yield None
        return
    other = sql.SQL(OTHER[kind]).format(**names)
    write = sql.SQL(
        "UPDATE {table} SET {column} = {other} WHERE ctid = {ctid} AND tableoid = {oid} RETURNING ctid, tableoid"
    )
    there = connection.execute(
        write.format(other=other, ctid=sql.Literal(row["ctid"]), oid=sql.Literal(row["tableoid"]), **names)
    ).fetchone()
    assert there is not None
    yield row
    back = sql.SQL("UPDATE {table} SET {column} = {other} WHERE ctid = {ctid} AND tableoid = {oid}")
    value = sql.Literal(row[column])
    put = connection.execute(
        back.format(other=value, ctid=sql.Literal(there["ctid"]), oid=sql.Literal(there["tableoid"]), **names)
    )
    assert put.rowcount == 1


async def test_every_change_of_a_column_is_named(office: Office, authority: Authority, tmp_path: Path) -> None:
    ids = await make_past(office, authority)
    into_pieces(office.url, [ids["released"], ids["overridden"]])
    kept = tmp_path / "checkpoints"
    kept.write_text(await office.store.audit.checkpoint() + "\n")
    await office.close()
    silent: list[str] = []
    async with Store.opened(office.url) as store:
        assert (await store.audit.verify(kept, evidence=True)).faults == ()
        with tampering(office.url) as connection:
            let_change(connection)
            for one in part(columns(connection), 2):
                table, column = one["table_name"], one["column_name"]
                if table in WORKING or column in COVERAGE[table].working or table == "migration":
                    continue
                rows = 0
                for of_null in (False, True) if one["nullable"] else (False,):
                    with changed(connection, table, column, one["data_type"], of_null=of_null) as row:
                        if row is None:
                            continue
                        rows += 1
                        faults = (await store.audit.verify(kept, evidence=True)).faults
                        if not any(_names(fault, table, row) for fault in faults):
                            silent.append(f"{table}.{column}{' of NULL' if of_null else ''}: {faults}")
                if rows == 0:
                    silent.append(f"{table}.{column}: there is no row to change")
        assert (await store.audit.verify(kept, evidence=True)).faults == ()
    assert silent == []


async def test_what_lists_and_notices_say_is_compared(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    await office.close()
    changes = (
        "UPDATE declaration SET office = 'DE009999' WHERE id = %s",
        "UPDATE declaration SET presentation_office = 'DE009999' WHERE id = %s",
        "UPDATE declaration SET wanted = wanted + 1 WHERE id = %s",
        "UPDATE declaration SET taken = taken + 1 WHERE id = %s",
        "UPDATE notice SET effect = 'none' WHERE declaration_id = %s",
    )
    async with Store.opened(office.url) as store:
        assert (await store.audit.verify()).faults == ()
        for change in changes:
            with tampering(office.url) as connection:
                connection.execute(change.encode(), (ids["released"],))
            faults = (await store.audit.verify()).faults
            assert any(one.startswith(f"{ids['released']}: ") for one in faults), (change, faults)


def _names(fault: str, table: str, row: dict[str, Any]) -> bool:
    """Whether a sentence names the declaration of a row, or the row."""
    owner = COVERAGE[table].owner
    if owner is not None:
        return fault.startswith(f"{row[owner]}: ") or "declaration is gone" in fault
    if table == "evidence":
        return row["digest"] in fault
    return table.partition("_")[0] in fault


async def test_every_row_that_vanishes_is_forged_or_moved_is_named(
    office: Office, authority: Authority, tmp_path: Path
) -> None:
    ids = await make_past(office, authority)
    into_pieces(office.url, [ids["released"], ids["overridden"]])
    kept = tmp_path / "checkpoints"
    kept.write_text(await office.store.audit.checkpoint() + "\n")
    await office.close()
    silent: list[str] = []
    async with Store.opened(office.url) as store:
        with tampering(office.url) as connection:
            let_change(connection)
            kinds = {(one["table_name"], one["column_name"]): one["data_type"] for one in columns(connection)}
            for table in COVERAGE.values():
                if table.name == "migration":
                    continue
                # The same evidence on another day is no other evidence.
                key = "digest" if table.name == "evidence" else table.key[-1] if table.key else "id"
                other = sql.SQL(OTHER[kinds[table.name, key]]).format(column=sql.Identifier(key))
                for what, tamper in (("vanished", vanished), ("forged", forged), ("moved", moved)):
                    if what == "moved" and (table.owner is None or table.owner == "id"):
                        continue
                    with tamper(connection, table, key, other) as row:
                        faults = (await store.audit.verify(kept, evidence=True)).faults
                        if not any(_names(fault, table.name, row) for fault in faults):
                            silent.append(f"{table.name} {what}: {faults}")
        assert (await store.audit.verify(kept, evidence=True)).faults == ()
    assert silent == []


def a_row(connection: Any, table: CoveredTable, *, middle: bool = True) -> dict[str, Any]:
    """A row of a table; of events one that others follow."""
    where = sql.SQL("WHERE seq > 1") if middle and "seq" in table.key else sql.SQL("")
    find = sql.SQL("SELECT tableoid, ctid, * FROM {} {} ORDER BY ctid LIMIT 1").format(
        sql.Identifier(table.name), where
    )
    row: dict[str, Any] = connection.execute(find).fetchone()
    return row


@contextmanager
def vanished(connection: Any, table: CoveredTable, key: str, other: sql.Composed) -> Iterator[dict[str, Any]]:
    """A row is taken away, in the middle of a chain."""
    row, name = a_row(connection, table), sql.Identifier(table.name)
    at = sql.SQL("ctid = {} AND tableoid = {}").format(sql.Literal(row["ctid"]), sql.Literal(row["tableoid"]))
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE kept AS SELECT * FROM {} WHERE {}").format(name, at))
    assert connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(name, at)).rowcount == 1
    yield row
    connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM kept").format(name))
    connection.execute("DROP TABLE kept")


@contextmanager
def forged(connection: Any, table: CoveredTable, key: str, other: sql.Composed) -> Iterator[dict[str, Any]]:
    """A row like another one is put in."""
    row, name = a_row(connection, table), sql.Identifier(table.name)
    at = sql.SQL("ctid = {} AND tableoid = {}").format(sql.Literal(row["ctid"]), sql.Literal(row["tableoid"]))
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE forged AS SELECT * FROM {} WHERE {}").format(name, at))
    connection.execute(sql.SQL("UPDATE forged SET {} = {}").format(sql.Identifier(key), other))
    if table.name == "declaration":
        connection.execute("UPDATE forged SET lrn = 'forged', mrn = NULL, number = -number")
    if table.name == "movement":
        connection.execute("UPDATE forged SET state = 'done'")
    if table.name in {"act", "application", "approval"}:
        connection.execute("UPDATE forged SET number = -number")
    if table.name == "api_key":
        connection.execute("UPDATE forged SET name = 'forged', digest = 'forged'")
    if table.name == "contingency_document":
        connection.execute("UPDATE forged SET place = -place")
    put = connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM forged RETURNING tableoid, ctid, *").format(name))
    there = put.fetchone()
    yield there
    gone = sql.SQL("DELETE FROM {} WHERE ctid = {} AND tableoid = {}")
    taken = connection.execute(gone.format(name, sql.Literal(there["ctid"]), sql.Literal(there["tableoid"])))
    assert taken.rowcount == 1
    connection.execute("DROP TABLE forged")


@contextmanager
def moved(connection: Any, table: CoveredTable, key: str, other: sql.Composed) -> Iterator[dict[str, Any]]:
    """Two declarations have a row of each other's."""
    assert table.owner is not None
    name, owner = sql.Identifier(table.name), sql.Identifier(table.owner)
    one = a_row(connection, table)
    find = sql.SQL("SELECT * FROM {} WHERE {} <> {}").format(name, owner, sql.Literal(one[table.owner]))
    others = connection.execute(find).fetchall()
    twins = [row for row in others if all(row[column] == one[column] for column in table.key)]
    if twins and len(table.columns().keys() - table.working.keys()) > len(table.key) + 1:
        two = twins[0]
    else:
        # Where a row holds nothing beside its key, twins are the same: it goes to a declaration without one.
        twins, having = [], {row[table.owner] for row in (one, *twins)}
        ids = connection.execute("SELECT id FROM declaration ORDER BY number DESC").fetchall()
        two = {table.owner: next(row["id"] for row in ids if row["id"] not in having)}

    def give(row: dict[str, Any], now: uuid.UUID, then: uuid.UUID) -> None:
        of = [sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(row[column])) for column in table.key]
        of.append(sql.SQL("{} = {}").format(owner, sql.Literal(now)))
        change = sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(
            name, owner, sql.Literal(then), sql.SQL(" AND ").join(of)
        )
        assert connection.execute(change).rowcount == 1

    here, there, nobody = one[table.owner], two[table.owner], uuid.uuid4()
    for now, then in ((here, there), (there, here)):
        if twins:
            give(one, now, nobody)
            give(two, then, now)
            give(one, nobody, then)
        else:
            give(one, now, then)
        if now == here:
            yield one


EMPTIED = [
    pytest.param(["installation_event"], "installation: ", id="the events of the installation"),
    pytest.param(
        [
            "installation_event",
            "installation_step",
            "table_switch",
            "table_set",
            "adapter_switch",
            "adapter_tier",
            "api_key",
            "api_key_end",
            "approval",
        ],
        "installation: table_set ",
        id="all that its chain tells of",
    ),
    pytest.param(["contingency_event"], "contingency windows: ", id="the events of contingency windows"),
    pytest.param(
        ["contingency_event", "contingency_window"], "contingency windows: contingency_window 1", id="and the windows"
    ),
]


@pytest.mark.parametrize(("tables", "named"), EMPTIED)
@pytest.mark.parametrize("checkpointed", [False, True])
async def test_a_chain_beside_that_was_emptied_is_named(
    office: Office, authority: Authority, tables: list[str], named: str, checkpointed: bool
) -> None:
    """By what rests on it; where there is a checkpoint, by that too."""
    await make_past(office, authority)
    if checkpointed:
        await office.store.audit.checkpoint()
    with tampering(office.url) as connection:
        for table in tables:
            which = " WHERE declaration_id IS NULL" if table == "approval" else ""
            assert connection.execute(f"DELETE FROM {table}{which}".encode()).rowcount > 0, table
    faults = (await office.store.audit.verify()).faults
    assert any(fault.startswith(named) for fault in faults), faults
    assert any("of it were checkpointed" in fault for fault in faults) is checkpointed
