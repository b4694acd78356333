"""What goes out: byte for byte what the adapter wrote, once, and nowhere else than to its authority."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, quote, unquote

import pytest

from gateway.contract import (
    Answer,
    Certificate,
    DocumentQuery,
    Exchange,
    MovementKind,
    Occasion,
    Request,
    Response,
    Settings,
    Status,
)
from gateway.domain.verification import DocumentStatus
from tests.dispatch.authority.adapter import ToyAdapter
from tests.dispatch.server import ONCE, Seen, about, always, dispatching, good, http, loaded, order, receipt, wire

HOSTILE = [
    "../../etc/passwd",
    "..",
    ".",
    "a/../b",
    "a//b",
    "//evil.example/x",
    "a?b=c&number=d",
    "a#b",
    "%2F",
    "%252e%252e%252f",
    "a b",
    "a+b",
    " lead and trail ",
    "<x>&amp;\"'",
    "a;b=c",
    "..;/admin",
    "\\..\\x",
    "@evil.example:80/",
    "http://evil.example/",
    "été/Ωμέγα",
    "x" * 70,
    "\r\nX-Evil: 1",
    "\x00\x7f",
    "{}|^`[]~",
    "😀",
]


class Writes:
    """An adapter that sends what a test says."""

    def __init__(self, make: Callable[[DocumentQuery], Request]) -> None:
        self.make = make
        self.responses: list[Response] = []

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Sends it; whatever comes back, the document is valid."""
        self.responses.append((yield self.make(query)))
        certificate = Certificate(type=query.type, reference=query.reference, authority_status="VALID")
        return Answer(status=Status.VALID, certificate=certificate)


@pytest.mark.parametrize("reference", HOSTILE)
async def test_a_hostile_reference_arrives_as_one_value_in_a_query(reference: str) -> None:
    adapter = Writes(lambda query: Request(path=f"/a/b?number={quote(query.reference, safe='')}&x=1"))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter)) as dispatcher:
        asked = (await dispatcher.ask(about(reference))).verification
    # A NUL that an answer repeats cannot be stored, and is refused.
    assert asked.status is (DocumentStatus.UNDETERMINED if "\0" in reference else DocumentStatus.VALID)
    (seen,) = server.seen
    assert seen.target == f"/a/b?number={quote(reference, safe='')}&x=1"
    assert parse_qs(seen.target.partition("?")[2], strict_parsing=True) == {"number": [reference], "x": ["1"]}
    assert "x-evil" not in seen.headers


@pytest.mark.parametrize("reference", HOSTILE)
async def test_a_hostile_reference_arrives_as_one_segment_of_a_path_or_not_at_all(reference: str) -> None:
    adapter = Writes(lambda query: Request(path=f"/a/{quote(query.reference, safe='')}/c"))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url + "/base/", adapter)) as dispatcher:
        asked = (await dispatcher.ask(about(reference))).verification
    if reference in {".", ".."}:
        # There is no way to write these as a segment that every server takes for a name.
        assert (asked.status, asked.cause, server.seen) == (DocumentStatus.UNDETERMINED, "SW-ADP-03", [])
    else:
        (seen,) = server.seen
        assert seen.target == f"/base/a/{quote(reference, safe='')}/c"
        assert unquote(seen.target.split("/")[3]) == reference


@pytest.mark.parametrize(
    "path",
    ["", "/", "x", "/x/", "/%41%61%2f%2F%7e~", "/a?b", "/a?%2e%2e/../x", "/a?u=http://b//c?d", "/a:b@c;d=e,f!g$h&i'(j)*+k", "/%E2%82%AC", "/%FF%00"],
)  # fmt: skip
async def test_what_may_be_sent_is_sent_byte_for_byte(path: str) -> None:
    adapter = Writes(lambda query: Request(path=path))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url + "/base", adapter)) as dispatcher:
        await dispatcher.ask(about())
    assert [seen.target for seen in server.seen] == [
        "/base" + (path if path.startswith("/") or not path else "/" + path)
    ]


REFUSED = {
    **{
        f"path {path!r}": Request(path=path)
        for path in (
            "/../x", "/a/..", "/./a", "..", "../x", "/%2e%2e/x", "/.%2E/x", "/%2e", "/..;a=b/x", "//evil.example/x", "/a//b",
            "http://evil.example/x", "mailto:x", "/a#b", "/a b", "/a\tb", "/a\r\nX-Evil: 1", "/a\x00", "/a\\b", "/é", "/a%", "/a%2", "/a%zz",
            "/a<b>", '/a"b', "/a{b}", "/a|b", "/a^b", "/a`b", "/a[b]", "/a?b#c", "/a?", "/" + "a" * 9_000,
        )
    },
    **{
        f"header {name!r}": Request(path="/x", headers={name: value})
        for name, value in {
            "Host": "evil.example", "Content-Length": "0", "transfer-encoding": "chunked", "Accept-Encoding": "gzip", "Cookie": "a=b",
            "Connection": "close", "Expect": "100-continue", "Upgrade": "h2c", "X\r\nY": "1", "X:": "1", "": "1", "X": "a\r\nY: b", "X-Uni": "é",
        }.items()
    },
    "method": Request(path="/x", method="CONNECT"),
    "method in lower case": Request(path="/x", method="get"),
    "a second line in the method": Request(path="/x", method="GET / HTTP/1.1\r\n"),
    "an interim status": Request(path="/x", expect=frozenset({101})),
    "a body that is text": Request(path="/x", method="POST", body="x"),  # type: ignore[arg-type]
    "a path that is bytes": Request(path=b"/x"),  # type: ignore[arg-type]
    "a header that is a number": Request(path="/x", headers={"X": 1}),  # type: ignore[dict-item]
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_what_may_not_be_sent_is_refused_and_nothing_is_sent(case: str) -> None:
    adapter = Writes(lambda query: REFUSED[case])
    async with wire(good) as server, dispatching(loaded(server.url, adapter)) as dispatcher:
        asked = (await dispatcher.ask(about())).verification
    assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-03")
    assert server.connections == 0


async def test_a_request_carries_what_the_adapter_says_and_asks_for_plain_answers() -> None:
    request = Request(path="/x", method="POST", headers={"Content-Type": "text/xml", "SOAPAction": '"a"'}, body=b"<a/>")
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, Writes(lambda q: request))) as one:
        await one.ask(about())
    (seen,) = server.seen
    assert (seen.method, seen.body) == ("POST", b"<a/>")
    assert (seen.headers["content-type"], seen.headers["soapaction"]) == ("text/xml", '"a"')
    assert seen.headers["accept-encoding"] == "identity"
    assert "cookie" not in seen.headers


async def test_a_response_is_whole_and_its_header_names_are_lower_case() -> None:
    adapter = Writes(lambda query: Request(path="/x"))
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Two: a\r\nx-two: b\r\nSet-Cookie: s=1\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    async with wire(always(raw)) as server, dispatching(loaded(server.url, adapter)) as dispatcher:
        await dispatcher.ask(about())
    (response,) = adapter.responses
    assert (response.status, response.body, response.headers["x-two"]) == (200, b"abc", "a, b")
    assert "set-cookie" not in response.headers


async def test_cookies_are_not_kept() -> None:
    raw = http({"number": "A/1", "status": "VALID"}, headers="Set-Cookie: s=1\r\n")
    async with wire(always(raw)) as server, dispatching(loaded(server.url)) as dispatcher:
        for _ in range(3):
            await dispatcher.ask(about())
    assert len(server.seen) == 3
    assert not any("cookie" in seen.headers for seen in server.seen)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with wire(good) as server, wire(good) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with dispatching(loaded(server.url)) as dispatcher:
            assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
    assert (len(server.seen), proxy.connections) == (1, 0)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_on_a_connection_that_drops_is_sent_once(method: str) -> None:
    dropped = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        # The first answer leaves a kept-alive connection; the second request is read, and the connection ends.
        if len(server.seen) == 1:
            writer.write(http(b"{}"))
        else:
            writer.close()
            dropped.set()

    adapter = Writes(lambda query: Request(path="/x", method=method))
    async with wire(script) as server, dispatching(loaded(server.url, adapter), policy=ONCE) as dispatcher:
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
        asked = (await dispatcher.ask(about())).verification
        assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-01")
        await dropped.wait()
    assert [seen.connection for seen in server.seen] == [1, 1]


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("answered", [b"", b"HTTP/1.1 200 OK\r\nContent-"], ids=["before the answer", "in its head"])
async def test_a_movement_on_a_kept_connection_that_drops_is_sent_once(answered: bytes, kind: MovementKind) -> None:
    dropped = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if len(server.seen) == 1:
            writer.write(receipt(seen.number))
        else:
            writer.write(answered)
            writer.close()
            dropped.set()

    # With the policy of questions that are asked three times.
    async with wire(script) as server, dispatching(loaded(server.url, position=False)) as dispatcher:
        assert (await dispatcher.move("toy", kind, order())).receipt is not None
        moved = await dispatcher.move("toy", kind, order())
        assert (moved.receipt, moved.cause, moved.sent) == (None, "SW-ADP-01", True)
        await dropped.wait()
    assert [seen.connection for seen in server.seen] == [1, 1]
    assert server.connections == 1


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_movement_on_a_new_connection_that_ends_at_once_is_not_connected_again(reset: bool) -> None:
    connections = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if reset:
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with dispatching(loaded(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")) as dispatcher:
        moved = await dispatcher.move("toy", MovementKind.RESERVE, order())
    server.close()
    await server.wait_closed()
    assert (moved.receipt, moved.cause, moved.sent, connections) == (None, "SW-ADP-01", True, 1)


async def test_connections_are_kept_between_questions() -> None:
    async with wire(good) as server, dispatching(loaded(server.url, ToyAdapter(Settings()))) as dispatcher:
        for number in range(5):
            await dispatcher.ask(about(f"A/{number}"))
    assert (len(server.seen), server.connections) == (5, 1)
