"""The store: every step of a declaration's life is one commit here, or none."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow

from gateway.domain.actor import Actor
from gateway.domain.approval import ApprovalState
from gateway.domain.decision import DocumentOutcome
from gateway.domain.declaration import Declaration
from gateway.domain.errors import Conflict, LeaseLost, NotKnown, Stale, StoreError
from gateway.domain.events import GENESIS, Event, seal
from gateway.domain.movement import Movement
from gateway.domain.record import Record, Work
from gateway.domain.verification import EvidenceItem
from gateway.store import announcing, covering, rows
from gateway.store.acts import Acts
from gateway.store.approvals import Approvals, approved, ended, must_be_open
from gateway.store.auditing import Auditing
from gateway.store.contingency import Contingencies
from gateway.store.database import Connection, Database, rows_of
from gateway.store.erasing import Erased, Expiring, erase
from gateway.store.exporting import Exporting
from gateway.store.migrating import require_newest
from gateway.store.moving import Moving
from gateway.store.notices import Notices
from gateway.store.noting import must_not_be_erased, note
from gateway.store.past import Recalling
from gateway.store.reading import Reading
from gateway.store.saying import said
from gateway.store.sealing import Sealing
from gateway.store.tables import TableSets
from gateway.store.words import Approving, Change, NewDeclaration, Outcome, Received

log = logging.getLogger(__name__)


class Store(
    Reading,
    Moving,
    Recalling,
    Auditing,
    Sealing,
    Expiring,
    Exporting,
    Notices,
    Contingencies,
    TableSets,
    Approvals,
    Acts,
):
    """One process's store, with the leases that it holds."""

    def __init__(self, database: Database, url: str, *, owner: str, lease_s: float) -> None:
        super().__init__(database)
        self._database = database
        self._url = url
        self._owner = owner
        self._lease = timedelta(seconds=lease_s)
        self._held: dict[str, int] = {}
        self._announcing = announcing.Announcing(database)

    @classmethod
    async def open(cls, url: str, *, owner: str, lease_s: float = 30.0, pool_size: int = 10) -> "Store":
        """Opens the store.

        Args:
            url: the database, with the newest schema.
            owner: who holds the leases; no two open stores have the same.
            lease_s: seconds that a lease lasts unless it is renewed, by the database's clock.
            pool_size: connections at most.

        Raises:
            ConfigurationError: its schema is not this version's.
            StoreUnavailable: the database does not answer.
        """
        database = Database(url, size=pool_size)
        try:
            await database.open()
            async with database.connection() as connection:
                await require_newest(connection)
        except BaseException:
            await database.close()
            raise
        return cls(database, url, owner=owner, lease_s=lease_s)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, *, owner: str = "command line") -> AsyncIterator["Store"]:
        """Opens the store for a while; raises as `open` does."""
        store = await cls.open(url, owner=owner, pool_size=2)
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
            **rows.content(declaration, new.documents, cited, new.digest, new.raw),
            **await rows.kept((new.raw,)),
        }
        events = seal(covering.cover(new.events, covering.received(values, cited)), seq=0, head=GENESIS)
        values |= rows.told(events)
        if await self._database.row("receive", values) is None:
            return await self._standing(new)
        if not lease:
            return Received(outcome="new", id=new.id)
        self._held[new.id] = 1
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
        cited: tuple[tuple[str, str], ...] | None = None,
    ) -> int | None:
        """Makes the next version durable and the one before superseded; gives its event's number.

        None: another version came first.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it ended, it carries another MRN, or its MRN is another declaration's.
        """
        identities = rows.citations(documents, cited)
        values = {
            "id": record_id,
            "version": declaration.version,
            "received_at": event.at,
            **rows.content(declaration, documents, identities, digest, raw),
            **await rows.kept((raw,)),
        }
        events = covering.cover((event,), covering.amended(values, identities))
        async with self._step(record_id) as (connection, head):
            if declaration.version != head["current_version"] + 1:
                return None
            must_not_be_erased(head)
            if head["ended"] is not None or head["invalidating"]:
                raise Conflict(f"The declaration is {head['ended'] or 'being invalidated'}.")
            if declaration.mrn is not None and head["mrn"] not in {None, declaration.mrn}:
                raise Conflict("The declaration carries another MRN.")
            sealed = seal(events, seq=head["event_seq"], head=head["event_head"])
            await rows_of(connection, "add_version", {**values, **rows.told(sealed)})
        self._announcing.tell(record_id)
        return sealed[-1].seq

    async def note(self, record_id: str, event: Event, change: Change, *, approving: Approving | None = None) -> int:
        """Commits a step as received, and that the declaration is due; gives the number of its last event.

        The same step again changes nothing, and its event is not told twice. A confirmation makes nothing due. A lapse
        ends the work on the declaration, unless it was accepted or ended meanwhile: then it changes nothing. What is
        approved by it ends with it.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: another step stands in its place, the declaration ended, or the MRN is another declaration's.
            ApprovalOver: the approval does not wait any more.
        """
        async with self._step(record_id) as (connection, head):
            if approving is not None:
                await must_be_open(connection, approving.id)
            words = said(approving.ending) if approving is not None else None
            told = {}
            if approving is not None and words is not None:
                told = ended(approving.id, ApprovalState.APPROVED, words, head["event_seq"] + 1)
            seq = await note(connection, head, event, change, told)
            if approving is not None and words is not None:
                seq = await approved(connection, head, approving, words, seq)
        if seq != head["event_seq"]:
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

    async def wake(self, record_id: str) -> bool:
        """Wants another look at a declaration; False: it ended, is not known, or waits for a look already.

        A look that is under way does not count: another one follows it.
        """
        if not rows.is_id(record_id):
            return False
        found = await self._database.row("wake", {"id": record_id})
        return found is not None and bool(found["fresh"])

    async def claim(self, record_id: str) -> Work | None:
        """Takes the lease of a declaration that is due, unless somebody holds it."""
        if not rows.is_id(record_id):
            return None
        values = {"id": record_id, "owner": self._owner, "lease": self._lease}
        works = await self._taken(await self._database.rows("claim", values))
        return works[0] if works else None

    async def sweep(self, limit: int) -> list[Work]:
        """Takes the leases of declarations that are due and that nobody holds, the longest waiting first."""
        values = {"owner": self._owner, "lease": self._lease, "limit": limit}
        return await self._taken(await self._database.rows("sweep", values))

    async def take_looks(self, limit: int) -> list[Work]:
        """Takes the leases of declarations whose time to be looked at again has come, the longest waiting first.

        What somebody works on is left to them: their outcome says when the next look is.
        """
        values = {"owner": self._owner, "lease": self._lease, "limit": limit}
        return await self._taken(await self._database.rows("take_looks", values))

    async def reread(self, work: Work) -> Work:
        """Reads what the holder of a lease acts on anew.

        Raises:
            LeaseLost: another holder has it.
        """
        values = {"id": work.id, "token": work.token, "owner": self._owner}
        with self._dropping(work):
            works = await self._works([row["id"] for row in await self._database.rows("take_up", values)])
            if not works or works[0].token != work.token:
                raise LeaseLost
        return works[0]

    async def renew(self) -> list[str]:
        """Renews all leases held, with one statement; gives the declarations whose lease was lost."""
        held = dict(self._held)
        if not held:
            return []
        found = await self._database.rows("renew", {**self._columns(held), "lease": self._lease})
        renewed = {row["id"] for row in found}
        lost = [i for i, token in held.items() if i not in renewed and self._held.get(i) == token]
        for record_id in lost:
            del self._held[record_id]
        return lost

    async def release_all(self) -> None:
        """Gives all leases back, so that other replicas take over at once."""
        held, self._held = self._held, {}
        if held:
            await self._database.run("release", self._columns(held))

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

        Raises:
            LeaseLost: another holder has the lease.
            Stale: something was received that `work` does not know of: nothing is to be ordered on what it knew.
            StoreUnavailable: whether it was committed is not known; the lease is not renewed any more.
        """
        planned, ended = rows.moved(movements), rows.moved(settled)
        told = covering.moved((*ended, *planned)) | covering.linked(item.digest for item in evidence)
        sealed = seal(covering.cover(events, told), seq=work.event_seq, head=work.event_head)
        values = {
            "id": work.id,
            "token": work.token,
            "owner": self._owner,
            "read_seq": work.event_seq,
            "movements": rows.json_text(planned),
            "settled": rows.json_text(ended),
            **rows.told(sealed),
            **await rows.kept(evidence),
        }
        with self._dropping(work):
            if await self._database.row("intend", values) is None:
                raise await self._overtaken(work)
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
        events = covering.cover(outcome.events, told) if outcome.events else ()
        sealed = seal(events, seq=work.event_seq, head=work.event_head)
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
        with self._dropping(work):
            found = await self._database.row("decide", values)
            if found is None:
                raise await self._overtaken(work)
        self._drop(work)
        self._announcing.tell(work.id)
        return rows.record_of(found, work, outcome)

    def let_go(self, work: Work) -> None:
        """Renews a lease no more: whoever sweeps takes the declaration over when it runs out."""
        self._drop(work)

    async def listen(self, announce: Callable[[str], None]) -> None:
        """Calls `announce` with the id of each declaration that moved on, on whichever replica, until cancelled."""
        await announcing.listen(self._url, announce)

    async def ping(self) -> bool:
        """Whether the database answers."""
        try:
            return await self._database.row("ping", {}) is not None
        except StoreError:
            return False

    async def _standing(self, new: NewDeclaration) -> Received:
        declaration = new.declaration
        found = await self._database.row("standing", {"declarant": declaration.declarant, "lrn": declaration.lrn})
        if found is None:
            raise Conflict(f"The MRN {declaration.mrn} is another declaration's.")
        return Received(outcome="same" if found["digest"] == new.digest else "other_content", id=found["id"])

    @asynccontextmanager
    async def _step(self, record_id: str) -> AsyncIterator[tuple[Connection, DictRow]]:
        """One transaction with the declaration's head locked."""
        if not rows.is_id(record_id):
            raise NotKnown("There is no such declaration.")
        try:
            async with self._database.transaction() as connection:
                found = await rows_of(connection, "lock", {"id": record_id})
                if not found:
                    raise NotKnown("There is no such declaration.")
                yield connection, found[0]
        except UniqueViolation as error:
            raise Conflict("The MRN is another declaration's.") from error

    async def _taken(self, leased: list[DictRow]) -> list[Work]:
        works = []
        for row in await self._work_rows([row["id"] for row in leased]):
            try:
                works.append(rows.read_work(row))
            except Exception as error:
                # The others do not wait for it. It is tried again whenever its lease has run out, and told again.
                log.error("unreadable_declaration: %s (%s)", row["id"], type(error).__name__)
        self._held |= {work.id: work.token for work in works}
        return works

    async def _works(self, ids: list[Any]) -> list[Work]:
        return [rows.read_work(row) for row in await self._work_rows(ids)]

    async def _work_rows(self, ids: list[Any]) -> list[DictRow]:
        return await self._database.rows("work", {"ids": ids, "owner": self._owner}) if ids else []

    async def _overtaken(self, work: Work) -> LeaseLost | Stale:
        found = await self._database.row("holder", {"id": work.id})
        ours = found is not None and (found["lease_owner"], found["lease_token"]) == (self._owner, work.token)
        return Stale() if ours else LeaseLost()

    @contextmanager
    def _dropping(self, work: Work) -> Iterator[None]:
        """What cannot go on is not renewed any more: whoever reaches the database takes over when the lease runs out."""
        try:
            yield
        except Stale:
            raise
        except StoreError:
            self._drop(work)
            raise

    def _drop(self, work: Work) -> None:
        if self._held.get(work.id) == work.token:
            del self._held[work.id]

    def _columns(self, held: Mapping[str, int]) -> dict[str, Any]:
        return {"ids": list(held), "tokens": list(held.values()), "owner": self._owner}
