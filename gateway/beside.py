"""Long pieces of pure work, run beside the event loop one at a time, so that nobody else waits for a large declaration."""

import asyncio
import contextvars
import sys
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from gateway.resources import Threads

T = TypeVar("T")

LARGE = 200
"""Documents and goods items of a declaration above which work on it is no matter for the loop: about 20 ms."""
TURN_S = 0.0005
"""After which the loop gets the interpreter back from such work; Python's own 5 ms it would wait at each of its steps."""

# One thread: with several the loop would wait for its turn behind each of them.
_THREAD = Threads("beside", 1)


async def beside(work: Callable[[], T]) -> T:
    """Run a piece of work beside the loop; raise what it raises. Whoever is cancelled meanwhile does not end it."""
    call = partial(contextvars.copy_context().run, _in_short_turns, work)
    return await asyncio.get_running_loop().run_in_executor(_THREAD, call)


async def beside_if_large(size: int, work: Callable[[], T]) -> T:
    """Run a piece of work at once, or beside the loop where it is on more than `LARGE` documents and goods items."""
    return work() if size <= LARGE else await beside(work)


def _in_short_turns(work: Callable[[], T]) -> T:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        return work()
    finally:
        sys.setswitchinterval(usual)
