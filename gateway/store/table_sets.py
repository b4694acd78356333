"""Sets of tables, each stored once under its digest, and the switches that put each into force at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import DictRow

from gateway.domain.actor import GATEWAY, Actor, actors_body
from gateway.domain.approval import Approval, TablesOrder
from gateway.domain.codec import decode
from gateway.domain.errors import ApprovalOver, CallInvalid, NotKnown, Stale
from gateway.domain.events import EventKind
from gateway.domain.seals import salted_digest
from gateway.domain.tables.set_state import SetPublication, SetState
from gateway.domain.tables.taric import TaricPart
from gateway.settings.tables import missing_parts
from gateway.store import installation
from gateway.store.approvals import (
    NewApproval,
    approved_elsewhere,
    end_lapsed,
    get_elsewhere,
    must_be_open,
    request_elsewhere,
)
from gateway.store.commits import UsedApproval
from gateway.store.covered_rows import CoveredRows, place, utc
from gateway.store.covered_rows import digest as digest_of
from gateway.store.database import Connection, Database, rows_of
from gateway.store.personal_words import new_salt
from gateway.store.rows import json_text

SWITCHED = "tables"
"""The notification of listeners that a switch was ordered, in the place of a declaration's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """A set of tables as it is stored."""

    digest: str
    version: str
    content: str
    """The text from which the set is put together again."""
    parts: Callable[[], Mapping[str, bytes]] = dict
    """Gives the parts of TARIC that the content names, by digest; asked for only where the set is not stored yet."""


class SetContent(NamedTuple):
    """The content of a stored set, from which it is put together."""

    text: str
    parts: Mapping[str, bytes]
    """The parts of TARIC that it names and that this process does not have, by digest."""
    present: tuple[TaricPart, ...]
    """The other parts: kept with the text, so that they do not go before it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A set that is in force, or will be."""

    digest: str
    in_s: float
    """Seconds until it counts, by the database's clock; not above zero: it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A stored set, with a time at which it was or will be put into force."""

    digest: str
    version: str
    stored_at: datetime
    in_force_at: datetime | None
    """None: it never was and is not to be."""
    ordered_at: datetime | None
    officer: str | None
    reason: str | None
    by: Actor | None
    """None: from before who acts was written down."""
    approver: Actor | None
    """The approver, where it loosened what was in force."""
    counts: bool
    to_come: bool
    loosens: str | None = None
    """The rows that it loosens against the set before it, as JSON; None: nothing, or ordered before this was kept."""


class TableSets:
    """The sets of tables of all replicas."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish_new(
        self,
        new: StoredSet,
        *,
        reason: str,
        by: Actor,
        loosens: str | None = None,
        against: Sequence[str | None] = (),
        though_it_waits: bool = False,
    ) -> bool:
        """Store a set and put it into force at once, unless it was put into force, rejected or asked about before. Returns which.

        `loosens` is kept: what it loosens against the set before. `though_it_waits`: one that a person is asked about, too.
        `against` as for `publish`.

        Raises:
            Stale: another set counts before it than it was compared with.
            StoreUnavailable: the database does not answer.
        """
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await _must_replace(connection, None, against)
            state = (await _publication(connection, new.digest)).state
            if state is not SetState.UNDECIDED and not (though_it_waits and state is SetState.WAITING):
                return False
            await _stored(connection, new)
            await _switched(connection, new.digest, None, by, reason, loosens=loosens)
        return True

    async def publish(
        self,
        new: StoredSet,
        *,
        by: Actor,
        at: datetime | None = None,
        reason: str | None = None,
        loosens: str | None = None,
        against: Sequence[str | None] = (),
    ) -> datetime:
        """Store a set if it is not stored yet, and put it into force at a time, or at once; return the time.

        `against` are the sets of which one has to count before it; empty: whichever does.

        Raises:
            CallInvalid: the time is over.
            Stale: another set counts before it than it was compared with.
            StoreUnavailable: the database does not answer.
        """
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await _must_replace(connection, at, against)
            await _stored(connection, new)
            return await _switched(connection, new.digest, at, by, reason, loosens=loosens)

    async def switch(
        self,
        digest: str,
        *,
        by: Actor,
        at: datetime | None = None,
        reason: str | None = None,
        loosens: str | None = None,
        against: Sequence[str | None] = (),
    ) -> datetime:
        """Put a stored set into force at a time, or at once; return the time. The beginning of a digest names it.

        `against` as for `publish`.

        Raises:
            NotKnown: no set, or more than one, is stored under a digest that begins so.
            CallInvalid: the time is over.
            Stale: another set counts before it than it was compared with.
            StoreUnavailable: the database does not answer.
        """
        found = await self.stored_digest(digest)
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await _must_replace(connection, at, against)
            return await _switched(connection, found, at, by, reason, loosens=loosens)

    async def request_approval(
        self,
        asking: NewApproval,
        *,
        new: StoredSet | None = None,
        until_decided: bool = False,
        against: Sequence[str | None] = (),
    ) -> Approval | None:
        """Make a set that loosens what is in force wait for a second person; a `new` one is stored first.

        The same order of the same person again returns the approval that waits. With `until_decided` whichever waits for this set is
        returned, what lapsed is noted and asked anew, and None is returned where the set was put into force or rejected before.

        Raises:
            CallInvalid: the time from which it is to count is over.
            ApprovalOver: it was rejected.
            Stale: another set counts before it than it was compared with (`against`, as for `publish`).
            StoreUnavailable: the database does not answer.
        """
        assert asking.asked.ordered.tables is not None
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await _must_replace(connection, asking.asked.ordered.tables.at, against)
            if new is not None:
                await _stored(connection, new)
            if until_decided:
                row = await _publication_row(connection, asking.asked.ordered.tables.digest)
                publication = _read_publication(row)
                if publication.state is SetState.WAITING and publication.approval_id is not None:
                    return await get_elsewhere(connection, publication.approval_id)
                if publication.state is not SetState.UNDECIDED:
                    return None
                await end_lapsed(connection, row["lapsed"])
            (clock,) = await rows_of(connection, "clock", {})
            at = asking.asked.ordered.tables.at
            if at is not None and at < clock["at"]:
                raise CallInvalid("The time from which the tables are to count is over.")
            return await request_elsewhere(connection, asking)

    async def approve(self, order: TablesOrder, *, by: Actor, approving: UsedApproval) -> datetime:
        """Put a set into force that a second person approved; at once if its time is over by now.

        Raises:
            ApprovalOver: the approval does not wait any more.
            StoreUnavailable: the database does not answer.
        """
        second = approving.ending.by
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await must_be_open(connection, approving.id)
            try:
                await _must_replace(connection, order.at, order.against)
            except Stale as error:
                raise ApprovalOver(
                    "It was compared with another set than the one that counts before it: order it again."
                ) from error
            await approved_elsewhere(connection, approving)
            return await _switched(
                connection, order.digest, order.at, by, order.reason, second=second, loosens=order.record
            )

    async def stored_digest(self, digest: str) -> str:
        """Return the whole digest of the stored set whose digest begins so.

        Raises:
            NotKnown: no set, or more than one, is stored under a digest that begins so.
        """
        found = await self._database.rows("table_sets", {"digest": _whole(digest)})
        if len(found) != 1:
            raise NotKnown(f"{'No' if not found else 'More than one'} set of tables is stored under {digest!r}.")
        return str(found[0]["digest"])

    async def counting(self, at: datetime | None = None) -> str | None:
        """Return the digest of the set in force at a time, or now; None: none was put into force by then."""
        found = await self._database.row("tables_counting", {"at": at})
        return str(found["digest"]) if found else None

    async def publication(self, digest: str) -> SetPublication:
        """Return whether a set counts, waits or was rejected, and since when.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        found = await self._database.row("tables_publication", {"digest": digest})
        assert found is not None, "it has one row, whatever is stored"
        return _read_publication(found)

    async def due(self) -> tuple[Due, ...]:
        """Return the set in force and those to come, in their order; nothing if none was ever put into force."""
        found = await self._database.rows("tables_in_force", {})
        return tuple(Due(digest=row["digest"], in_s=row["in_s"]) for row in found)

    async def content(self, digest: str) -> SetContent | None:
        """Return the content of a set; None: it is not stored.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        found = await self._database.row("table_set", {"digest": digest})
        if found is None:
            return None
        text = str(found["content"])
        missing, present = missing_parts(text)
        rows = await self._database.rows("table_parts", {"digests": list(missing)}) if missing else []
        return SetContent(text, {row["digest"]: bytes(row["body"]) for row in rows}, present)

    async def switches(self) -> tuple[Switch, ...]:
        """Return every stored set with every time at which it was or will be put into force, the earliest first."""
        return tuple(
            Switch(
                digest=row["digest"],
                version=row["version"],
                stored_at=row["stored_at"],
                in_force_at=row["in_force_at"],
                ordered_at=row["ordered_at"],
                officer=row["officer"],
                reason=row["reason"],
                by=decode(row["actor"], Actor) if row["actor"] is not None else None,
                approver=decode(row["approver"], Actor) if row["approver"] is not None else None,
                counts=bool(row["counts"]),
                to_come=bool(row["to_come"]),
                loosens=row["loosens"],
            )
            for row in await self._database.rows("table_switches", {})
        )


async def _publication(connection: Connection, digest: str) -> SetPublication:
    return _read_publication(await _publication_row(connection, digest))


async def _publication_row(connection: Connection, digest: str) -> DictRow:
    (row,) = await rows_of(connection, "tables_publication", {"digest": digest})
    return row


def _read_publication(row: Mapping[str, Any]) -> SetPublication:
    approval, since = None, row["stored_at"]
    if row["in_force_at"] is not None:
        state = SetState.IN_FORCE if row["counts"] else SetState.TO_COME if row["to_come"] else SetState.REPLACED
        since = row["in_force_at"]
    elif row["waiting"] is not None:
        state, approval = SetState.WAITING, str(row["waiting"])
        if row["rejected"] is not None:
            # Somebody asked about it again: it waits since then.
            since = row["asked_at"]
    elif row["rejected"] is not None:
        state, approval, since = SetState.REJECTED, str(row["rejected"]), row["ended_at"]
    else:
        state = SetState.UNDECIDED
    age_s = (row["at"] - since).total_seconds() if since is not None else None
    return SetPublication(state=state, since=since, age_s=age_s, approval_id=approval)


async def _must_replace(connection: Connection, at: datetime | None, against: Sequence[str | None]) -> None:
    """Raise unless one of these sets is in force before a time; none: any may be.

    Raises:
        Stale: another one does.
    """
    if not against:
        return
    found = await rows_of(connection, "tables_counting", {"at": at})
    if (found[0]["digest"] if found else None) not in against:
        raise Stale


async def _stored(connection: Connection, new: StoredSet) -> bool:
    values = {"digest": new.digest, "version": new.version, "content": new.content}
    fresh = await rows_of(connection, "store_tables", values)
    if fresh:
        await _stored_parts(connection, new)
        row = {"version": new.version, "stored_at": utc(fresh[0]["stored_at"]), "content": digest_of(new.content)}
        body = {"digest": new.digest, "version": new.version}
        await installation.add_event(connection, EventKind.TABLES_STORED, body, {place("table_set", new.digest): row})
    return bool(fresh)


async def _stored_parts(connection: Connection, new: StoredSet) -> None:
    """Store the parts that no other set has brought yet."""
    parts = new.parts()
    if parts:
        present = {row["digest"] for row in await rows_of(connection, "stored_parts", {"digests": list(parts)})}
        absent = {digest: body for digest, body in parts.items() if digest not in present}
        await rows_of(connection, "store_parts", {"digests": list(absent), "bodies": list(absent.values())})


async def _switched(
    connection: Connection,
    digest: str,
    at: datetime | None,
    by: Actor,
    reason: str | None,
    *,
    second: Actor | None = None,
    loosens: str | None = None,
) -> datetime:
    salt = new_salt()
    personal = {
        "officer": by.person if by != GATEWAY else None,
        "reason": reason,
        "actor": json_text(by),
        "approver": json_text(second) if second is not None else None,
    }
    # What was approved comes into force even if its time has passed meanwhile.
    values = {
        "digest": digest,
        "at": at,
        "loosens": loosens,
        **personal,
        "salt": salt,
        "late": second is not None,
        "announced": SWITCHED,
    }
    found = await rows_of(connection, "switch_tables", values)
    if not found:
        raise CallInvalid("The time from which the tables are to count is over.")
    (switch,) = found
    columns = {"digest": digest, "in_force_at": utc(switch["in_force_at"]), "ordered_at": utc(switch["ordered_at"])}
    columns |= {column: salted_digest(salt, text) for column, text in personal.items() if text is not None}
    if loosens is not None:
        columns["loosens"] = digest_of(loosens)
    body = {"number": switch["number"], "digest": digest, "in_force_at": columns["in_force_at"], **actors_body(by)}
    rows: CoveredRows = {place("table_switch", switch["number"]): columns}
    await installation.add_event(connection, EventKind.TABLES_SWITCHED, body, rows)
    in_force_at: datetime = switch["in_force_at"]
    return in_force_at


def _whole(digest: str) -> str:
    return digest if digest.startswith("sha256:") else f"sha256:{digest}"
