"""A stored decision explained: under its own tables, under others, and after something was erased."""

from dataclasses import replace

import psycopg

from gateway.configured_rules import Rules
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Effect
from gateway.domain.record import Record
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import DocumentRoute
from gateway.history.explain import Again, Explanation, explain
from gateway.history.recall import decisions_made, events_of
from gateway.lifecycle import Capacity
from gateway.store import Store
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.living import XML, living, now
from tests.builders.running import declaration


async def held(store: Store, rules: Rules, lrn: str) -> Record:
    """A declaration that is held, because nobody is there to answer."""
    lifecycle, _ = living(store, rules, now, Capacity())
    lodged = await lifecycle.lodging.lodge(declaration("01", lrn), XML, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    record = await lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=30)
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.HOLD
    return record


async def why(store: Store, record: Record, tables: Tables, number: int | None = None) -> Explanation:
    return await explain(store, record, number=number, tables=tables, calendar=Calendar())


async def test_under_its_own_tables_it_comes_out_the_same_and_names_their_rows(store: Store, rules: Rules) -> None:
    found = await why(store, await held(store, rules, "WHY1"), rules.tables)
    assert (found.again, found.same_tables, found.newest) == (Again.SAME, True, True)
    assert found.grounds is not None
    asked = {(type(one.row).__name__, key) for one in found.grounds.consulted for key in one.keys}
    assert ("DocumentRoute", ("N853", "import")) in asked
    assert ("RuleRow", ("SW-DEC-034",)) in asked
    assert all(one.row.place and one.row.in_force(found.record.received_at.date()) for one in found.grounds.consulted)


async def test_under_other_tables_only_what_is_stored_is_explained(store: Store, rules: Rules) -> None:
    record = await held(store, rules, "WHY2")
    renamed = replace(rules.tables, version="other", digest="sha256:other")
    found = await why(store, record, renamed)
    assert (found.again, found.same_tables) == (Again.SAME, False)
    silent = replace(renamed, messages=())
    found = await why(store, record, silent)
    assert (found.again, found.grounds) == (Again.DIFFERENT, None)
    assert found.facts is not None


async def test_a_document_that_nobody_was_asked_about_is_no_ground(store: Store, rules: Rules) -> None:
    record = await held(store, rules, "WHY3")
    cited = {document.type for document in record.documents}
    assert "N853" in cited
    elsewhere = tuple(
        replace(row, adapter=None) if isinstance(row, DocumentRoute) and "N853" in row.types else row
        for row in rules.tables.routes
    )
    unasked = replace(rules, tables=replace(rules.tables, routes=elsewhere, digest="sha256:before"))
    lifecycle, _ = living(store, unasked, now, Capacity())
    lodged = await lifecycle.lodging.lodge(
        declaration("01", "WHY4"), XML, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS
    )
    record = await lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=30)
    found = await why(store, record, rules.tables)
    assert (found.again, found.grounds) == (Again.NOT_ASKED, None)


async def test_what_was_erased_is_said_to_be(store: Store, rules: Rules, database_url: str) -> None:
    record = await held(store, rules, "WHY5")
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM evidence_bundle WHERE declaration_id = %s", [record.id])
    found = await why(store, record, rules.tables)
    assert (found.again, found.facts, found.grounds) == (Again.ANSWERS_ERASED, None, None)
    assert found.made is not None
    assert found.made.answers[0]["type"] == "N853"


async def test_answers_that_were_changed_are_not_decided_from(store: Store, rules: Rules, database_url: str) -> None:
    record, other = await held(store, rules, "WHY6"), await held(store, rules, "WHY7")
    facts = [made.facts for made in decisions_made(other, await events_of(store, other.id))]
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE evidence_bundle SET body = (SELECT body FROM evidence_bundle WHERE digest_bytes(%s) = ANY (digests))"
            " WHERE declaration_id = %s",
            [facts[0], record.id],
        )
    found = await why(store, record, rules.tables)
    assert (found.again, found.facts, found.grounds) == (Again.ANSWERS_CHANGED, None, None)
    # Nor is anything decided anew from what earlier looks knew: the declaration waits, and operators are told.
    await store.declarations.wake(record.id)
    assert await store.leases.claim(record.id) is None
    await store.declarations.wake(other.id)
    assert await store.leases.claim(other.id) is not None
