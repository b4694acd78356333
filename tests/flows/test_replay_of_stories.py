"""What the gateway decided live, under everything that customs, traders and officers did, comes out the same afterwards."""

import json

import pytest

from gateway.cli.demo.story import play, read_stories
from tests.builders.commands import gateway_command
from tests.builders.consignments import WAIT_S, lodged
from tests.builders.places import CONFIG
from tests.builders.running import Authorities, served

pytestmark = pytest.mark.whole


@pytest.mark.usefixtures("untouched")
def test_every_live_decision_comes_out_the_same(simulated: Authorities, database_url: str) -> None:
    """Pre-lodged and presented, amended, verified by hand, released in parts, invalidated, with an authority down."""
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": database_url}
    with served(environment) as running, running.client() as gateway:
        stories = [story for story in read_stories() if story.needs is None]
        for story in stories:
            for _ in play(story, gateway, simulated.urls):
                pass
        goods = lodged(gateway, simulated, 1000, 1400)
        gateway.release(goods.id, {"items": [{"goods_item": 2}]}, wait_s=WAIT_S)
        for question in ((), (f"--rules={CONFIG}",)):
            done = gateway_command(environment, "replay", "--since=2026-01-01", "--json", "--processes=1", *question)
            assert done.returncode == 0, done.stdout + done.stderr
            told = json.loads(done.stdout)
            assert told["decisions"] == told["same"] > len(stories)
            assert told["not_recomputed"] == {}
            assert told["tables_not_stored"] == {}
