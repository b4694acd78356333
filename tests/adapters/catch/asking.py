"""How the tests ask the simulated CATCH, and tell it what was used."""

import json
from decimal import Decimal
from uuid import uuid4

from adapters.catch.adapter import CatchAdapter
from gateway.contract import (
    Answer,
    Direction,
    Exchange,
    Intervention,
    Ledger,
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

ADAPTER = CatchAdapter(Settings())
VALID = "CATCH.CC.NO.2026.0000001"
STATEMENT = "CATCH.PS.TH.2026.0000001"
MIXED = "CATCH.CC.NO.2026.0000011"
UNKEPT = "CATCH.CC.CN.2026.0000008"
NULLABLE = frozenset({"validated_on", "importer_eori", "usage", "verified_weight_landed"})
A, B = "26DKA0000000000101", "26DKA0000000001023"


def verify(wire: Wire, reference: str) -> Answer:
    """Asks for a document."""
    return wire.run(ADAPTER.verify(query("C673", reference), OCCASION))


def read(reference: str, *answers: tuple[int, bytes]) -> Answer:
    """Reads answers that the test wrote."""
    return replay(ADAPTER.verify(query("C673", reference), OCCASION), *answers)


def not_known(number: str) -> bytes:
    """The authority's own word for a document that it does not know."""
    return json.dumps({"title": "-", "status": 404, "code": "DOCUMENT_NOT_FOUND", "number": number}).encode()


def body_of(wire: Wire, reference: str) -> bytes:
    """Gives the bytes that the authority answers."""
    verify(wire, reference)
    return wire.received[-1]


def line(quantity: str, unit: str = "KGM", *, item: int = 1, number: int = 1, code: str = "03036310") -> OrderLine:
    """What a goods item used of a line."""
    return OrderLine(
        goods_item=item,
        certificate_line=number,
        commodity_code=code,
        quantities=(Quantity(value=Decimal(quantity), unit=unit),),
    )


def order(reference: str, *lines: OrderLine, mrn: str = A, key: str | None = None) -> QuantityOrder:
    """An order with a key of its own."""
    return QuantityOrder(
        type="C673",
        reference=reference,
        declaration=Reference(kind=ReferenceKind.MRN, value=mrn),
        customs_office="DK003102",
        key=key or uuid4().hex,
        direction=Direction.IMPORT,
        lines=lines,
    )


def exchange(kind: MovementKind, ordered: QuantityOrder) -> Exchange[Receipt]:
    """The exchange of a report, as the gateway picks it."""
    if kind is MovementKind.WRITE_OFF:
        return ADAPTER.write_off(ordered, OCCASION)
    return ADAPTER.intervene(Intervention(kind=kind, order=ordered), OCCASION)


def tell(wire: Wire, kind: MovementKind, reference: str, *lines: OrderLine, mrn: str = A) -> Receipt:
    """Tells the simulated authority."""
    return wire.run(exchange(kind, order(reference, *lines, mrn=mrn)))


def position(wire: Wire, reference: str) -> Ledger:
    """Reads a document's position."""
    return wire.run(ADAPTER.position(query("C673", reference), OCCASION))


def left(wire: Wire, reference: str) -> dict[int, str]:
    """How many kilograms are left of each line."""
    return {one.number: str(one.available.value) for one in position(wire, reference).lines}


def used(wire: Wire, reference: str, mrn: str = A) -> list[tuple[int, int, str]]:
    """What a declaration used: goods item, line and kilograms."""
    return [
        (one.goods_item, one.certificate_line, str(one.quantity.value))
        for one in position(wire, reference).allocations
        if one.declaration == Reference(kind=ReferenceKind.MRN, value=mrn)
    ]
