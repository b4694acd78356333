"""What some documents that hang cost others who ask the same authority, over the wire."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from gateway.dispatch import BreakerState, Dispatcher
from gateway.dispatch.own_time import own_time
from gateway.domain.verification import DocumentStatus
from tests.builders.replicas import until
from tests.dispatch.server import ONCE, Seen, about, dispatching, good, loaded, valid, wire

T = TypeVar("T")
POLICY = replace(ONCE, breaker_threshold=2, breaker_rest_s=3600.0)
HANGING = [about("HANG/1"), about("HANG/2")]


async def some_hang(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """Answers about all but these."""
    if seen.number.startswith("HANG"):
        await asyncio.Event().wait()
    writer.write(valid(seen.number))


async def all_hang(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """Answers nobody."""
    await asyncio.Event().wait()


def breaker(dispatcher: Dispatcher) -> BreakerState:
    return dispatcher.health()[0].breaker


async def test_nobody_else_is_refused_because_some_hang_though_nothing_else_was_asked() -> None:
    async with wire(some_hang) as server, dispatching(loaded(server.url, deadline_s=0.5), policy=POLICY) as dispatcher:
        await asyncio.gather(*map(dispatcher.ask, HANGING))
        assert breaker(dispatcher) is BreakerState.HALF_OPEN
        others = await asyncio.gather(*(dispatcher.ask(about(f"A/{number}")) for number in range(20)))
        assert {one.verification.status for one in others} == {DocumentStatus.VALID}
        assert breaker(dispatcher) is BreakerState.CLOSED
        assert dispatcher.health()[0].down_since is None


async def test_where_all_hang_two_more_find_out_and_nobody_else_is_sent() -> None:
    async with wire(all_hang) as server, dispatching(loaded(server.url, deadline_s=0.3), policy=POLICY) as dispatcher:
        await asyncio.gather(*map(dispatcher.ask, HANGING))
        others = await asyncio.gather(*(dispatcher.ask(about(f"A/{number}")) for number in range(20)))
        assert {one.verification.cause for one in others} == {"SW-ADP-01"}
        assert sorted(one.verification.attempts for one in others) == [0] * 18 + [1] * 2
        assert (breaker(dispatcher), len(server.seen)) == (BreakerState.OPEN, 4)
        assert (await dispatcher.ask(about("A/99"))).verification.attempts == 0


class Account:
    """The own time of a declaration, as far as a test counts it."""

    def __init__(self) -> None:
        self.exchanges = 0
        self.waiting = 0
        self.most = 0

    @contextmanager
    def exchanging(self) -> Iterator[None]:
        self.exchanges += 1
        yield
        self.exchanges -= 1

    async def waited(self, waiting: Awaitable[T]) -> T:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            return await waiting
        finally:
            self.waiting -= 1


async def test_waiting_for_an_answer_or_for_a_turn_is_no_own_time_of_what_was_lost() -> None:
    account, released = Account(), asyncio.Event()

    async def late(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await good(seen, writer)

    async with wire(late) as server, dispatching(loaded(server.url, in_flight=1)) as dispatcher:
        own_time.set(account)
        asked = [asyncio.create_task(dispatcher.ask(about(f"A/{number}"))) for number in range(3)]
        await until(lambda: account.waiting == 3)
        assert account.exchanges == 3, "one waits for its answer, two for their turn: all of them only wait"
        released.set()
        found = await asyncio.gather(*asked)
    assert {one.verification.status for one in found} == {DocumentStatus.VALID}
    assert (account.exchanges, account.waiting, account.most) == (0, 0, 3)
