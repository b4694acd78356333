"""What a remedy offers: nothing that destination, origin or net mass of the goods excludes."""

from decimal import Decimal

import pytest

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.decisions.lookup import StatedGoods, requirements
from gateway.domain.declaration import AdditionalReference, GoodsItem
from tests.builders.small_cases import DAY, case, declared
from tests.builders.story import shipped

GENERAL = {f"X06{number}" for number in range(1, 9)}
"""The Union's general export authorisations."""
IRON = "73181595"
FISH = "03038990"


def offered(item: GoodsItem, direction: Direction) -> str:
    findings = decide(case(declared(item, direction=direction))).findings
    return " ".join(one.remedy for one in findings if one.code == "SW-DEC-010")


@pytest.mark.parametrize(
    ("destination", "general"),
    [
        ("US", {"X061"}),
        ("KR", {"X062", "X063", "X064", "X065", "X066", "X067", "X068"}),
        ("RU", set()),
        (None, GENERAL),
        ("ZZ", GENERAL),
    ],
)
def test_general_authorisations_are_offered_for_the_destinations_that_they_cover(
    destination: str | None, general: set[str]
) -> None:
    laptop = GoodsItem(
        number=1, commodity_code="84713000", requested_procedure="10", country_of_destination=destination
    )
    remedy = offered(laptop, Direction.EXPORT)
    assert {kind for kind in GENERAL if kind in remedy} == general
    assert "X060" in remedy
    stated = StatedGoods(commodity_code="84713000", direction=Direction.EXPORT, procedure="10", destination=destination)
    groups = [group for one in requirements(shipped().at(DAY), stated).measures for group in one.groups]
    assert {one.type for group in groups for one in group.documents} & GENERAL == general


@pytest.mark.parametrize(
    ("origin", "statements"), [("CN", set()), ("FR", {"Y237"}), ("DE", {"Y134", "Y237"}), (None, {"Y134", "Y237"})]
)
def test_a_statement_about_the_origin_is_offered_for_goods_that_can_have_it(
    origin: str | None, statements: set[str]
) -> None:
    stated = StatedGoods(commodity_code=IRON, direction=Direction.IMPORT, procedure="40", origin=origin)
    found = requirements(shipped().at(DAY), stated)
    (group,) = (
        group for one in (*found.measures, *found.may_apply) if "carbon" in one.row.measure for group in one.groups
    )
    waivers = {one.type for one in group.waivers}
    assert waivers & {"Y134", "Y237"} == statements
    assert {"Y135", "Y137"} <= waivers
    if origin is not None:
        remedy = offered(
            GoodsItem(number=1, commodity_code=IRON, requested_procedure="40", origin=origin), Direction.IMPORT
        )
        assert {kind for kind in ("Y134", "Y237") if kind in remedy} == statements
        assert "Y128" in remedy


@pytest.mark.parametrize(
    ("statement", "origin", "admitted"),
    [
        ("Y237", "CN", False),
        ("Y134", "CN", False),
        ("Y237", "FR", True),
        ("Y134", "CH", True),
        ("Y134", "FR", False),
        ("Y137", "CN", True),
    ],
)
def test_a_statement_about_the_origin_is_refused_for_goods_that_cannot_have_it(
    statement: str, origin: str, admitted: bool
) -> None:
    item = GoodsItem(
        number=1,
        commodity_code=IRON,
        requested_procedure="40",
        origin=origin,
        references=(AdditionalReference(type=statement),),
    )
    findings = {one.code for one in decide(case(declared(item, direction=Direction.IMPORT))).findings}
    assert ("SW-DEC-013" not in findings) is admitted
    assert not {"SW-DEC-010", "SW-DEC-001"} & findings


@pytest.mark.parametrize(("mass", "small"), [("20000", False), ("20", True), (None, True)])
def test_a_statement_for_a_small_quantity_is_offered_for_no_more(mass: str | None, small: bool) -> None:
    item = GoodsItem(
        number=1,
        commodity_code=FISH,
        requested_procedure="40",
        origin="AR",
        net_mass=Decimal(mass) if mass is not None else None,
    )
    assert ("Y058" in offered(item, Direction.IMPORT)) is small
