"""What a receiver answers about a file of Surveillance: taken once, refused for what was never sent, and what is sent after it."""

import pytest

from gateway.domain.errors import NotKnown
from gateway.wings.reporting.acknowledgement import Acknowledgements, AnsweredRecords, ReceiverError
from gateway.wings.reporting.errors import AnsweredOtherwise, NeverSent
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office
from tests.wings.reporting.stage import BOTH, CHEDS, Reported, reporting

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

AMENDED = goods(milk(CHEDS[0], "10"), milk(CHEDS[0], "20"))
"""Another certificate at item 2: a column."""


@pytest.fixture
async def reported(office: Office, authority: Authority) -> Reported:
    """An office that reports."""
    return await reporting(office)


@pytest.fixture
def answers(office: Office) -> Acknowledgements:
    """Where answers are taken."""
    return Acknowledgements(office.store.database)


def wrong(mrn: str | None, item: int, code: str = "E12") -> ReceiverError:
    return ReceiverError(mrn=str(mrn), item=item, column="18 09 056 000", code=code)


async def answered(reported: Reported, record_id: str) -> dict[int, tuple[str | None, str, bool]]:
    """Of each item: the answer, the reason, and whether the receiver has it."""
    found = await reported.files.items([record_id])
    return {number: (one.answer, one.reason, one.held) for (_, number), one in sorted(found.items())}


async def test_records_without_errors_are_accepted_and_others_listed(
    reported: Reported, answers: Acknowledgements
) -> None:
    record = await reported.office.lodge("ANSWER-1", BOTH)
    await reported.office.release(record)
    await reported.written()
    errors = [wrong(record.mrn, 2, "E2"), wrong(record.mrn, 2, "E1")]
    assert await answers.take(1, errors) == AnsweredRecords(accepted=1, rejected=1)
    assert await answered(reported, record.id) == {
        1: ("accepted", "", True),
        2: ("rejected", "18 09 056 000: E1; 18 09 056 000: E2", False),
    }
    assert await answers.take(1, errors[::-1]) == AnsweredRecords(accepted=1, rejected=1)
    with pytest.raises(AnsweredOtherwise):
        await answers.take(1, [])
    (file,) = await reported.files.listed(0, 5)
    assert (file.state, file.answered_at is not None) == ("answered", True)
    # What was rejected comes again once it is amended, as new: the receiver does not have it.
    assert await reported.written() == []
    record = await reported.office.amend(record, AMENDED)
    assert await reported.written() == [("new", record.mrn, 2)]


async def test_what_was_rejected_by_the_receivers_own_fault_is_sent_again(
    reported: Reported, answers: Acknowledgements
) -> None:
    record = await reported.office.lodge("ANSWER-6", BOTH)
    await reported.office.release(record)
    await reported.written()
    await answers.take(1, [wrong(record.mrn, 2)])
    assert await answers.send_again(1) == 1
    assert await reported.written() == [("new", record.mrn, 2)]
    assert await answers.send_again(1) == 0
    with pytest.raises(NotKnown):
        await answers.send_again(3)


async def test_what_was_amended_before_its_answer_is_replaced_and_goes_by_its_own_answer(
    reported: Reported, answers: Acknowledgements
) -> None:
    record = await reported.office.lodge("ANSWER-2", BOTH)
    await reported.office.release(record)
    await reported.written()
    record = await reported.office.amend(record, AMENDED)
    assert await reported.written() == [("replaced", record.mrn, 2)]
    await answers.take(1, [])
    assert (await answered(reported, record.id))[2] == (None, "", True)
    await answers.take(2, [wrong(record.mrn, 2)])
    assert (await answered(reported, record.id))[2] == ("rejected", "18 09 056 000: E12", True)
    record = await reported.office.amend(record, BOTH)
    assert await reported.written() == [("replaced", record.mrn, 2)]


async def test_answers_may_come_in_another_order(reported: Reported, answers: Acknowledgements) -> None:
    record = await reported.office.lodge("ANSWER-3", BOTH)
    await reported.office.release(record)
    await reported.written()
    await reported.office.invalidate(record)
    assert await reported.written() == [("cancelled", record.mrn, 1), ("cancelled", record.mrn, 2)]
    await answers.take(2, [])
    await answers.take(1, [])
    assert set((await answered(reported, record.id)).values()) == {("accepted", "", False)}


async def test_an_answer_to_what_was_never_sent_is_refused(reported: Reported, answers: Acknowledgements) -> None:
    record = await reported.office.lodge("ANSWER-4", BOTH)
    await reported.office.release(record)
    with pytest.raises(NotKnown, match="no file 1"):
        await answers.take(1, [])
    await reported.written()
    with pytest.raises(NotKnown, match="no file 2"):
        await answers.take(2, [])
    with pytest.raises(NeverSent, match=rf"no record of {record.mrn} item 3"):
        await answers.take(1, [wrong(record.mrn, 3), wrong(record.mrn, 1)])
    assert set((await answered(reported, record.id)).values()) == {(None, "", False)}


async def test_what_is_kept_long_enough_is_forgotten_and_cannot_be_answered(
    reported: Reported, answers: Acknowledgements
) -> None:
    record = await reported.office.lodge("ANSWER-5", BOTH)
    await reported.office.release(record)
    await reported.written()
    async with reported.office.store.database.connection() as connection:
        await connection.execute("UPDATE surveillance_file SET made_at = made_at - interval '401 days'")
    await reported.files.forget()
    with pytest.raises(NotKnown, match="kept no more"):
        await answers.take(1, [])
    with pytest.raises(NotKnown, match="kept no more"):
        await reported.files.body(1)
    assert (await reported.files.listed(0, 5))[0].forgotten
