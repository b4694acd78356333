"""Who is late where an exchange is over: the authority, the adapter's code, or this machine. Each is a hold, and told apart."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from gateway.contract import AccessRefused, AdapterError, Answer, Request, Status, Unavailable
from gateway.contract.errors import Overrun
from gateway.dispatch import Dispatcher, RetryPolicy, exchange_time
from gateway.dispatch.breaker import BreakerState, OwnLimits
from gateway.dispatch.exchange_time import ExchangeTime
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.verification import DocumentStatus, Verification
from tests.builders.processes import PATIENCE_S
from tests.dispatch.beasts import FINE
from tests.dispatch.misbehaviour import CERTIFICATE, odd
from tests.dispatch.sandboxed import BEAST, sandboxed
from tests.dispatch.server import about, always, dispatching, http, loaded, wire

POLICY = RetryPolicy(attempts=1, breaker_threshold=1, step_budget_s=60.0)
"""One outage opens the breaker, and no step takes longer than it may but for the end of its exchange."""
LATE = ("toy", None, OverrunKind.LATE)
LARGE = b" " * 1_020_000
Overruns = list[tuple[str, str | None, OverrunKind]]


def watched(url: str, adapter: Any, overruns: Overruns, **more: Any) -> AbstractAsyncContextManager[Dispatcher]:
    """A dispatcher of one adapter, with a list of what overran."""
    one = loaded(url, adapter, **{"deadline_s": 0.3, **more})
    return dispatching(one, policy=POLICY, on_overrun=lambda *overrun: overruns.append(overrun))


def undetermined(verification: Verification, cause: str) -> None:
    """It is not determined, for such a cause."""
    assert (verification.status, verification.cause) == (DocumentStatus.UNDETERMINED, cause)


async def until_it_overran(dispatcher: Dispatcher, overruns: Overruns, reference: str = "A/1") -> None:
    """Asks until the machine lets the code run when its exchange is over."""
    async with asyncio.timeout(PATIENCE_S):
        while not overruns:
            asked = (await dispatcher.ask(about(reference))).verification
            undetermined(asked, "SW-ADP-10" if overruns else "SW-ADP-00")


@pytest.mark.parametrize("doing", ["SLEEP", "EARLY/SLEEP"])
async def test_code_in_a_sandbox_is_late_itself(doing: str) -> None:
    overruns: Overruns = []
    async with wire(always(http(b"{}"))) as server, watched(server.url, BEAST, overruns, delivered=False) as dispatcher:
        await until_it_overran(dispatcher, overruns, doing if "/" in doing else f"X/{doing}")
        health = dispatcher.health()[0]
        assert (overruns, health.overruns, health.last_failure_code) == ([LATE], 1, "SW-ADP-10")
        assert (health.breaker, health.down_since) == (BreakerState.CLOSED, None)


class Occupied:
    """Code that is at work, or waits, until it is told to stop, and asks once more then."""

    def __init__(self) -> None:
        self.end = threading.Event()
        self.spins = True

    def __call__(self, query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        until = time.thread_time() + 0.6
        while self.spins and not self.end.is_set() and time.thread_time() < until:
            pass
        if not self.spins:
            self.end.wait(60)
        yield Request(path="/x")
        return Answer(status=Status.VALID, certificate=CERTIFICATE)


@pytest.fixture
def occupied() -> Iterator[Occupied]:
    """Its threads end with the test."""
    one = Occupied()
    yield one
    one.end.set()


@pytest.mark.parametrize(
    ("body", "spins"), [(b"{}", True), (LARGE, True), (LARGE, False)], ids=["loop", "thread", "waiting thread"]
)
async def test_code_of_ours_is_late_itself(
    occupied: Occupied, body: bytes, spins: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the loop, and in a thread beside it; a hundredth of a processor is enough, so that it is so beside any other load."""
    monkeypatch.setattr(exchange_time, "BUSY", 0.01)
    overruns: Overruns = []
    occupied.spins = spins
    async with wire(always(http(body))) as server, watched(server.url, odd(occupied), overruns) as dispatcher:
        await until_it_overran(dispatcher, overruns)
        assert overruns == [LATE]
        assert dispatcher.health()[0].breaker is BreakerState.CLOSED


@pytest.mark.parametrize(
    ("authority_s", "code_s", "used_s", "waits", "kind"),
    [
        (2.0, 1.0, 1.0, False, Unavailable),
        (2.0, 1.0, 0.0, True, Unavailable),
        (1.0, 9.0, 9.0, False, Overrun),
        (1.0, 9.0, 0.0, True, Overrun),
        (1.0, 9.0, 0.5, False, OwnLimits),
        (0.0, 1.0, 1.0, True, OwnLimits),
    ],
    ids=["authority", "authority, code waits", "code", "code waits", "busy machine", "waited for its turn"],
)
async def test_who_had_the_time_is_late(
    authority_s: float, code_s: float, used_s: float, waits: bool, kind: type[AdapterError]
) -> None:
    """Of an exchange that began ten seconds ago."""
    now = asyncio.get_running_loop().time()
    clock = ExchangeTime(now, began=now - 10)
    clock.authority_s = authority_s
    clock.took(code_s, used_s)
    assert type(clock.fault(lambda: Overrun("counted"), waits=waits)) is kind


async def test_a_sandbox_that_is_not_ready_is_nobodys_outage() -> None:
    overruns: Overruns = []
    code = sandboxed("tests.dispatch.beasts", "Beast")
    async with (
        wire(always(http(b"{}"))) as server,
        watched(server.url, code, overruns, delivered=False, deadline_s=0.002) as dispatcher,
    ):
        undetermined((await dispatcher.ask(about(FINE))).verification, "SW-ADP-00")
        assert (server.seen, overruns, dispatcher.health()[0].breaker) == ([], [], BreakerState.CLOSED)


@pytest.mark.parametrize("error", [Unavailable("x"), AccessRefused("x"), ValueError("x")])
async def test_of_an_authority_that_nobody_asked_nothing_is_known(error: Exception) -> None:
    """Neither that it is away, nor that it is back."""

    def verify(query: Any, occasion: Any) -> Any:
        if query.reference == "A/2":
            raise error
        yield Request(path="/x")

    now = [0.0]
    async with wire(always(http(b"", 503))) as server:
        one = loaded(server.url, odd(verify))
        async with dispatching(one, policy=POLICY, clock=lambda: now[0]) as dispatcher:
            undetermined((await dispatcher.ask(about("A/2"))).verification, "SW-ADP-04")
            assert dispatcher.health()[0].breaker is BreakerState.CLOSED
            assert dispatcher.health()[0].down_since is None
            undetermined((await dispatcher.ask(about())).verification, "SW-ADP-01")
            assert dispatcher.health()[0].breaker is BreakerState.OPEN
            now[0] += POLICY.breaker_rest_s
            undetermined((await dispatcher.ask(about("A/2"))).verification, "SW-ADP-04")
            assert dispatcher.health()[0].breaker is not BreakerState.CLOSED
