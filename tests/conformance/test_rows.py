"""Rows of an authority's file: each is recorded, and where one takes too much the line is told, and what to write there."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli.commands.new_adapter import rendered
from gateway.conformance.examination import examine
from tests.dispatch.declarative.timber import line_of

Written = Callable[..., str]
SAME = 'same = { "$.number" = "{reference}" }\n'
GONE = f'[[verify.request.not_found]]\nstatus = [410]\nwhere = {{ "$.code" = "GONE" }}\n{SAME}\n[verify.facts]'
FAULTS = """
[[fault]]
status = [422]
where = { "$.code" = "NOT_READABLE" }
means = "rejected"

[[fault]]
status = [422, 503]
there = "$.code"
means = "rejected"
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Writes the package of a new file with changes in it, and further recordings; gives its file."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, *changes: tuple[str, str], more: str = "", **recordings: tuple[int, str, str]) -> str:
        for place, text in rendered(name, "declarative", "C640"):
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text(text)
        file = tmp_path / name / "authority.toml"
        text = file.read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        file.write_text(text + more)
        known = (tmp_path / name / "exchanges/not_found.toml").read_text().partition("response =")[0]
        for recorded, (status, body, expects) in recordings.items():
            answer = f"response = {{ status = {status}, body = '{body}' }}\n\n[expect]\n{expects}\n"
            (tmp_path / name / f"exchanges/{recorded}.toml").write_text(known + answer)
        return file.read_text()

    yield write
    for name in [name for name in sys.modules if name.startswith("rows_")]:
        del sys.modules[name]


def test_each_row_is_recorded_or_named_with_its_line(written: Written) -> None:
    file = written(
        "rows_missing",
        ("[verify.facts]", GONE),
        more=FAULTS,
        unreadable=(422, '{"code": "NOT_READABLE"}', 'raises = "RequestRejected"'),
    )
    report = examine("rows_missing", "rows_missing", only=("statuses", "rows"))
    gone, other = line_of(file, "[[verify.request.not_found]]\nstatus = [410]"), line_of(file, FAULTS[1:]) + 5
    assert [(one.rule.name, one.place) for one in report.nonconformities] == [
        ("rows.not_reached", f"authority.toml:{other}"),
        ("rows.not_reached", f"authority.toml:{gone}"),
    ]
    fault, not_found = (one.what for one in report.nonconformities)
    assert fault == (
        'no recording comes to this [[fault]], means = "rejected": exchanges/unreadable.toml would, '
        f"and the row at authority.toml:{other - 5} is tried first"
    )
    assert not_found == "no recording comes to this [[verify.request.not_found]]"


def test_a_row_whose_status_is_not_the_recorded_one_is_told_so(written: Written) -> None:
    busy = '\n[[fault]]\nwhere = { "$.code" = "BUSY" }\nmeans = "unavailable"\n'
    written("rows_busy", more=busy, busy=(200, '{"code": "BUSY"}', 'raises = "UnexpectedAnswer"'))
    (one,) = examine("rows_busy", "rows_busy", only=("statuses", "rows")).nonconformities
    assert one.what.endswith("exchanges/busy.toml would, but for its status 200; the row is for `status = [400]`")


def test_a_row_that_takes_an_outage_for_not_found_is_told_with_what_to_write(written: Written) -> None:
    row = f'null = "$.document"\n{SAME}'
    file = written("rows_broken", (row, f"status = [200, 500]\n{row}"))
    report = examine("rows_broken", "rows_broken", only=("outages",))
    (one,) = report.nonconformities
    line = line_of(file, "[[verify.request.not_found]]")
    assert one.rule.name == "outages.throttled"
    assert f"by the `not_found` at authority.toml:{line}" in one.what
    assert "write `status = [200]` there" in one.what


def test_an_authority_that_says_so_by_500_is_believed_where_that_is_recorded(written: Written) -> None:
    row = f'null = "$.document"\n{SAME}'
    written("rows_so", (row, f"status = [200, 500]\n{row}"), unheard_of=(500, '{"number": "XX/1", "document": null}', 'status = "not_found"'))  # fmt: skip
    assert examine("rows_so", "rows_so", only=("outages", "rows")).nonconformities == ()
