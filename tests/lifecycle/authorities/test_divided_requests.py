"""All processes together ask an authority no more often than it allows, whoever comes, goes, or does not reach the database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from gateway.dispatch import Allowance
from gateway.dispatch.breaker import MINUTE_S, OwnLimits
from gateway.domain.errors import StoreUnavailable
from gateway.domain.request_shares import HeldShare, settled
from gateway.lifecycle.authorities.divided_requests import LASTS_S, DividedRequests
from gateway.store import SharesOfProcesses, Store
from gateway.store.request_shares import Settle
from tests.builders.clock import Clock
from tests.store.conftest import other, store

__all__ = ["other", "store"]  # fixtures
NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


class Shelf(SharesOfProcesses):
    """The same rules without a database, by a clock of the test's; it can be out of reach."""

    def __init__(self, rows: dict[str, HeldShare], process: str, clock: Clock) -> None:
        self.process, self._rows, self._clock, self.away = process, rows, clock, False
        self.settled_so_often = 0
        self.meanwhile: Callable[[], object] = lambda: None
        """Is done while the database has not answered yet."""

    async def settle(self, settle: Settle, *, lasts: timedelta) -> None:
        if self.away:
            raise StoreUnavailable("out of reach")
        self.settled_so_often += 1
        now = NOON + timedelta(seconds=self._clock.now)
        claims = settle({"toy": list(self._rows.values())}, now)
        self.meanwhile()
        for claim in claims.values():
            self._rows[self.process] = HeldShare(
                process=self.process,
                share=claim.share,
                until=now + lasts,
                used=claim.used,
                used_until=now + claim.used_for,
            )


class Replica:
    """A process that asks as often as it may."""

    def __init__(self, shelf: SharesOfProcesses, clock: Clock, per_minute: int) -> None:
        self.shelf, self.clock, self.sent = shelf, clock, list[float]()
        self.allowance = Allowance(per_minute=per_minute, clock=clock, divided=True)
        self.requests = DividedRequests(
            store=shelf, allowances=lambda: {"toy": self.allowance}, every_s=3600, clock=clock
        )

    def ask(self, within_s: float = 0.0) -> bool:
        try:
            self.sent.append(self.clock.now + self.allowance.take(within_s))
        except OwnLimits:
            return False
        return True

    def asks(self) -> int:
        """How often it may ask at once."""
        return sum(iter(self.ask, False))


def fullest(sent: list[float]) -> int:
    """The most requests of any 60 seconds."""
    ordered, most, first = sorted(sent), 0, 0
    for last, at in enumerate(ordered):
        # Sums of the clock's figures are rounded.
        while ordered[first] <= at - MINUTE_S + 1e-6:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_an_allowance_that_is_divided_begins_with_nothing_and_ends_with_its_share() -> None:
    clock = Clock()
    allowance = Allowance(per_minute=4, clock=clock, divided=True)
    with pytest.raises(OwnLimits):
        allowance.take(600.0)
    allowance.grant(2, until=clock.now + 100.0)
    assert [allowance.take(600.0) for _ in range(3)] == [0.0, 0.0, 60.0]
    assert allowance.used() == (3, 120.0)
    allowance.shrink(1)
    with pytest.raises(OwnLimits):
        allowance.take(600.0)
    clock.now += 100.0
    allowance.shrink(4)
    with pytest.raises(OwnLimits):
        allowance.take(600.0)


def test_other_settings_do_not_begin_a_minute_anew() -> None:
    clock = Clock()
    allowance = Allowance(per_minute=2, clock=clock)
    assert [allowance.take(0.0), allowance.take(0.0)] == [0.0, 0.0]
    allowance.renew(3)
    allowance.take(0.0)
    with pytest.raises(OwnLimits):
        allowance.take(0.0)
    allowance.renew(0)
    assert allowance.take(0.0) == 0.0


@pytest.mark.parametrize(("per_minute", "processes"), [(10, 1), (10, 3), (3, 4), (1, 2), (1_000_000, 7)])
def test_parts_are_equal_and_never_more_than_all(per_minute: int, processes: int) -> None:
    names = [f"process {number}" for number in range(processes)]
    held: dict[str, HeldShare] = {}
    for _ in range(2):
        for name in names:
            share = settled(per_minute, name, held.values(), NOON).share
            held[name] = HeldShare(
                process=name, share=share, until=NOON + timedelta(seconds=LASTS_S), used=0, used_until=NOON
            )
            assert sum(one.share for one in held.values()) <= per_minute
    for name in names:
        share = settled(per_minute, name, held.values(), NOON).share
        held[name] = HeldShare(
            process=name, share=share, until=NOON + timedelta(seconds=LASTS_S), used=0, used_until=NOON
        )
    shares = [one.share for one in held.values()]
    assert sum(shares) == per_minute
    assert max(shares) - min(shares) <= 1


@pytest.fixture
def database(database_url: str) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


async def test_two_processes_have_it_together(store: Store, other: Store, database: "psycopg.Connection[Any]") -> None:
    clock = Clock()
    one, two = (Replica(each.request_shares, clock, 10) for each in (store, other))
    await one.requests.settle()
    assert one.asks() == 10
    await two.requests.settle()
    assert two.asks() == 0, "the other one has used it all"
    await one.requests.settle()
    await two.requests.settle()
    assert (one.asks(), two.asks()) == (0, 0), "nobody has more before the minute is over"
    database.execute("UPDATE request_share SET used_until = now()")
    clock.now += 60.0
    await two.requests.poll()
    assert (one.asks(), two.asks()) == (5, 5)
    await two.requests.leave()
    clock.now += 60.0
    await one.requests.settle()
    assert (one.asks(), two.asks()) == (5, 0), "what it used lately still counts"
    database.execute("UPDATE request_share SET used_until = now()")
    clock.now += 60.0
    await one.requests.settle()
    assert one.asks() == 10


async def test_one_that_uses_little_gives_away_at_once(store: Store, other: Store) -> None:
    clock = Clock()
    one, two = (Replica(each.request_shares, clock, 10) for each in (store, other))
    await one.requests.settle()
    assert [one.ask(), one.ask()] == [True, True]
    await two.requests.settle()
    await one.requests.settle()
    await two.requests.settle()
    assert (one.asks(), two.asks()) == (3, 5)


async def test_what_a_killed_process_had_comes_back_once_its_time_is_over(
    store: Store, other: Store, database: "psycopg.Connection[Any]"
) -> None:
    clock = Clock()
    one, killed = (Replica(each.request_shares, clock, 10) for each in (store, other))
    for replica in (one, killed, one, killed):
        await replica.requests.settle()
    await one.requests.settle()
    assert one.asks() == 5
    database.execute("UPDATE request_share SET until = now() - interval '61 seconds' WHERE process = 'other'")
    clock.now += 60.0
    database.execute("UPDATE request_share SET used_until = now()")
    await one.requests.settle()
    assert one.asks() == 10
    database.execute(
        "UPDATE request_share SET until = now() - interval '1 hour', used_until = now() - interval '1 hour'"
        "WHERE process = 'other'"
    )
    await one.requests.settle()
    assert database.execute("SELECT process FROM request_share").fetchall() == [("one",)]


async def test_without_a_database_its_last_share_counts_as_long_as_it_lasts() -> None:
    clock = Clock()
    shelf = Shelf({}, "one", clock)
    one = Replica(shelf, clock, 6)
    await one.requests.settle()
    shelf.away = True
    for _ in range(int(LASTS_S // MINUTE_S)):
        with pytest.raises(StoreUnavailable):
            await one.requests.settle()
        assert one.asks() == 6
        clock.now += MINUTE_S
    assert one.asks() == 0
    shelf.away = False
    await one.requests.poll()
    assert one.asks() == 6


async def test_nothing_is_asked_of_the_database_for_a_request() -> None:
    clock = Clock()
    shelf = Shelf({}, "one", clock)
    one = Replica(shelf, clock, 1_000)
    for _ in range(120):
        await one.requests.poll()
        assert one.ask()
        clock.now += 1.0
    assert shelf.settled_so_often == 2


@pytest.mark.parametrize("seed", range(20))
async def test_never_more_whoever_comes_goes_is_killed_or_cut_off(seed: int) -> None:
    """Any course of things: the requests of all, in any 60 seconds, are never more than the authority allows."""
    chance, clock, rows, per_minute = Random(seed), Clock(), dict[str, HeldShare](), 12
    living: list[tuple[Replica, Shelf]] = []
    sent: list[float] = []

    def start() -> None:
        shelf = Shelf(rows, f"{chance.random():.9f}", clock)
        replica = Replica(shelf, clock, per_minute)
        shelf.meanwhile = lambda: chance.random() < 0.5 and replica.asks()
        living.append((replica, shelf))

    def end(number: int) -> None:
        sent.extend(living.pop(number)[0].sent)

    start()
    for _ in range(3_000):
        clock.now += chance.expovariate(1.0)
        if not living or (chance.random() < 0.02 and len(living) < 6):
            start()
        number = chance.randrange(len(living))
        replica, shelf = living[number]
        match chance.choices(("ask", "settle", "cut", "leave", "kill"), (70, 25, 2, 1, 1))[0]:
            case "ask":
                replica.ask(within_s=chance.choice((0.0, 0.0, 20.0)))
            case "settle" if not shelf.away:
                await replica.requests.settle()
            case "cut":
                shelf.away = not shelf.away
            case "leave" if not shelf.away:
                await replica.requests.leave()
                end(number)
            case "kill":
                end(number)
    sent += [at for one, _ in living for at in one.sent]
    assert len(sent) > 200
    assert fullest(sent) <= per_minute
