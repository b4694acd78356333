"""The difference between two decisions on a declaration: what became what, and what happened between them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.domain.acts import Act
from gateway.domain.decision import DocumentOutcome, Effect, Finding, NumberedDecision
from gateway.domain.errors import CallInvalid
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.record import Record
from gateway.history.explain import with_decision
from gateway.history.recall import events_of
from gateway.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOfChange:
    """Something that happened between two decisions, and may have made the later one another."""

    kind: str
    """`step`, `tables`, `window`, or an `AssessmentCause`."""
    at: datetime | None = None
    act: Act | None = None
    """The act of a step."""
    windows: tuple[int, ...] = ()
    """The contingency windows that one of the decisions rests on and the other does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoDecisions:
    """Two decisions on a declaration, each on its version, and what happened between them."""

    before: Record
    after: Record
    causes: tuple[CauseOfChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDocument:
    """A document that one of two decisions has otherwise than the other; None: it has no such document."""

    was: DocumentOutcome | None
    now: DocumentOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedItem:
    """A goods item whose effect one of two decisions has otherwise; None: it has no such item."""

    goods_item: int
    was: Effect | None
    now: Effect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes from one decision to a later one."""

    before: NumberedDecision
    after: NumberedDecision
    items: tuple[ChangedItem, ...]
    documents: tuple[ChangedDocument, ...]
    appeared: tuple[Finding, ...]
    went: tuple[Finding, ...]
    changed: tuple[tuple[Finding, Finding], ...]
    """Findings about the same, with other figures: as it was, and as it is."""


async def two_decisions(store: Store, record: Record, number: int | None, against: int) -> TwoDecisions:
    """Read a decision of a record, by its number or the last one, and an earlier one.

    Raises:
        NotKnown: the declaration has no decision with one of these numbers.
        CallInvalid: the other one is not earlier.
        StoreUnavailable: the database does not answer.
    """
    events = await events_of(store, record.id)
    after = _as_decided(await with_decision(store, record, number, events))
    if after.decision is None or against >= after.decision.number:
        raise CallInvalid("`against` is the number of an earlier decision than the one that is explained.")
    before = _as_decided(await with_decision(store, record, against, events))
    assert before.decision is not None, "it was read by its number"
    acts = await store.acts.of(record.id)
    causes = tuple(_causes(before.decision, after.decision, events, acts))
    return TwoDecisions(before=before, after=after, causes=causes)


def changes(before: Record, after: Record) -> Changes:
    """Return what became what between two decided records, as a reader may see them: nothing else is compared."""
    was, now = before.decision, after.decision
    assert was is not None, "it was read as decided"
    assert now is not None, "it was read as decided"
    appeared, went, changed = _findings(was.decision.findings, now.decision.findings)
    return Changes(
        before=was,
        after=now,
        items=tuple(_items(was, now)),
        documents=tuple(_documents(before.documents, after.documents)),
        appeared=appeared,
        went=went,
        changed=changed,
    )


def _as_decided(record: Record) -> Record:
    """Return a record with its documents as they were decided, however far their quantities went since."""
    if record.decision is None:
        return record
    return replace(record, documents=record.decision.decision.documents)


def _items(was: NumberedDecision, now: NumberedDecision) -> Iterator[ChangedItem]:
    before = {one.goods_item: one.effect for one in was.decision.items}
    after = {one.goods_item: one.effect for one in now.decision.items}
    for number in sorted(before.keys() | after.keys()):
        if before.get(number) is not after.get(number):
            yield ChangedItem(goods_item=number, was=before.get(number), now=after.get(number))


def _documents(was: Sequence[DocumentOutcome], now: Sequence[DocumentOutcome]) -> Iterator[ChangedDocument]:
    before, after = {one.key: one for one in was}, {one.key: one for one in now}
    # In the order in which the newer one cites them; what it does not cite any more stands behind.
    for key in (*after, *(key for key in before if key not in after)):
        old, new = before.get(key), after.get(key)
        if old is None or new is None or _shown(old) != _shown(new):
            yield ChangedDocument(was=old, now=new)


def _shown(document: DocumentOutcome) -> tuple[object, ...]:
    quantity = [
        (line.goods_item, line.line, line.declared, line.unit, line.available, line.movement, line.moved, line.reason)
        for line in document.quantity
    ]
    national = document.national and document.national.code
    return document.status, document.effect, document.verified_by, document.goods_items, quantity, national


def _findings(
    was: Iterable[Finding], now: Iterable[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[tuple[Finding, Finding], ...]]:
    before: dict[tuple[object, ...], list[Finding]] = {}
    for finding in was:
        before.setdefault(_about(finding), []).append(finding)
    new: list[Finding] = []
    for finding in now:
        same = before.get(_about(finding), [])
        if finding in same:
            same.remove(finding)
        else:
            new.append(finding)
    appeared, changed = [], []
    for finding in new:
        others = before.get(_about(finding), [])
        if others:
            changed.append((others.pop(0), finding))
        else:
            appeared.append(finding)
    went = tuple(finding for rest in before.values() for finding in rest)
    return tuple(appeared), went, tuple(changed)


def _about(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.document, finding.goods_item, finding.mode


def _causes(
    before: NumberedDecision, after: NumberedDecision, events: Sequence[SealedEvent], acts: Iterable[Act]
) -> Iterator[CauseOfChange]:
    decided: dict[int, tuple[int, Any]] = {}
    for event in events:
        if event.kind is EventKind.DECIDED:
            body = event.body()
            decided[body["number"]] = event.seq, body
    (since, was), (until, now) = decided.get(before.number, (0, {})), decided.get(after.number, (0, {}))
    by_event = {act.seq: act for act in acts}
    for event in events:
        if not since < event.seq < until:
            continue
        if event.seq in by_event:
            yield CauseOfChange(kind="step", at=event.at, act=by_event[event.seq])
        elif event.kind is EventKind.DOCUMENTS_VERIFIED:
            for because in event.body().get("because", ()):
                yield CauseOfChange(kind=because, at=event.at)
    if before.decision.rules.digest != after.decision.rules.digest:
        yield CauseOfChange(kind="tables")
    if windows := {*was.get("contingency", ())} ^ {*now.get("contingency", ())}:
        yield CauseOfChange(kind="window", windows=tuple(sorted(windows)))
