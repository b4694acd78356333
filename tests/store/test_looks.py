"""When a declaration is looked at again by itself: planned with each outcome, taken once, never lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.errors import Stale
from gateway.domain.events import EventKind
from gateway.domain.record import Work
from gateway.store import AcceptanceReceived, Lapsed, Store
from tests.builders.lodging import NOW, decided, declaration, event, new

DUE = datetime.now(UTC) - timedelta(minutes=1)
LATER = datetime.now(UTC) + timedelta(days=1)


async def looked_at(store: Store, lrn: str = "LRN1", *, again: datetime | None) -> str:
    """Lodges and decides a declaration that is looked at again at some time."""
    lodged = new(declaration(lrn))
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work, assess_at=again))
    return lodged.id


async def claimed(store: Store, record_id: str) -> Work:
    """Wants work on a declaration, and takes its lease."""
    await store.declarations.wake(record_id)
    work = await store.leases.claim(record_id)
    assert work is not None
    return work


async def test_a_look_is_planned_with_its_outcome_or_not_at_all(store: Store, database_url: str) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.steps.note(
        lodged.id, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn="MRN1", accepted_at=NOW)
    )
    with pytest.raises(Stale):
        await store.leases.decide(work, decided(work, assess_at=LATER))
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert connection.execute("SELECT look_due_at FROM declaration").fetchone() == (None,)
        again = await store.leases.reread(work)
        await store.leases.decide(again, decided(again, assess_at=LATER))
        assert connection.execute("SELECT look_due_at FROM declaration").fetchone() == (LATER,)
        # A look is found by its time alone: what is planned for other days costs nothing.
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute("EXPLAIN SELECT id FROM declaration WHERE look_due_at <= now() LIMIT 1").fetchall()
        assert "declaration_look_due" in str(plan)


async def test_a_look_is_taken_when_it_is_due_and_is_another_look(store: Store, other: Store) -> None:
    due, later = await looked_at(store, again=DUE), await looked_at(store, "LRN2", again=LATER)
    (work,) = await other.leases.take_due(10)
    assert (work.id, work.assessed, work.assess_at) == (due, False, None)
    assert await store.leases.take_due(10) == await store.leases.sweep(10) == []
    assert not (await other.leases.decide(work, decided(work))).due
    assert await store.leases.take_due(10) == []
    work = await claimed(store, later)
    assert work.assess_at == LATER


async def test_the_newest_outcome_alone_says_when_the_next_look_is(store: Store) -> None:
    for lrn, then in (("LRN1", None), ("LRN2", LATER)):
        record_id = await looked_at(store, lrn, again=DUE)
        work = await claimed(store, record_id)
        await store.leases.decide(work, decided(work, assess_at=then))
    assert await store.leases.take_due(10) == []
    work = await claimed(store, record_id)
    await store.leases.decide(work, decided(work, assess_at=DUE))
    assert [work.id for work in await store.leases.take_due(10)] == [record_id]


async def test_what_somebody_works_on_is_left_to_them(store: Store, other: Store) -> None:
    record_id = await looked_at(store, again=DUE)
    work = await claimed(store, record_id)
    assert await other.leases.take_due(10) == []
    await store.leases.decide(work, decided(work, assess_at=DUE))
    assert [work.id for work in await other.leases.take_due(10)] == [record_id]


async def test_two_replicas_never_take_the_same_look_and_begin_with_the_oldest(store: Store, other: Store) -> None:
    ids = [await looked_at(store, f"LRN{n}", again=DUE + timedelta(seconds=n)) for n in range(30)]
    assert {work.id for work in await store.leases.take_due(10)} == set(ids[:10])
    taken = await asyncio.gather(*((store, other)[i % 2].leases.take_due(5) for i in range(4)))
    assert sorted(work.id for works in taken for work in works) == sorted(ids[10:])
    assert await store.leases.take_due(10) == []


async def test_a_look_that_was_taken_and_not_done_is_taken_again(database_url: str, store: Store) -> None:
    doomed = await Store.open(database_url, owner="doomed", lease_s=0.001)
    try:
        record_id = await looked_at(store, again=DUE)
        assert [work.id for work in await doomed.leases.take_due(10)] == [record_id]
    finally:
        await doomed.close()
    assert await store.leases.sweep(10) == []
    work = await store.leases.take_lost()
    assert work is not None
    assert (work.id, work.assessed) == (record_id, False)
    await store.leases.decide(work, decided(work))
    assert await store.leases.sweep(10) == await store.leases.take_due(10) == []


async def test_what_is_wanted_beside_a_look_is_done_with_it_or_after_it(store: Store) -> None:
    record_id = await looked_at(store, again=DUE)
    assert await store.declarations.wake(record_id)
    (work,) = await store.leases.take_due(10)
    assert not (await store.leases.decide(work, decided(work, assess_at=DUE))).due
    (work,) = await store.leases.take_due(10)
    assert await store.declarations.wake(record_id)
    assert (await store.leases.decide(work, decided(work))).due


async def test_nobody_looks_again_at_what_lapsed(store: Store) -> None:
    record_id = await looked_at(store, again=DUE)
    await store.steps.note(record_id, event(EventKind.LAPSED), Lapsed())
    assert await store.leases.take_due(10) == []


async def test_an_assessment_knows_why_it_was_asked_for(store: Store) -> None:
    record_id = await looked_at(store, again=DUE)
    (work,) = await store.leases.take_due(10)
    assert work.because == ("retry",)
    await store.declarations.wake(record_id, because=AssessmentCause.PUSH)
    await store.declarations.wake(record_id)
    await store.leases.decide(work, decided(work, assess_at=None))
    following = await store.leases.claim(record_id)
    assert following is not None
    assert following.because == ("push",), "what came meanwhile is why it is assessed once more, and nothing else"
    await store.leases.decide(following, decided(following, assess_at=None))
    assert (await claimed(store, record_id)).because == ()


async def test_causes_do_not_pile_up(store: Store) -> None:
    record_id = await looked_at(store, again=None)
    for _ in range(30):
        await store.declarations.wake(record_id, because=AssessmentCause.PUSH)
    work = await store.leases.claim(record_id)
    assert work is not None
    assert len(work.because) == 20
