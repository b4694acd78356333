"""How the statements of the hot path find rows: by key, whether their plans were made on empty tables or on full ones."""

import re

import psycopg
import pytest

from gateway.store.statements import STATEMENTS
from tests.builders.filled_tables import AS_MADE, FULL

HOT = ("receive", "receive_gathered", "intend", "intend_gathered", "decide", "decide_gathered")
HELD = ("work", "renew", "return_leases")
"""Statements for the declarations of which a process has the leases."""
FILLED = set(re.findall(r"\w+", FULL.rpartition("ANALYZE")[2]))
"""The tables that are counted then."""
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sb]")
_WALK = re.compile(r"(?:Seq|Function) Scan on ((?!json_to_recordset|unnest|h\b|one\b)\w+)")
VALUES = {
    "owner": "one",
    "lease": "30 s",
    "bodies": "",
    "windows": "{}",
    "ids": "{}",
    "id": "00000000-0000-4000-8000-000000000000",
    "version": "1",
    "digest": "x",
    "digests": "{}",
    "tokens": "{}",
    "quiet": "{}",
}
READ = ("work", "evidence", "evidence_among", "message")
"""Statements that find evidence: on the way of a decision, and for whoever reads a case."""
FEW = {"contingency_window"}
"""Of which there are a handful, whatever there is of declarations."""
OF_EVIDENCE = re.compile("event|evidence|bundles")
"""Names of the tables in which evidence is found, and of what finds it unless the planner sees through it."""


def plan(connection: "psycopg.Connection[tuple[str]]", name: str) -> str:
    """How the server would execute a statement, whatever its values are: as it is planned once for all."""
    prepare(connection, name)
    found = planned(connection, name)
    connection.execute(f"DEALLOCATE {name}".encode())
    return found


def prepare(connection: "psycopg.Connection[tuple[str]]", name: str) -> None:
    """Has the server keep a statement under its name."""
    text, names = STATEMENTS[name].decode(), values_of(name)
    numbered = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    connection.execute(f"PREPARE {name} AS {numbered}".encode(), prepare=False)


def planned(connection: "psycopg.Connection[tuple[str]]", name: str) -> str:
    """The plan of a statement that the server keeps."""
    values = ", ".join(repr(VALUES.get(one, "[]")) for one in values_of(name))
    rows = connection.execute(f"EXPLAIN EXECUTE {name} ({values})".encode()).fetchall()
    return "\n".join(line for (line,) in rows)


def values_of(name: str) -> list[str]:
    """The names of a statement's values, each once."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(STATEMENTS[name].decode())))


@pytest.mark.parametrize("mode", ["force_generic_plan", "auto"], ids=["told to plan once", "through a pooler"])
def test_no_table_is_walked_whatever_it_held_when_the_plan_was_made(database_url: str, mode: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET jit TO off")
        connection.execute(f"SET plan_cache_mode TO {mode}".encode())
        connection.execute(AS_MADE.encode(), prepare=False)
        for filled in (False, True):
            if filled:
                connection.execute(FULL.encode(), prepare=False)
            for name in (*HOT, *HELD):
                found = plan(connection, name)
                assert set(_WALK.findall(found)) <= FEW, f"{name}, {'full' if filled else 'empty'}:\n{found}"
            for name in READ:
                found = plan(connection, name)
                walked = [one for one in _WALK.findall(found) if OF_EVIDENCE.match(one)]
                assert walked == [], f"{name}, {'full' if filled else 'empty'}:\n{found}"


def test_a_plan_of_tables_that_were_found_empty_is_made_anew_once_they_are_counted(database_url: str) -> None:
    """Then it walks: whatever the statement says, walking nothing costs nothing. PostgreSQL counts again after 50 rows."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET jit TO off")
        connection.execute("SET plan_cache_mode TO force_generic_plan")
        connection.execute(AS_MADE.encode(), prepare=False)
        connection.execute("VACUUM ANALYZE")
        for name in (*HOT, *HELD):
            prepare(connection, name)
        assert "declaration" in _WALK.findall(planned(connection, "decide_gathered"))
        connection.execute(FULL.encode(), prepare=False)
        for name in (*HOT, *HELD):
            walked = set(_WALK.findall(planned(connection, name))) & FILLED
            assert walked == set(), name
