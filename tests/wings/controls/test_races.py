"""An order against a release, on two replicas at once: never both."""

import asyncio
from collections import Counter

import pytest

from gateway.domain.errors import Conflict, UnderExamination
from gateway.domain.events import EventKind
from gateway.domain.record import Record
from gateway.domain.release import ReleaseOrder
from gateway.lifecycle import Stepped
from gateway.wings.controls.acts import NewOrder
from gateway.wings.controls.bodies import stage_of
from gateway.wings.controls.kept import KeptOrders
from gateway.wings.controls.order import ControlStage
from tests.builders.actors import CUSTOMS, ONE
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office
from tests.wings.controls.conftest import ControllingOffice, steps_of

CERTIFICATE = "CHEDP.FR.2026.9600099"
TOGETHER = 8


async def raced(office: Office, record: Record, place: int) -> str:
    """Orders and releases at once, the order so many turns of the loop later, and says what came first."""
    one, two = office.replicas
    steps = steps_of(one.store, one.lifecycle)

    async def order() -> object:
        for _ in range(place % 40 * 25):
            await asyncio.sleep(0)
        return await steps.open(record.id, NewOrder(types=("40",)), by=ONE)

    async def release() -> Stepped | Conflict:
        try:
            found = await two.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
        except Conflict as error:
            return error
        assert isinstance(found, Stepped)
        return found

    _, stepped = await asyncio.gather(order(), release())
    now = await office.settled(record.id)
    (kept,) = await KeptOrders(one.store.database, one.store.announcements).of(record.id)
    if isinstance(stepped, Conflict):
        assert [each.code for each in stepped.obstacles] == [UnderExamination.code]
        assert (now.released, kept.order.stage) == (None, ControlStage.BEFORE_RELEASE)
        return "refused"
    outcome = (await office.store.steps.of(record.id))[-1].outcome
    assert outcome is not None
    if not outcome.done:
        assert (now.released, outcome.reason, kept.order.stage) == (None, "examined", ControlStage.BEFORE_RELEASE)
        return "stopped"
    assert stage_of(kept) is ControlStage.AFTER_RELEASE
    if kept.order.stage is ControlStage.AFTER_RELEASE:
        return "after"
    # What was begun is completed: the order came once the write-off was on its way.
    seqs = {
        kind: [one.seq for one in await office.store.declarations.events(record.id) if one.kind is kind]
        for kind in EventKind
    }
    received, ordered = seqs[EventKind.RELEASE_RECEIVED][0], seqs[EventKind.CONTROL_ORDERED][0]
    assert any(received < one < ordered for one in seqs[EventKind.QUANTITY_PLANNED])
    return "begun"


async def races(office: Office, many: int) -> Counter[str]:
    """Has so many races run on two replicas, and counts what came first."""
    await office.open()
    office.authority.issue(CERTIFICATE, ("0401", "5000000", "KGM"))
    found: Counter[str] = Counter()
    for first in range(0, many, TOGETHER):
        places = range(first, min(first + TOGETHER, many))
        records = [await office.lodge(f"RACE-{place}", goods(milk(CERTIFICATE, "1"))) for place in places]
        found.update(await asyncio.gather(*(raced(office, *each) for each in zip(records, places, strict=True))))
    return found


async def test_an_order_and_a_release_never_both_stand(controlling: ControllingOffice) -> None:
    assert (await races(controlling.office, 40)).total() == 40


@pytest.mark.whole
async def test_of_a_thousand_races_none_ends_with_both(controlling: ControllingOffice) -> None:
    found = await races(controlling.office, 1_000)
    assert found.total() == 1_000
    assert min(found["refused"] + found["stopped"], found["after"] + found["begun"]) > 0, found
    print(dict(found))
