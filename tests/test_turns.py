"""The questions of a large declaration: nobody else waits behind all of them."""

import asyncio
from collections import Counter
from operator import attrgetter

import pytest
from msgspec import structs

from gateway.domain.errors import LeaseLost
from gateway.domain.verification import Requirement
from gateway.routing import plan
from gateway.turns import BEGUN_AT_ONCE, in_line
from tests.builders.large import DAY, declared
from tests.builders.story import shipped


def requirements(count: int) -> list[Requirement]:
    """Questions to two authorities in turn."""
    found = plan(declared(items=count), shipped(), on=DAY).requirements
    return [structs.replace(one, adapter=("traces", "catch")[place % 2]) for place, one in enumerate(found)]


async def test_each_authority_is_asked_no_more_than_its_share_and_each_question_gets_its_answer() -> None:
    standing: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def ask(requirement: Requirement) -> str:
        standing[requirement.adapter] += 1
        most[requirement.adapter] = max(most[requirement.adapter], standing[requirement.adapter])
        await asyncio.sleep(0)
        standing[requirement.adapter] -= 1
        return requirement.document.reference

    asked = requirements(100)
    found = await in_line(asked, ask, line=attrgetter("adapter"), share={"traces": 3, "catch": 7}.__getitem__)
    assert found == [one.document.reference for one in asked]
    assert most == {"traces": 3, "catch": 7}


async def test_answers_that_come_at_once_keep_nobody_from_the_loop() -> None:
    """As of an authority that is left alone: no question waits for anything, and there are thousands."""
    asked_between: list[int] = []
    count = 0

    async def ask(requirement: Requirement) -> None:
        nonlocal count
        count += 1

    async def others() -> None:
        before = 0
        while count < 500:
            asked_between.append(count - before)
            before = count
            await asyncio.sleep(0)

    await asyncio.gather(in_line(requirements(500), ask, line=attrgetter("adapter"), share=lambda adapter: 2), others())
    # Two stand at each of two clients.
    assert max(asked_between) <= 4 * BEGUN_AT_ONCE


async def test_what_one_call_raises_ends_all_of_them_and_comes_as_it_is() -> None:
    begun: list[str] = []

    async def ask(requirement: Requirement) -> None:
        begun.append(requirement.document.reference)
        await asyncio.sleep(0)
        raise LeaseLost

    with pytest.raises(LeaseLost):
        await in_line(requirements(50), ask, line=attrgetter("adapter"), share=lambda adapter: 2)
    assert len(begun) == 4
