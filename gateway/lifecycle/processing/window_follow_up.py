"""The list of what is decided inside contingency windows: its additions by an assessment, and its verification."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from gateway.decisions import INSIDE, TO_WRITE_OFF, VERIFIED_INSIDE, Intended, Judgement, as_if_held
from gateway.domain.contingency import RELEASED_UNVERIFIED, Afterwards, DecidedInside, Found, Window
from gateway.domain.decision import Decision, DocumentOutcome, Effect, Mode, NumberedDecision
from gateway.domain.document import DocumentKey
from gateway.domain.events import Event, EventKind
from gateway.domain.record import Work
from gateway.domain.release import Released
from gateway.domain.release_parts import by_item, lines_out
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.lifecycle.processing.assessment import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The changes that an assessment makes to the list."""

    entries: tuple[DecidedInside, ...] = ()
    """The entries that are new or changed."""
    events: tuple[Event, ...] = ()
    windows: tuple[int, ...] = ()
    """The windows in force that the decision rests on."""
    quoted: tuple[int, ...] = ()
    """The windows that its findings quote: beside those the ones that goods were released under."""


def with_release(work: Work, released: Released | None) -> tuple[DecidedInside, ...]:
    """Return the list with what was released on the strength of it marked, by the decision before."""
    if released is None or released == work.released or work.last is None:
        return work.inside
    unverified = _documents_with(work.last.decision, {RELEASED_UNVERIFIED}) & _of_goods(
        work, _newly_out(work, released)
    )
    newest = {one.document: one.window for one in work.inside}
    return tuple(
        replace(one, released=True)
        if one.unverified and one.document in unverified and newest[one.document] == one.window
        else one
        for one in work.inside
    )


def as_released(work: Work, released: Released | None) -> Work:
    """Return the work with what is released by now; mostly nothing changed, and the work is long."""
    inside = with_release(work, released)
    if released == work.released and inside == work.inside:
        return work
    return replace(work, released=released, inside=inside)


def _newly_out(work: Work, released: Released) -> set[int]:
    """Return the goods items of which something is released that was not before."""
    before = work.released.items if work.released is not None else ()
    done = {entry.goods_item for entry in before if entry.quantity is None}
    if released.whole:
        return {item.number for item in work.declaration.items} - done
    known = frozenset(before)
    return {entry.goods_item for entry in released.items if entry not in known}


def _of_goods(work: Work, items: set[int]) -> set[DocumentKey]:
    """Return the documents that are for one of these goods items; of a type that the shipment cites it may be any."""
    shipment = {document.type for document in work.declaration.documents}
    return {
        document.key
        for document in (work.last.decision.documents if work.last is not None else ())
        if document.type in shipment or not document.goods_items or not items.isdisjoint(document.goods_items)
    }


def changed(work: Work, inside: Sequence[DecidedInside]) -> tuple[DecidedInside, ...]:
    """Return what differs from the list as it was read."""
    known = {(one.window, one.document, one.listed_as): one for one in work.inside}
    return tuple(one for one in inside if known.get((one.window, one.document, one.listed_as)) != one)


def after_assessment(
    work: Work,
    seen: Seen,
    inside: Sequence[DecidedInside],
    decision: Decision,
    numbered: NumberedDecision | None,
    at: datetime,
) -> Inside:
    """Return what an assessment's decision adds to the list, and which of its entries it closes.

    Args:
        work: the declaration as it was read.
        seen: the assessment of it.
        inside: the list, with releases marked.
        decision: what was decided.
        numbered: the same in its place; None if the last one means the same.
        at: now.
    """
    if not inside and not seen.case.facts.windows:
        return Inside()
    number = numbered.number if numbered is not None else work.last.number if work.last is not None else 0
    made = tuple(_decided(work, seen, inside, decision, number, at))
    places = {(one.window, one.document) for one in made}
    manual = _documents_with(decision, {TO_WRITE_OFF})
    settled = tuple(
        _verified_afterwards(seen, [one for one in inside if (one.window, one.document) not in places], manual, at)
    )
    untouched = {(one.window, one.document) for one in settled} | places
    marked = [one for one in changed(work, inside) if (one.window, one.document) not in untouched]
    return Inside(
        entries=(*changed(work, made), *settled, *marked),
        events=tuple(_event_of(one, at) for one in settled if one.found is not None),
        windows=tuple(sorted({one.window for one in made})),
        quoted=tuple(sorted({one.window for one in made} | _under(seen, decision))),
    )


def _under(seen: Seen, decision: Decision) -> set[int]:
    quoting = _documents_with(
        decision, {TO_WRITE_OFF} if seen.case.facts.partly else {RELEASED_UNVERIFIED, TO_WRITE_OFF}
    )
    return {number for kind, reference, number in seen.case.facts.released_under if (kind, reference) in quoting}


def _decided(
    work: Work, seen: Seen, inside: Sequence[DecidedInside], decision: Decision, number: int, at: datetime
) -> Iterator[DecidedInside]:
    known = {(one.window, one.document): one for one in inside}
    # The rest of goods that are released in part rests on the windows that are in force, as if nothing were released.
    under = () if seen.case.facts.partly else seen.case.facts.released_under
    released = {DocumentKey(kind, reference) for kind, reference, _ in under}
    windows = {window.adapter: window for window in seen.case.facts.windows}
    by_officer = _documents_with(decision, {VERIFIED_INSIDE})
    concerned = _documents_with(decision, INSIDE) - released
    for outcome in decision.documents:
        key, window = outcome.key, windows.get(outcome.authority or "")
        if key not in concerned or window is None:
            continue
        before = known.get((window.number, key))
        entry = _entry(work, outcome, window, number, key in by_officer, at)
        if before is not None:
            entry = replace(entry, listed_as=before.listed_as)
        if before is not None and before.unverified:
            entry = replace(entry, released=before.released)
        if before is not None and before.awaited and replace(entry, at=before.at, ended=before.ended) == before:
            entry = before
        yield entry


def _entry(
    work: Work, outcome: DocumentOutcome, window: Window, number: int, by_officer: bool, at: datetime
) -> DecidedInside:
    return DecidedInside(
        window=window.number,
        type=outcome.type,
        reference=outcome.reference,
        version=work.version,
        decision=number,
        effect=outcome.effect,
        by_officer=by_officer,
        at=at,
    )


def _verified_afterwards(
    seen: Seen, inside: Sequence[DecidedInside], manual: Collection[DocumentKey], at: datetime
) -> Iterator[DecidedInside]:
    waiting = [one for one in inside if one.awaited]
    if not waiting:
        return
    cited = {document.key for document in seen.case.plan.documents}
    answered = {
        v.key
        for v in seen.verifications
        if v.verified_by is VerifiedBy.AUTHORITY and v.status is not DocumentStatus.UNDETERMINED
    }
    judged = _Anew.of(seen, {one.document for one in waiting}, at) if answered else None
    parts = by_item(seen.case.facts.parts or ())
    for one in waiting:
        if one.document not in cited:
            yield replace(one, afterwards=Afterwards.DROPPED)
        elif judged is not None and one.document in answered:
            found = _compared(one, judged, at)
            if seen.case.facts.partly:
                # What the gateway writes off itself is no officer's.
                lines = lines_out(found.write_off, parts, seen.view.convert).lines if one.document in manual else ()
                found = replace(found, write_off=lines)
            yield found


class _Anew:
    """The judgement on the authorities' answers alone, without windows, as if every reservation were made; by document."""

    def __init__(self, decision: Decision, intended: Sequence[Intended]) -> None:
        self.outcomes = {one.key: one for one in decision.documents}
        self.lines = {one.document: one.lines for one in intended}
        self.stopping: dict[DocumentKey, set[str]] = {}
        for finding in decision.findings:
            counts = finding.mode is Mode.ACTIVE and finding.effect.gravity > Effect.RELEASE.gravity
            if counts and finding.document is not None:
                self.stopping.setdefault(finding.document.key, set()).add(finding.code)

    @classmethod
    def of(cls, seen: Seen, documents: Collection[DocumentKey], at: datetime) -> "_Anew":
        """Judge once more; of these documents officers' verifications do not count."""
        verifications = tuple(
            one for one in seen.verifications if one.verified_by is VerifiedBy.AUTHORITY or one.key not in documents
        )
        facts = structs.replace(seen.case.facts, verifications=verifications, windows=(), released_under=(), before=())
        judgement = Judgement(replace(seen.case, facts=facts))
        return cls(judgement.decision(as_if_held(judgement, at)), judgement.intended())


def _compared(one: DecidedInside, judged: _Anew, at: datetime) -> DecidedInside:
    outcome = judged.outcomes[one.document]
    stopping = judged.stopping.get(one.document, ())
    found = Found(status=outcome.status, effect=outcome.effect, findings=tuple(sorted(stopping)), at=at)
    lines = judged.lines.get(one.document, ()) if one.released else ()
    return replace(one, afterwards=_afterwards(one, outcome.effect), found=found, write_off=lines)


def _afterwards(one: DecidedInside, effect: Effect) -> Afterwards:
    if one.effect is Effect.HOLD and not one.by_officer:
        return Afterwards.DETERMINED
    passed, passes = (e.gravity <= Effect.RELEASE.gravity for e in (one.effect, effect))
    return Afterwards.CONFIRMED if passed == passes else Afterwards.DIFFERS


def _documents_with(decision: Decision, codes: Collection[str]) -> set[DocumentKey]:
    return {
        finding.document.key for finding in decision.findings if finding.code in codes and finding.document is not None
    }


def _event_of(one: DecidedInside, at: datetime) -> Event:
    assert one.found is not None
    body = {
        "window": one.window,
        "type": one.type,
        "reference": one.reference,
        "inside": one.effect,
        "by_officer": one.by_officer,
        "released": one.released,
        "afterwards": one.afterwards,
        "status": one.found.status,
        "effect": one.found.effect,
        "findings": one.found.findings,
    }
    return Event(kind=EventKind.CONTINGENCY_VERIFIED, at=at, body=body)
