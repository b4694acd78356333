"""The installation that is under pressure, how much it decides, what others may notice at most, and how soon it is over."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
from rich.table import Table

from tests.benchmarks.callers import READYZ, Noticed, after, at_rate, call, lodging, message, others_apart, request
from tests.benchmarks.installed import resident_mb, wait_until_all_is_decided
from tests.benchmarks.processor import DatabaseTime, spent_s
from tests.builders.issuer import PublishedKeys
from tests.builders.receiver import Receiver
from tests.builders.running import Served

SECONDS = int(os.environ.get("SECONDS", "30"))
AT_ONCE = 2_000
"""Calls of the one who floods that are not answered yet; beyond these it sends none: the load is one process, too."""
P95_S, READY_S, REFUSED, OVER_S = 1.0, 0.5, 0.01, 10.0
"""What others may notice at most: how long their calls take, the slowest of the probes, the share that is refused, and for how long after."""
_GIVEN_UP_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What is measured."""

    gateway: Served
    database: str
    slow: Receiver
    quick: Receiver
    """Receivers of webhooks."""
    signing: PublishedKeys
    """Where persons sign in."""

    @property
    def place(self) -> tuple[str, int]:
        """Where it is called."""
        url = urlsplit(self.gateway.url)
        return str(url.hostname), int(url.port or 80)

    def spent_s(self) -> float:
        """Processor time of its processes so far."""
        return sum(spent_s(pid) or 0.0 for pid in (self.gateway.process.pid, *self.gateway.replicas))

    def memory_mb(self) -> Sequence[int]:
        """What each process has in memory now."""
        return [round(resident_mb(pid)) for pid in self.gateway.replicas]

    def counted(self, statement: str, **values: Any) -> int:
        """What a statement counts in the database."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute(statement.encode(), values).fetchone()
        return int(row[0]) if row else 0

    async def rest(self) -> float:
        """Waits until everything is decided; gives the seconds."""
        return await asyncio.to_thread(wait_until_all_is_decided, self.database)


@dataclass(slots=True)
class Bars:
    """The table of figures, and which of them are not what is wanted."""

    table: Table
    missed: list[str] = field(default_factory=list)
    _cell: str = ""

    def cell(self, what: str) -> None:
        """Begins a cell."""
        self.table.add_section()
        self._cell = what
        self.table.add_row(what, "", "", "", "")

    def row(self, of: str, figure: str, wanted: str = "", met: bool | None = None) -> None:
        """Adds a figure, and whether it is what is wanted; None: nothing is."""
        if met is False:
            self.missed.append(f"{self._cell}: {of}: {figure}, wanted {wanted}")
        self.table.add_row("", of, figure, wanted, "" if met is None else "yes" if met else "NO")

    def noticed(self, who: str, one: Noticed, *, p95_s: float = P95_S) -> None:
        """Adds what somebody else noticed."""
        if who == READYZ:
            slowest, ready = max(one.seconds, default=float("nan")), one.refused == 0
            self.row(who, f"slowest {slowest:.2f} s ({one.answers()})", f"< {READY_S:g} s", slowest < READY_S and ready)
            return
        self.row(who, one.told(), f"p95 < {p95_s:g} s", one.percentile(0.95) < p95_s)
        self.row(f"{who}, not done", f"{one.refused:.1%}", f"< {REFUSED:.0%}", one.refused < REFUSED)


@dataclass(frozen=True, slots=True)
class Rate:
    """How much was decided."""

    per_second: float
    per_processor_second: float


async def decided(installed: Installed, work: Callable[[], Coroutine[Any, Any, None]]) -> Rate:
    """Does some work; gives how much was decided meanwhile."""
    statement, database = "SELECT count(*) FROM decision", installed.database.rpartition("/")[2].partition("?")[0]
    before, spent, began = installed.counted(statement), installed.spent_s(), time.perf_counter()
    with DatabaseTime(installed.database, database) as taken:
        await work()
    number, seconds = installed.counted(statement) - before, time.perf_counter() - began
    return Rate(number / seconds, number / (installed.spent_s() - spent + taken.total_s))


async def sustainable(installed: Installed) -> Rate:
    """What is decided where each of 32 callers waits for its decision before it lodges again."""
    over = after(SECONDS / 2)

    async def caller() -> None:
        while not over():
            await call(installed.place, request("POST", "/v1/declarations", "customs", message(), wait_s=30), Noticed())

    async def all_of_them() -> None:
        await asyncio.gather(*(caller() for _ in range(32)))

    return await decided(installed, all_of_them)


async def flooded(installed: Installed, rate: float, make: Callable[[], bytes], load: Noticed, seconds: float) -> int:
    """Calls at a rate, for so many seconds; gives how many calls were not made, because too many were not answered yet."""
    under_way = not_sent = 0

    async def one() -> None:
        nonlocal under_way, not_sent
        if under_way >= AT_ONCE:
            not_sent += 1
            return
        under_way += 1
        await call(installed.place, make(), load)
        under_way -= 1

    await at_rate(rate, one, until=after(seconds))
    return not_sent


async def lasting(*callers: Coroutine[Any, Any, None], seconds: float = SECONDS) -> None:
    """Has all of them call at the same time for so many seconds, then breaks off what is not answered."""
    tasks = [asyncio.ensure_future(one) for one in callers]
    await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()
    for found in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(found, Exception):
            raise found


@asynccontextmanager
async def beside(installed: Installed, bars: Bars, *, rests: bool = True) -> AsyncIterator[None]:
    """Has others call while a load lasts and until it is over; adds what they noticed, and after how long it was."""
    async with others_apart(installed.place) as noticed:
        yield
        over_s = await _until_well(installed)
    show(bars, noticed, installed)
    bars.row("over after the load", f"{over_s:.1f} s", f"< {OVER_S:g} s", over_s < OVER_S)
    if rests:
        bars.row("all decided", f"{over_s + await installed.rest():.0f} s after it")


async def _until_well(installed: Installed) -> float:
    """Waits until three rounds of calls are answered as ever; gives the seconds until the first of them."""
    began = since = time.perf_counter()
    rounds: Mapping[str, Callable[[], bytes]] = {
        READYZ: lambda: request("GET", READYZ),
        "customs": lambda: lodging("customs"),
        "officer": lambda: request("GET", "/v1/declarations?limit=5", "officer"),
    }
    well = 0
    while well < 3 and since - began < _GIVEN_UP_S:
        found = Noticed()
        for make in rounds.values():
            await call(installed.place, make(), found)
        well = well + 1 if found.refused == 0 and max(found.seconds) < P95_S else 0
        since = since if well else time.perf_counter()
    return since - began


async def last_place(installed: Installed) -> str:
    """Where the notices end now."""
    place, more = "0", True
    while more:
        answer = await call(
            installed.place, request("GET", f"/v1/notices?limit=1000&after={place}", "reader"), Noticed()
        )
        told = json.loads(answer.partition(b"\r\n\r\n")[2])
        place, more = told["next"], told["more"]
    return place


def show(bars: Bars, noticed: Mapping[str, Noticed], installed: Installed, when: str = "") -> None:
    """Adds what the others noticed, and the memory afterwards."""
    if when:
        bars.row(when, "")
    for who, one in noticed.items():
        bars.noticed(who, one)
    bars.row("memory of the processes", f"{installed.memory_mb()} MB")
