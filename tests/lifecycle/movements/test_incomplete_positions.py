"""A position that is cut short settles nothing for good: that nothing is held is taken from a whole one, and read again."""

from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from gateway.domain.decision import Effect
from gateway.domain.movement import MovementState, Shown
from gateway.domain.record import State
from tests.builders.authority import CANCEL, DELETE, RESERVE
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, mrn_of
from tests.lifecycle.movements.invariants import blind_repeats

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "CUT"
MRN = mrn_of(LRN)


@pytest.mark.parametrize("others", [True, False], ids=["another's allocation is told", "nothing is told"])
async def test_a_give_back_that_was_lost_is_not_done_by_an_answer_cut_short(office: Office, others: bool) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    if others:
        office.authority.enter(CHED, "50", value=mrn_of("ANOTHER"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.authority.fail(Fault.REFUSE_CONNECTION, CANCEL)
    office.authority.leave_out(MRN)
    record = await office.invalidate(record)
    own_position = await office.own_position(record.id)
    assert (own_position.progress, own_position.last.state) == (Shown.IN_DOUBT, MovementState.IN_DOUBT)
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert await office.looks() == 1
    record = await office.settled(record.id)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None
    assert blind_repeats(office.said) == []
    assert await office.store.movements.open() == ()


async def test_a_write_off_whose_deletion_was_lost_neither(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    assert (await office.release(record)).done
    office.authority.fail(Fault.REFUSE_CONNECTION, DELETE)
    office.authority.leave_out(MRN)
    await office.invalidate(await office.settled(record.id))
    assert (await office.own_position(record.id)).last.state is MovementState.IN_DOUBT
    await office.looks()
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) is None
    assert office.authority.effects(CHED, MRN)["undo"] == 1


async def test_what_only_a_position_says_is_read_again_once_nothing_can_come_late(office: Office) -> None:
    """As if the authority's position had added up, and was wrong all the same."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.authority.fail(Fault.DROP_AFTER, CANCEL)
    record = await office.invalidate(record)
    (_, movement) = await office.store.movements.of(record.id)
    assert (movement.state, movement.doubted, movement.readings) == (MovementState.DONE, True, 0)
    office.authority.enter(CHED, "100", value=MRN)
    assert await office.looks() == 1
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) is None
    assert await office.looks() == 0


async def test_once_it_was_read_again_nothing_is_planned_any_more(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.authority.fail(Fault.DROP_AFTER, CANCEL)
    record = await office.invalidate(record)
    assert await office.looks() == 1
    await office.settled(record.id)
    (_, movement) = await office.store.movements.of(record.id)
    assert movement.readings == 4
    assert await office.looks() == 0


async def test_an_answer_that_leaves_out_what_is_held_changes_nothing(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.authority.leave_out(MRN, None)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert (await office.own_position(record.id)).progress is Shown.RESERVED
    office.authority.heal()
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE
    assert len(office.authority.moves(MRN, "reserve")) == 1


async def test_what_somebody_took_away_at_the_authority_is_seen(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.authority.remove(CHED, MRN)
    office.authority.fail(Fault.DOWN, RESERVE, count=None)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert effect(record) is Effect.HOLD


async def test_of_a_document_that_was_dropped_it_neither_counts(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100"), milk(OTHER, "100")))
    office.authority.fail(Fault.REFUSE_CONNECTION, CANCEL)
    office.authority.leave_out(MRN, None)
    record = await office.amend(record, goods(milk(OTHER, "100")))
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    office.authority.heal()
    await office.looks()
    record = await office.settled(record.id)
    assert office.authority.held(CHED, MRN) is None
    assert effect(record) is Effect.RELEASE
