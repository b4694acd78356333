"""The steps that follow receipt, each judged against the declaration's locked head: a later one sees the earlier."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from psycopg.rows import DictRow

from gateway.domain import admission
from gateway.domain.application import RefusedBecause
from gateway.domain.approval import Approval, ApprovalState
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.errors import SecondNeeded
from gateway.domain.events import Event
from gateway.domain.permission import Stage
from gateway.domain.record import OfficerVerification, ReadState
from gateway.domain.release import StepReceived
from gateway.store import covered_rows as covering
from gateway.store.announcements import Announcements
from gateway.store.application_rows import refuse_overtaken
from gateway.store.approvals import NewApproval, approved, ended, must_be_open, request_approval
from gateway.store.commits import (
    AcceptanceReceived,
    AssessmentRequested,
    Change,
    Confirmed,
    ControlReceived,
    Dormant,
    Doubted,
    InterventionReceived,
    InvalidationReceived,
    Lapsed,
    PresentationReceived,
    ReleaseReceived,
    ReportMade,
    UsedApproval,
    VerificationReceived,
)
from gateway.store.covered_rows import CoveredRows, place, utc
from gateway.store.database import Connection, Database, rows_of
from gateway.store.ends import Patience
from gateway.store.heads import Locked, locked, sealed_values, taking
from gateway.store.orders import last_decision, last_movements, orders_of, received
from gateway.store.personal_words import PersonalText, citing, digest_of, personal_text
from gateway.store.reports import made_otherwise
from gateway.store.rows import is_id, json_text, reached, read_step

Following: TypeAlias = Callable[[Locked], Awaitable[None]]
"""What is written with a step, in its transaction: it is given the locked head as the step has left it."""


class Steps:
    """The steps of customs and gateway on a declaration. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    async def note(
        self,
        record_id: str,
        event: Event,
        change: Change,
        *,
        approving: UsedApproval | None = None,
        stage: Stage | None = None,
        version: int | None = None,
        read: int | None = None,
        seen: ReadState | None = None,
        following: Following | None = None,
    ) -> int:
        """Commit a step as received, and that the declaration is due; return the number of its event.

        The same step again changes nothing, and its event is not written twice. A confirmation makes nothing due. A lapse
        ends the work on the declaration, unless it was accepted or ended meanwhile: then it changes nothing. What is
        approved by it ends with it. What is `following` is written with it. An acceptance takes its MRN from whichever declaration carries it without being accepted.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: another step stands in its place, the declaration ended, or the MRN is another declaration's.
            ApprovalOver: the approval does not wait any more.
            ReadBefore: version and decision are not those that were `seen` by whoever acts.
            Stale: the declaration is not at the `stage` and the `version` for which the step was permitted, or something
                happened after the event that was `read` last.
        """

        async def attempt(taking: str | None) -> tuple[int, bool]:
            async with locked(self._database, record_id, taking=taking, at=event.at) as (connection, head):
                if approving is not None:
                    await must_be_open(connection, approving.id)
                before = head["event_seq"]
                texts = personal_text(approving.ending) if approving is not None else None
                rows = {}
                if approving is not None and texts is not None:
                    rows = ended(approving.id, ApprovalState.APPROVED, texts, before + 1)
                seq = await note(
                    connection, head, event, change, stage=stage, version=version, read=read, seen=seen, beside=rows
                )
                fresh = seq != before
                if following is not None and fresh:
                    await following((connection, head))
                if approving is not None and texts is not None:
                    seq = await approved(connection, head, approving, texts, seq if fresh else None)
                return seq, fresh

        mrn = change.mrn if isinstance(change, AcceptanceReceived) else None
        seq, fresh = await taking(attempt, mrn)
        if fresh:
            self._announcing.announce(record_id)
        return seq

    async def request_approval(
        self, event: Event, change: Change, new: NewApproval, *, seen: ReadState | None = None
    ) -> Approval | None:
        """Make an order about a declaration wait for a second person; None: it was carried out already.

        The same order of the same person again returns the approval that waits.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it cannot be carried out as things stand, or the declaration ended.
            ReadBefore: version and decision are not those that were `seen` by whoever acts.
            ApprovalOver: it was rejected.
        """
        assert new.record_id is not None
        async with locked(self._database, new.record_id) as (connection, head):
            # Whatever else is against it is raised now; that a second person is missing is why it waits.
            with suppress(SecondNeeded), admission.change_first(reached(head), seen):
                if await is_received_already(connection, head, change):
                    return None
            admission.must_be_as_read(reached(head), seen)
            waiting = await request_approval(connection, head, event, new)
        self._announcing.announce(new.record_id)
        return waiting

    async def examinations_awaited(self, limit: int) -> tuple[tuple[str, ...], int]:
        """Return the names of the declarations whose goods an announced examination keeps, at most so many, and how many there are."""
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            found = await rows_of(connection, "examinations_awaited", {"limit": limit})
        return tuple(row["name"] for row in found), found[0]["declarations"] if found else 0

    async def ended_windows(self, record_id: str) -> tuple[int, ...]:
        """Return the contingency windows that have ended and that the last decision on a declaration was made inside."""
        found = await self._database.row("last_decision", {"id": record_id})
        return tuple(found["ended_windows"] or ()) if found is not None else ()

    async def of(self, record_id: str) -> tuple[StepReceived, ...]:
        """Return a declaration's releases and interventions in their order, each with its outcome if it has one."""
        found = await self._database.rows("orders", {"id": record_id}) if is_id(record_id) else []
        return tuple(read_step(row) for row in found)


async def note(
    connection: Connection,
    head: DictRow,
    event: Event,
    change: Change,
    *,
    stage: Stage | None = None,
    version: int | None = None,
    read: int | None = None,
    seen: ReadState | None = None,
    beside: CoveredRows | None = None,
) -> int:
    """Write a step and its event unless it is there already; return the number of the step's event.

    An application that is open when the declaration ends is refused beside it.

    The event reports the rows that are written `beside`, too.

    Raises:
        Conflict: another step stands in its place, or the declaration ended.
        Stale: the declaration is not at the `stage` and the `version` for which the step was permitted, or something
            happened after the event that was `read` last.
    """
    admission.must_be_kept(reached(head))
    with admission.change_first(reached(head), seen):
        if isinstance(change, AssessmentRequested):
            (before,) = await rows_of(connection, "assessed_anew", {"id": head["id"]})
            admission.assessment(reached(head), event.at, change.pause, in_utc(before["at"]))
        elif await is_received_already(connection, head, change):
            return int(head["event_seq"])
    admission.must_be_as_read(reached(head), seen)
    admission.must_stand_at(reached(head), stage, version, read)
    texts = await _personal_text(connection, head, change)
    doubted = await last_movements(connection, head["id"], change) if isinstance(change, Doubted) else []
    reports = await made_otherwise(connection, head["id"], change) if isinstance(change, ReportMade) else ()
    rows = _rows(head, change, texts) | covering.moved(doubted) | (beside or {})
    if isinstance(change, ReportMade):
        rows |= {place("step", change.step): {"reports": covering.digest(json_text(reports))}}
    values = {**sealed_values(head, citing(event, texts), rows), "body": texts.text, "salt": texts.salt}
    values["movements"] = json_text(doubted)
    if isinstance(change, ReportMade):
        is_open = any(not one.state.is_over for one in reports)
        values |= {"step": change.step, "reports": json_text(reports), "open": is_open}
    await _written(connection, head, change, values)
    if isinstance(change, InvalidationReceived | Lapsed):
        await refuse_overtaken(connection, head, event.at, RefusedBecause.DECLARATION_ENDED)
    return int(values["seq"])


_PLAIN: Mapping[type[Any], str] = {
    InvalidationReceived: "invalidating", Confirmed: "confirmed", AssessmentRequested: "assessing", Dormant: "dormant",
    Doubted: "doubting", ReportMade: "report_made", PresentationReceived: "presented",
}  # fmt: skip
"""Statements of steps that need nothing but what all have."""


async def _written(connection: Connection, head: DictRow, change: Change, values: dict[str, Any]) -> None:
    """Write a step by the statement of its kind."""
    match change:
        case AcceptanceReceived():
            await rows_of(connection, "accepted", {**values, "mrn": change.mrn, "accepted_at": change.accepted_at})
        case VerificationReceived(verification=one):
            await rows_of(connection, "verified", {**values, "type": one.type, "reference": one.reference})
        case Lapsed():
            await rows_of(connection, "lapsed", {**values, "version": head["current_version"]})
        case ControlReceived():
            head["examination"] = json_text(change.examination)
            await rows_of(connection, "controlled", {**values, "examination": head["examination"]})
        case ReleaseReceived():
            act = "override" if change.order.override is not None else None
            await rows_of(connection, "ordered", {**values, "kind": "release", "act": act})
        case InterventionReceived():
            await rows_of(connection, "ordered", {**values, "kind": "intervention", "act": "intervention"})
        case _:
            await rows_of(connection, _PLAIN[type(change)], values)


def _rows(head: DictRow, change: Change, texts: PersonalText) -> CoveredRows:
    """Return the rows that a step is written with, but for movements, as its event reports them."""
    seq, version = head["event_seq"] + 1, place("declaration_version", head["current_version"])
    columns: dict[str, Any] = {"body": digest_of(texts)}
    step: CoveredRows = {place("step", seq): columns}
    match change:
        case AcceptanceReceived():
            return {"declaration": {"mrn": change.mrn, "accepted_at": utc(change.accepted_at)}} | step
        case InvalidationReceived():
            return {"declaration": {"invalidating": True}} | step
        case VerificationReceived(verification=one):
            row = {"type": one.type, "reference": one.reference, "body": digest_of(texts)}
            return {place("officer_verification", seq): row, place("act", seq): {"kind": "verification"}}
        case Confirmed():
            return {"declaration": {"confirmed": True}} | step
        case ReportMade():
            return step | {place("act", seq): {"kind": "intervention"}}
        case ControlReceived():
            return {"declaration": {"examination": covering.digest(json_text(change.examination))}} | step
        case Lapsed():
            return {"declaration": {"ended": "lapsed"}, version: {"state": "lapsed"}}
        case ReleaseReceived():
            columns["kind"] = "release"
            return step if change.order.override is None else step | {place("act", seq): {"kind": "override"}}
        case InterventionReceived():
            columns["kind"] = "intervention"
            return step | {place("act", seq): {"kind": "intervention"}}
        case Dormant():
            return {"declaration": {"given_back": True}}
        case Doubted() | AssessmentRequested() | PresentationReceived():
            return step


async def _personal_text(connection: Connection, head: DictRow, change: Change) -> PersonalText:
    """Return the personal text of a step, as its row holds it; the gateway's own steps have none."""
    match change:
        case Lapsed() | Dormant():
            return PersonalText()
        case VerificationReceived(verification=one):
            return personal_text(one)
        case ReleaseReceived() | InterventionReceived():
            return personal_text(await received(connection, head, change, head["event_seq"] + 1))
        case InvalidationReceived(reason=reason) | ReportMade(reason=reason):
            return personal_text({"reason": reason, "by": change.by}, reason=reason)
        case Doubted(by=by) | AssessmentRequested(by=by) | PresentationReceived(by=by):
            return personal_text({"by": by})
        case _:
            return personal_text(change)


async def is_received_already(connection: Connection, head: DictRow, change: Change) -> bool:
    """Whether this very step is stored already, judged by the locked head.

    Raises:
        Conflict: another step stands in its place, or it cannot be taken as things stand.
    """
    now = reached(head)
    match change:
        case AcceptanceReceived(mrn=mrn, accepted_at=accepted_at):
            return admission.acceptance(now, mrn, accepted_at)
        case InvalidationReceived(grounds=grounds, phase=phase):
            return admission.invalidation(now, grounds, phase)
        case VerificationReceived(verification=one):
            return admission.verification(now, one, await _newest(connection, head, one))
        case Confirmed():
            last = await last_decision(connection, head)
            stands = last is not None and last.decision.version == now.version
            return admission.confirmation(now, last.decision.decision.effect if last is not None and stands else None)
        case Lapsed():
            return admission.lapse(now)
        case ReleaseReceived(order=release):
            orders, decision = await orders_of(connection, head), await last_decision(connection, head)
            return admission.release(now, release, orders, decision)
        case InterventionReceived(order=intervention):
            return admission.intervention(now, intervention, await orders_of(connection, head))
        case ControlReceived(examination=examination):
            return admission.examination(now, examination)
        case AssessmentRequested() | ReportMade() | PresentationReceived():
            return await _is_stated_already(connection, head, change)
        case Dormant():
            return admission.abandonment(now)
        case Doubted():
            return admission.doubt(now)


async def _is_stated_already(
    connection: Connection, head: DictRow, change: AssessmentRequested | ReportMade | PresentationReceived
) -> bool:
    match change:
        case PresentationReceived():
            (before,) = await rows_of(connection, "presented_before", {"id": head["id"]})
            return admission.presentation(reached(head), before["received"])
        case ReportMade():
            return not await made_otherwise(connection, head["id"], change)
        case AssessmentRequested():
            return False  # it is wanted anew each time


async def _newest(connection: Connection, head: DictRow, one: OfficerVerification) -> OfficerVerification | None:
    """Read the newest verification of the same document by an officer."""
    values = {"id": head["id"], "type": one.type, "reference": one.reference}
    found = await rows_of(connection, "newest_verification", values)
    return decode(found[0]["body"], OfficerVerification) if found else None
