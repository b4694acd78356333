"""Approvals: orders that wait for a second person, each ended once, in the transaction of its effect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from gateway.domain.actor import GATEWAY, actors_body
from gateway.domain.approval import NO_END, Approval, ApprovalEnding, ApprovalKind, ApprovalState, AskedOrder
from gateway.domain.codec import decode
from gateway.domain.errors import ApprovalOver, NotKnown, Obstruction
from gateway.domain.events import Event, EventKind
from gateway.domain.seals import salted_digest
from gateway.store import covered_rows as covering
from gateway.store import installation, rows
from gateway.store.announcements import Announcements
from gateway.store.commits import UsedApproval
from gateway.store.covered_rows import CoveredRows
from gateway.store.database import Connection, Database, rows_of
from gateway.store.heads import locked, sealed_values
from gateway.store.personal_words import PersonalText, citing, digest_of, personal_text

_NEWEST = 2**63 - 1
_ENDED: Mapping[ApprovalState, str] = {
    ApprovalState.APPROVED: "was approved",
    ApprovalState.REJECTED: "was rejected",
    ApprovalState.WITHDRAWN: "was taken back by whoever asked",
    ApprovalState.VOID: "is void: what it is about has changed since, or whoever ordered it is not known any more",
    ApprovalState.EXPIRED: "was not approved in time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    """An order that is to wait for a second person."""

    id: str
    asked: AskedOrder
    valid_for: timedelta | None
    """None: it has no end."""
    record_id: str | None = None

    @property
    def request(self) -> str:
        """The order and its person, as a canonical text."""
        return self.asked.ordered.request(self.asked.by, self.record_id)


class Approvals:
    """The orders that wait for a second person. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    async def get(self, approval_id: str) -> Approval | None:
        """Return an approval in its present state."""
        found = await self._database.row("approval", {"id": approval_id}) if rows.is_id(approval_id) else None
        return read_approval(found) if found is not None else None

    async def page(
        self,
        *,
        state: ApprovalState | None,
        kind: ApprovalKind | None = None,
        record_id: str | None = None,
        person: str | None = None,
        of_others: bool = False,
        before: int | None = None,
        limit: int = 50,
        offices: frozenset[str] | None = None,
    ) -> tuple[Approval, ...]:
        """Return approvals below a number, the newest first; of every state if none is given.

        With a `person` those that this person asked for, or `of_others`.
        """
        if record_id is not None and not rows.is_id(record_id):
            return ()
        values: dict[str, Any] = {"before": before or _NEWEST, "kind": kind, "declaration": record_id, "limit": limit}
        values["offices"] = rows.offices_parameter(offices)
        values |= {"person": person, "of_others": of_others}
        if state is ApprovalState.OPEN:
            found = await self._database.rows("open_approvals", values)
        else:
            found = await self._database.rows("approvals", {**values, "standing": state})
        return tuple(read_approval(row) for row in found)

    async def end(self, approval: Approval, state: ApprovalState, ending: ApprovalEnding, at: datetime) -> None:
        """End an open approval without carrying anything out.

        Raises:
            ApprovalOver: it ended already.
        """
        if approval.record_id is None:
            async with self._database.transaction() as connection:
                await installation.begin(connection)
                await must_be_open(connection, approval.id)
                await _end_elsewhere(connection, approval.id, state, ending)
            return
        async with locked(self._database, approval.record_id) as (connection, head):
            await must_be_open(connection, approval.id)
            await _end_with_event(connection, head, approval.id, state, ending, at)
        self._announcing.announce(approval.record_id)


async def request_approval(connection: Connection, head: DictRow, event: Event, new: NewApproval) -> Approval:
    """Make an order about a declaration, whose head is locked, wait for a second person.

    Raises:
        ApprovalOver: it was rejected.
    """
    if (waiting := await _waiting(connection, new, head)) is not None:
        return waiting
    texts = personal_text(new.asked)
    (row,) = await _inserted(connection, new, texts)
    body = {"approval": new.id, "kind": new.asked.ordered.kind, "ordered": _without_people(event.body)}
    body |= {"ends_at": row["ends_at"].astimezone(UTC), **actors_body(new.asked.by)}
    noted = citing(Event(kind=EventKind.APPROVAL_ASKED, at=event.at, body=body), texts)
    await rows_of(connection, "note_event", sealed_values(head, noted, _requested(new, row, texts)))
    return await _read(connection, new.id)


async def request_elsewhere(connection: Connection, new: NewApproval) -> Approval:
    """Make an order about no declaration wait for a second person, in a transaction that began the installation's chain.

    Raises:
        ApprovalOver: it was rejected.
    """
    if (waiting := await _waiting(connection, new, None)) is not None:
        return waiting
    texts = personal_text(new.asked)
    (row,) = await _inserted(connection, new, texts)
    body = {"approval": new.id, "kind": new.asked.ordered.kind, **actors_body(new.asked.by), "words": digest_of(texts)}
    await installation.add_event(connection, EventKind.APPROVAL_ASKED, body, _requested(new, row, texts))
    return await _read(connection, new.id)


async def end_lapsed(connection: Connection, found: Iterable[str]) -> None:
    """Note what became of orders about no declaration that nobody decided and that do not wait any more.

    In a transaction that began the installation's chain.
    """
    for approval_id in found:
        await rows_of(connection, "lock_approval", {"id": approval_id})
        (row,) = await rows_of(connection, "approval", {"id": approval_id})
        state = ApprovalState(row["standing"])
        if row["state"] == ApprovalState.OPEN and state is not ApprovalState.OPEN:
            await _end_elsewhere(connection, approval_id, state, ApprovalEnding(by=GATEWAY))


async def get_elsewhere(connection: Connection, approval_id: str) -> Approval:
    """Return an approval that is known to be there, in a transaction."""
    return await _read(connection, approval_id)


async def must_be_open(connection: Connection, approval_id: str) -> None:
    """Lock an approval until the transaction ends, and make sure that it still waits.

    Raises:
        NotKnown: there is no such approval.
        ApprovalOver: it ended, or is void.
    """
    await rows_of(connection, "lock_approval", {"id": approval_id})
    # A statement of its own: its snapshot shows what was committed while the lock was waited for.
    found = await rows_of(connection, "approval", {"id": approval_id})
    if not found:
        raise NotKnown("There is no such approval.")
    require_open(read_approval(found[0]))


def require_open(approval: Approval) -> None:
    """Raise unless an approval still waits.

    Raises:
        ApprovalOver: it ended, or is void.
    """
    if approval.state is not ApprovalState.OPEN:
        raise ApprovalOver(
            f"The approval {approval.id} {_ENDED[approval.state]}.", obstruction=Obstruction("approval", approval.id)
        )


async def approved(
    connection: Connection, head: DictRow, approving: UsedApproval, texts: PersonalText, seq: int | None
) -> int:
    """End a locked approval whose order was taken, as event `seq` reports; return the number of the last event.

    An order that stood already (None) has no event of its own: then the end has one.
    """
    if seq is None:
        return await _end_with_event(connection, head, approving.id, ApprovalState.APPROVED, approving.ending, None)
    values = {"id": approving.id, "state": ApprovalState.APPROVED.value, "seq": seq}
    await rows_of(connection, "end_approval", {**values, "ending": texts.text, "salt": texts.salt})
    return seq


async def approved_elsewhere(connection: Connection, approving: UsedApproval) -> None:
    """End a locked approval that is about no declaration: its order was taken."""
    await _end_elsewhere(connection, approving.id, ApprovalState.APPROVED, approving.ending)


async def _end_elsewhere(
    connection: Connection, approval_id: str, state: ApprovalState, ending: ApprovalEnding
) -> None:
    texts = personal_text(ending)
    body = {"approval": approval_id, "outcome": state, **actors_body(ending.by), "words": digest_of(texts)}
    await installation.add_event(connection, EventKind.APPROVAL_ENDED, body, ended(approval_id, state, texts, None))
    values = {"id": approval_id, "state": state.value, "seq": None, "ending": texts.text, "salt": texts.salt}
    await rows_of(connection, "end_approval", values)


def _requested(new: NewApproval, row: DictRow, texts: PersonalText) -> CoveredRows:
    """Return a waiting approval, as its event reports it."""
    columns = {name: row[name] for name in ("kind", "request", "stands_on")}
    columns |= {name: covering.utc(row[name]) for name in ("asked_at", "ends_at")}
    return {covering.place("approval", new.id): {**columns, "body": digest_of(texts)}}


def ended(approval_id: str, state: ApprovalState, texts: PersonalText, seq: int | None) -> CoveredRows:
    """Return an approval's end, as its event reports it."""
    columns = {"state": state, "ending": digest_of(texts)}
    return {covering.place("approval", approval_id): columns if seq is None else {**columns, "event_seq": seq}}


def read_approval(row: Mapping[str, Any]) -> Approval:
    """Read an approval from its row."""
    return Approval(
        id=str(row["id"]),
        number=row["number"],
        kind=ApprovalKind(row["kind"]),
        state=ApprovalState(row["standing"]),
        record_id=str(row["declaration_id"]) if row["declaration_id"] is not None else None,
        lrn=row["lrn"],
        mrn=row["mrn"],
        asked_at=row["asked_at"].astimezone(UTC),
        ends_at=ends_at if (ends_at := row["ends_at"].astimezone(UTC)) < NO_END else None,
        ended_at=row["ended_at"].astimezone(UTC) if row["ended_at"] is not None else None,
        asked=decode(row["body"], AskedOrder) if row["body"] is not None else None,
        ending=decode(row["ending"], ApprovalEnding) if row["ending"] is not None else None,
    )


async def _waiting(connection: Connection, new: NewApproval, head: DictRow | None) -> Approval | None:
    """Return the waiting approval of the same request, if any; note the end of one that is over."""
    kind, statement = new.asked.ordered.kind.value, "approvals_alike"
    if head is None:
        statement = "approvals_alike_elsewhere"
        await rows_of(connection, "one_request_at_a_time", {"kind": kind})
    alike = await rows_of(connection, statement, {"declaration": new.record_id, "kind": kind})
    found = next(
        (row for row in alike if row["salt"] and salted_digest(row["salt"], new.request) == row["request"]), None
    )
    if found is None:
        return None
    before = read_approval(found)
    if before.state is ApprovalState.OPEN:
        return before
    if before.state is ApprovalState.REJECTED and found["unchanged"]:
        raise ApprovalOver(
            f"The same order was rejected (approval {before.id}): ask again with another reason, or let it be.",
            obstruction=Obstruction("approval", before.id),
        )
    if found["state"] == "open":
        if head is None:
            await _end_elsewhere(connection, before.id, before.state, ApprovalEnding(by=GATEWAY))
        else:
            await _end_with_event(connection, head, before.id, before.state, ApprovalEnding(by=GATEWAY), None)
    return None


async def _end_with_event(
    connection: Connection,
    head: DictRow,
    approval_id: str,
    state: ApprovalState,
    ending: ApprovalEnding,
    at: datetime | None,
) -> int:
    texts = personal_text(ending)
    (clock,) = await rows_of(connection, "clock", {})
    body = {"approval": approval_id, "outcome": state, **actors_body(ending.by)}
    event = Event(kind=EventKind.APPROVAL_ENDED, at=at or clock["at"].astimezone(UTC), body=body)
    rows = ended(approval_id, state, texts, head["event_seq"] + 1)
    values = sealed_values(head, citing(event, texts), rows)
    await rows_of(connection, "note_event", values)
    seq = int(values["seq"])
    values = {"id": approval_id, "state": state.value, "seq": seq, "ending": texts.text, "salt": texts.salt}
    await rows_of(connection, "end_approval", values)
    return seq


async def _inserted(connection: Connection, new: NewApproval, texts: PersonalText) -> list[DictRow]:
    assert texts.salt is not None, "a personal text has a salt"
    values = {
        "id": new.id,
        "kind": new.asked.ordered.kind.value,
        "declaration": new.record_id,
        "request": salted_digest(texts.salt, new.request),
        "valid_for": new.valid_for,
        "no_end": NO_END,
        "body": texts.text,
        "salt": texts.salt,
    }
    return await rows_of(connection, "request_approval", values)


async def _read(connection: Connection, approval_id: str) -> Approval:
    (row,) = await rows_of(connection, "approval", {"id": approval_id})
    return read_approval(row)


def _without_people(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in {"by", "second", "override", "second_officer"}}
