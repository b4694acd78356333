"""Declarations: received version by version, each in one commit, and read back with their events and evidence."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from typing import Any

from psycopg.rows import DictRow

from gateway.domain import admission
from gateway.domain.application import RefusedBecause
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.codec import decode
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.errors import MrnTaken
from gateway.domain.events import GENESIS, Event, SealedEvent
from gateway.domain.permission import Stage
from gateway.domain.record import OfficerVerification, Record, Work
from gateway.domain.storable import is_storable
from gateway.domain.verification import CitedUnder, EvidenceItem
from gateway.store import covered_rows as covering
from gateway.store import rows
from gateway.store.announcements import Announcements
from gateway.store.application_rows import refuse_overtaken
from gateway.store.commit_lines import CommitLines
from gateway.store.commit_rows import CommitRows, commit_rows
from gateway.store.commits import AcceptanceReceived, NewDeclaration, NextVersion, Received
from gateway.store.database import Connection, Database, rows_of
from gateway.store.heads import locked, mrn_yields, taking
from gateway.store.held import HeldLeases
from gateway.store.steps import note
from gateway.store.stored_evidence import PackedEvidence, keep, pack, read_all, read_evidence

_HEAD = (
    *("declarant", "lrn", "mrn", "direction", "kind", "eoris", "received_at", "accepted_at", "seq", "head", "leased"),
    *("office", "presentation_office", "clock_due_at", "asks"),
)
_RECEIVED = 10_000
"""Documents of declarants that a process remembers to have received."""
_VERSION = ("digest", "received_at", "model", "raw", "documents")
"""The columns of a receipt's rows."""


class Declarations:
    """The declarations received, and what became of them. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self, database: Database, announcing: Announcements, held_leases: HeldLeases, lines: CommitLines
    ) -> None:
        self._database = database
        self._lines = lines
        self._announcing = announcing
        self._held_leases = held_leases
        self._received: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def _is_new(self, declarant: str, cited: Iterable[CitedUnder]) -> bool:
        """Whether a declarant cites something of which this process received nothing of it lately: what it did is counted anyway."""
        before = len(self._received)
        self._received.update(dict.fromkeys((declarant, one.type, one.reference) for one in cited))
        found = len(self._received) > before
        while len(self._received) > _RECEIVED:
            self._received.popitem(last=False)
        return found

    async def receive(self, new: NewDeclaration, *, lease: bool) -> Received:
        """Store a declaration's first version durably, with the caller's lease on it if `lease`.

        Of twins at the same moment, all but one wait for that one's commit and return what stands there.

        Raises:
            Conflict: its MRN is another declaration's.
            StoreUnavailable: the database does not answer; sent again later, it returns whether it is there.
        """
        declaration = new.declaration
        cited = rows.citations(new.documents, new.cited)
        values = {
            "id": new.id,
            "declarant": declaration.declarant,
            "lrn": declaration.lrn,
            "received_at": new.received_at,
            "accepted_at": new.accepted_at,
            "leased": lease,
            "clock_due_at": new.clock_due_at,
            "asks": new.accepted_at is None and self._is_new(declaration.declarant, cited),
            **rows.content(declaration, new.documents, new.digest, new.raw.digest),
        }
        covered = covering.received(values, cited)
        events = covering.cover(new.events, covered, seq=0, head=GENESIS, evidence=(new.raw.digest,))
        values |= rows.chain_columns(events)
        by = new.events[0].body.get("by") or {}
        receipt = commit_rows(
            new.id,
            {
                "heads": ({name: values[name] for name in _HEAD},),
                "versions": ({name: values[name] for name in _VERSION},),
                "cited": [one._asdict() for one in cited],
                "numbers": rows.transport_numbers(declaration),
                "events": events,
            },
            (await pack((new.raw,))).told_by(events[-1]),
            client=by.get("id"),
        )
        with self._held_leases.requesting(new.id) if lease else nullcontext() as sent_at:
            row = await self._lines.receive.commit(receipt)
        if row is None:
            if (stored := await self._stored_already(new)) is not None:
                return stored
            with self._held_leases.requesting(new.id) if lease else nullcontext() as sent_at:
                row = await self._receive_over(new, receipt)
        if sent_at is None:
            return Received(outcome="new", id=new.id)
        self._held_leases.take((new.id, 1), sent_at)
        work = Work(
            id=new.id,
            token=1,
            version=1,
            event_seq=events[-1].seq,
            event_head=events[-1].hash,
            decisions=0,
            received_at=new.received_at,
            accepted_at=new.accepted_at,
            mrn=declaration.mrn,
            declaration=declaration,
            officer_verifications=(),
            last=None,
            invalidating=False,
            plan=new.plan,
            asks_again=row["asks_again"],
        )
        return Received(outcome="new", id=new.id, work=work)

    async def add_version(
        self,
        record_id: str,
        *,
        declaration: Declaration,
        digest: str,
        raw: EvidenceItem,
        documents: tuple[DocumentOutcome, ...],
        event: Event,
        cited: tuple[CitedUnder, ...] | None = None,
        stage: Stage | None = None,
        accepting: tuple[Event, AcceptanceReceived] | None = None,
    ) -> int | None:
        """Store the next version durably and mark the one before superseded; return its event's number.

        An application that is open is refused beside it: it speaks of the version before. `accepting`: customs accepts the
        declaration by this version, in the same commit, and its MRN is taken from whichever declaration carries it without being accepted.

        None: another version came first.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it ended, it carries another MRN, or its MRN is another declaration's.
            Stale: the declaration is not at the `stage` at which this was permitted.
        """
        next_version = NextVersion(
            declaration=declaration, digest=digest, raw=raw.digest, documents=documents, cited=cited, event=event
        )
        packed = await pack((raw,))

        async def attempt(taking: str | None) -> int | None:
            async with locked(self._database, record_id, taking=taking, at=event.at) as (connection, head):
                if declaration.version != head["current_version"] + 1:
                    return None
                admission.must_stand_at(rows.reached(head), stage)
                seq = await add_version(connection, head, next_version, packed)
                await refuse_overtaken(connection, head, event.at, RefusedBecause.VERSION_CHANGED)
                if accepting is not None:
                    head["mrn"] = head["mrn"] or declaration.mrn
                    seq = await note(connection, head, *accepting)
                return seq

        seq = await taking(attempt, declaration.mrn if accepting is not None else None)
        if seq is not None:
            self._announcing.announce(record_id)
        return seq

    async def wake(self, record_id: str, *, anew: bool = False, because: AssessmentCause | None = None) -> bool:
        """Request another assessment of a declaration; False: it ended, is not known, or waits for one already.

        An assessment that is under way does not count: another one follows it. `anew`: attempts that ended with their process
        do not count any more. `because`: why, for the event of the assessment; None: that is not known.
        """
        if not rows.is_id(record_id):
            return False
        found = await self._database.row(
            "wake", {"id": record_id, "anew": anew, "because": because.value if because is not None else None}
        )
        return found is not None and bool(found["fresh"])

    async def get(self, record_id: str, version: int | None = None) -> Record | None:
        """Return a declaration's newest version, or the one asked for."""
        if not rows.is_id(record_id) or not 0 < (version or 1) < 2**31:
            return None
        return await self._one("record", id=record_id, version=version)

    async def by_lrn(self, declarant: str, lrn: str) -> Record | None:
        """Return the declaration that a declarant lodged under an LRN."""
        if not is_storable(declarant, lrn):
            return None
        return await self._one("record_by_lrn", declarant=declarant, lrn=lrn)

    async def with_lrn(
        self, lrn: str, *, eoris: Collection[str] | None, offices: Collection[str] | None, limit: int
    ) -> tuple[Record, ...]:
        """Return the declarations that their declarants lodged under an LRN, the newest first, of some EORIs and at some offices."""
        if not is_storable(lrn, *(eoris or ())):
            return ()
        values = {"lrn": lrn, "eoris": None if eoris is None else sorted(eoris), "limit": limit}
        values["offices"] = rows.offices_parameter(offices)
        return tuple(rows.read_record(row) for row in await self._database.rows("records_by_lrn", values))

    async def by_mrn(self, mrn: str) -> Record | None:
        """Return the declaration with an MRN."""
        return await self._one("record_by_mrn", mrn=mrn)

    async def mrns_of(self, eoris: Collection[str], mrns: Collection[str]) -> frozenset[str]:
        """Return those of some MRNs that declarations of these EORIs have."""
        known = [mrn for mrn in mrns if is_storable(mrn)]
        values = {"mrns": known, "eoris": sorted(eoris)}
        return frozenset(row["mrn"] for row in await self._database.rows("mrns_of", values)) if known else frozenset()

    async def at_offices(self, ids: Collection[str], offices: Collection[str]) -> frozenset[str]:
        """Return those of some declarations that are lodged or presented at one of these customs offices."""
        values = {"ids": sorted(ids), "offices": sorted(offices)}
        return frozenset(row["id"] for row in await self._database.rows("at_offices", values)) if ids else frozenset()

    async def declaration(self, record_id: str, version: int) -> Declaration | None:
        """Return the content of a version of a declaration; None: there is none, or it was erased."""
        found = await self._version(record_id, version)
        return decode(found["model"], Declaration) if found and found["model"] is not None else None

    async def message(self, record_id: str, version: int) -> bytes | None:
        """Return the message of a version as it was sent; None: there is none, or it was erased.

        Raises:
            EvidenceChanged: what is stored is something else.
        """
        if not rows.is_id(record_id) or not 0 < version < 2**31:
            return None
        found = await self._database.row("message", {"id": record_id, "version": version})
        return read_evidence(found["body"], found["digest"]) if found else None

    async def digest(self, record_id: str, version: int) -> str | None:
        """Return the digest of a version's content."""
        found = await self._version(record_id, version)
        return str(found["digest"]) if found else None

    async def decision(self, record_id: str, number: int) -> NumberedDecision | None:
        """Return a decision by its number; None: there is none."""
        if not rows.is_id(record_id) or not 0 < number < 2**31:
            return None
        found = await self._database.row("decision", {"id": record_id, "number": number})
        return decode(found["body"], NumberedDecision) if found else None

    async def decisions(self, record_id: str) -> tuple[NumberedDecision, ...]:
        """Return a declaration's decisions, in their order."""
        if not rows.is_id(record_id):
            return ()
        found = await self._database.rows("decisions", {"id": record_id})
        return tuple(decode(row["body"], NumberedDecision) for row in found)

    async def officer_verifications(self, record_id: str) -> tuple[OfficerVerification, ...]:
        """Return the officers' verifications of a declaration's documents, in their order."""
        if not rows.is_id(record_id):
            return ()
        found = await self._database.rows("officer_verifications", {"id": record_id})
        return tuple(decode(row["body"], OfficerVerification) for row in found)

    async def events(self, record_id: str, after: int = 0, limit: int = 1000) -> tuple[SealedEvent, ...]:
        """Return a declaration's events after number `after`, in their order."""
        if not rows.is_id(record_id) or not 0 <= after < 2**31:
            return ()
        found = await self._database.rows("events", {"id": record_id, "after": after, "limit": limit})
        return tuple(rows.read_event(row) for row in found)

    async def evidence(self, record_id: str, digest: str) -> bytes | None:
        """Return the bytes behind a digest that the declaration's events cite.

        Raises:
            EvidenceChanged: what is stored is something else.
        """
        if not rows.is_id(record_id) or not is_storable(digest):
            return None
        found = await self._database.row("evidence", {"id": record_id, "digest": digest})
        return read_evidence(found["body"], digest) if found else None

    async def evidence_among(self, record_id: str, digests: Collection[str]) -> dict[str, bytes]:
        """Return the bytes behind some digests that the declaration's events cite; none of what is stored otherwise."""
        if not rows.is_id(record_id):
            return {}
        found = await self._database.rows("evidence_among", {"id": record_id, "digests": sorted(digests)})
        return read_all(((row["body"], row["digests"]) for row in found), lenient=True)

    async def decided_among(self, ids: Collection[str]) -> list[str]:
        """Return those of some declarations for which nothing is to be done now.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return [row["id"] for row in await self._database.rows("settled_among", {"ids": list(ids)})]

    async def _stored_already(self, new: NewDeclaration) -> Received | None:
        """Return the declaration stored under the declarant's LRN; None: there is none, so it is the MRN that is taken."""
        declaration = new.declaration
        found = await self._database.row("same_lrn", {"declarant": declaration.declarant, "lrn": declaration.lrn})
        if found is None:
            return None
        return Received(outcome="same" if found["digest"] == new.digest else "other_content", id=found["id"])

    async def _receive_over(self, new: NewDeclaration, receipt: CommitRows) -> DictRow:
        """Receive a declaration that customs accepted, under an MRN that another one carries without being accepted."""
        mrn = new.declaration.mrn
        if new.accepted_at is None or mrn is None:
            raise MrnTaken(mrn)
        async with self._database.transaction() as connection:
            await mrn_yields(connection, new.id, mrn, new.received_at)
            found = await rows_of(connection, "receive", self._lines.receive.values(receipt))
            if not found:
                raise MrnTaken(mrn)
            return found[0]

    async def _version(self, record_id: str, version: int) -> dict[str, Any] | None:
        if not rows.is_id(record_id) or not 0 < version < 2**31:
            return None
        return await self._database.row("version", {"id": record_id, "version": version})

    async def _one(self, name: str, **values: Any) -> Record | None:
        if not is_storable(*(v for v in values.values() if isinstance(v, str))):
            return None
        found = await self._database.row(name, values)
        return rows.read_record(found) if found else None


async def add_version(
    connection: Connection, head: DictRow, new: NextVersion, packed: PackedEvidence | None = None
) -> int:
    """Write the next version of a declaration, whose head is locked; return the number of its event.

    `packed`: the message, unless it is kept already.

    Raises:
        Conflict: it ended, was erased, or carries another MRN.
    """
    declaration = new.declaration
    admission.amendment(rows.reached(head), declaration.mrn)
    cited = rows.citations(new.documents, new.cited)
    values = {
        "id": head["id"],
        "version": declaration.version,
        "received_at": new.event.at,
        "cited": rows.json_text([one._asdict() for one in cited]),
        "numbers": rows.json_text(rows.transport_numbers(declaration)),
        **rows.content(declaration, new.documents, new.digest, new.raw),
    }
    covered = covering.amended(values, cited)
    place = {"seq": head["event_seq"], "head": head["event_head"]}
    sealed = covering.cover((new.event,), covered, **place, evidence=(new.raw,))
    values |= rows.event_parameters(sealed)
    await rows_of(connection, "add_version", values)
    if packed is not None:
        await keep(connection, head["id"], packed.told_by(sealed[-1]))
    head["event_seq"], head["event_head"] = sealed[-1].seq, sealed[-1].hash
    return sealed[-1].seq
