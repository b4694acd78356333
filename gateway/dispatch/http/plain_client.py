"""The client that speaks by asyncio's transports: where an answer ends is known to the byte."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from socket import SOCK_STREAM, AddressFamily, SocketKind
from urllib.parse import urlsplit

import aiohappyeyeballs

from gateway.contract import UnexpectedAnswer
from gateway.dispatch.http.answer import AnswerReader
from gateway.dispatch.http.call import ERROR_BODY_S, KEEP_ALIVE_S, HttpAnswer, HttpCall, Withheld
from gateway.dispatch.http.connection import HttpConnection

NEXT_ADDRESS_S = 0.25
"""Seconds after which the next address of a host is tried beside the one before (RFC 8305)."""
_WITHOUT_LENGTH = frozenset({"GET", "HEAD"})
"""Methods whose requests say nothing of a body that they do not have."""
AddressInfo = tuple[
    AddressFamily, SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
]
Find = Callable[[str, int], Awaitable[Sequence[AddressInfo]]]
"""Returns the addresses behind a host and a port, or raises `OSError`."""


class PlainClient:
    """The connections to one origin. Made without a loop; each connection belongs to the loop that opened it."""

    def __init__(self, origin: str, tls: ssl.SSLContext | None = None, *, find: Find | None = None) -> None:
        url = urlsplit(origin)
        if not url.hostname:
            raise ValueError("the origin names no host")
        self._is_tls = url.scheme == "https"
        self._tls = tls if self._is_tls else None
        usual = 443 if self._is_tls else 80
        self._host, self._port = url.hostname, usual if url.port is None else url.port
        self._name = self._host.rstrip(".")
        named = f"[{self._name}]" if ":" in self._name else self._name
        self._authority = named if self._port == usual else f"{named}:{self._port}"
        self._find = find
        self._idle: list[HttpConnection] = []
        self._open: set[HttpConnection] = set()
        self._closing: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def exchange(self, call: HttpCall) -> HttpAnswer:
        """Send a request once, and return its answer, complete if its status was expected.

        Raises:
            Withheld: `may_send` said no once the connection stood; nothing was sent.
            UnexpectedAnswer: what came is no complete and plain answer within its limits.
            OSError: the connection failed; nobody knows whether the request took effect.
        """
        self._follow_loop()
        connection = self._kept() or await self._connected()
        reader = AnswerReader(call)
        try:
            if call.may_send is not None and not call.may_send():
                raise Withheld("not sent: lease")
            await connection.begin(self._request(call), reader)
            if reader.is_read:
                await connection.end()
            else:
                await _some(connection)
            answer = reader.answer()
        except Withheld:
            self._keep(connection)
            raise
        except BaseException:
            # Also when the caller goes away: what comes on it later is nobody's.
            connection.abort()
            connection.leave()
            self._open.discard(connection)
            raise
        if connection.leave():
            self._keep(connection)
        else:
            self._open.discard(connection)
        return answer

    async def close(self) -> None:
        """Close the connections; it can be used again afterwards."""
        self._follow_loop()
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        ended = tuple(self._open)
        self._open.clear()
        self._idle.clear()
        for connection in ended:
            connection.abort()
        for connection in ended:
            await connection.gone()

    def _follow_loop(self) -> None:
        """Forget the connections of a loop that is not the running one: they ended with it."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._open.clear()
            self._idle.clear()
            self._closing = None

    def _request(self, call: HttpCall) -> bytes:
        """Return the bytes of a request."""
        headers = {"Host": self._authority, "Accept": "*/*", **call.headers}
        if call.body and "content-type" not in [name.lower() for name in headers]:
            headers["Content-Type"] = "application/octet-stream"
        if call.body or call.method not in _WITHOUT_LENGTH:
            headers["Content-Length"] = str(len(call.body))
        head = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if "\0" in head or head.count("\r") != len(headers) or head.count("\n") != len(headers):
            raise UnexpectedAnswer("not sent: a header or a secret in it holds a line break")
        return f"{call.method} {call.target} HTTP/1.1\r\n{head}\r\n".encode() + call.body

    def _kept(self) -> HttpConnection | None:
        """Take the connection that was used last, if it is one still."""
        self._forget()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                return connection
            connection.abort()
            self._open.discard(connection)
        return None

    async def _connected(self) -> HttpConnection:
        """Connect to the first address that answers.

        Raises:
            OSError: none does, or its certificate is not accepted.
        """
        loop = asyncio.get_running_loop()
        context = (self._tls or _trusting()) if self._is_tls else None
        if self._find is None:
            found: Sequence[AddressInfo] = await loop.getaddrinfo(self._host, self._port, type=SOCK_STREAM)
        else:
            found = await self._find(self._host, self._port)
        socket = await aiohappyeyeballs.start_connection(
            found, happy_eyeballs_delay=NEXT_ADDRESS_S, interleave=1, loop=loop
        )
        try:
            _, connection = await loop.create_connection(
                lambda: HttpConnection(self._ended),
                sock=socket,
                ssl=context,
                server_hostname=self._name if context is not None else None,
            )
        except BaseException:
            socket.close()
            raise
        self._open.add(connection)
        return connection

    def _keep(self, connection: HttpConnection) -> None:
        if connection.spoilt:
            self._open.discard(connection)
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._closing is None:
            self._closing = loop.call_later(KEEP_ALIVE_S, self._close_idle)

    def _close_idle(self) -> None:
        self._closing = None
        self._forget()
        if self._idle:
            loop = asyncio.get_running_loop()
            self._closing = loop.call_at(self._idle[0].idle_since + KEEP_ALIVE_S, self._close_idle)

    def _forget(self) -> None:
        """End what has been idle for too long; the oldest stand first."""
        oldest = asyncio.get_running_loop().time() - KEEP_ALIVE_S
        while self._idle and (self._idle[0].idle_since <= oldest or self._idle[0].spoilt):
            connection = self._idle.pop(0)
            connection.abort()
            self._open.discard(connection)

    def _ended(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)


async def _some(connection: HttpConnection) -> None:
    """Read what evidence keeps of a body that nobody reads; its status says enough, so nothing here is an error."""
    try:
        async with asyncio.timeout(ERROR_BODY_S):
            await connection.end()
    except (TimeoutError, UnexpectedAnswer, OSError):
        pass


@lru_cache(maxsize=1)
def _trusting() -> ssl.SSLContext:
    """Return what this machine trusts; read once."""
    return ssl.create_default_context()
