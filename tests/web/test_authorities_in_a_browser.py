"""The pages of authorities in Chromium: usable by everybody, and a window asked for within four clicks."""

import pytest
from playwright.async_api import Browser

from tests.builders.authority_pages import WINDOW, api
from tests.builders.browser import DESK, PHONE, Clicks, faults_at, faults_of, led_on, opened
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.page_states import addresses
from tests.builders.running import Served, declaration, settled

pytestmark = pytest.mark.browser


@pytest.mark.whole
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_every_page_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    url = cases.gateway.url
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, url, addresses("places")) == []
        await page.goto(f"{url}{WINDOW}")
        await led_on(page, page.get_by_role("button", name="Ask a second officer"))
        assert await faults_of(page) == [], "with faults"
        assert await page.locator("[role=alert]").count() == 1


@pytest.mark.whole
async def test_a_window_is_opened_by_two_officers_in_four_clicks_each_without_script(
    chromium: Browser, demonstration: Served
) -> None:
    url = demonstration.url
    with demonstration.client() as client:
        for lrn in ("WINDOW-1", "WINDOW-2"):
            settled(client, client.lodge(declaration("01", lrn), "application/xml", wait_s=20).body["id"])
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{url}/console/queue?turn=all")
        clicks = Clicks(page)
        await clicks.on(page.get_by_role("link", name="TRACES: health, windows").first)
        await clicks.on(page.get_by_role("link", name="Open a window").first)
        await clicks.choose(page.get_by_role("radio", name="Hold until an officer has verified it by hand").first)
        await page.get_by_label("Why a window is needed").fill("TRACES has not answered since the morning.")
        await clicks.on(page.get_by_role("button", name="Ask a second officer").first)
        assert clicks.count <= 4
        assert await page.get_by_role("heading", name="TRACES").count() == 1
        assert "It waits for a second officer" in await page.locator("main").inner_text()
        # Whoever asked cannot approve it, on the page either.
        await led_on(page, page.locator("a[href^='/console/approvals/']").first)
        assert await page.get_by_role("button", name="Send my answer").count() == 0
        assert "You asked" in await page.locator("main").inner_text()
        asked = page.url
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as second demo officer"))
        clicks = Clicks(page)
        await clicks.on(page.get_by_role("link", name="Approvals").first)
        await clicks.on(page.locator("tbody a").first)
        assert page.url == asked
        await clicks.choose(page.get_by_role("radio", name="Approve").first)
        await clicks.on(page.get_by_role("button", name="Send my answer").first)
        assert clicks.count <= 4
        assert await page.get_by_text("This was approved, and is carried out.").is_visible()
        assert "for TRACES is open until" in await page.locator("body").inner_text()
    (one,) = [one for one in api(demonstration, "GET", "/v1/contingency")["items"] if one["in_force"]]
    closing = {"reason": "only a test", "officer": "Cy"}
    api(demonstration, "POST", f"/v1/contingency/{one['number']}/closing", closing)
