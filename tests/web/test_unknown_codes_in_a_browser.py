"""The list of unknown codes, unfolded, in Chromium: no fault that axe finds and nothing to scroll sideways, on a desk and on a phone."""

import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.running import Served, declaration, settled

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_rows_to_copy_can_be_reached_by_everybody(chromium: Browser, demonstration: Served, width: int) -> None:
    with demonstration.client() as client:
        for kind in (b"9DFA", b"Q777"):
            raw = declaration("01", f"CODE-{kind.decode()}-{width}").replace(b"N853", kind)
            settled(client, client.lodge(raw, "application/xml", wait_s=20).body["id"])
    async with opened(chromium, viewport={"width": width, "height": 800}, java_script_enabled=True) as page:
        await page.goto(f"{demonstration.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        for language in ("en", "de", "fr"):
            await page.goto(f"{demonstration.url}/console/queue?lang={language}")
            await page.locator("details.sw-unknown summary").click()
            assert await page.locator("details.sw-unknown pre").is_visible()
            assert (await faults_of(page), await overflowing(page)) == ([], 0), language
