"""A load generator that costs little itself: HTTP/1.1 on bare sockets, one request at a time on each connection."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


async def load(url: str, calls: Iterator[Call], *, total: int, in_flight: int, wait_s: int) -> Answered:
    """Makes `total` calls, or all that there are, always `in_flight` at a time; each waits for its decision, or not at all with 0."""
    place = urlsplit(url)
    latencies: list[float] = []
    moments: list[float] = []
    statuses: dict[int, int] = {}
    effects: dict[str, int] = {}
    ids: list[str] = []
    decided_by: dict[str, float] = {}
    left = total

    async def caller() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=2**22)
        prefer = f"Prefer: wait={wait_s}\r\n" if wait_s else ""
        while left > 0 and (call := next(calls, None)) is not None:
            left -= 1
            began = time.perf_counter()
            writer.write(
                f"POST {call.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: {call.media_type}\r\n{prefer}"
                f"Content-Length: {len(call.body)}\r\n\r\n".encode()
                + call.body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            latencies.append(time.perf_counter() - began)
            moments.append(time.perf_counter() - start)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            if status in {200, 202}:
                ids.append(answer.split(b'"id":"')[1].split(b'"')[0].decode())
            if status == 200:
                effect = answer.split(b'"decision":')[1].split(b'"effect":"')[1].split(b'"')[0].decode()
                effects[effect] = effects.get(effect, 0) + 1
                digest = answer.rsplit(b'"digest":"', 1)[1].split(b'"')[0].decode()
                decided_by[digest] = time.perf_counter()
        writer.close()
        await writer.wait_closed()

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return Answered(
        seconds=time.perf_counter() - start,
        latencies=sorted(latencies),
        moments=moments,
        statuses=statuses,
        effects=effects,
        ids=ids,
        decided_by=decided_by,
    )
