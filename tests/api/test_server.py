"""A server that stops goes on till whoever stands before it has noticed: no call runs into a connection that is being closed."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.api.connections import Bounds, protocol
from gateway.api.drain import Drain
from gateway.api.server import Server
from tests.builders.processes import PATIENCE_S


@dataclass(slots=True)
class Running:
    """A server, and what it was told to call."""

    server: Server
    task: "asyncio.Task[None]"
    client: httpx.AsyncClient
    stopping: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(drain_s: float) -> AsyncIterator[Running]:
    """A server that answers every call."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"read"})

    drain, ready, stopping = Drain(), asyncio.Event(), list[str]()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application,
            http=cast(type[asyncio.Protocol], protocol(Bounds(), drain=drain)),
            lifespan="off", log_config=None, timeout_graceful_shutdown=int(PATIENCE_S),
        )  # fmt: skip
        server = Server(config, drain=drain, drain_s=drain_s, ready=ready.set, stops=lambda: stopping.append("told"))
        # Not `serve`: it would take the signals of the tests.
        config.load()
        server.lifespan = config.lifespan_class(config)

        async def run() -> None:
            await server.startup(sockets=[bound])
            await server.main_loop()
            await server.shutdown(sockets=[bound])

        task = asyncio.create_task(run())
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(base_url=url, trust_env=False) as client:
            await ready.wait()
            yield Running(server, task, client, stopping)
            server.handle_exit(signal.SIGINT, None)
            await task


async def last(running: Running) -> httpx.Response:
    """Calls until an answer is its connection's last: it has heard that it is to stop. None is lost on the way."""
    while True:
        answer = await running.client.post("/")
        assert answer.status_code == 200
        if answer.headers.get("connection") == "close":
            return answer


async def test_what_comes_on_a_kept_connection_after_the_signal_is_answered_as_its_last() -> None:
    async with serving(PATIENCE_S) as running:
        assert "connection" not in (await running.client.post("/")).headers
        running.server.handle_exit(signal.SIGTERM, None)
        await last(running)
        fresh = await running.client.post("/")
        assert (fresh.status_code, fresh.headers["connection"]) == (200, "close")
        assert (running.stopping, running.task.done()) == ([], False)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
async def test_somebody_at_a_terminal_and_a_second_signal_are_obeyed_at_once(first: signal.Signals) -> None:
    async with serving(100 * PATIENCE_S) as running:
        running.server.handle_exit(first, None)
        if first == signal.SIGTERM:
            await last(running)
            running.server.handle_exit(signal.SIGTERM, None)
        await running.task
        assert running.stopping == ["told"]
        with pytest.raises(httpx.ConnectError):
            await running.client.post("/")
