"""The notices of an assessment's outcome to a declaration's parties, customs and officers."""

from collections.abc import Hashable, Iterator, Sequence

from gateway.decisions import is_alert, is_suspicious
from gateway.domain.decision import Finding, NumberedDecision
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.notice import Notice, NoticedDocument, NoticeKind
from gateway.domain.record import State, Work
from gateway.domain.release import Released
from gateway.domain.verification import DocumentStatus, Verification

NAMED = 3
"""Documents that a notice names, at most."""
_NAMING = frozenset({NoticeKind.ALERT, NoticeKind.CHANGED})
"""Beside that of what is not asked about any more, the kinds that name documents."""


def alerts(work: Work, numbered: NumberedDecision | None, released: Released | None) -> tuple[Finding, ...]:
    """Return the alerts to customs in a new decision: what the last one on the same version did not contain."""
    if numbered is None:
        return ()
    last = work.last
    out = (released or work.released) is not None or work.declaration.kind is Kind.SUPPLEMENTARY
    alerting = [finding for finding in numbered.decision.findings if is_alert(finding, released=out)]
    if not alerting:
        return ()
    same_version = last is not None and last.version == work.version
    known: set[Hashable] = set()
    for finding in last.decision.findings if last is not None and same_version else ():
        known.update(_meanings(finding))
    return tuple(finding for finding in alerting if known.isdisjoint(_meanings(finding)))


def _meanings(finding: Finding) -> Iterator[Hashable]:
    """Yield the keys of a finding's meaning: two that share one mean the same, be it in another text of the catalogue."""
    place = (finding.code, finding.document, finding.effect, finding.mode)
    yield *place, finding.message
    if finding.params is not None:
        yield *place, frozenset(finding.params.items())


def notices(
    work: Work,
    *,
    numbered: NumberedDecision | None,
    released: Released | None,
    state: State,
    alerting: Sequence[Finding] = (),
    given_up: Sequence[Verification] = (),
    left: bool = False,
    refused: bool = False,
    is_told: bool = True,
) -> tuple[Notice, ...]:
    """Return the notices of an outcome, in the order in which it came about. A meaning that did not change is none.

    Args:
        work: the declaration as it was before.
        numbered: the new decision, if its meaning is another one.
        released: what is released now; None: as before.
        state: where the declaration stands now.
        alerting: what customs is alerted of.
        left: whether an authority turns out to have something that no order puts right.
        refused: whether a release that was ordered has ended without being carried out.
        given_up: what is not asked about by itself any more.
        is_told: whether the new decision reads otherwise to the parties; else its notice is for customs and officers alone.
    """
    kinds = []
    if released is not None and released != work.released:
        kinds.append(NoticeKind.RELEASED)
    if numbered is not None and not (alerting and state is State.RELEASED):
        first = work.last is None or work.last.version != work.version
        kinds.append(NoticeKind.DECIDED if first else NoticeKind.CHANGED)
    if alerting or left or refused or (numbered is not None and is_suspicious(numbered.decision)):
        # No party gets this one, and beside it each gets what it would have got without.
        kinds.append(NoticeKind.ALERT)
    if given_up:
        kinds.append(NoticeKind.GAVE_UP)
    if state is State.INVALIDATED and work.ended is None:
        kinds.append(NoticeKind.INVALIDATED)
    own_position = numbered or work.last
    return tuple(
        Notice(
            kind=kind,
            decision=own_position.number if own_position is not None else None,
            effect=own_position.decision.effect if own_position is not None else None,
            documents=tuple(_documents(kind, work, numbered, alerting, given_up)[:NAMED]),
            for_parties=is_told or kind is not NoticeKind.CHANGED,
            released=True if kind is NoticeKind.RELEASED else False if refused and kind is NoticeKind.ALERT else None,
        )
        for kind in kinds
    )


def _documents(
    kind: NoticeKind,
    work: Work,
    numbered: NumberedDecision | None,
    alerting: Sequence[Finding],
    given_up: Sequence[Verification],
) -> list[NoticedDocument]:
    """Return the documents that a notice is about, by what authorities and officers said of them and by nothing else."""
    if kind is NoticeKind.GAVE_UP:
        return [_noticed(one.key, one.status) for one in given_up]
    if numbered is None or kind not in _NAMING:
        return []
    now = {one.key: one.status for one in numbered.decision.documents}
    if kind is NoticeKind.ALERT:
        about = dict.fromkeys(one.document.key for one in alerting if one.document is not None)
        return [_noticed(key, now[key]) for key in about if key in now]
    if kind is NoticeKind.CHANGED and work.last is not None:
        was = {one.key: one.status for one in work.last.decision.documents}
        return [_noticed(key, status) for key, status in now.items() if was.get(key) is not status]
    return []


def _noticed(key: DocumentKey, status: DocumentStatus) -> NoticedDocument:
    return NoticedDocument(type=key.type, reference=key.reference, status=status)
