"""The look-up of credentials that may be guesses: all that came meanwhile by one statement, one at a time and so many a second."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Generic, TypeVar

D = TypeVar("D", bound=Hashable)

PAUSE_S = 0.1
"""Between two statements: what guesses take of the database, however many come."""
_MOST = 2_000
"""Digests of one statement; whoever comes beyond is not looked up."""


class GatheredLookups(Generic[D]):
    """The digests of credentials that are to be looked up, gathered."""

    def __init__(
        self, among: Callable[[Collection[D]], Awaitable[Collection[D]]], *, most: int = _MOST, pause_s: float = PAUSE_S
    ) -> None:
        """Take what asks the database which of some digests are of credentials that count now, and the bounds."""
        self._among = among
        self._most = most
        self._pause_s = pause_s
        self._asked: set[D] = set()
        self._next: asyncio.Task[Collection[D]] | None = None
        self._turn = asyncio.Lock()

    async def has(self, digest: D) -> bool:
        """Return whether a credential counts now; False, too, where more are asked about than one statement takes.

        Raises:
            StoreUnavailable, Overloaded: it cannot be found out now.
        """
        if digest not in self._asked and len(self._asked) >= self._most:
            return False
        self._asked.add(digest)
        if self._next is None:
            self._next = asyncio.create_task(self._found(), name="look-up of credentials")
            # Whoever asked may be gone by the time it fails.
            self._next.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Whoever goes away meanwhile must not end it for the others.
        return digest in await asyncio.shield(self._next)

    async def _found(self) -> Collection[D]:
        async with self._turn:
            await asyncio.sleep(self._pause_s)
            asked, self._asked, self._next = self._asked, set(), None
            return await self._among(asked)
