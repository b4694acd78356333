"""The address of its own at which figures are scraped: whoever reaches it reads them, and nothing else is there."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any

import uvicorn

from gateway.observe.scrape import METRICS_TYPE, Scrape

_PATH = "/metrics"
_AT_ONCE = 32
"""Scrapes answered at the same time in one process; beyond, the answer is 503."""
_PLAIN = "text/plain; charset=utf-8"


class FiguresAddress:
    """An application that answers `GET /metrics`."""

    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one call."""
        status, media_type, body = await self._answer(scope)
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: MutableMapping[str, Any]) -> tuple[HTTPStatus, str, bytes]:
        if scope["path"] != _PATH:
            return HTTPStatus.NOT_FOUND, _PLAIN, f"Figures are at {_PATH}; nothing else is here.\n".encode()
        if scope["method"] not in {"GET", "HEAD"}:
            return HTTPStatus.METHOD_NOT_ALLOWED, _PLAIN, b"Figures are read by GET.\n"
        return HTTPStatus.OK, METRICS_TYPE, await self._scrape.text()


class _Beside(uvicorn.Server):
    """A server beside the one that takes the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to it."""
        yield


@asynccontextmanager
async def served(listening: Sequence[socket.socket], scrape: Scrape) -> AsyncIterator[None]:
    """Answer on these sockets, if there are any, until the context ends."""
    if not listening:
        yield
        return
    server = _Beside(
        uvicorn.Config(
            FiguresAddress(scrape),
            http="httptools",
            ws="none",
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    # Without its main loop, which would wake ten times a second for the date in its answers.
    await server.startup(sockets=list(listening))
    try:
        yield
    finally:
        await server.shutdown(sockets=list(listening))
