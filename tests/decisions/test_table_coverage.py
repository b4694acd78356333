"""What a set of tables covers, with a load of TARIC and without."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.decisions.table_coverage import coverage_of
from gateway.domain.decision import Effect, TaricCover
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.in_force import Tables
from tests.builders.small_cases import case, declared
from tests.builders.story import shipped
from tests.builders.taric import AS_OF, condition, envelope, load, measure, tables_of

DAY = date(2026, 11, 25)
RECORDS = [
    measure(1, "410", "0301000000", "NO"), condition(11, 1, "B", "N853"),
    measure(2, "999", "0302000000"), condition(21, 2, "B", "C644"),
    measure(3, "709", "0301000000", "RU", validity__end__date="2026-11-24"), condition(31, 3, "B", "C068", "25"),
    measure(4, "103", "0301000000"),
]  # fmt: skip


def with_taric(tmp_path: Path, *, whole: bool) -> Tables:
    file = tmp_path / "full.xml"
    file.write_text(envelope("260001", *RECORDS), encoding="utf-8")
    return tables_of(load(tmp_path / "home", file, whole=whole))


def test_measures_in_force_are_counted_by_chapter_and_direction(tmp_path: Path) -> None:
    found = coverage_of(with_taric(tmp_path, whole=True), DAY)
    fish = next(one for one in found.chapters if one.chapter == "03")
    assert (fish.taric_measures, fish.by_officer, fish.taric) == ({"import": 2, "export": 1, "transit": 0}, 1, True)
    assert fish.areas == ("1011", "NO")
    assert found.taric is not None
    assert (found.taric.as_of, found.taric.measures, found.taric.whole) == (AS_OF, 3, True)
    assert found.taric.left_out == {"duties: measure type 103": 1}
    assert found.taric.by_officer == {"measure type 999": 1}
    before = coverage_of(with_taric_again(tmp_path), date(2026, 11, 24))
    fish = next(one for one in before.chapters if one.chapter == "03")
    assert fish.taric_measures["export"] == 2


def with_taric_again(tmp_path: Path) -> Tables:
    (tmp_path / "again").mkdir()
    return with_taric(tmp_path / "again", whole=True)


def test_a_chapter_names_the_formalities_that_its_own_rows_know() -> None:
    found = {one.chapter: one for one in coverage_of(shipped(), DAY).chapters}
    assert "veterinary control of fishery products" in found["03"].formalities
    assert "veterinary control of fishery products" not in found["85"].formalities
    assert not any(":" in name for one in found.values() for name in one.formalities)
    assert all(one.own_measures == 0 for one in found.values() if not one.formalities)
    assert all(list(one.formalities) == sorted(set(one.formalities)) for one in found.values())


@pytest.mark.parametrize(
    ("whole", "code", "cover"), [(True, "SW-DEC-001", TaricCover.WHOLE), (False, "SW-DEC-005", TaricCover.PART)]
)
def test_that_nothing_is_needed_is_stated_only_where_all_measures_are_known(
    whole: bool, code: str, cover: TaricCover, tmp_path: Path
) -> None:
    salt = GoodsItem(number=1, commodity_code="25010099", requested_procedure="40", origin="CL")
    decision = decide(case(declared(salt), tables=with_taric(tmp_path, whole=whole)))
    assert (decision.effect, [one.code for one in decision.findings]) == (Effect.RELEASE, [code])
    assert (decision.rules.coverage, decision.rules.as_of) == (cover, AS_OF)
    ours = decide(case(declared(salt)))
    assert [one.code for one in ours.findings] == ["SW-DEC-005"]
    assert (ours.rules.coverage, ours.rules.as_of, ours.rules.digest) == (TaricCover.NONE, None, shipped().digest)
    assert "Nothing is needed" not in ours.findings[0].remedy


@pytest.mark.parametrize(
    ("item", "more"),
    [
        ({"commodity_code": "25010099"}, {"direction": Direction.TRANSIT, "declaration_type": "T1"}),
        ({"commodity_code": ""}, {}),
    ],
    ids=["in transit", "no commodity code"],
)
def test_a_whole_load_does_not_state_what_it_does_not_judge(
    item: dict[str, Any], more: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "full.xml"
    file.write_text(envelope("260001", *RECORDS), encoding="utf-8")
    tables = tables_of(load(tmp_path / "home", file, whole=True))
    goods = GoodsItem(number=1, requested_procedure="40", origin="CL", **item)
    decision = decide(case(replace(declared(goods), **more), tables=tables))
    assert "SW-DEC-001" not in [one.code for one in decision.findings]
    assert decision.rules.coverage is TaricCover.PART


@pytest.mark.parametrize(("day", "code"), [(AS_OF, "SW-DEC-001"), (date(2026, 10, 31), "SW-DEC-005")])
def test_of_days_before_a_whole_load_it_is_not_stated_that_nothing_is_needed(
    day: date, code: str, tmp_path: Path
) -> None:
    salt = GoodsItem(number=1, commodity_code="25010099", requested_procedure="40", origin="CL")
    decision = decide(case(declared(salt), tables=with_taric(tmp_path, whole=True), on=day, day=day))
    assert [one.code for one in decision.findings] == [code]


def test_nothing_is_needed_does_not_stand_beside_a_country_that_holds(tmp_path: Path) -> None:
    salt = GoodsItem(number=1, commodity_code="25010099", requested_procedure="40", origin="UK")
    decision = decide(case(declared(salt), tables=with_taric(tmp_path, whole=True)))
    assert (decision.effect, [one.code for one in decision.findings]) == (Effect.HOLD, ["SW-DEC-265"])


@pytest.mark.parametrize(
    ("kind", "action", "counted"), [("482", "10", (1, 0)), ("482", "30", (0, 0)), ("431", "30", (1, 1))]
)
def test_checks_are_counted_but_for_those_of_officers_alone(
    kind: str, action: str, counted: tuple[int, int], tmp_path: Path
) -> None:
    amounts = {"condition__duty__amount": "5", "condition__measurement__unit__code": "KGM"}
    records = [
        measure(1, kind, "2501009900", "NO"), condition(11, 1, "R", "", "28", **amounts),
        condition(12, 1, "R", "", action, **(amounts | {"condition__duty__amount": "0"})),
    ]  # fmt: skip
    file = tmp_path / "full.xml"
    file.write_text(envelope("260001", *records), encoding="utf-8")
    found = coverage_of(tables_of(load(tmp_path / "home", file, whole=True)), DAY)
    salt = next(one for one in found.chapters if one.chapter == "25")
    assert (salt.taric_measures["import"], salt.by_officer) == counted
    assert salt.areas == (("NO",) if counted[0] else ())
