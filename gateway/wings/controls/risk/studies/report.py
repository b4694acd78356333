"""What packs found, counted: for each row how often it chose, what controls came of it and what they found, beside what random checks find."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from msgspec import Struct

from gateway.wings.controls.risk.draw import label
from gateway.wings.controls.risk.figures import hits_of
from gateway.wings.controls.risk.intervals import Rate, is_apart, rate_of
from gateway.wings.controls.risk.outcome import OrderOutcome
from gateway.wings.controls.risk.pack import Pack
from gateway.wings.controls.risk.studies.past import PastDeclaration

_FEW = 5
"""Cells of less are told of nobody: what they say is of single declarations."""


class ReportedRow(Struct, frozen=True, kw_only=True):
    """What a row of a pack came to: declarations, each once; then the orders that came of it, each once."""

    pack: str
    criterion: str
    random: bool
    in_band: int
    chosen: int
    not_assessable: int
    orders: int
    waived: int
    open: int
    hits: Rate
    """Of the orders with a result: how many found something."""
    duty_change: Mapping[str, str]
    """By currency."""
    by_chance: Rate
    """The same of random checks of one of its types."""
    apart: bool
    """Whether both rates differ by more than chance explains."""


class ReportedGroup(Struct, frozen=True, kw_only=True):
    """What controls found at an office, or of some operators; of fewer than five results nothing is told."""

    name: str
    orders: int
    hits: Rate | None


class TargetState(StrEnum):
    """Whether a target is reached, by the bounds of Wilson for 95 %."""

    REACHED = "reached"
    MISSED = "missed"
    OPEN = "not told apart"


class ReportedTarget(Struct, frozen=True, kw_only=True):
    """What the controls found that a pack ordered, before release and after it, beside its target; of fewer than five results nothing is told."""

    pack: str
    after_release: bool
    orders: int
    hits: Rate | None
    target: str | None
    """As the pack says it now; None: it sets none, or is published no more."""
    reached: TargetState | None = None


class RiskReport(Struct, frozen=True, kw_only=True):
    """What packs found in a span of days, by when declarations were received."""

    declarations: int
    assessed: int
    failed: int
    """Those at which a measure failed."""
    undetermined: int
    """Orders of what could not be determined."""
    rows: tuple[ReportedRow, ...]
    offices: tuple[ReportedGroup, ...]
    operators: tuple[ReportedGroup, ...]
    """`trusted`: those of whose declarations any operator was, while a weight was in force; `other`: all others."""
    targets: tuple[ReportedTarget, ...] = ()


class _Row:
    """What is counted of a row."""

    def __init__(self) -> None:
        self.count = Counter[str]()
        self.types = set[str]()
        self.random = False
        self.duty = defaultdict[str, Decimal](Decimal)


class ReportTally:
    """The tally of a report, page by page."""

    def __init__(self, packs: Iterable[Pack] = ()) -> None:
        self._targets = {one.name: one.target for one in packs}
        self._packs = defaultdict[tuple[str, bool], Counter[str]](Counter)
        self._count = Counter[str]()
        self._rows = defaultdict[tuple[str, str], _Row](_Row)
        self._drawn = defaultdict[str, _Row](_Row)
        """By the name under which a row draws: its orders say no pack."""
        self._random = list[OrderOutcome]()
        self._offices = defaultdict[str, Counter[str]](Counter)
        self._operators = defaultdict[str, Counter[str]](Counter)

    def take(self, page: Iterable[PastDeclaration]) -> None:
        """Count some declarations more."""
        for one in page:
            self._count["declarations"] += 1
            if one.sealed is not None:
                self._take(one)

    def report(self) -> RiskReport:
        """Return what was counted so far."""
        return RiskReport(
            declarations=self._count["declarations"],
            assessed=self._count["assessed"],
            failed=self._count["failed"],
            undetermined=self._count["undetermined"],
            rows=tuple(self._reported(*key) for key in sorted(self._rows)),
            offices=_groups(self._offices),
            operators=_groups(self._operators),
            targets=tuple(self._target(*key) for key in sorted(self._packs)),
        )

    def _take(self, one: PastDeclaration) -> None:
        assert one.sealed is not None, "it was assessed"
        assessed = one.sealed.assessed
        self._count["assessed"] += 1
        self._count["failed"] += bool(assessed.failed)
        seen = {(row.pack, row.criterion, "not_assessable") for row in assessed.not_assessable}
        for hit in assessed.hits:
            row = self._rows[hit.pack, hit.criterion]
            row.types.update(hit.types)
            row.random |= hit.random
            seen.add((hit.pack, hit.criterion, "in_band"))
            if hit.chosen:
                seen.add((hit.pack, hit.criterion, "chosen"))
        for pack, criterion, figure in seen:
            self._rows[pack, criterion].count[figure] += 1
        orders = {order.number: order for order in one.orders}
        grounds = one.sealed.grounds
        groups = self._offices[one.office], self._operators["trusted" if grounds and grounds.trusted else "other"]
        for sealed in one.sealed.orders:
            if (order := orders.get(sealed.number)) is not None:
                packs = {hit.pack for hit in assessed.hits if hit.drawn_as in sealed.criteria}
                own = (self._packs[pack, order.after_release] for pack in sorted(packs))
                self._order(order, sealed.trigger, sealed.criteria, (*groups, *own))

    def _order(
        self, order: OrderOutcome, trigger: str, criteria: Iterable[str], groups: Iterable[Counter[str]]
    ) -> None:
        self._count["undetermined"] += trigger == "undetermined"
        if trigger == "random" and order.adverse is not None:
            self._random.append(order)
        found = order.counted
        for group in groups:
            group.update(found)
        for name in criteria:
            row = self._drawn[name]
            row.count.update(found)
            _add_duty(row.duty, order.duty_change)

    def _target(self, pack: str, after_release: bool) -> ReportedTarget:
        count, target = self._packs[pack, after_release], self._targets.get(pack)
        hits = hits_of(count) if count["results"] >= _FEW else None
        return ReportedTarget(
            pack=pack,
            after_release=after_release,
            orders=count["orders"],
            hits=hits,
            target=f"{target:f}" if target is not None else None,
            reached=_reached(hits, target) if hits is not None and target is not None else None,
        )

    def _reported(self, pack: str, criterion: str) -> ReportedRow:
        row = self._rows[pack, criterion]
        random, drawn = row.random, self._drawn[label(criterion, random=row.random)]
        hits = hits_of(drawn.count)
        alike = [one for one in self._random if not row.types.isdisjoint(one.types)]
        chance = rate_of(sum(bool(one.adverse) for one in alike), len(alike))
        return ReportedRow(
            pack=pack,
            criterion=criterion,
            random=random,
            in_band=row.count["in_band"],
            chosen=row.count["chosen"],
            not_assessable=row.count["not_assessable"],
            orders=drawn.count["orders"],
            waived=drawn.count["waived"],
            open=drawn.count["open"],
            hits=hits,
            duty_change={currency: f"{amount:f}" for currency, amount in sorted(drawn.duty.items())},
            by_chance=chance,
            apart=not random and is_apart(hits, chance),
        )


def _reached(hits: Rate, target: Decimal) -> TargetState:
    if hits.low >= target:
        return TargetState.REACHED
    return TargetState.MISSED if hits.high < target else TargetState.OPEN


def _groups(counts: Mapping[str, Counter[str]]) -> tuple[ReportedGroup, ...]:
    return tuple(
        ReportedGroup(name=name, orders=count["orders"], hits=hits_of(count) if count["results"] >= _FEW else None)
        for name, count in sorted(counts.items())
        if count["orders"]
    )


def _add_duty(duty: dict[str, Decimal], change: str | None) -> None:
    amount, _, currency = (change or "").partition(" ")
    try:
        read = Decimal(amount)
    except InvalidOperation:  # none was said, or none that is a number
        return
    duty[currency] += read
