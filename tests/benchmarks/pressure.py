"""`make pressure`: what others notice while one client wants too much: a flood, waiting readers, large messages, silent connections.

Two processes in the mode `api-key`, authorities at 5 ms, the load on the same cores. The others are customs and a trader with
five calls a second each. SECONDS (30) sets how long a flood lasts; CELLS (all) which of the cells are measured; BACKLOG (20000) how
many declarations may wait.
"""

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from rich.console import Console
from rich.table import Table

from gateway.access import key_hash, new_key
from tests.benchmarks.callers import (
    OWN,
    PATIENCE_S,
    QUIET,
    Make,
    Noticed,
    after,
    at_rate,
    call,
    message,
    others_apart,
    request,
)
from tests.benchmarks.installed import PROCESSES, installation, resident_mb, wait_until_all_is_decided
from tests.benchmarks.processor import DatabaseTime, spent_s
from tests.builders.running import Served

SECONDS = int(os.environ.get("SECONDS", "30"))
AT_ONCE = 2_000
"""Calls of the one who floods that are not answered yet; beyond these it sends none: the load is one process, too."""
READERS = 5_000
SILENT = 19_000
"""Silent connections, a thousand fewer than the files that a process may open here."""
LARGE, LARGE_BYTES = 50, 6_000_000
EACH = 5
"""Documents of each item of the declaration with the most of them."""
COMPANIES = {f"flood {number}": f"FR3000000000000{number}" for number in range(8)}
"""Of which none has a quarter of what waits."""
GUESSING = 50
"""Clients whose key changes each call."""
KEYS = {
    "customs": "customs",
    "reader": "customs",
    "flood": "trader",
    "quiet": "trader",
    **dict.fromkeys(COMPANIES, "trader"),
}


@dataclass(frozen=True, slots=True)
class Installed:
    """What is measured."""

    gateway: Served
    database: str

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

    def decided(self) -> int:
        """How many decisions there are."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT count(*) FROM decision").fetchone()
        return int(row[0]) if row else 0


async def rest(installed: Installed) -> None:
    """Waits until everything is decided."""
    await asyncio.to_thread(wait_until_all_is_decided, installed.database)


@dataclass(frozen=True, slots=True)
class Rate:
    """How much was decided."""

    per_second: float
    per_processor_second: float


async def decided(installed: Installed, work: Callable[[], Coroutine[Any, Any, None]]) -> Rate:
    """Does some work; gives how much was decided meanwhile."""
    database = installed.database.rpartition("/")[2].partition("?")[0]
    before, spent, began = installed.decided(), installed.spent_s(), time.perf_counter()
    with DatabaseTime(installed.database, database) as taken:
        await work()
    number, seconds = installed.decided() - before, time.perf_counter() - began
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


async def flood(installed: Installed, times: float, usual: Rate, table: Table, companies: Mapping[str, str]) -> None:
    """R6: one trader, or several, lodge at a multiple of what can be decided."""
    flooding, under_way, not_sent = Noticed(), 0, 0
    turns = cycle(companies.items())

    async def one() -> None:
        nonlocal under_way, not_sent
        if under_way >= AT_ONCE:
            not_sent += 1
            return
        under_way += 1
        key, eori = next(turns)
        await call(installed.place, request("POST", "/v1/declarations", key, message(eori)), flooding)
        under_way -= 1

    async def work() -> None:
        await at_rate(times * usual.per_second, one, until=after(SECONDS))

    async with others_apart(installed.place) as noticed:
        rate = await decided(installed, work)
    table.add_section()
    table.add_row(
        f"flood by {len(companies)}, {times:g} x {usual.per_second:.0f}/s",
        "who floods",
        f"{flooding.told()}, {not_sent} not sent",
        "",
    )
    compared = (
        f"{rate.per_second:.0f} a second ({rate.per_second / usual.per_second:.0%} of before), "
        f"{rate.per_processor_second:.0f} a processor second ({rate.per_processor_second / usual.per_processor_second:.0%})"
    )
    table.add_row("", "decisions", compared, "90 %")
    show(table, noticed, installed)
    await rest(installed)


async def guesses(installed: Installed, table: Table) -> None:
    """Clients show another key each time, and beside them, from the same address, somebody has a key that was made a moment ago."""
    guessed, made, over = Noticed(), Noticed(), after(SECONDS)

    async def guess() -> None:
        while not over():
            await call(installed.place, request("GET", "/v1/me", new_key()), guessed)

    async def with_a_new_key(number: int) -> None:
        answer = await call(installed.place, own_key(f"late {number}"), Noticed())
        if found := re.search(rb'"key":"([^"]+)"', answer):
            await call(installed.place, request("GET", "/v1/me", found[1].decode()), made)

    numbers = count(time.time_ns() % 10**9)
    async with others_apart(installed.place) as noticed, asyncio.TaskGroup() as group:
        for _ in range(GUESSING):
            group.create_task(guess())
        while not over():
            await with_a_new_key(next(numbers))
            await asyncio.sleep(SECONDS / 15)
    table.add_section()
    table.add_row(f"{GUESSING} clients that guess keys", "the guesses", guessed.told(), "")
    table.add_row("", "first calls of new keys", made.told(), "all 200")
    show(table, noticed, installed)


def own_key(name: str) -> bytes:
    """The call by which a trader makes one more key of its own."""
    body = json.dumps({"name": name}).encode()
    return request("POST", "/v1/keys", "quiet", body).replace(b"application/xml", b"application/json")


async def readers(installed: Installed, table: Table) -> None:
    """R7: thousands wait for the next notice, each behind all that there is."""
    waiting = Noticed()
    over = after(SECONDS)
    last = await last_place(installed)

    async def reader() -> None:
        place = last
        while not over():
            wait_s = int(PATIENCE_S) - 10
            path = f"/v1/notices?limit=100&after={place}&wait={wait_s}"
            answer = await call(installed.place, request("GET", path, "reader"), waiting, PATIENCE_S + 20)
            if found := re.search(rb'"next":"([^"]+)"', answer):
                place = found[1].decode()
            else:
                await asyncio.sleep(retry_after(answer))

    async with others_apart(installed.place) as noticed:
        await asyncio.gather(*(reader() for _ in range(READERS)))
    table.add_section()
    table.add_row(f"{READERS:,} readers that wait for notices", "the readers", waiting.told(), "")
    show(table, noticed, installed)


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


def retry_after(answer: bytes) -> int:
    """The seconds after which to call again."""
    found = re.search(rb"retry-after: (\d+)", answer.lower())
    return int(found[1]) if found else 1


async def large(installed: Installed, table: Table) -> None:
    """R8: fifty large messages at once, each sent again until it is taken."""
    items = LARGE_BYTES // 900
    sent = Noticed()

    async def lodge() -> None:
        body = await asyncio.to_thread(message, items=items)
        while True:
            answer = await call(
                installed.place, request("POST", "/v1/declarations", "customs", body), sent, PATIENCE_S * 4
            )
            if answer.startswith((b"HTTP/1.1 202", b"HTTP/1.1 200")):
                return
            await asyncio.sleep(retry_after(answer))

    began = time.perf_counter()
    async with others_apart(installed.place) as noticed:
        await asyncio.gather(*(lodge() for _ in range(LARGE)))
    taken_s = time.perf_counter() - began
    memory = installed.memory_mb()
    await rest(installed)
    table.add_section()
    table.add_row(f"{LARGE} messages of {LARGE_BYTES / 1e6:.0f} MB", "all taken", f"after {taken_s:.0f} s", "300 s")
    table.add_row("", "all decided", f"after {time.perf_counter() - began:.0f} s", "")
    table.add_row("", "these calls", sent.told(), "")
    table.add_row("", "memory meanwhile", f"{memory} MB", "400 MB each")
    show(table, noticed, installed)


async def silent(installed: Installed, table: Table) -> None:
    """R12: thousands of connections that say nothing."""
    opened: list[asyncio.StreamWriter] = []
    refused = 0

    async def open_all() -> None:
        nonlocal refused
        for _ in range(SILENT):
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(*installed.place), 10)
                opened.append(writer)
            except (OSError, TimeoutError):
                refused += 1

    async with others_apart(installed.place) as noticed:
        await open_all()
        await asyncio.sleep(SECONDS / 3)
    for writer in opened:
        writer.close()
    table.add_section()
    table.add_row("silent connections", "opened", f"{len(opened):,}, not opened {refused:,}", "")
    show(table, noticed, installed)


async def many_documents(installed: Installed, table: Table) -> None:
    """A declaration of 1,000 items with five documents each: decided and explained."""
    table.add_section()
    async with others_apart(installed.place) as quiet:
        await asyncio.sleep(SECONDS / 3)
    show(table, quiet, installed, "before it")
    body = citing(1_000, EACH)
    lodged = Noticed()
    spent = installed.spent_s()
    async with others_apart(installed.place) as noticed:
        answer = await call(
            installed.place, request("POST", "/v1/declarations", "customs", body, wait_s=120), lodged, 150
        )
        judged_s = installed.spent_s() - spent
    found = re.search(rb'"id":"([^"]+)"', answer)
    table.add_row(
        "1,000 items with 5 documents each", "judging, with the others", f"{judged_s:.1f} s of the processor", "5 s"
    )
    table.add_row("", "the call", lodged.told(), "")
    show(table, noticed, installed, "beside it")
    if found is None:
        return
    explained, spent = Noticed(), installed.spent_s()
    async with others_apart(installed.place) as noticed:
        path = f"/v1/declarations/{found[1].decode()}/explanation"
        await call(installed.place, request("GET", path, "customs"), explained, 150)
    table.add_row("", "its explanation", explained.told(), "")
    table.add_row("", "explaining, with the others", f"{installed.spent_s() - spent:.1f} s of the processor", "5 s")
    show(table, noticed, installed, "beside explaining it")


def citing(items: int, each: int) -> bytes:
    """A declaration of so many items, each with so many certificates of its own."""
    whole = message(items=items)
    begin, end = b"<SupportingDocument>", b"</SupportingDocument>"
    parts = whole.split(begin)
    written = [parts[0]]
    numbers = count(1)
    for part in parts[1:]:
        document, _, more = part.partition(end)
        for place in range(1, each + 1):
            one = re.sub(rb"<referenceNumber>[^<]+", b"<referenceNumber>CHEDP.XX.2026.1%06d" % next(numbers), document)
            one = re.sub(rb"<type>[^<]+", b"<type>N853", one)
            one = re.sub(rb"<sequenceNumber>[^<]+", b"<sequenceNumber>%d" % place, one)
            written += [begin, one, end]
        written.append(more)
    return b"".join(written)


def show(table: Table, noticed: Mapping[str, Noticed], installed: Installed, when: str = "meanwhile") -> None:
    """Adds what the others noticed, and the memory afterwards."""
    for who, one in noticed.items():
        table.add_row("", f"{who} {when}", one.told(), "p95 < 1 s")
    table.add_row("", "memory of the processes", f"{installed.memory_mb()} MB", "")


async def measure(installed: Installed, table: Table, cells: Sequence[str]) -> None:
    """Measures one cell after the other."""
    await sustainable(installed)
    usual = await sustainable(installed)
    await rest(installed)
    told = f"{usual.per_second:.0f} a second, {usual.per_processor_second:.0f} a processor second"
    table.add_row("32 callers that wait", "decisions", told, "")
    table.add_row("", "memory of the processes", f"{installed.memory_mb()} MB", "")
    every: Mapping[str, Make] = {
        "twice": lambda: flood(installed, 2, usual, table, {"flood": OWN}),
        "tenfold": lambda: flood(installed, 10, usual, table, {"flood": OWN}),
        "traders": lambda: flood(installed, 10, usual, table, COMPANIES),
        "guesses": lambda: guesses(installed, table),
        "readers": lambda: readers(installed, table),
        "documents": lambda: many_documents(installed, table),
        "silent": lambda: silent(installed, table),
        "large": lambda: large(installed, table),
    }
    for name in cells or every:
        print(f"{name} ...", flush=True)
        await every[name]()


def keys() -> str:
    """The keys of the clients, as the setting has them."""
    owners = {"flood": [OWN], "quiet": [QUIET], **{name: [eori] for name, eori in COMPANIES.items()}}
    return json.dumps(
        [
            {"name": name, "hash": key_hash(name), "role": role, **({"eoris": owners[name]} if name in owners else {})}
            for name, role in KEYS.items()
        ]
    )


def main() -> None:
    """Measures and prints."""
    cells = [name for name in os.environ.get("CELLS", "").split(",") if name]
    title = (
        f"{os.cpu_count()} cores, {PROCESSES} processes, floods of {SECONDS} s, load before {os.getloadavg()[0]:.1f}"
    )
    table = Table("what", "of", "figure", "wanted", title=title)
    settings = {
        "GATEWAY_SECURITY__MODE": "api-key",
        "GATEWAY_SECURITY__KEYS": keys(),
        "GATEWAY_LOG_LEVEL": "error",
        "GATEWAY_BACKLOG": os.environ.get("BACKLOG", "20000"),
    }
    with tempfile.TemporaryDirectory(prefix="gateway-pressure-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with installation(Path(name) / "data", settings) as (_, url, gateway):
            asyncio.run(measure(Installed(gateway, url), table, cells))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


if __name__ == "__main__":
    main()
