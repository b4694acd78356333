"""Goods that are suspended stay where they are, whatever is decided or overridden, until words or a clock free them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.simulation.holds import When
from gateway.domain.admission import invalidation_granted
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict, GoodsSuspended, NotAcceptedYet, NotKnown, OtherContent, SamePerson
from gateway.domain.events import EventKind
from gateway.domain.matter import MatterKind
from gateway.domain.matters import matters_of
from gateway.domain.obstacles import effects_on
from gateway.domain.permission import Asker, Role
from gateway.domain.record import Record
from gateway.domain.release import Override, ReleasedItem, ReleaseOrder
from gateway.domain.suspension import SuspensionState
from gateway.domain.turn import Turn
from gateway.lifecycle.case_file import export
from gateway.wings.suspensions.acts import Order
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.fold import folded
from gateway.wings.suspensions.rows import Opener
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import READ
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, findings, until
from tests.builders.verifier import Verifier, unpacked
from tests.lifecycle.movements.windows import closed, down, opened, verified
from tests.wings.suspensions.conftest import CHEDS, SuspendingOffice, kinds
from tests.wings.suspensions.course import STATED

LONG_AGO = timedelta(days=20)
OTHER_MILK = "0401201100"


async def effects(office: Office, record: Record) -> list[Effect]:
    found = (await office.settled(record.id)).decision
    assert found is not None
    return list(effects_on(found.decision).values())


async def test_one_item_is_suspended_and_the_other_released(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP1")
    await suspending.suspend(record, 1)

    assert await effects(office, record) == [Effect.HOLD, Effect.RELEASE]
    assert "SW-DEC-300" in findings(await office.settled(record.id))
    with pytest.raises(GoodsSuspended) as all_of_it:
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    assert [(one.goods_item, one.code) for one in all_of_it.value.obstacles if one.code == "SW-API-650"] == [(1, "SW-API-650")]  # fmt: skip
    assert (await office.release(record, ReleasedItem(goods_item=2))).done


async def test_no_override_releases_what_is_suspended(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP2")
    await suspending.suspend(record, 1)
    override = Override(reason="x", officer="one", second_officer="two")

    with pytest.raises(GoodsSuspended):
        await office.lifecycle.steps.release(
            record.id, ReleaseOrder(items=(ReleasedItem(goods_item=1),), override=override), by=ONE, second=TWO
        )


async def test_a_clock_that_ran_out_makes_it_an_officers_and_their_word_frees_it(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP3")
    await suspending.suspend(record, 1, ago=LONG_AGO)
    assert "SW-DEC-300" in findings(await office.settled(record.id)), "nothing is decided by time alone"

    assert await suspending.run_out(record) == 1
    settled = await office.settled(record.id)
    assert "SW-DEC-306" in findings(settled)
    (matter,) = matters_of(settled, told=False)
    assert (matter.kind, matter.turn, matter.about) == (MatterKind.SUSPENSION, Turn.OFFICER, "product safety")
    assert matters_of(settled, told=True) == ()
    assert await suspending.run_out(record) == 0, "once"
    await suspending.say(record, "nothing_came")

    settled = await office.settled(record.id)
    assert (effect(settled), settled.suspended) == (Effect.RELEASE, ())
    assert await kinds(office, record) == [EventKind.SUSPENSION_OPENED, EventKind.SUSPENSION_UNCONFIRMED, EventKind.SUSPENSION_WORD]  # fmt: skip
    assert (await office.release(record)).done


async def test_what_a_version_before_did_not_write_is_written_as_it_is_looked_at(suspending: SuspendingOffice) -> None:
    """Its matter is open, and its notices are due: the migration has it looked at."""
    office, record = suspending.office, await suspending.lodged("SUSP30")
    await suspending.suspend(record, 1, ago=LONG_AGO)
    await suspending.run_out(record)
    suspending.change("UPDATE suspension SET officers = false, tell_at = NULL")
    assert matters_of(await office.settled(record.id), told=False) == ()
    suspending.change("UPDATE suspension SET due_at = now()")

    assert await suspending.run_out(record) == 1

    assert len(matters_of(await office.settled(record.id), told=False)) == 1
    assert len(await suspending.kept.take_to_tell(9, again=LONG_AGO)) == 1
    assert await suspending.run_out(record) == 0


async def test_what_cannot_be_looked_at_stays_held_and_keeps_no_other_clock_waiting(suspending: SuspendingOffice) -> None:  # fmt: skip
    office = suspending.office
    bad, good = await suspending.lodged("SUSP31"), await suspending.lodged("SUSP32")
    for one in (bad, good):
        await suspending.suspend(one, 1, ago=LONG_AGO)
    suspending.change("UPDATE suspension SET body = '{' || body WHERE declaration_id = %(id)s", id=bad.id)

    await suspending.run_out(good)

    assert "SW-DEC-306" in findings(await office.settled(good.id))
    assert "SW-DEC-300" in findings(await office.settled(bad.id))
    suspending.change("UPDATE suspension SET body = substr(body, 2) WHERE declaration_id = %(id)s", id=bad.id)


async def test_what_is_not_accepted_is_not_suspended_and_a_word_of_it_waits(suspending: SuspendingOffice) -> None:
    office = suspending.office
    raw = message("SUSP33", goods(milk(CHEDS[0], "100")), mrn=None, additional_type="D")
    lodged = await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    record = await office.settled(lodged.id)

    with pytest.raises(NotAcceptedYet):
        await suspending.suspend(record, 1)

    assert await suspending.kept.of(record.id) == ()


async def test_a_window_of_contingency_frees_nothing_that_is_suspended(suspending: SuspendingOffice) -> None:
    """What nobody could ask about is released unverified; what is suspended is not, inside a window and after it."""
    office, authority = suspending.office, suspending.office.authority
    number = await opened(office)
    down(authority)
    record = await office.lodge("SUSP34", goods(milk(CHEDS[0], "100"), milk(CHEDS[1], "100")))
    await suspending.suspend(record, 1, ago=LONG_AGO)

    for code in ("SW-DEC-300", "SW-DEC-306"):
        assert code in findings(await office.settled(record.id))
        with pytest.raises(GoodsSuspended):
            await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
        await suspending.run_out(record)
    assert (await office.release(record, ReleasedItem(goods_item=2))).done
    await closed(office, number)
    authority.heal()
    record = await verified(office, record)
    with pytest.raises(GoodsSuspended):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)


async def test_a_word_that_is_entered_lets_the_clock_act_first(suspending: SuspendingOffice) -> None:
    record = await suspending.lodged("SUSP4")
    await suspending.suspend(record, 1, ago=LONG_AGO)

    with pytest.raises(NotNow):
        await suspending.say(record, "maintain")


async def test_a_letter_that_came_in_time_counts(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP5")
    opened = await suspending.suspend(record, 1, ago=LONG_AGO)
    await suspending.run_out(record)

    await suspending.say(record, "maintain", received_at=opened.opened_at + timedelta(hours=2))

    assert "SW-DEC-301" in findings(await office.settled(record.id))


async def test_a_fast_clock_of_a_process_frees_nothing(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP6")
    await suspending.suspend(record, 1)

    office.clock.pass_by(timedelta(days=60))
    await suspending.run_out(record)
    await office.looks(timedelta(0))

    assert "SW-DEC-300" in findings(await office.settled(record.id))
    suspending.change("UPDATE suspension SET due_at = now()")
    await suspending.run_out(record)
    assert "SW-DEC-300" in findings(await office.settled(record.id)), "by the database's time it runs"


async def test_two_officers_lift_what_was_a_mistake(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP7")
    await suspending.suspend(record, 1)

    await suspending.say(record, "annulled")
    with pytest.raises(SamePerson):
        await suspending.say(record, "annulled")
    assert "SW-DEC-300" in findings(await office.settled(record.id))
    lifted = await suspending.say(record, "annulled", by=TWO)

    assert folded(lifted).state is SuspensionState.LIFTED
    assert effect(await office.settled(record.id)) is Effect.RELEASE


async def test_the_same_order_changes_nothing_and_another_under_its_reference_is_refused(
    suspending: SuspendingOffice,
) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP8")
    first = await suspending.suspend(record, 1, reference="MS-1")
    again = await suspending.suspend(record, 1, reference="MS-1")

    assert (first.number, again.number) == (1, 1)
    assert len(await kinds(office, record)) == 1
    with pytest.raises(OtherContent):
        await suspending.suspend(record, 2, reference="MS-1")


async def test_an_amendment_of_suspended_goods_holds_all_until_an_officer_sets_them(
    suspending: SuspendingOffice,
) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP9")
    await suspending.suspend(record, 1)
    await office.amend(
        await office.settled(record.id), goods(replace(milk(CHEDS[0], "100"), code=OTHER_MILK), milk(CHEDS[1], "100"))
    )

    settled = await office.settled(record.id)
    assert {"SW-DEC-309", "SW-DEC-300"} <= findings(settled)
    with pytest.raises(GoodsSuspended):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(items=(ReleasedItem(goods_item=2),)), by=CUSTOMS)

    await suspending.say(record, "scope", goods_items=(1, 2))

    assert "SW-DEC-309" not in findings(await office.settled(record.id))
    assert await effects(office, record) == [Effect.HOLD, Effect.HOLD]


async def test_a_scope_that_leaves_goods_out_needs_two(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP10")
    await suspending.suspend(record, 1, 2)

    await suspending.say(record, "scope", goods_items=(2,))
    assert await effects(office, record) == [Effect.HOLD, Effect.HOLD]
    await suspending.say(record, "scope", goods_items=(2,), by=TWO)
    assert await effects(office, record) == [Effect.RELEASE, Effect.HOLD]


async def test_a_scope_is_of_the_version_in_which_it_was_set(suspending: SuspendingOffice) -> None:
    """The same numbers of a later version are other goods: two persons mean one version, and it is set once more."""
    office, record = suspending.office, await suspending.lodged("SUSP38")
    await suspending.suspend(record, 1, 2)
    await suspending.say(record, "scope", goods_items=(2,))
    other = replace(milk(CHEDS[0], "100"), code=OTHER_MILK)
    await office.amend(await office.settled(record.id), goods(other, milk(CHEDS[1], "100")))
    await suspending.say(record, "scope", goods_items=(2,), by=TWO)
    assert "SW-DEC-309" in findings(await office.settled(record.id))
    await suspending.say(record, "scope", goods_items=(2,))
    assert await effects(office, record) == [Effect.RELEASE, Effect.HOLD]
    await office.amend(await office.settled(record.id), goods(milk(CHEDS[0], "100"), other))
    for by in (ONE, TWO):
        await suspending.say(record, "scope", goods_items=(2,), by=by)
    assert "SW-DEC-309" not in findings(await office.settled(record.id))


async def test_an_amendment_of_other_goods_changes_nothing_of_it(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP11")
    await suspending.suspend(record, 1)
    await office.amend(
        await office.settled(record.id), goods(milk(CHEDS[0], "100"), replace(milk(CHEDS[1], "100"), code=OTHER_MILK))
    )

    assert "SW-DEC-309" not in findings(await office.settled(record.id))


async def test_a_suspension_outlives_the_invalidation_by_customs(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP12")
    await suspending.suspend(record, 1, ago=LONG_AGO)
    await office.invalidate(record)

    await suspending.run_out(record)

    (one,) = await suspending.kept.listed(declaration=record.id, offices=None, ended=False, after=("0001-01-01", "00000000-0000-0000-0000-000000000000", 0), limit=10)  # fmt: skip
    assert folded(one.suspension).state is SuspensionState.UNCONFIRMED
    with pytest.raises(Conflict):
        await suspending.suspend(record, 1, regime="product_safety")


async def test_released_goods_are_not_held_and_customs_is_alerted(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP13")
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    await suspending.suspend(record, 1)

    assert "SW-DEC-308" in findings(await office.settled(record.id))
    assert (await office.release(record, ReleasedItem(goods_item=2))).done


async def test_the_declarant_answers_where_it_is_told_and_no_other_party_does(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP14")
    declarant = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset({record.declarant}))
    other = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset({"DE999999999999999"}))
    await suspending.suspend(record, 1, regime="ipr")
    assert "SW-DEC-307" in findings(await office.settled(record.id))
    with pytest.raises(NotKnown):
        await suspending.say(record, "declarant.agrees", asker=declarant)

    await suspending.say(record, "notified.declarant", duty=True)
    await suspending.say(record, "notified.holder", duty=True)
    assert "SW-DEC-302" in findings(await office.settled(record.id))
    for asker, word in ((other, "declarant.agrees"), (declarant, "holder.withdraws"), (declarant, "annulled")):
        with pytest.raises(NotKnown):
            await suspending.say(record, word, asker=asker)
    await suspending.say(record, "declarant.agrees", asker=declarant)
    await suspending.say(record, "holder.infringes")
    agreed = await suspending.say(record, "holder.agrees")

    assert folded(agreed).state is SuspensionState.TO_DESTROY
    assert effect(await office.settled(record.id)) is Effect.REFUSE


async def test_a_holiday_that_is_listed_later_is_told_and_moves_the_clock(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP15")
    await suspending.suspend(record, 1)
    suspending.change("UPDATE suspension SET counted_by = 'sha256:before'")

    assert await suspending.run_out(record) == 1
    assert await kinds(office, record) == [EventKind.SUSPENSION_OPENED], "nothing ends otherwise"
    assert await suspending.run_out(record) == 0


async def test_its_case_file_verifies_and_its_decisions_are_made_again(
    suspending: SuspendingOffice, tmp_path: Path
) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP16")
    await suspending.suspend(record, 1, ago=LONG_AGO)
    await suspending.run_out(record)
    await suspending.say(record, "nothing_came")

    files = unpacked((await export(office.store.exports, record.id, by=ONE)).content)

    assert "SW-DEC-306" in str(files)
    assert Verifier(files["verify.py"].decode(), tmp_path).faults(files) == []


async def test_what_was_changed_behind_everybodys_back_is_found(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP17")
    await suspending.suspend(record, 1)
    for change, back in (
        ("UPDATE suspension SET body = body || ' '", "UPDATE suspension SET body = rtrim(body)"),
        ("UPDATE declaration SET shut = shut || ' '", "UPDATE declaration SET shut = rtrim(shut)"),
    ):
        suspending.change(change)
        report = await office.store.audit.verify(evidence=True)
        assert len(report.faults) == 1, change
        suspending.change(back)


async def test_a_suspension_that_comes_before_the_intent_ends_the_order(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP19")
    office.clock.pass_by(timedelta(days=1))
    office.authority.hold(When.BEFORE, READ)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    await until(lambda: office.authority.frame.holds.held > 0)
    order = Order(regime="product_safety", by=Opener.OFFICER, goods_items=(1,), stated=STATED["product_safety"])
    await suspending.steps.open(record.id, order, by=ONE, reason=None)
    office.authority.heal()
    await office.settled(record.id)

    (step, *_) = await office.store.steps.of(record.id)
    assert step.outcome is not None
    assert (step.outcome.done, step.outcome.reason) == (False, "suspended")
    assert [one.code for one in step.outcome.obstacles] == ["SW-API-650"]


async def test_an_application_to_invalidate_waits_for_what_its_regime_says(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP20")
    await suspending.suspend(record, 1)
    reached = (await office.settled(record.id)).reached

    with pytest.raises(GoodsSuspended):
        invalidation_granted(reached)
    await suspending.say(record, "approve")
    await suspending.say(record, "approve", by=TWO)
    invalidation_granted((await office.settled(record.id)).reached)


async def test_several_stand_on_one_item_and_each_has_to_end(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP21")
    await suspending.suspend(record, 1)
    await suspending.suspend(record, 1, regime="ipr")
    for officer in (ONE, TWO):
        await suspending.say(record, "approve", by=officer)

    settled = await office.settled(record.id)

    assert [one.regime for one in settled.suspended] == ["ipr"]
    assert await effects(office, record) == [Effect.HOLD, Effect.RELEASE]
    held = [office.authority.held(one, str(settled.mrn)) for one in CHEDS]
    assert held == [("reserved", Decimal(100)), ("reserved", Decimal(100))]


async def test_what_is_refused_gives_its_reservation_back(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP22")
    await suspending.suspend(record, 1)
    await suspending.say(record, "refuse", stated={"finding": "dangerous", "other_procedures": "objected"})

    settled = await office.settled(record.id)

    assert await effects(office, record) == [Effect.REFUSE, Effect.RELEASE]
    assert office.authority.held(CHEDS[1], str(settled.mrn)) == ("reserved", Decimal(100))
    override = Override(reason="x", officer="one", second_officer="two")
    order = ReleaseOrder(items=(ReleasedItem(goods_item=1),), override=override)
    with pytest.raises(GoodsSuspended):
        await office.lifecycle.steps.release(record.id, order, by=ONE, second=TWO)


async def test_a_party_is_told_nothing_of_released_goods_whose_suspension_is_not_told(
    suspending: SuspendingOffice,
) -> None:
    office, record = suspending.office, await suspending.lodged("SUSP23")
    assert (await office.release(record)).done
    before = await office.settled(record.id)

    await suspending.suspend(record, 1, regime="ipr")

    after = await office.settled(record.id)
    assert after.decision == before.decision
    assert [one.regime for one in after.suspended] == ["ipr"]
