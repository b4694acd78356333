"""The outcome of the work under a lease: what is committed of it, and what parties, customs and lists are shown of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.beside import beside_if_large
from gateway.decisions import (
    PARTLY_RELEASED,
    listed,
    reads_otherwise,
    refuses_no_more,
    with_progress,
    with_times_of_reading,
)
from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.decision import Decision, DocumentOutcome, Effect, Finding, Nature, NumberedDecision
from gateway.domain.document import DocumentKey
from gateway.domain.event_bodies import alerted, decided, documents_verified, given_up
from gateway.domain.events import Event
from gateway.domain.movement import MovementState, OwnPosition, Refusal
from gateway.domain.record import State, Work
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import EvidenceItem, Verification, VerifiedBy
from gateway.domain.work_list import Listed
from gateway.lifecycle.movements.orders import CarriedOut
from gateway.lifecycle.processing.assessment import Assessment, Seen
from gateway.lifecycle.processing.failed_rules import report
from gateway.lifecycle.processing.missing_answers import waited_for
from gateway.lifecycle.processing.notices import alerts, notices
from gateway.lifecycle.processing.reports_of_releases import reports_of_releases
from gateway.lifecycle.processing.retries import Retries, ask_again, left_open
from gateway.lifecycle.processing.window_follow_up import Inside, after_assessment, changed, with_release
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.quantities.book import MovementBook
from gateway.store import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCase:
    """An assessment, and the decision by the quantities that were reached after it."""

    seen: Seen
    decision: Decision

    @classmethod
    async def of(cls, seen: Seen, book: MovementBook) -> "JudgedCase":
        """Decide by the present quantities of the documents; a large declaration beside the loop."""
        positions = book.own_positions
        decision = await beside_if_large(seen.case.size, lambda: seen.judgement.decision(positions))
        return cls(seen=seen, decision=decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """The changes that a judgement makes; without one the last decision stands, and only quantities have moved."""

    documents: tuple[DocumentOutcome, ...]
    inside: Inside
    events: Sequence[Event]
    evidence: Sequence[EvidenceItem]
    numbered: NumberedDecision | None = None
    """The decision; None: it means the same as the last one."""
    still_confirmed: bool = False
    is_told: bool = True
    alerting: tuple[Finding, ...] = ()
    gave_up: int | None = None
    given_up: tuple[Verification, ...] = ()
    pause: timedelta | None = None
    """The time until open questions are asked again; None: not by themselves."""
    waits_for: tuple[str, ...] | None = None
    waits_asked: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeBuilder:
    """The builder of outcomes, from what was carried out, moved and judged."""

    assessment: Assessment
    tables: TablesInForce
    retries: Retries
    clock: Callable[[], datetime]
    calendar: Calendar
    refusals_at_once: bool

    def build(
        self,
        work: Work,
        view: InForce,
        book: MovementBook,
        carried: CarriedOut,
        judged: JudgedCase | None = None,
        *,
        ended: State | None = None,
        blind: bool = False,
    ) -> Outcome:
        """Return the outcome to commit.

        Args:
            work: the declaration as it was read, with the intents that were committed since.
            view: the rows that it is judged by.
            book: the movements.
            carried: the steps that were carried out.
            judged: the judgement; None: the last decision stands.
            ended: the state in which the declaration ends; None: it does not.
            blind: whether nobody could be asked for a reason of our own: what authorities have is as it was.
        """
        now, released, planned = self.clock(), carried.released, None
        whole = released is not None and released.whole
        # What waits to be invalidated is for officers, whatever was released of it.
        state = ended or (State.RELEASED if whole and not work.invalidating else State.DECIDED)
        first = self.retries.doubts.first
        wait = book.wait(now) if not blind else first if any(one.open for one in book.movements) else None
        if judged is not None:
            wait = wait or first if carried.waiting else wait
            new, out = self._changes(work, book, carried, judged, wait, now), released is not None
        else:
            new = _Changes(
                documents=with_progress(work.documents, book.own_positions, view),
                inside=Inside(entries=changed(work, with_release(work, released))),
                events=(*book.events(now), *carried.events),
                evidence=book.evidence,
            )
            # What is not released yet is assessed when it was planned.
            out, planned = state is State.RELEASED, work.assess_at if state is State.DECIDED else None
        left = book.left_at_authorities(ended=ended is not None, released=out)
        counts, waits = new.numbered or work.last, [now + one for one in (wait, new.pause) if one is not None]
        return Outcome(
            decision=new.numbered,
            still_confirmed=new.still_confirmed,
            documents=new.documents,
            events=tuple(new.events),
            evidence=tuple(new.evidence),
            state=state,
            assess_at=min(waits if planned is None else [*waits, planned], default=None),
            notices=notices(
                work,
                numbered=new.numbered,
                released=released,
                state=state,
                alerting=new.alerting,
                given_up=new.given_up,
                left=book.is_news(left),
                refused=carried.refused,
                is_told=new.is_told,
            ),
            gave_up=new.gave_up,
            movements=book.touched,
            steps=carried.ended,
            reports=reports_of_releases(work, carried.out, self.assessment, self.tables.current(), self.calendar),
            released=released,
            unsettled=wait is not None,
            reserves=book.has_reserved,
            left=None if blind else bool(left),
            waits_for=new.waits_for,
            waits_asked=new.waits_asked,
            windows=new.inside.windows,
            inside=new.inside.entries,
            listed=_listed(counts, state, new.gave_up or work.gave_up, view) if counts is not None else None,
        )

    def _changes(
        self,
        work: Work,
        book: MovementBook,
        carried: CarriedOut,
        judged: JudgedCase,
        wait: timedelta | None,
        now: datetime,
    ) -> _Changes:
        seen, last, inside = judged.seen, work.last, with_release(work, carried.released)
        decision = with_times_of_reading(judged.decision, seen.case.facts)
        report(seen.judgement.failures, declaration=work.id)
        numbered = None
        # What differs for officers alone makes no new decision: its number, event and notice would tell the parties of it.
        if (
            last is None
            or last.version != work.version
            or not _last_decision_now(work, last, book, carried, seen.view)
            .for_parties()
            .means_the_same(decision.for_parties())
        ):
            numbered = NumberedDecision(
                number=work.decisions + 1, version=work.version, decided_at=now, decision=decision
            )
        counts = numbered or last
        assert counts is not None, "what is no new decision is the last one"
        still_confirmed = numbered is not None and work.confirmed and refuses_no_more(last, numbered)
        facts = EvidenceItem.of(encode(seen.facts(map(book.cited.movement, book.movements))))
        # What an officer spoke of, and what was released unverified, is asked about again with its window's list only.
        later = {v.key for v in seen.verifications if v.verified_by is VerifiedBy.OFFICER}
        later |= {one.document for one in inside if one.awaited and one.released}
        again = ask_again(
            [v for v in seen.verifications if v.key not in later],
            now=now,
            since=counts.decided_at,
            view=self.tables.current().at(self.calendar.day(now)),
            retries=self.retries,
            released=carried.released is not None and carried.released.whole,
            undetermined=left_open(decision.findings, _contradicted(book.own_positions)).but_for(later),
            moving=wait is not None,
        )
        pause = again.pause
        if carried.to_judge and pause is None and wait is None:
            # An order that waits for an answer is never left alone.
            pause = self.retries.undetermined
        waits = waited_for(seen.verifications, book.own_positions, now)
        entries = after_assessment(work, seen, inside, decision, numbered, now)
        alerting = alerts(work, numbered, carried.released)
        events = [documents_verified(now, seen.verifications, facts.digest, work.because), *book.events(now)]
        events += carried.events
        if numbered is not None:
            events.append(decided(now, numbered, entries.quoted, confirmed=still_confirmed))
        events += entries.events
        if numbered is not None and alerting:
            events.append(alerted(now, numbered.number, alerting, seen.verifications))
        gives_up = bool(again.given_up) and work.gave_up != counts.number
        if gives_up:
            events.append(given_up(now, counts.number, again.given_up))
        return _Changes(
            documents=decision.documents,
            inside=entries,
            events=events,
            evidence=(*seen.evidence, *book.evidence, facts),
            numbered=numbered,
            still_confirmed=still_confirmed,
            is_told=last is None
            or numbered is None
            or reads_otherwise(
                last,
                numbered,
                rest_is_told=work.accepted_at is not None,
                were_told=work.confirmed or self.refusals_at_once,
                are_told=still_confirmed or self.refusals_at_once,
            ),
            alerting=alerting,
            gave_up=counts.number if gives_up else None,
            given_up=again.given_up if gives_up else (),
            pause=pause,
            waits_for=waits.authorities,
            waits_asked=max(now - waits.asked_at, timedelta()),
        )


def decision_stands(work: Work, book: MovementBook, carried: CarriedOut) -> bool:
    """Whether the last decision stands after the received steps: nothing is open, and another assessment would find the same.

    What officers correct themselves is judged anew: it may be more or less than what is declared.
    """
    last, corrected = work.last, any(step.intervention is not None for step in work.steps)
    is_open = corrected or not work.assessed or not carried.smooth
    if is_open or last is None or last.decision.effect is not Effect.RELEASE:
        return False
    if carried.released is None:
        return True
    # The decision names the documents of which only a part was released.
    known = {f.document.key for f in last.decision.findings if f.document and f.code == PARTLY_RELEASED}
    return not known if carried.released.whole else known >= {one.document for one in _released(work, book, carried)}


def _listed(numbered: NumberedDecision, state: State, gave_up: int | None, view: InForce) -> Listed:
    """Return what lists show of the present decision; findings from before they kept their nature have it of today's rows."""

    def nature_of(code: str) -> Nature | None:
        row = view.rule(code)
        return row.nature if row is not None else None

    held, asked_no_more = state is State.DECIDED, gave_up == numbered.number
    return listed(numbered, held=held, gave_up=asked_no_more, nature_of_code=nature_of)


def _contradicted(own_positions: Sequence[OwnPosition]) -> list[DocumentKey]:
    """Return the documents of which an order was refused for their status, even if their answers state a good one."""
    return [
        one.document
        for one in own_positions
        if one.counting.state is MovementState.REFUSED and one.counting.refusal is Refusal.STATUS
    ]


def _released(work: Work, book: MovementBook, carried: CarriedOut) -> tuple[OwnPosition, ...]:
    """Return our positions at the documents of releases that were carried out; what officers correct is judged anew."""
    releases = {step.seq for step in work.steps if step.release is not None}
    documents = {
        one.key for seq, outcome in carried.ended if seq in releases and outcome.done for one in outcome.documents
    }
    return tuple(one for one in book.own_positions if one.document in documents)


def _last_decision_now(
    work: Work, last: NumberedDecision, book: MovementBook, carried: CarriedOut, view: InForce
) -> Decision:
    """Return the last decision with its documents in their present state: what a release moved is not another meaning."""
    after = _released(work, book, carried)
    documents = with_progress(work.documents, after, view) if after else work.documents
    return replace(last.decision, documents=documents)
