"""Which declaration takes a document that serves once: the one that was accepted first, or whose goods are out, as long as it has not ended."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from msgspec import structs

from gateway.domain.record import Work
from gateway.store import Store
from tests.builders.lodging import NOW, declaration, new

LICENCE = "CHEDP.FR.2026.0000001"


async def received(store: Store, lrn: str, *, accepted: int | None = None, cites: str = LICENCE) -> Work:
    """A declaration that cites the licence, accepted so many minutes ago; None: not accepted."""
    at = NOW - timedelta(minutes=accepted) if accepted is not None else None
    made = new(declaration(lrn), accepted_at=at)
    documents = tuple(structs.replace(one, reference=cites) for one in made.documents)
    work = (await store.declarations.receive(replace(made, documents=documents), lease=True)).work
    assert work is not None
    return work


async def taking(store: Store, work: Work | None) -> list[str | None]:
    """The LRNs of the declarations that have it before this one; None: of one that was erased."""
    (found,) = await store.citations.taken_before(work.id if work is not None else None, [("N853", {LICENCE})])
    return [one.lrn if one is not None else None for one in found]


async def test_the_first_that_was_accepted_has_it_and_no_other(store: Store) -> None:
    first, second = await received(store, "FIRST", accepted=10), await received(store, "SECOND", accepted=5)
    lodged = await received(store, "LODGED")
    await received(store, "OF-ANOTHER", accepted=60, cites="CHEDP.FR.2026.0000002")
    assert await taking(store, first) == []
    assert await taking(store, second) == ["FIRST"]
    assert await taking(store, lodged) == await taking(store, None) == ["FIRST", "SECOND"]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("ended = 'invalidated'", []),
        ("ended = 'lapsed'", []),
        ("released = '{}'", ["SECOND"]),
        ("current_version = 2", []),
        ("accepted_at = NULL", []),
    ],
)
async def test_what_became_of_the_second_counts(store: Store, database_url: str, now: str, found: list[str]) -> None:
    first = await received(store, "FIRST", accepted=10)
    second = await received(store, "SECOND", accepted=5)
    with psycopg.connect(database_url) as connection:
        connection.execute(f"UPDATE declaration SET {now} WHERE id = %s".encode(), [second.id])
    assert await taking(store, first) == found


async def test_of_one_that_was_erased_nobody_knows_what_it_takes(store: Store, database_url: str) -> None:
    first, second = await received(store, "FIRST", accepted=10), await received(store, "SECOND", accepted=5)
    with psycopg.connect(database_url) as connection:
        connection.execute(b"UPDATE declaration_version SET model = NULL WHERE declaration_id = %s", [first.id])
    assert await taking(store, second) == [None]
