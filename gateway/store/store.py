"""The store: every step of a declaration's life is one commit here, or none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from procrastinate import App
from psycopg import errors

from gateway.domain.codec import encode
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.errors import Conflict, LeaseLost, NotKnown, Stale, StoreUnavailable
from gateway.domain.events import GENESIS, Event, seal
from gateway.domain.record import Record, Work
from gateway.domain.verification import EvidenceItem
from gateway.store import rows
from gateway.store.auditing import Auditing
from gateway.store.connecting import Connection, Pool, ask, ask_on, connected, open_pool
from gateway.store.jobs import jobs_app
from gateway.store.reading import Reading
from gateway.store.words import (
    AcceptanceReceived,
    Change,
    Confirmed,
    InvalidationReceived,
    Lapsed,
    NewDeclaration,
    Outcome,
    Received,
    VerificationReceived,
)

log = structlog.get_logger(__name__)


class Store(Reading, Auditing):
    """One process's store, with the leases that it holds."""

    def __init__(self, pool: Pool, url: str, *, owner: str, lease_s: float) -> None:
        super().__init__(pool)
        self._pool = pool
        self._url = url
        self._owner = owner
        self._lease = timedelta(seconds=lease_s)
        self._held: dict[str, int] = {}
        self._jobs: App = jobs_app(url)

    @classmethod
    async def open(cls, url: str, *, owner: str, lease_s: float = 30.0, pool_size: int = 10) -> "Store":
        """Opens the store.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return cls(await open_pool(url, pool_size), url, owner=owner, lease_s=lease_s)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, *, owner: str = "command line") -> AsyncIterator["Store"]:
        """Opens the store for a while."""
        store = await cls.open(url, owner=owner, pool_size=2)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """Closes all connections."""
        await self._pool.close()

    async def receive(self, new: NewDeclaration, *, lease: bool) -> Received:
        """Makes a declaration's first version durable, with the caller's lease on it if `lease`.

        Raises:
            Conflict: its MRN is another declaration's.
        """
        declaration = new.declaration
        events = seal(new.events, seq=0, head=GENESIS)
        found = await ask(
            self._pool,
            "receive",
            {
                "id": new.id,
                "declarant": declaration.declarant,
                "lrn": declaration.lrn,
                "mrn": declaration.mrn,
                "eoris": sorted(declaration.eoris),
                "direction": declaration.direction.value,
                "kind": declaration.kind.value,
                "received_at": new.received_at,
                "accepted_at": new.accepted_at,
                "owner": self._owner if lease else None,
                "token": 1 if lease else 0,
                "lease": self._lease,
                "digest": new.digest,
                "model": rows.model(declaration),
                "documents": encode(new.documents),
                "cited": rows.cited(new.documents),
                **rows.told(events),
                **rows.kept((new.raw,)),
            },
        )
        if not found:
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
    ) -> int | None:
        """Makes the next version durable and the older ones superseded; gives its event's number.

        None: another version came first.

        Raises:
            Conflict: its MRN is another declaration's.
        """
        async with self._transaction() as connection:
            head = await self._lock(connection, record_id)
            if declaration.version != head["current_version"] + 1:
                return None
            sealed = seal((event,), seq=head["event_seq"], head=head["event_head"])
            values = {
                "id": record_id,
                "version": declaration.version,
                "digest": digest,
                "model": rows.model(declaration),
                "documents": encode(documents),
                "cited": rows.cited(documents),
                "eoris": sorted(declaration.eoris),
                "direction": declaration.direction.value,
                "kind": declaration.kind.value,
                "mrn": declaration.mrn,
                **rows.told(sealed),
                **rows.kept((raw,)),
            }
            for name in ("supersede", "tell", "keep", "head_version"):
                await ask_on(connection, name, values)
            return sealed[-1].seq

    async def note(self, record_id: str, event: Event, change: Change) -> int:
        """Commits a step as received, and that the declaration is due; gives its event's number.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: the MRN is another declaration's.
        """
        async with self._transaction() as connection:
            head = await self._lock(connection, record_id)
            sealed = seal((event,), seq=head["event_seq"], head=head["event_head"])
            values: dict[str, Any] = {"id": record_id, **rows.told(sealed)}
            await ask_on(connection, "tell", values)
            match change:
                case AcceptanceReceived():
                    values |= {"mrn": change.mrn, "accepted_at": change.accepted_at}
                    await ask_on(connection, "head_accepted", values)
                case VerificationReceived():
                    values["body"] = encode(change.verification)
                    await ask_on(connection, "officer_verified", values)
                    await ask_on(connection, "head_verified", values)
                case InvalidationReceived():
                    await ask_on(connection, "step", {**values, "body": encode(change)})
                    await ask_on(connection, "head_invalidating", values)
                case Confirmed():
                    await ask_on(connection, "step", {**values, "body": encode(change)})
                    await ask_on(connection, "head_confirmed", values)
                case Lapsed():
                    await ask_on(connection, "head_lapsed", values)
            return sealed[-1].seq

    async def wake(self, record_id: str) -> bool:
        """Makes a decided declaration due for another look; False: it ended, or is due already."""
        return bool(await ask(self._pool, "wake", {"id": record_id}))

    async def claim(self, record_id: str) -> Work | None:
        """Takes the lease of a declaration that is due, unless somebody holds it."""
        found = await ask(self._pool, "claim", {"id": record_id, "owner": self._owner, "lease": self._lease})
        return self._hold(found)[0] if found else None

    async def sweep(self, limit: int) -> list[Work]:
        """Takes the leases of declarations that are due and that nobody holds, the longest waiting first."""
        return self._hold(await ask(self._pool, "sweep", {"owner": self._owner, "lease": self._lease, "limit": limit}))

    async def reread(self, work: Work) -> Work:
        """Reads what the holder of a lease acts on anew.

        Raises:
            LeaseLost: another holder has it.
        """
        found = await ask(self._pool, "reread", {"id": work.id, "token": work.token})
        if not found:
            self._held.pop(work.id, None)
            raise LeaseLost
        return rows.read_work(found[0])

    async def renew(self) -> list[str]:
        """Renews all leases held, with one statement; gives the declarations whose lease was lost."""
        held = dict(self._held)
        if not held:
            return []
        values = {"ids": [UUID(i) for i in held], "tokens": list(held.values()), "lease": self._lease}
        renewed = {row["id"] for row in await ask(self._pool, "renew", values)}
        lost = [i for i, token in held.items() if i not in renewed and self._held.get(i) == token]
        for record_id in lost:
            del self._held[record_id]
        return lost

    async def release_all(self) -> None:
        """Gives all leases back, so that other replicas take over at once."""
        held, self._held = self._held, {}
        if held:
            await ask(self._pool, "give_back", {"ids": [UUID(i) for i in held], "tokens": list(held.values())})

    async def decide(self, work: Work, outcome: Outcome) -> Record:
        """Commits what the holder of a lease found, and frees the lease: all of it or nothing.

        Raises:
            LeaseLost: another holder has the lease.
            Stale: something was received that `work` does not know of.
        """
        decision = outcome.decision
        sealed = seal(outcome.events, seq=work.event_seq, head=work.event_head)
        values = {
            "id": work.id,
            "token": work.token,
            "known": work.event_seq,
            "version": work.version,
            "state": outcome.state.value,
            "documents": encode(outcome.documents) if outcome.documents is not None else None,
            "decided": 1 if decision else 0,
            "number": decision.number if decision else None,
            "body": encode(decision) if decision else None,
            **rows.told(sealed),
            **rows.kept(outcome.evidence),
        }
        if outcome.jobs:
            async with self._transaction() as connection:
                found = await ask_on(connection, "decide", values)
                if found:
                    await self._defer(connection, outcome)
        else:
            found = await ask(self._pool, "decide", values)
        if not found:
            raise await self._overtaken(work)
        if self._held.get(work.id) == work.token:
            del self._held[work.id]
        return self._record(found[0], work, outcome, decision or work.last, sealed[-1].seq)

    async def listen(self, announce: Callable[[str], None]) -> None:
        """Calls `announce` with the id of each declaration that any replica settles, until cancelled."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute("LISTEN gateway_settled")
                    async for notice in connection.notifies():
                        announce(notice.payload)
            except psycopg.OperationalError:
                log.warning("listening_interrupted")
                await asyncio.sleep(0.5)

    async def ping(self) -> bool:
        """Whether the database answers."""
        with contextlib.suppress(StoreUnavailable):
            async with connected(self._pool) as connection:
                await connection.execute("SELECT 1")
                return True
        return False

    def _hold(self, found: list[dict[str, Any]]) -> list[Work]:
        works = [rows.read_work(row) for row in found]
        self._held |= {work.id: work.token for work in works}
        return works

    async def _standing(self, new: NewDeclaration) -> Received:
        declaration = new.declaration
        found = await ask(self._pool, "standing", {"declarant": declaration.declarant, "lrn": declaration.lrn})
        if not found:
            raise Conflict(f"The MRN {declaration.mrn} is another declaration's.")
        same = found[0]["digest"] == new.digest
        return Received(outcome="same" if same else "other_content", id=found[0]["id"])

    async def _lock(self, connection: Connection, record_id: str) -> dict[str, Any]:
        found = await ask_on(connection, "lock", {"id": record_id})
        if not found:
            raise NotKnown("There is no such declaration.")
        return found[0]

    async def _overtaken(self, work: Work) -> LeaseLost | Stale:
        found = await ask(self._pool, "token", {"id": work.id})
        if found and found[0]["lease_token"] == work.token:
            return Stale()
        self._held.pop(work.id, None)
        return LeaseLost()

    async def _defer(self, connection: Connection, outcome: Outcome) -> None:
        for job in outcome.jobs:
            deferrer = self._jobs.configure_task(job.task, schedule_at=job.at, connection=connection)
            await deferrer.defer_async(**job.args)

    def _record(
        self, row: dict[str, Any], work: Work, outcome: Outcome, decision: NumberedDecision | None, seq: int
    ) -> Record:
        documents = outcome.documents if outcome.documents is not None else ()
        return rows.record_of(row, work, outcome.state, documents, decision, seq)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        try:
            async with connected(self._pool) as connection, connection.transaction():
                yield connection
        except errors.UniqueViolation as error:
            raise Conflict("The MRN is another declaration's.") from error
