"""What controls found that packs ordered: counted for analysts, and never without what was drawn at random."""

from gateway.wings.controls.order import ActName
from gateway.wings.controls.risk.figures import ControlFigures, outcomes
from gateway.wings.controls.risk.intervals import Rate, rate_of
from gateway.wings.controls.risk.outcome import OrderOutcome
from gateway.wings.controls.risk.room import SealedOrder
from tests.wings.controls.conftest import RiskOffice, pack


def ordered(number: int, trigger: str) -> SealedOrder:
    return SealedOrder(number=number, trigger=trigger, criteria=(), goods_items=())


def criteria(ordered: int, hits: Rate) -> ControlFigures:
    return ControlFigures(trigger="criterion", ordered=ordered, hits=hits)


async def test_results_of_orders_are_counted_by_why_they_were_ordered(risk: RiskOffice) -> None:
    await risk.publish(pack())
    found, (order,) = await risk.lodged("OUT-1")
    clean, (other,) = await risk.lodged("OUT-2")
    await risk.lodged("OUT-3")
    await risk.controlling.act(found, order.order, ActName.RESULT, code="irregularity")
    await risk.controlling.act(clean, other.order, ActName.RESULT, code="satisfactory")
    nothing = ControlFigures(trigger="random", ordered=0, hits=rate_of(0, 0))
    assert await risk.publication.outcomes() == (criteria(3, rate_of(1, 2)), nothing)
    await risk.controlling.act(found, order.order, ActName.FURTHER)
    await risk.controlling.act(found, order.order, ActName.RESULT, code="satisfactory")
    assert await risk.publication.outcomes() == (criteria(3, rate_of(0, 2)), nothing), (
        "corrected, it counts as it is now"
    )


async def test_what_was_drawn_at_random_is_counted_apart(risk: RiskOffice) -> None:
    random = pack("random", kind="random", more="", criterion="R1", share="1").replace('goods = ["04"]', "")
    await risk.publish(random)
    record, (order,) = await risk.lodged("OUT-4")
    await risk.controlling.act(record, order.order, ActName.RESULT, code="satisfactory")
    assert await risk.publication.outcomes() == (
        criteria(0, rate_of(0, 0)),
        ControlFigures(trigger="random", ordered=1, hits=rate_of(0, 1)),
    )


async def test_without_packs_there_are_none(risk: RiskOffice) -> None:
    await risk.lodged("OUT-5")
    assert await risk.publication.outcomes() == ()


def test_a_hit_rate_needs_thirty_controls() -> None:
    orders = [ordered(number, "criterion") for number in range(30)] + [
        ordered(number, "random") for number in range(30, 59)
    ]
    known = {
        one: OrderOutcome(number=one, types=(), adverse=one % 3 == 0, waived=False, open=False) for one in range(59)
    }
    first, second = outcomes(orders, known)
    assert (first.share, second.share) == (10 / 30, None)
    assert outcomes([*orders, *orders], {}) == outcomes(orders, {}), "each order counts once"
