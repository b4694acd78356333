"""Supplementary units of TARIC (measure type 109) stand over the delivered ones, by the longest beginning of a code that it names."""

from datetime import date
from pathlib import Path

import pytest

from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import SupplementaryUnit
from gateway.settings.tables import load_tables
from gateway.settings.taric import unit_rows
from gateway.settings.taric.records import Update
from gateway.settings.taric.units import GoodsUnit
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY
from tests.builders.story import shipped
from tests.builders.taric import Record, envelope, load, measure
from tests.builders.tariff_answers import Answer, refer
from tests.cli.typed import gateway

BEFORE, PARTS = "0407190000", "4407110000"
"""Eggs, which are counted; pine, whose delivered row names cubic metres."""


def component(sid: int, unit: str, qualifier: str = "", **more: object) -> Record:
    values = {"measure.sid": sid, "duty.expression.id": "99", "measurement.unit.code": unit}
    return "measure.component", values | ({"measurement.unit.qualifier.code": qualifier} if qualifier else {}) | more


def unit_of(tables: Tables, code: str, day: date = DAY) -> str:
    row = tables.at(day).supplementary(code)
    return f"{row.unit} {row.factor}" if row is not None else "-"


def made(tmp_path: Path, *files: Path) -> Tables:
    done = gateway("tables", "load-taric", *map(str, files), "--out", str(tmp_path / "out"), "--since", "2026-01-01")
    assert done.returncode == 0, done.stderr
    return load_tables(CONFIG, tmp_path / "out")


def written(tmp_path: Path, *records: Record, name: str = "260001") -> Path:
    file = tmp_path / f"{name}.xml"
    file.write_text(envelope(name, *records), encoding="utf-8")
    return file


def test_units_of_an_extraction_stand_over_the_delivered_ones(tmp_path: Path) -> None:
    assert (unit_of(shipped(), BEFORE), unit_of(shipped(), PARTS)) == ("H87 1", "MTQ 1")
    file = written(
        tmp_path,
        measure(1, "109", "0407190000"), component(1, "MIL"),
        measure(2, "109", "4407000000"), component(2, "MTK"),
        measure(3, "109", "1704100000"), component(3, "KGM", "E"),
    )  # fmt: skip
    tables = made(tmp_path, file)
    assert unit_of(tables, BEFORE) == "H87 1000"
    assert unit_of(tables, PARTS) == "MTK 1", "what it says of all goods of a heading counts for each of them"
    assert unit_of(tables, "4407913100") == "MTK 1"
    assert unit_of(tables, BEFORE, date(2025, 12, 31)) == "H87 1", "before --since the delivered ones count"
    assert unit_of(tables, "8471300000") == unit_of(shipped(), "8471300000"), "of other goods nothing was said"


def test_a_line_of_csv_names_one_too(tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text(
        "goods_code;origin;measure_type;condition_code;action;unit;valid_from\n0407190000;1011;109;;;MIL;2026-01-01\n"
        "0306140000;1011;410;B;29;;2026-01-01\n",
        encoding="utf-8",
    )
    assert unit_of(made(tmp_path, file), BEFORE) == "H87 1000"


def test_what_belongs_to_duties_is_passed_over(tmp_path: Path) -> None:
    duty = component(1, "DTN", **{"duty.amount": "3.5"})
    found = load(tmp_path / "home", written(tmp_path, measure(1, "103", "0407190000"), duty))
    assert found.units == ()
    assert dict(found.files[0].passed_over) == {"measure.component": 1}


def test_a_daily_file_changes_the_unit(tmp_path: Path) -> None:
    first = written(tmp_path, measure(1, "109", "0407190000"), component(1, "MIL"))
    second = tmp_path / "260002.xml"
    second.write_text(envelope("260002", component(1, "NAR"), update=Update.UPDATE), encoding="utf-8")
    assert [one.unit for one in load(tmp_path / "home", first).units] == ["MIL"]
    assert [one.unit for one in load(tmp_path / "home", second, update=True).units] == ["NAR"]


def test_a_unit_that_nobody_knows_is_named_and_left_out(tmp_path: Path) -> None:
    found = load(tmp_path / "home", written(tmp_path, measure(1, "109", "0407190000"), component(1, "ZZZ")))
    rows = unit_rows(found.units, shipped())
    assert rows.rows == ()
    assert rows.strange == ("260001.xml:1: the supplementary unit ZZZ is in no table: it is left out",)


def test_a_measure_without_a_unit_is_counted(tmp_path: Path) -> None:
    found = load(tmp_path / "home", written(tmp_path, measure(1, "109", "0407190000")))
    assert found.units == ()
    assert "supplementary unit that is not one alone: measure type 109" in [one.what for one in found.report.counts]


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([("NAR", 2020, None), ("MIL", 2022, None)], {2021: "H87 1", 2023: "H87 1000"}),
        ([("NAR", 2020, 2021), ("MIL", 2023, None)], {2020: "H87 1", 2023: "H87 1000"}),
        ([("NAR", 2020, None), ("MIL", 2020, None)], {2020: "H87 1"}),
    ],
)
def test_of_two_measures_the_later_counts(spans: list[tuple[str, int, int | None]], days: dict[int, str]) -> None:
    found = [
        GoodsUnit("040719", unit, date(begins, 1, 1), date(ends, 12, 31) if ends else None, "a:1")
        for unit, begins, ends in spans
    ]
    rows: tuple[SupplementaryUnit, ...] = unit_rows(found, shipped()).rows
    for year, unit in days.items():
        (row,) = (row for row in rows if "040719" in row.commodities and row.in_force(date(year, 6, 1)))
        assert f"{row.unit} {row.factor}" == unit


def test_an_answer_of_a_tariff_service_names_one(tmp_path: Path) -> None:
    answer = Answer("0407190000").measure("1", "109")
    named = {"duty_expression_id": "99", "duty_amount": None, "measurement_unit_code": "MIL"}
    answer.add("measure_component", "1-99", named)
    answer.included["measure", "1"]["relationships"]["measure_components"] = refer("measure_component", "1-99")
    found = load(tmp_path / "home", answer.file(tmp_path))
    assert [(one.commodities, one.unit) for one in found.units] == [("040719", "MIL")]
