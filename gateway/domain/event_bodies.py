"""The bodies of audit events: codes, amounts and digests, never personal data."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.domain.decision import Finding, NumberedDecision
from gateway.domain.events import Event, EventKind
from gateway.domain.movement import Movement, MovementState
from gateway.domain.report_results import ReportDelivery
from gateway.domain.required_report import RequiredReport
from gateway.domain.verification import Verification


def documents_verified(
    at: datetime, verifications: Sequence[Verification], digest: str, because: Iterable[str] = ()
) -> Event:
    """Return the event of a verification: each document's question and answer; `digest` is that of the facts.

    `because`: why they were asked about again, where nothing that was received is the reason.
    """
    documents = [
        {
            "type": v.type,
            "reference": v.reference,
            "status": v.status,
            "authority": v.adapter,
            "cause": v.cause,
            "verified_by": v.verified_by,
            "attempts": v.attempts,
            "message_ids": v.message_ids,
            "evidence": v.evidence,
        }
        for v in verifications
    ]
    body: dict[str, object] = {"documents": documents, "facts": digest}
    if causes := list(dict.fromkeys(because)):
        body["because"] = causes
    return Event(kind=EventKind.DOCUMENTS_VERIFIED, at=at, body=body)


def decided(at: datetime, numbered: NumberedDecision, windows: Sequence[int] = (), *, confirmed: bool = False) -> Event:
    """Return the event of a decision, with the contingency windows that it quotes.

    `confirmed`: it refuses for nothing but what customs has confirmed already.
    """
    decision = numbered.decision
    body: dict[str, object] = {
        "number": numbered.number,
        "version": numbered.version,
        "effect": decision.effect,
        "advice": decision.advice,
        "forecast": decision.forecast,
        "findings": sorted({f.code for f in decision.findings}),
        "rules": decision.rules,
    }
    if windows:
        body["contingency"] = list(windows)
    if confirmed:
        body["confirmed"] = True
    return Event(kind=EventKind.DECIDED, at=at, body=body)


def alerted(at: datetime, number: int, findings: Sequence[Finding], verifications: Sequence[Verification]) -> Event:
    """Return the event of an alert to customs, with the state of each document now."""
    now = {v.key: v.status for v in verifications}
    about = [
        {"code": f.code, "type": f.document.type, "reference": f.document.reference, "status": now.get(f.document.key)}
        for f in findings
        if f.document is not None
    ]
    return Event(kind=EventKind.ALERTED, at=at, body={"number": number, "documents": about})


def given_up(at: datetime, number: int, verifications: Sequence[Verification]) -> Event:
    """Return the event of documents no longer asked about automatically, and of the decision that stands on them."""
    documents = [{"type": v.type, "reference": v.reference, "status": v.status} for v in verifications]
    return Event(kind=EventKind.GAVE_UP, at=at, body={"number": number, "documents": documents})


def reports_told(
    kind: EventKind, at: datetime, step: int, told: Sequence[tuple[RequiredReport, ReportDelivery]]
) -> Event:
    """Return the event of what became of reports of a release, by the number of the release's own event."""
    reports = [
        {
            "type": report.order.type,
            "reference": report.order.reference,
            "authority": report.adapter,
            "goods_items": [line.goods_item for line in report.order.lines],
            "key": report.order.key,
            "cause": report.cause,
            "message_ids": delivery.message_ids,
            "evidence": [item.digest for item in delivery.evidence],
        }
        for report, delivery in told
    ]
    return Event(kind=kind, at=at, body={"step": step, "reports": reports})


def movement_body(movement: Movement, digests: Sequence[str]) -> dict[str, object]:
    """Return the event body of a movement: all of it is codes and amounts."""
    body: dict[str, object] = {
        "number": movement.number,
        "type": movement.type,
        "reference": movement.reference,
        "kind": movement.kind,
        "version": movement.version,
        "state": movement.state,
        "lines": movement.lines,
    }
    if movement.step is not None:
        body["step"] = movement.step
    if movement.settled_at is not None or movement.state is MovementState.IN_DOUBT:
        body |= {
            "holding": movement.holding,
            "refusal": movement.refusal,
            "authority_code": movement.authority_code,
            "cause": movement.cause,
            "message_ids": movement.message_ids,
            "evidence": tuple(digests),
        }
    if movement.by_receipt_alone:
        body["by_receipt_alone"] = True
    if movement.kept:
        body["kept"] = True
    return body
