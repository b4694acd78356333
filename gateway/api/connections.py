"""The connections of one process: their number, their time limits, and the refusals before anything is called.

The server's own options bound none of this for the parser that is used here (docs/decisions/0032): it knows how long a connection
may be idle between two calls, and that is all.
"""

import re
import resource
from asyncio import AbstractEventLoop, TimerHandle, Transport
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf
from typing import Any, cast

import httptools
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gateway import observe
from gateway.api.drain import Drain
from gateway.api.middleware import CORRELATION, DEFAULT_HEADERS, PEER, correlation
from gateway.api.problems import CallUnreadable, CodingUnknown, HeadTooLarge, HostUnclear, Later, TooSlow, problem
from gateway.domain.errors import GatewayError, Overloaded
from gateway.resources import Resource

_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+;=:\[\]-]*")
_LINGER_S = 1.0
"""The seconds for which a refused caller's further bytes are read and thrown away: closed at once, they would see a reset instead of the answer."""
_OTHER_FILES = 256
"""Files that a process needs beside its connections: those to the database, to authorities, to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of one connection, and of all of them together."""

    connections: int = 2_000
    """Open at the same time; fewer where the system allows the process fewer files."""
    head_bytes: int = 16_384
    """The most bytes of a call's first line and headers."""
    head_s: float = 10.0
    """The seconds from a connection's beginning, or a further call's first byte, to the end of its headers."""
    body_s: float = 60.0
    """The seconds from there to the end of the body."""
    unread_s: float = 30.0
    """The seconds for which a caller may leave an answer unread."""
    unread_bytes: int = 64 * 1024 * 1024
    """Answers that callers have not read yet, of all connections."""
    pipelined: int = 8
    """Calls of one connection that wait for the answer to the one before."""


Refused = tuple[GatewayError, float]
"""The reason of a refusal, and the seconds for which its answer is held back."""
Refusal = Callable[[str, str, Iterable[tuple[bytes, bytes]]], Refused | None]
"""The refusal of a call by its method, path and headers, before anything is made for it; None: it goes on."""


class Connections:
    """The open connections of a process."""

    def __init__(self, bounds: Bounds, refusal: Refusal, drain: Drain) -> None:
        self.bounds = bounds
        self.refusal = refusal
        self.drain = drain
        self._most = min(bounds.connections, max(16, files_allowed() - _OTHER_FILES))
        self._tick_s = max(0.02, min(1.0, bounds.head_s / 4, bounds.body_s / 4, bounds.unread_s / 4))
        self._open: set[Connection] = set()
        self._silent: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}
        self._held: dict[Connection, None] = {}
        self._unread: dict[Connection, int] = {}
        self._unread_bytes = 0
        self.resources = (
            Resource("connections", self._most, measured=lambda: len(self._open)),
            Resource("unread_bytes", bounds.unread_bytes, measured=lambda: self._unread_bytes),
        )
        self._timer: TimerHandle | None = None

    def begun(self, connection: "Connection") -> bool:
        """Take a connection in; return False if there are too many that all have a call in hand.

        One whose refusal is held back gives way, else one that never made a call, else the one that made none for longest.
        """
        self._open.add(connection)
        observe.connections.set(len(self._open))
        if self._timer is None:
            self._timer = connection.loop.call_later(self._tick_s, self._tick, connection.loop)
        if len(self._open) > self._most:
            waiting = self._held or self._silent or self._idle
            if not waiting:
                return False
            oldest = next(iter(waiting))
            self.busy(oldest)
            observe.refused("connections")
            oldest.give_way()
        self._silent[connection] = None
        return True

    def busy(self, connection: "Connection") -> None:
        """Note that a connection has a call in hand."""
        self._held.pop(connection, None)
        self._silent.pop(connection, None)
        self._idle.pop(connection, None)

    def idle(self, connection: "Connection") -> None:
        """Note that a connection has no call in hand any more."""
        self._idle[connection] = None

    def hold(self, connection: "Connection") -> None:
        """Note that a connection's refusal is held back."""
        self.busy(connection)
        self._held[connection] = None

    def unread(self, connection: "Connection", size: int) -> None:
        """Note its caller's unread bytes; beyond what all may leave, those that have not read for longest are cut off."""
        self._unread_bytes += size - self._unread.pop(connection, 0)
        if size:
            self._unread[connection] = size
        while self._unread_bytes > self.bounds.unread_bytes and self._unread:
            slowest = next(iter(self._unread))
            self._unread_bytes -= self._unread.pop(slowest)
            observe.refused("unread")
            slowest.transport.abort()

    def ended(self, connection: "Connection") -> None:
        """Remove a connection that has ended."""
        self._open.discard(connection)
        self.busy(connection)
        self.unread(connection, 0)
        observe.connections.set(len(self._open))

    def _tick(self, loop: AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._tick_s, self._tick, loop) if self._open else None
        now = loop.time()
        for connection in tuple(self._open):
            connection.check_times(now)


class _AnswerTransport:
    """The transport that an answer is written to; a caller who is still sending is not cut off at its end."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: Transport, close: Callable[[], None]) -> None:
        self.write, self.is_closing, self.close = transport.write, transport.is_closing, close


class Connection(HttpToolsProtocol):
    """One connection of the server, with a limit to everything."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        among: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._among = among
        self._bounds = among.bounds
        self._deadline = inf
        self._in_head = True
        self._head = 0
        self._overhead = 0
        self._body = 0
        self._refusal: Refused | None = None
        self._held: tuple[TimerHandle, GatewayError] | None = None
        """The refusal that is held back, and its timer."""
        self._over = False
        """Whether nothing more is read as a call."""
        self._lingering = False
        self._called = False
        self._unread_since = inf
        self._closing_since = inf

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first call."""
        super().connection_made(transport)
        self._answering = cast(Transport, _AnswerTransport(transport, self._end))
        self._deadline = self.loop.time() + self._bounds.head_s
        if not self._among.begun(self):
            observe.refused("connections")
            self._over = True
            self.transport.write(_written(Overloaded("There are too many connections."), ()))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and drop what refers back to it: a flood's connections are not to wait for the collector of cycles."""
        self._among.ended(self)
        self._held_no_longer()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self.cycle = cast(RequestResponseCycle, None)
        del self._answering

    def data_received(self, data: bytes) -> None:
        """Read what the caller sends."""
        self._unset_keepalive_if_required()
        if self._over:
            return
        if self._in_head:
            self._head += len(data)
            if self._deadline == inf:
                self._deadline = self.loop.time() + self._bounds.head_s
        else:
            self._overhead += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing else than HTTP is spoken here: the call is answered as any other (RFC 9110, section 7.8).
            pass
        except httptools.HttpParserError:
            self._refuse_in_time(*self._refused_with())
        else:
            self._must_be_short()

    def _refused_with(self) -> Refused:
        """Return and drop the refusal that the parser was stopped with, or connection and call would hold each other in memory."""
        refusal, self._refusal = self._refusal, None
        return refusal or (CallUnreadable(), 0.0)

    def _refuse_in_time(self, error: GatewayError, held_s: float) -> None:
        """Refuse now, or keep the caller and its next call waiting: nothing is read meanwhile."""
        if not held_s:
            self._refuse(error)
            return
        self._over, self._deadline = True, inf
        self.flow.pause_reading()
        self._among.hold(self)
        self._held = self.loop.call_later(held_s, self.tell_refusal), error

    def tell_refusal(self) -> None:
        """Send the refusal that was held back."""
        self._among.busy(self)
        if error := self._held_no_longer():
            self._refuse(error)

    def give_way(self) -> None:
        """End the connection at once, for another one; a refusal that was held back is told."""
        self.tell_refusal()
        self.transport.close()

    def shutdown(self) -> None:
        """End as the server does; a refusal that was held back is told."""
        self.tell_refusal()
        super().shutdown()

    def _held_no_longer(self) -> GatewayError | None:
        """Return and drop the refusal that was held back."""
        if self._held is None:
            return None
        (timer, error), self._held = self._held, None
        timer.cancel()
        return error

    def _must_be_short(self) -> None:
        """Refuse what never ends while it comes: the parser gathers a header, and the bytes between chunks."""
        if self._in_head and self._head > self._bounds.head_bytes:
            self._refuse(HeadTooLarge(f"The limit is {self._bounds.head_bytes} bytes."))
        elif self._overhead > self._bounds.head_bytes + self._body // 2:
            self._refuse(CallUnreadable("There is more between the chunks than in them."))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows the body is no header of the call."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin a call, unless its head is one that two servers could read differently."""
        self._in_head = False
        self._head = self._overhead = self._body = 0
        if self.cycle is not None and self.cycle.response_complete and not self.pipeline:
            # The call before is over: what is refused now is this one, and it is answered.
            self.cycle = cast(RequestResponseCycle, None)
        fault = self._fault()
        self._refusal = (fault, 0.0) if fault else self._early()
        if self._refusal is not None:
            raise self._refusal[0]
        self._deadline = self.loop.time() + self._bounds.body_s
        self._called = True
        self._among.busy(self)
        # What is said of whom a proxy calls for comes later, and changes `client` alone.
        cast(dict[str, Any], self.scope)[PEER] = self.client[0] if self.client else None
        super().on_headers_complete()
        self.cycle.transport = self._answering
        if self._among.drain.begun:
            # Its answer says so, and whoever called sends the next one elsewhere.
            self.cycle.keep_alive = False

    def _fault(self) -> GatewayError | None:
        length, hosts, version = len(self.url), 0, self.parser.get_http_version()
        for name, value in self.headers:
            length += len(name) + len(value) + 4
            if name == b"host":
                hosts += 1
                if not _HOST.fullmatch(value):
                    return HostUnclear()
            elif name == b"transfer-encoding":
                if version == "1.0":
                    return CallUnreadable("HTTP/1.0 knows no Transfer-Encoding.")
                if value.strip().lower() != b"chunked":
                    return CodingUnknown()
        if length > self._bounds.head_bytes:
            return HeadTooLarge(f"The limit is {self._bounds.head_bytes} bytes.")
        if hosts > 1 or (not hosts and version == "1.1"):
            return HostUnclear()
        if len(self.pipeline) >= self._bounds.pipelined:
            return CallUnreadable("Too many calls wait for the answer to the one before.")
        return None

    def _early(self) -> Refused | None:
        """Return the refusal of a call that its client may not make now; behind another call of the connection it waits."""
        if self.pipeline or bool(self.cycle):
            return None
        path = str(self.url, "latin-1").partition("?")[0]
        return self._among.refusal(str(self.parser.get_method(), "ascii"), path, self.headers)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += len(body)
        self._overhead = max(0, self._overhead - len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a call's body."""
        self._in_head = True
        self._head = self._overhead = self._body = 0
        self._deadline = inf
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next call, or wait for one."""
        if self._lingering:
            return
        others = bool(self.pipeline)
        super().on_response_complete()
        if others or self.transport.is_closing():
            return
        if self._over:
            self.transport.close()
        else:
            self._among.idle(self)

    def pause_writing(self) -> None:
        """Note that the caller does not read."""
        super().pause_writing()
        self._unread_since = self.loop.time()
        self._among.unread(self, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Note that the caller reads again."""
        super().resume_writing()
        self._unread_since = inf
        self._among.unread(self, 0)

    def check_times(self, now: float) -> None:
        """End what takes too long."""
        if self.transport.is_closing():
            self._closing_since = min(now, self._closing_since)
            if now - self._closing_since > self._bounds.unread_s:
                self.transport.abort()
        elif now - self._unread_since > self._bounds.unread_s:
            observe.refused("unread")
            self.transport.abort()
        elif now > self._deadline:
            self._too_slow(now)

    def _too_slow(self, now: float) -> None:
        if self._over:
            self.transport.abort()
        elif self.flow.read_paused:
            # Nobody reads here: that is not the caller's slowness.
            self._deadline = now + self._bounds.head_s
        elif self._in_head and not self._head and not self._called:
            # No call ever began: there is nothing to answer.
            observe.refused("slow")
            self.transport.close()
        else:
            observe.refused("slow")
            self._refuse(TooSlow())

    def _refuse(self, error: GatewayError) -> None:
        """Answer with a problem and close, once everything before it is answered."""
        self._over = True
        self._unset_keepalive_if_required()
        cycle = self.cycle
        if cycle is not None and self.pipeline and cycle.more_body and self.pipeline[0][0] is cycle:
            # It waits behind another one, and the rest of it is never read.
            self.pipeline.popleft()
            self._deadline = inf
            return
        if cycle is not None and cycle.response_complete and not self._in_head:
            # It was answered before its body came to an end: there is nothing more to say.
            self.transport.close()
            return
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:
                self._deadline = inf
                return
            # The reader of the body learns that the caller is gone.
            cycle.disconnected = True
            cycle.message_event.set()
        observe.answered("other", "unread", error.status, 0.0)
        observe.flood_line("call_refused", code=error.code, status=int(error.status))
        self.transport.write(_written(error, self.headers or ()))
        self._linger()

    def _end(self) -> None:
        """End the connection behind its last answer."""
        if self._in_head:
            self.transport.close()
        else:
            self._linger()

    def _linger(self) -> None:
        self._over = self._lingering = True
        self._deadline = self.loop.time() + _LINGER_S
        self.flow.resume_reading()
        try:
            self.transport.write_eof()
        except OSError:
            # The caller went away while its refusal was held back.
            self.transport.abort()


def protocol(
    bounds: Bounds, refusal: Refusal = lambda _method, _path, _headers: None, drain: Drain | None = None
) -> Callable[..., Connection]:
    """Return the factory of the server's connections, all under the same bounds; `refusal` judges each call's head.

    Once the `drain` has begun each answer is the last of its connection.
    """
    among = Connections(bounds, refusal, drain or Drain())

    def connection(**options: Any) -> Connection:
        return Connection(**options, among=among)

    return connection


def allow_files() -> None:
    """Let this process open as many files as the system allows it: a connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def files_allowed() -> int:
    """Return the number of files that this process may have open."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Without a limit it is -1.
    return allowed if allowed >= 0 else 2**31


def _written(error: GatewayError, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write the answer to a call with these headers, as far as they were read."""
    head, body = _rendered(
        cast(Hashable, type(error)), error.detail, ceil(error.seconds) if isinstance(error, Later) else 0
    )
    return b"%b%b: %b\r\n\r\n%b" % (head, CORRELATION.encode(), correlation(headers).encode(), body)


@lru_cache(maxsize=128)
def _rendered(kind: type[GatewayError], detail: str, seconds: int) -> tuple[bytes, bytes]:
    """Write an answer's first lines and its body: a flood is refused with the same ones again and again."""
    error = Later(seconds, detail) if issubclass(kind, Later) else kind(detail)
    answer = problem(error, DEFAULT_HEADERS)
    answer.headers["connection"] = "close"
    lines = b"".join(b"%b: %b\r\n" % pair for pair in answer.raw_headers)
    return STATUS_LINE[error.status] + lines, cast(bytes, answer.body)
