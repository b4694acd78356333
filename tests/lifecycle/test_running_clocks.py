"""A declaration whose goods are never presented lapses when the law has it, by itself, and not before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from gateway.domain.calendar import Calendar
from gateway.domain.clocks import Deadline, NotCovered
from gateway.domain.events import EventKind
from gateway.domain.record import State
from gateway.lifecycle.running_clocks import RunningClocks, acts_at
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.lifecycle.time_limits import TimeLimits
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office, mrn_of
from tests.builders.story import shipped

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

CHED = "CHEDP.FR.2026.9600001"
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)


def listed_to(last: date | None) -> TablesInForce:
    """The delivered tables with holidays listed up to a day; None: of no State."""
    calendars = () if last is None else tuple(replace(one, covered_to=last) for one in shipped().state_calendars)
    return TablesInForce(replace(shipped(), state_calendars=calendars, digest="x"))


async def lodged(office: Office, lrn: str) -> str:
    raw = message(lrn, goods(milk(CHED)), mrn=None, additional_type="D")
    found = await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    return (await office.settled(found.id)).id


def clock_of(office: Office, record_id: str, **received: timedelta) -> datetime | None:
    """When its limit is acted on; `ago`: it is had to have been lodged so long ago, and to be looked at now."""
    with psycopg.connect(office.url, autocommit=True) as connection:
        if received:
            connection.execute(
                "UPDATE declaration SET received_at = received_at - %s, clock_due_at = now() WHERE id = %s",
                (received["ago"], record_id),
            )
        row = connection.execute("SELECT clock_due_at FROM declaration WHERE id = %s", (record_id,)).fetchone()
    assert row is not None
    found: datetime | None = row[0]
    return found


def clocks(office: Office, tables: TablesInForce) -> RunningClocks:
    limits = TimeLimits(tables, Calendar(), office.clock)
    return RunningClocks(office.store, limits, office.lifecycle.steps.lapse, office.clock)


async def state(office: Office, record_id: str) -> State:
    return (await office.lifecycle.steps.current(record_id)).state


async def test_its_limit_is_counted_as_it_is_received(office: Office) -> None:
    pre_lodged = await lodged(office, "CLOCK1")
    standard = await office.lodge("CLOCK2", goods(milk(CHED)))

    due = clock_of(office, pre_lodged)

    assert due is not None
    assert timedelta(days=30) < due - office.clock() < timedelta(days=37)
    assert clock_of(office, standard.id) is None


async def test_what_is_over_lapses_and_what_is_not_is_looked_at_when_it_is(office: Office) -> None:
    over, runs = await lodged(office, "CLOCK3"), await lodged(office, "CLOCK4")
    clock_of(office, over, ago=timedelta(days=45))
    clock_of(office, runs, ago=timedelta(days=29))

    assert await clocks(office, listed_to(date(2099, 12, 31))).act() == 2

    assert await state(office, over) is State.LAPSED
    assert clock_of(office, over) is None
    assert await state(office, runs) is State.DECIDED
    due = clock_of(office, runs)
    assert due is not None
    assert timedelta(0) < due - office.clock() < timedelta(days=9)
    assert await clocks(office, listed_to(date(2099, 12, 31))).act() == 0, "each once"
    kinds = [one.kind for one in await office.store.declarations.events(over)]
    assert kinds.count(EventKind.LAPSED) == 1


async def test_behind_the_list_nothing_lapses_until_it_is_longer(office: Office) -> None:
    record = await lodged(office, "CLOCK5")
    clock_of(office, record, ago=timedelta(days=45))

    await clocks(office, listed_to(date(2025, 12, 31))).act()

    assert await state(office, record) is State.DECIDED
    due = clock_of(office, record)
    assert due is not None
    assert timedelta(hours=23) < due - office.clock() <= timedelta(days=1), "it is counted again each day"
    clock_of(office, record, ago=timedelta(0))
    await clocks(office, listed_to(date(2099, 12, 31))).act()
    assert await state(office, record) is State.LAPSED


async def test_where_no_holidays_are_listed_no_limit_runs(office: Office) -> None:
    record = await lodged(office, "CLOCK6")
    clock_of(office, record, ago=timedelta(days=400))

    await clocks(office, listed_to(None)).act()

    assert await state(office, record) is State.DECIDED
    assert clock_of(office, record) is None


@pytest.mark.parametrize("how", ["accepted", "invalidated"])
async def test_what_was_presented_or_has_ended_does_not_lapse(office: Office, how: str) -> None:
    record = await lodged(office, f"CLOCK7{how}")
    await office.lifecycle.steps.accept(
        record, mrn=mrn_of(how), accepted_at=office.clock(), by=CUSTOMS, asker=AS_CUSTOMS
    )
    if how == "invalidated":
        await office.invalidate(await office.settled(record))
    before = (await office.settled(record)).state
    clock_of(office, record, ago=timedelta(days=45))

    await clocks(office, listed_to(date(2099, 12, 31))).act()

    assert await state(office, record) is before
    assert clock_of(office, record) is None


async def test_a_job_of_an_older_version_has_the_limit_looked_at_and_ends_nothing_itself(office: Office) -> None:
    record = await lodged(office, "CLOCK8")

    await office.lifecycle.running_clocks.count_again(record)
    await office.lifecycle.running_clocks.act()

    assert await state(office, record) is State.DECIDED
    due = clock_of(office, record)
    assert due is not None
    assert due > office.clock() + timedelta(days=29)


def test_a_limit_is_acted_on_when_it_ends_or_when_it_might() -> None:
    known = Deadline(last_day=date(2026, 12, 31), ends_at=AT)
    open_ = NotCovered(not_before=date(2027, 1, 4), not_before_at=AT + timedelta(days=34))

    assert acts_at(None, AT) is None
    assert acts_at(known, AT) == AT
    assert acts_at(open_, AT) == AT + timedelta(days=34)
    assert acts_at(open_, AT + timedelta(days=40)) == AT + timedelta(days=41)
