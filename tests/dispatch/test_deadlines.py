"""The deadlines of what is waited for at one authority: one timer, and each ends in its own time."""

import asyncio

import pytest

from gateway.dispatch.deadlines import Deadlines
from tests.builders.processes import PATIENCE_S
from tests.dispatch.asking import on_both_loops


async def never() -> None:
    """Waits for what nobody brings."""
    await asyncio.get_running_loop().create_future()


@on_both_loops
async def test_what_is_waited_for_later_may_end_first() -> None:
    deadlines, now = Deadlines(), asyncio.get_running_loop().time()
    ended: list[str] = []

    async def wait(name: str, until: float) -> None:
        with pytest.raises(TimeoutError):
            await deadlines.within(until, never())
        ended.append(name)

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        for name, until in (("last", now + 0.1), ("second", now + 0.05), ("over already", now - 1)):
            group.create_task(wait(name, until))
    assert ended == ["over already", "second", "last"]


@on_both_loops
async def test_what_comes_in_time_is_returned_and_leaves_the_others_theirs() -> None:
    deadlines, until = Deadlines(), asyncio.get_running_loop().time() + 0.05
    waiting = asyncio.create_task(deadlines.within(until, never()))
    assert await deadlines.within(until, asyncio.sleep(0, "came")) == "came"
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(TimeoutError):
            await waiting


async def test_who_goes_away_is_no_timeout() -> None:
    waiting = asyncio.create_task(Deadlines().within(asyncio.get_running_loop().time() + PATIENCE_S, never()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_another_loop_has_a_timer_of_its_own() -> None:
    deadlines = Deadlines()

    async def wait() -> None:
        with pytest.raises(TimeoutError):
            await deadlines.within(asyncio.get_running_loop().time() + 0.01, never())

    async def leave() -> None:
        await deadlines.within(asyncio.get_running_loop().time() + 3600, asyncio.sleep(0))

    for part in (leave, wait, wait):
        asyncio.run(asyncio.wait_for(part(), PATIENCE_S))
