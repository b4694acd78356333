"""Windows are opened and closed one at a time, and what was decided inside is listed and taken up again once they end."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gateway.domain.contingency import (
    RELEASED_UNVERIFIED,
    Afterwards,
    DecidedInside,
    Window,
    WindowMode,
    WindowOrder,
    WindowStatement,
)
from gateway.domain.decision import Advice, Effect, Finding
from gateway.domain.errors import Conflict, NotKnown, Stale, WindowEnded
from gateway.domain.events import EventKind
from gateway.domain.record import State, Work
from gateway.domain.release import Override, ReleaseOrder
from gateway.store import InvalidationReceived, Outcome, ReleaseReceived, Store
from tests.builders.lodging import MILK, NOW, decided, declaration, event, new

WORD = WindowStatement(officer="one", second_officer="two", reason="it is down")
ORDER = WindowOrder(adapter="traces", mode=WindowMode.RELEASE, word=WORD)
CLOSING = WindowStatement(officer="one", reason="it is back")
AT_ONCE: dict[str, Any] = {"first": timedelta(), "longest": timedelta()}


def inside(number: int, **more: Any) -> DecidedInside:
    facts: dict[str, Any] = {
        "type": MILK.type,
        "reference": MILK.reference,
        "version": 1,
        "decision": 1,
        "effect": Effect.RELEASE,
        "at": NOW,
    }
    return DecidedInside(window=number, **(facts | more))


def let_through(work: Work, number: int, **more: Any) -> Outcome:
    """A decision that rests on a window."""
    outcome = decided(work)
    assert outcome.decision is not None
    finding = Finding(
        code=RELEASED_UNVERIFIED,
        effect=Effect.RELEASE,
        advice=Advice.NONE,
        goods_item=None,
        document=None,
        message="",
        remedy="",
        legal_basis="",
    )
    made = replace(outcome.decision, decision=replace(outcome.decision.decision, findings=(finding,)))
    return replace(outcome, decision=made, windows=(number,), inside=(inside(number, **more),))


async def lodged(store: Store, number: int, lrn: str = "LRN1") -> str:
    """An accepted declaration that was decided inside a window."""
    what = new(declaration(lrn, mrn=f"26FR{lrn:0>14}"), accepted_at=NOW)
    work = (await store.declarations.receive(what, lease=True)).work
    assert work is not None
    await store.leases.decide(work, let_through(work, number))
    return what.id


async def put_back(url: str, number: int) -> None:
    """Makes a window one whose time is over."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("UPDATE contingency_window SET until = now() WHERE number = %s", [number])


async def test_windows_are_numbered_without_gaps_and_one_at_a_time(store: Store, other: Store) -> None:
    made = await asyncio.gather(
        *((store, other)[i % 2].contingency.open(replace(ORDER, adapter=f"authority_{i % 4}")) for i in range(12))
    )
    assert sorted(window.number for window, fresh in made if fresh) == [1, 2, 3, 4]
    assert {window.number for window, _ in made} == {1, 2, 3, 4}
    with pytest.raises(Conflict):
        await other.contingency.open(replace(ORDER, adapter="authority_0", mode=WindowMode.HOLD))
    assert [window.number for window in await other.contingency.in_force()] == [1, 2, 3, 4]
    assert [window.number for window in await store.contingency.page(before=4, limit=2)] == [3, 2]
    report = await store.audit.verify()
    assert (report.faults, report.events) == ((), 4)


async def test_a_closed_window_is_in_force_nowhere(store: Store, other: Store) -> None:
    window, fresh = await store.contingency.open(ORDER)
    assert (fresh, window.in_force, window.opening) == (True, True, WORD)
    assert await other.contingency.in_force() == (
        Window(number=1, adapter="traces", mode=WindowMode.RELEASE, opened_at=window.opened_at),
    )
    closed, fresh = await other.contingency.close(1, CLOSING)
    assert (fresh, closed.in_force, closed.closing) == (True, False, CLOSING)
    assert await store.contingency.in_force() == ()
    assert await store.contingency.close(1, CLOSING) == (closed, False)
    with pytest.raises(Conflict):
        await store.contingency.close(1, replace(CLOSING, reason="another"))
    with pytest.raises(NotKnown):
        await store.contingency.close(2, CLOSING)
    again, fresh = await store.contingency.open(ORDER)
    assert (again.number, fresh) == (2, True)


async def test_a_window_whose_time_is_over_has_ended(store: Store, database_url: str) -> None:
    await store.contingency.open(ORDER)
    await put_back(database_url, 1)
    assert await store.contingency.in_force() == ()
    with pytest.raises(Conflict):
        await store.contingency.close(1, CLOSING)
    assert (await store.contingency.open(ORDER))[0].number == 2


async def test_nothing_is_decided_under_a_window_that_has_ended_meanwhile(store: Store) -> None:
    await store.contingency.open(ORDER)
    work = (await store.declarations.receive(new(), lease=True)).work
    assert work is not None
    await store.contingency.close(1, CLOSING)
    with pytest.raises(Stale):
        await store.leases.decide(work, let_through(work, 1))
    assert await store.contingency.decided_inside(1) == ()
    anew = await store.leases.reread(work)
    assert (await store.leases.decide(anew, decided(anew))).decision is not None


async def test_what_was_decided_inside_is_taken_up_once_the_window_has_ended(store: Store, database_url: str) -> None:
    await store.contingency.open(ORDER)
    ids = [await lodged(store, 1, f"LRN{n}") for n in range(3)]
    assert await store.contingency.take_afterwards(10, **AT_ONCE) == ()
    await put_back(database_url, 1)
    assert set(await store.contingency.take_afterwards(10, **AT_ONCE)) == set(ids)
    assert len(await store.contingency.take_afterwards(2, **AT_ONCE)) == 2
    later = timedelta(hours=1)
    assert set(await store.contingency.take_afterwards(10, first=later, longest=later)) == set(ids)
    assert await store.contingency.take_afterwards(10, **AT_ONCE) == ()
    listed = await store.contingency.decided_inside(1)
    assert [one.id for one in listed] == ids
    assert {one.entry.ended for one in listed} == {True}
    assert sum(one.looks for one in listed) == 8
    assert [one.id for one in await store.contingency.decided_inside(1, after=listed[0].place, limit=1)] == ids[1:2]
    window = await store.contingency.get(1)
    assert window is not None
    assert (window.decided, window.awaited, window.differing) == (3, 3, 0)


async def test_what_is_verified_or_ended_is_not_taken_up_again(store: Store) -> None:
    await store.contingency.open(ORDER)
    verified, ended = [await lodged(store, 1, lrn) for lrn in ("LRN1", "LRN2")]
    await store.contingency.close(1, CLOSING)
    assert await store.declarations.wake(verified)
    work = await store.leases.claim(verified)
    assert work is not None
    (entry,) = work.inside
    assert entry == inside(1, ended=True)
    differs = replace(entry, afterwards=Afterwards.DIFFERS)
    await store.leases.decide(work, replace(decided(work), inside=(differs,)))
    await store.steps.note(ended, event(EventKind.INVALIDATION_RECEIVED), InvalidationReceived(reason="x"))
    work = await store.leases.claim(ended)
    assert work is not None
    await store.leases.decide(work, replace(decided(work), decision=None, documents=None, state=State.INVALIDATED))
    assert await store.contingency.take_afterwards(10, **AT_ONCE) == ()
    found = {one.id: one.entry.afterwards for one in await store.contingency.decided_inside(1)}
    assert found == {verified: Afterwards.DIFFERS, ended: Afterwards.DROPPED}
    assert [one.id for one in await store.contingency.decided_inside(1, afterwards=Afterwards.DIFFERS)] == [verified]
    window = await store.contingency.get(1)
    assert window is not None
    assert (window.decided, window.awaited, window.differing) == (2, 0, 1)


async def test_no_goods_are_released_on_a_window_that_has_ended(store: Store) -> None:
    await store.contingency.open(ORDER)
    inside_it, after_it, by_override = [await lodged(store, 1, f"LRN{n}") for n in range(3)]
    released = event(EventKind.RELEASE_RECEIVED)
    await store.steps.note(inside_it, released, ReleaseReceived(order=ReleaseOrder()))
    await store.contingency.close(1, CLOSING)
    # The same release again is the one that was taken.
    await store.steps.note(inside_it, released, ReleaseReceived(order=ReleaseOrder()))
    with pytest.raises(WindowEnded):
        await store.steps.note(after_it, released, ReleaseReceived(order=ReleaseOrder()))
    override = Override(officer="one", reason="perishable")
    await store.steps.note(by_override, released, ReleaseReceived(order=ReleaseOrder(override=override)))


async def test_the_trail_of_windows_cannot_be_changed(store: Store, database_url: str) -> None:
    await store.contingency.open(ORDER)
    await store.contingency.close(1, CLOSING)
    assert (await store.audit.verify()).faults == ()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        for statement in (
            "UPDATE contingency_event SET at = now()",
            "DELETE FROM contingency_event",
            "TRUNCATE contingency_event",
        ):
            with pytest.raises(psycopg.errors.RaiseException):
                await connection.execute(statement)
        await connection.execute("ALTER TABLE contingency_event DISABLE TRIGGER ALL")
        await connection.execute("UPDATE contingency_event SET text = replace(text, 'traces', 'catch') WHERE seq = 1")
        (fault,) = (await store.audit.verify()).faults
        assert fault == "contingency windows: event 1 does not fit the events before it"
        await connection.execute("DELETE FROM contingency_event WHERE seq = 2")
        faults = (await store.audit.verify()).faults
        assert any("the chain ends at event 1" in fault for fault in faults)
        await connection.execute("DELETE FROM contingency_event")
        assert "contingency windows: all 2 events missing" in (await store.audit.verify()).faults
