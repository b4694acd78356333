"""`gateway replay`: every decision of a declaration made again from what was stored."""

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console

from gateway.app import read_rules
from gateway.cli.database import database
from gateway.cli.exits import Exit
from gateway.decisions import Case, decide
from gateway.domain.calendar import Calendar
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Decision
from gateway.domain.errors import NotKnown
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.facts import Facts
from gateway.domain.movement import standings
from gateway.domain.record import Record
from gateway.domain.tables import Tables
from gateway.domain.verification import Verification
from gateway.lifecycle.looking import date_that_counts
from gateway.routing import plan
from gateway.settings import load
from gateway.store import Store

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision as the trail tells of it, with what was known when it was made."""

    told: Mapping[str, Any]
    facts: str
    """The digest of the verifications that it was made from."""
    mrn: str | None
    accepted_at: datetime | None


def replay(environment: Mapping[str, str], record_id: str) -> Exit:
    """Decides again and prints, for each decision, whether it comes out the same.

    Raises:
        ConfigurationError, StoreError: tables or database cannot be used.
        NotKnown: there is no such declaration.
    """
    try:
        uuid.UUID(record_id)
    except ValueError as error:
        raise NotKnown(f"{record_id} is no id of a declaration.") from error
    settings = load(environment)
    tables, calendar = read_rules(settings).tables, Calendar(zone=settings.zone())
    with database(settings) as store:
        return asyncio.run(_replay(store.url, record_id, tables, calendar))


async def _replay(url: str, record_id: str, tables: Tables, calendar: Calendar) -> Exit:
    console = Console(highlight=False, soft_wrap=True)
    different = 0
    async with Store.opened(url) as store:
        record = await store.get(record_id)
        if record is None:
            raise NotKnown("There is no such declaration.")
        for made in _made(record, await _all_events(store, record_id)):
            number = made.told["number"]
            if made.told["rules"]["digest"] != tables.digest:
                console.print(
                    f"decision {number} was made under tables {made.told['rules']['version']}; these are {tables.version}"
                )
            again = await _again(store, record, made, tables, calendar)
            if isinstance(again, str):
                faults = [again]
            else:
                faults = list(_differences(made.told, again))
                if record.decision is not None and record.decision.number == number and not faults:
                    faults = [] if record.decision.decision.means_the_same(again) else ["its documents or texts differ"]
            different += bool(faults)
            effect = made.told["effect"]
            console.print(f"decision {number} ({effect}): {'; '.join(faults) if faults else 'same'}")
    return Exit.DIFFERENT if different else Exit.RELEASE


async def _all_events(store: Store, record_id: str) -> list[SealedEvent]:
    events: list[SealedEvent] = []
    while page := await store.events(record_id, events[-1].seq if events else 0, _PAGE):
        events += page
    return events


def _made(record: Record, events: Sequence[SealedEvent]) -> Iterator[Made]:
    """Gives the decisions in their order, each with what was known before it."""
    said_later = any(event.kind is EventKind.ACCEPTANCE_RECEIVED for event in events)
    mrn = None if said_later else record.mrn
    accepted_at = None if said_later else record.accepted_at
    facts = ""
    for event in events:
        body = json.loads(event.text)["body"]
        if event.kind is EventKind.ACCEPTANCE_RECEIVED:
            mrn, accepted_at = body["mrn"], datetime.fromisoformat(body["accepted_at"])
        elif event.kind is EventKind.DOCUMENTS_VERIFIED:
            facts = body["facts"]
        elif event.kind is EventKind.DECIDED:
            yield Made(told=body, facts=facts, mrn=mrn, accepted_at=accepted_at)


async def _again(store: Store, record: Record, made: Made, tables: Tables, calendar: Calendar) -> Decision | str:
    """Decides again; a text says why that cannot be done."""
    declaration = await store.declaration(record.id, made.told["version"])
    if declaration is None:
        return "the declaration was erased"
    stored = await store.evidence(record.id, made.facts)
    if stored is None:
        return "the answers are not stored any more"
    facts = _facts(stored)
    accepted_on = made.accepted_at and calendar.day(made.accepted_at)
    received_on = calendar.day(record.received_at)
    counts = date_that_counts(declaration, received_on, accepted_on)
    planned = plan(declaration, tables, on=counts or received_on, mrn=made.mrn)
    unasked = {r.document.key for r in planned.requirements} - {v.key for v in facts.verifications}
    if unasked:
        return f"under these tables a document is asked about that nobody was asked about then: {min(unasked)[0]}"
    return decide(
        Case(
            declaration=declaration,
            plan=planned,
            verifications=facts.verifications,
            tables=tables,
            on=counts,
            accepted=accepted_on is not None,
            standings=standings(facts.movements),
            released=facts.released,
            given_back=facts.given_back,
            moved_before=frozenset(facts.moved_before),
        )
    )


def _facts(stored: bytes) -> Facts:
    """Reads what a decision was made from; before quantities were moved it was the answers alone."""
    if stored.startswith(b"["):
        return Facts(verifications=decode(stored, tuple[Verification, ...]))
    return decode(stored, Facts)


def _differences(told: Mapping[str, Any], again: Decision) -> Iterator[str]:
    now = json.loads(
        encode(
            {
                "effect": again.effect,
                "advice": again.advice,
                "forecast": again.forecast,
                "findings": sorted({finding.code for finding in again.findings}),
            }
        )
    )
    for key, value in now.items():
        if told[key] != value:
            yield f"{key} was {told[key]}, is {value}"
