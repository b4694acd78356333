"""A way to the database on which answers can be lost or come late, and statements be kept back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict


@dataclass(slots=True, kw_only=True)
class Kept:
    """What is kept on its way: such a statement, or the answer to it."""

    containing: bytes
    answer: bool
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as it is being kept."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self) -> None:
        """Keeps it until it may go on."""
        self.came.set()
        await self.over.wait()


@dataclass(slots=True)
class Between:
    """Stands between gateways and a database."""

    target: str
    url: str = ""
    losing: bytes | None = None
    """Of a statement with these bytes the answer is lost, and the connection with it."""
    kept: Kept | None = None
    tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    @contextmanager
    def answers_lost(self, containing: bytes) -> Iterator[None]:
        """Loses the answers to such statements for a while."""
        self.losing = containing
        try:
            yield
        finally:
            self.losing = None

    @contextmanager
    def kept_back(self, containing: bytes, *, answer: bool = False) -> Iterator[Kept]:
        """Keeps such statements from the database for a while, or the answers to them from whoever asked."""
        self.kept = kept = Kept(containing=containing, answer=answer)
        try:
            yield kept
        finally:
            kept.over.set()
            self.kept = None

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves a connection."""
        task = asyncio.create_task(self._serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = conninfo_to_dict(self.target)
        host, port = str(said["host"]), said.get("port") or 5432
        there = (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else asyncio.open_connection(host, int(port))
        )
        back, forth = await there
        lost = False
        late: Kept | None = None

        async def ask() -> None:
            nonlocal lost, late
            while data := await reader.read(65_536):
                if (kept := self.kept) is not None and kept.containing in data:
                    if kept.answer:
                        late = kept
                    else:
                        await kept.keep()
                lost = lost or (self.losing is not None and self.losing in data)
                forth.write(data)
            forth.close()

        asking = asyncio.create_task(ask())
        try:
            while (data := await back.read(65_536)) and not lost:
                if late is not None:
                    await late.keep()
                writer.write(data)
        finally:
            asking.cancel()
            for one in (writer, forth):
                one.close()
                with suppress(ConnectionError):
                    await one.wait_closed()


@asynccontextmanager
async def between(database_url: str) -> AsyncIterator[Between]:
    """Opens such a way."""
    way = Between(database_url)
    server = await asyncio.start_server(way.accept, "127.0.0.1", 0)
    said = conninfo_to_dict(database_url)
    user = said.get("user") or ""
    password = f":{said['password']}" if said.get("password") else ""
    host, port = server.sockets[0].getsockname()[:2]
    parts = urlsplit(database_url)
    way.url = urlunsplit(
        ("postgresql", f"{user}{password}@{host}:{port}", parts.path, "sslmode=disable&gssencmode=disable", "")
    )
    try:
        yield way
    finally:
        server.close()
        for task in list(way.tasks):
            task.cancel()
        await asyncio.gather(*way.tasks, return_exceptions=True)
