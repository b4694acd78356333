"""Two processes receive and decide the same declarations from both ends: nobody waits for each other in turn, and every chain fits.

`python -m tests.soak.commits [NUMBER]` (20,000 by default) prints the counts; status 1 where the server found a deadlock, a
declaration is missing or undecided, or the trail has a fault.
"""

import asyncio
import os
import subprocess
import sys
import time

import psycopg

from gateway.domain.actor import GATEWAY
from gateway.store import Store, migrate
from tests.builders.crossing import cross
from tests.builders.databases import temporary_server
from tests.builders.lodging import SET

NUMBER = 20_000
_COUNTS = """
SELECT count(*), count(mrn), count(*) FILTER (WHERE due_at IS NULL),
       (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database())
FROM declaration
"""


async def receive(url: str, owner: str, numbers: range) -> None:
    """Is one of the two processes."""
    store = await Store.open(url, owner=owner)
    try:
        await cross(store, numbers)
    finally:
        await store.close()


async def faults(url: str) -> tuple[str, ...]:
    """Verifies the trail."""
    async with Store.opened(url) as store:
        await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
        return (await store.audit.verify(evidence=True)).faults


def main(number: int) -> int:
    """Starts a server and both processes; gives the status."""
    server = temporary_server()
    try:
        asyncio.run(migrate(server.url))
        began = time.perf_counter()
        sides = [
            subprocess.Popen([sys.executable, "-m", "tests.soak.commits", side, server.url, str(number)])
            for side in ("up", "down")
        ]
        ended = [side.wait() for side in sides]
        seconds = time.perf_counter() - began
        with psycopg.connect(server.url) as connection:
            counts = connection.execute(_COUNTS.encode()).fetchone()
        found = asyncio.run(faults(server.url))
    finally:
        server.stop()
    assert counts is not None
    there, with_mrn, done, deadlocks = counts
    print(f"{there} declarations, {with_mrn} with an MRN, {done} decided, {deadlocks} deadlocks, {len(found)} faults")
    print(f"{there / seconds:.0f} a second on {os.cpu_count()} cores")
    return int(any(ended) or there != number or done != number or deadlocks or bool(found))


if __name__ == "__main__":
    if sys.argv[1:2] in (["up"], ["down"]):
        side, url, most = sys.argv[1:]
        asyncio.run(receive(url, side, range(int(most)) if side == "up" else range(int(most) - 1, -1, -1)))
        sys.exit(0)
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER))
