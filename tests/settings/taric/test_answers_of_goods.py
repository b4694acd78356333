"""What answers of a tariff service about goods of all kinds ask, as an officer reads them."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.required import TaricRequirement
from gateway.settings.taric import LoadedTaric
from tests.builders.taric import AS_OF, load, loaded, measures_of, on, tables_of
from tests.builders.tariff_answers import Answer, Lines

NO = ("B", "", "09")


def of(tmp_path: Path, answer: Answer, as_of: date = AS_OF) -> LoadedTaric:
    return load(tmp_path / "home", answer.file(tmp_path / "answers"), as_of=as_of)


def only(tmp_path: Path, answer: Answer) -> TaricRequirement:
    (row,) = measures_of(of(tmp_path, answer))
    return row


@pytest.mark.parametrize(
    ("goods", "kind", "lines", "asks"),
    [
        ("0102290500", "410", [("B", "C640", "29"), NO], (("C640",),)),
        ("1209918000", "360", [("B", "N851", "29"), ("B", "Y930", "29"), NO], (("N851", "Y930"),)),
        ("1001990000", "750", [("B", "C644", "29"), ("B", "Y929", "29"), NO], (("C644", "Y929"),)),
        ("4407110000", "747", [("B", "C690", "29"), ("B", "Y057", "29"), NO], (("C690", "Y057"),)),
        ("4302190000", "710", [("B", "C400", "29"), ("B", "Y900", "29"), NO], (("C400", "Y900"),)),
        (
            "2903450000",
            "724",
            [("B", "C057", "24"), ("B", "C082", "24"), ("B", "Y926", "24"), ("B", "", "04")],
            (("C057", "C082", "Y926"),),
        ),
        ("9705100000", "763", [("B", "L136", "24"), ("B", "Y903", "24"), ("B", "", "04")], (("L136", "Y903"),)),
        ("7201100000", "999", [("B", "C044", "24"), ("B", "", "04")], (("C044",),)),
    ],
    ids=["live cattle", "seeds", "organic", "FLEGT", "CITES", "F-gases", "cultural goods", "a type of series B"],
)
def test_goods_of_all_kinds_ask_for_their_documents_on_import(
    goods: str, kind: str, lines: Lines, asks: object, tmp_path: Path
) -> None:
    row = only(tmp_path, Answer(goods).measure("1", kind, lines))
    assert (row.all_of, row.directions, row.by_officer) == (asks, (Direction.IMPORT,), ())


@pytest.mark.parametrize(
    ("goods", "kind", "lines", "asks"),
    [
        ("8471300000", "478", [("Y", "X002", "25"), ("Y", "Y901", "25"), ("Y", "", "05")], (("X002", "Y901"),)),
        ("9705100000", "735", [("B", "E012", "25"), ("B", "Y903", "25"), ("B", "", "05")], (("E012", "Y903"),)),
        ("2903719000", "725", [("B", "E013", "25"), ("B", "", "05")], (("E013",),)),
        ("2403100000", "999", [("B", "Y996", "25"), ("B", "", "05")], (("Y996",),)),
    ],
    ids=["dual use", "cultural goods", "ozone", "a type of series B"],
)
def test_what_stands_in_the_list_of_exports_is_asked_on_export(
    goods: str, kind: str, lines: Lines, asks: object, tmp_path: Path
) -> None:
    answer = Answer(goods).measure("1", kind, lines, movement=1, area="RU", listed=["export"])
    row = only(tmp_path, answer)
    assert (row.all_of, row.directions, row.by_officer) == (asks, (Direction.EXPORT,), ())


def test_a_measure_in_both_lists_is_asked_in_both_directions_whatever_its_type_says(tmp_path: Path) -> None:
    lines = [("B", "C673", "29"), ("B", "Y927", "29"), NO]
    both = Answer("0303430000").measure("1", "719", lines, movement=2, listed=["import", "export"])
    assert only(tmp_path, both).directions == (Direction.IMPORT, Direction.EXPORT)


def test_excluded_areas_and_countries_do_not_come_under_a_measure(tmp_path: Path) -> None:
    answer = Answer("0102290500").area("1013", "FR", "DE").area("2005", "NO", "CL", "CH", "FR")
    answer.measure("1", "410", [("B", "C640", "29"), NO], area="2005", excluded=["1013", "CH"])
    tables = tables_of(of(tmp_path, answer))
    asked = {
        country: bool(on(tables, Goods("0102290500", Direction.IMPORT, "40", country)))
        for country in ("NO", "CL", "CH", "FR", "US")
    }
    assert asked == {"NO": True, "CL": True, "CH": False, "FR": False, "US": False}


def test_an_area_whose_members_are_areas_is_an_officers(tmp_path: Path) -> None:
    answer = Answer("0102290500").area("2005", "2006", "NO").area("2006", "CL")
    found = of(tmp_path, answer.measure("1", "410", [("B", "C640", "29"), NO], area="2005"))
    (row,) = measures_of(found)
    assert row.by_officer == ("area",)
    assert "area 2005 has areas as members" in found.report.of(by_officer=True)


def test_additional_codes_prohibitions_and_limits(tmp_path: Path) -> None:
    limit: dict[str, object] = {"condition_duty_amount": "5.500", "condition_measurement_unit_code": "HLT"}
    qualified = limit | {"condition_measurement_unit_qualifier_code": "G"}
    answer = Answer("2710124500")
    answer.measure("1", "475", [("B", "Y824", "29"), NO], additional="4099")
    answer.measure("2", "465", series="A", area="RU")
    answer.measure("3", "420", [("E", "", "24", qualified), ("E", "L001", "24"), ("E", "", "04")])
    answer.measure(
        "4", "763", [("E", "", "24", {"condition_duty_amount": 18000.0, "condition_monetary_unit_code": "EUR"})]
    )
    rows = {row.place[-1]: row for row in measures_of(of(tmp_path, answer))}
    assert (rows["1"].additional_code, rows["1"].all_of) == ("4099", (("Y824",),))
    assert (rows["2"].by_officer, rows["2"].area) == (("prohibition",), "RU")
    assert [(str(one.amount), one.unit) for one in rows["3"].group_limits] == [("5.500", "HLTG")]
    assert [(str(one.amount), one.currency) for one in rows["4"].group_limits] == [("18000.0", "EUR")]


def test_measures_of_all_series_are_judged_or_counted(tmp_path: Path) -> None:
    answer = Answer("2203000000")
    for number, series in enumerate("ABCDEFJMNOPQRS", 1):
        answer.measure(str(number), f"9{number:02}", [("B", "C044", "29"), NO], series=series)
    answer.measure("90", "DPO", series=None).measure("91", "CEX", series="Q").measure("92", "998", series="X")
    found = of(tmp_path, answer)
    assert sorted(row.place for row in measures_of(found) if not row.by_officer) == [
        "TARIC measure 1",
        "TARIC measure 2",
    ]
    counted = found.report.of(by_officer=False)
    assert {f"duties: measure type 9{number:02}" for number in range(3, 15)} | {"duties: measure type CEX"} == set(
        counted
    )
    assert set(found.report.of(by_officer=True)) == {"measure type DPO", "measure type 998"}


def one_measure() -> Answer:
    lines: Lines = [
        ("B", "N853", "29"),
        NO,
        ("E", "N853", "29"),
        ("E", "", "29", {"condition_duty_amount": 20}),
        ("E", "", "09"),
    ]
    return Answer("0307111010").area("1008", "US", "CN").measure("1", "410", lines, area="1008", excluded=["CH"])


def changed(change: Callable[[Any], object]) -> str:
    answer = json.loads(one_measure().text())
    change(answer)
    return json.dumps(answer)


def measure_in(answer: Any) -> Any:
    return next(one for one in answer["included"] if one["type"] == "measure")


SURVIVED: dict[str, Callable[[Any], object]] = {
    "another order": lambda answer: answer["included"].reverse(),
    "no flags": lambda answer: measure_in(answer)["attributes"].clear(),
    "null for attributes": lambda answer: measure_in(answer).update(attributes=None),
    "null for legal acts": lambda answer: measure_in(answer)["relationships"].update(legal_acts={"data": None}),
    "no components": lambda answer: measure_in(answer)["relationships"].pop("measure_components"),
    "excluded under another name": lambda answer: measure_in(answer)["relationships"].update(
        excluded_geographical_areas=measure_in(answer)["relationships"].pop("excluded_countries")
    ),
    "more members": lambda answer: [
        one["relationships"].update(measure_condition_permutation_groups={"data": None}) for one in answer["included"]
    ],
    "null for codes": lambda answer: [
        one["attributes"].update(document_code=one["attributes"].get("document_code") or None) for one in answer["included"]
    ],
    "more around it": lambda answer: answer.update(meta=None, links={}, jsonapi={"version": "1.0"}),
}  # fmt: skip


@pytest.mark.parametrize("change", SURVIVED.values(), ids=SURVIVED)
def test_what_an_answer_may_lack_or_have_besides_changes_nothing(
    change: Callable[[Any], object], tmp_path: Path
) -> None:
    (row,) = measures_of(loaded(tmp_path, changed(change), name="answer.json"))
    assert row.all_of == (("N853",), ("N853",))
    assert [str(one.amount) for one in row.group_limits] == ["20"]
    assert (row.area, row.excepted_areas, row.by_officer) == ("1008", ("CH",), ())


def test_without_a_list_of_what_is_included_measures_that_are_named_are_missed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the measure 1 is not in it"):
        loaded(tmp_path, changed(lambda answer: answer.pop("included")), name="answer.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda answer: answer["data"].update(relationships=7), "is no answer of a tariff service"),
        (lambda answer: measure_in(answer).update(attributes="x"), "is no answer of a tariff service"),
        (lambda answer: measure_in(answer)["relationships"]["measure_type"]["data"].update(id={}), "not as in an answer"),
        (
            lambda answer: measure_in(answer)["attributes"].update(effective_end_date="2020-01-01"),
            "measure 1: validity.end.date 2020-01-01 lies before validity.start.date 2021-01-01",
        ),
        (lambda answer: measure_in(answer)["attributes"].update(effective_end_date="soon"), "not as in an answer"),
        (
            lambda answer: answer["included"].append({**measure_in(answer), "attributes": {}}),
            "measure 1 stands in it twice, with different contents",
        ),
    ],
    ids=["no relationships", "no attributes", "no type", "days reversed", "no day", "a measure twice, with two contents"],
)  # fmt: skip
def test_what_stands_where_something_else_belongs_is_told(
    change: Callable[[Any], object], says: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as fault:
        loaded(tmp_path, changed(change), name="answer.json")
    assert says in fault.value.faults[0]


def covered(found: LoadedTaric, day: date) -> bool:
    tables = tables_of(found)
    assert tables.taric is not None
    return tables.taric.covers("0307111010", Direction.IMPORT, day)


def test_an_answer_covers_its_goods_on_the_day_that_was_asked_about_alone(tmp_path: Path) -> None:
    found = of(tmp_path, one_measure())
    assert found.manifest.coverage.asked == {"0307111010": AS_OF}
    days = (date(2026, 10, 31), AS_OF, date(2026, 11, 2))
    assert [covered(found, day) for day in days] == [False, True, False]


@pytest.mark.parametrize("days", [{"effective_end_date": "2026-10-31"}, {"effective_start_date": "2026-11-02"}])
def test_an_answer_with_a_measure_that_is_not_in_force_on_the_day_is_not_of_the_day(
    days: dict[str, Any], tmp_path: Path
) -> None:
    found = of(tmp_path, Answer("0307111010").measure("7", "410", [("B", "N853", "29")], **days))
    assert not covered(found, AS_OF)
    (why,) = found.report.of(by_officer=False)
    assert why.startswith("the answer about 0307111010 is not of 2026-11-01: measure 7 is in force from ")


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer["data"]["relationships"].pop("export_measures"),
        lambda answer: answer["data"]["relationships"].update(export_measures={"links": {}}),
        lambda answer: answer["data"]["attributes"].update(declarable=False),
    ],
    ids=["no exports", "exports elsewhere", "a line that nobody declares"],
)
def test_an_answer_without_all_measures_covers_nothing(change: Callable[[Any], object], tmp_path: Path) -> None:
    found = loaded(tmp_path, changed(change), name="answer.json")
    assert len(measures_of(found)) == 1
    assert not covered(found, AS_OF)
    assert "the answer about 0307111010 is an overview" in next(iter(found.report.of(by_officer=False)))
