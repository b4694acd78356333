"""The pages of authorities in Chromium: usable by everybody, and a window asked for within four clicks."""

import pytest
from playwright.async_api import Browser, Page

from tests.builders.authority_pages import WINDOW, api
from tests.builders.browser import DESK, PHONE, faults_at, faults_of, opened
from tests.builders.fish_case import Cases
from tests.builders.page_states import addresses
from tests.builders.running import Served, declaration, settled

pytestmark = pytest.mark.browser


class Clicks:
    """A person whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.made = page, 0

    async def __call__(self, role: str, name: str) -> None:
        """Clicks on a link, a button or a radio by its name."""
        await self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.made += 1


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_every_page_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    url = cases.gateway.url
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{url}/sign-in")
        await page.get_by_role("button", name="Enter as first demo officer").click()
        assert await faults_at(page, url, addresses("places")) == []
        await page.goto(f"{url}{WINDOW}")
        await page.get_by_role("button", name="Ask a second officer").click()
        assert await faults_of(page) == [], "with faults"
        assert await page.locator("[role=alert]").count() == 1


async def test_a_window_is_opened_by_two_officers_in_four_clicks_each_without_script(
    chromium: Browser, demonstration: Served
) -> None:
    url = demonstration.url
    with demonstration.client() as client:
        for lrn in ("WINDOW-1", "WINDOW-2"):
            settled(client, client.lodge(declaration("01", lrn), "application/xml", wait_s=20).body["id"])
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{url}/sign-in")
        await page.get_by_role("button", name="Enter as first demo officer").click()
        await page.goto(f"{url}/console/queue?turn=all")
        clicks = Clicks(page)
        await clicks("link", "TRACES: health, windows")
        await clicks("link", "Open a window")
        await clicks("radio", "Hold until an officer has verified it by hand")
        await page.get_by_label("Why a window is needed").fill("TRACES has not answered since the morning.")
        await clicks("button", "Ask a second officer")
        assert clicks.made <= 4
        assert await page.get_by_role("heading", name="TRACES").count() == 1
        assert "It waits for a second officer" in await page.locator("main").inner_text()
        # Whoever asked cannot approve it, on the page either.
        await page.locator("a[href^='/console/approvals/']").first.click()
        assert await page.get_by_role("button", name="Send my answer").count() == 0
        assert "You asked" in await page.locator("main").inner_text()
        asked = page.url
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{url}/sign-in")
        await page.get_by_role("button", name="Enter as second demo officer").click()
        clicks = Clicks(page)
        await clicks("link", "Approvals")
        await page.locator("tbody a").first.click()
        clicks.made += 1
        assert page.url == asked
        await clicks("radio", "Approve")
        await clicks("button", "Send my answer")
        assert clicks.made <= 4
        assert await page.get_by_text("This was approved, and is carried out.").is_visible()
        assert "for TRACES is open until" in await page.locator("body").inner_text()
    (one,) = [one for one in api(demonstration, "GET", "/v1/contingency")["items"] if one["in_force"]]
    closing = {"reason": "only a test", "officer": "Cy"}
    api(demonstration, "POST", f"/v1/contingency/{one['number']}/closing", closing)
