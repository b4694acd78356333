"""Periods of days, with both ends; None: without end."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Protocol

_DAY = timedelta(days=1)
Period = tuple[date, date | None]


class Dated(Protocol):
    """A row, or anything else, that holds from a day on."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


def period(dated: Dated) -> Period:
    """Return the days on which something holds."""
    return dated.valid_from, dated.valid_to


def meet(one: Period, other: Period) -> bool:
    """Whether some day lies in both."""
    return not (_ends_before(one, other[0]) or _ends_before(other, one[0]))


def without(whole: Period, cuts: Iterable[Period]) -> Iterator[Period]:
    """Return the rest of a period, in order, when others are cut out of it."""
    begins, ends = whole
    for cut in sorted((cut for cut in cuts if meet(whole, cut)), key=lambda cut: cut[0]):
        if begins < cut[0]:
            yield begins, cut[0] - _DAY
        if cut[1] is None or (ends is not None and ends <= cut[1]):
            return
        begins = max(begins, cut[1] + _DAY)
    yield begins, ends


def gaps(periods: Iterable[Period]) -> Iterator[Period]:
    """Return the days between periods that lie in none of them."""
    ordered = sorted(periods, key=lambda one: one[0])
    last = max(ordered, key=lambda one: one[1] or date.max)
    yield from without((ordered[0][0], last[1]), ordered)


def _ends_before(one: Period, day: date) -> bool:
    return one[1] is not None and one[1] < day
