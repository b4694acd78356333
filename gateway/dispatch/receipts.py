"""The comparison of a receipt's own quantity position with the order."""

from collections.abc import Sequence

from gateway.contract import (
    Allocation,
    AllocationState,
    MovementKind,
    OrderLine,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
)
from gateway.contract.errors import OtherOrder
from gateway.domain.order_lines import Convert, as_line, by_value, same


def says_done(receipt: Receipt, kind: MovementKind) -> bool:
    """Whether a receipt says that the order is done: where no reservation is, none need be cancelled."""
    nothing_reserved = kind is MovementKind.CANCEL and receipt.outcome is ReceiptOutcome.NO_RECORD
    return receipt.outcome is ReceiptOutcome.DONE or nothing_reserved


def make_sure_of_order(receipt: Receipt, kind: MovementKind, order: QuantityOrder, convert: Convert) -> None:
    """Make sure that a receipt is about what was ordered: items and lines that it names, and the position in it.

    The declaration's own part counts, by kind and value of its name; what others hold is theirs.

    Raises:
        OtherOrder: it says otherwise.
    """
    if not _names_what_was_ordered(receipt, order):
        raise OtherOrder("the receipt names a goods item or a line that was not ordered")
    if receipt.ledger is None:
        return
    ours = [one for one in receipt.ledger.allocations if one.declaration == order.declaration]
    reserved = _lines(ours, AllocationState.RESERVED, order)
    written_off = _lines(ours, AllocationState.CONSUMED, order)
    if says_done(receipt, kind):
        kept, used = _afterwards(kind, order)
        agrees = same(reserved, kept, convert) and same(written_off, used, convert)
    elif kind is MovementKind.RESERVE and receipt.outcome is ReceiptOutcome.REFUSED:
        # What was held before may stand; just what was ordered does not: that would have been no refusal.
        agrees = not same(reserved, order.lines, convert)
    else:
        return  # the position is read in any case
    if not agrees:
        raise OtherOrder("the receipt's position is not what was ordered")


def _afterwards(kind: MovementKind, order: QuantityOrder) -> tuple[tuple[OrderLine, ...], tuple[OrderLine, ...]]:
    """Return what the declaration has reserved and written off once the order is done."""
    match kind:
        case MovementKind.RESERVE:
            return order.lines, ()
        case MovementKind.CANCEL | MovementKind.DELETE:
            return (), ()
        case MovementKind.WRITE_OFF | MovementKind.FORCE | MovementKind.AMEND:
            return (), order.lines


def _names_what_was_ordered(receipt: Receipt, order: QuantityOrder) -> bool:
    item, number = receipt.goods_item, receipt.certificate_line
    if not order.lines or (item is None and number is None):
        return True
    return any(item in (None, line.goods_item) and number in (None, line.certificate_line) for line in order.lines)


def _lines(ours: Sequence[Allocation], state: AllocationState, order: QuantityOrder) -> tuple[OrderLine, ...]:
    return by_value([as_line(one) for one in ours if one.state is state], order.lines)
