"""Models of time limits, for the documentation."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from gateway.domain.tables.holidays import Counting, Weekday
from gateway.domain.tables.time_limits import FirstDay
from gateway.domain.turn import Turn


class PeriodBody(BaseModel):
    """The length of a time limit."""

    number: int
    unit: Literal["days", "working_days", "years"]


class ClockBody(BaseModel):
    """A time limit that runs. Of a hold (`kind` is `hold`) nothing acts on it: it says until when somebody has to act."""

    kind: Literal["lapse", "approval", "application", "hold", "suspension"]
    name: str | None
    """Of a hold, its row of `time_limits.toml`; of a suspension, its regime."""
    ends_at: datetime | None
    """Null: it is not known, as its first day is not known here, or public holidays on its way are not listed (Reg. 1182/71)."""
    not_before: datetime | None
    """Before then it does not end, where it is not known when it does."""
    until: date | None
    """The last day, where the end is known and is that of a day."""
    legal_basis: str | None
    turn: Turn | None
    """Who has to act in it; null: nothing that holds may be told, nor whose turn it is."""
    period: PeriodBody | None
    """Null: of an approval, and of a suspension."""
    first_day: FirstDay | None
    """The event from which it runs, which is not counted; null as of `period`, and of an application."""
    counting: Counting | list[Weekday] | None
    """By which rule days count; null: they do not, or the State lists no public holidays, so that no day is told."""
    findings: list[str]
    """The codes of those that it is about, of a hold; none: what holds has no finding that may be told."""
    words: str | None
    """What has to be done and until when, in your language; null: of an approval, and of a suspension."""
