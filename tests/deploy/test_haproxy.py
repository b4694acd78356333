"""The delivered configuration of haproxy: what it keeps from a gateway, what it says to it, and what it sends again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.builders.balancer import Balancer, balanced
from tests.builders.pooler import free_port
from tests.builders.running import until

pytestmark = pytest.mark.needs("haproxy")


@dataclass(slots=True)
class Gateway:
    """Stands in the place of a gateway: notes what comes, and answers, or closes the connection without a word."""

    is_ready: bool = True
    silent: bool = False
    came: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def listening(gateway: Gateway) -> Iterator[int]:
    """Has it listen; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path == "/readyz":
                self.send_response(200 if gateway.is_ready else 503)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            gateway.came.append(
                (self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
            )
            if gateway.silent:
                self.close_connection = True
                return
            self.send_response(202)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815  # the library's own names

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True, slots=True)
class Site:
    """haproxy before one gateway that answers and one that nobody hears."""

    balancer: Balancer
    gateway: Gateway


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A proxy whose second gateway is not there."""
    gateway = Gateway()
    with (
        listening(gateway) as port,
        balanced(free_port(), port, free_port(), folder=tmp_path_factory.mktemp("haproxy")) as balancer,
    ):
        yield Site(balancer, gateway)


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    """A caller."""
    site.gateway.silent, site.gateway.is_ready = False, True
    site.gateway.came.clear()
    with site.balancer.client() as made:
        yield made


def test_who_calls_is_said_by_the_proxy_alone(site: Site, client: httpx.Client) -> None:
    forged = {
        "X-Forwarded-For": "10.1.1.1", "Forwarded": "for=10.1.1.1", "X-Forwarded-Host": "elsewhere", "X-Real-IP": "10.1.1.1",
        "Client-Cert": ":Zm9yZ2Vk:", "Client-Cert-Chain": ":Zm9yZ2Vk:", "X-API-Key": "kept",
    }  # fmt: skip
    assert client.post("/v1/declarations", content=b"<x/>", headers=forged).status_code == 202
    ((_, _, headers),) = site.gateway.came
    told = {name: value for name, value in headers.items() if name.startswith(("x-", "forwarded", "client-"))}
    assert told == {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", "x-api-key": "kept"}


def test_what_is_too_much_does_not_reach_the_gateway(site: Site, client: httpx.Client) -> None:
    assert client.post("/v1/declarations", content=b"x" * (8 * 1024 * 1024 + 1)).status_code == 413
    assert client.get("/healthz", headers={f"x-{number}": "1" for number in range(80)}).status_code == 400
    assert client.get("/healthz", headers={"x-long": "x" * 20_000}).status_code == 400
    for path in ("/metrics", "/%6Detrics", "/Metrics", "/metrics?all"):
        assert client.get(path).status_code == 404, path
    with socket.create_connection(("127.0.0.1", httpx.URL(site.balancer.url).port or 0)) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n")
        assert b"200" not in plain.recv(100)
    assert site.gateway.came == []


def test_what_left_is_sent_again_only_if_it_reads(site: Site, client: httpx.Client) -> None:
    site.gateway.silent = True
    assert client.post("/v1/declarations", content=b"<x/>").status_code == 502
    assert [method for method, _, _ in site.gateway.came] == ["POST"]
    site.gateway.came.clear()
    assert client.get("/v1/notices").status_code in {502, 503}
    assert len(site.gateway.came) > 1


def test_where_none_is_ready_they_say_so_themselves(site: Site, client: httpx.Client) -> None:
    site.gateway.is_ready = False
    log = site.balancer.log
    until(lambda: "gateways/one is DOWN" in log.read_text() or None, "that the proxy noticed")
    for _ in range(4):
        # Half of them are tried at the one that is not there, and go to the other: they never left.
        assert client.post("/v1/declarations", content=b"<x/>").status_code == 202
    assert len(site.gateway.came) == 4
