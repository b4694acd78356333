"""A write-off that this gateway never made is not taken back by itself: officers find out whose it is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict
from gateway.domain.movement import Shown
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Record, State
from gateway.domain.release import InterventionKind, InterventionOrder, ReleasedItem, ReleaseOrder
from tests.builders.actors import CUSTOMS, ONE, TWO
from tests.builders.authority import DELETE
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "ELSEWHERE"
MRN = mrn_of(LRN)


@pytest.fixture
async def held(office: Office) -> Record:
    """Held, never released here, and written off at the authority by somebody else: step 20 of the sequence."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    office.authority.enter(CHED, "80", value=MRN, consumed=True)
    record = await office.lodge(LRN, goods(milk(CHED, "100"), milk(OTHER, "100")))
    assert effect(record) is Effect.HOLD
    return record


def deletion(reference: str = CHED) -> InterventionOrder:
    return InterventionOrder(
        kind=InterventionKind.DELETE,
        type="N853",
        document_reference=reference,
        officer="A. Martin",
        second_officer="B. Dupont",
        reason="written off by mistake",
    )


async def test_an_invalidation_leaves_it_to_officers_and_gives_the_rest_back(office: Office, held: Record) -> None:
    record = await office.invalidate(held)
    assert record.state is State.DECIDED
    assert effect(record) is Effect.HOLD
    assert "SW-DEC-143" in findings(record)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(80))
    assert office.authority.held(OTHER, MRN) is None
    assert [one for one in office.authority.moves(MRN) if one.operation == "delete"] == []
    kinds = [one.notice.kind for one in (await office.lifecycle.notices.page(after=0, limit=100)).items]
    assert NoticeKind.ALERT in kinds
    assert NoticeKind.INVALIDATED not in kinds


async def test_once_officers_have_deleted_it_the_invalidation_is_carried_out(office: Office, held: Record) -> None:
    record = await office.invalidate(held)
    with pytest.raises(Conflict):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    await office.lifecycle.steps.intervene(record.id, deletion(CHED.lower()), by=ONE, second=TWO)
    record = await office.settled(record.id)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None
    (step,) = await office.store.steps.of(record.id)
    assert step.outcome is not None
    assert step.outcome.done


async def test_once_officers_let_it_stand_the_invalidation_is_carried_out(office: Office, held: Record) -> None:
    record = await office.invalidate(held)
    kept = replace(deletion(), kind=InterventionKind.KEEP)
    await office.lifecycle.steps.intervene(record.id, kept, by=ONE, second=TWO)
    assert (await office.settled(record.id)).state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(80))
    await office.lifecycle.steps.doubt(record.id, by=ONE)
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(80))
    assert await office.store.movements.left_at_authorities() == ()


async def test_what_officers_ordered_is_tried_until_it_is_done(office: Office, held: Record) -> None:
    record = await office.invalidate(held)
    office.authority.fail(Fault.REFUSE_CONNECTION, DELETE, count=None)
    await office.lifecycle.steps.intervene(record.id, deletion(), by=ONE, second=TWO)
    record = await office.settled(record.id)
    assert record.state is State.DECIDED
    assert [one.outcome for one in await office.store.steps.of(record.id)] == [None]
    office.authority.heal()
    for _ in range(3):
        await office.looks()
        record = await office.settled(record.id)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None


async def test_while_officers_have_not_spoken_the_invalidation_waits_for_them(office: Office, held: Record) -> None:
    record = await office.invalidate(held)
    for _ in range(2):
        await office.lifecycle.steps.ask_again(record.id)
        record = await office.settled(record.id)
    assert (record.state, effect(record)) == (State.DECIDED, Effect.HOLD)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(80))
    assert (await office.invalidate(record)).state is State.DECIDED


async def test_when_somebody_else_takes_it_back_the_invalidation_goes_on(office: Office, held: Record) -> None:
    record = await office.invalidate(held)
    office.authority.remove(CHED, MRN)
    await office.lifecycle.steps.ask_again(record.id)
    assert (await office.settled(record.id)).state is State.INVALIDATED


async def test_an_amendment_that_drops_its_document_leaves_it_and_says_so(office: Office, held: Record) -> None:
    record = await office.amend(held, goods(milk(OTHER, "100")))
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(80))
    assert effect(record) is Effect.HOLD
    assert "SW-DEC-143" in findings(record)


async def test_a_part_of_goods_does_not_correct_it(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.enter(CHED, "100", value=MRN, consumed=True)
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    if effect(record) is Effect.RELEASE:
        part = ReleasedItem(goods_item=1, quantity=Decimal(40), unit="KGM")
        assert not (await office.release(record, part)).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert [one for one in office.authority.moves(MRN) if one.operation == "amend"] == []


async def test_a_write_off_of_our_own_is_deleted_as_before(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    assert (await office.release(record)).done
    assert (await office.invalidate(await office.settled(record.id))).state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None
    assert (await office.own_position(record.id)).progress is Shown.CANCELLED
