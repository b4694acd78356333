"""What an authority refuses is said with what stands in spite of it, and frees what hangs on it."""

from decimal import Decimal

import pytest

from adapters.simulation.holds import When
from gateway.contract import Refusal
from gateway.domain.decision import Effect
from gateway.domain.movement import MovementState, Shown
from gateway.domain.record import Record
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import RESERVE
from tests.builders.goods import JSON, Goods, goods, message, milk
from tests.builders.replicas import Office, Scene, effect, findings, mrn_of, until

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"


async def amended_meanwhile(office: Office, record: Record, what: Goods, **changes: object) -> Record:
    """Amends, and the authority changes its certificate when the reservation has arrived."""
    office.authority.hold(When.BEFORE, RESERVE)
    raw = message(record.lrn, what, mrn=record.mrn, version=2)
    await office.lifecycle.lodging.amend(record.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    office.authority.frame.documents.put(CHED, changes)
    office.authority.frame.holds.release()
    return await office.settled(record.id)


async def test_05_ends_the_earlier_hold_and_that_is_said(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    record = await office.lodge("TWICE", goods(milk(CHED)))
    await office.lodge("RIVAL", goods(milk(CHED, "150")))
    office.authority.hold(When.BEFORE, RESERVE)
    await office.lifecycle.lodging.amend(
        record.id,
        message("TWICE", goods(milk(CHED, "120")), mrn=record.mrn, version=2),
        JSON,
        by=CUSTOMS,
        asker=AS_CUSTOMS,
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    # Behind the gateway's back: it had read that 150 were left.
    office.authority.enter(CHED, "50", value=mrn_of("STRANGER"))
    office.authority.frame.holds.release()
    record = await office.settled(record.id)
    assert effect(record) is Effect.HOLD
    assert {"SW-DEC-104", "SW-DEC-113"} <= findings(record)
    own_position = await office.own_position(record.id)
    assert (own_position.last.refusal, own_position.earlier_ended) == (Refusal.INSUFFICIENT, True)
    assert (own_position.progress, own_position.holding.empty) == (Shown.REFUSED, True)
    assert office.authority.held(CHED, mrn_of("TWICE")) is None
    assert office.authority.left(CHED) == 100


async def test_03_leaves_the_earlier_hold(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    record = await office.lodge("CODE", goods(milk(CHED)))
    lines = [{"code": "0402", "quantity": "300", "unit": "KGM"}]
    record = await amended_meanwhile(office, record, goods(milk(CHED, "120")), lines=lines)
    assert effect(record) is Effect.HOLD
    assert "SW-DEC-102" in findings(record)
    assert "SW-DEC-113" not in findings(record)
    own_position = await office.own_position(record.id)
    assert (own_position.last.refusal, own_position.last.refused_item) == (Refusal.COMMODITY, 1)
    assert office.authority.held(CHED, mrn_of("CODE")) == ("reserved", Decimal(100))
    assert [one.quantities[0].value for one in own_position.holding.reserved] == [Decimal(100)]


async def test_04_leaves_the_earlier_hold(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    record = await office.lodge("STATUS", goods(milk(CHED)))
    record = await amended_meanwhile(office, record, goods(milk(CHED, "120")), status="42")
    assert "SW-DEC-103" in findings(record)
    assert office.authority.held(CHED, mrn_of("STATUS")) == ("reserved", Decimal(100))


@pytest.mark.parametrize(("written_off", "expected"), [("100", Effect.RELEASE), ("60", Effect.HOLD)])
async def test_06_is_neutral_where_the_write_off_is_ours(office: Office, written_off: str, expected: Effect) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    office.authority.hold(When.BEFORE, RESERVE)
    lodged = await office.lifecycle.lodging.lodge(
        message("USED", goods(milk(CHED)), mrn=mrn_of("USED")), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    office.authority.enter(CHED, written_off, value=mrn_of("USED"), consumed=True)
    office.authority.frame.holds.release()
    record = await office.settled(lodged.id)
    assert effect(record) is expected
    assert ("SW-DEC-105" in findings(record)) is (expected is Effect.HOLD)
    own_position = await office.own_position(record.id)
    assert (own_position.last.state, own_position.last.refusal) == (MovementState.REFUSED, Refusal.WRITTEN_OFF)
    assert own_position.progress is Shown.WRITTEN_OFF


async def test_an_lrn_that_reads_like_the_mrn_is_somebody_else(office: Office) -> None:
    mrn = mrn_of("NAMESAKE")
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    office.authority.enter(CHED, "250", kind="LRN", value=mrn)
    record = await office.lodge("NAMESAKE", goods(milk(CHED)))
    assert effect(record) is Effect.HOLD
    assert office.authority.held(CHED, mrn) is None
    record = await office.amend(record, goods(milk(CHED, "50")))
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, mrn) == ("reserved", Decimal(50))
    await office.invalidate(record)
    assert [(one.kind, one.quantity) for one in office.authority.parts(CHED)] == [("LRN", Decimal(250))]


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_refused_document_gives_the_other_one_back_where_that_is_the_rule(scene: Scene, at_once: bool) -> None:
    async with scene.office(give_back_refused=at_once) as office:
        office.authority.issue(CHED, ("0401", "300", "KGM"))
        office.authority.issue(OTHER, ("0401", "300", "KGM"), status="41")
        office.authority.frame.documents.put(OTHER, {"decision": "NOT_ACCEPTABLE"})
        record = await office.lodge("BOTH", goods(milk(CHED)))
        record = await office.amend(record, goods((milk(CHED), milk(OTHER))))
        assert effect(record) is Effect.REFUSE
        held = None if at_once else ("reserved", Decimal(100))
        assert office.authority.held(CHED, mrn_of("BOTH")) == held
        assert office.authority.held(OTHER, mrn_of("BOTH")) is None
        await office.invalidate(record)
        assert office.authority.held(CHED, mrn_of("BOTH")) is None


async def test_fifty_declarations_race_for_what_is_enough_for_thirty(scene: Scene) -> None:
    async with scene.office(replicas=2) as office:
        office.authority.issue(CHED, ("0401", "300", "KGM"))
        ids = []
        for number in range(50):
            lrn = f"RACE{number}"
            replica = office.replicas[number % 2]
            lodged = await replica.lifecycle.lodging.lodge(
                message(lrn, goods(milk(CHED, "10")), mrn=mrn_of(lrn)), JSON, by=CUSTOMS, asker=AS_CUSTOMS
            )
            ids.append(lodged.id)
        records = [await office.settled(one) for one in ids]
        assert sum(effect(record) is Effect.RELEASE for record in records) == 30
        assert office.authority.left(CHED) == 0
        for record in records:
            held = office.authority.held(CHED, str(record.mrn))
            assert held == (("reserved", Decimal(10)) if effect(record) is Effect.RELEASE else None)
        released = [record for record in records if effect(record) is Effect.RELEASE]
        for record in released:
            assert (await office.release(record)).done
        assert {one.state for one in office.authority.parts(CHED)} == {"consumed"}
        assert office.authority.left(CHED) == 0
