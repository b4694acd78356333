"""What a process holds while its database fails: nothing stays in nobody's hands, and nothing stands in anybody's way."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import ClassVar

import psycopg
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from gateway.configured_rules import Rules
from gateway.domain.errors import LeaseLost, StoreUnavailable
from gateway.domain.events import Event, EventKind
from gateway.domain.movement import MovementState
from gateway.domain.record import State, Work
from gateway.lifecycle import Capacity, LeasedDeclarations, Processor
from gateway.lifecycle.journal import Journal
from gateway.store import Doubted, Outcome, Store, Waits
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.between import between
from tests.builders.living import XML, delivered, living, now
from tests.builders.lodging import NOW, decided, event, movement, new
from tests.builders.lodging import declaration as of_store
from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import until
from tests.builders.running import declaration

SOON = Waits(call_s=0.3, loop_s=0.3, whole_s=0.3)
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
            await lifecycle.lodging.lodge(declaration("02", "SWEPT"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
            with way.answers_lost(b"SET lease_owner = "), pytest.raises(StoreUnavailable):
                await store.leases.claim(lodged.id)
            lifecycle, holding = living(store, rules, now, Capacity(sweep_s=0.05))
            with way.answers_lost(SWEEP), capture_logs() as logged:
                await holding.start()
                record = await lifecycle.once_decided(lodged.id, within_s=PATIENCE_S)
                await until(lambda: any(one["event"] == "sweep_failed" for one in logged))
            assert (record.state, record.due) == (State.DECIDED, False), (
                "nobody has it, and its lease is renewed for ever"
            )
        finally:
            await holding.stop()
            await store.close()


async def test_what_was_cut_off_while_it_was_committed_is_committed_before_its_lease_is_returned(
    rules: Rules, database_url: str
) -> None:
    async with between(database_url) as way:
        store = await Store.open(way.url, owner="far")
        lifecycle, holding = living(store, rules, now, Capacity(drain_s=0.0))
        await holding.start()
        with way.kept_back(b"SKIP LOCKED") as kept:
            lodged = await lifecycle.lodging.lodge(declaration("01", "CUT-OFF"), XML, by=CUSTOMS, asker=AS_CUSTOMS)
            await kept.came.wait()
            stopping = asyncio.create_task(holding.stop())
            await until(lambda: not holding.is_working_on(lodged.id))
            with psycopg.connect(database_url) as connection:
                assert connection.execute("SELECT lease_owner FROM declaration").fetchone() == ("far",)
            assert not stopping.done()
        await stopping
        assert await store.declarations.decided_among([lodged.id]) == [lodged.id]
        await store.close()


@contextmanager
def locked(url: str, record_id: str) -> Iterator[None]:
    """Has a declaration's row for itself."""
    with psycopg.connect(url) as locking:
        locking.execute("SELECT 1 FROM declaration WHERE id = %s::uuid FOR UPDATE", [record_id])
        yield


class Late(Processor):
    """Sends a movement of each declaration, and finds only then that the lease is over: what became of it is in doubt."""

    async def act(self, journal: Journal) -> Outcome:
        """Sends it, and commits nothing."""
        with journal.sending(1):
            raise LeaseLost


class Faulty(Late):
    """Says in one declaration's doubt what cannot be stored, until that is mended."""

    faulty = ""
    body: ClassVar[dict[str, object]] = {}

    def doubted(self, journal: Journal) -> tuple[Event, Doubted]:
        """Gives the doubt."""
        told, doubt = super().doubted(journal)
        return (replace(told, body=self.body) if journal.work.id == self.faulty else told), doubt


NOTHING_TAKEN = Capacity(at_once=0, lease_s=0.6)
"""What a test hands over is worked on, and nothing else; what is left undone is tried again every 0.2 s."""


async def moved(store: Store, lrn: str) -> Work:
    """A declaration for which a movement was ordered, and done; its lease is over."""
    work = (await store.declarations.receive(new(of_store(lrn), accepted_at=NOW), lease=True)).work
    assert work is not None
    done = movement(1, state=MovementState.DONE, settled_at=NOW)
    work = await store.leases.intend(work, (done,), (event(EventKind.QUANTITY_PLANNED),))
    await store.leases.decide(work, decided(work))
    return work


async def doubts(store: Store, work: Work) -> int:
    return sum(one.kind is EventKind.DOUBTED for one in await store.declarations.events(work.id))


async def until_doubted(store: Store, work: Work) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await doubts(store, work):
            pass


async def leased(store: Store) -> Work:
    work = (await store.declarations.receive(new(of_store("LEASED")), lease=True)).work
    assert work is not None
    return work


async def until_given_back(other: Store, work: Work) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await other.leases.claim(work.id) is None:
            pass


@asynccontextmanager
async def left_over(
    store: Store, rules: Rules, works: Sequence[Work], processor: type[Processor]
) -> AsyncIterator[LeasedDeclarations]:
    """A process in which these are in doubt, and a lease of its own is let go."""
    _, holding = living(store, rules, now, NOTHING_TAKEN, processor=processor)
    for work in works:
        holding.take(work)
    await until(lambda: holding.to_clear == len(works) + 1)
    await holding.start()
    yield holding
    await holding.stop()


async def test_a_doubt_that_cannot_be_noted_keeps_no_other_and_no_lease(
    store: Store, other: Store, rules: Rules, database_url: str
) -> None:
    first, second = [await moved(store, lrn) for lrn in ("FIRST", "SECOND")]
    work = await leased(store)
    store.leases.stop_renewing(work)
    async with left_over(store, rules, (first, second), Late) as holding:
        with locked(database_url, first.id):
            await until_given_back(other, work)
            assert [holding.to_clear, await doubts(store, first), await doubts(store, second)] == [1, 0, 1]
        await until_doubted(store, first)
        await until(lambda: not holding.to_clear)
        assert [await doubts(store, first), await doubts(store, second)] == [1, 1]


async def test_a_fault_of_ours_in_one_doubt_keeps_no_other_and_no_lease(
    store: Store, other: Store, rules: Rules
) -> None:
    first, second = [await moved(store, lrn) for lrn in ("FIRST", "SECOND")]
    work = await leased(store)
    store.leases.stop_renewing(work)

    class OfTheFirst(Faulty):
        faulty = first.id
        body: ClassVar[dict[str, object]] = {"version": object()}

    async with left_over(store, rules, (first, second), OfTheFirst) as holding:
        await until_given_back(other, work)
        assert [holding.to_clear, await doubts(store, first), await doubts(store, second)] == [1, 0, 1]
        OfTheFirst.body["version"] = 1
        await until_doubted(store, first)
        await until(lambda: not holding.to_clear)
        assert [await doubts(store, first), await doubts(store, second)] == [1, 1], "it is tried again"
