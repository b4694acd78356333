"""Two sides compared in pairs: in which order they take turns, what a declaration costs, and the ratios."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

OURS, THEIRS = "ours", "theirs"


def order(pairs: int) -> Iterator[tuple[str, str]]:
    """Gives who comes first in each pair: there and back, so that a machine that slows down slows both alike."""
    for number in range(pairs):
        yield (OURS, THEIRS) if number % 2 == 0 else (THEIRS, OURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The processor time of one declaration, in seconds, its transactions, and how long it took."""

    gateway_s: float
    database_s: float
    simulators_s: float = 0.0
    """That of the authorities that it asks: no cost of a side, but what else keeps the machine busy."""
    transactions: float = 0.0
    """Of the whole server that wrote something."""
    median_s: float = 0.0
    """How long a caller waited for its decision."""
    p99_s: float = 0.0
    """What one caller of a hundred waited longer than."""
    per_second: float = 0.0

    @property
    def total_s(self) -> float:
        """Both together."""
        return self.gateway_s + self.database_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What the same load cost on both sides, one right after the other."""

    ours: Cost
    theirs: Cost


class Ratios(NamedTuple):
    """Ours divided by theirs, of all pairs."""

    median: float
    smallest: float
    largest: float


class TooLittle(ValueError):
    """What was measured took too little to be compared."""


def ratios(pairs: Sequence[Pair], part: Callable[[Cost], float]) -> Ratios:
    """Gives the ratios of a part of the costs.

    Raises:
        TooLittle: there is no pair, or one in which theirs took no time: nothing was measured.
    """
    if not pairs:
        raise TooLittle("no pair was measured")
    if not all(part(pair.theirs) > 0 for pair in pairs):
        raise TooLittle("the other side took no processor time: too few declarations to measure")
    each = [part(pair.ours) / part(pair.theirs) for pair in pairs]
    return Ratios(median(each), min(each), max(each))
