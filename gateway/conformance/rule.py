"""The finding of a conformance check: the rule that is broken, where, and how it is mended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceRule:
    """A rule of conformance: its name, `check.rule`, what is demanded, and how an adapter that breaks it is mended."""

    name: str
    demands: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonconformity:
    """A rule that an adapter breaks, at a place of its files or recordings."""

    rule: ConformanceRule
    place: str
    what: str
    """The thing found there, in one line."""

    def __str__(self) -> str:
        return f"{self.place}: {self.rule.name}: {self.what}; {self.rule.remedy}"


def rule(name: str, demands: str, remedy: str) -> ConformanceRule:
    """Return a rule; it stands in the table of `docs/adapters-conformance.md`."""
    return ConformanceRule(name=name, demands=demands, remedy=remedy)
