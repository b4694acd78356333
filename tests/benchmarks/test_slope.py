"""A slope is what it is, and no surer than its points."""

import pytest

from tests.benchmarks.slope import slope


def test_points_on_a_line_leave_no_doubt() -> None:
    found = slope([(minute, 170 + 0.5 * minute) for minute in range(10)])
    assert found.each == pytest.approx(0.5)
    assert found.within == pytest.approx(0, abs=1e-9)


def test_points_beside_it_do() -> None:
    # By hand: slope 0.5, sums of squares 1.5 off the line and 5 along it, two degrees of freedom.
    found = slope([(0, 0), (1, 2), (2, 1), (3, 2)])
    assert found.each == pytest.approx(0.5)
    assert found.within == pytest.approx(4.30 * (1.5 / 2 / 5) ** 0.5)


def test_two_points_fit_any_line() -> None:
    with pytest.raises(ValueError, match="three points"):
        slope([(0, 0), (1, 1)])
