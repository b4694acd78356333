"""Server-sent events: the streams that a process has open, what each tells, and when it ends.

A stream tells what stands, not what happened: the reader's own projection is read again whenever the declaration changed, and sent only if
it reads otherwise. So nothing that somebody may not know leaves a trace in it, not even that something changed; and a reader who comes
back, at whichever replica, is told what stands unless they have it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, ServerSentEvent, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.api.problems import Later
from gateway.domain.errors import GatewayError, Overloaded
from gateway.resources import Resource, Shortage

log = structlog.get_logger(__name__)

KEPT_UP_S = 15.0
"""The seconds without news after which a stream looks for itself whether there are any, and whether the reader may still: an announcement
may be lost, and proxies end what is silent."""
LAST_EVENT = "last-event-id"
"""The header in which a reader who comes back names the last event that they have."""
_READ_AT_ONCE = 3
"""The number of streams that read at the same time: many are told of one change, and leave the database's connections to the others."""
_LONGEST_ID = 200
_AGAIN_S = 5.0
_OPEN = format_sse_event(retry=2_000)
"""Milliseconds after which a browser comes back."""

Read = Callable[[str], Awaitable[ServerSentEvent | None]]
"""Returns the event to send to a reader who has the one of an id (empty: none); None: they have what stands. It proves anew that the
reader may read, and raises as calls do."""
Wait = Callable[[float], Awaitable[None]]
"""Waits until there may be news, at most so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """The limits of one process."""

    all: int
    of_one: int
    """The streams of one person or client."""
    lasts_s: float


class Streams:
    """The event streams that a process has open."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._places = Resource("streams", limits.all, share=limits.of_one)
        self._readings = Resource("stream_readings", _READ_AT_ONCE, share=1)
        self._ended = asyncio.Event()

    @property
    def open(self) -> int:
        """The number of open streams."""
        return round(self._places.in_use)

    def end(self) -> None:
        """End all of them, and let none begin: the process stops, and readers go on at another one."""
        self._ended.set()

    async def response(self, client: str, last: str, read: Read, wait: Wait) -> Response:
        """Return a stream; what refuses it is raised before it begins.

        Args:
            client: whose share it takes.
            last: the id of the last event that the reader has; empty: none.
            read: returns the next event.
            wait: waits for news.

        Raises:
            Later: the client has as many as one may have.
            Overloaded: there are as many as this process keeps, or it stops.
            GatewayError: whatever `read` raises.
        """
        self._take(client)
        try:
            # It has the turn of a call that reads already: to wait for another one with it in hand would keep others from reading.
            first = await read(last[:_LONGEST_ID])
        except BaseException:
            self._places.put_back(client)
            raise
        return _Stream(self._events(client, last, first, read, wait), over=lambda: self._places.put_back(client))

    def _take(self, client: str) -> None:
        if self._ended.is_set():
            raise Overloaded("This replica stops.")
        match self._places.take(client):
            case Shortage.OWN:
                raise Later(_AGAIN_S, f"{self._limits.of_one} event streams of yours are open already: close one.")
            case Shortage.ALL:
                raise Overloaded("Too many event streams are open already.")

    async def _events(
        self, client: str, last: str, event: ServerSentEvent | None, read: Read, wait: Wait
    ) -> AsyncIterator[bytes]:
        """Yield a stream's bytes until its time is over, its reader may read no more, or nothing can be read."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.lasts_s
        yield _OPEN
        while True:
            if event is not None:
                last = last if event.id is None else event.id
                yield format_sse_event(data_str=event.raw_data, event=event.event, id=event.id)
            else:
                yield KEEPALIVE_COMMENT
            # A change that this reader is not told of must not show, so a sign of life comes at its time and at no other.
            sign_at, event = min(loop.time() + KEPT_UP_S, until), None
            while event is None and loop.time() < sign_at:
                try:
                    await self._news(wait, max(sign_at - loop.time(), 0.0))
                    async with self._readings.turn(client):
                        event = None if self._ended.is_set() else await read(last)
                except GatewayError as error:
                    # Whoever comes back is refused as any call is, or answered.
                    log.info("stream_ended", code=error.code)
                    return
                if self._ended.is_set():
                    return
            if event is None and loop.time() >= until:
                return

    async def _news(self, wait: Wait, within_s: float) -> None:
        ended, waiting = asyncio.ensure_future(self._ended.wait()), asyncio.ensure_future(wait(within_s))
        try:
            await asyncio.wait((ended, waiting), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
        finally:
            ended.cancel()
            waiting.cancel()


class _Stream(EventSourceResponse):
    """One stream, which frees its place once it is over, however it ends."""

    def __init__(self, events: AsyncIterator[bytes], *, over: Callable[[], None]) -> None:
        # Proxies that gather answers would keep news back.
        super().__init__(events, headers={"X-Accel-Buffering": "no"})
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._over()
