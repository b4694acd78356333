"""Past decisions with their inputs: read in pages from one moment's state of the database, which is only read."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg.rows import class_row

from gateway.domain.errors import EvidenceChanged
from gateway.store.database import Connection, Database, rows_of
from gateway.store.ends import Patience
from gateway.store.statements import STATEMENTS
from gateway.store.stored_evidence import unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A decision as it is stored, not decoded: another process may take it up."""

    id: str
    """The declaration's."""
    number: int
    version: int
    direction: str
    decided_at: datetime
    received_at: datetime
    decision: str
    event: str | None = None
    """The event that reports it; None: the trail reports no such decision."""
    model: str | None = None
    """The declared content; None: it was erased."""
    facts_digest: str | None = None
    facts: bytes | None = None
    """The facts as they are stored; None: they are not stored any more."""
    accepted_later: bool = False
    """Whether customs accepted the declaration by a step of its own: then it was not accepted before that."""
    acceptance: str | None = None
    """The event of that step, if the decision was made after it."""
    mrn: str | None = None
    accepted_at: datetime | None = None

    def facts_read(self) -> bytes | None:
        """Return the bytes of the facts.

        Raises:
            ValueError: they cannot be unpacked.
            EvidenceChanged: others stand in their place.
        """
        if self.facts is None or self.facts_digest is None:
            return None
        if (found := unpacked(self.facts, self.facts_digest)) is None:
            raise EvidenceChanged(self.facts_digest)
        return found


class Past:
    """The decisions of a span of time, all read at one moment."""

    def __init__(self, connection: Connection, *, since: datetime, until: datetime, count: int) -> None:
        self._connection = connection
        self._span = {"since": since, "until": until}
        self.count = count
        """The number of decisions."""

    async def pages(self, size: int, *, grounds: bool = True) -> AsyncGenerator[tuple[PastDecision, ...], None]:
        """Yield the decisions page by page, in no order; without `grounds`, only as they were decided.

        Raises:
            StoreUnavailable: the database is lost.
        """
        statement = STATEMENTS["past" if grounds else "past_as_decided"]
        async with self._connection.cursor("past", row_factory=class_row(PastDecision)) as cursor:
            await cursor.execute(statement, self._span, binary=True)
            while found := await cursor.fetchmany(size):
                yield tuple(found)


class History:
    """The past decisions of all declarations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def past(self, *, since: datetime, until: datetime | None = None) -> AsyncIterator[Past]:
        """Lend the decisions that were made at `since` or later, and before `until`. Nothing can be written meanwhile.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        until = until or datetime.max.replace(tzinfo=UTC)
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await connection.execute(STATEMENTS["snapshot"])
            await connection.execute(STATEMENTS["planned_for_values"])
            (counted,) = await rows_of(connection, "past_count", {"since": since, "until": until})
            yield Past(connection, since=since, until=until, count=counted["decisions"])
