"""Exports: all that is stored of one declaration, as it stands at one moment; and the event that says who exported it."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from gateway.domain.actor import Actor, actors_body
from gateway.domain.codec import decode
from gateway.domain.events import EventKind
from gateway.domain.tables.taric import CHAPTER
from gateway.settings.tables import named_parts
from gateway.store import installation
from gateway.store.bundle_audit import with_bundled
from gateway.store.coverage import EVENT, OF_DECLARATIONS, PARTY, CoveredTable
from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.store.personal_words import personal_text
from gateway.store.readings import NEWEST
from gateway.store.rows import Row, is_id
from gateway.store.stored_evidence import read_all

_TABLES = (*OF_DECLARATIONS, PARTY, EVENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCase:
    """A declaration with all that is stored of it."""

    id: str
    at: datetime
    """The time of reading, by the database's clock."""
    rows: Mapping[str, Sequence[Row]]
    """The rows by table, each with all its columns."""
    evidence: Mapping[str, bytes]
    """The evidence by digest; what was erased or has expired is missing."""
    table_sets: Mapping[str, str]
    """The sets of tables by which it was decided, by digest, as far as they are stored."""
    parts: Mapping[str, bytes]
    """The parts of TARIC that they name and that its goods come under, by digest."""
    readings: Sequence[Mapping[str, Any]]
    """The readings of the case by persons."""
    readings_sealed_from: int | None
    """The number of the first reading that was sealed when it was noted; None: there is none."""
    expired: Sequence[Mapping[str, Any]]
    """Until which days evidence was let expire, and when."""
    words_erased: Sequence[Mapping[str, Any]]
    """Until which days words beside declarations were erased, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """The person who exported a case: kept as the personal text of a step."""

    by: Actor


class Exports:
    """The exports of declarations to somebody else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def whole_case(self, record_id: str) -> WholeCase | None:
        """Return a declaration with all that is stored of it, in the state of one moment; None: there is none.

        Raises:
            EvidenceChanged: a message is not the one that the audit trail cites.
            StoreUnavailable: the database does not answer.
        """
        if not is_id(record_id):
            return None
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            rows: dict[str, Sequence[Row]] = {}
            for table in _TABLES:
                found = await connection.execute(table.select(of_some=True), {"ids": [record_id]})
                rows[table.name] = [_columns(table, row) for row in await found.fetchall()]
            if not rows["declaration"]:
                return None
            (now,) = await rows_of(connection, "snapshot_time", {})
            stored = await rows_of(connection, "evidence_of_case", {"id": record_id})
            bundles = await rows_of(connection, "bundles_among", {"ids": [record_id]})
            rows["evidence_link"] = sorted(with_bundled(rows["evidence_link"], bundles), key=itemgetter("digest"))
            sets = await rows_of(connection, "tables_of_case", {"id": record_id})
            named = {one for row in sets for one in named_parts(row["content"], _chapters(rows["declaration_version"]))}
            parts = await rows_of(connection, "table_parts", {"digests": sorted(named)}) if named else []
            expired = await rows_of(connection, "expiries", {})
            readings = await rows_of(connection, "readings", {"id": record_id, "before": NEWEST, "limit": None})
            (first,) = await rows_of(connection, "first_sealed_reading", {})
        # In a thread: unpacking megabytes would keep everybody else waiting.
        evidence = await asyncio.to_thread(_unpacked, stored)
        return WholeCase(
            id=str(rows["declaration"][0]["id"]),
            at=now["at"].astimezone(UTC),
            rows=rows,
            evidence=evidence,
            table_sets={row["digest"]: row["content"] for row in sets},
            parts={row["digest"]: bytes(row["body"]) for row in parts},
            readings=readings,
            readings_sealed_from=first["number"],
            expired=[_expiry(row["text"]) for row in expired if row["kind"] == EventKind.EVIDENCE_EXPIRED],
            words_erased=[_expiry(row["text"]) for row in expired if row["kind"] == EventKind.WORDS_ERASED],
        )

    async def note(self, case: WholeCase, *, digest: str, by: Actor) -> None:
        """Record in the chain of the installation that a case was exported, by whom, and with which digest.

        Not in its own: neither is an assessment of it disturbed, nor do its parties learn of it.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        (head,) = case.rows["declaration"]
        body = {
            "declaration": case.id,
            "seq": head["event_seq"],
            "head": head["event_head"],
            "file": digest,
            **actors_body(by),
        }
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await installation.add_event(connection, EventKind.EXPORTED, body, {}, personal_text(_Taken(by=by)))


def _chapters(versions: Iterable[Row]) -> set[str]:
    """Return the chapters of the goods of all versions of a declaration that are not erased."""
    found: set[str] = set()
    for row in versions:
        try:
            found |= {item["commodity_code"][:CHAPTER] for item in json.loads(row["model"])["items"]}
        except (ValueError, KeyError, TypeError):
            continue  # somebody changed it: it is exported as it is, and named by the verifier
    return found


def coverage_of_cases() -> dict[str, Any]:
    """Return how events cover the tables of a declaration, as JSON values."""
    return {
        table.name: {
            "key": list(table.key),
            "told": {column: form.name for column, form in table.reported.items()},
            "untold": dict(table.unreported),
            "repeated": list(table.repeated),
            "once": sorted(table.once),
            "by_place": table is not PARTY,
        }
        for table in (*OF_DECLARATIONS, PARTY)
    }


def _unpacked(stored: Iterable[Row]) -> dict[str, bytes]:
    found = read_all((row["body"], row["digests"]) for row in stored)
    return {digest: found[digest] for digest in sorted(found)}


def _columns(table: CoveredTable, row: Row) -> Row:
    """Return a row without what was selected only to know whose it is."""
    return {column: value for column, value in row.items() if column != "declaration_id" or table.owner == column}


def _expiry(text: str) -> dict[str, Any]:
    event = decode(text, dict)
    return {"before": event["body"]["before"], "at": event["at"], "by": event["body"].get("by")}
