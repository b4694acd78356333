"""Every story ends in its expected decision, which is explained by what it stands on, and every finding has a story that raises it and a
near miss that does not.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from gateway.decisions import RULES, Case, decide
from gateway.decisions.comparison import DIFFERS
from gateway.decisions.explanation import Grounds, grounds, weigh
from gateway.domain.decision import Effect, Mode
from gateway.domain.tables.credibility import TaricCheck
from gateway.domain.tables.required import TaricRequirement
from gateway.domain.tables.rows import Row
from gateway.golden.case import read_files
from gateway.golden.check import near_miss_faults
from gateway.golden.near_miss import NearMiss
from tests.builders.places import CASES
from tests.builders.story import STORIES, near_misses, play, read, tables_of, written

NEAR_MISSES = [(story, miss) for story in STORIES for miss in near_misses(story)]


@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_as_expected_and_is_explained(story: str, request: pytest.FixtureRequest) -> None:
    expected = CASES / story / "expected.json"
    decided = written(play(story))
    if request.config.getoption("--update"):
        expected.write_text(decided, encoding="utf-8")
    assert decided == expected.read_text(encoding="utf-8")
    told = read(story)
    found = grounds(told)
    assert found.decision == decide(told)
    stands_on_the_rows_consulted(told, found)
    has_a_cause_for_every_effect(found)
    assert list(contradictions(found)) == []


def stands_on_the_rows_consulted(told: Case, found: Grounds) -> None:
    """Under a table set of nothing but the consulted rows the decision is the same."""
    consulted = {id(one.row) for one in found.consulted}
    rows: dict[str, Any] = {}
    for field in fields(told.tables):
        held = getattr(told.tables, field.name)
        if isinstance(held, tuple) and held and isinstance(held[0], Row):
            rows[field.name] = tuple(row for row in held if id(row) in consulted)
    # Measures of TARIC are made of its parts, which stay.
    of_files = [one for one in found.consulted if not isinstance(one.row, TaricRequirement | TaricCheck)]
    assert sum(map(len, rows.values())) == len(of_files)
    assert decide(replace(told, tables=replace(told.tables, **rows))) == found.decision
    assert all(one.keys and one.row.source for one in found.consulted)


def has_a_cause_for_every_effect(found: Grounds) -> None:
    """The causes of each item's effect are told, and all findings are counted once."""
    weighed = weigh(found.decision, found.covers)
    assert weighed.effect is found.decision.effect
    for item in weighed.items:
        assert bool(item.because) is (item.effect.gravity >= Effect.HOLD.gravity), item
        assert all(cause.goods_item in (None, item.goods_item) for cause in item.because)
    active = [finding for finding in found.decision.findings if finding.mode is Mode.ACTIVE]
    gravest = sum(finding.effect is found.decision.effect for finding in active)
    assert sum(count for _, count in weighed.less_grave) + gravest == len(active)


def contradictions(found: Grounds) -> Iterator[str]:
    """Where what is shown as compared and what rules say do not agree."""
    said = {(one.document.key, code) for one in found.decision.findings if one.document for code in [one.code]}
    for key, rows in found.compared.items():
        for what, codes in DIFFERS.items():
            shown = any(one.fits is False for one in rows if one.what is what)
            raised = any((key, code) in said for code in codes)
            if raised and not shown:
                yield f"{key}: {what} is not shown to differ, and a rule says so"
        for one in rows:
            if one.told is None and one.fits:
                yield f"{key}: {one.what} fits what nobody told"


@pytest.mark.parametrize(("story", "miss"), NEAR_MISSES, ids=[f"{miss.code}-{story}" for story, miss in NEAR_MISSES])
def test_one_fact_less_and_the_finding_is_not_raised(story: str, miss: NearMiss) -> None:
    assert list(near_miss_faults(miss, read_files(CASES / story), play(story), tables_of(story))) == [], miss.place


def test_every_finding_has_a_near_miss() -> None:
    assert {miss.code for _, miss in NEAR_MISSES} == RULES.codes
