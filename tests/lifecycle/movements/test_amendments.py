"""Versions, invalidations and kinds of declarations: what is held follows what is declared."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.simulation import Fault
from adapters.simulation.holds import When
from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict
from gateway.domain.events import EventKind
from gateway.domain.movement import FOUND, Shown
from gateway.domain.record import Record, State
from gateway.domain.release import InterventionKind, Override, ReleaseOrder
from gateway.history.explain import Again
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import READ, RESERVE, WRITE_OFF
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, findings, invalidating, mrn_of, until
from tests.lifecycle.movements.invariants import blind_repeats
from tests.lifecycle.movements.officers import correction, outcome

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "AMENDED"
MRN = mrn_of(LRN)


@pytest.fixture(autouse=True)
def _issued(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))


def reserved(quantity: str) -> tuple[str, Decimal]:
    return "reserved", Decimal(quantity)


def consumed(quantity: str) -> tuple[str, Decimal]:
    return "consumed", Decimal(quantity)


async def test_a_document_that_is_dropped_is_given_back_and_one_that_is_added_reserved(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)))
    record = await office.amend(record, goods(milk(OTHER)))
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) is None
    assert office.authority.held(OTHER, MRN) == reserved("100")


@pytest.mark.parametrize("quantity", ["40", "140"])
async def test_an_amendment_after_release_amends_the_write_off(office: Office, quantity: str) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record)).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, quantity)))
    assert office.authority.held(CHED, MRN) == consumed(quantity)
    assert office.authority.effects(CHED, MRN) == {"reserve": 1, "release": 1, "amend": 1}
    assert effect(record) is Effect.RELEASE


async def test_an_amendment_after_release_waits_for_an_authority_that_cannot_be_read(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record)).done
    office.authority.fail(Fault.DOWN, READ, count=None)
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, "40"), milk(OTHER, "60")))
    assert effect(record) is Effect.HOLD
    assert office.authority.held(CHED, MRN) == consumed("100")
    office.authority.heal()
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == consumed("40")


async def test_a_release_that_ends_after_a_newer_version_was_decided_is_amended_to_it(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED, "88"), milk(CHED, "54")))
    office.authority.fail(Fault.ERROR, WRITE_OFF)
    office.authority.fail(Fault.DOWN, READ, count=None)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    record = await office.settled(record.id)
    assert (record.outstanding, record.released) == (True, None)
    record = await office.amend(record, goods(milk(CHED, "88")))
    assert effect(record) is Effect.HOLD
    office.authority.heal()
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert record.state is State.RELEASED
    assert office.authority.held(CHED, MRN) == consumed("88")


async def test_a_document_that_an_amendment_adds_after_release_is_written_off_too(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record)).done
    record = await office.amend(await office.settled(record.id), goods(milk(CHED, "40"), milk(OTHER, "60")))
    assert (office.authority.held(CHED, MRN), office.authority.held(OTHER, MRN)) == (consumed("40"), consumed("60"))
    assert effect(record) is Effect.RELEASE


async def test_an_invalidation_after_release_deletes_the_write_off(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert (await office.release(record)).done
    record = await office.invalidate(record)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None
    assert office.authority.left(CHED) == 500


async def second_version(office: Office, record_id: str) -> None:
    raw = message(LRN, goods(milk(CHED, "40")), mrn=MRN, version=2)
    await office.lifecycle.lodging.amend(record_id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)


async def invalidation(office: Office, record_id: str) -> None:
    await invalidating(office.lifecycle, record_id)


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize(("step", "held"), [(second_version, reserved("40")), (invalidation, None)])
async def test_what_arrives_while_a_reservation_is_under_way_has_the_last_word(
    office: Office, when: When, step: Callable[[Office, str], Awaitable[None]], held: tuple[str, Decimal] | None
) -> None:
    office.authority.hold(when, RESERVE)
    lodged = await office.lifecycle.lodging.lodge(
        message(LRN, goods(milk(CHED)), mrn=MRN), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    await step(office, lodged.id)
    office.authority.frame.holds.release()
    record = await office.settled(lodged.id)
    assert office.authority.held(CHED, MRN) == held
    assert blind_repeats(office.said) == []
    assert record.state is (State.INVALIDATED if held is None else State.DECIDED)


async def test_an_invalidation_that_arrives_before_anything_is_ordered_lets_nothing_be_ordered(office: Office) -> None:
    office.authority.hold(When.BEFORE, READ)
    lodged = await office.lifecycle.lodging.lodge(
        message(LRN, goods(milk(CHED)), mrn=MRN), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    await invalidation(office, lodged.id)
    office.authority.frame.holds.release()
    assert (await office.settled(lodged.id)).state is State.INVALIDATED
    assert office.authority.moves(MRN) == []


async def test_a_pre_lodged_declaration_reserves_when_the_goods_are_presented(office: Office) -> None:
    raw = message(LRN, goods(milk(CHED)), mrn=None, additional_type="D")
    record = await office.settled((await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)).id)
    assert office.authority.moves(MRN) == []
    await office.lifecycle.steps.accept(record.id, mrn=MRN, accepted_at=datetime.now(UTC), by=CUSTOMS, asker=AS_CUSTOMS)
    assert effect(await office.settled(record.id)) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == reserved("100")


async def test_one_that_lapses_holds_nothing_and_cannot_be_accepted(office: Office) -> None:
    raw = message(LRN, goods(milk(CHED)), mrn=None, additional_type="D")
    record = await office.settled((await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)).id)
    await office.lifecycle.steps.lapse(record.id)
    with pytest.raises(Conflict):
        await office.lifecycle.steps.accept(
            record.id, mrn=MRN, accepted_at=datetime.now(UTC), by=CUSTOMS, asker=AS_CUSTOMS
        )
    assert office.authority.moves(MRN) == []


@pytest.mark.parametrize("moved", [True, False])
async def test_a_supplementary_declaration_moves_nothing_and_misses_what_was_not_moved_before(
    office: Office, moved: bool
) -> None:
    if moved:
        await office.lodge("SIMPLIFIED", goods(milk(CHED)))
    previous = [mrn_of("SIMPLIFIED")]
    record = await office.lodge(LRN, goods(milk(CHED)), additional_type="Y", previous=previous)
    assert office.authority.moves(MRN) == []
    assert ("SW-DEC-116" in findings(record)) is not moved
    assert await office.store.movements.of(record.id) == ()


async def test_a_retrospective_declaration_is_written_off_by_officers_only(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)), additional_type="R")
    assert "SW-DEC-122" in findings(record)
    assert office.authority.moves(MRN) == []
    await office.lifecycle.steps.intervene(record.id, correction(InterventionKind.FORCE, "100"), by=ONE, second=TWO)
    record = await office.settled(record.id)
    assert (await outcome(office, record.id)).done
    assert "SW-DEC-122" not in findings(record)
    assert office.authority.held(CHED, MRN) == consumed("100")
    assert office.authority.effects(CHED, MRN) == {"force": 1}


async def abandoned(office: Office) -> Record:
    record = await office.lodge(LRN, goods(milk(CHED)))
    far = datetime.now(UTC) + timedelta(days=1)
    assert await office.store.movements.dormant(far) == (record.id,)
    await office.lifecycle.steps.cancel_reservations(record.id)
    record = await office.settled(record.id)
    assert await office.store.movements.dormant(far) == ()
    return record


async def test_an_abandoned_declaration_gives_back_and_says_so(office: Office) -> None:
    record = await abandoned(office)
    assert (effect(record), "SW-DEC-119" in findings(record)) == (Effect.HOLD, True)
    assert office.authority.held(CHED, MRN) is None
    assert (await office.own_position(record.id)).progress is Shown.CANCELLED


async def test_its_release_reserves_and_writes_off_in_one(office: Office) -> None:
    record = await abandoned(office)
    override = Override(officer="one", reason="found in the warehouse")
    assert (await office.release(record, override=override)).done
    assert office.authority.held(CHED, MRN) == consumed("100")
    assert office.authority.effects(CHED, MRN) == {"reserve": 2, "delete": 1, "release": 1}


@pytest.mark.parametrize(("there", "sent"), [("100", 0), ("60", 1)])
async def test_what_the_authority_has_though_it_is_not_known_here_is_found_and_told(
    office: Office, there: str, sent: int
) -> None:
    office.authority.enter(CHED, there, value=MRN)
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert effect(record) is Effect.RELEASE
    assert len(office.authority.moves(MRN)) == sent
    assert office.authority.held(CHED, MRN) == reserved("100")
    first, *_ = await office.store.movements.of(record.id)
    assert (first.number, first.authority_code) == (1, FOUND)
    kinds = [event.kind for event in await office.store.declarations.events(record.id)]
    assert EventKind.QUANTITY_DIFFERED in kinds


async def test_after_a_restore_everything_is_read_back(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED), milk(OTHER)))
    office.authority.remove(OTHER, MRN)
    sent = len(office.authority.moves(MRN))
    await office.lifecycle.steps.doubt(record.id, by=CUSTOMS)
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == office.authority.held(OTHER, MRN) == reserved("100")
    assert [one.reference for one in office.authority.moves(MRN)[sent:]] == [OTHER]


async def test_what_somebody_took_away_is_seen_at_the_next_look_and_reserved_again(office: Office) -> None:
    record = await office.lodge(LRN, goods(milk(CHED)))
    office.authority.remove(CHED, MRN)
    assert await office.lifecycle.steps.changed("N853", CHED) == 1
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == reserved("100")
    kinds = [event.kind for event in await office.store.declarations.events(record.id)]
    assert EventKind.QUANTITY_DIFFERED in kinds


async def test_what_an_mrn_holds_that_yielded_is_nobodys_own_any_more(office: Office) -> None:
    """A database of before may hold a trader's declaration under another one's MRN."""
    squatted = message("SQUATTER", goods(milk(CHED, "100")), mrn=MRN, additional_type="D")
    squatter = await office.settled(
        (await office.lifecycle.lodging.lodge(squatted, JSON, by=CUSTOMS, asker=AS_CUSTOMS)).id
    )
    assert (squatter.mrn, squatter.accepted_at) == (MRN, None)
    real = await office.lodge(LRN, goods(milk(CHED, "60")), mrn=MRN)
    assert (real.mrn, effect(real)) == (MRN, Effect.RELEASE)
    await office.settled(squatter.id)
    # That look may have come before the real one's reservation: another one comes after it.
    assert await office.lifecycle.steps.changed("N853", CHED) == 2
    squatter = await office.settled(squatter.id)
    assert squatter.mrn is None
    (document,) = squatter.documents
    assert document.quantity[0].available == "440", "what the real one holds is another's"
    for record in (squatter, real):
        for number in range(1, (record.decision.number if record.decision is not None else 0) + 1):
            explained = await office.lifecycle.explain(record, number)
            assert explained.again is Again.SAME, (record.lrn, number)
