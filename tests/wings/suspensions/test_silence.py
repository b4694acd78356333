"""That nobody spoke is asked of ICSMS before goods go by it; where ICSMS does not say, or too late, it is an officer's."""

from datetime import datetime, timedelta

import pytest

from adapters.simulation.faults import Aim, Fault, Planned
from gateway.domain.decision import Effect
from gateway.domain.release import ReleasedItem
from gateway.domain.suspension import SuspensionState
from gateway.wings.suspensions.silence import Heard
from tests.builders.replicas import effect, findings
from tests.wings.suspensions.conftest import HearingOffice, kinds

LONG_AGO = timedelta(days=20)


async def test_goods_are_free_once_icsms_says_that_nobody_spoke(hearing: HearingOffice) -> None:
    office, record = hearing.office, await hearing.lodged("SIL1")
    await hearing.suspend(record, 1, ago=LONG_AGO)

    assert await hearing.run_out(record) == 1

    settled = await office.settled(record.id)
    assert (effect(settled), settled.suspended) == (Effect.RELEASE, ())
    assert await kinds(office, record) == ["suspension.opened", "suspension.expired"]
    assert (await office.release(record, ReleasedItem(goods_item=1))).done


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.HTML, Fault.EMPTY, Fault.UNAUTHORISED])
async def test_silence_that_cannot_be_known_is_none(hearing: HearingOffice, fault: Fault) -> None:
    office, record = hearing.office, await hearing.lodged("SIL2")
    await hearing.suspend(record, 1, ago=LONG_AGO)
    hearing.frame.plan(Planned(fault=fault, aim=Aim(containing="mrn=")))

    await hearing.run_out(record)

    assert "SW-DEC-306" in findings(await office.settled(record.id))
    hearing.frame.faults.clear()
    await hearing.run_out(record)
    assert "SW-DEC-306" in findings(await office.settled(record.id)), "from now on it is an officer's"
    await hearing.say(record, "nothing_came")
    assert effect(await office.settled(record.id)) is Effect.RELEASE


async def test_what_is_noticed_too_late_is_an_officers(hearing: HearingOffice) -> None:
    record = await hearing.lodged("SIL3")
    await hearing.suspend(record, 1, ago=LONG_AGO)
    hearing.silence.latest = timedelta(minutes=30)

    await hearing.run_out(record)

    assert "SW-DEC-306" in findings(await hearing.office.settled(record.id))


async def test_a_word_that_was_lost_on_its_way_counts(hearing: HearingOffice) -> None:
    office, record = hearing.office, await hearing.lodged("SIL4")
    opened = await hearing.suspend(record, 1, ago=LONG_AGO)
    in_time = (opened.opened_at + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    hearing.says(record, "MAINTAIN_SUSPENSION", in_time)

    await hearing.run_out(record)

    (made,) = await hearing.kept.of(record.id)
    assert made.words[-1].name == "maintain"
    assert "SW-DEC-301" in findings(await office.settled(record.id))
    assert await kinds(office, record) == ["suspension.opened", "suspension.word"]


@pytest.mark.parametrize(
    ("decision", "items", "found"),
    [
        ("MAINTAIN_SUSPENSION", [1], "SW-DEC-301"),
        ("APPROVE_RELEASE", [1], "SW-DEC-306"),
        ("MAINTAIN_SUSPENSION", [2], ""),
    ],
)
async def test_a_lost_word_about_some_of_the_goods(
    hearing: HearingOffice, decision: str, items: list[int], found: str
) -> None:
    """What holds some of them holds all; what frees some of them frees none, and an officer looks."""
    record = await hearing.lodged("SIL7")
    opened = await hearing.suspend(record, *([1] if items == [2] else [1, 2]), ago=LONG_AGO)
    in_time = (opened.opened_at + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    hearing.says(record, decision, in_time, all_items=False, goods_items=items)

    await hearing.run_out(record)

    assert found in {"", *findings(await hearing.office.settled(record.id))}
    assert bool(found) is bool((await hearing.office.settled(record.id)).suspended)


async def test_a_word_from_after_the_end_does_not(hearing: HearingOffice) -> None:
    record = await hearing.lodged("SIL5")
    opened = await hearing.suspend(record, 1, ago=LONG_AGO)
    (clock,) = opened.clocks
    assert clock.ends_at is not None
    hearing.says(record, "MAINTAIN_SUSPENSION", clock.ends_at.isoformat().replace("+00:00", "Z"))

    await hearing.run_out(record)

    settled = await hearing.office.settled(record.id)
    assert (effect(settled), settled.suspended) == (Effect.RELEASE, ())


async def test_an_officer_who_speaks_first_finds_it_expired_too(hearing: HearingOffice) -> None:
    office, record = hearing.office, await hearing.lodged("SIL6")
    await hearing.suspend(record, 1, ago=LONG_AGO)

    with pytest.raises(Exception, match="has ended"):
        await hearing.say(record, "maintain")

    settled = await office.settled(record.id)
    assert SuspensionState.UNCONFIRMED not in {one.state for one in settled.suspended}


@pytest.mark.parametrize(("last", "held"), [("MAINTAIN_SUSPENSION", True), ("APPROVE_RELEASE", False)])
async def test_of_several_lost_words_the_last_counts(hearing: HearingOffice, last: str, held: bool) -> None:
    record = await hearing.lodged("SIL8")
    opened = await hearing.suspend(record, 1, ago=LONG_AGO)
    first = "APPROVE_RELEASE" if held else "MAINTAIN_SUSPENSION"
    said = [opened.opened_at + timedelta(hours=hours) for hours in (1, 2)]
    hearing.says(record, first, _written(said[0]), second={"decision": last, "said_at": _written(said[1])})

    await hearing.run_out(record)

    assert bool((await hearing.office.settled(record.id)).suspended) is held


async def test_what_was_asked_before_the_end_proves_no_silence(hearing: HearingOffice) -> None:
    """A process whose clock is ahead asks too soon: what may still be said is not known."""
    record = await hearing.lodged("SIL9")
    await hearing.suspend(record, 1)
    (made,) = await hearing.kept.of(record.id)
    (clock,) = made.clocks
    assert clock.ends_at is not None
    asked = Heard(is_known=True, asked_at=clock.ends_at - timedelta(seconds=1))

    assert not asked.is_silent(made, clock.ends_at + timedelta(seconds=1))
    after = Heard(is_known=True, asked_at=clock.ends_at)
    assert after.is_silent(made, clock.ends_at + timedelta(seconds=1))


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
