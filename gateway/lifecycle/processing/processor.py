"""The work under a declaration's lease: carry out, ask, move, decide, and return what is to be committed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from gateway import observe
from gateway.beside import beside_if_large
from gateway.decisions import (
    PARTLY_RELEASED,
    Judgement,
    listed,
    reads_otherwise,
    refuses_no_more,
    with_progress,
    with_times_of_reading,
)
from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.contingency import DecidedInside
from gateway.domain.decision import Decision, Effect, Nature, NumberedDecision
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.event_bodies import alerted, decided, documents_verified, given_up
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AS_DECLARED, AsCited, Identities
from gateway.domain.movement import MovementState, OwnPosition, Refusal, own_positions
from gateway.domain.obstacles import effects_on
from gateway.domain.record import State, Work
from gateway.domain.release import Released
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.verification import EvidenceItem, Verification, VerifiedBy
from gateway.domain.work_list import Listed
from gateway.lifecycle.identified import learn_of_work
from gateway.lifecycle.journal import Journal
from gateway.lifecycle.movements.driver import MovementDriver, QuantityAuthorities
from gateway.lifecycle.movements.orders import CarriedOut, carry_out, document_of, overtaken
from gateway.lifecycle.movements.release_gate import ReleaseGate, must_be_asked
from gateway.lifecycle.movements.reservation_scope import intended_targets
from gateway.lifecycle.processing.after_release import Targets, after_release, to_lower
from gateway.lifecycle.processing.assessment import (
    Assessment,
    DocumentAuthorities,
    Judging,
    MovedUnder,
    Seen,
    ToldOften,
    WindowsInForce,
)
from gateway.lifecycle.processing.failed_rules import report
from gateway.lifecycle.processing.left_write_offs import aim_at_end, left_to_officers
from gateway.lifecycle.processing.missing_answers import waited_for
from gateway.lifecycle.processing.notices import alerts, notices
from gateway.lifecycle.processing.reports_of_releases import DueByStep, reports_of_releases
from gateway.lifecycle.processing.retries import NextAssessment, Open, Retries, ask_again, left_open
from gateway.lifecycle.processing.window_follow_up import after_assessment, changed, with_release
from gateway.lifecycle.table_set import TablesInForce
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import given_back, nothing, reservation_targets, told_at_once
from gateway.store import Doubted, Outcome

log = structlog.get_logger(__name__)


class Processor:
    """The processor of a leased declaration: it asks, moves and decides, but commits only intents."""

    def __init__(
        self,
        *,
        asking: DocumentAuthorities,
        ordering: QuantityAuthorities,
        moved_under: MovedUnder,
        told_often: ToldOften,
        windows_in_force: WindowsInForce,
        tables: TablesInForce,
        retries: Retries,
        clock: Callable[[], datetime],
        new_key: Callable[[], str],
        calendar: Calendar,
        cancel_refused: bool = True,
        refusals_at_once: bool = False,
        judging: Judging = Judgement,
        identify: Identities = AS_DECLARED,
        attempts: int = 3,
    ) -> None:
        """Take, beside its parts, whether a refused declaration's reservations are cancelled at once, and the rules.

        `refusals_at_once` says whether parties are told of refusals before customs has confirmed them.

        `identify` says which spellings are one document. After so many lost `attempts` a declaration is not assessed any more.
        """
        self.assessment = Assessment(
            asking=asking,
            calendar=calendar,
            moved_under=moved_under,
            told_often=told_often,
            windows_in_force=windows_in_force,
            judging=judging,
            identify=identify,
        )
        self._tables = tables
        self._ordering = ordering
        self._retries = retries
        self._clock = clock
        self._new_key = new_key
        self.cancel_refused = cancel_refused
        """Whether the reservations of what is refused are cancelled."""
        self._refusals_at_once = refusals_at_once
        self._calendar = calendar
        self._attempts = attempts

    async def act(self, journal: Journal) -> Outcome:
        """Return the outcome to commit for the declaration as it was read, by the one set of tables that counts.

        Raises:
            LeaseLost, Stale, StoreUnavailable: nothing more may be ordered.
        """
        work, tables = journal.work, self._tables.current()
        # Each declaration has a task of its own.
        observe.declaration_id.set(work.id)
        view = self.assessment.view(work, tables)
        await learn_of_work(self.assessment.identify, work, view)
        if work.lost_attempts >= self._attempts:
            return self._not_assessed(journal)
        cited = self.assessment.as_cited(work, view)
        if work.inside:
            work = journal.work = replace(work, inside=cited.inside(work.inside, _adapter_of(work, view)))
        book = MovementBook(work, cited=cited, convert=view.convert, pauses=self._retries.doubts)
        driver = MovementDriver(journal, book, ordering=self._ordering, clock=self._clock, new_key=self._new_key)
        if work.invalidating or work.ended is not None:
            return await self._end(journal, driver, view, tables)
        carried = CarriedOut(released=work.released)
        if work.steps:
            now = self._clock()
            gate = ReleaseGate(work=work, fresh=not must_be_asked(work, view, now, self._calendar.day(now)))
            carried = await carry_out(work, driver, view, self._clock, gate)
        if work.steps and carried.smooth and _is_unchanged(work) and not _parts_are_news(work, book, carried):
            return self._closed(journal, book, view, carried)
        return await self._assess(journal, driver, carried, tables)

    def undetermined(self, journal: Journal) -> Outcome:
        """Return the outcome when acting failed for a reason of our own: nothing is known, so it is a hold."""
        work, tables = journal.work, self._tables.current()
        cited = self.assessment.as_cited(work, self.assessment.view(work, tables))
        seen = self.assessment.blind(work, tables)
        decision = seen.judgement.decision(own_positions(work.movements, cited.document))
        return self._decided(journal, None, seen, decision, CarriedOut(released=work.released), cited)

    def doubted(self, journal: Journal) -> tuple[Event, Doubted]:
        """Return the note that something was sent under a lease that may have been over: it is to be read back."""
        numbers = journal.unconfirmed
        body = {"version": journal.work.version, "movements": sorted(numbers)}
        event = Event(kind=EventKind.DOUBTED, at=self._clock(), body=body)
        return event, Doubted(document=AsCited(self.assessment.identify, {}).document, numbers=numbers)

    def _not_assessed(self, journal: Journal) -> Outcome:
        """Return the outcome of a declaration over which process after process ended: a hold that says so.

        It is not assessed again by itself, on no replica.
        """
        work, tables = journal.work, self._tables.current()
        log.error("declaration_ends_processes", declaration=work.id, attempts=work.lost_attempts)
        observe.ends_processes.inc()
        view = self.assessment.view(work, tables)
        seen = self.assessment.blind(work, tables, attempts_lost=True)
        outcome = self._decided(
            journal, None, seen, seen.judgement.decision(()), CarriedOut(released=work.released),
            self.assessment.as_cited(work, view),
        )  # fmt: skip
        ended, shown = work.ended is not None, outcome.listed
        return replace(
            outcome, state=work.ended or outcome.state, assess_at=None, keeps_lost=True,
            listed=replace(shown, held=False) if ended and shown is not None else shown,
        )  # fmt: skip

    async def _end(self, journal: Journal, driver: MovementDriver, view: InForce, tables: Tables) -> Outcome:
        """Cancel the reservations and write-offs that an ended declaration still has; as often as it takes.

        A write-off that was not made here is left to officers where no release is recorded, and every one where the goods are
        out: the invalidation waits for them.
        """
        book = driver.book
        waits = journal.work.ended is not None or bool(left_to_officers(journal.work, book))
        await driver.read_back(everything=waits)
        carried = await self._corrected(journal.work, driver, view)
        left = left_to_officers(journal.work, book)
        left_over = [one for one in book.own_positions if not one.holding.empty and one.document not in left]
        await driver.towards([nothing(one, aim_at_end(journal.work, one)) for one in left_over])
        # What was to be cancelled may turn out to be written off.
        left = left_to_officers(journal.work, book)
        work, now = journal.work, self._clock()
        rest = carried.rest(work)
        over = tuple(step for step in rest.steps if document_of(step, work, book.cited, view) not in left)
        carried = replace(carried.then(overtaken(replace(rest, steps=over), now)), waiting=carried.waiting)
        if left and work.ended is None:
            seen = await self.assessment.assess(work, tables)
            decision = await _decision(seen, book)
            return await self._outcome(journal, book, seen, decision, carried)
        if work.ended is None:
            body = {"version": work.version}
            carried = replace(carried, events=(*carried.events, Event(kind=EventKind.INVALIDATED, at=now, body=body)))
        return self._closed(journal, book, view, carried, state=work.ended or State.INVALIDATED)

    async def _corrected(self, work: Work, driver: MovementDriver, view: InForce) -> CarriedOut:
        """Carry out what officers ordered of write-offs that keep an invalidation waiting."""
        book = driver.book
        left = left_to_officers(work, book)
        steps = tuple(step for step in work.steps if document_of(step, work, book.cited, view) in left)
        if not steps or work.ended is not None:
            return CarriedOut(released=work.released)
        return await carry_out(replace(work, steps=steps), driver, view, self._clock, ReleaseGate(work=work))

    def _closed(
        self, journal: Journal, book: MovementBook, view: InForce, carried: CarriedOut, *, state: State | None = None
    ) -> Outcome:
        """Return the outcome without another assessment: the decision stands, only quantities have moved."""
        work, now = journal.work, self._clock()
        wait = book.wait(now)
        becomes = state or _state(carried.released)
        left = book.left_at_authorities(ended=state is not None, released=becomes is State.RELEASED)
        # What is not released yet is assessed when it was planned.
        planned = work.assess_at if becomes is State.DECIDED else None
        return Outcome(
            decision=None,
            documents=with_progress(work.documents, book.own_positions, view),
            events=(*book.events(now), *carried.events),
            evidence=tuple(book.evidence),
            state=becomes,
            assess_at=_soonest(now, wait, planned=planned),
            notices=notices(
                work,
                numbered=None,
                released=carried.released,
                state=becomes,
                left=book.is_news(left),
                refused=carried.refused,
            ),
            movements=book.touched,
            steps=carried.ended,
            reports=self._reports(work, carried),
            released=carried.released,
            unsettled=wait is not None,
            reserves=book.has_reserved,
            left=bool(left),
            inside=changed(work, with_release(work, carried.released)),
            listed=None if work.last is None else _listed(work.last, becomes, work.gave_up, view),
        )

    async def _assess(self, journal: Journal, driver: MovementDriver, carried: CarriedOut, tables: Tables) -> Outcome:
        book, inside = driver.book, with_release(journal.work, carried.released)
        work = _as_released(journal.work, carried.released, inside)
        seen = await self.assessment.assess(work, tables, asking=not (carried.to_judge and work.assessed))
        book.status_changed = False
        if tables is not self._tables.current():
            return await self._anew(journal, book)
        if work.accepted_at is not None and work.mrn is not None:
            await driver.reconcile(seen.ledgers())
            await driver.read_back()
            if carried.waiting and not book.has_doubts:
                # The answers have shown what became of it: what waited goes on.
                rest = carried.rest(work)
                carried = carried.then(
                    await carry_out(rest, driver, seen.view, self._clock, ReleaseGate(work=rest), news=carried.news)
                )
                inside = with_release(journal.work, carried.released)
                work = replace(work, released=carried.released, inside=inside)
                seen = await self._after_steps(seen, work, tables, book)
            if not carried.waiting:
                here = work
                targets = await beside_if_large(seen.case.size, lambda: self._targets(here, seen, book))
                await _towards(driver, targets)
                if book.status_changed:
                    # What was asked before the order is over: what the authority says now counts.
                    seen = await self.assessment.assess(work, tables)
        decision = await _decision(seen, book)
        if carried.to_judge:
            carried, seen, decision = await self._judged(journal.work, driver, carried, seen, decision, tables)
        own_position = carried.released is None and not carried.waiting
        if decision.effect is Effect.REFUSE and self.cancel_refused and book.has_reserved and own_position:
            # An authority's refusal of one quantity, too, sets free what else its goods items have.
            refused = [one for one, effect in effects_on(decision).items() if effect is Effect.REFUSE]
            await driver.towards(given_back([one for one in book.own_positions if one.holding.reserved], refused))
            decision = await _decision(seen, book)
        if tables is not self._tables.current():
            return await self._anew(journal, book)
        return await self._outcome(journal, book, seen, decision, carried)

    async def _judged(
        self, before: Work, driver: MovementDriver, carried: CarriedOut, seen: Seen, decision: Decision, tables: Tables
    ) -> tuple[CarriedOut, Seen, Decision]:
        """Let the releases that were to be judged once more go on, wait or end by what the authorities say now."""
        book = driver.book
        rest = replace(carried.rest(before), documents=decision.documents)
        gate = ReleaseGate(work=rest, decision=decision)
        sent = len(book.movements)
        carried = carried.then(await carry_out(rest, driver, seen.view, self._clock, gate))
        if len(book.movements) == sent and carried.released == rest.released:
            return carried, seen, decision
        work = _as_released(before, carried.released, with_release(before, carried.released))
        seen = await self._after_steps(seen, work, tables, book)
        if carried.released is not None and not carried.waiting:
            # What is out may be of an older version than the newest one: it is amended to that.
            await _towards(driver, self._targets(work, seen, book))
        return carried, seen, await _decision(seen, book)

    async def _outcome(
        self, journal: Journal, book: MovementBook, seen: Seen, decision: Decision, carried: CarriedOut
    ) -> Outcome:
        """Return the outcome to commit; of a large declaration it is put together beside the loop."""
        cited = book.cited
        return await beside_if_large(
            seen.case.size, lambda: self._decided(journal, book, seen, decision, carried, cited)
        )

    async def _after_steps(self, seen: Seen, work: Work, tables: Tables, book: MovementBook) -> Seen:
        """Return the assessment after more steps were carried out: a new one where an authority reported a changed status."""
        if not book.status_changed:
            return await self.assessment.once_released(seen, work)
        book.status_changed = False
        return await self.assessment.assess(work, tables)

    async def _anew(self, journal: Journal, book: MovementBook) -> Outcome:
        """Assess again when another set of tables came into force meanwhile: no decision is made by one that is over.

        What was moved is committed first, so that the new assessment stands on it.
        """
        if book.touched:
            events = book.events(self._clock())
            await journal.intend((), events, settled=book.touched, evidence=book.evidence)
        return await self.act(journal)

    def _targets(self, work: Work, seen: Seen, book: MovementBook) -> Targets:
        if not seen.judgement.opened:
            return Targets(first=())
        intended, counting = intended_targets(seen.judgement), seen.judgement.counting()
        if work.declaration.kind is Kind.SUPPLEMENTARY:
            return Targets(first=told_at_once(intended, book.own_positions, counting))
        if work.released is None:
            cancels = work.dormant or (self.cancel_refused and seen.judgement.gives_all_back())
            first = reservation_targets(
                intended, book.own_positions, cited=counting, refused=self._refused(seen), gives_all_back=cancels
            )
            return Targets(first=first)
        return after_release(work, work.released, intended, book, seen, refused=self._refused(seen))

    def _refused(self, seen: Seen) -> frozenset[int]:
        """Return the goods items for which nothing is reserved, because they are refused."""
        return seen.judgement.refused_items() if self.cancel_refused else frozenset()

    def _decided(
        self,
        journal: Journal,
        book: MovementBook | None,
        seen: Seen,
        decision: Decision,
        carried: CarriedOut,
        cited: AsCited,
    ) -> Outcome:
        work, now = journal.work, self._clock()
        decision = with_times_of_reading(decision, seen.case.facts)
        report(seen.judgement.failures, declaration=work.id)
        last = work.last
        after = _released(work, book, carried) if book is not None else ()
        # What differs for officers alone makes no new decision: its number, event and notice would tell the parties of it.
        unchanged = (
            last is not None
            and last.version == work.version
            and _last_decision_now(work, last, after, seen.view).for_parties().means_the_same(decision.for_parties())
        )
        numbered = None
        if not unchanged:
            numbered = NumberedDecision(
                number=work.decisions + 1, version=work.version, decided_at=now, decision=decision
            )
        still_confirmed = numbered is not None and work.confirmed and refuses_no_more(last, numbered)
        moved = own_positions(work.movements, cited.document) if book is None else book.own_positions
        movements = map(cited.movement, work.movements if book is None else book.movements)
        facts = _evidence_of(encode(seen.facts(movements)))
        listed = with_release(work, carried.released)
        inside = after_assessment(work, seen, listed, decision, numbered, now)
        events = [documents_verified(now, seen.verifications, facts.digest, work.because)]
        wait: timedelta | None = None
        if book is not None:
            events += book.events(now)
            wait = book.wait(now)
            if carried.waiting:
                wait = wait or self._retries.doubts.first
        elif any(movement.open for movement in work.movements):
            wait = self._retries.doubts.first
        events += carried.events
        if numbered:
            events.append(decided(now, numbered, inside.quoted, confirmed=still_confirmed))
        events += inside.events
        alerting = alerts(work, numbered, carried.released)
        if numbered and alerting:
            events.append(alerted(now, numbered.number, alerting, seen.verifications))
        left = book.left_at_authorities(ended=False, released=carried.released is not None) if book is not None else ()
        own_position = numbered or last
        assert own_position is not None, "what is no new decision is the last one"
        again = self._again(
            _as_released(work, work.released, listed),
            seen.verifications,
            own_position.decided_at,
            now,
            carried.released,
            left_open(decision.findings, _contradicted(moved)),
            moving=wait is not None,
        )
        pause = again.pause
        if carried.to_judge and pause is None and wait is None:
            # An order that waits for an answer is never left alone.
            pause = self._retries.undetermined
        waits = waited_for(seen.verifications, moved, now)
        gave_up = own_position.number if again.given_up and work.gave_up != own_position.number else None
        # What waits to be invalidated is for officers, whatever was released of it.
        state = State.DECIDED if work.invalidating else _state(carried.released)
        if gave_up is not None:
            events.append(given_up(now, gave_up, again.given_up))
        return Outcome(
            decision=numbered,
            still_confirmed=still_confirmed,
            documents=decision.documents,
            events=tuple(events),
            evidence=(*seen.evidence, *(book.evidence if book is not None else ()), facts),
            state=state,
            assess_at=_soonest(now, wait, pause),
            notices=notices(
                work,
                numbered=numbered,
                released=carried.released,
                state=state,
                alerting=alerting,
                given_up=again.given_up if gave_up is not None else (),
                left=book is not None and book.is_news(left),
                refused=carried.refused,
                is_told=last is None
                or numbered is None
                or reads_otherwise(
                    last,
                    numbered,
                    rest_is_told=work.accepted_at is not None,
                    were_told=work.confirmed or self._refusals_at_once,
                    are_told=still_confirmed or self._refusals_at_once,
                ),
            ),
            gave_up=gave_up,
            movements=book.touched if book is not None else (),
            steps=carried.ended,
            reports=self._reports(work, carried),
            released=carried.released,
            unsettled=wait is not None,
            reserves=any(one.holding.reserved for one in moved),
            left=bool(left) if book is not None else None,
            waits_for=waits.authorities,
            waits_asked=max(now - waits.asked_at, timedelta()),
            windows=inside.windows,
            inside=inside.entries,
            listed=_listed(own_position, state, gave_up or work.gave_up, seen.view),
        )

    def _reports(self, work: Work, carried: CarriedOut) -> DueByStep:
        return reports_of_releases(work, carried.out, self.assessment, self._tables.current(), self._calendar)

    def _again(
        self,
        work: Work,
        verifications: Sequence[Verification],
        since: datetime,
        now: datetime,
        released: Released | None,
        undetermined: Open,
        *,
        moving: bool,
    ) -> NextAssessment:
        # What an officer spoke of, and what was released unverified, is asked about again with its window's list only.
        later = {v.key for v in verifications if v.verified_by is VerifiedBy.OFFICER}
        later |= {one.document for one in work.inside if one.awaited and one.released}
        return ask_again(
            [v for v in verifications if v.key not in later],
            now=now,
            since=since,
            view=self._tables.current().at(self._calendar.day(now)),
            retries=self._retries,
            released=released is not None and released.whole,
            undetermined=undetermined.but_for(later),
            moving=moving,
        )


def _listed(numbered: NumberedDecision, state: State, gave_up: int | None, view: InForce) -> Listed:
    """Return what lists show of the present decision; findings from before they kept their nature have it of today's rows."""

    def nature_of(code: str) -> Nature | None:
        row = view.rule(code)
        return row.nature if row is not None else None

    held, asked_no_more = state is State.DECIDED, gave_up == numbered.number
    return listed(numbered, held=held, gave_up=asked_no_more, nature_of_code=nature_of)


async def _towards(driver: MovementDriver, targets: Targets) -> None:
    """Bring documents to their targets; what is out is given back only once what stands in its place is written off."""
    await driver.towards(targets.first)
    if lowered := to_lower(targets, driver.book):
        await driver.towards(lowered)


async def _decision(seen: Seen, book: MovementBook) -> Decision:
    """Decide by the present quantities of the documents; a large declaration beside the loop."""
    own_position = book.own_positions
    return await beside_if_large(seen.case.size, lambda: seen.judgement.decision(own_position))


def _contradicted(own_positions: Sequence[OwnPosition]) -> list[DocumentKey]:
    """Return the documents of which an order was refused for their status, even if their answers state a good one."""
    return [
        one.document
        for one in own_positions
        if one.counting.state is MovementState.REFUSED and one.counting.refusal is Refusal.STATUS
    ]


def _adapter_of(work: Work, view: InForce) -> Callable[[str], str | None]:
    """Return a function from a document type to the adapter asked about it."""

    def adapter_of(document_type: str) -> str | None:
        route = view.route(document_type, work.declaration.direction)
        return route.adapter if route is not None else None

    return adapter_of


def _soonest(now: datetime, *waits: timedelta | None, planned: datetime | None = None) -> datetime | None:
    times = [now + wait for wait in waits if wait is not None]
    return min(times if planned is None else [*times, planned], default=None)


def _is_unchanged(work: Work) -> bool:
    """Whether the last assessment left nothing open, so that another one would find the same.

    What officers correct themselves is judged anew: it may be more or less than what is declared.
    """
    intervened = any(step.intervention is not None for step in work.steps)
    return work.assessed and not intervened and work.last is not None and work.last.decision.effect is Effect.RELEASE


def _parts_are_news(work: Work, book: MovementBook, carried: CarriedOut) -> bool:
    """Whether the decision has to name other documents than before of which only a part was released."""
    if carried.released is None or work.last is None:
        return False
    known = {f.document.key for f in work.last.decision.findings if f.document and f.code == PARTLY_RELEASED}
    if carried.released.whole:
        return bool(known)
    return not known >= {one.document for one in _released(work, book, carried)}


def _released(work: Work, book: MovementBook, carried: CarriedOut) -> tuple[OwnPosition, ...]:
    """Return our positions at the documents of releases that were carried out; what officers correct is judged anew."""
    releases = {step.seq for step in work.steps if step.release is not None}
    documents = {
        one.key for seq, outcome in carried.ended if seq in releases and outcome.done for one in outcome.documents
    }
    return tuple(one for one in book.own_positions if one.document in documents)


def _last_decision_now(work: Work, last: NumberedDecision, carried: Sequence[OwnPosition], view: InForce) -> Decision:
    """Return the last decision with its documents in their present state: what a release moved is not another meaning.

    `carried` is where they stand after a release that this very assessment carried out; none without one.
    """
    documents = with_progress(work.documents, carried, view) if carried else work.documents
    return replace(last.decision, documents=documents)


def _as_released(work: Work, released: Released | None, inside: tuple[DecidedInside, ...]) -> Work:
    """Return the work with what is released by now; mostly nothing changed, and the work is long."""
    if released == work.released and inside == work.inside:
        return work
    return replace(work, released=released, inside=inside)


def _state(released: Released | None) -> State:
    return State.RELEASED if released is not None and released.whole else State.DECIDED


def _evidence_of(body: bytes) -> EvidenceItem:
    return EvidenceItem(digest="sha256:" + sha256(body).hexdigest(), body=body)
