"""How the tables would be placed on several nodes: each of them has a place, and the hot path reaches rows by the declaration's id."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.builders.filled_tables import FULL, MORE
from tests.builders.placement import Indexed, crossings, functions, placement, plan_of, plan_of_named

TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""
COLUMNS = """
SELECT t.relname, a.attname, a.attnotnull FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relnamespace = 'public'::regnamespace AND a.attnum > 0
"""
UNIQUE = """
SELECT i.relname, t.relname, ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (x.indkey))
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
"""
FOREIGN = """
SELECT f.relname, t.relname, ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = f.oid AND a.attnum = ANY (c.conkey))
FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
WHERE c.contype = 'f' AND f.relnamespace = 'public'::regnamespace AND NOT f.relispartition
"""


@pytest.fixture
def filled(database_url: str) -> "Iterator[psycopg.Connection[Any]]":
    """A database with so much in every distributed table that nobody would walk it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET jit TO off")
        connection.execute((FULL + MORE).encode(), prepare=False)
        yield connection


def test_every_table_has_a_place_where_its_keys_and_references_hold(database_url: str) -> None:
    known = placement()
    with psycopg.connect(database_url) as connection:
        there = {name for (name,) in connection.execute(TABLES)}
        columns = {(table, name): filled for table, name, filled in connection.execute(COLUMNS.encode())}
        unique, foreign = (
            connection.execute(UNIQUE.encode()).fetchall(),
            connection.execute(FOREIGN.encode()).fetchall(),
        )
    placed = [*known.distributed, *known.reference, *known.local]
    assert sorted(placed) == sorted(there), "each table of the schema has one place in gateway/store/placement.toml"
    for table, place in known.distributed.items():
        assert columns.get((table, place["by"])) or ((table, place["by"]) in columns and "empty" in place), table
    apart = {index: table for index, table, parts in unique if known.key(table) not in {None, *parts}}
    told = {index: key["of"] for index, key in known.unique.items()}
    assert apart == told, "unique keys that no node sees whole have their reason"
    for table, other, parts in foreign:
        here, there_by = known.key(table), known.key(other)
        held = other in known.reference if there_by is None and here is not None else True
        if there_by is not None:
            held = here is not None and here in parts
        if here is None and there_by is None:
            held = (table in known.local) == (other in known.local) or other in known.reference
        assert held, f"{table} refers to {other}, which may stand on another node"


def test_statements_reach_rows_by_the_declarations_id_or_stand_in_a_list(filled: "psycopg.Connection[Any]") -> None:
    known, indexed = placement(), Indexed.read(filled)
    hot = [*known.by_id, *known.crossing]
    assert len(hot) == len(set(hot))
    found = {name: crossings(plan_of_named(filled, name), known, indexed) for name in hot}
    assert {name: told for name, told in found.items() if told and name not in known.crossing} == {}
    assert [name for name in known.crossing if not found[name]] == [], "these need no reason"
    beside = {name: crossings(plan_of(filled, body), known, indexed) for name, body in functions(filled).items()}
    assert beside
    assert {name: told for name, told in beside.items() if told} == {}


PLANTED = {
    "a walk": "SELECT body FROM movement WHERE state = 'done'",
    "a key that is not the id": "SELECT id FROM declaration WHERE lrn = $1",
    "the id or something else": "SELECT id FROM declaration WHERE id = $1 OR mrn = $2",
    "the id with something, or something else": "SELECT id FROM declaration WHERE id = $1 AND lrn = $2 OR mrn = $3",
    "an index that begins with something else": "SELECT type FROM citation WHERE declaration_id = $1",
    "a copy of all": "WITH m AS MATERIALIZED (SELECT * FROM movement) SELECT * FROM m WHERE declaration_id = $1",
    "an id out of a text": "SELECT m.state FROM step s JOIN movement m ON m.declaration_id = s.body::uuid WHERE s.declaration_id = $1",
    "an id that was searched for": "SELECT body FROM step WHERE declaration_id = ANY (ARRAY(SELECT id FROM declaration WHERE lrn = $1))",
    "another than the id": "SELECT id FROM declaration WHERE id <> $1",
    "the id of what was found by another key": "SELECT m.body FROM party p JOIN movement m USING (declaration_id) WHERE p.eori = $1",
    "an id of the common node": "SELECT d.lrn FROM webhook_delivery w JOIN declaration d ON d.id = w.declaration_id WHERE w.number = $1",
    "a part of the id": "SELECT lrn FROM declaration WHERE id > $1",
    "the id inside an expression": "SELECT lrn FROM declaration WHERE id::text = $1",
    "a key over shards": "INSERT INTO party (eori, number, declaration_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    "a change of all": "UPDATE step SET outcome = '' WHERE outcome IS NULL",
}


@pytest.mark.parametrize("statement", PLANTED.values(), ids=PLANTED)
def test_a_statement_that_walks_or_crosses_is_found(database_url: str, statement: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert crossings(plan_of(connection, statement), placement(), Indexed.read(connection)) != []


def test_a_statement_by_the_id_is_none(filled: "psycopg.Connection[Any]") -> None:
    for statement in (
        "SELECT m.body FROM declaration d JOIN movement m ON m.declaration_id = d.id WHERE d.id = ANY ($1::uuid[])",
        "UPDATE declaration SET wanted = 2 WHERE id = $1 AND lease_token = $2",
        "SELECT body FROM evidence_bundle WHERE declaration_id = $1 AND seq = 2",
    ):
        assert crossings(plan_of(filled, statement), placement(), Indexed.read(filled)) == []
