"""The reasons for the decision of a case: a part for each document, the ones in trouble first and open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from gateway.web.console.case_grid import code
from gateway.web.console.case_view import (
    LOUDEST,
    WHY_REST,
    Body,
    CaseReading,
    capitalized,
    certificate_address,
    stands_against,
)
from gateway.web.window_strip import AUTHORITIES

_ANSWERS, _MOVEMENTS, _COMPARED, _ROWS, _PARTS, _FINDINGS = 5, 10, 60, 200, 120, 40
_MESSAGES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyFinding:
    """A finding as the rules say it."""

    code: str
    title: str
    message: str
    remedy: str
    legal_basis: str
    where: str
    rules: Sequence[Mapping[str, str]]
    is_shadow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyFact:
    """One fact of a document beside what is declared."""

    what: str
    where: str
    declared: str
    told: str
    fits: bool | None
    is_judged: bool
    """Whether a rule says something about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyEntry:
    """Something at a moment: an answer, or an order to a ledger."""

    at: str
    text: str
    words: str = ""
    """An officer's own, as they wrote them."""
    messages: Sequence[str] = ()
    """The digests of the messages that were exchanged for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPart:
    """One document, or all that is about none that is cited."""

    anchor: str
    type: str
    reference: str
    kind: str
    is_open: bool
    authority: str
    note: str
    findings: Sequence[WhyFinding]
    findings_left_out: int
    compared: Sequence[WhyFact]
    compared_left_out: int
    answers: Sequence[WhyEntry]
    answers_left_out: int
    orders: Sequence[WhyEntry]
    national: str
    certificate: str = ""
    """The address of the document's own page; empty: no authority keeps it."""
    health: str = ""
    """The address of its authority's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWhy:
    """All parts, the rows of the tables, and whether the decision comes out the same once more."""

    parts: Sequence[WhyPart]
    left_out: int
    elsewhere: int
    """The documents of a large case whose reasons are opened by the list of documents."""
    shadow: Sequence[WhyFinding]
    rows: Sequence[tuple[str, str]]
    again: str


def why(reading: CaseReading) -> CaseWhy | None:
    """Return why the decision is what it is; None: there is none yet."""
    if reading.why is None:
        return None
    cited = list(enumerate(reading.why["documents"], 1))
    if reading.is_large:
        cited = [(number, one) for number, one in cited if reading.opened == f"why-{number}"]
    parts = [_part(reading, one, number) for number, one in cited]
    rest = [one for one in reading.why["findings"] if one["mode"] != "shadow"]
    if rest:
        parts.append(_rest(reading, rest))
    parts.sort(key=lambda part: (not part.is_open, LOUDEST[part.kind]))
    every = [*(one for document in reading.why["documents"] for one in document["findings"]), *reading.why["findings"]]
    again = reading.why["again"]
    return CaseWhy(
        parts=parts[:_PARTS],
        left_out=max(0, len(parts) - _PARTS),
        elsewhere=len(reading.why["documents"]) - len(cited),
        shadow=_findings(reading, [one for one in every if one["mode"] == "shadow"])[:_FINDINGS],
        rows=[
            (one["place"] or "-", reading.words.term("row", one["table"]))
            for one in (reading.why["rows"] or ())[:_ROWS]
        ],
        again="" if again is None else str(again["outcome"]),
    )


def _part(reading: CaseReading, document: Body, number: int) -> WhyPart:
    findings = _findings(reading, [one for one in document["findings"] if one["mode"] != "shadow"])
    told = [one for one in document["compared"] or () if one["told"] is not None or one["finding"] is not None]
    compared = document["compared"] if told else ()
    answers = folded(
        [_answer(reading, one, document) for one in reversed(document["asked" if reading.is_newest else "answers"])],
        reading,
    )
    return WhyPart(
        anchor=f"why-{number}",
        type=document["type"],
        reference=document["reference"],
        kind=document["effect_kind"],
        is_open=stands_against(document) or reading.is_large,
        authority=document["system_name"] or "",
        note=document["note"] or "",
        findings=findings[:_FINDINGS],
        findings_left_out=max(0, len(findings) - _FINDINGS),
        compared=[_fact(reading, one) for one in compared[:_COMPARED]],
        compared_left_out=max(0, len(compared) - _COMPARED),
        answers=answers[:_ANSWERS],
        answers_left_out=max(0, len(answers) - _ANSWERS),
        orders=[_order(reading, one) for one in reversed(document["movements"][-_MOVEMENTS:])],
        national=_national(reading, document["national"]),
        certificate=certificate_address(document) if document["authority"] is not None else "",
        health=f"{AUTHORITIES}/{quote(document['authority'], safe='')}" if document["authority"] is not None else "",
    )


def folded(found: Sequence[WhyEntry], reading: CaseReading) -> Sequence[WhyEntry]:
    """Return entries, newest first, with those that say the same one after the other as one."""
    said: list[WhyEntry] = []
    for _, alike in groupby(found, key=lambda one: (one.text, one.words)):
        first, *earlier = alike
        text = f"{first.text}, {_times(reading, len(earlier), earlier[-1].at)}" if earlier else first.text
        said.append(WhyEntry(at=first.at, text=text, words=first.words, messages=first.messages))
    return said


def _times(reading: CaseReading, count: int, since: str) -> str:
    return reading.text("case.times_before", count=count, time=since)


def _rest(reading: CaseReading, findings: Sequence[Body]) -> WhyPart:
    standing = [one for one in findings if stands_against(one)]
    said = _findings(reading, [*standing, *(one for one in findings if not stands_against(one))])
    return WhyPart(
        anchor=WHY_REST,
        type="",
        reference="",
        kind=min((one["effect_kind"] for one in standing or findings), key=lambda kind: LOUDEST[kind]),
        is_open=bool(standing),
        authority="",
        note="",
        findings=said[:_FINDINGS],
        findings_left_out=max(0, len(said) - _FINDINGS),
        compared=(),
        compared_left_out=0,
        answers=(),
        answers_left_out=0,
        orders=(),
        national="",
    )


def _findings(reading: CaseReading, findings: Sequence[Body]) -> list[WhyFinding]:
    """Return findings; those that say the same of several goods items are one."""
    grouped: dict[tuple[str, str, str, str], list[Body]] = {}
    for one in findings:
        grouped.setdefault((one["code"], one["message"], one["remedy"], one["mode"]), []).append(one)
    return [_finding(reading, alike) for alike in grouped.values()]


def _finding(reading: CaseReading, alike: Sequence[Body]) -> WhyFinding:
    finding = alike[0]
    items = {one["goods_item"] for one in alike if one["goods_item"] is not None}
    return WhyFinding(
        code=finding["code"],
        title=finding["title"] or "",
        message=finding["message"],
        remedy=finding["remedy"],
        legal_basis=finding["legal_basis"],
        where=capitalized(reading.items(items)) if items else "",
        rules=finding.get("rules", ()),
        is_shadow=finding["mode"] == "shadow",
    )


def _fact(reading: CaseReading, fact: Body) -> WhyFact:
    def said(value: str | None) -> str:
        if value is None:
            return reading.text("case.not_told")
        if fact["unit"] is not None:
            return reading.quantity(value, fact["unit"])
        if fact["what"] == "validity":
            return reading.times.day_of(value)
        return code(value) if fact["what"] == "commodity" else value

    return WhyFact(
        what=fact["what"],
        where="" if fact["goods_item"] is None else reading.items((fact["goods_item"],)),
        declared=said(fact["declared"]),
        told=said(fact["told"]),
        fits=fact["fits"],
        is_judged=fact["finding"] is not None,
    )


def _answer(reading: CaseReading, answer: Body, document: Body) -> WhyEntry:
    parts = [reading.words.term("status", answer["status"])]
    if answer.get("cause"):
        parts.append(str(answer["cause"]))
    if answer.get("attempts", 0) > 1:
        parts.append(reading.text("case.attempts", count=answer["attempts"]))
    words = ""
    if answer.get("verified_by") == "officer":
        parts.append(reading.text("case.by_officer"))
        said = next((one["officer"] for one in document["answers"] if one.get("officer") is not None), None)
        if said is not None:
            words = ", ".join(one for one in (said["officer"], said["means"], said["reason"]) if one)
    return WhyEntry(
        at=reading.times.moment_of(answer["at"]).text,
        text=", ".join(parts),
        words=words,
        messages=tuple(answer.get("evidence") or ())[:_MESSAGES],
    )


def _order(reading: CaseReading, order: Body) -> WhyEntry:
    parts = [reading.words.term("order", order["kind"]), reading.words.term("state", order["state"])]
    if order.get("authority_code"):
        parts.append(str(order["authority_code"]))
    return WhyEntry(at=reading.times.moment_of(order["planned_at"]).text, text=", ".join(parts))


def _national(reading: CaseReading, national: Body | None) -> str:
    if national is None:
        return ""
    if national["code"] is None:
        return reading.text("case.national_unknown", profile=national["profile"])
    return f"{national['code']} {national['says']}".strip()
