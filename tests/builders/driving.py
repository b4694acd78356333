"""Drives an adapter's exchanges as the gateway does: over real HTTP, or against answers that a test writes itself."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from gateway.contract import (
    AccessRefused,
    Direction,
    DocumentQuery,
    Exchange,
    Occasion,
    Request,
    RequestRejected,
    Response,
    Unavailable,
    UnexpectedAnswer,
)

T = TypeVar("T")

OCCASION = Occasion(
    at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC), nonce=bytes(range(16)), message_id="0123456789abcdef" * 2
)

HOSTILE = (
    "../../etc/passwd",
    "a/../b",
    "a//b",
    "a?b=c&d=e",
    "a#b",
    "<a>&amp;",
    "%2F",
    "%252e",
    "a b",
    "a+b",
    "Zertifikat-Ä-Ω-魚",
    "'; DROP TABLE certificate; --",
    "a\\b",
    "a;b=c",
    "x" * 70,
)
"""References as only a hostile or careless declarant writes them; each has to arrive as one value."""


def query(type_: str, reference: str, direction: Direction = Direction.IMPORT) -> DocumentQuery:
    """A question about one document."""
    return DocumentQuery(type=type_, reference=reference, direction=direction)


def replay(exchange: Exchange[T], *answers: tuple[int, bytes]) -> T:
    """Gives an exchange the answers in turn and returns what it makes of them."""
    request = next(exchange)
    for status, body in answers:
        assert status in request.expect, f"{status} never reaches the adapter"
        try:
            request = exchange.send(Response(status=status, body=body))
        except StopIteration as end:
            result: T = end.value
            return result
    raise AssertionError("the exchange asks for more than the test answers")


class Wire:
    """A connection to one authority, with the credentials that the gateway adds."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._place = urlsplit(url).netloc
        self._headers = dict(headers)
        self.sent: list[Request] = []
        self.received: list[bytes] = []

    def run(self, exchange: Exchange[T]) -> T:
        """Runs an exchange to its end; a status that it does not expect becomes an error as in the gateway's transport."""
        request = next(exchange)
        while True:
            self.sent.append(request)
            status, body = self.call(request.method, request.path, request.headers, request.body)
            self.received.append(body)
            if status not in request.expect:
                raise _error(status)
            try:
                request = exchange.send(Response(status=status, body=body))
            except StopIteration as end:
                result: T = end.value
                return result

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, bytes]:
        """Sends one request, its path byte for byte."""
        connection = HTTPConnection(self._place, timeout=30)
        try:
            connection.request(method, path, body, {**self._headers, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def put(self, reference: str, changes: Mapping[str, Any]) -> None:
        """Changes a document at the simulated authority."""
        status, _ = self.call(
            "PUT", f"/_simulator/documents/{quote(reference, safe='')}", {}, json.dumps(changes).encode()
        )
        assert status == 200

    def control(self, method: str, path: str, given: Mapping[str, Any]) -> None:
        """Calls one of the simulator's other controls."""
        status, _ = self.call(method, f"/_simulator/{path}", {}, json.dumps(given).encode())
        assert status == 200


def _error(status: int) -> Exception:
    if status in {401, 403}:
        return AccessRefused(str(status))
    if status in {408, 425, 429} or status >= 500:
        return Unavailable(str(status))
    return RequestRejected(str(status)) if status >= 400 else UnexpectedAnswer(str(status))


@contextmanager
def recording_server(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything alike and notes the request targets as they came over the wire."""
    targets: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = (
            True  # head and body go in two writes: the second would wait for the first to be acknowledged
        )

        def do_GET(self) -> None:
            targets.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", targets
        finally:
            server.shutdown()
            thread.join()


def spoilt(value: Any, nullable: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Gives every way to spoil a JSON value in one place: each key missing, each value replaced by one of another type.

    A value under one of the `nullable` keys is never replaced by null.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{key} missing", {k: v for k, v in value.items() if k != key}
            changes = list(spoilt(inner, nullable)) + _others(inner, null=key not in nullable)
            yield from ((f"{key} {place}", {**value, key: changed}) for place, changed in changes)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            changes = list(spoilt(inner, nullable)) + _others(inner, null=True)
            yield from ((f"[{number}] {p}", [*value[:number], c, *value[number + 1 :]]) for p, c in changes)


def _others(value: Any, *, null: bool) -> list[tuple[str, Any]]:
    kinds: list[Any] = ["", "\x00", "\ud800", 0, -1, 1.5, True, [None], [7], {"a": 1}, *([None] if null else [])]
    return [(f"= {k!r}", k) for k in kinds if type(k) is not type(value) or (isinstance(value, str) and k != value)]
