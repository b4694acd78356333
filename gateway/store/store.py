"""The store: every step of a declaration's life is one commit here, or none."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow

from gateway.domain import admission
from gateway.domain.actor import Actor
from gateway.domain.application import Application, DecidersWord, RefusedBecause
from gateway.domain.approval import ApprovalState
from gateway.domain.decision import DocumentOutcome
from gateway.domain.declaration import Declaration
from gateway.domain.errors import NotKnown
from gateway.domain.events import GENESIS, Event, SealedEvent
from gateway.domain.movement import Movement
from gateway.domain.permission import Stage
from gateway.domain.record import Record, Work
from gateway.domain.verification import CitedUnder, EvidenceItem
from gateway.store import announcements as announcing
from gateway.store import covered_rows as covering
from gateway.store import rows
from gateway.store.acts import Acts
from gateway.store.applications import (
    Applications,
    application_now,
    applied,
    decided,
    mrn_yields,
    open_application,
    refuse_overtaken,
)
from gateway.store.approvals import Approvals, approved, ended, must_be_open
from gateway.store.audit import Auditing
from gateway.store.commits import (
    AcceptanceReceived,
    Approving,
    Change,
    NewApplication,
    NewDeclaration,
    NextVersion,
    Outcome,
    Received,
)
from gateway.store.contingency import Contingencies
from gateway.store.database import Connection, Database, rows_of
from gateway.store.ends import FOR_EVER, Waits
from gateway.store.erasure import (
    Erased,
    Expiring,
    erase,
)
from gateway.store.export import Exporting
from gateway.store.held import Held, Moment, moment
from gateway.store.history import Recalling
from gateway.store.leases import Leases
from gateway.store.migration import require_newest
from gateway.store.movements import Moving
from gateway.store.mrns import MrnTaken, taking
from gateway.store.notices import Notices
from gateway.store.personal_words import said
from gateway.store.records import Reading
from gateway.store.seals import Sealing
from gateway.store.session import Hearing
from gateway.store.steps import note
from gateway.store.table_sets import TableSets

log = logging.getLogger(__name__)


class Store(
    Reading,
    Moving,
    Recalling,
    Auditing,
    Sealing,
    Expiring,
    Exporting,
    Hearing,
    Notices,
    Contingencies,
    TableSets,
    Approvals,
    Acts,
    Applications,
    Leases,
):
    """One process's store, with the leases that it holds."""

    def __init__(
        self, database: Database, direct_url: str, *, owner: str, lease_s: float, held: Held, waits: Waits
    ) -> None:
        super().__init__(database)
        self._database = database
        self._direct_url = direct_url
        self._waits = waits
        self._owner = owner
        self._lease = timedelta(seconds=lease_s)
        self._held = held
        self._taking = asyncio.Lock()
        self._announcing = announcing.Announcing(database)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        owner: str,
        lease_s: float = 30.0,
        lease_margin: float = 0.1,
        pool_size: int = 10,
        direct_url: str | None = None,
        waits: Waits | None = None,
        clock: Callable[[], Moment] = moment,
    ) -> "Store":
        """Opens the store.

        Args:
            url: the database, with the newest schema.
            owner: who holds the leases; no two open stores have the same.
            lease_s: seconds that a lease lasts unless it is renewed, by the database's clock.
            lease_margin: the share of it that has to be left when something is sent under it.
            pool_size: connections at most.
            direct_url: the same database without a pooler between; None: `url`.
            waits: how long a statement is waited for; None: as long as by default.
            clock: by which this process counts how long its leases last.

        Raises:
            ConfigurationError: its schema is not this version's.
            StoreUnavailable: the database does not answer.
        """
        waits = waits or Waits()
        database = Database(url, size=pool_size, waits=waits)
        try:
            await database.open()
            async with database.connection() as connection:
                await require_newest(connection)
        except BaseException:
            await database.close()
            raise
        held = Held(lease_s=lease_s, margin_s=lease_s * lease_margin, clock=clock)
        return cls(database, direct_url or url, owner=owner, lease_s=lease_s, held=held, waits=waits)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, *, owner: str = "command line") -> AsyncIterator["Store"]:
        """Opens the store for a while, with statements that may take as long as they need; raises as `open` does."""
        store = await cls.open(url, owner=owner, pool_size=2, waits=FOR_EVER)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """Announces what is left and closes all connections."""
        await self._announcing.close()
        await self._database.close()

    async def receive(self, new: NewDeclaration, *, lease: bool) -> Received:
        """Makes a declaration's first version durable, with the caller's lease on it if `lease`.

        Of twins at the same moment, all but one wait for that one's commit and are told what stands there.

        Raises:
            Conflict: its MRN is another declaration's.
            StoreUnavailable: the database does not answer; what was sent again later is told whether it is there.
        """
        declaration = new.declaration
        cited = rows.citations(new.documents, new.cited)
        values = {
            "id": new.id,
            "declarant": declaration.declarant,
            "lrn": declaration.lrn,
            "received_at": new.received_at,
            "accepted_at": new.accepted_at,
            "owner": self._owner if lease else None,
            "token": 1 if lease else 0,
            "lease": self._lease,
            **rows.content(declaration, new.documents, cited, new.digest, new.raw.digest),
            **await rows.kept((new.raw,)),
        }
        told = covering.received(values, cited)
        events = covering.cover(new.events, told, seq=0, head=GENESIS, evidence=(new.raw.digest,))
        values |= rows.told(events)
        with self._held.asking(new.id) if lease else nullcontext() as asked_at:
            fresh = await self._database.row("receive", values) is not None
        if not fresh:
            if (standing := await self._standing(new)) is not None:
                return standing
            with self._held.asking(new.id) if lease else nullcontext() as asked_at:
                await self._receive_over(new, values)
        if asked_at is None:
            return Received(outcome="new", id=new.id)
        self._held.take((new.id, 1), asked_at)
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
        """Makes the next version durable and the one before superseded; gives its event's number.

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
        kept = await rows.kept((raw,))

        async def attempt(taking: str | None) -> int | None:
            async with self._step(record_id, taking=taking, at=event.at) as (connection, head):
                if declaration.version != head["current_version"] + 1:
                    return None
                admission.must_stand_at(rows.reached(head), stage)
                seq = await _add_version(connection, head, next_version, kept)
                await refuse_overtaken(connection, head, event.at, RefusedBecause.VERSION_CHANGED)
                if accepting is not None:
                    head["mrn"] = head["mrn"] or declaration.mrn
                    seq = await note(connection, head, *accepting)
                return seq

        seq = await taking(attempt, declaration.mrn if accepting is not None else None)
        if seq is not None:
            self._announcing.tell(record_id)
        return seq

    async def note(
        self,
        record_id: str,
        event: Event,
        change: Change,
        *,
        approving: Approving | None = None,
        stage: Stage | None = None,
        version: int | None = None,
        read: int | None = None,
    ) -> int:
        """Commits a step as received, and that the declaration is due; gives the number of its event.

        The same step again changes nothing, and its event is not told twice. A confirmation makes nothing due. A lapse
        ends the work on the declaration, unless it was accepted or ended meanwhile: then it changes nothing. What is
        approved by it ends with it. An acceptance takes its MRN from whichever declaration carries it without being accepted.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: another step stands in its place, the declaration ended, or the MRN is another declaration's.
            ApprovalOver: the approval does not wait any more.
            Stale: the declaration is not at the `stage` and the `version` for which the step was permitted, or something
                happened after the event that was `read` last.
        """

        async def attempt(taking: str | None) -> tuple[int, bool]:
            async with self._step(record_id, taking=taking, at=event.at) as (connection, head):
                if approving is not None:
                    await must_be_open(connection, approving.id)
                before = head["event_seq"]
                words = said(approving.ending) if approving is not None else None
                told = {}
                if approving is not None and words is not None:
                    told = ended(approving.id, ApprovalState.APPROVED, words, before + 1)
                seq = await note(connection, head, event, change, stage=stage, version=version, read=read, beside=told)
                fresh = seq != before
                if approving is not None and words is not None:
                    seq = await approved(connection, head, approving, words, seq if fresh else None)
                return seq, fresh

        mrn = change.mrn if isinstance(change, AcceptanceReceived) else None
        seq, fresh = await taking(attempt, mrn)
        if fresh:
            self._announcing.tell(record_id)
        return seq

    async def erase(self, record_id: str, what: Erased, *, at: datetime, by: Actor, reason: str) -> int:
        """Erases something of a declaration, and commits the event that tells of it; gives its number.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it is still needed.
        """
        async with self._step(record_id) as (connection, head):
            seq = await erase(connection, head, what, at=at, by=by, reason=reason)
        self._announcing.tell(record_id)
        return seq

    async def apply(self, record_id: str, new: NewApplication, event: Event) -> tuple[Application, bool]:
        """Makes an application durable; the same one again gives what became of it, and False. Nothing becomes due.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: another application is open for it, or it ended.
            Stale: it moved on since it was judged that this is an application.
        """
        kept = await rows.kept((new.raw,) if new.raw is not None else ())
        async with self._step(record_id) as (connection, head):
            return await applied(connection, head, new, event, kept)

    async def refuse(self, application: Application, event: Event, word: DecidersWord) -> tuple[Application, bool]:
        """Refuses an application; one that was decided meanwhile is given as it stands, and False.

        Raises:
            NotKnown: there is no such declaration.
        """
        async with self._step(application.declaration) as (connection, head):
            if await open_application(connection, head) != application.id:
                return await application_now(connection, application.id), False
            await decided(connection, head, application.id, event, because=RefusedBecause.CUSTOMS, word=word)
            return await application_now(connection, application.id), True

    async def grant(
        self, application: Application, event: Event, word: DecidersWord, change: NextVersion | tuple[Event, Change]
    ) -> tuple[Application, bool]:
        """Grants an application and commits with it, as customs' own step, what was asked for.

        One that was decided meanwhile is given as it stands, and False.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: the examination that customs announced has yet to take place, or the step cannot be taken.
        """
        async with self._step(application.declaration) as (connection, head):
            if await open_application(connection, head) != application.id:
                return await application_now(connection, application.id), False
            await decided(connection, head, application.id, event, word=word)
            if isinstance(change, NextVersion):
                admission.must_stand_at(rows.reached(head), version=change.declaration.version - 1)
                await _add_version(connection, head, change, await rows.kept(()))
            else:
                admission.invalidation_granted(rows.reached(head))
                await note(connection, head, *change)
            found = await application_now(connection, application.id)
        self._announcing.tell(application.declaration)
        return found, True

    async def wake(self, record_id: str, *, anew: bool = False) -> bool:
        """Wants another look at a declaration; False: it ended, is not known, or waits for a look already.

        A look that is under way does not count: another one follows it. `anew`: attempts that ended with their process
        do not count any more.
        """
        if not rows.is_id(record_id):
            return False
        found = await self._database.row("wake", {"id": record_id, "anew": anew})
        return found is not None and bool(found["fresh"])

    async def intend(
        self,
        work: Work,
        movements: Sequence[Movement],
        events: Sequence[Event],
        *,
        settled: Sequence[Movement] = (),
        evidence: Sequence[EvidenceItem] = (),
    ) -> Work:
        """Commits what is about to be ordered, with what was settled before it; gives the work as it stands then.

        The lease is renewed with it.

        Raises:
            LeaseLost: another holder has the lease, or it has run out.
            Stale: something was received that `work` does not know of: nothing is to be ordered on what it knew.
            StoreUnavailable: whether it was committed is not known; the lease is not renewed any more.
        """
        planned, ended = rows.moved(movements), rows.moved(settled)
        told, kept = covering.moved((*ended, *planned)), [item.digest for item in evidence]
        sealed = covering.cover(events, told, seq=work.event_seq, head=work.event_head, evidence=kept)
        values = {
            "id": work.id,
            "token": work.token,
            "owner": self._owner,
            "lease": self._lease,
            "read_seq": work.event_seq,
            "movements": rows.json_text(planned),
            "settled": rows.json_text(ended),
            **rows.told(sealed),
            **await rows.kept(evidence),
        }
        asked_at = self._held.now()
        with self._dropping(work):
            if await self._database.row("intend", values) is None:
                raise await self._overtaken(work, renewing=True)
        self._held.renew((work.id, work.token), asked_at)
        return replace(
            work,
            event_seq=sealed[-1].seq,
            event_head=sealed[-1].hash,
            movements=tuple({one.number: one for one in (*work.movements, *settled, *movements)}.values()),
        )

    async def decide(self, work: Work, outcome: Outcome) -> Record:
        """Commits what the holder of a lease found, and frees the lease: all of it or nothing.

        Raises:
            LeaseLost: another holder has the lease.
            Stale: something was received that `work` does not know of; the lease is still held.
            StoreUnavailable: whether it was committed is not known; the lease is not renewed any more.
        """
        written, told = rows.decided(outcome, work.version)
        sealed: tuple[SealedEvent, ...] = ()
        if outcome.events:
            kept = [item.digest for item in outcome.evidence]
            sealed = covering.cover(outcome.events, told, seq=work.event_seq, head=work.event_head, evidence=kept)
        values = {
            "id": work.id,
            "token": work.token,
            "owner": self._owner,
            "read_seq": work.event_seq,
            "version": work.version,
            **written,
            **rows.told(sealed, seq=work.event_seq, head=work.event_head),
            **await rows.kept(outcome.evidence),
        }
        with self._dropping(work), self._held.freeing((work.id, work.token)):
            found = await self._database.row("decide", values)
            if found is None:
                raise await self._overtaken(work)
        self._held.over((work.id, work.token))
        self._announcing.tell(work.id)
        return rows.record_of(found, work, outcome)

    async def _standing(self, new: NewDeclaration) -> Received | None:
        """What stands under the declarant's LRN; None: nothing does, so it is the MRN that is taken."""
        declaration = new.declaration
        found = await self._database.row("standing", {"declarant": declaration.declarant, "lrn": declaration.lrn})
        if found is None:
            return None
        return Received(outcome="same" if found["digest"] == new.digest else "other_content", id=found["id"])

    async def _receive_over(self, new: NewDeclaration, values: Mapping[str, Any]) -> None:
        """Receives a declaration that customs accepted, under an MRN that another one carries without being accepted."""
        mrn = new.declaration.mrn
        if new.accepted_at is None or mrn is None:
            raise MrnTaken
        async with self._database.transaction() as connection:
            await mrn_yields(connection, new.id, mrn, new.received_at)
            if not await rows_of(connection, "receive", values):
                raise MrnTaken

    @asynccontextmanager
    async def _step(
        self, record_id: str, *, taking: str | None = None, at: datetime | None = None
    ) -> AsyncIterator[tuple[Connection, DictRow]]:
        """One transaction with the declaration's head locked, and the MRN `taking` free for it."""
        if not rows.is_id(record_id):
            raise NotKnown("There is no such declaration.")
        try:
            async with self._database.transaction() as connection:
                if taking is not None and at is not None:
                    await mrn_yields(connection, record_id, taking, at)
                found = await rows_of(connection, "lock", {"id": record_id})
                if not found:
                    raise NotKnown("There is no such declaration.")
                yield connection, found[0]
        except UniqueViolation as error:
            raise MrnTaken from error


async def _add_version(connection: Connection, head: DictRow, new: NextVersion, kept: Mapping[str, Any]) -> int:
    declaration = new.declaration
    admission.amendment(rows.reached(head), declaration.mrn)
    cited = rows.citations(new.documents, new.cited)
    values = {
        "id": head["id"],
        "version": declaration.version,
        "received_at": new.event.at,
        **rows.content(declaration, new.documents, cited, new.digest, new.raw),
        **kept,
    }
    told = covering.amended(values, cited)
    place = {"seq": head["event_seq"], "head": head["event_head"]}
    sealed = covering.cover((new.event,), told, **place, evidence=(new.raw,))
    values |= rows.told(sealed)
    await rows_of(connection, "add_version", values)
    head["event_seq"], head["event_head"] = sealed[-1].seq, sealed[-1].hash
    return sealed[-1].seq
