"""What is counted all the time is gathered, and nothing of it is lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.observe.gathered_counts import GatheredCounts
from tests.builders.running import until


class Counting:
    """Counts beside those of the gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.gathered = GatheredCounts()
        self.counter = Counter("made", "made", registry=self.registry)
        self.histogram = Histogram("took", "took", buckets=(1, 2), registry=self.registry)

    @property
    def made(self) -> float | None:
        return self.registry.get_sample_value("made_total")

    @property
    def took(self) -> float | None:
        return self.registry.get_sample_value("took_count")


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_where_no_loop_runs_it_is_counted_at_once(counting: Counting) -> None:
    counting.gathered.add(counting.counter, 3)
    counting.gathered.time(counting.histogram, 1.5)
    assert (counting.made, counting.took) == (3, 1)


async def test_in_a_loop_it_is_counted_soon_and_together(counting: Counting) -> None:
    for _ in range(10):
        counting.gathered.add(counting.counter)
        counting.gathered.time(counting.histogram, 1.5)
    assert (counting.made, counting.took) == (0, 0)
    await asyncio.to_thread(until, lambda: counting.took == 10 or None, "what was gathered counted")
    assert counting.made == 10
    counting.gathered.count()
    assert (counting.made, counting.took) == (10, 10), "each is counted once"


def test_what_a_loop_left_that_ended_is_counted_by_whoever_asks(counting: Counting) -> None:
    async def ends() -> None:
        counting.gathered.add(counting.counter)

    asyncio.run(ends())
    assert counting.made == 0
    counting.gathered.count()
    assert counting.made == 1
    asyncio.run(ends())
    counting.gathered.count()
    assert counting.made == 2


def test_threads_count_together(counting: Counting) -> None:
    def many(_: int) -> None:
        for _ in range(1_000):
            counting.gathered.add(counting.counter)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(many, range(8)))
    assert counting.made == 8_000
