"""The past of a declaration as its trader reads it: the decisions that read otherwise to them, in a count of their own, and the events.

A decision that reads to its trader as the one before is none to them: it has no number, no time, and nothing that led to it is told.
It is computed from what might be told at the time, so that what came later moves no number.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from gateway.decisions.rest import without_rest
from gateway.decisions.turn import Told, reads_the_same, told
from gateway.domain.decision import Decision, NumberedDecision
from gateway.domain.document import DocumentKey
from gateway.domain.errors import NotKnown
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.verification import DocumentStatus

ABOUT_QUANTITIES = frozenset({EventKind.QUANTITY_PLANNED, EventKind.QUANTITY_SETTLED, EventKind.QUANTITY_DIFFERED})
"""Events that show the status of the documents that they name."""
BY_OFFICERS = frozenset({EventKind.VERIFIED_BY_OFFICER, EventKind.CONTINGENCY_VERIFIED})
"""Events that are shown with the decision that came of them, and by it alone."""
ABOUT_SUSPENSIONS = frozenset(
    {
        EventKind.SUSPENSION_OPENED,
        EventKind.SUSPENSION_WORD,
        EventKind.SUSPENSION_DUTY,
        EventKind.SUSPENSION_EXTENDED,
        EventKind.SUSPENSION_RESTATED,
        EventKind.SUSPENSION_EXPIRED,
        EventKind.SUSPENSION_UNCONFIRMED,
    }
)
"""Events that no trader is shown: what is told of a suspension stands in the decision."""
ABOUT_ORDERS = frozenset({EventKind.CONTROL_ORDERED, EventKind.CONTROL_CHANGED, EventKind.CONTROL_ADVERSE})
"""Events that no trader is shown: what is told of a control order is announced, or stands in the decision."""
_FIRST = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDecision:
    """A decision in the count of what its trader reads."""

    number: int
    """The number from 1, without gaps."""
    decided_at: datetime
    """The time of the first one that read so."""
    stands: int
    """The number of the last one that reads so, in the count of all."""


class ToldTrail:
    """The decisions and events of one declaration that its trader reads."""

    def __init__(
        self,
        decisions: Sequence[NumberedDecision],
        events: Sequence[SealedEvent],
        *,
        versions: Collection[int],
        eoris: Collection[str],
        accepted: bool,
        at_once: bool,
        with_natures: Callable[[Decision], Decision],
    ) -> None:
        """Take a declaration's decisions and events, in their order.

        Args:
            decisions: all of them.
            events: all of them.
            versions: those of which the trader is a party: of others nothing is told, and nothing is counted.
            eoris: the trader's: before acceptance what is left of certificates is told to the one alone that they name as holder.
            accepted: whether customs has accepted the declaration.
            at_once: whether refusals are told before customs has confirmed them.
            with_natures: completes findings from before they kept their natures.
        """
        self._all = events
        self.versions = versions
        self._told: dict[int, Told] = {}
        self._by_number: dict[int, ToldDecision] = {}
        self._fresh: set[int] = set()
        confirmed_later, confirmed_at_once = _confirmed(events)
        unaccepted = _unaccepted(events, accepted)
        last, last_read = None, None
        for one in decisions:
            decision = with_natures(one.decision)
            decision = without_rest(decision, eoris, accounts_alone=one.number not in unaccepted)
            # A later confirmation has an event of its own, and moves no number: the next decision is compared with what it left.
            shown = told(decision, confirmed=at_once or one.number in confirmed_at_once)
            self._told[one.number] = shown
            if one.version not in versions:
                continue
            if last is None or last_read is None or last.version != one.version or not reads_the_same(last_read, shown):
                self._fresh.add(one.number)
                entry = ToldDecision(number=len(self._fresh), decided_at=one.decided_at, stands=one.number)
            else:
                entry = replace(self._by_number[last.number], stands=one.number)
                run = [number for number, each in self._by_number.items() if each.number == entry.number]
                self._by_number |= dict.fromkeys(run, entry)
            self._by_number[one.number] = entry
            last = one
            last_read = told(decision, confirmed=True) if one.number in confirmed_later else shown

    @property
    def by_number(self) -> Mapping[int, ToldDecision]:
        """The decision as the trader knows it, by its number in the count of all."""
        return MappingProxyType(self._by_number)

    def known(self, number: int | None) -> int | None:
        """Return the number in the count of all of the decision that a trader knows by a number; of none it is none.

        Raises:
            NotKnown: the trader knows no such decision.
        """
        if number is None:
            return None
        for one in self._by_number.values():
            if one.number == number:
                return one.stands
        raise NotKnown(f"The declaration has no decision {number}.")

    def events(self) -> Iterator[SealedEvent]:
        """Yield those of the events that the trader reads: of versions that name the trader, and by what was decided."""
        version, version_of = _FIRST, {}
        for event in self._all:
            version = event.body()["version"] if event.kind is EventKind.AMENDMENT_RECEIVED else version
            version_of[event.seq] = version
        yield from (one for one in self._led_to() if version_of[one.seq] in self.versions)

    def _led_to(self) -> Iterator[SealedEvent]:
        """Yield the events that are shown because of what was decided.

        What an officer said stands before the decision that came of it, and not before there is one.
        """
        made = {one.at: one.body()["number"] for one in self._all if one.kind is EventKind.DECIDED}
        current: int | None = None
        said: list[SealedEvent] = []
        planned: list[SealedEvent] = []
        released = False
        for event in self._all:
            now = made.get(event.at, current)
            if event.kind in BY_OFFICERS:
                said.append(event)
                continue
            if event.kind is EventKind.QUANTITY_PLANNED and event.at not in made and not released:
                # An order is sent before what it follows from is committed: it is told with that.
                planned.append(event)
                continue
            if event.kind is EventKind.DOCUMENTS_VERIFIED or event.kind in ABOUT_QUANTITIES:
                yield from (one for one in planned if self._names_told(one, now))
                planned.clear()
            if event.kind is EventKind.DECIDED:
                current = now
                yield from (one for one in said if self._leads(one, now))
                said.clear()
            released = released or (event.kind is EventKind.RELEASE_RECEIVED and bool(event.body().get("whole")))
            if self._is_told(event, made.get(event.at), current, released=released):
                yield event

    def _is_told(self, event: SealedEvent, made: int | None, current: int | None, *, released: bool) -> bool:
        """Whether an event is shown; `made`: the decision that was committed with it, `current`: the last one."""
        if event.kind is EventKind.DECIDED:
            return current in self._fresh
        if event.kind is EventKind.DOCUMENTS_VERIFIED:
            # That they are asked at the beginning is told whatever they say.
            return made == _FIRST or self._leads(event, made)
        if event.kind is EventKind.GAVE_UP:
            return self._names_told(event, current)
        if event.kind in ABOUT_SUSPENSIONS | ABOUT_ORDERS:
            return False
        if event.kind in ABOUT_QUANTITIES:
            return released or self._names_told(event, current if made is None else made)
        return True

    def _leads(self, event: SealedEvent, number: int | None) -> bool:
        """Whether the decision that came of an event is shown, with the document's status."""
        return number in self._fresh and self._names_told(event, number)

    def _names_told(self, event: SealedEvent, number: int | None) -> bool:
        """Whether an event names a document whose status a decision shows; of none that was kept nothing is told."""
        shown = None if number is None else self._told.get(number)
        if shown is None:
            return number is None
        named = {DocumentKey(one["type"], one["reference"]) for one in _documents_in(event.body())}
        about = [one for one in shown.decision.documents if one.key in named]
        return any(one.status is not DocumentStatus.NOT_TOLD for one in about) if about else not shown.untold


def _confirmed(events: Sequence[SealedEvent]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the numbers of the decisions that customs confirmed, and of those that refuse for nothing but what it had confirmed."""
    later = {one.body()["number"] for one in events if one.kind is EventKind.CONFIRMED}
    decided = (one.body() for one in events if one.kind is EventKind.DECIDED)
    return frozenset(later), frozenset(one["number"] for one in decided if one.get("confirmed"))


def _unaccepted(events: Sequence[SealedEvent], accepted: bool) -> frozenset[int]:
    """Return the numbers of the decisions that were made before customs accepted the declaration, if it did."""
    kinds = [one.kind for one in events]
    if EventKind.ACCEPTANCE_RECEIVED in kinds:
        events = events[: kinds.index(EventKind.ACCEPTANCE_RECEIVED)]
    elif accepted:
        return frozenset()
    return frozenset(one.body()["number"] for one in events if one.kind is EventKind.DECIDED)


def _documents_in(body: Mapping[str, object]) -> Iterator[Mapping[str, str]]:
    for name in ("documents", "movements"):
        found = body.get(name)
        if isinstance(found, list):
            yield from (one for one in found if "type" in one and "reference" in one)
    if isinstance(body.get("type"), str) and isinstance(body.get("reference"), str):
        yield {"type": str(body["type"]), "reference": str(body["reference"])}
