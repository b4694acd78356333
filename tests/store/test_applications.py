"""Applications, MRNs that yield, and the right to act, judged under the declaration's lock."""

import asyncio
import uuid
from dataclasses import replace

import pytest
from msgspec import structs

from gateway.domain.application import ApplicantStatement, ApplicationState, CustomsStatement, RefusedBecause
from gateway.domain.codec import content_digest
from gateway.domain.control import Examination
from gateway.domain.errors import Conflict, NotKnown, Stale
from gateway.domain.events import EventKind
from gateway.domain.permission import Party, Stage
from gateway.domain.record import State
from gateway.domain.tables.applications import ApplicationKind
from gateway.store import (
    AcceptanceReceived,
    ControlReceived,
    InvalidationReceived,
    Lapsed,
    NewApplication,
    NextVersion,
    Store,
)
from tests.builders.actors import CUSTOMS, ONE
from tests.builders.lodging import NOW, decided, declaration, event, evidence, new

MRN = "26FR001260000001R6"
WORD = CustomsStatement(by=ONE, reason="It is so.")


async def lodged(store: Store, lrn: str = "LRN1", *, mrn: str | None = None, accepted: bool = False) -> str:
    """A declaration, and its id."""
    what = new(declaration(lrn, mrn=mrn), accepted_at=NOW if accepted else None)
    await store.declarations.receive(what, lease=False)
    return what.id


def asking(version: int = 1, stage: Stage = Stage.ACCEPTED, **changes: object) -> NewApplication:
    """An application for invalidation."""
    made = NewApplication(
        id=str(uuid.uuid4()),
        kind=ApplicationKind.INVALIDATION,
        version=version,
        stage=stage,
        party=Party.DECLARANT,
        grounds="not_stated",
        last_day=None,
        applied=ApplicantStatement(by=ONE),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def kinds(store: Store, record_id: str) -> list[EventKind]:
    return [one.kind for one in await store.declarations.events(record_id)]


async def test_a_squatters_mrn_yields_to_customs_acceptance(store: Store) -> None:
    squatter = await lodged(store, mrn=MRN)
    other = await lodged(store, "LRN2")
    acceptance = AcceptanceReceived(mrn=MRN, accepted_at=NOW, by=CUSTOMS)
    seq = await store.steps.note(other, event(EventKind.ACCEPTANCE_RECEIVED), acceptance)
    assert seq == 2
    found, left = await store.declarations.get(other), await store.declarations.get(squatter)
    assert found is not None
    assert left is not None
    assert (found.mrn, found.accepted_at, left.mrn) == (MRN, NOW, None)
    assert left.due, "it is looked at again without the MRN"
    assert await kinds(store, squatter) == [EventKind.RECEIVED, EventKind.MRN_YIELDED]
    assert (await store.audit.verify()).faults == ()
    assert await store.steps.note(other, event(EventKind.ACCEPTANCE_RECEIVED), acceptance) == 2, (
        "the same again is the same"
    )


async def test_a_squatters_mrn_yields_to_what_customs_lodges_as_accepted(store: Store) -> None:
    squatter = await lodged(store, mrn=MRN)
    received = await store.declarations.receive(new(declaration("LRN2", mrn=MRN), accepted_at=NOW), lease=True)
    assert received.outcome == "new"
    assert received.work is not None
    assert await kinds(store, squatter) == [EventKind.RECEIVED, EventKind.MRN_YIELDED]
    with pytest.raises(Conflict):
        await store.declarations.receive(new(declaration("LRN3", mrn=MRN), accepted_at=NOW), lease=False)


async def test_a_squatters_mrn_yields_to_a_version_by_which_customs_accepts(store: Store) -> None:
    squatter = await lodged(store, mrn=MRN)
    other = await lodged(store, "LRN2")
    second = declaration("LRN2", mrn=MRN, version=2)
    with pytest.raises(Conflict):
        await add(store, other, second)
    assert await add(store, other, second, accepting=(event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW))) == 3
    found = await store.declarations.get(other)
    assert found is not None
    assert (found.mrn, found.accepted_at, found.version) == (MRN, NOW, 2), "accepted in the same commit"
    assert await kinds(store, squatter) == [EventKind.RECEIVED, EventKind.MRN_YIELDED]


async def test_the_holder_of_a_squatters_lease_finds_that_it_moved_on(store: Store) -> None:
    what = new(declaration(mrn=MRN))
    work = (await store.declarations.receive(what, lease=True)).work
    assert work is not None
    other = await lodged(store, "LRN2")
    await store.steps.note(other, event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW))
    with pytest.raises(Stale):
        await store.leases.decide(work, decided(work))
    again = await store.leases.reread(work)
    assert (again.mrn, again.declaration.mrn, again.mrn_yielded) == (None, None, True), "what it states counts no more"
    assert await store.declarations.declaration(what.id, 1) == what.declaration, "what was declared stays as it was"


async def test_two_that_want_each_others_mrn_do_not_wait_for_each_other(store: Store) -> None:
    one, two = await lodged(store, "LRN1", mrn=MRN), await lodged(store, "LRN2", mrn=MRN[::-1])
    async with asyncio.timeout(20):
        told = await asyncio.gather(
            store.steps.note(one, event(), AcceptanceReceived(mrn=MRN[::-1], accepted_at=NOW)),
            store.steps.note(two, event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW)),
            return_exceptions=True,
        )
    assert all(isinstance(outcome, int | Conflict) for outcome in told), told


async def test_an_accepted_mrn_does_not_yield(store: Store) -> None:
    await lodged(store, mrn=MRN, accepted=True)
    other = await lodged(store, "LRN2")
    with pytest.raises(Conflict):
        await store.steps.note(other, event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW))
    with pytest.raises(Conflict):
        await add(
            store,
            other,
            declaration("LRN2", mrn=MRN, version=2),
            accepting=(event(), AcceptanceReceived(mrn=MRN, accepted_at=NOW)),
        )
    found = await store.declarations.get(other)
    assert found is not None
    assert (found.mrn, found.version) == (None, 1)


async def add(store: Store, record_id: str, what: object, **how: object) -> int | None:
    """Adds a version."""
    return await store.declarations.add_version(
        record_id,
        declaration=what,  # type: ignore[arg-type]
        digest=content_digest(what),  # type: ignore[arg-type]
        raw=evidence(b"2"),
        documents=(),
        event=event(EventKind.AMENDMENT_RECEIVED),
        **how,  # type: ignore[arg-type]
    )


async def test_what_was_permitted_before_acceptance_is_judged_anew_behind_it(store: Store) -> None:
    record_id = await lodged(store)
    await store.steps.note(
        record_id, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn=MRN, accepted_at=NOW)
    )
    with pytest.raises(Stale):
        await add(store, record_id, declaration(version=2), stage=Stage.LODGED)
    with pytest.raises(Stale):
        await store.steps.note(record_id, event(), InvalidationReceived(reason="x"), stage=Stage.LODGED)
    with pytest.raises(Stale):
        await store.applications.apply(record_id, asking(stage=Stage.RELEASED), event())
    with pytest.raises(Stale):
        await store.applications.apply(record_id, asking(version=2), event())
    found = await store.declarations.get(record_id)
    assert found is not None
    assert (found.version, found.state) == (1, State.RECEIVED)
    assert len(await store.declarations.events(record_id)) == 2


async def test_an_announced_examination_is_seen_under_the_lock(store: Store) -> None:
    record_id = await lodged(store, mrn=MRN, accepted=True)
    application, _ = await store.applications.apply(record_id, asking(), event(EventKind.APPLICATION_RECEIVED))
    examination = Examination(announced_at=NOW)
    announced = ControlReceived(examination=examination, by=ONE)
    await store.steps.note(record_id, event(EventKind.EXAMINATION_ANNOUNCED), announced)
    found = await store.declarations.get(record_id)
    assert found is not None
    assert (found.examination, found.stage) == (examination, Stage.EXAMINATION)
    invalidation = (event(EventKind.INVALIDATION_RECEIVED), InvalidationReceived(reason="x"))
    with pytest.raises(Conflict):
        await store.applications.grant(application, event(EventKind.APPLICATION_GRANTED), WORD, invalidation)
    again = await store.applications.get(application.id)
    assert again is not None
    assert again.state is ApplicationState.OPEN, "all of it is rolled back"
    took_place = replace(announced, examination=replace(examination, took_place_at=NOW))
    await store.steps.note(record_id, event(EventKind.EXAMINATION_TOOK_PLACE), took_place)
    granted, fresh = await store.applications.grant(
        application, event(EventKind.APPLICATION_GRANTED), WORD, invalidation
    )
    assert (granted.state, granted.decided, fresh) == (ApplicationState.GRANTED, WORD, True)
    again, fresh = await store.applications.grant(application, event(EventKind.APPLICATION_GRANTED), WORD, invalidation)
    assert (again, fresh) == (granted, False)
    assert (await kinds(store, record_id)).count(EventKind.INVALIDATION_RECEIVED) == 1
    assert (await store.audit.verify()).faults == ()


async def test_a_granted_amendment_and_its_grant_are_one_commit(store: Store) -> None:
    record_id = await lodged(store, mrn=MRN, accepted=True)
    second = declaration(mrn=MRN, version=2, customs_office="FR000002")
    raw = evidence(b"the message")
    asked = asking(kind=ApplicationKind.AMENDMENT, declaration=second, content=content_digest(second), raw=raw)
    application, _ = await store.applications.apply(record_id, asked, event(EventKind.APPLICATION_RECEIVED))
    assert await store.applications.declaration(application.id) == second
    assert await store.declarations.evidence(record_id, raw.digest) == b"the message"
    change = NextVersion(
        declaration=second,
        digest=content_digest(second),
        raw=raw.digest,
        documents=(),
        event=event(EventKind.AMENDMENT_RECEIVED),
    )
    too_far = replace(change, declaration=structs.replace(second, version=3))
    with pytest.raises(Stale):
        await store.applications.grant(application, event(), WORD, too_far)
    granted, _ = await store.applications.grant(application, event(EventKind.APPLICATION_GRANTED), WORD, change)
    assert granted.state is ApplicationState.GRANTED
    found = await store.declarations.get(record_id)
    assert found is not None
    assert (found.version, found.due) == (2, True)
    assert await kinds(store, record_id) == [
        EventKind.RECEIVED, EventKind.APPLICATION_RECEIVED, EventKind.APPLICATION_GRANTED, EventKind.AMENDMENT_RECEIVED,
    ]  # fmt: skip


@pytest.mark.parametrize("ends", ["version", "invalidation"])
async def test_an_overtaken_application_is_refused_in_the_commit_that_overtakes_it(store: Store, ends: str) -> None:
    record_id = await lodged(store, mrn=MRN, accepted=True)
    application, _ = await store.applications.apply(record_id, asking(), event(EventKind.APPLICATION_RECEIVED))
    if ends == "version":
        await add(store, record_id, declaration(mrn=MRN, version=2))
    else:
        await store.steps.note(record_id, event(EventKind.INVALIDATION_RECEIVED), InvalidationReceived(reason="x"))
    found = await store.applications.get(application.id)
    assert found is not None
    because = RefusedBecause.VERSION_CHANGED if ends == "version" else RefusedBecause.DECLARATION_ENDED
    assert (found.state, found.because, found.decided) == (ApplicationState.REFUSED, because, None)
    assert (await kinds(store, record_id))[-1] is EventKind.APPLICATION_REFUSED
    late, fresh = await store.applications.end(application, event(), WORD, ApplicationState.REFUSED)
    assert (late, fresh) == (found, False)
    assert (await store.audit.verify()).faults == ()


async def test_a_lapse_refuses_what_is_open(store: Store) -> None:
    record_id = await lodged(store)
    application, _ = await store.applications.apply(record_id, asking(stage=Stage.LODGED), event())
    await store.steps.note(record_id, event(EventKind.LAPSED), Lapsed())
    found = await store.applications.get(application.id)
    assert found is not None
    assert found.because is RefusedBecause.DECLARATION_ENDED


async def test_applications_are_read_by_whose_and_which(store: Store) -> None:
    first, second = await lodged(store, mrn=MRN, accepted=True), await lodged(store, "LRN2", mrn="M2", accepted=True)
    one, _ = await store.applications.apply(first, asking(), event())
    two, _ = await store.applications.apply(second, asking(), event())
    again, fresh = await store.applications.apply(second, asking(), event())
    assert (again, fresh) == (two, False)
    with pytest.raises(Conflict):
        await store.applications.apply(second, asking(grounds="another"), event())
    assert await store.applications.page() == (two, one)
    assert await store.applications.page(limit=1) == (two,)
    assert await store.applications.page(before=two.number) == (one,)
    assert await store.applications.page(eoris=frozenset({"FR99999999999999"})) == (two, one)
    assert await store.applications.page(eoris=frozenset({"FR1"})) == ()
    refused, _ = await store.applications.end(one, event(EventKind.APPLICATION_REFUSED), WORD, ApplicationState.REFUSED)
    assert await store.applications.page(state=ApplicationState.OPEN) == (two,)
    whose = frozenset({"FR12345678901234"})
    assert await store.applications.page(state=ApplicationState.REFUSED, eoris=whose) == (refused,)
    assert await store.applications.page(declaration=first, eoris=whose) == (refused,)
    assert await store.applications.page(declaration=first, eoris=frozenset({"FR1"})) == ()
    assert (
        await store.applications.page(declaration="x") == await store.applications.page(eoris=frozenset({"\0"})) == ()
    )
    assert await store.applications.get("x") is None
    with pytest.raises(NotKnown):
        await store.applications.apply(str(uuid.uuid4()), asking(), event())
