"""What is read is what was committed, for whom it is meant."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.domain.codec import content_digest, encode
from gateway.domain.declaration import MessageKind
from gateway.domain.errors import NotKnown
from gateway.domain.events import EventKind
from gateway.store import AcceptanceReceived, Lapsed, Store
from gateway.store.database import Connection, Database
from gateway.store.ends import Patience
from gateway.store.history import History
from gateway.store.statements import STATEMENTS
from tests.builders.lists import find
from tests.builders.lodging import MILK, NOW, decided, declaration, event, evidence, new


async def test_parties_of_the_newest_version_may_see_it(store: Store) -> None:
    lodged = new(declaration(importer="FR1"))
    await store.declarations.receive(lodged, lease=False)
    second = declaration(version=2, importer="FR2")
    await store.declarations.add_version(
        lodged.id,
        declaration=second,
        digest=content_digest(second),
        raw=evidence(b"two"),
        documents=lodged.documents,
        event=event(EventKind.AMENDMENT_RECEIVED),
    )
    assert (await find(store, eoris=frozenset({"FR1"})))[0] == ()
    (record,), _ = await find(store, eoris=frozenset({"FR2", second.declarant}))
    assert (record.id, record.version) == (lodged.id, 2)
    assert not await store.citations.cites(frozenset({"FR1"}), MILK.type, MILK.reference)


async def test_a_declaration_was_lodged_with_its_first_version(store: Store) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    second = declaration(version=2)
    later = structs.replace(event(EventKind.AMENDMENT_RECEIVED), at=lodged.received_at + timedelta(days=20))
    await store.declarations.add_version(
        lodged.id,
        declaration=second,
        digest=content_digest(second),
        raw=evidence(b"two"),
        documents=lodged.documents,
        event=later,
    )

    for version in (1, 2):
        record = await store.declarations.get(lodged.id, version)
        assert record is not None
        assert record.detail is not None
        assert record.detail.lodged_at == lodged.received_at
        assert record.received_at == (lodged.received_at if version == 1 else later.at)


async def test_evidence_is_read_through_its_declaration_only(store: Store) -> None:
    first, second = new(), new(declaration("LRN2"))
    await store.declarations.receive(first, lease=False)
    await store.declarations.receive(second, lease=False)
    assert await store.declarations.evidence(first.id, first.raw.digest) == first.raw.body
    assert await store.declarations.evidence(second.id, first.raw.digest) is None


@pytest.mark.parametrize("text", ["", "1", "../x", "\0", "\ud800", "{00000000-0000-0000-0000-000000000000}", "ä" * 36])
async def test_what_is_no_id_is_not_known(store: Store, text: str) -> None:
    assert await store.declarations.get(text) is None
    assert await store.declarations.events(text) == ()
    assert await store.declarations.evidence(text, text) is None
    assert await store.declarations.declaration(text, 1) is None
    assert await store.leases.claim(text) is None
    assert not await store.declarations.wake(text)
    assert await store.declarations.by_mrn(text) is None
    assert await find(store, lrn=text) == ((), None)
    assert not await store.citations.cites(frozenset({text}), text, text)
    with pytest.raises(NotKnown):
        await store.steps.note(text, event(), Lapsed())


async def test_reading_pages_scopes_and_citations(store: Store) -> None:
    ids = []
    for number in range(5):
        lodged = new(declaration(f"LRN{number}", importer="FR1" if number % 2 else "FR2"))
        ids.append(lodged.id)
        await store.declarations.receive(lodged, lease=False)
    first, cursor = await find(store, limit=3)
    rest, end = await find(store, limit=3, cursor=cursor)
    assert [r.id for r in (*first, *rest)] == ids[::-1]
    assert end is None
    mine, _ = await find(store, eoris=frozenset({"FR1"}))
    assert [r.lrn for r in mine] == ["LRN3", "LRN1"]
    assert (await find(store, lrn="LRN2", eoris=frozenset({"FR1"})))[0] == ()
    assert await store.citations.cites(frozenset({"FR1"}), MILK.type, MILK.reference)
    assert not await store.citations.cites(frozenset({"FR3"}), MILK.type, MILK.reference)
    assert not await store.citations.cites(frozenset({"FR1"}), MILK.type, MILK.reference[:-1])


async def test_declarations_are_found_by_the_names_that_are_given(store: Store) -> None:
    lodged = [
        new(declaration("LRN1")),
        new(declaration("LRN2", importer="FR2")),
        new(declaration("LRN2", declarant="FR9")),
    ]
    for one in lodged:
        await store.declarations.receive(one, lease=False)
    unaccepted, accepted, namesake = (one.id for one in lodged)
    await store.steps.note(
        accepted, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn="MRN2", accepted_at=NOW)
    )

    async def found(
        eoris: frozenset[str] | None = None, *, mrn: str | None = None, lrn: str | None = None
    ) -> list[str]:
        return [one.id for one in (await find(store, eoris=eoris, mrn=mrn, lrn=lrn))[0]]

    assert await found(lrn="LRN1") == [unaccepted]
    assert await found(lrn="LRN2") == [namesake, accepted]
    assert await found(mrn="MRN2") == await found(mrn="MRN2", lrn="LRN2") == [accepted]
    assert await found(mrn="MRN2", lrn="LRN1") == await found(mrn="LRN1") == await found(lrn="MRN2") == []
    importer = frozenset({"FR2"})
    assert await found(importer, lrn="LRN2") == await found(importer, mrn="MRN2") == await found(importer) == [accepted]
    assert await found(frozenset(), lrn="LRN2") == await found(frozenset()) == [], "who is no party sees nothing"
    assert await found(importer, lrn="LRN1") == await found(importer, mrn="MRN2", lrn="LRN1") == []
    newest, cursor = await find(store, lrn="LRN2", limit=1)
    older, end = await find(store, lrn="LRN2", limit=1, cursor=cursor)
    assert [one.id for one in (*newest, *older)] == [namesake, accepted]
    assert end is None


async def test_a_page_ends_where_its_decisions_come_to_so_many_bytes(store: Store) -> None:
    ids = []
    for number in range(5):
        lodged = new(declaration(f"LRN{number}", importer="FR1"))
        ids.append(lodged.id)
        work = (await store.declarations.receive(lodged, lease=True)).work
        assert work is not None
        await store.leases.decide(work, decided(work))
    newest = ids[::-1]
    whole, end = await find(store)
    assert ([one.id for one in whole], end) == (newest, None)
    (one,), cursor = await find(store, limit=1)
    size = len(encode(one.decision))
    asked: tuple[dict[str, Any], ...] = ({}, {"eoris": frozenset({"FR1"})})
    for how in asked:
        short, cursor = await find(store, most=size + 1, **how)
        assert [one.id for one in short] == newest[:2]
        rest, end = await find(store, cursor=cursor, **how)
        assert ([one.id for one in rest], end) == (newest[2:], None)
        alone, cursor = await find(store, most=1, **how)
        assert [one.id for one in alone] == newest[:1], "however large the first one is"
        assert cursor is not None
        named, end = await find(store, lrn="LRN3", most=1, **how)
        assert ([one.id for one in named], end) == ([ids[3]], None)


async def test_a_statement_is_planned_once_and_not_for_each_call(database_url: str) -> None:
    database = Database(database_url, size=2)
    await database.open()
    try:
        for _ in range(30):
            await database.row("record", {"id": new().id, "version": None})
        async with database.connection() as connection:
            mode = await (await connection.execute("SHOW plan_cache_mode")).fetchone()
            found = await (
                await connection.execute(
                    "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%declaration_record%'"
                )
            ).fetchall()
    finally:
        await database.close()
    assert mode == {"plan_cache_mode": "force_generic_plan"}
    assert sum(row["generic_plans"] for row in found) > 0
    assert sum(row["custom_plans"] for row in found) == 0


class Lent(Database):
    """A database that shows the connection of its newest transaction."""

    lent: Connection

    @asynccontextmanager
    async def transaction(self, *, of: Patience | None = None) -> AsyncIterator[Connection]:
        """Lends it."""
        async with super().transaction(of=of) as connection:
            self.lent = connection
            yield connection


async def test_what_reads_a_span_of_time_is_planned_for_that_span_and_nothing_after_it(database_url: str) -> None:
    async def mode(connection: Connection) -> object:
        return await (await connection.execute("SHOW plan_cache_mode")).fetchone()

    database = Lent(database_url, size=2)
    await database.open()
    try:
        async with History(database).past(since=NOW):
            assert await mode(database.lent) == {"plan_cache_mode": "force_custom_plan"}
        async with database.connection() as first, database.connection() as second:
            assert [await mode(one) for one in (first, second)] == 2 * [{"plan_cache_mode": "force_generic_plan"}]
    finally:
        await database.close()


def test_conditions_that_may_be_absent_stand_beside_one_that_keeps_the_rows_few() -> None:
    """No statement is planned for its values (docs/decisions/0020): with nothing else to go by it would read a whole table."""
    optional = {name for name, text in STATEMENTS.items() if re.search(rb"%\(\w+\)s(::\S+)? IS NULL OR", text)}
    assert optional == {
        "work_list",  # of candidates, which are few: what is held, has a name, or is among the newest
        "unknown_codes",  # of what is held since a day, for a code that few have
        "notices", "newest_notices",  # of a stretch of numbers
        "application",  # one, by its id
        "authority_slots",  # of one day; and authorities are few
        "hours",  # of some days, an hour and an office a row
        "releases",  # of one day
        "counted_inside",  # of one window
        "decided_inside", "windows",  # of one window; and windows are few
        "approvals", "open_approvals",  # in the order of their numbers; and approvals are few
        # What an officer's own offices leave out of a list in the order of its numbers, page by page; applications by their kind, too.
        "acts", "acts_of_person", "applications", "applications_in_state", "applications_of_declaration",
        "applications_of_declaration_in_state", "applications_of_parties", "applications_of_parties_in_state",
        "indicator_figures", "indicator_whole",  # of some counts and periods
        "applications_waiting",  # of those that are open, as many as a menu counts
        "cited_by_end",  # of what ends so
        "events_listed",  # of pushed words without effect, the newest first, page by page
        "risk_owed",  # of what a control confirmed, by an index of its own
        "control_order",  # one, by its number
        "control_orders_open", "control_orders_all",  # of those that are open, as many as offices carry out; all of them page by page
        "suspensions_listed",  # in the order of their deadlines, of those that are open, page by page
        "webhook_by_id",  # of one id
        "webhooks",  # in the order in which they were made; and webhooks are few
        "deliveries_of_webhook",  # of one webhook, in the order of their numbers
        "keys",  # in the order in which they were made; and keys are few
        "records_by_lrn",  # of one LRN
        "end_sessions_at_issuer",  # of one issuer's session or person
    }  # fmt: skip


async def test_what_is_not_there_is_not_known(store: Store) -> None:
    nowhere = new().id
    assert await store.declarations.get(nowhere) is None
    with pytest.raises(NotKnown):
        await store.steps.note(nowhere, event(), Lapsed())


async def test_settling_is_heard_on_another_replica(store: Store, other: Store) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(other.listen(heard.put_nowait))
    try:
        while True:
            lodged = new(declaration(new().id[:20]))
            work = (await store.declarations.receive(lodged, lease=True)).work
            assert work is not None
            await store.leases.decide(work, decided(work))
            try:
                async with asyncio.timeout(0.2):
                    assert await heard.get() == lodged.id
                break
            except TimeoutError:
                continue  # the other one did not listen yet
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_message_kind_survives_storing(store: Store) -> None:
    lodged = new(declaration(message=MessageKind.LODGE))
    await store.declarations.receive(lodged, lease=False)
    assert await store.declarations.declaration(lodged.id, 1) == lodged.declaration
