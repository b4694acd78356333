"""The reports that become due with the releases that an assessment carried out."""

from collections.abc import Sequence

from gateway.domain.calendar import Calendar
from gateway.domain.record import Work
from gateway.domain.required_report import RequiredReport
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.movements.required_reports import GoodsOut, asks_for_reports, required_reports
from gateway.lifecycle.processing.assessment import Assessment

DueByStep = tuple[tuple[int, tuple[RequiredReport, ...]], ...]
"""The reports of releases, by the number of each one's event."""


def reports_of_releases(
    work: Work, out: Sequence[GoodsOut], assessment: Assessment, tables: Tables, calendar: Calendar
) -> DueByStep:
    """Return the reports of the releases that were carried out; where no row asks for one, nothing is worked out."""
    if not out or not asks_for_reports(work.declaration, assessment.view(work, tables)):
        return ()
    plan, view = assessment.planned(work, tables), assessment.view(work, tables)
    found = (
        (one.step, required_reports(one, work.id, work.declaration, plan, view, on=calendar.day(one.at))) for one in out
    )
    return tuple((step, reports) for step, reports in found if reports)
