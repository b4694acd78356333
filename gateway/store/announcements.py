"""Announcements to every replica that a declaration changed.

A NOTIFY inside the transaction that decides would make all of them commit one after the other: PostgreSQL holds one lock
for all notifications until the commit is on disk. So they follow the commit, many in one statement, on a path of their own.
Each costs a transaction, and wakes every replica: the first goes out at once, those that follow it gather for a moment.
An announcement may be lost with its process or its connection; whoever waits reads again when their time is over.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import psycopg
import structlog

from gateway.domain.errors import StoreError
from gateway.store.database import Database, apart, is_pooled
from gateway.store.ends import Ends, Patience, Waits
from gateway.store.statements import STATEMENTS

log = structlog.get_logger(__name__)

CHANNEL = b"LISTEN gateway_declaration"
_PAUSE_S = 0.5
"""Between attempts to reach the database again."""
_MOST = 500
"""Announcements in one statement."""
GATHER_S = 0.05
"""Between one statement and the next."""
PROBE_S = 5.0
"""Between two questions on the connection that listens."""


class Announcements:
    """The sender of announcements: at once, or a moment after the statement before it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._announced: set[str] = set()
        self._closing = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    def announce(self, record_id: str) -> None:
        """Take the id of a declaration to announce; it goes out soon."""
        self._announced.add(record_id)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="announcing")

    async def close(self) -> None:
        """Send what is left."""
        self._closing.set()
        if self._sending is not None:
            await self._sending

    async def _send(self) -> None:
        while self._announced:
            ids = [self._announced.pop() for _ in range(min(_MOST, len(self._announced)))]
            try:
                await self._database.run("announce", {"ids": ids})
            except StoreError:
                log.warning("announcements_lost")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), GATHER_S)


async def listen(
    url: str,
    callback: Callable[[str], None],
    *,
    answered: Callable[[], None] = lambda: None,
    missed: Callable[[], None] = lambda: None,
    every_s: float = PROBE_S,
    waits: Waits | None = None,
) -> None:
    """Call back with the id of every declaration that changed, on any replica; reconnect, until cancelled.

    Ends where a pooler stands between that lends one server process to many: nothing is heard through it.

    Args:
        url: the database itself.
        callback: is called with each id.
        answered: is called whenever the database has shown that it still speaks on this connection.
        missed: is called whenever an announcement may have been missed.
        every_s: seconds after which a connection that says nothing is asked something: a silent one looks like a quiet one.
        waits: how long its answer is waited for.
    """
    ends = Ends(waits or Waits())
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                url, autocommit=True, connect_timeout=5, application_name="gateway", **apart(url)
            ) as connection:
                with ends.during(connection, Patience.LOOP):
                    if await is_pooled(connection):
                        log.warning("not_listening", why="a pooler stands between", remedy="name database_direct_url")
                        return
                    await connection.execute(CHANNEL)
                    missed()
                    while True:
                        answered()
                        async for notification in connection.notifies(timeout=every_s):
                            callback(notification.payload)
                        await connection.execute(STATEMENTS["ping"])
        except psycopg.Error as error:
            log.warning("not_listening", error=type(error).__name__)
        await asyncio.sleep(_PAUSE_S)
