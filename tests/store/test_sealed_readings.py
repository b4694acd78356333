"""Who read a case is sealed as it is noted: whoever changes a person, takes a reading away or makes one up is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from gateway.domain.reading import Reader
from gateway.store import Store
from tests.builders.actors import ONE
from tests.builders.lodging import declaration, new

IDA = Reader(name="officer 9", person="Ida", role="officer", proven="key")
BEN = Reader(name="officer 8", person='Ben "the\n\u2028 second"', role="officer", proven="key")


@pytest.fixture
async def read(store: Store) -> list[str]:
    """Two declarations, the first one read three times."""
    ids = []
    for number in range(2):
        work = (await store.declarations.receive(new(declaration(f"LRN{number}")), lease=True)).work
        assert work is not None
        ids.append(work.id)
    await store.readings.note([(one, 1) for one in ids], "lists", IDA)
    await store.readings.note([(ids[0], 1)], "declaration", BEN)
    await store.readings.note([(ids[0], 1)], "events", IDA)
    return ids


def changed(url: str, statement: str, *values: Any) -> None:
    """As somebody who can switch triggers off."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode(), values).rowcount > 0, statement


async def faults(store: Store) -> tuple[str, ...]:
    return (await store.audit.verify()).faults


async def test_what_was_noted_has_no_faults(store: Store, read: list[str]) -> None:
    report = await store.audit.verify()
    assert (report.faults, [one for one in report.not_covered if "reading" in one]) == ((), [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reading SET person = 'Eve' WHERE declaration_id = %s AND what = 'declaration'",
        "UPDATE reading SET person = NULL WHERE declaration_id = %s AND what = 'declaration'",
        "UPDATE reading SET name = 'x' WHERE declaration_id = %s AND what = 'events'",
        "UPDATE reading SET at = at - interval '1 microsecond' WHERE declaration_id = %s AND what = 'events'",
        "UPDATE reading SET seal = NULL, salt = NULL WHERE declaration_id = %s AND what = 'events'",
        "DELETE FROM reading WHERE declaration_id = %s AND what = 'declaration'",
    ],
)
async def test_a_changed_reading_is_named(store: Store, read: list[str], database_url: str, statement: str) -> None:
    changed(database_url, statement, read[0])
    found = await faults(store)
    assert found
    assert all(one.startswith(f"{read[0]}: reading ") for one in found), found


@pytest.mark.parametrize("value", ["'Eve'", "NULL"])
async def test_a_changed_person_is_named_though_triggers_are_on(
    store: Store, read: list[str], database_url: str, value: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(f"UPDATE reading SET person = {value}, name = 'x' WHERE what = 'events'".encode())
    assert len(await faults(store)) == 1


async def test_an_erased_person_is_no_fault_and_what_was_changed_before_stays_one(
    store: Store, read: list[str], database_url: str
) -> None:
    changed(
        database_url, "UPDATE reading SET at = at - interval '400 days', seal = reading_seal(reading, person, salt)"
    )
    changed(database_url, "UPDATE reading SET seal = reading_seal(reading, person, salt)")
    assert await faults(store) == ()
    changed(database_url, "UPDATE reading SET person = 'Eve' WHERE what = 'declaration'")
    before = (datetime.now(UTC) - timedelta(days=100)).date()
    await store.erasure.erase_personal_beside(before, by=ONE, reason="kept long enough")
    page = await store.readings.page(read[0])
    assert {one.reader.person for one in page} == {None}
    found = await faults(store)
    assert [one.rpartition(": ")[2] for one in found] == ["it is not what was sealed when it was noted"]


async def test_readings_of_before_stand_as_they_are(store: Store, read: list[str], database_url: str) -> None:
    changed(
        database_url,
        "UPDATE reading SET seal = NULL, salt = NULL, follows = NULL WHERE what = ANY (%s)",
        ["lists", "declaration"],
    )
    report = await store.audit.verify()
    assert report.faults == ()
    assert [one for one in report.not_covered if one.startswith("readings")] == [
        "readings up to 3: not covered: 3 are from before they were sealed"
    ]
