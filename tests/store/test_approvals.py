"""Approvals in the store: whatever becomes of one, the audit finds every row told of, and nothing that anybody could guess."""

import asyncio
import uuid
from datetime import timedelta

import psycopg
import pytest

from gateway.app import stored
from gateway.domain.actor import GATEWAY, Actor
from gateway.domain.approval import Approval, ApprovalEnding, ApprovalState, AskedOrder, Ordered, TablesOrder
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.errors import ApprovalOver, Conflict
from gateway.domain.events import EventKind
from gateway.domain.release import InterventionKind, InterventionLine, InterventionOrder
from gateway.store import AcceptanceReceived, InterventionReceived, NewApproval, Store, UsedApproval
from tests.builders.actors import CUSTOMS, ONE, TWO
from tests.builders.lodging import MILK, NOW, SET, decided, event, new
from tests.builders.table_sets import other as other_set

MRN = "26FR00000000000096"
ORDER = InterventionOrder(
    kind=InterventionKind.FORCE,
    type=MILK.type,
    document_reference=MILK.reference,
    lines=(InterventionLine(goods_item=1, line=1, quantity=1, unit="KGM"),),  # type: ignore[arg-type]
    officer="one",
    reason="counted again",
)


async def accepted(store: Store) -> str:
    """A declaration of which customs has accepted and decided everything."""
    await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work))
    await store.steps.note(
        lodged.id, event(EventKind.ACCEPTANCE_RECEIVED), AcceptanceReceived(mrn=MRN, accepted_at=NOW, by=CUSTOMS)
    )
    return lodged.id


async def asked(store: Store, record_id: str, by: Actor = ONE, **valid: float) -> Approval | None:
    waits = AskedOrder(ordered=Ordered(intervention=ORDER), by=by)
    asking = NewApproval(
        id=str(uuid.uuid4()), asked=waits, valid_for=timedelta(**(valid or {"hours": 1})), record_id=record_id
    )
    told = event(EventKind.INTERVENTION_RECEIVED, type=MILK.type, reference=MILK.reference)
    return await store.steps.request_approval(told, InterventionReceived(order=ORDER, by=by), asking)


async def approve(store: Store, record_id: str, waiting: Approval) -> int:
    ordered = InterventionReceived(
        order=InterventionOrder(**{**{n: getattr(ORDER, n) for n in ORDER.__slots__}, "second_officer": "two"}),
        by=ONE,
        second=TWO,
    )
    approving = UsedApproval(id=waiting.id, ending=ApprovalEnding(by=TWO, reason="seen"))
    return await store.steps.note(record_id, event(EventKind.INTERVENTION_RECEIVED), ordered, approving=approving)


async def test_an_approval_and_its_step_are_one_commit(store: Store) -> None:
    record_id = await accepted(store)
    waiting = await asked(store, record_id)
    assert waiting is not None
    assert await asked(store, record_id) == waiting
    seq = await approve(store, record_id, waiting)
    after = await store.approvals.get(waiting.id)
    assert after is not None
    assert (after.state, after.ending) == (ApprovalState.APPROVED, ApprovalEnding(by=TWO, reason="seen"))
    (step,) = await store.steps.of(record_id)
    assert (step.seq, step.by, step.second) == (seq, ONE, TWO)
    with pytest.raises(ApprovalOver):
        await approve(store, record_id, waiting)
    assert await asked(store, record_id) is None, "it was carried out"
    assert (await store.audit.verify()).faults == ()


async def test_of_twenty_answers_one_counts(store: Store, other: Store) -> None:
    record_id = await accepted(store)
    waiting = await asked(store, record_id)
    assert waiting is not None
    no = ApprovalEnding(by=TWO, reason="no")
    calls = [
        approve((store, other)[n % 2], record_id, waiting)
        if n % 3
        else (store, other)[n % 2].approvals.end(waiting, ApprovalState.REJECTED, no, NOW)
        for n in range(20)
    ]
    came = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(one, ApprovalOver) for one in came) == 19, came
    after = await store.approvals.get(waiting.id)
    assert after is not None
    assert len(await store.steps.of(record_id)) == (after.state is ApprovalState.APPROVED)
    assert (await store.audit.verify()).faults == ()


async def test_what_is_over_or_void_is_noted_when_it_is_asked_again(store: Store) -> None:
    record_id = await accepted(store)
    short = await asked(store, record_id, milliseconds=1)
    assert short is not None
    again = await asked(store, record_id)
    assert again is not None
    assert again.id != short.id
    await store.approvals.end(again, ApprovalState.REJECTED, ApprovalEnding(by=TWO), NOW)
    with pytest.raises(ApprovalOver, match="rejected"):
        await asked(store, record_id)
    assert await asked(store, record_id, TWO) is not None, "another officer's is another order"
    kinds = [e.kind for e in await store.declarations.events(record_id)]
    assert kinds.count(EventKind.APPROVAL_ASKED) == 3
    assert kinds.count(EventKind.APPROVAL_ENDED) == 2
    assert (await store.audit.verify()).faults == ()


async def test_an_intervention_of_one_person_is_not_noted(store: Store) -> None:
    record_id = await accepted(store)
    with pytest.raises(Conflict, match="second officer"):
        await store.steps.note(record_id, event(), InterventionReceived(order=ORDER, by=ONE))
    assert await store.steps.of(record_id) == ()


async def test_windows_and_tables_wait_too_and_the_audit_knows(store: Store) -> None:
    window = WindowOrder(
        adapter="traces", mode=WindowMode.HOLD, word=WindowStatement(officer="one", reason="down", by=ONE)
    )
    asking = NewApproval(
        id=str(uuid.uuid4()), asked=AskedOrder(ordered=Ordered(window=window), by=ONE), valid_for=timedelta(hours=1)
    )
    waiting = await store.contingency.request_approval(window, asking)
    assert isinstance(waiting, Approval)
    said = WindowStatement(officer="one", second_officer="two", reason="down", by=ONE, second=TWO)
    order = WindowOrder(adapter="traces", mode=WindowMode.HOLD, word=said)
    opened, fresh = await store.contingency.open(
        order, approving=UsedApproval(id=waiting.id, ending=ApprovalEnding(by=TWO))
    )
    assert (opened.number, fresh) == (1, True)
    assert await store.contingency.request_approval(window, asking) == opened, "the same order opened it"
    strict, lax = stored(other_set("strict")), stored(other_set("lax"))
    await store.table_sets.publish(strict, by=ONE)
    tables = TablesOrder(digest=lax.digest, version="lax", loosens=("a row",))
    looser = NewApproval(
        id=str(uuid.uuid4()), asked=AskedOrder(ordered=Ordered(tables=tables), by=ONE), valid_for=timedelta(hours=1)
    )
    set_waits = await store.table_sets.request_approval(looser, new=lax)
    assert set_waits is not None
    assert [one.digest for one in await store.table_sets.due()] == [strict.digest]
    await store.table_sets.approve(
        tables, by=ONE, approving=UsedApproval(id=set_waits.id, ending=ApprovalEnding(by=TWO))
    )
    assert [one.digest for one in await store.table_sets.due()] == [lax.digest]
    assert (await store.audit.verify()).faults == ()


async def test_nobody_finds_out_by_trying_what_was_ordered(store: Store, database_url: str) -> None:
    record_id = await accepted(store)
    assert await asked(store, record_id) is not None
    await store.approvals.end(
        (await store.approvals.page(state=None))[0], ApprovalState.REJECTED, ApprovalEnding(by=TWO), NOW
    )
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE approval SET ends_at = now() - interval '1 second'")
    assert await asked(store, record_id) is not None
    with psycopg.connect(database_url) as connection:
        requests = connection.execute("SELECT request FROM approval").fetchall()
    assert len(set(requests)) == 2, "the same order by the same person: another salt, another digest"
