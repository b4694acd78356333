"""What packs came to lately, counted: how often each row was held against goods, lay in a band, chose, or could not be assessed, and what controls found."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from gateway.wings.controls.risk.criteria import Assessed
from gateway.wings.controls.risk.intervals import Rate, rate_of
from gateway.wings.controls.risk.outcome import OrderOutcome
from gateway.wings.controls.risk.room import SealedAssessment, SealedOrder


class RowFigures(Struct, frozen=True, kw_only=True):
    """What a row came to: declarations, each once."""

    criterion: str
    in_band: int
    chosen: int
    not_assessable: int


class PackFigures(Struct, frozen=True, kw_only=True):
    """What a pack came to: declarations, each once, by its rows and in all."""

    assessed: int = 0
    in_band: int = 0
    chosen: int = 0
    not_assessable: int = 0
    rows: tuple[RowFigures, ...] = ()
    """Those that met anything, by criterion."""
    controlled_already: int = 0
    """Of those that a pack in shadow would choose, how many the packs in force chose for a control, too."""


def counted(assessments: Iterable[Assessed], pack: str) -> PackFigures:
    """Return what a pack came to in some assessments, the last one of each declaration."""
    in_band, chosen, missing, assessed = Counter[str](), Counter[str](), Counter[str](), 0
    totals = [0, 0, 0]
    for one in assessments:
        if pack not in one.packs:
            continue
        assessed += 1
        found = (
            {hit.criterion for hit in one.hits if hit.pack == pack},
            {hit.criterion for hit in one.hits if hit.pack == pack and hit.chosen},
            {row.criterion for row in one.not_assessable if row.pack == pack},
        )
        for place, (counter, criteria) in enumerate(zip((in_band, chosen, missing), found, strict=True)):
            counter.update(criteria)
            totals[place] += bool(criteria)
    return PackFigures(
        assessed=assessed,
        in_band=totals[0],
        chosen=totals[1],
        not_assessable=totals[2],
        rows=tuple(
            RowFigures(criterion=one, in_band=in_band[one], chosen=chosen[one], not_assessable=missing[one])
            for one in sorted(in_band.keys() | missing.keys())
        ),
    )


SHARES_FROM = 30
"""A hit rate of fewer controls is not given."""
_TOGETHER = ("criterion", "random")
"""What criteria hit is never shown without what was drawn at random."""


class ControlFigures(Struct, frozen=True, kw_only=True):
    """What became of controls that packs ordered, by why they were ordered."""

    trigger: str
    ordered: int
    hits: Rate
    """Of those with a result: how many found something."""

    @property
    def share(self) -> float | None:
        """Return the hit rate; None: there were too few controls."""
        return self.hits.rate if self.hits.of >= SHARES_FROM else None


def outcomes(orders: Iterable[SealedOrder], known: Mapping[int, OrderOutcome]) -> tuple[ControlFigures, ...]:
    """Return what controls came to, by what became of each order."""
    ordered, counts = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for number, trigger in {one.number: one.trigger for one in orders}.items():
        ordered[trigger] += 1
        if (outcome := known.get(number)) is not None:
            counts[trigger].update(outcome.counted)
    return tuple(
        ControlFigures(trigger=one, ordered=ordered[one], hits=hits_of(counts[one]))
        for one in (*_TOGETHER, *sorted(ordered.keys() - set(_TOGETHER)))
    )


def hits_of(counts: Mapping[str, int]) -> Rate:
    """Return how many of the orders with a result found something, of what orders counted as."""
    return rate_of(counts.get("adverse", 0), counts.get("results", 0))


def counted_in_shadow(assessments: Iterable[SealedAssessment], pack: str) -> PackFigures:
    """Return what a pack in shadow came to in some assessments, the last one of each declaration."""
    found = [(one.shadow, one.assessed) for one in assessments if one.shadow is not None]
    figures = counted((shadow for shadow, _ in found), pack)
    both = sum(
        any(one.types for one in real.chosen) and any(one.pack == pack for one in shadow.chosen)
        for shadow, real in found
    )
    return structs.replace(figures, controlled_already=both)
