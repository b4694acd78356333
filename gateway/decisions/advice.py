"""The advice to customs: by a table for each finding, and by the most urgent of the gravest for the whole."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from types import MappingProxyType

from gateway.domain.decision import Advice, Effect, Finding, Nature
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import AdviceRow, DecisionStage

_URGENCY: Mapping[Advice, int] = MappingProxyType(
    {Advice.NONE: 0, Advice.DOCUMENTS: 1, Advice.CONTROL: 2, Advice.REJECT: 3, Advice.NO_RELEASE: 4}
)

_TOO_LATE: Mapping[Advice, frozenset[DecisionStage]] = MappingProxyType(
    {
        Advice.REJECT: frozenset({DecisionStage.AFTER_ACCEPTANCE, DecisionStage.AFTER_RELEASE}),
        Advice.NO_RELEASE: frozenset({DecisionStage.AFTER_RELEASE}),
    }
)
"""At which stages an advice cannot be followed any more."""


def advised(counted: Iterable[Finding], effect: Effect) -> Advice:
    """Return the advice of a decision: the most urgent among the findings that have its effect; without any, control."""
    candidates = [finding.advice for finding in counted if finding.effect is effect]
    fallback = Advice.CONTROL if effect.gravity > Effect.RELEASE.gravity else Advice.NONE
    return max(candidates, key=_URGENCY.__getitem__, default=fallback)


def advice_faults(tables: Tables) -> Iterator[str]:
    """List the natures, effects and stages without advice, each with its first day, and advice that cannot be followed."""
    for row in tables.advice:
        late = [stage.value for stage in row.stages if stage in _TOO_LATE.get(row.advice, ())]
        if late:
            yield f"{row.place}: advice {row.advice.value} comes too late {' and '.join(late)}"
        if row.advice is Advice.NONE and row.effect.gravity > Effect.RELEASE.gravity:
            yield f"{row.place}: a finding that gives {row.effect.value} needs an advice other than none"
    since = min((row.valid_from for row in tables.rules), default=None)
    if since is None:
        return
    for nature, effect, stage in product(Nature, Effect, DecisionStage):
        rows = [r for r in tables.advice if nature in r.natures and r.effect is effect and stage in r.stages]
        day = _first_gap(rows, since)
        if day is not None:
            yield (
                f"advice.toml: no [[advice]] row for nature {nature.value}, effect {effect.value}, "
                f"stage {stage.value} on {day.isoformat()}"
            )


def _first_gap(rows: Iterable[AdviceRow], day: date) -> date | None:
    """Return the first day from `day` on for which no row is in force; None: there is none."""
    for row in sorted(rows, key=lambda one: one.valid_from):
        if row.valid_from > day:
            return day
        if row.valid_to is None:
            return None
        day = max(day, row.valid_to + timedelta(days=1))
    return day
