"""The figures of indicators in periods: as they are, and as files and the API give them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateway.wings.reporting.indicators.counts import COUNTS
from gateway.wings.reporting.indicators.days import DayFigure, IndicatorDays
from gateway.wings.reporting.indicators.rows import OFFICE, Indicator, PeriodName
from gateway.wings.reporting.indicators.small_cells import ALL, Cell, CellState, GivenCell, guarded

SHARES_FROM = 30
"""A share of fewer cases is not given."""
_DAY = timedelta(days=1)
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period, from its first day up to the one behind its last."""

    name: PeriodName
    first: date
    behind: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.behind - _DAY

    @classmethod
    def of(cls, name: PeriodName, day: date) -> "Period":
        """Return the period in which a day lies."""
        first = name.first(day)
        return cls(name=name, first=first, behind=name.behind(first))

    @classmethod
    def over(cls, name: PeriodName, until: date) -> "Period":
        """Return the last period that is over when a day begins."""
        return cls.of(name, name.first(until) - _DAY)

    @property
    def days(self) -> frozenset[date]:
        """Its days."""
        return frozenset(self.first + n * _DAY for n in range((self.behind - self.first).days))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorCell:
    """A figure of an indicator; `ALL` as office or part is the sum over them."""

    office: str
    part: str
    number: GivenCell
    of: GivenCell | None
    """What it is a share of; None: it is none, or what it is a share of is not known so."""

    @property
    def share(self) -> Decimal | None:
        """Return the share; None: it is none, of too few cases, or of what is not given."""
        return share(self.number.number, self.of.number if self.of is not None else None, least=SHARES_FROM)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOfIndicator:
    """An indicator in a period."""

    row: Indicator
    period: Period
    counted: bool
    """False: not all of its days were counted yet, and there are no figures."""
    cells: Sequence[IndicatorCell] = ()


def share(number: int | None, of: int | None, *, least: int = 1) -> Decimal | None:
    """Return a share; None: of fewer cases than the least, so of none too."""
    if number is None or of is None or of < least:
        return None
    return (Decimal(number) / Decimal(of)).quantize(_PLACES, rounding=ROUND_HALF_UP)


def in_force(rows: Iterable[Indicator], period: Period | date) -> Sequence[Indicator]:
    """Return the rows that are in force on a day, or all through a period, by name."""
    days = (period,) if isinstance(period, date) else (period.first, period.last)
    return sorted((row for row in rows if all(row.in_force(day) for day in days)), key=lambda row: row.name)


class PeriodFigures:
    """The reader of figures. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, days: IndicatorDays) -> None:
        self._days = days

    async def given(
        self, rows: Iterable[Indicator], until: date, *, offices: Collection[str] | None
    ) -> Sequence[PeriodOfIndicator]:
        """Return indicators in the last of their periods that is over when a day begins, without what is too small.

        What is kept back is the same for whoever reads: of all offices together, whichever a reader may see.
        """
        tables: dict[Period, _GuardedPeriod | None] = {}
        found = []
        for row in rows:
            period = Period.over(row.period, until)
            if period not in tables:
                tables[period] = await self._guarded(period)
            table = tables[period]
            if not all(row.in_force(day) for day in (period.first, period.last)) or table is None:
                found.append(PeriodOfIndicator(row=row, period=period, counted=False))
            else:
                cells = [one for one in table.cells(row) if offices is None or one.office in offices]
                found.append(PeriodOfIndicator(row=row, period=period, counted=True, cells=cells))
        return found

    async def _guarded(self, period: Period) -> "_GuardedPeriod | None":
        if await self._days.counted(period.first, period.behind) != period.days:
            return None
        figures = await self._days.figures(COUNTS, period.name, period.first, period.behind, offices=None)
        return _GuardedPeriod(figures)


class _GuardedPeriod:
    """A period, of which each count is guarded once for all indicators that have it."""

    def __init__(self, figures: Iterable[DayFigure]) -> None:
        self._numbers: Mapping[str, dict[Cell, int]] = defaultdict(dict)
        offices, parts = set[str](), defaultdict[str, set[str]](set)
        for one in figures:
            self._numbers[one.count][one.office, one.part] = one.number
            offices.add(one.office)
            parts[one.count].add(one.part)
        self._offices, self._parts = sorted(offices), parts
        self._given: dict[str, Mapping[Cell, GivenCell]] = {}

    def cells(self, row: Indicator) -> Sequence[IndicatorCell]:
        """Return the cells of an indicator, the sums first."""
        numbers = self._of(row.numerator, row.least)
        of = self._of(row.denominator, row.least) if row.denominator is not None else None
        parts = sorted(self._parts[row.numerator]) if COUNTS[row.numerator].by in row.by else []
        found = []
        for office in (ALL, *(self._offices if OFFICE in row.by else ())):
            for part in (ALL, *parts):
                number = numbers[office, part]
                held_against = of[office, ALL] if of is not None else None
                found.append(IndicatorCell(office=office, part=part, number=number, of=held_against))
        return found

    def _of(self, count: str, least: int) -> Mapping[Cell, GivenCell]:
        if count not in self._given:
            parts = self._parts[count] or {""}
            numbers = {
                (office, part): self._numbers[count].get((office, part), 0)
                for office in self._offices
                for part in parts
            }
            self._given[count] = guarded(numbers, least) if numbers else _NOTHING
        return self._given[count]


_NOTHING: Mapping[Cell, GivenCell] = {(ALL, ALL): GivenCell(None, CellState.SMALL)}
"""Nothing happened anywhere: no office is known."""
