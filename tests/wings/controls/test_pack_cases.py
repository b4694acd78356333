"""The cases by which packs of risk criteria are accepted, over a real database: what is chosen stays chosen, whatever is lodged or published."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.control_order import OrderState
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict, UnderExamination
from gateway.domain.record import Record
from gateway.domain.release import ReleaseOrder
from gateway.wings.controls.order import ActName, ControlStage
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.goods import COD, JSON, goods, message, milk
from tests.builders.replicas import effect, mrn_of
from tests.wings.controls.conftest import CHEDS, RiskOffice, pack, risk_office

MILK = goods(milk(CHEDS[0], "1"))


async def lodged(risk: RiskOffice, lrn: str, *, bill: str | None = None, accepted: bool = True, **more: str) -> Record:
    """Milk, on a bill of lading or none."""
    office = risk.controlling.office
    said = json.loads(message(lrn, MILK, mrn=mrn_of(lrn) if accepted else None, **more))  # type: ignore[arg-type]
    if bill is not None:
        said["GoodsShipment"]["TransportDocument"] = [{"sequenceNumber": 1, "type": "N705", "referenceNumber": bill}]
    record = await office.lifecycle.lodging.lodge(
        json.dumps(said).encode(), JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS
    )
    return await office.settled(record.id)


async def accepted(risk: RiskOffice, record: Record) -> Record:
    office = risk.controlling.office
    at = datetime.now(UTC) - timedelta(seconds=1)
    await office.lifecycle.steps.accept(record.id, mrn=mrn_of(record.lrn), accepted_at=at, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(record.id)


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def test_two_packs_are_one_order_of_the_higher_level(risk: RiskOffice) -> None:
    await risk.publish(pack())
    await risk.publish(pack("q", criterion="C2", level="H", types="40, 10"))
    _, (order,) = await risk.lodged("CASE11")
    assert (order.order.types, order.order.level) == (("10", "40"), "H")


async def test_amended_out_of_scope_it_stays(risk: RiskOffice) -> None:
    await risk.publish(pack())
    record, (order,) = await risk.lodged("CASE12")
    office = risk.controlling.office
    amended = await office.amend(record, goods(replace(milk(CHEDS[0], "1"), code=COD)))
    assert amended.current_version == 2
    (left,) = await risk.orders(record.id)
    assert (left.order.number, left.state) == (order.order.number, OrderState.DUE)
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)


async def test_chosen_and_invalidated_it_is_chosen_again(risk: RiskOffice) -> None:
    """The first order is void, and listed as such."""
    await risk.publish(pack())
    first = await lodged(risk, "CASE13A")
    await risk.publish(pack(share="0"))
    await risk.controlling.office.invalidate(first)
    assert [one.order.types for one in await risk.orders((await lodged(risk, "CASE13B")).id)] == [("10",)]
    kept = await risk.controlling.kept.listed(ended=True, limit=10, state=OrderState.VOID)
    assert [one.declaration_id for one in kept] == [first.id]


async def test_of_fifty_numbers_for_one_transport_document_any_is_chosen_if_one_is(risk: RiskOffice) -> None:
    """Whichever of them is presented is controlled; the same goods on no such document are drawn for themselves."""
    await risk.publish(pack(share="0.3"))
    records = [
        await lodged(risk, f"CASE14-{one}", bill="BL1", accepted=False, additional_type="D") for one in range(50)
    ]
    chosen = [bool(await risk.orders(one.id)) for one in records]
    assert chosen == sorted(chosen)
    assert chosen[-1]
    await risk.publish(pack(share="0"))
    for one in (records[0], records[-1]):
        assert [order.state for order in await risk.orders((await accepted(risk, one)).id)] == [OrderState.DUE]
    assert not await risk.orders((await lodged(risk, "CASE14-X", bill="BL2")).id)


async def test_what_is_supplementary_is_controlled_after_release(risk: RiskOffice) -> None:
    await risk.publish(pack())
    record = await lodged(risk, "CASE8", additional_type="Y")
    assert [one.order.stage for one in await risk.orders(record.id)] == [ControlStage.AFTER_RELEASE]


async def test_what_is_refused_is_controlled_too(risk: RiskOffice) -> None:
    """Neither knows of the other: the refusal is as it would be without."""
    await risk.publish(pack())
    office = risk.controlling.office
    office.authority.issue(CHEDS[1], ("0401", "500", "KGM"), status="64")
    record = await office.lodge("CASE9", goods(milk(CHEDS[1], "1")))
    assert effect(record) is Effect.REFUSE
    assert [one.state for one in await risk.orders(record.id)] == [OrderState.DUE]


async def test_a_crisis_suspends_a_pack_until_it_ends(risk: RiskOffice) -> None:
    """The pack counts again by itself on the day after."""
    office = risk.controlling.office
    today = office.clock().date()
    await risk.publish(pack())
    more = f'valid_to = {today + timedelta(days=2)}\nsuspends = ["p"]'
    crisis = pack("crisis", "0303", kind="crisis", more=more).replace(
        "valid_from = 2026-01-01", f"valid_from = {today}"
    )
    await risk.publish(crisis)
    assert not await risk.orders((await lodged(risk, "CASE20A")).id)
    office.clock.pass_by(timedelta(days=3))
    assert await risk.orders((await lodged(risk, "CASE20B")).id)


async def test_without_a_key_file_orders_by_hand_work(risk: RiskOffice) -> None:
    """Ordered, shut, ended by its result, released; a pack is refused."""
    without = risk_office(risk.controlling)
    await without.room.begin()
    with pytest.raises(Conflict, match="key_file"):
        await without.publication.publish(pack(), by=ONE)
    record, orders = await without.lodged("CASE32")
    assert not orders
    order = await risk.controlling.order(record)
    assert await without.refused(record)
    await risk.controlling.act(record, order, ActName.RESULT, code="satisfactory")
    assert (await risk.controlling.office.release(record)).done


@pytest.mark.parametrize("begins", ["at once", "later", "with another text"])
async def test_a_pack_that_looks_back_keeps_what_is_open_and_not_what_is_released(
    risk: RiskOffice, begins: str
) -> None:
    """Whether it is new, begins by itself on a later day, or is published with another text; one without holds nothing of it."""
    office = risk.controlling.office
    tomorrow = office.clock().date() + timedelta(days=1)
    text = pack("back", criterion="B", more='review_on = 2026-12-31\nlook_back = "open"')
    if begins == "with another text":
        await risk.publish(text.replace("share = 1", "share = 0"))
    await risk.publish(pack(share="0"))
    released, still_open = await lodged(risk, "CASE29A"), await lodged(risk, "CASE29B")
    assert (await office.release(released)).done
    if begins == "later":
        await risk.publish(text.replace("valid_from = 2026-01-01", f"valid_from = {tomorrow}"))
        office.clock.pass_by(timedelta(days=1))
    else:
        await risk.publish(text)
    assert not (await office.release(still_open)).done
    (order,) = await risk.orders(still_open.id)
    assert (order.order.stage, order.state) == (ControlStage.BEFORE_RELEASE, OrderState.DUE)
    assert not await risk.orders(released.id)


async def test_a_pack_that_does_not_look_back_leaves_what_was_assessed(risk: RiskOffice) -> None:
    """Twin of the pack that looks back: what was assessed before it goes, and is assessed no second time."""
    await risk.publish(pack(share="0"))
    record = await lodged(risk, "CASE29C")
    await risk.publish(pack("new", criterion="N"))
    before = len(await risk.room.of(record.id))
    assert (await risk.controlling.office.release(record)).done
    assert not await risk.orders(record.id)
    assert len(await risk.room.of(record.id)) == before


async def test_what_a_pack_that_looks_back_assessed_is_not_assessed_again(risk: RiskOffice) -> None:
    """The pack counted already: its goods go, by the assessment that is there."""
    more = 'review_on = 2026-12-31\nlook_back = "open"'
    await risk.publish(pack(share="0", more=more))
    record = await lodged(risk, "CASE29D")
    await risk.publish(pack("other", criterion="O"))
    before = len(await risk.room.of(record.id))
    assert (await risk.controlling.office.release(record)).done
    assert len(await risk.room.of(record.id)) == before
