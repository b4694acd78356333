"""Words that authorities push count once, in the order of their versions, of the suspension that they are about, and nothing of them is lost."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import structs

from gateway.contract import SuspensionEvent
from gateway.domain.actions import ActionName, WhyNot, action
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict, GoodsSuspended
from gateway.domain.record import Record
from gateway.domain.release import ReleasedItem, ReleaseOrder
from gateway.domain.release_gate import LastDecision, gates
from gateway.domain.suspension import SuspensionState
from gateway.store.statements import STATEMENTS
from gateway.wings.suspensions.kept_events import KeptEvents
from gateway.wings.suspensions.pushed_steps import PushedSteps
from gateway.wings.suspensions.pushed_words import Result, TakenWord, frees
from tests.builders.actors import CUSTOMS
from tests.builders.commands import gateway_command
from tests.builders.databases import administer, database_of
from tests.builders.goods import goods, milk
from tests.builders.replicas import effect, findings, mrn_of
from tests.wings.suspensions.conftest import CHEDS, SuspendingOffice

LONG_AGO = timedelta(days=20)
NOBODYS = "26FRD00000000999P5"


def pushed(suspending: SuspendingOffice, *, examined: bool = True) -> PushedSteps:
    """The steps of pushed words of the office."""
    office = suspending.office
    return PushedSteps(
        KeptEvents(office.store.database),
        suspending.kept,
        suspending.steps,
        office.store,
        office.lifecycle,
        is_examined=lambda _: examined,
    )


async def take(suspending: SuspendingOffice, *events: SuspensionEvent, **how: Any) -> Sequence[TakenWord]:
    """Pushes words by ICSMS."""
    return await pushed(suspending, **how).take("icsms", events)


def event(record: Record, word: str, version: int = 1, **how: Any) -> SuspensionEvent:
    """A word about a declaration."""
    assert record.mrn is not None
    values = {"reference": "ICSMS-1", "mrn": record.mrn, "regime": "product_safety", **how}
    return SuspensionEvent(word=word, version=version, **values)


async def test_a_request_without_items_suspends_all_and_is_answered_by_a_duty(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH1")

    (answer,) = await take(suspending, event(record, "request"))

    assert (answer.result, answer.state) == (Result.DONE, SuspensionState.OPEN)
    assert answer.deadline is not None
    settled = await office.settled(record.id)
    assert (effect(settled), [one.goods_items for one in settled.suspended]) == (Effect.HOLD, [frozenset({1, 2})])
    (made,) = await suspending.kept.of(record.id)
    assert made.reference == "ICSMS-1"
    assert "requested" in {one.name for one in made.words}


async def test_the_same_word_again_changes_nothing_and_is_answered_alike(suspending: SuspendingOffice) -> None:
    record = await suspending.lodged("PUSH2")
    request = event(record, "request", goods_items=(1,))

    first = await take(suspending, request)
    again = await take(suspending, request)
    (other,) = await take(suspending, replace(request, goods_items=(2,)))

    assert first == again
    assert (other.result, other.code) == (Result.OTHER_CONTENT, "SW-API-652")
    (made,) = await suspending.kept.of(record.id)
    assert [one.number for one in made.items] == [1]


async def test_words_hold_refuse_and_free(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH3")
    await take(suspending, event(record, "request", goods_items=(1,)))

    (maintained,) = await take(suspending, event(record, "maintain", 2))
    assert (maintained.state, maintained.deadline) == (SuspensionState.MAINTAINED, None)
    assert "SW-DEC-301" in findings(await office.settled(record.id))
    (freed,) = await take(suspending, event(record, "approve", 3, goods_items=(1,)))

    assert (freed.result, freed.state) == (Result.DONE, SuspensionState.LIFTED)
    assert effect(await office.settled(record.id)) is Effect.RELEASE
    assert (await office.release(record)).done


async def test_a_word_is_about_the_suspension_that_customs_opened(suspending: SuspendingOffice) -> None:
    record = await suspending.lodged("PUSH4")
    await suspending.suspend(record, 1)

    (refused,) = await take(suspending, event(record, "refuse", 7, fields={"finding": "dangerous"}))

    assert (refused.result, refused.state) == (Result.DONE, SuspensionState.REFUSED)


async def test_a_lower_version_comes_too_late_and_within_a_push_the_order_is_theirs(
    suspending: SuspendingOffice,
) -> None:
    record = await suspending.lodged("PUSH5")
    await suspending.suspend(record, 1)

    both = await take(suspending, event(record, "approve", 6), event(record, "maintain", 5))
    assert [(one.version, one.result) for one in both] == [(6, Result.DONE), (5, Result.DONE)]
    (late,) = await take(suspending, event(record, "maintain", 4))

    assert late.result is Result.SUPERSEDED
    (made,) = await suspending.kept.of(record.id)
    assert [one.name for one in made.words] == ["opened", "maintain", "approve"]


async def test_what_frees_some_of_the_goods_or_comes_unexamined_is_an_officers(suspending: SuspendingOffice) -> None:
    record = await suspending.lodged("PUSH6")
    await suspending.suspend(record)

    (some,) = await take(suspending, event(record, "approve", goods_items=(1,)))
    (unexamined,) = await take(suspending, event(record, "approve", 2), examined=False)
    (holds,) = await take(suspending, event(record, "maintain", 3, goods_items=(1,)), examined=False)

    assert (some.result, unexamined.result) == (Result.FOR_OFFICER, Result.FOR_OFFICER)
    assert (holds.result, holds.state) == (Result.DONE, SuspensionState.MAINTAINED), "what holds is believed of anybody"
    listed = await pushed(suspending).without_effect(offices=None, before=None, limit=10)
    assert [(one.version, one.result) for one in listed] == [(2, Result.FOR_OFFICER), (1, Result.FOR_OFFICER)]
    assert listed[0].event is not None
    assert listed[0].event.word == "approve"


async def test_a_word_after_the_end_is_late(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH7")
    await suspending.suspend(record, 1, ago=LONG_AGO)
    await suspending.run_out(record)
    await suspending.say(record, "nothing_came")

    (late,) = await take(suspending, event(record, "maintain"))

    assert (late.result, late.state, late.code) == (Result.LATE, SuspensionState.EXPIRED, "SW-API-653")
    assert effect(await office.settled(record.id)) is Effect.RELEASE


async def test_of_released_goods_it_stands_on_record(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH8")
    assert (await office.release(record, ReleasedItem(goods_item=1))).done

    (answer,) = await take(suspending, event(record, "request", goods_items=(1,)))

    assert (answer.result, answer.state) == (Result.RELEASED, SuspensionState.OPEN)
    assert "SW-DEC-308" in findings(await office.settled(record.id))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"regime": "nothing_known"}, "SW-API-602"),
        ({"regime": "ipr"}, "SW-API-602"),
        ({"word": "agree_to_everything"}, "SW-API-602"),
        ({"word": "refuse", "fields": {"finding": "ugly"}}, "SW-API-422"),
        ({"word": "request", "goods_items": (7,)}, "SW-API-422"),
        ({"word": "request", "fields": {"ground": "no such"}}, "SW-API-422"),
    ],
)
async def test_what_the_rows_do_not_know_is_refused_and_says_why(
    suspending: SuspendingOffice, change: dict[str, Any], code: str
) -> None:
    record = await suspending.lodged("PUSH9")
    await suspending.suspend(record, 1)

    (answer,) = await take(suspending, replace(event(record, "maintain", 2), reference="X", **change))

    assert (answer.result, answer.code) == (Result.REFUSED, code)
    assert answer.detail
    (made,) = await suspending.kept.of(record.id)
    assert [one.name for one in made.words] == ["opened"]


async def test_a_word_of_which_there_is_no_suspension_is_kept(suspending: SuspendingOffice) -> None:
    record = await suspending.lodged("PUSH10")

    (answer,) = await take(suspending, event(record, "approve"))

    assert (answer.result, answer.state) == (Result.UNMATCHED, None)
    assert await suspending.kept.of(record.id) == ()


async def test_what_is_not_declared_yet_waits_and_stops_the_goods_from_then_on(suspending: SuspendingOffice) -> None:
    office = suspending.office
    for one in CHEDS:
        office.authority.issue(one, ("0401", "500", "KGM"))
    declared = goods(milk(CHEDS[0], "100"), milk(CHEDS[1], "100"))
    mrn = mrn_of("PUSH11")
    early = SuspensionEvent(
        reference="ICSMS-9", version=1, mrn=mrn, regime="product_safety", word="request", goods_items=(1,)
    )

    (waiting,) = await take(suspending, early)
    assert (waiting.result, waiting.state) == (Result.WAITING, None)
    record = await office.lodge("PUSH11", declared)
    with pytest.raises(GoodsSuspended):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    assert await pushed(suspending).go_on() == 1

    assert "SW-DEC-300" in findings(await office.settled(record.id))
    (again,) = await take(suspending, early)
    assert (again.result, again.state) == (Result.DONE, SuspensionState.OPEN)
    assert await pushed(suspending).go_on() == 0
    assert (await office.release(record, ReleasedItem(goods_item=2))).done


async def test_what_waits_for_too_long_is_given_up_and_told(suspending: SuspendingOffice) -> None:
    office = suspending.office
    early = SuspensionEvent(reference="A", version=1, mrn=NOBODYS, regime="product_safety", word="request")
    office.clock.pass_by(-timedelta(days=31))
    (waiting,) = await take(suspending, early)
    office.clock.pass_by(timedelta(days=31))
    assert waiting.result is Result.WAITING

    suspending.change("UPDATE pushed_event SET received_at = received_at - interval '31 days'")
    assert await pushed(suspending).go_on() == 1

    (again,) = await take(suspending, early)
    assert again.result is Result.UNMATCHED


async def test_a_word_about_what_has_ended_is_kept_and_says_so(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH30")
    await office.invalidate(record, None)

    (request, word) = await take(suspending, event(record, "request"), event(record, "approve", 2, reference="B"))

    assert (request.result, word.result) == (Result.ENDED, Result.UNMATCHED)
    assert await suspending.kept.of(record.id) == ()
    listed = await pushed(suspending).without_effect(offices=None, before=None, limit=10)
    assert {one.result for one in listed} == {Result.ENDED, Result.UNMATCHED}


async def test_an_mrn_names_one_declaration_and_a_word_is_about_that(suspending: SuspendingOffice) -> None:
    """Another declaration of the same MRN is refused, so that no word is about two; 10,000 goods items are none of it."""
    office, record = suspending.office, await suspending.lodged("PUSH31")
    with pytest.raises(Conflict):
        await office.lodge("PUSH32", goods(milk(CHEDS[0], "100")), mrn=record.mrn)

    (many,) = await take(suspending, event(record, "request", goods_items=tuple(range(1, 10_001))))
    (one,) = await take(suspending, event(record, "request", goods_items=(1,), reference="B"))

    assert (many.result, many.code, len(many.detail or "") < 200) == (Result.REFUSED, "SW-API-422", True)
    assert (one.result, len(await suspending.kept.of(record.id))) == (Result.DONE, 1)


async def test_two_replicas_that_are_pushed_the_same_say_it_once(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH33")
    other = SuspendingOffice(replace(office, replicas=[await office.open()]))

    for word, version in (("request", 1), ("maintain", 2), ("approve", 3)):
        said = event(record, word, version)
        (first,), (second,) = await asyncio.gather(take(suspending, said), take(other, said))
        assert (first, first.result) == (second, Result.DONE), word

    (made,) = await suspending.kept.of(record.id)
    assert [one.name for one in made.words] == ["opened", "requested", "maintain", "approve"]
    assert await pushed(other).go_on() == 0


async def test_a_word_that_cannot_be_said_keeps_no_other_waiting(suspending: SuspendingOffice) -> None:
    bad, good = await suspending.lodged("PUSH34"), await suspending.lodged("PUSH35")
    await suspending.suspend(bad, 1)
    for one in (bad, good):
        word = event(one, "maintain" if one is bad else "request", reference=str(one.mrn))
        await KeptEvents(suspending.office.store.database).receive("icsms", word)
    suspending.change("UPDATE suspension SET body = '{' || body")
    suspending.change("UPDATE pushed_event SET due_at = now()")

    assert await pushed(suspending).go_on() == 2

    assert len(await suspending.kept.of(good.id)) == 1
    suspending.change("UPDATE suspension SET body = substr(body, 2) WHERE declaration_id = %(id)s", id=bad.id)
    suspending.change("UPDATE pushed_event SET due_at = now() WHERE due_at IS NOT NULL")
    assert await pushed(suspending).go_on() == 1
    (held,) = await suspending.kept.of(bad.id)
    assert [one.name for one in held.words] == ["opened", "maintain"]


async def test_a_receipt_that_was_interrupted_is_gone_on_with(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH12")
    await KeptEvents(office.store.database).receive("icsms", event(record, "request", goods_items=(1,)))
    assert await pushed(suspending).go_on() == 0, "whoever received it may be at it"

    suspending.change("UPDATE pushed_event SET due_at = now()")
    assert await pushed(suspending).go_on() == 1

    assert "SW-DEC-300" in findings(await office.settled(record.id))


async def test_what_waits_is_said_in_the_order_in_which_it_came(suspending: SuspendingOffice) -> None:
    """A later version that waits, too, takes nothing from the request before it."""
    office = suspending.office
    for one in CHEDS:
        office.authority.issue(one, ("0401", "500", "KGM"))
    early = SuspensionEvent(
        reference="ICSMS-8", version=1, mrn=mrn_of("PUSH20"), regime="product_safety", word="request"
    )
    await take(suspending, early)
    (maintained,) = await take(suspending, replace(early, version=2, word="maintain"))
    assert maintained.result is Result.WAITING

    record = await office.lodge("PUSH20", goods(milk(CHEDS[0], "100"), milk(CHEDS[1], "100")))
    assert await pushed(suspending).go_on() == 2

    (made,) = await suspending.kept.of(record.id)
    assert [one.name for one in made.words] == ["opened", "requested", "maintain"]
    assert "SW-DEC-301" in findings(await office.settled(record.id))


async def test_a_word_has_those_of_its_case_said_first_that_still_wait(suspending: SuspendingOffice) -> None:
    """The declaration is accepted, and the minute in which its words are said is not over: what frees is not lost."""
    office = suspending.office
    for one in CHEDS:
        office.authority.issue(one, ("0401", "500", "KGM"))
    early = SuspensionEvent(
        reference="ICSMS-7", version=1, mrn=mrn_of("PUSH36"), regime="product_safety", word="request"
    )
    await take(suspending, early)
    record = await office.lodge("PUSH36", goods(milk(CHEDS[0], "100"), milk(CHEDS[1], "100")))

    (freed,) = await take(suspending, replace(early, version=2, word="approve"))

    assert (freed.result, freed.state) == (Result.DONE, SuspensionState.LIFTED)
    assert (await office.settled(record.id)).suspended == ()
    assert await pushed(suspending).go_on() == 0


async def test_what_frees_has_no_effect_once_a_later_version_is_known(suspending: SuspendingOffice) -> None:
    """Its receipt was interrupted; what came after it was said before it."""
    office, record = suspending.office, await suspending.lodged("PUSH21")
    await suspending.suspend(record, 1)
    await KeptEvents(office.store.database).receive("icsms", event(record, "approve", 5))
    await take(suspending, event(record, "maintain", 6))

    suspending.change("UPDATE pushed_event SET due_at = now() WHERE version = 5")
    await pushed(suspending).go_on()

    assert "SW-DEC-301" in findings(await office.settled(record.id))
    (answer,) = await take(suspending, event(record, "approve", 5))
    assert answer.result is Result.SUPERSEDED


async def test_a_word_that_was_received_stops_the_goods_before_it_is_said(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH22")
    await KeptEvents(office.store.database).receive("icsms", event(record, "request", goods_items=(1,)))

    with pytest.raises(GoodsSuspended):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    read = await office.store.declarations.get(record.id)
    assert read is not None
    assert action(ActionName.RELEASE, read).why_not is WhyNot.SUSPENDED, "what pages offer agrees with it"
    assert read.decision is not None
    gate = gates(read.reached, LastDecision(decision=read.decision, assessed=True), under_way=False)
    assert [one.may_release for one in gate] == [False, False]


async def test_a_second_request_of_its_case_suspends_what_it_adds(suspending: SuspendingOffice) -> None:
    office, record = suspending.office, await suspending.lodged("PUSH25")
    await take(suspending, event(record, "request", goods_items=(1,)))

    (same,) = await take(suspending, event(record, "request", 2, goods_items=(1,)))
    (more,) = await take(suspending, event(record, "request", 3))

    assert (same.result, more.result) == (Result.DONE, Result.DONE)
    assert [[item.number for item in one.items] for one in await suspending.kept.of(record.id)] == [[1], [2]]
    await take(suspending, event(record, "approve", 4, goods_items=(2,)))
    assert [one.goods_items for one in (await office.settled(record.id)).suspended] == [{1}]
    await take(suspending, event(record, "approve", 5))
    assert (await office.settled(record.id)).suspended == ()
    (again,) = await take(suspending, event(record, "request", 6, goods_items=(2,)))
    assert (again.result, again.state) == (Result.DONE, SuspensionState.OPEN), "asked for again, it is suspended again"


async def test_a_word_about_other_goods_is_about_no_suspension(suspending: SuspendingOffice) -> None:
    record = await suspending.lodged("PUSH23")
    await suspending.suspend(record, 1)

    (answer,) = await take(suspending, event(record, "maintain", goods_items=(2,)))

    assert answer.result is Result.UNMATCHED
    (made,) = await suspending.kept.of(record.id)
    assert [one.name for one in made.words] == ["opened"]


async def test_what_frees_together_with_others_frees(suspending: SuspendingOffice) -> None:
    """Of such a word its row says nothing: the outcome does."""
    record = await suspending.lodged("PUSH24")
    made = await suspending.suspend(record, 1, regime="ipr")
    word = event(record, "holder.agrees", regime="ipr")
    assert not frees(word, made)

    lifting = tuple(replace(one, becomes=SuspensionState.LIFTED) for one in made.terms.outcomes)

    assert frees(word, structs.replace(made, terms=structs.replace(made.terms, outcomes=lifting)))


async def test_words_that_wait_are_looked_for_by_their_own_index(suspending: SuspendingOffice) -> None:
    """Every minute, whatever is stored: no plan begins with the declarations."""
    wanted = STATEMENTS["waiting_events_accepted"].decode() % {"limit": 200}
    async with await psycopg.AsyncConnection.connect(suspending.office.url) as connection:
        rows = await (await connection.execute(f"EXPLAIN {wanted}".encode())).fetchall()
    plan = [row[0] for row in rows]
    outer = plan[: next(place for place, line in enumerate(plan) if "SubPlan" in line)]
    assert not [line for line in outer if "declaration" in line], plan


@pytest.mark.whole
async def test_after_a_backup_is_restored_what_is_pushed_again_counts_once_and_nothing_is_lost(
    suspending: SuspendingOffice, database_cluster: str, tmp_path: Path
) -> None:
    """What was pushed before it is answered as it was; what was lost with it is said as it comes again."""
    office, record = suspending.office, await suspending.lodged("PUSH37")
    request, word = event(record, "request", goods_items=(1,)), event(record, "maintain", 2)
    first = await take(suspending, request)
    await office.settled(record.id)
    file, name = tmp_path / "kept.dump", f"restored_{os.getpid()}"
    administer(database_cluster, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        restored = database_of(database_cluster, name)
        for url, command in ((office.url, "backup"), (restored, "restore")):
            done = await asyncio.to_thread(gateway_command, {"GATEWAY_DATABASE_URL": url}, command, str(file))
            assert done.returncode == 0, done.stderr
        accepted = await asyncio.to_thread(gateway_command, {"GATEWAY_DATABASE_URL": restored}, "settle", "--nothing-lost")  # fmt: skip
        assert accepted.returncode == 0, accepted.stderr
        assert [one.result for one in await take(suspending, word)] == [Result.DONE]
        after = SuspendingOffice(replace(office, url=restored, replicas=[]))
        await after.office.open()

        again = await take(after, request)
        assert [one.result for one in await take(after, word, word)] == [Result.DONE, Result.DONE]

        assert first == again
        (made,) = await after.kept.of(record.id)
        assert [one.name for one in made.words] == ["opened", "requested", "maintain"]
        assert "SW-DEC-301" in findings(await after.office.settled(record.id))
        await after.office.must_be_sound()
        await after.office.close()
    finally:
        administer(database_cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_an_event_of_ten_thousand_goods_items_is_answered(suspending: SuspendingOffice) -> None:
    """It names goods that its declaration has not: nothing of it is guessed, and officers read it."""
    record = await suspending.lodged("PUSH25")
    many = tuple(range(1, 10_001))

    (asked,) = await take(suspending, event(record, "request", goods_items=many))
    assert (asked.result, asked.code, asked.detail) == (
        Result.REFUSED,
        "SW-API-422",
        "The declaration has no goods item 3.",
    )
    (said,) = await take(suspending, event(record, "maintain", 2, goods_items=many))
    assert said.result is Result.UNMATCHED
    (waiting,) = await take(suspending, event(record, "request", reference="ICSMS-2", mrn=NOBODYS, goods_items=many))
    assert waiting.result is Result.WAITING
    listed = await KeptEvents(suspending.office.store.database).listed(offices=None, before=None, limit=3)
    assert [len(one.event.goods_items) for one in listed if one.event is not None] == [10_000] * 3
