"""Where an answer ends: what follows it is nobody's, and what has no sure end is no answer.

A library's client failed some of these, which is why there is one of ours (docs/decisions/0170).
"""

import asyncio
import gc
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from gateway.contract import Limits, Request, Response, Unavailable, UnexpectedAnswer
from gateway.dispatch.http import plain_client
from gateway.dispatch.http.answer import MAX_HEADERS
from gateway.dispatch.transport import Transport
from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import until
from tests.dispatch.asking import FORMS, OWN, asking, chunked, on_both_loops
from tests.dispatch.server import Seen, http, valid, wire

STRAY = {
    "a whole answer": valid("A/OTHER"),
    "an answer in chunks": chunked(b'{"number": "A/OTHER"}'),
    "no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "an empty answer": http(b""),
    "a status that nobody reads": http({"number": "A/OTHER", "status": "UNKNOWN"}, 404),
    "an interim answer and another": b"HTTP/1.1 100 Continue\r\n\r\n" + valid("A/OTHER"),
}


async def own_answers(raw: bytes, more: bytes, cuts: Iterable[int]) -> list[object]:
    """What the next request comes to, where so much of `more` follows an answer and the rest comes once the next request has."""
    cut = 0

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.number == "A/1":
            writer.write(raw + more[:cut])
        elif seen.connection in begun:
            writer.write(more[cut:] + http(OWN))
        else:
            writer.write(http(OWN))
        begun.add(seen.connection)

    begun: set[int] = set()
    found = []
    async with asking(script) as (_, ask):
        for one in cuts:
            cut = one
            assert isinstance(await ask("A/1"), Response)
            found.append(await ask("A/2"))
    return found


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("form", ["its length stated", "no body", "one chunk", "a trailer"])
@on_both_loops
async def test_what_follows_an_answer_is_nobodys(form: str, stray: str) -> None:
    """In one piece with it, or cut: the beginning with the answer, the rest only when the next request has come."""
    more = STRAY[stray]
    outcomes = await own_answers(FORMS[form], more, range(1, len(more) + 1))
    for at, own in enumerate(outcomes, 1):
        assert isinstance(own, Response), (more[:at], own)
        assert own.body == OWN, more[:at]


@on_both_loops
async def test_not_even_an_empty_line_may_follow() -> None:
    """Before a status line it would be passed over, and what comes then would be taken for the next answer."""
    (own,) = await own_answers(FORMS["its length stated"], b"\r\n" + valid("A/OTHER"), [2])
    assert isinstance(own, Response)
    assert own.body == OWN


@pytest.mark.parametrize("before", [b"\r\n", b"H", valid("A/OTHER")], ids=["an empty line", "one byte", "an answer"])
@on_both_loops
async def test_what_comes_before_a_request_is_not_its_answer(before: bytes) -> None:
    asked, written = asyncio.Event(), asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(valid("A/1") if seen.number == "A/1" else http(OWN))
        if seen.number == "A/1":
            await writer.drain()
            await asked.wait()
            writer.write(before)
            await writer.drain()
            written.set()

    async with asking(script) as (server, ask):
        assert isinstance(await ask("A/1"), Response)
        asked.set()
        await written.wait()
        own = await ask("A/2")
        assert isinstance(own, Response)
        assert own.body == OWN
    assert [seen.connection for seen in server.seen] == [1, 2]


WITHOUT_END = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a status line": (b"HTTP/1.1 200 ", b"O" * 1000),
    "a header": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100),
    "a chunk's line": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;", b"a=b;" * 300),
    "a trailer": (chunked(b"{}", last=b"0\r\n"), b"X: y\r\n" * 100),
    "a trailer's line": (chunked(b"{}", last=b"0\r\nX: "), b"y" * 1000),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 200),
    "a body of a status that nobody reads": (b"HTTP/1.1 503 Busy\r\n\r\n", b"x" * 1000),
}


@pytest.mark.parametrize("what", WITHOUT_END)
@on_both_loops
async def test_what_has_no_end_is_ended_by_its_bound(what: str) -> None:
    begin, again = WITHOUT_END[what]

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(0)

    async with asking(script, Limits(max_bytes=10_000)) as (_, ask):
        outcome = await ask("A/1")
    assert isinstance(outcome, Unavailable if "nobody reads" in what else UnexpectedAnswer)


UNSURE = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "two equal lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks of something packed": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks twice": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
    "a signed chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "lines that end by half": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\r\n\r\n",
    "a header on two lines": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\n{}",
    "another protocol's upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n{}",
}


@pytest.mark.parametrize("case", UNSURE)
@on_both_loops
async def test_an_answer_whose_end_is_not_sure_is_none(case: str) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(UNSURE[case])
        await writer.drain()
        writer.close()

    async with asking(script) as (_, ask):
        assert isinstance(await ask("A/1"), UnexpectedAnswer | Unavailable)


@on_both_loops
async def test_an_answer_before_the_whole_request_leaves_nothing_to_the_next() -> None:
    connections: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        # The first request's body is left where it is: most of it is in the gateway still.
        writer.write(http(OWN))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    transport = Transport(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", limits=Limits())
    try:
        for body in (b"x" * 30_000_000, b"y"):
            until = asyncio.get_running_loop().time() + PATIENCE_S
            async with asyncio.timeout_at(until):
                answer = await transport.send(Request(method="POST", path="/x", body=body), until=until)
            assert answer.body == OWN
    finally:
        await transport.close()
        server.close()
        for writer in connections:
            writer.close()
    assert len(connections) == 2


@contextmanager
def answering() -> Iterator[str]:
    """A server of its own thread, so that it outlives a test's loops: one connection, one answer, and then it waits."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(http(OWN))
                connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_connections_of_a_loop_that_is_closed_are_forgotten() -> None:
    with answering() as url:
        transport = Transport(base_url=url, limits=Limits())

        async def ask() -> Response:
            return await transport.send(Request(path="/x"), until=asyncio.get_running_loop().time() + PATIENCE_S)

        assert asyncio.run(ask()).body == OWN
        # Neither is it closed in a loop that is not its own, nor waited for.
        asyncio.run(transport.close())
        gc.collect()


@on_both_loops
async def test_an_idle_connection_is_closed_after_a_while() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(OWN))

    with patch.object(plain_client, "KEEP_ALIVE_S", 0.05):
        async with asking(script) as (server, ask):
            assert isinstance(await ask("A/1"), Response)
            await until(lambda: not server.open, within_s=PATIENCE_S)
            assert isinstance(await ask("A/2"), Response)
    assert [seen.connection for seen in server.seen] == [1, 2]


@pytest.mark.parametrize("many", [126, 127])
@on_both_loops
async def test_headers_have_a_bound_however_small_they_are(many: int) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(OWN, headers="X: y\r\n" * many + "X-Last: z\r\n"))

    async with asking(script) as (_, ask):
        outcome = await ask("A/1")
    assert isinstance(outcome, Response if many + 2 <= MAX_HEADERS else UnexpectedAnswer), outcome


@pytest.mark.parametrize("secret", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"])
async def test_a_secret_with_a_line_break_is_not_sent(secret: str) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(OWN))

    async with wire(script) as server:
        transport = Transport(base_url=server.url, limits=Limits())
        end = asyncio.get_running_loop().time() + PATIENCE_S
        with pytest.raises(UnexpectedAnswer, match="holds a line break"):
            await transport.send(Request(path="/x"), until=end, credentials={"X-Key": secret})
        await transport.close()
    assert server.seen == []
