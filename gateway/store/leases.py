"""Leases of declarations: taken to work on, renewed, and returned, by the commits of outcomes or without."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from psycopg.rows import DictRow

from gateway.domain.errors import LeaseLost, Stale, StoreError
from gateway.domain.events import Event, SealedEvent
from gateway.domain.movement import Movement
from gateway.domain.record import Record, Work
from gateway.domain.verification import EvidenceItem
from gateway.store import covered_rows as covering
from gateway.store import rows
from gateway.store.announcements import Announcements
from gateway.store.commit_lines import CommitLines
from gateway.store.commit_rows import commit_rows
from gateway.store.commits import Outcome
from gateway.store.database import Database
from gateway.store.held import HeldLeases, Moment, columns
from gateway.store.stored_evidence import pack

log = structlog.get_logger(__name__)


class Backlog(NamedTuple):
    """The declarations that are due and wait to be taken."""

    waiting: int
    oldest_s: float
    """The seconds for which the oldest has waited."""
    lost: bool
    """Whether there are some for `take_lost` among them."""
    declarants: Mapping[str, int]
    """The number of them by declarant: of the thousand who have most."""


class Leases:
    """The leases that this process holds, in the database and as counted here."""

    def __init__(
        self, database: Database, announcing: Announcements, held_leases: HeldLeases, lines: CommitLines
    ) -> None:
        self._database = database
        self._lines = lines
        self._announcing = announcing
        self._held_leases = held_leases
        self._taking = asyncio.Lock()
        """The lock while several are taken at once: which ones, is not known before the answer."""

    @property
    def to_return(self) -> int:
        """The number of leases nobody works on that are not returned yet."""
        return len(self._held_leases.to_return)

    async def claim(self, record_id: str) -> Work | None:
        """Take the lease of a declaration that is due, unless somebody holds it or it was lost with its process."""
        if not rows.is_id(record_id):
            return None
        with self._held_leases.requesting(record_id) as sent_at:
            works = await self._taken(await self._database.rows("claim", self._taker(id=record_id)), sent_at)
        return works[0] if works else None

    async def sweep(self, limit: int) -> list[Work]:
        """Take the leases of declarations that are due and that nobody holds, the longest waiting first."""
        return await self._take("sweep", limit)

    async def take_due(self, limit: int) -> list[Work]:
        """Take the leases of declarations whose time to be assessed again has come, the longest waiting first.

        What somebody works on is left to them: their outcome says when the next assessment is.
        """
        return await self._take("take_due", limit)

    async def take_waiting(
        self, adapter: str, limit: int, *, before: datetime, pause: timedelta, behind: Sequence[str] = ()
    ) -> list[Work]:
        """Take the leases of declarations that wait for an authority and were asked about `before` it answered.

        What was asked about longest ago is taken first, and none that was asked about in vain less than a `pause` ago. Some go
        `behind` all others.
        """
        return await self._take("take_waiting", limit, adapter=adapter, before=before, pause=pause, behind=list(behind))

    async def take_probe(
        self, adapter: str, *, pause: timedelta, slow: timedelta, behind: Sequence[str] = ()
    ) -> list[Work]:
        """Take the lease of one declaration that waits for an authority, unless one was asked about less than a `pause` ago.

        Nor is one taken beside another one that was taken less than `slow` ago. Some go `behind` all others.
        """
        return await self._take("take_probe", 1, adapter=adapter, pause=pause, slow=slow, behind=list(behind))

    async def take_lost(self) -> Work | None:
        """Take the lease of the longest waiting declaration that had a lease end without being returned.

        What ended a process may end the next one: until `note_own_time` says otherwise, its process counts as ended by it.
        """
        works = await self._take("take_lost", 1)
        return works[0] if works else None

    async def note_own_time(self, work: Work, *, runs: bool) -> None:
        """Note whether a declaration that was lost may end this process from now on, or waits for others."""
        values = {"id": work.id, "token": work.token, "owner": self._held_leases.owner, "runs": runs}
        await self._database.run("note_own_time", values)

    async def adopt(self, limit: int) -> list[Work]:
        """Take up leases of this process that nobody works under: the answer that granted them was lost."""
        if not self._held_leases.may_have_more:
            return []
        works = await self._take("adopt", limit, in_hand=True)
        for work in works:
            if work.lost_attempts:
                self.stop_renewing(work)  # it is taken as one that was lost
        return [work for work in works if not work.lost_attempts]

    async def reread(self, work: Work) -> Work:
        """Read again what the holder of a lease acts on.

        Raises:
            LeaseLost: another holder has it.
        """
        values = {"id": work.id, "token": work.token, "owner": self._held_leases.owner}
        with self._dropping(work):
            works = await self._works([row["id"] for row in await self._database.rows("take_up", values)])
            if not works or works[0].token != work.token:
                raise LeaseLost
        return works[0]

    async def renew(self) -> list[str]:
        """Renew all leases that are worked on, with one statement; return the declarations whose lease was lost."""
        keys = self._held_leases.to_renew
        if not keys:
            return []
        sent_at = self._held_leases.now()
        found = await self._database.rows("renew", {**self._taker(), **columns(keys)})
        renewed = {(row["id"], row["token"]) for row in found}
        kept = self._held_leases.kept
        lost = [key for key in keys if key not in renewed and key in kept]
        for key in renewed:
            self._held_leases.renew(key, sent_at)
        for key in lost:
            self._held_leases.lose(key)
        return [record_id for record_id, _ in lost]

    def lasts(self, work: Work) -> bool:
        """Whether the lease that `work` is under certainly has more than the margin left."""
        return self._held_leases.lasts((work.id, work.token))

    def stop_renewing(self, work: Work, *, quiet_in_s: float = 0.0) -> None:
        """Stop renewing a lease; `return_lost` returns it.

        Nobody else gets it for `quiet_in_s` seconds: for so long a request may be under way that was sent under it.
        """
        self._held_leases.stop_renewing((work.id, work.token), quiet_in_s=quiet_in_s)

    async def return_lost(self) -> bool:
        """Return to the database all leases that are renewed no more; the result is whether there was any.

        A lost one is returned, too: it did not end because its process had.
        """
        returned = self._held_leases.to_return
        if returned:
            values = {**columns(returned), "quiet": list(returned.values()), "owner": self._held_leases.owner}
            await self._database.run("return_leases", values)
            for key in returned:
                self._held_leases.over(key)
        return bool(returned)

    async def run_empty(self) -> None:
        """Wait until the waiting commits are made; what cannot be sent in time is told so."""
        await self._lines.run_empty()

    async def release_all(self) -> None:
        """Return all leases to the database, once the waiting commits are made, so that other replicas take over at once."""
        await self.run_empty()
        for key in self._held_leases.to_renew:
            self._held_leases.stop_renewing(key)
        while await self.return_lost():
            pass

    async def intend(
        self,
        work: Work,
        movements: Sequence[Movement],
        events: Sequence[Event],
        *,
        settled: Sequence[Movement] = (),
        evidence: Sequence[EvidenceItem] = (),
    ) -> Work:
        """Commit the movements about to be ordered, with those reconciled before; return the work as it stands then.

        The lease is renewed with it.

        Raises:
            LeaseLost: another holder has the lease, or it has run out.
            Stale: something was received that `work` does not know of: nothing is to be ordered on what it knew.
            StoreUnavailable: whether it was committed is not known; the lease is not renewed any more.
        """
        planned, ended = rows.moved(movements), rows.moved(settled)
        covered, kept = covering.moved((*ended, *planned)), [item.digest for item in evidence]
        sealed = covering.cover(events, covered, seq=work.event_seq, head=work.event_head, evidence=kept)
        head = {"token": work.token, "read_seq": work.event_seq, **rows.chain_columns(sealed)}
        intent = commit_rows(
            work.id,
            {"heads": (head,), "movements": planned, "events": sealed},
            (await pack(evidence)).told_by(sealed[-1]),
            rare={"settled": rows.json_text(ended)} if ended else None,
        )
        sent_at = self._held_leases.now()

        def renewed() -> None:
            self._held_leases.renew((work.id, work.token), sent_at)

        with self._dropping(work):
            if await self._lines.intend.commit(intent, then=renewed) is None:
                raise await self._overtaken(work, renewing=True)
        return replace(
            work,
            event_seq=sealed[-1].seq,
            event_head=sealed[-1].hash,
            movements=tuple({one.number: one for one in (*work.movements, *settled, *movements)}.values()),
        )

    async def decide(self, work: Work, outcome: Outcome) -> Record:
        """Commit the outcome of an assessment, and free the lease: all of it or nothing.

        Raises:
            LeaseLost: another holder has the lease.
            Stale: something was received that `work` does not know of; the lease is still held.
            StoreUnavailable: whether it was committed is not known; the lease is not renewed any more.
        """
        written = rows.decided(outcome, work.version)
        sealed: tuple[SealedEvent, ...] = ()
        if outcome.events:
            kept = [item.digest for item in outcome.evidence]
            sealed = covering.cover(
                outcome.events, written.covered, seq=work.event_seq, head=work.event_head, evidence=kept
            )
        head = {
            "token": work.token,
            "read_seq": work.event_seq,
            "causes": len(work.because),
            **written.head,
            **rows.chain_columns(sealed, seq=work.event_seq, head=work.event_head),
        }
        committed = commit_rows(
            work.id,
            {"heads": (head,), "events": sealed, **written.tables},
            (await pack(outcome.evidence)).told_by(sealed[-1] if sealed else None),
            rare=written.rare,
        )

        def freed() -> None:
            self._held_leases.over((work.id, work.token))
            self._announcing.announce(work.id)

        with self._dropping(work), self._held_leases.freeing((work.id, work.token)):
            found = await self._lines.decide.commit(committed, then=freed)
            if found is None:
                raise await self._overtaken(work)
        return rows.record_of(found, work, outcome)

    async def backlog(self) -> Backlog:
        """Return what is due and waits to be taken, over all replicas."""
        found = await self._database.row("backlog", {})
        assert found is not None
        return Backlog(
            waiting=int(found["waiting"]),
            oldest_s=max(0.0, float(found["oldest_s"])),
            lost=bool(found["lost"]),
            declarants=found["declarants"],
        )

    async def _take(self, statement: str, limit: int, *, in_hand: bool = False, **more: Any) -> list[Work]:
        async with self._taking:
            if in_hand:
                more = {"in_hand": self._held_leases.in_hand}
            with self._held_leases.requesting() as sent_at:
                found = await self._database.rows(statement, self._taker(limit=limit, **more))
                if in_hand:
                    # What came into somebody's hands meanwhile has lost its lease to this: it is taken up by the next one.
                    meanwhile = {str(one) for one in self._held_leases.in_hand}
                    self._held_leases.lose_all(row["id"] for row in found if str(row["id"]) in meanwhile)
                    found = [row for row in found if str(row["id"]) not in meanwhile]
                return await self._taken(found, sent_at)

    async def _taken(self, leased: list[DictRow], sent_at: Moment) -> list[Work]:
        works = []
        for row in await self._work_rows([row["id"] for row in leased]):
            key = row["id"], row["lease_token"]
            self._held_leases.take(key, sent_at)
            try:
                works.append(rows.read_work(row))
            except Exception as error:
                # The others do not wait for it. It is tried again after as long as a lease lasts, and logged again.
                log.error("unreadable_declaration", declaration=str(row["id"]), error=type(error).__name__)
                self._held_leases.stop_renewing(key, quiet_in_s=self._held_leases.lease.total_seconds())
        return works

    async def _works(self, ids: list[Any]) -> list[Work]:
        return [rows.read_work(row) for row in await self._work_rows(ids)]

    async def _work_rows(self, ids: list[Any]) -> list[DictRow]:
        return await self._database.rows("work", {"ids": ids, "owner": self._held_leases.owner}) if ids else []

    async def _overtaken(self, work: Work, *, renewing: bool = False) -> LeaseLost | Stale:
        row = await self._database.row("holder", {"id": work.id})
        ours = row is not None and (row["lease_owner"], row["lease_token"]) == (self._held_leases.owner, work.token)
        if row is None or not ours or (renewing and not row["lasts"]):
            return LeaseLost()
        return Stale()

    @contextmanager
    def _dropping(self, work: Work) -> Iterator[None]:
        """Stop renewing the lease of work that cannot go on: it is returned, or taken over when it runs out."""
        try:
            yield
        except Stale:
            raise
        except LeaseLost:
            self._held_leases.lose((work.id, work.token))
            raise
        except StoreError:
            self.stop_renewing(work)
            raise

    def _taker(self, **more: Any) -> dict[str, Any]:
        return {"owner": self._held_leases.owner, "lease": self._held_leases.lease, **more}
