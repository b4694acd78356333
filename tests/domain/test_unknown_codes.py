"""Rows that class codes which no table knows are ready to be taken: they load, and loosen nothing."""

from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from gateway.decisions import decide
from gateway.domain.unknown_codes import UnknownCode, ready_rows
from gateway.settings.tables import load_tables
from tests.builders.classes import citing
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY, case, declared, milk


def unknown(*codes: str) -> tuple[UnknownCode, ...]:
    return tuple(UnknownCode(code=code, declarations=1) for code in codes)


@pytest.mark.parametrize("kind", ["9DFA", "9DFB", "1D24", "Q777"])
def test_ready_rows_load_and_leave_the_goods_to_an_officer(tmp_path: Path, kind: str) -> None:
    rows = ready_rows(unknown("9DFA", "1D24", "9DFB", "Q777"), DAY)
    (tmp_path / "document_classes.toml").write_text(rows, encoding="utf-8")
    tables = load_tables(CONFIG, tmp_path)
    item = structs.replace(milk(), documents=citing(kind))
    before = {one.code for one in decide(case(declared(item))).findings}
    after = {one.code for one in decide(case(declared(item), tables=tables)).findings}
    assert "SW-DEC-016" in before
    assert "SW-DEC-016" not in after
    assert "SW-DEC-015" in after


def test_rows_name_codes_alone_and_each_once() -> None:
    assert ready_rows(unknown("9DFA", "9DFB"), date(2026, 12, 1)).count('["9D"]') == 1
    assert ready_rows(unknown('"]\nx', "9dfa", "12345"), date(2026, 12, 1)) == ""
    assert ready_rows((), date(2026, 12, 1)) == ""
