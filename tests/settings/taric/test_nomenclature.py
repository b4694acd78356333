"""Measures on lines of the nomenclature that nobody declares apply to the goods of the lines below them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.domain.tables.goods import Goods
from gateway.settings.taric import LoadedTaric
from tests.builders.taric import Record, condition, envelope, loaded, measure, measures_of, on, tables_of

DAY = date(2026, 11, 1)


def line(sid: int, code: str, suffix: str = "80", indents: int | None = 1, **more: str) -> list[Record]:
    """Gives a line with its indent, since 1970."""
    dates = {"validity.start.date": "1970-01-01"} | {name.replace("__", "."): value for name, value in more.items()}
    goods = {"goods.nomenclature.sid": sid, "goods.nomenclature.item.id": code, "producline.suffix": suffix, **dates}
    records: list[Record] = [("goods.nomenclature", goods | {"statistical.indicator": 0})]
    return records if indents is None else [*records, indent(1000 + sid, sid, indents)]


def indent(sid: int, goods: int, indents: int, since: str = "1970-01-01") -> Record:
    return "goods.nomenclature.indents", {
        "goods.nomenclature.indent.sid": sid, "goods.nomenclature.sid": goods, "validity.start.date": since,
        "number.indents": f"{indents:02}",
    }  # fmt: skip


HORSES = [
    *line(1, "0101000000", indents=0),
    *line(2, "0101210000", "10"),  # horses
    *line(3, "0101210000", indents=2),
    *line(4, "0101290000", indents=2),
    *line(5, "0101291000", indents=3),
    *line(6, "0101299000", indents=3),
    *line(7, "0101300000"),  # asses
    *line(8, "0101900000"),
]


def with_measure(tmp_path: Path, sid: int, code: str, *lines: Record, whole: bool = False, **more: Any) -> LoadedTaric:
    records = [*lines, measure(1, "410", code, goods__nomenclature__sid=sid, **more), condition(11, 1, "B", "C640")]
    return loaded(tmp_path, envelope("260001", *records), name="full.xml", whole=whole)


def asked(found: LoadedTaric, *codes: str, day: date = DAY) -> list[str]:
    tables = tables_of(found)
    return [code for code in codes if on(tables, Goods(code, Direction.IMPORT, "40", "US"), day)]


def test_a_measure_on_a_line_between_is_on_the_goods_below_it_and_no_others(tmp_path: Path) -> None:
    found = with_measure(tmp_path, 2, "0101210000", *HORSES)
    all_codes = ("01012100", "01012910", "0101299000", "01013000", "01019000")
    assert asked(found, *all_codes) == ["01012100", "01012910", "0101299000"]
    assert [row.commodities for row in measures_of(found)] == [("010121",), ("010129",)]
    assert {row.place for row in measures_of(found)} == {"TARIC measure 1"}
    assert found.report.of(by_officer=True) == {}
    assert found.manifest.coverage.measures == 1


def test_a_measure_on_a_line_that_is_declared_is_on_all_goods_with_its_digits(tmp_path: Path) -> None:
    assert asked(with_measure(tmp_path, 3, "0101210000", *HORSES), "01012100", "01012910") == ["01012100"]


def test_the_goods_below_a_line_are_those_of_the_day(tmp_path: Path) -> None:
    lines = [
        *HORSES,
        *line(9, "0101260000", indents=2, validity__start__date="2026-07-01"),
        indent(2007, 7, 2, "2026-09-01"),
    ]
    found = with_measure(tmp_path, 2, "0101210000", *lines, validity__end__date="2026-12-31")
    codes = ("010121", "010126", "010130")
    days = {date(2026, 6, 30): ["010121"], date(2026, 7, 1): ["010121", "010126"], date(2026, 9, 1): [*codes]}
    for day, goods in days.items():
        assert asked(found, *codes, day=day) == goods, day
    assert asked(found, *codes, day=date(2026, 12, 31)) == [*codes]
    assert asked(found, *codes, day=date(2027, 1, 1)) == []
    assert asked(found, *codes, day=date(2019, 12, 31)) == []


def test_a_measure_of_one_day_holds_on_it(tmp_path: Path) -> None:
    days: dict[str, Any] = {"validity__start__date": "2026-11-01", "validity__end__date": "2026-11-01"}
    assert asked(with_measure(tmp_path, 2, "0101210000", *HORSES, **days), "010129") == ["010129"]


@pytest.mark.parametrize(
    ("lines", "widest"),
    [
        (
            [*line(1, "0101000000", indents=0), *line(2, "0101210000", "10"), *line(3, "0101210000", indents=None)],
            "0101",
        ),
        ([*line(1, "0101000000", indents=0), *line(2, "0101210000", "10")], "0101"),
        ([*line(2, "0101210000", "10", None), *line(3, "0101210000", indents=2)], "01"),
        ([*line(2, "0101210000", "10", 0), *line(3, "0101210000", indents=2)], "01"),
        ([*line(2, "0101210000", "10", validity__end__date="2019-12-31"), *line(3, "0101210000", indents=2)], "0101"),
    ],
    ids=["an indent is missing", "nothing below", "no indents at all", "between headings", "the line has ended"],
)
def test_where_the_goods_below_a_line_are_not_known_an_officer_decides_about_all_that_can_be(
    lines: list[Record], widest: str, tmp_path: Path
) -> None:
    found = with_measure(tmp_path, 2, "0101210000", *lines)
    (row,) = measures_of(found)
    assert (row.commodities, row.by_officer) == ((widest,), ("goods",))
    assert list(found.report.of(by_officer=True)) == [
        "the goods below line 0101210000 (10) of the nomenclature are not known"
    ]


def test_a_line_that_is_in_no_file_is_read_by_its_digits_and_told_and_its_chapter_is_not_covered(
    tmp_path: Path,
) -> None:
    found = with_measure(tmp_path, 2, "0101210000", whole=True)
    assert asked(found, "01012100", "01012910") == ["01012100"]
    assert found.report.of(by_officer=False) == {
        "on a line of the nomenclature that is in no file: read by its digits": 1
    }
    taric = tables_of(found).taric
    assert taric is not None
    assert not taric.covers("01012910", Direction.IMPORT, DAY)
    assert taric.covers("02011000", Direction.IMPORT, DAY)
