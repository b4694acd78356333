"""The banner of a case: the verdict, then what stands against release, whose turn it is, and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.web.console.case_causes import CaseStopper, causes
from gateway.web.console.case_view import WHY_REST, Body, CaseReading, Key, capitalized, key, stands_against

_AT_ONCE, _MOST = 6, 60
_ENDED = frozenset({"invalidated", "superseded", "lapsed"})
_TURNS = {turn: place for place, turn in enumerate(("officer", "declarant", "authority", "nobody"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseVerdict:
    """The verdict, whose turn it is, and the obstacles to release: the first of them, and the rest."""

    kind: str
    turn: str
    """Empty: nothing is decided, or it is over."""
    is_over: bool
    """Whether all is released, or the declaration has ended: what stood against it stops nothing."""
    word: str
    sentence: str
    meta: str
    stoppers: Sequence[CaseStopper]
    rest: Sequence[CaseStopper]
    left_out: int


def verdict(reading: CaseReading) -> CaseVerdict:
    """Return the verdict of a case."""
    decision = reading.decision
    # Nothing stands against what nobody has decided about yet.
    stoppers = [] if decision is None else list(causes(reading, list(_stoppers(reading))))
    kind, is_over, at_once = _kind(reading), _is_over(reading), _AT_ONCE
    if is_over:
        stoppers, at_once = [replace(one, turn="nobody", remedy="", again="") for one in stoppers], 0
    return CaseVerdict(
        kind=kind,
        turn="" if decision is None or is_over else reading.turn,
        is_over=is_over,
        word=_word(reading, kind),
        sentence=_sentence(reading, decision, len(stoppers)),
        meta="" if decision is None else _meta(reading, decision),
        stoppers=stoppers[:at_once],
        rest=stoppers[at_once:_MOST],
        left_out=max(0, len(stoppers) - _MOST),
    )


def _is_over(reading: CaseReading) -> bool:
    released = reading.declared["release"]
    all_out = reading.is_newest and released is not None and released["whole"]
    return reading.declared["state"] in _ENDED or all_out


def _kind(reading: CaseReading) -> str:
    decision = reading.decision
    if reading.declared["state"] in _ENDED:
        return "none"
    if decision is None:
        return "pending"
    return "release" if decision["effect"] == "none" or _is_over(reading) else str(decision["effect"])


def _word(reading: CaseReading, kind: str) -> str:
    if _is_over(reading):
        state = reading.declared["state"]
        return reading.text(f"case.state_{state if state in _ENDED else 'released'}")
    return reading.text("case.being_decided") if reading.decision is None else reading.text(f"effect.{kind}")


def _waits(reading: CaseReading) -> str:
    """Return what comes before the declarant's own move."""
    found = {one["kind"]: one["about"] for one in reading.declared["matters"]}
    if found.get("examination") == "goods":
        return "examined"
    return "amended" if "application" in found else ""


def _sentence(reading: CaseReading, decision: Body | None, stoppers: int) -> str:
    state, released = reading.declared["state"], reading.declared["release"]
    if state in _ENDED:
        return reading.text(f"case.state_{state}")
    if decision is None:
        return reading.text("case.being_decided")
    if reading.is_newest and released is not None:
        if released["whole"]:
            return reading.text("case.released")
        return reading.text("case.released_part", items=_released(reading, released["items"]))
    effect = decision["effect"]
    if decision["forecast"]:
        return reading.text(f"case.forecast_{effect}")
    if effect == "refuse":
        return reading.text("case.refuse_confirmed" if decision["confirmed"] else "case.refuse_unconfirmed")
    if effect == "hold":
        return _held(reading, stoppers)
    return reading.text("case.release")


def _released(reading: CaseReading, items: Sequence[Body]) -> str:
    """Name the goods that are released: "1000 kg of 2400 kg of item 1", and the items of which no quantity was told."""
    left = {one.goods_item: one for one in reading.left if one.quantity is not None}
    sums: dict[tuple[int, str], Decimal] = {}
    whole = []
    for one in items:
        number, there = one["goods_item"], left.get(one["goods_item"])
        if one["quantity"] is None or there is None or there.unit != one["unit"]:
            whole.append(number)
        else:
            sums[number, one["unit"]] = sums.get((number, one["unit"]), Decimal(0)) + Decimal(one["quantity"])
    parts = [
        reading.text(
            "case.released_of",
            quantity=reading.quantity(amount, unit),
            whole=reading.quantity(amount + (left[number].quantity or 0), unit),
            item=number,
        )
        for (number, unit), amount in sums.items()
        if number not in whole
    ]
    return ", ".join((*parts, *((reading.items(set(whole)),) if whole else ())))


def _held(reading: CaseReading, stoppers: int) -> str:
    whole, holding = len(reading.documents), sum(map(stands_against, reading.documents))
    if holding == 1:
        return reading.text("case.hold_single")
    if holding:
        return reading.text("case.hold", holding=holding, documents=whole)
    return reading.text("case.hold_no_document", count=stoppers)


def _meta(reading: CaseReading, decision: Body) -> str:
    return reading.text(
        "case.decision_meta",
        number=decision["number"],
        time=reading.times.moment_of(decision["decided_at"]).text,
        advice=reading.words.term("advice", decision["advice"]),
    )


def _stoppers(reading: CaseReading) -> Iterator[CaseStopper]:
    """Return the obstacles to release: refusals, then the officers', the declarant's, the authorities' and nobody's turn."""
    places = {key(one): number for number, one in enumerate(reading.documents, 1)}
    covers = {key(one): one.get("covers") or one["goods_items"] for one in reading.documents}
    counted = {key(one) for one in reading.documents if one["quantity"]}
    authorities = {key(one): one["authority"] or "" for one in reading.documents}
    grouped: dict[tuple[Key | None, str, str], list[Body]] = {}
    waits = _waits(reading)
    for finding in reading.findings:
        if stands_against(finding):
            about = None if finding["document"] is None else key(finding["document"])
            grouped.setdefault((about, finding["code"], finding["message"]), []).append(finding)
    found = []
    for (about, _, _), alike in grouped.items():
        first = alike[0]
        numbers = {one["goods_item"] for one in alike if one["goods_item"] is not None}
        items = frozenset(numbers or (covers.get(about, ()) if about is not None else ()))
        again = reading.asked_again.get(about) if about is not None and first["turn"] == "nobody" else None
        found.append(
            CaseStopper(
                kind=first["effect_kind"],
                message=first["message"],
                where=capitalized(reading.items(items)),
                turn=first["turn"] or "officer",
                remedy=first["remedy"],
                again="" if again is None else reading.times.moment(again).text,
                why=reading.why_link(f"why-{places[about]}" if about in places else WHY_REST),
                has_quantity=about in counted,
                document=about,
                waits=waits if first["turn"] == "declarant" else "",
                nature=_nature(first),
                code=first["code"],
                title=first["title"] or "",
                authority=authorities.get(about, "") if about is not None else "",
                items=items,
            )
        )
    said = {about for about, _, _ in grouped}
    found += [
        _silent(reading, one, places[key(one)])
        for one in reading.documents
        if stands_against(one) and key(one) not in said
    ]
    yield from sorted(found, key=lambda one: (one.kind != "refuse", _TURNS[one.turn]))


def _nature(finding: Body) -> str:
    """Return what an officer does about a finding: confirms a refusal, verifies what is not determined, or checks."""
    if (finding["turn"] or "officer") != "officer":
        return ""
    if finding["effect"] == "refuse":
        return "refusal"
    return "undetermined" if finding["nature"] == "undetermined" else "check"


def _silent(reading: CaseReading, document: Body, place: int) -> CaseStopper:
    """Return a document that holds the release without a finding of its own."""
    turn = {"pending": "authority", "undetermined": "nobody"}.get(document["effect_kind"], "officer")
    again = reading.asked_again.get(key(document))
    named = f"{document['type']} {document['reference']}".strip()
    status = reading.words.term("status", document["status"])
    return CaseStopper(
        kind=document["effect_kind"],
        message=reading.text("case.document_stands", document=named, status=status),
        where=capitalized(reading.items(document.get("covers") or document["goods_items"])),
        turn=turn if again is not None or turn != "nobody" else "officer",
        remedy="",
        again="" if again is None else reading.times.moment(again).text,
        why=reading.why_link(f"why-{place}"),
        has_quantity=bool(document["quantity"]),
        document=key(document),
        title=status,
        authority=document["authority"] or "",
        items=frozenset(document.get("covers") or document["goods_items"]),
    )
