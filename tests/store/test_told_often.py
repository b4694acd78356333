"""Who was told of a certificate five times within a day is told no more, however many cite it, whichever process is asked."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from msgspec import structs

from gateway.domain.record import Work
from gateway.store import Store
from gateway.store.citations import TOLD_A_DAY
from tests.builders.lodging import NOW, declaration, new

CHED, OTHER = "CHEDP.FR.2026.0000001", "CHEDP.FR.2026.0000002"
OWN = "FR12345678901234"
LODGED = """
INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, accepted_at, current_version, event_seq, event_head, lease_token)
SELECT (%(prefix)s || lpad(n::text, 7, '0') || '-0000-4000-8000-000000000000')::uuid, %(declarant)s, %(prefix)s || n, 'import', 'standard', '{}',
       %(at)s, %(accepted)s, 1, 1, '', 0
FROM generate_series(1, %(many)s) AS n;
"""
VERSIONS = """
INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model)
SELECT id, %(version)s, lrn, 'decided', %(at)s, '{}' FROM declaration WHERE lrn LIKE %(prefix)s || '%%';
"""
PARTIES = """
INSERT INTO party (eori, number, declaration_id) SELECT declarant, number, id FROM declaration WHERE lrn LIKE %(prefix)s || '%%';
"""
CITED = """
INSERT INTO citation (reference, type, declaration_id, identified)
SELECT %(reference)s, 'N853', id, true FROM declaration WHERE lrn LIKE %(prefix)s || '%%';
"""


def lodged(
    url: str,
    prefix: str,
    many: int,
    *,
    declarant: str = OWN,
    ago: timedelta = timedelta(hours=1),
    amended: timedelta | None = None,
    cites: str = CHED,
    accepted: bool = False,
) -> None:
    """Has declarations stand there; their ids begin with the prefix, which orders the index of citations."""
    values = {"prefix": prefix, "many": many, "declarant": declarant, "at": NOW - ago, "reference": cites, "version": 1}
    with psycopg.connect(url) as connection:
        connection.execute(LODGED.encode(), {**values, "accepted": NOW if accepted else None})
        connection.execute(VERSIONS.encode(), values)
        if amended is not None:
            connection.execute(VERSIONS.encode(), {**values, "version": 2, "at": NOW - amended})
        connection.execute(PARTIES.encode(), values)
        connection.execute(CITED.encode(), values)


async def received(
    store: Store, lrn: str, *, declarant: str = OWN, reference: str = CHED, accepted: bool = False
) -> Work:
    """A declaration of now that cites the certificate."""
    made = new(declaration(lrn, declarant=declarant, importer=declarant), accepted_at=NOW if accepted else None)
    documents = tuple(structs.replace(one, reference=reference) for one in made.documents)
    work = (await store.declarations.receive(replace(made, documents=documents), lease=True)).work
    assert work is not None
    return work


async def often(store: Store, work: Work) -> bool:
    (told,) = await store.citations.told_often(work.id, work.version, [("N853", {CHED})])
    return told


@pytest.mark.parametrize("others", [0, 299, 400, 3_000])
@pytest.mark.parametrize("own", [TOLD_A_DAY - 1, TOLD_A_DAY])
async def test_it_is_counted_however_many_cite_the_certificate(
    store: Store, database_url: str, others: int, own: int
) -> None:
    lodged(database_url, "0", others, declarant="FR2")
    lodged(database_url, "f", own)
    assert await often(store, await received(store, "NOW")) is (own == TOLD_A_DAY)
    assert not await often(store, await received(store, "HIS", declarant="FR3"))


@pytest.mark.parametrize("others", [0, 400])
async def test_what_is_older_accepted_or_cites_another_does_not_count(
    store: Store, database_url: str, others: int
) -> None:
    lodged(database_url, "0", others, declarant="FR2")
    lodged(database_url, "a", TOLD_A_DAY, ago=timedelta(hours=25))
    lodged(database_url, "b", TOLD_A_DAY, accepted=True)
    lodged(database_url, "c", TOLD_A_DAY, cites=OTHER)
    work = await received(store, "NOW")
    assert not await often(store, work)
    lodged(database_url, "d", TOLD_A_DAY, ago=timedelta(days=20), amended=timedelta(hours=2))
    assert await often(store, work), "amended today"


async def test_who_has_too_many_to_count_counts_as_told_where_many_cite_the_certificate(
    store: Store, database_url: str
) -> None:
    lodged(database_url, "0", 200, declarant="FR2")
    lodged(database_url, "f", 1_000, cites=OTHER)
    work = await received(store, "NOW")
    assert not await often(store, work)
    lodged(database_url, "1", 200, declarant="FR2")
    assert await often(store, work)


async def test_a_receipt_says_whether_its_declarant_may_have_been_told_before(store: Store, database_url: str) -> None:
    lodged(database_url, "0", 5, declarant="FR2")
    lodged(database_url, "1", 5, declarant="FR4", ago=timedelta(days=70))
    assert not (await received(store, "FIRST")).asks_again
    assert not (await received(store, "KNOWN")).asks_again, "what a process received itself it counts anyway"
    async with Store.opened(database_url, owner="another") as other:
        assert (await received(other, "SECOND")).asks_again
    assert not (await received(store, "UNIQUE", reference="CHEDP.FR.2026.0000009")).asks_again
    assert not (await received(store, "ACCEPTED", accepted=True, reference=OTHER)).asks_again
    assert not (await received(store, "ANOTHER", declarant="FR3")).asks_again
    assert not (await received(store, "LAPSED", declarant="FR4")).asks_again
