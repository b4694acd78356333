"""A row of a later folder takes over what it leaves out from the rows that it replaces, key by key and day by day."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import DocumentRoute, QuantityMode, Use
from gateway.settings.tables import load_tables
from gateway.settings.tables.layers import Layer
from tests.builders.extent import part
from tests.builders.layers import layer, over, overlay
from tests.builders.places import CONFIG
from tests.builders.story import STORIES, read, shipped, tables_of

DAY = date(2026, 11, 25)

N853 = """
[[document]]
types = ["N853"]
directions = ["import"]
waivers = ["Y930", "Y931", "Y978"]
loosens = "Circular 3/2026"
valid_from = 2026-01-01
source = "Circular 3/2026"
"""


@pytest.mark.parametrize(
    ("adapter", "system"), [("", "TRACES"), ('adapter = "traces"', "TRACES"), ('adapter = "dual_use"', None)]
)
def test_a_row_that_names_another_adapter_does_not_take_over_the_system_that_was_asked(
    tmp_path: Path, adapter: str, system: str | None
) -> None:
    route = over(tmp_path / "own", documents=N853 + adapter).at(DAY).route("N853", Direction.IMPORT)
    assert route is not None
    assert route.system == system


def test_a_replacing_row_takes_over_what_it_does_not_mention(tmp_path: Path) -> None:
    tables = over(tmp_path / "own", documents=N853)
    before = shipped().at(DAY).route("N853", Direction.IMPORT)
    route = tables.at(DAY).route("N853", Direction.IMPORT)
    assert before is not None
    assert route is not None
    kept: dict[str, Any] = {
        "valid_from": before.valid_from,
        "source": before.source,
        "waivers": before.waivers,
        "loosens": None,
    }
    assert replace(route, directions=before.directions, **kept) == before
    assert (route.waivers, route.place) == (("Y930", "Y931", "Y978"), f"{tmp_path}/own/documents.toml:2")


def test_each_key_takes_over_from_its_own_row(tmp_path: Path) -> None:
    text = """
[[document]]
types = ["N853", "X060", "X061"]
directions = ["import", "export"]
level = "item"
valid_from = 2026-01-01
source = "test"
"""
    with pytest.raises(ConfigurationError) as refused:
        over(tmp_path / "own", documents=text)
    # Nothing stands there from which N853 could be taken in export, nor X060 and X061 in import.
    assert (
        f"{tmp_path}/own/documents.toml:2: authority is missing where it replaces no earlier row"
        in refused.value.faults
    )
    text = text.replace('"N853", ', "").replace('"import", ', "")
    tables = over(tmp_path / "other", documents=text).at(DAY)
    one, other = tables.route("X060", Direction.EXPORT), tables.route("X061", Direction.EXPORT)
    assert one is not None
    assert other is not None
    assert (one.quantity, one.destination, one.level.value) == (QuantityMode.LEDGER, Use.REQUIRED, "item")
    assert (other.quantity, other.destination, other.level.value) == (QuantityMode.NONE, Use.WHEN_NAMED, "item")


def test_each_span_of_days_takes_over_from_its_own_row(tmp_path: Path) -> None:
    text = """
[[document]]
types = ["C673"]
directions = ["import"]
level = "item"
valid_from = 2025-12-01
source = "test"
"""
    tables = over(tmp_path / "own", documents=text)
    on_paper, in_catch = (
        tables.at(day).route("C673", Direction.IMPORT) for day in (date(2026, 1, 9), date(2026, 1, 10))
    )
    assert on_paper is not None
    assert in_catch is not None
    assert (on_paper.adapter, on_paper.quantity, on_paper.level.value) == (None, QuantityMode.NONE, "item")
    assert (in_catch.adapter, in_catch.quantity, in_catch.level.value) == ("catch", QuantityMode.USAGE, "item")
    assert (in_catch.valid_from, in_catch.valid_to) == (date(2026, 1, 10), None)


def test_a_third_folder_takes_over_from_the_second(tmp_path: Path) -> None:
    second = layer(tmp_path / "second", documents=N853)
    third = layer(
        tmp_path / "third",
        documents='[[document]]\ntypes = ["N853"]\ndirections = ["import"]\nlevel = "item"\n'
        'valid_from = 2026-06-01\nsource = "test"\n',
    )
    tables = load_tables(CONFIG, second, third)
    may, june = (tables.at(date(2026, month, 1)).route("N853", Direction.IMPORT) for month in (5, 6))
    assert may is not None
    assert june is not None
    assert (may.level.value, june.level.value) == ("any", "item")
    assert (june.waivers, june.decided) == (may.waivers, True)


def test_a_requirement_takes_over_its_checks(tmp_path: Path) -> None:
    text = """
[[requirement]]
measure = "catch certificate"
commodities = ["03", "1604", "1605", "0511"]
valid_from = 2026-01-01
source = "test"
"""
    tables = over(tmp_path / "own", requirements=text)
    before = next(row for row in shipped().required if row.measure == "catch certificate")
    row = next(row for row in tables.required if row.measure == "catch certificate" and row.in_force(DAY))
    assert (row.all_of, row.alternatives, row.legal_basis) == (before.all_of, before.alternatives, before.legal_basis)
    assert tables.loosenings == ()


def test_what_is_left_out_is_taken_over_or_missing(tmp_path: Path) -> None:
    text = '[[document]]\ntypes = ["U001"]\ndirections = ["import"]\nvalid_from = 2026-01-01\nsource = "test"\n'
    with pytest.raises(ConfigurationError) as refused:
        over(tmp_path, documents=text)
    assert refused.value.faults == (
        f"{tmp_path}/documents.toml:1: authority is missing",
        f"{tmp_path}/documents.toml:1: legal_basis is missing",
    )


def test_what_is_taken_away_is_taken_away_on_purpose(tmp_path: Path) -> None:
    text = """
[[document]]
types = ["N853"]
directions = ["import"]
decided = false
dispatch = "no"
waivers = []
form = ""
loosens = "Circular 4/2026"
valid_from = 2026-01-01
source = "Circular 4/2026"
"""
    tables = over(tmp_path, documents=text)
    route = tables.at(DAY).route("N853", Direction.IMPORT)
    assert route is not None
    assert (route.decided, route.dispatch, route.waivers, route.form) == (False, Use.NO, (), None)
    assert [(one.field, one.before, one.after) for one in tables.loosenings] == [
        ("decided", "yes", "no"),
        ("dispatch", "when_named", "no"),
        ("waivers", "Y930, Y931", ""),
        ("form", r"CHED(A|P|D|PP)\.[A-Z]{2}\.20\d{2}\.\d{7}", ""),
    ]
    assert tables.loosenings[0].message == (
        f"{tmp_path}/documents.toml:2: loosens: document N853, import: the authority's decision does not have to fit the "
        "procedure any more (decided: yes -> no), from 2026-01-01; reason: Circular 4/2026"
    )


TOUCHED = """
[[document]]
types = ["N853"]
directions = ["import"]
waivers = ["Y930", "Y931", "Y978"]
loosens = "Circular 3/2026"
valid_from = 2016-05-01
authority = "the border control post"
legal_basis = "Reg. (EU) 2017/625, Art. 57; Delegated Reg. (EU) 2019/1602, Art. 4 to 6"
source = "Circular 3/2026"

[[requirement]]
measure = "veterinary control of products of animal origin"
at_entry = true
valid_from = 2019-12-14
source = "Circular 3/2026"
"""


@pytest.mark.whole
def test_a_layer_that_adds_a_waiver_decides_every_story_as_it_was(tmp_path: Path) -> None:
    """W8: not acceptable, status 97, cheese on milk and an exceeded quantity were released under such a layer."""
    documents, requirements = TOUCHED.split("[[requirement]]")
    tables = over(tmp_path, documents=documents, requirements=f"[[requirement]]{requirements}")
    played = 0
    for story in part(STORIES, 3):
        case = read(story)
        if tables_of(story) is shipped() and any(document.type == "N853" for document in case.plan.documents):
            played += 1
            decision, before = decide(replace(case, tables=tables)), decide(case)
            assert (decision.effect, decision.items, decision.findings) == (
                before.effect, before.items, before.findings,
            ), story  # fmt: skip
    assert played > 50


START = date(2026, 1, 1)
Said = tuple[int, int | None, bool | None, tuple[str, ...] | None]
"""Of a row: its first day, how long it holds, and what it says, if it mentions it."""
said = st.tuples(
    st.integers(0, 9),
    st.none() | st.integers(0, 5),
    st.none() | st.booleans(),
    st.none() | st.sampled_from([(), ("Y930",), ("Y930", "Y931")]),
)


@given(st.lists(said, min_size=1, max_size=5))
def test_on_each_day_each_field_is_what_the_last_layer_that_mentions_it_says(rows: list[Said]) -> None:
    layers = [Layer({"routes": [_row(row)]}) for row in rows]
    held, _ = overlay(layers)
    for number in range(17):
        day = START + timedelta(days=number)
        expected: tuple[bool, tuple[str, ...]] | None = None
        for begins, length, decided, waivers in rows:
            if begins <= number and (length is None or number <= begins + length):
                before = expected or (False, ())
                expected = (before[0] if decided is None else decided, before[1] if waivers is None else waivers)
        counting = [(row.decided, row.waivers) for row in held["routes"] if row.in_force(day)]
        assert counting == ([expected] if expected is not None else [])


def _row(row: Said) -> Any:
    begins, length, decided, waivers = row
    mentioned = {"decided": decided, "waivers": waivers}
    values: dict[str, Any] = {name: UNSET if value is None else value for name, value in mentioned.items()}
    return DocumentRoute(
        types=("U001",),
        directions=(Direction.IMPORT,),
        authority="test",
        legal_basis="test",
        valid_from=START + timedelta(days=begins),
        valid_to=None if length is None else START + timedelta(days=begins + length),
        source="test",
        place="test",
        **values,
    )
