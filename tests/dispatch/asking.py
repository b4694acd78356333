"""Well-formed answers in all their forms, and the transport alone to ask a server by."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, cast

import pytest
import uvloop

from gateway.contract import AdapterError, Limits, Request, Response
from gateway.dispatch.transport import Transport
from tests.builders.processes import PATIENCE_S
from tests.dispatch.server import Script, Wire, http, valid, wire

LAST = b"0\r\n\r\n"


def chunked(*parts: bytes, last: bytes = LAST, extension: bytes = b"") -> bytes:
    """An answer in chunks."""
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + last


FORMS = {
    "its length stated": valid("A/1"),
    "an empty body": http(b""),
    "no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "one chunk": chunked(b'{"number": "A/1"}'),
    "many chunks": chunked(b'{"num', b'ber": ', b'"A/1"}', extension=b";a=b"),
    "a trailer": chunked(b"{}", last=b"0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"),
    "after interim answers": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    + valid("A/1"),
    "a status that nobody reads": http(b'{"error": "busy"}', 503),
}
OWN = b'{"number": "A/2", "status": "VALID"}'


@asynccontextmanager
async def asking(
    script: Script, limits: Limits | None = None
) -> AsyncIterator[tuple[Wire, Callable[[str], Awaitable[object]]]]:
    """A server, and what asks it over the connections of one authority; gives the response or the error."""
    async with wire(script) as server:
        transport = Transport(base_url=server.url, limits=limits or Limits())

        async def ask(number: str) -> Response | AdapterError:
            request = Request(path=f"/documents?number={number}", expect=frozenset({200, 204}))
            until = asyncio.get_running_loop().time() + PATIENCE_S
            try:
                async with asyncio.timeout_at(until):
                    return await transport.send(request, until=until)
            except AdapterError as error:
                return error

        try:
            yield server, ask
        finally:
            await transport.close()


def on_both_loops(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Has a test run on asyncio's loop and on the one that the gateway serves by, whose transports are other ones."""

    @wraps(test)
    def run(*, loops: Callable[[], asyncio.AbstractEventLoop], **given: Any) -> None:
        with asyncio.Runner(loop_factory=loops) as runner:
            runner.run(test(**given))

    named = inspect.signature(test)
    loops = inspect.Parameter("loops", inspect.Parameter.KEYWORD_ONLY)
    # By it pytest knows what to give.
    cast(Any, run).__signature__ = named.replace(parameters=[*named.parameters.values(), loops])
    both = pytest.mark.parametrize("loops", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
    marked: Callable[..., None] = both(run)
    return marked
