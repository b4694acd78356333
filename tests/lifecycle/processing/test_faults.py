"""A fault of our own leaves no goods without a decision, and nobody waiting for ever."""

import asyncio
from datetime import datetime

import psycopg
import pytest

from gateway.configured_rules import Rules
from gateway.domain.decision import Effect
from gateway.domain.errors import TooManyCalls
from gateway.domain.events import EventKind
from gateway.domain.record import State
from gateway.domain.verification import DocumentStatus
from gateway.lifecycle import Capacity
from gateway.store import Store
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.lists import find
from tests.builders.living import XML, living, now
from tests.builders.processes import PATIENCE_S
from tests.builders.running import declaration


class BrokenOnce:
    """A clock that fails the first time that it is looked at."""

    def __init__(self) -> None:
        self.failed = False

    def __call__(self) -> datetime:
        if not self.failed:
            self.failed = True
            raise RuntimeError("the clock is broken")
        return now()


async def test_a_look_that_fails_is_a_hold_that_says_so(store: Store, rules: Rules) -> None:
    clock = BrokenOnce()
    lifecycle, _ = living(store, rules, clock, Capacity())
    lodged = await lifecycle.lodging.lodge(
        declaration("01", "FAULT1"), XML, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS
    )
    record = await lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=30)
    assert clock.failed
    assert record.state is State.DECIDED
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.HOLD
    assert {d.status for d in record.documents} == {DocumentStatus.UNDETERMINED, DocumentStatus.UNROUTED}
    assert (await store.leases.backlog())[0] == 0


async def test_what_its_client_has_no_budget_for_is_not_stored(store: Store, rules: Rules) -> None:
    lifecycle, _ = living(store, rules, now, Capacity())
    charged: list[int] = []

    def charge(documents: int) -> None:
        charged.append(documents)
        if len(charged) == 1:
            raise TooManyCalls

    with pytest.raises(TooManyCalls):
        await lifecycle.lodging.lodge(declaration("01", "BUDGET1"), XML, by=CUSTOMS, asker=AS_CUSTOMS, charge=charge)
    assert await find(store, lrn="BUDGET1") == ((), None)
    assert (
        await lifecycle.lodging.lodge(declaration("01", "BUDGET1"), XML, by=CUSTOMS, asker=AS_CUSTOMS, charge=charge)
    ).fresh
    assert charged == [1, 1]


async def test_what_a_stopping_process_leaves_is_taken_over(store: Store, rules: Rules, database_url: str) -> None:
    lifecycle, holding = living(store, rules, now, Capacity(sweep_s=3600))
    holding.leave()
    await holding.stop()
    with pytest.raises(Exception, match="waiting"):
        await lifecycle.lodging.lodge(declaration("01", "FAULT2"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
    # Committed without a lease, as behind a burst: another replica's sweep decides it.
    lifecycle, holding = living(store, rules, now, Capacity(at_once=1, sweep_s=0.05))
    with holding.arrival(), holding.arrival(), holding.arrival(), holding.arrival():
        lodged = await lifecycle.lodging.lodge(declaration("01", "FAULT3"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
    left = await store.declarations.get(lodged.id)
    assert left is not None
    assert left.state is State.RECEIVED
    other_store = await Store.open(database_url, owner="other")
    other, sweeping = living(other_store, rules, now, Capacity(sweep_s=0.05))
    await sweeping.start()
    try:
        record = await other.once_decided(lodged.id, within_s=30)
        while record.due:
            record = await other.once_decided(lodged.id, within_s=1)
        assert record.state is State.DECIDED
    finally:
        await sweeping.stop()
        await other_store.close()


async def test_waiters_are_told_when_the_wait_is_over(store: Store, rules: Rules) -> None:
    lifecycle, holding = living(store, rules, now, Capacity(sweep_s=3600))
    with holding.arrival(), holding.arrival(), holding.arrival(), holding.arrival():
        lodged = await lifecycle.lodging.lodge(declaration("01", "FAULT4"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
    early = await lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=0.01)
    assert (early.due, early.decision) == (True, None)
    waiting = asyncio.create_task(lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=30))
    await holding.pursue(lodged.id)
    assert (await waiting).decision is not None


async def test_waiters_of_a_process_that_stops_are_told_how_things_stand(store: Store, rules: Rules) -> None:
    lifecycle, holding = living(store, rules, now, Capacity(sweep_s=3600))
    with holding.arrival(), holding.arrival(), holding.arrival(), holding.arrival():
        lodged = await lifecycle.lodging.lodge(declaration("01", "FAULT5"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
    async with asyncio.timeout(PATIENCE_S):
        waiting = asyncio.create_task(lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=10 * PATIENCE_S))
        for _ in range(3):
            # Meanwhile it waits.
            await store.ping()
        lifecycle.end_waits()
        late = await lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=10 * PATIENCE_S)
        assert [(one.due, one.decision) for one in (await waiting, late)] == [(True, None)] * 2


async def test_overdue_looks_are_taken_some_at_a_time_while_there_is_room(
    store: Store, rules: Rules, database_url: str
) -> None:
    lifecycle, holding = living(store, rules, now, Capacity(sweep_s=3600, due_at_once=2))
    _, full = living(store, rules, now, Capacity(sweep_s=3600, at_once=0))
    lodged = [
        await lifecycle.lodging.lodge(
            declaration("01", f"OVERDUE{n}"), XML, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS
        )
        for n in range(3)
    ]

    async def looks() -> list[int]:
        for one in lodged:
            await lifecycle.once_decided(one.id, seq=one.seq, within_s=30)
        trails = [await store.declarations.events(one.id) for one in lodged]
        return sorted(sum(event.kind is EventKind.DOCUMENTS_VERIFIED for event in trail) for trail in trails)

    assert await looks() == [1, 1, 1]
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        moved = await connection.execute("UPDATE declaration SET look_due_at = now() WHERE look_due_at IS NOT NULL")
    assert moved.rowcount == 3
    assert await full.take_due(), "they are left"
    assert await holding.take_due(), "one may be left"
    assert await looks() == [1, 2, 2]
    assert not await holding.take_due()
    assert await looks() == [2, 2, 2]
