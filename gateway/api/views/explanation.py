"""The view of an explanation: facts, rows, findings, how the gravest won, and the same as text."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.localization import told as visible
from gateway.api.views import actors
from gateway.api.views.declaration import decided, for_trader, is_visible_to_traders, worded_for
from gateway.api.views.explanation_text import told
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
from gateway.domain.texts.sentences import HeldMessage
from gateway.domain.verification import Verification
from gateway.history.explain import Explanation

Officers = Mapping[DocumentKey, OfficerVerification]

_HIDDEN_FROM_TRADERS = frozenset({"message_ids", "evidence", "cause"})
"""The handles of messages are the authority's and officers'."""


def explanation(found: Explanation, caller: Caller, wording: Wording, words: ExplanationTexts) -> bytes:
    """Write the explanation of a decision.

    A trader is shown nothing that its declaration would not show it: the sentences are made of what is shown, never of what
    was left out.
    """
    shown: dict[str, Any] = decode(encode(_body(found, caller, wording)), dict)
    return encode({**shown, "told": told(shown, words)})


def _body(found: Explanation, caller: Caller, wording: Wording) -> dict[str, Any]:
    trader = caller.sees_as_trader
    whole = wording.record(worded_for(found.record, caller))
    record = for_trader(whole, wording.held) if trader else whole
    numbered = record.decision
    findings = () if numbered is None else numbered.decision.findings
    covers = found.grounds.covers if found.grounds is not None else {}
    by_key: dict[DocumentKey | None, list[Finding]] = {None: []}
    for finding in findings:
        by_key.setdefault(finding.document.key if finding.document is not None else None, []).append(finding)
    asked, moved = _asked(found.events, caller), by_document(found.movements, caller)
    answers = _answers(found, caller)
    documents = [
        {
            **wording.document(outcome),
            "covers": sorted(covers.get(outcome.key, outcome.goods_items)),
            "authority_name": _authority(found, outcome, wording),
            "answers": answers.get(outcome.key, []),
            "asked": asked.get(outcome.key, []),
            "movements": moved.get(outcome.key, []),
            "findings": [_finding(one) for one in by_key.pop(outcome.key, [])],
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
        else {**decided(numbered, findings=False), "newest": found.newest, "confirmed": record.confirmed},
        "documents": documents,
        # What concerns no single cited document: the whole declaration, or one that is missing.
        "findings": [_finding(one) for rest in by_key.values() for one in rest],
        "won": None if numbered is None else _won(weigh(numbered.decision, covers)),
        "trader": None if trader or numbered is None else _trader_body(whole, wording.held),
        "rows": None if trader or found.grounds is None else [_row(one) for one in found.grounds.consulted],
        "again": None if trader or found.again is None else _again(found),
        "acts": None if trader else actors.acts(found.acts),
        "history": [
            {"seq": e.seq, "kind": e.kind, "at": in_utc(e.at)}
            for e in found.events
            if not trader or is_visible_to_traders(e)
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        **visible(finding),
        "rules": [{"name": name, "promise": promise} for name, promise in rules_behind(finding)],
    }


def _authority(found: Explanation, outcome: DocumentOutcome, wording: Wording) -> str | None:
    """Return the authority's name as people know it; its adapter's name where the tables have no row for it any more."""
    if outcome.authority is None or found.made is None:
        return outcome.authority
    row = found.tables.at(found.made.at.date()).known(outcome.type)
    return wording.name("authority", row.authority) if row is not None else outcome.authority


def _answers(found: Explanation, caller: Caller) -> Mapping[DocumentKey, list[dict[str, Any]]]:
    """Return the answers that the decision was made from, by document; none where the audit trail has none."""
    if found.made is None:
        return {}
    stored: dict[DocumentKey, list[Verification]] = {}
    for word in found.facts.verifications if found.facts is not None else ():
        stored.setdefault(word.key, []).append(word)
    officers = {one.key: one for one in found.officers}
    shown: dict[DocumentKey, list[dict[str, Any]]] = {}
    for one in found.made.answers:
        key = DocumentKey(one["type"], one["reference"])
        told_of = shown.setdefault(key, [])
        # The trail and the facts tell of the same answers in the same order.
        words = stored.get(key, [])
        known = words[len(told_of)] if len(words) > len(told_of) else None
        told_of.append(_answer(one, known, found, caller, officers))
    return shown


def _answer(
    told_of: Mapping[str, Any], word: Verification | None, found: Explanation, caller: Caller, officers: Officers
) -> dict[str, Any]:
    assert found.made is not None, "an answer is that of a decision"
    at = word.asked_at if word is not None else None
    shown = {"at": in_utc(at or found.made.at), **_visible(told_of, caller)}
    if not caller.sees_as_trader:
        by_hand = told_of.get("verified_by") == "officer"
        officer = _officer(officers.get(DocumentKey(told_of["type"], told_of["reference"]))) if by_hand else None
        shown |= {"record": _record(word), "left": _left(word), "officer": officer}
    return shown


def _visible(answer: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    hidden = {"type", "reference"} | (_HIDDEN_FROM_TRADERS if caller.sees_as_trader else set())
    return {name: value for name, value in answer.items() if name not in hidden}


def _record(word: Verification | None) -> dict[str, Any] | None:
    """Return the authority's record, with the number of its lines only."""
    certificate = word.certificate if word is not None else None
    if certificate is None:
        return None
    return {
        "type": certificate.type,
        "status": certificate.authority_status,
        "decision": certificate.decision,
        "valid_from": certificate.valid_from,
        "valid_to": certificate.valid_to,
        "holder": certificate.holder,
        "destinations": certificate.destinations,
        "successors": certificate.successors,
        "lines": len(certificate.lines),
    }


def _left(word: Verification | None) -> list[dict[str, Any]] | None:
    """Return the quantity left on each line; the holders of the rest are left out."""
    if word is None or word.ledger is None:
        return None
    return [
        {"line": line.number, "available": line.available.value, "unit": line.available.unit}
        for line in word.ledger.lines
    ]


def _officer(said: OfficerVerification | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "officer": said.officer,
        "second_officer": said.second_officer,
        "means": said.means,
        "reason": said.reason,
        "at": in_utc(said.at),
    }


def _won(weighed: Weighed) -> dict[str, Any]:
    return {
        "effect": weighed.effect,
        "items": weighed.items,
        "less_grave": [{"effect": effect, "count": count} for effect, count in weighed.less_grave],
        "shadow": [{"effect": effect, "count": count} for effect, count in weighed.shadow],
    }


def _trader_body(record: Record, held: HeldMessage | None) -> dict[str, Any]:
    shown = for_trader(record, held).decision
    assert shown is not None, "a decision that is explained is shown to its trader, softened or not"
    decision = shown.decision
    return {
        "effect": decision.effect,
        "advice": decision.advice,
        "softened": decision.effect is not (record.decision or shown).decision.effect,
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


def _asked(found: Iterable[SealedEvent], caller: Caller) -> Mapping[DocumentKey, list[dict[str, Any]]]:
    """Return every verification of each document, in order."""
    asked: dict[DocumentKey, list[dict[str, Any]]] = {}
    for event in found:
        if event.kind is not EventKind.DOCUMENTS_VERIFIED:
            continue
        for one in event.body().get("documents", ()):
            told_of = {"at": in_utc(event.at), **_visible(one, caller)}
            asked.setdefault(DocumentKey(one["type"], one["reference"]), []).append(told_of)
    return asked
