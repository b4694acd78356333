"""A wire between a client and a gateway that can be cut: before a call comes through, or before its answer does."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(slots=True)
class Wire:
    """Hands bytes on, and cuts what it is told to."""

    target: str
    url: str = ""
    answers_lost: int = 0
    """Of so many calls that come, the answer is lost once the gateway begins it."""
    calls_lost: int = 0
    """So many calls are cut before the gateway knows of them."""
    calls: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves a connection."""
        there: asyncio.StreamWriter | None = None
        try:
            place = urlsplit(self.target)
            back, there = await asyncio.open_connection(place.hostname, place.port)
            while head := await reader.readuntil(b"\r\n\r\n"):
                if not await self._call(head, reader, writer, back, there):
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in (writer, there):
                if one is not None:
                    one.close()

    async def _call(
        self,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        there: asyncio.StreamWriter,
    ) -> bool:
        """Hands a call on, and its answer; gives whether the connection still stands."""
        self.calls += 1
        if self.calls_lost:
            self.calls_lost -= 1
            return False
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        # One call on a connection: where its answer ends need not be read then.
        there.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + await reader.readexactly(length))
        while piece := await back.read(65_536):
            if self.answers_lost:
                self.answers_lost -= 1
                return False
            writer.write(piece)
            await writer.drain()
        return False


@contextmanager
def wired(target: str) -> Iterator[Wire]:
    """Runs a wire to a gateway until the context ends."""
    wire, loop = Wire(target), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(wire.serve, "127.0.0.1", 0))
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def end() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        yield wire
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
