"""A resource of one process that can be used up: its bound, what is in use, and how much of it one client may have.

Who finds it used up is refused at once (`take`), or waits (`turn`). Those who wait are served in the order of how little their client has
in use: who asks for much waits behind who asks for little, not before them.
"""

import asyncio
import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakSet

from gateway.resources.listed import LISTED

OURS = ""
"""The gateway itself in a client's place, asked by nobody that it knows yet: it has no share, and may have all there is."""
LOOPS = " loops"
"""The gateway's own loops in a client's place: it has no share, and leaves some to whoever is not known yet."""
_GATEWAY = (OURS, LOOPS)

client: ContextVar[str] = ContextVar("client", default=OURS)
"""The client for whom the task at work, and those that it begins, use things up."""
declarant: ContextVar[str] = ContextVar("declarant", default=OURS)
"""The declarant for whose declaration the task at work, and those that it begins, ask authorities; else it is the client."""


class Shortage(StrEnum):
    """Why something is not to be had now."""

    OWN = "own"
    """The client has its share in use already."""
    ALL = "all"
    """All clients together have all there is."""


class UsedUp(Exception):
    """Nothing of a resource became free in time."""

    def __init__(self, name: str, shortage: Shortage) -> None:
        super().__init__(f"{name}: {shortage}")
        self.shortage = shortage


@dataclass(slots=True, eq=False)
class _Waiting:
    """One who waits for some of a resource."""

    amount: float
    turn: "asyncio.Future[None]"
    served: bool = False


class Resource:
    """A resource of this process, with its bound and each client's share. Amounts are in the unit that its row in `listed.toml` names."""

    def __init__(
        self,
        name: str,
        bound: float,
        *,
        share: float | None = None,
        times_left: float | None = None,
        kept: float = 0.0,
        kept_of_loops: float = 0.0,
        of: str = "",
        measured: Callable[[], float] | None = None,
    ) -> None:
        """Make it, with nothing in use.

        Args:
            name: its row in `listed.toml`.
            bound: how much there is.
            share: how much of it one client may have; None: all.
            times_left: how many times what is left one client may have: alone it has more, beside others less; None: it does not matter.
            kept: how much of it all clients together never have: it is the gateway's own,
            kept_of_loops: and how much its loops and clients leave free for whoever is not known yet.
            of: what it belongs to where a process has several of the name: an adapter say.
            measured: returns how much is in use, where whoever uses it keeps to its bound without taking turns.

        Raises:
            KeyError: there is no such row.
        """
        self.listed = LISTED[name]
        self.name = name
        self.of = of
        self.bound = bound
        self.share = bound if share is None else share
        self._times_left = math.inf if times_left is None else times_left
        self._kept = kept
        self._kept_of_loops = kept_of_loops
        self._measured = measured
        self._in_use: dict[str, float] = {}
        self._all = 0.0
        self._waiting: dict[str, deque[_Waiting]] = {}
        _LIVE.add(self)

    @property
    def in_use(self) -> float:
        """How much is in use."""
        return self._all if self._measured is None else self._measured()

    @property
    def waiting(self) -> int:
        """How many wait for some of it."""
        return sum(map(len, self._waiting.values()))

    @property
    def clients(self) -> int:
        """How many clients have some of it in use."""
        return len(self._in_use)

    @property
    def by_client(self) -> Mapping[str, float]:
        """How much of it each client has in use."""
        return self._in_use

    def shortage(self, whose: str = OURS, amount: float = 1.0) -> Shortage | None:
        """Return why a client cannot have so much now; None: it can. A client that has nothing may have more than its share, if it is there."""
        left = self.bound - self._all - (0.0 if whose == OURS else self._kept_of_loops)
        if whose not in _GATEWAY:
            had = self._in_use.get(whose, 0.0)
            if had and (had + amount > self.share or had >= self._times_left * (self.bound - self._all)):
                return Shortage.OWN
            # What the loops have is not held against clients: whoever waits with the least in use comes first.
            of_gateway = self._in_use.get(OURS, 0.0) + self._in_use.get(LOOPS, 0.0)
            left = min(left, self.bound - self._kept - self._all + of_gateway)
        return Shortage.ALL if amount > left else None

    def take(self, whose: str = OURS, amount: float = 1.0) -> Shortage | None:
        """Take so much for a client, to be `put_back`; return why that cannot be had, counted as refused."""
        found = self.shortage(whose, amount)
        if found is None:
            self._take(whose, amount)
        else:
            self.refuse()
        return found

    def take_if_free(self, whose: str = OURS, amount: float = 1.0) -> bool:
        """Take so much for a client, to be `put_back`, if that can be had and nobody waits for some; return whether it was taken."""
        if self._waiting or self.shortage(whose, amount) is not None:
            return False
        self._take(whose, amount)
        return True

    def refuse(self) -> None:
        """Count one who got nothing of it."""
        refused[self.name] += 1

    def put_back(self, whose: str = OURS, amount: float = 1.0) -> None:
        """Give back what was taken, to the clients that wait."""
        self._all -= amount
        left = self._in_use[whose] - amount
        if left > 0:
            self._in_use[whose] = left
        else:
            del self._in_use[whose]
        if self._waiting:
            self._serve()

    @contextmanager
    def taken(self, whose: str = OURS, amount: float = 1.0) -> Iterator[None]:
        """Have so much of it in use for as long as the context lasts.

        Raises:
            UsedUp: it is not to be had.
        """
        if found := self.take(whose, amount):
            raise UsedUp(self.name, found)
        try:
            yield
        finally:
            self.put_back(whose, amount)

    async def acquire(self, whose: str = OURS, amount: float = 1.0, *, within_s: float | None = None) -> None:
        """Wait until a client has so much of it, to be `put_back`.

        Raises:
            UsedUp: it was not to be had within so many seconds.
        """
        if self.take_if_free(whose, amount):
            return
        one = _Waiting(amount=amount, turn=asyncio.get_running_loop().create_future())
        self._waiting.setdefault(whose, deque()).append(one)
        self._serve()
        try:
            async with asyncio.timeout(within_s):
                await one.turn
        except TimeoutError:
            if not self._left(whose, one):
                self.refuse()
                raise UsedUp(self.name, self.shortage(whose, amount) or Shortage.ALL) from None
        except BaseException:
            if self._left(whose, one):
                self.put_back(whose, amount)
            raise

    @asynccontextmanager
    async def turn(
        self, whose: str = OURS, amount: float = 1.0, *, within_s: float | None = None
    ) -> AsyncIterator[None]:
        """Wait for so much of it, and have it in use for as long as the context lasts; raise as `acquire` does."""
        await self.acquire(whose, amount, within_s=within_s)
        try:
            yield
        finally:
            self.put_back(whose, amount)

    def _take(self, whose: str, amount: float) -> None:
        self._all += amount
        self._in_use[whose] = self._in_use.get(whose, 0.0) + amount

    def _left(self, whose: str, one: _Waiting) -> bool:
        """Take one who waits no longer out of the queue; return whether it was served meanwhile."""
        if one.served:
            return True
        queue = self._waiting[whose]
        queue.remove(one)
        if not queue:
            del self._waiting[whose]
        self._serve()
        return False

    def _serve(self) -> None:
        """Give what is free to those who wait: the gateway itself first, then the client that has the least in use."""
        while (first := self._next()) is not None:
            # Its client goes to the end of those that have as little.
            queue = self._waiting.pop(first)
            one = queue.popleft()
            if queue:
                self._waiting[first] = queue
            self._take(first, one.amount)
            one.served = True
            # Who was cancelled at this very moment gives it back.
            if not one.turn.done():
                one.turn.set_result(None)

    def _next(self) -> str | None:
        """Return the client whose turn it is; None: nobody's who waits may be served now."""
        best: str | None = None
        least = 0.0
        if self._all >= self.bound:
            return best
        for name, queue in self._waiting.items():
            if self.shortage(name, queue[0].amount) is not None:
                continue
            in_use = -1.0 if name == OURS else self._in_use.get(name, 0.0)
            if best is None or in_use < least:
                best, least = name, in_use
        return best


_LIVE: "WeakSet[Resource]" = WeakSet()

refused: Counter[str] = Counter()
"""How many got nothing of each resource since this process began."""


def live() -> list[Resource]:
    """Return the resources that this process has, by name."""
    return sorted(_LIVE, key=lambda one: (one.name, one.of))
