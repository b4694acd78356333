"""Indicators as pages show them: sums, shares, columns of a drawing, and what each figure is told apart by, in the reader's language."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from gateway.api.localization import Wording
from gateway.web.console.lodged import LODGED
from gateway.web.times import Times
from gateway.web.visit import Visit
from gateway.wings.reporting.indicators.counts import COUNTS
from gateway.wings.reporting.indicators.days import DayFigure
from gateway.wings.reporting.indicators.period_figures import Period, share
from gateway.wings.reporting.indicators.rows import Indicator

WIDTH, HEIGHT = 640, 140
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPeriod:
    """A period of an indicator: as a column, and as a row."""

    label: str
    counted: bool
    """False: not all of its days were counted: it has no figures."""
    number: int
    of: int
    share: str
    href: str
    """Where the declarations are that were lodged in it."""
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLine:
    """An office with its figures, or a sum."""

    office: str
    """Empty: none was stated."""
    cells: Sequence[int]
    whole: int
    of: int
    share: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorView:
    """The writer of indicators on one page."""

    visit: Visit
    times: Times
    wording: Wording
    titles: Mapping[str, str]
    """Of regimes, by their names."""

    def title(self, row: Indicator) -> str:
        """Return the title of an indicator in the reader's language."""
        return self.wording.name("indicator", row.title)

    def label(self, period: Period) -> str:
        """Return a period by its first and last day."""
        first, last = self.times.day(period.first), self.times.day(period.last)
        return first if first == last else self.visit.text("figures.days", first=first, last=last)

    def percent(self, number: int, of: int) -> str:
        """Return a share in percent, empty where there is no case."""
        found = share(number, of)
        return "" if found is None else self.visit.text("figures.percent", share=f"{found * _HUNDRED:.1f}")

    def part(self, row: Indicator, part: str) -> str:
        """Return what a figure is told apart by: an authority by its system, a time by its bounds, a regime by its title."""
        by = COUNTS[row.numerator].by
        if not part:
            return self.visit.text(f"figures.no_{by}")
        if by == "time":
            return self.visit.text(f"figures.time_{part}")
        if by == "authority":
            return self.visit.web.systems(self.visit.language).get(part, part)
        if by == "regime" and part in self.titles:
            return self.wording.name("suspension", self.titles[part])
        return part

    def columns(
        self, row: Indicator, periods: Sequence[Period], counted: Callable[[Period], bool], figures: Iterable[DayFigure]
    ) -> Sequence[ShownPeriod]:
        """Return periods, the oldest first, each column as high as its figure."""
        sums: Counter[tuple[str, date]] = Counter()
        for one in figures:
            sums[one.count, one.first] += one.number
        highest = max((sums[row.numerator, one.first] for one in periods if counted(one)), default=0)
        step = WIDTH / len(periods)
        made = []
        for place, period in enumerate(periods):
            is_counted = counted(period)
            number = sums[row.numerator, period.first] if is_counted else 0
            of = sums[row.denominator, period.first] if is_counted and row.denominator is not None else 0
            size = number / highest * HEIGHT if highest else 0.0
            made.append(
                ShownPeriod(
                    label=self.label(period),
                    counted=is_counted,
                    number=number,
                    of=of,
                    share=self.percent(number, of),
                    href=lodged(period),
                    x=f"{place * step + 2:.1f}",
                    y=f"{HEIGHT - size:.1f}",
                    width=f"{step - 4:.1f}",
                    height=f"{size:.1f}",
                )
            )
        return made

    def lines(
        self, row: Indicator, period: Period, figures: Iterable[DayFigure]
    ) -> tuple[Sequence[str], Sequence[OfficeLine]]:
        """Return the parts by which an indicator is told apart in a period, and a line for each office."""
        numbers: dict[str, Counter[str]] = {}
        of: Counter[str] = Counter()
        for one in figures:
            if one.first != period.first:
                continue
            if one.count == row.numerator:
                numbers.setdefault(one.office, Counter())[one.part] += one.number
            if one.count == row.denominator:
                of[one.office] += one.number
        is_told_apart = COUNTS[row.numerator].by in row.by
        parts = sorted({part for found in numbers.values() for part in found}) if is_told_apart else []
        lines = [
            _line(self, office, parts, numbers.get(office, Counter()), of[office], period)
            for office in sorted(numbers.keys() | of.keys())
        ]
        return parts, lines


def lodged(period: Period, office: str = "") -> str:
    """Return where the declarations are listed that were lodged in a period."""
    asked: Mapping[str, str] = {"since": period.first.isoformat(), "until": period.last.isoformat()}
    return f"{LODGED}?{urlencode({**asked, **({'office': office} if office else {})})}"


def _line(
    view: IndicatorView, office: str, parts: Sequence[str], numbers: Counter[str], of: int, period: Period
) -> OfficeLine:
    whole = numbers.total()
    return OfficeLine(
        office=office,
        cells=[numbers[part] for part in parts],
        whole=whole,
        of=of,
        share=view.percent(whole, of),
        href=lodged(period, office),
    )
