"""Measures that several answers of a tariff service share, each on goods of its own: none takes them from another."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.domain.tables.goods import Goods
from gateway.settings.taric import LoadedTaric
from gateway.settings.taric.records import Update
from tests.builders.taric import AS_OF, condition, envelope, load, measure, measures_of, on, tables_of
from tests.builders.tariff_answers import Answer, Lines

IN_2022 = date(2022, 4, 1)
LINES: Lines = [("B", "N853", "29"), ("B", "", "09")]
OYSTERS, COPY = "0307111010", "0307111090"


def answer(goods: str, **more: Any) -> Answer:
    return Answer(goods).measure("1", "410", LINES, excluded=["CH"], **more)


def asked(found: LoadedTaric, goods: str, day: date = AS_OF, origin: str = "US") -> list[str]:
    rows = on(tables_of(found), Goods(goods, Direction.IMPORT, "40", origin), day)
    return sorted(f"{row.place} {row.all_of}" for row in rows)


@pytest.mark.parametrize("order", [[OYSTERS, COPY], [COPY, OYSTERS]])
def test_two_answers_that_share_a_measure_both_keep_it_in_either_order(order: Sequence[str], tmp_path: Path) -> None:
    found = load(tmp_path / "home", *(answer(goods).file(tmp_path / "answers") for goods in order))
    for goods in order:
        assert asked(found, goods) == ["TARIC measure 1 (('N853',),)"]
        assert asked(found, goods, origin="CH") == [], "what is left out is so of all its goods"
    assert found.manifest.coverage.measures == 1


@pytest.mark.parametrize("first", ["the answer", "the copy"])
def test_the_answer_about_oysters_and_one_about_their_neighbours(first: str, corpus: Path, tmp_path: Path) -> None:
    original = corpus / "tariff-answers" / "flat-oysters-for-human-consumption.json"
    text = json.loads(original.read_text(encoding="utf-8"))
    text["data"]["attributes"]["goods_nomenclature_item_id"] = COPY
    copy = tmp_path / "copy.json"
    copy.write_text(json.dumps(text), encoding="utf-8")
    files = [original, copy] if first == "the answer" else [copy, original]
    alone = asked(load(tmp_path / "alone", original, as_of=IN_2022), OYSTERS, IN_2022)
    found = load(tmp_path / "home", *files, as_of=IN_2022)
    assert len(alone) > 1
    assert asked(found, OYSTERS, IN_2022) == asked(found, COPY, IN_2022) == alone
    assert set(found.manifest.coverage.goods) == {OYSTERS, COPY}


def test_an_answer_that_is_loaded_again_puts_its_goods_once(tmp_path: Path) -> None:
    load(tmp_path / "home", *(answer(goods).file(tmp_path / "answers") for goods in (OYSTERS, COPY)))
    later = answer(OYSTERS, effective_end_date="2026-12-31").file(tmp_path / "later")
    found = load(tmp_path / "home", later, update=True)
    assert [len(asked(found, goods)) for goods in (OYSTERS, COPY)] == [1, 1]
    assert [len(asked(found, goods, date(2027, 1, 1))) for goods in (OYSTERS, COPY)] == [0, 1]


def test_each_goods_keep_the_directions_that_their_answer_lists(tmp_path: Path) -> None:
    found = load(
        tmp_path / "home",
        answer(OYSTERS).file(tmp_path / "answers"),
        answer(COPY, listed=["export"]).file(tmp_path / "answers"),
    )
    assert {row.commodities[0]: row.directions for row in measures_of(found)} == {
        OYSTERS: (Direction.IMPORT,), COPY: (Direction.EXPORT,),
    }  # fmt: skip


def test_a_heading_that_lists_a_measure_on_several_of_its_goods_has_it_on_all(tmp_path: Path) -> None:
    heading = Answer("0307000000", declarable=False).measure("1", "410", LINES, listed=[])
    for goods in (OYSTERS, COPY):
        heading.add(
            "commodity", goods, {"goods_nomenclature_item_id": goods, "declarable": True},
            overview_measures={"data": [{"id": "1", "type": "measure"}]},
        )  # fmt: skip
    found = load(tmp_path / "home", heading.file(tmp_path / "answers"))
    assert [len(asked(found, goods)) for goods in (OYSTERS, COPY, "0307210000")] == [1, 1, 0]


def test_an_answer_about_a_heading_speaks_of_its_goods_once(tmp_path: Path) -> None:
    files = [answer(goods).file(tmp_path / "answers") for goods in (OYSTERS, "0307000000")]
    found = load(tmp_path / "home", *files)
    assert [len(asked(found, goods)) for goods in (OYSTERS, COPY)] == [1, 1]


def test_an_answer_beside_an_extraction_leaves_its_measure_on_all_goods_until_that_ends_it(tmp_path: Path) -> None:
    of_extraction = [measure(1, "410", "0307000000"), condition(11, 1, "B", "N853")]
    full = tmp_path / "full.xml"
    full.write_text(envelope("260001", *of_extraction), encoding="utf-8")
    found = load(tmp_path / "home", full, answer(OYSTERS).file(tmp_path / "answers"))
    assert asked(found, COPY)
    kind, values = of_extraction[0]
    daily = tmp_path / "daily.xml"
    ended = (kind, {**values, "validity.end.date": "2026-06-30", "update": Update.UPDATE})
    daily.write_text(envelope("260002", ended), encoding="utf-8")
    after = load(tmp_path / "home", daily, update=True)
    assert [asked(after, goods) for goods in (OYSTERS, COPY)] == [[], []]


def test_what_a_later_answer_no_longer_says_of_a_measure_is_over(tmp_path: Path) -> None:
    before = Answer(OYSTERS).measure("1", "410", [*LINES, ("B", "Y058", "29")], excluded=["CH"])
    load(tmp_path / "home", before.file(tmp_path / "answers"))
    found = load(tmp_path / "home", Answer(OYSTERS).measure("1", "410", LINES).file(tmp_path / "later"), update=True)
    assert asked(found, OYSTERS) == ["TARIC measure 1 (('N853',),)"], "without the waiver"
    assert asked(found, OYSTERS, origin="CH"), "and without the exclusion"
