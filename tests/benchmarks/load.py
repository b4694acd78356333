"""A load generator that costs little itself: HTTP/1.1 on bare sockets, one request at a time on each connection."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

LODGE = "/v1/declarations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    body: bytes
    path: str = LODGE
    media_type: str = "application/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a load."""

    seconds: float
    latencies: Sequence[float]
    """Of each request, in seconds, ascending."""
    moments: Sequence[float]
    """When each answer came, in seconds since the start, ascending."""
    statuses: Mapping[int, int]
    effects: Mapping[str, int]
    ids: Sequence[str]
    """The declarations, in the order of their answers."""
    decided_by: Mapping[str, float]
    """By the digest of the tables, when the last answer came with a decision by them, by `time.perf_counter`."""

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def first_per_second(self, count: int) -> float:
        """Answers per second, until so many had come."""
        return count / self.moments[count - 1]

    def last_per_second(self, count: int) -> float:
        """Answers per second, of the last so many."""
        return count / (self.moments[-1] - self.moments[-count - 1])

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests did not exceed, in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1000


class _Account:
    """What came so far."""

    def __init__(self) -> None:
        self._latencies: list[float] = []
        self._moments: list[float] = []
        self._statuses: dict[int, int] = {}
        self._effects: dict[str, int] = {}
        self._ids: list[str] = []
        self._decided_by: dict[str, float] = {}
        self._start = time.perf_counter()

    def take(self, began: float, status: int, answer: bytes) -> None:
        """Takes an answer, or with status 0 that none came."""
        now = time.perf_counter()
        self._statuses[status] = self._statuses.get(status, 0) + 1
        if not status:
            return
        self._latencies.append(now - began)
        self._moments.append(now - self._start)
        if status in {200, 202}:
            self._ids.append(answer.split(b'"id":"')[1].split(b'"')[0].decode())
        if status == 200:
            effect = answer.split(b'"decision":')[1].split(b'"effect":"')[1].split(b'"')[0].decode()
            self._effects[effect] = self._effects.get(effect, 0) + 1
            digest = answer.rsplit(b'"digest":"', 1)[-1].split(b'"')[0].decode()
            self._decided_by[digest] = now

    def told(self) -> Answered:
        """Gives it, once all has come."""
        return Answered(
            seconds=time.perf_counter() - self._start,
            latencies=sorted(self._latencies),
            moments=self._moments,
            statuses=self._statuses,
            effects=self._effects,
            ids=self._ids,
            decided_by=self._decided_by,
        )


class _Connection:
    """A connection on which one request is under way at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self._place = place

    @classmethod
    async def opened(cls, url: str) -> "_Connection":
        """Opens one."""
        place = urlsplit(url)
        return cls(*await asyncio.open_connection(place.hostname, place.port, limit=2**22), place.netloc)

    async def exchange(self, call: Call, wait_s: int) -> tuple[int, bytes]:
        """Makes a call; gives status and body."""
        prefer = f"Prefer: wait={wait_s}\r\n" if wait_s else ""
        self._writer.write(
            f"POST {call.path} HTTP/1.1\r\nHost: {self._place}\r\nContent-Type: {call.media_type}\r\n{prefer}"
            f"Content-Length: {len(call.body)}\r\n\r\n".encode()
            + call.body
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    @property
    def ended(self) -> bool:
        """Whether the other side has closed it."""
        return self._reader.at_eof()

    async def close(self) -> None:
        """Closes it, whatever the other side has done."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


async def load(url: str | Sequence[str], calls: Iterator[Call], *, total: int, in_flight: int, wait_s: int) -> Answered:
    """Makes `total` calls, or all that there are, always `in_flight` at a time; each waits for its decision, or not at all with 0.

    Where there are several addresses each has its share of those in flight.
    """
    urls = [url] if isinstance(url, str) else url
    account = _Account()
    left = total

    async def caller(own: str) -> None:
        nonlocal left
        connection = await _Connection.opened(own)
        while left > 0 and (call := next(calls, None)) is not None:
            left -= 1
            began = time.perf_counter()
            account.take(began, *await connection.exchange(call, wait_s))
        await connection.close()

    await asyncio.gather(*(caller(urls[number % len(urls)]) for number in range(in_flight)))
    return account.told()


async def arrive(urls: Sequence[str], calls: Iterator[Call], *, per_second: float, total: int, wait_s: int) -> Answered:
    """Makes `total` calls at a rate, however many are not answered yet; each is timed from the moment when it was due.

    An address that takes no connection is passed over, as one that shares calls out does. What is not answered, because a process died,
    has the status 0.
    """
    account = _Account()
    free: Mapping[str, list[_Connection]] = {url: [] for url in urls}

    async def connected(first: int) -> tuple[str, _Connection]:
        for place in range(first, first + len(urls)):
            url = urls[place % len(urls)]
            while free[url]:
                if not (kept := free[url].pop()).ended:
                    return url, kept
                await kept.close()
            with suppress(OSError):
                return url, await _Connection.opened(url)
        raise ConnectionRefusedError

    async def one(place: int, call: Call, due: float) -> None:
        connection = None
        try:
            url, connection = await connected(place)
            status, answer = await connection.exchange(call, wait_s)
        except (OSError, EOFError):
            account.take(due, 0, b"")
            if connection:
                await connection.close()
            return
        account.take(due, status, answer)
        free[url].append(connection)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, call in enumerate(islice(calls, total)):
            due = began + number / per_second
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            group.create_task(one(number, call, due))
    for connections in free.values():
        for connection in connections:
            await connection.close()
    return account.told()
