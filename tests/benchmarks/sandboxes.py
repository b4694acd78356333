"""What a sandbox costs: `python -m tests.benchmarks.sandboxes` (ASKED questions a turn, TURNS there and back).

The same adapter asks the same server in the loop and through a sandbox, in turn; then an adapter is asked while another's code
does its worst beside it; then one of twelve idle adapters beside one of three.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from rich.console import Console
from rich.table import Table

from gateway.contract import Settings
from gateway.dispatch import Dispatcher, LoadedAdapter, RetryPolicy
from gateway.domain.verification import DocumentStatus
from tests.dispatch.authority.adapter import ToyAdapter
from tests.dispatch.beasts import BEASTS
from tests.dispatch.sandboxed import BEAST, sandboxed
from tests.dispatch.server import about, always, dispatching, good, http, loaded, wire

ASKED = int(os.environ.get("ASKED", "1000"))
TURNS = int(os.environ.get("TURNS", "6"))
POLICY = RetryPolicy(attempts=1)
CODE = sandboxed("tests.dispatch.authority.adapter", "ToyAdapter")


async def _timed(ask: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began


async def _asked(dispatcher: Dispatcher, name: str, number: int) -> list[float]:
    """Gives the seconds of each of so many questions, one after the other."""

    async def ask() -> None:
        found = (await dispatcher.ask(about(adapter=name))).verification
        assert found.status is DocumentStatus.VALID, found

    return [await _timed(ask) for _ in range(number)]


async def _there_and_back(adapters: list[LoadedAdapter], names: tuple[str, str]) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in names}
    async with dispatching(*adapters, policy=POLICY) as dispatcher:
        for name in names:
            await _asked(dispatcher, name, 20)
        for turn in range(TURNS):
            for name in names if turn % 2 == 0 else reversed(names):
                took[name] += await _asked(dispatcher, name, ASKED)
    return took


async def _beside_beasts(other_url: str, beast_url: str) -> tuple[list[float], list[float]]:
    """Gives the seconds of questions to a good adapter, at rest and while each beast is at work."""
    adapters = loaded(beast_url, BEAST, delivered=False), loaded(other_url, name="fine")
    async with dispatching(*adapters, policy=RetryPolicy(attempts=1, step_budget_s=2.0)) as dispatcher:
        rest, beside = await _asked(dispatcher, "fine", ASKED), list[float]()
        for name in BEASTS:
            beast = asyncio.create_task(dispatcher.ask(about(f"X/{name}")))
            while not beast.done():
                beside += await _asked(dispatcher, "fine", 1)
                await asyncio.sleep(0.002)
    return rest, beside


def _row(name: str, took: list[float]) -> tuple[str, ...]:
    ordered = sorted(took)
    points = (
        statistics.median(ordered),
        ordered[int(0.95 * len(ordered))],
        ordered[int(0.99 * len(ordered))],
        ordered[-1],
    )
    return (name, str(len(took)), *(f"{one * 1000:.2f}" for one in points))


async def _measured() -> Table:
    table = Table(
        "what", "questions", "median ms", "p95", "p99", "worst", title="Questions to an authority, one at a time"
    )
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(wire(good))
        beasts = await stack.enter_async_context(wire(always(http(b"{}"))))
        in_loop, boxed = loaded(server.url, ToyAdapter(Settings()), name="loop"), loaded(server.url, CODE, name="boxed")
        for name, took in (await _there_and_back([in_loop, boxed], ("loop", "boxed"))).items():
            table.add_row(*_row({"loop": "in the loop", "boxed": "through a sandbox"}[name], took))
        for count in (3, 12):
            several = [loaded(server.url, CODE, name=f"a{number}") for number in range(count)]
            one_of = await _there_and_back(several, ("a0", "a0"))
            table.add_row(*_row(f"one of {count}, the others idle", one_of["a0"]))
        rest, beside = await _beside_beasts(server.url, beasts.url)
        table.add_row(*_row("another adapter, nothing beside", rest))
        table.add_row(*_row(f"another adapter, beside {len(BEASTS)} beasts in turn", beside))
    return table


if __name__ == "__main__":
    Console().print(asyncio.run(_measured()))
