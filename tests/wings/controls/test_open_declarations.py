"""A pack that looks back assesses the open declarations as soon as it counts: released goods stay out of it, and nobody is asked."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.domain.control_order import OrderState
from gateway.domain.errors import UnderExamination
from gateway.domain.events import EventKind
from gateway.domain.record import Record
from gateway.domain.release import ReleasedItem, ReleaseOrder
from gateway.wings.controls.bodies import stage_of
from gateway.wings.controls.order import ControlStage
from gateway.wings.controls.risk.alerts import Alerts
from gateway.wings.controls.risk.replay import SecondAssessment
from tests.builders.actors import CUSTOMS
from tests.builders.goods import goods, milk
from tests.wings.controls.conftest import CHEDS, KEY, OTHER, RiskOffice, alert, pack, risk_office

BACK = 'review_on = 2026-12-31\nlook_back = "open"'
WHAT = goods(milk(CHEDS[0], "1"))


async def lodged(risk: RiskOffice, lrn: str) -> Record:
    return await risk.controlling.office.lodge(lrn, WHAT)


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


@pytest.mark.parametrize("first", ["another pack", "no pack"])
async def test_what_is_open_is_assessed_at_publication_and_what_is_released_is_not(
    risk: RiskOffice, first: str
) -> None:
    """Assessed before or never, once; nobody is asked, the decision stays, and the replay makes it again equal."""
    office = risk.controlling.office
    if first == "another pack":
        await risk.publish(pack(share="0"))
    released, gone, left = [await lodged(risk, f"LKB{one}") for one in range(3)]
    assert (await office.release(released)).done
    await office.invalidate(gone)
    assert await risk.open_declarations.assess() == 0
    before, asked = await office.settled(left.id), len(office.authority.came)

    await risk.publish(pack("back", criterion="B", more=BACK))
    assert await risk.open_declarations.assess() == 1
    (order,) = await risk.orders(left.id)
    assert (order.order.stage, order.state) == (ControlStage.BEFORE_RELEASE, OrderState.DUE)
    assert await risk.refused(left)
    assert [await risk.orders(one.id) for one in (released, gone)] == [[], []]
    assert (await risk.open_declarations.assess(), await risk.open_declarations.assess()) == (0, 0)
    assert len(await risk.orders(left.id)) == 1
    assert len(office.authority.came) == asked
    after = await office.settled(left.id)
    assert (after.decision, after.due) == (before.decision, False)
    replayed = await SecondAssessment(office.store, risk.room, office.rules).of(left.id)
    assert {one.faults for one in replayed} == {()}

    await risk.publish(pack("back", criterion="B2", more=BACK))
    assert await risk.open_declarations.assess() == 1
    assert len(await risk.orders(left.id)) == 2


async def test_a_pack_that_begins_by_itself_looks_back_on_its_first_day(risk: RiskOffice) -> None:
    office = risk.controlling.office
    record = await lodged(risk, "LKB4")
    begins = f"valid_from = {office.clock().date() + timedelta(days=1)}"
    await risk.publish(pack("back", more=BACK).replace("valid_from = 2026-01-01", begins))
    assert await risk.open_declarations.assess() == 0
    office.clock.pass_by(timedelta(days=1))
    assert await risk.open_declarations.assess() == 1
    assert await risk.orders(record.id)


async def test_a_pack_that_does_not_look_back_assesses_nothing(risk: RiskOffice) -> None:
    await risk.publish(pack(share="0"))
    record = await lodged(risk, "LKB5")
    await risk.publish(pack("new", criterion="N"))
    assert await risk.open_declarations.assess() == 0
    assert (await risk.controlling.office.release(record)).done


async def test_of_goods_released_in_part_the_others_are_controlled(risk: RiskOffice) -> None:
    """Where every goods item is out, nothing is left to look at."""
    office = risk.controlling.office
    part, whole = await risk.controlling.lodged("LKB6"), await lodged(risk, "LKB7")
    assert (await office.release(part, ReleasedItem(goods_item=1))).done
    assert (await office.release(whole, ReleasedItem(goods_item=1))).done
    await risk.publish(pack(more=BACK))
    await risk.open_declarations.assess()
    assert await risk.refused(part)
    assert not await risk.orders(whole.id)
    assert await risk.open_declarations.assess() == 0


async def test_two_at_once_and_a_decision_beside_them_order_once(risk: RiskOffice) -> None:
    """Each writes behind what the other wrote, or leaves it to the next run."""
    office = risk.controlling.office
    records = [await lodged(risk, f"LKB8-{one}") for one in range(6)]
    await risk.publish(pack(more=BACK))
    other = risk_office(risk.controlling, KEY)
    await other.room.begin()
    await asyncio.gather(
        risk.open_declarations.assess(),
        other.open_declarations.assess(),
        *(office.lifecycle.pursue(one.id) for one in records),
    )
    await risk.open_declarations.assess()
    for one in records:
        await office.settled(one.id)
        assert len(await risk.orders(one.id)) == 1


async def test_what_cannot_be_read_is_controlled(risk: RiskOffice) -> None:
    """An assessment that another key sealed is not determined; by a ledger that cannot be read nothing is looked at."""
    await risk.publish(pack(share="0"))
    record = await lodged(risk, "LKB9")
    await risk.publish(pack("back", criterion="B", share="0", more=BACK))
    risk.controlling.change(f"UPDATE risk_assessment SET body = '\\x00' WHERE declaration_id = '{record.id}'")
    assert await risk.open_declarations.assess() == 1
    (order,) = await risk.orders(record.id)
    assert order.order.types == ("40",)
    without = risk_office(risk.controlling, OTHER)
    await without.room.refresh()
    assert await without.open_declarations.assess() == 0


async def test_one_that_cannot_be_read_stands_in_the_way_of_no_other(risk: RiskOffice) -> None:
    """It is told of without a name, and nothing of it is released; the others are assessed, open or released."""
    office = risk.controlling.office
    records = [await lodged(risk, f"LKBX{one}") for one in range(3)]
    gone = [await lodged(risk, f"LKBY{one}") for one in range(3)]
    for one in gone:
        assert (await office.release(one)).done
    broken = [min(some, key=lambda one: one.id) for some in (records, gone)]
    where = " OR ".join(f"declaration_id = '{one.id}'" for one in broken)
    risk.controlling.change(f"UPDATE declaration_version SET model = '-' || model WHERE {where}")
    await risk.publish(alert(types="40"))
    with capture_logs() as logs:
        await risk.open_declarations.assess()
        await Alerts(office.store.database, risk.room, risk.assessor).compare()
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["risk_not_determined"] * 2
    assert "LKBX" not in str(logs)
    assert [bool(await risk.orders(one.id)) for one in records] == [one is not broken[0] for one in records]
    met = {one.match.declaration for one in await risk.room.matches()}
    assert met == {one.id for one in (*records, *gone)} - {one.id for one in broken}
    risk.controlling.change(f"UPDATE declaration_version SET model = substr(model, 2) WHERE {where}")


async def test_no_release_passes_beside_a_publication(risk: RiskOffice) -> None:
    """Goods are released before the pack counts, or controlled once it does: none is left out."""
    office = risk.controlling.office
    records = [await lodged(risk, f"LKBZ{one:02}") for one in range(24)]

    async def released(record: Record, place: int) -> None:
        for _ in range(place * 40):
            await asyncio.sleep(0)
        with suppress(UnderExamination):
            await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)

    async def published() -> None:
        await risk.publish(pack(more=BACK))
        await risk.open_declarations.assess()

    await asyncio.gather(published(), *(released(one, place) for place, one in enumerate(records)))
    for one in records:
        await office.settled(one.id)
    await risk.open_declarations.assess()
    gone = {one.id for one in records if (await office.settled(one.id)).released is not None}
    held = {one.id for one in records if [each.order.stage for each in await risk.orders(one.id)] == [ControlStage.BEFORE_RELEASE]}  # fmt: skip
    assert gone | held == {one.id for one in records}
    assert held
    for begun in gone & held:
        # What was begun is completed: the pack came to count once the write-off was on its way.
        events = await office.store.declarations.events(begun)
        received, planned, ordered = (
            [event.seq for event in events if event.kind is kind]
            for kind in (EventKind.RELEASE_RECEIVED, EventKind.QUANTITY_PLANNED, EventKind.CONTROL_ORDERED)
        )
        assert any(received[0] < seq < ordered[0] for seq in planned)
        (kept,) = await risk.orders(begun)
        assert stage_of(kept) is ControlStage.AFTER_RELEASE
