"""The portal in Chromium: no fault that axe finds and nothing to scroll sideways, on a desk and on a phone, in print and without script."""

import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_at, faults_of, follow, led_on, opened, tabbed_to
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.held_alike import alike
from tests.builders.page_states import addresses

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_every_state_of_it_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(cases.gateway.url)
        assert await faults_of(page) == []
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        assert await faults_at(page, cases.gateway.url, addresses("portal", fish=cases.fish)) == []


async def test_a_trader_sees_what_is_wrong_by_keyboard_alone_and_without_script(
    chromium: Browser, cases: Cases
) -> None:
    async with opened(chromium, java_script_enabled=False, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/")
        await tabbed_to(page, "Enter as demo trader")
        await follow(page)
        await page.locator("#find-q").press_sequentially("STORY-16")
        await follow(page)
        assert await page.locator("#verdict").inner_text() == "Your goods are held"
        await page.emulate_media(media="print")
        assert await page.locator(".sw-printonly").is_visible()
        assert not await page.locator(".sw-nav").is_visible()


async def test_four_causes_that_may_not_be_told_are_the_same_page(
    chromium: Browser, cases: Cases, held_alike: dict[str, dict[str, str]]
) -> None:
    async with opened(chromium, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        found = {}
        for cause, one in held_alike.items():
            answer = await page.goto(f"{cases.gateway.url}/declarations/{one['id']}")
            assert answer is not None
            assert await page.locator("#verdict").inner_text() == "Your goods are held"
            # The bytes as they were sent: what scripts mark while the stream opens is of the moment.
            found[cause] = alike(await answer.text(), one)
        assert len(set(found.values())) == 1
