"""All questions of one declaration, asked at once, but so that a declaration of thousands stands in nobody's way."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from gateway.domain.verification import Requirement

T = TypeVar("T")

BEGUN_AT_ONCE = 20
"""Questions that are asked one after the other before the loop gets its turn, where all are answered at once."""


async def asked_together(
    requirements: Sequence[Requirement],
    ask: Callable[[Requirement], Coroutine[Any, Any, T]],
    share: Callable[[str], int],
) -> list[T]:
    """Asks all questions; gives what came of them, in their order.

    Args:
        requirements: the questions.
        ask: asks one of them; never raises.
        share: how many of one declaration's questions stand at an adapter's desk at the same time: another
            declaration's waits behind these, and not behind all.
    """
    lines: dict[str, list[int]] = {}
    for place, requirement in enumerate(requirements):
        lines.setdefault(requirement.adapter, []).append(place)
    found: dict[int, T] = {}

    async def stand_in(line: Iterator[int]) -> None:
        for number, place in enumerate(line, start=1):
            found[place] = await ask(requirements[place])
            if number % BEGUN_AT_ONCE == 0:
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for adapter, places in lines.items():
            line = iter(places)
            for _ in range(min(len(places), share(adapter))):
                group.create_task(stand_in(line))
    return [found[place] for place in range(len(requirements))]
