"""The client that speaks by aiohttp, without a layer above it: nothing is repeated, followed, unpacked or remembered."""

import asyncio
import ssl
from contextvars import ContextVar
from typing import TYPE_CHECKING

import aiohttp
import yarl

from gateway.contract import Unavailable, UnexpectedAnswer
from gateway.dispatch.breaker import AuthorityAway
from gateway.dispatch.http.call import (
    ERROR_BODY_S,
    KEEP_ALIVE_S,
    MAX_ERROR_BODY,
    WITHOUT_BODY,
    HttpAnswer,
    HttpCall,
    MaySend,
    Withheld,
)

if TYPE_CHECKING:
    from aiohttp.connector import Connection

READ_AHEAD = 1024 * 1024
"""Bytes of an answer that are taken from the network before the loop turns to something else."""

_may_send: ContextVar[MaySend | None] = ContextVar("may_send", default=None)
"""Of the request that is under way in a task: the library makes the object that sends it itself."""


class _FreshRequest(aiohttp.ClientRequest):
    """A request that is not sent on a connection on which an answer arrived that nobody had asked for, nor when it may not be.

    aiohttp would take that answer for this request's (aio-libs/aiohttp#13656): another document's status.
    """

    async def send(self, conn: "Connection") -> aiohttp.ClientResponse:
        if conn.protocol is None or conn.protocol.should_close:
            raise aiohttp.ServerDisconnectedError("the idle connection is spoilt")
        if (may := _may_send.get()) is not None and not may():
            raise Withheld("not sent: lease")
        return await super().send(conn)


class AiohttpClient:
    """An `HttpClient` that speaks by aiohttp. Made without a loop; the first request opens the session in the running one."""

    def __init__(self, origin: str, tls: ssl.SSLContext | None = None) -> None:
        self._origin = origin
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def exchange(self, call: HttpCall) -> HttpAnswer:
        """Send a request once, and return its answer."""
        _may_send.set(call.may_send)
        try:
            async with self._open().request(
                call.method,
                yarl.URL(f"{self._origin}{call.target}", encoded=True),
                headers=call.headers,
                data=call.body or None,
                allow_redirects=False,
            ) as answer:
                headers = _headers(answer)
                body = await (_whole(call, answer) if answer.status in call.expect else _some(answer))
                return HttpAnswer(status=answer.status, body=body, headers=headers)
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
            fault = AuthorityAway if isinstance(error, aiohttp.ClientConnectorError) else Unavailable
            raise fault(f"the connection failed: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the connections; it can be used again afterwards."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # How many at once is the bulkhead's to say.
                connector=aiohttp.TCPConnector(
                    limit=0, ssl=self._tls if self._tls is not None else True, keepalive_timeout=KEEP_ALIVE_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                request_class=_FreshRequest,
                auto_decompress=False,
                read_bufsize=READ_AHEAD,
                trust_env=False,
            )
            # A kept-alive connection that drops would make aiohttp send PUT, DELETE and GET a second time.
            self._session._retry_connection = False
        return self._session


async def _whole(call: HttpCall, answer: aiohttp.ClientResponse) -> bytes:
    """Read a body that is complete, plain and within the limit."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        answer.close()
        raise UnexpectedAnswer("the answer is encoded although only identity was accepted")
    lengths = answer.headers.getall("Content-Length", [])
    chunked = "Transfer-Encoding" in answer.headers
    bodyless = not call.has_answer_body or answer.status in WITHOUT_BODY
    if len(lengths) > 1 or (lengths and chunked):
        answer.close()
        raise UnexpectedAnswer("the answer states its length twice")
    if not (lengths or chunked or bodyless):
        # Such a body ends with the connection: half of it looks like all of it.
        answer.close()
        raise UnexpectedAnswer("the answer does not state its length")
    parts, size = [], 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > call.max_bytes:
            answer.close()
            raise UnexpectedAnswer(f"the answer is larger than {call.max_bytes} bytes")
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in answer.headers.items():
        name = name.lower()
        if name != "set-cookie":
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def _some(answer: aiohttp.ClientResponse) -> bytes:
    """Read what evidence keeps of a body that nobody reads; its status says enough, so nothing here is an error."""
    body = b""
    try:
        async with asyncio.timeout(ERROR_BODY_S):
            async for part in answer.content.iter_any():
                body += part
                if len(body) > MAX_ERROR_BODY:
                    break
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    if not answer.content.at_eof():
        answer.close()
    return body[:MAX_ERROR_BODY]
