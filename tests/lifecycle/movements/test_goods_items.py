"""Each goods item counts as a declaration of its own (UCC Art. 194(2)): it is reserved and released by what concerns it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.simulation.holds import When
from gateway.domain.control import ExaminationOf
from gateway.domain.decision import Effect
from gateway.domain.errors import (
    AgainstDecision,
    CallInvalid,
    Conflict,
    NoExamination,
    ReleasedAlready,
    UnderExamination,
)
from gateway.domain.obstacles import effects_on
from gateway.domain.record import Record
from gateway.domain.release import Override, ReleasedItem, ReleaseOrder
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.authority import READ
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, mrn_of, until

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
LRN = "ITEMS"
MRN = mrn_of(LRN)
REFUSED = "44"
"""A status by which an authority refuses goods."""


def items(*numbers: int) -> ReleaseOrder:
    return ReleaseOrder(items=tuple(ReleasedItem(goods_item=number) for number in numbers))


async def effects(office: Office, record: Record) -> list[Effect]:
    found = (await office.settled(record.id)).decision
    assert found is not None
    return list(effects_on(found.decision).values())


def refuse(office: Office, reference: str) -> None:
    office.authority.frame.documents.put(reference, {"status": REFUSED})


@pytest.fixture
async def mixed(office: Office) -> Record:
    """Item 1 rests on a good certificate, item 2 on a refused one."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    refuse(office, OTHER)
    return await office.lodge(LRN, goods(milk(CHED, "100"), milk(OTHER, "100")))


async def test_the_refusal_of_one_keeps_nothing_of_another_from_being_reserved_and_released(
    office: Office, mixed: Record
) -> None:
    assert await effects(office, mixed) == [Effect.RELEASE, Effect.REFUSE]
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    with pytest.raises(AgainstDecision) as refused:
        await office.lifecycle.steps.release(mixed.id, ReleaseOrder(), by=CUSTOMS)
    assert [(one.goods_item, one.code) for one in refused.value.obstacles] == [(2, "SW-API-618")]
    assert refused.value.obstacles[0].findings
    assert (await office.release(mixed, ReleasedItem(goods_item=1))).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))
    with pytest.raises(ReleasedAlready) as both:
        await office.lifecycle.steps.release(mixed.id, items(1, 2), by=CUSTOMS)
    assert [(one.goods_item, one.code) for one in both.value.obstacles] == [(1, "SW-API-619"), (2, "SW-API-618")]


async def test_of_a_certificate_that_items_share_the_others_part_is_reserved(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    lodged = await office.lodge(LRN, goods(milk(CHED, "100"), (milk(CHED, "40"), milk(OTHER, "40"))))
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(140))
    refuse(office, OTHER)
    await office.lifecycle.steps.ask_again(lodged.id)
    assert await effects(office, lodged) == [Effect.RELEASE, Effect.REFUSE]
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert office.authority.held(OTHER, MRN) is None
    assert (await office.release(lodged, ReleasedItem(goods_item=1))).done
    assert office.authority.held(CHED, MRN) == ("consumed", Decimal(100))


async def test_what_is_written_off_for_an_item_that_is_gone_is_told_beside_a_refused_one(
    office: Office, mixed: Record
) -> None:
    shared = (milk(CHED, "40"), milk(OTHER, "40"))
    lodged = await office.lodge("GONE", goods(shared, milk(CHED, "60")))
    assert (await office.release(lodged, ReleasedItem(goods_item=2))).done
    await office.amend(lodged, goods(shared))
    found = (await office.settled(lodged.id)).decision
    assert found is not None
    assert office.authority.held(CHED, mrn_of("GONE")) == ("consumed", Decimal(60))
    assert "SW-DEC-144" in {finding.code for finding in found.decision.findings}


async def test_an_override_counts_for_the_items_that_it_names(office: Office, mixed: Record) -> None:
    order = ReleaseOrder(items=items(1).items, override=Override(officer="", reason="seen"))
    await office.lifecycle.steps.release(mixed.id, order, by=CUSTOMS)
    await office.settled(mixed.id)
    assert [one.outcome.done for one in await office.store.steps.of(mixed.id) if one.outcome] == [True]


async def announce(office: Office, record: Record, **more: object) -> None:
    await office.lifecycle.examinations.announce(record.id, reference="X1", by=ONE, asker=AS_CUSTOMS, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("of", ExaminationOf)
async def test_while_an_examination_is_awaited_its_items_are_not_released(office: Office, of: ExaminationOf) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    lodged = await office.lodge(LRN, goods(milk(CHED, "100"), milk(CHED, "100")))
    with pytest.raises(CallInvalid):
        await announce(office, lodged, goods_items=(3,))
    await announce(office, lodged, of=of, goods_items=(1,))
    assert await office.store.steps.examinations_awaited(5) == ((MRN,), 1)
    for order in (ReleaseOrder(), items(1), ReleaseOrder(override=Override(officer="", reason="in a hurry"))):
        with pytest.raises(UnderExamination) as refused:
            await office.lifecycle.steps.release(lodged.id, order, by=CUSTOMS)
        assert [one.goods_item for one in refused.value.obstacles if one.code == "SW-API-651"] == [1]
    assert (await office.release(lodged, ReleasedItem(goods_item=2))).done
    with pytest.raises(NoExamination):
        await office.lifecycle.examinations.took_place(
            lodged.id, reference="other", result=None, by=ONE, asker=AS_CUSTOMS
        )
    await office.lifecycle.examinations.withdraw(lodged.id, reference="X1", reason="no time", by=ONE, asker=AS_CUSTOMS)
    with pytest.raises(NoExamination):
        await office.lifecycle.examinations.took_place(lodged.id, reference="X1", result=None, by=ONE, asker=AS_CUSTOMS)
    assert await office.store.steps.examinations_awaited(5) == ((), 0)
    assert (await office.release(lodged)).done
    assert (await office.settled(lodged.id)).released is not None


async def test_an_examination_of_documents_bars_no_amendment(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    lodged = await office.lodge(LRN, goods(milk(CHED, "100")))
    await announce(office, lodged, of=ExaminationOf.DOCUMENTS)
    amended = await office.amend(lodged, goods(milk(CHED, "90")))
    assert amended.version == 2
    with pytest.raises(UnderExamination):
        await office.lifecycle.steps.release(lodged.id, ReleaseOrder(), by=CUSTOMS)


async def test_an_examination_that_comes_before_the_intent_ends_the_order(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    lodged = await office.lodge(LRN, goods(milk(CHED, "100")))
    office.clock.pass_by(timedelta(days=1))
    office.authority.hold(When.BEFORE, READ)
    await office.lifecycle.steps.release(lodged.id, ReleaseOrder(), by=CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    await announce(office, lodged)
    office.authority.heal()
    await office.settled(lodged.id)
    (step,) = await office.store.steps.of(lodged.id)
    assert step.outcome is not None
    assert (step.outcome.done, step.outcome.reason) == (False, "examined")
    assert [one.code for one in step.outcome.obstacles] == ["SW-API-651"]
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))


async def test_what_was_begun_is_completed(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    lodged = await office.lodge(LRN, goods(milk(CHED, "100")))
    assert (await office.release(lodged)).done
    with pytest.raises(Conflict):
        await office.lifecycle.steps.release(lodged.id, items(1), by=CUSTOMS)
    await announce(office, lodged)
    record = await office.settled(lodged.id)
    assert record.released is not None
    assert record.released.whole


async def test_an_amendment_takes_no_goods_out_of_an_awaited_examination(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    lodged = await office.lodge(LRN, goods(milk(CHED, "100"), milk(CHED, "40")))
    await announce(office, lodged, of=ExaminationOf.DOCUMENTS, goods_items=(2,))
    await office.amend(lodged, goods(milk(CHED, "40")))
    with pytest.raises(UnderExamination) as refused:
        await office.lifecycle.steps.release(lodged.id, items(1), by=CUSTOMS)
    assert [one.goods_item for one in refused.value.obstacles] == [1]
    await office.lifecycle.examinations.withdraw(lodged.id, reference="X1", reason="gone", by=ONE, asker=AS_CUSTOMS)
    assert (await office.release(lodged)).done
