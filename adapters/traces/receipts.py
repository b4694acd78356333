"""The receipts of TRACES: what became of a movement. An answer that contradicts itself is no receipt: it is unexpected.

The gateway then takes the movement for in doubt and reads the position back.
"""

from datetime import date

from lxml import etree

from adapters.traces.certificate import document_of, status_of
from adapters.traces.codes import Codes, Outcome, Result
from adapters.traces.elements import count_of, local, text_of
from adapters.traces.information import Information, read_information
from adapters.traces.ledger import read_ledger
from adapters.traces.port import Names
from gateway.contract import (
    AllocationState,
    Ledger,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Status,
    UnexpectedAnswer,
)

_OUTCOMES = {
    Outcome.DONE: ReceiptOutcome.DONE,
    Outcome.DONE_STATUS_CHANGED: ReceiptOutcome.DONE,
    Outcome.NO_RECORD: ReceiptOutcome.NO_RECORD,
    Outcome.WRITTEN_OFF_ALREADY: ReceiptOutcome.WRITTEN_OFF_ALREADY,
    Outcome.RESERVED: ReceiptOutcome.RESERVED,
}


def read_reservation(body: etree._Element, order: QuantityOrder, names: Names, codes: Codes, on: date) -> Receipt:
    """Read the answer to a reservation: done only if the position states exactly what was ordered.

    Raises:
        UnexpectedAnswer: it is none, contradicts itself, or has a code that is not known.
    """
    info = read_information(body, names)
    codes.operations.meaning(info.operation_code, on)
    valid = True
    if info.certificate is not None:
        document, _ = document_of(info.certificate, order.reference)
        valid = status_of(document, codes, on) is Status.VALID
    ledger = read_ledger(info.summary, names, order.declaration)
    if ledger is None:
        # With the certificate missing too, it is what an unknown certificate is answered with.
        raise UnexpectedAnswer("the answer to a reservation has no quantity position")
    if info.result is None:
        raise UnexpectedAnswer("the answer does not say what became of the reservation")
    if codes.results.meaning(info.result, on) is Result.REFUSED:
        return _refused(info, order, ledger, names, codes, on)
    if info.reason is not None or info.failed_item is not None:
        raise UnexpectedAnswer("a reservation is done and refused")
    if not _agrees(ledger, order, codes, on):
        raise UnexpectedAnswer("a reservation is done, and the position does not tell so")
    return Receipt(outcome=ReceiptOutcome.DONE, authority_code=info.result, status_changed=not valid, ledger=ledger)


def read_outcome(body: etree._Element, operation: str, names: Names, codes: Codes, on: date) -> Receipt:
    """Read the answer to a clearance or an intervention (`ChedClearance`, `ChedIntervention`).

    Raises:
        UnexpectedAnswer: it is none, or has a code that is not known.
    """
    if body.tag != names.ched(f"{operation}Response"):
        raise UnexpectedAnswer(f"the answer is a {local(body)}")
    codes.operations.meaning(text_of(body, names.ched("OperationCode")), on)
    code = text_of(body, names.ched("QuantityManagementOutcome"))
    outcome = codes.outcomes.meaning(code, on)
    return Receipt(
        outcome=_OUTCOMES[outcome], authority_code=code, status_changed=outcome is Outcome.DONE_STATUS_CHANGED
    )


def _refused(info: Information, order: QuantityOrder, ledger: Ledger, names: Names, codes: Codes, on: date) -> Receipt:
    if info.reason is None:
        raise UnexpectedAnswer("a reservation is refused for no reason")
    goods_item, line = _failed(info.failed_item, order, names)
    return Receipt(
        outcome=ReceiptOutcome.REFUSED,
        refusal=codes.refusals.meaning(info.reason, on),
        goods_item=goods_item,
        certificate_line=line,
        authority_code=info.reason,
        ledger=ledger,
    )


def _failed(item: etree._Element | None, order: QuantityOrder, names: Names) -> tuple[int | None, int | None]:
    """Return the goods item, and the line if it is named, of a refusal: ones that were ordered."""
    if item is None:
        return None, None
    goods_item = count_of(item, names.base("GoodsItemNumber"))
    has_line = item.find(names.base("DocumentLineItemNumber")) is not None
    line = count_of(item, names.base("DocumentLineItemNumber")) if has_line else None
    ordered = {(one.goods_item, number) for one in order.lines for number in (one.certificate_line, None)}
    if (goods_item, line) not in ordered:
        raise UnexpectedAnswer("a refusal names an item that was not ordered")
    return goods_item, line


def _agrees(ledger: Ledger, order: QuantityOrder, codes: Codes, on: date) -> bool:
    """Whether the declaration's allocations are what the order says, and nothing else."""
    if any(one.state is not AllocationState.RESERVED for one in ledger.allocations):
        return False
    allocated = {(one.goods_item, one.certificate_line): one.quantity for one in ledger.allocations}
    ordered = {(line.goods_item, line.certificate_line): line for line in order.lines}
    # The code is reported with six digits, whatever was declared: it says nothing about what is held.
    return (
        len(allocated) == len(ledger.allocations)
        and allocated.keys() == ordered.keys()
        and all(_is_of(allocated[place], line, codes, on) for place, line in ordered.items())
    )


def _is_of(allocated: Quantity, line: OrderLine, codes: Codes, on: date) -> bool:
    return any(codes.same(allocated, quantity, on) for quantity in line.quantities)
