"""Answers of a tariff service, which nobody here wrote, become measures of TARIC."""

import json
from datetime import date
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from tests.builders.taric import load, loaded, measures_of

IN_2022 = date(2022, 4, 1)


def test_the_answer_about_oysters_asks_what_tariffs_ask(corpus: Path, tmp_path: Path) -> None:
    file = corpus / "tariff-answers" / "flat-oysters-for-human-consumption.json"
    found = load(tmp_path / "home", file, as_of=IN_2022)
    rows = {row.place: row for row in measures_of(found)}
    taric = {row.measure.partition("(TARIC ")[2].rstrip(")"): row for row in rows.values()}
    assert sorted(taric) == ["277", "465"], "on the day that counts here, the others are over"
    assert found.report.of(by_officer=False) == {
        "duties: measure type 103": 1, "duties: measure type 142": 47, "duties: measure type 305": 1,
    }  # fmt: skip
    past = {row.measure.partition("(TARIC ")[2].rstrip(")"): row for row in measures_of(found, day=IN_2022)}
    assert sorted(past) == ["277", "350", "410", "465", "750"]
    assert past["410"].all_of == (("999L", "C084", "C640", "N853", "Y058"), ("999L", "C084", "C640", "N853"))
    assert [(one.group, str(one.amount), one.unit) for one in past["410"].group_limits] == [(1, "20", "KGM")]
    assert past["350"].all_of == (("9120", "999L"),)
    assert past["750"].all_of == (("C644", "Y929"),)
    assert "CH" in past["410"].excepted_areas
    assert found.manifest.coverage.goods == ("0307111010",)
    assert found.manifest.coverage.asked == {"0307111010": IN_2022}


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("gb_commodities_api_v2_response_0101000000.json", []),
        ("gb_commodities_api_v2_response_1006101000.json", ["360", "750"]),
        ("ni_headings_api_v2_response_1103.json", []),
    ],
)
def test_answers_in_older_shapes_load(name: str, types: list[str], corpus: Path, tmp_path: Path) -> None:
    found = load(tmp_path / "home", corpus / "tariff-answers" / name)
    assert sorted(row.measure.partition("(TARIC ")[2].rstrip(")") for row in measures_of(found)) == types
    assert found.report.of(by_officer=True) == {}


def test_several_answers_load_together(corpus: Path, tmp_path: Path) -> None:
    files = sorted((corpus / "tariff-answers").glob("*.json"))
    found = load(tmp_path / "home", *files)
    assert set(found.manifest.parts) == {"03", "10"}
    assert found.manifest.coverage.goods == (), "overviews of headings, and days that were not those of the answers"
    again = load(tmp_path / "again", *files, as_of=date(2021, 12, 1))
    assert again.manifest.coverage.goods == ("10061010",)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"data": 1}',
        '{"data": {"attributes": {}}, "included": []}',
        "{" + '"a":{' * 5_000,
        '{"data": null, "included": null}',
        '{"data": {"attributes": {"goods_nomenclature_item_id": "03"}}, "included": []}',
        '{"data": {"attributes": {"goods_nomenclature_item_id": 301000000}}, "included": []}',
    ],
    ids=["cut off", "a number", "no goods code", "deep", "nothing", "another goods code", "no text"],
)
def test_what_is_no_answer_is_refused_by_its_name(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"answer\.json: is no answer of a tariff service"):
        loaded(tmp_path, text, name="answer.json")


def test_a_condition_that_is_not_in_the_answer_is_a_fault(tmp_path: Path) -> None:
    text = """{"data": {"type": "commodity", "id": "1", "attributes": {"goods_nomenclature_item_id": "0307111010"}},
    "included": [{"type": "measure", "id": "7", "attributes": {}, "relationships": {
      "measure_type": {"data": {"id": "410", "type": "measure_type"}},
      "measure_conditions": {"data": [{"id": "8", "type": "measure_condition"}]}}}]}"""
    with pytest.raises(ConfigurationError, match="the condition 8 of measure 7 is not in it"):
        loaded(tmp_path, text, name="answer.json")


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ({"type": "measure", "id": "7", "attributes": {}}, "the measure 7 has no type"),
        ({"type": "section", "id": "1", "attributes": {}}, "the measure 7 is not in it"),
    ],
)
def test_a_measure_that_is_not_whole_is_a_fault_and_never_left_out(
    measure: dict[str, object], says: str, tmp_path: Path
) -> None:
    answer = {
        "data": {
            "type": "commodity",
            "id": "1",
            "attributes": {"goods_nomenclature_item_id": "0307111010"},
            "relationships": {"import_measures": {"data": [{"id": "7", "type": "measure"}]}},
        },
        "included": [measure],
    }
    with pytest.raises(ConfigurationError, match=says):
        loaded(tmp_path, json.dumps(answer), name="answer.json")
