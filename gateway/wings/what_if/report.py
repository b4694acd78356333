"""A kept report of what other rules would have decided: what was asked, by whom and when, and the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestion:
    """The question of a report."""

    kind: str
    """`replay`: the same rules, `what_if`: others, `shadow`: the shadow rules counted."""
    since: date
    until: date | None
    """The last day; None: up to when it was made."""
    tables_version: str | None = None
    """None: those that decided."""
    tables_digest: str | None = None
    rules: str | None = None
    """The folder with other tables."""
    rule_set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfReport:
    """A report that was kept."""

    id: str
    made_at: datetime
    asked_by: str | None
    """Personal data; None: not known, or erased."""
    question: ReportQuestion
    figures: Mapping[str, Any] | None
    """As `--json` prints them; None: they were not read."""
