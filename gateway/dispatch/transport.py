"""The only place where adapters meet the network: one request out, one complete response back, or an `AdapterError`.

It speaks aiohttp without a layer above it (`docs/decisions`): the path goes out byte for byte, nothing is repeated,
followed, unpacked or remembered, and a connection on which something arrived unasked is never used again.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

import aiohttp
import yarl

from gateway.contract import AdapterError, Limits, Request, Response, Unavailable, UnexpectedAnswer
from gateway.dispatch.breaker import Allowance, OwnLimits
from gateway.dispatch.http_status import status_error
from gateway.dispatch.target import check, target

if TYPE_CHECKING:
    from aiohttp.connector import Connection

AGENT = "eu-single-window-gateway"
KEEP_ALIVE_S = 30.0
"""Seconds that an idle connection is kept."""
READ_AHEAD = 1024 * 1024
"""Bytes of an answer that are taken from the network before the loop turns to something else."""
MAX_ERROR_BODY = 64 * 1024
"""Bytes that are read of an answer whose status nobody reads."""
ERROR_BODY_S = 2.0
"""Seconds that such an answer may take after its head."""

MaySend = Callable[[], bool]
"""Says, at the last point before the bytes of a request go, whether they may."""

_may_send: ContextVar[MaySend | None] = ContextVar("may_send", default=None)
"""Of the request that is under way in a task: the library makes the object that sends it itself."""

_WITHOUT_BODY = frozenset({204, 304})


class Witness(Protocol):
    """A recorder of everything that goes out and comes in."""

    def sent(self, request: Request, target: str) -> None:
        """Record a request that is about to be sent."""

    def withheld(self) -> None:
        """Record that what was about to be sent last was not: not one byte of it went out."""

    def received(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Record what came, expected or not; the body as far as it came."""


class Withheld(OwnLimits):
    """The request was not sent, for want of the lease: the order may be one of the past, of a process that has lost it."""


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


class Transport:
    """The connections of one authority. Made without a loop; the first request opens the session in the running one."""

    def __init__(
        self, *, base_url: str, limits: Limits, tls: ssl.SSLContext | None = None, allowance: Allowance | None = None
    ) -> None:
        url = yarl.URL(base_url, encoded=True)
        self._origin = f"{url.scheme}://{url.raw_authority}"
        self._base_path = url.raw_path.rstrip("/")
        self._limits = limits
        self._tls = tls
        self._allowance = allowance
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        request: Request,
        *,
        until: float,
        credentials: Mapping[str, str] | None = None,
        witness: Witness | None = None,
        may_send: MaySend | None = None,
    ) -> Response:
        """Send one request before the loop's time `until` and return its complete response, a status of its `expect`.

        The caller ends it at `until` (`asyncio.timeout_at`): phase timeouts do not hold against a server that drips.
        `may_send` is asked once the connection stands, right before the bytes go.

        Raises:
            Withheld: it may not be sent any more, so it was not.
            AdapterError: whatever else happened; after `RequestRejected` for the request's own form nothing was sent.
        """
        check(request)
        place = target(self._base_path, request.path)
        headers = {"Accept-Encoding": "identity", "User-Agent": AGENT, **request.headers, **(credentials or {})}
        if self._allowance is not None:
            pause = self._allowance.take(until - asyncio.get_running_loop().time())
            if pause > 0:
                await asyncio.sleep(pause)
        if witness is not None:
            witness.sent(request, place)
        try:
            return await self._exchange(request, place, headers, witness, may_send)
        except Withheld:
            if witness is not None:
                witness.withheld()
            raise
        except AdapterError:
            raise
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError, OSError) as error:
            # No class of these is evidence that nothing was sent, or that nothing was done.
            raise Unavailable(f"the connection failed: {type(error).__name__}") from error
        except Exception as error:
            raise UnexpectedAnswer(f"the answer is no HTTP: {type(error).__name__}") from error

    async def _exchange(
        self,
        request: Request,
        place: str,
        headers: Mapping[str, str],
        witness: Witness | None,
        may_send: MaySend | None,
    ) -> Response:
        _may_send.set(may_send)
        async with self._open().request(
            request.method,
            yarl.URL(f"{self._origin}{place}", encoded=True),
            headers=headers,
            data=request.body or None,
            allow_redirects=False,
        ) as answer:
            received = _headers(answer)
            read = answer.status in request.expect
            body = await (self._body(request, answer) if read else _some(answer))
            if witness is not None:
                witness.received(answer.status, received, body)
            if not read:
                raise status_error(answer.status)
            return Response(status=answer.status, body=body, headers=received)

    async def _body(self, request: Request, answer: aiohttp.ClientResponse) -> bytes:
        """Read a body that is complete, plain and within the limit."""
        if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            answer.close()
            raise UnexpectedAnswer("the answer is encoded although only identity was accepted")
        lengths = answer.headers.getall("Content-Length", [])
        chunked = "Transfer-Encoding" in answer.headers
        bodyless = request.method == "HEAD" or answer.status in _WITHOUT_BODY
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
            if size > self._limits.max_bytes:
                answer.close()
                raise UnexpectedAnswer(f"the answer is larger than {self._limits.max_bytes} bytes")
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

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

    async def close(self) -> None:
        """Close the connections; it can be used again afterwards."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


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
