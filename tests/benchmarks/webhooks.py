"""What webhooks cost a stream of declarations, and how soon receivers are told: `python -m tests.benchmarks.webhooks`.

The stream runs three times, each with as many declarations: without webhooks; with as many that are paused, so that events are made and
none is sent; and sending, where some receivers are dead (half refuse, half stall).
"""

import asyncio
import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.table import Table

from gateway.access import key_hash
from gateway.domain.actor import at_the_command_line
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope
from gateway.lifecycle.api_keys import KeySteps
from gateway.store import Store
from tests.benchmarks.installed import PROCESSES, installation, wait_until_all_is_decided
from tests.benchmarks.processor import DatabaseTime, spent_s
from tests.builders.declarations import declaration
from tests.builders.processes import PATIENCE_S
from tests.builders.receiver import HOST, Received, Receiver, Reply, authority_file, receiving
from tests.builders.running import Served, until

COUNT = int(os.environ.get("WEBHOOKS", "500"))
DEAD = COUNT // 10
RATE = int(os.environ.get("RATE", "100"))
"""Declarations a second."""
SECONDS = int(os.environ.get("SECONDS", "20"))
_CUSTOMS = "the key of customs"
_MARK = "FR12345678901234"


def eori(number: int) -> str:
    """The party of one webhook."""
    return f"FR{number:014d}"


class Arrivals:
    """When events arrived, counted from when what they tell happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seconds: list[float] = []

    def take(self, received: Received) -> Reply:
        """Take an event."""
        at = datetime.fromisoformat(received.event["timestamp"]).timestamp()
        with self._lock:
            self.seconds.append(time.time() - at)
        return Reply(status=204)


async def _webhooks(url: str, gateway: Served, good: Receiver, stalling: Receiver) -> None:
    """Make a trader with a key and a webhook for each party."""
    async with Store.opened(url) as store, httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        keys = KeySteps(store.keys, new_id=lambda: str(uuid.uuid4()))
        for number in range(COUNT):
            scope = KeyScope(name=f"trader {number}", role=Role.TRADER, eoris=(eori(number),))
            made = await keys.make(scope, by=at_the_command_line("bench"), taken=())
            address = good.url if number >= DEAD else stalling.url if number % 2 else f"https://{HOST}:1/"
            answer = await client.post(
                f"{gateway.url}/v1/webhooks", json={"address": address}, headers={"X-API-Key": made.secret}
            )
            answer.raise_for_status()


async def _stream(gateway: Served, first: int) -> None:
    """Lodge so many a second, whatever becomes of them."""
    headers = {"X-API-Key": _CUSTOMS, "Content-Type": "application/xml"}
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False, headers=headers, limits=limits) as client:

        async def lodge(number: int) -> None:
            body = declaration(number).replace(_MARK.encode(), eori(number % COUNT).encode())
            (await client.post(f"{gateway.url}/v1/declarations", content=body)).raise_for_status()

        began, lodging = time.perf_counter(), []
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            lodging.append(asyncio.create_task(lodge(first + number)))
        await asyncio.gather(*lodging)


def _measured(url: str, gateway: Served, first: int) -> tuple[float, float]:
    """Run the stream; return the milliseconds of processor time of a declaration, gateway and database."""

    def spent() -> float:
        return sum(spent_s(pid) or 0.0 for pid in gateway.replicas)

    before = spent()
    with DatabaseTime(url, str(conninfo_to_dict(url)["dbname"])) as database:
        asyncio.run(_stream(gateway, first))
        wait_until_all_is_decided(url)
        # What is made of the last ones, and sent, belongs to it.
        until(lambda: _all_told(url), "an end of what is to be told")
    total = RATE * SECONDS
    return (spent() - before) * 1000 / total, database.total_s * 1000 / total


def _all_told(url: str) -> bool:
    """Whether events were made of all that was noticed, and none waits for its first sending to a receiver that is called."""
    statement = """
        SELECT NOT EXISTS (SELECT 1 FROM webhook WHERE ended_at IS NULL) OR (
            c.last = n.last AND NOT EXISTS (SELECT 1 FROM notice WHERE number IS NULL)
            AND NOT EXISTS (
                SELECT 1 FROM webhook_delivery d JOIN webhook_queue q USING (webhook_id)
                WHERE d.state = 'waiting' AND q.paused_until IS NULL AND (
                    d.attempts = 0 AND q.failing_since IS NULL OR d.claimed_until > now() AND q.failing_since IS NULL)))
        FROM webhook_cursor c, notice_counter n
    """
    with psycopg.connect(url) as connection:
        (over,) = connection.execute(statement).fetchone() or (False,)
    return bool(over)


def _settings(folder: Path, ports: list[int]) -> Mapping[str, str]:
    keys = [{"name": "customs", "hash": key_hash(_CUSTOMS), "role": "customs"}]
    return {
        "GATEWAY_SECURITY__MODE": "api-key",
        "GATEWAY_SECURITY__KEYS": json.dumps(keys),
        "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
        "GATEWAY_WEBHOOKS__PORTS": json.dumps([1, *ports]),
        "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(folder)),
    }


def main() -> None:
    """Measure and print."""
    title = f"{COUNT} webhooks, {DEAD} of them dead, {RATE} declarations/s for {SECONDS} s, {PROCESSES} processes, load before {os.getloadavg()[0]:.1f}"
    table = Table("what", "gateway", "database", "together", title=title)
    arrivals, over = Arrivals(), threading.Event()

    def stall(_: Received) -> Reply:
        over.wait(60)
        return Reply(status=500)

    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        good, stalling = (running.enter_context(receiving(folder)) for _ in range(2))
        good.answer, stalling.answer = arrivals.take, stall
        settings = _settings(folder, [good.port, stalling.port])
        _, url, gateway = running.enter_context(installation(folder / "data", settings))
        asyncio.run(_stream(gateway, 90_000_000))  # warm

        def row(what: str, first: int, against: float | None = None) -> float:
            own, database = _measured(url, gateway, first)
            ratio = "" if against is None else f" ({(own + database) / against:.2f})"
            table.add_row(what, f"{own:.2f} ms", f"{database:.2f} ms", f"{own + database:.2f} ms{ratio}")
            return own + database

        plain = row("a declaration, no webhooks", 10_000_000)
        asyncio.run(_webhooks(url, gateway, good, stalling))
        _changed(url, "UPDATE webhook_queue SET paused_until = 'infinity'")
        row("... events made, none sent", 20_000_000, plain)
        _changed(url, "UPDATE webhook_delivery SET state = 'dropped' WHERE state = 'waiting'")
        _changed(url, "UPDATE webhook_queue SET paused_until = NULL, due_at = 'infinity'")
        arrivals.seconds.clear()
        row("... and sent", 30_000_000, plain)
        over.set()
        stages = _stages(url)
    seconds = sorted(arrivals.seconds)
    Console().print(table)
    share = [seconds[min(len(seconds) - 1, int(len(seconds) * part))] for part in (0.5, 0.95, 0.99)]
    print(
        f"{len(seconds)} events of {sum(number % COUNT >= DEAD for number in range(RATE * SECONDS))} at healthy receivers, "
        f"median {share[0]:.2f} s, p95 {share[1]:.2f} s, p99 {share[2]:.2f} s after the notice; {stages}"
    )


def _stages(url: str) -> str:
    """Return how long it took until events were made, and from then on until what became of them was noted."""
    parts = "percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM {}))"
    statement = f"""
        SELECT {parts.format("d.made_at - n.at")}, {parts.format("d.tried_at - d.made_at")}
        FROM webhook_delivery d JOIN notice n ON n.number = d.notice WHERE d.state = 'delivered'
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    (made, made_late), (noted, noted_late) = row
    return f"made after {made:.2f} s (p95 {made_late:.2f} s), noted {noted:.2f} s (p95 {noted_late:.2f} s) later"


def _changed(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


if __name__ == "__main__":
    main()
