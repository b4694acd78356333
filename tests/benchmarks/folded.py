"""Indicators of ten million declarations a year: how long pages, files and the API read them, and how long a day takes to be counted.

The counted rows of a year are written as they would be: each office with everything that is told apart, every day. What is counted is the
day of the stored declarations, whose events are those of as many.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import psycopg

from gateway.domain.calendar import Calendar
from gateway.store import Store
from gateway.wings.reporting.indicators.counts import COUNTS, MORE, TIMES
from gateway.wings.reporting.indicators.days import IndicatorDays
from tests.builders.processes import PATIENCE_S
from tests.builders.visitor import demo_person

OFFICES, YEAR = 120, 10_000_000
_DAYS, _TIMES = 730, 20
_PARTS: dict[str, int | tuple[str, ...]] = {
    "time": (*TIMES, MORE),
    "authority": 5,
    "formality": 15,
    "regime": 3,
    "": ("",),
}
_READ = (
    ("/console/figures", "all indicators"),
    ("/console/figures/held", "one by authority, twelve months"),
    ("/console/figures/confirmed", "one by formality, twelve months"),
    ("/console/figures.csv", "all as a file"),
    ("/v1/indicators?limit=100", "all by the API"),
)


def fill(url: str) -> int:
    """Write the counted rows of two years up to yesterday, each office with all parts every day; return how many."""
    today = datetime.now(UTC).date()
    made = 0
    with psycopg.connect(url, autocommit=True) as connection:
        for one in COUNTS.values():
            parts = _PARTS[one.by]
            names = [f"{one.by}-{n}" for n in range(parts)] if isinstance(parts, int) else list(parts)
            made += connection.execute(
                "INSERT INTO indicator_day (count, day, office, part, number)"
                " SELECT %s, d::date, 'FR' || lpad(o::text, 6, '0'), p, (random() * 2 * %s)::int"
                " FROM generate_series(%s::date, %s::date, interval '1 day') AS d, generate_series(1, %s) AS o, unnest(%s::text[]) AS p"
                " ON CONFLICT DO NOTHING",
                (one.name, max(1, YEAR // 365 // OFFICES // len(names)), today - timedelta(days=_DAYS), today - timedelta(days=1), OFFICES, names),
            ).rowcount  # fmt: skip
        connection.execute(
            "INSERT INTO indicator_day (count, day, office, part, number)"
            " SELECT count, day, office, '*', sum(number) FROM indicator_day GROUP BY count, day, office ON CONFLICT DO NOTHING"
        )
        connection.execute(
            "INSERT INTO indicator_fold (day, events, at)"
            " SELECT d::date, 0, now() FROM generate_series(%s::date, %s::date, interval '1 day') AS d ON CONFLICT DO NOTHING",
            (today - timedelta(days=_DAYS), today - timedelta(days=1)),
        )
        connection.execute("VACUUM ANALYZE indicator_day")
    return made


def waited(url: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each way of reading with the milliseconds that its readings took."""
    officer = demo_person(url)
    cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in officer.cookies.items())}
    with httpx.Client(base_url=url, headers=cookies, timeout=PATIENCE_S, trust_env=False) as client:
        for address, what in _READ:
            taken = []
            for _ in range(_TIMES):
                began = time.perf_counter()
                client.get(address).raise_for_status()
                taken.append((time.perf_counter() - began) * 1000)
            yield what, taken


def counted(url: str) -> tuple[date, int, float]:
    """Count the day with the most events; return it, how many it has, and the seconds."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT at::date, count(*) FROM event GROUP BY 1 ORDER BY 2 DESC LIMIT 1").fetchone()
    assert row is not None
    return row[0], row[1], asyncio.run(_counted(url, row[0]))


async def _counted(url: str, day: date) -> float:
    async with Store.opened(url) as store:
        days = IndicatorDays(store.database, Calendar(zone=ZoneInfo("UTC")))
        began = time.perf_counter()
        await days.fold(day, day, datetime.now(UTC) + timedelta(days=2))
        return time.perf_counter() - began
