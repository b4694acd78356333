"""MRNs: each is one declaration's, and customs gives them, so what customs accepted takes its MRN from what was not."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.domain.errors import Conflict

T = TypeVar("T")


class MrnTaken(Conflict):
    """Something else stands in its place already."""

    # Judged by the unique index alone, not in `domain.admission`: the other declaration's row is not locked.

    def __init__(self) -> None:
        super().__init__("The MRN is another declaration's.")


async def taking(attempt: Callable[[str | None], Awaitable[T]], mrn: str | None) -> T:
    """Takes a step; where it fails for an MRN that customs gives here, once more with the MRN taken from the other."""
    try:
        return await attempt(None)
    except MrnTaken:
        if mrn is None:
            raise
    return await attempt(mrn)
