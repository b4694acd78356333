"""The suspensions in the database: each change under the lock of the declaration's head, with its event."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gateway import observe
from gateway.domain.actor import Actor
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.events import Event
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Reached
from gateway.domain.verification import EvidenceItem
from gateway.store import covered_rows as covering
from gateway.store.announcements import Announcements
from gateway.store.covered_rows import CoveredRows, place
from gateway.store.database import Database, rows_of
from gateway.store.heads import Locked, columns_of, locked, sealed_next
from gateway.store.personal_words import PersonalText, citing, digest_of, personal_text
from gateway.store.rows import Row, is_id, json_text, reached
from gateway.store.stored_evidence import keep, pack
from gateway.wings.suspensions.fold import acts_at, folded, is_officers, shut, to_tell
from gateway.wings.suspensions.noticed import SuspensionNoticed, notices
from gateway.wings.suspensions.suspension import Suspension

_LISTED_AGAIN = timedelta(days=1)
"""The time after which a clock is counted again whose end is not known: holidays are listed once a year."""
NEVER = "9999-12-31"
"""The deadline of a suspension without one, as lists order by it."""
FIRST = ("0001-01-01", "00000000-0000-0000-0000-000000000000", 0)
"""The place before the first suspension of a list."""


class PersonalWord(msgspec.Struct, frozen=True, kw_only=True):
    """What is personal of a word: who said it, and all that was stated with it."""

    by: Actor
    stated: dict[str, str] = {}
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentNotice:
    """A notice that an authority has, by its receipt."""

    adapter: str
    key: str
    case: str | None
    """The authority's number of the case; None: it gives none."""
    evidence: tuple[EvidenceItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSuspension:
    """A suspension of which notices are due, as it was taken."""

    declaration_id: str
    suspension: Suspension
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSuspension:
    """A suspension in a list."""

    declaration_id: str
    mrn: str | None
    lrn: str
    suspension: Suspension
    cause: str | None
    """Why the gateway could not give a notice so far; None: none waits for that."""
    place: tuple[str, str, int]
    """Its place in the list."""


class LockedSuspensions:
    """The suspensions of one declaration, whose head is locked."""

    def __init__(self, lent: Locked, known: Sequence[Suspension], now: datetime) -> None:
        self._connection, self._head = lent
        self.known = {one.number: one for one in known}
        self.now = now
        """The database's time."""
        self.wrote = False

    @property
    def record_id(self) -> str:
        """The declaration's id."""
        return str(self._head["id"])

    @property
    def reached(self) -> Reached:
        """How far the declaration has come."""
        return reached(self._head)

    @property
    def next_seq(self) -> int:
        """The number of the next event."""
        return int(self._head["event_seq"]) + 1

    async def who_said(self, seq: int) -> Actor | None:
        """Return who said the word of an event; None: that is not known any more."""
        found = await rows_of(self._connection, "said_by", {"id": self._head["id"], "seq": seq})
        body = found[0]["body"] if found else None
        return decode(body, PersonalWord).by if body is not None else None

    async def write(
        self,
        suspension: Suspension,
        event: Event,
        word: PersonalWord | None = None,
        *,
        tables: str,
        evidence: Sequence[EvidenceItem] = (),
    ) -> int:
        """Write a suspension with the event that tells of it, and who is notified of it; return the event's number."""
        noticed = notices(self.known.get(suspension.number), suspension)
        self.known[suspension.number] = suspension
        texts = personal_text(word, reason=word.reason) if word is not None else PersonalText()
        kept = shut(self.known[number] for number in sorted(self.known))
        held, body = json_text(kept) if kept else None, json_text(suspension)
        covered: CoveredRows = {
            "declaration": {"shut": covering.digest(held) if held is not None else None},
            place("suspension", suspension.number): {"body": covering.digest(body)},
        }
        if word is not None:
            covered[place("step", self.next_seq)] = {"body": digest_of(texts)}
        now, packed = folded(suspension), await pack(evidence)
        sealed = sealed_next(self._head, citing(event, texts), covered, [one.digest for one in evidence])
        values: dict[str, Any] = {
            **columns_of(self._head, sealed),
            "body": texts.text,
            "salt": texts.salt,
            "number": suspension.number,
            "suspension": body,
            "over": now.state.is_over,
            "deadline": now.deadline.isoformat() if now.deadline is not None else NEVER,
            "due_at": _due_at(suspension, self.now),
            "counted_by": tables,
            "officers": is_officers(suspension, now),
            "shut": held,
            "tells": bool(to_tell(suspension)),
            "notices": json_text(noticed),
        }
        await rows_of(self._connection, "suspended", values)
        await keep(self._connection, self.record_id, packed.told_by(sealed))
        self.wrote = True
        for one in noticed:
            observe.noticed(one.kind)
        return int(values["seq"])

    async def looked_at(self, suspension: Suspension, *, tables: str) -> None:
        """Note that nothing of a suspension has changed, and when it is looked at next."""
        values = {"id": self._head["id"], "number": suspension.number, "counted_by": tables}
        values |= {"due_at": _due_at(suspension, self.now), "officers": is_officers(suspension, folded(suspension))}
        await rows_of(self._connection, "suspension_looked_at", {**values, "tells": bool(to_tell(suspension))})


class KeptSuspensions:
    """The suspensions of all declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    @asynccontextmanager
    async def locked(self, record_id: str) -> AsyncIterator[LockedSuspensions]:
        """Lend the suspensions of a declaration whose head is locked; what is written of them is committed at the end.

        Raises:
            NotKnown: there is no such declaration.
        """
        async with locked(self._database, record_id) as (connection, head):
            found = await rows_of(connection, "suspensions_of", {"id": record_id})
            (time,) = await rows_of(connection, "suspension_time", {})
            now = in_utc(time["now"])
            lent = LockedSuspensions((connection, head), [_read(one) for one in found], now)
            yield lent
        if lent.wrote:
            self._announcing.announce(record_id)

    async def time(self) -> datetime:
        """Return the database's time."""
        (row,) = await self._database.rows("suspension_time", {})
        return in_utc(row["now"])

    async def of(self, record_id: str) -> tuple[Suspension, ...]:
        """Return the suspensions of a declaration, also those that are over."""
        found = await self._database.rows("suspensions_of", {"id": record_id}) if is_id(record_id) else []
        return tuple(map(_read, found))

    async def opened_between(self, since: datetime, until: datetime | None) -> tuple[str, ...]:
        """Return the declarations with a suspension that was opened at `since` or later, and before `until`."""
        found = await self._database.rows("suspended_between", {"since": since, "until": until})
        return tuple(one["id"] for one in found)

    async def take(self, limit: int, *, again: timedelta, tables: str) -> tuple[str, ...]:
        """Return declarations with a clock that has run out, or was counted by holidays of another set of tables."""
        due = await self._database.rows("take_suspensions", {"limit": limit, "again": again})
        if not due:
            due = await self._database.rows("take_suspensions_to_count", {"limit": limit, "tables": tables})
        return tuple(dict.fromkeys(str(one["id"]) for one in due))

    async def take_to_tell(self, limit: int, *, again: timedelta) -> tuple[DueSuspension, ...]:
        """Return suspensions of which notices are due, for one process alone; they come up once more after a while."""
        found = await self._database.rows("take_suspensions_to_tell", {"limit": limit, "again": again})
        return tuple(
            DueSuspension(declaration_id=one["id"], suspension=_read(one), attempt=one["tell_attempt"]) for one in found
        )

    async def stated(self, record_id: str, suspension: Suspension) -> Mapping[str, str]:
        """Return all that was stated with the words of a suspension and was not erased; of a name the last."""
        seqs = [one.seq for one in suspension.words]
        found = await self._database.rows("stated_with", {"id": record_id, "seqs": seqs})
        return {name: value for one in found for name, value in decode(one["body"], PersonalWord).stated.items()}

    async def told_in_vain(self, taken: DueSuspension, cause: str, *, again: timedelta, informs: bool) -> bool:
        """Note that a notice was not given, why, and when it is tried again.

        With `informs` officers and customs are notified, once of what is due; return whether they were now.
        """
        noticed = [SuspensionNoticed(kind=NoticeKind.DUTY, parties=False)]
        values = {"id": taken.declaration_id, "number": taken.suspension.number, "attempt": taken.attempt}
        values |= {"cause": cause, "again": again, "informs": informs, "notices": json_text(noticed)}
        informed = bool(await self._database.rows("told_in_vain", values))
        if informed:
            self._announcing.announce(taken.declaration_id)
        return informed

    async def causes(self, record_id: str) -> Mapping[int, str]:
        """Return why notices of a declaration's suspensions could not be given so far, by the number of each."""
        found = await self._database.rows("told_in_vain_of", {"id": record_id}) if is_id(record_id) else []
        return {one["number"]: one["tell_cause"] for one in found}

    async def listed(
        self,
        *,
        declaration: str | None,
        offices: frozenset[str] | None,
        ended: bool,
        after: tuple[str, str, int],
        limit: int,
    ) -> list[ListedSuspension]:
        """Return suspensions behind a place, the nearest deadline first."""
        values = {
            "declaration": declaration,
            "offices": sorted(offices) if offices is not None else None,
            "ended": ended,
            "deadline": after[0],
            "after": after[1],
            "number": after[2],
            "limit": limit,
        }
        return [_listed(one) for one in await self._database.rows("suspensions_listed", values)]


def _due_at(suspension: Suspension, now: datetime) -> datetime | None:
    running = folded(suspension).running
    unknown = now + _LISTED_AGAIN if any(one.ends_at is None for one in running) else None
    times = [one for one in (acts_at(suspension), unknown) if one is not None]
    return min(times, default=None)


def _read(row: Row) -> Suspension:
    return decode(row["body"], Suspension)


def _listed(row: Row) -> ListedSuspension:
    suspension = _read(row)
    place = (row["deadline"], row["id"], suspension.number)
    return ListedSuspension(
        declaration_id=row["id"],
        mrn=row["mrn"],
        lrn=row["lrn"],
        suspension=suspension,
        cause=row["tell_cause"],
        place=place,
    )
