"""The commonest tasks that no other test walks, by clicks alone and without script: each within four of them."""

import pytest
from playwright.async_api import Browser

from tests.builders.browser import Clicks, led_on, opened
from tests.builders.fish_case import Cases

pytestmark = pytest.mark.browser
MOST = 4


async def test_the_oldest_hold_of_an_office_is_found_with_its_reasons(chromium: Browser, cases: Cases) -> None:
    async with opened(chromium, java_script_enabled=False, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/console/queue")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        walk = Clicks(page)
        await page.locator("#office").select_option("FR001260")
        walk.count += 1
        await walk.on(page.get_by_role("button", name="Apply"))
        await walk.on(page.locator(".sw-tabs").get_by_role("link", name="All held"))
        assert "office=FR001260" in page.url
        held_for = await page.locator("table.sw-q tbody tr").first.inner_text()
        await walk.on(page.locator("table.sw-q tbody tr a").first)
        assert (await page.locator("h1 bdi, h1 .sw-mono").first.inner_text()).strip() in held_for
        assert await page.locator("#why").is_visible()
        assert await page.locator(".sw-verdict").is_visible()
        assert walk.count <= MOST


async def test_a_trader_learns_what_goods_need(chromium: Browser, cases: Cases) -> None:
    async with opened(chromium, java_script_enabled=False, locale="en") as page:
        await page.goto(cases.gateway.url)
        walk = Clicks(page)
        await walk.on(page.get_by_role("link", name="What do my goods need?").first)
        await page.locator("#code").fill("0303632000")
        await page.locator("#origin").fill("NO")
        await walk.on(page.get_by_role("button", name="Show what is needed"))
        told = await page.locator("main").inner_text()
        assert "C673" in told, told
        assert walk.count <= MOST
