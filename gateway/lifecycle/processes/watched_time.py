"""The own time of a declaration that was lost with its process: what it does itself, apart from what it waits for.

What ended one process may end the next one. So only one such declaration at a time does anything in a process, in its turn, and
beforehand it is noted that it may end the process by that. While it waits for authorities it has no turn, and the process
does other work, other lost ones too: nobody is blamed for what ends the process then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog

from gateway.domain.errors import GatewayError

log = structlog.get_logger(__name__)

T = TypeVar("T")

SOON_S = 0.05
"""Seconds for which everything has to wait before the turn is given to others: most answers come sooner."""


class WatchedTime:
    """The turn of one such declaration, which it has from the beginning; `note` keeps whether it may end the process."""

    def __init__(self, turn: asyncio.Lock, note: Callable[[bool], Awaitable[None]], freed: Callable[[], None]) -> None:
        """Take the turn, which is held for it; `freed` is called whenever it is given to others."""
        self._turn = turn
        self._note = note
        self._freed = freed
        self._has_turn = True
        self._changing = asyncio.Lock()
        self._exchanges = 0
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None
        self._pausing: asyncio.Task[None] | None = None

    @contextmanager
    def exchanging(self) -> Iterator[None]:
        """Mark a call to an authority; what is done beside all of these is its own time."""
        self._exchanges += 1
        try:
            yield
        finally:
            self._exchanges -= 1
            self._pause_soon()

    async def waited(self, waiting: Awaitable[T]) -> T:
        """Wait for something within such a call; its own time goes on only after that, in its turn."""
        self._waiting += 1
        self._pause_soon()
        goes_on = True
        try:
            return await waiting
        except asyncio.CancelledError:
            goes_on = False
            raise
        finally:
            self._waiting -= 1
            if goes_on:
                await self._resume()

    def end(self) -> None:
        """Give the turn to others: nothing more is done."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pausing is not None:
            self._pausing.cancel()
        self._give_turn()

    @property
    def _only_waits(self) -> bool:
        return 0 < self._exchanges == self._waiting

    def _pause_soon(self) -> None:
        if self._has_turn and self._timer is None and self._only_waits:
            self._timer = asyncio.get_running_loop().call_later(SOON_S, self._begin_pause)

    def _begin_pause(self) -> None:
        self._timer = None
        if self._only_waits:
            self._pausing = asyncio.create_task(self._pause(), name="turn given to others")

    async def _pause(self) -> None:
        async with self._changing:
            if self._has_turn and self._only_waits:
                await self._noted(False)
                self._give_turn()

    async def _resume(self) -> None:
        async with self._changing:
            if not self._has_turn:
                await self._turn.acquire()
                self._has_turn = True
                await self._noted(True)

    async def _noted(self, runs: bool) -> None:
        try:
            await self._note(runs)
        except GatewayError as error:
            # What cannot be noted is not counted, or counted once too often; nothing is committed either meanwhile.
            log.warning("own_time_not_noted", code=error.code)

    def _give_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turn.release()
            self._freed()
