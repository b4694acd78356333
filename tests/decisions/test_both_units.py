"""What is declared and what is left, in the certificate's unit and in the declared one."""

from decimal import Decimal

import pytest
from msgspec import structs

from gateway.contract import Ledger, LedgerLine
from gateway.decisions import decide
from gateway.decisions.units import Units
from gateway.domain.decision import Decision, Finding
from gateway.domain.declaration import GoodsItem
from tests.builders.small_cases import case, confirmed, declared, kilograms, milk


def with_quantity(number: int, value: str, unit: str) -> GoodsItem:
    item = milk(number)
    return structs.replace(item, documents=(structs.replace(item.documents[0], quantity=Decimal(value), unit=unit),))


def left(value: str, *items: GoodsItem) -> Decision:
    word = confirmed(ledger=Ledger(lines=(LedgerLine(number=1, available=kilograms(value)),)))
    return decide(case(declared(*items), word, accepted=False))


def exceeded(decision: Decision) -> Finding:
    (finding,) = (f for f in decision.findings if f.code == "SW-DEC-070")
    return finding


@pytest.mark.parametrize(
    ("rest", "unit", "most"),
    [
        ("500", "KGM", "500 kg"),
        ("500", "TNE", "0.5 t"),
        ("500.5", "DTN", "5.005 decitonnes of 100 kg"),
        ("500.0009", "TNE", "0.5 t"),
        ("0.001", "TNE", "0.000001 t"),
    ],
)
def test_the_most_that_can_be_declared_is_never_more_than_is_left(rest: str, unit: str, most: str) -> None:
    finding = exceeded(left(rest, with_quantity(1, "1000", unit)))
    assert finding.remedy == f"Declare at most {most}, or add a certificate for the rest."


@pytest.mark.parametrize(("rest", "unit"), [("0", "KGM"), ("-3", "KGM"), ("0.0005", "TNE")])
def test_nobody_is_told_to_declare_at_most_nothing(rest: str, unit: str) -> None:
    finding = exceeded(left(rest, with_quantity(1, "1000", unit)))
    assert finding.remedy == "Nothing is left to be declared on it: cite another certificate for these goods."


@pytest.mark.parametrize("unit", ["KGM", "TNE", "DTN", "GRM"])
def test_whoever_declares_the_most_is_not_told_so_again(unit: str) -> None:
    finding = exceeded(left("123.4567891", with_quantity(1, "1000000", unit)))
    value = finding.remedy.split(" at most ")[1].split()[0]
    again = left("123.4567891", with_quantity(1, value, unit))
    assert [f.code for f in again.findings if f.code == "SW-DEC-070"] == []


def test_every_item_of_a_line_is_told_in_its_own_unit() -> None:
    finding = exceeded(left("500", with_quantity(1, "6", "DTN"), with_quantity(2, "0.1", "TNE")))
    assert "1: 6 decitonnes of 100 kg = 600 kg; 2: 0.1 t = 100 kg" in finding.message
    assert "the quantity declared is 700 kg (" in finding.message
    assert finding.remedy.startswith("Declare at most 500 kg")


def test_many_items_are_not_all_named() -> None:
    finding = exceeded(left("1", *(with_quantity(n, "1", "KGM") for n in range(1, 30))))
    assert "20: 1 kg; …" in finding.message
    assert "21: " not in finding.message


def test_a_line_shows_both_units_and_never_zero_for_unknown() -> None:
    (line,) = left("500", with_quantity(1, "0.25", "TNE")).documents[0].quantity
    assert (line.declared, line.unit, line.available) == ("250", "KGM", "500")
    assert (line.stated, line.stated_unit, line.stated_available) == ("0.25", "TNE", "0.5")
    assert (line.certificate_available, line.certificate_unit) == ("500", "KGM")
    (pieces,) = left("500", with_quantity(1, "5", "NAR")).documents[0].quantity
    assert (pieces.available, pieces.stated_available, pieces.certificate_available) == (None, None, "500")
    unknown = decide(case(declared(with_quantity(1, "0.25", "TNE")), confirmed(ledger=None))).documents[0].quantity[0]
    assert (unknown.available, unknown.stated_available, unknown.certificate_available) == (None, None, None)
    assert unknown.stated == "0.25"


def test_one_unit_is_written_once() -> None:
    assert Units("KGM").both(Decimal("1.500")) == "1.5 KGM"
    assert Units("KGM", "TNE", Decimal(1000)).both(Decimal("1.5")) == "0.0015 TNE = 1.5 KGM"


@pytest.mark.parametrize("uses", [((1, "300"), (1, "200"), (2, "100")), ((2, "100"), (1, "300"), (1, "200"))])
def test_what_is_exceeded_together_is_no_single_items(uses: tuple[tuple[int, str], ...]) -> None:
    items = []
    for number in dict.fromkeys(number for number, _ in uses):
        (cited,) = milk(number).documents
        cites = [structs.replace(cited, quantity=Decimal(value), unit="KGM") for of, value in uses if of == number]
        items.append(structs.replace(milk(number), documents=tuple(cites)))
    assert exceeded(left("500", *items)).goods_item is None
    assert exceeded(left("499", *(item for item in items if item.number == 1))).goods_item == 1
