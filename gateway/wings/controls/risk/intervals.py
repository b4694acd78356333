"""Rates of few cases with their bounds: by Wilson, and by Newcombe for the difference of two of them."""

from math import sqrt

from msgspec import Struct

_Z = 1.959964
"""Of a normal distribution, for 95 %."""


class Rate(Struct, frozen=True, kw_only=True):
    """How many of some cases are something, with the bounds within which 95 of 100 such intervals hold the true rate."""

    of: int
    found: int
    low: float
    high: float

    @property
    def rate(self) -> float | None:
        """None: there are no cases."""
        return self.found / self.of if self.of else None


def rate_of(found: int, of: int) -> Rate:
    """Return a rate with its bounds by Wilson; of no cases it may be anything."""
    if not of:
        return Rate(of=0, found=0, low=0.0, high=1.0)
    rate, square = found / of, _Z * _Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = _Z * sqrt(rate * (1 - rate) / of + square / (4 * of * of)) / (1 + square / of)
    return Rate(of=of, found=found, low=max(0.0, middle - half), high=min(1.0, middle + half))


def is_apart(one: Rate, other: Rate) -> bool:
    """Whether two rates differ by more than chance explains: Newcombe's interval of their difference leaves out none at all."""
    if one.rate is None or other.rate is None:
        return False
    difference = one.rate - other.rate
    below = difference - sqrt((one.rate - one.low) ** 2 + (other.high - other.rate) ** 2)
    above = difference + sqrt((one.high - one.rate) ** 2 + (other.rate - other.low) ** 2)
    return below > 0 or above < 0
