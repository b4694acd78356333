"""A declaration over which each process ends: the others are decided, it is held, and it never goes round the replicas."""

import multiprocessing
import signal

import psycopg
import pytest

from gateway.domain.decision import Effect
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Record, State
from gateway.lifecycle import Capacity
from gateway.store import Store
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.living import XML, delivered, living, now
from tests.builders.processes import PATIENCE_S
from tests.builders.running import declaration
from tests.lifecycle.processing import doomed

GUILTY = "GUILTY"
IN_HAND = 64


def processes_until_done(url: str) -> int:
    """Starts processes until one finds nothing left to do; gives how many were killed on the way."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([doomed.__name__])
    for killed in range(10):
        process = context.Process(target=doomed.work, args=(url, GUILTY))
        process.start()
        process.join(PATIENCE_S)
        if process.exitcode == 0:
            return killed
        assert process.exitcode == -signal.SIGKILL
        # The time of its leases passes.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE declaration SET lease_until = now() WHERE lease_until IS NOT NULL")
    raise AssertionError("it goes round for ever")


def codes(record: Record) -> list[str]:
    assert record.decision is not None
    return [finding.code for finding in record.decision.decision.findings]


@pytest.mark.whole
async def test_only_the_declaration_that_ends_processes_is_held(database_url: str) -> None:
    async with Store.opened(database_url, owner="test") as store:
        lifecycle, _ = living(store, delivered(), now, Capacity(at_once=0))
        # The guilty one is taken first, and all others with it.
        names = [GUILTY, *(f"INNOCENT{number}" for number in range(1, IN_HAND))]
        ids = [
            (await lifecycle.lodging.lodge(declaration("01", name), XML, by=CUSTOMS, asker=AS_CUSTOMS)).id
            for name in names
        ]
        assert processes_until_done(database_url) == 3
        records = [record for one in ids if (record := await store.declarations.get(one)) is not None]
        guilty, *innocent = records
        assert [record.state for record in records] == [State.DECIDED] * IN_HAND
        assert (codes(guilty), guilty.due) == (["SW-DEC-901"], False)
        assert guilty.decision is not None
        assert guilty.decision.decision.effect is Effect.HOLD
        assert not any("SW-DEC-901" in codes(record) for record in innocent)
        notices = await store.notices.page(after=0, limit=1_000)
        alerted = [one.declaration_id for one in notices.items if one.notice.kind is NoticeKind.ALERT]
        assert alerted == [guilty.id]
        with psycopg.connect(database_url) as connection:
            found = connection.execute(
                "SELECT id::text, cardinality(lost), look_due_at IS NULL FROM declaration"
            ).fetchall()
        lost = {one: count for one, count, _ in found}
        assert lost == dict.fromkeys(ids, 0) | {guilty.id: 3}
        assert (guilty.id, 3, True) in found, "nobody looks at it by himself"
        # Whoever wants another look does not begin it all anew: it is held again.
        lifecycle, holding = living(store, delivered(), now, Capacity(sweep_s=0.02))
        await store.declarations.wake(guilty.id)
        await holding.start()
        while (again := await lifecycle.once_decided(guilty.id, within_s=0.05)).due:
            pass
        assert codes(again) == ["SW-DEC-901"]
        # An operator who wants it by hand has it looked at again: here nothing kills any more.
        await lifecycle.steps.ask_again(guilty.id, anew=True)
        while "SW-DEC-901" in codes(again):
            again = await lifecycle.once_decided(guilty.id, within_s=0.05)
        await holding.stop()
