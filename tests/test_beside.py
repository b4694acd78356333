"""Long work that runs beside the loop."""

import asyncio
import sys
import threading
from contextvars import ContextVar

import pytest

from gateway.beside import LARGE, TURN_S, beside, beside_if_large

WHO: ContextVar[str] = ContextVar("WHO")


async def test_only_what_is_large_leaves_the_loop() -> None:
    here = threading.get_ident()
    assert await beside_if_large(LARGE, threading.get_ident) == here
    assert await beside_if_large(LARGE + 1, threading.get_ident) != here


async def test_the_loop_goes_on_meanwhile_and_gets_its_turn_soon() -> None:
    usual, gone_on = sys.getswitchinterval(), threading.Event()

    def work() -> float:
        assert gone_on.wait(60), "the loop stood still"
        return sys.getswitchinterval()

    working = asyncio.create_task(beside(work))
    await asyncio.sleep(0)
    gone_on.set()
    assert await working == pytest.approx(TURN_S)
    assert sys.getswitchinterval() == usual


async def test_one_thing_at_a_time() -> None:
    together, most = 0, 0

    def work() -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        threading.Event().wait(0.001)
        together -= 1

    await asyncio.gather(*(beside(work) for _ in range(5)))
    assert most == 1


async def test_it_raises_what_the_work_raises_and_knows_whose_it_is() -> None:
    WHO.set("mine")
    assert await beside(WHO.get) == "mine"
    with pytest.raises(ZeroDivisionError):
        await beside(lambda: 1 // 0)
    assert await beside(lambda: 1) == 1
