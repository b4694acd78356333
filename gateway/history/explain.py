"""The explanation of a past decision, made once more to find the rows of the tables that it rests on. Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.beside import beside_if_large
from gateway.decisions import Case
from gateway.decisions.explanation import Grounds, grounds
from gateway.domain.acts import Act
from gateway.domain.calendar import Calendar
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.document import DocumentKey
from gateway.domain.errors import EvidenceChanged, NotKnown
from gateway.domain.events import SealedEvent
from gateway.domain.facts import Facts
from gateway.domain.identity import AS_DECLARED, AsCited, Identify, Identities
from gateway.domain.movement import Movement
from gateway.domain.record import OfficerVerification, Record
from gateway.domain.tables.in_force import Tables
from gateway.history.recall import Made, Missing, NotRecalled, decisions_made, events_of, recall, tables_under, unasked
from gateway.history.versions import confirmed_decisions
from gateway.store import Store


class Again(StrEnum):
    """The result of deciding once more."""

    SAME = "same"
    DIFFERENT = "different"
    DECLARATION_ERASED = "declaration_erased"
    ANSWERS_ERASED = "answers_erased"
    ANSWERS_CHANGED = "answers_changed"
    """Somebody changed what is stored of them: they are not shown, and nothing is decided from them."""
    NOT_ASKED = "not_asked"
    """The tables that were taken ask about a document that nobody was asked about then."""


_ERASED = {Missing.DECLARATION: Again.DECLARATION_ERASED, Missing.ANSWERS: Again.ANSWERS_ERASED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision, with everything that is known of its reasons."""

    record: Record
    """The version that was decided, with the decision that is explained; None: nothing is decided yet."""
    newest: bool
    """Whether no later decision has replaced it."""
    made: Made | None
    declaration: Declaration | None
    facts: Facts | None
    """None: they were erased, or changed since."""
    again: Again | None
    tables: Tables
    """The tables that were taken to decide once more."""
    grounds: Grounds | None
    """The grounds, only where the decision came out the same: else only what is stored is known of it."""
    events: tuple[SealedEvent, ...]
    movements: tuple[Movement, ...]
    officers: tuple[OfficerVerification, ...]
    """The officers' verifications that the decision rests on."""
    acts: tuple[Act, ...] = ()
    """The acts of people on the declaration, of all versions."""

    @property
    def same_tables(self) -> bool:
        """Whether it was decided once more under the very tables that decided it."""
        decision = self.record.decision
        return decision is not None and decision.decision.rules.digest == self.tables.digest


async def explain(
    store: Store,
    record: Record,
    *,
    number: int | None,
    tables: Tables,
    calendar: Calendar,
    identify: Identities = AS_DECLARED,
) -> Explanation:
    """Explain the decision of a record, or the one with a number.

    Raises:
        NotKnown: the declaration has no decision with that number.
        StoreUnavailable: the database does not answer.
    """
    events = await events_of(store, record.id)
    history = decisions_made(record, events)
    last = max((made.number for made in history), default=0)
    record = await with_decision(store, record, number, events)
    numbered = record.decision
    movements = await store.movements.of(record.id)
    made = None
    if numbered is not None:
        tables = await tables_under(store, numbered.decision.rules.digest, tables)
        made = next((one for one in history if one.number == numbered.number), None)
        if numbered.number != last:
            movements = tuple(one for one in movements if one.planned_at <= numbered.decided_at)
    await identify.learn(lambda asking: [*map(_as_cited(asking, record).movement, movements)])
    as_cited = _as_cited(identify, record)
    declaration, facts, again, found = await _again(store, record, made, tables, calendar)
    return Explanation(
        record=record,
        newest=numbered is not None and numbered.number == last,
        made=made,
        declaration=declaration,
        facts=facts,
        again=again,
        tables=tables,
        grounds=found,
        events=events,
        movements=tuple(as_cited.movement(one) for one in movements),
        officers=_last(await store.declarations.officer_verifications(record.id), numbered),
        acts=await store.acts.of(record.id),
    )


def _as_cited(identify: Identify, record: Record) -> AsCited:
    return AsCited(identify, {DocumentKey(d.type, _named(identify, d)): d.key for d in record.documents})


def _named(identify: Identify, document: DocumentOutcome) -> str:
    return identify(document.authority, document.type, document.reference) or document.reference


async def with_decision(store: Store, record: Record, number: int | None, events: Sequence[SealedEvent]) -> Record:
    """Return the record with the requested decision, and whether customs confirmed that very decision.

    Raises:
        NotKnown: it has no decision with that number.
        StoreUnavailable: the database does not answer.
    """
    if number is not None and (record.decision is None or record.decision.number != number):
        numbered = await store.declarations.decision(record.id, number)
        version = await store.declarations.get(record.id, numbered.version) if numbered is not None else None
        if numbered is None or version is None:
            raise NotKnown(f"The declaration has no decision {number}.")
        record = replace(version, decision=numbered, documents=numbered.decision.documents)
    if record.decision is None:
        return record
    return replace(record, confirmed=record.decision.number in confirmed_decisions(events))


async def _again(
    store: Store, record: Record, made: Made | None, tables: Tables, calendar: Calendar
) -> tuple[Declaration | None, Facts | None, Again | None, Grounds | None]:
    if made is None or record.decision is None:
        return None, None, None, None
    try:
        recalled = await recall(store, record, made)
    except NotRecalled as reason:
        return None, None, _ERASED[reason.missing], None
    except EvidenceChanged:
        return None, None, Again.ANSWERS_CHANGED, None
    case = await beside_if_large(recalled.declaration.size, lambda: recalled.case(tables, calendar))
    decision = record.decision
    again, found = await beside_if_large(case.size, lambda: _compared(case, decision))
    return recalled.declaration, recalled.facts, again, found


def _compared(case: Case, stored: NumberedDecision) -> tuple[Again, Grounds | None]:
    if unasked(case):
        return Again.NOT_ASKED, None
    found = grounds(case)
    if not stored.decision.means_the_same(found.decision):
        return Again.DIFFERENT, None
    return Again.SAME, found


def _last(found: Sequence[OfficerVerification], numbered: NumberedDecision | None) -> tuple[OfficerVerification, ...]:
    """Return the last verification of each document at the time of the decision."""
    if numbered is None:
        return ()
    in_time = [one for one in found if one.version == numbered.version and one.at <= numbered.decided_at]
    return tuple({one.key: one for one in in_time}.values())
