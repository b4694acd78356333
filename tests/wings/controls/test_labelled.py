"""Packs on labelled declarations: how often what they order first is wrong, and patterns that are found exactly."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.domain.declaration import Declaration, GoodsItem, Kind
from tests.benchmarks.risk.labelled import (
    BARS,
    DAY,
    PARTS,
    Labelled,
    assessed,
    criteria_of,
    labelled,
    pack_of,
    precision,
    queue,
    rules_with_levels,
)
from tests.wings.controls.conftest import pack

CORPUS = Path(os.environ.get("GATEWAY_CORPUS", "/nowhere")) / "import-controls"
PLANTED = 10_000
SHIRTS = GoodsItem(number=1, commodity_code="6109100010", requested_procedure="40", origin="CN")
DECLARED = Declaration(
    lrn="R1",
    declarant="FR1",
    direction=Direction.IMPORT,
    kind=Kind.STANDARD,
    declaration_type="IM",
    internal_currency="EUR",
    customs_office="FR001260",
    items=(SHIRTS,),
)


@pytest.mark.whole
@pytest.mark.skipif(not CORPUS.is_dir(), reason="GATEWAY_CORPUS names no corpus with import-controls")
def test_what_is_ordered_first_is_wrong_often_enough(tmp_path: Path) -> None:
    """The bars of `make bench-risk`: a pack that is made of the earlier declarations alone, held against the later ones."""
    known, coming = (labelled(CORPUS / f"df_syn_{one}_eng.csv") for one in ("train", "valid"))
    view = rules_with_levels(tmp_path / "tables").tables.at(DAY)
    ordered = queue(criteria_of(pack_of(known), view), coming, view)
    found = {part: precision(ordered, len(coming), part) for part in PARTS}
    assert {part: wrong / taken for part, (wrong, taken) in found.items() if wrong / taken < BARS[part]} == {}
    by_chance = sum(one.is_wrong for one in coming) / len(coming)
    assert by_chance < min(BARS.values()) / 2
    shuffled = [Labelled(one.declaration, other.is_wrong) for one, other in zip(coming, reversed(coming), strict=True)]
    wrong, taken = precision(queue(criteria_of(pack_of(known), view), shuffled, view), len(coming), 10)
    assert abs(wrong / taken - by_chance) < 0.06


@pytest.mark.parametrize(
    ("measure", "bound"),
    [
        ('{ ratio = ["gross_mass", "net_mass"] }', Decimal("0.9")),
        ('{ price = "EUR", per = "net_mass" }', Decimal("2.1")),
        ('{ compare = "statistical_value" }', Decimal(21)),
    ],
)
def test_a_planted_pattern_is_found_exactly(tmp_path: Path, measure: str, bound: Decimal) -> None:
    """Of 10,000 declarations those that lie below a bound, by as little as can be written, and no other one."""
    view = rules_with_levels(tmp_path / "tables").tables.at(DAY)
    text = pack("planted", "61", measure=measure).replace("band = [{ ", f"band = [{{ to = {bound}, ")
    criteria = criteria_of(text, view)
    planted, found = set[str](), set[str]()
    for number in range(PLANTED):
        below = Decimal("0.0000001") if number % 17 == 0 else Decimal(0)
        item = structs.replace(
            SHIRTS,
            net_mass=Decimal(1 if "compare" not in measure else 7),
            gross_mass=bound - below,
            statistical_value=bound - below,
        )
        one = structs.replace(DECLARED, lrn=f"P{number}", items=(item,))
        planted |= {one.lrn} if below else set()
        found |= {one.lrn} if assessed(criteria, one, view).hits else set()
    assert found == planted
