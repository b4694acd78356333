"""What is out stays written off until as much is written off in its place; to give it back alone is for officers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from adapters.simulation.holds import When
from gateway.domain.decision import Effect
from gateway.domain.notice import NoticeKind
from gateway.domain.permission import Asker, Role
from gateway.domain.record import Record, State
from gateway.domain.release import InterventionKind, ReleasedItem
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import READ, WRITE_OFF
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until
from tests.lifecycle.movements.officers import correction, outcome

CHED, OTHER, THIRD = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002", "CHEDP.FR.2026.9000003"
LRN = "OUT"
MRN = mrn_of(LRN)


def consumed(quantity: str) -> tuple[str, Decimal]:
    return "consumed", Decimal(quantity)


@pytest.fixture
async def out(office: Office) -> Record:
    """A declaration whose 100 kg were released on the first certificate, which certifies 120."""
    office.authority.issue(CHED, ("0401", "120", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record)).done
    return await office.settled(record.id)


async def alerts(office: Office, record: Record) -> int:
    page = await office.store.notices.page(after=0, limit=100, kinds=(NoticeKind.ALERT,))
    return sum(one.declaration_id == record.id for one in page.items)


def stays_out(office: Office, record: Record, quantity: str = "100") -> None:
    """It is written off still, the case holds, and nobody else gets what is out."""
    assert office.authority.held(CHED, MRN) == consumed(quantity)
    assert (record.state, effect(record)) == (State.RELEASED, Effect.HOLD)
    assert "SW-DEC-144" in findings(record)


@pytest.mark.parametrize("how", ["unknown", "refused", "used up", "cannot be read", "not answering"])
async def test_what_nothing_replaces_stays_written_off_and_officers_hear_of_it(
    office: Office, out: Record, how: str
) -> None:
    if how == "refused":
        office.authority.issue(OTHER, ("0401", "500", "KGM"), status="42")
    elif how == "used up":
        office.authority.issue(OTHER, ("0401", "5", "KGM"))
    elif how != "unknown":
        office.authority.issue(OTHER, ("0401", "500", "KGM"))
        office.authority.fail(Fault.HTML if how == "cannot be read" else Fault.DOWN, reference=OTHER, count=None)
    record = await office.amend(out, goods(milk(OTHER)))
    stays_out(office, record)
    assert await alerts(office, record) == 1
    rival = await office.lodge("RIVAL", goods(milk(CHED)))
    assert effect(rival) is Effect.HOLD
    assert office.authority.held(CHED, mrn_of("RIVAL")) is None


async def test_it_is_given_back_once_the_new_one_is_written_off_and_in_that_order(office: Office, out: Record) -> None:
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    sent = len(office.authority.moves(MRN))
    record = await office.amend(out, goods(milk(OTHER)))
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (None, consumed("100"))
    assert [one.reference for one in office.authority.moves(MRN)[sent:]] == [OTHER, OTHER, CHED]
    assert (record.state, effect(record), findings(record)) == (State.RELEASED, Effect.RELEASE, set())


async def test_it_is_given_back_as_soon_as_the_new_one_can_be_written_off(office: Office, out: Record) -> None:
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    office.authority.fail(Fault.DOWN, reference=OTHER, count=None)
    record = await office.amend(out, goods(milk(OTHER)))
    stays_out(office, record)
    office.authority.heal()
    await office.looks()
    record = await office.settled(record.id)
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (None, consumed("100"))
    assert effect(record) is Effect.RELEASE


@pytest.mark.parametrize("ends", ["done", "not done"])
async def test_while_the_new_write_off_is_in_doubt_nothing_is_given_back(
    office: Office, out: Record, ends: str
) -> None:
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    office.authority.hold(When.BEFORE, WRITE_OFF)
    raw = message(LRN, goods(milk(OTHER)), mrn=MRN, version=2)
    await office.lifecycle.lodging.amend(out.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    assert office.authority.held(CHED, MRN) == consumed("100")
    office.authority.fail(Fault.DROP_AFTER if ends == "done" else Fault.ERROR, WRITE_OFF)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.authority.frame.holds.release()
    record = await office.settled(out.id)
    assert office.authority.held(CHED, MRN) == consumed("100")
    office.authority.heal()
    await office.looks()
    record = await office.settled(record.id)
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (None, consumed("100"))


async def test_amended_back_it_is_as_it_was(office: Office, out: Record) -> None:
    record = await office.amend(out, goods(milk(OTHER)))
    stays_out(office, record)
    moves = len(office.authority.moves(MRN))
    record = await office.amend(record, goods(milk(CHED)))
    assert len(office.authority.moves(MRN)) == moves
    assert (record.state, effect(record), findings(record)) == (State.RELEASED, Effect.RELEASE, set())


async def test_of_two_amendments_the_last_one_counts(office: Office, out: Record) -> None:
    office.authority.issue(THIRD, ("0401", "500", "KGM"))
    record = await office.amend(out, goods(milk(OTHER)))
    stays_out(office, record)
    record = await office.amend(record, goods(milk(THIRD)))
    assert (office.authority.held(CHED, MRN), office.authority.held(THIRD, MRN)) == (None, consumed("100"))
    assert effect(record) is Effect.RELEASE


async def test_a_smaller_quantity_is_given_back(office: Office, out: Record) -> None:
    record = await office.amend(out, goods(milk(CHED, "40")))
    assert office.authority.held(CHED, MRN) == consumed("40")
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())


async def test_never_below_what_a_release_named(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "120", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1, quantity=Decimal(60), unit="KGM"))).done
    assert (await office.release(await office.settled(record.id))).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, "70")))
    assert office.authority.held(CHED, MRN) == consumed("70")
    record = await office.amend(record, goods(milk(CHED, "50")))
    stays_out(office, record, "70")
    assert await alerts(office, record) == 1


async def test_never_below_a_part_that_went(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "120", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1, quantity=Decimal(60), unit="KGM"))).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, "50")))
    assert office.authority.held(CHED, MRN) == consumed("60")
    assert effect(record) is Effect.HOLD


async def test_a_part_that_went_stays_written_off_too(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "120", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1, quantity=Decimal(60), unit="KGM"))).done
    record = await office.amend(await office.settled(record.id), goods(milk(OTHER)))
    assert office.authority.held(CHED, MRN) == consumed("60")
    assert (record.state, effect(record)) == (State.DECIDED, Effect.HOLD)
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    await office.lifecycle.steps.changed("N853", OTHER)
    record = await office.settled(record.id)
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (None, consumed("60"))


async def test_a_document_that_is_dropped_alone_is_given_back_by_officers(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "120", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED), milk(OTHER)))
    assert (await office.release(record)).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED)))
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (consumed("100"), consumed("100"))
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-144"})
    assert await alerts(office, record) == 1
    order = replace(correction(InterventionKind.DELETE), document_reference=OTHER)
    await office.lifecycle.steps.intervene(record.id, order, by=ONE, second=TWO)
    record = await office.settled(record.id)
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (consumed("100"), None)
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())


async def test_officers_correct_what_is_out_and_the_case_is_done(office: Office, out: Record) -> None:
    """An intervention while nothing replaces it: officers write down what is true, and the gateway leaves it so."""
    record = await office.amend(out, goods(milk(CHED, "40"), milk(OTHER, "60")))
    stays_out(office, record)
    await office.lifecycle.steps.intervene(record.id, correction(InterventionKind.AMEND, "40"), by=ONE, second=TWO)
    record = await office.settled(record.id)
    assert (await outcome(office, record.id)).done
    assert office.authority.held(CHED, MRN) == consumed("40")
    assert "SW-DEC-144" not in findings(record)


async def test_what_takes_a_part_of_its_place_is_written_off_first(office: Office, out: Record) -> None:
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    sent = len(office.authority.moves(MRN))
    record = await office.amend(out, goods(milk(CHED, "40"), milk(OTHER, "60")))
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (consumed("40"), consumed("60"))
    assert [one.reference for one in office.authority.moves(MRN)[sent:]] == [OTHER, OTHER, CHED]
    assert effect(record) is Effect.RELEASE


async def test_what_is_withdrawn_meanwhile_stays_written_off(office: Office, out: Record) -> None:
    office.authority.frame.documents.put(CHED, {"status": "64"})
    record = await office.amend(out, goods(milk(OTHER)))
    stays_out(office, record)


async def test_two_that_take_less_are_both_given_back(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "120", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED), milk(OTHER)))
    assert (await office.release(record)).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, "40"), milk(OTHER, "30")))
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (consumed("40"), consumed("30"))
    assert effect(record) is Effect.RELEASE


@pytest.mark.parametrize(("to", "stays"), [(OTHER, True), (THIRD, False)])
async def test_a_granted_application_gives_back_no_more_than_customs_would(
    office: Office, out: Record, to: str, stays: bool
) -> None:
    office.authority.issue(THIRD, ("0401", "500", "KGM"))
    declarant = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset(out.eoris))
    raw = message(LRN, goods(milk(to)), mrn=MRN, version=2)
    lodged = await office.lifecycle.lodging.amend(out.id, raw, JSON, by=ONE, asker=declarant)
    assert lodged.application is not None
    assert office.authority.held(CHED, MRN) == consumed("100"), "nothing moves before it is granted"
    await office.lifecycle.applications.decide(
        lodged.application.id, grant=True, reason="so", by=CUSTOMS, asker=AS_CUSTOMS
    )
    record = await office.settled(out.id)
    if stays:
        stays_out(office, record)
    else:
        assert (office.authority.held(CHED, MRN), office.authority.held(THIRD, MRN)) == (None, consumed("100"))
        assert effect(record) is Effect.RELEASE


async def test_a_supplementary_declaration_that_cites_something_else_gives_nothing_back(
    office: Office, out: Record
) -> None:
    supplement = await office.lodge(LRN + "Y", goods(milk(CHED)), additional_type="Y", previous=[MRN])
    await office.amend(supplement, goods(milk(OTHER)), additional_type="Y", previous=[MRN])
    assert office.authority.held(CHED, MRN) == consumed("100")
    assert office.authority.held(CHED, mrn_of(LRN + "Y")) is None


async def test_what_a_release_named_of_an_item_is_not_moved_to_another_one(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED), milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1, quantity=Decimal(60), unit="KGM"))).done
    assert (await office.release(await office.settled(record.id))).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, "40"), milk(CHED, "160")))
    stays_out(office, record, "200")
    record = await office.amend(record, goods(milk(CHED, "70"), milk(CHED, "130")))
    assert effect(record) is Effect.RELEASE
