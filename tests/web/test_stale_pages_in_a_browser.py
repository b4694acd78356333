"""An open page says when nothing reaches it any more, and when its person is signed out; and no more once that is over."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.builders.browser import led_on
from tests.builders.fish_case import Cases

pytestmark = pytest.mark.browser
WITHIN_MS = 30_000


@pytest.mark.whole
async def test_a_page_without_connection_says_since_when(chromium: Browser, cases: Cases) -> None:
    # Not `opened`: that a request fails is a fault of the console.
    context = await chromium.new_context(viewport={"width": 320, "height": 640}, locale="en")
    page = await context.new_page()
    await page.goto(f"{cases.gateway.url}/sign-in")
    await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
    await page.route("**/live?*", lambda route: route.abort())
    await page.goto(f"{cases.gateway.url}/console/declarations/{cases.fish}")
    line = page.locator("#sw-lost p[data-when=lost]")
    await expect(line).to_be_visible(timeout=WITHIN_MS)
    assert re.match(r"No connection since \d\d:\d\d( [AP]M)?\. What stands here", await line.inner_text())
    await page.unroute("**/live?*")
    await expect(line).to_be_hidden(timeout=WITHIN_MS)
    await context.close()


@pytest.mark.whole
async def test_a_page_whose_person_signed_out_elsewhere_says_so(chromium: Browser, cases: Cases) -> None:
    context = await chromium.new_context(locale="en")
    page, other = await context.new_page(), await context.new_page()
    await page.goto(f"{cases.gateway.url}/sign-in")
    await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
    async with page.expect_response(lambda one: "/live?" in one.url):
        await page.goto(f"{cases.gateway.url}/console/queue?turn=all")
    await other.goto(f"{cases.gateway.url}/sign-out?room=console")
    await led_on(other, other.get_by_role("button", name="Sign out").first)
    line = page.locator("#sw-lost p[data-when=out]")
    await expect(line).to_be_visible(timeout=WITHIN_MS)
    assert await line.locator("a").get_attribute("href") == "/sign-in?target=%2Fconsole%2Fqueue%3Fturn%3Dall"
    await context.close()
