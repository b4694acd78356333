"""The queue in Chromium: no fault that axe finds and nothing to scroll sideways, on a desk and on a phone."""

import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_at, opened
from tests.builders.page_states import addresses
from tests.builders.running import Served, declaration, settled

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_every_state_of_the_queue_can_be_used_by_everybody(
    chromium: Browser, demonstration: Served, width: int
) -> None:
    with demonstration.client() as client:
        settled(client, client.lodge(declaration("01", "QUEUE-AXE"), "application/xml", wait_s=20).body["id"])
    async with opened(chromium, viewport={"width": width, "height": 800}, java_script_enabled=True) as page:
        await page.goto(f"{demonstration.url}/sign-in")
        await page.get_by_role("button", name="Enter as first demo officer").click()
        assert await faults_at(page, demonstration.url, addresses("queue", lrn="QUEUE-,UE-AXE")) == []
