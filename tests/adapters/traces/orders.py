"""Orders to TRACES in the tests."""

from collections.abc import Callable
from decimal import Decimal

from gateway.contract import (
    Direction,
    Exchange,
    Intervention,
    MovementKind,
    Occasion,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    Reference,
    ReferenceKind,
    Response,
)
from tests.adapters.traces.port import ADAPTER, VALID

Movement = Callable[[QuantityOrder, Occasion], Exchange[Receipt]]
A, B = "26FR000000000000A4", "26FR000000000000B0"


def mrn(value: str = A) -> Reference:
    """A declaration by its MRN."""
    return Reference(kind=ReferenceKind.MRN, value=value)


def quantity(value: str, unit: str = "KGM") -> Quantity:
    """An amount with its unit."""
    return Quantity(value=Decimal(value), unit=unit)


def line(*quantities: Quantity, goods_item: int = 1, number: int = 1, code: str = "040100") -> OrderLine:
    """What a goods item takes from a line; a kilogram if nothing else is said."""
    return OrderLine(
        goods_item=goods_item, certificate_line=number, commodity_code=code, quantities=quantities or (quantity("1"),)
    )


def order(
    *lines: OrderLine, reference: str = VALID, declaration: Reference | None = None, office: str = "DE004851"
) -> QuantityOrder:
    """What is ordered for one declaration."""
    return QuantityOrder(
        type="N853",
        reference=reference,
        declaration=declaration or mrn(),
        customs_office=office,
        key="0" * 32,
        direction=Direction.IMPORT,
        lines=lines,
    )


def answered(exchange: Exchange[Receipt], body: bytes, status: int = 200) -> Receipt:
    """Gives a movement one answer as if the port had given it."""
    next(exchange)
    try:
        exchange.send(Response(status=status, body=body))
    except StopIteration as end:
        receipt: Receipt = end.value
        return receipt
    raise AssertionError("the exchange asks again")


def intervening(kind: MovementKind) -> Movement:
    """An intervention as a movement like the others."""
    return lambda wanted, at: ADAPTER.intervene(Intervention(kind=kind, order=wanted), at)


FORCE, AMEND, DELETE = map(intervening, (MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE))
