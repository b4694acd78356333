"""How much the tests go through: `make test`, `make test-whole` and `make test-spaces`, by the variable `TESTS`.

With `TESTS=whole` also what needs more of the system than Python, pip and make, and what is long and rarely changes; with `TESTS=spaces`
also all of the large spaces, of which otherwise an even part is gone through.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_TESTS = os.environ.get("TESTS", "")
WHOLE = _TESTS in {"whole", "spaces"}
SPACES = _TESTS == "spaces"


def part(of: Sequence[T], share: int, *, begin: int = 0) -> Sequence[T]:
    """Return every `share`-th of them, from one of the first on; all of them if everything is gone through."""
    return of if SPACES else of[begin % share :: share]
