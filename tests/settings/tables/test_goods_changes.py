"""What an upgrade of the tables loosens and tightens is said by goods: from the rows of both sets, in words and as values."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import Alternative, RequiredDocuments, TypeLimit
from gateway.settings.tables.content import compose
from gateway.settings.tables.document_changes import changed_documents
from gateway.settings.tables.goods_changes import GoodsChange, GoodsPart, Selection, changed_goods
from gateway.settings.tables.goods_sentences import document_sentence, goods_sentence
from tests.builders.layers import over
from tests.builders.story import shipped
from tests.builders.taric import condition, envelope, loaded, measure, tables_of

DAY = date(2026, 12, 1)
IMPORT, EXPORT, TRANSIT = (Direction.IMPORT,), (Direction.EXPORT,), (Direction.TRANSIT,)


def asking(measure: str = "plants", **said: Any) -> RequiredDocuments:
    """A measure on potatoes and tomatoes, but for what the test says of it."""
    usual: dict[str, Any] = {
        "measure": measure,
        "commodities": ("0701", "0702"),
        "directions": IMPORT,
        "all_of": (("C085",),),
        "legal_basis": "Art. 1",
        "valid_from": date(2020, 1, 1),
        "source": "read",
    }
    return RequiredDocuments(**(usual | said))


def small(*rows: RequiredDocuments) -> Tables:
    """A set with these measures alone."""
    return compose("small", {"required": rows})


def said(before: Tables, after: Tables) -> list[str]:
    """What a set asks otherwise by goods, in words."""
    return [goods_sentence(one) for one in changed_goods(before, after, DAY)]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ((), (asking(),), "chapter 07, plants: tightens: imports of 0701, 0702 now need C085"),
        ((asking(),), (), "chapter 07, plants: loosens: imports of 0701, 0702 no longer need C085"),
        (
            (asking(),),
            (asking(excepted=("07019010",)),),
            "chapter 07, plants: loosens: imports of 07019010 no longer need C085",
        ),
        (
            (asking(all_of=(("C085", "Y058"),)),),
            (asking(),),
            "chapter 07, plants: tightens: imports of 0701, 0702 now need C085 (before: need C085 or Y058)",
        ),
        (
            (asking(),),
            (asking(all_of=(("C085", "Y058"),)),),
            "chapter 07, plants: loosens: imports of 0701, 0702 now need C085 or Y058 (before: need C085)",
        ),
        (
            (asking(),),
            (asking(all_of=(("N851",),)),),
            "chapter 07, plants: other: imports of 0701, 0702 now need N851 (before: need C085)",
        ),
        (
            (asking(origins=("TR",)),),
            (asking(origins=("TR", "EG")),),
            "chapter 07, plants: tightens: imports of 0701, 0702 of origin EG now need C085",
        ),
        (
            (asking(excepted_origins=("CH",)),),
            (asking(excepted_origins=("CH", "LI")),),
            "chapter 07, plants: loosens: imports of 0701, 0702 of origin LI no longer need C085",
        ),
        (
            (),
            (asking(excepted_origins=("CH", "LI"), procedures=("40", "42")),),
            "chapter 07, plants: tightens: imports of 0701, 0702 of any origin but CH, LI under 40, 42 now need C085",
        ),
        (
            (asking(only_told=True),),
            (asking(),),
            "chapter 07, plants: tightens: imports of 0701, 0702 now need C085 (before: are told that they may need C085)",
        ),
        (
            (asking(),),
            (asking(banned=True),),
            "chapter 07, plants: tightens: imports of 0701, 0702 are now banned without C085 (before: need C085)",
        ),
        (
            (),
            (asking(banned=True, all_of=(), directions=EXPORT, destinations=("RU",)),),
            "chapter 07, plants: tightens: exports of 0701, 0702 to RU are now banned",
        ),
        (
            (asking(),),
            (asking(limits=(TypeLimit(types=("C085",), net_mass=Decimal(5)),)),),
            "chapter 07, plants: tightens: imports of 0701, 0702 now need C085 (up to 5 kg) (before: need C085)",
        ),
        (
            (asking(described=("seed", "tuber")),),
            (asking(described=("seed",)),),
            "chapter 07, plants: loosens: imports of 0701, 0702 now need C085 where described as seed "
            "(before: need C085 where described as seed, tuber)",
        ),
        (
            (asking(),),
            (asking(alternatives=(Alternative(to="C085", types=("C631",), commodities=("0702",)),)),),
            "chapter 07, plants: loosens: imports of 0702 now need C085 or C631 (before: need C085)",
        ),
        (
            (asking(valid_to=date(2027, 6, 30)),),
            (asking(),),
            "chapter 07, plants: tightens: imports of 0701, 0702 now need C085 from 2027-07-01",
        ),
        (
            (),
            (asking(directions=(Direction.IMPORT, Direction.TRANSIT), at_entry=True),),
            "chapter 07, plants: tightens: imports and transit from the place of entry of 0701, 0702 now need C085",
        ),
        (
            (asking(directions=TRANSIT),),
            (asking(directions=TRANSIT, at_entry=True),),
            "chapter 07, plants: loosens: transit of 0701, 0702 now need C085 where they depart from the place at which "
            "they entered the Union (before: need C085)",
        ),
        (
            (),
            (asking(commodities=("07", "09")),),
            "chapters 07, 09, plants: tightens: imports of all goods now need C085",
        ),
        (
            (asking("peat", commodities=("070190",)),),
            (asking("peat", commodities=("070190",)), asking(commodities=("07",), excepted=("0702",))),
            "chapter 07, plants: tightens: imports of all goods but 070190, 0702 now need C085",
        ),
    ],
)
def test_a_measure_says_what_it_asks_otherwise_of_which_goods(
    before: tuple[RequiredDocuments, ...], after: tuple[RequiredDocuments, ...], sentence: str
) -> None:
    assert said(small(*before), small(*after)) == [sentence]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (asking(), asking("plants of Annex XI", legal_basis="Art. 2", source="derived; x", loosens="Circular 7")),
        (asking(), asking(commodities=("0702", "0701"))),
        (asking(valid_to=date(2026, 11, 30)), asking(valid_to=date(2025, 11, 30))),
        (asking(at_entry=True), asking()),
    ],
)
def test_rows_that_ask_the_same_say_nothing(before: RequiredDocuments, after: RequiredDocuments) -> None:
    assert said(small(before), small(after)) == []


def test_what_another_measure_asks_already_is_nothing_new() -> None:
    whole = asking("all of the chapter", commodities=("07",))
    assert said(small(whole), small(whole, asking())) == []
    assert said(small(whole, asking()), small(whole)) == []
    looser = asking(all_of=(("C085", "N851"),))
    assert said(small(whole), small(whole, looser)) == []


def test_a_line_stands_for_a_chapter_and_a_measure_and_hundreds_of_codes_are_counted() -> None:
    codes = tuple(f"2903{number}" for number in range(10, 40))
    new = asking(commodities=(*codes, "0701"), directions=(Direction.IMPORT, Direction.EXPORT), origins=("TR",))
    lines = said(small(asking(all_of=(("C999",),), commodities=("0702",))), small(new))
    assert lines == [
        "chapter 07, plants: tightens: exports and imports of 0701 of origin TR now need C085; "
        "loosens: imports of 0702 no longer need C999",
        "chapter 29, plants: tightens: exports and imports of 30 codes of 2903 of origin TR now need C085",
    ]


THREE = """
[[requirement]]
measure = "export control of dual-use items"
commodities = ["8471", "852581", "852582", "852583", "852589", "8542", "8806", "9013", "9014"]
valid_from = 2027-01-01
source = "Circular 7"

[[requirement]]
measure = "organic products"
excepted_origins = ["CH", "IS", "LI", "NO", "US"]
valid_from = 2027-01-01
source = "Circular 8"
loosens = "Circular 8"

[[requirement]]
measure = "cinnamon"
commodities = ["0906"]
directions = ["import"]
all_of = [["C678"]]
legal_basis = "Circular 9"
valid_from = 2027-01-01
source = "Circular 9"
"""
DECIDED = """
[[document]]
types = ["N853"]
directions = ["import"]
decided = false
valid_from = 2026-01-01
source = "Circular 6"
loosens = "Circular 6"
"""


def test_three_rows_over_the_delivered_ones_are_all_that_is_said(tmp_path: Path) -> None:
    own = over(tmp_path / "own", requirements=THREE)
    lines = said(shipped(), own)
    assert "chapter 09, cinnamon: tightens: imports of 0906 now need C678 from 2027-01-01" in lines
    (dual_use,) = (one for one in lines if "export control of dual-use items" in one)
    assert dual_use.startswith(
        "chapter 90, export control of dual-use items: tightens: exports of 9014 now need X060 or X061"
    )
    assert dual_use.endswith("or Y901 from 2027-01-01")
    organic = [one for one in lines if "organic products" in one]
    assert any(
        "loosens: imports of all goods of origin US under 12 procedures, 01 to 68 no longer need C644 or Y929 (additional procedures C07, C08 apart) "
        "from 2027-01-01" in one
        for one in organic
    ), organic
    assert len(lines) == 2 + len(organic)
    assert said(shipped(), replace(shipped())) == []
    back = said(own, shipped())
    assert "chapter 09, cinnamon: loosens: imports of 0906 no longer need C678 from 2027-01-01" in back
    assert len(back) == len(lines)


def test_a_document_says_on_goods_of_which_chapters_it_is_judged_otherwise(tmp_path: Path) -> None:
    own = over(tmp_path / "own", documents=DECIDED)
    (laxer,) = changed_documents(shipped(), own, DAY)
    sentence = document_sentence(laxer)
    assert sentence.startswith("N853, import (goods of chapters 02 to 06, ")
    assert sentence.endswith(
        ": loosens: the authority's decision does not have to fit the procedure any more (decided: yes -> no), from 2026-01-01"
    )
    (stricter,) = changed_documents(own, shipped(), DAY)
    assert document_sentence(stricter).endswith(": tightens: decided: no -> yes, from 2026-01-01")
    assert changed_documents(shipped(), shipped(), DAY) == ()
    assert said(shipped(), own) == []


def test_rows_made_for_want_of_taric_say_nothing_where_both_sets_know_it(tmp_path: Path) -> None:
    records = [measure(1, "410", "0701000000"), condition(11, 1, "B", "N853")]
    found = loaded(tmp_path, envelope("260001", *records), name="full.xml", whole=True)
    derived = asking(source="derived; read", directions=(Direction.IMPORT, Direction.TRANSIT))
    of_taric, with_it = (tables_of(found, beside=one) for one in (small(), small(derived)))
    assert said(of_taric, with_it) == ["chapter 07, plants: tightens: transit of 0701, 0702 now need C085"]
    assert said(small(derived), with_it) == []
    assert said(small(), with_it) == ["chapter 07, plants: tightens: imports and transit of 0701, 0702 now need C085"]


def concerned(change: GoodsChange, goods: Goods, day: date) -> bool:
    """Whether a change is on goods on a day."""
    return any(
        _begins(part, goods.commodity_code)
        and any(one.startswith(goods.direction) for one in part.change.movements)
        and _selects(part.change.origins, goods.origin)
        and _selects(part.change.destinations, goods.destination)
        and _selects(part.change.procedures, goods.procedure)
        and (part.change.valid_from or DAY) <= day
        and (part.change.valid_to is None or day <= part.change.valid_to)
        for part in change.parts
    )


def _begins(part: GoodsPart, code: str) -> bool:
    on = [len(one) for one in (*([code[:2]] if part.whole else ()), *part.prefixes) if code.startswith(one)]
    return bool(on) and max(on) > max((len(one) for one in part.but if code.startswith(one)), default=0)


def _selects(some: Selection, one: str | None) -> bool:
    return (one not in some.named) if some.all_but else (one in some.named)


def test_every_measure_that_goods_come_under_is_new_beside_an_empty_set_and_no_other() -> None:
    tables, chance = shipped(), Random(39)
    found = changed_goods(small(), tables, DAY)
    rows = tables.required
    prefixes = sorted({one for row in rows for one in (*row.commodities, *row.excepted)})
    countries = sorted({one for row in rows for one in (*row.origins, *row.excepted_origins, *row.destinations)})
    procedures = sorted({one for row in rows for one in row.procedures})
    seen = 0
    for _ in range(600):
        direction = chance.choice(list(Direction))
        goods = Goods(
            (chance.choice(prefixes) + "".join(chance.choices("0123456789", k=8)))[: chance.choice((4, 6, 8, 10))],
            direction,
            chance.choice((*procedures, "99")),
            chance.choice((*countries, "ZZ")),
            chance.choice((*countries, "ZZ")) if direction is Direction.EXPORT else None,
        )
        day = chance.choice((DAY, date(2026, 12, 30), date(2027, 7, 1), date(2030, 1, 1)))
        asked = {row.measure for row in tables.at(day).measures(goods) if row.all_of or row.banned}
        of_chapter = (one for one in found if goods.commodity_code[:2] in one.chapters)
        assert {one.measure for one in of_chapter if concerned(one, goods, day)} == asked, goods
        seen += bool(asked)
    assert seen > 100
