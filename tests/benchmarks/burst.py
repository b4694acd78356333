"""A burst of declarations that nobody waits for: `python -m tests.benchmarks.burst`, how many a second are made durable and what they cost.

DECLARATIONS (5000) with `Prefer: respond-async`, IN_FLIGHT (64) at a time, TIMES (3); PROCESSES of the gateway are two. Said beside it:
the milliseconds of a processor that taking each costs the gateway, PostgreSQL and whoever sends them, and what more two processors
would have to do for the rate that is wanted.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.comparison import setting
from tests.benchmarks.figures import run_of_now
from tests.benchmarks.installed import PROCESSES, installation, wait_until_all_is_decided
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.load import Answered, Call, load
from tests.benchmarks.participants import Field, running_gateway
from tests.benchmarks.turns import Meter, NotAsMeasured
from tests.builders.declarations import declaration

WANTED = 1_000
"""Declarations made durable a second."""
_WARM = 500
_NUMBERS = count(1)


def _burst(urls: list[str], total: int, in_flight: int) -> Answered:
    # Written before: writing them is no part of the burst.
    some = [Call(body=declaration(next(_NUMBERS), accepted=False)) for _ in range(total)]
    try:
        answered = asyncio.run(load(urls, iter(some), total=total, in_flight=in_flight, wait_s=0))
    except (OSError, EOFError) as error:
        # As behind a refusal: who is refused for too much has its connection closed.
        raise NotAsMeasured(f"a connection ended before its answer ({type(error).__name__})") from error
    if set(answered.statuses) != {202}:
        raise NotAsMeasured(f"not all were taken: {dict(answered.statuses)}")
    return answered


def _sender_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Measures and prints; gives the status."""
    heed_signals()
    try:
        total, in_flight = round(setting("DECLARATIONS", 5_000)), round(setting("IN_FLIGHT", 64))
        times = round(setting("TIMES", 3))
        _, told = run_of_now("python -m tests.benchmarks.burst")
        table = Table(
            "burst", "/s", "p50 ms", "p99 ms", "gateway", "PostgreSQL", "simulators", "sender ms", "decided after s"
        )
        rates, costs = [], []
        with tempfile.TemporaryDirectory(prefix="gateway-burst-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)
            with installation(Path(name) / "data", {"GATEWAY_LOG_LEVEL": "error"}) as (simulated, url, gateway):
                field = Field(simulated=simulated, participants=[running_gateway(url, gateway)])
                (one,) = field.participants
                _burst(list(one.urls), _WARM, in_flight)
                wait_until_all_is_decided(url)
                for number in range(times):
                    before = _sender_s()
                    with Meter(field, one) as meter:
                        answered = _burst(list(one.urls), total, in_flight)
                    sender_ms = (_sender_s() - before) * 1000 / total
                    began = time.perf_counter()
                    wait_until_all_is_decided(url)
                    work = meter.work
                    each = [one_s * 1000 / total for one_s in (work.own_s, work.database_s, work.simulators_s)]
                    rates.append(answered.per_second)
                    costs.append(sum(each) + sender_ms)
                    table.add_row(
                        f"{number + 1}: {total:,}",
                        f"{answered.per_second:.0f}",
                        f"{answered.percentile(0.5):.0f}",
                        f"{answered.percentile(0.99):.0f}",
                        *(f"{one_ms:.2f}" for one_ms in each),
                        f"{sender_ms:.2f}",
                        f"{time.perf_counter() - began:.1f}",
                    )
    except (NotAsMeasured, NotComparable) as error:
        print(error, file=sys.stderr)
        return 1
    table.title = (
        f"{told['machine']}, {told['commit'][:8]}, load {told['load_before']} before, {os.getloadavg()[0]:.1f} after"
    )
    table.caption = (
        f"{median(rates):.0f} a second of {WANTED:,}, {PROCESSES} processes; each costs {median(costs):.2f} ms of a processor in all,"
        f" and {(os.cpu_count() or 1) * 1000 / WANTED:.2f} are there for it at {WANTED:,} a second"
    )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
