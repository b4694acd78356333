"""The own time of what was lost with its process: one at a time has the turn, which is noted; who waits for others has none."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import psycopg
import pytest

from gateway.configured_rules import Rules
from gateway.dispatch.own_time import own_time
from gateway.domain.record import Work
from gateway.lifecycle import Capacity, LeasedDeclarations, Processor
from gateway.lifecycle.journal import Journal
from gateway.store import Outcome, Store
from tests.builders.living import delivered, living, now
from tests.builders.lodging import decided, declaration, new
from tests.builders.replicas import until

LOST, CAPACITY = 3, Capacity(at_once=16, sweep_s=0.05)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return delivered()


class Told:
    """What the processor of a test has in hand, and what it waits for."""

    def __init__(self) -> None:
        self.asking: dict[str, Work] = {}
        self.working: set[str] = set()
        self.answered, self.done = asyncio.Event(), asyncio.Event()


class Asking(Processor):
    """Waits for an authority where the declaration was lost; then works until it is told to end."""

    told: ClassVar[Told]

    async def act(self, journal: Journal) -> Outcome:
        """Waits, and works."""
        told = self.told
        if (own := own_time.get()) is not None:
            with own.exchanging():
                told.asking[journal.work.id] = journal.work
                await own.waited(told.answered.wait())
            told.working.add(journal.work.id)
            await told.done.wait()
            told.working.discard(journal.work.id)
        return decided(journal.work)


async def lodged(store: Store, lrn: str) -> str:
    one = new(declaration(lrn))
    await store.declarations.receive(one, lease=True)
    return one.id


def counted(url: str) -> dict[str, tuple[int, bool]]:
    """How many losses count of each that is leased, and whether one more does if its process ends now."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT id::text, cardinality(array_remove(lost, lease_token)), lease_token = ANY (lost)"
            " FROM declaration WHERE lease_owner IS NOT NULL"
        )
        return {record_id: (losses, more) for record_id, losses, more in found}


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A process that takes over what others have lost."""
    gone = await Store.open(database_url, owner="gone")
    for number in range(LOST):
        await lodged(gone, f"LOST-{number}")
    await gone.close()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE declaration SET lease_until = now() - interval '1 s'")
    opened = await Store.open(database_url, owner="test")
    yield opened
    await opened.close()


def taking(store: Store, rules: Rules, capacity: Capacity = CAPACITY) -> tuple[LeasedDeclarations, Told]:
    class Here(Asking):
        told = Told()

    _, holding = living(store, rules, now, capacity, processor=Here)
    return holding, Here.told


async def test_all_wait_at_once_beside_other_work_and_none_is_blamed_for_it(
    store: Store, rules: Rules, database_url: str
) -> None:
    holding, acting = taking(store, rules)
    await holding.start()
    await until(lambda: len(acting.asking) == LOST)
    await until(lambda: set(counted(database_url).values()) == {(1, False)})
    assert holding.has_room()
    work = (await store.declarations.receive(new(declaration("BESIDE")), lease=True)).work
    assert work is not None
    holding.take(work)
    await until(lambda: not holding.is_working_on(work.id))
    assert await store.declarations.decided_among([work.id]) == [work.id], "while all of them wait"
    acting.answered.set()
    await until(lambda: len(acting.working) == 1)
    (mine,) = acting.working
    found = counted(database_url)
    assert found.pop(mine) == (1, True), "its process may end by it now"
    assert set(found.values()) == {(1, False)}
    acting.done.set()
    await until(lambda: not holding.in_hand)
    assert counted(database_url) == {}
    await holding.stop()


async def test_who_waited_when_its_process_ended_is_counted_no_further_and_who_had_the_turn_is(
    store: Store, rules: Rules, database_url: str
) -> None:
    """Three processes end, each by the same one; the others wait each time, and are counted once."""
    guilty = ""
    for deaths in (1, 2):
        others = asyncio.all_tasks()
        holding, told = taking(store, rules)
        await holding.start()
        await until(lambda told=told: len(told.asking) == LOST)  # type: ignore[misc]
        await until(lambda: not any(more for _, more in counted(database_url).values()))
        guilty = guilty or min(told.asking)
        assert told.asking[guilty].lost_attempts == deaths
        await store.leases.note_own_time(told.asking[guilty], runs=True)
        await power_fails(asyncio.all_tasks() - others, database_url)
    found = {}
    while (taken := await store.leases.take_lost()) is not None:
        found[taken.id] = taken.lost_attempts
    assert found.pop(guilty) == 3
    assert list(found.values()) == [1] * (LOST - 1)


async def power_fails(doomed: "set[asyncio.Task[Any]]", url: str) -> None:
    """No lease is returned, and all of them run out."""
    for task in doomed:
        task.cancel()
    await asyncio.gather(*doomed, return_exceptions=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE declaration SET lease_owner = 'gone', lease_until = now() - interval '1 s'")


async def test_a_quarter_of_what_is_worked_on_at_once_may_have_been_lost(store: Store, rules: Rules) -> None:
    holding, acting = taking(store, rules, Capacity(at_once=8, sweep_s=0.05))
    await holding.start()
    await until(lambda: len(acting.asking) == 2)
    for _ in range(5):
        await store.ping()
    assert len(acting.asking) == 2
    acting.answered.set()
    acting.done.set()
    await until(lambda: len(acting.asking) == LOST and not holding.in_hand)
    await holding.stop()
