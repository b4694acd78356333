"""Goods of which a control is ordered stay until it has ended, whatever is decided or overridden."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.domain.codec import encode
from gateway.domain.control_order import OrderState
from gateway.domain.decision import Effect
from gateway.domain.errors import ExaminationAwaited, SamePerson, UnderExamination
from gateway.domain.events import EventKind
from gateway.domain.matter import MatterKind
from gateway.domain.permission import Stage
from gateway.domain.release import Override, ReleasedItem, ReleaseOrder
from gateway.domain.turn import Turn
from gateway.lifecycle.case_file import export
from gateway.store.erasure import without_personal_text
from gateway.wings.controls.errors import OrderStands
from gateway.wings.controls.fold import folded
from gateway.wings.controls.kept import ControlWords, PresentPerson
from gateway.wings.controls.order import ActName, ControlStage
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.commands import gateway_command
from tests.builders.goods import goods, milk
from tests.builders.offices import SECRETS
from tests.builders.replicas import findings
from tests.builders.verifier import Verifier, unpacked
from tests.wings.controls.conftest import CHEDS, ControllingOffice


async def test_one_item_is_controlled_and_the_other_released(controlling: ControllingOffice) -> None:
    """An override passes nothing of it; found satisfactory, it goes."""
    office, record = controlling.office, await controlling.lodged("CTL1")
    order = await controlling.order(record, 1, reference="C/1")
    assert await controlling.order(record, 1, reference="C/1") == order

    after = await office.settled(record.id)
    assert after.decision is not None
    assert record.decision is not None
    assert (after.decision.number, after.decision.decision.effect) == (record.decision.number, Effect.RELEASE)
    for override in (None, Override(reason="perishable", officer="A", second_officer="B")):
        with pytest.raises(UnderExamination) as refused:
            await office.lifecycle.steps.release(record.id, ReleaseOrder(override=override), by=CUSTOMS)
        assert [one.goods_item for one in refused.value.obstacles if one.code == "SW-API-651"] == [1]
    assert after.detail is not None
    assert [(one.kind, one.turn) for one in after.detail.matters] == [(MatterKind.CONTROL, Turn.OFFICER)]
    assert (await office.release(record, ReleasedItem(goods_item=2))).done

    done = await controlling.act(record, order, ActName.RESULT, code="satisfactory", types=("10", "40"))
    assert done.state is OrderState.SATISFACTORY
    assert (await office.release(record)).done
    with pytest.raises(OrderStands):
        await controlling.act(record, order, ActName.RESULT, code="irregularity")
    again = await controlling.act(record, order, ActName.FURTHER)
    assert (again.state, again.order.stage) == (OrderState.DUE, ControlStage.BEFORE_RELEASE)


async def test_an_irregularity_shuts_its_item_until_it_is_settled(controlling: ControllingOffice) -> None:
    office, record = controlling.office, await controlling.lodged("CTL2")
    order = await controlling.order(record)

    await controlling.act(record, order, ActName.RESULT, code="irregularity", goods_items=(2,))
    held = await office.settled(record.id)
    assert findings(held) >= {"SW-DEC-311"}
    assert held.stage is Stage.ACCEPTED
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)

    assert (await controlling.act(record, order, ActName.SETTLED, code="corrected")).state is OrderState.SETTLED
    assert (await office.release(record)).done
    events = [one.kind for one in await office.store.declarations.events(record.id) if one.kind.startswith("control.")]
    assert events == [EventKind.CONTROL_ORDERED, EventKind.CONTROL_ADVERSE, EventKind.CONTROL_CHANGED]


async def test_what_is_told_is_found_by_310_and_bars_amendments(controlling: ControllingOffice) -> None:
    office, record = controlling.office, await controlling.lodged("CTL3")
    order = await controlling.order(record, 1)
    await controlling.act(record, order, ActName.RESULT, code="discrepancy", told=True)
    held = await office.settled(record.id)
    assert findings(held) >= {"SW-DEC-310"}
    assert held.stage is Stage.EXAMINED


async def test_a_high_level_is_waived_by_two(controlling: ControllingOffice) -> None:
    office, record = controlling.office, await controlling.lodged("CTL4")
    order = await controlling.order(record, level="H")
    waiting = await controlling.act(record, order, ActName.WAIVED, code="documents_suffice")
    assert waiting.state is OrderState.DUE
    with pytest.raises(SamePerson):
        await controlling.act(record, order, ActName.WAIVED, code="documents_suffice")
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    waived = await controlling.act(record, order, ActName.WAIVED, by=TWO, code="documents_suffice")
    assert waived.state is OrderState.WAIVED
    assert (await office.release(record)).done


async def test_a_transferred_one_goes_on_after_release(controlling: ControllingOffice) -> None:
    """What it finds before that holds all the same."""
    office, record = controlling.office, await controlling.lodged("CTL5")
    order = await controlling.order(record)
    moved = await controlling.act(record, order, ActName.TRANSFERRED, code="not_in_time")
    assert (moved.state, moved.state.is_over) == (OrderState.TRANSFERRED, False)
    with pytest.raises(OrderStands):
        await controlling.act(record, order, ActName.TRANSFERRED, code="guaranteed")
    await controlling.appoint(record, order)
    assert (await office.settled(record.id)).examination is None, "an announcement would keep goods"
    await controlling.act(record, order, ActName.RESULT, code="irregularity", goods_items=(1,))
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    await controlling.act(record, order, ActName.SETTLED, code="accepted")
    assert (await office.release(record)).done

    later = await controlling.order(record)
    assert later.stage is ControlStage.AFTER_RELEASE
    assert (await office.settled(record.id)).controlled == ()
    assert [one.state for one in await controlling.kept.listed(limit=9, declaration=record.id)] == [OrderState.DUE]


async def test_an_appointment_tells_and_ends_with_its_result(controlling: ControllingOffice) -> None:
    """Of documents no amendment is refused; of goods from the appointment on."""
    office, record = controlling.office, await controlling.lodged("CTL6")
    order = await controlling.order(record, 1)
    assert (await office.settled(record.id)).stage is Stage.ACCEPTED
    await controlling.appoint(record, order)
    told = await office.settled(record.id)
    assert told.stage is Stage.EXAMINATION
    assert told.examination is not None
    assert (told.examination.place, told.examination.goods_items) == ("Quay 4", (1,))
    assert told.controlled == ()
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)

    other = await controlling.order(record, 2, types=("10",))
    with pytest.raises(ExaminationAwaited):
        await controlling.appoint(record, other)
    await controlling.act(record, order, ActName.RESULT, code="satisfactory")
    ended = await office.settled(record.id)
    assert ended.examination is not None
    assert ended.examination.took_place_at is not None
    await controlling.appoint(record, other)
    documents = await office.settled(record.id)
    assert documents.examination is not None
    assert not documents.examination.bars_changes
    await controlling.act(record, other, ActName.WAIVED, code="documents_suffice")
    withdrawn = (await office.settled(record.id)).examination
    assert withdrawn is not None
    assert withdrawn.withdrawn_at is not None
    assert (await office.release(record)).done


async def test_an_announced_examination_is_an_order(controlling: ControllingOffice) -> None:
    """So is one that was announced before there were orders; what ends it ends the order."""
    office, record = controlling.office, await controlling.lodged("CTL7")
    planned = await controlling.order(record, 1, reference="E/1")
    await controlling.announce(record, "E/1", 1)
    (order,) = await controlling.kept.of(record.id)
    assert (order.order.number, [one.name for one in order.order.acts]) == (planned.number, ["opened", "told"])
    examinations = office.lifecycle.examinations
    await examinations.took_place(record.id, reference="E/1", result="As declared.", by=CUSTOMS, asker=AS_CUSTOMS)
    assert (await controlling.standing(record, planned)).state is OrderState.SATISFACTORY
    assert (await office.settled(record.id)).controlled == ()

    examinations.following = None
    await examinations.announce(record.id, reference="E/2", by=CUSTOMS, asker=AS_CUSTOMS)
    assert len(await controlling.kept.of(record.id)) == 1
    assert (await controlling.steps.follow_all(), await controlling.steps.follow_all()) == (1, 0)
    *_, adopted = await controlling.kept.of(record.id)
    assert (adopted.order.reference, adopted.order.types, adopted.state) == ("E/2", ("40",), OrderState.DUE)
    examinations.following = None
    await examinations.withdraw(record.id, reference="E/2", reason="x", by=CUSTOMS, asker=AS_CUSTOMS)
    assert await controlling.steps.follow_all() == 1
    assert (await controlling.standing(record, adopted.order)).state is OrderState.WAIVED
    assert (await office.release(record)).done


async def test_an_order_that_cannot_be_read_stands_in_the_way_of_no_other(controlling: ControllingOffice) -> None:
    """Its goods stay, it is told of in the log, and those of others are written."""
    broken, sound = await controlling.lodged("CTL15"), await controlling.lodged("CTL16")
    order, examinations = await controlling.order(broken, 1), controlling.office.lifecycle.examinations
    examinations.following = None
    for one in (broken, sound):
        await examinations.announce(one.id, reference="E/3", by=CUSTOMS, asker=AS_CUSTOMS)
    body = f"WHERE declaration_id = '{broken.id}' AND number = {order.number}"
    controlling.change(f"UPDATE control_order SET body = '-' || body {body}")
    with capture_logs() as logs:
        assert await controlling.steps.follow_all() == 2
    told = [(one["event"], one["log_level"], one["declaration"]) for one in logs if "control_order" in one["event"]]
    assert told == [("control_order_failed", "error", broken.id)]
    (adopted,) = await controlling.kept.of(sound.id)
    assert adopted.order.reference == "E/3"
    with pytest.raises(UnderExamination):
        await controlling.office.lifecycle.steps.release(broken.id, ReleaseOrder(), by=CUSTOMS)
    controlling.change(f"UPDATE control_order SET body = substr(body, 2) {body}")
    assert await controlling.steps.follow_all() == 1


async def test_an_amendment_widens_it_until_its_scope_is_set(controlling: ControllingOffice) -> None:
    office, record = controlling.office, await controlling.lodged("CTL8")
    order = await controlling.order(record, 1)
    amended = await office.amend(record, goods(milk(CHEDS[0], "90"), milk(CHEDS[1], "100")))
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(items=(ReleasedItem(goods_item=2),)), by=CUSTOMS)
    await controlling.act(record, order, ActName.SCOPED, goods_items=(1,))
    await office.amend(amended, goods(milk(CHEDS[0], "80"), milk(CHEDS[1], "100")))
    found = await controlling.act(record, order, ActName.RESULT, code="irregularity")
    assert folded(found.order).goods_items == (), "nobody knows which they are now"
    await controlling.act(record, order, ActName.FURTHER)
    await controlling.act(record, order, ActName.SCOPED, goods_items=(1,))
    assert (await office.release(record, ReleasedItem(goods_item=2))).done


async def test_a_scope_is_of_the_version_in_which_it_was_set(controlling: ControllingOffice) -> None:
    """The same numbers of a later version are other goods: they are set once more, and by two persons of that version."""
    office, record = controlling.office, await controlling.lodged("CTL14")
    order, item = await controlling.order(record, level="H"), ReleaseOrder(items=(ReleasedItem(goods_item=2),))
    await controlling.act(record, order, ActName.SCOPED, goods_items=(1,))
    amended = await office.amend(record, goods(milk(CHEDS[0], "90"), milk(CHEDS[1], "100")))
    await controlling.act(record, order, ActName.SCOPED, by=TWO, goods_items=(1,))
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(record.id, item, by=CUSTOMS)
    await controlling.act(record, order, ActName.SCOPED, goods_items=(1,))
    await office.amend(amended, goods(milk(CHEDS[0], "80"), milk(CHEDS[1], "100")))
    for by in (ONE, TWO):
        await controlling.act(record, order, ActName.SCOPED, by=by, goods_items=(1,))
    assert (await office.release(record, ReleasedItem(goods_item=2))).done


async def test_of_an_invalidated_declaration_it_is_void(controlling: ControllingOffice) -> None:
    record = await controlling.lodged("CTL9")
    order = await controlling.order(record)
    await controlling.office.invalidate(record)
    assert (await controlling.standing(record, order)).state is OrderState.VOID
    assert await controlling.kept.listed(limit=9) == []


async def test_its_case_file_verifies_and_its_decisions_are_made_again(
    controlling: ControllingOffice, tmp_path: Path
) -> None:
    office, record = controlling.office, await controlling.lodged("CTL12")
    order = await controlling.order(record, 1)
    await controlling.act(record, order, ActName.RESULT, code="irregularity", told=True)
    await office.settled(record.id)

    files = unpacked((await export(office.store.exports, record.id, by=ONE)).content)

    assert "control.adverse" in str(files)
    assert Verifier(files["verify.py"].decode(), tmp_path).faults(files) == []
    environment = {**SECRETS, "GATEWAY_DATABASE_URL": office.url}
    replayed = await asyncio.to_thread(gateway_command, environment, "replay", record.id)
    assert (replayed.returncode, "differ" in replayed.stdout) == (0, False), replayed.stdout + replayed.stderr


def test_what_is_personal_of_an_act_is_erased() -> None:
    word = ControlWords(by=ONE, reason="the crates of Mr Meyer", present=(PresentPerson(person="Meyer"),))
    assert "Meyer" not in without_personal_text(encode(word).decode())


async def test_its_rows_are_covered_by_the_chain(controlling: ControllingOffice) -> None:
    record = await controlling.lodged("CTL10")
    await controlling.order(record)
    for change, back in (
        ("UPDATE control_order SET body = body || ' '", "UPDATE control_order SET body = rtrim(body)"),
        ("UPDATE declaration SET controlled = controlled || ' '", "UPDATE declaration SET controlled = rtrim(controlled)"),
    ):  # fmt: skip
        controlling.change(change)
        assert len((await controlling.office.store.audit.verify(evidence=True)).faults) == 1, change
        controlling.change(back)


async def test_what_is_late_comes_first_and_then_the_most_urgent(controlling: ControllingOffice) -> None:
    record = await controlling.lodged("CTL11")
    low, high, late = [await controlling.order(record, level=level) for level in ("L", "H", "L")]
    await controlling.act(
        record, late, ActName.APPOINTED, place="Quay 4", time=controlling.office.clock() + timedelta(days=1)
    )
    controlling.change(f"UPDATE control_order SET due = now() - interval '1 day' WHERE number = {late.number}")
    listed = await controlling.kept.listed(limit=9)
    assert [one.order.number for one in listed] == [late.number, high.number, low.number]
    assert [one.late for one in listed] == [True, False, False]
    after = await controlling.kept.listed(limit=9, after=listed[0].place)
    assert [one.order.number for one in after] == [high.number, low.number]
