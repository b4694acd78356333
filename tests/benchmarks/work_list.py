"""What the queue of many held declarations costs: its page, the same list by the API, and what of it a browser is sent."""

import asyncio
import time
from collections.abc import Iterator
from statistics import median

import httpx
from psycopg.conninfo import conninfo_to_dict
from rich.table import Table

from gateway.domain.mrn import with_check_character
from tests.benchmarks.load import Call, load
from tests.benchmarks.processor import DatabaseTime, spent_s
from tests.builders.declarations import Goods, message
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served
from tests.builders.visitor import demo_person

COUNT = 10_000
"""Declarations that are held."""
_TIMES, _IN_FLIGHT = 30, 32
_UNKNOWN = "CHEDP.FR.2026.0099999"
_PEERS = (
    ("/console/today", "page of the day", "< 300 ms"),
    ("/console/queue?turn=all", "page of the queue, all held", "< 200 ms, < 100 kB"),
    ("/console/queue", "page of the queue, the officer's turn", "< 200 ms, < 100 kB"),
    ("/console/find?q=QUEUE-000777", "found by the end of an LRN", ""),
    ("/v1/declarations?order=held_since&view=row&effect=hold", "the same list by the API", ""),
)


def held(count: int) -> Iterator[Call]:
    """Declarations that cite what no authority knows."""
    goods = [Goods(number=1, reference=_UNKNOWN)]
    return (
        Call(body=message(f"QUEUE-{n:06d}", with_check_character(f"26FR{n:012d}Q"), goods)) for n in range(1, count + 1)
    )


def measure(table: Table, database_url: str, gateway: Served, count: int) -> None:
    """Hold so many, and add a row for each way of reading them."""
    answered = asyncio.run(load(gateway.url, held(count), total=count, in_flight=_IN_FLIGHT, wait_s=30))
    if set(answered.effects) != {"hold"}:
        raise SystemExit(f"not what is measured: {answered.statuses} {answered.effects}")
    officer = demo_person(gateway.url)
    cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in officer.cookies.items())}
    with httpx.Client(base_url=gateway.url, headers=cookies, timeout=PATIENCE_S, trust_env=False) as client:
        for address, what, wanted in _peers(client):
            table.add_row(f"{count:,} held: {what}", _read(client, address, database_url, gateway), wanted)


def waited(url: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each page of an officer with the milliseconds that its readings took, whatever is held."""
    officer = demo_person(url)
    cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in officer.cookies.items())}
    with httpx.Client(base_url=url, headers=cookies, timeout=PATIENCE_S, trust_env=False) as client:
        for address, what, _ in _peers(client):
            taken = []
            for _ in range(_TIMES):
                began = time.perf_counter()
                client.get(address).raise_for_status()
                taken.append((time.perf_counter() - began) * 1000)
            yield what, taken


def _peers(client: httpx.Client) -> Iterator[tuple[str, str, str]]:
    """Yield the addresses that are read, what each is and what it may take; the case is the one that is listed first."""
    yield from _PEERS
    (row,) = client.get("/v1/declarations?view=row&limit=1").raise_for_status().json()["items"]
    yield f"/console/declarations/{row['id']}", "page of a case", "< 300 ms"


def _read(client: httpx.Client, address: str, database_url: str, gateway: Served) -> str:
    """Read an address again and again; return what it took, and how large it is."""
    taken, size, before = [], 0, _spent_s(gateway)
    with DatabaseTime(database_url, str(conninfo_to_dict(database_url)["dbname"])) as database:
        for _ in range(_TIMES):
            began = time.perf_counter()
            answer = client.get(address)
            taken.append(time.perf_counter() - began)
            if answer.is_error:
                raise SystemExit(f"{address}: {answer.status_code}")
            size = len(answer.content)
    own, theirs = (_spent_s(gateway) - before) / _TIMES, database.total_s / _TIMES
    taken.sort()
    waited = f"{median(taken) * 1000:.0f} ms (slowest {taken[-1] * 1000:.0f} ms)"
    return f"{waited}, of a processor {own * 1000:.0f} + PostgreSQL {theirs * 1000:.0f} ms; {size / 1000:.0f} kB"


def _spent_s(gateway: Served) -> float:
    return sum(spent_s(pid) or 0.0 for pid in gateway.replicas)
