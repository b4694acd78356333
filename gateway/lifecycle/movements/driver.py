"""The driver of a declaration's movements: it asks the authorities and commits intents; what follows is in the book."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Protocol
from uuid import NAMESPACE_OID, uuid5

from msgspec import structs

from gateway.contract import DocumentQuery, Ledger, QuantityOrder, Reference, ReferenceKind, UnexpectedAnswer
from gateway.domain.document import DocumentKey
from gateway.domain.events import EventKind
from gateway.domain.movement import Movement, MovementKind, MovementState
from gateway.domain.movement_results import Moved, PositionRead
from gateway.lifecycle.journal import Journal
from gateway.quantities.book import MovementBook, event_of
from gateway.quantities.reconciliation import is_guarded
from gateway.quantities.targets import Target
from gateway.turns import in_line

SHARE = 16
"""Orders, or positions read, of one declaration that wait at one authority at the same time: others' come in between."""


class QuantityAuthorities(Protocol):
    """The sender of orders to the authorities, which never raises."""

    async def move(
        self, adapter: str, kind: MovementKind, order: QuantityOrder, *, may_send: Callable[[], bool]
    ) -> Moved:
        """Send an order once, unless `may_send` says no right before its bytes go."""
        ...

    async def read_position(self, adapter: str, query: DocumentQuery) -> PositionRead:
        """Read a document's position; it changes nothing."""
        ...


class MovementDriver:
    """The driver of one declaration's movements, under its lease.

    What commits raises LeaseLost, Stale or StoreUnavailable: nothing more may be ordered.
    """

    def __init__(
        self,
        journal: Journal,
        book: MovementBook,
        *,
        ordering: QuantityAuthorities,
        clock: Callable[[], datetime],
        new_key: Callable[[], str],
    ) -> None:
        self.book = book
        self._journal = journal
        self._ordering = ordering
        self._clock = clock
        self._new_key = new_key

    async def reconcile(self, read: Mapping[DocumentKey, tuple[str, Ledger]]) -> None:
        """Reconcile with the positions that came with answers, each with the adapter that reported it."""
        found = self.book.reconcile(read, self._clock())
        if found:
            await self._intend(found, EventKind.QUANTITY_DIFFERED)
        await self._correct()

    async def read_back(self, *, everything: bool = False) -> None:
        """Read the positions of all documents whose movements are open, or of all that were moved."""
        due = self.book.to_be_read(self._clock(), everything=everything)
        if due:
            positions = await in_line([one.last for one in due], self._position, line=_ADAPTER, share=_share)
            self.book.take_positions(due, positions, self._clock())
        await self._correct()

    async def towards(self, targets: Sequence[Target], *, step: int | None = None, version: int | None = None) -> None:
        """Bring the documents to their targets as far as the authorities accept it.

        `version` is the one that the targets are of: a release that was begun may be of an older one than the newest.
        """
        for orders in self.book.rounds(targets, step=step, version=version):
            await self._carry_out_all(orders)

    async def intervene(self, movement: Movement) -> Movement:
        """Carry an officer's intervention out, and return it as it ended."""
        (order,) = self.book.numbered([movement])
        await self._carry_out_all([order])
        return self.book.movement(order.number)

    async def _carry_out_all(self, orders: Sequence[Movement]) -> None:
        intended = await self._intend(orders, EventKind.QUANTITY_PLANNED)
        await in_line(intended, self._carry_out, line=_ADAPTER, share=_share)

    async def _intend(self, movements: Sequence[Movement], kind: EventKind) -> Sequence[Movement]:
        """Commit movements, and with them all that was reconciled so far; return them with the keys of their orders."""
        book, at = self.book, self._clock()
        movements = [structs.replace(movement, key=self._new_key(), planned_at=at) for movement in movements]
        events = (*book.events(at), event_of(kind, at, [(movement, ()) for movement in movements]))
        await self._journal.intend(movements, events, settled=book.touched, evidence=book.evidence)
        book.intended(movements)
        return movements

    async def _carry_out(self, movement: Movement) -> None:
        book = self.book
        if is_guarded(movement) and not book.may_be_sent(movement, await self._position(movement), self._clock()):
            return
        if movement.restates:
            # Just what is to be written off is reserved first.
            await self._send(structs.replace(movement, kind=MovementKind.RESERVE, restates=False), _second(movement))
            restated = book.take_reservation(movement)
            if restated is None:
                return
            movement = restated
        await self._send(movement, movement.key)
        done = book.movement(movement.number)
        if is_guarded(done) and done.state is MovementState.DONE:
            book.check_overdraft(done, await self._position(done))
            await self._correct()

    async def _send(self, movement: Movement, key: str) -> None:
        moved = await self._order(movement, key)
        unclear = self.book.take_receipt(movement, moved, self._clock())
        if unclear is not None:
            self.book.take_position(unclear, moved, await self._position(unclear), self._clock())

    async def _correct(self) -> None:
        """Reverse what was taken in excess."""
        for overdraft in self.book.overdrafts():
            moved = await self._order(overdraft.correction, _second(overdraft.movement))
            self.book.take_correction(overdraft, moved, self._clock())

    async def _order(self, movement: Movement, key: str) -> Moved:
        reference = self.book.cited.identity_of(movement)
        if reference is None:
            # By another spelling the authority may know another document, or none.
            return Moved(receipt=None, cause=UnexpectedAnswer.code, sent=False)
        order = QuantityOrder(
            type=movement.type,
            reference=reference,
            declaration=Reference(kind=ReferenceKind.MRN, value=movement.mrn),
            customs_office=movement.customs_office,
            key=key,
            direction=self._journal.work.declaration.direction,
            lines=movement.lines,
        )
        with self._journal.sending(movement.number) as sending:
            moved = await self._ordering.move(movement.adapter, movement.kind, order, may_send=self._journal.may_send)
            sending.sent = moved.sent
        return moved

    async def _position(self, movement: Movement) -> PositionRead:
        reference = self.book.cited.identity_of(movement)
        if reference is None:
            return PositionRead(ledger=None, cause=UnexpectedAnswer.code)
        query = DocumentQuery(
            type=movement.type,
            reference=reference,
            direction=self._journal.work.declaration.direction,
            customs_office=movement.customs_office,
            declaration=Reference(kind=ReferenceKind.MRN, value=movement.mrn),
        )
        return await self._ordering.read_position(movement.adapter, query)


def _second(movement: Movement) -> str:
    """Return the key of the other order that a movement takes beside its own: always the same."""
    return uuid5(NAMESPACE_OID, movement.key).hex


_ADAPTER = attrgetter("adapter")


def _share(adapter: str) -> int:
    return SHARE
