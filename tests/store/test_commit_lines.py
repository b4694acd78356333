"""Commits gathered over declarations: one statement for many, and what becomes of each of them."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

import psycopg
import pytest
from msgspec import structs

from gateway import observe
from gateway.domain.actor import GATEWAY
from gateway.domain.decision import Effect
from gateway.domain.errors import LeaseLost, MrnTaken, Stale, StoreUnavailable
from gateway.domain.events import EventKind
from gateway.domain.movement import Movement
from gateway.domain.notice import Notice, NoticeKind
from gateway.domain.record import Record, State, Work
from gateway.store import AuditReport, InvalidationReceived, NewDeclaration, Store
from gateway.store.commit_lines import LineBounds
from tests.builders.between import Between, between
from tests.builders.crossing import cross
from tests.builders.lodging import SET, decided, declaration, event, evidence, movement, new
from tests.builders.processes import PATIENCE_S

MANY = 64
HELD = "SKIP LOCKED"
"""Stands in gathered statements about declarations that are there."""
LODGED = b"INSERT INTO declaration ("
LETS_GO = 42
"""An advisory lock that a test holds."""
WAITING = f"""
CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF strpos(current_query(), '{HELD}') > 0 THEN PERFORM pg_advisory_xact_lock_shared({LETS_GO}); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER waits BEFORE UPDATE ON declaration FOR EACH STATEMENT EXECUTE FUNCTION waits();
"""
"""Has a gathered statement wait between its snapshot and the first row that it locks."""


def figure(name: str, **labels: str) -> float:
    return observe.registry.get_sample_value(name, labels) or 0.0


@contextmanager
def statements(kind: str, number: int) -> Iterator[None]:
    """Makes sure of how many statements commit what is gathered."""
    before = figure("gateway_commit_statements_total", kind=kind)
    yield
    assert figure("gateway_commit_statements_total", kind=kind) - before == number


async def run(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode(), values)
        return await cursor.fetchall() if cursor.description else []


async def audited(store: Store) -> AuditReport:
    await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
    return await store.audit.verify(evidence=True)


async def lodged(store: Store, *lrns: str) -> list[Work]:
    """Receives declarations together, with a lease on each."""
    return await received(store, [new(declaration(lrn)) for lrn in lrns])


async def received(store: Store, all_of: list[NewDeclaration]) -> list[Work]:
    found = await asyncio.gather(*(store.declarations.receive(one, lease=True) for one in all_of))
    works = [one.work for one in found]
    assert None not in works
    return [one for one in works if one is not None]


@asynccontextmanager
async def far(url: str, owner: str = "far") -> AsyncIterator[tuple[Between, Store]]:
    """A store behind a way on which statements can be kept back."""
    async with between(url) as way:
        store = await Store.open(way.url, owner=owner, lease_s=30)
        try:
            yield way, store
        finally:
            await store.close()


@asynccontextmanager
async def held_up(url: str) -> AsyncIterator[None]:
    """Has gathered statements about declarations that are there wait once their snapshot is taken."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(WAITING.encode())
        await connection.execute("SELECT pg_advisory_lock(42)")
        yield
        await connection.execute("SELECT pg_advisory_unlock(42)")


async def until_waiting(url: str, number: int = 1) -> None:
    """Waits until so many statements, or more, wait for a lock at the server."""
    async with asyncio.timeout(PATIENCE_S):
        waiting = "datname = current_database() AND wait_event_type = 'Lock'"
        asked = f"SELECT count(*) >= {number} FROM pg_stat_activity WHERE {waiting}"
        while await run(url, asked) != [(True,)]:
            pass


async def test_what_comes_together_goes_in_one_statement_a_kind(store: Store) -> None:
    with statements("receive", 1):
        works = await lodged(store, *(f"LRN{number}" for number in range(MANY)))
    with statements("intend", 1):
        planned = (event(EventKind.QUANTITY_PLANNED),)
        works = await asyncio.gather(*(store.leases.intend(one, (movement(1),), planned) for one in works))
    with statements("decide", 1):
        records = await asyncio.gather(*(store.leases.decide(one, decided(one)) for one in works))
    assert [one.id for one in records] == [one.id for one in works]
    assert {(one.state, one.due, one.event_seq) for one in records} == {(State.DECIDED, False, 4)}
    report = await audited(store)
    assert (report.declarations, report.faults) == (MANY, ())


async def test_what_comes_a_few_turns_of_the_loop_later_goes_along(store: Store) -> None:
    async def later(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await lodged(store, f"LATER{turns}")

    with statements("receive", 2):
        # Two at once, so that there is company; the next line waits for those that are a little later.
        await lodged(store, "ONE", "TWO")
        await asyncio.gather(*(later(turns) for turns in range(3)))
    with statements("receive", 1):
        await lodged(store, "ALONE")


async def test_more_than_fit_go_in_the_next_and_nobody_waits_for_company(store: Store) -> None:
    with statements("receive", 3):
        await lodged(store, *(f"MANY{number}" for number in range(MANY + 1)))
        await lodged(store, "ONE")


async def test_a_batch_has_a_bound_of_bytes(store: Store) -> None:
    with statements("receive", 2):
        await received(
            store, [replace(new(declaration(lrn)), raw=evidence(os.urandom(3_000_000))) for lrn in ("ONE", "TWO")]
        )


async def test_notices_keep_their_order_whatever_the_batch(store: Store) -> None:
    kinds = (NoticeKind.RELEASED, NoticeKind.DECIDED, NoticeKind.ALERT)
    told = tuple(Notice(kind=kind, decision=1, effect=Effect.RELEASE) for kind in kinds)
    works = await lodged(store, *(f"LRN{number}" for number in range(MANY)))
    with statements("decide", 1):
        await asyncio.gather(*(store.leases.decide(one, decided(one, notices=told)) for one in works))
    page = await store.notices.page(after=0, limit=1000)
    assert [(one.declaration_id, one.notice.kind) for one in page.items] == [
        (work.id, kind) for work in works for kind in kinds
    ]


async def test_a_twin_in_one_batch_finds_the_other(store: Store) -> None:
    first, other = new(), new(structs.replace(declaration(), importer="DE1"))
    with statements("receive", 1):
        found = await asyncio.gather(
            *(
                store.declarations.receive(one, lease=True)
                for one in (first, replace(first, id=str(uuid.uuid4())), other)
            )
        )
    assert [(one.outcome, one.id) for one in found] == [
        ("new", first.id),
        ("same", first.id),
        ("other_content", first.id),
    ]


async def test_two_commits_of_one_declaration_are_two_statements(store: Store) -> None:
    (work,) = await lodged(store, "LRN1")
    before = figure("gateway_commit_statements_total", kind="decide")
    first, second = await asyncio.gather(
        store.leases.decide(work, decided(work)), store.leases.decide(work, decided(work)), return_exceptions=True
    )
    assert not isinstance(first, BaseException)
    assert isinstance(second, LeaseLost)
    assert figure("gateway_commit_statements_total", kind="decide") - before == 2
    assert (await audited(store)).faults == ()


async def test_a_value_that_cannot_be_stored_is_its_own_declarations_fault(store: Store) -> None:
    guilty = new(declaration("GUILTY\0"))
    guilty = replace(guilty, events=(event(EventKind.RECEIVED, version=1, by={"id": "key of customs"}),))
    before = figure("gateway_commits_fell_apart_total", client="key of customs")
    others = [new(declaration(f"LRN{number}")) for number in range(7)]
    batch = [*others[:4], guilty, *others[4:]]
    with statements("receive", 1):
        found = await asyncio.gather(
            *(store.declarations.receive(one, lease=True) for one in batch), return_exceptions=True
        )
    assert isinstance(found[4], psycopg.DataError)
    assert [one.outcome for one in found if not isinstance(one, BaseException)] == ["new"] * 7
    assert figure("gateway_commits_fell_apart_total", client="key of customs") - before == 1


async def test_what_a_constraint_refuses_is_its_own_declarations_fault(store: Store) -> None:
    works = await lodged(store, "ONE", "TWO", "THREE")
    planned = (event(EventKind.QUANTITY_PLANNED),)
    moves = [(movement(1),), (movement(1), movement(2)), (movement(1),)]
    with statements("intend", 1):
        found = await asyncio.gather(
            *(store.leases.intend(one, two, planned) for one, two in zip(works, moves, strict=True)),
            return_exceptions=True,
        )
    assert [type(one) for one in found] == [Work, psycopg.errors.UniqueViolation, Work]
    assert [len(await store.movements.of(one.id)) for one in works] == [1, 0, 1]


@pytest.mark.parametrize(
    "guilty",
    [movement(2**40), movement(1, "A\0B")],
    ids=["a number out of range", "a character that no text of PostgreSQL has"],
)
async def test_one_value_among_as_many_as_fit_is_its_own_declarations_fault(store: Store, guilty: Movement) -> None:
    works = await lodged(store, *(f"LRN{number}" for number in range(MANY)))
    planned = (event(EventKind.QUANTITY_PLANNED),)
    with statements("intend", 1):
        found = await asyncio.gather(
            *(store.leases.intend(one, (guilty if one is works[40] else movement(1),), planned) for one in works),
            return_exceptions=True,
        )
    assert [number for number, one in enumerate(found) if not isinstance(one, Work)] == [40]
    assert isinstance(found[40], psycopg.DataError)
    assert (await audited(store)).faults == ()


async def test_a_step_that_is_being_noted_is_waited_for_alone(store: Store, database_url: str) -> None:
    works = await lodged(store, "ONE", "TWO", "THREE")
    noted = event(EventKind.INVALIDATION_RECEIVED, reason="wrong")
    async with far(database_url, owner="customs") as (way, customs):
        with way.kept_back(b"COMMIT") as kept:
            noting = asyncio.create_task(customs.steps.note(works[1].id, noted, InvalidationReceived(reason="wrong")))
            await kept.came.wait()
            deciding = [asyncio.create_task(store.leases.decide(one, decided(one))) for one in works]
            assert not (await deciding[0]).due
            assert not (await deciding[2]).due
            assert not deciding[1].done()
        await noting
    with pytest.raises(Stale):
        await deciding[1]
    await acted_on(store, works[1])


async def test_what_came_after_the_snapshot_is_not_overlooked(store: Store, other: Store, database_url: str) -> None:
    works = await lodged(store, "UNTOUCHED", "STEP", "WOKEN")
    async with held_up(database_url):
        with statements("decide", 1):
            deciding = [asyncio.create_task(store.leases.decide(one, decided(one))) for one in works]
            await until_waiting(database_url)
            noted = event(EventKind.INVALIDATION_RECEIVED, reason="wrong")
            await other.steps.note(works[1].id, noted, InvalidationReceived(reason="wrong"))
            assert await other.declarations.wake(works[2].id)
            assert await store.leases.renew() == []
    untouched, step, woken = await asyncio.gather(*deciding, return_exceptions=True)
    assert isinstance(step, Stale)
    assert isinstance(untouched, Record)
    assert isinstance(woken, Record)
    assert (untouched.due, woken.due) == (False, True), "somebody wants to know more"
    await acted_on(store, works[1])


async def acted_on(store: Store, work: Work) -> None:
    """What came in between is still due, and its holder sees it."""
    assert await store.declarations.decided_among([work.id]) == []
    again = await store.leases.reread(work)
    assert again.invalidating
    await store.leases.decide(again, replace(decided(again), state=State.INVALIDATED))
    assert (await audited(store)).faults == ()


async def test_a_lease_that_was_taken_over_meanwhile_loses_alone(database_url: str, other: Store) -> None:
    async with far(database_url) as (way, store):
        works = await lodged(store, "ONE", "TWO", "THREE")
        with way.kept_back(b"SKIP LOCKED") as kept:
            deciding = [asyncio.create_task(store.leases.decide(one, decided(one))) for one in works]
            await kept.came.wait()
            await run(
                database_url, "UPDATE declaration SET lease_until = now() - interval '1 s' WHERE id = %s", works[1].id
            )
            taken = await other.leases.take_lost()
            assert taken is not None
            assert taken.id == works[1].id
        found = await asyncio.gather(*deciding, return_exceptions=True)
        assert isinstance(found[1], LeaseLost)
        assert [isinstance(one, BaseException) for one in found] == [False, True, False]
        await other.leases.decide(taken, decided(taken))


async def test_who_wakes_up_with_a_batch_of_which_all_leases_are_anothers_commits_none_of_it(
    database_url: str, other: Store
) -> None:
    """A process that was stopped for longer than a lease, in the middle of sending."""
    async with far(database_url) as (way, store):
        works = await lodged(store, "ONE", "TWO", "THREE")
        with way.kept_back(b"SKIP LOCKED") as kept:
            deciding = [asyncio.create_task(store.leases.decide(one, decided(one))) for one in works]
            await kept.came.wait()
            await run(database_url, "UPDATE declaration SET lease_until = now() - interval '10 s'")
            for _ in works:
                taken = await other.leases.take_lost()
                assert taken is not None
                await other.leases.decide(taken, decided(taken))
        found = await asyncio.gather(*deciding, return_exceptions=True)
    assert [type(one) for one in found] == [LeaseLost] * 3
    assert await run(database_url, "SELECT DISTINCT decision_count, lease_owner FROM declaration") == [(1, None)]
    assert (await audited(other)).faults == ()


async def test_who_goes_away_cancels_nobodys_commit(database_url: str) -> None:
    async with far(database_url) as (way, store):
        works = await lodged(store, "ONE", "TWO", "THREE", "FOUR")
        with way.kept_back(b"SKIP LOCKED") as kept:
            first = asyncio.create_task(store.leases.decide(works[0], decided(works[0])))
            await kept.came.wait()
            gone = [asyncio.create_task(store.leases.decide(one, decided(one))) for one in works[1:3]]
            stays = asyncio.create_task(store.leases.decide(works[3], decided(works[3])))
            await asyncio.sleep(0)
            for one in (first, *gone):
                one.cancel()
            await asyncio.gather(first, *gone, return_exceptions=True)
        assert not (await stays).due
        assert len(await store.declarations.decided_among([one.id for one in works])) == 4
        assert not any(store.leases.lasts(one) for one in works), "what follows belongs to the line"


async def test_a_receipt_whose_caller_went_away_is_taken_up(database_url: str) -> None:
    async with far(database_url) as (way, store):
        with way.kept_back(LODGED) as kept:
            gone = asyncio.create_task(store.declarations.receive(lodging := new(), lease=True))
            await kept.came.wait()
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_S):
            while not (adopted := await store.leases.adopt(10)):
                pass
        assert [one.id for one in adopted] == [lodging.id]


async def test_a_connection_lost_while_nothing_was_sent_is_not_felt(store: Store, database_url: str) -> None:
    await lodged(store, "BEFORE")
    await run(
        database_url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    works = await lodged(store, "ONE", "TWO")
    await asyncio.gather(*(store.leases.decide(one, decided(one)) for one in works))


async def test_of_a_batch_that_was_sent_all_are_told_and_the_next_goes_out(database_url: str) -> None:
    async with far(database_url) as (way, store):
        (calm,) = await lodged(store, "CALM")
        with way.answers_lost(LODGED):
            sent = [new(declaration(f"LRN{number}")) for number in range(5)]
            found = await asyncio.gather(
                *(store.declarations.receive(one, lease=True) for one in sent), return_exceptions=True
            )
            assert [type(one) for one in found] == [StoreUnavailable] * 5
        assert {one.id for one in await store.leases.adopt(10)} == {one.id for one in sent}
        assert store.leases.lasts(calm)
        repeated = await asyncio.gather(*(store.declarations.receive(one, lease=True) for one in sent))
        assert {one.outcome for one in repeated} == {"same"}


async def test_a_batch_that_was_cut_off_while_it_was_carried_out_is_carried_out_once(
    store: Store, database_url: str
) -> None:
    """The server says that nothing of it stands, so each goes once more, alone."""
    works = await lodged(store, "ONE", "TWO", "THREE")
    async with held_up(database_url):
        deciding = [asyncio.create_task(store.leases.decide(one, decided(one))) for one in works]
        await until_waiting(database_url)
        await run(
            database_url,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        assert [one.due for one in await asyncio.gather(*deciding)] == [False] * 3
    assert await run(database_url, "SELECT DISTINCT decision_count, lease_owner FROM declaration") == [(1, None)]
    assert (await audited(store)).faults == ()


async def test_a_batch_that_waits_for_a_lock_stops_nobody_else(store: Store, database_url: str) -> None:
    await lodged(store, "TWIN")
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("UPDATE declaration SET lrn = 'HELD UP' WHERE lrn = 'TWIN'")
        waiting = asyncio.create_task(store.declarations.receive(new(declaration("HELD UP")), lease=True))
        await until_waiting(database_url)
        assert len(await lodged(store, "ONE", "TWO")) == 2
        assert not waiting.done()
        await connection.rollback()
    assert (await waiting).outcome == "new"


async def test_what_waits_is_committed_before_leases_are_given_back(database_url: str) -> None:
    async with far(database_url) as (way, store):
        works = await lodged(store, "ONE", "TWO", "IDLE")
        with way.kept_back(b"SKIP LOCKED") as kept:
            deciding = [asyncio.create_task(store.leases.decide(works[0], decided(works[0])))]
            await kept.came.wait()
            deciding.append(asyncio.create_task(store.leases.decide(works[1], decided(works[1]))))
            await asyncio.sleep(0)
            returning = asyncio.create_task(store.leases.release_all())
            await run(database_url, "SELECT 1")
            assert await run(database_url, "SELECT count(*) FROM declaration WHERE lease_owner = 'far'") == [(3,)]
            assert not returning.done()
        await returning
        assert not any(one.due for one in await asyncio.gather(*deciding))
        assert await run(
            database_url, "SELECT lrn FROM declaration WHERE due_at IS NOT NULL AND lease_owner IS NULL"
        ) == [("IDLE",)]


async def test_what_cannot_be_sent_before_the_end_is_told_so(database_url: str) -> None:
    store = await Store.open(database_url, owner="far", lease_s=30, bounds=LineBounds(unsent_s=2))
    works = await lodged(store, "ONE", "TWO")
    async with await psycopg.AsyncConnection.connect(database_url) as locking:
        await locking.execute("LOCK TABLE decision IN ACCESS EXCLUSIVE MODE")
        deciding = [asyncio.create_task(store.leases.decide(works[0], decided(works[0])))]
        await until_waiting(database_url)
        deciding.append(asyncio.create_task(store.leases.decide(works[1], decided(works[1]))))
        await asyncio.sleep(0)
        await store.close()
        found = await asyncio.gather(*deciding, return_exceptions=True)
    assert [type(one) for one in found] == [StoreUnavailable, StoreUnavailable]
    with pytest.raises(StoreUnavailable):
        await store.declarations.receive(new(), lease=False)


async def test_mrns_that_two_processes_receive_crosswise_are_each_taken_once(
    store: Store, other: Store, database_url: str
) -> None:
    mrns = [f"26FR{number:014}" for number in range(MANY)]
    ours = [new(declaration(f"OURS{number:03}", mrn=mrn)) for number, mrn in enumerate(mrns)]
    theirs = [new(declaration(f"THEIRS{number:03}", mrn=mrn)) for number, mrn in enumerate(reversed(mrns))]
    await lodged(store, "BETWEEN")
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        # Both are halfway through when they meet.
        await connection.execute("UPDATE declaration SET mrn = %s", (mrns[MANY // 2],))
        with statements("receive", 2):
            receiving = asyncio.gather(
                *(store.declarations.receive(one, lease=True) for one in ours),
                *(other.declarations.receive(one, lease=True) for one in theirs),
                return_exceptions=True,
            )
            await until_waiting(database_url, 2)
        await connection.rollback()
    assert sum(isinstance(one, MrnTaken) for one in await receiving) == MANY
    assert await run(database_url, "SELECT count(mrn), count(DISTINCT mrn) FROM declaration") == [(MANY, MANY)]
    await without_deadlocks(store, other, database_url)


async def test_two_processes_never_wait_for_each_other_in_turn(store: Store, other: Store, database_url: str) -> None:
    await asyncio.gather(cross(store, range(150)), cross(other, range(149, -1, -1)))
    assert await run(database_url, "SELECT count(*), count(mrn) FROM declaration") == [(150, 75)]
    await without_deadlocks(store, other, database_url)


async def without_deadlocks(store: Store, other: Store, database_url: str) -> None:
    """Makes sure that the server has ended nobody's statement for waiting in turn: it counts once connections are closed."""
    await store.close()
    await other.close()
    assert await run(database_url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [
        (0,)
    ]
