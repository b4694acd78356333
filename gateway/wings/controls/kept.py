"""The control orders in the database: each change under the lock of the declaration's head, with its event."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from gateway import observe
from gateway.domain.actor import Actor
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.control import Examination
from gateway.domain.control_order import Controlled, OrderState
from gateway.domain.errors import ContentErased
from gateway.domain.events import Event
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Reached
from gateway.domain.release import Released
from gateway.store import covered_rows as covering
from gateway.store.announcements import Announcements
from gateway.store.covered_rows import CoveredRows, place
from gateway.store.database import Connection, Database, rows_of
from gateway.store.heads import Locked, locked
from gateway.store.personal_words import PersonalText, citing, digest_of, personal_text
from gateway.store.rows import Row, is_id, json_text, reached, read_released
from gateway.wings.controls.fold import controlled, folded, is_announced
from gateway.wings.controls.order import ControlOrder
from gateway.wings.controls.parties.facts import PartyFacts, read_facts

FIRST = (-1, -32768, "0001-01-01T00:00:00+00:00", 0)
"""The place before the first order of a list."""


class PresentPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was present at a control; erased by the name of its member, as all personal texts."""

    person: str


class ControlWords(msgspec.Struct, frozen=True, kw_only=True):
    """What is personal of an act: who did it, and what they said of it."""

    by: Actor
    reason: str | None = None
    """In their own words."""
    present: tuple[PresentPerson, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledGoods:
    """The goods of a declaration's newest version."""

    items: tuple[int, ...]
    office: str | None
    """Where they are presented, or else declared."""
    declarant: PartyFacts
    """What is known of who declares them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """An order, and how far its declaration has come."""

    declaration_id: str
    mrn: str | None
    lrn: str
    order: ControlOrder
    accepted: bool
    ended: bool
    released: Released | None
    late: bool = False
    place: tuple[int, int, str, int] = FIRST
    """Its place in the list."""

    @property
    def state(self) -> OrderState:
        """How it stands: an order of a declaration that ended is void, one of goods that are not presented is planned."""
        state = folded(self.order).state
        if self.ended and not state.is_over:
            return OrderState.VOID
        return OrderState.PLANNED if state is OrderState.DUE and not self.accepted else state


class LockedOrders:
    """The control orders of one declaration, whose head is locked."""

    def __init__(self, lent: Locked, known: Sequence[ControlOrder], now: datetime) -> None:
        self._connection, self._head = lent
        self.known = {one.number: one for one in known}
        self.now = now
        """The database's time."""
        self.wrote = self.is_due = False

    @property
    def reached(self) -> Reached:
        """How far the declaration has come."""
        return reached(self._head)

    @property
    def connection(self) -> Connection:
        """The connection whose transaction holds the lock."""
        return self._connection

    @property
    def last_hash(self) -> str:
        """The hash of the last event."""
        return str(self._head["event_head"])

    @property
    def next_seq(self) -> int:
        """The number of the next event."""
        return int(self._head["event_seq"]) + 1

    async def goods(self) -> ControlledGoods:
        """Return the goods of the newest version.

        Raises:
            ContentErased: nobody knows them any more.
        """
        values = {"id": self._head["id"], "version": self._head["current_version"]}
        found = await rows_of(self._connection, "controlled_goods", values)
        if not found:
            raise ContentErased("What the declaration says was erased: its goods items are not known any more.")
        return ControlledGoods(
            items=tuple(found[0]["items"]), office=found[0]["office"], declarant=read_facts(found[0]["declarant"])
        )

    async def who_did(self, seq: int) -> Actor | None:
        """Return who did what an event tells of; None: that is not known any more."""
        found = await rows_of(self._connection, "control_done_by", {"id": self._head["id"], "seq": seq})
        body = found[0]["body"] if found else None
        return decode(body, ControlWords).by if body is not None else None

    async def number(self) -> int:
        """Return the number of a new order."""
        (row,) = await rows_of(self._connection, "open_control_order", {"id": self._head["id"]})
        return int(row["number"])

    async def write(
        self,
        order: ControlOrder,
        events: Sequence[Event],
        word: ControlWords | None = None,
        *,
        examination: Examination | None = None,
        notified: bool = True,
    ) -> None:
        """Write an order with the events that tell of it, the first of which cites the words.

        Args:
            order: as it stands now.
            events: what happened.
            word: what is personal of it.
            examination: as it is announced or has ended by this; None: it stays as it is.
            notified: whether customs and officers get a notice.
        """
        before = controlled(self.known[number] for number in sorted(self.known))
        self.known[order.number] = order
        after = controlled(self.known[number] for number in sorted(self.known))
        keeps, body = json_text(after) if after else None, json_text(order)
        texts = personal_text(word, reason=word.reason) if word is not None else PersonalText()
        step = self.next_seq
        head: dict[str, Any] = {"controlled": covering.digest(keeps) if keeps is not None else None}
        rows: CoveredRows = {"declaration": head, place("control_order", order.number): {"body": covering.digest(body)}}
        announced = json_text(examination) if examination is not None else None
        if announced is not None:
            head["examination"] = covering.digest(announced)
        if word is not None:
            rows[place("step", step)] = {"body": digest_of(texts)}
        cited = (citing(events[0], texts), *events[1:])
        sealed = covering.cover(cited, rows, seq=self._head["event_seq"], head=self._head["event_head"])
        now, is_due = folded(order), _found(before) != _found(after)
        values = {
            "id": self._head["id"],
            "events": json_text([{"seq": one.seq, "kind": one.kind, "at": one.at, "text": one.text, "hash": one.hash} for one in sealed]),
            "seq": sealed[-1].seq,
            "hash": sealed[-1].hash,
            "step": step,
            "words": texts.text,
            "salt": texts.salt,
            "number": order.number,
            "body": body,
            "over": now.state.is_over,
            "state": now.state.value,
            "office": order.office,
            "rank": order.rank,
            "prior": order.prior,
            "announced": is_announced(now),
            "at": now.time or order.opened_at,
            "controlled": keeps,
            "examination": announced,
            "notified": notified,
            "is_due": is_due,
        }  # fmt: skip
        await rows_of(self._connection, "control_written", values)
        self._head["event_seq"], self._head["event_head"] = sealed[-1].seq, sealed[-1].hash
        self._head["controlled"] = keeps
        self._head["examination"] = announced or self._head["examination"]
        self.wrote, self.is_due = True, self.is_due or is_due
        if notified:
            observe.noticed(NoticeKind.CONTROL)


class KeptOrders:
    """The control orders of all declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    @asynccontextmanager
    async def locked(self, record_id: str) -> AsyncIterator[LockedOrders]:
        """Lend the orders of a declaration whose head is locked; what is written of them is committed at the end.

        Raises:
            NotKnown: there is no such declaration.
        """
        async with locked(self._database, record_id) as (connection, head):
            lent = await self.lent((connection, head))
            yield lent
        if lent.wrote:
            self._announcing.announce(record_id)

    @staticmethod
    async def lent(lent: Locked) -> LockedOrders:
        """Return the orders of a declaration whose head is locked in a transaction."""
        connection, head = lent
        found = await rows_of(connection, "control_orders_of", {"id": head["id"]})
        (time,) = await rows_of(connection, "control_time", {})
        return LockedOrders(lent, [_read(one) for one in found], in_utc(time["now"]))

    async def declaration_of(self, number: int, offices: frozenset[str] | None) -> str | None:
        """Return the id of the declaration of an order, as far as it is of these offices; None: there is no such order."""
        values = {"number": number, "offices": sorted(offices) if offices is not None else None}
        row = await self._database.row("control_order", values)
        return row["id"] if row is not None else None

    async def to_follow(self, limit: int) -> tuple[str, ...]:
        """Return declarations whose examination was announced, or has ended, where no order was written with it."""
        found = await self._database.rows("examinations_to_follow", {"limit": limit})
        return tuple(dict.fromkeys(str(one["id"]) for one in found))

    async def of(self, record_id: str) -> tuple[KeptOrder, ...]:
        """Return the orders of a declaration, also those that are over."""
        if not is_id(record_id):
            return ()
        return tuple(map(_kept_order, await self._database.rows("control_orders_in_case", {"id": record_id})))

    async def listed(
        self,
        *,
        limit: int,
        declaration: str | None = None,
        office: str | None = None,
        state: OrderState | None = None,
        offices: frozenset[str] | None = None,
        ended: bool = False,
        after: tuple[int, int, str, int] = FIRST,
    ) -> list[KeptOrder]:
        """Return orders behind a place: what is late first, then the most urgent."""
        late, urgent, due, number = after
        values = {
            "declaration": declaration,
            "office": office,
            "state": state.value if state is not None else None,
            "offices": sorted(offices) if offices is not None else None,
            "late": late,
            "urgent": urgent,
            "after": due,
            "number": number,
            "limit": limit,
        }
        is_over = ended or (state is not None and state.is_over)
        found = await self._database.rows("control_orders_all" if is_over else "control_orders_open", values)
        return [_kept_order(one) for one in found]


def _found(orders: Sequence[Controlled]) -> list[Controlled]:
    return [one for one in orders if one.found is not None]


def _read(row: Row) -> ControlOrder:
    return decode(row["body"], ControlOrder)


def _kept_order(row: Row) -> KeptOrder:
    order = _read(row)
    return KeptOrder(
        declaration_id=row["id"],
        mrn=row["mrn"],
        lrn=row["lrn"],
        order=order,
        accepted=row["accepted_at"] is not None,
        ended=row["ended"] is not None,
        released=read_released(row),
        late=bool(row["late"]),
        place=(-row["late"], -row["urgent"], in_utc(row["due"]).isoformat(), order.number),
    )
