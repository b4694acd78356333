"""Erasure of personal text, content and evidence. Each erasure is an event, so that nothing is missing without one."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, LockNotAvailable
from psycopg.rows import DictRow

from gateway.domain import admission
from gateway.domain.actor import Actor, actors_body
from gateway.domain.errors import CallInvalid, ConfigurationError, NotKnown
from gateway.domain.events import Event, EventKind, SealedEvent
from gateway.domain.seals import salted_digest
from gateway.store import covered_rows as covering
from gateway.store import installation
from gateway.store.announcements import Announcements
from gateway.store.bundles import bundle, digest_text
from gateway.store.covered_rows import CoveredRows, place
from gateway.store.database import Connection, Database, rows_of
from gateway.store.ends import Patience
from gateway.store.heads import locked
from gateway.store.personal_words import PersonalText, citing, digest_of, new_salt, personal_text
from gateway.store.rows import json_text, reached
from gateway.store.stored_evidence import read_all
from gateway.wing_files import wing_files

_LOCKED_WITHIN_S = 10
ERASED = "erased"
"""The text in the place of erased personal text."""
_PERSONAL = frozenset({"officer", "second_officer", "person", "reason", "means", "statement", "result"})
"""The members of a step's personal text that name or quote somebody."""
_STATED = "stated"
"""The member of a step's personal text with what was stated with a word about suspended goods: all of it is personal."""
_BY_WINGS = tuple(table.erases for wing in wing_files() for table in wing.tables.values() if table.erases)
"""The statements of wings that erase personal texts beside declarations."""


Erasing: TypeAlias = Callable[[Connection, str], Awaitable[CoveredRows]]
"""Erases rows of a declaration and returns them as the event reports them."""


class Erased(StrEnum):
    """The part of a declaration that is erased."""

    WORDS = "words"
    """Names and texts of officers and callers; what they ordered stays."""
    CONTENT = "content"
    """The declared content, the messages, and all evidence; decisions and what they rest on by digest stay."""
    PIECE = "piece"
    """One piece of evidence; all else stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """The person who has something erased, and the reason: kept as the personal text of a step."""

    by: Actor
    reason: str


class Erasure:
    """The erasure of what has been kept for long enough: of one declaration, of any, or of none."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    async def erase(self, record_id: str, what: Erased, *, at: datetime, by: Actor, reason: str) -> int:
        """Erase people's statements or the content of a declaration, and commit the event that reports it; return its number.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it is still needed.
        """
        rows_gone = _personal_texts if what is Erased.WORDS else _content
        async with locked(self._database, record_id) as (connection, head):
            seq = await _erase(connection, head, what, rows_gone, at=at, by=by, reason=reason)
        self._announcing.announce(record_id)
        return seq

    async def erase_piece(self, record_id: str, digest: str, *, at: datetime, by: Actor, reason: str) -> int:
        """Erase one piece of a declaration's evidence, in every place, and commit the event that reports it; return its number.

        Raises:
            NotKnown: there is no such declaration, or it has no such evidence.
            Conflict: it is still needed.
            EvidenceChanged: the bundle that it stands in is not what it was.
        """

        async def rows_gone(connection: Connection, of: str) -> CoveredRows:
            return await _piece(connection, of, digest)

        async with locked(self._database, record_id) as (connection, head):
            seq = await _erase(connection, head, Erased.PIECE, rows_gone, at=at, by=by, reason=reason)
        self._announcing.announce(record_id)
        return seq

    async def expire_evidence(self, before: date, *, by: Actor, reason: str) -> int:
        """Erase all evidence of the days before one, of any declaration; return how many days had a partition of their own.

        Raises:
            CallInvalid: the day lies in the future.
            ConfigurationError: the database's user does not own the tables.
            StoreUnavailable: the database does not answer, or somebody reads evidence for too long.
        """
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            (now,) = await rows_of(connection, "today", {})
            if before > now["today"]:
                raise CallInvalid("Evidence expires up to today, not in advance.")
            await _lock_evidence(connection)
            await installation.begin(connection)
            names = {row["name"]: row["name"].rpartition("_")[2] for row in await rows_of(connection, "days", {})}
            over = {name: day for name, day in names.items() if day.isdigit() and day < f"{before:%Y%m%d}"}
            for name in over:
                await _drop(connection, name)
            await rows_of(connection, "expire_default", {"before": before})
            days = sorted(set(over.values()))
            body = {"before": before, "days": days, **actors_body(by)}
            texts = personal_text(_Order(by=by, reason=reason))
            await installation.add_event(connection, EventKind.EVIDENCE_EXPIRED, body, {}, texts)
        return len(days)

    async def erase_personal_beside(self, before: date, *, by: Actor, reason: str) -> int:
        """Erase the personal texts that are kept beside declarations, of the days before one: with windows, switches of tables,
        approvals without a declaration, exports, expiries and erasures like this one.

        Windows in force and approvals that wait keep theirs. Returns how many rows had any.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        actors, values = actors_body(by), {"before": before}
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "one_window_at_a_time", {})
            await installation.begin(connection)
            windows: CoveredRows = {
                place("contingency_window", row["number"]): {"opening": None, "closing": None}
                for row in await rows_of(connection, "erase_windows", values)
            }
            if windows:
                await installation.add_window_event(
                    connection, EventKind.WINDOWS_ERASED, {"before": before, **actors}, windows
                )
            nothing = dict.fromkeys(("officer", "reason", "actor", "approver"))
            rows: CoveredRows = {
                place("table_switch", row["number"]): dict(nothing)
                for row in await rows_of(connection, "erase_switches", values)
            }
            for row in await rows_of(connection, "erase_keys", values):
                rows[place("api_key", row["id"])] = {"person": None}
            await rows_of(connection, "erase_readings", values)
            for statement in _BY_WINGS:
                await rows_of(connection, statement, values)
            for row in await rows_of(connection, "erase_key_ends", values):
                rows[place("api_key_end", row["id"])] = {"reason": None}
            rows |= await _of_approvals(connection, await rows_of(connection, "texts_of_approvals_before", values))
            rows |= await _of_installation(connection, await rows_of(connection, "installation_texts_before", values))
            texts = personal_text(_Order(by=by, reason=reason))
            await installation.add_event(connection, EventKind.WORDS_ERASED, {"before": before, **actors}, rows, texts)
        return len(windows) + len(rows)


async def _drop(connection: Connection, name: str) -> None:
    try:
        await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    except InsufficientPrivilege as error:
        reason = f"{error.diag.message_primary}: whole days are erased by the owner of the tables alone"
        raise ConfigurationError((reason,)) from error


async def _lock_evidence(connection: Connection) -> None:
    """Lock both tables of evidence. Whoever reads it is waited for, but not for ever: everybody else waits behind.

    Readers have one of the two first, in either order. So the second is waited for less than until the server looks for a deadlock,
    and the first is given back meanwhile.
    """
    end = time.monotonic() + _LOCKED_WITHIN_S
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{_LOCKED_WITHIN_S}s'".encode())
                await connection.execute("LOCK TABLE ONLY evidence_bundle IN ACCESS EXCLUSIVE MODE")
                await connection.execute("SET LOCAL lock_timeout = '200ms'")
                await connection.execute("LOCK TABLE ONLY evidence IN ACCESS EXCLUSIVE MODE")
                await connection.execute(f"SET LOCAL lock_timeout = '{_LOCKED_WITHIN_S}s'".encode())
        except LockNotAvailable:
            if time.monotonic() > end:
                raise
            continue
        return


async def _erase(
    connection: Connection, head: DictRow, what: Erased, rows_gone: Erasing, *, at: datetime, by: Actor, reason: str
) -> int:
    """Erase a part of a declaration, whose head is locked; return the number of the event that reports it.

    Raises:
        Conflict: it is still needed.
    """
    ordering = bool(await rows_of(connection, "outstanding", {"id": head["id"]}))
    admission.erasure(reached(head), content=what is not Erased.WORDS, ordering=ordering)
    texts = personal_text(_Order(by=by, reason=reason))
    rows = await rows_gone(connection, head["id"])
    seq = int(head["event_seq"]) + 1
    rows[place("step", seq)] = {"body": digest_of(texts)}
    event = Event(kind=EventKind.ERASED, at=at, body={"what": what, **actors_body(by)})
    (sealed,) = covering.cover((citing(event, texts),), rows, seq=seq - 1, head=head["event_head"])
    await rows_of(connection, "erased", _values(head["id"], sealed, texts, what))
    return seq


def _values(record_id: str, sealed: SealedEvent, texts: PersonalText, what: Erased) -> Mapping[str, Any]:
    return {
        "id": record_id,
        "seq": sealed.seq,
        "kind": sealed.kind.value,
        "at": sealed.at,
        "text": sealed.text,
        "hash": sealed.hash,
        "body": texts.text,
        "salt": texts.salt,
        "content": what is Erased.CONTENT,
    }


async def _personal_texts(connection: Connection, record_id: str) -> CoveredRows:
    rows: CoveredRows = {}
    for table in ("step", "officer_verification"):
        for row in await rows_of(connection, f"texts_of_{table}", {"id": record_id}):
            text, salt = without_personal_text(row["body"]), new_salt()
            values = {"id": record_id, "seq": row["event_seq"], "body": text, "salt": salt}
            await rows_of(connection, f"erase_{table}", values)
            rows[place(table, row["event_seq"])] = {"body": salted_digest(salt, text)}
    return rows | await _of_approvals(connection, await rows_of(connection, "texts_of_approval", {"id": record_id}))


async def _of_approvals(connection: Connection, approvals: Sequence[DictRow]) -> CoveredRows:
    rows: CoveredRows = {}
    for row in approvals:
        values, columns = {"id": row["id"]}, {}
        for column, salt_column in (("body", "salt"), ("ending", "ending_salt")):
            values |= {column: None, salt_column: None}
            if row[column] is None:
                # What has no end yet gets one later: that it has none is not told once for all.
                continue
            text, salt = without_personal_text(row[column]), new_salt()
            values |= {column: text, salt_column: salt}
            columns[column] = salted_digest(salt, text)
        await rows_of(connection, "erase_approval", values)
        rows[place("approval", row["id"])] = columns
    return rows


async def _content(connection: Connection, record_id: str) -> CoveredRows:
    rows: CoveredRows = {"declaration": {"erased": True}}
    for row in await rows_of(connection, "erase_models", {"id": record_id}):
        rows[place("declaration_version", row["version"])] = {"model": None}
    for row in await rows_of(connection, "erase_applied", {"id": record_id}):
        rows[place("application", row["id"])] = {"model": None}
    for row in await rows_of(connection, "erase_bundles", {"id": record_id}):
        rows |= {place("evidence_link", digest_text(one)): None for one in row["digests"]}
    for row in await rows_of(connection, "erase_evidence", {"id": record_id}):
        rows[place("evidence_link", row["digest"])] = None
    return rows


async def _piece(connection: Connection, record_id: str, digest: str) -> CoveredRows:
    values = {"id": record_id, "digest": digest}
    gone = False
    for row in await rows_of(connection, "bundles_with", values):
        # A bundle that is not what it was is told, and not written anew.
        pieces = read_all([(row["body"], [digest_text(one) for one in row["digests"]])])
        made = bundle((named, piece) for named, piece in pieces.items() if named != digest)
        place_of = {name: row[name] for name in ("seq", "part", "day")}
        await rows_of(
            connection,
            "rewrite_bundle",
            {"id": record_id, **place_of, "digests": list(made.digests), "body": made.body},
        )
        gone = True
    if not await rows_of(connection, "erase_piece", values) and not gone:
        raise NotKnown("The declaration has no such evidence.")
    return {place("evidence_link", digest): None}


async def _of_installation(connection: Connection, steps: Sequence[DictRow]) -> CoveredRows:
    """Erase the names and texts of people in steps of the installation; return the rows as the event reports them."""
    rows: CoveredRows = {}
    for step in steps:
        text, salt = without_personal_text(step["body"]), new_salt()
        if text != step["body"]:
            await rows_of(connection, "erase_installation_step", {"seq": step["event_seq"], "body": text, "salt": salt})
            rows[place("installation_step", step["event_seq"])] = {"body": salted_digest(salt, text)}
    return rows


def without_personal_text(text: str) -> str:
    """Return a JSON text with the names and texts of people blanked out."""
    return json_text(_blanked(msgspec.json.decode(text)))


def _blanked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: {}
            if name == _STATED and isinstance(inner, dict)
            else ERASED
            if name in _PERSONAL and isinstance(inner, str)
            else _blanked(inner)
            for name, inner in value.items()
        }
    return [_blanked(inner) for inner in value] if isinstance(value, list) else value
