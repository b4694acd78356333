"""What else goes wrong meanwhile: processes that sleep, a database that is silent or read-only, and a client that floods."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from gateway.embedded import watcher
from tests.builders.declarations import Goods, message
from tests.builders.running import Served, children_of
from tests.soak.lives import COLD

SLEEPS_S = (10.0, 40.0, 180.0)
"""Below a lease, above it, and long enough for everything else to have happened meanwhile."""
SILENT_S = 20.0
READ_ONLY_S = 10.0
FLOOD_S = 30.0
FLOODING = 40
"""Calls of the flooding client at the same time."""
FLOOD = "FLOOD-"
"""How the LRNs begin that it lodges."""


@dataclass(slots=True)
class Disturbances:
    """Disturbances at random moments of the load, each to its end; several may last at the same time, one of the database's."""

    dice: random.Random
    gateways: Sequence[Served]
    url: str
    data: Path
    flood_key: str
    database: threading.Lock
    """Held by whoever has the database as it is not."""
    planned: list[tuple[float, str]]
    """Shares of the load after which something begins, ascending, and what."""
    done: Counter[str] = field(default_factory=Counter)
    flooded: Counter[str] = field(default_factory=Counter)
    """What the flooding client was answered."""

    @staticmethod
    def drawn(dice: random.Random, **counts: int) -> list[tuple[float, str]]:
        """Draws the moments of so many disturbances of each kind."""
        return sorted((dice.uniform(0.02, 0.9), name) for name, count in counts.items() for _ in range(count))

    def run(self, progress: Callable[[], float], stop: threading.Event) -> None:
        """Begins each when the load has come so far; returns when all are over."""
        kinds = {"sleep": self._sleep, "silent": self._silent, "read_only": self._read_only, "flood": self._flood}
        with ThreadPoolExecutor(8) as pool:
            begun = []
            while not stop.wait(0.05):
                if self.planned and progress() >= self.planned[0][0]:
                    _, name = self.planned.pop(0)
                    begun.append(pool.submit(kinds[name], stop))
            for one in begun:
                one.result()

    def _sleep(self, stop: threading.Event) -> None:
        """Stops a serving process for a while, and who would end it for its silence: it wakes up in a past that is over."""
        serving = [(gateway.process.pid, pid) for gateway in self.gateways for pid in gateway.replicas]
        if not serving:
            return
        stopped, seconds = self.dice.choice(serving), SLEEPS_S[self.done["sleep"] % len(SLEEPS_S)]
        self.done["sleep"] += 1
        for pid in stopped:
            _signal(pid, signal.SIGSTOP)
        stop.wait(seconds)
        for pid in reversed(stopped):
            _signal(pid, signal.SIGCONT)

    def _silent(self, stop: threading.Event) -> None:
        """Stops all processes of the database: connections stand, and nobody answers."""
        with self.database:
            postmaster = watcher.postmaster(self.data / "pg")
            if postmaster is None:
                return
            stopped = [postmaster, *children_of(postmaster)]
            for pid in stopped:
                _signal(pid, signal.SIGSTOP)
            stop.wait(SILENT_S)
            for pid in (*stopped, *children_of(postmaster)):
                _signal(pid, signal.SIGCONT)
            self.done["silent"] += 1

    def _read_only(self, stop: threading.Event) -> None:
        """Has the database take nothing, as a standby after a fail-over."""
        with self.database:
            try:
                self._let_write("on")
                stop.wait(READ_ONLY_S)
            finally:
                self._until_written()
            self.done["read only"] += 1

    def _until_written(self) -> None:
        while True:
            try:
                self._let_write("off")
                return
            except psycopg.Error:
                time.sleep(0.5)

    def _let_write(self, read_only: str) -> None:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            # The change itself is written to a file, which the server does however it is set.
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {read_only}".encode())
            connection.execute("SELECT pg_reload_conf()")

    def _flood(self, stop: threading.Event) -> None:
        """One client lodges as much as it can."""
        over = time.monotonic() + FLOOD_S
        self.done["flood"] += 1
        number = self.done["flood"]

        def call(caller: int) -> None:
            dice = random.Random(f"{number} {caller}")
            with httpx.Client(timeout=30, trust_env=False, headers={"X-API-Key": self.flood_key}) as http:
                count = 0
                while time.monotonic() < over and not stop.is_set():
                    count += 1
                    goods = (Goods(number=1, reference=f"CHEDP.XX.2026.1{dice.randrange(COLD):06d}", net_kg=20),)
                    raw = message(f"{FLOOD}{number}-{caller}-{count}", None, goods)
                    gateway = dice.choice(self.gateways)
                    answer: str
                    try:
                        headers = {"content-type": "application/xml", "prefer": "wait=0"}
                        reply = http.post(f"{gateway.url}/v1/declarations", content=raw, headers=headers)
                        answer = str(reply.status_code)
                    except httpx.HTTPError:
                        answer = "none"
                    self.flooded[answer] += 1

        with ThreadPoolExecutor(FLOODING) as pool:
            list(pool.map(call, range(FLOODING)))


def _signal(pid: int, number: signal.Signals) -> None:
    # It may have been killed meanwhile.
    with suppress(ProcessLookupError):
        os.kill(pid, number)
