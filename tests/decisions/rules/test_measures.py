"""Measures by destination, bans, what is only told, and what a load of TARIC makes of rows that stand in for it."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.decision import Effect
from gateway.domain.declaration import AdditionalReference, GoodsItem, Kind
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import RequiredDocuments
from tests.builders.small_cases import DAY, altered, case, declared
from tests.builders.story import shipped

BANNED_UNLESS, BANNED, BY_DIGITS, TOLD, COUNTRY_MISSING = (
    "SW-DEC-194",
    "SW-DEC-195",
    "SW-DEC-196",
    "SW-DEC-197",
    "SW-DEC-199",
)
ROW = RequiredDocuments(
    measure="firearms: RU, export",
    commodities=("8482",),
    directions=(Direction.EXPORT,),
    destinations=("RU",),
    banned=True,
    all_of=(("X060", "Y901"),),
    legal_basis="Reg. 1",
    valid_from=date(2020, 1, 1),
    source="a test",
)
ITEM = GoodsItem(number=1, commodity_code="8482101000", requested_procedure="10", country_of_destination="RU")


def of(row: RequiredDocuments) -> Tables:
    """Gives the delivered tables of ordinary goods with a further row."""
    return altered(required=lambda rows: (*rows, row))


def codes(item: GoodsItem, row: RequiredDocuments, **more: object) -> dict[str, Effect]:
    direction = row.directions[0]
    found = decide(case(declared(item, direction=direction, **more), tables=of(row)))
    return {finding.code: finding.effect for finding in found.findings}


def test_a_ban_holds_where_nothing_that_lifts_it_is_declared() -> None:
    assert codes(ITEM, ROW) == {BANNED_UNLESS: Effect.HOLD}
    stated = structs.replace(ITEM, references=(AdditionalReference(type="Y901"),))
    assert BANNED_UNLESS not in codes(stated, ROW)


@pytest.mark.parametrize(
    ("destination", "row", "holds"),
    [
        ("US", ROW, None),
        (None, ROW, COUNTRY_MISSING),
        ("US", replace(ROW, destinations=(), excepted_destinations=("US",)), None),
        ("JP", replace(ROW, destinations=(), excepted_destinations=("US",)), BANNED_UNLESS),
        (None, replace(ROW, destinations=(), excepted_destinations=("US",)), COUNTRY_MISSING),
        ("US", replace(ROW, destinations=()), BANNED_UNLESS),
        (None, replace(ROW, destinations=()), BANNED_UNLESS),
        (None, replace(ROW, banned=False), COUNTRY_MISSING),
    ],
)
def test_a_measure_is_on_its_destinations_and_on_what_is_not_stated(
    destination: str | None, row: RequiredDocuments, holds: str | None
) -> None:
    found = codes(structs.replace(ITEM, country_of_destination=destination), row)
    assert {*found} & {BANNED_UNLESS, COUNTRY_MISSING} == ({holds} if holds else set())
    goods = Goods("8482101000", Direction.EXPORT, "10", None, destination)
    assert row.concerns(goods) is (holds is not None)


def test_on_import_a_destination_says_nothing() -> None:
    row = replace(ROW, directions=(Direction.IMPORT, Direction.EXPORT))
    assert row.concerns(Goods("8482101000", Direction.IMPORT, "40", "CN", "FR"))


def test_what_nothing_lifts_is_an_officers() -> None:
    row = replace(ROW, all_of=())
    assert codes(ITEM, row) == {BANNED: Effect.HOLD}
    assert codes(structs.replace(ITEM, commodity_code="8482"), replace(row, commodities=("848210",))) == {
        BY_DIGITS: Effect.HOLD
    }


def test_returned_goods_are_banned_all_the_same() -> None:
    row = replace(ROW, directions=(Direction.IMPORT,), destinations=())
    item = GoodsItem(number=1, commodity_code="8482101000", requested_procedure="61", additional_procedures=("F01",))
    assert BANNED_UNLESS in codes(item, row)


def test_what_is_only_told_is_told_before_presentation_and_holds_nothing() -> None:
    row = replace(ROW, banned=False, only_told=True)
    assert TOLD not in codes(ITEM, row)
    made = declared(ITEM, direction=Direction.EXPORT, kind=Kind.PRE_LODGED)
    found = {f.code: f.effect for f in decide(case(made, accepted=False, tables=of(row))).findings}
    assert found[TOLD] is Effect.RELEASE
    stated = declared(
        structs.replace(ITEM, references=(AdditionalReference(type="Y901"),)),
        direction=Direction.EXPORT,
        kind=Kind.PRE_LODGED,
    )
    assert TOLD not in {f.code for f in decide(case(stated, accepted=False, tables=of(row))).findings}


def test_what_is_asked_for_is_not_told_beside() -> None:
    """A code of which some goods are told, and goods that their description brings under the same papers."""
    told = replace(ROW, banned=False, only_told=True)
    asked = replace(ROW, banned=False, described=("ball bearings",))
    made = declared(
        structs.replace(ITEM, description="Ball bearings of steel"), direction=Direction.EXPORT, kind=Kind.PRE_LODGED
    )
    tables = altered(required=lambda rows: (*rows, told, asked))
    found = {f.code for f in decide(case(made, accepted=False, tables=tables)).findings}
    assert "SW-DEC-010" in found
    assert TOLD not in found


@pytest.mark.parametrize(
    ("source", "banned", "asked"),
    [
        ("derived; read", False, set()),
        ("derived; read", True, {BANNED_UNLESS}),
        ("the administration", False, {"SW-DEC-010"}),
        ("the administration", True, {BANNED_UNLESS}),
    ],
)
def test_of_union_goods_in_transit_a_ban_asks_and_an_administrations_own_row(
    source: str, banned: bool, asked: set[str]
) -> None:
    row = replace(ROW, directions=(Direction.TRANSIT,), destinations=(), banned=banned, source=source)

    def asking(kind: str) -> set[str]:
        made = structs.replace(declared(ITEM, direction=Direction.TRANSIT), declaration_type=kind)
        return {one.code for one in decide(case(made, tables=of(row))).findings} & {BANNED_UNLESS, "SW-DEC-010"}

    assert asking("T2") == asked
    assert asking("T1") == ({BANNED_UNLESS} if banned else {"SW-DEC-010"})


@pytest.mark.parametrize("dataset", [None, "H7"])
@pytest.mark.parametrize("origin", [None, "ID", "VN"])
def test_of_a_measure_on_some_origins_the_origin_is_asked_first(dataset: str | None, origin: str | None) -> None:
    item = GoodsItem(number=1, commodity_code="441990", requested_procedure="40", origin=origin)
    found = {finding.code for finding in decide(case(declared(item, dataset=dataset))).findings}
    expected = {(None, None): "SW-DEC-199", (None, "ID"): "SW-DEC-010", ("H7", None): TOLD, ("H7", "ID"): "SW-DEC-087"}
    told = found & {"SW-DEC-199", "SW-DEC-010", TOLD, "SW-DEC-087"}
    assert told == ({expected[dataset, origin]} if (dataset, origin) in expected else set())


def test_delivered_rows_by_act_stand_in_for_taric() -> None:
    rows = [row for row in shipped().required if "requirements/" in row.place]
    assert len(rows) > 100
    assert [row.measure for row in rows if not row.is_derived] == []
    assert any(row.only_told for row in rows)
    assert shipped().at(DAY).measures(Goods("0603110000", Direction.IMPORT, "40", "KE"))
