"""Reading: records, pages of them, events and evidence."""

from gateway.domain.declaration import Declaration
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.record import Record
from gateway.store import rows
from gateway.store.connecting import Pool, ask


class Reading:
    """What the store is asked; nothing here changes anything."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, record_id: str, version: int | None = None) -> Record | None:
        """Gives a declaration's newest version, or the one asked for."""
        return await self._one("of_id", id=record_id, version=version)

    async def by_lrn(self, declarant: str, lrn: str) -> Record | None:
        """Gives the declaration that a declarant lodged under an LRN."""
        return await self._one("of_name", declarant=declarant, lrn=lrn)

    async def by_mrn(self, mrn: str) -> Record | None:
        """Gives the declaration with an MRN."""
        return await self._one("of_mrn", mrn=mrn, eoris=None)

    async def find(
        self,
        *,
        mrn: str | None = None,
        lrn: str | None = None,
        eoris: frozenset[str] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Record, ...], str | None]:
        """Gives a page of declarations, the newest first, and the cursor of the next page if there is one.

        Raises:
            ValueError: the cursor is none of ours.
        """
        parties = sorted(eoris) if eoris is not None else None
        if mrn is not None:
            found = await ask(self._pool, "of_mrn", {"mrn": mrn, "eoris": parties})
            records = tuple(rows.read_record(row) for row in found)
            return tuple(r for r in records if lrn is None or r.lrn == lrn), None
        values = {"lrn": lrn, "eoris": parties, "before": int(cursor) if cursor else None, "limit": limit + 1}
        name = "of_lrn" if lrn is not None else "of_parties" if parties is not None else "all"
        found = await ask(self._pool, name, values)
        records = tuple(rows.read_record(row) for row in found[:limit])
        if len(found) <= limit:
            return records, None
        (last,) = await ask(self._pool, "placed", {"id": records[-1].id})
        return records, str(last["placed"])

    async def declaration(self, record_id: str, version: int) -> Declaration | None:
        """Gives what a version of a declaration says; None: there is none, or it was erased."""
        found = await ask(self._pool, "model", {"id": record_id, "version": version})
        return rows.read_model(found[0]["model"]) if found and found[0]["model"] else None

    async def digest(self, record_id: str, version: int) -> str | None:
        """Gives the digest of a version's content."""
        found = await ask(self._pool, "digest", {"id": record_id, "version": version})
        return str(found[0]["digest"]) if found else None

    async def events(self, record_id: str, after: int = 0, limit: int = 1000) -> tuple[SealedEvent, ...]:
        """Gives a declaration's events behind number `after`, in their order."""
        found = await ask(self._pool, "events", {"id": record_id, "after": after, "limit": limit})
        return tuple(
            SealedEvent(seq=r["seq"], kind=EventKind(r["kind"]), at=r["at"], text=r["text"], hash=r["hash"])
            for r in found
        )

    async def evidence(self, record_id: str, digest: str) -> bytes | None:
        """Gives the bytes behind a digest that the declaration's events cite."""
        found = await ask(self._pool, "evidence", {"id": record_id, "digest": digest})
        return rows.read_evidence(found[0]["body"]) if found else None

    async def cites(self, eoris: frozenset[str], document_type: str, reference: str) -> bool:
        """Whether a declaration of one of these EORIs cites the document."""
        values = {"cited": rows.citation(document_type, reference), "eoris": sorted(eoris)}
        (found,) = await ask(self._pool, "cites", values)
        return bool(found["found"])

    async def backlog(self) -> int:
        """Gives how many declarations are due, over all replicas, those that are worked on included."""
        (found,) = await ask(self._pool, "backlog", {})
        return int(found["waiting"])

    async def _one(self, name: str, **values: object) -> Record | None:
        found = await ask(self._pool, name, values)
        return rows.read_record(found[0]) if found else None
