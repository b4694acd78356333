"""Files at the portal in Chromium: dropped or chosen, with what is wrong beside their lines, without script."""

import pytest
from playwright.async_api import Browser, FilePayload, Page

from tests.builders.browser import DESK, PHONE, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.running import lodgeable

pytestmark = pytest.mark.browser


async def checked(page: Page, cases: Cases, content: bytes) -> None:
    """Chooses a file and has it checked."""
    await page.goto(f"{cases.gateway.url}/preflight")
    await page.set_input_files("#file", FilePayload(name="fish.xml", mimeType="text/xml", buffer=content))
    await led_on(page, page.get_by_role("button", name="Check"))


@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_a_file_is_checked_and_lodged_in_four_clicks(chromium: Browser, cases: Cases, width: int) -> None:
    content = lodgeable("05", f"DROPPED-{width}")
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        await checked(page, cases, content.replace(b"<netMass>", b"<netMass>x"))
        assert await page.locator(".sw-errs:focus").count() == 1
        assert await faults_of(page) == []
        assert not await overflowing(page)
        await led_on(page, page.locator(".sw-errs a").first)
        assert "#L" in page.url
        await checked(page, cases, content)
        assert await faults_of(page) == []
        assert not await overflowing(page)
        await led_on(page, page.get_by_role("button", name="Lodge this file"))
        assert await page.locator("h1").inner_text() == f"DROPPED-{width}"
        await page.goto(f"{cases.gateway.url}/lodge")
        assert await faults_of(page) == []
        assert not await overflowing(page)
