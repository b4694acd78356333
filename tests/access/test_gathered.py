"""Guesses are looked up together: however many come, they take one statement at a time, and whoever has a key is found."""

import asyncio
from collections.abc import Collection

import pytest

from gateway.access.gathered import GatheredLookups
from gateway.domain.errors import StoreUnavailable

KNOWN = frozenset({"a key", "another key"})


class Statements:
    """What was asked, and the most that were asked at the same time."""

    def __init__(self) -> None:
        self.asked: list[frozenset[str]] = []
        self.at_once = 0
        self.most_at_once = 0

    async def among(self, digests: Collection[str]) -> Collection[str]:
        self.asked.append(frozenset(digests))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return KNOWN & frozenset(digests)


async def test_a_thousand_guesses_take_one_statement_and_a_key_among_them_is_found() -> None:
    statements = Statements()
    lookups = GatheredLookups(statements.among, pause_s=0)
    found = await asyncio.gather(*(lookups.has(f"guess {number}") for number in range(1_000)), lookups.has("a key"))
    assert (sum(found), found[-1]) == (1, True)
    assert len(statements.asked) == 1


async def test_those_that_come_while_it_is_asked_wait_for_the_next_one() -> None:
    statements = Statements()
    lookups = GatheredLookups(statements.among, pause_s=0)

    async def guessing(client: int) -> bool:
        return any([await lookups.has(f"guess {client} {number}") for number in range(20)])

    found = await asyncio.gather(*(guessing(client) for client in range(50)), lookups.has("another key"))
    assert found == [*[False] * 50, True]
    assert statements.most_at_once == 1
    assert len(statements.asked) <= 40
    assert sum(map(len, statements.asked)) == 50 * 20 + 1


async def test_beyond_what_one_statement_takes_nobody_is_looked_up() -> None:
    statements = Statements()
    lookups = GatheredLookups(statements.among, most=10, pause_s=0)
    found = await asyncio.gather(*(lookups.has(f"guess {number}") for number in range(10)), lookups.has("a key"))
    assert not any(found)
    assert statements.asked == [frozenset(f"guess {number}" for number in range(10))]
    assert await lookups.has("a key")


async def test_whoever_goes_away_ends_it_for_nobody_and_a_failure_is_everybodys() -> None:
    statements = Statements()
    lookups = GatheredLookups(statements.among, pause_s=0)
    leaving = asyncio.create_task(lookups.has("guess"))
    staying = asyncio.create_task(lookups.has("a key"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying

    async def away(digests: Collection[str]) -> Collection[str]:
        raise StoreUnavailable

    failing: GatheredLookups[str] = GatheredLookups(away, pause_s=0)
    found = await asyncio.gather(failing.has("a key"), failing.has("guess"), return_exceptions=True)
    assert [type(one) for one in found] == [StoreUnavailable] * 2
    with pytest.raises(StoreUnavailable):
        await failing.has("a key")
