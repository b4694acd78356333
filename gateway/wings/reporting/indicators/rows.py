"""The dated rows of indicators: what each counts, against what, by what, and which figures are too small to be given."""

from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Row

FILE = "indicators.toml"
OFFICE = "office"
"""What every count can be told apart by."""


class PeriodName(StrEnum):
    """The length of the periods of an indicator."""

    DAY = "day"
    WEEK = "week"
    """From Monday to Sunday."""
    MONTH = "month"

    def first(self, day: date) -> date:
        """Return the first day of the period in which a day lies."""
        if self is PeriodName.DAY:
            return day
        return day - timedelta(days=day.weekday()) if self is PeriodName.WEEK else day.replace(day=1)

    def behind(self, first: date) -> date:
        """Return the first day behind the period that begins on a day."""
        if self is PeriodName.MONTH:
            return self.first(first + timedelta(days=31))
        return first + timedelta(days=7 if self is PeriodName.WEEK else 1)


@row_kind("indicator", FILE, later=True, key="name", decides_nothing=True)
class Indicator(Row):
    """A figure of how the gateway performs."""

    name: str
    title: str
    """As pages name it, in English; in other languages a word of `table_names` for `indicator`."""
    numerator: str
    """A count of the closed list."""
    denominator: str | None = None
    """The count of which it is a share; None: it is none."""
    by: Codes = ()
    """What its figures are told apart by: `office`, and what the count itself knows, as `authority`."""
    least: int = 10
    """A figure below it is not given in files and by the API."""
    period: PeriodName = PeriodName.MONTH
