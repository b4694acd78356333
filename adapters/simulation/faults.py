"""What can go wrong at an authority, as a caller sees it on the wire."""

import gzip
import socket
import struct
from asyncio import Transport
from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LATE_S = 60.0
"""Seconds that a late answer takes when nothing else is said."""
HUGE_BYTES = 30 * 1024 * 1024
CHUNK = 64 * 1024
PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><p>We will be back soon.</p></body></html>"
GARBAGE = b"220 mail.example.org ESMTP ready\r\n\x00\xff\xfe not a status line\r\n\r\n"


class Fault(StrEnum):
    """A way of failing."""

    DOWN = "down"
    """503."""
    REFUSE_CONNECTION = "refuse_connection"
    """The connection is reset without a byte of an answer."""
    LATE = "late"
    """The right answer, after `seconds` (60)."""
    HTML = "html"
    """200 with a web page."""
    EMPTY = "empty"
    """200 with nothing."""
    HALF = "half"
    """Half of the right answer, then the connection is closed: fewer bytes than Content-Length says."""
    TRUNCATED = "truncated"
    """Half of the right answer as if it were the whole: Content-Length fits."""
    HUGE = "huge"
    """200 with 30 MB."""
    GZIP_BOMB = "gzip_bomb"
    """200, one megabyte of gzip that unpacks to one gigabyte."""
    DRIP = "drip"
    """The right answer, one byte a second."""
    GARBAGE = "garbage"
    """No HTTP at all."""
    UNKNOWN_STATUS = "unknown_status"
    """The right answer with a status code that nobody has heard of; shown by the simulator itself."""
    UNAUTHORISED = "unauthorised"
    """The credentials are not accepted: in the authority's own protocol, or 401."""


FAULT = "simulator.fault"
TRANSPORT = "simulator.transport"


def fault_of(scope: MutableMapping[str, Any]) -> Fault | None:
    """Says which of its own faults the application has to show for the request of this ASGI scope."""
    found: Fault | None = scope.get("extensions", {}).get(FAULT)
    return found


@dataclass(slots=True, kw_only=True)
class Planned:
    """A fault that is set: for requests that mention a reference, or for all."""

    fault: Fault
    reference: str | None = None
    count: int | None = None
    """Requests that it still strikes; None: until a reset."""
    seconds: float = LATE_S


class Faults:
    """The faults that are set, and which of them strikes a request."""

    def __init__(self) -> None:
        self._planned: dict[str | None, Planned] = {}

    def plan(self, planned: Planned) -> None:
        """Sets a fault in place of the earlier one for the same reference (or for all)."""
        self._planned[planned.reference] = planned

    def lift(self, reference: str | None) -> None:
        """Ends the fault of that reference; of None, the fault for all."""
        self._planned.pop(reference, None)

    def clear(self) -> None:
        """Ends all."""
        self._planned.clear()

    @property
    def planned(self) -> tuple[Planned, ...]:
        """Those that are set."""
        return tuple(self._planned.values())

    def strike(self, target: bytes, body: bytes) -> Planned | None:
        """Gives the fault for a request, one with a reference before one for all, and counts it down.

        `target` is the decoded path and query; a reference matches where it stands in it or in the body.
        """
        if not self._planned:
            return None
        for planned in sorted(self._planned.values(), key=lambda one: one.reference is None):
            if planned.reference is not None:
                text = planned.reference.encode()
                if text not in target and text not in body:
                    continue
            if planned.count is not None:
                planned.count -= 1
                if planned.count <= 0:
                    self.lift(planned.reference)
            return planned
        return None


def reset_connection(transport: Transport) -> None:
    """Closes a connection the hard way: the peer gets a reset instead of an end."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def gzip_bomb() -> bytes:
    """About one megabyte that unpacks to one gigabyte: a gzip file may be many, one after the other."""
    return gzip.compress(bytes(10 * 1024 * 1024), mtime=0) * 100
