"""The mark of what a person saw last of a declaration."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMark:
    """What they saw, and when."""

    at: datetime
    event: int
    """The last event that they were shown, by the number that they know it by."""
    shown: str
    """How the declaration stood, as far as they were told."""
