"""Bad input to the sealed room: a clock that goes back, a backup under an older key, a pack at its bounds while declarations come in."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.control_order import OrderState
from gateway.domain.errors import ConfigurationError
from gateway.domain.record import Record
from gateway.wings.controls.risk.ledger import EntryKind
from gateway.wings.controls.risk.replay import SecondAssessment
from tests.builders.actors import ONE, TWO
from tests.builders.goods import goods, milk
from tests.wings.controls.conftest import CHEDS, KEY, OTHER, RiskOffice, pack, risk_office

WHAT = goods(milk(CHEDS[0], "1"))
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def test_a_clock_that_goes_back_frees_nothing_that_was_chosen(risk: RiskOffice) -> None:
    """Nor does it break the ledger, the draws or the replay; a pack that has not begun by it counts once it has."""
    office = risk.controlling.office
    begins = f"valid_from = {office.clock().date() + DAY}"
    text = pack("later", more="review_on = 2026-12-31").replace("valid_from = 2026-01-01", begins)
    office.clock.pass_by(DAY * 2)
    await risk.publish(text)
    chosen = await office.lodge("BCK1", WHAT, previous=("PD9",))
    office.clock.pass_by(DAY * -2)
    (order,) = await risk.orders(chosen.id)
    assert order.state is OrderState.DUE
    assert await risk.refused(chosen)
    await risk.publish(pack("now", criterion="N", share="0"))
    await office.amend(chosen, goods(milk(CHEDS[0], "2")))
    assert not await risk.orders((await office.lodge("BCK2", goods(milk(CHEDS[0], "1")))).id)
    assert len([one for one in risk.room.ledger.entries if one.epoch]) == 1
    office.clock.pass_by(DAY * 2)
    assert await risk.orders((await office.lodge("BCK3", WHAT)).id)
    assert len(await risk.orders(chosen.id)) == 1
    replayed = await SecondAssessment(office.store, risk.room, office.rules).of(chosen.id)
    assert [one.faults for one in replayed] == [(), ()]


async def test_a_backup_under_an_older_key_is_read_by_whoever_has_its_line(risk: RiskOffice) -> None:
    """By the new key alone nothing starts; with the older one behind it the ledger, its draws and what was chosen are as they were."""
    office = risk.controlling.office
    await risk.publish(pack())
    first = await office.lodge("OLD1", WHAT, previous=("PD9",))
    assert await risk.orders(first.id)

    alone = risk_office(risk.controlling, OTHER)
    with pytest.raises(ConfigurationError, match="add its line"):
        await alone.room.begin()
    rotated = risk_office(risk.controlling, OTHER, KEY)
    await rotated.room.begin()
    assert (await rotated.publication.publish(pack(share="0"), by=ONE)).entry.kind is EntryKind.PROPOSED
    assert (await rotated.publication.publish(pack(share="0"), by=TWO)).entry.kind is EntryKind.PUBLISHED
    assert await rotated.orders((await office.lodge("OLD2", WHAT, previous=("PD9",))).id)
    month = datetime.now(UTC).strftime("%Y-%m")
    assert rotated.room.ledger.drew(month) == risk.room.ledger.drew(month)

    # The key file of before beside the database of after.
    with pytest.raises(ConfigurationError, match="add its line"):
        await risk_office(risk.controlling, KEY).room.begin()


@pytest.mark.whole
async def test_a_pack_at_its_bounds_is_published_while_declarations_come_in(risk: RiskOffice) -> None:
    """Each of them is decided, and assessed as soon as the pack counts; what comes after it is controlled."""
    office = risk.controlling.office
    row = pack(criterion="C0").partition("[[row]]")[2]
    more = "".join(f"[[row]]{row.replace('C0', f'C{one}').replace('04', f'{one % 9_000 + 1_000}')}" for one in range(1, 20_000))  # fmt: skip
    text = pack(criterion="C0") + more
    published = asyncio.create_task(risk.publish(text))
    records: list[Record] = []
    while not published.done():
        lrns = [f"RUSH{len(records) + one}" for one in range(10)]
        records += await asyncio.gather(*(office.lodge(one, WHAT) for one in lrns))
    await published
    assert all(one.decision is not None for one in records)
    assert [one.order.types for one in await risk.orders((await office.lodge("RUSHED", WHAT)).id)] == [("10",)]
