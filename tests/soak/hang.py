"""A process is killed while certificates hang in its hands: what others get meanwhile (`python -m tests.soak.hang [FOLDER]`).

One gateway of two processes, and two gateways; six hanging certificates, and 64. PER_SECOND others (10) arrive for SECONDS (75), each about a
certificate that is answered. FOLDER is another checkout whose gateway is tried. Status 1 where their p95 is a second or more, one of them
is held or has no decision in time, or a breaker opened.
"""

import asyncio
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
from rich.console import Console
from rich.table import Table

from gateway.embedded.server import EmbeddedServer
from gateway.store import migrate
from tests.benchmarks.load import Answered, Call, arrive
from tests.builders.declarations import declaration
from tests.builders.running import Authorities, Served, authorities, served, until

PER_SECOND = float(os.environ.get("PER_SECOND", "10"))
SECONDS = float(os.environ.get("SECONDS", "75"))
HANGING = (6, 64)
BAR_S = 1.0
WAIT_S = 30
BEFORE_S = 3.0
"""Of load, before anything hangs."""
IN_HAND_S = 1.5
"""For which they hang before the process is killed."""
ENVIRONMENT = {"GATEWAY_LEASE_SECONDS": "10", "GATEWAY_SWEEP_SECONDS": "2", "GATEWAY_LOG_LEVEL": "error"}


def hanging(number: int) -> tuple[str, bytes]:
    """The certificate of one that hangs, and its declaration."""
    place = 200_000 + number
    return f"CHEDP.XX.2026.1{place * 2 + 1:06d}", declaration(place, documents=1)


@dataclass(slots=True, kw_only=True)
class Tried:
    """What others got in one trial."""

    gateways: int
    hung: int
    in_hand: int
    """Of those that hang, in the killed process."""
    answered: Answered
    breakers: Counter[str]
    """How often each state was seen."""
    taken_over_s: float | None
    """Seconds after the kill until all of them were decided; None: not in this time."""

    @property
    def faults(self) -> list[str]:
        """What is not as it has to be."""
        name = f"{self.gateways} gateways, {self.hung} hanging"
        late = self.answered.percentile(0.95) / 1000
        held, undecided = self.answered.effects.get("hold", 0), self.answered.statuses.get(202, 0)
        return [
            *([f"{name}: p95 of others is {late:.2f} s"] if late >= BAR_S else []),
            *([f"{name}: {held} others are held"] if held else []),
            *([f"{name}: {undecided} others had no decision in {WAIT_S} s"] if undecided else []),
            *([f"{name}: the breaker was open"] if self.breakers["open"] else []),
        ]


@dataclass(slots=True)
class BreakerWatch:
    """A reader of how the breaker stands, on new connections: whichever process answers."""

    gateways: Sequence[Served]
    over: threading.Event = field(default_factory=threading.Event)
    seen: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        while not self.over.wait(0.2):
            for one in self.gateways:
                with suppress(httpx.HTTPError):
                    answer = httpx.get(f"{one.url}/v1/adapters/traces", timeout=5, trust_env=False)
                    self.seen[answer.json()["breaker"]] += 1


def _lodged(url: str, count: int) -> list[str]:
    """Lodges all that hang on one connection: one process has them."""
    headers = {"content-type": "application/xml", "prefer": "wait=0"}
    with httpx.Client(timeout=30, trust_env=False, headers=headers) as http:
        answers = [http.post(f"{url}/v1/declarations", content=hanging(number)[1]) for number in range(count)]
    return [str(one.raise_for_status().json()["id"]) for one in answers]


def _killed(url: str, ids: Sequence[str]) -> int:
    """Kills the process that has most of them in hand; gives how many these are."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT lease_owner, count(*) FROM declaration WHERE lease_owner IS NOT NULL AND id = ANY (%s::uuid[])"
            " GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
            [list(ids)],
        ).fetchone()
    assert found is not None, "nobody has them in hand"
    owner, count = found
    os.kill(int(owner.split("/")[1]), signal.SIGKILL)
    return int(count)


def _until_decided(url: str, ids: Sequence[str], over: threading.Event, found: list[float]) -> None:
    """Notes the seconds until all of them are decided."""
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        while not over.wait(0.5):
            row = connection.execute(
                "SELECT bool_and(decision_count > 0) FROM declaration WHERE id = ANY (%s::uuid[])", [list(ids)]
            ).fetchone()
            if row == (True,):
                found.append(time.monotonic() - began)
                return


async def _others(urls: Sequence[str], begun: asyncio.Event) -> Answered:
    calls = (Call(body=declaration(number, documents=1)) for number in range(1, 100_000))
    begun.set()
    return await arrive(list(urls), calls, per_second=PER_SECOND, total=round(PER_SECOND * SECONDS), wait_s=WAIT_S)


async def _beside(gateways: Sequence[Served], url: str, count: int, trial: ExitStack) -> Tried:
    begun, over, decided_s = asyncio.Event(), threading.Event(), list[float]()
    load = asyncio.create_task(_others([one.url for one in gateways], begun))
    await begun.wait()
    await asyncio.sleep(BEFORE_S)
    ids = await asyncio.to_thread(_lodged, gateways[0].url, count)
    await asyncio.sleep(IN_HAND_S)
    in_hand = await asyncio.to_thread(_killed, url, ids)
    watch = BreakerWatch(gateways)
    threads = [
        threading.Thread(target=watch.run),
        threading.Thread(target=_until_decided, args=(url, ids, over, decided_s)),
    ]
    for one in threads:
        one.start()
    try:
        answered = await load
    finally:
        watch.over.set()
        over.set()
        for one in threads:
            await asyncio.to_thread(one.join)
    return Tried(
        gateways=len(gateways), hung=count, in_hand=in_hand, answered=answered, breakers=watch.seen,
        taken_over_s=decided_s[0] if decided_s else None,
    )  # fmt: skip


def tried(simulated: Authorities, folder: Path | None, gateways: int, count: int) -> Tried:
    """Kills a process beside so many hanging certificates, on a database of its own."""
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-hang-", ignore_cleanup_errors=True))
        Path(name).chmod(0o755)
        server = EmbeddedServer.start(Path(name) / "data", remove=True)
        stack.callback(server.stop)
        asyncio.run(migrate(server.url))
        environment = {**simulated.environment, **ENVIRONMENT, "GATEWAY_DATABASE_URL": server.url}
        processes = "--processes=2" if gateways == 1 else "--processes=1"
        serving = [stack.enter_context(served(environment, processes, folder=folder)) for _ in range(gateways)]
        simulated.control("traces", "POST", "/reset")
        for number in range(count):
            simulated.control("traces", "POST", "/hold", reference=hanging(number)[0], when="before")
        stack.callback(simulated.control, "traces", "POST", "/hold/release")
        until(lambda: _warm(serving), "decisions of every process")
        return asyncio.run(_beside(serving, server.url, count, stack))


def _warm(serving: Sequence[Served]) -> bool:
    headers = {"content-type": "application/xml", "prefer": "wait=20"}
    for place, one in enumerate(serving):
        for number in range(4):
            body = declaration(150_000 + 10 * place + number, documents=1)
            httpx.post(f"{one.url}/v1/declarations", content=body, headers=headers, timeout=30, trust_env=False)
    return True


def main(folder: Path | None) -> int:
    """Tries all four; gives the status."""
    faults: list[str] = []
    names = ("gateways", "hang", "in the killed process", "others", "p50", "p95", "longest", "held", "no answer", "breaker", "all asked again after")  # fmt: skip
    table = Table(*names, title=f"{PER_SECOND:g} others a second for {SECONDS:g} s")
    with authorities() as simulated:
        for gateways, count in _trials():
            found = tried(simulated, folder, gateways, count)
            of = found.answered
            times = (f"{of.percentile(share):.0f} ms" for share in (0.5, 0.95, 1.0))
            over = "-" if found.taken_over_s is None else f"{found.taken_over_s:.0f} s"
            states = ", ".join(f"{name} {number}" for name, number in sorted(found.breakers.items()))
            table.add_row(
                "2" if gateways == 2 else "1 of 2 processes", str(count), str(found.in_hand), str(len(of.latencies)), *times,
                str(of.effects.get("hold", 0)), str(of.statuses.get(0, 0)), states, over,
            )  # fmt: skip
            faults += found.faults
            print(f"{gateways} gateways, {count} hanging: {found.faults or 'as it has to be'}", flush=True)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    print("\n".join(faults) or "nothing is wrong", file=sys.stderr)
    return 1 if faults else 0


def _trials() -> Iterator[tuple[int, int]]:
    for gateways in (1, 2):
        for count in HANGING:
            yield gateways, count


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else None))
