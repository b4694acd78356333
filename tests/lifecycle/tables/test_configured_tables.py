"""The tables of a configuration are put into force, or asked about until a person decides."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from structlog.testing import capture_logs

from gateway.app import stored
from gateway.domain.approval import Approval, ApprovalEnding, ApprovalKind, ApprovalState
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.set_state import SetState, set_name
from gateway.lifecycle.tables.configured_tables import TOLD_EVERY_S, ConfiguredTables
from gateway.lifecycle.tables.table_publication import PublicationOrder, put_into_force
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from gateway.store import Store, UsedApproval
from tests.builders.actors import ONE, TWO
from tests.builders.story import shipped


def with_tolerance(percent: str, *, version: str = "2026.11") -> Tables:
    """The delivered tables with another tolerance for every authority, under a label that others have, too."""
    rows = {into: shipped().rows_of(into) for into in KINDS}
    return compose(
        version, {**rows, "tolerances": tuple(replace(row, percent=Decimal(percent)) for row in shipped().tolerances)}
    )


STRICT, LOOSER, LOOSEST = with_tolerance("1"), with_tolerance("5"), with_tolerance("9")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.opened(database_url, owner="test") as opened:
        await opened.table_sets.publish(stored(STRICT), by=ONE)
        yield opened


def configured(
    store: Store, tables: Tables = LOOSER, owner: str = "here/1", clock: Clock | None = None
) -> ConfiguredTables:
    return ConfiguredTables(
        table_sets=store.table_sets,
        tables=tables,
        delivered=shipped(),
        new=stored(tables),
        owner=owner,
        clock=clock or Clock(),
    )


async def waiting(store: Store, tables: Tables = LOOSER) -> list[Approval]:
    """The approvals that wait for a set."""
    found = await store.approvals.page(state=ApprovalState.OPEN, kind=ApprovalKind.TABLES)
    return [
        one
        for one in found
        if one.asked and one.asked.ordered.tables and one.asked.ordered.tables.digest == tables.digest
    ]


async def counting(store: Store) -> str | None:
    return await store.table_sets.counting()


async def approve(store: Store, one: Approval) -> None:
    assert one.asked is not None
    assert one.asked.ordered.tables is not None
    approving = UsedApproval(id=one.id, ending=ApprovalEnding(by=TWO))
    await store.table_sets.approve(one.asked.ordered.tables, by=ONE, approving=approving)


async def reject(store: Store, one: Approval) -> None:
    ending = ApprovalEnding(by=TWO, reason="no")
    await store.approvals.end(one, ApprovalState.REJECTED, ending, one.asked_at)


def ended(database_url: str) -> None:
    """As an older version left them: nobody answered in time."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE approval SET ends_at = now() WHERE state = 'open'")


async def test_it_waits_without_an_end_until_it_is_approved(store: Store) -> None:
    await configured(store).begin()
    (one,) = await waiting(store)
    assert one.ends_at is None
    publication = await configured(store).publication()
    assert (publication.state, publication.approval_id, publication.waits) == (SetState.WAITING, one.id, True)
    await approve(store, one)
    assert await counting(store) == LOOSER.digest
    assert (await configured(store).publication()).state is SetState.IN_FORCE
    await configured(store).begin()
    assert await waiting(store) == []
    assert (await store.audit.verify()).faults == ()


async def test_replicas_that_start_at_once_ask_once(store: Store) -> None:
    await asyncio.gather(*(configured(store, owner=f"replica/{number}").begin() for number in range(6)))
    assert len(await waiting(store)) == 1


async def test_what_ended_is_asked_again_at_the_next_start_and_while_it_serves(store: Store, database_url: str) -> None:
    await configured(store).begin()
    (first,) = await waiting(store)
    for again in (configured(store, owner="other/2").begin, configured(store).refresh):
        ended(database_url)
        assert await waiting(store) == []
        await again()
        (one,) = await waiting(store)
        assert one.id != first.id
    assert (await store.approvals.get(first.id) or first).ended_at is not None, "what became of it is noted"


async def test_it_is_asked_again_once_another_set_has_come_before_it(store: Store) -> None:
    here = configured(store)
    await here.begin()
    (first,) = await waiting(store)
    await store.table_sets.publish(stored(with_tolerance("2")), by=ONE)
    assert await waiting(store) == [], "it was compared with another set"
    await here.refresh()
    (again,) = await waiting(store)
    assert again.id != first.id
    assert again.asked is not None
    assert again.asked.ordered.tables is not None
    assert again.asked.ordered.tables.against == (with_tolerance("2").digest,)


async def test_what_is_void_does_not_count_as_waiting_and_can_be_erased(store: Store) -> None:
    """Without an end it would else be counted, and its words kept, for ever."""
    await configured(store).begin()
    (one,) = await waiting(store)
    assert await waiting_figure(store) == 1
    await store.table_sets.publish(stored(with_tolerance("2")), by=ONE)
    assert await waiting_figure(store) == 0
    tomorrow = (one.asked_at + timedelta(days=2)).date()
    await store.erasure.erase_personal_beside(tomorrow, by=ONE, reason="old")
    erased = await store.approvals.get(one.id)
    assert erased is not None
    assert erased.asked is not None
    assert erased.asked.ordered.tables is not None
    assert (erased.state, erased.asked.ordered.tables.reason) == (ApprovalState.VOID, "erased")
    await configured(store).begin()
    (again,) = await waiting(store)
    await reject(store, again)
    await store.erasure.erase_personal_beside(tomorrow, by=ONE, reason="old")
    await configured(store).begin()
    assert await waiting(store) == [], "which set was rejected stays known"
    assert (await store.audit.verify()).faults == ()


async def waiting_figure(store: Store) -> float:
    """How many orders are counted as waiting for a second person."""
    figures = await store.installation_figures.now()
    (found,) = [one.number for one in figures if one.figure == "gateway_approvals_waiting"]
    return found


async def test_what_loosens_no_more_comes_into_force(store: Store) -> None:
    """The set that it is compared with now is a looser one: nothing is left to be asked."""
    here = configured(store)
    await here.begin()
    await store.table_sets.publish(stored(LOOSEST), by=ONE)
    await here.refresh()
    assert await counting(store) == LOOSER.digest


async def test_a_rejection_is_final_for_this_set_and_another_is_asked_about(store: Store, database_url: str) -> None:
    await configured(store).begin()
    (one,) = await waiting(store)
    await reject(store, one)
    ended(database_url)
    for again in (configured(store).begin, configured(store).refresh):
        await again()
        assert await waiting(store) == []
    publication = await configured(store).publication()
    assert (publication.state, publication.approval_id, publication.waits) == (SetState.REJECTED, one.id, False)
    # It does not come by another way, either.
    await store.table_sets.publish(stored(LOOSEST), by=ONE)
    await configured(store).refresh()
    assert await counting(store) == LOOSEST.digest
    await store.table_sets.publish(stored(STRICT), by=ONE)
    await configured(store, LOOSEST).begin()
    assert await waiting(store, LOOSEST) == [], "it was put into force before: it is not brought back"
    other = with_tolerance("7")
    await configured(store, other).begin()
    assert len(await waiting(store, other)) == 1


async def test_a_person_may_ask_again_about_what_was_rejected(store: Store) -> None:
    await configured(store).begin()
    await reject(store, (await waiting(store))[0])
    order = PublicationOrder(by=ONE, reason="agreed since", approval_id="00000000-0000-0000-0000-000000000001")
    asked = await put_into_force(store.table_sets, LOOSER, delivered=shipped(), new=None, order=order)
    assert isinstance(asked, Approval)
    publication = await configured(store).publication()
    assert (publication.state, publication.approval_id, publication.since) == (
        SetState.WAITING,
        asked.id,
        asked.asked_at,
    )


async def test_an_order_for_later_waits_as_it_is(store: Store) -> None:
    """Whoever ordered it said from when: a start asks for nothing else beside it."""
    later = (await waiting_order(store)).asked
    await configured(store).begin()
    (one,) = await waiting(store)
    assert one.asked == later


async def waiting_order(store: Store) -> Approval:
    at = (await configured(store).publication()).since
    assert at is None, "it is not stored yet"
    (counts,) = [one for one in await store.table_sets.switches() if one.counts]
    assert counts.in_force_at is not None
    order = PublicationOrder(
        by=ONE,
        at=counts.in_force_at + timedelta(days=30),
        reason="meant",
        approval_id="00000000-0000-0000-0000-000000000002",
    )
    asked = await put_into_force(store.table_sets, LOOSER, delivered=shipped(), new=stored(LOOSER), order=order)
    assert isinstance(asked, Approval)
    return asked


async def test_the_log_tells_of_it_at_the_start_and_daily(store: Store) -> None:
    clock = Clock()
    here = configured(store, clock=clock)
    told = []
    for now_s in (0.0, 3600.0, TOLD_EVERY_S, TOLD_EVERY_S + 3600.0, 2 * TOLD_EVERY_S):
        clock.now_s = now_s
        with capture_logs() as lines:
            await (here.begin() if not now_s else here.refresh())
        told.append([(one["event"], one["tables"]) for one in lines])
    line = ("tables_wait", set_name(LOOSER.version, LOOSER.digest))
    assert told == [[line], [], [line], [], [line]]
    with capture_logs() as lines:
        await configured(store, owner="next/1").begin()
    assert [one["event"] for one in lines] == ["tables_wait"]
    await reject(store, (await waiting(store))[0])
    clock.now_s += TOLD_EVERY_S
    with capture_logs() as lines:
        await here.refresh()
    assert [one["event"] for one in lines] == ["tables_rejected"]


async def test_a_set_that_is_ordered_for_later_does_not_stop_a_start(store: Store) -> None:
    """What follows loosens the configured set: nobody can be asked about it before that, and it is said."""
    at = (await store.table_sets.switches())[0].stored_at + timedelta(days=30)
    await store.table_sets.publish(stored(LOOSEST), by=ONE, at=at)
    wider = compose("wider", {into: LOOSER.rows_of(into) for into in KINDS} | {"tolerances": LOOSER.tolerances})
    with capture_logs() as lines:
        await configured(store, wider).begin()
    assert [one["event"] for one in lines] == ["tables_not_asked"]
    assert await counting(store) == STRICT.digest


async def test_figures_say_since_when_it_waits(store: Store, database_url: str) -> None:
    here = configured(store)
    assert [(one.figure, one.number) for one in await here.figures()] == [
        ("gateway_tables_waiting", 1.0),
        ("gateway_tables_rejected", 0.0),
    ]
    await here.begin()
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE table_set SET stored_at = now() - interval '5 hours' WHERE digest = %s", [LOOSER.digest]
        )
    ended(database_url)
    await here.refresh()
    (figure, _) = await here.figures()
    assert figure.labels == (here.name,)
    assert figure.oldest_s is not None
    assert 5 * 3600 <= figure.oldest_s < 6 * 3600, "since it was asked about first"
    await reject(store, (await waiting(store))[0])
    assert [one.number for one in await here.figures()] == [0.0, 1.0]


def test_two_sets_never_have_one_name() -> None:
    names = {set_name(one.version, one.digest) for one in (STRICT, LOOSER, LOOSEST)}
    assert len(names) == 3
    assert all(one.startswith("2026.11 (") for one in names)
