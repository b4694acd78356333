"""Figures in the place of a reference: what is read as one, and what a declarant is told of the rest."""

from decimal import Decimal

import pytest

from gateway.contract import OrderLine, Quantity
from gateway.decisions import decide
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, SupportingDocument
from gateway.domain.figures import figure
from gateway.domain.order_lines import in_their_years
from tests.builders.small_cases import case, codes, declared


def gases(*figures: str, kind: str = "Y121", mass: str | None = "90") -> Declaration:
    references = tuple(AdditionalReference(type=kind, reference=one) for one in figures)
    item = GoodsItem(
        number=1,
        commodity_code="29034200",
        requested_procedure="40",
        origin="CN",
        net_mass=None if mass is None else Decimal(mass),
        references=(AdditionalReference(type="Y123", reference="FG-1"), *references),
        documents=(SupportingDocument(type="N380", reference="1"),),
    )
    return declared(item)


@pytest.mark.parametrize("text", ["67.5", "1", "0.000001", "1000000000000", "9999999999999999"])
def test_plain_digits_with_a_point_are_a_figure(text: str) -> None:
    assert figure(text) == Decimal(text)
    assert "SW-DEC-270" not in codes(decide(case(gases(text))))


@pytest.mark.parametrize(
    "text",
    [
        "67,5",
        " 67.5",
        "67.5 t",
        "67.5t",
        "0",
        "-1",
        "+1",
        "1e12",
        "10^12",
        "1 000",
        "67.5.1",
        "٦٧",
        "NaN",
        "12345678901234567",
    ],
)
def test_all_else_is_none(text: str) -> None:
    assert figure(text) is None
    assert "SW-DEC-270" in codes(decide(case(gases(text))))


@pytest.mark.parametrize(("mass", "held"), [("10", True), ("12", False), (None, False)])
def test_a_part_of_the_net_mass_is_no_more_than_that(mass: str | None, held: bool) -> None:
    assert ("SW-DEC-271" in codes(decide(case(gases("12", kind="Y163", mass=mass))))) is held


def taken(value: str, *, item: int = 1, year: int = 2026) -> OrderLine:
    quantity = Quantity(value=Decimal(value), unit="TCE")
    return OrderLine(goods_item=item, certificate_line=year, commodity_code="29034200", quantities=(quantity,))


@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        ([taken("60")], [], [taken("60")]),
        ([taken("60", year=2027)], [taken("40")], [taken("40"), taken("20", year=2027)]),
        ([taken("40", year=2027)], [taken("40")], [taken("40")]),
        ([taken("30", year=2027)], [taken("40")], [taken("30")]),
        ([taken("50", year=2028)], [taken("20"), taken("20", year=2027)], [taken("20"), taken("20", year=2027), taken("10", year=2028)]),
        ([taken("10", item=2, year=2027)], [taken("40")], [taken("10", item=2, year=2027)]),
    ],
)  # fmt: skip
def test_what_was_taken_of_another_year_stays_there(
    wanted: list[OrderLine], before: list[OrderLine], after: list[OrderLine]
) -> None:
    assert list(in_their_years(wanted, before)) == after
