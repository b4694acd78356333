"""How the tests ask and order of the simulated licensing authority."""

import json
from decimal import Decimal
from uuid import uuid4

from adapters.dual_use.adapter import DualUseAdapter
from adapters.dual_use.simulator import CLIENT_ID, CLIENT_SECRET
from gateway.contract import (
    Answer,
    Direction,
    Exchange,
    Intervention,
    Ledger,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    Reference,
    ReferenceKind,
    Settings,
)
from tests.builders.driving import OCCASION, Wire, query, replay

ADAPTER = DualUseAdapter(Settings())
VALID = "DU.FR.2026.0000001"
BOTH = "DU.FR.2026.0000009"
BY_VALUE = "DU.FR.2026.0000010"
MIXED = "DU.FR.2026.0000016"
REGISTRATION = "EU001/FR/2026/00017"
NULLABLE = frozenset(
    {"licence", "valid_to", "end_user_country", "balance", "quantity", "amount", "destinations", "valid_from"}
)
A, B = "26FRD0000000001019", "26FRD0000000001027"


def token(url: str, secret: str = CLIENT_SECRET) -> str:
    """Gets a token as the gateway does."""
    form = f"grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={secret}&scope=licences.read"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = Wire(url, {}).call("POST", "/oauth2/token", kind, form.encode())
    answer = json.loads(body)
    assert status == 200, answer
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 300)
    return str(answer["access_token"])


def verify(wire: Wire, reference: str) -> Answer:
    """Asks for a licence."""
    return wire.run(ADAPTER.verify(query("X060", reference, Direction.EXPORT), OCCASION))


def read(reference: str, body: bytes) -> Answer:
    """Reads an answer that the test wrote."""
    return replay(ADAPTER.verify(query("X060", reference, Direction.EXPORT), OCCASION), (200, body))


def answer_of(wire: Wire, reference: str) -> bytes:
    """Gives the bytes that the authority answers."""
    verify(wire, reference)
    return wire.received[-1]


def line(
    quantity: str | None = None,
    unit: str = "H87",
    *,
    amount: str | None = None,
    currency: str = "EUR",
    item: int = 1,
    number: int = 1,
    code: str = "88062190",
) -> OrderLine:
    """What a goods item takes of a line."""
    return OrderLine(
        goods_item=item,
        certificate_line=number,
        commodity_code=code,
        quantities=() if quantity is None else (Quantity(value=Decimal(quantity), unit=unit),),
        amount=None if amount is None else Money(value=Decimal(amount), currency=currency),
    )


def order(reference: str, *lines: OrderLine, mrn: str = A, key: str | None = None) -> QuantityOrder:
    """An order with a key of its own."""
    return QuantityOrder(
        type="X060",
        reference=reference,
        declaration=Reference(kind=ReferenceKind.MRN, value=mrn),
        customs_office="FR000040",
        key=key or uuid4().hex,
        direction=Direction.EXPORT,
        lines=lines,
    )


def exchange(kind: MovementKind, ordered: QuantityOrder) -> Exchange[Receipt]:
    """The exchange of a movement, as the gateway picks it."""
    match kind:
        case MovementKind.RESERVE:
            return ADAPTER.reserve(ordered, OCCASION)
        case MovementKind.WRITE_OFF:
            return ADAPTER.write_off(ordered, OCCASION)
        case MovementKind.CANCEL:
            return ADAPTER.cancel(ordered, OCCASION)
        case _:
            return ADAPTER.intervene(Intervention(kind=kind, order=ordered), OCCASION)


def move(wire: Wire, kind: MovementKind, reference: str, *lines: OrderLine, mrn: str = A) -> Receipt:
    """Orders a movement of the simulated authority."""
    return wire.run(exchange(kind, order(reference, *lines, mrn=mrn)))


def position(wire: Wire, reference: str) -> Ledger:
    """Reads a licence's position."""
    return wire.run(ADAPTER.position(query("X060", reference, Direction.EXPORT), OCCASION))


def left(wire: Wire, reference: str) -> dict[int, tuple[str, str | None]]:
    """What is left of each line, by quantity and by value."""
    return {
        one.number: (str(one.available.value), None if one.amount is None else str(one.amount.value))
        for one in position(wire, reference).lines
    }


def held(wire: Wire, reference: str, mrn: str = A) -> list[tuple[str, int, int, str]]:
    """What a declaration holds: state, goods item, line and what counts."""
    return [
        (one.state.value, one.goods_item, one.certificate_line, str(one.quantity.value))
        for one in position(wire, reference).allocations
        if one.declaration == Reference(kind=ReferenceKind.MRN, value=mrn)
    ]
