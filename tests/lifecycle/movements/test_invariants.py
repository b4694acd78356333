"""Whatever happens, in whatever order: the books of the gateway and of the authority agree in the end."""

import itertools
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.builders.replicas import Scene
from tests.lifecycle.movements.invariants import check
from tests.lifecycle.movements.schedule import Playing, Step, contingent_schedules, schedules

pytestmark = pytest.mark.whole

ASKED = "GATEWAY_TEST_SCHEDULES"
"""How many random schedules are played: a few, always the same ones, unless the environment asks for more or for others."""
_numbers = itertools.count(800_000)


def _played(few: int) -> settings:
    return settings(
        max_examples=int(os.environ.get(ASKED, few)),
        derandomize=ASKED not in os.environ,
        # To make a failing schedule smaller takes minutes: only where somebody waits for it.
        phases=(Phase.generate, Phase.shrink) if ASKED in os.environ else (Phase.generate,),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@given(schedule=schedules)
@_played(10)
async def test_the_books_agree_after_any_schedule(scene: Scene, schedule: tuple[Step, ...]) -> None:
    await agree_after(scene, schedule)


@given(schedule=contingent_schedules)
@_played(5)
async def test_the_books_agree_after_outages_with_contingency_windows(scene: Scene, schedule: tuple[Step, ...]) -> None:
    await agree_after(scene, schedule)


async def agree_after(scene: Scene, schedule: tuple[Step, ...]) -> None:
    number = next(_numbers)
    async with scene.office(replicas=2, lease_s=0.5) as office:
        playing = Playing(office, f"S{number}", number)
        await playing.play(schedule)
        await check(office, playing.books)
