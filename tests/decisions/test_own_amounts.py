"""What is told of each quantity as numbers: certified, others', reserved, written off and what is left; unknown is never zero."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import (
    Allocation,
    AllocationState,
    Ledger,
    LedgerLine,
    OrderLine,
    Quantity,
    Reference,
    ReferenceKind,
)
from gateway.decisions import Case, decide, with_progress, with_times_of_reading
from gateway.domain.decision import DocumentOutcome, QuantityLine
from gateway.domain.declaration import SupportingDocument
from gateway.domain.facts import Facts
from gateway.domain.movement import Movement, MovementKind, MovementState, OwnQuantity, own_positions
from tests.builders.small_cases import CHED, case, confirmed, declared, kilograms, knowing, milk

READ_AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
OURS = Reference(kind=ReferenceKind.MRN, value="26FR001260000001R6")
FOREIGN = Reference(kind=ReferenceKind.MRN, value="26DE001260000001R7")
Numbers = tuple[str | None, ...]


def ledger(left: str, *allocations: tuple[Reference, str]) -> Ledger:
    return Ledger(
        lines=(LedgerLine(number=1, available=kilograms(left)),),
        allocations=tuple(
            Allocation(
                declaration=who,
                state=AllocationState.RESERVED,
                goods_item=1,
                certificate_line=1,
                quantity=kilograms(value),
            )
            for who, value in allocations
        ),
    )


def order(value: str, *, item: int = 1, unit: str = "KGM") -> OrderLine:
    quantity = Quantity(value=Decimal(value), unit=unit)
    return OrderLine(goods_item=item, certificate_line=1, commodity_code="04011010", quantities=(quantity,))


def moved(kind: MovementKind, holding: OwnQuantity | None, **more: Any) -> Movement:
    facts: dict[str, Any] = {
        "number": 1,
        "type": "N853",
        "reference": CHED,
        "adapter": "traces",
        "version": 1,
        "mrn": OURS.value,
        "key": "1" * 32,
        "customs_office": "FR001260",
        "state": MovementState.DONE,
        "planned_at": READ_AT,
        "settled_at": READ_AT,
    }
    return Movement(kind=kind, holding=holding, **(facts | more))


def of(made: Case, *movements: Movement) -> tuple[QuantityLine, ...]:
    """The quantity lines, alike whether they are decided so or brought forward from a decision of before."""
    at_once = _certificate(decide(knowing(made, movements=movements)).documents)
    before = decide(made).documents
    view = made.tables.at(made.plan.on)
    forward = _certificate(with_progress(before, own_positions(movements), view))
    assert [numbers(one) for one in at_once] == [numbers(one) for one in forward]
    return at_once


def _certificate(documents: Iterable[DocumentOutcome]) -> tuple[QuantityLine, ...]:
    return next(one.quantity for one in documents if one.reference == CHED)


def numbers(line: QuantityLine) -> Numbers:
    return line.certified, line.others, line.reserved, line.written_off, line.left_after


def read(position: Ledger | None, **more: Any) -> Case:
    return case(None, structs.replace(confirmed(**more), ledger=position, asked_at=READ_AT))


@pytest.mark.parametrize(
    ("movement", "expected"),
    [
        (None, ("500", "100", "0", "0", "400")),
        (moved(MovementKind.RESERVE, OwnQuantity(reserved=(order("100"),))), ("500", "100", "100", "0", "300")),
        (
            moved(MovementKind.RESERVE, OwnQuantity(reserved=(order("0.1", unit="TNE"),))),
            ("500", "100", "100", "0", "300"),
        ),
        (moved(MovementKind.WRITE_OFF, OwnQuantity(written_off=(order("60"),))), ("500", "100", "0", "60", "340")),
        (moved(MovementKind.FORCE, OwnQuantity(written_off=(order("900"),))), ("500", "100", "0", "900", "-500")),
        (moved(MovementKind.RESERVE, OwnQuantity(reserved=(order("5", unit="LTR"),))), ("500", "100", None, "0", None)),
        (
            moved(MovementKind.RESERVE, None, state=MovementState.IN_DOUBT, settled_at=None),
            ("500", "100", None, None, None),
        ),
        (moved(MovementKind.CANCEL, OwnQuantity()), ("500", "100", "0", "0", "400")),
    ],
)
def test_what_is_taken_and_what_is_left(movement: Movement | None, expected: Numbers) -> None:
    (line,) = of(read(ledger("400")), *(() if movement is None else (movement,)))
    assert numbers(line) == expected
    assert (line.read, line.certificate_unit) == (True, "KGM")


def test_what_is_left_counts_our_own_once() -> None:
    """The position was read with our own reservation in it: others have what is certified less that and what is left."""
    held = moved(MovementKind.RESERVE, OwnQuantity(reserved=(order("100"),)))
    (line,) = of(read(ledger("250", (OURS, "100"), (FOREIGN, "150"))), held)
    assert (line.available, numbers(line)) == ("350", ("500", "150", "100", "0", "250"))


def test_what_nobody_told_is_not_known() -> None:
    (line,) = of(read(None))
    assert (line.read, numbers(line)) == (False, ("500", None, "0", "0", None))
    (more_than_certified,) = of(read(ledger("600")))
    assert numbers(more_than_certified) == ("500", None, "0", "0", "600")


def test_items_on_one_line_have_their_own_and_one_rest() -> None:
    twice = declared(milk(1), milk(2, net="50"))
    made = case(twice, structs.replace(confirmed(), ledger=ledger("500"), asked_at=READ_AT))
    lines = (order("100"), order("50", item=2))
    first, second = of(made, moved(MovementKind.RESERVE, OwnQuantity(reserved=lines)))
    assert (first.reserved, second.reserved) == ("100", "50")
    assert (first.left_after, second.left_after) == ("350", "350")


def test_rows_of_one_place_share_what_is_there() -> None:
    item = structs.replace(
        milk(),
        documents=tuple(
            SupportingDocument(type="N853", reference=CHED, quantity=Decimal(value), unit="KGM")
            for value in ("30", "40")
        ),
    )
    made = case(declared(item), structs.replace(confirmed(), ledger=ledger("500"), asked_at=READ_AT))
    rows = of(made, moved(MovementKind.RESERVE, OwnQuantity(reserved=(order("80"),))))
    assert [row.reserved for row in rows] == ["30", "50"]


def test_when_it_was_read_is_noted_beside_the_decision() -> None:
    made = read(ledger("400"))
    decision = decide(made)
    (line,) = _certificate(with_times_of_reading(decision, made.facts).documents)
    assert (line.read_at, line.read) == (READ_AT, True)
    assert with_times_of_reading(decision, decided_without(made)) == decision
    unread = decide(read(None))
    assert with_times_of_reading(unread, made.facts) == unread


def decided_without(made: Case) -> Facts:
    """The facts of a verification of before times of asking were kept."""
    return Facts(verifications=tuple(structs.replace(one, asked_at=None) for one in made.facts.verifications))
