"""The time at which a limit of the law is acted on: taken by one process for a while, and moved by nothing else."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from msgspec import structs

import gateway.store
from gateway.domain.declaration import Kind
from gateway.domain.events import EventKind
from gateway.domain.record import State
from gateway.store import AcceptanceReceived, AssessmentRequested, Erased, Lapsed, NewDeclaration, Store
from tests.builders.actors import CUSTOMS
from tests.builders.lodging import NOW, decided, declaration, event, new

DUE = datetime(2026, 12, 31, 23, tzinfo=UTC)
AGAIN = timedelta(minutes=5)
MRN = "26FR00000000000010"


def pre_lodged(due: datetime | None = DUE, lrn: str = "LRN1") -> NewDeclaration:
    what = structs.replace(declaration(lrn), kind=Kind.PRE_LODGED, customs_office="FR001260")
    return replace(new(what), clock_due_at=due)


def due_at(url: str, record_id: str) -> datetime | None:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT clock_due_at FROM declaration WHERE id = %s", (record_id,)).fetchone()
    assert row is not None
    found: datetime | None = row[0]
    return found


async def test_a_time_that_has_come_is_taken_by_one_process_for_a_while(
    store: Store, other: Store, database_url: str
) -> None:
    now = datetime.now(UTC)
    over, later, none = pre_lodged(now - AGAIN), pre_lodged(now + AGAIN, "LRN2"), pre_lodged(None, "LRN3")
    for one in (over, later, none):
        assert (await store.declarations.receive(one, lease=False)).outcome == "new"

    (taken,) = await store.clocks.take(10, again=AGAIN)

    assert (taken.id, taken.kind, taken.office, taken.received_at) == (over.id, Kind.PRE_LODGED, "FR001260", NOW)
    assert not taken.accepted
    assert not taken.ended
    assert await other.clocks.take(10, again=AGAIN) == (), "it comes up again only after a while"
    await store.clocks.set(over.id, datetime.now(UTC))
    assert [one.id for one in await other.clocks.take(10, again=AGAIN)] == [over.id]
    await other.clocks.set(over.id, None)
    assert due_at(database_url, over.id) is None
    await store.clocks.set("no id", None)


async def test_no_claim_no_step_and_no_erasure_moves_it(store: Store, other: Store, database_url: str) -> None:
    what = pre_lodged()
    work = (await store.declarations.receive(what, lease=True)).work
    assert work is not None
    stands = []

    async def note(name: str) -> None:
        stands.append((name, due_at(database_url, what.id)))

    await note("received under a lease")
    await store.leases.decide(work, decided(work, assess_at=NOW))
    await note("decided")
    assert await store.leases.take_due(5)
    await note("taken for another assessment")
    await store.leases.release_all()
    assert await other.leases.sweep(5)
    await note("taken from its holder")
    await store.steps.note(
        what.id, event(EventKind.ASSESSMENT_REQUESTED), AssessmentRequested(pause=timedelta(), by=CUSTOMS)
    )
    await note("asked for anew")
    await store.steps.note(what.id, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn=MRN, accepted_at=NOW))
    await note("accepted")
    assert {at for _, at in stands} == {DUE}, stands


async def test_a_lapse_and_an_erasure_leave_it_as_it_is(store: Store, database_url: str) -> None:
    what = pre_lodged()
    work = (await store.declarations.receive(what, lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work))
    await store.steps.note(what.id, event(EventKind.LAPSED), Lapsed())
    assert due_at(database_url, what.id) == DUE

    await store.erasure.erase(what.id, Erased.CONTENT, at=NOW, by=CUSTOMS, reason="old")

    assert due_at(database_url, what.id) == DUE
    record = await store.declarations.get(what.id)
    assert record is not None
    assert record.state is State.LAPSED
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE declaration SET clock_due_at = now()")
    (taken,) = await store.clocks.take(5, again=AGAIN)
    assert (taken.ended, taken.office) == (True, "FR001260"), "who has ended is found as well: limits may outlast it"


@pytest.mark.parametrize("path", sorted(Path(gateway.store.__file__).parent.glob("*.sql")), ids=lambda one: one.name)
def test_only_its_own_statements_and_the_receipt_write_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert bool(re.search(r"clock_due_at", text)) == (path.name in {"clocks.sql", "declarations.sql"})
    if path.name == "declarations.sql":
        assert "clock_due_at =" not in text, "a receipt inserts it, and nothing there sets it"
