"""Pages whose texts are longer by a third, as other languages are: nothing is wider than a phone, nothing is cut."""

import pytest
from playwright.async_api import Browser

from gateway.store import Store
from tests.builders.browser import PHONE, faults_if_longer, led_on, opened
from tests.builders.fish_case import Cases
from tests.builders.page_states import OF_TRADERS, OFFICER, TRADER, addresses

pytestmark = [pytest.mark.browser, pytest.mark.whole]
GROUPS = ("queue", "portal")
"""`make soak-pages` opens all of them so, also at a desk."""


async def test_pages_whose_texts_are_longer_by_a_third_are_whole(chromium: Browser, cases: Cases) -> None:
    async with Store.opened(cases.database) as store:
        await store.hours.count()
    wrong = []
    for traders in (False, True):
        async with opened(chromium, viewport={"width": PHONE, "height": 800}, locale="de") as page:
            await page.goto(f"{cases.gateway.url}/sign-in?lang=de")
            await led_on(page, page.locator(f"button[value={TRADER if traders else OFFICER}]"))
            for group in GROUPS:
                for address in addresses(group, fish=cases.fish, lrn="LRN") if (group in OF_TRADERS) is traders else ():
                    await page.goto(f"{cases.gateway.url}{address}")
                    wrong += [f"{address}: {one}" for one in await faults_if_longer(page)]
    assert wrong == []
