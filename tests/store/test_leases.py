"""Leases: how long they last, how they end, and what is counted where they end without being given back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import psycopg
import pytest
from msgspec import structs

from gateway.domain.errors import LeaseLost, StoreUnavailable
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementState
from gateway.domain.record import Work
from gateway.store import Doubted, InvalidationReceived, Store
from gateway.store.held import Moment
from tests.builders.between import between
from tests.builders.lodging import NOW, decided, declaration, event, movement, new

LEASE_S = 30.0


class Clocks:
    """Both clocks of a machine: each can be put forward by itself."""

    def __init__(self) -> None:
        self.now = Moment(1_000.0, 1_700_000_000.0)

    def __call__(self) -> Moment:
        return self.now

    def pass_by(self, *, boot: float = 0.0, wall: float = 0.0) -> None:
        """Lets time pass."""
        self.now = Moment(self.now.boot + boot, self.now.wall + wall)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
async def timed(database_url: str, clocks: Clocks) -> AsyncIterator[Store]:
    """A store that counts by those clocks; its leases last as they do by default."""
    opened = await Store.open(database_url, owner="timed", lease_s=LEASE_S, clock=clocks)
    yield opened
    await opened.close()


async def run(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode(), values)
        return await cursor.fetchall() if cursor.description else []


async def run_out(url: str) -> None:
    """Has all leases run out."""
    await run(url, "UPDATE declaration SET lease_until = now() - interval '1 ms' WHERE lease_until IS NOT NULL")


async def attempts(url: str) -> int:
    """How many lost ones are counted of the only declaration, without what its holder may lose yet."""
    ((found,),) = await run(url, "SELECT cardinality(array_remove(lost, lease_token)) FROM declaration")
    assert isinstance(found, int)
    return found


async def leased(store: Store, lrn: str = "LRN1", **more: object) -> Work:
    work = (await store.declarations.receive(new(declaration(lrn), **more), lease=True)).work  # type: ignore[arg-type]
    assert work is not None
    return work


@pytest.mark.parametrize(
    "passing",
    [
        lambda clocks: clocks.pass_by(boot=LEASE_S - 3),
        lambda clocks: clocks.pass_by(wall=3_600),
        lambda clocks: clocks.pass_by(boot=LEASE_S, wall=-3_600),
    ],
    ids=["the machine slept", "the clock jumped ahead", "the clock jumped back while time passed"],
)
async def test_nothing_leaves_under_a_lease_with_no_more_than_its_margin_left(
    passing: Callable[[Clocks], None], timed: Store, clocks: Clocks
) -> None:
    work = await leased(timed)
    clocks.pass_by(boot=LEASE_S - 3.1)
    assert timed.leases.lasts(work)
    passing(clocks)
    assert not timed.leases.lasts(work)
    assert await timed.leases.renew() == []
    assert timed.leases.lasts(work), "nobody has taken it: renewed, it lasts again"


async def test_a_lease_counts_from_before_the_statement_that_gave_it(
    timed: Store, clocks: Clocks, database_url: str
) -> None:
    work = await leased(timed)
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("SELECT 1 FROM declaration FOR UPDATE")
        renewing = asyncio.create_task(timed.leases.renew())
        while not await run(database_url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            pass
        clocks.pass_by(boot=LEASE_S)
        await connection.rollback()
    assert await renewing == []
    assert not timed.leases.lasts(work)


async def test_an_intent_renews_its_lease_and_is_refused_once_that_has_run_out(
    timed: Store, clocks: Clocks, database_url: str
) -> None:
    work = await leased(timed, accepted_at=NOW)
    clocks.pass_by(boot=LEASE_S - 4)
    await run(database_url, "UPDATE declaration SET lease_until = now() + interval '1 s'")
    work = await timed.leases.intend(work, (movement(1),), (event(EventKind.QUANTITY_PLANNED),))
    assert timed.leases.lasts(work)
    ((left,),) = await run(database_url, "SELECT extract(epoch FROM lease_until - now())::float8 FROM declaration")
    assert isinstance(left, float)
    assert left > LEASE_S - 4
    clocks.pass_by(boot=10)
    assert timed.leases.lasts(work)
    await run_out(database_url)
    with pytest.raises(LeaseLost):
        await timed.leases.intend(work, (movement(2, "OTHER"),), (event(EventKind.QUANTITY_PLANNED),))
    assert not timed.leases.lasts(work)
    assert [one.number for one in await timed.movements.of(work.id)] == [1]


async def test_what_was_let_go_is_renewed_no_more_and_given_back(store: Store, other: Store, database_url: str) -> None:
    work = await leased(store)
    store.leases.stop_renewing(work)
    assert await store.leases.renew() == []
    assert await other.leases.sweep(10) == []
    assert await store.leases.return_lost()
    assert not await store.leases.return_lost()
    assert [one.id for one in await other.leases.sweep(10)] == [work.id]
    assert await attempts(database_url) == 0


async def test_nobody_takes_what_was_given_back_while_its_last_request_is_under_way(
    store: Store, other: Store, database_url: str
) -> None:
    work = await leased(store)
    store.leases.stop_renewing(work, quiet_in_s=20)
    await store.leases.release_all()
    assert (await other.leases.sweep(10), await other.leases.take_lost(), await other.leases.claim(work.id)) == (
        [],
        None,
        None,
    )
    await run_out(database_url)
    assert [one.id for one in await other.leases.sweep(10)] == [work.id], (
        "it was given back: nothing is to be feared of it"
    )


@pytest.mark.parametrize("taking", ["sweep", "take_due", "take_lost", "adopt"])
async def test_no_more_is_taken_than_was_asked_for_however_the_statement_is_planned(
    taking: str, database_url: str
) -> None:
    found = {
        "sweep": "lease_owner = NULL, lease_until = NULL",
        "take_due": "lease_owner = NULL, lease_until = NULL, due_at = NULL, look_due_at = now()",
        "take_lost": "lease_owner = 'gone', lease_until = now() - interval '1 s'",
        "adopt": "lease_owner = 'mine'",
    }
    async with (
        between(database_url) as way,
        Store.opened(database_url, owner="before") as before,
        Store.opened(way.url, owner="mine") as store,
    ):
        for number in range(6):
            await leased(before, f"LRN{number}")
        asking: dict[str, Callable[[], Awaitable[object]]] = {
            "sweep": lambda: store.leases.sweep(1),
            "take_due": lambda: store.leases.take_due(1),
            "take_lost": store.leases.take_lost,
            "adopt": lambda: store.leases.adopt(1),
        }
        if taking == "adopt":
            with way.answers_lost(b"SET lease_owner = "), pytest.raises(StoreUnavailable):
                await store.leases.sweep(1)
        await run(database_url, f"UPDATE declaration SET {found[taking]}")
        # As a table is counted that was empty when it was: it is planned for one row.
        await run(database_url, "UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE oid = 'declaration'::regclass")
        assert await asking[taking]()
        ((ours,),) = await run(database_url, "SELECT count(*) FROM declaration WHERE lease_token = 2")
        assert ours == 1


async def test_attempts_are_counted_where_leases_end_without_being_given_back(
    store: Store, other: Store, database_url: str
) -> None:
    work = await leased(store, accepted_at=NOW)
    taken: Work | None = None
    for lost in (1, 2):
        await run_out(database_url)
        assert (await other.leases.sweep(10), await other.leases.take_due(10), await other.leases.claim(work.id)) == (
            [],
            [],
            None,
        )
        assert (await other.leases.backlog()).lost
        taken = await other.leases.take_lost()
        assert taken is not None
        assert taken.lost_attempts == lost
        assert not (await other.leases.backlog()).lost
    assert taken is not None
    taken = await other.leases.intend(taken, (movement(1),), (event(EventKind.QUANTITY_PLANNED),))
    assert await attempts(database_url) == 2, "an intent clears nothing"
    settled = structs.replace(movement(1), state=MovementState.NOT_DONE, settled_at=NOW)
    await other.leases.decide(taken, replace(decided(taken), movements=(settled,)))
    assert await attempts(database_url) == 0


async def test_a_lost_lease_of_a_living_process_does_not_count(store: Store, other: Store, database_url: str) -> None:
    work = await leased(store)
    await run_out(database_url)
    taken = await other.leases.take_lost()
    assert taken is not None
    assert await attempts(database_url) == 1
    assert await store.leases.renew() == [work.id]
    assert await store.leases.return_lost()
    assert await attempts(database_url) == 0
    assert not (await other.leases.decide(taken, decided(taken))).due, "the present holder's lease is none of its"


async def held_for_lost_attempts(store: Store, database_url: str) -> Work:
    work = await leased(store)
    await run_out(database_url)
    taken = await store.leases.take_lost()
    assert taken is not None
    await store.leases.decide(taken, replace(decided(taken), keeps_lost=True))
    assert await attempts(database_url) == 1
    return work


async def test_what_is_held_for_lost_attempts_begins_anew_once_somebody_orders_something(
    store: Store, database_url: str
) -> None:
    work = await held_for_lost_attempts(store, database_url)
    invalidation = InvalidationReceived(reason="withdrawn")
    await store.steps.note(work.id, event(EventKind.INVALIDATION_RECEIVED), invalidation)
    assert [one.lost_attempts for one in await store.leases.sweep(10)] == [0]


async def test_an_order_does_not_clear_attempts_that_are_being_counted(store: Store, database_url: str) -> None:
    work = await leased(store)
    await run_out(database_url)
    assert await store.leases.take_lost() is not None
    await store.steps.note(work.id, event(EventKind.INVALIDATION_RECEIVED), InvalidationReceived(reason="withdrawn"))
    assert await attempts(database_url) == 1


async def test_what_is_held_for_lost_attempts_is_not_tried_by_itself_until_that_is_wanted_anew(
    store: Store, database_url: str
) -> None:
    work = await held_for_lost_attempts(store, database_url)
    assert await store.declarations.wake(work.id)
    assert await store.leases.sweep(10) == []
    assert await store.declarations.wake(work.id, anew=True) is False
    assert [one.lost_attempts for one in await store.leases.sweep(10)] == [0]


@pytest.mark.parametrize("asked", ["receive", "claim", "sweep"])
async def test_what_is_ours_and_in_nobodys_hands_is_taken_up_at_once(
    asked: str, database_url: str, clocks: Clocks
) -> None:
    statements = {
        "receive": b"INSERT INTO declaration ",
        "claim": b"SET lease_owner = ",
        "sweep": b"SET lease_owner = ",
    }
    lodged = new()
    async with between(database_url) as way:
        store = await Store.open(way.url, owner="far", lease_s=LEASE_S, clock=clocks)
        try:
            calm = await leased(store, "CALM")
            if asked != "receive":
                await store.declarations.receive(lodged, lease=False)
            asking: dict[str, Callable[[], Awaitable[object]]] = {
                "receive": lambda: store.declarations.receive(lodged, lease=True),
                "claim": lambda: store.leases.claim(lodged.id),
                "sweep": lambda: store.leases.sweep(10),
            }
            with way.answers_lost(statements[asked]), pytest.raises(StoreUnavailable):
                await asking[asked]()
            assert await run(database_url, "SELECT count(*) FROM declaration WHERE lease_owner = 'far'") == [(2,)]
            (work,) = await store.leases.adopt(10)
            assert work.id == lodged.id
            assert await store.leases.adopt(10) == []
            assert store.leases.lasts(calm)
            assert not (await store.leases.decide(work, decided(work))).due
        finally:
            await store.close()


async def test_what_came_into_hand_while_it_was_adopted_is_taken_up_once(database_url: str, clocks: Clocks) -> None:
    lodged = new()
    async with between(database_url) as way:
        store = await Store.open(way.url, owner="far", lease_s=LEASE_S, clock=clocks)
        try:
            with way.answers_lost(b"SET lease_owner = "), pytest.raises(StoreUnavailable):
                await store.leases.sweep(10)
            await store.declarations.receive(lodged, lease=False)
            with way.kept_back(b"id <> ALL (") as kept:
                adopting = asyncio.create_task(store.leases.adopt(10))
                await kept.came.wait()
                work = await store.leases.claim(lodged.id)
                assert work is not None
                assert store.leases.lasts(work)
            assert await adopting == [], "a second task would work on it beside the first"
            assert not store.leases.lasts(work), "its lease has another token by now: nothing more leaves under it"
            assert await store.leases.renew() == []
            assert await store.leases.return_lost()
            (work,) = await store.leases.adopt(10)
            assert not (await store.leases.decide(work, decided(work))).due
            assert await attempts(database_url) == 0
        finally:
            await store.close()


async def test_a_lease_that_its_own_commit_frees_is_not_told_lost(database_url: str, clocks: Clocks) -> None:
    async with between(database_url) as way:
        store = await Store.open(way.url, owner="far", lease_s=LEASE_S, clock=clocks)
        try:
            work = await leased(store)
            with way.kept_back(b"SET event_seq=", answer=True) as kept:
                deciding = asyncio.create_task(store.leases.decide(work, decided(work)))
                await kept.came.wait()
                assert await store.leases.renew() == [], "its task would be cancelled, and what it sent be in doubt"
            assert not (await deciding).due
            assert not await store.leases.return_lost()
        finally:
            await store.close()


async def test_a_lost_lease_is_told_lost_though_its_commit_is_on_its_way(
    database_url: str, clocks: Clocks, other: Store
) -> None:
    async with between(database_url) as way:
        store = await Store.open(way.url, owner="far", lease_s=LEASE_S, clock=clocks)
        try:
            work = await leased(store)
            await run_out(database_url)
            assert await other.leases.take_lost() is not None
            with way.kept_back(b"SET event_seq=") as kept:
                deciding = asyncio.create_task(store.leases.decide(work, decided(work)))
                await kept.came.wait()
                await store.leases.renew()
            with pytest.raises(LeaseLost):
                await deciding
            assert not store.leases.lasts(work)
            assert await store.leases.renew() == []
        finally:
            await store.close()


async def test_only_the_documents_that_are_meant_are_in_doubt(store: Store) -> None:
    work = await leased(store, accepted_at=NOW)
    first = structs.replace(movement(1), state=MovementState.NOT_DONE, settled_at=NOW)
    other = structs.replace(movement(2, "OTHER"), state=MovementState.DONE, settled_at=NOW)
    again = structs.replace(movement(3), state=MovementState.DONE, settled_at=NOW)
    for one in (first, other, again):
        work = await store.leases.intend(work, (one,), (event(EventKind.QUANTITY_PLANNED),))
    await store.leases.decide(work, decided(work))
    await store.steps.note(work.id, event(EventKind.DOUBTED), Doubted(numbers=frozenset({1})))
    states = [one.state for one in await store.movements.of(work.id)]
    assert states == [MovementState.NOT_DONE, MovementState.DONE, MovementState.IN_DOUBT], (
        "the last one of the document"
    )
    assert [one.id for one in await store.leases.sweep(10)] == [work.id]
