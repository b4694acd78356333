"""Two steps of one declaration at once, on two replicas: who comes second sees the first, and nothing moves on what is over.

Both have read the declaration, and wait for its row, which the test holds; they are let go in the order in which they came.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from gateway.domain.decision import Effect
from gateway.domain.errors import Conflict, NotKnown, SecondNeeded
from gateway.domain.events import EventKind
from gateway.domain.permission import Asker, Role
from gateway.domain.record import OfficerVerification, Record, State
from gateway.domain.release import ReleaseOrder
from gateway.domain.verification import DocumentStatus
from gateway.lifecycle import Lifecycle
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.goods import JSON, KIND, goods, message, milk
from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import Office, effect, invalidating, mrn_of

CHED, OTHER, MISSING = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002", "CHEDP.FR.2026.9000009"
LRN = "RACE"
MRN = mrn_of(LRN)
TRADER = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset({"FR12345678901234"}))

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
"""


@asynccontextmanager
async def held(office: Office, record_id: str) -> "AsyncIterator[psycopg.AsyncConnection[Any]]":
    """Keeps everybody from the declaration's row until it is left."""
    async with await psycopg.AsyncConnection.connect(office.url) as holding:
        await holding.execute("SELECT 1 FROM declaration WHERE id = %s FOR UPDATE", [record_id])
        async with await psycopg.AsyncConnection.connect(office.url, autocommit=True) as watching:
            yield watching


async def race(office: Office, record_id: str, first: Awaitable[Any], second: Awaitable[Any]) -> list[Any]:
    """Has two steps wait for the row, one behind the other, and gives what they come to."""
    begun = []
    async with held(office, record_id) as watching:
        for number, step in enumerate((first, second), 1):
            begun.append(asyncio.ensure_future(step))
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    row = await (await watching.execute(WAITING)).fetchone()
                    assert not begun[-1].done(), begun[-1]
                    if row is not None and row[0] >= number:
                        break
    came = await asyncio.gather(*begun, return_exceptions=True)
    await office.settled(record_id)
    return came


@pytest.fixture
async def other(office: Office) -> Lifecycle:
    """Another replica."""
    return (await office.open()).lifecycle


def verified(reference: str, outcome: DocumentStatus = DocumentStatus.VALID) -> OfficerVerification:
    return OfficerVerification(
        type=KIND,
        reference=reference,
        outcome=outcome,
        means="paper",
        reason="seen",
        officer="one",
        at=datetime.now(UTC),
    )


def amend(lifecycle: Lifecycle, record: Record, *takes: Any) -> Awaitable[Any]:
    raw = message(LRN, goods(*takes), mrn=record.mrn, version=2)
    return lifecycle.lodging.amend(record.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)


@pytest.mark.parametrize("first", ["verification", "amendment"])
async def test_an_officer_s_word_beside_an_amendment_that_drops_the_document(
    office: Office, other: Lifecycle, first: str
) -> None:
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(MISSING)))
    word = office.lifecycle.steps.take_verification(record.id, verified(MISSING), by=ONE, second=TWO)
    change = amend(other, record, milk(OTHER))
    came = await race(office, record.id, *((word, change) if first == "verification" else (change, word)))
    after = await office.settled(record.id)
    assert (after.current_version, effect(after)) == (2, Effect.RELEASE)
    assert [(one.reference, one.verified_by) for one in after.documents] == [(OTHER, "authority")]
    assert not any(isinstance(one, BaseException) for one in came), came
    assert {line.version for line in await office.lifecycle.movements(record.id)} == {2}
    await office.must_be_sound()


@pytest.mark.parametrize("first", ["verification", "amendment"])
async def test_a_word_does_not_outlive_an_amendment_that_it_did_not_see(
    office: Office, other: Lifecycle, first: str
) -> None:
    """Of two officers, so that nothing but the version is left to tell it by."""
    record = await office.lodge(LRN, goods(milk(MISSING, "10")))
    word = office.lifecycle.steps.take_verification(record.id, verified(MISSING), by=ONE, second=TWO)
    change = amend(other, record, milk(MISSING, "500"))
    await race(office, record.id, *((word, change) if first == "verification" else (change, word)))
    after = await office.settled(record.id)
    assert (after.current_version, effect(after)) == (2, Effect.HOLD)
    assert [one.verified_by for one in after.documents] != ["officer"]
    assert await office.lifecycle.movements(record.id) == ()


@pytest.mark.parametrize("first", ["verification", "amendment"])
async def test_one_officer_s_word_is_judged_by_what_stands_once_it_comes_second(
    office: Office, other: Lifecycle, first: str
) -> None:
    record = await office.lodge(LRN, goods(milk(MISSING)))
    word = office.lifecycle.steps.take_verification(record.id, verified(MISSING, DocumentStatus.REFUSED), by=ONE)
    change = amend(other, record, milk(OTHER))
    came = await race(office, record.id, *((word, change) if first == "verification" else (change, word)))
    if first == "amendment":
        assert isinstance(came[1], NotKnown), "the version that stands does not cite it"
    after = await office.settled(record.id)
    assert (after.current_version, effect(after)) == (2, Effect.HOLD)
    assert MISSING not in {one.reference for one in after.documents}


@pytest.mark.parametrize("first", ["verification", "invalidation"])
async def test_an_officer_s_word_beside_an_invalidation(office: Office, other: Lifecycle, first: str) -> None:
    record = await office.lodge(LRN, goods(milk(MISSING)))
    word = office.lifecycle.steps.take_verification(record.id, verified(MISSING), by=ONE, second=TWO)
    ending = invalidating(other, record.id)
    came = await race(office, record.id, *((word, ending) if first == "verification" else (ending, word)))
    assert isinstance(came[1], Conflict) is (first == "invalidation")
    assert (await office.settled(record.id)).state is State.INVALIDATED
    assert await office.lifecycle.movements(record.id) == ()


@pytest.mark.parametrize("first", ["confirmation", "amendment"])
async def test_a_confirmation_beside_an_amendment(office: Office, other: Lifecycle, first: str) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    office.authority.frame.documents.put(CHED, {"status": "41"})
    record = await office.lodge(LRN, goods(milk(CHED)))
    assert effect(record) is Effect.REFUSE
    yes = office.lifecycle.steps.confirm(record.id, by=ONE)
    change = amend(other, record, milk(OTHER))
    came = await race(office, record.id, *((yes, change) if first == "confirmation" else (change, yes)))
    after = await office.settled(record.id)
    assert (after.current_version, effect(after)) == (2, Effect.RELEASE)
    assert not after.confirmed, "nobody confirmed the decision that stands"
    if first == "amendment":
        assert isinstance(came[1], Conflict), came


@pytest.mark.parametrize("first", ["invalidation", "acceptance"])
async def test_a_trader_s_invalidation_beside_customs_acceptance(office: Office, other: Lifecycle, first: str) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await pre_accepted(office, milk(CHED))
    ending = office.lifecycle.steps.invalidate(record.id, reason="sold elsewhere", by=CUSTOMS, asker=TRADER)
    accepting = accept(other, record)
    came = await race(office, record.id, *((ending, accepting) if first == "invalidation" else (accepting, ending)))
    after = await office.settled(record.id)
    if first == "invalidation":
        assert isinstance(came[1], Conflict), came
        assert (after.state, office.authority.held(CHED, MRN)) == (State.INVALIDATED, None)
        assert await office.lifecycle.movements(record.id) == ()
    else:
        assert came[1].application is not None, "accepted meanwhile: it is an application"
        assert after.state is State.DECIDED
        assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))


async def pre_accepted(office: Office, *takes: Any) -> Record:
    raw = message(LRN, goods(*takes), mrn=None)
    lodged = await office.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(lodged.id)


def accept(lifecycle: Lifecycle, record: Record) -> Awaitable[Any]:
    at = datetime.now(UTC) - timedelta(seconds=1)
    return lifecycle.steps.accept(record.id, mrn=MRN, accepted_at=at, by=CUSTOMS, asker=AS_CUSTOMS)


@pytest.mark.parametrize("first", ["verification", "acceptance"])
async def test_an_officer_s_word_beside_the_acceptance(office: Office, other: Lifecycle, first: str) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await pre_accepted(office, milk(MISSING), milk(CHED))
    word = office.lifecycle.steps.take_verification(record.id, verified(MISSING), by=ONE, second=TWO)
    accepting = accept(other, record)
    came = await race(office, record.id, *((word, accepting) if first == "verification" else (accepting, word)))
    assert not any(isinstance(one, BaseException) for one in came), came
    after = await office.settled(record.id)
    assert (after.mrn, effect(after)) == (MRN, Effect.RELEASE)
    assert {one.reference: one.verified_by for one in after.documents} == {MISSING: "officer", CHED: "authority"}
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    await office.must_be_sound()


@pytest.mark.parametrize("first", ["confirmation", "acceptance"])
async def test_a_confirmation_beside_the_acceptance_is_of_no_decision_that_was_made_later(
    office: Office, other: Lifecycle, first: str
) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.frame.documents.put(CHED, {"status": "41"})
    record = await pre_accepted(office, milk(CHED))
    assert effect(record) is Effect.REFUSE
    yes, accepting = office.lifecycle.steps.confirm(record.id, by=ONE), accept(other, record)
    await race(office, record.id, *((yes, accepting) if first == "confirmation" else (accepting, yes)))
    after = await office.settled(record.id)
    events = await office.store.declarations.events(record.id)
    assert after.decision is not None
    confirmed = [one.body()["number"] for one in events if one.kind is EventKind.CONFIRMED]
    # What was confirmed stays so while nothing else is refused: both decisions refuse the very same.
    assert after.decision.decision.effect is Effect.REFUSE
    assert set(confirmed) <= {1, after.decision.number}
    assert after.confirmed is bool(confirmed), (after.decision.number, confirmed)
    assert office.authority.held(CHED, MRN) is None


@pytest.mark.parametrize("first", ["invalidation", "amendment"])
async def test_an_invalidation_beside_an_amendment(office: Office, other: Lifecycle, first: str) -> None:
    for reference in (CHED, OTHER):
        office.authority.issue(reference, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    ending = invalidating(office.lifecycle, record.id)
    change = amend(other, record, milk(OTHER))
    came = await race(office, record.id, *((ending, change) if first == "invalidation" else (change, ending)))
    assert isinstance(came[1], Conflict) is (first == "invalidation"), came
    after = await office.settled(record.id)
    assert after.state is State.INVALIDATED
    assert after.current_version == (1 if first == "invalidation" else 2)
    assert [office.authority.held(reference, MRN) for reference in (CHED, OTHER)] == [None, None]
    await office.must_be_sound()


@pytest.mark.parametrize("first", ["release", "amendment"])
async def test_a_release_beside_an_amendment(office: Office, other: Lifecycle, first: str) -> None:
    for reference in (CHED, OTHER):
        office.authority.issue(reference, ("0401", "500", "KGM"))
    record = await office.lodge(LRN, goods(milk(CHED)))
    going = office.lifecycle.steps.release(record.id, ReleaseOrder(), by=ONE)
    change = amend(other, record, milk(OTHER, "30"))
    came = await race(office, record.id, *((going, change) if first == "release" else (change, going)))
    after = await office.settled(record.id)
    assert after.current_version == 2, came
    if first == "amendment":
        assert isinstance(came[1], Conflict), "nobody has decided on that version yet"
    else:
        (step,) = await office.store.steps.of(record.id)
        assert step.outcome is not None
        assert (step.outcome.done, step.outcome.reason) == (False, "overtaken")
    assert (after.state, office.authority.held(OTHER, MRN)) == (State.DECIDED, ("reserved", Decimal(30)))
    assert office.authority.held(CHED, MRN) is None
    await office.must_be_sound()


async def test_what_takes_a_second_officer_is_not_asked_for_one_who_acts_alone(office: Office) -> None:
    office.authority.issue(OTHER, ("0401", "500", "KGM"), status="64")
    record = await office.lodge(LRN, goods(milk(OTHER)))
    with pytest.raises(SecondNeeded):
        await office.lifecycle.steps.take_verification(record.id, verified(OTHER), by=ONE, alone=True)
    assert await office.lifecycle.approvals.page() == ()
