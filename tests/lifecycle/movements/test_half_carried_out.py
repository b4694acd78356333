"""An order of which an authority took a part: what it wrote off itself never keeps the rest of it from being carried out."""

from decimal import Decimal

import pytest

from adapters.simulation.faults import Aim, Fault, Planned
from gateway.domain.decision import Effect
from gateway.domain.record import Record
from gateway.domain.release import ReleasedItem, ReleaseOrder
from tests.builders.actors import ONE
from tests.builders.authority import WRITE_OFF
from tests.builders.goods import Goods, goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of

UNDONE, DONE, OTHER = (f"CHEDP.FR.2026.900000{number}" for number in (1, 2, 3))
LRN = "HALF"
MRN = mrn_of(LRN)


async def half(office: Office, what: Goods, *items: int) -> Record:
    """A declaration whose order to release wrote off all but one certificate, which its authority refuses in each round."""
    for reference in (UNDONE, DONE, OTHER):
        office.authority.issue(reference, ("0401", "300", "KGM"))
    record = await office.lodge(LRN, what)
    aim = Aim(reference=UNDONE, containing=WRITE_OFF)
    office.authority.frame.plan(Planned(fault=Fault.ERROR, aim=aim, count=4))
    order = ReleaseOrder(items=tuple(ReleasedItem(goods_item=number) for number in items))
    await office.lifecycle.steps.release(record.id, order, by=ONE)
    record = await office.settled(record.id)
    assert (record.outstanding, effect(record)) == (True, Effect.HOLD)
    assert office.authority.held(UNDONE, MRN) == ("reserved", Decimal(32))
    return record


def out(office: Office) -> list[int]:
    """What is written off of each certificate."""
    held = [office.authority.held(reference, MRN) for reference in (UNDONE, DONE, OTHER)]
    return [int(one[1]) if one is not None and one[0] == "consumed" else 0 for one in held]


@pytest.mark.parametrize(
    ("amended", "written_off"),
    [
        (goods(milk(UNDONE, "32"), milk(DONE, "40")), [32, 40, 0]),
        (goods(milk(UNDONE, "32"), milk(DONE, "60")), [32, 60, 0]),
        (goods(milk(DONE, "48"), milk(UNDONE, "32")), [32, 48, 0]),
        (goods(milk(UNDONE, "32"), milk(OTHER, "48")), [32, 0, 48]),
        (goods(milk(DONE, "48")), [0, 48, 0]),
    ],
    ids=["less", "more", "of other goods items", "another in its place", "without the undone one"],
)
async def test_an_amendment_of_what_it_wrote_off_is_written_off_once_it_is_carried_out(
    office: Office, amended: Goods, written_off: list[int]
) -> None:
    record = await half(office, goods(milk(UNDONE, "32"), milk(DONE, "48")))
    record = await office.amend(record, amended)
    assert (record.outstanding, effect(record), findings(record)) == (False, Effect.RELEASE, set())
    assert record.released is not None
    assert record.released.whole
    assert out(office) == written_off


async def test_the_rest_of_a_certificate_that_it_wrote_off_in_part_waits_for_it_alone(office: Office) -> None:
    record = await half(office, goods((milk(UNDONE, "32"), milk(DONE, "24")), milk(DONE, "24")), 1)
    assert findings(record) == {"SW-DEC-112", "SW-DEC-118"}
    await office.looks()
    record = await office.settled(record.id)
    assert (record.outstanding, effect(record), out(office)) == (False, Effect.RELEASE, [32, 24, 0])


async def test_what_else_stands_against_an_amendment_ends_it(office: Office) -> None:
    record = await half(office, goods(milk(UNDONE, "32"), milk(DONE, "48")))
    record = await office.amend(record, goods(milk(UNDONE, "32"), milk(DONE, "400")))
    assert (record.outstanding, effect(record)) == (False, Effect.HOLD)
    assert findings(record) == {"SW-DEC-070", "SW-DEC-118"}
    assert out(office) == [0, 48, 0]
