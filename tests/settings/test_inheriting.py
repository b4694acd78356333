"""A row of a later folder takes over what it leaves out from the rows that it replaces, key by key and day by day."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables import QuantityMode, Use
from gateway.settings.tables import load_tables
from tests.cases.story import shipped
from tests.settings.layers import CONFIG, layer, over

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
    assert tables.loosenings[0].told == (
        f"{tmp_path}/documents.toml:2: loosens: document N853, import: the authority's decision does not have to fit the "
        "procedure any more (decided: yes -> no), from 2026-01-01; reason: Circular 4/2026"
    )
