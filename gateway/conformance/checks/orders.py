"""An order says all that is ordered: each of its lines, and quantities to their last digit."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from gateway.conformance.exchanges import KitCall
from gateway.conformance.inspection import CODE, Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.contract import Intervention, MovementKind, Quantity, QuantityOrder, ReceiptOutcome

LINE = rule(
    "orders.line_unsaid",
    "Every line of an order is ordered: with one line more the adapter sends something else, or raises",
    "write all `order.lines`; raise `RequestRejected` where the authority takes one line only",
)
FRACTION = rule(
    "orders.fraction_unsaid",
    "A quantity is ordered to its last digit: with a half more the adapter sends something else, or raises",
    'write `format(quantity.value, "f")`; raise `RequestRejected` where the authority takes whole numbers only',
)

HALF = Decimal("0.5")
OTHER_ITEM = 7
"""The amount by which the goods item of an added line is higher."""


def begun_by(inspection: Inspection) -> MovementKind:
    """Return the movement that is done without another before it."""
    reserves = "quantity" in inspection.package.manifest.capabilities
    return MovementKind.RESERVE if reserves else MovementKind.WRITE_OFF


def order_of(recording: Recording) -> QuantityOrder:
    """Return the order of a recorded movement."""
    subject = recording.subject
    found: QuantityOrder = subject.order if isinstance(subject, Intervention) else subject
    return found


def check_orders(inspection: Inspection) -> Iterator[Nonconformity]:
    """Order more than is recorded, and compare what is sent."""
    # A reservation may be written off as a whole, without its lines.
    stating = {begun_by(inspection), MovementKind.FORCE, MovementKind.AMEND}
    for recording in inspection.of(*stating):
        if recording.expect.outcome is ReceiptOutcome.DONE and order_of(recording).lines:
            yield from _unsaid(inspection, recording)


def _unsaid(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    order = order_of(recording)
    first, *others = order.lines
    more = tuple(_more(one) for one in first.quantities)
    second = replace(first, goods_item=max(one.goods_item for one in order.lines) + OTHER_ITEM)
    variants: tuple[tuple[ConformanceRule, QuantityOrder, str], ...] = (
        (LINE, replace(order, lines=(*order.lines, second)), "a line more"),
        (FRACTION, replace(order, lines=(replace(first, quantities=more), *others)), f"{HALF} more on its first line"),
    )
    recorded = inspection.result(recording)
    for broken, other, what in variants:
        subject = replace(recording.subject, order=other) if isinstance(recording.subject, Intervention) else other
        call = KitCall(method=recording.method, subject=subject, occasion=recording.occasion)
        (ending,) = inspection.process.replay(CODE, call, [recording.answers])
        if ending.requests and ending.requests == recorded.requests:
            yield Nonconformity(rule=broken, place=recording.place, what=f"with {what} it sends the very same")


def _more(quantity: Quantity) -> Quantity:
    return replace(quantity, value=quantity.value + HALF)
