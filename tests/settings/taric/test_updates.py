"""TARIC3 files: a full extraction and the daily files that follow it, each applied whole or not at all."""

import re
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.settings.taric import Extraction
from gateway.settings.taric.records import Update
from tests.builders.taric import Record, condition, envelope, load, measure, measures_of

FULL = [measure(1, "410", "0301000000"), condition(11, 1, "B", "N853"), condition(12, 1, "B", "", "09")]
NEW = [measure(2, "750", "0401000000"), condition(21, 2, "B", "C644")]


def file(tmp_path: Path, number: str, *records: Record) -> Path:
    path = tmp_path / f"{number}.xml"
    path.write_text(envelope(number, *records), encoding="utf-8")
    return path


def goods(found: object) -> list[str]:
    return [row.commodities[0] for row in measures_of(found)]  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    load(tmp_path / "home", file(tmp_path, "260001", *FULL))
    return tmp_path / "home"


def applied(home: Path) -> list[str]:
    extraction = Extraction(home / "records.sqlite")
    try:
        return [one.envelope for one in extraction.files]
    finally:
        extraction.close()


def changed(record: Record, update: Update, **values: object) -> Record:
    kind, before = record
    return kind, {**before, **{name.replace("__", "."): value for name, value in values.items()}, "update": update}


def test_a_daily_file_inserts_updates_and_deletes(home: Path, tmp_path: Path) -> None:
    found = load(
        home,
        file(
            tmp_path,
            "260002",
            *NEW,
            changed(FULL[0], Update.UPDATE, validity__end__date="2026-06-30"),
            changed(FULL[2], Update.DELETE),
        ),
        update=True,
    )
    assert goods(found) == ["0401"], "the other one ended"
    again = load(home, file(tmp_path, "260003", *(changed(one, Update.DELETE) for one in NEW)), update=True)
    assert goods(again) == []
    assert applied(home) == ["260001", "260002", "260003"]


def test_only_the_chapters_that_changed_have_another_part(home: Path, tmp_path: Path) -> None:
    before = load(home, file(tmp_path, "260002", *NEW), update=True)
    more = [measure(3, "750", "0402000000"), condition(31, 3, "B", "C644")]
    after = load(home, file(tmp_path, "260003", *more), update=True)
    assert after.manifest.parts["03"] == before.manifest.parts["03"]
    assert after.manifest.parts["04"] != before.manifest.parts["04"]
    assert after.manifest.common == before.manifest.common


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("260001", "its envelope 260001 was applied before"),
        ("250365", "does not follow 260001, the last one applied: it is out of order"),
        ("260003", "a file between them is missing"),
        ("280001", "a file between them is missing"),
        ("daily", "cannot be told"),
    ],
)
def test_a_file_out_of_order_or_after_a_gap_changes_nothing(number: str, says: str, home: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(ConfigurationError) as fault:
        load(home, file(tmp_path / "other", number, *NEW), update=True)
    assert says in fault.value.faults[0]
    assert applied(home) == ["260001"]


def test_the_first_file_of_a_year_follows_the_last_of_the_year_before_and_a_gap_is_told_as_possible(
    home: Path, tmp_path: Path
) -> None:
    sentence = "whether files between 260001 and 270001 are missing, cannot be told: a year ended"
    found = load(home, file(tmp_path, "270001", *NEW), update=True)
    assert applied(home) == ["260001", "270001"]
    assert found.year_ends == {"270001.xml": sentence}
    assert sentence in found.manifest.coverage.left_out
    later = load(home, file(tmp_path, "270002", changed(FULL[0], Update.UPDATE)), update=True)
    assert later.year_ends == {}, "it was told"
    assert sentence in later.manifest.coverage.left_out, "and stays in what the set covers"


def test_a_file_is_not_applied_twice(home: Path, tmp_path: Path) -> None:
    daily = file(tmp_path, "260002", *(changed(one, Update.UPDATE) for one in FULL))
    load(home, daily, update=True)
    with pytest.raises(ConfigurationError, match="was applied before"):
        load(home, daily, update=True)
    assert applied(home) == ["260001", "260002"]


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([FULL[0]], r"260002\.xml:1: measure 1 is inserted, and there is one already \(260001\.xml:1\)"),
        (
            [changed(NEW[0], Update.UPDATE)],
            r"260002\.xml:1: measure 2 is updated, and there is none: is a file missing before\?",
        ),
        ([*NEW, changed(condition(99, 1, "B"), Update.DELETE)], r"260002\.xml:3: measure\.condition 99 is deleted"),
        ([condition(91, 9, "B", "N853")], r"260002\.xml:1: the measure 9 of this condition is in no file"),
        (
            [measure(3, "410", "0301000000", validity__end__date="2019-01-01")],
            "validity.end.date 2019-01-01 lies before validity.start.date 2020-01-01",
        ),
        ([measure(3, "410", "0301000000", validity__start__date="2020-W01-1")], "'2020-W01-1' is no day"),
        ([measure(3, "410", "03010000")], "is no goods code of ten digits"),
        ([measure(3, "41", "0301000000")], "'41' is no measure type"),
        ([condition(13, 1, "B", condition__duty__amount="1." + "0" * 40)], "at most three decimals"),
    ],
)
def test_a_record_that_cannot_be_applied_is_named_and_nothing_is(
    records: list[Record], says: str, home: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as fault:
        load(home, file(tmp_path, "260002", *records), update=True)
    assert any(re.search(says, one) for one in fault.value.faults), fault.value.faults
    assert applied(home) == ["260001"]
    assert goods(load(home, file(tmp_path, "260002", *NEW), update=True)) == ["0301", "0401"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (envelope("260002", *NEW)[:-200], "is no whole XML"),
        (envelope("260002", *NEW).replace("</transmission>", "", 1), "is no whole XML"),
        (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "e">]>' + envelope("260002", *NEW)[39:],
            "declares a document type",
        ),
        (envelope("260002", *NEW).replace("<update.type>3", "<update.type>7"), "update.type '7' is none of 1, 2 and 3"),
    ],
    ids=["truncated", "not well-formed", "a document type", "another update type"],
)
def test_a_file_that_cannot_be_read_changes_nothing(text: str, says: str, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as fault:
        load(home, path, update=True)
    assert says in fault.value.faults[0]
    assert applied(home) == ["260001"]


def test_records_of_other_kinds_are_passed_over_and_counted(tmp_path: Path) -> None:
    found = load(
        tmp_path / "home",
        file(
            tmp_path,
            "260001",
            *FULL,
            ("footnote", {"footnote.type.id": "TN"}),
            ("measure.component", {"measure.sid": 1}),
        ),
    )
    assert dict(found.files[0].passed_over) == {"footnote": 1, "measure.component": 1}
    assert found.files[0].records == 5


def test_files_without_a_measure_are_not_all_of_taric(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not all of TARIC"):
        load(tmp_path / "home", file(tmp_path, "260001", measure(1, "103", "0301000000")), whole=True)
    assert load(tmp_path / "home", file(tmp_path, "260001", *FULL), whole=True).manifest.coverage.whole


def test_a_daily_file_keeps_what_was_stated_of_the_full_extraction(tmp_path: Path) -> None:
    load(tmp_path / "home", file(tmp_path, "260001", *FULL), whole=True)
    daily = file(tmp_path, "260002", *NEW)
    with pytest.raises(ConfigurationError, match="a daily file never holds all measures"):
        load(tmp_path / "home", daily, update=True, whole=True)
    assert load(tmp_path / "home", daily, update=True).manifest.coverage.whole


DAILY = [changed(FULL[0], Update.UPDATE, validity__end__date="2027-12-31")]


@pytest.mark.parametrize("whole", [True, False], ids=["all of TARIC", "some of it"])
@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        (
            ["260001", "260002", "260004"],
            "does not follow 260002, the last one applied: a file between them is missing",
        ),
        (["260002", "260001"], "does not follow 260002, the last one applied: it is out of order"),
        (["260001", "260003"], "a file between them is missing"),
        (["260001", "260003", "260002"], "a file between them is missing"),
        (["full", "260002"], "cannot be told"),
    ],
)
def test_files_of_one_command_follow_each_other_or_none_is_applied(
    numbers: list[str], says: str, whole: bool, tmp_path: Path
) -> None:
    files = [file(tmp_path, number, *(FULL if index == 0 else DAILY)) for index, number in enumerate(numbers)]
    with pytest.raises(ConfigurationError) as fault:
        load(tmp_path / "home", *files, whole=whole)
    assert says in fault.value.faults[0]
    assert applied(tmp_path / "home") == []


def test_a_full_extraction_and_its_daily_files_load_in_one_command(tmp_path: Path) -> None:
    files = [file(tmp_path, "260001", *FULL), file(tmp_path, "260002", *DAILY), file(tmp_path, "260003", *NEW)]
    found = load(tmp_path / "home", *files, whole=True)
    assert applied(tmp_path / "home") == ["260001", "260002", "260003"]
    assert goods(found) == ["0301", "0401"]
    assert found.manifest.coverage.whole


def test_after_a_gap_in_one_command_nothing_is_applied_by_an_update_either(home: Path, tmp_path: Path) -> None:
    files = [file(tmp_path, "260002", *DAILY), file(tmp_path, "260004", *NEW)]
    with pytest.raises(ConfigurationError, match="a file between them is missing"):
        load(home, *files, update=True)
    assert applied(home) == ["260001"]
