"""A case that a colleague took, and a document that is added, in Chromium: for everybody, on a desk and on a phone."""

import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_at, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.page_states import addresses, taken

pytestmark = pytest.mark.browser
WORDS = "x" * 500


@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_shared_work_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    items = [goods(1, "0303632000", "Fisch " * 30, "70", (("N853", "CHEDP.FR.2026.0000117"),))]
    record_id = taken(cases.gateway.url, cases.lodger.lodged(declared(f"SHARED-{width}", items, mrn=None)))
    free = cases.lodger.lodged(declared(f"FREE-{width}", items, mrn=None))
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, cases.gateway.url, addresses("work", taken=record_id)) == []
        assert await page.get_by_text("second demo officer has this case since").is_visible()
        await page.goto(f"{cases.gateway.url}/console/declarations/{free}")
        taken(cases.gateway.url, free)
        await page.locator("summary", has_text="Take it").click()
        await page.locator("#note").fill("mine")
        await led_on(page, page.get_by_role("button", name="Take it"))
        assert await page.get_by_text("Nothing was done.").is_visible()
        assert await faults_of(page) == []
        assert await overflowing(page) <= 0


@pytest.mark.whole
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_what_is_added_can_be_added_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    items = [goods(1, "0303632000", "Fisch " * 30, "70", (("N853", "CHEDP.FR.2026.0000117"),))]
    record_id = cases.lodger.lodged(declared(f"CURE-{width}", items, mrn=None))
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        assert await faults_at(page, cases.gateway.url, addresses("cure", lacking=record_id)) == []
        await page.goto(f"{cases.gateway.url}/declarations/{record_id}/amend?lang=en")
        for wrong, words in ((True, WORDS), (False, "CATCH.CC.NO.2026.1000117")):
            await page.locator("#a1-reference").fill(words)
            await led_on(page, page.get_by_role("button", name="Check the changes"))
            assert await page.locator("[role=alert]:focus").count() == (1 if wrong else 0)
            assert await faults_of(page) == []
            assert await overflowing(page) <= 0
