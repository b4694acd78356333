"""Movements as an authority's file says how they are ordered, and what its answers say became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.contract import (
    Ledger,
    MovementKind,
    OrderLine,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    ReferenceKind,
    Refusal,
    RequestRejected,
    UnexpectedAnswer,
)
from gateway.dispatch.declarative.facts import StatedCodes, StatedFact
from gateway.dispatch.declarative.lines import AtLine
from gateway.dispatch.declarative.requests import DeclaredRequest
from gateway.dispatch.declarative.templates import Template, separator

WITHOUT_LINES = frozenset({MovementKind.CANCEL, MovementKind.DELETE})
_DIGITS, _PLACES = 16, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMovement:
    """One kind of movement: its request, and the list that says what its outcome's codes mean."""

    kind: MovementKind
    request: DeclaredRequest
    outcomes: StatedCodes[ReceiptOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMovements:
    """The movements of an authority, and what all their answers have in common."""

    kinds: Mapping[MovementKind, DeclaredMovement]
    line: Template | None
    counted: str
    """The figures that a line of an order states: `quantity`, `amount` or `both`."""
    outcome: StatedFact
    refusal: StatedFact | None
    refusals: StatedCodes[Refusal] | None
    goods_item: StatedFact | None
    certificate_line: StatedFact | None
    afterwards: str | None
    """The present state that an answer brings: the `position`, the whole `document`, or nothing."""

    def values(self, kind: MovementKind, order: QuantityOrder) -> dict[str, str | None]:
        """Return the values of an order's names.

        Raises:
            RequestRejected: the authority cannot be ordered so; nothing was sent.
        """
        if kind not in self.kinds:
            raise RequestRejected(f"the authority takes no {kind.value}")
        if order.declaration.kind is not ReferenceKind.MRN:
            raise RequestRejected("a movement is ordered for an MRN")
        if bool(order.lines) is (kind in WITHOUT_LINES):
            raise RequestRejected("lines are ordered, unless everything is cancelled")
        rows = None
        if self.line is not None:
            rows = separator(self.line.place).join(self.line.written(self._row(one)) for one in order.lines)
        return {
            "key": order.key,
            "mrn": order.declaration.value,
            "customs_office": order.customs_office,
            "direction": order.direction.value,
            "type": order.type,
            "movement": kind.value,
            "lines": rows,
        }

    def _row(self, line: OrderLine) -> dict[str, str | None]:
        by_quantity, by_amount = self.counted in ("quantity", "both"), self.counted in ("amount", "both")
        if len(line.quantities) != int(by_quantity) or (line.amount is not None) is not by_amount:
            raise RequestRejected(f"the authority counts by {self.counted} alone")
        quantity = line.quantities[0] if line.quantities else None
        return {
            "goods_item": str(line.goods_item),
            "line": str(line.certificate_line),
            "commodity_code": line.commodity_code,
            "quantity": None if quantity is None else plain_decimal(quantity.value),
            "unit": None if quantity is None else quantity.unit,
            "amount": None if line.amount is None else plain_decimal(line.amount.value),
            "currency": None if line.amount is None else line.amount.currency,
        }

    def receipt(self, kind: MovementKind, node: Any, on: date, ledger: Ledger | None, *, valid: bool = True) -> Receipt:
        """Return what an answer says became of an order; `valid` says whether the document is, as far as is known.

        Raises:
            UnexpectedAnswer: it does not say so, or contradicts itself.
        """
        with AtLine(self.outcome.line):
            return self._receipt(kind, node, on, ledger, valid=valid)

    def _receipt(self, kind: MovementKind, node: Any, on: date, ledger: Ledger | None, *, valid: bool) -> Receipt:
        code = self.outcome.read(node, on)
        outcome = self.kinds[kind].outcomes.meaning(code, on)
        reason = None if self.refusal is None else self.refusal.read(node, on)
        refusal = None if reason is None or self.refusals is None else self.refusals.meaning(reason, on)
        if (outcome is ReceiptOutcome.REFUSED) != (refusal is not None):
            raise UnexpectedAnswer(f"{self.outcome.name}: a refusal has a reason, and nothing else has one")
        done = outcome is ReceiptOutcome.DONE
        if (refusal is Refusal.STATUS and valid and self.afterwards == "document") or (
            kind is MovementKind.RESERVE and done and not valid
        ):
            raise UnexpectedAnswer(f"{self.outcome.name}: the document's status says otherwise")
        return Receipt(
            outcome=outcome,
            refusal=refusal,
            goods_item=None if self.goods_item is None else self.goods_item.read(node, on),
            certificate_line=None if self.certificate_line is None else self.certificate_line.read(node, on),
            authority_code=reason or code,
            status_changed=done and not valid,
            ledger=ledger,
        )


def plain_decimal(value: Decimal) -> str:
    """Write an amount above zero without an exponent and without idle zeros.

    Raises:
        RequestRejected: it is none, or has more digits than can be told.
    """
    if not value.is_finite() or value <= 0 or not -_PLACES <= value.adjusted() < _DIGITS:
        raise RequestRejected("a quantity is an amount above zero")
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if len(text.partition(".")[2]) > _PLACES:
        raise RequestRejected("a quantity has more digits than can be told")
    return text
