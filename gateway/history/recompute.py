"""The recomputation of past decisions, under their own tables or under others, and the count of what changes.

Nothing is asked and nothing is stored: a document that nobody was asked about then is not determined now.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

from msgspec import structs

from gateway.decisions import RULES, Case, Judgement, RuleSet, as_if_held, lacking
from gateway.domain.calendar import Calendar
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Decision, Effect, NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.errors import EvidenceChanged
from gateway.domain.event_bodies import decided
from gateway.domain.facts import Facts, read_facts
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.set_state import set_name
from gateway.domain.verification import Verification, VerifiedBy
from gateway.history.compare import change, counting_shadows, explained_by
from gateway.history.recall import Made, Recalled, unasked
from gateway.history.tally import About, Fault, Tally
from gateway.settings.tables import Completed
from gateway.store import PastDecision


class NotMadeAgain(Exception):
    """A decision cannot be made again, because of what is stored of it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputationBasis:
    """The basis on which past decisions are made again."""

    calendar: Calendar
    tables: Tables
    """The tables that every decision is made again under; without `other`, where its own are not stored."""
    own: Mapping[str, Completed] = field(default_factory=dict)
    """The tables that decisions were made under, by their digest, with what their gateway did not know yet."""
    other: bool = False
    """Whether `tables` replace every decision's own."""
    rules: RuleSet = RULES

    def tally(self, page: Iterable[PastDecision]) -> Tally:
        """Make decisions again and count what changes; never raise."""
        tally = Tally()
        opened = partial(
            Judgement,
            checks=self.rules.checks,
            movement_checks=self.rules.movement_checks,
            class_checks=self.rules.class_checks,
        )
        for past in page:
            stored = _stored(tally, past, self.calendar)
            if stored is not None:
                self._count(tally, past, stored, opened)
        return tally

    def _count(
        self, tally: Tally, past: PastDecision, stored: NumberedDecision, opened: Callable[[Case], Judgement]
    ) -> None:
        about = _about(past, stored.decision, self.calendar)
        identity = stored.decision.rules
        nothing_else = Completed(tables=self.tables)
        under = nothing_else if self.other else self.own.get(identity.digest, nothing_else)
        tables = under.tables
        tally.under(
            set_name(identity.version, identity.digest), replaced=not self.other and tables.digest != identity.digest
        )
        try:
            recalled = put_together(past, stored)
        except NotMadeAgain as reason:
            tally.failed(about, reason.fault)
            return
        try:
            case = _with_its_own_answers(recalled.case(tables, self.calendar))
            judgement = opened(case)
            again = judgement.decision()
            changed = change(stored.decision, again)
            once = _once_reserved(judgement, case, stored, again) if changed.acted_on else None
        except Exception:  # whatever it trips over: a decision that is not made again is counted, and the others go on
            tally.failed(about, Fault.FAILED)
            return
        about = replace(about, authorities=about.authorities | _authorities(again))
        tally.compared(about, changed)
        if not changed.nothing and (codes := explained_by(stored.decision, again, under.later)):
            tally.explain(about, {code: under.later[code] for code in codes})
        if not changed.nothing:
            tally.silent(about, {kind for kind, _ in unasked(case)})
        if once is not None:
            tally.unreserved(about, again.effect, once)


def shadows_counted(page: Iterable[PastDecision], calendar: Calendar) -> Tally:
    """Count what would change if shadow rules had counted; never raise."""
    tally = Tally()
    for past in page:
        stored = _stored(tally, past, calendar)
        if stored is not None:
            rules = stored.decision.rules
            tally.under(set_name(rules.version, rules.digest))
            as_counted = counting_shadows(stored.decision)
            tally.compared(_about(past, stored.decision, calendar), change(stored.decision, as_counted))
    return tally


def put_together(past: PastDecision, stored: NumberedDecision) -> Recalled:
    """Recall everything that a decision was made from.

    Raises:
        NotMadeAgain: something of it is missing, or is not what it was.
    """
    event_body, digest = _event_body(past, stored), past.facts_digest
    if past.model is None:
        raise NotMadeAgain(Fault.DECLARATION_ERASED)
    if digest is None:
        raise NotMadeAgain(Fault.ANSWERS_ERASED)
    try:
        declaration = decode(past.model, Declaration)
        facts = _facts(past.facts_read(), digest)
        mrn, accepted_at = _acceptance(past)
    except EvidenceChanged as error:
        raise NotMadeAgain(Fault.ANSWERS_CHANGED) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotMadeAgain(Fault.UNREADABLE) from error
    made = Made(
        number=past.number,
        version=past.version,
        at=past.decided_at.astimezone(UTC),
        body=event_body,
        facts=digest,
        answers=(),
        mrn=mrn,
        accepted_at=accepted_at,
    )
    return Recalled(made=made, received_at=past.received_at.astimezone(UTC), declaration=declaration, facts=facts)


def _stored(tally: Tally, past: PastDecision, calendar: Calendar) -> NumberedDecision | None:
    try:
        return decode(past.decision, NumberedDecision)
    except ValueError:
        tally.failed(_about(past, None, calendar), Fault.UNREADABLE)
        return None


def _event_body(past: PastDecision, stored: NumberedDecision) -> Mapping[str, object]:
    """Return the event body of a decision, if it agrees with the stored decision."""
    if past.event is None:
        raise NotMadeAgain(Fault.TRAIL_SILENT)
    try:
        event_body: Mapping[str, object] = dict(json.loads(past.event)["body"])
        now = json.loads(encode(decided(stored.decided_at, stored).body))
    except (ValueError, KeyError, TypeError) as error:
        raise NotMadeAgain(Fault.UNREADABLE) from error
    if any(now.get(key, value) != value for key, value in event_body.items()):
        raise NotMadeAgain(Fault.TRAIL_DIFFERS)
    return event_body


def _facts(stored: bytes | None, digest: str) -> Facts:
    if stored is None:
        raise NotMadeAgain(Fault.ANSWERS_ERASED)
    if "sha256:" + sha256(stored).hexdigest() != digest:
        raise NotMadeAgain(Fault.ANSWERS_CHANGED)
    return read_facts(stored)


def _acceptance(past: PastDecision) -> tuple[str | None, datetime | None]:
    """Return MRN and acceptance as they were known when the decision was made."""
    if past.acceptance is not None:
        acceptance = json.loads(past.acceptance)["body"]
        return acceptance["mrn"], datetime.fromisoformat(acceptance["accepted_at"])
    if past.accepted_later:
        return None, None
    return past.mrn, past.accepted_at and past.accepted_at.astimezone(UTC)


def _with_its_own_answers(case: Case) -> Case:
    """Leave out answers of authorities other than the one to be asked; an officer's verification stands for any."""
    adapters = {document.key: document.adapter for document in case.plan.documents}

    def counts(answer: Verification) -> bool:
        adapter = adapters.get(answer.key)
        return answer.verified_by is VerifiedBy.OFFICER or (adapter is not None and answer.adapter in {None, adapter})

    verifications = tuple(filter(counts, case.facts.verifications))
    before = tuple(
        one
        if all(counts(verification) for verification in (one.counted, one.out, one.said) if verification is not None)
        else structs.replace(one, counted=None, out=None, said=None)
        for one in case.facts.before
    )
    return replace(case, facts=structs.replace(case.facts, verifications=verifications, before=before))


def _once_reserved(judgement: Judgement, case: Case, stored: NumberedDecision, again: Decision) -> Effect | None:
    """Return the decision as it would be once all is reserved that nobody had a reason to reserve; None: the same."""
    unordered = (
        lacking(again) - lacking(stored.decision) - {own_position.document for own_position in case.own_positions}
    )
    assumed = tuple(
        own_position for own_position in as_if_held(judgement, stored.decided_at) if own_position.document in unordered
    )
    if not assumed:
        return None
    once = judgement.decision((*case.own_positions, *assumed)).effect
    return once if once is not again.effect else None


def _about(past: PastDecision, decision: Decision | None, calendar: Calendar) -> About:
    return About(
        name=f"{past.id}/{past.number}",
        direction=past.direction,
        day=calendar.day(past.decided_at),
        authorities=_authorities(decision) if decision is not None else frozenset(),
    )


def _authorities(decision: Decision) -> frozenset[str]:
    return frozenset(document.authority for document in decision.documents if document.authority is not None)
