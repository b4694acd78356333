"""How the days of indicators are counted and read: a day reads its own events, however many there are of others, and lodging does nothing for it."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from gateway.store.statements import STATEMENTS
from gateway.wings.reporting.indicators.days import STATEMENTS_OF_A_DAY
from tests.builders.databases import Databases

DAYS, OF_A_DAY = 60, 1_500
FULL = f"""
INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, current_version, event_seq, event_head, lease_token, office)
SELECT gen_random_uuid(), 'FR1', 'LRN' || n, 'import', 'standard', '{{FR1}}', '2026-08-01'::timestamptz + n * interval '1 day' / {OF_A_DAY}, 1, 2, '', 0, 'FR1'
FROM generate_series(0, {DAYS * OF_A_DAY - 1}) AS n;
INSERT INTO event
SELECT id, 1, 'declaration.received', received_at, '{{"body":{{"raw":"' || repeat('0', 300) || '"}}}}', '' FROM declaration ORDER BY received_at;
INSERT INTO event
SELECT id, 2, 'declaration.decided', received_at + interval '1 second', '{{"body":{{"number":1,"effect":"release","raw":"' || repeat('0', 300) || '"}}}}', ''
FROM declaration ORDER BY received_at;
INSERT INTO decision SELECT id, 1, 1, received_at, '{{"decision":{{"documents":[],"findings":[]}}}}' FROM declaration;
INSERT INTO indicator_day (count, day, office, part, number)
SELECT c, d::date, 'FR' || o, 'part-' || p, 7
FROM unnest(ARRAY['held', 'lodged', 'confirmed']) AS c, generate_series('2026-01-01', '2026-12-31', interval '1 day') AS d,
     generate_series(1, 10) AS o, generate_series(1, 3) AS p;
INSERT INTO indicator_day (count, day, office, part, number)
SELECT count, day, office, '*', sum(number) FROM indicator_day GROUP BY count, day, office;
SELECT brin_summarize_new_values('event_by_age');
"""
ANALYZED = "VACUUM ANALYZE event; ANALYZE declaration, decision; VACUUM ANALYZE indicator_day"
VALUES = {
    "day": "'2026-09-10'::date",
    "since": "'2026-09-10 00:00Z'::timestamptz",
    "until": "'2026-09-11 00:00Z'::timestamptz",
    "parts": "'{10m}'::text[]",
    "seconds": "'{600}'::float8[]",
    "more": "'more'",
}
OF_A_MONTH = {
    "period": "'month'", "counts": "'{held}'", "since": "'2026-09-01'::date", "until": "'2026-10-01'::date", "offices": "NULL",
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator["psycopg.Connection[Any]"]:
    """A database with the events of two months."""
    with databases.one() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FULL.encode())
        for one in ANALYZED.split("; "):
            connection.execute(one.encode())
        yield connection


def plan(connection: "psycopg.Connection[Any]", name: str, values: dict[str, str]) -> str:
    text = STATEMENTS[name].decode() % values
    rows = connection.execute(f"EXPLAIN {text}".encode(), prepare=False).fetchall()
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("name", ["indicator_note", *STATEMENTS_OF_A_DAY[:-1]])
def test_a_day_is_counted_by_its_own_events(filled: "psycopg.Connection[Any]", name: str) -> None:
    found = plan(filled, name, VALUES)
    assert "on event_by_age" in found, found
    assert not re.search(r"Seq Scan on event\b", found), found


def test_figures_are_read_of_the_counts_and_days_that_are_asked_for(filled: "psycopg.Connection[Any]") -> None:
    for name, index in (("indicator_figures", "indicator_day_pkey"), ("indicator_whole", "indicator_day_sums")):
        found = plan(filled, name, OF_A_MONTH)
        assert index in found, found
        assert "Seq Scan" not in found, found


def test_no_trigger_counts_while_declarations_are_lodged(filled: "psycopg.Connection[Any]") -> None:
    """What is counted is counted in the night: whoever lodges writes nothing for it."""
    rows = filled.execute(
        "SELECT DISTINCT p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
    ).fetchall()
    assert not [source for (source,) in rows if "indicator" in source]
