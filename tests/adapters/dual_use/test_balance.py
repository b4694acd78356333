"""What is left of a licence, and what declarations hold of it."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.contract import AllocationState, Direction, Money, Quantity, Reference, ReferenceKind, UnexpectedAnswer
from tests.adapters.dual_use.asking import ADAPTER, VALID, B, answer_of, read, verify
from tests.builders.driving import OCCASION, Wire, query, replay


def test_the_position_shows_what_is_left_and_who_used_the_rest(wire: Wire) -> None:
    ledger = wire.run(ADAPTER.position(query("X060", "DU.FR.2026.0000014"), OCCASION))
    (line,) = ledger.lines
    (used,) = ledger.allocations
    assert line.available == Quantity(value=Decimal(5), unit="H87")
    assert used.declaration == Reference(kind=ReferenceKind.MRN, value="26FRD0000000000180")
    assert used.quantity == Quantity(value=Decimal(20), unit="H87")


def test_of_a_licence_by_value_alone_the_amount_is_what_is_left(wire: Wire) -> None:
    answer = verify(wire, "DU.FR.2026.0000010")
    assert answer.certificate is not None
    assert answer.ledger is not None
    assert answer.certificate.lines[0].amount == Money(value=Decimal("2000000.00"), currency="EUR")
    assert answer.ledger.lines[0].available == Quantity(value=Decimal("1250000.00"), unit="EUR")
    assert answer.ledger.allocations[0].quantity == Quantity(value=Decimal("750000.00"), unit="EUR")


def test_of_a_line_by_quantity_and_value_both_are_left(wire: Wire) -> None:
    ledger = wire.run(ADAPTER.position(query("X060", "DU.FR.2026.0000009"), OCCASION))
    (line,) = ledger.lines
    (used,) = ledger.allocations
    assert line.available == Quantity(value=Decimal(5), unit="H87")
    assert line.amount == Money(value=Decimal("150000.00"), currency="EUR")
    assert used.quantity == Quantity(value=Decimal(20), unit="H87")
    assert used.amount == Money(value=Decimal("600000.00"), currency="EUR")


def test_the_position_tells_what_is_reserved_from_what_is_used(wire: Wire) -> None:
    ledger = wire.run(ADAPTER.position(query("X060", "DU.FR.2026.0000015"), OCCASION))
    assert [(one.declaration.value, one.state, one.goods_item, one.quantity.value) for one in ledger.allocations] == [
        ("26FRD0000000000180", AllocationState.CONSUMED, 1, Decimal(10)),
        ("26FRD0000000000204", AllocationState.RESERVED, 1, Decimal(7)),
        ("26FRD0000000000212", AllocationState.RESERVED, 3, Decimal(5)),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"state": "USED"', '"state": "used"'),
        ('"state": "USED"', '"state": "CONSUMED"'),
        ('"value": "3"', '"value": "4"'),
        ('"value": "10", "unit": "H87"', '"value": "10", "unit": "KGM"'),
        ('"value": "10", "unit": "H87"', '"value": "-10", "unit": "H87"'),
        ('"goods_item": 3, "line": 1', '"goods_item": 3, "line": 2'),
        ('"value": "3"', '"value": "-0"'),
        ('"value": "3"', '"value": "--3"'),
        ('"value": "3"', '"value": "+3"'),
        ('"quantity": {"value": "25"', '"quantity": {"value": "-25"'),
    ],
)
def test_a_balance_that_does_not_add_up_is_unexpected(wire: Wire, old: str, new: str) -> None:
    whole = answer_of(wire, "DU.FR.2026.0000015").decode()
    assert old in whole
    with pytest.raises(UnexpectedAnswer):
        read("DU.FR.2026.0000015", whole.replace(old, new, 1).encode())


def test_what_is_left_may_be_below_zero(wire: Wire) -> None:
    whole = answer_of(wire, "DU.FR.2026.0000015").decode()
    ledger = read("DU.FR.2026.0000015", whole.replace('"value": "3"', '"value": "-3.5"', 1).encode()).ledger
    assert ledger is not None
    assert ledger.lines[0].available.value == Decimal("-3.5")


def test_a_use_without_quantity_and_amount_is_unexpected(wire: Wire) -> None:
    answer = json.loads(answer_of(wire, "DU.FR.2026.0000014"))
    answer["licence"]["balance"]["declarations"][0]["quantity"] = None
    with pytest.raises(UnexpectedAnswer):
        read("DU.FR.2026.0000014", json.dumps(answer).encode())


@pytest.mark.parametrize("numbers", [[], [2], [1, 1], [1, 2]])
def test_a_balance_is_about_the_lines_of_the_licence(wire: Wire, numbers: list[int]) -> None:
    answer = json.loads(answer_of(wire, VALID))
    balance = answer["licence"]["balance"]
    balance["lines"] = [{**balance["lines"][0], "line": number} for number in numbers]
    with pytest.raises(UnexpectedAnswer):
        read(VALID, json.dumps(answer).encode())


def test_a_declaration_that_asks_is_told_its_own_part(wire: Wire) -> None:
    asked = replace(
        query("X060", "DU.FR.2026.0000015", Direction.EXPORT),
        declaration=Reference(kind=ReferenceKind.MRN, value="26FRD0000000000204"),
    )
    ledger = wire.run(ADAPTER.position(asked, OCCASION))
    assert [one.quantity.value for one in ledger.allocations] == [Decimal(7)]
    assert ledger.lines[0].available.value == Decimal(3)
    assert wire.sent[-1].path == "/api/v1/export-licences?number=DU.FR.2026.0000015&mrn=26FRD0000000000204"
    by_lrn = replace(asked, declaration=Reference(kind=ReferenceKind.LRN, value="26FRD0000000000204"))
    assert len(wire.run(ADAPTER.position(by_lrn, OCCASION)).allocations) == 3, "an LRN names nobody there"


def cut_short(whole: bytes) -> bytes:
    """An answer that leaves out what declarations took."""
    answer = json.loads(whole)
    answer["licence"]["balance"]["declarations"] = []
    return json.dumps(answer).encode()


@pytest.mark.parametrize("second", ["cut short", "whole", "of lines alone"])
def test_that_nothing_is_held_is_told_by_a_whole_position_only(wire: Wire, second: str) -> None:
    whole = answer_of(wire, "DU.FR.2026.0000009")
    cut = cut_short(whole)
    asked = replace(
        query("X060", "DU.FR.2026.0000009"), declaration=Reference(kind=ReferenceKind.MRN, value="26FRD0000000000180")
    )
    exchange = ADAPTER.position(asked, OCCASION)
    if second == "of lines alone":
        answer = json.loads(cut)
        answer["licence"]["balance"]["lines"] = []
        second_answer = json.dumps(answer).encode()
    else:
        second_answer = whole if second == "whole" else cut
    with pytest.raises(UnexpectedAnswer):
        replay(exchange, (200, cut), (200, second_answer))


def test_a_declaration_without_a_part_is_told_so_by_all_that_was_taken(wire: Wire) -> None:
    for reference in ("DU.FR.2026.0000009", "DU.FR.2026.0000010", VALID):
        asked = replace(query("X060", reference), declaration=Reference(kind=ReferenceKind.MRN, value=B))
        ledger = wire.run(ADAPTER.position(asked, OCCASION))
        assert ledger.lines
        assert ledger.allocations == ()
