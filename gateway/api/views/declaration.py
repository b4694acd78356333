"""The views of a declaration: the resource of every answer, and the narrower view for a trader."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import structs

from gateway.access import Caller
from gateway.api.localization import Wording, finding_body
from gateway.api.views.clocks import KeptLimits, kept, of_hold, ordered
from gateway.api.views.content import content
from gateway.api.views.matters import matters
from gateway.api.views.movements import position, released
from gateway.api.views.pages import filled
from gateway.api.views.release_orders import is_released, release_order
from gateway.decisions.rest import without_rest, without_rest_of
from gateway.decisions.turn import Told, before_decision, kind_and_turn, told
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.decision import Advice, Decision, Effect, Finding, NumberedDecision
from gateway.domain.document import DocumentKey
from gateway.domain.events import SealedEvent
from gateway.domain.matter import Matter, whose_turn
from gateway.domain.matters import matters_of
from gateway.domain.record import Detail, Record, State
from gateway.domain.suspension import told_of
from gateway.domain.verification import DocumentStatus, Verification, held_by, without_quantities
from gateway.history.messages import CitedMessage
from gateway.intake.message_places import MessagePlaces

COLLECTION = "/v1/declarations"
_OPEN = frozenset({DocumentStatus.UNDETERMINED, DocumentStatus.PENDING})
_ENDED = frozenset({State.INVALIDATED, State.LAPSED, State.RELEASED, State.SUPERSEDED})


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
    release_gate: Sequence[Any] | None = None,
) -> bytes:
    """Write the resource that a caller may see, with the acts on it where they may see those, and the warnings of the call.

    `actions` are what they may do with it, `release_gate` is what stands against the release of its goods items; None: that is told
    where it is read.
    """
    body = declaration_body(record, caller, wording)
    body |= {"acts": None if acts is None else list(acts), "warnings": warnings, "actions": actions}
    return encode({**body, "release_gate": release_gate})


def declaration_body(record: Record, caller: Caller, wording: Wording) -> dict[str, Any]:
    """Return the resource that a caller may see, as a JSON object."""
    found = matters_of(record, told=caller.sees_as_trader)
    record = for_caller(record, caller, wording)
    here = location(record.id)
    versioned = here if record.version == record.current_version else f"{here}?version={record.version}"
    steps = {"invalidation": _invalidation(record), "examination": _examination(record)}
    return {
        "resource": "declaration",
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
        "documents": _documents(record, wording),
        "decision": None if record.decision is None else decided(record.decision, record, caller, wording),
        **_turn(record, caller, wording, found),
        "matters": matters(found),
        "clocks": _clocks(record, caller, wording, found),
        **content(record.detail.declared if record.detail is not None else None),
        "confirmed": record.confirmed,
        "release": released(record.released),
        "released": is_released(record.last_release),
        "release_order": release_order(record, caller),
        **steps,
        "links": links(record.id, caller, versioned),
    }


def _invalidation(record: Record) -> dict[str, Any] | None:
    """Return the invalidation that was received, with whether it waits to be carried out; None: there is none, or it was not read."""
    found = record.detail.invalidation if record.detail is not None else None
    if found is None:
        return None
    return {
        "received_at": in_utc(found.received_at),
        "grounds": found.grounds,
        "goods": found.goods,
        "carried_out": record.state is State.INVALIDATED,
    }


def _examination(record: Record) -> dict[str, Any] | None:
    """Return the last examination that customs announced, with those of its goods items that are out; None: there was none."""
    found = record.examination
    if found is None:
        return None
    return {
        "announced_at": in_utc(found.announced_at),
        "took_place_at": in_utc(found.took_place_at),
        "reference": found.reference,
        "of": found.of,
        "goods_items": found.goods_items,
        "withdrawn_at": in_utc(found.withdrawn_at),
        "place": found.place,
        "time": in_utc(found.time),
        "released": record.examined_and_out,
    }


def _documents(record: Record, wording: Wording) -> list[dict[str, Any]]:
    """Return the documents with when an authority was asked about each, as far as that was read."""
    detail = record.detail or Detail(declared=None)
    all_asked = {one.key: one for one in detail.asked}
    found = []
    for one in record.documents:
        asked = all_asked.get(one.key) if one.status is not DocumentStatus.NOT_TOLD else None
        is_open = one.status in _OPEN and one.authority is not None
        written = {
            **wording.document(one),
            "asked_at": in_utc(asked.at) if asked is not None else None,
            "attempts": asked.attempts if asked is not None else None,
            "asked_again_at": in_utc(detail.assess_at) if is_open else None,
            "gave_up": detail.gave_up and is_open,
        }
        found.append(written)
    return found


def _turn(record: Record, caller: Caller, wording: Wording, found: Sequence[Matter]) -> dict[str, Any]:
    if record.decision is None:
        return {"effect_kind": None, "turn": whose_turn(None, found)}
    detail = record.detail
    kind, turn = kind_and_turn(
        record.decision.decision,
        as_trader=caller.sees_as_trader,
        confirmed=_is_told(record, caller, wording),
        gave_up=detail is not None and detail.gave_up,
        held=record.state not in _ENDED,
    )
    return {"effect_kind": kind, "turn": whose_turn(turn, found)}


def _is_told(record: Record, caller: Caller, wording: Wording) -> bool:
    return record.confirmed or (caller.sees_as_trader and wording.at_once)


def _clocks(record: Record, caller: Caller, wording: Wording, found: Sequence[Matter]) -> list[dict[str, Any]] | None:
    """Return the time limits that run and are the caller's to know; None: they were not read."""
    detail = record.detail
    if detail is None or wording.limits is None:
        return None
    running = KeptLimits(
        kind=record.kind,
        state=record.state,
        lodged_at=detail.lodged_at or record.received_at,
        accepted_at=record.accepted_at,
        matters=found,
        office=detail.declared.customs_office if detail.declared is not None else None,
        suspended=told_of(record.suspended, as_party=caller.sees_as_trader),
    )
    held = of_hold(record, wording, confirmed=_is_told(record, caller, wording))
    return ordered([*kept(running, wording.limits, wording), *held])


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


def for_caller(record: Record, caller: Caller, wording: Wording) -> Record:
    """Return a declaration in a caller's words, as the caller may see it."""
    return wording.record(record) if caller.eoris is None else for_trader(record, caller.eoris, wording)


def for_trader(record: Record, eoris: Collection[str], wording: Wording) -> Record:
    """Return a declaration as its trader may see it (`decisions.turn.told`), in the language of the answer.

    If the goods are held and nothing that holds them may be told, one sentence stands in the place of whatever does: the same
    for a refusal that customs has not confirmed, for a selection to control, and for an ordinary check by an officer.
    """
    record = _without_rest(record, eoris, accounts_alone=record.accepted_at is not None)
    numbered = record.decision
    if numbered is None:
        return replace(record, documents=before_decision(record.documents))
    announced, confirmed = record.examination is not None, record.confirmed or wording.at_once
    decision = wording.with_natures(numbered.decision)
    shown = told(decision, confirmed=confirmed, announced=announced)
    documents = shown.decision.documents
    if record.documents != decision.documents:
        # Their quantities went on since it was decided.
        now = replace(decision, documents=record.documents)
        documents = told(now, confirmed=confirmed, announced=announced).decision.documents
    if record.state in _ENDED or (record.released is not None and record.released.whole):
        # What held is over, or it is an invalidation alone that waits: that the goods cannot be released would be untrue.
        shown = replace(shown, untold=False)
    return replace(record, documents=documents, decision=replace(numbered, decision=in_words(shown, wording)))


def _without_rest(record: Record, eoris: Collection[str], *, accounts_alone: bool) -> Record:
    """Return a declaration as its trader may see it: who is no holder reads nowhere how much is left, once it is accepted of accounts alone."""
    documents = tuple(without_rest_of(one, eoris, accounts_alone=accounts_alone) for one in record.documents)
    if record.decision is None:
        return replace(record, documents=documents)
    same = record.documents == record.decision.decision.documents
    decision = without_rest(record.decision.decision, eoris, accounts_alone=accounts_alone)
    numbered = replace(record.decision, decision=decision)
    return replace(record, documents=decision.documents if same else documents, decision=numbered)


def in_words(shown: Told, wording: Wording) -> Decision:
    """Return what a trader may be told of a decision in the language of the answer, with the one sentence where nothing else is.

    What is not told gets no words: not even their language is a trader's.
    """
    return with_sentence(replace(shown, decision=wording.decision(shown.decision)), wording)


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
    places: MessagePlaces | None = None,
    message_format: Mapping[str, str] | None = None,
) -> bytes:
    """Write the decision of a declaration that is not stored.

    A trader reads what their own data and documents would be refused for, too: nothing is decided, so nothing has to be confirmed.
    What is secret stays so. `not_known` lists the documents about which nobody could say anything. `requirements` are those on its
    goods, and the goods items for which they are left out.
    """
    if caller.sees_as_trader:
        decision = in_words(told(wording.with_natures(decision), confirmed=True), wording)
    else:
        decision = wording.decision(decision)
    unknown = [
        {"type": d.type, "reference": d.reference}
        for d in decision.documents
        if d.status is DocumentStatus.UNDETERMINED
    ]
    return encode(
        {
            "stored": False,
            "format": message_format,
            "documents": [
                {**one, "line": _line(places, DocumentKey(one["type"], one["reference"]), None)}
                for one in wording.documents(decision.documents)
            ],
            "decision": {
                "effect": decision.effect,
                "advice": decision.advice,
                "forecast": True,
                "decided_at": in_utc(at),
                "items": decision.items,
                "findings": [
                    {
                        **finding_body(one, wording, confirmed=wording.at_once, beforehand=caller.sees_as_trader),
                        "line": _of_finding(places, one),
                    }
                    for one in decision.findings
                ],
                "rules": decision.rules,
            },
            "not_known": unknown,
            "requirements": requirements[0],
            "requirements_left_out": requirements[1],
            "warnings": warnings,
        }
    )


def _line(places: MessagePlaces | None, key: DocumentKey | None, goods_item: int | None) -> int | None:
    return None if places is None else places.line(key, goods_item)


def _of_finding(places: MessagePlaces | None, finding: Finding) -> int | None:
    """Return the line of what a finding is about, as its reader sees the finding."""
    return _line(places, finding.document.key if finding.document is not None else None, finding.goods_item)


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


def events(
    found: tuple[SealedEvent, ...],
    limit: int,
    caller: Caller,
    *,
    most: int,
    sentences: Callable[[SealedEvent], Mapping[str, Any]] | None = None,
) -> bytes:
    """Write a page of the audit trail; `sentences` returns further members of an item, where they are asked for.

    Each item is the event's canonical text with its hash put behind the last member, so the hash can be computed
    again from what is shown before it. A trader sees which steps were taken, not what they hold; what is not told to traders is
    not among `found`, and not counted.
    """
    if caller.sees_as_trader:
        following = found[-1].seq if found and len(found) == limit else None
        visible = [
            {"seq": e.seq, "kind": e.kind, "at": in_utc(e.at), **(sentences(e) if sentences is not None else {})}
            for e in found
        ]
        return encode({"items": visible, "next": following})

    def written(event: SealedEvent) -> msgspec.Raw:
        further = encode(sentences(event)).decode()[1:-1] if sentences is not None else ""
        return msgspec.Raw(f'{event.text[:-1]},"hash":"{event.hash}"{"," if further else ""}{further}}}'.encode())

    items, following = filled(found, written, lambda event: event.seq, limit=limit, most=most, more=len(found) == limit)
    return encode({"items": items, "next": following})


def evidence(found: Iterable[CitedMessage], record_id: str) -> bytes:
    """Write the messages that the audit trail cites, with the event that cites each first."""
    here = f"{location(record_id)}/evidence"
    return encode({"items": [_cited_message(one, here) for one in found]})


def _cited_message(one: CitedMessage, here: str) -> dict[str, Any]:
    link = f"{here}/{one.citing.digest}"
    return {
        "digest": one.citing.digest,
        "event": one.citing.event,
        "at": in_utc(one.citing.at),
        "direction": one.way,
        "authority": one.citing.authority,
        "media_type": one.media_type,
        "size": one.size,
        "link": link,
        "text": None if one.size is None else f"{link}?form=text",
    }


def decided(numbered: NumberedDecision, record: Record, caller: Caller, wording: Wording) -> dict[str, Any]:
    """Return a decision as a JSON object, with its findings."""
    confirmed = _is_told(record, caller, wording)
    gave_up = record.detail is not None and record.detail.gave_up
    return {
        **without_findings(numbered),
        "findings": [
            finding_body(one, wording, confirmed=confirmed, gave_up=gave_up) for one in numbered.decision.findings
        ],
    }


def without_findings(numbered: NumberedDecision) -> dict[str, Any]:
    """Return a decision as a JSON object whose findings are written elsewhere."""
    return {**outcome(numbered), "items": numbered.decision.items, "rules": numbered.decision.rules}


def outcome(numbered: NumberedDecision) -> dict[str, Any]:
    """Return what a decision comes to as a JSON object, without goods items and findings."""
    decision = numbered.decision
    return {
        "number": numbered.number,
        "version": numbered.version,
        "effect": decision.effect,
        "advice": decision.advice,
        "forecast": decision.forecast,
        "decided_at": in_utc(numbered.decided_at),
    }


def softened(effect: Effect) -> Effect:
    """Return the effect that a trader sees while customs has not confirmed it (UCC Art. 22(6))."""
    return Effect.HOLD if effect is Effect.REFUSE else effect
