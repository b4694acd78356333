"""The consequence of an error for the commits of one statement, by the error's class (PostgreSQL, Appendix A)."""

from enum import StrEnum

import psycopg


class BatchEnd(StrEnum):
    """The fate of commits whose common statement failed."""

    APART = "apart"
    """Nothing was written, because of one of them: each is tried alone, and only the guilty one gets its error."""
    AGAIN = "again"
    """Nothing was written, because of somebody else: once more, then each alone."""
    TOLD = "told"
    """A time limit: everybody is told that the store does not answer."""
    ENDED = "ended"
    """The server says that it ends the connection, and with it the statement: each is tried alone, on another one, under its guard."""
    LOST = "lost"
    """Nobody knows, or the connection is of no use any more: everybody is told the same, and it is closed."""


_TIME_LIMITS = frozenset({"57014", "55P03"})
_OF_ONE = frozenset({"22", "23"})
_CONFLICT = "40"
_ENDED = "57P"


def end_of(error: psycopg.Error) -> BatchEnd:
    """Return what follows from an error."""
    state = error.sqlstate
    if state is None:
        # The driver's own, before anything was sent: of values that it cannot make out.
        return BatchEnd.APART if isinstance(error, psycopg.DataError | psycopg.ProgrammingError) else BatchEnd.LOST
    if state in _TIME_LIMITS:
        return BatchEnd.TOLD
    if state[:2] in _OF_ONE:
        return BatchEnd.APART
    if state.startswith(_ENDED):
        return BatchEnd.ENDED
    return BatchEnd.AGAIN if state[:2] == _CONFLICT else BatchEnd.LOST
