"""A process that works on what is due until nothing is, and that one declaration kills."""

import asyncio
import os
import signal

import psycopg

from gateway.decisions import Case, Judgement
from gateway.lifecycle import Capacity
from gateway.store import Store
from tests.builders.living import delivered, living, now

LEASE_S = 3.0
"""Long enough to be renewed on a machine that other tests keep busy."""
_DUE = "SELECT 1 FROM declaration WHERE due_at IS NOT NULL LIMIT 1"


def work(url: str, guilty: str) -> None:
    """Works until nothing is due."""
    asyncio.run(_work(url, guilty))


async def _work(url: str, guilty: str) -> None:
    def judging(case: Case) -> Judgement:
        # As a rule does that never comes back; where no rule is asked nothing happens.
        if case.declaration.lrn == guilty and not case.facts.attempts_lost:
            os.kill(os.getpid(), signal.SIGKILL)
        return Judgement(case)

    store = await Store.open(url, owner=f"doomed {os.getpid()}", lease_s=LEASE_S)
    _, holding = living(store, delivered(), now, Capacity(lease_s=LEASE_S, sweep_s=0.05), judging)
    await holding.start()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        # Whatever is still due may be another process's that has ended: nobody tells of it.
        while await (await connection.execute(_DUE)).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await holding.stop()
    await store.close()
