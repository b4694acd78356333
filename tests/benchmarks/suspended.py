"""Suspensions stored and running out: a million open ones written beside stored declarations, and many whose clock ends in one minute.

The open ones are copies of one that was opened by the API, their clocks far away. Those that run out are of declarations that were lodged
and accepted; their rows are copies of one whose opening was so long ago that its clock has run out.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from threading import Event, Thread

import httpx
import psycopg
from msgspec import structs
from psycopg import sql

from gateway.domain.codec import decode, encode
from gateway.domain.mrn import with_check_character
from gateway.store.statements import STATEMENTS
from gateway.wings.suspensions.suspension import Suspension
from tests.benchmarks.load import Call, load
from tests.benchmarks.turns import NotAsMeasured, checked
from tests.builders.declarations import Goods, message
from tests.wings.suspensions.course import STATED

LONG_AGO_DAYS = 30
EACH = 10
"""Open suspensions of one stored declaration."""
_WITHIN_S = 600.0
_MINUTE_S = 60.0


@dataclass(slots=True)
class Beside:
    """A client that lodges one declaration after the other, and how long each takes."""

    url: str
    numbers: Iterator[int]
    latencies_ms: list[float] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> "Beside":
        self._thread = Thread(target=self._lodge)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def percentile(self, share: float) -> float:
        """The milliseconds that this share of the declarations did not exceed."""
        found = sorted(self.latencies_ms)
        return found[min(len(found) - 1, int(len(found) * share))]

    def _lodge(self) -> None:
        headers = {"content-type": "application/xml", "prefer": "wait=30"}
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False, headers=headers) as http:
            while not self._over.wait(0.1):
                began = time.perf_counter()
                http.post("/v1/declarations", content=_accepted(next(self.numbers))).raise_for_status()
                self.latencies_ms.append((time.perf_counter() - began) * 1000)


class Suspended:
    """The suspensions of one running installation."""

    def __init__(self, url: str, gateway_url: str) -> None:
        self._url = url
        self._gateway = gateway_url
        self._numbers = count(time.time_ns() % 10**8)

    def fill(self, suspensions: int) -> float:
        """Write so many open suspensions beside the stored declarations, which are enough of them; return the seconds."""
        body = self._sample()
        began = time.perf_counter()
        with psycopg.connect(self._url, autocommit=True) as connection:
            made = connection.execute(
                "INSERT INTO suspension (declaration_id, number, body, over, deadline, due_at, counted_by)"
                " SELECT d.id, n, %s, false, current_date + 30, now() + interval '30 days' + n * interval '1 hour', c.counted_by"
                " FROM (SELECT id FROM declaration WHERE lrn LIKE 'STORED-%%' LIMIT %s) d, generate_series(1, %s) n,"
                " (SELECT counted_by FROM suspension LIMIT 1) c",
                (body, -(-suspensions // EACH), EACH),
            ).rowcount
            connection.execute("ANALYZE suspension")
        if made < suspensions:
            raise NotAsMeasured(f"{made:,} suspensions were written: store more declarations (STORED)")
        return time.perf_counter() - began

    def found(self) -> tuple[float, str]:
        """Return the milliseconds in which the clocks are found that have run out, and by which plan.

        Raises:
            NotAsMeasured: the table is gone over.
        """
        wanted = STATEMENTS["take_suspensions"].decode() % {"limit": 200, "again": "interval '5 minutes'"}
        with psycopg.connect(self._url) as connection:
            rows = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS) {wanted}".encode()).fetchall()
            connection.rollback()
        plan = [str(row[0]) for row in rows]
        if "suspension_due" not in str(plan) or "Seq Scan on suspension" in str(plan):
            raise NotAsMeasured("\n".join(plan))
        (took,) = [line.split(":")[1].split()[0] for line in plan if line.startswith("Execution Time")]
        (buffers,) = [line.strip() for line in plan if "Buffers" in line][:1]
        return float(took), f"by suspension_due, {buffers.lower()}"

    def lodged(self, expiring: int) -> tuple[list[str], Beside]:
        """Lodge so many declarations whose clocks will run out; return them, and what others wait at rest."""
        answered = asyncio.run(
            load([self._gateway], (Call(body=_accepted(next(self._numbers))) for _ in range(expiring)), total=expiring, in_flight=16, wait_s=60)
        )  # fmt: skip
        checked(answered)
        with Beside(self._gateway, self._numbers) as before:
            time.sleep(10)
        return list(answered.ids), before

    def run_out(self, ids: list[str]) -> tuple[float, Beside]:
        """Have the clocks of declarations run out within a minute; return the seconds until all was decided again, and what others waited beside it."""
        body, expiring = _aged(self._sample()), len(ids)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(
                sql.SQL(
                    "INSERT INTO suspension (declaration_id, number, body, over, deadline, due_at, counted_by)"
                    " SELECT id::uuid, 1, %s, false, current_date, now() + n * interval '1 second' * %s / %s, c.counted_by"
                    " FROM unnest(%s::text[]) WITH ORDINALITY AS i (id, n), (SELECT counted_by FROM suspension LIMIT 1) c"
                ),
                (body, _MINUTE_S, expiring, ids),
            )
            connection.execute(
                "UPDATE declaration SET shut = (SELECT shut FROM declaration WHERE shut IS NOT NULL LIMIT 1) WHERE id = ANY(%s::uuid[])",
                (ids,),
            )
            began = time.perf_counter()
            with Beside(self._gateway, self._numbers) as beside:
                while left := self._left(connection, ids):
                    if time.perf_counter() - began > _WITHIN_S:
                        raise NotAsMeasured(f"{left:,} of {expiring:,} were not worked off in {_WITHIN_S:.0f} s")
                    time.sleep(0.5)
        return time.perf_counter() - began, beside

    @staticmethod
    def _left(connection: psycopg.Connection[object], ids: list[str]) -> int:
        row = connection.execute(
            "SELECT count(*) FROM suspension s JOIN declaration d ON d.id = s.declaration_id"
            " WHERE s.declaration_id = ANY(%s::uuid[]) AND (s.due_at IS NOT NULL OR d.due_at IS NOT NULL)",
            (ids,),
        ).fetchone()
        assert isinstance(row, tuple)
        return int(row[0])

    def _sample(self) -> str:
        """The body of a suspension that the API opened."""
        (made,) = asyncio.run(
            load([self._gateway], iter([Call(body=_accepted(next(self._numbers)))]), total=1, in_flight=1, wait_s=30)
        ).ids
        order = {"regime": "product_safety", "stated": STATED["product_safety"]}
        there = f"{self._gateway}/v1/declarations/{made}/suspensions"
        httpx.post(there, json=order, timeout=60, trust_env=False).raise_for_status()
        with psycopg.connect(self._url) as connection:
            row = connection.execute("SELECT body FROM suspension WHERE declaration_id = %s", (made,)).fetchone()
        assert row is not None
        return str(row[0])


def _accepted(number: int) -> bytes:
    mrn = with_check_character(f"26FR{number:012d}L")
    goods = Goods(number=1, reference=f"CHEDP.XX.2026.1{number % 10**6:06d}", net_kg=20)
    return message(f"CLOCK-{number:012d}", mrn, [goods])


def _aged(body: str) -> str:
    """A suspension as if it had been opened long ago: its clock has run out."""
    ago = timedelta(days=LONG_AGO_DAYS)
    made = decode(body, Suspension)
    clocks = tuple(
        structs.replace(
            one,
            start=one.start - ago,
            last_day=one.last_day - ago if one.last_day is not None else None,
            ends_at=one.ends_at - ago if one.ends_at is not None else None,
        )
        for one in made.clocks
    )
    words = tuple(structs.replace(one, at=one.at - ago) for one in made.words)
    return encode(structs.replace(made, words=words, clocks=clocks, until=made.until - ago)).decode()
