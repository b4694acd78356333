"""How the statements of the hot path find rows: by key, whether their plans were made on empty tables or on full ones."""

import re

import psycopg
import pytest

from gateway.store.statements import STATEMENTS

HOT = tuple(
    f"{name}{form}"
    for name in ("receive", "receive_gathered", "intend", "intend_gathered", "decide", "decide_gathered")
    for form in ("", "_in_pieces")
)
FULL = """
INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, current_version, event_seq, event_head, lease_token)
SELECT gen_random_uuid(), 'FR' || n % 100, 'LRN' || n, 'import', 'standard', '{}', now(), 1, 1, '', 0 FROM generate_series(1, 1500) AS n;
INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model)
SELECT id, 1, lrn, 'decided', now(), repeat('x', 200) FROM declaration;
INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, body)
SELECT id, 1, 'N853', lrn, 'traces', 'reserve', 'done', now(), repeat('x', 200) FROM declaration;
INSERT INTO step (declaration_id, event_seq, body, kind) SELECT id, 2, repeat('x', 200), 'release' FROM declaration;
INSERT INTO event SELECT id, n, 'documents.verified', now(), '{"body":{}}', '' FROM declaration, generate_series(1, 4) AS n;
INSERT INTO evidence_link (declaration_id, digest) SELECT id, id::text FROM declaration;
INSERT INTO evidence (digest, body) SELECT id::text, 'x' FROM declaration;
INSERT INTO evidence_bundle SELECT declaration_id, seq, 0, current_date, '{x}', 'x' FROM event;
ANALYZE declaration, declaration_version, movement, step, event, evidence, evidence_link, evidence_bundle;
"""
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sb]")
_WALK = re.compile(r"(?:Seq|Function) Scan on ((?!json_to_recordset|unnest)\w+)")
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
}
READ = ("work", "evidence", "evidence_among", "message")
"""Statements that find evidence: on the way of a decision, and for whoever reads a case."""
FEW = {"contingency_window"}
"""Of which there are a handful, whatever there is of declarations."""
OF_EVIDENCE = re.compile("event|evidence|bundles")
"""Names of the tables in which evidence is found, and of what finds it unless the planner sees through it."""


def plan(connection: "psycopg.Connection[tuple[str]]", name: str) -> str:
    """How the server would execute a statement, whatever its values are: as it is planned once for all."""
    text = STATEMENTS[name].decode()
    names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    numbered = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    connection.execute(f"PREPARE hot AS {numbered}".encode(), prepare=False)
    rows = connection.execute(
        f"EXPLAIN EXECUTE hot ({', '.join(repr(VALUES.get(one, '[]')) for one in names)})".encode()
    ).fetchall()
    connection.execute("DEALLOCATE hot")
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("mode", ["force_generic_plan", "auto"], ids=["told to plan once", "through a pooler"])
def test_no_table_is_walked_whatever_it_held_when_the_plan_was_made(database_url: str, mode: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET jit TO off")
        connection.execute(f"SET plan_cache_mode TO {mode}".encode())
        for filled in (False, True):
            if filled:
                connection.execute(FULL.encode(), prepare=False)
            for name in HOT:
                found = plan(connection, name)
                assert set(_WALK.findall(found)) <= FEW, f"{name}, {'full' if filled else 'empty'}:\n{found}"
            for name in READ:
                found = plan(connection, name)
                walked = [one for one in _WALK.findall(found) if OF_EVIDENCE.match(one)]
                assert walked == [], f"{name}, {'full' if filled else 'empty'}:\n{found}"
