"""The deadline of each statement on our side: whatever is not answered by then counts as lost, with its connection.

A connection may fall silent without an error: a firewall forgot it, its host vanished, the database hangs or waits for a lock.
Waiting on one ends with an error after a while, and the connection is closed, never lent again.

One beat for all connections in use checks them. A timer for each statement would cost the plain path more than the statement's
own bookkeeping; and beats are counted, not seconds, so that a process that slept or was busy does not blame its database.
"""

import asyncio
import math
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import psycopg
import structlog
from psycopg.pq import TransactionStatus

from gateway import observe

log = structlog.get_logger(__name__)

AnyConnection: TypeAlias = "psycopg.AsyncConnection[Any]"
_BEAT_S = 0.25
_BEATS = 8
"""At least so many make up the shortest wait, so that it is not cut by more than an eighth."""
_CANCEL_S = 2.0
"""The seconds for which it is tried to have the server give up what nobody waits for any more."""


class Patience(StrEnum):
    """A kind of statement, by how long it is waited for."""

    CALL = "call"
    """A query for which a caller waits."""
    LOOP = "loop"
    """A query that this process makes by itself, again and again."""
    WHOLE = "whole"
    """A query over whole tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The seconds that a statement is waited for, by its patience; None: for ever."""

    call_s: float | None = 4.0
    loop_s: float | None = 10.0
    whole_s: float | None = 600.0

    def of(self, patience: Patience) -> float | None:
        """Return the seconds for a patience."""
        return {Patience.CALL: self.call_s, Patience.LOOP: self.loop_s, Patience.WHOLE: self.whole_s}[patience]


FOR_EVER = Waits(call_s=None, loop_s=None, whole_s=None)
"""The waits of the command line: whoever typed a command ends it themselves."""

patience: ContextVar[Patience] = ContextVar("patience", default=Patience.CALL)
"""The patience of the running task, and of those that it begins."""


class _Use:
    """A connection in use: the beats that a statement on it has, and those that the present one took."""

    __slots__ = ("beats", "over", "waited")

    def __init__(self, beats: float) -> None:
        self.beats = beats
        self.waited = 0
        self.over = False


class Ends:
    """The watch that ends statements which are waited for too long."""

    def __init__(self, waits: Waits) -> None:
        seconds = {one: waits.of(one) or math.inf for one in Patience}
        self.beat_s = min(_BEAT_S, min(seconds.values()) / _BEATS)
        self._beats = {one: math.ceil(s / self.beat_s) if s < math.inf else s for one, s in seconds.items()}
        self._uses: dict[AnyConnection, _Use] = {}
        self._beating: asyncio.TimerHandle | None = None
        self._cancelling: set[asyncio.Task[None]] = set()

    def is_endless(self, of: Patience) -> bool:
        """Whether a statement of this patience has no deadline on our side."""
        return self._beats[of] == math.inf

    def begin(self, connection: AnyConnection, of: Patience | None = None) -> None:
        """Watch a connection from now on: statements on it have the patience of who asks, unless another is named."""
        self._uses[connection] = _Use(self._beats[of or patience.get()])
        if self._beating is None:
            self._beating = asyncio.get_running_loop().call_later(self.beat_s, self._beat)

    def lengthen(self, connection: AnyConnection, of: Patience) -> None:
        """Give another patience to what follows on a connection in use."""
        self._uses[connection].beats = self._beats[of]

    def over(self, connection: AnyConnection) -> bool:
        """Stop watching a connection; return whether it was given up."""
        use = self._uses.pop(connection, None)
        return use is not None and use.over

    @contextmanager
    def during(self, connection: AnyConnection, of: Patience) -> Iterator[None]:
        """Watch a connection for as long as the context lasts; it may be closed after it."""
        self.begin(connection, of)
        try:
            yield
        finally:
            self.over(connection)

    def beat(self) -> None:
        """Check each connection in use once: count one more beat without an answer."""
        for connection, use in tuple(self._uses.items()):
            if use.over:
                continue
            if connection.pgconn.transaction_status != TransactionStatus.ACTIVE:
                # What is done between two statements is ours to wait for.
                use.waited = 0
                continue
            use.waited += 1
            if use.waited >= use.beats:
                use.over = True
                self._end(connection)

    def _beat(self) -> None:
        self._beating = None
        self.beat()
        if self._uses:
            self._beating = asyncio.get_running_loop().call_later(self.beat_s, self._beat)

    def _end(self, connection: AnyConnection) -> None:
        log.warning("statement_not_answered")
        observe.statements_given_up.inc()
        # Its first step makes the cancellation out of the connection, so it comes before the connection's own end. It goes its own
        # way to the server: else what was given up there would go on, and hold what it holds, until it ends by itself.
        cancelling = asyncio.create_task(_cancel(connection), name="statement cancelled")
        self._cancelling.add(cancelling)
        cancelling.add_done_callback(self._cancelling.discard)
        asyncio.get_running_loop().call_soon(_hang_up, connection)


async def _cancel(connection: AnyConnection) -> None:
    with suppress(psycopg.Error):
        await connection.cancel_safe(timeout=_CANCEL_S)


def _hang_up(connection: AnyConnection) -> None:
    """Shut down the connection's socket, so that its reader finds it closed by the other end.

    Not by cancelling them: the driver would then wait for the server to say that it gave up. Not by closing it: whoever waits for
    bytes on what was closed is never woken.
    """
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as own:
        own.shutdown(socket.SHUT_RDWR)
