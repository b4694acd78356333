"""Every story of the demonstration comes out as it says, over HTTP."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.simulation import load_simulator, simulator_process
from gateway.cli.demo.run import prepared_by_wings
from gateway.cli.demo.story import Story, installation, play, read_stories, stopping
from tests.builders.running import Authorities, GatewayReader, served

STORIES = read_stories()
ENABLED = {story.needs for story in STORIES if story.needs is not None}
"""Adapters that the delivered configuration does not ask, and that the demonstration connects."""


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "story", [one for one in STORIES if one.needs is None and not one.prepared], ids=lambda one: one.title
)
def test_story_comes_out_as_it_says(story: Story, gateway: GatewayReader, simulated: Authorities) -> None:
    comes_out(story, gateway, simulated.urls)


def test_stories_of_what_the_demonstration_connects_come_out(simulated: Authorities, database_url: str) -> None:
    environment = {**simulated.environment, **installation(), "GATEWAY_DATABASE_URL": database_url}
    names = sorted(ENABLED)
    with simulator_process(*(f"adapters.{name}" for name in names)) as urls:
        for name, url in zip(names, urls, strict=True):
            key = f"GATEWAY_ADAPTERS__{name.upper()}"
            environment[f"{key}__BASE_URL"] = url
            for secret, value in load_simulator(f"adapters.{name}").credentials.items():
                variable = f"STORY_{name}_{secret}".upper()
                environment |= {f"{key}__SECRETS__{secret.upper()}": f"env:{variable}", variable: value}
        with served(environment) as running, running.client() as client:
            for story in STORIES:
                if story.needs is not None:
                    comes_out(story, client, {**simulated.urls, **dict(zip(names, urls, strict=True))})


def test_stories_that_wings_prepare_come_out(simulated: Authorities, database_url: str, tmp_path: Path) -> None:
    ours = prepared_by_wings(database_url, tmp_path)
    environment = {**simulated.environment, **ours, "GATEWAY_DATABASE_URL": database_url}
    with served(environment) as running, running.client() as client:
        for story in STORIES:
            if story.prepared:
                comes_out(story, client, simulated.urls)


def comes_out(story: Story, gateway: GatewayReader, urls: Mapping[str, str]) -> None:
    """Plays a story to its end."""
    expected = 0
    for played in play(story, gateway, urls):
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
