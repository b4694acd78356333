"""A set of tables that comes into force in the middle of a look: one set from plan to decision, and nothing moved twice."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.simulation.holds import When
from gateway.app import stored
from gateway.contract import MovementKind
from gateway.domain.decision import Effect
from gateway.domain.release import ReleaseOrder
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import QuantityMode
from gateway.lifecycle import ScheduledSet
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.authority import READ, RESERVE, WRITE_OFF
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until

CHED = "CHEDP.FR.2026.9000001"


@pytest.fixture
def other(office: Office) -> Tables:
    """Tables of another digest, by which a CHED carries no quantity."""
    shipped = office.rules.tables
    routes = tuple(replace(route, quantity=QuantityMode.NONE) for route in shipped.routes)
    return compose("other", {**{into: shipped.rows_of(into) for into in KINDS}, "routes": routes})


@pytest.fixture
def new(office: Office) -> Tables:
    """The same tables, under another version."""
    return compose("new", {into: office.rules.tables.rows_of(into) for into in KINDS})


async def switch(office: Office, tables: Tables) -> None:
    """Puts a set into force, as a replica does that has read it."""
    await office.store.table_sets.publish_new(stored(tables), by=ONE, reason="test")
    office.first.tables.announce([ScheduledSet(0.0, tables)])


async def test_what_was_asked_under_the_old_set_is_planned_and_judged_under_the_new_one(
    office: Office, other: Tables
) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    office.authority.hold(When.BEFORE, READ)
    lodged = await office.lifecycle.lodging.lodge(
        message("ASKED", goods(milk(CHED)), mrn=mrn_of("ASKED")), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    await switch(office, other)
    switched_at = datetime.now(UTC)
    office.authority.frame.holds.release()
    record = await office.settled(lodged.id)
    assert record.decision is not None
    assert record.decision.decided_at > switched_at
    assert record.decision.decision.rules.digest == other.digest
    assert effect(record) is Effect.RELEASE
    assert await office.own_positions(record.id) == ()
    assert office.authority.left(CHED) == 300


async def test_what_was_moved_under_the_old_set_stands_and_is_judged_under_the_new_one(
    office: Office, new: Tables
) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    office.authority.hold(When.BEFORE, RESERVE)
    lodged = await office.lifecycle.lodging.lodge(
        message("MOVED", goods(milk(CHED)), mrn=mrn_of("MOVED")), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    await switch(office, new)
    office.authority.frame.holds.release()
    record = await office.settled(lodged.id)
    assert record.decision is not None
    assert record.decision.decision.rules.digest == new.digest
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    assert office.authority.held(CHED, mrn_of("MOVED")) == ("reserved", Decimal(100))
    assert [one.kind for one in await office.lifecycle.movements(record.id)] == [MovementKind.RESERVE]
    kinds = [event.kind for event in await office.lifecycle.events(record.id)]
    assert len(kinds) == len(set(kinds)), "what was moved is told once"


async def test_a_release_in_the_middle_of_which_the_set_changes_is_carried_out_once(
    office: Office, new: Tables
) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    record = await office.lodge("RELEASED", goods(milk(CHED)))
    office.authority.hold(When.BEFORE, WRITE_OFF)
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    await until(lambda: office.authority.frame.holds.held == 1)
    await switch(office, new)
    office.authority.frame.holds.release()
    await office.settled(record.id)
    outcome = (await office.store.steps.of(record.id))[-1].outcome
    assert outcome is not None
    assert outcome.done
    assert office.authority.held(CHED, mrn_of("RELEASED")) == ("consumed", Decimal(100))
