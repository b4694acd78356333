"""Each step of a declaration is one commit, and who lost the lease or the thread commits nothing."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from gateway.domain.codec import content_digest, encode
from gateway.domain.decision import DocumentOutcome, Effect, NumberedDecision
from gateway.domain.errors import Conflict, LeaseLost, Stale
from gateway.domain.events import GENESIS, EventKind, chain
from gateway.domain.record import OfficerVerification, State
from gateway.domain.verification import DocumentStatus
from gateway.store import (
    AcceptanceReceived,
    Confirmed,
    InvalidationReceived,
    Lapsed,
    Outcome,
    Store,
    VerificationReceived,
)
from tests.builders.lists import find
from tests.builders.lodging import MILK, NOW, decided, declaration, event, evidence, new, outcome_of

MRN = "26FR00000000000010"
LATER = NOW + timedelta(hours=1)


def word_of(reason: str) -> OfficerVerification:
    return OfficerVerification(
        type=MILK.type,
        reference=MILK.reference,
        outcome=DocumentStatus.VALID,
        means="paper",
        reason=reason,
        officer="o1",
        at=NOW,
    )


def decision_documents(numbered: NumberedDecision | None) -> tuple[DocumentOutcome, ...]:
    return numbered.decision.documents if numbered else ()


async def someone_waits_for_a_lock(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection, asyncio.timeout(30):
        while True:
            cursor = await connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if await cursor.fetchone():
                return


async def test_a_declaration_is_received_and_decided(store: Store) -> None:
    lodged = new()
    received = await store.declarations.receive(lodged, lease=True)
    assert received.work is not None
    before = await store.declarations.get(lodged.id)
    assert before is not None
    assert (before.state, before.due, before.decision) == (State.PROCESSING, True, None)

    record = await store.leases.decide(received.work, decided(received.work))
    after = await store.declarations.get(lodged.id)
    assert after == record
    assert (record.state, record.due, record.event_seq) == (State.DECIDED, False, 3)
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.RELEASE
    assert [d.status for d in record.documents] == [DocumentStatus.VALID]
    assert await store.declarations.declaration(lodged.id, 1) == lodged.declaration
    assert (await store.leases.backlog())[0] == 0


async def test_events_form_one_chain(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work))
    events = await store.declarations.events(lodged.id)
    assert [e.kind for e in events] == [EventKind.RECEIVED, EventKind.DOCUMENTS_VERIFIED, EventKind.DECIDED]
    head = GENESIS
    for sealed in events:
        head = chain(head, sealed.text)
        assert sealed.hash == head
    assert await store.declarations.events(lodged.id, after=2) == events[2:]


async def test_of_twins_one_is_new(store: Store, other: Store) -> None:
    what = declaration()
    outcomes = await asyncio.gather(
        *((store, other)[i % 2].declarations.receive(new(what), lease=True) for i in range(20))
    )
    assert sorted(o.outcome for o in outcomes) == ["new"] + ["same"] * 19
    assert len({o.id for o in outcomes}) == 1


async def test_other_content_under_the_same_name_is_told_apart(store: Store) -> None:
    first = await store.declarations.receive(new(), lease=False)
    second = await store.declarations.receive(new(declaration(customs_office="FR000002")), lease=False)
    assert (second.outcome, second.id) == ("other_content", first.id)


async def test_one_mrn_is_one_declaration(store: Store) -> None:
    await store.declarations.receive(new(declaration(mrn=MRN)), lease=False)
    with pytest.raises(Conflict):
        await store.declarations.receive(new(declaration("LRN2", mrn=MRN)), lease=False)
    await store.steps.note((await find(store, mrn=MRN))[0][0].id, event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW))
    third = new(declaration("LRN3"))
    await store.declarations.receive(third, lease=False)
    with pytest.raises(Conflict):
        await store.steps.note(
            third.id, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn=MRN, accepted_at=NOW)
        )
    assert len(await store.declarations.events(third.id)) == 1


async def test_a_step_that_came_in_between_makes_the_decision_stale(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.steps.note(
        lodged.id, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn=MRN, accepted_at=NOW)
    )
    with pytest.raises(Stale):
        await store.leases.decide(work, decided(work))
    assert await store.declarations.evidence(lodged.id, evidence(b"answer").digest) is None
    again = await store.leases.reread(work)
    assert (again.accepted_at, again.mrn, again.event_seq) == (NOW, MRN, 2)
    record = await store.leases.decide(again, decided(again))
    assert (record.mrn, record.accepted_at, record.due) == (MRN, NOW, False)


async def test_who_lost_the_lease_commits_nothing(database_url: str, other: Store) -> None:
    quick = await Store.open(database_url, owner="quick", lease_s=0.001)
    try:
        lodged = new()
        work = (await quick.declarations.receive(lodged, lease=True)).work
        assert work is not None
        assert await other.leases.claim(lodged.id) is None
        taken = await other.leases.take_lost()
        assert taken is not None
        with pytest.raises(LeaseLost):
            await quick.leases.decide(work, decided(work))
        with pytest.raises(LeaseLost):
            await quick.leases.reread(work)
        assert (await other.leases.decide(taken, decided(taken))).decision is not None
        assert len(await other.declarations.events(lodged.id)) == 3
    finally:
        await quick.close()


async def test_a_lease_that_is_held_is_not_taken_and_renewal_names_what_was_lost(
    database_url: str, store: Store, other: Store
) -> None:
    held = new()
    await store.declarations.receive(held, lease=True)
    assert await other.leases.claim(held.id) is None
    assert await store.leases.renew() == []
    await store.leases.release_all()
    assert await other.leases.claim(held.id) is not None
    assert await store.leases.renew() == []
    quick = await Store.open(database_url, owner="quick", lease_s=0.001)
    try:
        lost = new(declaration("LRN2"))
        await quick.declarations.receive(lost, lease=True)
        assert await other.leases.take_lost() is not None
        assert await quick.leases.renew() == [lost.id]
    finally:
        await quick.close()


async def test_two_sweeps_never_take_the_same(store: Store, other: Store) -> None:
    for number in range(30):
        await store.declarations.receive(new(declaration(f"LRN{number}")), lease=False)
    swept = await asyncio.gather(*((store, other)[i % 2].leases.sweep(10) for i in range(6)))
    ids = [work.id for works in swept for work in works]
    assert len(ids) == len(set(ids)) == 30
    assert await store.leases.sweep(10) == []


async def test_what_cannot_be_read_keeps_nothing_else_waiting(store: Store, database_url: str) -> None:
    broken, sound = new(), new(declaration("LRN2"))
    for one in (broken, sound):
        await store.declarations.receive(one, lease=False)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(
            "UPDATE declaration_version SET model = '{}' WHERE declaration_id = %s::uuid", [broken.id]
        )
    assert [work.id for work in await store.leases.sweep(10)] == [sound.id]
    assert await store.leases.claim(broken.id) is None
    record = await store.declarations.get(sound.id)
    assert record is not None
    assert record.due


async def test_an_amendment_supersedes(store: Store) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    second = declaration(version=2, customs_office="FR000002")
    documents = (outcome_of(DocumentStatus.UNDETERMINED, Effect.HOLD),)

    async def add() -> int | None:
        return await store.declarations.add_version(
            lodged.id,
            declaration=second,
            digest=content_digest(second),
            raw=evidence(b"two"),
            documents=documents,
            event=event(EventKind.AMENDMENT_RECEIVED),
        )

    assert sorted(await asyncio.gather(add(), add()), key=str) == [2, None]
    old, newest = await store.declarations.get(lodged.id, 1), await store.declarations.get(lodged.id)
    assert old is not None
    assert newest is not None
    assert (old.state, newest.version, newest.current_version) == (State.SUPERSEDED, 2, 2)
    assert await store.declarations.digest(lodged.id, 2) == content_digest(second)


async def test_an_officers_word_and_an_invalidation_reach_the_holder(store: Store) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    word = word_of("original seen")
    await store.steps.note(lodged.id, event(EventKind.VERIFIED_BY_OFFICER), VerificationReceived(verification=word))
    await store.steps.note(lodged.id, event(EventKind.INVALIDATION_RECEIVED), InvalidationReceived(reason="withdrawn"))
    work = await store.leases.claim(lodged.id)
    assert work is not None
    assert work.officer_verifications == (word,)
    assert work.invalidating


async def test_confirmation_and_lapse_are_not_due(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work, effect=Effect.REFUSE))
    await store.steps.note(lodged.id, event(EventKind.CONFIRMED), Confirmed(officer="o1"))
    record = await store.declarations.get(lodged.id)
    assert record is not None
    assert (record.confirmed, record.due) == (True, False)
    assert await store.declarations.wake(lodged.id)
    assert not await store.declarations.wake(lodged.id)
    await store.steps.note(lodged.id, event(EventKind.LAPSED), Lapsed())
    record = await store.declarations.get(lodged.id)
    assert record is not None
    assert record.state is State.LAPSED


async def test_what_came_before_the_lease_is_read_with_it(store: Store, database_url: str) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    word = word_of("original seen")
    async with await psycopg.AsyncConnection.connect(database_url) as slow:
        await slow.execute("UPDATE declaration SET event_seq = 2 WHERE id = %s", [lodged.id])
        claiming = asyncio.create_task(store.leases.claim(lodged.id))
        await someone_waits_for_a_lock(database_url)
        await slow.execute(
            "INSERT INTO officer_verification VALUES (%s, 2, %s, %s, %s)",
            [lodged.id, word.type, word.reference, encode(word).decode()],
        )
    work = await claiming
    assert work is not None
    assert (work.event_seq, work.officer_verifications) == (2, (word,))


async def test_work_wanted_while_somebody_looks_is_not_lost(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    assert await store.declarations.wake(lodged.id)
    assert await store.leases.claim(lodged.id) is None
    assert (await store.leases.decide(work, decided(work))).due
    again = await store.leases.claim(lodged.id)
    assert again is not None
    assert not (await store.leases.decide(again, decided(again))).due


async def test_the_same_step_again_changes_nothing(store: Store) -> None:
    lodged = new()
    await store.declarations.receive(lodged, lease=False)
    acceptance = AcceptanceReceived(mrn=MRN, accepted_at=NOW)
    steps = [
        store.steps.note(lodged.id, event(EventKind.ACCEPTANCE_RECEIVED), acceptance),
        store.steps.note(lodged.id, event(EventKind.ACCEPTANCE_RECEIVED), acceptance),
    ]
    assert await asyncio.gather(*steps) == [2, 2]
    for other in (AcceptanceReceived(mrn=MRN[::-1], accepted_at=NOW), AcceptanceReceived(mrn=MRN, accepted_at=LATER)):
        with pytest.raises(Conflict):
            await store.steps.note(lodged.id, event(EventKind.ACCEPTANCE_RECEIVED), other)
    said = VerificationReceived(verification=word_of("original seen"))
    assert await store.steps.note(lodged.id, event(EventKind.VERIFIED_BY_OFFICER), said) == 3
    assert await store.steps.note(lodged.id, event(EventKind.VERIFIED_BY_OFFICER), said) == 3
    corrected = VerificationReceived(verification=word_of("copy seen"))
    assert await store.steps.note(lodged.id, event(EventKind.VERIFIED_BY_OFFICER), corrected) == 4
    assert await store.steps.note(lodged.id, event(EventKind.LAPSED), Lapsed()) == 4
    work = await store.leases.claim(lodged.id)
    assert work is not None
    assert work.officer_verifications == (corrected.verification,)


async def test_a_lapse_takes_the_work_away_and_nothing_follows(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.steps.note(lodged.id, event(EventKind.LAPSED), Lapsed())
    with pytest.raises(LeaseLost):
        await store.leases.decide(work, decided(work))
    record = await store.declarations.get(lodged.id)
    assert record is not None
    assert (record.state, record.due) == (State.LAPSED, False)
    assert not await store.declarations.wake(lodged.id)
    with pytest.raises(Conflict):
        await store.steps.note(lodged.id, event(), InvalidationReceived(reason="late"))


async def test_an_invalidation_ends_it_and_keeps_what_was_decided(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    decision = (await store.leases.decide(work, decided(work))).decision
    invalidation = InvalidationReceived(reason="withdrawn")
    assert await store.steps.note(lodged.id, event(EventKind.INVALIDATION_RECEIVED), invalidation) == 4
    with pytest.raises(Conflict):
        await store.steps.note(lodged.id, event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW))
    work = await store.leases.claim(lodged.id)
    assert work is not None
    ended = Outcome(
        decision=None, documents=None, events=(event(EventKind.INVALIDATED),), evidence=(), state=State.INVALIDATED
    )
    record = await store.leases.decide(work, ended)
    assert record == await store.declarations.get(lodged.id)
    assert (record.state, record.decision, record.documents) == (
        State.INVALIDATED,
        decision,
        decision_documents(decision),
    )
    assert await store.steps.note(lodged.id, event(), invalidation) == 5


async def test_a_new_decision_wants_a_new_confirmation(store: Store) -> None:
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    with pytest.raises(Conflict):
        await store.steps.note(lodged.id, event(EventKind.CONFIRMED), Confirmed(officer="o1"))
    await store.leases.decide(work, decided(work, effect=Effect.REFUSE))
    await store.steps.note(lodged.id, event(EventKind.CONFIRMED), Confirmed(officer="o1"))
    await store.declarations.wake(lodged.id)
    work = await store.leases.claim(lodged.id)
    assert work is not None
    assert not (await store.leases.decide(work, decided(work))).confirmed


@pytest.mark.parametrize(
    "change", [Confirmed(officer="o1"), VerificationReceived(verification=word_of("seen"))], ids=repr
)
async def test_what_was_judged_on_a_reading_is_not_taken_behind_something_else(
    store: Store, change: Confirmed | VerificationReceived
) -> None:
    lodged = new()
    received = await store.declarations.receive(lodged, lease=True)
    assert received.work is not None
    read = (await store.leases.decide(received.work, decided(received.work, effect=Effect.REFUSE))).event_seq
    between = VerificationReceived(verification=word_of("meanwhile"))
    newest = await store.steps.note(lodged.id, event(EventKind.VERIFIED_BY_OFFICER), between)
    with pytest.raises(Stale):
        await store.steps.note(lodged.id, event(EventKind.CONFIRMED), change, read=read)
    with pytest.raises(Stale):
        await store.steps.note(lodged.id, event(EventKind.CONFIRMED), change, version=2)
    assert await store.steps.note(lodged.id, event(EventKind.CONFIRMED), change, read=newest, version=1) == newest + 1
