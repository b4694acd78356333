"""What officers correct by hand: it is carried out, or refused with what stands."""

from decimal import Decimal

from gateway.contract import MovementKind
from gateway.domain.decision import Effect
from gateway.domain.movement import MovementState, Shown
from gateway.domain.record import State
from gateway.domain.release import InterventionKind, ReleaseOrder
from tests.builders.actors import CUSTOMS, ONE, TWO
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, mrn_of
from tests.lifecycle.movements.officers import CHED, correction, outcome


async def test_a_write_off_that_is_not_there_cannot_be_deleted_and_the_reservation_stands(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge("OFFICER1", goods(milk(CHED)))
    await office.lifecycle.steps.intervene(record.id, correction(InterventionKind.DELETE), by=ONE, second=TWO)
    await office.settled(record.id)
    own_position = await office.own_position(record.id)
    assert (own_position.last.kind, own_position.last.state) == (MovementKind.DELETE, MovementState.REFUSED)
    assert own_position.progress is Shown.RESERVED
    assert not (await outcome(office, record.id)).done
    assert office.authority.held(CHED, mrn_of("OFFICER1")) == ("reserved", Decimal(100))


async def test_goods_go_on_after_a_correction_that_the_authority_refused(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge("OFFICER2", goods(milk(CHED)))
    await office.lifecycle.steps.intervene(record.id, correction(InterventionKind.FORCE, "10"), by=ONE, second=TWO)
    held = await office.settled(record.id)
    assert held.decision is not None
    assert (held.decision.decision.effect, [f.code for f in held.decision.decision.findings]) == (
        Effect.RELEASE,
        ["SW-DEC-123"],
    )
    await office.lifecycle.steps.release(record.id, ReleaseOrder(items=(), override=None), by=CUSTOMS)
    released = await office.settled(record.id)
    assert released.state is State.RELEASED
    assert office.authority.held(CHED, mrn_of("OFFICER2")) == ("consumed", Decimal(100))
