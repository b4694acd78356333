"""The travel of answers and faults: ASGI messages, and what is no HTTP any more."""

import asyncio
import gzip
import json
import socket
import struct
from asyncio import Transport
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.simulation.faults import Fault, Planned

HUGE_BYTES = 30 * 1024 * 1024
CHUNK = 64 * 1024
PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><p>We will be back soon.</p></body></html>"
GARBAGE = b"220 mail.example.org ESMTP ready\r\n\x00\xff\xfe not a status line\r\n\r\n"
TRANSPORT = "simulator.transport"
_HTML = b"text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that is not sent yet."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Send) -> None:
        """Send the answer as it is."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    async def begin(self, send: Send, length: int) -> None:
        """Send the answer's head, with another length of the body."""
        headers = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        await send({"type": "http.response.start", "status": self.status, "headers": [*headers, _length(length)]})


async def keep(app: ASGIApp, scope: Scope, receive: Receive) -> Kept:
    """Let the application do its work and keep its answer."""
    status, headers, parts = 500, [], []

    async def take(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", []))
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, take)
    return Kept(status=status, headers=headers, body=b"".join(parts))


_ANSWERED = MappingProxyType(
    {
        Fault.DOWN: (503, b"Service Unavailable", b"text/plain"),
        Fault.ERROR: (500, PAGE, _HTML),
        Fault.UNAUTHORISED: (401, b"Unauthorized", b"text/plain"),
        Fault.HTML: (200, PAGE, _HTML),
        Fault.EMPTY: (200, b"", b"text/plain"),
    }
)
"""Faults that are an answer of their own, whatever is asked."""
_DONE_BEFORE = frozenset(
    {Fault.ERROR_AFTER, Fault.LATE_ANSWER, Fault.DROP_AFTER, Fault.TRUNCATED, Fault.HALF, Fault.DRIP}
)
"""Faults of an answer to what was done."""


async def fail(planned: Planned, app: ASGIApp, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """Answer with a fault to a request whose body was read; `receive` tells when the caller hangs up."""
    if planned.fault in _ANSWERED:
        await answer(send, *_ANSWERED[planned.fault])
    elif planned.fault in _DONE_BEFORE:
        await _fail_after(planned, await keep(app, scope, replay(body, receive)), scope, receive, send)
    else:
        await _fail_instead(planned, app, scope, replay(body, receive), receive, send)


async def _fail_instead(
    planned: Planned, app: ASGIApp, scope: Scope, again: Receive, receive: Receive, send: Send
) -> None:
    """Answer with a fault in the place of the application's work, or before it."""
    match planned.fault:
        case Fault.HANG:
            await gone(receive, None)
        case Fault.LATE:
            if not await gone(receive, planned.seconds):
                await app(scope, again, send)
        case Fault.HUGE:
            await _huge(send)
        case Fault.GZIP_BOMB:
            await answer(send, 200, gzip_bomb(), b"text/xml", (b"content-encoding", b"gzip"))
        case Fault.REFUSE_CONNECTION:
            await reset(scope, receive)
        case Fault.GARBAGE:
            transport = scope["extensions"][TRANSPORT]
            transport.write(GARBAGE)
            transport.close()
            await gone(receive, None)
        case _:
            raise ValueError(f"only an application can show {planned.fault}")


async def _fail_after(planned: Planned, kept: Kept, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a fault after the application has done its work."""
    match planned.fault:
        case Fault.ERROR_AFTER:
            await answer(send, 500, PAGE, _HTML)
        case Fault.LATE_ANSWER:
            if not await gone(receive, planned.seconds):
                await kept.send(send)
        case Fault.DROP_AFTER:
            await reset(scope, receive)
        case Fault.TRUNCATED:
            half = kept.body[: len(kept.body) // 2]
            await kept.begin(send, len(half))
            await send({"type": "http.response.body", "body": half})
        case Fault.HALF:
            await _half(kept, scope, receive, send)
        case Fault.DRIP:
            await _drip(kept, receive, send)


async def reset(scope: Scope, receive: Receive) -> None:
    """End the request's connection the hard way: the peer gets a reset instead of an end."""
    transport: Transport = scope["extensions"][TRANSPORT]
    if transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await gone(receive, None)


async def gone(receive: Receive, seconds: float | None) -> bool:
    """Wait until the caller has hung up, `seconds` at most; return whether it has."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def body_of(receive: Receive) -> bytes:
    """Read the whole body of a request."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives a body that was read once more, and then what comes."""
    read = False

    async def again() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def answer(send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]) -> None:
    """Send an answer."""
    headers = [(b"content-type", kind), _length(len(body)), *more]
    await Kept(status=status, headers=headers, body=body).send(send)


async def answer_json(send: Send, status: int, value: dict[str, Any]) -> None:
    """Send a value as JSON."""
    await answer(send, status, json.dumps(value).encode(), b"application/json")


def gzip_bomb() -> bytes:
    """Return about one megabyte that unpacks to one gigabyte: a gzip file may be many, one after the other."""
    return gzip.compress(bytes(10 * 1024 * 1024), mtime=0) * 100


async def _half(kept: Kept, scope: Scope, receive: Receive, send: Send) -> None:
    await kept.begin(send, len(kept.body))
    await send({"type": "http.response.body", "body": kept.body[: len(kept.body) // 2], "more_body": True})
    scope["extensions"][TRANSPORT].close()
    await gone(receive, None)


async def _drip(kept: Kept, receive: Receive, send: Send) -> None:
    await kept.begin(send, len(kept.body))
    for place in range(len(kept.body)):
        await send({"type": "http.response.body", "body": kept.body[place : place + 1], "more_body": True})
        if await gone(receive, 1.0):
            return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _huge(send: Send) -> None:
    headers = [(b"content-type", b"text/xml"), _length(HUGE_BYTES)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for sent in range(0, HUGE_BYTES, CHUNK):
        part = b" " * min(CHUNK, HUGE_BYTES - sent)
        await send({"type": "http.response.body", "body": part, "more_body": sent + CHUNK < HUGE_BYTES})


def _length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()
