"""Goods are released in parts, and never more than is left."""

from decimal import Decimal
from itertools import pairwise

import pytest

from adapters.simulation.faults import Fault
from adapters.simulation.holds import When
from gateway.contract import MovementKind
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict
from gateway.domain.movement import MovementState
from gateway.domain.record import Record, State
from gateway.domain.release import Override, ReleasedItem, ReleaseOrder
from gateway.lifecycle import Stepped
from gateway.quantities.reconciliation import INSUFFICIENT_HERE
from tests.builders.actors import CUSTOMS
from tests.builders.authority import AMEND, READ, RESERVE, WRITE_OFF
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "PARTS"
MRN = mrn_of(LRN)


async def lodged(office: Office, quantity: str = "200") -> Record:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    return await office.lodge(LRN, goods(milk(CHED, quantity)))


def part(quantity: str) -> ReleasedItem:
    return ReleasedItem(goods_item=1, quantity=Decimal(quantity), unit="KGM")


async def test_a_part_and_then_the_rest(office: Office) -> None:
    record = await lodged(office)
    assert (await office.release(record, part("50.5"))).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal("50.5"))
    record = await office.settled(record.id)
    assert record.released is not None
    assert (record.state, record.released.whole) == (State.DECIDED, False)
    assert (await office.release(record, part("49.5"))).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert (await office.release(record)).done
    record = await office.settled(record.id)
    assert record.state is State.RELEASED
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(200))
    assert office.authority.effects(CHED, MRN) == {"reserve": 2, "release": 1, "amend": 2}


async def test_a_rest_that_is_not_left_any_more_is_refused_and_nothing_is_overdrawn(office: Office) -> None:
    record = await lodged(office)
    assert (await office.release(record, part("50"))).done
    rival = await office.lodge("RIVAL", goods(milk(CHED, "250")))
    assert effect(rival) is Effect.RELEASE
    refused = await office.release(record)
    assert not refused.done
    assert [one.reason for one in refused.documents] == ["insufficient"]
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))
    assert office.authority.left(CHED) == 0
    assert office.authority.moves(MRN, "amend") == []
    last = (await office.store.movements.of(record.id))[-1]
    assert (last.kind, last.state, last.authority_code) == (
        MovementKind.AMEND,
        MovementState.REFUSED,
        INSUFFICIENT_HERE,
    )
    record = await office.settled(record.id)
    assert record.released is not None
    assert not record.released.whole


async def test_one_item_is_released_and_the_other_document_keeps_its_reservation(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    office.authority.issue(OTHER, ("0401", "300", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED), milk(OTHER)))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert office.authority.held(OTHER, MRN) == ("reserved", Decimal(100))
    assert (await office.release(record, ReleasedItem(goods_item=2))).done
    assert office.authority.held(OTHER, MRN) == ("consumed", Decimal(100))
    assert (await office.settled(record.id)).state is State.RELEASED


async def test_a_lost_restatement_is_read_back_before_the_part_is_written_off(office: Office) -> None:
    record = await lodged(office)
    office.authority.fail(Fault.DROP_AFTER, RESERVE)
    assert (await office.release(record, part("50"))).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))
    assert office.authority.effects(CHED, MRN) == {"reserve": 2, "release": 1}


async def test_the_same_release_again_is_the_same(office: Office) -> None:
    record = await lodged(office)
    assert (await office.release(record)).done
    (step,) = await office.store.steps.of(record.id)
    assert step.release is not None
    again = await office.lifecycle.steps.release(record.id, step.release, by=CUSTOMS)
    assert isinstance(again, Stepped)
    assert not again.fresh
    assert office.authority.effects(CHED, MRN) == {"reserve": 1, "release": 1}


async def test_what_is_held_is_released_by_an_officer_s_override_only(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "50", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert effect(record) is Effect.HOLD
    with pytest.raises(Conflict):
        await office.release(record)
    assert (await office.release(record, override=Override(officer="one", reason="perishable"))).done
    record = await office.settled(record.id)
    assert record.released is not None
    assert (record.state, record.released.override) == (State.RELEASED, True)
    assert office.authority.held(CHED, MRN) is None


async def test_a_write_off_under_a_changed_status_is_done_and_shown(office: Office) -> None:
    record = await lodged(office)
    office.authority.frame.documents.put(CHED, {"status": "64"})
    assert (await office.release(record)).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(200))
    await office.lifecycle.steps.ask_again(record.id)
    assert "SW-DEC-115" in findings(await office.settled(record.id))


async def both_amend(office: Office) -> Record:
    """Two declarations see the same 100 left and both take them; the second one's order arrives behind the first one's."""
    record = await lodged(office, "150")
    assert (await office.release(record, part("50"))).done
    rival = await office.lodge("RIVAL", goods(milk(CHED, "150")))
    assert (await office.release(rival)).done
    office.authority.hold(When.BEFORE, AMEND)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    rival = await office.amend(await office.settled(rival.id), goods(milk(CHED, "250")))
    assert office.authority.held(CHED, mrn_of("RIVAL")) == ("consumed", Decimal(250))
    assert office.authority.left(CHED) == 0
    return record


async def nothing_is_overdrawn(office: Office, record: Record) -> None:
    assert office.authority.left(CHED) == 0
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))
    record = await office.settled(record.id)
    assert record.released is not None
    assert not record.released.whole
    (*_, step) = await office.store.steps.of(record.id)
    assert step.outcome is not None
    assert not step.outcome.done


async def test_what_was_taken_by_two_at_once_is_taken_back_by_the_second(office: Office) -> None:
    record = await both_amend(office)
    office.authority.frame.holds.release()
    await office.settled(record.id)
    await nothing_is_overdrawn(office, record)


async def test_it_is_taken_back_once_the_authority_can_be_read_again(office: Office) -> None:
    record = await both_amend(office)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.authority.frame.holds.release()
    await office.settled(record.id)
    office.authority.heal()
    while await office.looks():
        await office.settled(record.id)
    await nothing_is_overdrawn(office, record)


async def test_it_is_taken_back_by_who_takes_over_from_a_killed_replica(office: Office) -> None:
    record = await both_amend(office)
    reads = sum(one.operation == "read" for one in office.authority.came)
    office.authority.frame.holds.release()
    office.authority.hold(When.BEFORE, READ)  # before any that goes on comes to read
    await until(lambda: sum(one.operation == "read" for one in office.authority.came) > reads)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(150))
    await office.kill(office.first)
    office.authority.heal()
    await office.settled(record.id)
    while await office.looks():
        await office.settled(record.id)
    await nothing_is_overdrawn(office, record)


async def test_what_is_confirmed_after_a_part_went_is_reserved_for_the_rest(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    office.authority.issue(OTHER, ("0401", "300", "KGM"), status="42")
    record = await office.lodge(LRN, goods(milk(CHED), milk(OTHER)))
    override = Override(officer="one", reason="perishable")
    assert (await office.release(record, ReleasedItem(goods_item=1), override=override)).done
    office.authority.issue(OTHER, ("0401", "300", "KGM"))
    await office.lifecycle.steps.changed("N853", OTHER)
    record = await office.settled(record.id)
    assert office.authority.held(OTHER, MRN) == ("reserved", Decimal(100))
    assert effect(record) is Effect.RELEASE
    # An amendment restates it, and gives nothing of it back.
    record = await office.amend(record, goods(milk(CHED), milk(OTHER, "120")))
    assert office.authority.held(OTHER, MRN) == ("reserved", Decimal(120))
    assert (await office.release(record)).done
    assert office.authority.held(OTHER, MRN) == ("consumed", Decimal(120))
    assert office.authority.effects(OTHER, MRN) == {"reserve": 2, "release": 1}


async def test_a_part_that_the_questions_find_done_is_decided_as_a_part(office: Office) -> None:
    record = await lodged(office)
    office.authority.fail(Fault.DROP_AFTER, WRITE_OFF)
    office.authority.fail(Fault.DOWN, READ, count=None)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(items=(part("50"),)), by=CUSTOMS)
    record = await office.settled(record.id)
    assert "SW-DEC-111" in findings(record)
    # The position cannot be read before the documents are asked about; what they are asked tells it.
    office.authority.heal()
    office.authority.fail(Fault.SOAP_FAULT, READ)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-120"})
    assert record.released is not None


async def test_a_part_that_went_smoothly_is_said_to_be_one(office: Office) -> None:
    record = await lodged(office)
    assert findings(record) == set()
    assert (await office.release(record, part("50"))).done
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-120"})
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(50))
    number = record.decision.number if record.decision else 0
    # Another part of the same document changes nothing of that; once the rest has gone, there is no part any more.
    assert (await office.release(record, part("20"))).done
    record = await office.settled(record.id)
    assert record.decision is not None
    assert record.decision.number == number
    assert (await office.release(record)).done
    record = await office.settled(record.id)
    assert (effect(record), findings(record), record.state) == (Effect.RELEASE, set(), State.RELEASED)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(200))


async def test_items_that_are_released_one_by_one_cost_the_same_each(office: Office) -> None:
    certificates = [f"CHEDP.FR.2026.91{number:05d}" for number in range(12)]
    for reference in certificates:
        office.authority.issue(reference, ("0401", "300", "KGM"))
    record = await office.lodge(LRN, goods(*map(milk, certificates)))
    asked = [len(office.said)]
    for number in range(1, 7):
        assert (await office.release(record, ReleasedItem(goods_item=number))).done
        asked.append(len(office.said))
    each = [after - before for before, after in pairwise(asked)]
    # What every certificate says at this moment, and one write-off: whatever was released before.
    assert each == [len(certificates) + 1] * 6
