"""What a scrape takes of a gateway of several processes: `python -m tests.benchmarks.scrape` (PROCESSES=8 DECLARATIONS=400 SCRAPES=40).

Declarations of several kinds are decided first, so that every process has counted. Then nothing else is done: each scrape is a connection
of its own, a second after the one before, so that none is given an answer that was kept. The processor's time is that of all serving
processes together, less what they take in as many idle seconds.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

import httpx
from rich.console import Console

from gateway.observe.scrape import KEPT_S
from tests.benchmarks.comparison import setting
from tests.benchmarks.installed import installation, wait_until_all_is_decided
from tests.benchmarks.load import Call, load
from tests.benchmarks.processor import spent_s
from tests.builders.declarations import declaration, reserving
from tests.builders.running import Served

_PAUSE_S = KEPT_S + 0.05


def _calls() -> Iterator[Call]:
    """Declarations of three kinds in turn: accepted, compared alone, and with three reservations."""
    for number in count(1):
        reserves, accepted = number % 3 == 0, number % 3 == 1
        yield Call(body=reserving(number, hot=None) if reserves else declaration(number, accepted=accepted))


def _spent_s(gateway: Served) -> float:
    return sum(spent_s(pid) or 0.0 for pid in gateway.replicas)


def main() -> None:
    """Measure, and print."""
    processes, declarations, scrapes = (
        int(setting(name, default)) for name, default in (("PROCESSES", 8), ("DECLARATIONS", 400), ("SCRAPES", 40))
    )
    settings = {"GATEWAY_METRICS_PORT": "0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        installation(Path(folder), settings, processes=processes) as (_, database, gateway),
    ):
        assert gateway.process.stdout is not None
        url = gateway.process.stdout.readline().split()[-1]
        asyncio.run(load(gateway.url, _calls(), total=declarations, in_flight=processes * 2, wait_s=30))
        wait_until_all_is_decided(database)
        before = _spent_s(gateway)
        time.sleep(scrapes * _PAUSE_S)
        idle_s = _spent_s(gateway) - before
        before, seconds, answer = _spent_s(gateway), [], httpx.Response(200)
        for _ in range(scrapes):
            time.sleep(_PAUSE_S)
            began = time.perf_counter()
            answer = httpx.get(url, timeout=60, trust_env=False).raise_for_status()
            seconds.append(time.perf_counter() - began)
        spent = (_spent_s(gateway) - before - idle_s) / scrapes
    Console().print(
        f"{processes} processes, {declarations} declarations, {len(answer.text.splitlines())} lines of {len(answer.content)} bytes, "
        f"{scrapes} scrapes: median {median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms; "
        f"{spent * 1000:.0f} ms of the processor each. Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )


if __name__ == "__main__":
    main()
