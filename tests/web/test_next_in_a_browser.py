"""An officer goes from one case of the queue to the next without seeing the queue, by keys alone."""

import re

import pytest
from playwright.async_api import Browser, Page

from tests.builders.browser import led_on, opened
from tests.builders.fish_case import Cases
from tests.builders.running import declaration

pytestmark = pytest.mark.browser
MOST = 6
"""Keys for a case: to its act, open it, to what has to be said, say so, send it, and on to the next case."""


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self._page, self.count = page, 0

    async def press(self, key: str) -> None:
        self.count += 1
        await self._page.keyboard.press(key)


@pytest.mark.whole
async def test_two_refusals_are_confirmed_without_seeing_the_queue(chromium: Browser, cases: Cases) -> None:
    ids = set()
    with cases.gateway.client() as client:
        for lrn in ("NEXT-1", "NEXT-2", "NEXT-3"):
            record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
            cases.lodger.decided(record_id, 1)
            ids.add(record_id)
    async with opened(chromium, viewport={"width": 1280, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/console/queue?order=newest")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/queue?order=newest")
        first = page.locator(".sw-q__link").first
        await first.click()
        done, keys = [], Keys(page)
        for _ in range(2):
            case = re.search(r"/declarations/([^?/]+)", page.url)
            assert case is not None
            done.append(case[1])
            assert await page.locator("h2#verdict").inner_text() == "Refuse: not confirmed to the declarant yet"
            keys.count = 0
            await keys.press("c")
            await keys.press("Enter")
            await page.wait_for_url("**/confirm?**")
            heard = page.locator("#heard")
            # Nothing presets that somebody was heard.
            assert not await heard.is_checked()
            await keys.press("c")
            await keys.press("Space")
            await keys.press("Enter")
            await page.wait_for_url("**done=**")
            following = page.locator(".sw-strip--done a")
            assert re.fullmatch(r"Next of \d+", await following.inner_text())
            assert await following.evaluate("one => one === document.activeElement")
            await keys.press("Enter")
            await page.wait_for_url(lambda url: "done=" not in url)
            assert "/console/declarations/" in page.url
            assert keys.count == MOST
        assert len({*done}) == 2
        assert {*done} <= ids
