"""Overruns of an adapter are stored; enough of them disable it, once, until somebody enables it and says why."""

import asyncio
import uuid
from datetime import datetime

import psycopg
import pytest

from gateway.domain.adapter_switch import AdapterState, OverrunKind, Quarantine
from gateway.domain.errors import AdapterQuarantined
from gateway.store import AdapterSwitches, Store
from tests.builders.actors import ONE
from tests.builders.lodging import declaration, new

LATE, ENDED, MEMORY, CHANGED = OverrunKind
LIMITS = {"declarations": 3, "declarants": 2}


@pytest.fixture
def switches(store: Store) -> AdapterSwitches:
    return store.adapters


async def lodged(store: Store, declarant: str = "FR12345678901234") -> str:
    made = new(declaration(uuid.uuid4().hex[:20], declarant=declarant))
    await store.declarations.receive(made, lease=False)
    return made.id


async def off(switches: AdapterSwitches) -> dict[str, datetime]:
    return {name: one.since for name, one in (await switches.off()).items()}


async def test_three_declarations_of_two_declarants_quarantine_it(store: Store, switches: AdapterSwitches) -> None:
    one, two, three, other = [await lodged(store) for _ in range(3)] + [await lodged(store, "DE123456789")]
    for record_id in (one, two, three, one, one):
        # However many of one declarant: it cannot take an authority from everybody else.
        assert not await switches.overran("toy", record_id, LATE, **LIMITS)
    assert not await switches.overran("another", other, LATE, **LIMITS)
    assert await off(switches) == {}
    assert await switches.overran("toy", other, LATE, **LIMITS)
    assert set(await off(switches)) == {"toy"}
    assert not await switches.overran("toy", two, LATE, **LIMITS), "it is disabled already"
    since = await off(switches)
    await switches.enable("toy", by=ONE, reason="a new version")
    assert await off(switches) == {}
    assert not await switches.overran("toy", one, LATE, **LIMITS)
    assert not await switches.overran("toy", other, LATE, **LIMITS)
    assert await switches.overran("toy", three, LATE, **LIMITS)
    assert (await off(switches))["toy"] > since["toy"]


async def test_two_declarations_are_not_enough_whosever(store: Store, switches: AdapterSwitches) -> None:
    for record_id in (await lodged(store), await lodged(store, "DE123456789")) * 3:
        assert not await switches.overran("toy", record_id, LATE, **LIMITS)
    assert not await switches.overran("toy", str(uuid.uuid4()), LATE, **LIMITS), "one that is not stored"


async def test_what_has_no_number_of_its_own_quarantines_it_too(store: Store, switches: AdapterSwitches) -> None:
    ids = [await lodged(store, f"DE12345678{number}") for number in range(3)]
    for record_id in ids[:2]:
        assert not await switches.overran("toy", record_id, CHANGED, **LIMITS)
    quarantine = await switches.overran("toy", ids[2], CHANGED, **LIMITS)
    assert quarantine == Quarantine(declarations=3)
    assert quarantine.why == "over 3 declarations its code overran its limits"
    assert (await store.audit.verify()).faults == ()


async def test_replicas_quarantine_it_once(store: Store, other: Store, database_url: str) -> None:
    ids = [await lodged(store, f"DE12345678{number}") for number in range(8)]
    both = [one.adapters for one in (store, other)]
    done = await asyncio.gather(
        *(both[number % 2].overran("toy", record_id, LATE, **LIMITS) for number, record_id in enumerate(ids))
    )
    assert len([one for one in done if one is not None]) == 1
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT adapter, enabled FROM adapter_switch").fetchall() == [("toy", False)]
        assert connection.execute("SELECT count(*) FROM adapter_overrun").fetchone() == (8,)


async def test_it_stands_in_the_chain_with_who_and_why(
    store: Store, switches: AdapterSwitches, database_url: str
) -> None:
    for record_id in [await lodged(store, f"DE12345678{number}") for number in range(3)]:
        await switches.overran("toy", record_id, LATE, **LIMITS)
    await switches.enable("toy", by=ONE, reason="a new version")
    with psycopg.connect(database_url) as connection:
        told = connection.execute(
            "SELECT e.kind, s.body FROM installation_event e JOIN installation_step s ON s.event_seq = e.seq ORDER BY seq"
        ).fetchall()
    (disabled, why), (enabled, reason) = told
    assert (disabled, enabled) == ("adapter.quarantined", "adapter.enabled")
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


async def quarantine(store: Store, *kinds: OverrunKind) -> None:
    for number, kind in enumerate(kinds):
        await store.adapters.overran("toy", await lodged(store, f"DE12345678{number}"), kind, **LIMITS)


async def test_what_its_code_did_is_kept_with_it(store: Store, other: Store) -> None:
    await quarantine(store, LATE, MEMORY, LATE)
    toy = (await other.adapters.off())["toy"]
    assert (toy.state, toy.quarantine) == (
        AdapterState.QUARANTINED,
        Quarantine(declarations=3, kinds={LATE: 2, MEMORY: 1}),
    )
    assert toy.quarantine is not None
    told = "over 3 declarations its code took longer than it may (2), wanted too much memory (1)"
    assert toy.quarantine.why == told
    await store.adapters.enable("toy", by=ONE, reason="mended")
    await quarantine(store, ENDED, ENDED)
    assert await store.adapters.off() == {}, "what it did before is forgotten"


async def test_a_person_disables_what_is_quarantined_and_drains_nothing_of_it(store: Store) -> None:
    switches = store.adapters
    await quarantine(store, LATE, LATE, ENDED)
    before = await switches.off()
    with pytest.raises(AdapterQuarantined):
        await switches.switch_off("toy", by=ONE, reason="in order", draining=True)
    assert await switches.off() == before
    await switches.switch_off("toy", by=ONE, reason="for good")
    assert (await switches.off())["toy"].state is AdapterState.DISABLED
    await switches.enable("toy", by=ONE, reason="mended")
    assert await switches.off() == {}


@pytest.mark.parametrize("draining", [False, True])
async def test_what_a_person_switched_off_stays_as_they_have_it(store: Store, draining: bool) -> None:
    await store.adapters.switch_off("toy", by=ONE, reason="maintenance", draining=draining)
    before = await store.adapters.off()
    await quarantine(store, LATE, LATE, LATE)
    assert await store.adapters.off() == before
    await store.adapters.enable("toy", by=ONE, reason="it is over")
    assert await store.adapters.off() == {}, "nor is it quarantined when it is enabled"
    assert (await store.audit.verify()).faults == ()
