"""The rules that reconcile a movement with its receipt, or with the position that its authority has."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial

from msgspec import structs

from gateway.contract import (
    AdapterError,
    AllocationState,
    Ledger,
    MovementKind,
    OrderLine,
    Quantity,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Unavailable,
)
from gateway.domain.movement import Movement, MovementState, OwnPosition, OwnQuantity
from gateway.domain.order_lines import Convert, as_line, by_value, same, taken, worth

INSUFFICIENT_HERE = "insufficient"
"""The code in the place of an authority's: the gateway itself saw that not enough is left, and sent nothing."""
_NOT_REACHED = frozenset({AdapterError.code, Unavailable.code})
"""The causes that say nothing of an answer: nobody was asked, or nobody answered."""


def own_quantity_in(ledger: Ledger, mrn: str) -> OwnQuantity:
    """Return our own quantity by an authority's position: by its MRN, kind and value."""
    ours = Reference(kind=ReferenceKind.MRN, value=mrn)
    mine = [allocation for allocation in ledger.allocations if allocation.declaration == ours]
    return OwnQuantity(
        reserved=tuple(as_line(one) for one in mine if one.state is AllocationState.RESERVED),
        written_off=tuple(as_line(one) for one in mine if one.state is AllocationState.CONSUMED),
    )


def as_ordered(own: OwnQuantity, movement: Movement, convert: Convert) -> OwnQuantity:
    """Return our own quantity as read back in the form of the order that made it, where the two are the same."""

    def converted(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        return movement.lines if lines and same(by_value(lines, movement.lines), movement.lines, convert) else lines

    return OwnQuantity(reserved=converted(own.reserved), written_off=converted(own.written_off))


def reconciled_with_receipt(movement: Movement, receipt: Receipt, before: OwnQuantity, at: datetime) -> Movement | None:
    """Reconcile a movement with its receipt; None: our own quantity shows only in the position.

    `before` is our own quantity before it: after a refusal, nothing stays nothing.
    """
    ended = partial(
        structs.replace,
        movement,
        settled_at=at,
        authority_code=receipt.authority_code,
        status_changed=movement.status_changed or receipt.status_changed,
        cause=None,
    )
    # Where there is no write-off to delete, a reservation may stand all the same: only the position says so.
    no_record = movement.kind is MovementKind.CANCEL and receipt.outcome is ReceiptOutcome.NO_RECORD
    if receipt.outcome is ReceiptOutcome.DONE or no_record:
        return ended(state=MovementState.DONE, holding=_own_after(movement))
    if receipt.outcome is ReceiptOutcome.REFUSED and receipt.ledger is not None:
        own = own_quantity_in(receipt.ledger, movement.mrn)
        return structs.replace(refused(ended(), receipt, own), left=_left_for(own, receipt, receipt.ledger, movement))
    if receipt.outcome is ReceiptOutcome.REFUSED and before.empty:
        return refused(ended(), receipt, before)
    return None


def _left_for(own: OwnQuantity, receipt: Receipt, ledger: Ledger, movement: Movement) -> Quantity | None:
    """Return how much a declaration could take of the line that was refused, with what it still has reserved of it."""
    numbers = {line.certificate_line for line in movement.lines}
    number = receipt.certificate_line or (min(numbers) if len(numbers) == 1 else None)
    line = next((one for one in ledger.lines if one.number == number), None)
    if receipt.refusal is not Refusal.INSUFFICIENT or line is None:
        return None
    reserved = [one for one in own.reserved if one.certificate_line == number]
    if any(one.quantities[:1] and one.quantities[0].unit != line.available.unit for one in reserved):
        return None
    total = sum((one.quantities[0].value for one in reserved if one.quantities), Decimal(0))
    return Quantity(value=line.available.value + total, unit=line.available.unit)


def refused(movement: Movement, receipt: Receipt, own: OwnQuantity) -> Movement:
    """End a movement as refused, with our own quantity in spite of it."""
    return structs.replace(
        movement,
        state=MovementState.REFUSED,
        refusal=receipt.refusal,
        refused_item=receipt.goods_item,
        refused_line=receipt.certificate_line,
        authority_code=receipt.authority_code,
        holding=own,
    )


def reconciled_with_position(
    movement: Movement, own: OwnQuantity, at: datetime, convert: Convert, receipt: Receipt | None = None
) -> Movement:
    """Reconcile a movement with our own quantity after it.

    Done if that is what was ordered. Else not done; or refused, where a receipt says so.
    """
    own = as_ordered(own, movement, convert)
    if _is_as_wanted(movement, own, convert):
        return structs.replace(movement, state=MovementState.DONE, holding=own, settled_at=at, cause=None)
    if receipt is not None:
        return refused(structs.replace(movement, settled_at=at, cause=None), receipt, own)
    return structs.replace(movement, state=MovementState.NOT_DONE, holding=own, settled_at=at)


def came_true(movement: Movement, own: OwnQuantity, at: datetime, convert: Convert) -> Movement | None:
    """End as done a movement that was not, if our own quantity is later found as ordered; None: it is not."""
    undone = movement.state is MovementState.NOT_DONE or (
        movement.state is MovementState.REFUSED and not movement.refused_to_officer
    )
    own = as_ordered(own, movement, convert)
    if not undone or not _is_as_wanted(movement, own, convert):
        return None
    return structs.replace(
        movement,
        state=MovementState.DONE,
        holding=own,
        settled_at=at,
        cause=None,
        refusal=None,
        refused_item=None,
        refused_line=None,
        left=None,
        doubted=True,
    )


def in_doubt(movement: Movement, cause: str | None) -> Movement:
    """Mark a movement whose outcome nobody could report."""
    return structs.replace(movement, state=MovementState.IN_DOUBT, cause=cause, looks=movement.looks + 1, doubted=True)


def _own_after(movement: Movement) -> OwnQuantity:
    match movement.kind:
        case MovementKind.RESERVE:
            return OwnQuantity(reserved=movement.lines)
        case MovementKind.WRITE_OFF | MovementKind.FORCE | MovementKind.AMEND:
            return OwnQuantity(written_off=movement.lines)
        case MovementKind.CANCEL | MovementKind.DELETE:
            return OwnQuantity()


def _is_as_wanted(movement: Movement, own: OwnQuantity, convert: Convert) -> bool:
    wanted = _own_after(movement)
    return same(own.reserved, wanted.reserved, convert) and same(own.written_off, wanted.written_off, convert)


def differs(own_position: OwnPosition, own: OwnQuantity, convert: Convert) -> bool:
    """Whether an authority's position is another one than the movements left."""
    read = as_ordered(own, own_position.last, convert)
    known = own_position.holding
    return not (
        same(read.reserved, known.reserved, convert)
        and same(by_value(read.written_off, known.written_off), known.written_off, convert)
    )


def is_left(movement: Movement, before: OwnQuantity, ledger: Ledger, convert: Convert) -> bool:
    """Whether an authority has left what an amended write-off takes more than before: it may not check that itself."""
    return all(
        left is not None and more is not None and (more <= 0 or more <= left)
        for more, left in _differences(movement, before, ledger, convert)
    )


def overdrawn(movement: Movement, before: OwnQuantity, ledger: Ledger, convert: Convert) -> bool:
    """Whether a line from which more is taken than before is below zero afterwards."""
    return any(
        left is None or more is None or (more > 0 and left < 0)
        for more, left in _differences(movement, before, ledger, convert)
    )


def _differences(
    movement: Movement, before: OwnQuantity, ledger: Ledger, convert: Convert
) -> Iterator[tuple[Decimal | None, Decimal | None]]:
    """List for each line what is taken more than before, and what is left, both in its unit and in its currency."""
    left = {line.number: line for line in ledger.lines}
    for number in {line.certificate_line for line in movement.lines}:
        line = left.get(number)
        if line is None:
            # Of what is not told, as a former year of an account, nothing more may be taken.
            if not same(_of(movement.lines, number), _of(before.written_off, number), convert):
                yield None, None
            continue
        unit = line.available.unit
        wanted, taken_before = _of(movement.lines, number), _of(before.written_off, number)
        yield _more(taken(wanted, unit, convert), taken(taken_before, unit, convert)), line.available.value
        if line.amount is not None:
            currency = line.amount.currency
            yield _more(worth(wanted, currency), worth(taken_before, currency)), line.amount.value


def _more(wanted: Decimal | None, taken_before: Decimal | None) -> Decimal | None:
    return None if wanted is None or taken_before is None else wanted - taken_before


def _of(lines: Iterable[OrderLine], number: int) -> tuple[OrderLine, ...]:
    return tuple(line for line in lines if line.certificate_line == number)


def not_sent(movement: Movement, before: OwnQuantity, cause: str | None, at: datetime) -> Movement:
    """End a movement that certainly never reached the authority."""
    return structs.replace(movement, state=MovementState.NOT_DONE, holding=before, cause=cause, settled_at=at)


def not_left(movement: Movement, before: OwnQuantity, at: datetime) -> Movement:
    """End a movement that was not sent, because not enough is left."""
    return structs.replace(
        movement,
        state=MovementState.REFUSED,
        refusal=Refusal.INSUFFICIENT,
        authority_code=INSUFFICIENT_HERE,
        holding=before,
        settled_at=at,
    )


def is_guarded(movement: Movement) -> bool:
    """Whether it amends a write-off without an officer's order: then nothing may be taken that is not left."""
    return movement.kind is MovementKind.AMEND and not movement.by_officer


def counts_unconfirmed(movement: Movement, cause: str | None, before: OwnQuantity, convert: Convert) -> bool:
    """Whether a write-off counts although its authority cannot be asked at present for the position that it leaves.

    What is written off was reserved before, and that was confirmed: goods are not held for a second confirmation. It is
    noted, and compared as soon as a position is read again.
    """
    return (
        movement.kind is MovementKind.WRITE_OFF
        and cause in _NOT_REACHED
        and same(before.reserved, movement.lines, convert)
    )
