"""Reports that are due are found by their index, however many releases have none."""

import json

import psycopg

from tests.builders.sent_statements import plan_of_named


def test_what_is_due_is_found_by_its_index_and_nothing_is_read_through(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = json.dumps(plan_of_named(connection, "due_reports"))
    assert '"Index Name": "step_reports_due"' in plan
    assert "Seq Scan" not in plan
