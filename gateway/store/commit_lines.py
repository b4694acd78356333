"""Commits gathered over declarations: what one process has to commit of one kind goes out in one statement.

Whoever commits puts its rows into the line of their kind and waits. If nothing of that kind is under way a statement goes out at
once with what is there; what arrives meanwhile forms the next. Guards stand in each row, so that what is not written, because
somebody else holds its declaration or it was overtaken, is known by not being returned: it is committed alone, as is all that
is rare. The statement belongs to the line: a caller who goes away cancels nobody's.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from psycopg.rows import DictRow

from gateway import observe
from gateway.domain.errors import StoreUnavailable
from gateway.resources import Resource
from gateway.store.commit_connection import KeptConnection, PooledConnection
from gateway.store.commit_faults import BatchEnd, end_of
from gateway.store.commit_rows import CommitRows, parameters
from gateway.store.database import Cursor, Database, rows_by

log = structlog.get_logger(__name__)

MOST = 64
"""Commits in one statement."""
MOST_BYTES = 4 * 1024 * 1024
"""Bytes of the commits in one statement; one that is larger goes by itself."""
HELD_UP_S = 0.25
"""The seconds after which another statement may go out beside the one that is under way: a lock or work on partitions holds that one up."""
UNSENT_S = 5.0
"""The seconds that a commit waits to be sent before the database counts as unavailable, by default: as for a connection of the pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineBounds:
    """The bounds of the lines."""

    most: int = MOST
    """Commits in one statement; 0: each is committed alone."""
    unsent_s: float = UNSENT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitKind:
    """A kind of commits, by its two statements."""

    alone: str
    gathered: str
    rare: Mapping[str, Any]
    """The parameters of the statement for one alone that the other one does not have, as they are where nothing is rare."""


_TURNS = 3
"""Turns of the loop for which a batch waits for company: its next events are other declarations' answers, which end in commits, too."""
_COMPANY = 8
"""So many commits wait for no more."""
_LONG_TURN_S = 0.005
"""After a turn that took longer nothing more is waited for: under a flood a turn takes a tenth of a second, and has brought enough."""

RECEIVE = CommitKind(alone="receive", gathered="receive_gathered", rare={})
INTEND = CommitKind(alone="intend", gathered="intend_gathered", rare={"settled": "[]"})
DECIDE = CommitKind(alone="decide", gathered="decide_gathered", rare={"steps": "[]", "inside": "[]", "windows": []})


@dataclass(eq=False, slots=True)
class _Waiting:
    """A commit in the line."""

    rows: CommitRows
    then: Callable[[], None]
    answer: "asyncio.Future[DictRow | None]"
    since: float
    apart: bool = False
    """Whether its batch fell apart."""

    def over(self, row: DictRow | None) -> None:
        """Answer with what was returned; what follows from a commit does so whether or not its caller is there."""
        if row is not None:
            self.then()
        if not self.answer.done():
            self.answer.set_result(row)

    def fail(self, error: Exception) -> None:
        """Answer with an error."""
        if not self.answer.done():
            self.answer.set_exception(error)


class CommitLine:
    """The line of the commits of one kind that wait to be sent."""

    def __init__(self, database: Database, kind: CommitKind, shared: Mapping[str, Any], bounds: LineBounds) -> None:
        self._database = database
        self._kind = kind
        self._shared = shared
        self._bounds = bounds
        self._kept = KeptConnection(database)
        self.resource = Resource("commit_connections", 1, of=kind.alone, measured=lambda: self._kept.is_open)
        self._pooled = PooledConnection(database)
        self._waiting: deque[_Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._first: asyncio.Task[None] | None = None
        self._second: asyncio.Task[None] | None = None
        self._began = 0.0
        """The time at which the first one's present statement, or what comes before it, began."""
        self._several = False
        """Whether the last batch had several commits."""
        self._watching: asyncio.TimerHandle | None = None
        """Wakes who looks whether the first one is held up."""
        self._closed = False

    async def commit(self, rows: CommitRows, *, then: Callable[[], None] = lambda: None) -> DictRow | None:
        """Commit a declaration's rows; return what its statement does, None: its guard did not hold.

        `then` is called once it is committed, whether or not the caller still waits.

        Raises:
            StoreUnavailable: the database does not answer; whether it was committed is not known.
        """
        if self._closed:
            raise StoreUnavailable("The gateway is stopping.")
        observe.committing(self._kind.alone)
        if rows.rare is not None or not self._bounds.most:
            return await self._alone(rows, then)
        waiting = _Waiting(rows, then, asyncio.get_running_loop().create_future(), time.monotonic())
        self._waiting.append(waiting)
        if self._first is None:
            self._first = self._started(self._go_out(self._kept, first=True))
        row = await waiting.answer
        return row if row is not None else await self._alone(rows, then, apart=waiting.apart)

    def values(self, rows: CommitRows) -> dict[str, Any]:
        """Return the parameters of the statement that commits a declaration's rows alone."""
        return {**parameters((rows,)), **self._shared, **self._kind.rare, **(rows.rare or {})}

    async def run_empty(self) -> None:
        """Wait until nothing is under way, for as long as a commit waits to be sent; what was not sent by then is told so."""
        end = time.monotonic() + self._bounds.unsent_s
        while self._tasks and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        self._refuse(StoreUnavailable("The database did not answer in time."))

    async def close(self) -> None:
        """Take no more commits, have those sent that wait, and close the connection."""
        self._closed = True
        await self.run_empty()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._kept.close()

    async def _alone(self, rows: CommitRows, then: Callable[[], None], *, apart: bool = False) -> DictRow | None:
        observe.committed_alone(self._kind.alone)
        try:
            row = await self._database.row(self._kind.alone, self.values(rows))
        except psycopg.Error:
            if apart:
                observe.fell_apart(rows.client)
            raise
        if row is not None:
            then()
        return row

    def _started(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        # In a context of its own: the line's patience is not that of whoever happened to find it empty.
        task = asyncio.create_task(work, name=f"commits {self._kind.alone}", context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _go_out(self, connections: PooledConnection, *, first: bool) -> None:
        """Send the waiting commits, batch by batch; the second statement's only for as long as the first one is held up."""
        try:
            while self._waiting and (first or self._is_held_up()):
                began = time.monotonic()
                if first:
                    self._began = began
                    self._watch()
                try:
                    await self._send_next(connections, began)
                except Exception as error:
                    # A fault of ours: nobody waits for ever because of it.
                    log.error("commits_failed", kind=self._kind.alone, error=type(error).__name__, exc_info=True)
                    self._refuse(StoreUnavailable("The commit failed."), until=began)
        finally:
            if first:
                self._first = None
                if self._watching is not None:
                    self._watching.cancel()
            else:
                self._second = None

    def _watch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._watching = asyncio.get_running_loop().call_later(HELD_UP_S, self._beside)

    def _is_held_up(self) -> bool:
        return self._first is not None and time.monotonic() - self._began >= HELD_UP_S

    def _beside(self) -> None:
        """Send the waiting commits beside a statement that is held up, and take back those that have waited too long."""
        if not self._is_held_up():
            return
        late = time.monotonic() - self._bounds.unsent_s
        self._refuse(StoreUnavailable("The database did not answer in time."), until=late)
        if self._waiting and self._second is None:
            self._second = self._started(self._go_out(self._pooled, first=False))
        self._watch()

    async def _send_next(self, connections: PooledConnection, began: float) -> None:
        try:
            connection = await connections.ready()
        except StoreUnavailable as error:
            self._refuse(error, until=began)
            return
        batch = await self._gathered()
        useless: psycopg.Error | None = None
        try:
            if batch:
                useless = await self._send(connections.cursor(connection), batch)
        finally:
            for one in [one for one in batch if not one.answer.done()]:
                one.fail(StoreUnavailable("The database does not answer."))
            await connections.over(connection, useless)

    async def _gathered(self) -> list[_Waiting]:
        """Return the next batch, where several commit at a time with what comes within the loop's next turns."""
        if self._several or len(self._waiting) > 1:
            for _ in range(_TURNS):
                if len(self._waiting) >= _COMPANY:
                    break
                began = time.monotonic()
                await asyncio.sleep(0)
                if time.monotonic() - began > _LONG_TURN_S:
                    break
        batch = self._next()
        self._several = len(batch) > 1
        return batch

    def _next(self) -> list[_Waiting]:
        """Take the next ones out of the line, of each declaration one."""
        batch: dict[str, _Waiting] = {}
        left: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < self._bounds.most:
            one = self._waiting.popleft()
            if one.rows.id in batch:
                left.append(one)
                continue
            size += one.rows.size
            if batch and size > MOST_BYTES:
                left.append(one)
                break
            batch[one.rows.id] = one
        self._waiting.extendleft(reversed(left))
        return list(batch.values())

    async def _send(self, cursor: Cursor, batch: list[_Waiting]) -> psycopg.Error | None:
        """Send a batch and answer all of it; return the error after which the connection is of no use any more."""
        values = {**parameters([one.rows for one in batch]), **self._shared}
        for once_more in (True, False):
            observe.commits_sent(self._kind.alone, sum(time.monotonic() - one.since for one in batch))
            try:
                found = await rows_by(cursor, self._kind.gathered, values)
            except psycopg.Error as error:
                end = end_of(error)
                if end is BatchEnd.AGAIN and once_more:
                    continue
                return self._failed(batch, error, end)
            returned = {str(row["id"]): row for row in found}
            observe.commits_skipped(self._kind.alone, len(batch) - len(returned))
            for one in batch:
                one.over(returned.get(one.rows.id))
            return None
        return None

    def _failed(self, batch: list[_Waiting], error: psycopg.Error, end: BatchEnd) -> psycopg.Error | None:
        if end in {BatchEnd.APART, BatchEnd.AGAIN}:
            log.warning("commits_apart", kind=self._kind.alone, size=len(batch), sqlstate=error.sqlstate)
            for one in batch:
                one.apart = True
                one.over(None)
            return None
        if end is BatchEnd.ENDED:
            log.warning("commits_ended", kind=self._kind.alone, size=len(batch), sqlstate=error.sqlstate)
            for one in batch:
                one.over(None)
            return error
        log.warning("commits_not_answered", kind=self._kind.alone, size=len(batch), sqlstate=error.sqlstate)
        for one in batch:
            one.fail(StoreUnavailable(f"The database does not answer ({type(error).__name__})."))
        return error

    def _refuse(self, error: StoreUnavailable, *, until: float | None = None) -> None:
        """Take unsent commits that have waited since before `until` out of the line, and fail each with the error."""
        while self._waiting and (until is None or self._waiting[0].since <= until):
            self._waiting.popleft().fail(StoreUnavailable(error.detail))


class CommitLines:
    """The lines of one process, one for each kind of commits that are made for each declaration."""

    def __init__(self, database: Database, *, owner: str, lease: timedelta, bounds: LineBounds) -> None:
        shared = {"owner": owner, "lease": lease}
        self.receive = CommitLine(database, RECEIVE, shared, bounds)
        self.intend = CommitLine(database, INTEND, shared, bounds)
        self.decide = CommitLine(database, DECIDE, shared, bounds)

    async def run_empty(self) -> None:
        """Wait until nothing is under way in any line; what is not sent in time is told so."""
        await asyncio.gather(*(one.run_empty() for one in self._all))

    async def close(self) -> None:
        """Take no more commits, have those sent that wait, and close the connections."""
        await asyncio.gather(*(one.close() for one in self._all))

    @property
    def _all(self) -> tuple[CommitLine, ...]:
        return self.receive, self.intend, self.decide
