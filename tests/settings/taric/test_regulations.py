"""A measure without an end of its own ends with its regulation, where the files surely say when."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.settings.taric.records import Update
from tests.builders.taric import Record, condition, envelope, load, loaded, measure, measures_of

OURS = "R1700750"
"""The regulation of measures of the builder, of role 1."""


def regulation(of: str = "base", role: int = 1, number: str = OURS, **more: Any) -> Record:
    values = {
        f"{of}.regulation.role": role, f"{of}.regulation.id": number, "validity.start.date": "2017-01-01",
        "community.code": 1, "regulation.group.id": "VET", "replacement.indicator": 0, "stopped.flag": 0, "approved.flag": 1,
    }  # fmt: skip
    return f"{of}.regulation", values | {name.replace("__", "."): value for name, value in more.items()}


def prolonged(until: str | None) -> Record:
    values: dict[str, object] = {
        "prorogation.regulation.role": 5, "prorogation.regulation.id": "R2600001", "prorogated.regulation.role": 1,
        "prorogated.regulation.id": OURS,
    }  # fmt: skip
    return "prorogation.regulation.action", values | ({"prorogated.date": until} if until else {})


ABROGATED: dict[str, Any] = {
    "explicit__abrogation__regulation__role": 7,
    "explicit__abrogation__regulation__id": "R2600002",
}
ABROGATION: Record = (
    "explicit.abrogation.regulation",
    {
        "explicit.abrogation.regulation.role": 7, "explicit.abrogation.regulation.id": "R2600002", "replacement.indicator": 0,
        "abrogation.date": "2026-05-31", "approved.flag": 1,
    },
)  # fmt: skip


def end(tmp_path: Path, *records: Record, **of_measure: Any) -> date | None:
    text = envelope("260001", *records, measure(1, "410", "0301000000", **of_measure), condition(11, 1, "B", "N853"))
    (row,) = measures_of(loaded(tmp_path, text, name="full.xml"), date(2025, 1, 1))
    return row.valid_to


@pytest.mark.parametrize(
    ("records", "ends"),
    [
        ([], None),
        ([regulation()], None),
        ([regulation(effective__end__date="2026-06-30", validity__end__date="2027-12-31")], date(2026, 6, 30)),
        ([regulation(validity__end__date="2026-06-30")], date(2026, 6, 30)),
        ([regulation(role=2, validity__end__date="2026-06-30")], None),
        ([regulation(number="R1700751", validity__end__date="2026-06-30")], None),
        ([regulation(validity__end__date="2026-06-30"), prolonged("2027-06-30")], date(2027, 6, 30)),
        ([regulation(effective__end__date="2026-06-30"), prolonged("2027-06-30")], date(2027, 6, 30)),
        ([regulation(validity__end__date="2026-06-30"), prolonged("2026-01-31")], date(2026, 6, 30)),
        ([regulation(validity__end__date="2026-06-30"), prolonged(None)], None),
        ([regulation(**ABROGATED), ABROGATION], date(2026, 5, 31)),
        ([regulation(**ABROGATED)], None),
        ([regulation(validity__end__date="2026-06-30", **ABROGATED), ABROGATION], date(2026, 5, 31)),
        ([regulation(effective__end__date="2026-06-30", **ABROGATED), ABROGATION], date(2026, 6, 30)),
        ([regulation(complete__abrogation__regulation__role=6, complete__abrogation__regulation__id="R2600003")], None),
    ],
    ids=[
        "in no file", "without an end", "effective", "enacted", "of another role", "another one", "prolonged", "prolonged beyond what is effective",
        "prolonged to an earlier day", "prolonged without a day", "abrogated", "abrogated by something that is in no file",
        "abrogated before its end", "abrogated, with an effective end", "abrogated completely, without a day",
    ],
)  # fmt: skip
def test_a_measure_ends_with_its_regulation_where_that_is_sure(
    records: list[Record], ends: date | None, tmp_path: Path
) -> None:
    assert end(tmp_path, *records) == ends


def test_a_modification_counts_where_the_measure_names_it(tmp_path: Path) -> None:
    modification = regulation(
        "modification", 2, base__regulation__role=1, base__regulation__id="R1600001", effective__end__date="2026-06-30"
    )
    assert end(tmp_path, modification, measure__generating__regulation__role=2) == date(2026, 6, 30)


def test_the_end_of_the_measure_itself_goes_before(tmp_path: Path) -> None:
    own: dict[str, Any] = {
        "validity__end__date": "2027-12-31",
        "justification__regulation__role": 1,
        "justification__regulation__id": OURS,
    }
    assert end(tmp_path, regulation(effective__end__date="2026-06-30"), **own) == date(2027, 12, 31)


def test_a_measure_that_began_after_the_end_of_its_regulation_holds_on_and_is_counted(tmp_path: Path) -> None:
    records = [
        regulation(effective__end__date="2019-06-30"),
        measure(1, "410", "0301000000"),
        condition(11, 1, "B", "N853"),
    ]
    found = loaded(tmp_path, envelope("260001", *records), name="full.xml")
    assert [row.valid_to for row in measures_of(found)] == [None]
    assert found.report.of(by_officer=False) == {"held on: its regulation ended before it began": 1}


def test_stops_are_counted_and_end_nothing(tmp_path: Path) -> None:
    stop: Record = ("measure.partial.temporary.stop", {"measure.sid": 1, "validity.start.date": "2026-01-01"})
    found = loaded(
        tmp_path,
        envelope("260001", measure(1, "410", "0301000000"), condition(11, 1, "B", "N853"), stop),
        name="full.xml",
    )
    assert [row.valid_to for row in measures_of(found)] == [None]
    assert found.files[0].passed_over == {"measure.partial.temporary.stop": 1}


def test_a_daily_file_ends_a_regulation_and_takes_its_end_back(tmp_path: Path) -> None:
    def daily(number: str, *records: Record) -> date | None:
        (tmp_path / f"{number}.xml").write_text(envelope(number, *records), encoding="utf-8")
        found = load(tmp_path / "home", tmp_path / f"{number}.xml", update=number != "260001")
        (row,) = measures_of(found, date(2025, 1, 1))
        return row.valid_to

    def changed(update: Update, **more: Any) -> Record:
        kind, values = regulation(**more)
        return kind, {**values, "update": update}

    assert daily("260001", measure(1, "410", "0301000000"), condition(11, 1, "B", "N853")) is None
    assert daily("260002", changed(Update.UPDATE, effective__end__date="2026-06-30")) == date(2026, 6, 30)
    assert daily("260003", changed(Update.UPDATE)) is None
    assert daily("260004", changed(Update.INSERT, effective__end__date="2026-07-31")) == date(2026, 7, 31)
    assert daily("260005", changed(Update.DELETE)) is None


def test_measures_to_come_are_asked_from_their_first_day(tmp_path: Path) -> None:
    text = envelope(
        "260001", measure(1, "410", "0301000000", validity__start__date="2027-01-01"), condition(11, 1, "B", "N853")
    )
    found = loaded(tmp_path, text, name="full.xml")
    days = (date(2026, 12, 31), date(2027, 1, 1))
    assert [len(measures_of(found, day)) for day in days] == [0, 1]
