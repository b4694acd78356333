"""The declarations that changed on any replica, as this process heard of them: for all who keep one, or a list, open before them."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass

GATHER_S = 0.5
"""The seconds that a reader waits for more once something changed: none of them reads more often."""
_REMEMBERED = 10_000
"""RecentChanges that are remembered; a reader further behind is told that it may have missed some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The declarations that changed behind a place."""

    ids: frozenset[str] | None
    """None: some may have been missed, so whoever reads has to look for themselves."""
    place: int
    """The place up to which they are known."""


class RecentChanges:
    """The newest changes of declarations, by their order in this process."""

    def __init__(self, *, gather_s: float = GATHER_S) -> None:
        self._gather_s = gather_s
        self._ids: deque[str] = deque(maxlen=_REMEMBERED)
        self._place = 0
        self._missed_at = 0
        """The place before which some may have been missed."""
        self._next = asyncio.Event()

    @property
    def place(self) -> int:
        """The place behind the newest one."""
        return self._place

    def announce(self, record_id: str) -> None:
        """Take the id of a declaration that changed."""
        self._ids.append(record_id)
        self._moved()

    def missed(self) -> None:
        """Note that changes may have been missed."""
        self._ids.append("")
        self._moved()
        self._missed_at = self._place

    async def after(self, place: int, *, within_s: float) -> Changed:
        """Return what changed behind a place: once something did and a moment has passed, or when the time is over."""
        if self._place == place:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._next.wait()
        if self._place != place:
            await asyncio.sleep(self._gather_s)
        behind = self._place - place
        if place < self._missed_at or behind > len(self._ids):
            return Changed(ids=None, place=self._place)
        ids = frozenset(self._ids[at] for at in range(len(self._ids) - behind, len(self._ids)))
        return Changed(ids=ids, place=self._place)

    async def after_one(self, record_id: str, place: int, *, within_s: float) -> int:
        """Wait until one declaration may have changed behind a place, or the time is over; return the place reached."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while True:
            changed = await self.after(place, within_s=max(until - loop.time(), 0.0))
            place = changed.place
            if changed.ids is None or record_id in changed.ids or loop.time() >= until:
                return place

    def _moved(self) -> None:
        self._place += 1
        self._next.set()
        self._next = asyncio.Event()
