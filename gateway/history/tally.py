"""The tally of what would change over many decisions: by effect, by rule, by direction, authority and day.

Two tallies of parts make the tally of the whole, whatever the parts and their order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.domain.decision import Effect, Mode
from gateway.history.compare import DecisionChange, FindingChange, Weight

EXAMPLES = 5
"""Decisions that are named for each thing that is counted: always the same ones, those whose names come first."""
NOBODY = "none"
"""The name of the authority of decisions for which none was asked."""


class Fault(StrEnum):
    """The reason why a decision cannot be made again."""

    DECLARATION_ERASED = "declaration_erased"
    ANSWERS_ERASED = "answers_erased"
    ANSWERS_CHANGED = "answers_changed"
    """The stored answers are not those that the trail names."""
    TRAIL_SILENT = "trail_silent"
    """The trail records no such decision."""
    TRAIL_DIFFERS = "trail_differs"
    """The trail records another decision than the one that is stored."""
    UNREADABLE = "unreadable"
    """The stored decision cannot be read."""
    FAILED = "failed"
    """The rules could not even be applied: a fault of the gateway or of the rule set."""


@dataclass(slots=True)
class Counted:
    """A count of decisions, with some of them as examples."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count one more."""
        self.merge(Counted(1, [name]))

    def merge(self, other: "Counted") -> None:
        """Add the counts of another part."""
        self.count += other.count
        self.examples = sorted({*self.examples, *other.examples})[:EXAMPLES]


@dataclass(slots=True)
class RuleTally:
    """The changes in one rule's findings."""

    decisions: Counted = field(default_factory=Counted)
    """The decisions in which something about it changes."""
    flips: Counted = field(default_factory=Counted)
    """The decisions whose effect it carries to another one."""
    findings: dict[tuple[str, str], int] = field(default_factory=dict)
    """The number of findings, by what they were and what they are."""

    def merge(self, other: "RuleTally") -> None:
        """Add the counts of another part."""
        self.decisions.merge(other.decisions)
        self.flips.merge(other.flips)
        for what, count in other.findings.items():
            self.findings[what] = self.findings.get(what, 0) + count


@dataclass(slots=True)
class Share:
    """The number of decisions of a part that would change."""

    decisions: int = 0
    changed: int = 0
    flipped: int = 0

    def merge(self, other: "Share") -> None:
        """Add the counts of another part."""
        self.decisions += other.decisions
        self.changed += other.changed
        self.flipped += other.flipped


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The decision that is counted."""

    name: str
    """The declaration's id and the decision's number."""
    direction: str
    day: date
    authorities: frozenset[str]


@dataclass(slots=True)
class Tally:
    """The counts so far."""

    decisions: int = 0
    same: int = 0
    changed: Counted = field(default_factory=Counted)
    """Decisions that a reader would act otherwise on."""
    wording: Counted = field(default_factory=Counted)
    """Decisions that say the same in other words."""
    effects: dict[tuple[Effect, Effect], Counted] = field(default_factory=dict)
    """The counts by the effect that was decided and the one that it would be; of all that could be made again."""
    rules: dict[str, RuleTally] = field(default_factory=dict)
    unexplained: Counted = field(default_factory=Counted)
    """Decisions whose effect would be another one without any finding that carries it."""
    explained: Counted = field(default_factory=Counted)
    """The changed ones that are explained by rows which their tables did not have yet."""
    explaining: dict[tuple[str, str], Counted] = field(default_factory=dict)
    """The counts by the finding and the place of its row."""
    unasked: dict[str, Counted] = field(default_factory=dict)
    """Decisions that would ask about a document nobody was asked about then, by its type: it is not determined."""
    unordered: dict[tuple[Effect, Effect], Counted] = field(default_factory=dict)
    """Decisions that lack only a reservation which nobody had a reason to make then: what they would be, and with it."""
    faults: dict[Fault, Counted] = field(default_factory=dict)
    directions: dict[str, Share] = field(default_factory=dict)
    authorities: dict[str, Share] = field(default_factory=dict)
    days: dict[date, Share] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    """Decisions by the name of the tables that they were made under."""
    replaced: dict[str, int] = field(default_factory=dict)
    """The decisions, of these, whose tables are not stored: those at hand were taken in their place."""

    @property
    def remade(self) -> int:
        """The number of decisions that could be made again."""
        return self.decisions - sum(one.count for one in self.faults.values())

    @property
    def agrees(self) -> bool:
        """Whether every decision was made again and came out the same, or otherwise by rows that came later."""
        return self.same + self.explained.count == self.decisions

    @property
    def acts_alike(self) -> bool:
        """Whether every decision was made again and is acted on alike, but for what rows explain that came later; words may differ."""
        return self.same + self.wording.count + self.explained.count == self.decisions

    def under(self, version: str, *, replaced: bool = False) -> None:
        """Count a decision with the name of its tables; `replaced` if they are not those that it is made again under."""
        self.tables[version] = self.tables.get(version, 0) + 1
        if replaced:
            self.replaced[version] = self.replaced.get(version, 0) + 1

    def explain(self, about: About, rows: Mapping[str, str]) -> None:
        """Note why a decision comes out otherwise: by findings whose rows, at these places, came later."""
        self.explained.add(about.name)
        for code, place in rows.items():
            self.explaining.setdefault((code, place), Counted()).add(about.name)

    def silent(self, about: About, types: Iterable[str]) -> None:
        """Note a decision that is made again without an answer about documents of these types."""
        for kind in types:
            self.unasked.setdefault(kind, Counted()).add(about.name)

    def unreserved(self, about: About, effect: Effect, once_reserved: Effect) -> None:
        """Note a decision that would be another one once its quantities are reserved."""
        self.unordered.setdefault((effect, once_reserved), Counted()).add(about.name)

    def failed(self, about: About, fault: Fault) -> None:
        """Count a decision that could not be made again."""
        self.decisions += 1
        self.faults.setdefault(fault, Counted()).add(about.name)
        self._share(about, changed=False, flipped=False)

    def compared(self, about: About, change: DecisionChange) -> None:
        """Count a decision that was made again."""
        self.decisions += 1
        self.same += change.nothing
        self.effects.setdefault((change.before, change.after), Counted()).add(about.name)
        if change.acted_on:
            self.changed.add(about.name)
        elif not change.nothing:
            self.wording.add(about.name)
        self._by_rule(about, change.findings)
        if change.flips and not any(finding.flips for finding in change.findings):
            self.unexplained.add(about.name)
        self._share(about, changed=change.acted_on, flipped=change.flips)

    def merge(self, other: "Tally") -> None:
        """Add the counts of another part."""
        self.decisions += other.decisions
        self.same += other.same
        for mine, theirs in (
            (self.changed, other.changed),
            (self.wording, other.wording),
            (self.unexplained, other.unexplained),
            (self.explained, other.explained),
        ):
            mine.merge(theirs)
        _merge(self.effects, other.effects, Counted)
        _merge(self.rules, other.rules, RuleTally)
        _merge(self.explaining, other.explaining, Counted)
        _merge(self.unasked, other.unasked, Counted)
        _merge(self.unordered, other.unordered, Counted)
        _merge(self.faults, other.faults, Counted)
        _merge(self.directions, other.directions, Share)
        _merge(self.authorities, other.authorities, Share)
        _merge(self.days, other.days, Share)
        for sums, parts in ((self.tables, other.tables), (self.replaced, other.replaced)):
            for version, count in parts.items():
                sums[version] = sums.get(version, 0) + count

    def _by_rule(self, about: About, findings: Iterable[FindingChange]) -> None:
        seen, carrying = set(), set()
        for one in findings:
            rule = self.rules.setdefault(one.code, RuleTally())
            what = step(one.before, one.after)
            rule.findings[what] = rule.findings.get(what, 0) + 1
            if one.code not in seen:
                rule.decisions.add(about.name)
                seen.add(one.code)
            if one.flips and one.code not in carrying:
                rule.flips.add(about.name)
                carrying.add(one.code)

    def _share(self, about: About, *, changed: bool, flipped: bool) -> None:
        share = Share(1, int(changed), int(flipped))
        self.directions.setdefault(about.direction, Share()).merge(share)
        self.days.setdefault(about.day, Share()).merge(share)
        for authority in about.authorities or (NOBODY,):
            self.authorities.setdefault(authority, Share()).merge(share)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON values, in an order that does not depend on how it was counted."""
        return {
            "decisions": self.decisions,
            "same": self.same,
            "changed": _as_json(self.changed),
            "wording_only": _as_json(self.wording),
            "effects": [
                {"from": before.value, "to": after.value, **_as_json(counted)}
                for (before, after), counted in sorted(self.effects.items(), key=_by_gravity)
            ],
            "rules": [
                {
                    "code": code,
                    "decisions": _as_json(rule.decisions),
                    "flips": _as_json(rule.flips),
                    "findings": [
                        {"from": was or None, "to": now or None, "count": count}
                        for (was, now), count in sorted(rule.findings.items())
                    ],
                }
                for code, rule in self.by_weight()
            ],
            "without_finding": _as_json(self.unexplained),
            "explained": _as_json(self.explained),
            "explained_by": [
                {"code": code, "row": place, **_as_json(counted)}
                for (code, place), counted in sorted(self.explaining.items())
            ],
            "nobody_was_asked": {kind: _as_json(counted) for kind, counted in sorted(self.unasked.items())},
            "nobody_reserved": [
                {"to": without.value, "once_reserved": with_it.value, **_as_json(counted)}
                for (without, with_it), counted in sorted(self.unordered.items(), key=_by_gravity)
            ],
            "not_recomputed": {fault.value: _as_json(counted) for fault, counted in sorted(self.faults.items())},
            "directions": _shares(self.directions),
            "authorities": _shares(self.authorities),
            "days": _shares({day.isoformat(): share for day, share in self.days.items()}),
            "decided_under": dict(sorted(self.tables.items())),
            "tables_not_stored": dict(sorted(self.replaced.items())),
        }

    def by_weight(self) -> list[tuple[str, RuleTally]]:
        """Return the rules, those first that flip most."""
        return sorted(self.rules.items(), key=lambda one: (-one[1].flips.count, -one[1].decisions.count, one[0]))


def step(before: Weight | None, after: Weight | None) -> tuple[str, str]:
    """Return the wording of a finding as it was and as it is; empty: there was none."""
    advised = before is not None and after is not None and _wording(before) == _wording(after)
    return _wording(before, advised=advised), _wording(after, advised=advised)


def _wording(weight: Weight | None, *, advised: bool = False) -> str:
    if weight is None:
        return ""
    mode = "" if weight.mode is Mode.ACTIVE else f"{weight.mode.value} "
    effect = f"{mode}{weight.effect.value}"
    return f"{effect}, {weight.advice.value}" if advised else effect


def _merge(sums: dict[Any, Any], parts: Mapping[Any, Any], kind: type[Any]) -> None:
    for key, part in parts.items():
        sums.setdefault(key, kind()).merge(part)


def _as_json(counted: Counted) -> dict[str, Any]:
    return {"count": counted.count, "examples": list(counted.examples)}


def _shares(shares: Mapping[str, Share]) -> list[dict[str, Any]]:
    return [
        {"name": name, "decisions": share.decisions, "changed": share.changed, "effect_changed": share.flipped}
        for name, share in sorted(shares.items())
    ]


def _by_gravity(one: tuple[tuple[Effect, Effect], Counted]) -> tuple[int, int]:
    (before, after), _ = one
    return -before.gravity, -after.gravity
