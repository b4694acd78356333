"""Bounds of rates, against values that others published."""

import pytest

from gateway.wings.controls.risk.intervals import is_apart, rate_of


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_bounds_are_wilsons(found: int, of: int, low: float, high: float) -> None:
    rate = rate_of(found, of)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


def test_of_no_cases_nothing_is_known() -> None:
    """It may be anything, and is told apart from nothing."""
    none = rate_of(0, 0)
    assert (none.rate, none.low, none.high) == (None, 0.0, 1.0)
    assert not is_apart(none, rate_of(50, 100))


def test_rates_are_told_apart_by_newcombes_interval() -> None:
    """Of 56 in 70 and 48 in 80 the difference has the bounds 0.0524 and 0.3339 (Newcombe 1998b, table II, method 10); of few cases none is known."""
    assert is_apart(rate_of(56, 70), rate_of(48, 80))
    assert not is_apart(rate_of(3, 5), rate_of(2, 5))
    assert is_apart(rate_of(10, 100), rate_of(40, 100))
