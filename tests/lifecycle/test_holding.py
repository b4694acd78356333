"""What a process holds while its database fails: nothing stays in nobody's hands, and nothing stands in anybody's way."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from gateway.app import Rules
from gateway.domain.errors import StoreError, StoreUnavailable
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementState
from gateway.domain.record import State, Work
from gateway.lifecycle import Capacity
from gateway.store import Doubted, Store, Waits
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.between import between
from tests.builders.living import XML, delivered, living, now
from tests.builders.lodging import NOW, decided, event, movement, new
from tests.builders.lodging import declaration as of_store
from tests.builders.processes import PATIENCE_S
from tests.builders.running import declaration

SOON = Waits(call_s=0.3, loop_s=0.3, whole_s=0.3)
DOUBT = Doubted(numbers=frozenset({1}))
SWEEP = b"WHERE due_at <= now() AND lease_owner IS NULL"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return delivered()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="test", waits=SOON)
    yield opened
    await opened.close()


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="other")
    yield opened
    await opened.close()


async def test_what_was_adopted_is_in_hand_though_the_question_behind_it_fails(rules: Rules, database_url: str) -> None:
    async with between(database_url) as way:
        store = await Store.open(way.url, owner="far")
        try:
            lifecycle, _ = living(store, rules, now, Capacity(at_once=0))
            lodged = await lifecycle.lodging.lodge(declaration("01", "ADOPTED"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
            with way.answers_lost(b"SET lease_owner = "), pytest.raises(StoreUnavailable):
                await store.leases.claim(lodged.id)
            lifecycle, holding = living(store, rules, now, Capacity())
            with way.answers_lost(SWEEP), pytest.raises(StoreUnavailable):
                await holding._sweep()
            record = await lifecycle.once_decided(lodged.id, within_s=PATIENCE_S)
            assert (record.state, record.due) == (State.DECIDED, False), (
                "nobody has it, and its lease is renewed for ever"
            )
        finally:
            await store.close()


@contextmanager
def locked(url: str, record_id: str) -> Iterator[None]:
    """Has a declaration's row for itself."""
    with psycopg.connect(url) as locking:
        locking.execute("SELECT 1 FROM declaration WHERE id = %s::uuid FOR UPDATE", [record_id])
        yield


async def moved(store: Store, lrn: str) -> str:
    """A declaration for which a movement was ordered, and done."""
    work = (await store.declarations.receive(new(of_store(lrn), accepted_at=NOW), lease=True)).work
    assert work is not None
    done = movement(1, state=MovementState.DONE, settled_at=NOW)
    work = await store.leases.intend(work, (done,), (event(EventKind.QUANTITY_PLANNED),))
    await store.leases.decide(work, decided(work))
    return work.id


async def doubts(store: Store, record_id: str) -> int:
    return sum(one.kind is EventKind.DOUBTED for one in await store.declarations.events(record_id))


async def leased(store: Store) -> Work:
    work = (await store.declarations.receive(new(of_store("LEASED")), lease=True)).work
    assert work is not None
    return work


async def test_a_doubt_that_cannot_be_noted_keeps_no_other_and_no_lease(
    store: Store, other: Store, rules: Rules, database_url: str
) -> None:
    _, holding = living(store, rules, now, Capacity())
    first, second = [await moved(store, lrn) for lrn in ("FIRST", "SECOND")]
    work = await leased(store)
    for one in (first, second):
        holding._doubts.append((one, event(EventKind.DOUBTED), DOUBT))
    store.leases.stop_renewing(work)
    with locked(database_url, first), pytest.raises(StoreError):
        await holding._clear()
    assert [len(holding._doubts), await doubts(store, first), await doubts(store, second)] == [1, 0, 1]
    assert await other.leases.claim(work.id) is not None, "it was given back"
    await holding._clear()
    assert [len(holding._doubts), await doubts(store, first), await doubts(store, second)] == [0, 1, 1]


async def test_a_fault_of_ours_in_one_doubt_keeps_no_other_and_no_lease(
    store: Store, other: Store, rules: Rules
) -> None:
    _, holding = living(store, rules, now, Capacity())
    first, second = [await moved(store, lrn) for lrn in ("FIRST", "SECOND")]
    work = await leased(store)
    broken = event(EventKind.DOUBTED, version=object())
    holding._doubts.extend([(first, broken, DOUBT), (second, event(EventKind.DOUBTED), DOUBT)])
    store.leases.stop_renewing(work)
    await holding._clear()
    assert [one for one, _, _ in holding._doubts] == [first], "it is tried again"
    assert await doubts(store, second) == 1
    assert await other.leases.claim(work.id) is not None, "it was given back"
