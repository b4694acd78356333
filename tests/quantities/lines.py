"""Lines and movements of one document, as the saga's own tests write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from gateway.contract import (
    Allocation,
    AllocationState,
    Ledger,
    LedgerLine,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    Reference,
    ReferenceKind,
)
from gateway.domain.document import DocumentKey
from gateway.domain.identity import AsCited, as_declared
from gateway.domain.movement import Movement, OwnQuantity
from gateway.domain.record import Work
from gateway.quantities.book import MovementBook
from gateway.quantities.pauses import Pauses
from tests.builders.small_cases import declared
from tests.builders.story import shipped

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MRN = "26FR001260000001R6"
DOCUMENT = DocumentKey("N853", "CHEDP.FR.2026.0000001")
convert = shipped().at(date(2026, 11, 25)).convert


def amount(value: str, unit: str = "KGM") -> Quantity:
    return Quantity(value=Decimal(value), unit=unit)


def line(*quantities: Quantity | str, item: int = 1, number: int = 1, worth: str | None = None) -> OrderLine:
    """A line that takes quantities, in kilograms where nothing else is said, and so many euros."""
    return OrderLine(
        goods_item=item,
        certificate_line=number,
        commodity_code="0401101000",
        quantities=tuple(amount(one) if isinstance(one, str) else one for one in quantities),
        amount=None if worth is None else Money(value=Decimal(worth), currency="EUR"),
    )


def movement(kind: MovementKind = MovementKind.RESERVE, *lines: OrderLine, **more: Any) -> Movement:
    facts: dict[str, Any] = {
        "number": 1,
        "type": DOCUMENT[0],
        "reference": DOCUMENT[1],
        "adapter": "traces",
        "kind": kind,
        "version": 1,
        "mrn": MRN,
        "key": "0" * 32,
        "customs_office": "FR001260",
        "lines": lines,
        "planned_at": AT,
    }
    return Movement(**(facts | more))


def reserved(*lines: OrderLine) -> OwnQuantity:
    return OwnQuantity(reserved=lines)


def written_off(*lines: OrderLine) -> OwnQuantity:
    return OwnQuantity(written_off=lines)


def allocation(
    line: OrderLine,
    state: AllocationState = AllocationState.RESERVED,
    *,
    value: str = MRN,
    kind: ReferenceKind = ReferenceKind.MRN,
) -> Allocation:
    return Allocation(
        declaration=Reference(kind=kind, value=value),
        state=state,
        goods_item=line.goods_item,
        certificate_line=line.certificate_line,
        quantity=line.quantities[0],
        commodity_code=line.commodity_code,
    )


def ledger(*allocations: Allocation, left: dict[int, Quantity] | None = None, worth: str | None = None) -> Ledger:
    """A position: what is left by line, and of the value of each."""
    money = None if worth is None else Money(value=Decimal(worth), currency="EUR")
    return Ledger(
        lines=tuple(LedgerLine(number=n, available=q, amount=money) for n, q in (left or {}).items()),
        allocations=allocations,
    )


def opened(*movements: Movement, **more: Any) -> MovementBook:
    """The book of a declaration with these movements; `more` are facts of its work."""
    facts: dict[str, Any] = {"accepted_at": AT, "mrn": MRN, "version": 1} | more
    work = Work(
        id="", token=1, event_seq=1, event_head="", decisions=1, received_at=AT, declaration=declared(),
        officer_verifications=(), last=None, invalidating=False, movements=movements, **facts,
    )  # fmt: skip
    return MovementBook(work, cited=AsCited(as_declared, {}), convert=convert, pauses=Pauses())
