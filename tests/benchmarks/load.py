"""A load generator that costs little itself: HTTP/1.1 on bare sockets, one request at a time on each connection."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a load."""

    seconds: float
    latencies: Sequence[float]
    """Of each request, in seconds, ascending."""
    statuses: dict[int, int]
    effects: dict[str, int]

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests did not exceed, in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1000


async def load(url: str, bodies: Iterator[bytes], *, total: int, in_flight: int, wait_s: int) -> Answered:
    """Posts `total` declarations, always `in_flight` at a time; each waits for its decision, or not at all with 0."""
    place = urlsplit(url)
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    effects: dict[str, int] = {}
    left = total

    async def caller() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=2**22)
        prefer = f"Prefer: wait={wait_s}\r\n" if wait_s else ""
        while left > 0:
            left -= 1
            body = next(bodies)
            began = time.perf_counter()
            writer.write(
                f"POST /v1/declarations HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/xml\r\n{prefer}"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            latencies.append(time.perf_counter() - began)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            if status == 200:
                effect = answer.split(b'"decision":')[1].split(b'"effect":"')[1].split(b'"')[0].decode()
                effects[effect] = effects.get(effect, 0) + 1
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return Answered(
        seconds=time.perf_counter() - began, latencies=sorted(latencies), statuses=statuses, effects=effects
    )
