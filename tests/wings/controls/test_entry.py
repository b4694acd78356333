"""A planned order is void once the same control was done at entry, where every row that chose its goods says so."""

from typing import Any

import pytest

from gateway.domain.control_order import OrderState
from gateway.domain.record import Record
from gateway.wings.controls.order import ActName
from gateway.wings.controls.parties.facts import AeoType
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import mrn_of
from tests.wings.controls.conftest import CHEDS, RiskOffice, authorised, known, pack

MILK = goods(milk(CHEDS[0], "1"), milk(CHEDS[0], "1"))
ENTRY = pack(types="40") + "unless_done = true\n"
BESIDE = pack("q", criterion="C2", types="40")


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def lodged(risk: RiskOffice, lrn: str, *, accepted: bool = False) -> Record:
    office = risk.controlling.office
    raw = message(lrn, MILK, mrn=mrn_of(lrn) if accepted else None, additional_type="A" if accepted else "D")
    record = await office.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(record.id)


@pytest.mark.parametrize(
    ("texts", "accepted", "items", "types", "result", "state"),
    [
        ((ENTRY,), False, (), ("10", "40"), "satisfactory", OrderState.VOID),
        ((ENTRY,), False, (1, 2), ("40",), "satisfactory", OrderState.VOID),
        ((ENTRY,), False, (1,), ("40",), "satisfactory", OrderState.PLANNED),
        ((ENTRY,), False, (), ("10",), "satisfactory", OrderState.PLANNED),
        ((ENTRY,), False, (), ("40",), "irregularity", OrderState.PLANNED),
        ((ENTRY,), False, (), ("40",), None, OrderState.PLANNED),
        ((ENTRY,), True, (), ("40",), "satisfactory", OrderState.DUE),
        ((pack(types="40"),), False, (), ("40",), "satisfactory", OrderState.PLANNED),
        ((ENTRY, BESIDE), False, (), ("40",), "satisfactory", OrderState.PLANNED),
    ],
)
async def test_what_was_done_at_entry_is_not_wanted_again(
    risk: RiskOffice,
    texts: tuple[str, ...],
    accepted: bool,
    items: tuple[int, ...],
    types: tuple[str, ...],
    result: str | None,
    state: OrderState,
) -> None:
    """Of all its goods and types, by a code that is satisfactory, before the goods are presented; another order by hand stays."""
    for text in texts:
        await risk.publish(text)
    record = await lodged(risk, "ENTRY1", accepted=accepted)
    (chosen,) = await risk.orders(record.id)
    office = risk.controlling
    by_hand = await office.order(record, types=("40",))
    done = await office.order(record, *items, types=types)
    await office.act(record, done, ActName.RESULT, code=result)
    assert (await office.standing(record, chosen.order)).state is state
    assert (await office.standing(record, by_hand)).state in (OrderState.PLANNED, OrderState.DUE)
    await office.act(record, by_hand, ActName.RESULT, code="satisfactory")
    if state is OrderState.VOID:
        assert (await office.standing(record, chosen.order)).order.acts[-1].name is ActName.VOID
        at = office.office.clock()
        await office.office.lifecycle.steps.accept(
            record.id, mrn=mrn_of(record.lrn), accepted_at=at, by=CUSTOMS, asker=AS_CUSTOMS
        )
        record = await office.office.settled(record.id)
        assert len(await risk.orders(record.id)) == 3
        assert (await office.office.release(record)).done


async def test_who_was_told_reads_that_it_is_withdrawn(risk: RiskOffice) -> None:
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    await risk.publish(f"{ENTRY}may_tell = true\n")
    record = await lodged(risk, "ENTRY2")
    assert record.examination is not None
    done = await risk.controlling.order(record, types=("40",))
    await risk.controlling.act(record, done, ActName.RESULT, code="satisfactory")
    ended: Any = (await risk.controlling.office.settled(record.id)).examination
    assert ended.withdrawn_at is not None
