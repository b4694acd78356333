"""A server on a real socket that keeps what arrives byte for byte, and answers as a check says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[Arrived], bytes]


@dataclass(slots=True)
class ScriptedServer:
    """The server: where it is, what it saw, and what it says."""

    script: Script
    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests from one connection and answer each."""
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rest = head.rstrip("\r\n").split("\r\n")
                headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, target, _ = line.split(" ")
                self.arrived.append(Arrived(method=method, target=target, headers=headers, body=body))
                writer.write(self.script(self.arrived[-1]))
                await writer.drain()


@asynccontextmanager
async def scripted_server(script: Script) -> AsyncIterator[ScriptedServer]:
    """Serve a script on a free port, for as long as the context lasts."""
    served = ScriptedServer(script)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(served.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**24)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def http(body: bytes, status: int = 200, kind: str = "application/json") -> bytes:
    """Return a well-formed answer."""
    return f"HTTP/1.1 {status} Status\r\nContent-Length: {len(body)}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
