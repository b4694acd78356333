"""How a suspension stands: folded from its words and clocks in their order, by nothing else; no time is read here."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from msgspec import Struct

from gateway.domain.suspension import Awaited, Suspended, SuspensionState
from gateway.wings.suspensions.rows import (
    ANNULLED,
    AUTHORITY,
    NOTHING_CAME,
    STATES,
    Does,
    RegimeDuty,
    Speaker,
    Then,
    ToldWhen,
    Words,
)
from gateway.wings.suspensions.suspension import ClockTime, SaidWord, Suspension

_GRAVITY = {
    SuspensionState.OPEN: 0,
    SuspensionState.MAINTAINED: 1,
    SuspensionState.TO_DESTROY: 2,
    SuspensionState.REFUSED: 3,
}


def _gravity(state: SuspensionState) -> int:
    return _GRAVITY.get(state, -1)


class FoldedState(Struct, frozen=True, kw_only=True):
    """How a suspension stands once its clocks have acted up to a moment."""

    state: SuspensionState
    said: frozenset[str]
    """The words that count."""
    over: ClockTime | None = None
    """The clock that ran out without a word, if the suspension ended by it or waits for an officer because of it."""
    asks: tuple[ClockTime, ...] = ()
    """The clocks that ran out, and upon which an officer has to decide."""
    running: tuple[ClockTime, ...] = ()
    """The clocks that run, the one that ends first at the beginning; those without a known end last."""
    ended_at: datetime | None = None
    """When it ended; None: it did not."""

    @property
    def deadline(self) -> date | None:
        """The last day by which somebody has to speak."""
        return self.running[0].last_day if self.running else None


def folded(suspension: Suspension) -> FoldedState:
    """Return how a suspension stands once all clocks have acted that ended by its `until`."""
    course = _Course(suspension)
    words = sorted((one for one in suspension.words if one.counts), key=lambda one: one.counts_at)
    ends = (one.ends_at for one in suspension.clocks if one.ends_at is not None and one.ends_at <= suspension.until)
    for moment in sorted({*(one.counts_at for one in words), *ends}):
        # A clock ends with the first moment behind it: a word of that moment comes too late.
        course.run_out(moment)
        for word in words:
            if word.counts_at == moment:
                course.say(word, moment)
        course.run_out(moment)
    return course.folded()


def is_any_said(groups: Words, said: Collection[str]) -> bool:
    """Whether one of some groups of words was said as a whole."""
    return any(set(group) <= set(said) for group in groups)


class _Course:
    def __init__(self, suspension: Suspension) -> None:
        self._suspension = suspension
        self._state = SuspensionState.OPEN
        self._said: set[str] = {suspension.variant} if suspension.variant is not None else set()
        self._fired: dict[str, ClockTime] = {}
        self._over: ClockTime | None = None
        self._ended_at: datetime | None = None

    def run_out(self, moment: datetime) -> None:
        """Let the clocks act that ended by a moment."""
        ended = [one for one in self._running() if one.ends_at is not None and one.ends_at <= moment]
        for clock in sorted(ended, key=lambda one: one.ends_at or moment):
            if self._state is not SuspensionState.OPEN:
                return
            self._fired[clock.name] = clock
            row = self._suspension.terms.clock(clock.name)
            if row is not None and row.then is Then.LIFTS:
                known = self._suspension.known_silence
                self._state = SuspensionState.EXPIRED if known else SuspensionState.UNCONFIRMED
                self._over, self._ended_at = clock, clock.ends_at if known else None

    def say(self, word: SaidWord, moment: datetime) -> None:
        """Let a word count."""
        self._said.add(word.name)
        if word.name == ANNULLED:
            self._become(SuspensionState.LIFTED, moment)
        elif word.name == NOTHING_CAME and self._state is SuspensionState.UNCONFIRMED:
            self._state, self._ended_at = SuspensionState.EXPIRED, moment
        row = self._suspension.terms.word(word.name)
        if row is not None and row.does is not Does.RECORDS:
            self._become(STATES[row.does], moment)
        found = [
            one.becomes
            for one in self._suspension.terms.outcomes
            if word.name in one.words and set(one.words) <= self._said and self._said.isdisjoint(one.without)
        ]
        if found:
            self._become(max(found, key=_gravity), moment)

    def _become(self, state: SuspensionState, moment: datetime) -> None:
        if self._state.is_over:
            return
        if state is SuspensionState.LIFTED:
            self._state, self._ended_at = state, moment
        elif self._state is not SuspensionState.UNCONFIRMED and _GRAVITY[state] > _GRAVITY[self._state]:
            self._state = state

    def _running(self) -> Iterator[ClockTime]:
        if self._state is not SuspensionState.OPEN:
            return
        for clock in self._suspension.clocks:
            row = self._suspension.terms.clock(clock.name)
            if row is None or clock.name in self._fired or is_any_said(row.unless, self._said):
                continue
            if not row.when or is_any_said(row.when, self._said):
                yield clock

    def _asks(self) -> Iterator[ClockTime]:
        for clock in self._fired.values():
            row = self._suspension.terms.clock(clock.name)
            if row is not None and row.then is Then.OFFICER and not is_any_said(row.unless, self._said):
                yield clock

    def folded(self) -> FoldedState:
        running = sorted(self._running(), key=lambda one: (one.ends_at is None, one.ends_at or one.start))
        is_open = self._state is SuspensionState.OPEN
        return FoldedState(
            state=self._state,
            said=frozenset(self._said),
            over=self._over,
            asks=tuple(self._asks()) if is_open else (),
            running=tuple(running),
            ended_at=self._ended_at,
        )


def awaits(suspension: Suspension, now: FoldedState) -> Awaited:
    """Return who has to speak next."""
    if now.asks or now.state is SuspensionState.UNCONFIRMED:
        return Awaited.OFFICER
    theirs = {one.name for one in suspension.terms.words if one.by is Speaker.DECLARANT}
    for clock in now.running:
        row = suspension.terms.clock(clock.name)
        if row is not None and any(theirs & set(group) - now.said for group in row.unless):
            return Awaited.DECLARANT
    return Awaited.PARTY


def is_officers(suspension: Suspension, now: FoldedState) -> bool:
    """Whether an officer has to speak next: a clock ran out, or a word waits for a second person."""
    if now.state.is_over:
        return False
    pending = {one.name for one in suspension.words if not one.counts} - {
        one.name for one in suspension.words if one.counts
    }
    return bool(pending) or awaits(suspension, now) is Awaited.OFFICER


def told_at(suspension: Suspension) -> int | None:
    """Return the number of the event by which the parties were told of it; None: they are not."""
    match suspension.terms.regime.told:
        case ToldWhen.AT_ONCE:
            return suspension.words[0].seq
        case ToldWhen.NEVER:
            return None
        case _:
            duties = {one.name for one in suspension.terms.duties if one.to == Speaker.DECLARANT}
            return next((one.seq for one in suspension.words if one.counts and one.name in duties), None)


def by_told_number(suspensions: Iterable[Suspension]) -> Mapping[int, Suspension]:
    """Return the suspensions of which the parties are told, by the number that each has to them: from 1, in the order in which they were told."""
    told = sorted((seq, one.number, one) for one in suspensions if (seq := told_at(one)) is not None)
    return {number: one for number, (_, _, one) in enumerate(told, start=1)}


def owed(suspension: Suspension, now: FoldedState) -> Iterator[tuple[RegimeDuty, ClockTime | None, tuple[str, ...]]]:
    """Yield the duties that are owed and not done, each with when it is due, and what was not stated that it has to tell."""
    given = {name for word in suspension.words for name in word.given}
    due = {one.name: one for one in suspension.dues}
    for duty in suspension.terms.duties:
        if duty.on in now.said and duty.name not in now.said:
            yield duty, due.get(duty.name), tuple(one for one in duty.needs if one not in given)


def to_tell(suspension: Suspension) -> tuple[RegimeDuty, ...]:
    """Return the notices that are owed to its authority, and of which all is stated that they have to tell."""
    found = owed(suspension, folded(suspension))
    return tuple(duty for duty, _, missing in found if duty.to == AUTHORITY and not missing)


def by_officers(suspension: Suspension) -> frozenset[str]:
    """Return the names of the notices that are owed and that an officer has to give, or to complete."""
    found = owed(suspension, folded(suspension))
    return frozenset(duty.name for duty, _, missing in found if duty.to != AUTHORITY or missing)


def suspended(suspension: Suspension) -> Suspended | None:
    """Return what its declaration holds of a suspension; None: it is over."""
    now = folded(suspension)
    if now.state.is_over:
        return None
    regime = suspension.terms.regime
    return Suspended(
        number=suspension.number,
        regime=regime.name,
        title=regime.title,
        state=now.state,
        items=suspension.items,
        opened_at=suspension.opened_at,
        awaits=awaits(suspension, now),
        deadline=now.over.last_day if now.over is not None else now.deadline,
        ends_at=now.running[0].ends_at if now.running else None,
        told=told_at(suspension) is not None,
        blocks_invalidation=regime.blocks_invalidation,
        legal_basis=regime.legal_basis,
    )


def acts_at(suspension: Suspension) -> datetime | None:
    """Return when its next clock has run out; None: none runs whose end is known."""
    ends = (one.ends_at for one in folded(suspension).running if one.ends_at is not None)
    return min(ends, default=None)


def shut(suspensions: Iterable[Suspension]) -> tuple[Suspended, ...]:
    """Return what a declaration holds of its suspensions."""
    return tuple(found for one in suspensions if (found := suspended(one)) is not None)
