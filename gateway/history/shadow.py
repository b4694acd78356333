"""The changes that shadow rules would have made to past decisions: counted page by page. Changes nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from gateway.domain.calendar import Calendar
from gateway.domain.errors import SpanTooLarge, TooManyCalls
from gateway.history.recompute import shadows_counted
from gateway.history.tally import Tally
from gateway.store import History, Past

_PAGE = 50
"""Decisions that are in memory together."""


async def count_shadows(past: Past, calendar: Calendar) -> AsyncGenerator[Tally, None]:
    """Return a tally for each page of past decisions, in no order; they add up to that of all.

    Raises:
        StoreUnavailable: the database is lost.
    """
    async with aclosing(past.pages(_PAGE, grounds=False)) as pages:
        async for page in pages:
            # In a thread: the loop has others to answer.
            yield await asyncio.to_thread(shadows_counted, page, calendar)


class ShadowCounts:
    """Counts for callers: one span at a time in a process, and none that would keep it for long."""

    def __init__(self, history: History, calendar: Calendar) -> None:
        self._history = history
        self._calendar = calendar
        self._counting = False

    async def counted(self, *, since: datetime, until: datetime | None, most: int) -> Tally:
        """Count the decisions made at `since` or later, and before `until`.

        Raises:
            SpanTooLarge: there are more than `most`.
            TooManyCalls: another span is being counted.
            StoreUnavailable: the database does not answer.
        """
        if self._counting:
            raise TooManyCalls("Another span is being counted: ask again when that is done.")
        self._counting = True
        try:
            return await self._tally(since, until, most)
        finally:
            self._counting = False

    async def _tally(self, since: datetime, until: datetime | None, most: int) -> Tally:
        whole = Tally()
        async with self._history.past(since=since, until=until) as past:
            if past.count > most:
                raise SpanTooLarge(
                    f"{past.count:,} decisions were made in this span, and one answer counts {most:,}: ask for a shorter "
                    "one, or have `gateway replay --since DATE --shadow` count them."
                )
            async with aclosing(count_shadows(past, self._calendar)) as tallies:
                async for tally in tallies:
                    whole.merge(tally)
        return whole
