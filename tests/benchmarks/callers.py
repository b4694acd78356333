"""Callers of a gateway that is under pressure; as a process of its own those that are only to be served as ever.

`python -m tests.benchmarks.callers HOST PORT` calls until its input ends, and prints what was noticed as JSON: what keeps the
process busy that makes the pressure is not to be taken for the gateway's slowness.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.builders.declarations import declaration

PATIENCE_S = 30.0
"""After which a call counts as not answered."""
OTHERS_PER_SECOND = 5
READYZ = "/readyz"
_PIECE = 2**16
OWN, QUIET = "FR12345678901234", "FR98765432109876"
_NUMBERS = count(time.time_ns() % 10**9)
"""Another beginning in each process."""

Make = Callable[[], Coroutine[Any, Any, object]]


@dataclass(slots=True)
class Noticed:
    """What a client noticed: the seconds of its answered calls, and their statuses; 0 is no answer."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """The seconds that this share of the answered calls did not exceed."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")

    def plain(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {"seconds": self.seconds, "statuses": dict(self.statuses)}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Noticed":
        """Reads it back."""
        return cls(list(plain["seconds"]), Counter({int(one): number for one, number in plain["statuses"].items()}))

    @property
    def refused(self) -> float:
        """The share of the calls that were not done: refused, failed, or not answered."""
        done = sum(number for status, number in self.statuses.items() if 200 <= status <= 299)
        return 1 - done / self.statuses.total() if self.statuses else 1.0

    def answers(self) -> str:
        """How many calls were answered how."""
        return ", ".join(f"{number} x {status or 'no answer'}" for status, number in sorted(self.statuses.items()))

    def told(self) -> str:
        """The figures in a line."""
        said = self.answers()
        return f"p50 {self.percentile(0.5):.2f} s, p95 {self.percentile(0.95):.2f} s, p99 {self.percentile(0.99):.2f} s ({said})"


def message(declarant: str = OWN, *, items: int = 10, accepted: bool = False) -> bytes:
    """A declaration that was never sent before."""
    return declaration(next(_NUMBERS), items=items, accepted=accepted).replace(OWN.encode(), declarant.encode())


def citing(items: int, each: int, declarant: str = OWN) -> bytes:
    """A declaration of so many items, each with so many certificates of its own."""
    whole = message(declarant, items=items)
    begin, end = b"<SupportingDocument>", b"</SupportingDocument>"
    parts = whole.split(begin)
    written = [parts[0]]
    numbers = count(1)
    for part in parts[1:]:
        document, _, more = part.partition(end)
        for place in range(1, each + 1):
            one = re.sub(rb"<referenceNumber>[^<]+", b"<referenceNumber>CHEDP.XX.2026.1%06d" % next(numbers), document)
            one = re.sub(rb"<type>[^<]+", b"<type>N853", one)
            one = re.sub(rb"<sequenceNumber>[^<]+", b"<sequenceNumber>%d" % place, one)
            written += [begin, one, end]
        written.append(more)
    return b"".join(written)


def request(
    method: str,
    path: str,
    key: str = "",
    body: bytes = b"",
    *,
    wait_s: int = 0,
    cookie: str = "",
    host: str = "gateway",
    media_type: str = "application/xml",
) -> bytes:
    """The bytes of a call."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"X-API-Key: {key}"] if key else []
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"Content-Type: {media_type}"] if body else []
    lines += [f"Prefer: wait={wait_s}"] if wait_s else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def lodging(key: str, declarant: str = OWN) -> bytes:
    """The bytes of lodging a declaration that was never sent before."""
    return request("POST", "/v1/declarations", key, message(declarant))


def retry_after(answer: bytes) -> int:
    """The seconds after which to call again."""
    found = re.search(rb"retry-after: (\d+)", answer.lower())
    return int(found[1]) if found else 1


async def call(
    place: tuple[str, int], data: bytes, noticed: Noticed, patience_s: float = PATIENCE_S, *, whole: bool = True
) -> bytes:
    """Makes a call on a connection of its own; gives what came, or the first piece of it where not the whole is wanted."""
    began = time.perf_counter()
    answer = b""
    try:
        async with asyncio.timeout(patience_s):
            reader, writer = await asyncio.open_connection(*place, limit=2**24)
            try:
                writer.write(data)
                answer = await reader.read(-1 if whole else _PIECE)
                while not whole and await reader.read(_PIECE):
                    pass
            finally:
                writer.close()
    except (OSError, TimeoutError):
        pass
    status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
    noticed.statuses[status] += 1
    if status:
        noticed.seconds.append(time.perf_counter() - began)
    return answer


async def at_rate(rate: float, make: Make, *, until: Callable[[], bool]) -> None:
    """Begins calls at a rate until it is over, however many are not answered yet; then waits for those."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in count(1):
            if until():
                return
            group.create_task(make())
            if (pause := began + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(pause)


def after(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have gone by since now."""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= end


async def others(place: tuple[str, int], over: asyncio.Event) -> Mapping[str, Noticed]:
    """Calls until it is over: customs and a trader lodge, an officer reads, and somebody probes it; gives what each noticed."""
    made: Mapping[str, Callable[[], bytes]] = {
        "customs": lambda: lodging("customs"),
        "trader": lambda: lodging("quiet", QUIET),
        "officer": lambda: request("GET", "/v1/declarations?limit=5", "officer"),
        "/healthz": lambda: request("GET", "/healthz"),
        READYZ: lambda: request("GET", READYZ),
    }
    found = {who: Noticed() for who in made}

    async def one(who: str) -> None:
        await at_rate(OTHERS_PER_SECOND, lambda: call(place, made[who](), found[who]), until=over.is_set)

    async with asyncio.TaskGroup() as group:
        for who in made:
            group.create_task(one(who))
    return found


@asynccontextmanager
async def others_apart(place: tuple[str, int]) -> AsyncIterator[dict[str, Noticed]]:
    """Has the others call from a process of their own while the context lasts; afterwards what they noticed is there."""
    command = [sys.executable, "-m", "tests.benchmarks.callers", place[0], str(place[1])]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=2**24)
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    found: dict[str, Noticed] = {}
    try:
        yield found
    finally:
        process.stdin.close()
        told = await process.stdout.read()
        await process.wait()
    found.update({who: Noticed.read(one) for who, one in json.loads(told).items()})


async def main(host: str, port: int) -> None:
    """Calls until the input ends, and prints."""
    over = asyncio.Event()

    async def wait() -> None:
        await asyncio.to_thread(sys.stdin.read)
        over.set()

    waiting = asyncio.create_task(wait())
    print("calling", flush=True)
    found = await others((host, port), over)
    await waiting
    print(json.dumps({who: one.plain() for who, one in found.items()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
