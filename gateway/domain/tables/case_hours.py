"""Rows about how long an officer has a case that they took."""

from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Row


@row_kind("case_hours", "time_limits.toml", key="offices", for_all="offices", decides_nothing=True)
class CaseHours(Row):
    """After how many hours a case is given back by itself that an officer of some customs offices took; without offices those of all others."""

    offices: Codes = ()
    """Reference numbers of customs offices (17 00)."""
    hours: int
