"""The delivery of one report of released goods: whatever may have been sent is read back before it is sent again."""

from collections.abc import Callable
from typing import Protocol

from gateway.contract import DocumentQuery, ReportOrder, UnexpectedAnswer
from gateway.dispatch.made_once import asked_about
from gateway.domain.report_results import ReportDelivery, ReportSent, ReportsRead
from gateway.domain.required_report import RequiredReport


class ReportAuthorities(Protocol):
    """The sender of reports to the authorities, which never raises."""

    async def report(self, adapter: str, order: ReportOrder, *, may_send: Callable[[], bool]) -> ReportSent:
        """Send a report once, unless `may_send` says no right before its bytes go."""
        ...

    async def read_reports(self, adapter: str, query: DocumentQuery) -> ReportsRead:
        """Read which reports of a declaration an authority has; it changes nothing."""
        ...


async def deliver(
    report: RequiredReport, authorities: ReportAuthorities, *, may_be_there: bool, may_send: Callable[[], bool]
) -> ReportDelivery:
    """Deliver a report, and return what became of it.

    Args:
        report: what is reported to whom.
        authorities: who sends it.
        may_be_there: whether it may have been sent before: by an attempt in doubt, or by a process that ended.
        may_send: whether it may still be sent, right before its bytes go.
    """
    if not report.identified:
        return ReportDelivery(has=False, cause=UnexpectedAnswer.code)
    read = ReportsRead(reports=())
    if may_be_there:
        read = await authorities.read_reports(report.adapter, asked_about(report.order))
        there = read.has(report.order.key)
        if there is not False:
            return ReportDelivery(has=there, cause=read.cause, evidence=read.evidence, message_ids=read.message_ids)
    sent = await authorities.report(report.adapter, report.order, may_send=may_send)
    return ReportDelivery(
        has=True if sent.reported is not None else None if sent.sent else False,
        cause=sent.cause,
        evidence=(*read.evidence, *sent.evidence),
        message_ids=(*read.message_ids, *sent.message_ids),
    )
