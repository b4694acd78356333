"""Overruns of an adapter are stored; enough of them disable it, once, until somebody enables it and says why."""

import asyncio
import uuid

import psycopg
import pytest

from gateway.store import AdapterSwitches, Store
from tests.builders.actors import ONE
from tests.builders.lodging import declaration, new

LIMITS = {"declarations": 3, "declarants": 2}


@pytest.fixture
def switches(store: Store) -> AdapterSwitches:
    return store.adapters


async def lodged(store: Store, declarant: str = "FR12345678901234") -> str:
    made = new(declaration(uuid.uuid4().hex[:20], declarant=declarant))
    await store.declarations.receive(made, lease=False)
    return made.id


async def test_three_declarations_of_two_declarants_disable_it(store: Store, switches: AdapterSwitches) -> None:
    one, two, three, other = [await lodged(store) for _ in range(3)] + [await lodged(store, "DE123456789")]
    for record_id in (one, two, three, one, one):
        # However many of one declarant: it cannot take an authority from everybody else.
        assert not await switches.overran("toy", record_id, **LIMITS)
    assert not await switches.overran("another", other, **LIMITS)
    assert await switches.disabled() == {}
    assert await switches.overran("toy", other, **LIMITS)
    assert set(await switches.disabled()) == {"toy"}
    assert not await switches.overran("toy", two, **LIMITS), "it is disabled already"
    since = await switches.disabled()
    await switches.enable("toy", by=ONE, reason="a new version")
    assert await switches.disabled() == {}
    assert not await switches.overran("toy", one, **LIMITS)
    assert not await switches.overran("toy", other, **LIMITS)
    assert await switches.overran("toy", three, **LIMITS)
    assert (await switches.disabled())["toy"] > since["toy"]


async def test_two_declarations_are_not_enough_whosever(store: Store, switches: AdapterSwitches) -> None:
    for record_id in (await lodged(store), await lodged(store, "DE123456789")) * 3:
        assert not await switches.overran("toy", record_id, **LIMITS)
    assert not await switches.overran("toy", str(uuid.uuid4()), **LIMITS), "one that is not stored"


async def test_replicas_disable_it_once(store: Store, other: Store, database_url: str) -> None:
    ids = [await lodged(store, f"DE12345678{number}") for number in range(8)]
    both = [one.adapters for one in (store, other)]
    done = await asyncio.gather(
        *(both[number % 2].overran("toy", record_id, **LIMITS) for number, record_id in enumerate(ids))
    )
    assert sorted(done) == [False] * 7 + [True]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT adapter, enabled FROM adapter_switch").fetchall() == [("toy", False)]
        assert connection.execute("SELECT count(*) FROM adapter_overrun").fetchone() == (8,)


async def test_it_stands_in_the_chain_with_who_and_why(
    store: Store, switches: AdapterSwitches, database_url: str
) -> None:
    for record_id in [await lodged(store, f"DE12345678{number}") for number in range(3)]:
        await switches.overran("toy", record_id, **LIMITS)
    await switches.enable("toy", by=ONE, reason="a new version")
    with psycopg.connect(database_url) as connection:
        told = connection.execute(
            "SELECT e.kind, s.body FROM installation_event e JOIN installation_step s ON s.event_seq = e.seq ORDER BY seq"
        ).fetchall()
    (disabled, why), (enabled, reason) = told
    assert (disabled, enabled) == ("adapter.disabled", "adapter.enabled")
    assert "overruns by 3" in why
    assert "a new version" in reason
    assert (await store.audit.verify()).faults == ()
    with psycopg.connect(database_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute("DELETE FROM adapter_switch")
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE adapter_switch SET enabled = true")
    assert (await store.audit.verify()).faults


async def test_replicas_hear_of_it(store: Store, switches: AdapterSwitches, database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as listening:
        await listening.execute("LISTEN gateway_declaration")
        await switches.enable("toy", by=ONE, reason="to be sure")
        async for told in listening.notifies(timeout=60, stop_after=1):
            assert told.payload == "adapters"
