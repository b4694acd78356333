"""The quantity saga: from what a declaration holds at an authority to what it has to hold, one movement at a time.

Pure: nothing here asks anybody. An intent is committed before it is sent, and settled by its receipt, or, where no clear
answer came, by the position read back: as done, or as not done. It is never repeated blindly. The next movement always
follows from the difference between what is held and what has to be, so that it does not matter at which moment
something broke.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial

from msgspec import structs

from gateway.contract import (
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
)
from gateway.domain.movement import Holding, Movement, MovementState, Standing
from gateway.domain.order_lines import (
    Convert,
    as_line,
    by_value,
    same,
    taken,
    worth,
)

INSUFFICIENT_HERE = "insufficient"
"""In the place of an authority's code: the gateway itself saw that not enough is left, and sent nothing."""


class Aim(StrEnum):
    """What has to become of a document's quantity."""

    HOLD = "hold"
    """The lines are reserved."""
    RELEASE = "release"
    """The lines are written off, and nothing more is reserved."""
    NOTHING = "nothing"
    """Nothing is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a declaration has to hold of one document."""

    type: str
    reference: str
    adapter: str
    aim: Aim
    lines: tuple[OrderLine, ...] = ()
    reserves: bool = True
    """Whether the authority takes reservations; else it is told of usage."""

    @property
    def document(self) -> tuple[str, str]:
        """Type and reference: one document."""
        return self.type, self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next movement towards a target."""

    kind: MovementKind
    lines: tuple[OrderLine, ...] = ()
    restates: bool = False


def next_step(holding: Holding, target: Target, convert: Convert) -> Step | None:
    """Gives the movement that brings a holding nearer to its target; None: it is there, or nothing can be done."""
    match target.aim:
        case Aim.NOTHING:
            if holding.written_off:
                return Step(kind=MovementKind.DELETE)
            return Step(kind=MovementKind.CANCEL) if holding.reserved else None
        case Aim.HOLD:
            # What is written off already stays so: a reservation beside it is refused by every authority.
            if holding.written_off or not target.reserves or same(holding.reserved, target.lines, convert):
                return None
            return Step(kind=MovementKind.RESERVE, lines=target.lines)
        case Aim.RELEASE:
            return _towards_release(holding, target, convert)


def _towards_release(holding: Holding, target: Target, convert: Convert) -> Step | None:
    if holding.written_off:
        if same(holding.written_off, target.lines, convert):
            return None
        return Step(kind=MovementKind.AMEND, lines=target.lines) if target.lines else Step(kind=MovementKind.DELETE)
    if not target.lines:
        return Step(kind=MovementKind.CANCEL) if holding.reserved else None
    restates = target.reserves and not same(holding.reserved, target.lines, convert)
    return Step(kind=MovementKind.WRITE_OFF, lines=target.lines, restates=restates)


def holding_of(ledger: Ledger, mrn: str) -> Holding:
    """Gives what a declaration holds by an authority's position: by its MRN, kind and value."""
    ours = Reference(kind=ReferenceKind.MRN, value=mrn)
    mine = [allocation for allocation in ledger.allocations if allocation.declaration == ours]
    return Holding(
        reserved=tuple(as_line(one) for one in mine if one.state is AllocationState.RESERVED),
        written_off=tuple(as_line(one) for one in mine if one.state is AllocationState.CONSUMED),
    )


def as_ordered(holding: Holding, movement: Movement, convert: Convert) -> Holding:
    """Gives a holding as read back in the words of the order that made it, where the two are the same."""

    def told(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        return movement.lines if lines and same(by_value(lines, movement.lines), movement.lines, convert) else lines

    return Holding(reserved=told(holding.reserved), written_off=told(holding.written_off))


def settled_by_receipt(movement: Movement, receipt: Receipt, before: Holding, at: datetime) -> Movement | None:
    """Settles a movement by its receipt; None: the receipt alone does not say what is held now, the position has to.

    `before` is what the declaration held before it: who held nothing holds nothing after a refusal.
    """
    told = partial(
        structs.replace,
        movement,
        settled_at=at,
        authority_code=receipt.authority_code,
        status_changed=movement.status_changed or receipt.status_changed,
        cause=None,
    )
    # Where there is no write-off to delete, a reservation may stand all the same: only the position says so.
    nothing_held = movement.kind is MovementKind.CANCEL and receipt.outcome is ReceiptOutcome.NO_RECORD
    if receipt.outcome is ReceiptOutcome.DONE or nothing_held:
        return told(state=MovementState.DONE, holding=_held_after(movement))
    if receipt.outcome is ReceiptOutcome.REFUSED and receipt.ledger is not None:
        holding = holding_of(receipt.ledger, movement.mrn)
        return structs.replace(
            refused(told(), receipt, holding), left=_left_for(holding, receipt, receipt.ledger, movement)
        )
    if receipt.outcome is ReceiptOutcome.REFUSED and before.empty:
        return refused(told(), receipt, before)
    return None


def _left_for(holding: Holding, receipt: Receipt, ledger: Ledger, movement: Movement) -> Quantity | None:
    """What a declaration could take of the line that was refused, what it still holds of it included."""
    numbers = {line.certificate_line for line in movement.lines}
    number = receipt.certificate_line or (min(numbers) if len(numbers) == 1 else None)
    line = next((one for one in ledger.lines if one.number == number), None)
    if receipt.refusal is not Refusal.INSUFFICIENT or line is None:
        return None
    held = [one for one in holding.reserved if one.certificate_line == number]
    if any(one.quantities[:1] and one.quantities[0].unit != line.available.unit for one in held):
        return None
    own = sum((one.quantities[0].value for one in held if one.quantities), Decimal(0))
    return Quantity(value=line.available.value + own, unit=line.available.unit)


def refused(movement: Movement, receipt: Receipt, holding: Holding) -> Movement:
    """Settles a movement as refused, with what the declaration holds in spite of it."""
    return structs.replace(
        movement,
        state=MovementState.REFUSED,
        refusal=receipt.refusal,
        refused_item=receipt.goods_item,
        refused_line=receipt.certificate_line,
        authority_code=receipt.authority_code,
        holding=holding,
    )


def settled_by_position(
    movement: Movement, holding: Holding, at: datetime, convert: Convert, receipt: Receipt | None = None
) -> Movement:
    """Settles a movement by what the declaration holds after it.

    Done if that is what was ordered. Else not done; or refused, where a receipt says so.
    """
    holding = as_ordered(holding, movement, convert)
    if _is_as_wanted(movement, holding, convert):
        return structs.replace(movement, state=MovementState.DONE, holding=holding, settled_at=at, cause=None)
    if receipt is not None:
        return refused(structs.replace(movement, settled_at=at, cause=None), receipt, holding)
    return structs.replace(movement, state=MovementState.NOT_DONE, holding=holding, settled_at=at)


def came_true(movement: Movement, holding: Holding, at: datetime, convert: Convert) -> Movement | None:
    """Settles as done a movement that was not, if that is what the declaration is found to hold later; None: it is not."""
    undone = movement.state is MovementState.NOT_DONE or (
        movement.state is MovementState.REFUSED and not movement.refused_to_officer
    )
    holding = as_ordered(holding, movement, convert)
    if not undone or not _is_as_wanted(movement, holding, convert):
        return None
    return structs.replace(
        movement,
        state=MovementState.DONE,
        holding=holding,
        settled_at=at,
        cause=None,
        refusal=None,
        refused_item=None,
        refused_line=None,
        left=None,
        doubted=True,
    )


def in_doubt(movement: Movement, cause: str | None) -> Movement:
    """Marks a movement about which nobody could say what became of it."""
    return structs.replace(movement, state=MovementState.IN_DOUBT, cause=cause, looks=movement.looks + 1, doubted=True)


def _held_after(movement: Movement) -> Holding:
    match movement.kind:
        case MovementKind.RESERVE:
            return Holding(reserved=movement.lines)
        case MovementKind.WRITE_OFF | MovementKind.FORCE | MovementKind.AMEND:
            return Holding(written_off=movement.lines)
        case MovementKind.CANCEL | MovementKind.DELETE:
            return Holding()


def _is_as_wanted(movement: Movement, holding: Holding, convert: Convert) -> bool:
    wanted = _held_after(movement)
    return same(holding.reserved, wanted.reserved, convert) and same(holding.written_off, wanted.written_off, convert)


def differs(standing: Standing, holding: Holding, convert: Convert) -> bool:
    """Whether an authority's position is another one than the movements left."""
    read = as_ordered(holding, standing.last, convert)
    held = standing.holding
    return not (
        same(read.reserved, held.reserved, convert)
        and same(by_value(read.written_off, held.written_off), held.written_off, convert)
    )


def is_left(movement: Movement, before: Holding, ledger: Ledger, convert: Convert) -> bool:
    """Whether an authority has left what an amended write-off takes more than before: it does not always look itself."""
    return all(
        left is not None and more is not None and (more <= 0 or more <= left)
        for more, left in _differences(movement, before, ledger, convert)
    )


def overdrawn(movement: Movement, before: Holding, ledger: Ledger, convert: Convert) -> bool:
    """Whether a line from which more is taken than before is below zero afterwards."""
    return any(
        left is None or more is None or (more > 0 and left < 0)
        for more, left in _differences(movement, before, ledger, convert)
    )


def _differences(
    movement: Movement, before: Holding, ledger: Ledger, convert: Convert
) -> Iterator[tuple[Decimal | None, Decimal | None]]:
    """For each line: what is taken more than before, and what is left, both in the line's unit and in its currency."""
    left = {line.number: line for line in ledger.lines}
    for number in {line.certificate_line for line in movement.lines}:
        line = left.get(number)
        if line is None:
            yield None, None
            continue
        unit = line.available.unit
        wanted, held = _of(movement.lines, number), _of(before.written_off, number)
        yield _more(taken(wanted, unit, convert), taken(held, unit, convert)), line.available.value
        if line.amount is not None:
            currency = line.amount.currency
            yield _more(worth(wanted, currency), worth(held, currency)), line.amount.value


def _more(wanted: Decimal | None, held: Decimal | None) -> Decimal | None:
    return None if wanted is None or held is None else wanted - held


def _of(lines: Iterable[OrderLine], number: int) -> tuple[OrderLine, ...]:
    return tuple(line for line in lines if line.certificate_line == number)


def not_sent(movement: Movement, before: Holding, cause: str | None, at: datetime) -> Movement:
    """Settles a movement that certainly never reached the authority."""
    return structs.replace(movement, state=MovementState.NOT_DONE, holding=before, cause=cause, settled_at=at)


def not_left(movement: Movement, before: Holding, at: datetime) -> Movement:
    """Settles a movement that was not sent, because not enough is left."""
    return structs.replace(
        movement,
        state=MovementState.REFUSED,
        refusal=Refusal.INSUFFICIENT,
        authority_code=INSUFFICIENT_HERE,
        holding=before,
        settled_at=at,
    )


def targets_to_hold(
    intended: Sequence[Target], standings: Sequence[Standing], *, cited: Collection[tuple[str, str]], refused: bool
) -> tuple[Target, ...]:
    """Gives what an accepted declaration has to hold before release.

    Args:
        intended: what its fit documents have to hold, by the rules.
        standings: what it holds.
        cited: the documents that it still cites and whose quantity counts.
        refused: whether everything reserved goes back, because the declaration is refused or was abandoned.
    """
    reserved = [one for one in standings if one.holding.reserved]
    if refused:
        return tuple(nothing(one) for one in reserved)
    # A document that is not fit now keeps its reservation: only what is not cited any more is given back.
    return (*intended, *(nothing(one) for one in reserved if one.document not in cited))


def nothing(standing: Standing) -> Target:
    """The target of a document of which nothing is to be held any more."""
    return Target(type=standing.type, reference=standing.reference, adapter=standing.adapter, aim=Aim.NOTHING)
