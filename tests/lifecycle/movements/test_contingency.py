"""Inside a contingency window and afterwards: what is let through, listed, verified and written off by hand, on the books of a real authority."""

from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from gateway.domain.contingency import Afterwards, WindowMode
from gateway.domain.decision import Effect
from gateway.domain.errors import WindowEnded
from gateway.domain.events import EventKind
from gateway.domain.record import OfficerVerification
from gateway.domain.release import InterventionKind, InterventionLine, InterventionOrder, ReleasedItem
from gateway.domain.verification import DocumentStatus, VerifiedBy
from tests.builders.actors import AS_CUSTOMS, ONE, TWO
from tests.builders.authority import Authority
from tests.builders.goods import JSON, KIND, goods, message, milk
from tests.builders.replicas import Office, effect, findings, mrn_of
from tests.lifecycle.movements.windows import CHED, OTHER, closed, down, entry, opened, verified


async def test_what_was_let_through_is_confirmed_and_written_off_by_hand_only(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW1", goods(milk(CHED)))
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-131"})
    assert (await office.release(record)).done
    assert authority.told(CHED)["allocations"] == []

    # The authority still cannot say: what was let through stays so, and no further decision is made.
    await closed(office, number)
    record = await verified(office, record)
    assert (findings(record), record.decision and record.decision.number) == ({"SW-DEC-131"}, 1)
    assert (await entry(office)).awaited

    authority.heal()
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-134"})
    found = await entry(office)
    assert (found.afterwards, found.released) == (Afterwards.CONFIRMED, True)
    (owed,) = found.write_off
    assert owed.quantities[0].value == Decimal(100)

    # An amendment moves nothing by itself either.
    record = await office.amend(record, goods(milk(CHED, "90")))
    assert authority.told(CHED)["allocations"] == []
    assert findings(record) == {"SW-DEC-134"}
    line = InterventionLine(goods_item=1, line=1, quantity=Decimal(90), unit="KGM")
    await office.lifecycle.steps.intervene(
        record.id,
        InterventionOrder(
            kind=InterventionKind.FORCE,
            type=KIND,
            document_reference=CHED,
            lines=(line,),
            officer="one",
            second_officer="two",
            reason="released under window 1",
        ),
        by=ONE,
        second=TWO,
    )
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    assert authority.held(CHED, mrn_of("WINDOW1")) == ("consumed", Decimal(90))
    (listed,) = await office.lifecycle.contingency.decided_inside(number)
    assert listed.written_off


async def test_a_release_that_comes_after_the_window_waits_for_the_verification(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW2", goods(milk(CHED)))
    assert effect(record) is Effect.RELEASE
    authority.heal()
    await closed(office, number)
    with pytest.raises(WindowEnded, match=f"window {number}"):
        await office.release(record)
    # It was looked at at once: the quantity is reserved now, and released as always.
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    assert authority.held(CHED, mrn_of("WINDOW2")) == ("reserved", Decimal(100))
    assert (await office.release(record)).done
    assert authority.held(CHED, mrn_of("WINDOW2")) == ("consumed", Decimal(100))
    found = await entry(office)
    assert (found.afterwards, found.released, found.write_off) == (Afterwards.CONFIRMED, False, ())


async def test_what_was_let_through_and_not_released_is_held_again_without_the_window(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW3", goods(milk(CHED)))
    await closed(office, number)
    record = await verified(office, record)
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-030"})
    assert (await entry(office)).awaited
    # The next window takes it in its turn, under its own number.
    second = await opened(office)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert record.decision is not None
    (finding,) = record.decision.decision.findings
    assert f"window {second};" in finding.message
    assert [(await entry(office, one)).decision for one in (number, second)] == [1, 3]


@pytest.mark.parametrize(("mode", "code"), [(WindowMode.HOLD, "SW-DEC-130"), (WindowMode.MANUAL, "SW-DEC-132")])
async def test_what_was_held_inside_is_determined_afterwards(
    office: Office, authority: Authority, mode: WindowMode, code: str
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"), status="41")
    number = await opened(office, mode)
    down(authority)
    record = await office.lodge("WINDOW4", goods(milk(CHED)))
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-030", code})
    authority.heal()
    await closed(office, number)
    record = await verified(office, record)
    assert effect(record) is Effect.REFUSE
    found = await entry(office)
    assert (found.effect, found.afterwards) == (Effect.HOLD, Afterwards.DETERMINED)
    assert found.found is not None
    assert found.found.status is DocumentStatus.REFUSED


@pytest.mark.parametrize(("status", "comes"), [("70", Afterwards.CONFIRMED), ("41", Afterwards.DIFFERS)])
async def test_an_officers_word_inside_is_compared_with_the_authoritys_afterwards(
    office: Office, authority: Authority, status: str, comes: Afterwards
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"), status=status)
    number = await opened(office, WindowMode.MANUAL)
    down(authority)
    record = await office.lodge("WINDOW5", goods(milk(CHED)))
    word = OfficerVerification(
        type=KIND,
        reference=CHED,
        outcome=DocumentStatus.VALID,
        means="paper",
        reason="seen",
        officer="one",
        at=office.clock(),
    )
    await office.lifecycle.steps.take_verification(record.id, word, by=ONE)
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-121", "SW-DEC-133"})
    assert (await entry(office)).by_officer
    authority.heal()
    authority.came.clear()
    await office.lifecycle.steps.ask_again(record.id)
    await office.settled(record.id)
    assert authority.came == [], "an officer has spoken"
    await closed(office, number)
    record = await verified(office, record)
    found = await entry(office)
    assert found.afterwards is comes
    assert [one.operation for one in authority.came] == ["read"]
    # The officer's word stands: a difference is for people.
    (document,) = record.documents
    assert (document.verified_by, document.status, effect(record)) == (
        VerifiedBy.OFFICER, DocumentStatus.VALID, Effect.RELEASE,
    )  # fmt: skip
    told = [
        event
        for event in await office.store.declarations.events(record.id)
        if event.kind is EventKind.CONTINGENCY_VERIFIED
    ]
    assert len(told) == 1
    await verified(office, record)
    assert [one.operation for one in authority.came] == ["read"], "it is verified once"


async def test_a_word_from_before_the_window_is_not_listed(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    down(authority)
    record = await office.lodge("WINDOW6", goods(milk(CHED)))
    word = OfficerVerification(
        type=KIND, reference=CHED, outcome=DocumentStatus.VALID, means="paper", reason="seen", officer="one",
        at=office.clock(),
    )  # fmt: skip
    await office.lifecycle.steps.take_verification(record.id, word, by=ONE)
    await office.settled(record.id)
    number = await opened(office)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert findings(record) == {"SW-DEC-121"}
    assert await office.lifecycle.contingency.decided_inside(number) == ()


async def test_a_document_that_was_amended_away_is_not_waited_for(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    authority.issue(OTHER, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW7", goods(milk(CHED)))
    authority.heal()
    record = await office.amend(record, goods(milk(OTHER)))
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    found = await entry(office)
    assert (found.reference, found.afterwards) == (CHED, Afterwards.DROPPED)
    await closed(office, number)
    assert await office.lifecycle.contingency.verify_afterwards() == 0


async def test_the_rest_of_a_release_in_part_is_held_once_the_window_has_ended(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW9", goods(milk(CHED), milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    # Inside the same window the rest may still go.
    await office.lifecycle.steps.ask_again(record.id)
    assert effect(await office.settled(record.id)) is Effect.RELEASE
    await closed(office, number)
    record = await verified(office, record)
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-030"})
    assert record.released is not None
    assert not record.released.whole


async def test_what_was_reserved_before_the_outage_is_written_off_as_always(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge("WINDOW9", goods(milk(CHED)))
    await opened(office)
    authority.fail(Fault.DOWN, "QuantityManagementIndication>0<", count=None)
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-131"})
    assert (await office.release(record)).done
    assert authority.held(CHED, mrn_of("WINDOW9")) == ("consumed", Decimal(100))
    authority.heal()
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    (listed,) = await office.lifecycle.contingency.decided_inside(1)
    assert (listed.entry.afterwards, listed.written_off) == (Afterwards.CONFIRMED, True)


async def test_a_preflight_inside_says_what_it_would_be_and_is_not_listed(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    raw = message("WINDOW10", goods(milk(CHED)), mrn=None)
    found = await office.lifecycle.lodging.preflight(raw, JSON, asker=AS_CUSTOMS)
    assert {finding.code for finding in found.decision.findings} == {"SW-DEC-131"}
    assert await office.lifecycle.contingency.decided_inside(number) == ()


async def test_another_authoritys_window_changes_nothing(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office, adapter="catch")
    down(authority)
    record = await office.lodge("WINDOW11", goods(milk(CHED)))
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-030"})
    assert await office.lifecycle.contingency.decided_inside(number) == ()
