"""Every story ends in its expected decision, and every finding has a story in which it is raised and one in which it is not."""

import pytest

from gateway.decisions import RULESET
from tests.cases.story import CASES, STORIES, play, written


@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_as_expected(story: str, request: pytest.FixtureRequest) -> None:
    expected = CASES / story / "expected.json"
    decided = written(play(story))
    if request.config.getoption("--update"):
        expected.write_text(decided, encoding="utf-8")
    assert decided == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", sorted({code for rule in RULESET for code in rule.codes}))
def test_the_finding_is_raised_in_a_story_and_not_in_another(code: str) -> None:
    raised = [any(finding.code == code for finding in play(story).findings) for story in STORIES]
    assert any(raised), f"no story in which {code} is raised"
    assert not all(raised)
