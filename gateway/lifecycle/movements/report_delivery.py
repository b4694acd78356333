"""The delivery of one report of released goods: whatever may have been sent is read back before it is sent again."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.contract import DocumentQuery, ReportOrder, UnexpectedAnswer
from gateway.domain.report_results import ReportSent, ReportsRead
from gateway.domain.verification import EvidenceItem
from gateway.lifecycle.movements.required_reports import RequiredReport


class ReportAuthorities(Protocol):
    """The sender of reports to the authorities, which never raises."""

    async def report(self, adapter: str, order: ReportOrder, *, may_send: Callable[[], bool]) -> ReportSent:
        """Send a report once, unless `may_send` says no right before its bytes go."""
        ...

    async def read_reports(self, adapter: str, query: DocumentQuery) -> ReportsRead:
        """Read which reports of a declaration an authority has; it changes nothing."""
        ...


class ReportState(StrEnum):
    """The state of one report."""

    REPORTED = "reported"
    """Its authority has it: by its receipt, or as it was read back."""
    IN_DOUBT = "in_doubt"
    """It may have been sent. Never repeated before it was read back."""
    NOT_SENT = "not_sent"
    """Its authority does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery:
    """The outcome of one attempt to deliver a report."""

    state: ReportState
    cause: str | None = None
    """Where it is not reported: the code of the fault, `SW-ADP-0n`."""
    evidence: tuple[EvidenceItem, ...] = ()
    message_ids: tuple[str, ...] = ()


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
        return ReportDelivery(state=ReportState.NOT_SENT, cause=UnexpectedAnswer.code)
    read = ReportsRead(reports=())
    if may_be_there:
        read = await authorities.read_reports(report.adapter, asked_about(report.order))
        there = read.has(report.order.key)
        if there is not False:
            state = ReportState.REPORTED if there else ReportState.IN_DOUBT
            return ReportDelivery(state=state, cause=read.cause, evidence=read.evidence, message_ids=read.message_ids)
    sent = await authorities.report(report.adapter, report.order, may_send=may_send)
    if sent.reported is not None:
        state = ReportState.REPORTED
    else:
        state = ReportState.IN_DOUBT if sent.sent else ReportState.NOT_SENT
    return ReportDelivery(
        state=state,
        cause=sent.cause,
        evidence=(*read.evidence, *sent.evidence),
        message_ids=(*read.message_ids, *sent.message_ids),
    )


def asked_about(order: ReportOrder) -> DocumentQuery:
    """Return the question which reports of its declaration the authority of an order's document has."""
    return DocumentQuery(
        type=order.type,
        reference=order.reference,
        direction=order.direction,
        customs_office=order.customs_office,
        declaration=order.declaration,
    )
