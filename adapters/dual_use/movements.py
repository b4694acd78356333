"""Orders to the licensing authority, and the reading of its receipts.

An order states the declaration's whole position on the licence. The answer is the licence as it is afterwards, with
the movement beside it; it is believed only where the two agree.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from adapters.dual_use.codes import Codes
from adapters.dual_use.licence import counted
from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    ReferenceKind,
    Refusal,
    Request,
    RequestRejected,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record

RESERVATIONS = "/api/v1/export-licences/reservations"
WRITE_OFFS = "/api/v1/export-licences/write-offs"

_MRN = re.compile(r"[A-Z0-9]{1,35}", re.ASCII)
_OFFICE = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_KEY = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The form in which a movement is ordered."""

    method: str
    path: str
    states_lines: bool
    replace: bool | None = None
    """Of a write-off without a reservation: whether it takes the place of another one. None: not stated."""


OPERATIONS: Mapping[MovementKind, Operation] = MappingProxyType(
    {
        MovementKind.RESERVE: Operation(method="PUT", path=RESERVATIONS, states_lines=True),
        MovementKind.WRITE_OFF: Operation(method="POST", path=WRITE_OFFS, states_lines=False),
        MovementKind.CANCEL: Operation(method="DELETE", path=RESERVATIONS, states_lines=False),
        MovementKind.FORCE: Operation(method="PUT", path=WRITE_OFFS, states_lines=True, replace=False),
        MovementKind.AMEND: Operation(method="PUT", path=WRITE_OFFS, states_lines=True, replace=True),
        MovementKind.DELETE: Operation(method="DELETE", path=WRITE_OFFS, states_lines=False),
    }
)
CANCELLATIONS = frozenset({MovementKind.CANCEL, MovementKind.DELETE})


def movement_request(kind: MovementKind, order: QuantityOrder, message_id: str) -> Request:
    """Write an order.

    Raises:
        RequestRejected: it cannot be ordered so; nothing was sent.
    """
    _make_sure_it_can_be_ordered(kind, order)
    operation = OPERATIONS[kind]
    body: dict[str, Any] = {
        "number": order.reference,
        "mrn": order.declaration.value,
        "key": order.key,
        "customs_office": order.customs_office,
    }
    headers = {"Accept": "application/json", "X-Request-Id": message_id}
    if operation.method == "DELETE":
        return Request(method="DELETE", path=f"{operation.path}?{urlencode(body)}", headers=headers)
    if operation.states_lines:
        body["lines"] = [_encoded(line) for line in order.lines]
    if operation.replace is not None:
        body["replace"] = operation.replace
    return Request(
        method=operation.method,
        path=operation.path,
        headers=headers | {"Content-Type": "application/json"},
        body=json.dumps(body).encode(),
    )


def read_receipt(
    kind: MovementKind, order: QuantityOrder, movement: Record, licence: Answer, codes: Codes, on: date
) -> Receipt:
    """Read the outcome of an order, with the licence as it is afterwards.

    Raises:
        UnexpectedAnswer: it is about another order, or the licence says otherwise.
    """
    movement.text("mrn", re.escape(order.declaration.value))
    movement.text("key", re.escape(order.key))
    code = movement.text("outcome")
    outcome = codes.outcomes[kind].meaning(code, on)
    reason = movement.optional(movement.text, "reason")
    refusal = None if reason is None else codes.refusals.meaning(reason, on)
    goods_item, line = (movement.optional(movement.count, key) for key in ("goods_item", "line"))
    if (outcome is ReceiptOutcome.REFUSED) != (refusal is not None):
        raise UnexpectedAnswer("$.movement: a refusal has a reason, and nothing else has one")
    if not _is_named_rightly(order, refusal, goods_item, line):
        raise UnexpectedAnswer("$.movement: names what was not ordered")
    valid = licence.status is Status.VALID
    if (refusal is Refusal.STATUS and valid) or (
        kind is MovementKind.RESERVE and outcome is ReceiptOutcome.DONE and not valid
    ):
        raise UnexpectedAnswer("$.movement: the licence's status says otherwise")
    if licence.ledger is None:
        if refusal is not Refusal.NOT_VALIDATED:
            raise UnexpectedAnswer("$.licence.balance: a movement, and no balance")
    elif not _agrees(kind, order, outcome, refusal, licence.ledger.allocations):
        raise UnexpectedAnswer("$.licence.balance: says otherwise than the movement")
    return Receipt(
        outcome=outcome,
        refusal=refusal,
        goods_item=goods_item,
        certificate_line=line,
        authority_code=code if reason is None else reason,
        status_changed=outcome is ReceiptOutcome.DONE and not valid,
        ledger=licence.ledger,
    )


def _is_named_rightly(order: QuantityOrder, refusal: Refusal | None, goods_item: int | None, line: int | None) -> bool:
    if goods_item is None:
        return line is None
    return refusal is not None and any(
        one.goods_item == goods_item and line in {None, one.certificate_line} for one in order.lines
    )


def _agrees(
    kind: MovementKind,
    order: QuantityOrder,
    outcome: ReceiptOutcome,
    refusal: Refusal | None,
    allocations: tuple[Allocation, ...],
) -> bool:
    ours = [one for one in allocations if one.declaration == order.declaration]
    states = {one.state for one in ours}
    match outcome:
        case ReceiptOutcome.DONE:
            wanted = AllocationState.RESERVED if kind is MovementKind.RESERVE else AllocationState.CONSUMED
            allocated = Counter((one.goods_item, one.certificate_line, one.quantity, one.amount) for one in ours)
            return states <= {wanted} and allocated == Counter(map(_position, order.lines))
        case ReceiptOutcome.NO_RECORD:
            return not ours
        case ReceiptOutcome.WRITTEN_OFF_ALREADY:
            return states == {AllocationState.CONSUMED}
        case ReceiptOutcome.RESERVED:
            return states == {AllocationState.RESERVED}
        case ReceiptOutcome.REFUSED:
            if kind is MovementKind.RESERVE and refusal is not Refusal.WRITTEN_OFF:
                return states <= {AllocationState.RESERVED}
            return states == (set() if kind is MovementKind.FORCE else {AllocationState.CONSUMED})


def _position(line: OrderLine) -> tuple[int, int, Quantity, Money | None]:
    found = counted(line.quantities[0] if line.quantities else None, line.amount)
    assert found is not None
    return line.goods_item, line.certificate_line, *found


def _make_sure_it_can_be_ordered(kind: MovementKind, order: QuantityOrder) -> None:
    if order.declaration.kind is not ReferenceKind.MRN or not _MRN.fullmatch(order.declaration.value):
        raise RequestRejected("a movement is ordered for an MRN")
    if not _OFFICE.fullmatch(order.customs_office) or not _KEY.fullmatch(order.key):
        raise RequestRejected("the customs office has 1 to 8 letters and digits, the key 32 hexadecimal digits")
    if bool(order.lines) is (kind in CANCELLATIONS):
        raise RequestRejected("lines are ordered, unless everything is cancelled")
    if len({(line.goods_item, line.certificate_line) for line in order.lines}) != len(order.lines):
        raise RequestRejected("a goods item takes from a line once")
    if any(len(line.quantities) > 1 or not (line.quantities or line.amount) for line in order.lines):
        raise RequestRejected("a line is counted in one measure, by value, or both")


def _encoded(line: OrderLine) -> dict[str, Any]:
    quantity = line.quantities[0] if line.quantities else None
    return {
        "goods_item": line.goods_item,
        "line": line.certificate_line,
        "commodity_code": line.commodity_code,
        "quantity": quantity and {"value": _written(quantity.value), "unit": quantity.unit},
        "amount": line.amount and {"value": _written(line.amount.value), "currency": line.amount.currency},
    }


def _written(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if not _AMOUNT.fullmatch(text) or value <= 0:
        raise RequestRejected("an amount is above zero, with 16 digits and 6 decimals at most")
    return text
