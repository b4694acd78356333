"""Contingency windows: opened and closed one at a time, in one chain of events; and the documents decided inside."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.domain.actor import actors_body
from gateway.domain.approval import Approval
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.contingency import (
    Afterwards,
    ContingencyWindow,
    DecidedInside,
    ListedInside,
    Window,
    WindowMode,
    WindowOrder,
    WindowStatement,
)
from gateway.domain.errors import NotKnown, Obstruction, WindowInForce, WindowOver
from gateway.domain.events import GENESIS, Event, EventKind
from gateway.domain.identity import AS_DECLARED, Identify, Identities
from gateway.domain.release import Released
from gateway.store import covered_rows as covering
from gateway.store import installation
from gateway.store.approvals import NewApproval, approved_elsewhere, must_be_open, request_elsewhere
from gateway.store.commits import UsedApproval
from gateway.store.covered_rows import CoveredRows
from gateway.store.database import Connection, Database, rows_of
from gateway.store.personal_words import citing, digest_of, personal_text
from gateway.store.rows import offices_parameter

_NEWEST = 2**31 - 1


class ContingencyWindows:
    """Windows, and the documents decided inside them. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, order: WindowOrder, *, approving: UsedApproval | None = None
    ) -> tuple[ContingencyWindow, bool]:
        """Open a window under the next number; for the same order again, return the window that it opened, and False.

        What is approved by it ends with it.

        Raises:
            Conflict: another window of this authority is in force.
            ApprovalOver: the approval does not wait any more.
        """
        async with self._database.transaction() as connection:
            await rows_of(connection, "one_window_at_a_time", {})
            if approving is not None:
                await installation.begin(connection)
                await must_be_open(connection, approving.id)
            window = await _in_force(connection, order)
            if approving is not None:
                await approved_elsewhere(connection, approving)
            if window is not None:
                return window, False
            (so_far,) = await rows_of(connection, "windows_so_far", {})
            number = so_far["number"] + 1
            body = {"number": number, "adapter": order.adapter, "mode": order.mode, "until": order.until}
            values = {"number": number, "adapter": order.adapter, "mode": order.mode.value, "until": order.until}
            kind = EventKind.CONTINGENCY_OPENED
            await self._write(connection, "open_window", so_far, kind, body, order.word, values)
        return await self._read(number), True

    async def request_approval(self, order: WindowOrder, new: NewApproval) -> Approval | ContingencyWindow:
        """Make the opening of a window wait for a second person; return the window if this order opened it already.

        Raises:
            Conflict: another window of this authority is in force.
            ApprovalOver: it was rejected.
        """
        async with self._database.transaction() as connection:
            await rows_of(connection, "one_window_at_a_time", {})
            await installation.begin(connection)
            return await _in_force(connection, order) or await request_elsewhere(connection, new)

    async def close(self, number: int, statement: WindowStatement) -> tuple[ContingencyWindow, bool]:
        """Close a window; for the same closing again, return it as it is, and False.

        Raises:
            NotKnown: there is no such window.
            Conflict: it was closed otherwise, or its time was over.
        """
        async with self._database.transaction() as connection:
            await rows_of(connection, "one_window_at_a_time", {})
            found = await rows_of(connection, "windows", _one(number))
            if not found:
                raise NotKnown("There is no such contingency window.")
            window, here = _window(found[0]), Obstruction("window", str(number))
            if window.closed_at is not None:
                if statement.is_same(window.closing):
                    return window, False
                raise WindowOver(
                    f"Contingency window {number} was closed at {window.closed_at.isoformat()}.", obstruction=here
                )
            if not window.in_force:
                raise WindowOver(f"Contingency window {number} ended by itself at {window.until}.", obstruction=here)
            (so_far,) = await rows_of(connection, "windows_so_far", {})
            body = {"number": number}
            await self._write(connection, "close_window", so_far, EventKind.CONTINGENCY_CLOSED, body, statement, body)
        return await self._read(number), True

    async def get(self, number: int) -> ContingencyWindow | None:
        """Return a window with how many documents were decided inside."""
        row = await self._database.row("windows", _one(number)) if 0 < number < _NEWEST else None
        return _window(row) if row is not None else None

    async def page(
        self, *, before: int | None = None, limit: int = 50, adapter: str | None = None
    ) -> tuple[ContingencyWindow, ...]:
        """Return the windows below a number, the newest first; those of one authority if given."""
        values = {"number": None, "before": before or _NEWEST, "limit": limit, "adapter": adapter}
        return tuple(_window(row) for row in await self._database.rows("windows", values))

    async def in_force(self) -> tuple[Window, ...]:
        """Return the windows that are in force now, by the database's clock."""
        return tuple(
            Window(
                number=row["number"],
                adapter=row["adapter"],
                mode=WindowMode(row["mode"]),
                opened_at=row["opened_at"].astimezone(UTC),
            )
            for row in await self._database.rows("windows_in_force", {})
        )

    async def ends(self) -> Mapping[int, datetime | None]:
        """Return when the windows end that are in force now, by their numbers; None: once they are closed."""
        return {row["number"]: in_utc(row["until"]) for row in await self._database.rows("windows_in_force", {})}

    async def decided_inside(
        self,
        number: int,
        *,
        after: int = 0,
        limit: int = 100,
        afterwards: Afterwards | None = None,
        identify: Identities = AS_DECLARED,
        offices: frozenset[str] | None = None,
        owed: bool = False,
        record_id: str | None = None,
    ) -> tuple[ListedInside, ...]:
        """Return the documents that were decided inside a window, after a place in the list; at some offices if given.

        With `owed` those whose quantity officers have to write off, or had to; with a `record_id` one declaration's. `identify` says which spellings are one document: a write-off counts for it in whatever spelling it was ordered.
        """
        values: dict[str, Any] = {"number": number, "after": after, "limit": limit, "afterwards": afterwards}
        values |= {"offices": offices_parameter(offices), "owed": owed, "id": record_id}
        found = await self._database.rows("decided_inside", values)
        await identify.learn(lambda asking: [_listed(row, asking) for row in found])
        return tuple(_listed(row, identify) for row in found)

    async def counts(self, number: int, *, offices: frozenset[str] | None = None) -> Mapping[str, int]:
        """Return how many documents were decided inside a window by what became of them, and how many `owed` a write-off."""
        values = {"number": number, "offices": offices_parameter(offices)}
        return {row["afterwards"]: row["count"] for row in await self._database.rows("counted_inside", values)}

    async def take_afterwards(self, limit: int, *, first: timedelta, longest: timedelta) -> tuple[str, ...]:
        """Take declarations to verify now that their window has ended; none of them again before its pause."""
        values = {"limit": limit, "first": first, "longest": longest}
        return tuple(row["id"] for row in await self._database.rows("take_afterwards", values))

    async def _read(self, number: int) -> ContingencyWindow:
        window = await self.get(number)
        assert window is not None
        return window

    async def _write(
        self,
        connection: Connection,
        statement: str,
        so_far: Mapping[str, Any],
        kind: EventKind,
        body: Mapping[str, Any],
        stated: WindowStatement,
        values: Mapping[str, Any],
    ) -> None:
        texts = personal_text(stated, reason=stated.reason)
        who = actors_body(stated.by, stated.second) if stated.by is not None else {}
        at = so_far["at"].astimezone(UTC)
        event = citing(Event(kind=kind, at=at, body={**body, **who}), texts)
        if kind is EventKind.CONTINGENCY_OPENED:
            row = {"adapter": values["adapter"], "mode": values["mode"], "opened_at": at, "opening": digest_of(texts)}
            if values["until"] is not None:
                row["until"] = covering.utc(values["until"])
        else:
            row = {"closed_at": at, "closing": digest_of(texts)}
        rows: CoveredRows = {covering.place("contingency_window", values["number"]): row}
        (sealed,) = covering.cover((event,), rows, seq=so_far["seq"], head=so_far["hash"] or GENESIS)
        noted = {
            "seq": sealed.seq,
            "kind": sealed.kind.value,
            "at": sealed.at,
            "text": sealed.text,
            "hash": sealed.hash,
        }
        await rows_of(connection, statement, {**values, **noted, "statement": texts.text, "salt": texts.salt})


async def _in_force(connection: Connection, order: WindowOrder) -> ContingencyWindow | None:
    """Return the window that this very order opened, if it is in force."""
    found = await rows_of(connection, "window_of_adapter", {"adapter": order.adapter})
    if not found:
        return None
    window = _window(found[0])
    if (window.mode, window.until) == (order.mode, order.until) and order.word.is_same(window.opening):
        return window
    raise WindowInForce(
        f"Contingency window {window.number} of {order.adapter} is in force: close it first.",
        obstruction=Obstruction("window", str(window.number)),
    )


def _one(number: int) -> dict[str, Any]:
    return {"number": number, "before": _NEWEST, "limit": 1, "adapter": None}


def _window(row: Mapping[str, Any]) -> ContingencyWindow:
    return ContingencyWindow(
        number=row["number"],
        adapter=row["adapter"],
        mode=WindowMode(row["mode"]),
        opened_at=row["opened_at"].astimezone(UTC),
        until=in_utc(row["until"]),
        closed_at=in_utc(row["closed_at"]),
        in_force=row["in_force"],
        opening=decode(row["opening"], WindowStatement) if row["opening"] is not None else None,
        closing=decode(row["closing"], WindowStatement) if row["closing"] is not None else None,
        decided=row["decided"],
        awaited=row["awaited"],
        differing=row["differing"],
    )


def _listed(row: Mapping[str, Any], identify: Identify) -> ListedInside:
    entry = replace(decode(row["body"], DecidedInside), ended=row["window_ended"])
    if entry.awaited and row["ended"] is not None:
        # A declaration that ended is not assessed any more.
        entry = replace(entry, afterwards=Afterwards.DROPPED)
    adapter, kind = row["adapter"], entry.type
    identity = identify(adapter, kind, entry.reference) or entry.reference
    return ListedInside(
        place=row["place"],
        id=row["id"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        entry=entry,
        released=decode(row["released"], Released) if row["released"] is not None else None,
        looks=row["looks"],
        written_off=identity in [identify(adapter, kind, one) or one for one in row["written_off"]],
    )
