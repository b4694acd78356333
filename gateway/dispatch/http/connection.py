"""One connection: one request at a time, and none after anything has come that nobody asked for."""

import asyncio
import select
from collections.abc import Callable
from typing import cast

from gateway.dispatch.http.answer import AnswerReader

_ENDED = "the connection ended before the answer did"


class HttpConnection(asyncio.Protocol):
    """A connection to one origin. `on_end` is called once it is of no use any more, while nothing is under way on it."""

    def __init__(self, on_end: Callable[["HttpConnection"], None]) -> None:
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._head: asyncio.Future[None] | None = None
        self._whole: asyncio.Future[None] | None = None
        self._gone = asyncio.Event()
        self.idle_since = 0.0
        self.spoilt = False
        """Whether it can take no request any more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; the event loop calls this."""
        # uvloop's transports are asyncio's by their methods only.
        self._transport = cast(asyncio.Transport, transport)
        self._unread = select.poll()
        self._unread.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def is_fresh(self) -> bool:
        """Whether another request may be sent on it: nothing has come since the last answer, not even what the loop has yet to read."""
        return not self.spoilt and not self._unread.poll(0)

    def data_received(self, data: bytes) -> None:
        """Read what has come; what comes while nothing is asked spoils the connection. The event loop calls this."""
        reader = self._reader
        if reader is None:
            self.abort()
            return
        try:
            reader.feed(data)
        except Exception as error:
            self.spoilt = True
            if reader.status is None or reader.is_read:
                _fail(self._head, error)
            _end(self._head)
            _fail(self._whole, error)
            return
        if reader.status is not None:
            _end(self._head)
        if reader.complete:
            _end(self._whole)

    def eof_received(self) -> bool:
        """Close this side too; the event loop calls this."""
        self._lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the waiting exchange; the event loop calls this."""
        self._lost(exc)
        self._gone.set()

    async def begin(self, request: bytes, reader: AnswerReader) -> None:
        """Send a request, and wait for the head of its answer.

        Raises:
            UnexpectedAnswer: what came is no answer.
            OSError: the connection ended.
        """
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self._reader, self._head, self._whole = reader, loop.create_future(), loop.create_future()
        self._transport.write(request)
        await self._head

    async def end(self) -> None:
        """Wait for the rest of the answer.

        Raises:
            UnexpectedAnswer: what came is none.
            OSError: the connection ended.
        """
        assert self._whole is not None
        await self._whole

    def leave(self) -> bool:
        """End the exchange; whether another one may follow on this connection."""
        reader, self._reader = self._reader, None
        for future in (self._head, self._whole):
            if future is not None and future.done() and not future.cancelled():
                future.exception()  # looked at, so that nobody is told of it again
        # Nor of what ends the connection later.
        self._head = self._whole = None
        # An authority that answers before all of a request has gone may still be waiting for the rest of it.
        unsent = self._transport is not None and self._transport.get_write_buffer_size() > 0
        if self.spoilt or unsent or reader is None or not reader.keeps_alive:
            self.abort()
        return not self.spoilt

    def abort(self) -> None:
        """End the connection at once."""
        self.spoilt = True
        if self._transport is not None:
            self._transport.abort()

    async def gone(self) -> None:
        """Wait until a connection that was ended is closed."""
        await self._gone.wait()

    def _lost(self, error: Exception | None) -> None:
        self.spoilt = True
        lost = error if isinstance(error, OSError) else ConnectionResetError(_ENDED)
        _fail(self._head, lost)
        _fail(self._whole, lost)
        if self._reader is None:
            self._on_end(self)


def _end(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _fail(future: asyncio.Future[None] | None, error: Exception) -> None:
    if future is not None and not future.done():
        future.set_exception(error)
