"""Golden cases that end otherwise, findings without a case or a near miss, and near misses that are none, are found."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.decisions import RULES, RULESET, Raised, Rule, RuleSet
from gateway.decisions.case import OpenedCase
from gateway.domain.errors import ConfigurationError
from gateway.golden.check import check_cases
from gateway.settings.tables import load_tables
from tests.builders.places import CASES, CONFIG
from tests.builders.story import shipped

EXCEEDED = "SW-DEC-070"
NEAR = """\
[[near_miss]]
code = "SW-DEC-070"
why = "All that is left may be taken."
fact = "declaration.items[3].documents[1].quantity"
was = "1.00001"
now = "1"
effect = "release"
"""


def faults(folder: Path, rules: RuleSet = RULES) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        check_cases(folder, shipped(), partial(load_tables, CONFIG), rules)
    return list(caught.value.faults)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A folder of its own for one case: three items take a gram more than is left."""
    there = tmp_path / "quantity-exceeded"
    shutil.copytree(CASES / there.name, there)
    (there / "near.toml").write_text(NEAR, encoding="utf-8")
    return there


def of(case: Path, found: list[str], file: str) -> list[str]:
    """The faults of one of a case's files, each without the file's folder."""
    return [fault.removeprefix(f"{case}/") for fault in found if fault.startswith(f"{case}/{file}")]


def test_a_case_and_a_near_miss_are_enough_for_a_finding(case: Path) -> None:
    found = faults(case.parent)
    assert not [fault for fault in found if EXCEEDED in fault]
    assert len(found) == len(RULES.codes) - 1, "every other finding lacks a case, or a near miss"


def test_a_finding_without_case_or_near_miss_is_named_with_its_row(case: Path) -> None:
    (case / "near.toml").unlink()
    found = faults(case.parent)
    places = {code: row.place for row in shipped().rules for code in row.codes}
    assert all(place.count(":") == 1 for place in places.values())
    assert (
        f"{places[EXCEEDED]}: {EXCEEDED} has no near miss: a [[near_miss]] in a case that raises it, as {case}/near.toml"
        in found
    )
    assert f"{places['SW-DEC-071']}: SW-DEC-071 is raised in no case of {case.parent}" in found
    assert len(found) == len(RULES.codes)


def always(file: OpenedCase) -> Iterator[Raised]:
    """Goods are never enough."""
    for dossier in file.routed:
        params = {**dict.fromkeys(("line", "declared", "available", "items", "left", "unit"), "1"), "most": "less"}
        yield Raised(code=EXCEEDED, document=dossier.key, params=params)


def test_a_rule_that_always_fires_has_no_near_miss(case: Path) -> None:
    rule = next(rule for rule in RULESET if EXCEEDED in rule.codes)
    found = faults(case.parent, replace(RULES, facts=(*RULES.facts, replace(rule, check=always))))
    assert of(case, found, "near.toml") == [
        "near.toml:1: SW-DEC-070 is raised here too, so declaration.items[3].documents[1].quantity is not the fact that it "
        "hangs on",
        "near.toml:1: the decision is hold, not release",
    ]
    assert any("SW-DEC-070 has no near miss" in fault for fault in found)
    assert of(case, found, "expected.json"), "and the case itself ends otherwise"


def test_a_rule_that_never_fires_has_no_near_miss(case: Path) -> None:
    def never(file: OpenedCase) -> Iterator[Raised]:
        yield from ()

    facts = tuple(replace(rule, check=never) if EXCEEDED in rule.codes else rule for rule in RULES.facts)
    kept = [rule for rule in facts if rule.check is never or rule.check.__name__ != "quantity_available"]
    codes = tuple(code for rule in RULES.facts for code in rule.codes)
    found = faults(case.parent, replace(RULES, facts=(*kept, Rule(check=never, codes=codes))))
    assert "near.toml:1: SW-DEC-070 is not raised in the case, so nothing is missed" in of(case, found, "near.toml")
    assert any("SW-DEC-070 is raised in no case" in fault for fault in found)


FACT = 'fact = "declaration.items[3].documents[1].quantity"'
LEADS_NOWHERE = "leads nowhere in the case"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('was = "1.00001"', 'was = "1.1"', "near.toml:1: declaration.items[3].documents[1].quantity is 1.00001 in the case, not 1.1"),
        ('was = "1.00001"\n', "", "quantity is 1.00001 in the case, not not there"),
        ('now = "1"', 'now = "1.00001"', "quantity is 1.00001 in both, which is no change"),
        ('now = "1"', 'now = "1.000001"', "SW-DEC-070 is raised here too"),
        ('now = "1"', 'now = "a lot"', "what is stated then are no facts"),
        ('now = "1"', "now = { value = 1 }", "what is stated then are no facts"),
        ('effect = "release"', 'effect = "hold"', "the decision is release, not hold"),
        ('effect = "release"', 'effect = "relaese"', "near.toml:7: Invalid enum value 'relaese'"),
        ('effect = "release"', "", "near.toml:1: effect is missing"),
        ('effect = "release"', 'effect = "release"\ngone = []', "near.toml:8: unknown key 'gone'"),
        ('effect = "release"', 'effect = "release"\ngoes = ["SW-DEC-002"]', "SW-DEC-002 is stated to be what goes with it, and does not"),
        ('effect = "release"', 'effect = "release"\ncomes = ["SW-DEC-071"]', "SW-DEC-071 is stated to be what comes with it, and does not"),
        ('now = "1"', 'now = "0"', "SW-DEC-072 comes with it, and that is not stated (comes)"),
        ('code = "SW-DEC-070"', 'code = "SW-DEC-099"', "near.toml:1: SW-DEC-099 is no rule's finding"),
        ('code = "SW-DEC-070"', 'code = "SW-DEC-071"', "SW-DEC-071 is not raised in the case, so nothing is missed"),
        (FACT, 'fact = "declaration.items[4].documents[1].quantity"', LEADS_NOWHERE),
        (FACT, 'fact = "declaration.items[3].documents[3]"', "documents[3] is not there in the case, not 1.00001"),
        (FACT, 'fact = "declaration.items[0].net_mass"', "a way is declaration.items[1].net_mass or"),
        (FACT, 'fact = "expected.effect"', "'expected.effect' leads nowhere"),
        ("[[near_miss]]", "[near_miss]", "near.toml:1: near_miss: an array of tables is needed, [[near_miss]]"),
        ("[[near_miss]]", "[[near_mis]]", "near.toml:1: unknown table 'near_mis'"),
        ("[[near_miss]]", "[[near_miss]", "near.toml:1: not TOML"),
        (
            'effect = "release"',
            'effect = "release"\nalong = [{ fact = "declaration.items[3].net_mass", is = "2" }]',
            "near.toml:8: Object contains unknown field `is`",
        ),
        (
            'effect = "release"',
            'effect = "release"\nalong = [{ fact = "declaration.items[2].net_mass", was = "300", now = "299" }]',
            "SW-DEC-070 goes with what is changed along already",
        ),
        (
            'effect = "release"',
            'effect = "release"\nalong = [{ fact = "declaration.items[2].net_maas", now = "3" }]',
            "declaration.items[2].net_maas is no fact of a case",
        ),
    ],
)  # fmt: skip
def test_a_near_miss_that_is_none_is_said_with_its_line(case: Path, old: str, new: str, said: str) -> None:
    assert old in NEAR
    (case / "near.toml").write_text(NEAR.replace(old, new), encoding="utf-8")
    found = faults(case.parent)
    assert any(said in fault for fault in of(case, found, "near.toml:")), found[:5]
    assert any("SW-DEC-070 has no near miss" in fault for fault in found)


def test_a_case_that_ends_otherwise_is_said_with_the_line(case: Path) -> None:
    expected = case / "expected.json"
    signed = expected.read_text(encoding="utf-8")
    expected.write_text(signed.replace('"effect": "hold"', '"effect": "release"', 1), encoding="utf-8")
    (told,) = of(case, faults(case.parent), "expected.json")
    assert told == 'expected.json:2: the case ends otherwise: "effect": "hold", in the place of "effect": "release",'
    expected.write_text(signed + "and more\n", encoding="utf-8")
    (told,) = of(case, faults(case.parent), "expected.json")
    assert "the case ends otherwise" in told
    expected.unlink()
    (told,) = of(case, faults(case.parent), "expected.json")
    assert told.startswith("expected.json: cannot be read")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("declaration.json", "{", "declaration.json: cannot be read"),
        ("declaration.json", "[]", "what is stated are no facts"),
        ("answers.toml", "accepted = true", "what is stated are no facts: day is not stated"),
        ("answers.toml", "=", "answers.toml: cannot be read"),
        ("answers.toml", "day = 2026-11-25\naccepted = true\nreleasd = true", "answers.releasd is no fact of a case"),
        (
            "answers.toml",
            'day = 2026-11-25\naccepted = true\n[[answer]]\ntype = "N853"\nreference = "X"\nstatus = "valid"\ncuase = "x"',
            "answers.answer[1].cuase is no fact of a case",
        ),
        ("answers.toml", 'day = "now"\naccepted = 1', "what is stated are no facts"),
    ],
)
def test_a_case_that_cannot_be_read_is_said(case: Path, file: str, content: str, said: str) -> None:
    (case / file).write_text(content, encoding="utf-8")
    assert any(said in fault for fault in faults(case.parent) if str(case) in fault)


def test_a_folder_without_cases_and_tables_of_a_case_with_faults_are_said(case: Path) -> None:
    (case / "tables").mkdir()
    (case / "tables" / "decisions.toml").write_text('[[tolerance]]\nadapter = "traces"\n', encoding="utf-8")
    assert any("decisions.toml:1: valid_from is missing" in fault for fault in faults(case.parent))
    shutil.rmtree(case)
    assert faults(case.parent) == [f"{case.parent}: no case with a declaration.json"]
