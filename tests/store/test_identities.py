"""Citations stand under identities; those that are not identified are found all the same, and those of before put under theirs."""

from collections.abc import Collection
from dataclasses import replace

import psycopg

from gateway.domain.codec import content_digest
from gateway.domain.events import EventKind
from gateway.domain.verification import CitedUnder
from gateway.store import Store
from tests.builders.lodging import MILK, declaration, event, evidence, new

CHED = MILK.reference
SMALL = CHED.lower()
EORIS = frozenset({"FR12345678901234"})


async def identities(document_type: str, references: Collection[str]) -> dict[str, str | None]:
    """As an authority that passes over case and blanks; of what begins with a question mark it does not say."""
    return {one: None if one.startswith("?") else one.strip().upper() for one in references}


async def as_before(url: str, record_id: str, *references: str, covered: bool = False) -> None:
    """Puts a declaration's citations as they stood before identities were known, and before events told of them if not `covered`."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        if not covered:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute("UPDATE declaration SET covered_from = NULL WHERE id = %s", (record_id,))
            await connection.execute(
                "UPDATE event SET text = replace(text, '\"citation ', '\"') WHERE declaration_id = %s", (record_id,)
            )
        await connection.execute("DELETE FROM citation WHERE declaration_id = %s", (record_id,))
        for reference in references:
            await connection.execute(
                "INSERT INTO citation (reference, type, declaration_id) VALUES (%s, %s, %s)",
                (reference, MILK.type, record_id),
            )


async def cited(url: str) -> list[tuple[str, bool]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute(
            "SELECT reference, identified FROM citation ORDER BY reference, declaration_id"
        )
        return [(str(reference), bool(known)) for reference, known in await found.fetchall()]


async def test_what_was_cited_before_is_found_and_put_under_its_identity(store: Store, database_url: str) -> None:
    first, second, third = new(), new(declaration("LRN2")), new(declaration("LRN3"))
    for one in (first, second, third):
        await store.declarations.receive(one, lease=False)
    # One declaration cites the certificate in three spellings: it is one citation.
    await as_before(database_url, first.id, SMALL, CHED, f" {CHED}")
    await as_before(database_url, second.id, SMALL)
    await as_before(database_url, third.id, "?", "OTHER")
    for counted in (4, 0):
        for spelling in (CHED, SMALL, f" {SMALL} "):
            assert set(await store.citations.citing(MILK.type, (spelling,), identities)) == {first.id, second.id}
            assert await store.citations.cites(EORIS, MILK.type, spelling, identities)
        assert await store.citations.citing(MILK.type, ("?",), identities) == (third.id,)
        assert await store.citations.citing(MILK.type, ("N",), identities) == ()
        assert await store.citations.identify(identities, limit=2) == counted
    # Of what the rule does not say nothing is made.
    assert sorted(await cited(database_url)) == [("?", False), (CHED, True), (CHED, True), ("OTHER", True)]


async def test_many_documents_are_found_together_in_whatever_spelling(store: Store) -> None:
    lodged = [new(declaration(f"LRN-{number}")) for number in range(3)]
    for number, one in enumerate(lodged):
        named = CitedUnder(MILK.type, f"DOC-{number}", number == 0)
        await store.declarations.receive(replace(one, cited=(named,)), lease=False)
    asked = ("doc-0", "doc-2", *(f"NONE-{number}" for number in range(10_000)))
    assert set(await store.citations.citing(MILK.type, asked, identities)) == {lodged[0].id, lodged[2].id}
    assert await store.citations.citing(MILK.type, (), identities) == ()


async def test_what_events_tell_of_is_never_put_under_another_name(store: Store, database_url: str) -> None:
    lodged = new()
    what = (CitedUnder(MILK.type, f"{SMALL}{number}", False) for number in range(5))
    same = CitedUnder(MILK.type, CHED, identified=False)
    await store.declarations.receive(replace(lodged, cited=(*what, same)), lease=False)
    standing = [(CHED, True), *((f"{SMALL}{number}", False) for number in range(5))]
    for counted in (1, 0):
        assert await store.citations.identify(identities, limit=2) == counted
        assert sorted(await cited(database_url)) == standing
        assert await store.citations.citing(MILK.type, (f"{CHED}3",), identities) == (lodged.id,)
        assert await store.citations.cites(EORIS, MILK.type, f"{CHED}3", identities)
    assert (await store.audit.verify()).faults == ()


async def test_what_a_version_of_today_tells_of_a_declaration_of_before_stays(store: Store, database_url: str) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    await as_before(database_url, lodged.id)
    second = declaration(version=2)
    await store.declarations.add_version(
        lodged.id,
        declaration=second,
        digest=content_digest(second),
        raw=evidence(b"two"),
        documents=lodged.documents,
        event=event(EventKind.AMENDMENT_RECEIVED),
        cited=(CitedUnder(MILK.type, SMALL, identified=False),),
    )
    assert await store.citations.identify(identities) == 0
    assert await cited(database_url) == [(SMALL, False)]
    assert await store.citations.citing(MILK.type, (CHED,), identities) == (lodged.id,)


async def test_without_identities_only_equal_texts_are_one(store: Store) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    assert await store.citations.citing(MILK.type, (CHED,)) == (lodged.id,)
    assert await store.citations.citing(MILK.type, (SMALL,)) == ()


async def test_a_version_puts_its_citation_under_the_identity(store: Store, database_url: str) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    await as_before(database_url, lodged.id, CHED)
    second = declaration(version=2)
    await store.declarations.add_version(
        lodged.id,
        declaration=second,
        digest=content_digest(second),
        raw=evidence(b"two"),
        documents=lodged.documents,
        event=event(EventKind.AMENDMENT_RECEIVED),
        cited=(CitedUnder(MILK.type, CHED), CitedUnder(MILK.type, ""), CitedUnder(MILK.type, "NOT\0STORABLE")),
    )
    assert await cited(database_url) == [(CHED, True)]
