"""An invalidation after release gives a write-off back only where its ground says that the goods never left, or are back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from gateway.domain.application import NOT_STATED, Application
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid, Conflict, DeclarationOver, ReleasedAlready, Stale
from gateway.domain.events import Event, EventKind
from gateway.domain.notice import NoticeKind
from gateway.domain.permission import Asker, Role
from gateway.domain.record import Record, State
from gateway.domain.release import InterventionKind, InterventionOrder, ReleasedItem, ReleaseOrder
from gateway.domain.tables.applications import GoodsAre, Phase
from gateway.domain.work_list import Search, Turn
from gateway.lifecycle.applications import ApplicationGrounds
from gateway.store import InvalidationReceived
from gateway.store.erasure import Erased
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import DELETE, WRITE_OFF
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, findings, invalidating, mrn_of

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "GOODS-OUT"
MRN = mrn_of(LRN)


@pytest.fixture
async def released(office: Office) -> Record:
    """Released on one certificate."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    assert (await office.release(record)).done
    return await office.settled(record.id)


def officers(kind: InterventionKind, reference: str = CHED) -> InterventionOrder:
    return InterventionOrder(
        kind=kind, type="N853", document_reference=reference, officer="A. Martin", second_officer="B. Dupont", reason="seen"
    )  # fmt: skip


async def decide(office: Office, record: Record, kind: InterventionKind, reference: str = CHED) -> Record:
    await office.lifecycle.steps.intervene(record.id, officers(kind, reference), by=ONE, second=TWO)
    return await office.settled(record.id)


def deleted(office: Office) -> int:
    return len([one for one in office.authority.moves(MRN) if one.operation == "delete"])


@pytest.mark.parametrize("grounds", ["wrong_goods", "distance_contract_returned", "not_left_the_territory"])
async def test_what_never_left_or_is_back_is_given_back(office: Office, released: Record, grounds: str) -> None:
    record = await office.invalidate(released, grounds)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None
    assert record.detail is not None
    assert record.detail.invalidation is not None
    assert record.detail.invalidation.grounds == grounds


@pytest.mark.parametrize(
    "grounds",
    ["wrong_procedure", "union_goods", "declared_twice", "retroactive_authorisation", "union_goods_in_warehouse", "given_to_charity"],
)  # fmt: skip
async def test_what_is_out_waits_for_officers(office: Office, released: Record, grounds: str) -> None:
    record = await office.invalidate(released, grounds)
    assert (record.state, effect(record), findings(record)) == (State.DECIDED, Effect.HOLD, {"SW-DEC-145"})
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    kinds = [one.notice.kind for one in (await office.lifecycle.notices.page(after=0, limit=100)).items]
    assert kinds.count(NoticeKind.ALERT) == 1
    assert NoticeKind.INVALIDATED not in kinds
    event = next(
        one for one in await office.store.declarations.events(record.id) if one.kind is EventKind.INVALIDATION_RECEIVED
    )
    assert (event.body()["grounds"], event.body()["goods"]) == (grounds, GoodsAre.OUT)
    for _ in range(2):
        await office.lifecycle.steps.ask_again(record.id)
        record = await office.settled(record.id)
    assert (record.state, deleted(office)) == (State.DECIDED, 0)


async def test_it_stands_in_the_officers_work_list(office: Office, released: Record) -> None:
    await office.invalidate(released, "declared_twice")
    listed = await office.lifecycle.work_list.page(Search(), eoris=None, limit=10)
    (found,) = [one for one in listed.found if one.id == released.id]
    assert found.turn is Turn.OFFICER


async def test_officers_give_it_back(office: Office, released: Record) -> None:
    record = await decide(office, await office.invalidate(released, "declared_twice"), InterventionKind.DELETE)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) is None


async def test_officers_let_it_stand_and_nothing_is_ordered(office: Office, released: Record) -> None:
    waiting = await office.invalidate(released, "declared_twice")
    before = len(office.authority.moves(MRN))
    record = await decide(office, waiting, InterventionKind.KEEP)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert len(office.authority.moves(MRN)) == before
    assert await office.store.movements.left_at_authorities() == ()
    # Not even a doubt gives it back, and what is read then is what is known.
    await office.lifecycle.steps.doubt(record.id, by=CUSTOMS)
    await office.settled(record.id)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert await office.store.movements.left_at_authorities() == ()
    await office.must_be_sound()


async def test_what_is_kept_is_kept_for_the_invalidation_alone(office: Office, released: Record) -> None:
    with pytest.raises(Conflict, match="not being invalidated"):
        await office.lifecycle.steps.intervene(released.id, officers(InterventionKind.KEEP), by=ONE, second=TWO)


async def test_of_two_documents_each_is_decided(office: Office) -> None:
    for one in (CHED, OTHER):
        office.authority.issue(one, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100"), milk(OTHER, "60")))
    assert (await office.release(record)).done
    record = await office.invalidate(await office.settled(record.id), "declared_twice")
    record = await decide(office, record, InterventionKind.KEEP)
    assert (record.state, effect(record)) == (State.DECIDED, Effect.HOLD)
    record = await decide(office, record, InterventionKind.DELETE, OTHER)
    assert record.state is State.INVALIDATED
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert office.authority.held(OTHER, MRN) is None


async def test_what_is_not_released_is_cancelled_at_once(office: Office) -> None:
    for one in (CHED, OTHER):
        office.authority.issue(one, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100"), milk(OTHER, "60")))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    record = await office.invalidate(await office.settled(record.id), "declared_twice")
    assert (record.state, effect(record)) == (State.DECIDED, Effect.HOLD)
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    assert office.authority.held(OTHER, MRN) is None
    with pytest.raises(Conflict):
        await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    assert (await decide(office, record, InterventionKind.KEEP)).state is State.INVALIDATED


async def test_what_officers_deleted_in_doubt_is_read_back_and_never_repeated_blindly(
    office: Office, released: Record
) -> None:
    waiting = await office.invalidate(released, "declared_twice")
    office.authority.fail(Fault.REFUSE_CONNECTION, DELETE, count=None)
    record = await decide(office, waiting, InterventionKind.DELETE)
    assert (record.state, office.authority.held(CHED, MRN)) == (State.DECIDED, ("consumed", Decimal(100)))
    office.authority.heal()
    for _ in range(3):
        await office.looks()
        record = await office.settled(record.id)
    assert (record.state, office.authority.held(CHED, MRN)) == (State.INVALIDATED, None)


async def test_a_message_that_has_no_place_for_grounds_counts_as_out(office: Office, released: Record) -> None:
    await office.lifecycle.steps.invalidate(released.id, reason=None, by=CUSTOMS, asker=AS_CUSTOMS)
    record = await office.settled(released.id)
    assert record.detail is not None
    assert record.detail.invalidation is not None
    assert (record.detail.invalidation.grounds, record.detail.invalidation.goods) == (NOT_STATED, GoodsAre.OUT)
    assert (record.state, deleted(office)) == (State.DECIDED, 0)


@pytest.mark.parametrize("grounds", [None, NOT_STATED, "other_procedure", "no_such"])
async def test_after_release_a_ground_of_the_law_is_named(
    office: Office, released: Record, grounds: str | None
) -> None:
    on = ApplicationGrounds(name=grounds)
    with pytest.raises(CallInvalid, match="wrong_procedure") as refused:
        await office.lifecycle.steps.invalidate(released.id, reason="x", by=CUSTOMS, asker=AS_CUSTOMS, grounds=on)
    assert NOT_STATED not in refused.value.detail, "it is refused, too"
    assert (await office.settled(released.id)).state is State.RELEASED


async def test_the_same_again_is_what_stands_and_another_ground_is_none(office: Office, released: Record) -> None:
    await invalidating(office.lifecycle, released.id, "declared_twice")
    record = await office.settled(released.id)
    for name in ("declared_twice", None):
        on = ApplicationGrounds(name=name)
        again = await office.lifecycle.steps.invalidate(record.id, reason="x", by=CUSTOMS, asker=AS_CUSTOMS, grounds=on)
        assert not again.fresh
    with pytest.raises(DeclarationOver, match="declared_twice"):
        await invalidating(office.lifecycle, record.id, "wrong_goods")
    await decide(office, record, InterventionKind.KEEP)
    with pytest.raises(DeclarationOver, match="declared_twice"):
        await invalidating(office.lifecycle, record.id, "wrong_goods")


@pytest.mark.parametrize(
    "stated", [{}, {"grounds": "special_circumstances"}, {"grounds": "wrong_goods", "goods": "unheard_of"}]
)
async def test_what_says_nothing_of_released_goods_counts_as_out(
    office: Office, released: Record, stated: dict[str, object]
) -> None:
    """One from before grounds were kept, one that was received before the release, one of a later gateway."""
    event = Event(kind=EventKind.INVALIDATION_RECEIVED, at=datetime.now(UTC), body={"version": 1, **stated})
    await office.store.steps.note(released.id, event, InvalidationReceived(reason="old", by=CUSTOMS))
    await office.lifecycle.steps.ask_again(released.id)
    record = await office.settled(released.id)
    assert (record.state, findings(record), deleted(office)) == (State.DECIDED, {"SW-DEC-145"}, 0)
    assert (await decide(office, record, InterventionKind.DELETE)).state is State.INVALIDATED


async def test_goods_that_were_released_since_the_grounds_were_judged_are_judged_anew(
    office: Office, released: Record
) -> None:
    event = Event(kind=EventKind.INVALIDATION_RECEIVED, at=datetime.now(UTC), body={"version": 1})
    change = InvalidationReceived(reason="late", by=CUSTOMS, phase=Phase.BEFORE_RELEASE)
    with pytest.raises(Stale):
        await office.store.steps.note(released.id, event, change)


async def test_what_waits_for_officers_is_not_erased(office: Office, released: Record) -> None:
    record = await office.invalidate(released, "declared_twice")
    with pytest.raises(Conflict, match="being invalidated"):
        await office.store.erasure.erase(record.id, Erased.CONTENT, at=record.received_at, by=ONE, reason="ten years")


@pytest.mark.parametrize(("grounds", "state"), [("wrong_goods", State.INVALIDATED), (None, State.DECIDED)])
async def test_the_ground_of_an_application_carries_over_when_it_is_granted(
    office: Office, released: Record, grounds: str | None, state: State
) -> None:
    application = await applied_for(office, released, grounds)
    record = await granted(office, application)
    assert record.detail is not None
    assert record.detail.invalidation is not None
    assert (record.state, record.detail.invalidation.grounds) == (state, grounds or NOT_STATED)


async def test_a_ground_of_before_release_is_none_once_goods_are_released(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    application = await applied_for(office, record, "special_circumstances")
    assert (await office.release(record)).done
    with pytest.raises(ReleasedAlready, match="special_circumstances"):
        await granted(office, application)
    assert (await office.settled(record.id)).state is State.RELEASED
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))


async def test_one_that_comes_behind_a_release_under_way_is_judged_by_what_is_committed(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.authority.fail(Fault.REFUSE_CONNECTION, WRITE_OFF, count=None)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    await office.settled(record.id)
    # Nothing is released yet, so that no ground of Art. 148 counts.
    on = ApplicationGrounds(name="wrong_goods")
    with pytest.raises(CallInvalid):
        await office.lifecycle.steps.invalidate(record.id, reason="x", by=CUSTOMS, asker=AS_CUSTOMS, grounds=on)
    await invalidating(office.lifecycle, record.id)
    office.authority.heal()
    for _ in range(2):
        await office.looks()
        record = await office.settled(record.id)
    assert (record.state, record.released, office.authority.held(CHED, MRN)) == (State.INVALIDATED, None, None)
    (step,) = await office.store.steps.of(record.id)
    assert step.outcome is not None
    assert not step.outcome.done, "what is invalidated first is not released"


async def applied_for(office: Office, record: Record, grounds: str | None) -> Application:
    """What a declarant applies for."""
    declarant = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset(record.eoris))
    on = ApplicationGrounds(name=grounds)
    step = await office.lifecycle.steps.invalidate(record.id, reason="x", by=ONE, asker=declarant, grounds=on)
    assert step.application is not None
    return step.application


async def granted(office: Office, application: Application) -> Record:
    """The declaration once customs has granted an application."""
    await office.lifecycle.applications.decide(application.id, grant=True, reason="so", by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(application.declaration)
