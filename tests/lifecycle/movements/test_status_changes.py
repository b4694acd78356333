"""Outcome 04: an order is carried out although the certificate's status has changed. Nothing further is released on it."""

import asyncio
from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from adapters.simulation.holds import When
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementKind
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Record, State
from gateway.domain.release import ReleasedItem, ReleaseOrder
from tests.builders.actors import CUSTOMS
from tests.builders.authority import AMEND, WRITE_OFF
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "CHANGED"
MRN = mrn_of(LRN)


def part(quantity: str) -> ReleasedItem:
    return ReleasedItem(goods_item=1, quantity=Decimal(quantity), unit="KGM")


async def notices(office: Office) -> list[NoticeKind]:
    return [one.notice.kind for one in (await office.lifecycle.notices.page(after=0, limit=100)).items]


@pytest.fixture
async def held(office: Office) -> Record:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    return await office.lodge(LRN, goods(milk(CHED, "100")))


def changes(office: Office, status: str = "64", reference: str = CHED) -> None:
    office.authority.frame.documents.put(reference, {"status": status})


async def test_after_a_part_under_a_changed_status_nothing_further_is_released(office: Office, held: Record) -> None:
    assert (await office.release(held, part("40"))).done
    changes(office)
    assert (await office.release(held, part("10"))).done
    record = await office.settled(held.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))
    assert effect(record) is not Effect.RELEASE
    assert {"SW-DEC-115", "SW-DEC-128"} <= findings(record)
    assert record.documents[0].status == "withdrawn"
    assert NoticeKind.ALERT in await notices(office)
    for quantity in ("20", "30"):
        with pytest.raises(Conflict):
            await office.release(record, part(quantity))
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))


async def test_of_a_whole_release_under_a_changed_status_officers_are_told(office: Office, held: Record) -> None:
    changes(office)
    assert (await office.release(held)).done
    record = await office.settled(held.id)
    assert record.state is State.RELEASED
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert {"SW-DEC-115", "SW-DEC-142"} <= findings(record)
    assert "SW-DEC-128" not in findings(record)
    kinds = [event.kind for event in await office.store.declarations.events(held.id)]
    assert kinds.count(EventKind.DECIDED) == 2
    assert EventKind.ALERTED in kinds
    assert NoticeKind.ALERT in await notices(office)


async def test_the_word_of_the_order_counts_even_if_the_certificate_is_valid_when_it_is_asked_again(
    office: Office, held: Record
) -> None:
    assert (await office.release(held, part("40"))).done
    changes(office)
    office.authority.hold(When.AFTER, AMEND)
    await office.lifecycle.steps.release(held.id, ReleaseOrder(items=(part("10"),)), by=CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    changes(office, "70")
    office.authority.heal()
    record = await office.settled(held.id)
    assert record.documents[0].status == "valid"
    assert effect(record) is Effect.HOLD
    assert {"SW-DEC-115", "SW-DEC-128"} <= findings(record)
    with pytest.raises(Conflict):
        await office.release(record, part("20"))


async def test_what_rests_on_another_certificate_may_go_by_the_new_decision(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    held = await office.lodge(LRN, goods(milk(CHED, "100"), milk(OTHER, "100")))
    changes(office)
    office.authority.hold(When.BEFORE, WRITE_OFF)
    await office.lifecycle.steps.release(held.id, ReleaseOrder(items=(ReleasedItem(goods_item=1),)), by=CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    office.authority.heal()
    record = await office.settled(held.id)
    assert effect(record) is not Effect.RELEASE
    assert [one.outcome.done for one in await office.store.steps.of(held.id) if one.outcome] == [True]
    await office.lifecycle.steps.release(held.id, ReleaseOrder(items=(ReleasedItem(goods_item=2),)), by=CUSTOMS)
    await office.settled(held.id)
    assert [one.outcome.done for one in await office.store.steps.of(held.id) if one.outcome] == [True, True]


async def test_an_amendment_of_the_write_off_under_a_changed_status_is_told(office: Office, held: Record) -> None:
    assert (await office.release(held)).done
    record = await office.settled(held.id)
    office.authority.hold(When.BEFORE, AMEND)
    amended = office.amend(record, goods(milk(CHED, "130")))
    task = asyncio.create_task(amended)
    await until(lambda: office.authority.frame.holds.held == 1)
    changes(office)
    office.authority.heal()
    record = await task
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(130))
    assert (await office.own_position(record.id)).last.status_changed
    assert "SW-DEC-115" in findings(record)
    assert NoticeKind.ALERT in await notices(office)


async def test_an_answer_that_was_lost_is_no_word_that_the_status_is_the_same(office: Office, held: Record) -> None:
    changes(office)
    office.authority.fail(Fault.DROP_AFTER, WRITE_OFF)
    assert (await office.release(held)).done
    record = await office.settled(held.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert "SW-DEC-142" in findings(record)
    assert NoticeKind.ALERT in await notices(office)


async def test_what_is_left_is_given_back_with_the_declaration(office: Office, held: Record) -> None:
    changes(office)
    assert (await office.invalidate(held)).state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None
    assert [one.kind for one in await office.store.movements.of(held.id)] == [MovementKind.RESERVE, MovementKind.CANCEL]
