"""The view of an explanation: facts, rows, findings, how the gravest won, and the same as text."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.access import Caller
from gateway.api.localization import Wording, finding_body
from gateway.api.views.declaration import for_caller, for_trader, without_findings
from gateway.api.views.explanation_text import as_sections
from gateway.api.views.explanation_texts import ROW_NAMES, ExplanationTexts
from gateway.api.views.movements import by_document
from gateway.decisions.explanation import Weighed, rules_behind, weigh
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode, encode
from gateway.domain.decision import DocumentOutcome, Finding
from gateway.domain.document import DocumentKey
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.record import OfficerVerification, Record
from gateway.domain.tables.consulted import Consulted
from gateway.domain.tables.rows import DocumentRoute
from gateway.domain.verification import DocumentStatus, Verification, holders_of
from gateway.history.explain import Explanation

Officers = Mapping[DocumentKey, OfficerVerification]

_HIDDEN_FROM_TRADERS = frozenset({"message_ids", "evidence", "cause"})
"""The handles of messages are the authority's and officers'."""


def explanation(
    found: Explanation,
    caller: Caller,
    wording: Wording,
    texts: ExplanationTexts,
    difference: Mapping[str, Any] | None = None,
) -> bytes:
    """Write the explanation of a decision, and how it differs from an earlier one where that is asked for.

    A trader is shown nothing that its declaration would not show it: the sentences are made of what is shown, never of what
    was left out.
    """
    view: dict[str, Any] = decode(encode(_body(found, caller, wording)), dict)
    told = as_sections(view, texts, wording.quantity)
    if difference is not None:
        told.append({"title": difference["title"], "paragraphs": [[one] for one in difference["sentences"]]})
        difference = {name: value for name, value in difference.items() if name != "title"}
    return encode({**view, "told": told, "difference": difference})


def _body(found: Explanation, caller: Caller, wording: Wording) -> dict[str, Any]:
    trader = caller.sees_as_trader
    record = for_caller(found.record, caller, wording)
    numbered = record.decision
    findings = () if numbered is None else numbered.decision.findings
    confirmed = record.confirmed or (trader and wording.at_once)
    covers = dict(found.grounds.covers) if found.grounds is not None else {}
    by_key: dict[DocumentKey | None, list[Finding]] = {None: []}
    for finding in findings:
        by_key.setdefault(finding.document.key if finding.document is not None else None, []).append(finding)
    verified, moved = _verified(found.events, caller), by_document(found.movements, caller)
    answers = _answers(found, caller)
    for outcome in record.documents:
        if outcome.status is DocumentStatus.NOT_TOLD:
            # Neither its answers nor its orders tell what its status does not, nor for which goods it was found to stand.
            for about in (covers, verified, moved, answers):
                about.pop(outcome.key, None)
    documents = [
        {
            **wording.document(outcome),
            "covers": sorted(covers.get(outcome.key, outcome.goods_items)),
            "compared": None if trader or found.grounds is None else found.grounds.compared.get(outcome.key, ()),
            "authority_name": _authority(found, outcome, wording),
            "system_name": _system(found, outcome, wording),
            "answers": answers.get(outcome.key, []),
            "asked": verified.get(outcome.key, []),
            "movements": moved.get(outcome.key, []),
            "findings": [_finding(one, wording, confirmed) for one in by_key.pop(outcome.key, [])],
        }
        for outcome in record.documents
    ]
    return {
        "id": record.id,
        "version": record.version,
        "lrn": record.lrn,
        "mrn": record.mrn,
        "kind": record.kind,
        "state": record.state,
        "decision": None
        if numbered is None
        else {**without_findings(numbered), "newest": found.newest, "confirmed": record.confirmed},
        "documents": documents,
        # What concerns no single cited document: the whole declaration, or one that is missing.
        "findings": [_finding(one, wording, confirmed) for rest in by_key.values() for one in rest],
        "won": None if numbered is None else _won(weigh(numbered.decision, covers)),
        "trader": None if trader or numbered is None else _trader_body(record, wording),
        "rows": None if trader or found.grounds is None else [_row(one) for one in found.grounds.consulted],
        "again": None if trader or found.again is None else _again(found),
        "acts": None if trader else found.acts,
        "history": [{"seq": one.seq, "kind": one.kind, "at": in_utc(one.at)} for one in found.events],
    }


def _finding(finding: Finding, wording: Wording, confirmed: bool) -> dict[str, Any]:
    return {
        **finding_body(finding, wording, confirmed=confirmed),
        "rules": [{"name": name, "promise": promise} for name, promise in rules_behind(finding)],
    }


def _authority(found: Explanation, outcome: DocumentOutcome, wording: Wording) -> str | None:
    """Return the authority's name as people know it; its adapter's name where the tables have no row for it any more."""
    row = _route(found, outcome)
    return wording.name("authority", row.authority) if row is not None else outcome.authority


def _system(found: Explanation, outcome: DocumentOutcome, wording: Wording) -> str | None:
    """Return the name of the system that was asked; of an authority whose system has no name, the authority's."""
    row = _route(found, outcome)
    return wording.name("system", row.system or row.authority) if row is not None else outcome.authority


def _route(found: Explanation, outcome: DocumentOutcome) -> DocumentRoute | None:
    if outcome.authority is None or found.made is None:
        return None
    return found.tables.at(found.made.at.date()).known(outcome.type)


def _answers(found: Explanation, caller: Caller) -> dict[DocumentKey, list[dict[str, Any]]]:
    """Return the answers that the decision was made from, by document; none where the audit trail has none."""
    if found.made is None:
        return {}
    stored: dict[DocumentKey, list[Verification]] = {}
    for verification in found.facts.verifications if found.facts is not None else ():
        stored.setdefault(verification.key, []).append(verification)
    officers = {one.key: one for one in found.officers}
    answers: dict[DocumentKey, list[dict[str, Any]]] = {}
    for one in found.made.answers:
        key = DocumentKey(one["type"], one["reference"])
        of_document = answers.setdefault(key, [])
        # The trail and the facts have the same answers in the same order.
        verifications = stored.get(key, [])
        known = verifications[len(of_document)] if len(verifications) > len(of_document) else None
        of_document.append(_answer(one, known, found, caller, officers))
    return answers


def _answer(
    answer: Mapping[str, Any], verification: Verification | None, found: Explanation, caller: Caller, officers: Officers
) -> dict[str, Any]:
    assert found.made is not None, "an answer is that of a decision"
    at = verification.asked_at if verification is not None else None
    view = {"at": in_utc(at or found.made.at), **_visible(answer, caller)}
    if not caller.sees_as_trader:
        by_officer = answer.get("verified_by") == "officer"
        officer = _officer(officers.get(DocumentKey(answer["type"], answer["reference"]))) if by_officer else None
        view |= {"record": _record(verification), "left": _left(verification), "officer": officer}
    return view


def _visible(answer: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    hidden = {"type", "reference"} | (_HIDDEN_FROM_TRADERS if caller.sees_as_trader else set())
    return {name: value for name, value in answer.items() if name not in hidden}


def _record(verification: Verification | None) -> dict[str, Any] | None:
    """Return the authority's record, with the number of its lines only."""
    certificate = verification.certificate if verification is not None else None
    if certificate is None:
        return None
    return {
        "type": certificate.type,
        "status": certificate.authority_status,
        "decision": certificate.decision,
        "valid_from": certificate.valid_from,
        "valid_to": certificate.valid_to,
        "holder": ", ".join(holders_of(certificate)) or None,
        "destinations": certificate.destinations,
        "successors": certificate.successors,
        "lines": len(certificate.lines),
    }


def _left(verification: Verification | None) -> list[dict[str, Any]] | None:
    """Return the quantity left on each line; the holders of the rest are left out."""
    if verification is None or verification.ledger is None:
        return None
    return [
        {"line": line.number, "available": line.available.value, "unit": line.available.unit}
        for line in verification.ledger.lines
    ]


def _officer(verification: OfficerVerification | None) -> dict[str, Any] | None:
    if verification is None:
        return None
    return {
        "officer": verification.officer,
        "second_officer": verification.second_officer,
        "means": verification.means,
        "reason": verification.reason,
        "at": in_utc(verification.at),
    }


def _won(weighed: Weighed) -> dict[str, Any]:
    return {
        "effect": weighed.effect,
        "items": weighed.items,
        "less_grave": [{"effect": effect, "count": count} for effect, count in weighed.less_grave],
        "shadow": [{"effect": effect, "count": count} for effect, count in weighed.shadow],
    }


def _trader_body(record: Record, wording: Wording) -> dict[str, Any]:
    numbered = for_trader(record, (), wording).decision
    assert numbered is not None, "a decision that is explained is shown to its trader, softened or not"
    decision = numbered.decision
    return {
        "effect": decision.effect,
        "advice": decision.advice,
        "softened": decision.effect is not (record.decision or numbered).decision.effect,
        "findings": [
            {"code": one.code, "goods_item": one.goods_item, "message": one.message, "remedy": one.remedy}
            for one in decision.findings
        ],
    }


def _row(one: Consulted) -> dict[str, Any]:
    row = one.row
    return {
        "table": ROW_NAMES[type(row)],
        "place": row.place or None,
        "keys": one.keys,
        "source": row.source,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


def _again(found: Explanation) -> dict[str, Any]:
    return {
        "outcome": found.again,
        "same_tables": found.same_tables,
        "tables": {"version": found.tables.version, "digest": found.tables.digest},
    }


def _verified(found: Iterable[SealedEvent], caller: Caller) -> dict[DocumentKey, list[dict[str, Any]]]:
    """Return every verification of each document, in order."""
    verified: dict[DocumentKey, list[dict[str, Any]]] = {}
    for event in found:
        if event.kind is not EventKind.DOCUMENTS_VERIFIED:
            continue
        for one in event.body().get("documents", ()):
            verification = {"at": in_utc(event.at), **_visible(one, caller)}
            verified.setdefault(DocumentKey(one["type"], one["reference"]), []).append(verification)
    return verified
