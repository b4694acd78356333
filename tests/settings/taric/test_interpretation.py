"""What measures of an extraction ask for: documents, limits, waivers; what is a duty, and what is an officer's."""

from datetime import date
from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.required import TaricRequirement
from gateway.settings.taric import LoadedTaric
from tests.builders.taric import Record, condition, envelope, limit, loaded, measure, measures_of, on, tables_of

OYSTERS = "0307111010"


def load(tmp_path: Path, *records: Record) -> LoadedTaric:
    return loaded(tmp_path, envelope("260001", *records), name="full.xml")


def only(tmp_path: Path, *records: Record) -> TaricRequirement:
    (row,) = measures_of(load(tmp_path, *records))
    return row


def kind(code: str, series: str, movement: int = 0) -> Record:
    return "measure.type", {
        "measure.type.id": code, "validity.start.date": "1970-01-01", "trade.movement.code": movement,
        "priority.code": 5, "measure.component.applicable.code": 0, "origin.dest.code": 0,
        "order.number.capture.code": 2, "measure.explosion.level": 10, "measure.type.series.id": series,
    }  # fmt: skip


def test_and_certificates_stand_in_two_groups_with_their_alternative(tmp_path: Path) -> None:
    """C669 and C670, or C672: one group each for the first two, and the third in both."""
    row = only(
        tmp_path,
        measure(1, "755", "3915100000"),
        condition(11, 1, "B", "C669"),
        condition(12, 1, "B", "C672"),
        condition(13, 1, "B", "", "09"),
        condition(14, 1, "C", "C670"),
        condition(15, 1, "C", "C672"),
        condition(16, 1, "C", "", "09"),
    )
    assert row.all_of == (("C669", "C672"), ("C670", "C672"))
    assert not row.by_officer


def test_a_limit_belongs_to_its_group(tmp_path: Path) -> None:
    row = only(
        tmp_path,
        measure(1, "410", OYSTERS),
        condition(11, 1, "B", "Y058"),
        condition(12, 1, "E", "N853"),
        limit(13, 1, "E", "20"),
        condition(14, 1, "E", "", "09"),
    )
    (found,) = row.group_limits
    assert (found.group, str(found.amount), found.unit, found.currency) == (1, "20", "KGM", "")
    (tmp_path / "gross").mkdir()
    gross = only(
        tmp_path / "gross",
        measure(1, "410", OYSTERS),
        limit(13, 1, "E", "2.5", condition__measurement__unit__qualifier__code="G"),
    )
    assert [(one.unit, str(one.amount)) for one in gross.group_limits] == [("KGMG", "2.5")]


def test_duties_are_left_out_and_counted_by_their_type(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        kind("196", "C"),
        measure(1, "103", OYSTERS),
        measure(2, "196", OYSTERS),
        condition(21, 2, "Q", "U088", "27"),
        measure(3, "196", OYSTERS, "NO"),
    )
    assert measures_of(found) == ()
    assert found.report.of(by_officer=False) == {"duties: measure type 103": 1, "duties: measure type 196": 2}
    assert found.report.of(by_officer=True) == {}


@pytest.mark.parametrize(
    ("records", "why", "counted"),
    [
        pytest.param(
            [measure(1, "999", OYSTERS), condition(11, 1, "B", "N853")],
            "type",
            "measure type 999",
            id="type without a series",
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "X", "N853")], "condition", "condition X", id="condition"
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "B", "N853", "77")], "action", "action 77", id="action"
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "B", "N853", "")], "action", "action (none)", id="no action"
        ),
        pytest.param(
            [measure(1, "410", OYSTERS, "2222"), condition(11, 1, "B", "N853")], "area", "area 2222", id="area"
        ),
        pytest.param(
            [measure(1, "410", OYSTERS)], "prohibition", "no conditions: measure type 410", id="no conditions"
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "B", "", "09")],
            "prohibition",
            "condition B that nothing meets",
            id="a condition that nothing meets",
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "B", "", "29")],
            "contradiction",
            "condition B with action 29",
            id="allowed without saying when",
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "B", "N853", "09")],
            "contradiction",
            "condition B with action 09",
            id="forbidden with a certificate",
        ),
        pytest.param(
            [measure(1, "410", OYSTERS), condition(11, 1, "A", "D008", "27")],
            "condition",
            "no condition about a document: measure type 410",
            id="a restriction with conditions of duties only",
        ),
        pytest.param(
            [
                measure(1, "410", OYSTERS),
                (
                    "measure.excluded.geographical.area",
                    {"measure.sid": 1, "excluded.geographical.area": "1011", "geographical.area.sid": 400},
                ),
                condition(11, 1, "B", "N853"),
            ],
            "contradiction",
            "every country is left out",
            id="every country left out",
        ),
    ],
)
def test_what_is_not_understood_of_a_restriction_is_an_officers(
    records: list[Record], why: str, counted: str, tmp_path: Path
) -> None:
    found = load(tmp_path, *records)
    (row,) = measures_of(found)
    assert why in row.by_officer
    assert counted in found.report.of(by_officer=True)
    assert all(place.startswith("full.xml:") for place in found.report.first.values())


@pytest.mark.parametrize(
    ("series", "restricts"),
    [("A", True), ("B", True), ("C", False), ("F", False), ("J", False), ("M", False), ("S", False)],
)
def test_whether_an_unknown_type_restricts_is_read_from_its_series(
    series: str, restricts: bool, tmp_path: Path
) -> None:
    found = load(tmp_path, kind("998", series, 1), measure(1, "998", OYSTERS), condition(11, 1, "B", "N853"))
    rows = measures_of(found)
    assert [row.directions for row in rows] == ([(Direction.EXPORT,)] if restricts else [])
    assert not any(row.by_officer for row in rows)


def test_a_type_of_a_series_that_nobody_knows_is_an_officers(tmp_path: Path) -> None:
    row = only(tmp_path, kind("998", "Z"), measure(1, "998", OYSTERS), condition(11, 1, "B", "N853"))
    assert row.by_officer == ("type",)


def member(country: str, sid: int, area: int, **more: object) -> list[Record]:
    values = {"geographical.area.sid": sid, "geographical.area.group.sid": area, "validity.start.date": "2000-01-01"}
    return [
        (
            "geographical.area",
            {
                "geographical.area.sid": sid,
                "geographical.area.id": country,
                "validity.start.date": "1970-01-01",
                "geographical.code": 0,
            },
        ),
        ("geographical.area.membership", values | {name.replace("__", "."): value for name, value in more.items()}),
    ]


def area(sid: int, number: str) -> Record:
    return "geographical.area", {
        "geographical.area.sid": sid, "geographical.area.id": number, "validity.start.date": "1970-01-01", "geographical.code": 1,
    }  # fmt: skip


def test_a_measure_applies_to_the_members_that_its_area_has_on_the_day(tmp_path: Path) -> None:
    tables = tables_of(
        load(
            tmp_path,
            area(900, "2005"),
            *member("NO", 1, 900),
            *member("GB", 2, 900, validity__end__date="2020-12-31"),
            *member("IS", 3, 900),
            measure(1, "410", OYSTERS, "2005"),
            (
                "measure.excluded.geographical.area",
                {"measure.sid": 1, "excluded.geographical.area": "IS", "geographical.area.sid": 3},
            ),
            condition(11, 1, "B", "N853"),
        )
    )
    day = date(2020, 6, 1)
    goods = {origin: Goods(OYSTERS, Direction.IMPORT, "40", origin) for origin in ("NO", "GB", "IS", "CL")}
    assert [origin for origin, one in goods.items() if on(tables, one, day)] == ["NO", "GB"]
    assert [origin for origin, one in goods.items() if on(tables, one)] == ["NO"]
    assert on(tables, Goods(OYSTERS, Direction.IMPORT, "40", None)), "of an unknown origin it applies"


def test_an_area_without_members_is_counted_and_its_measures_are_an_officers(tmp_path: Path) -> None:
    found = load(tmp_path, area(900, "2005"), measure(1, "410", OYSTERS, "2005"), condition(11, 1, "B", "N853"))
    (row,) = measures_of(found)
    assert row.by_officer == ("area",)
    assert "area 2005 has no members" in found.report.of(by_officer=True)


def test_on_export_an_area_is_the_destination(tmp_path: Path) -> None:
    tables = tables_of(load(tmp_path, measure(1, "709", OYSTERS, "RU"), condition(11, 1, "B", "C068", "25")))
    there = Goods(OYSTERS, Direction.EXPORT, "10", "FR", "RU")
    assert on(tables, there)
    assert not on(tables, there._replace(destination="JP", origin="RU"))


def test_an_additional_code_decides_whether_a_measure_applies(tmp_path: Path) -> None:
    tables = tables_of(
        load(
            tmp_path,
            measure(1, "410", OYSTERS, additional__code__type="4", additional__code="999"),
            condition(11, 1, "B", "N853"),
            measure(2, "103", OYSTERS, additional__code__type="4", additional__code="998"),
        )
    )
    goods = Goods(OYSTERS, Direction.IMPORT, "40", "NO")
    for codes, applies, may in (((), 0, 1), (("4999",), 1, 0), (("4998",), 0, 0), (("8999",), 0, 1), (("4XYZ",), 0, 1)):
        one = goods._replace(additional_codes=codes)
        found = (
            len(on(tables, one)),
            len([row for row in tables.at(date(2026, 11, 1)).finer_measures(one) if isinstance(row, TaricRequirement)]),
        )
        assert found == (applies, may), codes


def test_a_code_with_few_digits_may_come_under_finer_measures(tmp_path: Path) -> None:
    tables = tables_of(load(tmp_path, measure(1, "410", OYSTERS), condition(11, 1, "B", "N853")))
    found = tables.at(date(2026, 11, 1))
    for code, whole, finer in (
        ("030711", 0, 1),
        ("0307111010", 1, 0),
        ("03071110", 0, 1),
        ("030712", 0, 0),
        ("030711109", 0, 0),
    ):
        goods = Goods(code, Direction.IMPORT, "40", "NO")
        rows = (found.measures(goods), found.finer_measures(goods))
        assert [len([row for row in one if isinstance(row, TaricRequirement)]) for one in rows] == [whole, finer], code


@pytest.mark.parametrize("known", ["25", "24"])
def test_what_is_not_understood_is_not_narrowed_by_what_is(known: str, tmp_path: Path) -> None:
    """Directions and procedures of the actions that are known say nothing of the condition that is not."""
    row = only(
        tmp_path,
        kind("999", "B", 2),
        measure(1, "999", OYSTERS),
        condition(11, 1, "B", "C672", known),
        condition(12, 1, "XX", "C669", "26"),
    )
    assert row.by_officer == ("condition",)
    assert (set(row.directions), row.procedures) == ({Direction.IMPORT, Direction.EXPORT}, ())


def test_an_allowed_subheading_is_a_group_of_its_own(tmp_path: Path) -> None:
    row = only(
        tmp_path, measure(1, "465", OYSTERS), condition(11, 1, "B", "Y900"),
        condition(12, 1, "C", "C669", "28"), condition(13, 1, "C", "", "08"),
    )  # fmt: skip
    assert (row.all_of, row.by_officer) == ((("Y900",), ("C669",)), ())


@pytest.mark.parametrize("code", ["D", "K", "P", "S"])
def test_conditions_about_no_document_are_an_officers_on_a_restriction(code: str, tmp_path: Path) -> None:
    row = only(
        tmp_path, measure(1, "465", OYSTERS), condition(11, 1, "B", "Y900"),
        condition(12, 1, code, "C669"), condition(13, 1, code, "", "09"),
    )  # fmt: skip
    assert row.by_officer == ("condition",)


def test_a_document_in_a_condition_about_prices_is_an_officers(tmp_path: Path) -> None:
    row = only(tmp_path, measure(1, "465", OYSTERS), condition(11, 1, "B", "Y900"), condition(12, 1, "V", "C669"))
    assert row.by_officer == ("contradiction",)


def test_more_than_one_certificate_means_all_of_them(tmp_path: Path) -> None:
    row = only(
        tmp_path, measure(1, "465", OYSTERS), condition(11, 1, "Z", "C669"),
        condition(12, 1, "Z", "C670"), condition(13, 1, "Z", "", "09"),
    )  # fmt: skip
    assert (row.all_of, row.by_officer) == ((("C669",), ("C670",)), ())


def test_an_amount_in_a_condition_about_documents_lets_nothing_through(tmp_path: Path) -> None:
    row = only(
        tmp_path, measure(1, "465", OYSTERS), limit(11, 1, "B", "1000"),
        condition(12, 1, "B", "C672"), condition(13, 1, "B", "", "09"),
    )  # fmt: skip
    assert row.by_officer == ("contradiction",)


def test_a_measure_about_the_subheading_that_decides_duty_alone_asks_nothing(tmp_path: Path) -> None:
    found = load(tmp_path, measure(1, "484", OYSTERS), limit(11, 1, "V", "5"))
    assert measures_of(found) == ()
    assert found.report.of(by_officer=True) == {}
