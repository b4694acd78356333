"""The only place where adapters meet the network: one request out, one complete response back, or an `AdapterError`.

The path goes out byte for byte, nothing is repeated, followed, unpacked or remembered, and a connection on which something
arrived unasked is never used again.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from gateway.contract import AdapterError, Limits, Request, Response, Unavailable, UnexpectedAnswer
from gateway.dispatch.authority_clock import AuthorityClock
from gateway.dispatch.breaker import Allowance, AuthorityAway
from gateway.dispatch.http import HttpCall, MaySend, PlainClient, Withheld
from gateway.dispatch.http_status import status_error
from gateway.dispatch.target import check, target

AGENT = "eu-single-window-gateway"
_SERVES_NOBODY = frozenset({429, 503})
_OF_ONE_REQUEST = (TimeoutError, ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
"""Errors of a connection that may be due to what was asked on it; any other says that the authority was not reached."""


class Witness(Protocol):
    """A recorder of everything that goes out and comes in."""

    def sent(self, request: Request, target: str) -> None:
        """Record a request that is about to be sent."""

    def withheld(self) -> None:
        """Record that what was about to be sent last was not: not one byte of it went out."""

    def received(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Record what came, expected or not; the body as far as it came."""


class Transport:
    """The connections of one authority. Made without a loop; the first request connects in the running one."""

    def __init__(
        self,
        *,
        base_url: str,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
        allowance: Allowance | None = None,
        clock: AuthorityClock | None = None,
    ) -> None:
        url = urlsplit(base_url)
        self._client = PlainClient(f"{url.scheme}://{url.netloc}", tls)
        self._base_path = url.path.rstrip("/")
        self._limits = limits
        self._allowance = allowance
        self._clock = clock

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

        The caller ends it at `until` (`Deadlines`): phase timeouts do not hold against a server that drips.
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
        except OSError as error:
            # No class of these is evidence that nothing was sent, or that nothing was done.
            fault = Unavailable if isinstance(error, _OF_ONE_REQUEST) else AuthorityAway
            raise fault(f"the connection failed: {type(error).__name__}") from error
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
        call = HttpCall(
            method=request.method,
            target=place,
            headers=headers,
            body=request.body,
            expect=request.expect,
            max_bytes=self._limits.max_bytes,
            may_send=may_send,
        )
        answer = await self._client.exchange(call)
        if self._clock is not None:
            self._clock.read(answer.headers)
        if witness is not None:
            witness.received(answer.status, answer.headers, answer.body)
        if answer.status not in request.expect:
            fault = status_error(answer.status)
            raise AuthorityAway(str(fault)) if answer.status in _SERVES_NOBODY else fault
        return Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def close(self) -> None:
        """Close the connections; it can be used again afterwards."""
        await self._client.close()
