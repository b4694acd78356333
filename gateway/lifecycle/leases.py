"""The leases of declarations: the tasks that work under them, their renewal, the sweep for what was left, and the due
work."""

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Protocol

import structlog

from gateway import observe
from gateway.dispatch.own_time import own_time
from gateway.domain.decision import NumberedDecision
from gateway.domain.errors import GatewayError, LeaseLost, Stale, StoreError
from gateway.domain.events import Event
from gateway.domain.record import Record, Work
from gateway.lifecycle.journal import Journal
from gateway.lifecycle.processes.outcomes import WaitingCallers
from gateway.lifecycle.processes.pressure import Pressure
from gateway.lifecycle.processes.pulses import Pulses
from gateway.lifecycle.processes.watched_time import WatchedTime
from gateway.lifecycle.processing.processor import Processor
from gateway.resources import LOOPS, Resource, client, declarant
from gateway.store import Doubted, Outcome, Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The limits on what a process takes on."""

    at_once: int = 64
    """Declarations worked on at the same time."""
    beside_burst: int = 8
    """Declarations that each sweep takes up while a burst arrives: taking comes before deciding, but does not stop it."""
    backlog: int = 20_000
    """Declarations waiting, over all replicas, at which none is taken."""
    backlog_s: float = 60.0
    """The seconds that the oldest of them has waited when none is taken."""
    lease_s: float = 30.0
    sweep_s: float = 2.0
    due_at_once: int = 16
    """Assessments whose time has come that are taken with one statement: other replicas find some, too."""
    due_every_s: float = 1.0
    """The most seconds by which an assessment is found late, while there is room: pauses are given in seconds."""
    drain_s: float = 20.0
    exchange_s: float = 20.0
    """The seconds after which a request that nobody waits for any more is over."""


_UNDER_PRESSURE = 0.2
"""The part of the time between two counts after which the waiting declarations are counted again when they are many."""
RENEWAL, SWEEP, DUE_WORK, RETURNING = "lease renewal", "sweep", "looks", "leases given back"
"""The loops, by the names under which they are watched."""
CROWD = 4
"""The number of messages taken at the same moment that are a burst."""
_SOON_S = 0.1
"""The seconds before due assessments are taken again when there was no room for all of them."""
_LOST_SHARE = 4
"""A quarter of what is worked on at once may be what was lost with its process: it may have hung there."""
_SLOW_S = 1.0
"""The seconds after which a declaration is slow: nearly always it waits for an authority, and takes nothing else meanwhile."""
_AGAIN_S = 0.5
"""The seconds before what a task left undone is tried again while the database does not answer."""


class CommitGuard(Protocol):
    """What is judged beside the decision, and may keep goods from release. What it wrote has moved the work on."""

    @property
    def applies(self) -> bool:
        """Whether there is anything to judge by; if not, nothing is asked."""

    async def before_release(self, work: Work) -> Work:
        """Return the work as releases are carried out by."""

    async def before_commit(self, work: Work, outcome: Outcome) -> tuple[Work, Outcome]:
        """Return the work and the outcome as they are committed."""


class LeasedDeclarations:
    """The declarations whose lease this process holds."""

    def __init__(
        self,
        *,
        store: Store,
        acting: Processor,
        waiting: WaitingCallers,
        capacity: Capacity,
        pulses: Pulses | None = None,
    ) -> None:
        self._store = store
        self._acting = acting
        self._waiting = waiting
        self._capacity = capacity
        self._pulses = pulses
        self.guard: CommitGuard | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._since: dict[str, float] = {}
        """The time at which each was taken, the longest ago first."""
        self.resources = (
            Resource("declarations_in_work", capacity.at_once, measured=lambda: len(self._tasks)),
            Resource("backlog", capacity.backlog, measured=lambda: self.pressure.number),
        )
        self._loops: list[asyncio.Task[None]] = []
        self._room = asyncio.Event()
        self._left_behind = False
        self._stopping = False
        self.pressure = Pressure(most=capacity.backlog, longest_s=capacity.backlog_s, few=capacity.at_once)
        self._arriving = 0
        self._lost_wait = False
        self._lost: dict[str, WatchedTime] = {}
        self._turn = asyncio.Lock()
        self._doubts: deque[tuple[str, Event, Doubted]] = deque()
        self._left_over = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether nothing new is taken any more."""
        return self._stopping

    @property
    def in_hand(self) -> int:
        """The number of declarations that are worked on now."""
        return len(self._tasks)

    @property
    def to_clear(self) -> int:
        """The number of doubts still to be noted, and leases to be returned."""
        return len(self._doubts) + self._store.leases.to_return

    @contextlib.contextmanager
    def arrival(self) -> Iterator[None]:
        """Mark that a message is being taken."""
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1
            self._sweep_soon()

    def has_room(self, *, waited_for: bool = True) -> bool:
        """Whether this process can take another declaration at once; one that nobody waits for gives way to a burst."""
        gives_way = self._is_burst and not waited_for
        return not self._stopping and not gives_way and self._in_work() < self._capacity.at_once

    def _in_work(self) -> int:
        """Return how many places are taken: some of those that wait for an authority for long are set aside."""
        many, most = len(self._tasks), self._capacity.at_once
        if many < most:
            return many
        slow_before = asyncio.get_running_loop().time() - _SLOW_S
        slow = sum(1 for _ in takewhile(lambda since: since < slow_before, self._since.values()))
        return many - min(slow, most // 2)

    @property
    def _is_burst(self) -> bool:
        return self._arriving >= CROWD

    def _sweep_soon(self) -> None:
        """Have the sweep take up what was left behind, once there is room for a good handful."""
        if self._left_behind and not self._is_burst and len(self._tasks) <= self._capacity.at_once // 2:
            self._room.set()

    def _sweep_lost_soon(self) -> None:
        """Have the sweep take the next one of those that were lost, once it is its turn and there is room."""
        if self._lost_wait and self._has_room_for_lost():
            self._room.set()

    def _has_room_for_lost(self) -> bool:
        most = min(self._capacity.at_once, max(1, self._capacity.at_once // _LOST_SHARE))
        return not self._turn.locked() and len(self._lost) < most and len(self._tasks) < self._capacity.at_once

    def overloaded(self) -> bool:
        """Whether nobody's is accepted now."""
        return self._stopping or self.pressure.now() >= 1

    def is_working_on(self, record_id: str) -> bool:
        """Whether this process works on the declaration now."""
        return record_id in self._tasks

    def leave(self, declarant: str | None = None) -> None:
        """Count a declaration that was committed without a lease: whichever replica has room takes it."""
        self.pressure.leave(declarant)
        self._left_behind = True
        self._sweep_soon()

    def take(self, work: Work) -> None:
        """Start work on a declaration that this process has leased."""
        task = asyncio.create_task(self._hold(work), name=f"declaration {work.id}")
        self._tasks[work.id] = task
        self._since[work.id] = asyncio.get_running_loop().time()
        task.add_done_callback(lambda done: self._finished(work.id, done))

    async def pursue(self, record_id: str, declarant: str | None = None) -> None:
        """Work on a declaration for which a step was received, unless it is leased: then the step is seen there."""
        if not self.has_room():
            self.leave(declarant)
            return
        work = await self._store.leases.claim(record_id)
        if work is not None:
            self.take(work)

    async def take_due(self) -> bool:
        """Take some of the declarations that are due for another assessment; True: others may be left."""
        room = min(self._room_left(), self._capacity.due_at_once)
        if room <= 0:
            return True
        found = await self._store.leases.take_due(room)
        for work in found:
            self.take(work)
        return len(found) == room

    async def take_waiting(
        self, adapter: str, limit: int, *, before: datetime, pause: timedelta, behind: Sequence[str] = ()
    ) -> "list[asyncio.Task[None]]":
        """Take declarations that wait for an authority which answers again; return the tasks that work on them."""
        room = min(self._room_left(), limit)
        if room <= 0:
            return []
        leases = self._store.leases
        return self._begun(await leases.take_waiting(adapter, room, before=before, pause=pause, behind=behind))

    async def take_probe(
        self, adapter: str, *, pause: timedelta, slow: timedelta, behind: Sequence[str] = ()
    ) -> "list[asyncio.Task[None]]":
        """Take one declaration that waits for an authority, to find out whether it is back; return its task."""
        if self._room_left() <= 0:
            return []
        return self._begun(await self._store.leases.take_probe(adapter, pause=pause, slow=slow, behind=behind))

    def _begun(self, found: Iterable[Work]) -> "list[asyncio.Task[None]]":
        tasks = []
        for work in found:
            self.take(work)
            tasks.append(self._tasks[work.id])
        return tasks

    async def start(self, *, due_work: bool = False) -> None:
        """Start renewing and sweeping; and, with `due_work`, taking what is due."""
        # What waits is counted at once: who comes during a flood refuses the same as the others.
        self._room.set()
        self._loops = [
            asyncio.create_task(self._renewing(), name=RENEWAL),
            asyncio.create_task(self._sweeping(), name=SWEEP),
            asyncio.create_task(self._clearing(), name=RETURNING),
        ]
        if due_work:
            self._loops.append(asyncio.create_task(self._due_work(), name=DUE_WORK))
        if self._pulses is not None:
            self._pulses.follow(self._loops)

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand for a while, and return the other leases.

        Those under which a request is still on its way end by themselves: whoever takes over reads back what became of it.
        """
        self._stopping = True
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=self._capacity.drain_s)
        for task in [*self._tasks.values(), *self._loops]:
            task.cancel()
        await asyncio.gather(*self._tasks.values(), *self._loops, return_exceptions=True)
        try:
            # What a task had committed before it was cut off goes out under its lease, which is returned only then.
            await self._store.leases.run_empty()
            await self._clear()
            await self._store.leases.release_all()
        except StoreError:
            log.warning("leases_not_released")

    async def _hold(self, work: Work) -> None:
        record: Record | None = None
        journal = Journal(self._store.leases, work)
        # Each declaration has a task of its own, and with it these ids.
        observe.declaration_id.set(work.id)
        # And what it uses up is the gateway's, whoever's call began it.
        client.set(LOOPS)
        declarant.set(work.declaration.declarant)
        if observe.correlation_id.get() is None:
            observe.correlation_id.set(work.id)
        if (watched := self._lost.get(work.id)) is not None:
            own_time.set(watched)
        try:
            with observe.span("work on declaration", declaration=work.id) as span:
                record = await self._until_current(journal, span)
        except LeaseLost:
            log.info("lease_lost", declaration=work.id)
        except StoreError as error:
            log.warning("not_committed", declaration=work.id, code=error.code)
        except Exception as error:
            # A fault of ours: another replica tries, or this one again, but no lease is held for nothing.
            log.error("processing_failed", declaration=work.id, error=type(error).__name__, exc_info=True)
        finally:
            if record is None:
                self._left(journal)
            if watched is not None:
                watched.end()
            # Not in hand any more before anybody is notified: who asks from now on reads what was committed.
            self._drop(work.id, asyncio.current_task())
            self._waiting.announce(work.id, record)

    def _left(self, journal: Journal) -> None:
        """Clear up after a task that ended without its commit: its lease, and what it sent that may be unknown to all.

        Under a lease that lasts nobody else has reconciled what was sent: it stands as an intent, and is read back. Under one
        that may be over the present holder may have done so before it came.
        """
        noticed = not journal.may_send()
        self._store.leases.stop_renewing(
            journal.work, quiet_in_s=self._capacity.exchange_s if journal.under_way else 0.0
        )
        if journal.unconfirmed and noticed:
            self._doubts.append((journal.work.id, *self._acting.doubted(journal)))
        self._left_over.set()

    async def _until_current(self, journal: Journal, span: observe.OpenSpan) -> Record:
        began = asyncio.get_running_loop().time()
        while True:
            try:
                if journal.work.steps and (guard := self._applied()) is not None:
                    journal.work = await guard.before_release(journal.work)
                outcome = await self._outcome(journal)
                if outcome.keeps_lost:
                    await self._note_own_time(journal.work, runs=False)  # nothing is run any more that could end it
                if (guard := self._applied()) is not None:
                    journal.work, outcome = await guard.before_commit(journal.work, outcome)
                record = await self._store.leases.decide(journal.work, outcome)
            except Stale:
                # What was ordered meanwhile stands as an intent: the next assessment reads it back.
                journal.work = await self._store.leases.reread(journal.work)
                continue
            if outcome.decision is not None:
                _told(outcome.decision, asyncio.get_running_loop().time() - began, span)
            for notice in outcome.notices:
                observe.noticed(notice.kind)
            return record

    def _applied(self) -> CommitGuard | None:
        return self.guard if self.guard is not None and self.guard.applies else None

    async def _outcome(self, journal: Journal) -> Outcome:
        try:
            return await self._acting.act(journal)
        except StoreError:
            raise
        except Exception as error:
            # A fault of ours must not leave goods without a decision: what is not determined is a hold that says so.
            log.error(
                "assessment_failed",
                declaration=journal.work.id,
                error=type(error).__name__,
                raised_at=observe.raised_at(error),
            )
            return self._acting.undetermined(journal)

    def _finished(self, record_id: str, task: "asyncio.Task[None]") -> None:
        self._drop(record_id, task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("processing_failed", declaration=record_id, error=type(error).__name__)
        self._sweep_soon()
        self._sweep_lost_soon()

    def _drop(self, record_id: str, task: "asyncio.Task[None] | None") -> None:
        if self._tasks.get(record_id) is task:
            del self._tasks[record_id]
            self._since.pop(record_id, None)
            if (watched := self._lost.pop(record_id, None)) is not None:
                watched.end()

    async def _renewing(self) -> None:
        pause = whole = self._capacity.lease_s / 3
        while True:
            await asyncio.sleep(pause)
            try:
                lost = await self._store.leases.renew()
            except Exception as error:
                # Whatever it is: without this task every assessment that takes longer than a lease is lost.
                log.warning("leases_not_renewed", held=len(self._tasks), error=type(error).__name__)
                pause = whole / 5
                continue
            pause = whole
            self._beat(RENEWAL)
            for record_id in lost:
                if (task := self._tasks.get(record_id)) is not None:
                    task.cancel()
            if lost:
                self._left_over.set()

    async def _clearing(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._capacity.lease_s / 3):
                    await self._left_over.wait()
            self._left_over.clear()
            try:
                await self._clear()
                self._beat(RETURNING)
            except Exception as error:
                log.warning("leases_not_returned", doubts=len(self._doubts), error=type(error).__name__)
                self._left_over.set()
                await asyncio.sleep(_AGAIN_S)

    async def _clear(self) -> None:
        """Note what is in doubt, so that the process that has the declaration reads it back, and return leases."""
        failed: StoreError | None = None
        for _ in range(len(self._doubts)):
            record_id, event, doubted = self._doubts[0]
            try:
                await self._store.steps.note(record_id, event, doubted)
            except GatewayError as error:
                if isinstance(error, StoreError):
                    failed = error
                    self._doubts.rotate(-1)
                    continue
                log.error("doubt_not_noted", declaration=record_id, code=error.code)
            except Exception as error:
                # A fault of ours: it is tried again with the next ones, and stands in nobody else's way.
                log.error("doubt_not_noted", declaration=record_id, error=type(error).__name__)
                self._doubts.rotate(-1)
                continue
            else:
                log.warning("sent_without_a_lease", declaration=record_id)
                observe.doubts.inc()
                self.leave()
            self._doubts.popleft()
        while await self._store.leases.return_lost():
            pass
        if failed is not None:
            raise failed

    async def _sweeping(self) -> None:
        counted_at = -math.inf
        while not self._stopping:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes while it is woken.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_count_s()):
                    await self._room.wait()
            self._room.clear()
            try:
                if (now := asyncio.get_running_loop().time()) - counted_at >= self._until_count_s():
                    counted_at = now
                    await self._count()
                await self._sweep()
                self._beat(SWEEP)
                await self._take_lost()
            except StoreError:
                log.warning("sweep_failed")
            except Exception as error:
                # A row that cannot be read, or a fault of ours: the others are not left for it.
                log.error("sweep_failed", error=type(error).__name__, raised_at=observe.raised_at(error))

    def _until_count_s(self) -> float:
        """Return the seconds from one count of the waiting declarations to the next: soon again while others may be near the most that may wait."""
        return self._capacity.sweep_s * (_UNDER_PRESSURE if self.pressure.now() >= 1 / 6 else 1.0)

    async def _due_work(self) -> None:
        while not self._stopping:
            try:
                more = await self.take_due()
                self._beat(DUE_WORK)
            except Exception as error:
                # Whatever fails: what was not taken waits, and the leases of what was taken run out.
                log.warning("due_work_not_taken", error=type(error).__name__)
                more = False
            await asyncio.sleep(_SOON_S if more else self._capacity.due_every_s)

    def _beat(self, loop: str) -> None:
        if self._pulses is not None:
            self._pulses.beat(loop)

    def _room_left(self) -> int:
        most = self._capacity.beside_burst if self._is_burst else self._capacity.at_once
        return most - self._in_work()

    async def _sweep(self) -> None:
        room = self._room_left()
        if room > 0:
            found = await self._store.leases.adopt(room)
            for work in found:
                self.take(work)
            room -= len(found)
            # What was adopted is in hand, whatever becomes of this question; it is not asked where nothing waited a moment ago.
            waits = self.pressure.number > 0 or self._left_behind
            found = await self._store.leases.sweep(room) if room > 0 and waits else []
            for work in found:
                self.take(work)
            self._left_behind = len(found) == room

    async def _take_lost(self) -> None:
        """Take a declaration of which a lease ended without being returned, in its turn, beside other work."""
        if self._stopping or not self._lost_wait or not self._has_room_for_lost():
            return
        await self._turn.acquire()
        work = None
        try:
            work = await self._store.leases.take_lost()
        finally:
            if work is None:
                self._turn.release()
        self._lost_wait = work is not None
        if work is not None:
            note = partial(self._note_own_time, work)
            self._lost[work.id] = WatchedTime(self._turn, note, self._sweep_lost_soon)
            self.take(work)

    async def _note_own_time(self, work: Work, runs: bool) -> None:
        await self._store.leases.note_own_time(work, runs=runs)

    async def _count(self) -> None:
        found = await self.pressure.count(self._store.leases.backlog())
        self._lost_wait = found.lost
        observe.backlog.set(found.waiting)
        observe.pressure.set(self.pressure.now())
        observe.leases.set(len(self._tasks))
        observe.measure_resources()


def _told(numbered: NumberedDecision, seconds: float, span: observe.OpenSpan) -> None:
    """Count a decision, and write its line and the attributes of its span."""
    decision = numbered.decision
    codes = sorted({finding.code for finding in decision.findings})
    observe.decided(decision.effect, codes, seconds)
    observe.line(
        "declaration_decided",
        number=numbered.number,
        effect=decision.effect.value,
        findings=codes,
        seconds=round(seconds, 6),
    )
    span.tell(number=numbered.number, effect=decision.effect.value, findings=codes)
