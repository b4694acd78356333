"""An answer that is lost before or after its effect: the position is read back, and the order goes out again only then."""

from decimal import Decimal

from adapters.simulation.faults import Fault
from gateway.domain.decision import Effect
from tests.quantity.authority import RESERVE
from tests.quantity.goods import goods, milk
from tests.quantity.replicas import Office, mrn_of

CHED = "CHEDP.FR.2026.9000001"


async def test_reserve(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.fail(Fault.DROP_AFTER, RESERVE)
    record = await office.lodge("LOST1", goods(milk(CHED)))
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.RELEASE
    assert office.authority.held(CHED, mrn_of("LOST1")) == ("reserved", Decimal(100))
    assert len(office.authority.moves(mrn_of("LOST1"))) == 1


async def test_reserve_before(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.fail(Fault.REFUSE_CONNECTION, RESERVE)
    record = await office.lodge("LOST2", goods(milk(CHED)))
    print(await office.store.movements(record.id))
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.RELEASE
    assert office.authority.held(CHED, mrn_of("LOST2")) == ("reserved", Decimal(100))
    assert len(office.authority.moves(mrn_of("LOST2"))) == 2
