"""What the serving processes' memory grows by under a steady load: `python -m tests.benchmarks.memory`.

MINUTES (22) of PER_SECOND (10) declarations, a quarter of them with three reservations that are released; the first WARM (10) minutes
do not count. Prints for each process that lived all the time the slope through the means of each minute. Status 1: a process grows
by more than 1 MB a minute for certain.
"""

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from tests.benchmarks.comparison import setting
from tests.benchmarks.installed import installation, resident_mb
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.load import Answered, Call, arrive
from tests.benchmarks.slope import slope
from tests.builders.declarations import declaration, reserving
from tests.builders.running import Served

MOST_MB = 1.0
"""A minute, of each process."""
_STRETCH_S = 15.0
_SAMPLE_S = 2.0
_TELL_EVERY = 4
_NUMBERS = count(1)


class MemoryTrace:
    """The memory of processes over time, sampled by a thread while the context lasts."""

    def __init__(self, gateway: Served) -> None:
        self._gateway = gateway
        self._samples: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "MemoryTrace":
        """Begins."""
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends."""
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_S):
            for pid in self._gateway.replicas:
                try:
                    size = resident_mb(pid)
                except OSError:
                    continue
                self._samples[pid].append(((time.monotonic() - self._began) / 60, size))

    def by_minute(self, warm: float) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Gives the mean of each whole minute after the first ones, of each process that was there from the beginning to the end."""
        last = max((samples[-1][0] for samples in self._samples.values()), default=0.0)
        found = {}
        for pid, samples in self._samples.items():
            minutes: dict[int, list[float]] = defaultdict(list)
            for minute, size in samples:
                minutes[int(minute)].append(size)
            if samples[0][0] < 1 and samples[-1][0] > last - 1:
                means = ((float(minute), mean(sizes)) for minute, sizes in sorted(minutes.items()))
                found[pid] = [point for point in means if point[0] >= warm and point[0] + 1 <= last]
        return found


def _lodged() -> Iterator[Call]:
    for number in _NUMBERS:
        yield Call(body=reserving(number, hot=None) if number % 4 == 0 else declaration(number, accepted=False))


def _released(lodged: Answered, place: int) -> Iterator[Call]:
    """Releases every fourth of what was lodged, as many as reserved: one that reserved nothing is refused, which is work, too."""
    return (
        Call(path=f"/v1/declarations/{one}/release", body=b"{}", media_type="application/json")
        for one in lodged.ids[place % 4 :: 4]
    )


async def _steadily(gateway: Served, per_second: float, minutes: float) -> int:
    """Loads a gateway for so long; gives how many declarations it took."""
    end, taken, places = time.monotonic() + minutes * 60, 0, count()
    while time.monotonic() < end:
        place = next(places)
        total = round(per_second * _STRETCH_S)
        lodged = await arrive([gateway.url], _lodged(), per_second=per_second, total=total, wait_s=30)
        if set(lodged.statuses) - {200}:
            print(f"not all were decided: {dict(lodged.statuses)}", flush=True)
        taken += len(lodged.ids)
        releases = list(_released(lodged, place))
        await arrive([gateway.url], iter(releases), per_second=2 * per_second, total=len(releases), wait_s=30)
        if place % _TELL_EVERY == 0:
            sizes = ", ".join(f"{resident_mb(pid):.1f} MB" for pid in gateway.replicas)
            print(f"{(end - time.monotonic()) / 60:5.1f} minutes left, {taken:,} taken: {sizes}", flush=True)
    return taken


def main() -> int:
    """Measures and prints; gives the status."""
    heed_signals()
    minutes, warm = setting("MINUTES", 22), setting("WARM", 10)
    per_second = setting("PER_SECOND", 10)
    with tempfile.TemporaryDirectory(prefix="gateway-memory-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with (
            installation(Path(name) / "data", {"GATEWAY_LOG_LEVEL": "error"}) as (_, _, gateway),
            MemoryTrace(gateway) as trace,
        ):
            taken = asyncio.run(_steadily(gateway, per_second, minutes))
        table = Table(
            "process",
            "first MB",
            "last MB",
            "MB a minute, 95 % within",
            title=f"{minutes:g} minutes, {taken:,} declarations",
        )
        grows = False
        for pid, points in trace.by_minute(warm).items():
            if len(points) < 3:
                print(f"process {pid}: only {len(points)} minutes after the first {warm:g}: MINUTES is too small")
                continue
            found = slope(points)
            grows |= found.each - found.within > MOST_MB
            table.add_row(str(pid), f"{points[0][1]:.1f}", f"{points[-1][1]:.1f}", str(found))
    Console().print(table)
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    return int(grows)


if __name__ == "__main__":
    sys.exit(main())
