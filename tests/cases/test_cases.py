"""Every story ends in its expected decision, and every finding has a story that raises it and a near miss that does not."""

import pytest

from gateway.decisions import RULES
from gateway.golden.case import read_files
from gateway.golden.check import near_miss_faults
from gateway.golden.near_miss import NearMiss
from tests.builders.places import CASES
from tests.builders.story import STORIES, near_misses, play, tables_of, written

NEAR_MISSES = [(story, miss) for story in STORIES for miss in near_misses(story)]


@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_as_expected(story: str, request: pytest.FixtureRequest) -> None:
    expected = CASES / story / "expected.json"
    decided = written(play(story))
    if request.config.getoption("--update"):
        expected.write_text(decided, encoding="utf-8")
    assert decided == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize(("story", "miss"), NEAR_MISSES, ids=[f"{miss.code}-{story}" for story, miss in NEAR_MISSES])
def test_one_fact_less_and_the_finding_is_not_raised(story: str, miss: NearMiss) -> None:
    assert list(near_miss_faults(miss, read_files(CASES / story), play(story), tables_of(story))) == [], miss.place


def test_every_finding_has_a_near_miss() -> None:
    assert {miss.code for _, miss in NEAR_MISSES} == RULES.codes
