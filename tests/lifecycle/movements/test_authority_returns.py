"""An authority that is back finds what waited for it assessed at once, the oldest first, and is not flooded."""

import asyncio
from datetime import timedelta

import psycopg

from adapters.simulation.faults import Fault
from gateway.domain.actor import Actor
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.decision import Effect
from gateway.domain.record import Record
from gateway.lifecycle.authorities.authority_returns import AuthorityReturns
from tests.builders.goods import goods, milk
from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import Office, Replica

NEVER = timedelta(days=1)
ANN = Actor(id="ann", person="Ann", role="officer")
BEN = Actor(id="ben", person="Ben", role="officer")


def following(replica: Replica, *, most: int = 4, probe_every: timedelta = NEVER) -> AuthorityReturns:
    """What one replica does about authorities that come back."""
    return AuthorityReturns(
        waiting=replica.store.waiting,
        leases=replica.holding,
        health=replica.dispatcher.health,
        every_s=3600,
        most=most,
        probe_every=probe_every,
    )


async def held(office: Office, count: int) -> list[Record]:
    """Lodges declarations while the authority is down."""
    references = [office.authority.issue(f"CHEDP.XX.2026.{3000000 + n}", ("0401", "1000", "KGM")) for n in range(count)]
    office.authority.fail(Fault.DOWN, count=None)
    found = [await office.lodge(f"BACK-{n}", goods(milk(reference))) for n, reference in enumerate(references)]
    assert {one.decision.decision.effect for one in found if one.decision is not None} == {Effect.HOLD}
    return found


async def effects(office: Office, records: list[Record]) -> list[Effect]:
    """How declarations are decided by now."""
    now = [await office.lifecycle.steps.current(one.id) for one in records]
    return [one.decision.decision.effect for one in now if one.decision is not None]


async def all_of(office: Office, returns: AuthorityReturns, records: list[Record], effect: Effect) -> list[int]:
    """Polls until all are decided so; gives how many were in hand after each poll that took some."""
    in_hand = []
    async with asyncio.timeout(PATIENCE_S):
        while set(await effects(office, records)) != {effect}:
            await returns.refresh()
            in_hand.append(office.first.holding.in_hand)
    return in_hand


async def test_what_waited_is_assessed_in_order_of_age_and_without_a_rush(office: Office) -> None:
    records = await held(office, 7)
    office.authority.heal()
    returns = following(office.first)
    await returns.refresh()
    assert set(await effects(office, records)) == {Effect.HOLD}, "nobody knows that the authority is back"
    came = len(office.authority.came)
    await office.lodge("NEW", goods(milk(office.authority.issue("CHEDP.XX.2026.3000099", ("0401", "1000", "KGM")))))
    returns.back("traces")
    in_hand = await all_of(office, returns, records, Effect.RELEASE)
    assert max(in_hand) <= 4
    order = [one.reference for one in office.authority.came[came:] if one.operation == "read"]
    mine = [one for one in dict.fromkeys(order) if one < "CHEDP.XX.2026.3000099"]
    assert mine[0] == "CHEDP.XX.2026.3000000", "the first one alone, the oldest"
    assert set(mine[1:3]) == {"CHEDP.XX.2026.3000001", "CHEDP.XX.2026.3000002"}, "then two"
    assert await office.store.waiting.by_authority() == {}


async def test_one_declaration_finds_out_whether_the_authority_is_back(office: Office) -> None:
    records = await held(office, 3)
    returns = following(office.first, probe_every=timedelta())
    for _ in range(3):
        came = len(office.authority.came)
        await returns.refresh()
        probed = {one.reference for one in office.authority.came[came:]}
        assert len(probed) == 1, "while it is down, one at a time"
    office.authority.heal()
    async with asyncio.timeout(PATIENCE_S):
        while Effect.RELEASE not in await effects(office, records):
            await returns.refresh()
    returns.back("traces")
    await all_of(office, returns, records, Effect.RELEASE)


async def test_some_that_hang_keep_nobody_else_waiting_after_a_return(office: Office) -> None:
    records = await held(office, 7)
    office.authority.heal()
    for number in range(3):
        office.authority.fail(Fault.HANG, reference=f"CHEDP.XX.2026.{3000000 + number}", count=None)
    await office.lodge("NEW", goods(milk(office.authority.issue("CHEDP.XX.2026.3000099", ("0401", "1000", "KGM")))))
    returns = following(office.first, most=8)
    returns.back("traces")
    await all_of(office, returns, records[3:], Effect.RELEASE)
    assert all(office.first.holding.is_working_on(one.id) for one in records[:3]), "they hang still"


async def test_one_that_hangs_is_not_the_only_one_to_find_out_whether_the_authority_is_back(office: Office) -> None:
    records = await held(office, 3)
    office.authority.heal()
    office.authority.fail(Fault.HANG, reference="CHEDP.XX.2026.3000000", count=None)
    returns = following(office.first, probe_every=timedelta())
    async with asyncio.timeout(PATIENCE_S):
        while Effect.RELEASE not in await effects(office, records):
            await returns.refresh()
    assert office.first.holding.is_working_on(records[0].id), "it hangs still"


async def test_nothing_is_lost_when_the_process_ends(office: Office) -> None:
    records = await held(office, 3)
    office.authority.heal()
    await office.store.waiting.returned("traces")
    await office.first.kill()
    replica = await office.open()
    await all_of(office, following(replica), records, Effect.RELEASE)


async def test_a_window_that_opens_has_what_waits_assessed_though_nobody_answers(office: Office) -> None:
    records = await held(office, 5)
    word = WindowStatement(officer="Ann", second_officer="Ben", reason="down", by=ANN, second=BEN)
    opened = await office.lifecycle.contingency.open(WindowOrder(adapter="traces", mode=WindowMode.MANUAL, word=word))
    assert isinstance(opened, tuple)
    returns = following(office.first)
    with psycopg.connect(office.url, autocommit=True) as connection:

        def inside() -> int:
            row = connection.execute("SELECT count(DISTINCT declaration_id) FROM contingency_document").fetchone()
            assert row is not None
            return int(row[0])

        async with asyncio.timeout(PATIENCE_S):
            while inside() < len(records):
                await returns.refresh()
    assert set(await effects(office, records)) == {Effect.HOLD}
