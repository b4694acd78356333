"""What the lifecycle asks of whoever sends orders to the authorities, and when it asks again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.contract import (
    AdapterError,
    Direction,
    DocumentQuery,
    Ledger,
    QuantityOrder,
    Receipt,
    Reference,
    ReferenceKind,
    Unavailable,
)
from gateway.domain.movement import FOUND, Holding, Movement, MovementKind, MovementState
from gateway.domain.order_lines import Convert, same
from gateway.domain.record import Work
from gateway.domain.verification import EvidenceItem

LATE_EFFECT = timedelta(seconds=150)
"""After this long no authority takes up a request any more whose answer was lost (a WS-Security token lives 120 s at most,
with 30 s of difference between clocks)."""

_NOT_REACHED = frozenset({AdapterError.code, Unavailable.code})
"""The causes that say nothing of an answer: nobody was asked, or nobody answered."""


class Moved(Protocol):
    """What came of an order."""

    @property
    def receipt(self) -> Receipt | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def sent(self) -> bool: ...
    @property
    def unconfirmed(self) -> Receipt | None: ...
    @property
    def by_receipt_alone(self) -> bool: ...
    @property
    def evidence(self) -> tuple[EvidenceItem, ...]: ...
    @property
    def message_ids(self) -> tuple[str, ...]: ...


class PositionRead(Protocol):
    """What came of reading a position."""

    @property
    def ledger(self) -> Ledger | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def evidence(self) -> tuple[EvidenceItem, ...]: ...
    @property
    def message_ids(self) -> tuple[str, ...]: ...


class Ordering(Protocol):
    """Whoever sends orders to the authorities; never raises."""

    async def move(
        self, adapter: str, kind: MovementKind, order: QuantityOrder, *, may_send: Callable[[], bool]
    ) -> Moved:
        """Sends an order once, unless `may_send` says no right before its bytes go."""
        ...

    async def read_position(self, adapter: str, query: DocumentQuery) -> PositionRead:
        """Reads a document's position; changes nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """When what is in doubt is looked up again: each pause is twice the one before."""

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)
    late: tuple[timedelta, ...] = (LATE_EFFECT, timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24))
    """When what only a position says is read again, counted from when it was settled: a request of it may come late."""

    def after(self, looks: int) -> timedelta:
        """Gives the pause after so many looks in vain."""
        doubled: timedelta = self.first * 2 ** min(max(looks - 1, 0), 20)
        return min(self.longest, doubled)

    def over(self, movement: Movement, now: datetime) -> int:
        """Counts the later readings of a movement whose time has come."""
        settled = movement.settled_at
        return sum(settled + after <= now for after in self.late) if settled is not None else 0

    def until_read(self, movement: Movement, now: datetime) -> timedelta | None:
        """Gives the time until a movement is read again, at most zero if that is due; None: it is not read again."""
        if not movement.unsaid or movement.settled_at is None or movement.readings >= len(self.late):
            return None
        return movement.settled_at + self.late[movement.readings] - now


def order(movement: Movement, key: str, direction: Direction) -> QuantityOrder:
    """Gives the order that an authority is sent for a movement."""
    return QuantityOrder(
        type=movement.type,
        reference=movement.reference,
        declaration=Reference(kind=ReferenceKind.MRN, value=movement.mrn),
        customs_office=movement.customs_office,
        key=key,
        direction=direction,
        lines=movement.lines,
    )


def question(movement: Movement, direction: Direction) -> DocumentQuery:
    """Gives the question for the position of a movement's document."""
    return DocumentQuery(
        type=movement.type,
        reference=movement.reference,
        direction=direction,
        customs_office=movement.customs_office,
        declaration=Reference(kind=ReferenceKind.MRN, value=movement.mrn),
    )


def found_there(
    work: Work, document: tuple[str, str], adapter: str, holding: Holding, key: str, at: datetime
) -> Movement:
    """Gives, as a movement that is done, what an authority holds of a declaration and that was not known here."""
    assert work.mrn is not None, "nothing is held before acceptance"
    return Movement(
        number=0,
        type=document[0],
        reference=document[1],
        adapter=adapter,
        kind=MovementKind.WRITE_OFF if holding.written_off else MovementKind.RESERVE,
        version=work.version,
        mrn=work.mrn,
        key=key,
        customs_office=work.declaration.customs_office or "",
        lines=holding.written_off or holding.reserved,
        state=MovementState.DONE,
        holding=holding,
        authority_code=FOUND,
        planned_at=at,
        settled_at=at,
    )


def stands_by_its_word(movement: Movement, moved: Moved, before: Holding, convert: Convert) -> bool:
    """Whether a write-off counts although its authority cannot be asked at present for the position that it leaves.

    What is written off was reserved before, and that was confirmed: goods are not kept back for a second word. It is
    said, and compared as soon as a position is read again.
    """
    return (
        movement.kind is MovementKind.WRITE_OFF
        and moved.cause in _NOT_REACHED
        and same(before.reserved, movement.lines, convert)
    )
