"""The views of the last order to release goods: what became of it, and the refusal where it was not carried out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.domain.calendar import in_utc
from gateway.domain.decision import Finding
from gateway.domain.errors import ReleaseNotCarriedOut, Violation
from gateway.domain.record import Record
from gateway.domain.release import LastRelease, Obstacle, StepOutcome

OPEN, CARRIED_OUT, NOT_CARRIED_OUT = "open", "carried_out", "not_carried_out"


def is_released(last: LastRelease | None) -> bool | None:
    """Return whether the last order to release goods was carried out; None: there was none, or it is open."""
    return last.outcome.done if last is not None and last.outcome is not None else None


def release_order(record: Record, caller: Caller) -> Mapping[str, Any] | None:
    """Return the last order as a JSON object; why it was not carried out is not a trader's: the decision tells as much as may be."""
    last = record.last_release
    if last is None:
        return None
    if last.outcome is None:
        return {"outcome": OPEN, "event": last.seq, "ended_at": None, "reason": None, "obstacles": [], "documents": []}
    told = None if caller.sees_as_trader else last.outcome
    return {
        "outcome": CARRIED_OUT if last.outcome.done else NOT_CARRIED_OUT,
        "event": last.seq,
        "ended_at": in_utc(last.outcome.at),
        "reason": told.reason if told is not None else None,
        "obstacles": [_obstacle(one) for one in told.obstacles] if told is not None else [],
        "documents": list(told.documents) if told is not None else [],
    }


def not_carried_out(record: Record, outcome: StepOutcome, wording: Wording) -> ReleaseNotCarriedOut:
    """Return the refusal of a release that has ended without being carried out, with the reason by goods item in the caller's language."""
    shown = wording.record(record)
    findings = shown.decision.decision.findings if shown.decision is not None else ()
    violations = tuple(_violation(one, findings) for one in outcome.obstacles)
    return ReleaseNotCarriedOut(outcome.reason or "", violations=violations)


def _violation(one: Obstacle, findings: Iterable[Finding]) -> Violation:
    said = next(_meant(one, findings), None)
    about = " ".join(part for part in (one.type, one.reference) if part)
    return Violation(
        code=one.code,
        message=f"{said.message} {said.remedy}".strip() if said is not None else about,
        path=f"/goods_items/{one.goods_item}" if one.goods_item else None,
        rule=about or None,
    )


def _meant(one: Obstacle, findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        key = finding.document.key if finding.document is not None else ("", "")
        if (finding.code, *key) == (one.code, one.type, one.reference) and finding.goods_item in (None, one.goods_item):
            yield finding


def _obstacle(one: Obstacle) -> Mapping[str, Any]:
    document = {"type": one.type, "reference": one.reference} if one.type else None
    return {"goods_item": one.goods_item or None, "code": one.code, "document": document}
