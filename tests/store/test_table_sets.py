"""A set is stored once; of the switches whose time has come the latest counts, and all replicas read the same."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from gateway.domain.actor import GATEWAY
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.store import Store, StoredSet
from tests.builders.actors import ONE


def a_set(name: str) -> StoredSet:
    return StoredSet(digest=f"sha256:{name}", version=name, content=f"content of {name}")


def in_future(seconds: float = 3600) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def due(store: Store) -> list[tuple[str, bool]]:
    return [(one.digest.removeprefix("sha256:"), one.in_s <= 0) for one in await store.table_sets.due()]


async def test_a_set_that_replicas_bring_is_put_into_force_once(store: Store, other: Store) -> None:
    assert await due(store) == []
    fresh = await asyncio.gather(
        *(one.table_sets.publish_new(a_set("a"), reason="start", by=GATEWAY) for one in (store, other) * 4)
    )
    assert sorted(fresh) == [False] * 7 + [True]
    assert await due(store) == [("a", True)]
    assert await store.table_sets.publish_new(a_set("b"), reason="start", by=GATEWAY)
    # A replica of the older files comes back: it changes nothing.
    assert not await other.table_sets.publish_new(a_set("a"), reason="start", by=GATEWAY)
    assert await due(store) == [("b", True)]
    assert len(await store.table_sets.switches()) == 2


async def test_sets_come_in_the_order_of_their_times(store: Store) -> None:
    await store.table_sets.publish_new(a_set("a"), reason="start", by=GATEWAY)
    late = await store.table_sets.publish(a_set("late"), at=in_future(7200), by=ONE)
    soon = await store.table_sets.publish(a_set("soon"), at=in_future(3600), by=ONE)
    assert await due(store) == [("a", True), ("soon", False), ("late", False)]
    # What is ordered at once does not undo what is to come; what is ordered for the same time takes its place.
    await store.table_sets.publish(a_set("now"), by=ONE)
    await store.table_sets.switch("sha256:now", at=late, by=ONE)
    assert await due(store) == [("now", True), ("soon", False), ("late", False), ("now", False)]
    (_, first, *_) = await store.table_sets.due()
    assert 3500 < first.in_s <= (soon - datetime.now(UTC)).total_seconds() + 1


async def test_a_time_that_is_over_changes_nothing(store: Store) -> None:
    with pytest.raises(CallInvalid, match="is over"):
        await store.table_sets.publish(a_set("a"), at=in_future(-1), by=ONE)
    assert await store.table_sets.content("sha256:a") is None
    assert await store.table_sets.switches() == ()


async def test_the_beginning_of_a_digest_names_its_set(store: Store) -> None:
    for name in ("ab", "ac"):
        await store.table_sets.publish(a_set(name), by=ONE)
    await store.table_sets.switch("ab", reason="back", by=ONE)
    assert await due(store) == [("ab", True)]
    for unknown in ("a", "b", "%"):
        with pytest.raises(NotKnown, match="stored under"):
            await store.table_sets.switch(unknown, by=ONE)
    (*_, last) = await store.table_sets.switches()
    assert (last.version, last.officer, last.by, last.reason, last.counts) == ("ab", "one", ONE, "back", True)


async def test_whoever_listens_is_told_of_a_switch(store: Store, other: Store, database_url: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(other.listen(heard.put_nowait))
    try:
        async with asyncio.timeout(30), await psycopg.AsyncConnection.connect(database_url, autocommit=True) as asking:
            while not heard.qsize():
                # Until it listens: what is told before is lost.
                await asking.execute("SELECT pg_notify('gateway_declaration', 'ready')")
                await other.ping()
            await store.table_sets.publish(a_set("a"), by=ONE)
            while await heard.get() != "tables":
                pass
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_what_a_set_loosened_is_kept_with_its_order(store: Store) -> None:
    await store.table_sets.publish_new(
        a_set("a"), reason="start", by=GATEWAY, loosens='{"against": "x", "loosens": []}'
    )
    await store.table_sets.publish(a_set("b"), by=ONE, loosens='{"against": "sha256:a", "loosens": [1]}')
    await store.table_sets.switch("a", by=ONE, reason="back")
    kept = [one.loosens for one in await store.table_sets.switches()]
    assert kept == ['{"against": "x", "loosens": []}', '{"against": "sha256:a", "loosens": [1]}', None]


async def test_which_set_counts_at_a_time_is_known_ahead(store: Store) -> None:
    assert await store.table_sets.counting() is None
    await store.table_sets.publish(a_set("now"), by=ONE)
    at = await store.table_sets.publish(a_set("later"), at=in_future(), by=ONE)
    assert await store.table_sets.counting() == "sha256:now"
    assert await store.table_sets.counting(at) == "sha256:later"
    assert await store.table_sets.counting(at - timedelta(seconds=1)) == "sha256:now"
    assert await store.table_sets.stored_digest("lat") == "sha256:later"
