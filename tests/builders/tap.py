"""A proxy before a database that takes down the statements that its clients send, word for word."""

import asyncio
import struct
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from tests.builders.proxy import Proxy

_BEFORE_STARTING = frozenset({80877103, 80877104})
"""The codes of a client that asks for TLS or GSS encryption: it asks again without."""
_PARSE, _QUERY = b"P", b"Q"


class Tap(Proxy):
    """Hands bytes on, and keeps what clients sent."""

    def __init__(self, url: str) -> None:
        self._sent: dict[asyncio.Task[None], bytearray] = defaultdict(bytearray)
        super().__init__(url)

    def statements(self) -> set[str]:
        """Gives all statements that came so far: each as it was parsed, whoever sent it how often."""
        return {one for sent in tuple(self._sent.values()) for one in _statements(bytes(sent))}

    def came(self, task: "asyncio.Task[None]", data: bytes) -> None:
        """Keeps what a client sent."""
        self._sent[task] += data


def _statements(sent: bytes) -> Iterator[str]:
    """Reads the statements out of what one client sent: PostgreSQL's protocol, version 3."""
    place = 0
    # Before it starts a client's messages have no kind.
    while len(sent) >= place + 8:
        length, code = struct.unpack_from("!ii", sent, place)
        place += length
        if code not in _BEFORE_STARTING:
            break
    while len(sent) >= place + 5:
        kind, (length,) = sent[place : place + 1], struct.unpack_from("!i", sent, place + 1)
        body = sent[place + 5 : place + 1 + length]
        if len(body) < length - 4:
            return
        if kind in {_PARSE, _QUERY}:
            # A parsed statement has a name, and types behind it.
            yield body.split(b"\0")[1 if kind == _PARSE else 0].decode()
        place += 1 + length


@contextmanager
def tapped(url: str) -> Iterator[Tap]:
    """Runs a tap before a database until the context ends."""
    tap = Tap(url)
    try:
        yield tap
    finally:
        tap.close()
