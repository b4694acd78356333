"""The many calls for one declaration: all at once, but so that a declaration of thousands delays nobody else."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar

P = TypeVar("P")
T = TypeVar("T")

BEGUN_AT_ONCE = 20
"""Calls that one after the other takes up before the loop gets its turn, where all end at once."""


async def in_line(
    calls: Sequence[P],
    make: Callable[[P], Coroutine[Any, Any, T]],
    *,
    line: Callable[[P], str],
    share: Callable[[str], int],
) -> list[T]:
    """Make all calls; return their results, in their order.

    Args:
        calls: what is to be called.
        make: makes one call; what it raises ends all of them.
        line: what a call has to wait for, an authority say.
        share: how many of one declaration's calls wait there at the same time: another declaration's waits behind these, and
            not behind all.
    """
    if len(calls) <= 1:
        return [await make(call) for call in calls]
    lines: dict[str, list[int]] = {}
    for place, call in enumerate(calls):
        lines.setdefault(line(call), []).append(place)
    found: dict[int, T] = {}

    async def stand_in(places: Iterator[int]) -> None:
        for number, place in enumerate(places, start=1):
            found[place] = await make(calls[place])
            if number % BEGUN_AT_ONCE == 0:
                await asyncio.sleep(0)

    # Those that stand in one line take its next place from each other.
    stands = [
        places for name, waiting in lines.items() for places in repeat(iter(waiting), min(len(waiting), share(name)))
    ]
    try:
        async with asyncio.TaskGroup() as group:
            for places in stands[1:]:
                group.create_task(stand_in(places))
            # The first begins first, and needs no task of its own.
            await stand_in(stands[0])
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [found[place] for place in range(len(calls))]
