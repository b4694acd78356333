"""The reports of what other rules would have decided: kept by the command that counted, listed and shown by pages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.calendar import in_utc
from gateway.store.database import Database
from gateway.store.rows import Row
from gateway.wings.what_if.report import ReportQuestion, WhatIfReport


class WhatIfReports:
    """The kept reports. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, question: ReportQuestion, figures: Mapping[str, Any], *, asked_by: str | None) -> str:
        """Keep a report, and return its id."""
        values = {
            "asked_by": asked_by,
            "question": question.kind,
            "since": question.since,
            "until": question.until,
            "tables_version": question.tables_version,
            "tables_digest": question.tables_digest,
            "rules": question.rules,
            "rule_set": question.rule_set,
            "figures": json.dumps(figures),
        }
        row = await self._database.row("keep_report", values)
        assert row is not None, "a row that is written is returned"
        return str(row["id"])

    async def newest(self, limit: int) -> Sequence[WhatIfReport]:
        """Return the newest reports, without their figures."""
        return [_report(row) for row in await self._database.rows("newest_reports", {"limit": limit})]

    async def report(self, report_id: str) -> WhatIfReport | None:
        """Return a report with its figures; None: there is none."""
        row = await self._database.row("report", {"id": report_id})
        return None if row is None else _report(row)


def _report(row: Row) -> WhatIfReport:
    return WhatIfReport(
        id=row["id"],
        made_at=in_utc(row["made_at"]),
        asked_by=row["asked_by"],
        question=ReportQuestion(
            kind=row["question"],
            since=row["since"],
            until=row["until"],
            tables_version=row["tables_version"],
            tables_digest=row["tables_digest"],
            rules=row["rules"],
            rule_set=row["rule_set"],
        ),
        figures=None if row["figures"] is None else json.loads(row["figures"]),
    )
