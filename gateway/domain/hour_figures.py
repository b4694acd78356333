"""What became of declarations hour by hour, as it is counted for the page of the day."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFigures:
    """The declarations of one hour at some offices, each counted once by its last decision of the hour."""

    hour: datetime
    free: int = 0
    """Free to be released."""
    held: int = 0
    refused: int = 0
    released: int = 0
    """Of which anything was released."""

    @property
    def decided(self) -> int:
        """How many were decided."""
        return self.free + self.held + self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedGoods:
    """A release of goods of a declaration, as lists show it."""

    place: int
    """Its place in the list, which grows with time."""
    at: datetime
    id: str
    lrn: str
    mrn: str | None
    declarant: str
    office: str | None
    whole: bool
    """Whether all of the declaration is released with it."""
