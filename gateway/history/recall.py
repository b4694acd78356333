"""The recall of decisions: what each was made from, put together again from what is stored. Changes nothing."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import structs

from gateway.decisions import Case
from gateway.domain.calendar import Calendar, date_that_counts
from gateway.domain.declaration import Declaration
from gateway.domain.document import DocumentKey
from gateway.domain.errors import ConfigurationError
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.facts import Facts, read_facts
from gateway.domain.identity import recorded
from gateway.domain.record import Record
from gateway.domain.tables.in_force import Tables
from gateway.routing import plan
from gateway.settings.tables import Completed, completed, read_written
from gateway.store import Store

_PAGE = 1000


class Missing(StrEnum):
    """The part of a decision's grounds that is no longer stored."""

    DECLARATION = "declaration"
    ANSWERS = "answers"


class NotRecalled(Exception):
    """A decision cannot be made again, because something that it was made from was erased."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(f"not stored any more: the {missing}")
        self.missing = missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision as the audit trail records it, with what was known when it was made."""

    number: int
    version: int
    at: datetime
    body: Mapping[str, Any]
    """The event's body: effect, advice, the findings' codes, the tables' version and digest."""
    facts: str
    """The digest of the facts that it was made from."""
    answers: Sequence[Mapping[str, Any]]
    """The trail's records of the answers that it was made from, erased or not: codes, message ids, digests."""
    mrn: str | None
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """Everything that a decision was made from but the tables."""

    made: Made
    received_at: datetime
    declaration: Declaration
    facts: Facts

    def case(self, tables: Tables, calendar: Calendar) -> Case:
        """Open the case again under these tables: with those that it was decided under the decision comes out the same."""
        declaration = structs.replace(self.declaration, mrn=None) if self.facts.mrn_yielded else self.declaration
        accepted_on = self.made.accepted_at and calendar.day(self.made.accepted_at)
        received_on = calendar.day(self.received_at)
        counts = date_that_counts(declaration, received_on, accepted_on)
        mrn = self.made.mrn or declaration.mrn
        return Case(
            declaration=declaration,
            plan=plan(declaration, tables, on=counts or received_on, mrn=mrn, identify=recorded(self.facts.spelled)),
            tables=tables,
            on=counts,
            accepted=accepted_on is not None,
            facts=self.facts,
            untold=frozenset(DocumentKey(*one) for one in self.facts.told_often),
        )


async def tables_under(store: Store, digest: str, ours: Tables) -> Tables:
    """Return the set of tables of a digest; ours where the database has none that can be read here: the digest shows which.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    content = await store.table_sets.content(digest) if digest != ours.digest else None
    if content is None:
        return ours
    try:
        # In a thread: a large set takes a while.
        return await asyncio.to_thread(read_written, content.text, digest, content.parts)
    except ConfigurationError:
        return ours


async def completed_under(store: Store, digest: str, ours: Tables, delivered: Tables) -> Completed:
    """Return the set of a digest, completed by delivered rows that its gateway did not know yet; ours where there is none.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    stored = await tables_under(store, digest, ours)
    return completed(stored, delivered) if stored.digest == digest else Completed(tables=ours)


def unasked(case: Case) -> tuple[DocumentKey, ...]:
    """Return the documents that the tables would ask about and that nobody was asked about: nothing is known of them."""
    known = {verification.key for verification in case.facts.verifications}
    return tuple(sorted({r.document.key for r in case.plan.requirements} - known))


async def recall(store: Store, record: Record, made: Made) -> Recalled:
    """Read the grounds of a decision.

    Raises:
        NotRecalled: the declaration or the answers were erased.
        EvidenceChanged: the stored answers are not those that the trail names.
        StoreUnavailable: the database does not answer.
    """
    declaration = await store.declarations.declaration(record.id, made.version)
    if declaration is None:
        raise NotRecalled(Missing.DECLARATION)
    stored = await store.declarations.evidence(record.id, made.facts) if made.facts else None
    if stored is None:
        raise NotRecalled(Missing.ANSWERS)
    # The date that counts is that of the first version, whatever was amended later.
    first = record if record.version == 1 else await store.declarations.get(record.id, 1)
    received_at = (first or record).received_at
    return Recalled(made=made, received_at=received_at, declaration=declaration, facts=read_facts(stored))


async def events_of(store: Store, record_id: str) -> tuple[SealedEvent, ...]:
    """Read all events of a declaration, in their order."""
    events: list[SealedEvent] = []
    while page := await store.declarations.events(record_id, events[-1].seq if events else 0, _PAGE):
        events += page
        if len(page) < _PAGE:
            break
    return tuple(events)


def decisions_made(record: Record, events: Sequence[SealedEvent]) -> tuple[Made, ...]:
    """Return the decisions of an audit trail in their order, each with what was known before it."""
    return tuple(_made(record, events))


def _made(record: Record, events: Sequence[SealedEvent]) -> Iterator[Made]:
    accepted_later = any(event.kind is EventKind.ACCEPTANCE_RECEIVED for event in events)
    mrn = None if accepted_later else record.mrn
    accepted_at = None if accepted_later else record.accepted_at
    facts, answers = "", []
    for event in events:
        body = event.body()
        if event.kind is EventKind.ACCEPTANCE_RECEIVED:
            mrn, accepted_at = body["mrn"], datetime.fromisoformat(body["accepted_at"])
        elif event.kind is EventKind.DOCUMENTS_VERIFIED:
            facts, answers = body["facts"], body["documents"]
        elif event.kind is EventKind.DECIDED:
            yield Made(
                number=body["number"],
                version=body["version"],
                at=event.at,
                body=body,
                facts=facts,
                answers=answers,
                mrn=mrn,
                accepted_at=accepted_at,
            )
