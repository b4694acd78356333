"""Reports of usage to CATCH, and the reading of its receipts.

A report states all that a declaration used of the document, in kilograms. The answer is the document as it is
afterwards, with the movement beside it; it is believed only where the two agree.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from adapters.catch.codes import Codes
from adapters.catch.document import Register
from gateway.contract import (
    Allocation,
    Answer,
    MovementKind,
    OrderLine,
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

KILOGRAMS: Mapping[str, Decimal] = MappingProxyType({"GRM": Decimal("0.001"), "KGM": Decimal(1), "TNE": Decimal(1000)})
"""How many kilograms a unit has: the interface knows no other unit."""

FLAGS: Mapping[MovementKind, Mapping[str, bool]] = MappingProxyType(
    {
        MovementKind.WRITE_OFF: {"replace": False, "force": False},
        MovementKind.FORCE: {"replace": False, "force": True},
        MovementKind.AMEND: {"replace": True, "force": False},
    }
)
"""The members by which reports differ; a usage is deleted with DELETE."""

_MRN = re.compile(r"[A-Z0-9]{1,35}", re.ASCII)
_OFFICE = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_KEY = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)


def make_sure_it_can_be_told(kind: MovementKind, order: QuantityOrder) -> None:
    """Make sure that a report can be written, before anything is asked.

    Raises:
        RequestRejected: it cannot be reported so.
    """
    if order.declaration.kind is not ReferenceKind.MRN or not _MRN.fullmatch(order.declaration.value):
        raise RequestRejected("usage is told for an MRN")
    if not _OFFICE.fullmatch(order.customs_office) or not _KEY.fullmatch(order.key):
        raise RequestRejected("the customs office has 1 to 8 letters and digits, the key 32 hexadecimal digits")
    if bool(order.lines) is (kind is MovementKind.DELETE):
        raise RequestRejected("lines are told, unless a usage is taken back")
    if len({(line.goods_item, line.certificate_line) for line in order.lines}) != len(order.lines):
        raise RequestRejected("a goods item takes from a line once")
    for line in order.lines:
        _written(_kilograms(line))


def usage_request(kind: MovementKind, order: QuantityOrder, register: Register, message_id: str) -> Request:
    """Write a report to the register that holds the document."""
    path = f"{register.path}{quote(order.reference, safe='')}/usages/{order.declaration.value}"
    headers = {"Accept": "application/json", "X-Request-Id": message_id}
    body: dict[str, Any] = {"key": order.key, "customs_office": order.customs_office}
    if kind is MovementKind.DELETE:
        return Request(method="DELETE", path=f"{path}?{urlencode(body)}", headers=headers)
    body |= FLAGS[kind]
    body["lines"] = [
        {
            "goods_item": line.goods_item,
            "line": line.certificate_line,
            "commodity_code": line.commodity_code,
            "quantity": {"value": _written(_kilograms(line)), "unit": "KGM"},
        }
        for line in order.lines
    ]
    return Request(
        method="PUT", path=path, headers=headers | {"Content-Type": "application/json"}, body=json.dumps(body).encode()
    )


def read_receipt(
    kind: MovementKind, order: QuantityOrder, movement: Record, document: Answer, codes: Codes, on: date
) -> Receipt:
    """Read the outcome of a report, with the document as it is afterwards.

    Raises:
        UnexpectedAnswer: it is about another report, or the document says otherwise.
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
        raise UnexpectedAnswer("$.movement: names what was not told")
    valid = document.status is Status.VALID
    if refusal is Refusal.STATUS and valid:
        raise UnexpectedAnswer("$.movement: the document's status says otherwise")
    if document.ledger is None:
        if refusal is not Refusal.NOT_VALIDATED:
            raise UnexpectedAnswer("$.usage: a report, and no usage")
    elif not _agrees(kind, order, outcome, document.ledger.allocations):
        raise UnexpectedAnswer("$.usage: says otherwise than the movement")
    return Receipt(
        outcome=outcome,
        refusal=refusal,
        goods_item=goods_item,
        certificate_line=line,
        authority_code=code if reason is None else reason,
        status_changed=outcome is ReceiptOutcome.DONE and not valid,
        ledger=document.ledger,
    )


def _is_named_rightly(order: QuantityOrder, refusal: Refusal | None, goods_item: int | None, line: int | None) -> bool:
    if goods_item is None:
        return line is None
    return refusal is not None and any(
        one.goods_item == goods_item and line in {None, one.certificate_line} for one in order.lines
    )


def _agrees(
    kind: MovementKind, order: QuantityOrder, outcome: ReceiptOutcome, allocations: tuple[Allocation, ...]
) -> bool:
    ours = [one for one in allocations if one.declaration == order.declaration]
    match outcome:
        case ReceiptOutcome.DONE:
            ordered = Counter((line.goods_item, line.certificate_line, _kilograms(line)) for line in order.lines)
            return ordered == Counter((one.goods_item, one.certificate_line, one.quantity.value) for one in ours)
        case ReceiptOutcome.WRITTEN_OFF_ALREADY:
            return bool(ours)
        case ReceiptOutcome.REFUSED:
            return bool(ours) is (kind is MovementKind.AMEND)
        case _:
            return not ours


def _kilograms(line: OrderLine) -> Decimal:
    if len(line.quantities) != 1 or line.amount is not None or line.quantities[0].unit not in KILOGRAMS:
        raise RequestRejected("CATCH counts by weight alone")
    (quantity,) = line.quantities
    return quantity.value * KILOGRAMS[quantity.unit]


def _written(kilograms: Decimal) -> str:
    text = format(kilograms, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if not _AMOUNT.fullmatch(text) or kilograms <= 0:
        raise RequestRejected("a weight is above zero, with 16 digits and 6 decimals of a kilogram at most")
    return text
