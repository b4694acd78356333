"""Connections have an end: what is too long, too slow, too many or ambiguous is refused before anything is called."""

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway import observe
from gateway.api.connections import Bounds, Connection, Refusal, Refused, protocol
from gateway.api.problems import Later

PATIENCE_S = 30.0
LONG = Bounds(head_s=PATIENCE_S, body_s=PATIENCE_S, unread_s=PATIENCE_S)
ANSWER = b"x" * 32_000_000
"""More than the system's own buffers take."""


@dataclass(slots=True)
class Called:
    """What the application was called with, and what it read."""

    paths: list[str]
    bodies: list[bytes]


def nobody(method: str, path: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuses no call early."""


def flood(method: str, path: str, headers: Iterable[tuple[bytes, bytes]]) -> Refused | None:
    """Refuses what POSTs to /full with the key "flood"."""
    return (
        (Later(1.5, "Enough."), 0.0) if (method, path) == ("POST", "/full") and (b"key", b"flood") in headers else None
    )


@asynccontextmanager
async def serving(bounds: Bounds, early: Refusal = nobody) -> AsyncIterator[tuple[int, Called]]:
    """The server with an application that reads the body of a POST and answers; gives its port."""
    called = Called([], [])

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        called.paths.append(scope["path"])
        body = b""
        if scope["method"] == "POST":
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                body, more = body + message["body"], message["more_body"]
        called.bodies.append(body)
        answer = ANSWER if scope["path"] == "/long" else b"read"
        headers = [(b"content-length", str(len(answer)).encode())]
        if scope["path"] == "/refused":
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    config = uvicorn.Config(
        application,
        http=cast(Any, protocol(bounds, early)),
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    # Not `serve`: it would take the signals of the tests.
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    try:
        yield listening.getsockname()[1], called
    finally:
        for caller in Caller.open:
            caller.writer.transport.abort()
        Caller.open.clear()
        for connection in tuple(server.server_state.connections):
            cast(Any, connection).transport.abort()
        await server.shutdown(sockets=[listening])


class Caller:
    """One connection from the caller's side."""

    open: ClassVar[list["Caller"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.open.append(self)

    @classmethod
    async def of(cls, port: int) -> "Caller":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """Everything until the server ends the connection."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()

    async def one(self) -> bytes:
        """One short answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return head + await self.reader.readexactly(length)


def refusal(answer: bytes) -> tuple[int, str]:
    """The status and the code of a problem that ends a connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    told = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % told["status"])
    return told["status"], told["code"]


async def asked(port: int, data: bytes) -> bytes:
    caller = await Caller.of(port)
    await caller.send(data)
    return await caller.answer()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 what it waits for is no event of asyncio's
            await asyncio.sleep(0.01)


def counted(reason: str) -> float:
    return observe.registry.get_sample_value("gateway_refused_total", {"reason": reason}) or 0.0


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400, "SW-API-400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "SW-API-400"),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "SW-API-400"),
        (b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "SW-API-400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "SW-API-501"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "SW-API-501"),
        (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "SW-API-400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400, "SW-API-400"),
        (b"\x16\x03\x01\x00\x01", 400, "SW-API-400"),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "SW-API-400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431, "SW-API-431"),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431, "SW-API-431"),
    ],
)
async def test_a_head_that_is_none_is_refused_as_a_problem(call: bytes, status: int, code: str) -> None:
    async with serving(LONG) as (port, called):
        assert refusal(await asked(port, call)) == (status, code)
        assert called.paths == []


@pytest.mark.parametrize("line", [b"x" * 50_000, b"X-N: 1\r\n" * 6_000, b"X: \r\n" * 9_000])
async def test_headers_without_an_end_are_refused_while_they_come(line: bytes) -> None:
    async with serving(LONG) as (port, called):
        assert refusal(await asked(port, b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + line)) == (431, "SW-API-431")
        assert called.paths == []


@pytest.mark.parametrize("more", [b"1;" + b"x" * 40_000, b"0\r\n" + b"X: 1\r\n" * 7_000, b"1\r\nx\r\n" * 9_000])
async def test_what_stands_between_chunks_is_bounded(more: bytes) -> None:
    async with serving(LONG) as (port, called):
        caller = await Caller.of(port)
        await caller.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await until(lambda: called.paths == ["/"])
        await caller.send(more)
        assert refusal(await caller.answer()) == (400, "SW-API-400")
        assert called.bodies == []


async def test_an_ordinary_call_is_answered_again_and_again() -> None:
    async with serving(LONG) as (port, called):
        caller = await Caller.of(port)
        for _ in range(3):
            await caller.send(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            await caller.send(b"".join(b"%x\r\n%b\r\n" % (100, b"y" * 100) for _ in range(2_000)) + b"0\r\n\r\n")
            assert (await caller.one()).endswith(b"read")
        assert [len(body) for body in called.bodies] == [200_000] * 3


@pytest.mark.parametrize("begun", [b"", b"\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX:"])
async def test_who_says_nothing_or_never_ends_is_not_waited_for(begun: bytes) -> None:
    async with serving(Bounds(head_s=0.1)) as (port, called):
        answer = await asked(port, begun)
        assert answer == b"" if not begun else refusal(answer) == (408, "SW-API-408")
        assert called.paths == []


async def test_a_further_call_has_to_come_to_its_end_too() -> None:
    async with serving(Bounds(head_s=0.2)) as (port, called):
        caller = await Caller.of(port)
        await caller.send(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await caller.one()).endswith(b"read")
        await caller.send(b"GET /b HTTP")
        assert refusal(await caller.answer()) == (408, "SW-API-408")
        assert called.paths == ["/a"]


async def test_a_body_that_never_ends_is_not_waited_for() -> None:
    async with serving(Bounds(body_s=0.1)) as (port, called):
        answer = await asked(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegun")
        assert refusal(answer) == (408, "SW-API-408")
        assert (called.paths, called.bodies) == (["/"], [])


async def test_who_is_answered_before_the_body_came_still_reads_the_answer() -> None:
    async with serving(LONG) as (port, _):
        caller = await Caller.of(port)
        await caller.send(b"GET /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
        for _ in range(90):
            await caller.send(b"z" * 100_000)
        assert (await caller.answer()).endswith(b"read")


async def test_the_silent_and_the_idle_give_way_to_whoever_calls() -> None:
    async with serving(Bounds(connections=3, head_s=PATIENCE_S)) as (port, called):
        idle = await Caller.of(port)
        await idle.send(b"GET /idle HTTP/1.1\r\nHost: a\r\n\r\n")
        await idle.one()
        silent = [await Caller.of(port) for _ in range(20)]
        await until(lambda: counted("connections") >= 18)
        for one in silent[:-2]:
            assert await one.answer() == b""
        await idle.send(b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await idle.one()).endswith(b"read"), "a connection that had a call goes after those that never had one"
        assert called.paths == ["/idle", "/again"]


async def test_where_all_have_a_call_in_hand_the_next_is_told_so() -> None:
    async with serving(Bounds(connections=2)) as (port, called):
        busy = [await Caller.of(port) for _ in range(2)]
        for one in busy:
            await one.send(b"POST /busy HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
        await until(lambda: len(called.paths) == 2)
        more = await Caller.of(port)
        assert refusal(await more.answer()) == (503, "SW-API-503")
        for one in busy:
            await one.send(b"!")
            assert (await one.one()).endswith(b"read")


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with serving(Bounds(unread_s=0.2)) as (port, called):
        caller = await Caller.of(port)
        before = counted("unread")
        await caller.send(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        await until(lambda: counted("unread") == before + 1)
        assert called.paths == ["/long"]


async def test_unread_answers_have_a_bound_together() -> None:
    async with serving(Bounds(unread_s=PATIENCE_S, unread_bytes=len(ANSWER))) as (port, _):
        before = counted("unread")
        callers = [await Caller.of(port) for _ in range(4)]
        for caller in callers:
            await caller.send(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        await until(lambda: counted("unread") >= before + 2)


async def test_calls_sent_ahead_are_answered_in_order_and_bounded() -> None:
    async with serving(Bounds(pipelined=3)) as (port, called):
        ahead = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(50))
        answer = await asked(port, ahead)
        assert answer.count(b"HTTP/1.1 200") == 4
        assert called.paths == ["/0", "/1", "/2", "/3"]


async def test_what_is_wrong_behind_a_call_does_not_take_its_answer() -> None:
    async with serving(LONG) as (port, called):
        answer = await asked(port, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
        assert answer.endswith(b"read")
        assert called.paths == ["/a"]


POST = b"POST /full?x=1 HTTP/1.1\r\nHost: a\r\nKey: %b\r\nContent-Length: 9\r\n\r\n"


async def test_who_may_have_no_call_now_is_refused_by_the_head_alone() -> None:
    async with serving(LONG, flood) as (port, called):
        own = POST.replace(b"\r\n\r\n", b"\r\nX-Correlation-ID: mine\r\n\r\n") % b"flood"
        answer = await asked(port, own)
        assert refusal(answer) == (429, "SW-API-429")
        assert b"retry-after: 2\r\n" in answer
        assert b"x-correlation-id: mine\r\n" in answer
        assert b"cache-control: no-store\r\n" in answer
        for other in (b"", b"Expect: 100-continue\r\n"):
            answer = await asked(port, own.replace(b"Host: a\r\n", b"Host: a\r\n" + other) + b"123456789")
            assert refusal(answer) == (429, "SW-API-429")
        assert called.paths == []
        caller = await Caller.of(port)
        await caller.send(POST % b"other" + b"123456789")
        assert (await caller.one()).endswith(b"read")
        assert called.bodies == [b"123456789"]


def held_back(seconds: float) -> Refusal:
    """Refuses every call to /full, and holds it back so long."""
    return lambda method, path, headers: (Later(1.5, "Enough."), seconds) if path == "/full" else None


async def test_a_refusal_that_is_held_back_is_told_later_and_nothing_is_read_meanwhile() -> None:
    async with serving(LONG, held_back(0.1)) as (port, called):
        caller = await Caller.of(port)
        await caller.send(POST % b"flood" + b"123456789" + POST % b"flood" + b"123456789")
        assert refusal(await caller.answer()) == (429, "SW-API-429")
        assert called.paths == []


async def test_a_refusal_that_is_held_back_gives_way_before_all_others() -> None:
    async with serving(Bounds(connections=3, head_s=PATIENCE_S), held_back(PATIENCE_S * 2)) as (port, called):
        silent = await Caller.of(port)
        held = [await Caller.of(port) for _ in range(2)]
        for one in held:
            await one.send(POST % b"flood" + b"123456789")
        before = counted("connections")
        await asked(port, b"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await Caller.of(port)
        await Caller.of(port)
        await until(lambda: counted("connections") >= before + 2)
        for one in held:
            assert refusal(await one.answer()) == (429, "SW-API-429")
        await silent.send(b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await silent.one()).endswith(b"read")
        assert called.paths.count("/full") == 0


async def test_a_caller_that_goes_away_takes_its_refusal_along() -> None:
    def kept() -> int:
        return sum(isinstance(one, Connection) for one in gc.get_objects())

    async with serving(LONG, held_back(0.2)) as (port, _):
        gc.collect()
        before = kept()
        caller = await Caller.of(port)
        await caller.send(POST % b"flood" + b"123456789")
        caller.writer.transport.abort()
        Caller.open.remove(caller)
        await until(lambda: kept() <= before)


async def test_a_server_that_stops_tells_what_it_held_back() -> None:
    async with serving(LONG, held_back(PATIENCE_S * 2)) as (port, _):
        caller = await Caller.of(port)
        await caller.send(POST % b"flood" + b"123456789")
        here = [one for one in gc.get_objects() if isinstance(one, Connection) and not one.transport.is_closing()]
        (connection,) = here
        await until(lambda: not connection.transport.is_reading())
        connection.shutdown()
        assert refusal(await caller.answer()) == (429, "SW-API-429")


async def test_a_call_behind_another_one_does_not_take_its_answer() -> None:
    async with serving(LONG, flood) as (port, called):
        caller = await Caller.of(port)
        await caller.send(POST % b"other" + b"1234")
        await until(lambda: called.paths == ["/full"])
        await caller.send(b"56789" + POST % b"flood" + b"123456789")
        assert (await caller.one()).endswith(b"read")
        assert (await caller.one()).endswith(b"read"), "it was let through to who judges it when its turn comes"


async def test_the_next_call_of_a_connection_is_refused_by_its_head() -> None:
    async with serving(LONG, flood) as (port, called):
        caller = await Caller.of(port)
        await caller.send(POST % b"other" + b"123456789")
        assert (await caller.one()).endswith(b"read")
        await caller.send(POST % b"flood" + b"123456789")
        assert refusal(await caller.answer()) == (429, "SW-API-429")
        assert called.paths == ["/full"]


async def test_what_is_wrong_with_the_next_call_of_a_connection_is_answered_too() -> None:
    async with serving(LONG) as (port, _):
        caller = await Caller.of(port)
        await caller.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await caller.one()).endswith(b"read")
        await caller.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert refusal(await caller.answer()) == (400, "SW-API-400")


async def test_a_connection_is_gone_with_its_end_and_waits_for_no_collector() -> None:
    def kept() -> int:
        return sum(isinstance(one, Connection) for one in gc.get_objects())

    async with serving(LONG, flood) as (port, _):
        gc.collect()
        gc.disable()
        try:
            before = kept()
            for key in (b"flood", b"other"):
                for end in (b"Connection: close\r\n", b""):
                    caller = await Caller.of(port)
                    call = POST.replace(b"Host: a\r\n", b"Host: a\r\n" + end) % key
                    await caller.send(call + b"123456789")
                    assert (await caller.one()).startswith(b"HTTP/1.1 ")
                    caller.writer.transport.abort()
                    Caller.open.remove(caller)
            await until(lambda: kept() <= before)
        finally:
            gc.enable()
