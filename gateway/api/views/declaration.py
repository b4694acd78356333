"""The views of a declaration: the resource of every answer, and the narrower view for a trader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import structs

from gateway.access import Caller
from gateway.api.localization import Wording, visible
from gateway.api.views.movements import position, released
from gateway.api.views.pages import filled
from gateway.decisions.turn import Told, told, told_documents
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Advice, Decision, Effect, Finding, NumberedDecision
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.record import Record
from gateway.domain.verification import DocumentStatus, Verification, held_by, without_quantities

COLLECTION = "/v1/declarations"


def location(record_id: str) -> str:
    """Return the path of a declaration."""
    return f"{COLLECTION}/{quote(record_id, safe='')}"


def declaration(
    record: Record,
    caller: Caller,
    wording: Wording,
    acts: Iterable[Any] | None = None,
    warnings: Sequence[Mapping[str, Any]] = (),
    actions: Sequence[Any] | None = None,
) -> bytes:
    """Write the resource that a caller may see, with the acts on it where they may see those, and what is told of the call.

    `actions` are what they may do with it; None: that is told where it is read.
    """
    body = declaration_body(record, caller, wording)
    return encode({**body, "acts": None if acts is None else list(acts), "warnings": warnings, "actions": actions})


def declaration_body(record: Record, caller: Caller, wording: Wording) -> dict[str, Any]:
    """Return the resource that a caller may see, as a JSON object."""
    record = _for_caller(record, caller, wording)
    here = location(record.id)
    versioned = here if record.version == record.current_version else f"{here}?version={record.version}"
    return {
        "id": record.id,
        "version": record.version,
        "lrn": record.lrn,
        "mrn": record.mrn,
        "declarant": record.declarant,
        "direction": record.direction,
        "kind": record.kind,
        "received_at": in_utc(record.received_at),
        "accepted_at": in_utc(record.accepted_at),
        "state": record.state,
        "documents": wording.documents(record.documents),
        "decision": None if record.decision is None else decided(record.decision),
        "confirmed": record.confirmed,
        "release": released(record.released),
        "examination": record.examination,
        "links": links(record.id, caller, versioned),
    }


def links(record_id: str, caller: Caller, self: str | None = None) -> dict[str, str | None]:
    """Return where a caller finds more of a declaration; `self`: the address of a version."""
    here = location(record_id)
    return {
        "self": here if self is None else self,
        "events": f"{here}/events",
        "evidence": None if caller.sees_as_trader else f"{here}/evidence",
        "explanation": f"{here}/explanation",
        "movements": f"{here}/movements",
        "approvals": None if caller.sees_as_trader else f"/v1/approvals?state=all&declaration={record_id}",
        "applications": f"/v1/applications?declaration={quote(record_id, safe='')}",
    }


def _for_caller(record: Record, caller: Caller, wording: Wording) -> Record:
    record = wording.record(worded_for(record, caller))
    return for_trader(record, wording) if caller.sees_as_trader else record


def worded_for(record: Record, caller: Caller) -> Record:
    """Return the record whose findings get a caller's words: of those for officers alone not even the language is a trader's."""
    numbered = record.decision
    if numbered is None or not caller.sees_as_trader:
        return record
    return replace(record, decision=replace(numbered, decision=numbered.decision.for_parties()))


def for_trader(record: Record, wording: Wording) -> Record:
    """Return a declaration as its trader may see it (`decisions.turn.told`).

    If the goods are held and nothing that holds them may be told, one sentence stands in the place of whatever does: the same
    for a refusal that customs has not confirmed, for a selection to control, and for an ordinary check by an officer.
    """
    numbered = record.decision
    confirmed = record.confirmed or wording.at_once
    if numbered is None:
        return replace(record, documents=told_documents(record.documents, confirmed=True))
    shown = told(numbered.decision, confirmed=confirmed, announced=record.examination is not None)
    return replace(
        record,
        documents=told_documents(record.documents, confirmed=confirmed, untold=shown.untold),
        decision=replace(numbered, decision=with_sentence(shown, wording)),
    )


def with_sentence(shown: Told, wording: Wording) -> Decision:
    """Return what a trader may be told of a decision, with the one sentence where nothing that holds may be."""
    if not shown.untold:
        return shown.decision
    wording.use()
    held = wording.held
    sentence = Finding(
        code=held.code,
        effect=Effect.HOLD,
        advice=Advice.DOCUMENTS,
        goods_item=None,
        document=None,
        message=held.message,
        remedy=held.remedy,
        legal_basis=held.legal_basis,
    )
    return replace(shown.decision, findings=(sentence, *shown.decision.findings))


def preflight(
    decision: Decision,
    at: datetime,
    caller: Caller,
    wording: Wording,
    requirements: tuple[Sequence[Any], Sequence[int]] = ((), ()),
    warnings: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Write the decision of a declaration that is not stored, as its caller would see it if it were.

    `not_known` lists the documents about which nobody could say anything. `requirements` are those on its goods, and the goods
    items for which they are left out.
    """
    decision = wording.decision(decision.for_parties() if caller.sees_as_trader else decision)
    if caller.sees_as_trader:
        decision = with_sentence(told(decision, confirmed=wording.at_once), wording)
    unknown = [
        {"type": d.type, "reference": d.reference}
        for d in decision.documents
        if d.status is DocumentStatus.UNDETERMINED
    ]
    return encode(
        {
            "stored": False,
            "documents": wording.documents(decision.documents),
            "decision": {
                "effect": decision.effect,
                "advice": decision.advice,
                "forecast": True,
                "decided_at": in_utc(at),
                "items": decision.items,
                "findings": [visible(finding) for finding in decision.findings],
                "rules": decision.rules,
            },
            "not_known": unknown,
            "requirements": requirements[0],
            "requirements_left_out": requirements[1],
            "warnings": warnings,
        }
    )


def document(verification: Verification, at: datetime, caller: Caller) -> bytes:
    """Write the verification of one document by its authority.

    A trader sees only quantities whose named holder they are: the difference between what was certified and what
    is left is what others have taken.
    """
    certificate: Any = verification.certificate
    if caller.eoris is not None and not held_by(certificate, caller.eoris):
        certificate = without_quantities(certificate)
        verification = structs.replace(verification, ledger=None)
    if certificate is not None and caller.sees_as_trader:
        certificate = {
            "type": certificate.type,
            "reference": certificate.reference,
            "valid_from": certificate.valid_from,
            "valid_to": certificate.valid_to,
            "successors": certificate.successors,
            "lines": certificate.lines,
        }
    return encode(
        {
            "type": verification.type,
            "reference": verification.reference,
            "authority": verification.adapter,
            "status": verification.status,
            "verified_by": verification.verified_by,
            "cause": verification.cause,
            "asked_at": in_utc(verification.asked_at or at),
            "certificate": certificate,
            "quantity": position(verification.ledger, caller),
        }
    )


def events(found: tuple[SealedEvent, ...], limit: int, caller: Caller, *, most: int) -> bytes:
    """Write a page of the audit trail.

    Each item is the event's canonical text with its hash put behind the last member, so the hash can be computed
    again from what is shown. A trader sees which steps were taken, not what they hold, nor what officers only ask each other.
    """
    if caller.sees_as_trader:
        following = found[-1].seq if found and len(found) == limit else None
        visible = [{"seq": e.seq, "kind": e.kind, "at": in_utc(e.at)} for e in found if is_visible_to_traders(e)]
        return encode({"items": visible, "next": following})
    items, following = filled(found, _sealed, lambda event: event.seq, limit=limit, most=most, more=len(found) == limit)
    return encode({"items": items, "next": following})


def _sealed(event: SealedEvent) -> msgspec.Raw:
    return msgspec.Raw(f'{event.text[:-1]},"hash":"{event.hash}"}}'.encode())


def is_visible_to_traders(event: SealedEvent) -> bool:
    """Whether a trader sees an event: an order that waits for a second officer reveals what is not decided yet."""
    return event.kind not in {EventKind.APPROVAL_ASKED, EventKind.APPROVAL_ENDED, EventKind.ASSESSMENT_REQUESTED}


def evidence(found: tuple[SealedEvent, ...], record_id: str) -> bytes:
    """Write the digests of all messages that the audit trail cites, with the event that cites them first."""
    first: dict[str, int] = {}
    for event in found:
        for digest in _digests(decode(event.text, dict)):
            first.setdefault(digest, event.seq)
    here = f"{location(record_id)}/evidence"
    return encode({"items": [{"digest": d, "event": seq, "link": f"{here}/{d}"} for d, seq in first.items()]})


def decided(numbered: NumberedDecision, *, findings: bool = True) -> dict[str, Any]:
    """Return a decision as a JSON object, with its findings, or without where they are written elsewhere."""
    decision = numbered.decision
    body = {
        "number": numbered.number,
        "version": numbered.version,
        "effect": decision.effect,
        "advice": decision.advice,
        "forecast": decision.forecast,
        "decided_at": in_utc(numbered.decided_at),
        "items": decision.items,
        "findings": [visible(finding) for finding in decision.findings],
        "rules": decision.rules,
    }
    if not findings:
        del body["findings"]
    return body


def softened(effect: Effect) -> Effect:
    """Return the effect that a trader sees while customs has not confirmed it (UCC Art. 22(6))."""
    return Effect.HOLD if effect is Effect.REFUSE else effect


def _digests(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        if value.startswith("sha256:"):
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "rows":
                yield from (place.split()[1] for place in inner if place.startswith("evidence_link "))
            # The digests of the content, of the rules and of texts name no stored message.
            elif key not in {"content", "rules", "reason", "words"}:
                yield from _digests(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _digests(inner)
