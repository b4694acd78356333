"""An order to release goes on by itself as long as that can help, and ends with its reason where it cannot."""

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from adapters.simulation.holds import When
from gateway.domain.decision import Effect
from gateway.domain.record import Record, State
from gateway.domain.release import Override, ReleaseOrder
from gateway.lifecycle import Stepped
from tests.builders.actors import CUSTOMS, ONE
from tests.builders.authority import READ, WRITE_OFF
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "ORDER"
MRN = mrn_of(LRN)
ALL_OUT = ("consumed", Decimal(100))
LONG = timedelta(minutes=6)


async def lodged(office: Office) -> Record:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    return await office.lodge(LRN, goods(milk(CHED)))


async def ordered(office: Office, record: Record, order: ReleaseOrder | None = None) -> Record:
    """Orders a release, whatever becomes of it, and gives the declaration as it stands then."""
    await office.lifecycle.steps.release(record.id, order or ReleaseOrder(), by=ONE)
    return await office.settled(record.id)


def ended(record: Record) -> tuple[bool, str | None]:
    assert record.last_release is not None
    assert record.last_release.outcome is not None
    return record.last_release.outcome.done, record.last_release.outcome.reason


def is_open(record: Record) -> bool:
    return record.outstanding and record.last_release is not None and record.last_release.outcome is None


def against(record: Record) -> list[tuple[int, str, str]]:
    assert record.last_release is not None
    assert record.last_release.outcome is not None
    return [(one.goods_item, one.code, one.reference) for one in record.last_release.outcome.obstacles]


async def test_a_reservation_that_is_gone_is_made_anew_and_the_order_goes_on(office: Office) -> None:
    record = await lodged(office)
    office.authority.remove(CHED, MRN)
    record = await ordered(office, record)
    assert office.authority.held(CHED, MRN) == ALL_OUT
    assert (record.state, ended(record), record.outstanding) == (State.RELEASED, (True, None), False)
    kinds = [event.kind.value for event in await office.store.declarations.events(record.id)]
    assert "release.refused" not in kinds


async def test_a_refusal_that_stays_one_ends_it_with_the_reason_by_item(office: Office) -> None:
    record = await lodged(office)
    office.authority.remove(CHED, MRN)
    office.authority.enter(CHED, "250", value=mrn_of("STRANGER"))
    record = await ordered(office, record)
    assert office.authority.held(CHED, MRN) is None
    assert (record.state, effect(record), ended(record)) == (State.DECIDED, Effect.HOLD, (False, "against_decision"))
    assert {one[0] for one in against(record)} == {1}
    assert {code for _, code, _ in against(record)} <= findings(record)


@pytest.mark.parametrize("looks", [1, 3])
async def test_it_goes_on_after_readings_that_were_stale(office: Office, looks: int) -> None:
    """The write-off is done, its answer is lost, and the position is shown as it was before for some readings."""
    record = await lodged(office)
    office.authority.fail(Fault.DROP_AFTER, WRITE_OFF)
    office.authority.fail(Fault.STALE, READ, count=looks)
    record = await ordered(office, record)
    while not record.released and await office.looks(timedelta(seconds=160)):
        record = await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ALL_OUT
    assert (record.state, ended(record)) == (State.RELEASED, (True, None))


async def test_what_was_revoked_since_ends_it_and_the_case_holds(office: Office) -> None:
    record = await lodged(office)
    office.authority.frame.documents.put(CHED, {"status": "64"})
    office.clock.pass_by(LONG)
    record = await ordered(office, record)
    assert office.authority.moves(MRN, "release") == []
    assert (record.state, ended(record)) == (State.DECIDED, (False, "against_decision"))
    assert effect(record).stops
    assert against(record)


async def test_an_answer_that_is_young_enough_is_not_asked_for_again(office: Office) -> None:
    record = await lodged(office)
    asked = len(office.said)
    record = await ordered(office, record)
    assert record.state is State.RELEASED
    assert [one.kind for one in office.said[asked:] if one.kind is None] == []


async def test_an_answer_that_is_too_old_is_asked_for_once_more(office: Office) -> None:
    record = await lodged(office)
    asked = len(office.said)
    office.clock.pass_by(LONG)
    record = await ordered(office, record)
    assert record.state is State.RELEASED
    assert sum(one.kind is None for one in office.said[asked:]) == 1
    assert office.authority.effects(CHED, MRN) == {"reserve": 1, "release": 1}


async def test_without_an_answer_it_stays_open_and_goes_on_once_there_is_one(office: Office) -> None:
    record = await lodged(office)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.clock.pass_by(LONG)
    record = await ordered(office, record)
    assert (effect(record), is_open(record)) == (Effect.HOLD, True)
    assert office.authority.moves(MRN, "release") == []
    # A day later it is still down, and still open.
    await office.looks()
    record = await office.settled(record.id)
    assert is_open(record)
    office.authority.heal()
    await office.looks()
    record = await office.settled(record.id)
    assert (record.state, ended(record)) == (State.RELEASED, (True, None))
    assert office.authority.held(CHED, MRN) == ALL_OUT


async def test_the_same_order_again_is_the_one_that_is_open(office: Office) -> None:
    record = await lodged(office)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.clock.pass_by(LONG)
    record = await ordered(office, record)
    again = await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=ONE)
    assert isinstance(again, Stepped)
    assert not again.fresh
    assert len(await office.store.steps.of(record.id)) == 1


async def test_an_override_takes_the_place_of_an_order_that_waits(office: Office) -> None:
    record = await lodged(office)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.clock.pass_by(LONG)
    record = await ordered(office, record)
    assert is_open(record)
    record = await ordered(office, record, ReleaseOrder(override=Override(officer="one", reason="perishable")))
    office.authority.heal()
    while is_open(record) and await office.looks():
        record = await office.settled(record.id)
    first, second = await office.store.steps.of(record.id)
    assert first.outcome is not None
    assert second.outcome is not None
    assert (first.outcome.done, first.outcome.reason, second.outcome.done) == (False, "overtaken", True)
    assert office.authority.held(CHED, MRN) == ALL_OUT


async def test_an_override_passes_what_stood_when_it_was_given(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "50", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert effect(record) is Effect.HOLD
    office.clock.pass_by(LONG)
    record = await ordered(office, record, ReleaseOrder(override=Override(officer="one", reason="perishable")))
    assert (record.state, ended(record)) == (State.RELEASED, (True, None))


async def test_an_override_passes_nothing_that_came_since(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "50", "KGM"))
    office.authority.issue(OTHER, ("0401", "300", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED), milk(OTHER)))
    assert effect(record) is Effect.HOLD
    office.authority.frame.documents.put(OTHER, {"status": "42"})
    office.clock.pass_by(LONG)
    record = await ordered(office, record, ReleaseOrder(override=Override(officer="one", reason="perishable")))
    assert (record.state, ended(record)) == (State.DECIDED, (False, "against_decision"))
    assert {reference for _, _, reference in against(record)} == {OTHER}
    assert office.authority.moves(MRN, "release") == []


async def test_a_newer_version_ends_what_is_not_begun(office: Office) -> None:
    record = await lodged(office)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.clock.pass_by(LONG)
    record = await ordered(office, record)
    assert is_open(record)
    office.authority.heal()
    record = await office.amend(record, goods(milk(CHED, "80")))
    (step,) = await office.store.steps.of(record.id)
    assert step.outcome is not None
    assert (step.outcome.done, step.outcome.reason) == (False, "overtaken")
    assert office.authority.moves(MRN, "release") == []


async def test_what_changes_between_question_and_order_is_refused_and_judged(office: Office) -> None:
    """The document is withdrawn, and its reservation with it, after it was asked about and before it is written off."""
    record = await lodged(office)
    office.authority.frame.documents.put(CHED, {"status": "42"})
    office.authority.remove(CHED, MRN)
    record = await ordered(office, record)
    assert (record.state, ended(record)) == (State.DECIDED, (False, "against_decision"))
    assert office.authority.held(CHED, MRN) is None


async def test_who_ordered_by_a_key_of_customs_alone_is_served_alike(office: Office) -> None:
    record = await lodged(office)
    office.authority.remove(CHED, MRN)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    assert (await office.settled(record.id)).state is State.RELEASED


async def test_a_refusal_again_ends_it_and_the_case_holds(office: Office) -> None:
    """The reservation vanishes at its authority before each write-off, whatever is asked and reserved anew."""
    record = await lodged(office)
    office.authority.hold(When.BEFORE, WRITE_OFF)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=ONE)
    for again in (True, False):
        await until(lambda: office.authority.frame.holds.held == 1 and office.authority.held(CHED, MRN) is not None)
        office.authority.remove(CHED, MRN)
        office.authority.frame.holds.release()
        if again:
            office.authority.hold(When.BEFORE, WRITE_OFF)
    record = await office.settled(record.id)
    assert (record.state, effect(record), ended(record)) == (State.DECIDED, Effect.HOLD, (False, "not_written_off"))
    assert against(record) == [(1, "SW-DEC-118", CHED)]
    assert "SW-DEC-118" in findings(record)
    assert office.authority.held(CHED, MRN) is None
