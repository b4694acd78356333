"""The officer who works on a case, for some hours: shown to the others, and no right to anything."""

from dataclasses import dataclass
from datetime import datetime

MOST_NOTE = 100
"""Characters of a line about a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOwner:
    """The officer who took a case."""

    person: str
    note: str
    """Their line about it; empty: none."""
    since: datetime
    until: datetime
    """The moment at which it is given back by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """The last time that a person opened a case."""

    person: str
    at: datetime
