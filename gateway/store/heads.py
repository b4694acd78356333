"""Heads of declarations: locked for one step at a time, moved on by each event, and yielding MRNs to each other.

Each MRN is one declaration's, and customs gives them, so what customs accepted takes its MRN from what was not.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow

from gateway.domain.errors import MrnTaken, NotKnown
from gateway.domain.events import Event, EventKind, SealedEvent
from gateway.store import covered_rows as covering
from gateway.store import rows
from gateway.store.covered_rows import CoveredRows
from gateway.store.database import Connection, Database, rows_of

T = TypeVar("T")
Locked: TypeAlias = tuple[Connection, DictRow]


async def taking(attempt: Callable[[str | None], Awaitable[T]], mrn: str | None) -> T:
    """Attempt a step; if the MRN that customs gives is in use, attempt it again, taking the MRN from the other."""
    try:
        return await attempt(None)
    except MrnTaken:
        if mrn is None:
            raise
    try:
        return await attempt(mrn)
    except MrnTaken as error:
        raise MrnTaken(mrn) from error


@asynccontextmanager
async def locked(
    database: Database, record_id: str, *, taking: str | None = None, at: datetime | None = None
) -> AsyncIterator[Locked]:
    """Lend one transaction with the declaration's head locked, and the MRN `taking` free for it.

    Raises:
        NotKnown: there is no such declaration.
        Conflict: the MRN is another declaration's.
    """
    if not rows.is_id(record_id):
        raise NotKnown("There is no such declaration.")
    try:
        async with database.transaction() as connection:
            if taking is not None and at is not None:
                await mrn_yields(connection, record_id, taking, at)
            found = await rows_of(connection, "lock", {"id": record_id})
            if not found:
                raise NotKnown("There is no such declaration.")
            yield connection, found[0]
    except UniqueViolation as error:
        # Judged by the unique index alone, not in `domain.admission`: the other declaration's row is not locked.
        raise MrnTaken from error


def sealed_values(head: DictRow, event: Event, rows: CoveredRows) -> dict[str, Any]:
    """Return the parameters that write the next event of a head, with the rows that it reports; move the head on."""
    return columns_of(head, sealed_next(head, event, rows))


def sealed_next(head: DictRow, event: Event, rows: CoveredRows, evidence: Sequence[str] = ()) -> SealedEvent:
    """Return the next event of a head, with the rows and the evidence that it reports; move the head on."""
    (sealed,) = covering.cover((event,), rows, seq=head["event_seq"], head=head["event_head"], evidence=evidence)
    head["event_seq"], head["event_head"] = sealed.seq, sealed.hash
    return sealed


def columns_of(head: DictRow, sealed: SealedEvent) -> dict[str, Any]:
    """Return the parameters that write an event of a head."""
    return {
        "id": head["id"],
        "seq": sealed.seq,
        "event_kind": sealed.kind.value,
        "at": sealed.at,
        "text": sealed.text,
        "hash": sealed.hash,
    }


async def mrn_yields(connection: Connection, record_id: str, mrn: str, at: datetime) -> None:
    """Take an MRN from whichever other declaration carries it without having been accepted.

    Raises:
        Conflict: it is the MRN of a declaration that customs accepted.
    """
    for head in await rows_of(connection, "lock_for_mrn", {"id": record_id, "mrn": mrn}):
        if head["id"] == record_id or head["mrn"] != mrn:
            continue
        if head["accepted_at"] is not None:
            raise MrnTaken(mrn)
        event = Event(kind=EventKind.MRN_YIELDED, at=at, body={"mrn": mrn})
        await rows_of(connection, "mrn_yielded", sealed_values(head, event, {"declaration": {"mrn": None}}))
