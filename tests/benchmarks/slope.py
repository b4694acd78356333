"""The slope of a line through measured points, and how sure one can be of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import linear_regression, mean

_STUDENT = (
    12.71,
    4.30,
    3.18,
    2.78,
    2.57,
    2.45,
    2.36,
    2.31,
    2.26,
    2.23,
    2.20,
    2.18,
    2.16,
    2.14,
    2.13,
    2.12,
    2.11,
    2.10,
    2.09,
    2.09,
)
"""Student's t at 95 % both ways, by degrees of freedom from 1 on; 2 beyond."""


@dataclass(frozen=True, slots=True)
class Slope:
    """What a figure grows by for each unit of the other one: in 95 of 100 cases the true value is within so much of it."""

    each: float
    within: float

    def __str__(self) -> str:
        """Say it."""
        return f"{self.each:+.3f} ± {self.within:.3f}"


def slope(points: Sequence[tuple[float, float]]) -> Slope:
    """Gives the slope of the line that fits points best, by least squares.

    Raises:
        ValueError: they are fewer than three, or all stand at one place.
    """
    if len(points) < 3:
        raise ValueError("three points are needed at least: two fit any line")
    along, up = zip(*points, strict=True)
    each, begins = linear_regression(along, up)
    middle, freedom = mean(along), len(points) - 2
    off = sum((y - begins - each * x) ** 2 for x, y in points) / freedom
    spread = sum((x - middle) ** 2 for x in along)
    student = _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else 2.0
    return Slope(each, student * sqrt(off / spread))
