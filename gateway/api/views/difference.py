"""The view of the difference between two decisions: as data and as sentences, both made of what the reader may see."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.access import Caller
from gateway.api.localization import Wording, visible
from gateway.api.views.declaration import for_caller, outcome
from gateway.api.views.trail import TrailView
from gateway.api.views.trail_texts import UNSEEN_BY_TRADERS
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.calendar import in_utc
from gateway.domain.decision import DocumentOutcome, QuantityLine
from gateway.domain.events import EventKind
from gateway.domain.movement import Shown
from gateway.domain.tables.set_state import set_name
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.history.difference import CauseOfChange, ChangedDocument, Changes, TwoDecisions, changes

_TOLD_TO_TRADERS = frozenset({"step", "tables", AssessmentCause.PUSH, AssessmentCause.RETRY})
"""Causes that a party may read: neither windows nor what a person of customs had asked again."""


def difference(both: TwoDecisions, caller: Caller, wording: Wording, view: TrailView) -> dict[str, Any]:
    """Return the difference between two decisions as a JSON object, with the title of its sentences."""
    found = changes(for_caller(both.before, caller, wording), for_caller(both.after, caller, wording))
    if caller.sees_as_trader:
        # What was told before, and is not any more, is no change of the document that its trader reads of.
        found = replace(found, documents=tuple(one for one in found.documents if not _is_told_no_more(one)))
    causes = [_cause(one, found, caller, view) for one in both.causes if _is_told(one, found, caller, wording)]
    return {
        "title": view.texts.text("difference", "title", number=found.after.number, other=found.before.number),
        "before": outcome(found.before),
        "after": outcome(found.after),
        "items": found.items,
        "documents": [_document(one) for one in found.documents],
        "appeared": [visible(one) for one in found.appeared],
        "went": [visible(one) for one in found.went],
        "changed": [{"was": visible(was), "now": visible(now)} for was, now in found.changed],
        "causes": causes,
        "sentences": [*_sentences(found, wording, view), *dict.fromkeys(one["sentence"] for one in causes)],
    }


def _is_told_no_more(one: ChangedDocument) -> bool:
    return one.was is not None and one.now is not None and one.now.status is DocumentStatus.NOT_TOLD


def _is_told(cause: CauseOfChange, found: Changes, caller: Caller, wording: Wording) -> bool:
    """Whether a caller reads of a cause; a trader reads of none where what holds is not told, and of no word that shows nowhere."""
    if not caller.sees_as_trader:
        return True
    if any(one.code == wording.held.code for one in found.after.decision.findings):
        return False
    if cause.act is None:
        return cause.kind in _TOLD_TO_TRADERS
    if cause.act.event is EventKind.VERIFIED_BY_OFFICER:
        return any(one.now is not None and one.now.verified_by is VerifiedBy.OFFICER for one in found.documents)
    return cause.kind in _TOLD_TO_TRADERS and cause.act.event not in UNSEEN_BY_TRADERS


def _document(one: ChangedDocument) -> dict[str, Any]:
    key = _either(one).key
    return {
        "type": key.type,
        "reference": key.reference,
        "was": _document_stage(one.was),
        "now": _document_stage(one.now),
        "quantity": [
            {"goods_item": item, "line": line, "was": _quantity_stage(was), "now": _quantity_stage(now)}
            for (item, line), was, now in _quantities(one)
        ],
    }


def _either(one: ChangedDocument) -> DocumentOutcome:
    found = one.now or one.was
    assert found is not None, "one of the two decisions has it"
    return found


def _document_stage(document: DocumentOutcome | None) -> dict[str, Any] | None:
    if document is None:
        return None
    return {
        "status": document.status,
        "effect": document.effect,
        "verified_by": document.verified_by,
        "goods_items": document.goods_items,
        "national": document.national.code if document.national is not None else None,
    }


def _quantity_stage(line: QuantityLine | None) -> dict[str, Any] | None:
    if line is None:
        return None
    names = ("declared", "unit", "available", "movement", "moved", "reason")
    return {name: getattr(line, name) for name in names}


_Place = tuple[int, int | None]


def _quantities(one: ChangedDocument) -> Iterator[tuple[_Place, QuantityLine | None, QuantityLine | None]]:
    was, now = _by_place(one.was), _by_place(one.now)
    for place in (*now, *(place for place in was if place not in now)):
        before, after = was.get(place), now.get(place)
        if _quantity_stage(before) != _quantity_stage(after):
            yield place, before, after


def _by_place(document: DocumentOutcome | None) -> Mapping[_Place, QuantityLine]:
    return {} if document is None else {(line.goods_item, line.line): line for line in document.quantity}


def _cause(cause: CauseOfChange, found: Changes, caller: Caller, view: TrailView) -> dict[str, Any]:
    act = cause.act
    return {
        "kind": cause.kind,
        "at": in_utc(cause.at),
        "event": None if act is None or caller.sees_as_trader else act.event,
        "by": None if act is None or caller.sees_as_trader else act.by,
        "windows": cause.windows,
        "sentence": _cause_sentence(cause, found, view),
    }


def _cause_sentence(cause: CauseOfChange, found: Changes, view: TrailView) -> str:
    if cause.act is not None:
        return view.texts.term("plain", cause.act.event.value)
    if cause.kind == "tables":
        rules = (one.decision.rules for one in (found.before, found.after))
        was, now = (set_name(one.version, one.digest) for one in rules)
        return view.texts.text("difference", "tables", was=was, now=now)
    if cause.windows:
        return view.texts.text("difference", "windows", numbers=", ".join(map(str, cause.windows)))
    return view.texts.term("because", cause.kind)


def _sentences(found: Changes, wording: Wording, view: TrailView) -> Iterator[str]:
    texts, words = view.texts, view.words
    was, now = (words.term("standing", one.decision.effect) for one in (found.before, found.after))
    yield texts.text("difference", "same" if was == now else "changed", was=was, now=now)
    for item in found.items:
        name = "item_gone" if item.now is None else "item_new" if item.was is None else "item"
        params = {"item": item.goods_item, "was": _effect(item.was, view), "now": _effect(item.now, view)}
        yield texts.text("difference", name, **params)
    for document in found.documents:
        yield from _of_document(document, wording, view)
    for section, findings in (("appeared", found.appeared), ("went", found.went)):
        yield from dict.fromkeys(
            texts.text("difference", section, code=one.code, message=one.message) for one in findings
        )
    for before, after in found.changed:
        yield texts.text("difference", "other_figures", code=after.code, was=before.message, now=after.message)
    if not (found.items or found.documents or found.appeared or found.went or found.changed) and was == now:
        yield texts.text("difference", "nothing")


def _effect(effect: str | None, view: TrailView) -> str:
    return "-" if effect is None else view.words.term("standing", effect)


def _of_document(one: ChangedDocument, wording: Wording, view: TrailView) -> Iterator[str]:
    texts, words, key = view.texts, view.words, _either(one).key
    name = texts.document(key.type, key.reference)
    if one.now is None:
        yield texts.text("difference", "document_gone", document=name)
        return
    status = words.term("status", one.now.status)
    if one.was is None:
        yield texts.text("difference", "document_new", document=name, now=status)
    elif one.was.status is not one.now.status:
        before = words.term("status", one.was.status)
        yield texts.text("difference", "document", document=name, was=before, now=status)
    elif one.was.effect is not one.now.effect:
        effects = {"was": words.term("effect", one.was.effect), "now": words.term("effect", one.now.effect)}
        yield texts.text("difference", "document_effect", document=name, status=status, **effects)
    for (item, _), before_line, after_line in _quantities(one):
        stages = {"was": _quantity(before_line, wording, view), "now": _quantity(after_line, wording, view)}
        if stages["was"] != stages["now"]:
            yield texts.text("difference", "quantity", document=name, item=item, **stages)


def _quantity(line: QuantityLine | None, wording: Wording, view: TrailView) -> str:
    movement = view.words.term("movement", Shown.NONE if line is None else line.movement)
    if line is None or line.moved is None or line.unit is None:
        return movement
    amount = wording.quantity(line.moved, line.unit)
    return view.texts.text("difference", "amount", movement=movement, amount=amount)
