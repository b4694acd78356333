"""Measures against one country: whom they concern, and what lifts them."""

from datetime import date

import pytest

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.decisions.lookup import DependsOn, StatedGoods, requirements
from gateway.domain.decision import Effect
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.builders.small_cases import DAY, case, codes, declared
from tests.builders.story import shipped

BANNED, BANNED_ALTOGETHER, MISSING = "SW-DEC-194", "SW-DEC-195", "SW-DEC-010"
NOT_ALLOWED, UNVERIFIED = "SW-DEC-013", "SW-DEC-015"
COUNTRY = "SW-DEC-199"
SHIRTS = "6109100010"
"""Banned from North Korea as textiles, and in part as luxury goods."""


def goods(code: str, *statements: str, origin: str | None = None, to: str | None = None) -> Declaration:
    item = GoodsItem(
        number=1,
        commodity_code=code,
        requested_procedure="40" if to is None else "10",
        previous_procedure="00",
        origin=origin,
        country_of_destination=to,
        references=tuple(AdditionalReference(type=kind) for kind in statements),
    )
    return declared(item, direction=Direction.IMPORT if to is None else Direction.EXPORT)


def of_regulations() -> list[RequiredDocuments]:
    return [row for row in shipped().required if row.place.startswith("requirements/sanctions/")]


def test_goods_of_no_declared_origin_are_neither_taken_for_banned_ones_nor_released() -> None:
    assert BANNED in codes(decide(case(goods(SHIRTS, origin="KP"), tables=shipped())))
    unknown = codes(decide(case(goods(SHIRTS), tables=shipped())))
    assert (unknown.count(COUNTRY), {BANNED, MISSING} & {*unknown}) == (1, set())
    assert not {BANNED, MISSING} & {*codes(decide(case(goods(SHIRTS, origin="BD"), tables=shipped())))}


def test_who_asks_without_an_origin_reads_what_depends_on_it() -> None:
    asked = StatedGoods(commodity_code=SHIRTS, direction=Direction.IMPORT, procedure="40")
    found = {one.row.measure: one.depends_on for one in requirements(shipped().at(DAY), asked).may_apply}
    assert found["North Korea: textiles"] == (DependsOn.ORIGIN,)


def test_a_statement_about_one_ban_contradicts_no_other_one() -> None:
    textiles = codes(decide(case(goods(SHIRTS, "Y084", origin="KP"), tables=shipped())))
    assert (BANNED in textiles, MISSING in textiles, NOT_ALLOWED in textiles) == (False, True, False)
    both = codes(decide(case(goods(SHIRTS, "Y084", "Y948", origin="KP"), tables=shipped())))
    assert not {BANNED, MISSING, NOT_ALLOWED} & {*both}


@pytest.mark.parametrize(
    ("code", "statement"),
    [("8482109000", "Y863"), ("8703241000", "Y821"), ("8807300000", "Y847"), ("8542319000", "Y995")],
)
def test_what_may_not_go_to_russia_may_go_elsewhere_or_under_an_exception(code: str, statement: str) -> None:
    held = {BANNED, MISSING}
    dual_use = "Y901"
    assert held & {*codes(decide(case(goods(code, dual_use, to="RU"), tables=shipped())))}
    assert not held & {*codes(decide(case(goods(code, dual_use, statement, to="RU"), tables=shipped())))}
    assert not held & {*codes(decide(case(goods(code, dual_use, to="US"), tables=shipped())))}


@pytest.mark.parametrize("code", ["3004900000", "1001990000", "4901990000", "9503004100", "0406902100"])
def test_ordinary_goods_go_to_russia(code: str) -> None:
    assert not {BANNED, MISSING} & {*codes(decide(case(goods(code, to="RU"), tables=shipped())))}


@pytest.mark.parametrize(
    ("code", "statement", "origin", "to"),
    [
        ("7208510000", "Y825", "RU", None),  # a contract of before 16.3.2022
        ("7208510000", "Y859", "RU", None),  # presented before the ban counted
        ("8481100000", "Y832", None, "RU"),
        ("2523100000", "Y806", "BY", None),
        ("2523100000", "Y870", "BY", None),
        ("8807300000", "Y994", None, "RU"),
    ],
)
def test_a_contract_or_a_day_of_before_a_ban_lifts_it_when_an_officer_has_seen_what_proves_it(
    code: str, statement: str, origin: str | None, to: str | None
) -> None:
    stated = goods(code, statement, *(("Y901",) if to else ("Y137",)), origin=origin, to=to)
    decision = decide(case(stated, tables=shipped()))
    assert (decision.effect, {*codes(decision)} & {BANNED, MISSING, NOT_ALLOWED, UNVERIFIED}) == (
        Effect.HOLD,
        {UNVERIFIED},
    )
    word = Verification(type=statement, reference="", status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    seen = decide(case(stated, word, tables=shipped()))
    assert not {BANNED, MISSING, NOT_ALLOWED, UNVERIFIED} & {*codes(seen)}
    assert seen.effect is Effect.RELEASE


def test_a_time_that_was_left_to_contracts_and_has_ended_lifts_nothing() -> None:
    assert BANNED in codes(decide(case(goods("4407110000", "Y805", "Y057", origin="BY"), tables=shipped())))
    assert BANNED in codes(decide(case(goods("2701121000", "Y838", origin="RU"), tables=shipped())))


@pytest.mark.parametrize(
    ("code", "origin", "to", "lifted_by"),
    [
        ("2709009000", "IR", None, "Y949"),
        ("3901209000", "IR", None, "Y949"),
        ("7207110000", "DE", "IR", "Y949"),
        ("8542319000", "DE", "BY", "Y801"),
        ("8482109000", "DE", "BY", "Y867"),
    ],
)
def test_what_was_brought_back_against_iran_and_taken_over_for_belarus_is_held_until_it_is_said_to_be_none_of_it(
    code: str, origin: str, to: str | None, lifted_by: str
) -> None:
    held, dual_use = {BANNED, MISSING}, "Y901"
    before = date(2021, 1, 1)
    assert held & {*codes(decide(case(goods(code, dual_use, origin=origin, to=to), tables=shipped())))}
    assert not held & {*codes(decide(case(goods(code, dual_use, lifted_by, origin=origin, to=to), tables=shipped())))}
    assert not held & {
        *codes(decide(case(goods(code, dual_use, origin=origin, to=to), tables=shipped(), day=before, on=before)))
    }


def test_natural_gas_of_russia_is_banned_from_the_day_on_of_its_article() -> None:
    for code, day in (
        ("2711110000", date(2026, 4, 25)),
        ("2711210000", date(2026, 3, 18)),
        ("2711110000", date(2027, 1, 1)),
    ):
        assert BANNED_ALTOGETHER in codes(decide(case(goods(code, origin="RU"), tables=shipped(), day=day, on=day))), (
            code,
            day,
        )
    for origin in ("US", "QA", "NO"):
        assert BANNED_ALTOGETHER not in codes(decide(case(goods("2711110000", origin=origin), tables=shipped())))
    before = date(2026, 4, 24)
    assert BANNED_ALTOGETHER not in codes(
        decide(case(goods("2711110000", origin="RU"), tables=shipped(), day=before, on=before))
    )


def test_each_measure_is_against_countries_and_in_the_directions_in_which_it_names_them() -> None:
    rows = of_regulations()
    assert len({row.place.split(":")[0] for row in rows}) == 12
    for row in rows:
        exported = row.directions == (Direction.EXPORT,)
        countries = (row.destinations, row.excepted_destinations) if exported else (row.origins, row.excepted_origins)
        assert any(countries), row.place
        assert exported or Direction.EXPORT not in row.directions, row.place
        assert not exported or not (row.origins or row.excepted_origins), row.place


def test_what_was_read_in_no_law_of_belarus_bans_only_goods_whose_lists_are_publicly_known() -> None:
    rows = [row for row in of_regulations() if row.measure.startswith("Belarus: ")]
    assert {row.measure for row in rows if not row.only_told} == {
        "Belarus: wood: import ban", "Belarus: cement: import ban", "Belarus: aviation: export ban",
        "Belarus: iron and steel: import ban", "Belarus: rubber: import ban", "Belarus: potassium chloride: import ban",
        "Belarus: petroleum products: import ban", "Belarus: common high priority goods: export ban",
        "Belarus: goods for the industry of Belarus: export ban",
        "Belarus: goods for the industry of Belarus: export ban: 2",
        "Belarus: computers: export ban", "Belarus: cars: export ban of luxury goods",
    }  # fmt: skip
