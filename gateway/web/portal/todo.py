"""The verdict of a declaration in words, and what is to do about it: the trader's own part first, and by when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.control import ExaminationOf
from gateway.web.console.case_view import Body, CaseReading, Key, capitalized, key, moment, stands_against
from gateway.web.times import ShownMoment

_ENDED = frozenset({"invalidated", "superseded", "lapsed"})
_ORDER = ("declarant", "officer", "authority", "nobody")
_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One obstacle to release."""

    is_yours: bool
    where: str
    message: str
    remedy: str
    until: str
    """The day until which it is to be done; also that there is no time limit."""
    basis: str
    code: str
    by_customs: bool = False
    """Whether an officer looks at it, and the trader need do nothing."""
    line: int | None = None
    """The line of the message, where a file was checked."""
    title: str = ""
    document: Key | None = None
    items: frozenset[int] = frozenset()
    """The goods items that it is about; empty: the whole declaration."""
    alike: Sequence["Todo"] = ()
    """The obstacles that it stands for; empty: it is one alone."""
    left_out: int = 0
    """The obstacles that are alike and not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderVerdict:
    """The verdict, and what is to do."""

    kind: str
    sentence: str
    more: str
    held: str
    """The one sentence where no cause of a hold may be told."""
    todo: Sequence[Todo]
    left_out: int
    limits: Sequence[str] = ()
    """The time limits of the law that run meanwhile, but for those shown with what is to do."""


def trader_verdict(reading: CaseReading, systems: Mapping[str, str]) -> TraderVerdict:
    """Return the verdict of a declaration, or of an earlier version of it; `systems` names authorities' systems."""
    decision, held_code = reading.declared["decision"], reading.wording.held.code
    findings = [] if decision is None else [one for one in decision["findings"] if stands_against(one)]
    untold = next((one for one in findings if one["code"] == held_code), None)
    # Nothing stands against what nobody has decided about yet.
    todo = (
        []
        if decision is None or untold is not None or _is_over(reading)
        else _causes(reading, list(_todo(reading, findings, systems)))
    )
    said = {one.code for one in todo if one.is_yours}
    return TraderVerdict(
        kind=_kind(reading),
        sentence=_sentence(reading),
        more=_more(reading, todo),
        held="" if untold is None or _is_over(reading) else f"{untold['message']} {untold['remedy']}",
        todo=todo[:_MOST],
        left_out=max(0, len(todo) - _MOST),
        limits=[f"{one['words']} ({one['legal_basis']})" for one in _running_beside(reading, said)],
    )


def notes(reading: CaseReading) -> Sequence[tuple[str, str]]:
    """Return message and remedy of the findings that are no obstacles, alike ones once."""
    decision = reading.declared["decision"]
    found = () if decision is None else (one for one in decision["findings"] if not stands_against(one))
    return list(dict.fromkeys((one["message"], one["remedy"]) for one in found))


def _running_beside(reading: CaseReading, said: set[str]) -> Iterator[Body]:
    """Yield the time limits that no part of what is to do mentions; those parts are about these findings."""
    decision = reading.declared["decision"]
    if decision is not None and decision["effect"] in {"hold", "refuse"} and not said:
        yield from _of_kind(reading, "lapse")
    yield from (one for one in _of_kind(reading, "hold") if said.isdisjoint(one["findings"]))


def _is_over(reading: CaseReading) -> bool:
    return reading.declared["state"] in {*_ENDED, "released"}


def _kind(reading: CaseReading) -> str:
    decision, state = reading.declared["decision"], reading.declared["state"]
    if state in _ENDED:
        return "none"
    if state == "released":
        return "release"
    return "pending" if decision is None else str(decision["effect"])


def _sentence(reading: CaseReading) -> str:
    declared = reading.declared
    state, decision, released = declared["state"], declared["decision"], declared["release"]
    if state in _ENDED:
        return reading.text(f"portal.state_{state}")
    if released is not None and released["whole"]:
        return reading.text("portal.released")
    if decision is None:
        return reading.text("portal.being_decided")
    if decision["forecast"]:
        return reading.text(f"portal.forecast_{decision['effect']}")
    return reading.text(f"portal.verdict_{decision['effect']}")


def _more(reading: CaseReading, todo: Sequence[Todo]) -> str:
    yours, others = sum(one.is_yours for one in todo), sum(not one.is_yours for one in todo)
    released = reading.declared["release"]
    said = []
    if released is not None and not released["whole"]:
        said.append(
            reading.text("portal.released_part", items=reading.items({one["goods_item"] for one in released["items"]}))
        )
    if yours:
        said.append(reading.text("portal.one_yours" if yours == 1 else "portal.many_yours", count=yours))
    elif others:
        customs = any(one.by_customs for one in todo)
        said.append(reading.text("portal.customs_looks" if customs else "portal.none_yours"))
    if others and yours:
        said.append(reading.text("portal.one_other" if others == 1 else "portal.many_other", count=others))
    return " ".join(said)


def _todo(reading: CaseReading, findings: Sequence[Body], systems: Mapping[str, str]) -> Iterator[Todo]:
    documents = {key(one): one for one in reading.declared["documents"]}
    grouped: dict[tuple[Key | None, str, str], list[Body]] = {}
    for finding in findings:
        about = None if finding["document"] is None else key(finding["document"])
        grouped.setdefault((about, finding["code"], finding["message"]), []).append(finding)
    found = []
    for (about, _, _), alike in grouped.items():
        first, document = alike[0], documents.get(about) if about is not None else None
        numbers = {one["goods_item"] for one in alike if one["goods_item"] is not None}
        if not numbers and document is not None:
            numbers = set(document["goods_items"])
        turn = first["turn"] or "officer"
        found.append((turn, _one(reading, first, turn, numbers, document, systems)))
    said = {about for about, _, _ in grouped}
    for one in documents.values():
        if stands_against(one) and key(one) not in said:
            found.append(_silent(reading, one, systems))
    yield from (todo for _, todo in sorted(found, key=lambda one: _ORDER.index(one[0])))


def _causes(reading: CaseReading, todo: Sequence[Todo]) -> Sequence[Todo]:
    """Return obstacles with those of one cause as one: what is corrected on a document may differ by the amount alone."""
    grouped: dict[tuple[object, ...], list[Todo]] = {}
    for one in todo:
        remedy = "" if one.document is not None and one.is_yours else one.remedy
        cause = (one.code or one.message, one.is_yours, one.by_customs, one.basis, remedy)
        grouped.setdefault(cause, []).append(one)
    return [_as_one(reading, alike) for alike in grouped.values()]


def _as_one(reading: CaseReading, alike: Sequence[Todo]) -> Todo:
    first, many = alike[0], len(alike)
    if many == 1:
        return first
    counted = "case.cause_documents" if all(one.document is not None for one in alike) else "case.cause_things"
    items = frozenset[int]().union(*(one.items for one in alike)) if all(one.items for one in alike) else frozenset()
    return replace(
        first,
        where=capitalized(reading.items(items)),
        message=reading.text(
            "frame.pair", head=reading.text(counted, count=many), rest=capitalized(first.title or first.message)
        ),
        remedy=first.remedy if len({one.remedy for one in alike}) == 1 else "",
        alike=alike[:_MOST],
        left_out=max(0, many - _MOST),
    )


def _one(
    reading: CaseReading, finding: Body, turn: str, numbers: set[int], document: Body | None, systems: Mapping[str, str]
) -> Todo:
    barred = turn == "declarant" and (is_applied(reading) or goods_examined(reading))
    is_yours = turn == "declarant" and not barred
    return Todo(
        is_yours=is_yours,
        where=capitalized(reading.items(numbers)),
        message=finding["message"],
        remedy=finding["remedy"],
        until=_limit(reading, finding["code"]) if is_yours else _nobody_moves(reading, turn, document, systems),
        basis=finding["legal_basis"],
        code=finding["code"],
        by_customs=turn == "officer" or barred,
        line=finding.get("line"),
        title=finding.get("title") or "",
        document=None if document is None else key(document),
        items=frozenset(numbers),
    )


def _silent(reading: CaseReading, document: Body, systems: Mapping[str, str]) -> tuple[str, Todo]:
    """Return a document that holds the release without a finding of its own."""
    turn = {"pending": "authority", "undetermined": "nobody"}.get(document["effect_kind"], "officer")
    named = f"{document['type']} {document['reference']}".strip()
    status = reading.words.term("status", document["status"])
    return turn, Todo(
        is_yours=False,
        where=capitalized(reading.items(document["goods_items"])),
        message=reading.text("case.document_stands", document=named, status=status),
        remedy="",
        until=_nobody_moves(reading, turn, document, systems),
        basis="",
        code="",
        by_customs=turn == "officer",
        line=document.get("line"),
        title=status,
        document=key(document),
        items=frozenset(document["goods_items"]),
    )


def _nobody_moves(reading: CaseReading, turn: str, document: Body | None, systems: Mapping[str, str]) -> str:
    said = _what_comes(reading, turn, document, systems)
    if _of_kind(reading, "lapse", "hold"):
        return said
    none = reading.text("portal.no_limit_for_you") if turn == "officer" else reading.text("portal.no_limit_runs")
    return f"{said} {none}"


def _what_comes(reading: CaseReading, turn: str, document: Body | None, systems: Mapping[str, str]) -> str:
    if turn == "declarant":
        return reading.text("portal.examined_first" if goods_examined(reading) else "portal.customs_decides")
    if turn == "officer":
        return reading.text("portal.customs_checks")
    again: Any = None if document is None else document.get("asked_again_at")
    if document is not None and document.get("gave_up"):
        return reading.text("portal.gave_up")
    name = "" if document is None or document["authority"] is None else systems.get(document["authority"], "")
    if again is not None and name:
        time = reading.times.moment(moment(again)).text
        return capitalized(reading.text("portal.asked_again", system=name, time=time))
    return reading.text("portal.told_when_decided")


def examined(reading: CaseReading) -> ShownMoment | None:
    """Return when customs announced an examination of goods or documents that has not ended yet; None: none is awaited."""
    found = reading.declared.get("examination")
    if found is None or found["took_place_at"] is not None or found["withdrawn_at"] is not None or _is_over(reading):
        return None
    return reading.times.moment_of(found["announced_at"])


def examined_where(reading: CaseReading) -> str:
    """Say where and when the examination that is awaited takes place; empty: none is awaited, or customs has not said."""
    if examined(reading) is None or not reading.declared["examination"]["place"]:
        return ""
    found = reading.declared["examination"]
    time = reading.times.moment_of(found["time"]).text if found["time"] is not None else "-"
    return reading.text("portal.examined_where", place=found["place"], time=time)


def is_applied(reading: CaseReading) -> bool:
    """Whether customs has yet to decide on an application: till then no other one is taken."""
    return any(one["kind"] == "application" for one in reading.declared.get("matters") or ())


def goods_examined(reading: CaseReading) -> bool:
    """Whether an examination of the goods is awaited: nothing is amended then."""
    return examined(reading) is not None and reading.declared["examination"]["of"] == ExaminationOf.GOODS


def _limit(reading: CaseReading, code: str) -> str:
    """Return by when a trader has to act: the time limits that run for a finding, that none does, or that it is too late."""
    lapse = [_lapse(reading, one) for one in _of_kind(reading, "lapse")]
    words = [one["words"] for one in _of_kind(reading, "hold") if code in one["findings"]]
    return " ".join([*lapse, *words]) or reading.text("portal.no_limit")


def _lapse(reading: CaseReading, clock: Body) -> str:
    end = clock["ends_at"] or clock["not_before"]
    if end is None:
        return str(clock["words"])
    day = reading.times.limit_of(end).text
    if clock["ends_at"] is not None:
        return reading.text("portal.until_lapse", time=day)
    return reading.text("portal.until_lapse_not_before", time=day)


def _of_kind(reading: CaseReading, *kinds: str) -> Sequence[Body]:
    return [one for one in reading.declared["clocks"] or () if one["kind"] in kinds]
