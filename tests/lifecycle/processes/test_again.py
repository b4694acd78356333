"""A loop that looks again and again: woken, by time, and whatever a look trips over."""

import asyncio
import threading
from datetime import timedelta

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from tests.builders.processes import PATIENCE_S

LOOP = "looks of a test"


class Looking:
    """Counts its looks, each of which comes out as it is told to."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.seen = 0
        self.looked = asyncio.Event()

    async def look(self) -> None:
        self.seen += 1
        self.looked.set()
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome

    async def next(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.looked.wait()
        self.looked.clear()


@pytest.mark.parametrize("error", [StoreUnavailable(), ValueError("a bug")])
async def test_no_look_that_fails_is_the_last(error: Exception) -> None:
    due_work = Looking(error, error)
    again = PollLoop(due_work.look, name=LOOP, every_s=timedelta(hours=1).total_seconds())
    running = asyncio.create_task(again.run())
    try:
        for number in range(1, 4):
            again.wake()
            await due_work.next()
            assert due_work.seen == number
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_looks_by_itself_and_only_a_success_is_a_beat() -> None:
    beaten: list[str] = []

    class Beaten(Pulses):
        """Notes each beat."""

        def beat(self, name: str) -> None:
            beaten.append(name)

    due_work = Looking(StoreUnavailable(), ValueError("a bug"), None)
    again = PollLoop(due_work.look, name=LOOP, every_s=0.001, pulses=Beaten(within_s=1, every_s=1))
    running = asyncio.create_task(again.run())
    try:
        await due_work.next()
        while due_work.seen < 4:
            assert len(beaten) <= max(0, due_work.seen - 2)
            await due_work.next()
        assert set(beaten) == {LOOP}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_is_woken_from_whichever_thread() -> None:
    """The overrun of a rule is told from where a large declaration is worked on."""
    due_work = Looking()
    again = PollLoop(due_work.look, name=LOOP, every_s=timedelta(hours=1).total_seconds())
    running = asyncio.create_task(again.run())
    # It refuses what is not safe from another thread, which would else leave an idle loop asleep.
    asyncio.get_running_loop().set_debug(True)
    failed: list[Exception] = []

    def wake() -> None:
        try:
            again.wake()
        except Exception as error:
            failed.append(error)

    try:
        again.wake()
        await due_work.next()
        other = threading.Thread(target=wake)
        other.start()
        other.join(PATIENCE_S)
        assert failed == []
        await due_work.next()
        assert due_work.seen == 2
    finally:
        asyncio.get_running_loop().set_debug(False)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_waking_it_wakes_nobody_once_its_loop_has_ended() -> None:
    due_work = Looking()
    again = PollLoop(due_work.look, name=LOOP, every_s=timedelta(hours=1).total_seconds())

    async def for_a_while() -> None:
        running = asyncio.create_task(again.run())
        again.wake()
        await due_work.next()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    await asyncio.to_thread(asyncio.run, for_a_while())
    again.wake()
    assert due_work.seen == 1
