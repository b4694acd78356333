"""`make bench`: figures of this machine, with the load generator, the simulators and the database on it."""

import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from gateway.intake import Formats, IntakeLimits
from gateway.settings import load as load_settings
from tests.benchmarks import comparison, switching, webhooks, what_if, work_list
from tests.benchmarks.comparison import IDLE_S
from tests.benchmarks.decisions import decision_milliseconds
from tests.benchmarks.installed import PROCESSES, installation, resident_mb, wait_until_all_is_decided
from tests.benchmarks.load import Answered, Call, load
from tests.benchmarks.participants import Field, running_gateway
from tests.benchmarks.reservations import Bench, told
from tests.benchmarks.turns import Meter
from tests.builders.declarations import declaration
from tests.builders.running import Served, clean_environment

IN_FLIGHT = 32
RESERVING = 16
"""Declarations with reservations in flight: as many as keep two cores busy; more would only wait for each other."""
QUICK = os.environ.get("BENCH_QUICK") == "1"
_NUMBERS = count(1)


def calls(items: int, *, accepted: bool = True) -> Iterator[Call]:
    """Declarations that were never sent before."""
    return (Call(body=declaration(number, items=items, accepted=accepted)) for number in _NUMBERS)


def checked(answered: Answered, status: int) -> Answered:
    """Refuses figures of anything but success."""
    if set(answered.statuses) != {status} or set(answered.effects) - {"release"}:
        raise SystemExit(f"not what is measured: {answered.statuses} {answered.effects}")
    return answered


def intake_microseconds() -> float:
    """What reading one declaration of 10 items takes: parse, validate, map."""
    settings = load_settings({})
    formats = Formats.load(
        settings.folder / "formats", schemas=settings.schemas, schema_paths={}, limits=IntakeLimits()
    )
    raw = [declaration(number) for number in range(1, 301)]
    taken = []
    for one in raw:
        began = time.perf_counter()
        formats.accept(one, "application/xml")
        taken.append(time.perf_counter() - began)
    return median(taken[50:]) * 1e6


def demonstration_s() -> tuple[float, float]:
    """Seconds from the start of `gateway demo` to its first decision, and to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo", "--exit", "--port=0"],
        env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"First decision ([\d.]+) s", done.stdout)
    if found is None or done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return float(found[1]), time.perf_counter() - began


def main() -> None:
    """Measures and prints."""
    title = f"{os.cpu_count()} cores, Python {platform.python_version()}, {PROCESSES} processes, authorities at 5 ms, load before {os.getloadavg()[0]:.1f}"
    table = Table("what", "figure", "wanted", title=title)
    quantities = Table(
        f"what, 10 items, {RESERVING} in flight", "figure", "wanted", title="Quantities at TRACES, " + title
    )
    first_s, whole_s = demonstration_s()
    table.add_row("`gateway demo` to its first decision", f"{first_s:.1f} s (to its end {whole_s:.1f} s)", "< 15 s")
    table.add_row("parse, validate, map 10 items", f"{intake_microseconds():.0f} us", "< 1500 us")
    for counting, reserved in ((False, ""), (True, ", all of it reserved")):
        taken = f"{decision_milliseconds(quantities=counting):.1f} ms of CPU time"
        table.add_row(f"one decision, 100 items, 20 documents{reserved}", taken, "< 5 ms")
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with installation(Path(name) / "data") as (simulated, url, gateway):
            field = Field(simulated=simulated, participants=[running_gateway(url, gateway)])
            measure(table, field, gateway)
            work_list.measure(table, url, gateway, work_list.COUNT // 10 if QUICK else work_list.COUNT)
            Console().print(table)
            Bench(field, in_flight=RESERVING, quick=QUICK).rows(quantities)
    Console().print(quantities)
    switching.main(2_000 if QUICK else switching.CONDITIONS)
    what_if.main(1_000 if QUICK else what_if.COUNT)
    webhooks.main()
    comparison.main()


def measure(table: Table, field: Field, gateway: Served) -> None:
    """Measures a running gateway: decisions before acceptance, where nothing moves, and with two of the documents reserved; and idle."""
    (one,) = field.participants

    def run(items: int, total: int, in_flight: int, wait_s: int, *, accepted: bool = False) -> Answered:
        total = total // 10 if QUICK else total
        some = calls(items, accepted=accepted)
        return asyncio.run(load(gateway.url, some, total=total, in_flight=in_flight, wait_s=wait_s))

    run(10, 1000, IN_FLIGHT, 30)
    for accepted, reserved in ((False, ""), (True, " (2 reserved)")):
        with Meter(field, one) as meter:
            ten = checked(run(10, 6000 if not accepted else 2000, IN_FLIGHT, 30, accepted=accepted), 200)
        wanted = "" if accepted else "250/s, p99 < 300 ms"
        table.add_row(f"decisions, 10 items, 3 documents{reserved}, {IN_FLIGHT} in flight", told(ten), wanted)
        table.add_row("... each", meter.work.told(len(ten.ids)), "")
        hundred = checked(run(100, 1000 if not accepted else 500, IN_FLIGHT, 30, accepted=accepted), 200)
        wanted = "" if accepted else "40/s"
        table.add_row(f"decisions, 100 items, 3 documents{reserved}, {IN_FLIGHT} in flight", told(hundred), wanted)
    burst = checked(run(10, 5000, 64, 0), 202)
    after_s = wait_until_all_is_decided(one.database_url)
    table.add_row("burst of 5,000, accepted", f"{burst.per_second:.0f}/s", "800/s")
    table.add_row("... all of it decided", f"{after_s:.1f} s after the last was accepted", "")
    memory = ", ".join(f"{resident_mb(pid):.0f} MB" for pid in gateway.replicas)
    table.add_row("memory of the serving processes", memory, "< 200 MB each")
    with Meter(field, one) as meter:
        time.sleep(IDLE_S)
    table.add_row("a second in which nothing is lodged", meter.work.told(IDLE_S), "")


if __name__ == "__main__":
    main()
