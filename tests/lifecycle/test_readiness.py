"""A process says of itself which part of it keeps it from taking declarations."""

import asyncio
import math
from collections.abc import Mapping

import psycopg
import pytest

from gateway import observe
from gateway.configured_rules import Rules
from gateway.domain.errors import ConfigurationError
from gateway.lifecycle import Capacity, Lifecycle, Pulses
from gateway.store import Store, migrations
from tests.builders.living import living, now, rules, store

__all__ = ["rules", "store"]


def ready(store: Store, rules: Rules, pulses: Pulses | None = None) -> Lifecycle:
    lifecycle, _ = living(store, rules, now, Capacity(), pulses=pulses)
    return lifecycle


def wrong(parts: Mapping[str, bool]) -> set[str]:
    return {name for name, is_so in parts.items() if not is_so}


async def test_one_that_stops_says_so_before_it_refuses_anything(store: Store, rules: Rules) -> None:
    lifecycle = ready(store, rules)
    assert wrong(await lifecycle.readiness.now()) == set()
    lifecycle.readiness.leave()
    assert wrong(await lifecycle.readiness.now()) == {"serving"}


async def test_a_loop_that_ended_is_told_at_once_and_one_that_does_nothing_before_its_process_ends(
    store: Store, rules: Rules
) -> None:
    pulses = Pulses(within_s=0.08, every_s=0.01)
    lifecycle = ready(store, rules, pulses)
    waits = asyncio.Event()

    async def loop() -> None:
        await waits.wait()

    task = asyncio.create_task(loop(), name="sweep")
    pulses.follow([task])
    assert wrong(await lifecycle.readiness.now()) == set()
    steps: list[set[str]] = []

    async def answers() -> bool:
        steps.append(wrong(await lifecycle.readiness.now()))
        return True

    await pulses.watch(answers, store.require_served)
    assert steps[0] == set()
    assert steps[-1] == {"loops"}, "it is told before the process ends"
    assert wrong(await lifecycle.readiness.now()) == {"loops", "serving"}
    waits.set()
    await task
    other = Pulses(within_s=1000, every_s=1)
    other.follow([task])
    assert wrong(await ready(store, rules, other).readiness.now()) == {"loops"}


async def test_a_schema_that_is_older_or_too_new_is_told(store: Store, rules: Rules, database_url: str) -> None:
    pulses = Pulses(within_s=1000, every_s=0.01)
    lifecycle = ready(store, rules, pulses)
    with psycopg.connect(database_url, autocommit=True) as connection:
        taken = connection.execute(
            "DELETE FROM migration WHERE name = %s RETURNING name, digest, oldest", [max(migrations())]
        ).fetchone()
        assert taken is not None
        await store.require_served()
        assert store.lacks == (taken[0],)
        assert wrong(await lifecycle.readiness.now()) == {"schema"}
        connection.execute("INSERT INTO migration (name, digest, oldest) VALUES (%s, %s, %s)", taken)
        await store.require_served()
        assert wrong(await lifecycle.readiness.now()) == set()
        connection.execute("INSERT INTO migration (name, digest, oldest) VALUES ('9999_newer.sql', 'x', '99.0')")
        await pulses.watch(store.ping, store.require_served)
        connection.execute("DELETE FROM migration WHERE name = '9999_newer.sql'")
    assert isinstance(pulses.over, ConfigurationError)
    assert wrong(await lifecycle.readiness.now()) == {"schema", "serving"}


async def test_however_many_ask_the_database_is_asked_once_at_a_time(database_url: str, rules: Rules) -> None:
    asked = [0]

    class Counted(Store):
        async def ping(self) -> bool:
            asked[0] += 1
            return await super().ping()

    counted = await Counted.open(database_url, owner="test")
    try:
        readiness = ready(counted, rules).readiness
        found = await asyncio.gather(*(readiness.now() for _ in range(1000)))
    finally:
        await counted.close()
    assert asked == [1]
    assert {frozenset(wrong(one)) for one in found} == {frozenset()}


async def test_a_database_that_does_not_answer_keeps_nobody_waiting_and_is_soon_said_to_be_away(
    database_url: str, rules: Rules
) -> None:
    answers = asyncio.Event()
    answers.set()

    class Halting(Store):
        async def ping(self) -> bool:
            await answers.wait()
            return await super().ping()

    halting = await Halting.open(database_url, owner="test")
    try:
        readiness = ready(halting, rules).readiness
        assert wrong(await readiness.now()) == set()
        answers.clear()
        assert wrong(await readiness.now()) == set(), "what it was a moment ago"
        while not wrong(await readiness.now()):
            """Nothing answers: each question ends by itself."""
        assert wrong(await readiness.now()) == {"store"}
        answers.set()
        while wrong(await readiness.now()):
            """It answers again."""
    finally:
        answers.set()
        await halting.close()


async def test_the_clock_is_compared_with_the_databases_and_not_told_once_that_does_not_answer(
    store: Store, database_url: str
) -> None:
    def told() -> float:
        (family,) = observe.ahead_of_database.collect()
        return family.samples[0].value

    assert await store.ping()
    assert abs(told()) < 5
    with psycopg.connect(database_url) as locking:
        locking.execute("LOCK TABLE declaration")
        assert not await store.ping()
    assert abs(told()) < 5, "it answered, though nothing can be written"
    await store.close()
    assert not await store.ping()
    assert math.isnan(told())


@pytest.mark.parametrize("answered", [True, False])
async def test_what_the_watch_found_is_passed_on(answered: bool) -> None:
    found: list[bool] = []
    pulses = Pulses(within_s=10, every_s=0.01)

    async def answers() -> bool:
        if found:
            raise asyncio.CancelledError
        return answered

    async def may_serve() -> None:
        """It may."""

    await asyncio.gather(pulses.watch(answers, may_serve, found.append), return_exceptions=True)
    assert found == [answered]
