"""Every story of the demonstration comes out as it says, over HTTP."""

import pytest

from gateway.cli.demo.story import Story, play, read_stories, stopping
from tests.builders.running import Authorities, GatewayReader

STORIES = read_stories()


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_story_comes_out_as_it_says(story: Story, gateway: GatewayReader, simulated: Authorities) -> None:
    expected = 0
    for played in play(story, gateway, simulated.urls):
        if played.reply is None:
            continue
        assert played.reply.decision is not None, played.reply.body
        assert played.as_expected, (played.reply.effect, stopping(played.reply.decision), played.step.expected)
        assert all(f["message"] and f["remedy"] for f in played.reply.decision["findings"])
        expected += 1
    assert expected


def test_stories_tell_of_every_outcome() -> None:
    effects = {step.expected.effect for story in STORIES for step in story.steps if step.expected}
    assert effects == {"release", "hold", "refuse"}
    assert len(STORIES) >= 10
