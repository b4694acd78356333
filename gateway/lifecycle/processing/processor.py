"""The work under a declaration's lease: carry out, ask, move and decide, in this order."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from gateway import observe
from gateway.beside import beside_if_large
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Effect
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AsCited
from gateway.domain.obstacles import effects_on
from gateway.domain.record import State, Work
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.identified import learn_of_work
from gateway.lifecycle.journal import Journal
from gateway.lifecycle.movements.driver import MovementDriver, QuantityAuthorities
from gateway.lifecycle.movements.orders import CarriedOut, carry_out
from gateway.lifecycle.movements.release_gate import ReleaseGate, must_be_asked
from gateway.lifecycle.processing.assessment import Assessment, Seen
from gateway.lifecycle.processing.declaration_end import cancel_left
from gateway.lifecycle.processing.outcome import JudgedCase, OutcomeBuilder, decision_stands
from gateway.lifecycle.processing.retries import Retries
from gateway.lifecycle.processing.targets import targets_of, to_lower
from gateway.lifecycle.processing.window_follow_up import as_released
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import given_back
from gateway.store import Doubted, Outcome

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Processor:
    """The processor of a leased declaration: it asks, moves and decides, but commits only intents."""

    assessment: Assessment
    ordering: QuantityAuthorities
    tables: TablesInForce
    retries: Retries
    clock: Callable[[], datetime]
    new_key: Callable[[], str]
    calendar: Calendar
    cancel_refused: bool = True
    """Whether the reservations of what is refused are cancelled at once."""
    refusals_at_once: bool = False
    """Whether parties are told of refusals before customs has confirmed them."""
    attempts: int = 3
    """The number of lost attempts after which a declaration is not assessed any more."""

    def __post_init__(self) -> None:
        self._outcomes = OutcomeBuilder(
            assessment=self.assessment,
            tables=self.tables,
            retries=self.retries,
            clock=self.clock,
            calendar=self.calendar,
            refusals_at_once=self.refusals_at_once,
        )

    async def act(self, journal: Journal) -> Outcome:
        """Return the outcome to commit for the declaration as it was read, by the one set of tables that counts.

        Raises:
            LeaseLost, Stale, StoreUnavailable: nothing more may be ordered.
        """
        work, tables = journal.work, self.tables.current()
        view = self.assessment.view(work, tables)
        if self.assessment.identify.learning is not None:
            await learn_of_work(self.assessment.identify, work, view)
        if work.lost_attempts >= self.attempts:
            return self._not_assessed(journal)
        cited = self.assessment.as_cited(work, view)
        if work.inside:
            adapter_of = partial(view.adapter, direction=work.declaration.direction)
            work = journal.work = replace(work, inside=cited.inside(work.inside, adapter_of))
        book = MovementBook(work, cited=cited, convert=view.convert, pauses=self.retries.doubts)
        driver = MovementDriver(journal, book, ordering=self.ordering, clock=self.clock, new_key=self.new_key)
        if work.invalidating or work.ended is not None:
            carried, waits = await cancel_left(journal, driver, view, self.clock)
            if not waits:
                ended = work.ended or State.INVALIDATED
                return self._outcomes.build(journal.work, view, book, carried, ended=ended)
            seen = await self.assessment.assess(journal.work, tables)
            judged: JudgedCase | None = await JudgedCase.of(seen, book)
        else:
            carried = CarriedOut(released=work.released)
            if work.steps:
                now = self.clock()
                gate = ReleaseGate(work=work, fresh=not must_be_asked(work, view, now, self.calendar.day(now)))
                carried = await carry_out(work, driver, view, self.clock, gate)
                if decision_stands(work, book, carried):
                    return self._outcomes.build(journal.work, view, book, carried)
            carried, judged = await self._assess(journal, driver, carried, tables)
        if judged is None:
            # Another set of tables came into force meanwhile: no decision is made by one that is over. What was moved is
            # committed first, so that the new assessment stands on it.
            if book.touched:
                events = book.events(self.clock())
                await journal.intend((), events, settled=book.touched, evidence=book.evidence)
            return await self.act(journal)
        seen, read = judged.seen, journal.work
        return await beside_if_large(
            seen.case.size, lambda: self._outcomes.build(read, seen.view, book, carried, judged)
        )

    def undetermined(self, journal: Journal, *, attempts_lost: bool = False) -> Outcome:
        """Return the outcome when acting failed for a reason of our own: nothing is known, so it is a hold."""
        work, tables = journal.work, self.tables.current()
        cited = self.assessment.as_cited(work, view := self.assessment.view(work, tables))
        seen = self.assessment.blind(work, tables, attempts_lost=attempts_lost)
        book = MovementBook(work, cited=cited, convert=view.convert, pauses=self.retries.doubts)
        decision = seen.judgement.decision(() if attempts_lost else book.own_positions)
        carried, judged = CarriedOut(released=work.released), JudgedCase(seen=seen, decision=decision)
        return self._outcomes.build(work, seen.view, book, carried, judged, blind=True)

    def doubted(self, journal: Journal) -> tuple[Event, Doubted]:
        """Return the note that something was sent under a lease that may have been over: it is to be read back."""
        numbers = journal.unconfirmed
        body = {"version": journal.work.version, "movements": sorted(numbers)}
        event = Event(kind=EventKind.DOUBTED, at=self.clock(), body=body)
        return event, Doubted(document=AsCited(self.assessment.identify, {}).document, numbers=numbers)

    def _not_assessed(self, journal: Journal) -> Outcome:
        """Return the outcome of a declaration over which process after process ended: a hold that says so.

        It is not assessed again by itself, on no replica.
        """
        work = journal.work
        log.error("declaration_ends_processes", declaration=work.id, attempts=work.lost_attempts)
        observe.ends_processes.inc()
        outcome = self.undetermined(journal, attempts_lost=True)
        ended, shown = work.ended is not None, outcome.listed
        return replace(
            outcome, state=work.ended or outcome.state, assess_at=None, keeps_lost=True,
            listed=replace(shown, held=False) if ended and shown is not None else shown,
        )  # fmt: skip

    async def _assess(
        self, journal: Journal, driver: MovementDriver, carried: CarriedOut, tables: Tables
    ) -> tuple[CarriedOut, JudgedCase | None]:
        """Ask, move and judge; None: another set of tables came into force meanwhile."""
        book, work = driver.book, as_released(journal.work, carried.released)
        seen = await self.assessment.assess(work, tables, asking=not (carried.to_judge and work.assessed))
        book.status_changed = False
        if tables is not self.tables.current():
            return carried, None
        if work.accepted_at is not None and work.mrn is not None:
            await driver.reconcile(seen.ledgers())
            await driver.read_back()
            if carried.waiting and not book.has_doubts:
                # The answers have shown what became of it: what waited goes on.
                rest = carried.rest(work)
                carried = carried.then(
                    await carry_out(rest, driver, seen.view, self.clock, ReleaseGate(work=rest), news=carried.news)
                )
                work = as_released(journal.work, carried.released)
                seen = await self._seen_again(seen, work, tables, book)
            if not carried.waiting:
                await self._move(driver, work, seen)
                if book.status_changed:
                    # What was asked before the order is over: what the authority says now counts.
                    seen = await self.assessment.assess(work, tables)
        judged = await JudgedCase.of(seen, book)
        if carried.to_judge:
            carried, judged = await self._judged_again(journal, driver, carried, judged, tables)
        own_position = carried.released is None and not carried.waiting
        if judged.decision.effect is Effect.REFUSE and self.cancel_refused and book.has_reserved and own_position:
            # An authority's refusal of one quantity, too, sets free what else its goods items have.
            refused = [one for one, effect in effects_on(judged.decision).items() if effect is Effect.REFUSE]
            await driver.towards(given_back([one for one in book.own_positions if one.holding.reserved], refused))
            judged = await JudgedCase.of(judged.seen, book)
        return carried, judged if tables is self.tables.current() else None

    async def _judged_again(
        self, journal: Journal, driver: MovementDriver, carried: CarriedOut, judged: JudgedCase, tables: Tables
    ) -> tuple[CarriedOut, JudgedCase]:
        """Let the releases that were to be judged once more go on, wait or end by what the authorities say now."""
        book, seen = driver.book, judged.seen
        rest = replace(carried.rest(journal.work), documents=judged.decision.documents)
        gate = ReleaseGate(work=rest, decision=judged.decision)
        sent = len(book.movements)
        carried = carried.then(await carry_out(rest, driver, seen.view, self.clock, gate))
        if len(book.movements) == sent and carried.released == rest.released:
            return carried, judged
        work = as_released(journal.work, carried.released)
        seen = await self._seen_again(seen, work, tables, book)
        if carried.released is not None and not carried.waiting:
            # What is out may be of an older version than the newest one: it is amended to that.
            await self._move(driver, work, seen)
        return carried, await JudgedCase.of(seen, book)

    async def _seen_again(self, seen: Seen, work: Work, tables: Tables, book: MovementBook) -> Seen:
        """Return the assessment after more steps were carried out: a new one where an authority reported a changed status."""
        if not book.status_changed:
            return await self.assessment.once_released(seen, work)
        book.status_changed = False
        return await self.assessment.assess(work, tables)

    async def _move(self, driver: MovementDriver, work: Work, seen: Seen) -> None:
        """Bring documents to their targets; what is out is given back only once what stands in its place is written off."""
        targets = await beside_if_large(
            seen.case.size, lambda: targets_of(work, seen, driver.book, cancel_refused=self.cancel_refused)
        )
        await driver.towards(targets.first)
        if lowered := to_lower(targets, driver.book):
            await driver.towards(lowered)
