"""A TCP proxy between a gateway and its database that can fall silent, as a firewall that forgot its connections does."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict

T = TypeVar("T")


class Proxy:
    """Hands bytes on, until its connections are silenced: then it takes those of each and hands none on. New ones work."""

    def __init__(self, url: str) -> None:
        self._target = conninfo_to_dict(url)
        self._loop = asyncio.new_event_loop()
        self._silent: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        port = self._server.sockets[0].getsockname()[1]
        parts = urlsplit(url)
        user = f"{self._target['user']}@" if "user" in self._target else ""
        rest = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"host", "port"}]
        self.url = urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}", query=urlencode(rest)))

    def silence(self) -> int:
        """Hands on nothing any more of the connections that stand; gives how many they are."""
        return self._run(self._silence())

    def close(self) -> None:
        """Ends every connection."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    async def _silence(self) -> int:
        self._silent |= self._open
        return len(self._open)

    async def _close(self) -> None:
        self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        there: asyncio.StreamWriter | None = None
        try:
            folder, port = str(self._target["host"]), self._target.get("port", "5432")
            if folder.startswith("/"):
                back, there = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
            else:
                back, there = await asyncio.open_connection(folder, int(str(port)))
            await asyncio.gather(
                self._hand_on(task, reader, there, of_client=True), self._hand_on(task, back, writer, of_client=False)
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            self._silent.discard(task)
            for one in (writer, there):
                if one is not None:
                    one.close()

    def came(self, task: "asyncio.Task[None]", data: bytes) -> None:
        """Does nothing with what a client sent."""

    async def _hand_on(
        self, task: "asyncio.Task[None]", reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, of_client: bool
    ) -> None:
        while data := await reader.read(65_536):
            if of_client:
                self.came(task, data)
            if task not in self._silent:
                writer.write(data)
                await writer.drain()
        if task not in self._silent:
            with contextlib.suppress(OSError):
                writer.close()


@contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    """Runs a proxy before a database until the context ends."""
    proxy = Proxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
