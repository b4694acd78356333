"""The reports of released goods that authorities have to be sent, and when they are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from gateway.domain.codec import decode
from gateway.domain.errors import NotKnown
from gateway.domain.events import Event
from gateway.domain.required_report import ReleaseReports, ReportState, RequiredReport
from gateway.domain.verification import EvidenceItem
from gateway.store import covered_rows as covering
from gateway.store.announcements import Announcements
from gateway.store.commits import ReportMade
from gateway.store.covered_rows import CoveredRows
from gateway.store.database import Connection, Database, rows_of
from gateway.store.heads import locked
from gateway.store.rows import Row, event_parameters, is_id, json_text
from gateway.store.stored_evidence import keep, pack

DueRelease = tuple[str, int]
"""A declaration, and the event of the order to release its goods."""


class StoredReports:
    """The reports of releases. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    async def due(self, limit: int) -> tuple[DueRelease, ...]:
        """Return releases of which a report is due, at most so many, by turns of their declarants."""
        return tuple(
            (row["id"], row["event_seq"]) for row in await self._database.rows("due_reports", {"limit": limit})
        )

    async def take(self, due: Sequence[DueRelease], *, again: timedelta) -> tuple[ReleaseReports, ...]:
        """Take those of which a report is still due, for one process alone; they come up once more after a while, unless it is noted otherwise."""
        keys = json_text([{"id": record_id, "seq": seq} for record_id, seq in due])
        found = await self._database.rows("take_reports", {"due": keys, "again": again})
        return tuple(map(_read, found))

    async def note(
        self,
        taken: ReleaseReports,
        reports: Sequence[RequiredReport],
        events: Sequence[Event] = (),
        evidence: Sequence[EvidenceItem] = (),
        *,
        again: timedelta | None,
        alerts: bool = False,
    ) -> bool:
        """Commit what became of reports that were taken; False: another process has taken them since, and goes on.

        Args:
            taken: the reports, as they were taken.
            reports: the same, as they are now. They differ only where there are `events`.
            events: what is told of them.
            evidence: the messages that the events cite.
            again: when those are sent again that no authority has; None: there are none.
            alerts: whether officers and customs are noticed.

        Raises:
            NotKnown: the declaration is gone.
        """
        packed, text = await pack(evidence), json_text(reports)
        async with locked(self._database, taken.declaration_id) as (connection, head):
            values = {"id": taken.declaration_id, "step": taken.step, "attempt": taken.attempt}
            if not await rows_of(connection, "reports_still_taken", values):
                return False
            chain = {"seq": head["event_seq"], "head": head["event_head"]}
            covered: CoveredRows = {covering.place("step", taken.step): {"reports": covering.digest(text)}}
            kept = [item.digest for item in evidence]
            sealed = covering.cover(events, covered, **chain, evidence=kept) if events else ()
            more = {"reports": text, "again": again, "alerts": alerts}
            await rows_of(connection, "note_reports", {**values, **event_parameters(sealed, **chain), **more})
            if sealed:
                await keep(connection, taken.declaration_id, packed.told_by(sealed[-1]))
        if events:
            self._announcing.announce(taken.declaration_id)
        return True

    async def of(self, record_id: str) -> tuple[ReleaseReports, ...]:
        """Return the reports of a declaration's releases, in their order."""
        found = await self._database.rows("reports_of", {"id": record_id}) if is_id(record_id) else []
        return tuple(map(_read, found))


async def made_otherwise(connection: Connection, record_id: str, change: ReportMade) -> tuple[RequiredReport, ...]:
    """Return the reports of a release, by its locked head, once an officer's statement counts for one; none: it counts already.

    Raises:
        NotKnown: the release requires no such report.
    """
    found = [_read(row) for row in await rows_of(connection, "reports_of", {"id": record_id})]
    reports = next((one.reports for one in found if one.step == change.step), ())
    meant = [one for one in reports if (one.order.type, one.order.reference) == change.document]
    if not meant:
        raise NotKnown("No report of this release on that document is required.")
    if all(one.state.is_over for one in meant):
        return ()
    return tuple(
        replace(one, state=ReportState.OTHERWISE, at=change.at) if one in meant and not one.state.is_over else one
        for one in reports
    )


def _read(row: Row) -> ReleaseReports:
    return ReleaseReports(
        declaration_id=row["id"],
        step=row["event_seq"],
        attempt=row["reports_taken"],
        reports=decode(row["reports"], tuple[RequiredReport, ...]),
    )
