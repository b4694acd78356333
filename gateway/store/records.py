"""Reading: records, pages of them, events and evidence."""

from typing import Any

from gateway.domain.codec import decode
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.events import SealedEvent
from gateway.domain.identity import IdentityOf
from gateway.domain.record import OfficerVerification, Record
from gateway.store import rows
from gateway.store.database import Database
from gateway.store.movements import as_declared, spellings

_NEWEST = 2**63 - 1
PAGE_BYTES = 4 * 1024 * 1024
"""Bytes of the decisions on one page."""


class Reading:
    """What the store is asked; nothing here changes anything. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, record_id: str, version: int | None = None) -> Record | None:
        """Gives a declaration's newest version, or the one asked for."""
        if not rows.is_id(record_id) or not 0 < (version or 1) < 2**31:
            return None
        return await self._one("record", id=record_id, version=version)

    async def by_lrn(self, declarant: str, lrn: str) -> Record | None:
        """Gives the declaration that a declarant lodged under an LRN."""
        return await self._one("record_by_lrn", declarant=declarant, lrn=lrn)

    async def by_mrn(self, mrn: str) -> Record | None:
        """Gives the declaration with an MRN."""
        return await self._one("record_by_mrn", mrn=mrn)

    async def find(
        self,
        *,
        mrn: str | None = None,
        lrn: str | None = None,
        eoris: frozenset[str] | None = None,
        cursor: str | None = None,
        limit: int = 50,
        most: int = PAGE_BYTES,
    ) -> tuple[tuple[Record, ...], str | None]:
        """Gives a page of declarations, the newest first, and the cursor of the next page if there is one.

        The page ends with the declaration with which the decisions on it, as stored, come to `most` bytes; the first one is on it
        however large it is.

        Raises:
            ValueError: the cursor is none of ours.
        """
        before = int(cursor) if cursor else _NEWEST
        if not 0 <= before <= _NEWEST:
            raise ValueError("the cursor is none of ours")
        if not rows.is_storable(mrn, lrn, *(eoris or ())):
            return (), None
        parties = sorted(eoris) if eoris is not None else None
        values: dict[str, Any] = {"before": before, "limit": limit + 1, "most": most, "eoris": parties}
        statement = "page" if parties is None else "page_of_parties"
        if mrn is not None or lrn is not None:
            statement, values = "page_by_name", {**values, "mrn": mrn, "lrn": lrn}
        found = await self._database.rows(statement, values)
        page = found[:limit]
        others = bool(page) and page[0]["there"] > len(page)
        return tuple(rows.read_record(row) for row in page), str(page[-1]["number"]) if others else None

    async def declaration(self, record_id: str, version: int) -> Declaration | None:
        """Gives what a version of a declaration says; None: there is none, or it was erased."""
        found = await self._version(record_id, version)
        return decode(found["model"], Declaration) if found and found["model"] is not None else None

    async def digest(self, record_id: str, version: int) -> str | None:
        """Gives the digest of a version's content."""
        found = await self._version(record_id, version)
        return str(found["digest"]) if found else None

    async def decision(self, record_id: str, number: int) -> NumberedDecision | None:
        """Gives a decision by its number; None: there is none."""
        if not rows.is_id(record_id) or not 0 < number < 2**31:
            return None
        found = await self._database.row("decision", {"id": record_id, "number": number})
        return decode(found["body"], NumberedDecision) if found else None

    async def officer_verifications(self, record_id: str) -> tuple[OfficerVerification, ...]:
        """Gives the words of officers on a declaration's documents, in their order."""
        if not rows.is_id(record_id):
            return ()
        found = await self._database.rows("officer_verifications", {"id": record_id})
        return tuple(decode(row["body"], OfficerVerification) for row in found)

    async def events(self, record_id: str, after: int = 0, limit: int = 1000) -> tuple[SealedEvent, ...]:
        """Gives a declaration's events behind number `after`, in their order."""
        if not rows.is_id(record_id) or not 0 <= after < 2**31:
            return ()
        found = await self._database.rows("events", {"id": record_id, "after": after, "limit": limit})
        return tuple(rows.read_event(row) for row in found)

    async def evidence(self, record_id: str, digest: str) -> bytes | None:
        """Gives the bytes behind a digest that the declaration's events cite.

        Raises:
            EvidenceChanged: what is stored is something else.
        """
        if not rows.is_id(record_id) or not rows.is_storable(digest):
            return None
        found = await self._database.row("evidence", {"id": record_id, "digest": digest})
        return rows.read_evidence(found["body"], digest) if found else None

    async def cites(
        self, eoris: frozenset[str], document_type: str, reference: str, identify: IdentityOf = as_declared
    ) -> bool:
        """Whether a declaration of one of these EORIs cites the document; `identify` says which spellings are one."""
        if not rows.is_storable(document_type, reference, *eoris):
            return False
        references = await spellings(self._database, document_type, reference, identify)
        values = {"type": document_type, "references": references, "eoris": sorted(eoris)}
        found = await self._database.row("cites", values)
        return found is not None and bool(found["cited"])

    async def backlog(self) -> tuple[int, float]:
        """Gives how many declarations are due and wait for somebody to take them, over all replicas, and for how many seconds the oldest does."""
        found = await self._database.row("backlog", {})
        assert found is not None
        return int(found["waiting"]), max(0.0, float(found["oldest_s"]))

    async def _version(self, record_id: str, version: int) -> dict[str, Any] | None:
        if not rows.is_id(record_id) or not 0 < version < 2**31:
            return None
        return await self._database.row("version", {"id": record_id, "version": version})

    async def _one(self, name: str, **values: Any) -> Record | None:
        if not rows.is_storable(*(v for v in values.values() if isinstance(v, str))):
            return None
        found = await self._database.row(name, values)
        return rows.read_record(found) if found else None
