"""What only a position says is read again at 150 seconds, 10 minutes, an hour and a day: what came late is seen and put right."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from adapters.simulation.holds import Orphan, When
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind
from gateway.domain.movement import Movement, MovementKind, MovementState, Shown
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Record, State
from gateway.domain.release import ReleaseOrder
from gateway.terminal.exits import Exit
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import AMEND, CANCEL, DELETE, READ, RESERVE, WRITE_OFF
from tests.builders.commands import gateway_command
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.offices import SECRETS
from tests.builders.replicas import Office, effect, findings, invalidating, mrn_of, until

CHED = "CHEDP.FR.2026.9000001"
LRN = "LATER"
MRN = mrn_of(LRN)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def held(office: Office, quantity: str = "100") -> Record:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    return await office.lodge(LRN, goods(milk(CHED, quantity)))


async def asleep(office: Office) -> str:
    """A reservation is planned, and whoever planned it falls asleep with it; another replica settles it as not done."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.hold(When.BEFORE, RESERVE, orphan=Orphan.PERFORM)
    lodged = await office.lifecycle.lodging.lodge(
        message(LRN, goods(milk(CHED)), mrn=MRN), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    await office.kill(office.first)
    return lodged.id


async def wakes(office: Office) -> None:
    """The sleeper's order takes effect after all."""
    office.authority.frame.holds.release()
    await until(lambda: office.authority.held(CHED, MRN) == ("reserved", Decimal(100)))


async def states(office: Office, record_id: str) -> list[tuple[MovementKind, MovementState]]:
    return [(one.kind, one.state) for one in await office.store.movements.of(record_id)]


async def test_a_movement_settled_by_a_position_is_read_again_four_times_though_the_declaration_ended(
    office: Office,
) -> None:
    record_id = await asleep(office)
    await invalidating(office.lifecycle, record_id)
    assert (await office.settled(record_id)).state is State.INVALIDATED
    reads = []
    for _ in range(4):
        before = len([one for one in office.authority.came if one.operation == "read"])
        (movement,) = [one for one in await office.store.movements.of(record_id) if one.doubted]
        assert movement.settled_at is not None
        left = office.pauses.until_read(movement, office.clock())
        assert left is not None
        reads.append(movement.settled_at + office.pauses.late[movement.readings] - movement.settled_at)
        assert await office.looks(left + timedelta(seconds=1)) == 1
        await office.settled(record_id)
        assert len([one for one in office.authority.came if one.operation == "read"]) == before + 1
    assert reads == [150 * MINUTE / 60, 10 * MINUTE, HOUR, DAY]
    assert await office.looks() == 0


@pytest.mark.parametrize("after", [5 * MINUTE, 30 * HOUR], ids=str)
async def test_what_comes_late_after_an_end_is_given_back_and_the_trail_says_that_it_came(
    office: Office, after: timedelta
) -> None:
    record_id = await asleep(office)
    await invalidating(office.lifecycle, record_id)
    await office.settled(record_id)
    for late in [one for one in office.pauses.late if one < after][:-1]:
        assert await office.looks(late) == 1
        await office.settled(record_id)
    await wakes(office)
    assert await office.looks(after) == 1
    await office.settled(record_id)
    assert office.authority.held(CHED, MRN) is None
    done = MovementState.DONE
    assert await states(office, record_id) == [(MovementKind.RESERVE, done), (MovementKind.CANCEL, done)]


async def test_what_comes_late_beside_a_newer_order_is_put_right_and_said_of_the_order_that_came(
    office: Office,
) -> None:
    record_id = await asleep(office)
    await office.settled(record_id)
    changed = message(LRN, goods(milk(CHED, "40")), mrn=MRN, version=2)
    await office.lifecycle.lodging.amend(record_id, changed, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(record_id)
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(40))
    for _ in range(3):
        await office.looks(HOUR)
        await office.settled(record_id)
    await wakes(office)
    assert await office.looks()
    record = await office.settled(record_id)
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(40))
    assert effect(record) is Effect.RELEASE
    reserve, done = MovementKind.RESERVE, MovementState.DONE
    assert await states(office, record_id) == [(reserve, done)] * 4


async def test_an_amendment_after_release_that_comes_late_is_put_right(office: Office) -> None:
    record = await held(office)
    assert (await office.release(record)).done
    record = await office.settled(record.id)
    office.authority.hold(When.BEFORE, AMEND, orphan=Orphan.PERFORM)
    raw = message(LRN, goods(milk(CHED, "70")), mrn=MRN, version=2)
    await office.lifecycle.lodging.amend(record.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    await office.kill(office.first)
    raw = message(LRN, goods(milk(CHED, "40")), mrn=MRN, version=3)
    await office.lifecycle.lodging.amend(record.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(40))
    office.authority.frame.holds.release()
    await until(lambda: office.authority.held(CHED, MRN) == ("consumed", Decimal(70)))
    assert await office.looks() == 1
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(40))
    assert not (await office.own_position(record.id)).late


@pytest.mark.parametrize("order", [WRITE_OFF, AMEND], ids=["write-off", "amendment"])
async def test_an_order_that_came_true_after_it_was_read_is_done_and_nothing_is_held_for_it(
    office: Office, order: str
) -> None:
    record = await held(office)
    if order == AMEND:
        assert (await office.release(record)).done
        record = await office.settled(record.id)
    office.authority.fail(Fault.DOWN, order, count=None)
    if order == AMEND:
        record = await office.amend(record, goods(milk(CHED, "70")))
    else:
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
        record = await office.settled(record.id)
    before = await last(office, record)
    assert before.state is MovementState.NOT_DONE
    # What was sent in vain for all that is known takes effect now.
    office.authority.remove(CHED, MRN)
    office.authority.enter(CHED, "70" if order == AMEND else "100", value=MRN, consumed=True)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    now = await last(office, record)
    assert now.state is MovementState.DONE
    assert now.number == before.number or order == WRITE_OFF, "a release goes on trying"
    assert "SW-DEC-118" not in findings(record)
    assert effect(record) is Effect.RELEASE
    assert (await office.own_position(record.id)).progress is Shown.WRITTEN_OFF
    told = [one for one in await office.store.declarations.events(record.id) if one.kind is EventKind.QUANTITY_SETTLED]
    assert told[-1].body()["movements"][-1]["state"] == "done"


@pytest.mark.parametrize("order", [CANCEL, DELETE], ids=["reservation", "write-off"])
async def test_an_undo_that_came_true_late_is_done_in_the_trail_too(office: Office, order: str) -> None:
    record = await held(office)
    if order == DELETE:
        assert (await office.release(record)).done
        record = await office.settled(record.id)
    office.authority.fail(Fault.DOWN, order, count=None)
    await office.invalidate(record)
    before = await last(office, record)
    assert before.state is MovementState.NOT_DONE
    office.authority.remove(CHED, MRN)
    assert await office.looks() == 1
    record = await office.settled(record.id)
    assert record.state is State.INVALIDATED
    now = await last(office, record)
    assert (now.number, now.state) == (before.number, MovementState.DONE)
    told = [one for one in await office.store.declarations.events(record.id) if one.kind is EventKind.QUANTITY_SETTLED]
    assert {"number": now.number, "state": "done"}.items() <= told[-1].body()["movements"][-1].items()


async def test_a_give_back_that_a_later_reading_belies_is_not_done_and_ordered_anew(office: Office) -> None:
    record = await held(office)
    office.authority.fail(Fault.DROP_AFTER, CANCEL)
    record = await office.invalidate(record)
    office.authority.enter(CHED, "100", value=MRN)
    assert await office.looks(5 * MINUTE) == 1
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) is None
    assert (await states(office, record.id))[1:] == [
        (MovementKind.CANCEL, MovementState.NOT_DONE),
        (MovementKind.CANCEL, MovementState.DONE),
    ]


async def test_a_reading_that_fails_is_made_up_for(office: Office) -> None:
    record_id = await asleep(office)
    await invalidating(office.lifecycle, record_id)
    await office.settled(record_id)
    await wakes(office)
    office.authority.fail(Fault.DOWN, READ, count=None)
    assert await office.looks() == 1
    await office.settled(record_id)
    office.authority.heal()
    assert await office.looks(5 * MINUTE) == 1
    await office.settled(record_id)
    assert office.authority.held(CHED, MRN) is None


async def test_what_no_order_puts_right_after_an_end_is_told_to_officers_once_and_stands_in_their_list(
    office: Office,
) -> None:
    record_id = await asleep(office)
    await invalidating(office.lifecycle, record_id)
    await office.settled(record_id)
    office.authority.frame.holds.clear()
    assert await office.store.movements.left_at_authorities() == ()
    # A write-off that this gateway never ordered is not taken back by itself.
    office.authority.enter(CHED, "30", value=MRN, consumed=True)
    for _ in range(2):
        assert await office.looks(15 * MINUTE) == 1
        await office.settled(record_id)
        assert (await alerts(office)) == 1
    (left,) = await office.store.movements.left_at_authorities()
    assert (left.id, left.mrn) == (record_id, MRN)
    assert left.movement.holding is not None
    assert left.movement.holding.written_off[0].quantities[0].value == Decimal(30)
    listed = await asyncio.to_thread(gateway_command, {**SECRETS, "GATEWAY_DATABASE_URL": office.url}, "settle")
    assert listed.returncode == Exit.HOLD, listed.stderr
    assert record_id in listed.stdout
    office.authority.remove(CHED, MRN)
    await office.looks()
    await office.settled(record_id)
    assert await office.store.movements.left_at_authorities() == ()


async def alerts(office: Office) -> int:
    told = (await office.lifecycle.notices.page(after=0, limit=100)).items
    return sum(one.notice.kind is NoticeKind.ALERT for one in told)


async def last(office: Office, record: Record) -> Movement:
    return (await office.store.movements.of(record.id))[-1]
