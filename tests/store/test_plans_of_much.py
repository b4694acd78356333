"""How the statements find rows that read what there may be much of, whether their plans were made on empty tables or on full ones.

Draws on a certificate, citations of a document, tables of a set, positions, notices, reports and what is due: none of them walks a table of
declarations, and what is asked for one declaration reads nothing of the thousands that draw on the same certificate.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest

from gateway.store.statements import STATEMENTS
from tests.builders.filled_tables import AS_MADE

MANY = 3_000
"""Declarations that draw on one certificate."""
HOT = "CHEDP.XX.2026.0000001"
FULL = f"""
INSERT INTO declaration (id, declarant, lrn, mrn, direction, kind, eoris, received_at, current_version, event_seq, event_head, lease_token)
SELECT gen_random_uuid(), 'FR' || n % 100, 'LRN' || n, 'MRN' || n, 'import', 'standard', '{{FR1}}', now(), 1, 4, '', 0
FROM generate_series(1, {MANY}) AS n;
INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model)
SELECT id, 1, lrn, 'decided', now(), '{{}}' FROM declaration;
INSERT INTO party (eori, number, declaration_id) SELECT 'FR' || number % 50, number, id FROM declaration;
INSERT INTO citation (reference, type, declaration_id, identified) SELECT '{HOT}', 'N853', id, true FROM declaration;
INSERT INTO citation (reference, type, declaration_id, identified) SELECT lrn, 'N853', id, true FROM declaration;
INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, body)
SELECT id, 1, 'N853', '{HOT}', 'traces', 'reserve', 'done', now(), repeat('x', 200) FROM declaration;
INSERT INTO decision SELECT id, 1, 1, now(), '{{}}' FROM declaration;
INSERT INTO event SELECT id, n, 'documents.verified', now(), '{{"body":{{"facts":"sha256:' || repeat('0', 64) || '"}}}}', ''
FROM declaration, generate_series(1, 3) AS n;
INSERT INTO notice (kind, declaration_id, lrn, version, state, eoris) SELECT 'decided', id, lrn, 1, 'decided', '{{}}' FROM declaration;
UPDATE notice SET number = id;
INSERT INTO step (declaration_id, event_seq, body, kind, outcome, reports, reports_due_at)
SELECT id, 4, '{{}}', 'release.received', '{{}}', '{{}}', CASE WHEN number % 500 = 0 THEN now() END FROM declaration;
INSERT INTO table_part (digest, body) SELECT 'part ' || n, 'x' FROM generate_series(1, 3000) AS n;
ANALYZE declaration, declaration_version, party, citation, movement, decision, event, notice, step, table_part;
"""
KNOWN = """
INSERT INTO evidence_bundle (declaration_id, seq, part, day, digests, body)
SELECT declaration_id, seq, 0, (at AT TIME ZONE 'UTC')::date, ARRAY[decode(repeat('0', 64), 'hex')], 'x' FROM event;
"""
"""What was known of each."""
OF_ONE = ("work", "movements", "orders", "last_decision", "newest_verification", "moved_under", "claim", "holder")
"""Asked for one declaration, on the way of a decision; `moved_under` by the MRNs that it names."""
OF_A_DOCUMENT = ("cites", "citing", "citing_page", "known_of_cited", "cited_as_declared", "told_often", "taken_before")
OF_TABLES = (
    "tables_in_force",
    "tables_counting",
    "table_set",
    "table_parts",
    "stored_parts",
    "store_parts",
    "adapters_off",
)
AT_TIMES = (
    "adopt", "backlog", "sweep", "take_lost", "take_due", "take_waiting", "take_probe", "waited_for", "renew", "open_movements",
    "left_standing", "abandoned", "deliveries_due", "webhooks_wanted", "last_notice", "number_notices", "notices", "newest_notices", "due_reports", "take_reports",
)  # fmt: skip
VALUES: Mapping[str, str] = {
    "ids": "{}", "id": "00000000-0000-4000-8000-000000000000", "references": "{" + HOT + "}", "type": "N853", "eoris": "{FR1}",
    "mrns": "{MRN1,MRN2}", "digests": "{x}", "bodies": "{x}", "limit": "20", "before": "9000", "after": "1", "until": "9000",
    "most": "20", "last": "1", "number": "1", "lease": "30 s", "pause": "60 s", "behind": "{}", "slow": "1 s", "in_hand": "{}", "tokens": "{}", "kinds": "{}",
    "offices": "{}", "at": "2026-11-27", "token": "1", "few": "300", "again": "1 h", "due": '[{"id": "00000000-0000-4000-8000-000000000000", "seq": 4}]', "most_own": "1000", "version": "1",
    "documents": '[{"place": 0, "type": "N853", "refs": ["' + HOT + '"]}]',
}  # fmt: skip
TIMES = {"abandoned": {"before": "2026-11-27"}, "take_waiting": {"before": "2026-11-27"}}
FEW = {"table_switch", "table_set", "adapter_switch", "adapter_return", "contingency_window", "notice_counter", "notice_feed",
       "webhook_cursor", "webhook", "webhook_queue", "migration"}  # fmt: skip
"""Of which there are some, whatever there is of declarations, and which are read whole where that is less work."""
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sb]")
_READ = re.compile(r"actual rows=(\d+)(?:\.\d+)? loops=(\d+)")
_WALK = re.compile(r"Seq Scan on (\w+)")


def prepare(connection: "psycopg.Connection[Any]", name: str) -> str:
    """Has the server know a statement, to be planned once for all values; gives how it is executed with some."""
    text = STATEMENTS[name].decode()
    names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    numbered = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    values = {**VALUES, **TIMES.get(name, {})}
    connection.execute(f"PREPARE {name} AS {numbered}".encode(), prepare=False)
    return f"EXECUTE {name} ({', '.join(repr(values.get(one, 'x')) for one in names)})".removesuffix(" ()")


def explained(connection: "psycopg.Connection[Any]", executed: str, how: str = "") -> str:
    """Says how the server executes a statement that it knows."""
    rows = connection.execute(f"EXPLAIN {how} {executed}".encode(), prepare=False).fetchall()
    return "\n".join(line for (line,) in rows)


@pytest.fixture
def planned(database_url: str) -> "Iterator[psycopg.Connection[Any]]":
    """Connects as the gateway does: plans are made once."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET jit TO off; SET plan_cache_mode TO 'force_generic_plan'")
        connection.execute(AS_MADE.encode())
        yield connection


def test_no_table_of_declarations_is_walked_for_one_of_them_however_the_plan_was_made(
    planned: "psycopg.Connection[Any]",
) -> None:
    prepared = {name: prepare(planned, name) for name in (*OF_ONE, *OF_TABLES)}
    for filled in (False, True):
        if filled:
            planned.execute(FULL.encode(), prepare=False)
        for name, executed in prepared.items():
            found = explained(planned, executed)
            assert set(_WALK.findall(found)) <= FEW, f"{name}, {'full' if filled else 'empty'}:\n{found}"


def test_what_is_asked_of_many_is_planned_anew_once_tables_are_counted(planned: "psycopg.Connection[Any]") -> None:
    """On tables that nobody counted walking is less work; the plan made then goes once they are, on the same connection."""
    prepared = {name: prepare(planned, name) for name in (*OF_A_DOCUMENT, *AT_TIMES)}
    for executed in prepared.values():
        explained(planned, executed)
    planned.execute(FULL.encode(), prepare=False)
    for name, executed in prepared.items():
        found = explained(planned, executed)
        assert set(_WALK.findall(found)) <= FEW, f"{name}:\n{found}"


def test_thousands_of_draws_on_a_certificate_are_not_read_for_one_declaration(
    planned: "psycopg.Connection[Any]",
) -> None:
    planned.execute(FULL.encode(), prepare=False)
    ((one,),) = planned.execute("SELECT id::text FROM declaration LIMIT 1").fetchall()
    planned.execute("UPDATE declaration SET lease_owner = 'x' WHERE id = %s", [one])
    for name in OF_ONE:
        executed = (
            prepare(planned, name)
            .replace(VALUES["id"], one)
            .replace("'{}'", f"'{{{one}}}'", 1 if name == "work" else 0)
        )
        found = explained(planned, executed, "(ANALYZE, COSTS off, TIMING off)")
        most = max(int(rows) * int(loops) for rows, loops in _READ.findall(found))
        assert most < 50, f"{name}:\n{found}"


def test_of_thousands_of_releases_only_those_of_which_a_report_is_due_are_read(
    planned: "psycopg.Connection[Any]",
) -> None:
    planned.execute(FULL.encode(), prepare=False)
    found = explained(planned, prepare(planned, "due_reports"), "(ANALYZE, COSTS off, TIMING off)")
    assert "step_reports_due" in found, found
    read = [int(rows) * int(loops) for rows, loops in _READ.findall(found)]
    assert 0 < max(read) <= MANY / 500, found


def test_of_thousands_that_cite_a_document_only_those_that_are_wanted_are_read(
    planned: "psycopg.Connection[Any]",
) -> None:
    planned.execute(FULL.encode(), prepare=False)
    planned.execute(KNOWN.encode(), prepare=False)
    found = explained(planned, prepare(planned, "known_of_cited"), "(ANALYZE, COSTS off, TIMING off)")
    read = [int(loops) for loops in re.findall(r"Scan using evidence_bundle\w*_pkey .*loops=(\d+)", found)]
    assert read, found
    assert max(read) <= int(VALUES["limit"]), found
