"""A replica that is told to stop does so, whatever wakes it at that moment."""

import asyncio

import pytest

from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import Scene


@pytest.mark.parametrize("turns", range(5))
async def test_a_sweep_that_is_woken_while_it_is_ended_ends(scene: Scene, turns: int) -> None:
    async with scene.office(sweep_s=3600) as office:
        await asyncio.sleep(0)
        office.first.holding.leave()
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE_S):
            await office.first.holding.stop()
