"""Areas that nobody knows, or not wholly, leave a measure to an officer: never does one restrict nobody in silence."""

from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.domain.tables.goods import Goods
from gateway.settings.taric import LoadedTaric
from gateway.settings.taric.parts import digest_of, texts_of
from tests.builders.taric import Record, condition, envelope, limit, loaded, measure, measures_of, on, tables_of

OYSTERS = "0307111010"
WHEAT = "1001190000"
LINES = [condition(11, 1, "B", "N853"), condition(12, 1, "B", "", "09")]


def area(sid: int, code: str) -> Record:
    return "geographical.area", {
        "geographical.area.sid": sid, "geographical.area.id": code, "validity.start.date": "1970-01-01",
    }  # fmt: skip


def member(sid: int, of: int) -> Record:
    return "geographical.area.membership", {
        "geographical.area.sid": sid, "geographical.area.group.sid": of, "validity.start.date": "2000-01-01",
    }  # fmt: skip


def left_out(code: str) -> Record:
    return "measure.excluded.geographical.area", {"measure.sid": 1, "excluded.geographical.area": code}


def extract(tmp_path: Path, *records: Record) -> LoadedTaric:
    return loaded(tmp_path, envelope("260001", *records), name="full.xml")


def by(found: LoadedTaric, origin: str, goods: str = OYSTERS) -> list[tuple[str, ...]]:
    """Gives why an officer decides each measure on goods of an origin."""
    return [row.by_officer for row in on(tables_of(found), Goods(goods, Direction.IMPORT, "40", origin))]


@pytest.mark.parametrize("code", ["ABCD", "ZZ", "QX", "R1", "2222"])
def test_an_area_that_nobody_knows_is_an_officers_wherever_goods_come_from(code: str, tmp_path: Path) -> None:
    found = extract(tmp_path, measure(1, "410", OYSTERS, code), *LINES)
    assert [by(found, origin) for origin in ("US", "NO")] == [[("area",)], [("area",)]]
    assert found.report.of(by_officer=True) == {f"area {code}": 1}


@pytest.mark.parametrize("code", ["ABCD", "ZZ", "QX"])
def test_a_check_in_an_area_that_nobody_knows_is_an_officers(code: str, tmp_path: Path) -> None:
    found = extract(
        tmp_path, measure(1, "482", WHEAT, code), limit(11, 1, "R", "320"), limit(12, 1, "R", "0", action__code="10")
    )
    taric = tables_of(found).taric
    assert taric is not None
    (row,) = taric.checks(WHEAT, found.manifest.coverage.as_of)
    assert row.condition is None
    assert taric.applies(row, "US", found.manifest.coverage.as_of)


@pytest.mark.parametrize("code", ["RU", "XS", "XI"])
def test_a_known_country_is_itself_alone(code: str, tmp_path: Path) -> None:
    found = extract(tmp_path, measure(1, "410", OYSTERS, code), *LINES)
    assert (by(found, code), by(found, "US")) == ([()], [])


def test_a_country_that_the_extraction_lists_is_known(tmp_path: Path) -> None:
    found = extract(tmp_path, area(7, "ZZ"), area(8, "QZ"), measure(1, "410", OYSTERS, "ZZ"), *LINES)
    assert (by(found, "ZZ"), by(found, "US")) == ([()], [])
    assert found.report.of(by_officer=True) == {}


def test_that_the_extraction_lists_the_union_makes_no_country_of_it(tmp_path: Path) -> None:
    found = extract(tmp_path, area(8, "QZ"), measure(1, "410", OYSTERS, "QZ"), *LINES)
    assert by(found, "DE") == [("area",)]


@pytest.mark.parametrize("code", ["ABCD", "ZZ", "2222"])
def test_an_excluded_area_that_nobody_knows_excludes_nothing_and_is_told(code: str, tmp_path: Path) -> None:
    found = extract(tmp_path, measure(1, "410", OYSTERS), left_out(code), *LINES)
    assert by(found, "US") == [()]
    assert found.report.of(by_officer=False) == {f"excluded area {code} is not known: nothing is excluded by it": 1}


def test_an_area_with_a_member_in_no_file_is_not_known(tmp_path: Path) -> None:
    members = [area(900, "2005"), area(1, "NO"), member(1, 900), member(2, 900)]
    found = extract(tmp_path, *members, measure(1, "410", OYSTERS, "2005"), *LINES)
    assert [by(found, origin) for origin in ("NO", "CL", "US")] == [[("area",)]] * 3
    assert found.report.of(by_officer=True) == {
        "area 2005": 1, "area 2005 has the member number 2, which is in no file": 1,
    }  # fmt: skip


def test_an_excluded_area_with_a_member_in_no_file_excludes_nothing(tmp_path: Path) -> None:
    members = [area(900, "2005"), area(1, "NO"), member(1, 900), member(2, 900)]
    found = extract(tmp_path, *members, measure(1, "410", OYSTERS), left_out("2005"), *LINES)
    assert by(found, "NO") == [()]
    assert "excluded area 2005 is not known: nothing is excluded by it" in found.report.of(by_officer=False)


def test_members_of_an_area_in_no_file_are_told(tmp_path: Path) -> None:
    found = extract(tmp_path, area(1, "NO"), member(1, 900), measure(1, "410", OYSTERS, "2005"), *LINES)
    assert measures_of(found)[0].by_officer == ("area",)
    assert "area number 900, which has members, is in no file" in found.report.of(by_officer=True)


def test_what_nobody_knows_is_kept_with_the_set(tmp_path: Path) -> None:
    found = extract(tmp_path, measure(1, "410", OYSTERS, "ZZ"), *LINES)
    taric = tables_of(found).taric
    assert taric is not None
    assert {digest_of(text) for text in texts_of(taric).values()} == set(found.manifest.digests)


def test_the_union_has_its_member_states(tmp_path: Path) -> None:
    found = extract(tmp_path, measure(1, "410", OYSTERS), left_out("EU"), *LINES)
    assert (by(found, "DE"), by(found, "US"), by(found, "GB")) == ([], [()], [()])
    assert found.report.of(by_officer=True) == {}
