"""How much of a large space the tests go through: an even part of it, or with `TESTS=whole` (`make test-whole`) all of it."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WHOLE = os.environ.get("TESTS") == "whole"


def part(of: Sequence[T], share: int, *, begin: int = 0) -> Sequence[T]:
    """Return every `share`-th of them, from one of the first on; all of them if everything is gone through."""
    return of if WHOLE else of[begin % share :: share]
