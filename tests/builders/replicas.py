"""Replicas of the gateway in one process, on one database and one authority; each can be killed."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from gateway.app import stored
from gateway.configured_rules import Rules
from gateway.contract import DocumentQuery, IdentityRule, QuantityOrder, ReportOrder
from gateway.dispatch import AuthorityAnswer, Dispatcher, LoadedAdapter, Moved, PositionRead, RetryPolicy
from gateway.domain.actor import GATEWAY
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid
from gateway.domain.identity import Identities
from gateway.domain.movement import MovementKind, OwnPosition, own_positions
from gateway.domain.mrn import with_check_character
from gateway.domain.record import Record, Work
from gateway.domain.release import Override, ReleasedItem, ReleaseOrder, StepOutcome
from gateway.domain.report_results import ReportSent, ReportsRead
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import Requirement
from gateway.lifecycle import (
    Assessment,
    Capacity,
    LeasedDeclarations,
    Lifecycle,
    Pauses,
    Processor,
    Retries,
    Stepped,
    TablesInForce,
    WaitingCallers,
)
from gateway.lifecycle.applications import ApplicationGrounds
from gateway.store import Store
from gateway.store.held import Moment, moment
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.authority import Authority
from tests.builders.goods import JSON, Goods, message
from tests.builders.processes import PATIENCE_S

POLICY = RetryPolicy(first_pause_s=0.001, longest_pause_s=0.002, pause_jitter_s=0.001, breaker_threshold=1_000)


class Clock:
    """The time that the lifecycle goes by: it can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_by(self, time: timedelta) -> None:
        """Lets so much time pass."""
        self._ahead += time


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that a replica wanted of the authority for a declaration, and whether it got a clear word."""

    owner: str
    mrn: str
    reference: str
    kind: MovementKind | None
    """None: it read the position."""
    order: QuantityOrder | None = None
    clear: bool
    forgotten: bool = False
    """Whoever said and read this was killed before it was committed: what was read so far, nobody knows."""


@dataclass(slots=True)
class Told:
    """Stands between replicas and the authority and notes, in their order, every order and every position read."""

    owner: str
    dispatcher: Dispatcher
    said: list[Said]

    async def ask(self, requirement: Requirement) -> AuthorityAnswer:
        """Asks; a question that brings the position is a read, too."""
        asked = await self.dispatcher.ask(requirement)
        named = requirement.query.declaration
        if named is not None:
            known = asked.verification.ledger is not None
            self._read(named.value, requirement.query.reference, known)
        return asked

    async def ask_all(self, requirements: Sequence[Requirement]) -> Sequence[AuthorityAnswer]:
        """Asks all at once."""
        return await asyncio.gather(*(self.ask(one) for one in requirements))

    async def read_position(self, adapter: str, query: DocumentQuery) -> PositionRead:
        """Reads a position."""
        read = await self.dispatcher.read_position(adapter, query)
        assert query.declaration is not None
        self._read(query.declaration.value, query.reference, read.ledger is not None)
        return read

    async def move(
        self, adapter: str, kind: MovementKind, order: QuantityOrder, *, may_send: Callable[[], bool]
    ) -> Moved:
        """Orders a movement; what is cancelled meanwhile is noted as unclear."""
        place = len(self.said)
        mrn = order.declaration.value
        said = Said(owner=self.owner, mrn=mrn, reference=order.reference, kind=kind, order=order, clear=False)
        self.said.append(said)
        moved = await self.dispatcher.move(adapter, kind, order, may_send=may_send)
        if moved.receipt is not None or not moved.sent:
            self.said[place] = replace(said, clear=True)
        return moved

    async def report(self, adapter: str, order: ReportOrder, *, may_send: Callable[[], bool]) -> ReportSent:
        """Tells of a release."""
        return await self.dispatcher.report(adapter, order, may_send=may_send)

    async def read_reports(self, adapter: str, query: DocumentQuery) -> ReportsRead:
        """Reads what an authority was told of."""
        return await self.dispatcher.read_reports(adapter, query)

    def _read(self, mrn: str, reference: str, known: bool) -> None:
        self.said.append(Said(owner=self.owner, mrn=mrn, reference=reference, kind=None, clear=known))


class MortalDeclarations(LeasedDeclarations):
    """The declarations of a process that can be killed: it knows each task that was begun for them and is not over."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.begun: set[asyncio.Task[Any]] = set()

    def take(self, work: Work) -> None:
        """Takes one, and notes the task."""
        with self._noting():
            super().take(work)

    async def start(self, *, due_work: bool = False) -> None:
        """Starts the loops, and notes them."""
        with self._noting():
            await super().start(due_work=due_work)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        before = asyncio.all_tasks()
        yield
        for task in asyncio.all_tasks() - before:
            self.begun.add(task)
            task.add_done_callback(self.begun.discard)


@dataclass(slots=True, kw_only=True)
class Replica:
    """One process of the gateway, as far as one event loop can be several."""

    owner: str
    store: Store
    dispatcher: Dispatcher
    holding: MortalDeclarations
    waiting: WaitingCallers
    lifecycle: Lifecycle
    tables: TablesInForce
    listening: "asyncio.Task[None]"
    alive: bool = True

    async def kill(self) -> None:
        """Ends it in mid-air, as a power failure does: no lease is given back, nothing more is committed."""
        self.alive = False
        doomed = {*self.holding.begun, self.listening}
        while doomed:
            # Python 3.11 may lose a cancellation that comes together with what was awaited.
            for task in doomed:
                task.cancel()
            _, doomed = await asyncio.wait(doomed, timeout=0.1)
        await self.dispatcher.close()
        await self.store.close()


@dataclass(slots=True)
class Office:
    """All that a test has in hand: the authority, the database and whoever works on it."""

    authority: Authority
    url: str
    rules: Rules
    loaded: LoadedAdapter
    lease_s: float = 2.0
    sweep_s: float = 0.02
    give_back_refused: bool = True
    rule: Callable[[], IdentityRule] | None = None
    """Makes the rule of identity of each replica; None: it is the adapter's own, in the loop."""
    also: Mapping[str, LoadedAdapter] = field(default_factory=dict)
    """The adapters of other authorities."""
    clock: Clock = field(default_factory=Clock)
    pauses: Pauses = field(default_factory=Pauses)
    said: list[Said] = field(default_factory=list)
    replicas: list[Replica] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def view(self) -> InForce:
        """The tables that are in force."""
        return self.rules.tables.at(self.clock().date())

    @property
    def first(self) -> Replica:
        """The replica that has lived longest."""
        return next(one for one in self.replicas if one.alive)

    @property
    def lifecycle(self) -> Lifecycle:
        """That of the first replica."""
        return self.first.lifecycle

    @property
    def store(self) -> Store:
        """That of the first replica."""
        return self.first.store

    async def open(
        self,
        *,
        sweeps: bool = True,
        deadline_s: float = 20.0,
        identify: Identities | None = None,
        clocks: Callable[[], Moment] = moment,
    ) -> Replica:
        """Starts another replica with an owner of its own; `identify` stands in the place of the adapters' rules.

        By `clocks` it counts how long its leases last.
        """
        owner = f"replica {next(self._numbers)} {uuid.uuid4().hex[:8]}"
        store = await Store.open(self.url, owner=owner, lease_s=self.lease_s, pool_size=6, clock=clocks)
        await store.table_sets.publish_new(stored(self.rules.tables), by=GATEWAY, reason="as delivered")
        config = replace(self.loaded.config, base_url=self.authority.url)
        rule = self.loaded.identity if self.rule is None else self.rule()
        loaded = replace(self.loaded, config=config, identity=rule)
        dispatcher = Dispatcher({loaded.manifest.name: loaded, **self.also}, deadline_s=deadline_s, policy=POLICY)
        told, waiting, calendar = Told(owner, dispatcher, self.said), WaitingCallers(), Calendar()
        tables = TablesInForce(self.rules.tables)
        assessment = Assessment(
            asking=told,
            calendar=calendar,
            moved_under=store.movements.moved_under,
            told_often=store.citations.told_often,
            taken_before=store.citations.taken_before,
            windows_in_force=store.contingency.in_force,
            identify=identify or dispatcher.identities,
        )
        acting = Processor(
            assessment=assessment,
            ordering=told,
            tables=tables,
            retries=Retries(doubts=self.pauses),
            clock=self.clock,
            new_key=lambda: uuid.uuid4().hex,
            calendar=calendar,
            cancel_refused=self.give_back_refused,
        )
        capacity = Capacity(lease_s=self.lease_s, sweep_s=self.sweep_s if sweeps else 3600)
        holding = MortalDeclarations(store=store, acting=acting, waiting=waiting, capacity=capacity)
        lifecycle = Lifecycle(
            store=store,
            formats=self.rules.formats,
            tables=tables,
            asking=told,
            acting=acting,
            leases=holding,
            waiting=waiting,
            clock=self.clock,
            new_id=lambda: str(uuid.uuid4()),
            calendar=calendar,
        )
        listening = asyncio.create_task(store.listen(waiting.announce))
        await holding.start()
        replica = Replica(
            owner=owner,
            store=store,
            dispatcher=dispatcher,
            holding=holding,
            waiting=waiting,
            lifecycle=lifecycle,
            tables=tables,
            listening=listening,
        )
        self.replicas.append(replica)
        return replica

    async def kill(self, replica: Replica) -> None:
        """Kills a replica. What it had in the air, no other one may take for known.

        Its leases run out by themselves: what customs says of a declaration meanwhile is received before anybody takes it over.
        """
        await replica.kill()
        if not any(one.alive for one in self.replicas):
            await self.open()
        for one in await self.store.movements.open():
            document, mrn = one.movement.reference, str(one.mrn)
            places = [
                place
                for place, said in enumerate(self.said)
                if (said.mrn, said.reference) == (mrn, document) and said.kind is not None
            ]
            if places and self.said[places[-1]].owner == replica.owner:
                self.said[places[-1]] = replace(self.said[places[-1]], clear=False)
                self.said.append(
                    Said(owner=replica.owner, mrn=mrn, reference=document, kind=None, clear=False, forgotten=True)
                )

    async def looks(self, after: timedelta = timedelta(days=1, hours=1)) -> int:
        """Lets the time pass until all looks are due, and has them taken; gives how many there were."""
        self.clock.pass_by(after)
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            due = await connection.execute("UPDATE declaration SET look_due_at = now() WHERE look_due_at IS NOT NULL")
        while await self.first.holding.take_due():  # noqa: ASYNC110
            # Where there is no room it says so without waiting: what takes the room goes on meanwhile.
            await asyncio.sleep(0.002)
        return due.rowcount

    async def close(self) -> None:
        """Ends all replicas."""
        for replica in self.replicas:
            if replica.alive:
                await replica.kill()

    async def must_be_sound(self) -> None:
        """Whatever happened: each row is as the trail tells of it, and all evidence is there."""
        async with Store.opened(self.url, owner="auditor") as store:
            report = await store.audit.verify(evidence=True)
        assert (report.faults, report.not_covered) == ((), ())

    async def lodge(self, lrn: str, what: Goods, *, mrn: str | None = None, **more: object) -> Record:
        """Lodges a declaration that customs has accepted under the MRN, and gives it once it is decided."""
        raw = message(lrn, what, mrn=mrn or mrn_of(lrn), **more)  # type: ignore[arg-type]
        lodged = await self.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
        return await self.settled(lodged.id)

    async def amend(self, record: Record, what: Goods, **more: object) -> Record:
        """Sends the declaration's next version, and gives it once it is decided."""
        raw = message(record.lrn, what, mrn=record.mrn, version=record.current_version + 1, **more)  # type: ignore[arg-type]
        await self.lifecycle.lodging.amend(record.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
        return await self.settled(record.id)

    async def release(self, record: Record, *items: ReleasedItem, override: Override | None = None) -> StepOutcome:
        """Releases goods, or everything, and gives how that ended."""
        await self.lifecycle.steps.release(record.id, ReleaseOrder(items=items, override=override), by=ONE)
        await self.settled(record.id)
        outcome = (await self.store.steps.of(record.id))[-1].outcome
        assert outcome is not None
        return outcome

    async def invalidate(self, record: Record, grounds: str | None = "wrong_goods") -> Record:
        """Invalidates the declaration, if it was released on these grounds, and gives it once that is done."""
        await invalidating(self.lifecycle, record.id, grounds)
        return await self.settled(record.id)

    async def settled(self, record_id: str) -> Record:
        """Waits until nothing is due for the declaration."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                # Whoever was killed behind a commit told nobody: look again now and then.
                record = await self.lifecycle.once_decided(record_id, within_s=1)
                if not record.due and not any(
                    one.holding.is_working_on(record_id) for one in self.replicas if one.alive
                ):
                    return record

    async def own_position(self, record_id: str) -> OwnPosition:
        """Where the declaration's only moved document stands."""
        (own_position,) = await self.own_positions(record_id)
        return own_position

    async def own_positions(self, record_id: str) -> tuple[OwnPosition, ...]:
        """Where the declaration's documents stand."""
        return own_positions(await self.store.movements.of(record_id))


class Scene:
    """Where offices are opened, each over a database of its own."""

    def __init__(
        self,
        authority: Authority,
        new_database: Callable[[], AbstractContextManager[str]],
        rules: Rules,
        loaded: LoadedAdapter,
    ) -> None:
        self.authority = authority
        self.new_database = new_database
        self.rules = rules
        self.loaded = loaded

    @asynccontextmanager
    async def office(self, *, replicas: int = 1, **more: Any) -> AsyncIterator[Office]:
        """An office of so many replicas; the authority forgets what came before, but not its books."""
        self.authority.frame.came.clear()
        with self.new_database() as url:
            office = Office(self.authority, url, self.rules, self.loaded, **more)
            try:
                for _ in range(replicas):
                    await office.open()
                yield office
                await office.must_be_sound()
            finally:
                self.authority.heal()
                await office.close()


def mrn_of(lrn: str) -> str:
    """An MRN of the LRN's own."""
    return with_check_character(f"26FR{uuid.uuid5(uuid.NAMESPACE_OID, lrn).hex[:13].upper()}")


def effect(record: Record) -> Effect:
    """What the declaration's decision comes to."""
    assert record.decision is not None
    return record.decision.decision.effect


def findings(record: Record) -> set[str]:
    """The codes of the findings that hold or refuse, or are only said."""
    assert record.decision is not None
    return {finding.code for finding in record.decision.decision.findings}


async def until(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    """Waits for a condition."""
    async with asyncio.timeout(within_s):
        # Anything at all may be waited for, an authority's books included: nobody would set an event.
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def invalidating(lifecycle: Lifecycle, record_id: str, grounds: str | None = "wrong_goods") -> Stepped:
    """Has customs invalidate a declaration; if it is released by then, on these grounds."""
    while True:
        released = (await lifecycle.steps.current(record_id)).released is not None
        on = ApplicationGrounds(name=grounds if released else None)
        try:
            return await lifecycle.steps.invalidate(
                record_id, reason="withdrawn", by=CUSTOMS, asker=AS_CUSTOMS, grounds=on
            )
        except CallInvalid:
            # It was released meanwhile.
            if released:
                raise
