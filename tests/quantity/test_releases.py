"""Goods are released in parts, and never more than is left."""

from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from gateway.contract import MovementKind
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict
from gateway.domain.movement import MovementState
from gateway.domain.record import Record, State
from gateway.domain.release import Override, ReleasedItem
from gateway.quantity import INSUFFICIENT_HERE
from tests.quantity.authority import RESERVE
from tests.quantity.goods import goods, milk
from tests.quantity.replicas import Office, effect, findings, mrn_of

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
    last = (await office.store.movements(record.id))[-1]
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
    again = await office.lifecycle.release(record.id, (await office.store.steps(record.id))[0].release)  # type: ignore[arg-type]
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
    await office.lifecycle.ask_again(record.id)
    assert "SW-DEC-115" in findings(await office.settled(record.id))
