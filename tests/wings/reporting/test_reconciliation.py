"""Every released item is sent, waits or is excluded for a reason: the sum is zero, and what is left over is a fault."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.cli.doctor.health_check import CheckState
from gateway.cli.doctor.wing_checks import wing_checks
from gateway.domain.release import ReleasedItem
from gateway.wings.reporting.acknowledgement import Acknowledgements, ReceiverError
from gateway.wings.reporting.reconciliation import Reconciled, Reconciliation
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office, mrn_of
from tests.wings.reporting.stage import BOTH, CHEDS, Reported, reporting

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures


@pytest.fixture
async def reported(office: Office, authority: Authority) -> Reported:
    """An office that reports."""
    return await reporting(office)


async def counted(reported: Reported) -> Reconciled:
    now = datetime.now(UTC)
    return await Reconciliation(reported.office.store.database).count_lately(now + timedelta(minutes=1))


def states(found: Reconciled) -> dict[str, int]:
    """The items by state."""
    sums: dict[str, int] = {}
    for one in found.stands:
        sums[one.state] = sums.get(one.state, 0) + one.items
    return sums


async def run(reported: Reported, statement: bytes) -> None:
    async with reported.office.store.database.connection() as connection:
        await connection.execute(statement)


async def test_each_released_item_stands_somewhere_and_none_is_left_over(reported: Reported) -> None:
    office = reported.office
    rejected = await office.lodge("ZERO-1", BOTH)
    await office.release(rejected)
    partly = await office.lodge("ZERO-2", BOTH)
    await office.release(partly, ReleasedItem(goods_item=2, quantity=Decimal(5), unit="KGM"))
    simplified = await office.lodge("ZERO-3", goods(milk(CHEDS[0], "10")), additional_type="C")
    await office.release(simplified)
    await office.lodge("ZERO-4", goods(milk(CHEDS[0], "10")), additional_type="Y", previous=[mrn_of("ZERO-3")])
    gone = await office.lodge("ZERO-5", BOTH)
    await office.release(gone)
    await office.invalidate(gone)
    await office.lodge("ZERO-6", BOTH)  # not released
    assert states(await counted(reported)) == {"due": 7}
    await reported.written()
    assert states(await counted(reported)) == {"unanswered": 3, "partly": 1, "waiting": 1, "excluded": 2}
    error = ReceiverError(mrn=str(rejected.mrn), item=2, column="99 06 000 000", code="E1")
    await Acknowledgements(office.store.database).take(1, [error])
    found = await counted(reported)
    assert states(found) == {"accepted": 2, "rejected": 1, "partly": 1, "waiting": 1, "excluded": 2}
    assert (found.released, found.remainder) == (7, ())
    listed = {(one.state, one.reason) for one in found.stands}
    assert ("rejected", "") in listed
    assert ("excluded", "invalidated") in listed


async def test_what_lacks_a_column_is_listed_and_not_sent(reported: Reported) -> None:
    record = await reported.office.lodge("LACKS", BOTH)
    await reported.office.release(record)
    # The office stands in no column that the decision rests on: as of a message that did not state it.
    await run(reported, b"UPDATE declaration_version SET model = regexp_replace(model, '\"customs_office\":\"[^\"]*\"', '\"customs_office\":\"\"')")  # fmt: skip
    assert await reported.written() == []
    assert set((await reported.stands(record.id)).values()) == {("lacking", "issuer")}
    found = await counted(reported)
    assert (states(found), found.remainder) == ({"lacking": 2}, ())


async def test_a_remainder_is_a_fault_that_the_examination_tells(reported: Reported) -> None:
    office = reported.office
    record = await office.lodge("LOST", BOTH)
    await office.release(record)
    await reported.written()
    await counted(reported)
    (check,) = await wing_checks(office.url)
    assert (check.name, check.state) == ("reporting", CheckState.GOOD)
    # A record that stands in no file, and one of which nothing was made.
    await run(reported, b"DELETE FROM surveillance_sent WHERE item = 1")
    await run(reported, b"DELETE FROM surveillance_item WHERE item = 2")
    found = await counted(reported)
    assert states(found) == {"missing": 2}
    (fault,) = found.faults()
    assert fault == f"2 released items, nothing was made of them: of {record.id}"
    (check,) = await wing_checks(office.url)
    assert (check.state, fault in check.seen) == (CheckState.WRONG, True)


async def test_what_is_due_for_long_is_a_fault(reported: Reported) -> None:
    await reported.office.release(await reported.office.lodge("LATE", BOTH))
    await run(reported, b"UPDATE surveillance_due SET since = now() - interval '2 days'")
    found = await counted(reported)
    assert (states(found), [one.items for one in found.remainder]) == ({"late": 2}, [2])


async def test_what_was_released_before_reports_began_is_not_reported(office: Office, authority: Authority) -> None:
    for ched in CHEDS:
        authority.issue(ched, ("0401", "5000", "KGM"))
    record = await office.lodge("BEFORE", BOTH)
    await office.release(record)
    reported = await reporting(office)
    await office.amend(record, goods(milk(CHEDS[0], "10"), milk(CHEDS[0], "20")))
    assert await reported.written() == []
    assert {reason for _, reason in (await reported.stands(record.id)).values()} == {"released before reports began"}
    assert states(await counted(reported)) == {}


async def test_where_nothing_is_reported_the_examination_has_no_line(office: Office) -> None:
    assert await wing_checks(office.url) == []
