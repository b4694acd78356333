"""What a row of a pack meets, and how many of that the draw chooses: exactly, and the same again."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec import structs

from gateway.configured_rules import Rules
from gateway.contract import Direction
from gateway.domain.declaration import Declaration, GoodsItem, Kind, PreviousDocument
from gateway.domain.transport import Container, ItemDetails, Package, TransportDetails, TransportDocument
from gateway.wings.controls.order import ControlStage
from gateway.wings.controls.parties.facts import AeoType, TrustedParty
from gateway.wings.controls.risk.criteria import Assessed, Criteria
from gateway.wings.controls.risk.draw import drawn, is_chosen, label
from gateway.wings.controls.risk.pack import (
    Band,
    IfMissing,
    Measure,
    Pack,
    PackKind,
    PackRow,
    RowScope,
    TrustWeight,
    WeightGroup,
)
from tests.builders.offices import rules

__all__ = ["rules"]  # a fixture

DAY = date(2026, 3, 2)
LAST, FIRST = (1 << 256) - 1, 0
"""The greatest number of a draw, which a share of 1 alone chooses, and the smallest."""


def band(to: str | None = None, share: str = "1", **more: Any) -> Band:
    return Band(to=Decimal(to) if to is not None else None, level="M", share=Decimal(share), types=(10,), **more)


def row(*measures: Measure, criterion: str = "C1", bands: tuple[Band, ...] = (band(),), **more: Any) -> PackRow:
    return PackRow(criterion=criterion, measure=measures or (Measure(always=True),), band=bands, **more)


def pack(*rows: PackRow, kind: PackKind = PackKind.NATIONAL, name: str = "p", **more: Any) -> Pack:
    span: dict[str, Any] = {"valid_from": date(2026, 1, 1), **more}
    return Pack(name=name, kind=kind, owner="o", legal_basis="UCC", row=rows or (row(),), **span)


SHIRTS = GoodsItem(
    number=1,
    commodity_code="6109100010",
    requested_procedure="40",
    origin="CN",
    description="Rolex watches",
    net_mass=Decimal(10),
    statistical_value=Decimal(21),
    previous_documents=(PreviousDocument(type="N337", reference="PD1"),),
    more=ItemDetails(packages=(Package(marks="LOT 7"),)),
)
DECLARED = Declaration(
    lrn="R1",
    declarant="FR1",
    importer="FR2",
    direction=Direction.IMPORT,
    kind=Kind.STANDARD,
    declaration_type="IM",
    internal_currency="EUR",
    customs_office="FR001260",
    items=(SHIRTS, structs.replace(SHIRTS, number=2, commodity_code="0401101000", net_mass=None)),
    transport=TransportDetails(
        border_mode="1",
        documents=(TransportDocument(type="N705", reference="BL1"),),
        containers=(Container(number="MSKU1", goods_items=(2,)), Container(number="Msku 2")),
    ),
)


@pytest.fixture
def assess(rules: Rules) -> Callable[..., Assessed]:
    def assessed(*packs: Pack, declaration: Declaration = DECLARED, draw: int = LAST, found: str = "", day: date = DAY, **more: Any) -> Assessed:  # fmt: skip
        return Criteria(packs, day).assess(
            declaration,
            rules.tables.at(DAY),
            version=1,
            findings=lambda _: frozenset({found}),
            draw=lambda _: draw,
            **more,
        )

    return assessed


def met(assessed: Assessed) -> list[int]:
    return [one.goods_item for one in assessed.chosen]


@pytest.mark.parametrize(
    ("scope", "items"),
    [
        (RowScope(), [1, 2]),
        (RowScope(goods=("6109",), origin=("CN", "IN")), [1]),
        (RowScope(goods=("61", "6109", "0401")), [1, 2]),
        (RowScope(direction=(Direction.EXPORT,)), []),
        (RowScope(procedures=("4000",), offices=("FR001260",), parties={"importer": ("FR2",)}), [1, 2]),
        (RowScope(parties={"importer": ("FR2",), "exporter": ("FR2",)}), []),
        (RowScope(procedures=("42",)), []),
        (RowScope(modes=("4", "1")), [1, 2]),
        (RowScope(modes=("3",)), []),
    ],
)
def test_a_scope_is_met(assess: Callable[..., Assessed], scope: RowScope, items: list[int]) -> None:
    assert met(assess(pack(row(scope=scope)))) == items


@pytest.mark.parametrize(
    ("measure", "items"),
    [
        (Measure(list="container", values=("MSKU1",)), [2]),
        (Measure(list="container", values=("MSKU2",)), [1, 2]),
        (Measure(list="container", values=("msku-2",)), [1, 2]),
        (Measure(list="transport_document", values=("BL1",)), [1, 2]),
        (Measure(list="mark", values=("LOT 7",)), [1, 2]),
        (Measure(list="previous_document", values=("PD1",)), [1, 2]),
        (Measure(list="importer", values=("FR1",)), []),
        (Measure(text="rolex|omega"), [1, 2]),
        (Measure(text="ROLEX"), [1, 2]),
        (Measure(text="lot [0-9]"), [1, 2]),
        (Measure(text="^watches"), []),
        (Measure(finding="SW-DEC-190"), [1, 2]),
        (Measure(finding="SW-DEC-191"), []),
        (Measure(compare="net_mass", at_least=Decimal(10)), [1]),
        (Measure(count="items", at_least=Decimal(3)), []),
        (Measure(ratio=("statistical_value", "net_mass"), below=Decimal("2.1")), []),
    ],
)
def test_a_measure_holds(assess: Callable[..., Assessed], measure: Measure, items: list[int]) -> None:
    assert met(assess(pack(row(measure)), found="SW-DEC-190")) == items


def test_a_price_is_exact_at_its_bounds(assess: Callable[..., Assessed]) -> None:
    """At the bound the next band counts, 10^-7 below this one; all measures of a row hold, or none of its bands is met."""
    price, shirts = Measure(price="EUR", per="net_mass"), RowScope(goods=("6109",))
    bands = (band("2.1"), band("3", share="0"))
    packs = pack(row(price, bands=bands, scope=shirts))
    assert [(one.figure, one.chosen) for one in assess(packs).hits] == [("21/10", False)]
    less = structs.replace(DECLARED, items=(structs.replace(SHIRTS, statistical_value=Decimal("20.999999")),))
    assert met(assess(packs, declaration=less)) == [1]
    assert not assess(pack(row(price, Measure(text="omega"), bands=bands, scope=shirts))).hits


def test_what_is_not_declared_is_counted_or_drawn_as_the_first_band(assess: Callable[..., Assessed]) -> None:
    mass = Measure(compare="net_mass", at_least=Decimal(100))
    counted = assess(pack(row(mass)))
    assert (met(counted), [(one.goods_item, one.element) for one in counted.not_assessable]) == ([], [(2, "net_mass")])
    assert met(assess(pack(row(mass, if_missing=IfMissing.ORDER)))) == [2]
    nothing = structs.replace(DECLARED, items=(structs.replace(SHIRTS, net_mass=Decimal(0)),))
    assert assess(pack(row(Measure(price="EUR", per="net_mass"))), declaration=nothing).not_assessable
    assert met(assess(pack(row(Measure(compare="net_mass", below=Decimal(1)))), declaration=nothing)) == [1]


def test_packs_count_in_their_span_and_a_crisis_suspends_for_its_life(assess: Callable[..., Assessed]) -> None:
    crisis = pack(row(criterion="X"), name="crisis", kind=PackKind.CRISIS, suspends=("p",), valid_to=date(2026, 3, 5))
    assert assess(pack(), crisis).packs == ("crisis",)
    assert assess(pack(), crisis, day=date(2026, 3, 6)).packs == ("p",)
    assert assess(pack(valid_to=date(2026, 3, 1))).packs == ()
    assert assess(pack(valid_from=date(2026, 3, 3))).packs == ()


def test_a_measure_that_fails_stops_no_other(assess: Callable[..., Assessed]) -> None:
    assessed = assess(pack(row(Measure(text="("), criterion="BAD"), row()))
    assert (assessed.failed, met(assessed)) == (("BAD",), [1, 2])


def test_the_draw_is_the_same_again_and_no_one_s_without_the_key() -> None:
    """A share is exact at its ends, and within its bounds over 20,000; the label of random rows is another."""
    key, name = b"k" * 32, label("C1", random=False)
    assert drawn(key, name, "d") == drawn(key, name, "d")
    assert len({drawn(one, text, "d") for one in (key, b"l" * 32) for text in (name, label("C1", random=True))}) == 4
    assert not is_chosen(FIRST, Decimal(0))
    assert is_chosen(LAST, Decimal(1))
    chosen = {share: {one for one in range(20_000) if is_chosen(drawn(key, name, str(one)), Decimal(share))} for share in ("0.02", "0.05", "0.10")}  # fmt: skip
    assert 360 <= len(chosen["0.02"]) <= 440
    assert chosen["0.02"] < chosen["0.05"] < chosen["0.10"]


def test_once_chosen_is_chosen(assess: Callable[..., Assessed]) -> None:
    """A draw that chose an earlier version, or the same goods under another number, is not made again."""
    rare = pack(row(bands=(band(share="0.01", stage=ControlStage.AFTER_RELEASE),), scope=RowScope(goods=("6109",))))
    assert met(assess(rare)) == []
    assert met(assess(rare, draw=FIRST)) == [1]
    assert met(assess(rare, before=(label("C1", random=False),))) == [1]
    assert met(assess(rare, before=(label("C1", random=True),))) == []
    (hit,) = assess(rare).hits
    assert (hit.drawn_as, hit.stage, hit.types) == ("criterion|C1", ControlStage.AFTER_RELEASE, ("10",))


FINANCIAL = TrustWeight(
    group=WeightGroup.FINANCIAL,
    types=(AeoType.CUSTOMS, AeoType.BOTH),
    roles=("declarant", "importer"),
    factor=Decimal("0.2"),
    floor=Decimal("0.01"),
)
HALF = 1 << 255
"""A number of a draw that a share of more than a half chooses."""


def weighed(*weights: TrustWeight, **more: Any) -> Pack:
    """A pack whose one row chooses nine in ten."""
    return pack(row(bands=(band(share="0.9"),), weight=WeightGroup.FINANCIAL, **more), weight=weights or (FINANCIAL,))


def aeo(eori: str, *types: AeoType) -> TrustedParty:
    return TrustedParty(eori=eori, types=types)


Assess = Callable[..., Assessed]


@pytest.mark.parametrize(
    ("trusted", "chosen"),
    [
        ((), True),
        ((aeo("FR1", AeoType.CUSTOMS), aeo("FR2", AeoType.CUSTOMS)), False),
        ((aeo("FR1", AeoType.BOTH), aeo("FR2", AeoType.CUSTOMS)), False),
        ((aeo("FR2", AeoType.CUSTOMS),), True),
        ((aeo("FR1", AeoType.CUSTOMS),), True),
        ((aeo("FR1", AeoType.SECURITY), aeo("FR2", AeoType.SECURITY)), True),
        ((aeo("FR1", AeoType.CUSTOMS), aeo("FR3", AeoType.CUSTOMS)), True),
    ],
    ids=["nobody", "both", "both, of two types", "the importer alone", "the declarant alone", "another type", "others"],
)
def test_whoever_stands_in_each_role_has_to_be_trusted(
    assess: Assess, trusted: tuple[TrustedParty, ...], chosen: bool
) -> None:
    """An importer with an authorisation gains nothing where the pack also asks for the declarant's."""
    assert met(assess(weighed(), trusted=trusted, draw=HALF)) == ([1, 2] if chosen else [])


TRUSTED = (aeo("FR1", AeoType.BOTH), aeo("FR2", AeoType.BOTH))


def test_the_share_is_exact_and_never_lower_than_the_floor_nor_higher_than_without(assess: Assess) -> None:
    (hit, _) = assess(weighed(), trusted=TRUSTED).hits
    assert (Fraction(hit.share), hit.weighed) == (Fraction(9, 50), True)
    (hit, _) = assess(weighed(structs.replace(FINANCIAL, floor=Decimal("0.5"))), trusted=TRUSTED).hits
    assert Fraction(hit.share) == Fraction(1, 2)
    (hit, _) = assess(weighed(structs.replace(FINANCIAL, floor=Decimal(1))), trusted=TRUSTED).hits
    assert Fraction(hit.share) == Fraction(9, 10)
    (hit, _) = assess(weighed()).hits
    assert (hit.share, hit.weighed) == ("0.9", False)


def test_the_first_weight_of_the_group_that_is_for_them_counts(assess: Assess) -> None:
    both = structs.replace(FINANCIAL, types=(AeoType.BOTH,), factor=Decimal("0.1"))
    safety = structs.replace(FINANCIAL, group=WeightGroup.SAFETY, factor=Decimal("0.01"))
    customs = (aeo("FR1", AeoType.CUSTOMS), aeo("FR2", AeoType.BOTH))
    for trusted, share in ((TRUSTED, Fraction(9, 100)), (customs, Fraction(9, 50))):
        (hit, _) = assess(weighed(safety, both, FINANCIAL), trusted=trusted).hits
        assert Fraction(hit.share) == share


def test_what_is_elevated_and_what_names_no_group_is_chosen_of_everybody(assess: Assess) -> None:
    """So is what was chosen before: a weight lowers a draw, and takes nothing back."""
    assert met(assess(weighed(elevated=True), trusted=TRUSTED, draw=HALF)) == [1, 2]
    plain = pack(row(bands=(band(share="0.9"),)), weight=(FINANCIAL,))
    assert met(assess(plain, trusted=TRUSTED, draw=HALF)) == [1, 2]
    assert met(assess(weighed(), trusted=TRUSTED, draw=HALF, before=("criterion|C1",))) == [1, 2]


def test_a_role_in_which_nobody_stands_is_trusted_by_nobody(assess: Assess) -> None:
    alone = structs.replace(DECLARED, importer=None)
    assert met(assess(weighed(), trusted=TRUSTED, draw=HALF, declaration=alone)) == [1, 2]
