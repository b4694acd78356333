"""What an authority left out once, or contradicted, is asked about again by itself until it is known."""

from decimal import Decimal

from adapters.simulation.holds import When
from gateway.domain.decision import Effect
from gateway.domain.record import Record
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import READ, RESERVE
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until

CHED = "CHEDP.FR.2026.9000001"
LRN = "KNOWN"
MRN = mrn_of(LRN)


async def test_a_summary_that_is_missing_once_is_asked_for_again(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.leave_out_summaries(1)
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert effect(record) is Effect.HOLD
    assert "SW-DEC-071" in findings(record)
    assert await office.looks() == 1
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert await office.looks() == 0


async def refused(office: Office, *, status: str) -> Record:
    """The certificate is taken back between the question and the order, which is refused; `status` is what it has then."""
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.hold(When.BEFORE, RESERVE)
    lodged = await office.lifecycle.lodging.lodge(
        message(LRN, goods(milk(CHED)), mrn=MRN), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    office.authority.frame.documents.put(CHED, {"status": "64"})
    if status != "64":
        office.authority.frame.holds.release()
        office.authority.hold(When.BEFORE, READ)
        await until(lambda: office.authority.came[-1].operation == "read" and office.authority.frame.holds.held == 1)
        office.authority.frame.documents.put(CHED, {"status": status})
    office.authority.heal()
    return await office.settled(lodged.id)


async def test_of_a_document_whose_order_is_refused_for_its_status_the_status_is_asked_for_again_at_once(
    office: Office,
) -> None:
    record = await refused(office, status="64")
    assert effect(record) is not Effect.RELEASE
    assert record.documents[0].status == "withdrawn"


async def test_if_it_is_said_to_be_valid_all_the_same_it_is_asked_and_ordered_until_the_two_agree(
    office: Office,
) -> None:
    record = await refused(office, status="70")
    assert effect(record) is Effect.HOLD
    assert "SW-DEC-103" in findings(record)
    assert record.documents[0].status == "valid"
    assert await office.looks() == 1
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    assert await office.looks() == 0
