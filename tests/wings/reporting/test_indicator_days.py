"""The days of indicators: what is counted of them, that each is counted once and again where events came late, and that none is ever zero by itself."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.simulation.faults import Fault
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.release import Override
from gateway.wings.reporting.indicators.counts import COUNTS
from gateway.wings.reporting.indicators.days import DaysUncounted, IndicatorDays
from gateway.wings.reporting.indicators.rows import PeriodName
from gateway.wings.suspensions.acts import Order
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.rows import Opener
from gateway.wings.suspensions.steps import SuspensionSteps
from tests.builders.actors import ONE, TWO
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office
from tests.wings.reporting.stage import CALENDAR, changed

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

CHED = "CHEDP.FR.2026.9740001"
DAY = timedelta(days=1)


@pytest.fixture
async def days(office: Office, authority: Authority) -> IndicatorDays:
    """The days of an office with a certificate."""
    authority.issue(CHED, ("0401", "5000", "KGM"))
    return IndicatorDays(office.store.database, CALENDAR)


def tomorrow() -> datetime:
    """A moment at which today is over."""
    return datetime.now(UTC) + DAY


def today() -> date:
    """The day of the zone."""
    return CALENDAR.day(datetime.now(UTC))


async def figures(days: IndicatorDays) -> dict[tuple[str, str], int]:
    """All that was counted, by count and part."""
    found = await days.figures(COUNTS, PeriodName.DAY, today() - DAY, today() + DAY, offices=None)
    return {(one.count, one.part): one.number for one in found}


async def test_what_became_of_declarations_on_a_day_is_counted(office: Office, days: IndicatorDays) -> None:
    first = await office.lodge("DAY-1", goods(milk(CHED, "10")))
    await office.release(first)
    held = await office.lodge("DAY-2", goods(milk("CHEDP.FR.2026.9749999", "10")))
    assert today() in await days.fold_due(tomorrow())
    assert await figures(days) == {
        ("lodged", ""): 2,
        ("decided", ""): 1,
        ("decided_alone", ""): 1,
        ("released", "10m"): 1,
        ("held", "traces"): 1,
        ("confirmed", "N853"): 1,
    }
    # It is mended, and counts as corrected: what was counted before is counted once.
    await office.amend(held, goods(milk(CHED, "20")))
    assert await days.fold_due(tomorrow()) == (today(),)
    now = await figures(days)
    assert (now["corrected", ""], now["decided", ""], now["decided_alone", ""], now["held", "traces"]) == (1, 2, 2, 1)
    assert now["confirmed", "N853"] == 2


async def test_more_than_is_left_is_over_use(office: Office, days: IndicatorDays) -> None:
    await office.lodge("DAY-3", goods(milk(CHED, "6000")))
    await days.fold_due(tomorrow())
    now = await figures(days)
    assert now["over_use", "traces"] == 1
    assert ("decided", "") not in now or now["held", "traces"] == 1


async def test_a_release_against_the_decision_is_an_override(office: Office, days: IndicatorDays) -> None:
    record = await office.lodge("DAY-4", goods(milk("CHEDP.FR.2026.9749998", "10")))
    await office.release(record, override=Override(officer="first-officer", reason="seen on paper"))
    await days.fold_due(tomorrow())
    now = await figures(days)
    assert (now["override", ""], now["held", "traces"]) == (1, 1)


async def test_what_nobody_can_say_and_what_a_window_decides_is_counted(
    office: Office, authority: Authority, days: IndicatorDays
) -> None:
    authority.fail(Fault.DOWN, count=None)
    await office.lodge("DAY-10", goods(milk(CHED, "10")))
    await days.fold_due(tomorrow())
    before = await figures(days)
    assert (before["not_determined", "traces"], before["held", "traces"]) == (1, 1)
    assert ("contingency", "") not in before
    word = WindowStatement(officer="one", second_officer="two", reason="it is down", by=ONE, second=TWO)
    await office.lifecycle.contingency.open(WindowOrder(adapter="traces", mode=WindowMode.MANUAL, word=word))
    await office.lodge("DAY-11", goods(milk(CHED, "10")))
    await days.fold_due(tomorrow())
    assert (await figures(days))["contingency", ""] >= 1


async def test_a_suspension_is_counted_by_its_regime(office: Office, days: IndicatorDays) -> None:
    record = await office.lodge("DAY-12", goods(milk(CHED, "10")))
    order = Order(regime="product_safety", by=Opener.OFFICER, stated={"ground": "26_1_a"})
    kept = KeptSuspensions(office.store.database, office.store.announcements)
    await SuspensionSteps(kept, office.store, office.lifecycle).open(record.id, order, by=ONE, reason=None)
    await office.settled(record.id)
    await days.fold_due(tomorrow())
    assert (await figures(days))["suspended", "product_safety"] == 1


async def test_a_day_that_is_not_over_is_not_counted(office: Office, days: IndicatorDays) -> None:
    assert await days.fold_due(tomorrow()) == ()
    await office.lodge("DAY-5", goods(milk(CHED, "10")))
    assert today() not in await days.fold_due(datetime.now(UTC))
    assert today() not in await days.counted(today() - 40 * DAY, today() + DAY)
    assert today() not in await days.fold(today(), today(), datetime.now(UTC))


async def test_every_day_is_counted_once_by_two_replicas(office: Office, days: IndicatorDays) -> None:
    await office.lodge("DAY-6", goods(milk(CHED, "10")))
    other = IndicatorDays(office.store.database, CALENDAR)
    await asyncio.gather(days.fold_due(tomorrow()), other.fold_due(tomorrow()))
    assert (await figures(days))["lodged", ""] == 1
    assert await days.fold_due(tomorrow()) == ()


async def test_the_first_month_and_week_are_counted_from_their_first_day(office: Office, days: IndicatorDays) -> None:
    await office.lodge("DAY-7", goods(milk(CHED, "10")))
    folded = await days.fold_due(tomorrow())
    assert folded[0] == min(PeriodName.MONTH.first(today()), PeriodName.WEEK.first(today()))
    assert await days.counted(folded[0], today() + DAY) == frozenset(folded)


async def test_a_fold_that_ended_halfway_is_gone_on_with(office: Office, days: IndicatorDays) -> None:
    await office.lodge("DAY-8", goods(milk(CHED, "10")))
    folded = await days.fold_due(tomorrow())
    await changed(office, b"DELETE FROM indicator_fold WHERE day = %s", folded[-1])
    assert folded[-1] not in await days.counted(folded[0], today() + DAY)
    assert await days.fold_due(tomorrow()) == folded[-1:]
    assert (await figures(days))["lodged", ""] == 1


async def test_a_day_that_cannot_be_read_has_no_figures_and_others_go_on(office: Office, days: IndicatorDays) -> None:
    await office.lodge("DAY-13", goods(milk(CHED, "10")))
    folded = await days.fold_due(tomorrow())
    await changed(office, b"DELETE FROM indicator_fold WHERE day = %s", folded[0])
    await changed(office, b"UPDATE indicator_fold SET events = 0 WHERE day = %s", today())
    await changed(office, b"ALTER TABLE decision DISABLE TRIGGER USER")
    await changed(office, b"UPDATE decision SET body = '{'")
    with pytest.raises(DaysUncounted, match="1 days cannot be counted"):
        await days.fold_due(tomorrow())
    counted = await days.counted(folded[0], today() + DAY)
    assert (folded[0] in counted, today() in counted) == (True, False)


async def test_events_that_a_restored_backup_has_lost_are_not_counted_any_more(
    office: Office, days: IndicatorDays
) -> None:
    await office.lodge("DAY-9", goods(milk(CHED, "10")))
    await days.fold_due(tomorrow())
    # Of a part of a database that was restored to a moment before, what was counted may be newer than its events.
    await changed(office, b"UPDATE indicator_fold SET events = events + 5 WHERE day = %s", today())
    await changed(office, b"UPDATE indicator_day SET number = number + 1 WHERE day = %s", today())
    assert await days.fold_due(tomorrow()) == (today(),)
    assert (await figures(days))["lodged", ""] == 1
