"""An order whose caller is gone may still be done: once it can no longer come true, the gateway has looked again."""

from decimal import Decimal

from adapters.simulation.faults import Fault
from adapters.simulation.holds import Orphan, When
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind
from gateway.domain.record import State
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import READ, RESERVE
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, invalidating, mrn_of, until

CHED = "CHEDP.FR.2026.9000001"


async def orphaned(office: Office, lrn: str) -> str:
    """Kills the only replica while its reservation waits at the authority, where it will be done although nobody listens."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.hold(When.BEFORE, RESERVE, orphan=Orphan.PERFORM)
    lodged = await office.lifecycle.lodging.lodge(
        message(lrn, goods(milk(CHED)), mrn=mrn_of(lrn)), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    await office.kill(office.first)
    return lodged.id


async def test_a_reservation_that_comes_true_after_an_invalidation_is_given_back(office: Office) -> None:
    record_id = await orphaned(office, "ORPHAN1")
    await invalidating(office.lifecycle, record_id)
    assert (await office.settled(record_id)).state is State.INVALIDATED
    assert office.authority.held(CHED, mrn_of("ORPHAN1")) is None
    office.authority.frame.holds.release()
    await until(lambda: office.authority.held(CHED, mrn_of("ORPHAN1")) is not None)
    assert await office.looks() == 1
    await office.settled(record_id)
    assert office.authority.held(CHED, mrn_of("ORPHAN1")) is None
    assert await office.looks() == 0


async def test_one_that_never_comes_true_is_looked_for_once_more_and_that_is_all(office: Office) -> None:
    record_id = await orphaned(office, "ORPHAN2")
    await invalidating(office.lifecycle, record_id)
    await office.settled(record_id)
    office.authority.frame.holds.clear()
    before = await office.store.declarations.events(record_id)
    assert await office.looks() == 1
    record = await office.settled(record_id)
    assert (record.state, record.due) == (State.INVALIDATED, False)
    (told,) = (await office.store.declarations.events(record_id))[len(before) :]
    assert told.kind is EventKind.QUANTITY_SETTLED
    assert await office.looks() == 0


async def test_an_authority_that_cannot_be_read_at_that_moment_is_read_later(office: Office) -> None:
    record_id = await orphaned(office, "ORPHAN3")
    await invalidating(office.lifecycle, record_id)
    await office.settled(record_id)
    office.authority.frame.holds.release()
    await until(lambda: office.authority.held(CHED, mrn_of("ORPHAN3")) is not None)
    office.authority.fail(Fault.DOWN, READ, count=None)
    assert await office.looks() == 1
    assert not (await office.settled(record_id)).due
    assert office.authority.held(CHED, mrn_of("ORPHAN3")) == ("reserved", Decimal(100))
    office.authority.heal()
    assert await office.looks() == 1
    await office.settled(record_id)
    assert office.authority.held(CHED, mrn_of("ORPHAN3")) is None


async def test_one_that_comes_true_beside_the_order_that_replaced_it_is_seen(office: Office) -> None:
    record_id = await orphaned(office, "ORPHAN4")
    record = await office.settled(record_id)
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.RELEASE
    changed = message("ORPHAN4", goods(milk(CHED, "40")), mrn=mrn_of("ORPHAN4"), version=2)
    await office.lifecycle.lodging.amend(record_id, changed, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(record_id)
    assert office.authority.held(CHED, mrn_of("ORPHAN4")) == ("reserved", Decimal(40))
    office.authority.frame.holds.release()
    await until(lambda: office.authority.held(CHED, mrn_of("ORPHAN4")) == ("reserved", Decimal(100)))
    assert await office.looks()
    await office.settled(record_id)
    assert office.authority.held(CHED, mrn_of("ORPHAN4")) == ("reserved", Decimal(40))
