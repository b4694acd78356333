"""The queue in Chromium: no fault that axe finds and nothing to scroll sideways, on a desk and on a phone."""

import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_at, led_on, opened
from tests.builders.extent import part
from tests.builders.page_states import addresses
from tests.builders.running import Served, declaration, settled

pytestmark = pytest.mark.browser
_WITH_COUNT = """() => {
    document.querySelector("#sw-waiting").innerHTML = ' <span class="sw-count">50</span>';
    const there = (one) => document.querySelector(one).getBoundingClientRect();
    const parts = [".sw-brand", ".sw-nav ul", ".sw-find", ".sw-lang", ".sw-me"].map(there);
    const beside = parts.every((one, place) => place === 0 || parts[place - 1].right <= one.left);
    return [there("header").height, beside];
}"""


@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_every_state_of_the_queue_can_be_used_by_everybody(
    chromium: Browser, demonstration: Served, width: int
) -> None:
    with demonstration.client() as client:
        settled(client, client.lodge(declaration("01", "QUEUE-AXE"), "application/xml", wait_s=20).body["id"])
    async with opened(chromium, viewport={"width": width, "height": 800}, java_script_enabled=True) as page:
        await page.goto(f"{demonstration.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, demonstration.url, addresses("queue", lrn="QUEUE-,UE-AXE")) == []
        for language in ("fr", "de", "en") if width == DESK else ():
            await page.goto(f"{demonstration.url}/console/queue?lang={language}")
            assert await page.evaluate(_WITH_COUNT) == [56, True], f"the head is one line: {language}"
