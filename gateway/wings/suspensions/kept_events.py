"""Words that were pushed, in the database: durable before they are answered, each once by the authority's number and version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct

from gateway.contract import SuspensionEvent
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode, encode
from gateway.store.database import Database
from gateway.store.rows import Row
from gateway.wings.suspensions.pushed_words import Result, TakenWord

_INTERRUPTED = timedelta(minutes=2)
"""The time after which another process determines the effect of a word whose receipt was interrupted."""


class KnownEvent(Struct, frozen=True, kw_only=True):
    """A word that was pushed before."""

    same: bool
    """Whether its content is that of the word that was pushed now."""
    followed: bool
    """Whether a later version of its case is known."""
    preceded: bool
    """Whether a later version of its case came before it."""
    answer: TakenWord | None
    """None: its effect is still to be determined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEvent:
    """A word whose effect is still to be determined."""

    adapter: str
    event: SuspensionEvent
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvent:
    """A word that has had no effect, or none yet."""

    adapter: str
    reference: str
    version: int
    mrn: str
    event: SuspensionEvent | None
    """None: it was forgotten."""
    received_at: datetime
    result: Result
    answer: TakenWord | None
    declaration_id: str | None


class KeptEvents:
    """The words that adapters' authorities pushed. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, adapter: str, event: SuspensionEvent) -> KnownEvent:
        """Write a word, unless it was pushed before, and return what is known of it."""
        body = encode(event)
        digest = "sha256:" + sha256(body).hexdigest()
        key = _key(adapter, event)
        values = {"digest": digest, "mrn": event.mrn, "body": body.decode(), "again": _INTERRUPTED}
        await self._database.rows("receive_event", {**key, **values})
        (row,) = await self._database.rows("pushed_event", key)
        answer = decode(row["answer"], TakenWord) if row["answer"] is not None else None
        return KnownEvent(
            same=row["digest"] == digest, followed=row["followed"], preceded=row["preceded"], answer=answer
        )

    async def before(self, adapter: str, event: SuspensionEvent) -> list[WaitingEvent]:
        """Return the lower versions of a word's case whose effect is still to be determined, in their order."""
        return [_waiting(row) for row in await self._database.rows("events_before", _key(adapter, event))]

    async def answered(
        self,
        adapter: str,
        event: SuspensionEvent,
        taken: TakenWord,
        *,
        declaration: str | None,
        due_at: datetime | None,
    ) -> None:
        """Write what became of a word; of one that had its effect the content is forgotten."""
        await self._database.rows(
            "event_answered",
            {
                **_key(adapter, event),
                "result": taken.result,
                "answer": encode(taken).decode(),
                "declaration": declaration,
                "due_at": due_at,
                "keep": taken.result is not Result.DONE,
            },
        )

    async def take(self, limit: int, *, again: timedelta) -> list[WaitingEvent]:
        """Return words whose effect is to be determined now: of declarations that were accepted, and those that are due."""
        accepted = await self._database.rows("waiting_events_accepted", {"limit": limit})
        due = await self._database.rows("take_events", {"limit": limit, "again": again})
        return [_waiting(row) for row in (*accepted, *due) if row["body"] is not None]

    async def listed(
        self, *, offices: frozenset[str] | None, before: datetime | None, limit: int
    ) -> Sequence[ListedEvent]:
        """Return words that had no effect, the newest first."""
        values = {"offices": sorted(offices) if offices is not None else None, "before": before, "limit": limit}
        return [_listed(row) for row in await self._database.rows("events_listed", values)]

    async def forget(self, before: datetime) -> None:
        """Forget the content of words that were pushed before a moment, and wait no more."""
        await self._database.rows("forget_events", {"before": before})


def _key(adapter: str, event: SuspensionEvent) -> dict[str, object]:
    return {"adapter": adapter, "reference": event.reference, "version": event.version}


def _waiting(row: Row) -> WaitingEvent:
    event = decode(row["body"], SuspensionEvent)
    return WaitingEvent(adapter=row["adapter"], event=event, received_at=in_utc(row["received_at"]))


def _listed(row: Row) -> ListedEvent:
    return ListedEvent(
        adapter=row["adapter"],
        reference=row["reference"],
        version=row["version"],
        mrn=row["mrn"],
        event=decode(row["body"], SuspensionEvent) if row["body"] is not None else None,
        received_at=in_utc(row["received_at"]),
        result=Result(row["result"]),
        answer=decode(row["answer"], TakenWord) if row["answer"] is not None else None,
        declaration_id=row["declaration_id"],
    )
