"""`make soak`: replicas and the database are killed at random under load; in the end nothing is lost and the trail is sound.

SEED, MINUTES and KILLS (per minute) say how; the seed is printed, so that a run can be had again.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import httpx

from gateway.cli.client import GatewayClient
from gateway.store import migrate, watcher
from gateway.store.embedded import EmbeddedServer
from tests.benchmarks.declarations import declaration
from tests.flows.running import Served, authorities, clean_environment, served, settled

SEED = int(os.environ.get("SEED", str(int(time.time()))))
MINUTES = float(os.environ.get("MINUTES", "5"))
KILLS = float(os.environ.get("KILLS", "6"))
CALLERS = 8


class Load:
    """Declarations that were lodged, from many callers, until told to stop."""

    def __init__(self, gateways: list[Served]) -> None:
        self._gateways = gateways
        self._numbers: Iterator[int] = count(1)
        self._lock = threading.Lock()
        self.stop = threading.Event()
        self.taken: dict[str, str] = {}
        """LRN -> id of everything that a gateway said it has taken."""
        self.refused = 0

    def call(self, place: int) -> None:
        """Lodges one declaration after the other; what fails is sent again until it is taken."""
        while not self.stop.is_set():
            with self._lock:
                number = next(self._numbers)
            raw = declaration(number)
            while True:
                with GatewayClient(self._gateways[(place + number) % len(self._gateways)].url) as gateway:
                    try:
                        reply = gateway.lodge(raw, "application/xml", wait_s=number % 3)
                    except httpx.HTTPError:
                        reply = None
                if reply is not None and reply.taken:
                    with self._lock:
                        self.taken[str(reply.body["lrn"])] = str(reply.body["id"])
                    break
                self.refused += 1
                time.sleep(0.2)


def main() -> int:
    """Runs; the status is 0 if nothing was lost."""
    print(f"SEED={SEED} MINUTES={MINUTES} KILLS={KILLS}", flush=True)
    dice = random.Random(SEED)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-soak-", ignore_cleanup_errors=True))
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        server = EmbeddedServer.start(data, remove=True)
        stack.callback(server.stop)
        asyncio.run(migrate(server.url))
        simulated = stack.enter_context(authorities())
        environment = {**simulated.environment, "GATEWAY_DATABASE_URL": server.url}
        gateways = [stack.enter_context(served(environment, "--processes=2")) for _ in range(2)]
        load = Load(gateways)
        with ThreadPoolExecutor(CALLERS) as pool:
            calls = [pool.submit(load.call, place) for place in range(CALLERS)]
            kills = kill_at_random(dice, gateways, server, data)
            load.stop.set()
            for call in calls:
                call.result()
        print(f"{kills} kills, {len(load.taken)} declarations taken, {load.refused} calls sent again", flush=True)
        return verify(load, gateways[0], server.url)


def kill_at_random(dice: random.Random, gateways: list[Served], server: EmbeddedServer, data: Path) -> int:
    """Kills a serving process or the database server, again and again."""
    end = time.monotonic() + MINUTES * 60
    kills = 0
    while (pause := dice.expovariate(KILLS / 60)) + time.monotonic() < end:
        time.sleep(pause)
        if dice.random() < 0.2:
            victim = watcher.postmaster(data / "pg")
        else:
            victim = dice.choice(dice.choice(gateways).replicas or [None])
        if victim is not None:
            os.kill(victim, signal.SIGKILL)
            kills += 1
        server.ensure_alive()
    time.sleep(max(0.0, end - time.monotonic()))
    return kills


def verify(load: Load, gateway: Served, url: str) -> int:
    """Everything that was taken is decided, once, and the trail is sound."""
    faults = 0
    with gateway.client() as client:
        for lrn, record_id in load.taken.items():
            reply = settled(client, record_id)
            events = client.read(f"/v1/declarations/{record_id}/events").json()["items"]
            decided = [event["kind"] for event in events].count("declaration.decided")
            if reply.body["lrn"] != lrn or reply.decision is None or decided != reply.decision["number"]:
                print(f"{lrn} {record_id}: {reply.effect}, {decided} decisions", flush=True)
                faults += 1
    audit = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "audit", "verify"],
        env={**clean_environment(), "GATEWAY_DATABASE_URL": url},
        check=False,
    )
    print("nothing lost" if not faults else f"{faults} faults", flush=True)
    return 1 if faults or audit.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
