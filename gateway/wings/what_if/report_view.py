"""The content of a report on past decisions made again: in a sentence, as a matrix, and in parts, each a table with a bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.access import Call
from gateway.api.days import day_in
from gateway.domain.decision import Effect
from gateway.history.tally import NOBODY
from gateway.web.numbers import count
from gateway.web.visit import Visit

EFFECTS = (Effect.RELEASE, Effect.HOLD, Effect.REFUSE)
_RULES, _DAYS = 100, 400
_EXAMPLES = 3
_CASES = "/console/declarations"
_THINNEST = 0.5
"""Percent of the thinnest bar: one decision of a hundred thousand is seen, too."""

Bar = Sequence[tuple[str, float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A decision to look at."""

    name: str
    href: str
    """Empty: its reader may not open cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part of the decisions: of a rule, an authority, a direction or a day."""

    name: str
    title: str
    steps: Sequence[str]
    """The steps of a rule: what its findings were and would be."""
    decisions: str
    changed: str
    flips: str
    bar: Bar
    sentence: str
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A whole report."""

    sentence: str
    parts: Sequence[str]
    """The changes, from what to what."""
    matrix: Sequence[tuple[Effect, Sequence[tuple[str, bool]]]]
    """The numbers by the effect that was decided: how many it would be of each, and whether that is another effect."""
    rules: Sequence[PartRow]
    groups: Sequence[tuple[str, Sequence[PartRow]]]
    """Directions, authorities and days."""
    remarks: Sequence[tuple[str, Sequence[Example]]]
    """The decisions that could not be made again, and further remarks."""


def report_view(visit: Visit, figures: Mapping[str, Any]) -> ReportView:
    """Return a report, from the figures that `gateway replay --json` prints."""
    changed = figures["changed"]["count"]
    parts = [
        visit.text(
            "report.flip",
            count=one["count"],
            before=visit.text(f"effect.{one['from']}"),
            after=visit.text(f"effect.{one['to']}"),
        )
        for one in figures["effects"]
        if one["from"] != one["to"]
    ]
    if figures["wording_only"]["count"]:
        parts.append(visit.text("report.words_only", count=figures["wording_only"]["count"]))
    if failed := sum(one["count"] for one in figures["not_recomputed"].values()):
        parts.append(visit.text("report.failed", count=failed))
    return ReportView(
        sentence=_sentence(visit, figures["decisions"], changed),
        parts=parts,
        matrix=_matrix(visit, figures["effects"]),
        rules=_rules(visit, figures["rules"][:_RULES]),
        groups=[
            (name, rows)
            for name in ("authorities", "directions", "days")
            if (rows := _group(visit, name, figures[name][-_DAYS:]))
        ],
        remarks=_remarks(visit, figures),
    )


def _sentence(visit: Visit, decisions: int, changed: int) -> str:
    if not decisions:
        return visit.text("report.none")
    if not changed:
        return visit.text("report.no_change", count=decisions)
    return visit.text("report.change", count=decisions, others=changed)


def _matrix(visit: Visit, effects: Sequence[Mapping[str, Any]]) -> Sequence[tuple[Effect, Sequence[tuple[str, bool]]]]:
    counts = {(one["from"], one["to"]): one["count"] for one in effects}
    return [
        (
            was,
            [
                (count(number := counts.get((was, now), 0), visit.language), number > 0 and was != now)
                for now in EFFECTS
            ],
        )
        for was in EFFECTS
    ]


def _rules(visit: Visit, rules: Sequence[Mapping[str, Any]]) -> Sequence[PartRow]:
    most = max((one["decisions"]["count"] for one in rules), default=1)
    wording = visit.web.cases.wording([visit.language])
    wording.use()
    return [
        PartRow(
            name=one["code"],
            title=wording.title(one["code"]) or "",
            steps=[
                visit.text(
                    "report.step",
                    number=step["count"],
                    was=_weight(visit, step["from"]),
                    now=_weight(visit, step["to"]),
                )
                for step in one["findings"]
            ],
            decisions="",
            changed=count(one["decisions"]["count"], visit.language),
            flips=count(one["flips"]["count"], visit.language),
            bar=_bar(one["decisions"]["count"], one["flips"]["count"], most),
            sentence=visit.text("report.bar", count=one["decisions"]["count"], flips=one["flips"]["count"]),
            examples=_examples(visit, one["flips"]["examples"] or one["decisions"]["examples"]),
        )
        for one in rules
    ]


def _group(visit: Visit, name: str, shares: Sequence[Mapping[str, Any]]) -> Sequence[PartRow]:
    if not any(one["changed"] for one in shares):
        return ()
    most = max(one["changed"] for one in shares)
    return [
        PartRow(
            name=_name(visit, name, one["name"]),
            title="",
            steps=(),
            decisions=count(one["decisions"], visit.language),
            changed=count(one["changed"], visit.language),
            flips=count(one["effect_changed"], visit.language),
            bar=_bar(one["changed"], one["effect_changed"], most),
            sentence=visit.text("report.bar", count=one["changed"], flips=one["effect_changed"]),
            examples=(),
        )
        for one in shares
    ]


def _name(visit: Visit, group: str, name: str) -> str:
    if group == "days":
        return day_in(visit.language, date.fromisoformat(name))
    if group == "directions":
        return visit.text(f"case.direction_{name}")
    if name == NOBODY:
        return visit.text("report.nobody")
    return visit.web.systems(visit.language).get(name, name)


def _bar(whole: int, dark: int, most: int) -> Bar:
    """Return the parts of a bar: dark as far as the effect changes, hatched behind it."""

    def width(number: int) -> float:
        return max(_THINNEST, round(100 * number / most, 1)) if number else 0.0

    until, rest = width(dark), width(whole)
    return [("off", 0.0, until), ("res", until, round(max(0.0, rest - until), 1))]


def _weight(visit: Visit, wording: str | None) -> str:
    """Say what a finding was or would be, as the figures write it: mode and effect, and an advice."""
    if not wording:
        return visit.text("report.not_said")
    weight, _, advice = wording.partition(", ")
    *mode, effect = weight.split()
    words = visit.web.cases.explanations[visit.language]
    said = visit.text(f"effect.{effect}")
    said = visit.text("report.in_mode", effect=said) if mode else said
    return f"{said}, {words.term('advice', advice)}" if advice else said


def _remarks(visit: Visit, figures: Mapping[str, Any]) -> Sequence[tuple[str, Sequence[Example]]]:
    found = [
        (visit.text(f"report.fault_{fault}", count=one["count"]), _examples(visit, one["examples"]))
        for fault, one in figures["not_recomputed"].items()
    ]
    found += [
        (visit.text("report.unasked", count=one["count"], kind=kind), _examples(visit, one["examples"]))
        for kind, one in figures["nobody_was_asked"].items()
    ]
    found += [
        (
            visit.text("report.unreserved", count=one["count"], once=visit.text(f"effect.{one['once_reserved']}")),
            _examples(visit, one["examples"]),
        )
        for one in figures["nobody_reserved"]
    ]
    found += [
        (
            visit.text("report.later_row", count=one["count"], finding=one["code"], row=one["row"]),
            _examples(visit, one["examples"]),
        )
        for one in figures.get("explained_by", ())
    ]
    found += [
        (visit.text("report.tables_gone", count=number, version=version), ())
        for version, number in figures["tables_not_stored"].items()
    ]
    return found


def _examples(visit: Visit, names: Sequence[str]) -> Sequence[Example]:
    may_open = visit.caller.may(Call.READ)
    found = []
    for name in names[:_EXAMPLES]:
        declaration, _, number = name.partition("/")
        found.append(Example(name=name, href=f"{_CASES}/{declaration}?decision={number}" if may_open else ""))
    return found
