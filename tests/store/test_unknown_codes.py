"""Codes that nobody knew are counted among what is held, by its index: no decision of other declarations is read."""

import json
from typing import Any

import psycopg

from tests.builders.filled_tables import FULL, MORE
from tests.builders.sent_statements import plan_of_named


def scans(plan: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = (
        [(plan["Node Type"], plan.get("Relation Name", ""), plan.get("Index Name", ""))]
        if "Relation Name" in plan
        else []
    )
    return found + [one for below in plan.get("Plans", ()) for one in scans(below)]


def test_what_is_held_leads_to_the_decisions_that_are_read(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET jit TO off")
        connection.execute("SET enable_seqscan TO off")  # nearly all that the tables are filled with is held
        connection.execute((FULL + MORE).encode(), prepare=False)
        plan = plan_of_named(connection, "unknown_codes")
    read = {relation: (kind, index) for kind, relation, index in scans(dict(plan))}
    assert not any(kind == "Seq Scan" for kind, _ in read.values()), json.dumps(plan, indent=1)
    assert read["declaration"][1] == "declaration_held", read
    assert read["decision"][1].startswith("decision_pkey"), read
