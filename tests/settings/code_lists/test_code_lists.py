"""Exports of the Union's code lists become dated rows, and every fault of them is named with its file and record."""

import json
from collections.abc import Sequence
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.code_rows import ListedCodes
from gateway.domain.tables.rows import Element
from gateway.settings.code_lists import LoadedCodes, exports, make_rows, put_together, read_export, read_lists
from tests.builders.exports import export_file as file
from tests.builders.exports import named, page
from tests.builders.places import CONFIG
from tests.builders.story import shipped

LISTS = read_lists(CONFIG / "code_lists")
OLD, NEW = date(2025, 2, 12), date(2026, 4, 30)


def loaded(
    *files: Path, as_of: date | None = None, below: Sequence[ListedCodes] = (), before: Sequence[ListedCodes] = ()
) -> LoadedCodes:
    return make_rows(put_together([read_export(one, LISTS, as_of=as_of) for one in files]), below, before)


def days(made: LoadedCodes, code: str, number: str = "CL213") -> list[tuple[date, date | None]]:
    return [(row.valid_from, row.valid_to) for row in made.rows if row.code_list == number and code in row.entries]


def faults(*files: Path, as_of: date | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as refused:
        loaded(*files, as_of=as_of)
    return refused.value.faults


def test_a_code_is_known_from_its_earliest_sighting_until_the_export_that_lacks_it(tmp_path: Path) -> None:
    older = file(tmp_path, "old.json.gz", named("C001", "C002"))
    newer = file(tmp_path, "new.json", page("C001", "C003", since="03-12-2025"))
    made = loaded(older, newer, as_of=NEW)
    assert days(made, "C001") == [(OLD, None)]  # its entry was changed in December 2025, and it was there before
    assert days(made, "C002") == [(OLD, NEW)]
    assert days(made, "C003") == [(NEW, None)]
    assert {row.element for row in made.rows} == {Element.SUPPORTING_DOCUMENT}
    (change,) = made.changes
    assert (change.known, change.begun, change.ended) == (("C001", "C003"), {"C003": NEW}, {"C002": NEW})


def test_the_order_of_files_and_reading_one_again_changes_nothing(tmp_path: Path) -> None:
    files = [
        file(tmp_path, "2025-02/a.json", named("C001", "C002")),
        file(tmp_path, "2025-08/b.json", page("C001", "C003")),
        file(tmp_path, "2026-04/c.json", page("C002", "C003")),
    ]
    first = loaded(*files)
    assert days(first, "C002") == [(OLD, date(2025, 8, 31)), (NEW, None)]
    for order in permutations(files):
        again = loaded(*order, below=first.rows)
        assert loaded(*order).rows == again.rows == first.rows
        assert again.removed == ()


def test_an_older_export_ends_nothing_backwards(tmp_path: Path) -> None:
    newer = loaded(file(tmp_path, "new.json", page("C001", "C003")), as_of=NEW)
    older = loaded(file(tmp_path, "old.json", named("C001")), below=newer.rows)
    assert days(older, "C001") == [(OLD, None)]
    assert days(older, "C003") == [(NEW, None)]
    assert older.removed == ()


def test_what_stands_is_ended_by_a_newer_export(tmp_path: Path) -> None:
    earlier = ListedCodes(
        code_list="CL213",
        entries=("C001", "C002"),
        element=Element.SUPPORTING_DOCUMENT,
        valid_from=date(2016, 5, 1),
        source="our own",
    )
    made = loaded(file(tmp_path, "new.json", page("C001")), as_of=NEW, below=[earlier])
    assert days(made, "C001") == [(date(2016, 5, 1), None)]
    assert days(made, "C002") == [(date(2016, 5, 1), NEW)]
    (removed,) = made.removed
    assert (removed.entries, removed.valid_from, removed.valid_to) == (("C002",), date(2026, 5, 1), None)


def test_an_earlier_load_is_not_forgotten_and_its_other_lists_stay(tmp_path: Path) -> None:
    units = page("KGM", number="CL349", field="Unit")
    first = loaded(file(tmp_path, "2026-01/a.json", page("C001", "C002")), file(tmp_path, "2026-01/u.json", units))
    second = loaded(file(tmp_path, "2026-04/b.json", page("C001", "C003")), before=first.rows)
    assert days(second, "C001") == [(date(2026, 1, 31), None)]
    assert days(second, "C002") == [(date(2026, 1, 31), NEW)]
    assert days(second, "KGM", "CL349") == [(date(2026, 1, 31), None)]
    assert second.rows[0].source == (
        "Union code list CL213 (SupportingDocumentType); as of 2026-01-31: 2026-01/a.json; as of 2026-04-30: 2026-04/b.json"
    )
    assert loaded(file(tmp_path, "2026-04/b.json", page("C001", "C003")), before=second.rows).rows == second.rows
    assert [one.list.number for one in second.changes] == ["CL213"]


def test_an_entry_that_is_not_valid_is_as_if_it_were_missing_and_one_to_come_begins_later(tmp_path: Path) -> None:
    content = named("C001", "C002", "C003")
    entries = content["lists"]["SupportingDocumentType"]["listEntries"]
    entries[1]["state"], entries[2]["activeFrom"] = "invalid", "2025-03-01"
    made = loaded(file(tmp_path, "old.json", content))
    assert [days(made, code) for code in ("C001", "C002", "C003")] == [[(OLD, None)], [], [(date(2025, 3, 1), None)]]


def test_pages_are_one_list_and_none_may_be_missing(tmp_path: Path) -> None:
    first = page("C001", links=[{"rel": "next", "href": "?%24start_index=1&%24count=1"}])
    second = page("C002", links=[{"rel": "prev", "href": "?%24start_index=0&%24count=1"}])
    one, two = file(tmp_path, "2026-04/1.json", first), file(tmp_path, "2026-04/2.json", second)
    assert loaded(two, one).rows[0].entries == ("C001", "C002")
    (without,) = faults(one)
    assert (
        without == "2026-04/1.json: CL213: the page that begins at entry 2 is missing; its codes would end without it"
    )
    (only,) = faults(two)
    assert "2026-04/2.json: CL213: the page that begins at entry 1 is missing" in only
    other = file(tmp_path, "2026-04/3.json", page("C009"))
    assert any("another page begins at entry 1 too" in fault for fault in faults(one, two, other))


def test_the_day_of_a_page_is_given_or_in_a_name_or_a_fault(tmp_path: Path) -> None:
    undated = file(tmp_path, "CL213.json", page("C001"))
    assert faults(undated) == (
        f"{tmp_path.name}/CL213.json: states no day of its own: say with --as-of as of which day it is",
    )
    by_name = file(tmp_path, "CL213-2026-04-14.json", page("C001"))
    assert read_export(by_name, LISTS).day == date(2026, 4, 14)
    assert read_export(by_name, LISTS, as_of=NEW).day == NEW
    assert read_export(file(tmp_path, "2026-02/CL213.json", page("C001")), LISTS).day == date(2026, 2, 28)
    early = faults(undated, as_of=date(2024, 1, 1))
    assert early == (
        f"{tmp_path.name}/CL213.json: CL213 (SupportingDocumentType) entry 1: C001: was last changed on 2024-12-04, "
        "after the export's day 2024-01-01",
    )


def _entries(content: Any) -> list[Any]:
    found: list[Any] = content["lists"]["SupportingDocumentType"]["listEntries"]
    return found


def test_each_fault_has_its_file_and_record(tmp_path: Path) -> None:
    content = named("C001", "c002", "C003", "C004", "C005", "C006")
    entries = _entries(content)
    entries[2]["state"] = "retired"
    entries[3]["activeFrom"] = "2025-02-30"
    del entries[4]["code"]
    entries[5] = 7
    found = faults(file(tmp_path, "2025-02/old.json", content))
    place = "2025-02/old.json: CL213 (SupportingDocumentType) entry"
    assert [fault.split(": ", 2)[1].rpartition(" ")[2] for fault in found] == ["2", "3", "4", "5", "6"]
    assert all(fault.startswith(place) for fault in found)
    for fault, says in zip(
        found,
        ("is no code of this list", "the state 'retired'", "is no day", "no code stands", "Expected"),
        strict=True,
    ):
        assert says in fault


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not as an export of code lists is"),
        (b"[]", "is not as an export of code lists is"),
        (b"{}", "is no export of code lists"),
        (b'{"lists": {}}', "is no export of code lists"),
        (b"\xff\xfe{", "is not as an export of code lists is"),
        (b"[" * 100_000, "is not as an export of code lists is"),
        (json.dumps(named("C001")).encode()[:-40], "is not as an export of code lists is"),
        (json.dumps(named("C001", day="12/02/2025")).encode(), "snapshotDate '12/02/2025' is no day"),
        (json.dumps(named()).encode(), "holds no entry: by it every code of the list would end"),
    ],
    ids=range(9),
)
def test_a_file_of_another_shape_or_a_truncated_one_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (found,) = faults(file(tmp_path, "2025-02/x.json", content))
    assert found.startswith("2025-02/x.json: ")
    assert says in found


def test_a_truncated_packed_file_and_one_that_unpacks_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = file(tmp_path, "x.json.gz", named("C001"))
    whole.write_bytes(whole.read_bytes()[:-20])
    (found,) = faults(whole)
    assert found == f"{tmp_path.name}/x.json.gz: ends in the middle: the packed file is truncated"
    monkeypatch.setattr(exports, "MOST_BYTES", 1_000)
    (large,) = faults(file(tmp_path, "y.json.gz", b" " * 2_000))
    assert large == f"{tmp_path.name}/y.json.gz: is larger than 1000 bytes, unpacked"


def test_one_code_twice_with_other_days_is_refused_with_both_places(tmp_path: Path) -> None:
    content = named("C001", "C002", "C001")
    _entries(content)[2]["activeFrom"] = "2024-12-05"
    (found,) = faults(file(tmp_path, "2025-02/old.json", content))
    assert found == (
        "2025-02/old.json: CL213 (SupportingDocumentType) entry 3: C001 is active from 2024-12-05, and from 2024-12-04 "
        "at 2025-02/old.json: CL213 (SupportingDocumentType) entry 1"
    )


def test_two_exports_of_one_day_have_to_agree(tmp_path: Path) -> None:
    one = file(tmp_path, "a/x.json", named("C001", "C002"))
    same = file(tmp_path, "b/x.json", page("C002", "C001"))
    assert loaded(one, same, as_of=OLD).rows[0].entries == ("C001", "C002")
    other = file(tmp_path, "c/x.json", page("C001"))
    (found,) = faults(one, other, as_of=OLD)
    assert found == "c/x.json: CL213 as of 2025-02-12 differs from a/x.json in C002"


def test_a_list_under_another_name_is_a_fault_and_an_unknown_one_is_counted(tmp_path: Path) -> None:
    renamed = page("C001")
    renamed["elements"][0]["code_list_name"] = "Unit"
    (found,) = faults(file(tmp_path, "2026-04/x.json", renamed))
    assert found == "2026-04/x.json: CL213 is called 'Unit', and is 'SupportingDocumentType' here"
    assert read_export(file(tmp_path, "2025-02/y.json", named("C001")), LISTS).left_out == {"HScode": 1}


def test_the_exports_load_and_the_delivered_rows_are_theirs(corpus: Path) -> None:
    folder = corpus / "code-lists"
    files = sorted([*folder.glob("2025-02/*.gz"), *folder.glob("2026-04/*.json")])
    made = loaded(*files)
    change = {one.list.number: one for one in made.changes}
    known = {number: (len(one.known), len(one.begun), len(one.ended)) for number, one in change.items()}
    assert known == {
        "CL010": (36, 0, 0),
        "CL213": (45, 8, 0),
        "CL214": (34, 0, 1),
        "CL215": (138, 21, 1),
        "CL239": (10, 2, 0),
        "CL349": (76, 3, 0),
        "CL380": (101, 31, 1),
        "CL505": (55, 0, 0),
        "CL716": (10, 0, 0),
        "CL754": (14, 3, 5),
    }
    # Both say of N952 that it is active since 2024-12-04, and the older one does not have it among supporting documents.
    assert days(made, "N952") == [(NEW, None)]
    assert days(made, "N830", "CL214") == days(made, "Y902", "CL380") == [(OLD, NEW)]

    def told(rows: Sequence[ListedCodes]) -> set[tuple[object, ...]]:
        return {
            (row.code_list, row.element, code, row.valid_from, row.valid_to) for row in rows for code in row.entries
        }

    asked = {"CL213", "CL214", "CL380", "CL754"}
    assert told(shipped().listed_codes) == told([row for row in made.rows if row.code_list in asked])
    assert not {code for row in made.rows for code in row.entries} & {"X060", "C644", "Y128"}
