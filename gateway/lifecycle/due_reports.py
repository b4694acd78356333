"""The reports of released goods that are due: sent, and tried again until their authorities have them, whichever process finds them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

import structlog

from gateway import observe
from gateway.domain.event_bodies import reports_told
from gateway.domain.events import EventKind
from gateway.domain.identity import AS_DECLARED, Identities
from gateway.domain.notice import NoticeKind
from gateway.domain.report_results import ReportDelivery
from gateway.domain.required_report import ReleaseReports, ReportState, RequiredReport
from gateway.lifecycle.movements.report_delivery import ReportAuthorities, deliver
from gateway.quantities.pauses import LATE_EFFECT, Pauses
from gateway.store.reports import StoredReports
from gateway.turns import in_line

log = structlog.get_logger(__name__)

_AT_ONCE = 20
"""Releases whose reports are sent at the same time; the others wait for these."""
_IN_TURN = 2_000
"""Releases whose turns are worked out together: about as many as are sent in a minute."""
_FOR_S = 60.0
"""Seconds after which a job takes no more of them: an authority that hangs does not keep one of the worker's places."""
_SHARE = 4
"""Reports of one release that wait at one authority at the same time."""
_TAKEN_FOR = timedelta(minutes=10)
"""The time after which another process sends what one has taken and not finished: it reads back first."""
_SENT_WITHIN_S = 300.0
"""Seconds after which a process that has taken reports sends none of them any more: what it sent last has come long before others take them."""
_PAUSES = Pauses(first=LATE_EFFECT)
"""The pauses after a sending in vain, which may still arrive late: until it has, nothing is read back."""
Attempted = tuple[RequiredReport, ReportDelivery | None]
"""A report after an attempt to deliver it; with what came of that, if it changed anything."""
IN_VAIN = 3
"""The attempts in vain after which officers and customs are informed, about ten minutes after the release. It is tried on."""


class DueReports:
    """The sender of the reports that are due."""

    def __init__(
        self,
        stored: StoredReports,
        authorities: ReportAuthorities,
        clock: Callable[[], datetime],
        identify: Identities = AS_DECLARED,
    ) -> None:
        """Take, beside where reports are kept and who sends them, which spellings are one document."""
        self._identify = identify
        self._stored = stored
        self._authorities = authorities
        self._clock = clock

    async def send(self) -> int:
        """Send the reports that are due, for a minute at most; return of how many releases. The job of the next minute goes on."""
        number, loop = 0, asyncio.get_running_loop()
        end = loop.time() + _FOR_S
        while loop.time() <= end and (due := await self._stored.due(_IN_TURN)):
            for first in range(0, len(due), _AT_ONCE):
                begun = loop.time()
                found = await self._stored.take(due[first : first + _AT_ONCE], again=_TAKEN_FOR)
                async with asyncio.TaskGroup() as group:
                    for one in found:
                        group.create_task(self._release(one, until=begun + _SENT_WITHIN_S))
                number += len(found)
                if loop.time() > end:
                    break
        return number

    async def _release(self, taken: ReleaseReports, *, until: float) -> None:
        observe.declaration_id.set(taken.declaration_id)
        loop, in_vain = asyncio.get_running_loop(), taken.attempt >= IN_VAIN

        async def attempt(report: RequiredReport) -> Attempted:
            if report.state.is_over:
                return report, None
            known = await self._identified(report)
            delivery = await deliver(
                known, self._authorities, may_be_there=taken.attempt > 1, may_send=lambda: loop.time() < until
            )
            if delivery.has:
                return replace(known, state=ReportState.REPORTED, cause=None, at=self._clock()), delivery
            if in_vain and report.state is ReportState.DUE:
                return replace(report, state=ReportState.DELAYED, cause=delivery.cause, at=self._clock()), delivery
            return report, None

        try:
            tried = await in_line(taken.reports, attempt, line=attrgetter("adapter"), share=lambda _: _SHARE)
            await self._note(taken, tried)
        except Exception as error:
            # Whatever it is, the others are not left for it: it comes up once more, and is read back.
            log.warning("report_not_noted", declaration=taken.declaration_id, error=type(error).__name__)

    async def _identified(self, report: RequiredReport) -> RequiredReport:
        """Return a report with the identity of its document, where its authority's rule says that by now."""
        if report.identified:
            return report
        known = await self._identify.of(report.adapter, report.order.type, [report.order.reference])
        identity = known[report.order.reference]
        if identity is None:
            return report
        return replace(report, order=replace(report.order, reference=identity), identified=True)

    async def _note(self, taken: ReleaseReports, tried: Sequence[Attempted]) -> None:
        """Commit what became of reports; of an attempt that changed nothing only when the next one is."""
        news = [(report, delivery) for report, delivery in tried if delivery is not None]
        reported = [pair for pair in news if pair[0].state is ReportState.REPORTED]
        delayed = [pair for pair in news if pair[0].state is ReportState.DELAYED]
        now, reports = self._clock(), [report for report, _ in tried]
        told = ((EventKind.RELEASE_REPORTED, reported), (EventKind.REPORT_DELAYED, delayed))
        is_over = all(one.state.is_over for one in reports)
        noted = await self._stored.note(
            taken,
            reports,
            [reports_told(kind, now, taken.step, pairs) for kind, pairs in told if pairs],
            [item for _, delivery in news for item in delivery.evidence],
            again=None if is_over else _PAUSES.after(taken.attempt),
            alerts=bool(delayed),
        )
        if noted and delayed:
            observe.noticed(NoticeKind.ALERT)
