"""Restrictions on no goods that anybody can name: told to an officer, and no chapter counts as judged."""

from pathlib import Path

import pytest

from gateway.contract import Direction
from tests.builders.taric import AS_OF, condition, envelope, loaded, measure, tables_of


@pytest.mark.parametrize(
    ("goods", "says"),
    [
        ("", "no goods code: measure type 410"),
        ("0000000000", "goods code 0000000000, of no chapter: measure type 410"),
        ("0012345678", "goods code 0012345678, of no chapter: measure type 410"),
    ],
)
def test_a_restriction_on_goods_of_no_chapter_is_an_officers_and_judges_no_chapter(
    goods: str, says: str, tmp_path: Path
) -> None:
    records = [measure(1, "410", goods), condition(11, 1, "B", "N853"), measure(2, "410", "0301000000")]
    found = loaded(tmp_path, envelope("260001", *records), name="full.xml", whole=True)
    assert found.report.of(by_officer=True)[says] == 1
    taric = tables_of(found).taric
    assert taric is not None
    assert not any(taric.covers(code, Direction.IMPORT, AS_OF) for code in ("0301000000", "9706100000"))
    assert set(found.manifest.parts) == {"03"}


@pytest.mark.parametrize("goods", ["", "0000000000"])
def test_a_duty_on_goods_of_no_chapter_is_left_out_as_others_are(goods: str, tmp_path: Path) -> None:
    records = [measure(1, "103", goods), measure(2, "410", "0301000000"), condition(21, 2, "B", "N853")]
    found = loaded(tmp_path, envelope("260001", *records), name="full.xml", whole=True)
    taric = tables_of(found).taric
    assert taric is not None
    assert taric.covers("9706100000", Direction.IMPORT, AS_OF)
    assert found.report.of(by_officer=True) == {}
