"""An authorised operator that lodged before its goods are presented is told by itself of an examination that a row allows it of."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.control_order import OrderState
from gateway.domain.record import Record
from gateway.wings.controls.order import ActName
from gateway.wings.controls.parties.facts import AeoState, AeoType
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import mrn_of
from tests.wings.controls.conftest import CANARY, CHEDS, RiskOffice, authorised, known, pack

MILK = goods(milk(CHEDS[0], "1"))
IN_FORCE = authorised(AeoType.CUSTOMS)


def telling(name: str = "p", **more: str) -> str:
    return pack(name, **{"types": "40", **more}) + "may_tell = true\n"


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def lodged(risk: RiskOffice, lrn: str, what: Any = MILK, *, kind: str = "D") -> Record:
    """Of kind D before its goods are presented, of kind A once customs has accepted it."""
    office = risk.controlling.office
    raw = message(lrn, what, mrn=mrn_of(lrn) if kind == "A" else None, additional_type=kind)
    record = await office.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(record.id)


async def test_an_operator_is_told_as_an_officer_tells_it(risk: RiskOffice) -> None:
    """The same examination and the same event as of an announcement by hand, and neither says why: amendments are refused from then on."""
    await known(risk.controlling, IN_FORCE)
    by_hand = await lodged(risk, "TOLD1")
    await risk.controlling.announce(by_hand, None, 1)
    by_hand = await risk.controlling.office.settled(by_hand.id)
    await risk.publish(telling())
    by_itself = await lodged(risk, "TOLD2")
    (order,) = await risk.orders(by_itself.id)
    assert (order.state, [one.name for one in order.order.acts]) == (OrderState.PLANNED, [ActName.OPENED, ActName.TOLD])
    first, second = by_hand.examination, by_itself.examination
    assert first is not None
    assert second is not None
    assert second.intended
    assert replace(second, announced_at=first.announced_at, intended=False) == first
    assert CANARY not in repr(second)
    assert second.bars_changes
    later = await risk.controlling.appoint(by_itself, order.order)
    assert (later.state, later.order.acts[-1].place) == (OrderState.APPOINTED, "Quay 4")
    appointed = (await risk.controlling.office.settled(by_itself.id)).examination
    assert appointed is not None
    assert not appointed.intended, "where and when is a decision"
    await risk.controlling.act(by_itself, order.order, ActName.RESULT, code="satisfactory")
    ended = (await risk.controlling.office.settled(by_itself.id)).examination
    assert ended is not None
    assert ended.took_place_at is not None


@pytest.mark.parametrize(
    ("texts", "authorisation", "kind"),
    [
        ((telling(),), None, "D"),
        ((telling(),), authorised(AeoType.CUSTOMS, AeoState.SUSPENDED), "D"),
        ((telling(),), IN_FORCE, "A"),
        ((pack(types="40"),), IN_FORCE, "D"),
        ((telling(), pack("q", criterion="C2", types="10")), IN_FORCE, "D"),
        ((telling(), pack("q", criterion="C2", stage="after_release")), IN_FORCE, "D"),
        ((telling(), pack("q", criterion="C2", types="40") + "elevated = true\n"), IN_FORCE, "D"),
    ],
)
async def test_nobody_else_is_told(risk: RiskOffice, texts: tuple[str, ...], authorisation: Any, kind: str) -> None:
    if authorisation is not None:
        await known(risk.controlling, authorisation)
    for text in texts:
        await risk.publish(text)
    record = await lodged(risk, "TOLD3", kind=kind)
    assert await risk.orders(record.id)
    assert record.examination is None
    assert not [act for one in await risk.orders(record.id) for act in one.order.acts if act.told]
