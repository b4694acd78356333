"""Credibility checks that conditions of measures make: what is compared, and what is an officer's."""

from datetime import date
from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.domain.tables.credibility import CheckCondition, TaricCheck
from gateway.domain.tables.in_force import Tables
from gateway.settings.tables.taric_changes import changed_chapters
from gateway.settings.taric import LoadedTaric, read_taric
from gateway.settings.taric.parts import digest_of, texts_of
from tests.builders.credibility import codes_of, wheat
from tests.builders.taric import AS_OF, Record, condition, envelope, limit, loaded, measure, measures_of, tables_of

WHEAT = "1001190000"
TODAY = date(2026, 11, 25)


def ratio(sid: int, amount: str, action: str, code: str = "R", unit: str = "KGM", **more: object) -> Record:
    facts = {"condition__duty__amount": amount, "condition__measurement__unit__code": unit} | more
    return condition(sid, 1, code, "", action, **{name: value for name, value in facts.items() if value})


def value(sid: int, amount: str, action: str, unit: str = "") -> Record:
    return ratio(sid, amount, action, "U", unit, condition__monetary__unit__code="EUR")


def described(kind: str, title: str, movement: int = 0) -> list[Record]:
    return [
        ("measure.type", {
            "measure.type.id": kind, "validity.start.date": "1970-01-01", "trade.movement.code": movement,
            "priority.code": 5, "measure.component.applicable.code": 0, "origin.dest.code": 0,
            "order.number.capture.code": 2, "measure.explosion.level": 10, "measure.type.series.id": "N",
        }),
        ("measure.type.description", {"measure.type.id": kind, "language.id": "EN", "description": title}),
    ]  # fmt: skip


BAND = [ratio(11, "470.001", "10"), ratio(12, "320.000", "28"), ratio(13, "0.000", "10")]


def load(tmp_path: Path, *records: Record) -> LoadedTaric:
    return loaded(tmp_path, envelope("260001", *records), name="full.xml")


def checks_of(found: LoadedTaric, day: date = AS_OF) -> tuple[TaricCheck, ...]:
    taric = read_taric(found.manifest, found.texts)
    return tuple(row for chapter in sorted(taric.parts) for row in taric.finer_checks(chapter, day))


def only(tmp_path: Path, *records: Record) -> TaricCheck:
    found = load(tmp_path, *records)
    assert measures_of(found) == ()
    (row,) = checks_of(found)
    return row


def test_a_ratio_of_masses_becomes_a_check(tmp_path: Path) -> None:
    row = only(tmp_path, *described("482", "restrictions", 2), measure(1, "482", WHEAT), *BAND)
    assert (row.measure, row.measure_type, row.condition, row.taric_unit) == ("1", "482", CheckCondition.MASS, "KGM")
    assert [str(one) for one in row.thresholds] == ["470.001 gives 10", "320.000 gives 28", "0.000 gives 10"]
    assert row.directions == (Direction.IMPORT, Direction.EXPORT)
    assert (row.commodities, row.area, row.legal_basis) == (("100119",), "1011", "R1700750")
    assert not row.published


def test_its_part_has_the_same_text_after_it_was_read(tmp_path: Path) -> None:
    found = load(tmp_path, measure(1, "482", WHEAT), *BAND)
    texts = texts_of(read_taric(found.manifest, found.texts))
    assert texts == found.texts
    assert all(digest_of(text) == digest for digest, text in texts.items())


def test_a_measure_with_two_conditions_makes_two_checks(tmp_path: Path) -> None:
    rows = checks_of(load(tmp_path, measure(1, "483", WHEAT), *BAND, value(21, "5", "28"), value(22, "0", "08")))
    assert [(row.condition, row.currency, row.taric_unit) for row in rows] == [
        (CheckCondition.MASS, None, "KGM"), (CheckCondition.VALUE, "EUR", None),
    ]  # fmt: skip


def test_a_maximum_has_its_documents_and_what_follows_otherwise(tmp_path: Path) -> None:
    records = (limit(11, 1, "E", "20"), condition(12, 1, "E", "C644"), condition(13, 1, "E", "", "08"))
    row = only(tmp_path, measure(1, "485", WHEAT), *records)
    assert (row.condition, row.documents, row.otherwise) == (CheckCondition.MAXIMUM, ("C644",), "08")
    assert row.directions == (Direction.EXPORT,)


def test_a_document_for_a_subheading_is_asked_for(tmp_path: Path) -> None:
    found = load(
        tmp_path, measure(1, "481", WHEAT), condition(11, 1, "B", "C644", "28"), condition(12, 1, "B", "", "08")
    )
    (row,) = measures_of(found)
    assert (row.all_of, row.by_officer, row.directions) == ((("C644",),), (), (Direction.IMPORT,))
    assert checks_of(found) == ()


def test_conditions_that_decide_duty_are_counted(tmp_path: Path) -> None:
    found = load(tmp_path, measure(1, "482", WHEAT), *BAND, ratio(21, "5", "01", "V"))
    assert len(checks_of(found)) == 1
    assert measures_of(found) == ()
    assert found.report.of(by_officer=False) == {"condition V: about prices, which decide duty": 1}


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([ratio(11, "5", "10", unit="KGM"), ratio(12, "6", "28", unit="DTN")], "amounts in different units or currencies"),
        ([ratio(11, "5", "10"), ratio(12, "5.0", "28")], "an amount is given twice"),
        ([ratio(11, "-5", "28")], "an amount below zero"),
        ([condition(11, 1, "R", "", "10")], "without an amount"),
        ([ratio(11, "5", "10", unit="")], "amounts without a unit or currency"),
        ([ratio(11, "5", "10", condition__monetary__unit__code="EUR")], "a ratio of masses with a currency, or without a unit"),
        ([ratio(11, "5", "10", "U")], "a value without a currency"),
        ([ratio(11, "5", "10"), condition(12, 1, "R", "C644", "28")], "a certificate beside a ratio"),
        ([limit(11, 1, "E", "5"), condition(12, 1, "E", "C644", "08")], "a certificate that allows nothing"),
        ([condition(11, 1, "E", "", "29", condition__duty__amount="5", condition__measurement__unit__code="KGM",
                    certificate__type__code="C", certificate__code="644")], "an amount with a certificate"),
        ([ratio(11, "5", "")], "without an action"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_an_officers_and_told(lines: list[Record], what: str, tmp_path: Path) -> None:
    found = load(tmp_path, measure(1, "482", WHEAT), *lines)
    (row,) = checks_of(found)
    assert row.condition is None
    ((noted, count),) = found.report.of(by_officer=True).items()
    assert (noted.split(": ", 1)[1], count) == (what, 1)
    tables = tables_of(found)
    assert "SW-DEC-185" in codes_of(tables, wheat())


@pytest.mark.parametrize(
    ("records", "what"),
    [
        ([measure(1, "482", WHEAT)], "no conditions: measure type 482"),
        ([measure(1, "482", WHEAT), condition(11, 1, "X", "C644")], "condition X"),
        ([measure(1, "430", WHEAT), condition(11, 1, "B", "C644", "30")], "action 30"),
    ],
)
def test_a_measure_without_a_comparison_is_an_officers(records: list[Record], what: str, tmp_path: Path) -> None:
    found = load(tmp_path, *records)
    (row,) = measures_of(found)
    assert row.by_officer
    assert found.report.of(by_officer=True) == {what: 1}
    assert "SW-DEC-240" in codes_of(tables_of(found), wheat())


def test_an_action_that_nobody_knows_is_told(tmp_path: Path) -> None:
    found = load(tmp_path, measure(1, "482", WHEAT), ratio(11, "5", "28"), ratio(12, "0", "99"))
    assert found.report.of(by_officer=True) == {"action 99": 1}
    tables = tables_of(found)
    assert codes_of(tables, wheat(net="400")) == set()
    assert "SW-DEC-184" in codes_of(tables, wheat(net="4"))


def test_a_type_that_is_judged_where_it_is_described(tmp_path: Path) -> None:
    suspicious = [ratio(11, "470.001", "30"), ratio(12, "320.000", "28"), ratio(13, "0.000", "30")]
    plain = tables_of(load(tmp_path, measure(1, "431", WHEAT), *suspicious))
    assert codes_of(plain, wheat(net="500")) == {"SW-DEC-185"}
    (tmp_path / "described").mkdir()
    known = load(
        tmp_path / "described", *described("431", "suspicious net weight"), measure(1, "431", WHEAT), *suspicious
    )
    assert codes_of(tables_of(known), wheat(net="500")) == {"SW-DEC-190"}
    assert codes_of(tables_of(known), wheat(net="400")) == set()


def test_a_check_is_on_goods_of_its_area_and_additional_code(tmp_path: Path) -> None:
    other = measure(2, "103", WHEAT, additional__code__type="8", additional__code="124")
    coded = measure(1, "482", WHEAT, "UA", additional__code__type="8", additional__code="123")
    tables = tables_of(load(tmp_path, coded, other, *BAND))
    assert "SW-DEC-180" in codes_of(tables, wheat(net="500", additional_codes=("8123",)))
    assert codes_of(tables, wheat(net="500", additional_codes=("8124",))) == set()
    assert codes_of(tables, wheat(net="500", origin="US", additional_codes=("8123",))) == set()
    assert codes_of(tables, wheat(net="500")) == {"SW-DEC-189"}
    assert codes_of(tables, wheat(net="500", additional_codes=("8XYZ",))) == {"SW-DEC-189"}, "no measure has that code"


def test_a_measure_in_an_unknown_area_is_an_officers(tmp_path: Path) -> None:
    found = load(tmp_path, measure(1, "482", WHEAT, "9999"), *BAND)
    assert found.report.of(by_officer=True) == {"area 9999": 1}
    assert codes_of(tables_of(found), wheat(net="400")) == {"SW-DEC-185"}


def test_goods_of_fewer_digits_may_come_under_a_check(tmp_path: Path) -> None:
    tables = tables_of(load(tmp_path, measure(1, "482", "1001190010"), *BAND))
    assert codes_of(tables, wheat(net="400", commodity_code="10011900")) == {"SW-DEC-186"}


def test_a_measure_without_a_goods_code_leaves_all_chapters_unjudged(tmp_path: Path) -> None:
    found = load(
        tmp_path, measure(1, "410", "", additional__code__type="8", additional__code="123"), measure(2, "103", "")
    )
    assert len(found.manifest.coverage.unjudged) == 99
    assert found.report.of(by_officer=False) == {"duties: measure type 103": 1}


def test_a_changed_bound_is_listed_among_the_changes(tmp_path: Path) -> None:
    def taric(name: str, *records: Record) -> Tables:
        (tmp_path / name).mkdir()
        return tables_of(load(tmp_path / name, measure(1, "482", WHEAT), *records))

    before, after = taric("before", *BAND), taric("after", *BAND[:2], ratio(13, "10.000", "10"))
    (change,) = changed_chapters(before.taric, after.taric)
    assert (change.new, change.gone) == ((), ())
    assert change.changed == ("1: credibility check (482) on 100119, 1011, from 2020-01-01",)
