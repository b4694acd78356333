"""The case page in Chromium: nothing that axe finds, nothing to scroll sideways, nothing that only a script or a mouse does."""

import re

import pytest
from playwright.async_api import Browser, Page

from tests.builders.browser import DESK, PHONE, faults_at, faults_of, focused, follow, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import Cases, declared
from tests.builders.large_case import lodge_large, of_wide_grid
from tests.builders.page_states import addresses

pytestmark = pytest.mark.browser


@pytest.mark.whole
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_every_state_of_a_case_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    wide = cases.lodger.lodged(declared(f"AXE-{width}", of_wide_grid("Fisch " * 60), mrn=None))
    large = lodge_large(cases.simulated, cases.lodger, f"AXE-LARGE-{width}")
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert (
            await faults_at(page, cases.gateway.url, addresses("case", fish=cases.fish, wide=wide, large=large)) == []
        )
        # On paper, too, nothing of a wide table is cut.
        await page.goto(f"{cases.gateway.url}/console/declarations/{wide}")
        await page.set_viewport_size({"width": 700, "height": 990})
        await page.emulate_media(media="print")
        assert await overflowing(page) <= 0


async def test_a_case_is_read_by_the_keyboard_without_script(chromium: Browser, cases: Cases) -> None:
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/declarations/{cases.fish}")
        await page.locator("#why-4 summary, #why-3 summary").last.focus()
        release = page.locator("details.sw-why:not([open])").first
        await release.locator("summary").focus()
        await page.keyboard.press("Enter")
        assert await page.locator("details.sw-why[open]").count() == 3
        await page.get_by_role("link", name="Back to the queue").focus()
        assert await focused(page) == "Back to the queue"
        await follow(page)
        assert page.url.startswith(f"{cases.gateway.url}/console/queue")


async def test_nothing_of_the_head_is_cut_off_in_any_language(chromium: Browser, cases: Cases) -> None:
    async with opened(chromium, viewport={"width": DESK, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        for language in ("en", "de", "fr"):
            await page.goto(f"{cases.gateway.url}/console/declarations/{cases.fish}?lang={language}")
            for width in (DESK, 1500, 640):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await overflowing(page) <= 0, (language, width)


async def test_a_case_prints_with_its_reasons_and_without_menus(chromium: Browser, cases: Cases) -> None:
    async with opened(chromium) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/declarations/{cases.fish}")
        await page.emulate_media(media="print")
        assert await page.locator(".sw-printonly").is_visible()
        # Beside a busy machine it is looked at once more: then it is the fourth.
        assert re.search("Decision [34] under the tables", await page.locator(".sw-printonly").inner_text())
        for hidden in (".sw-top", ".sw-trailbar", "#acth", "#toch"):
            assert not await page.locator(hidden).is_visible(), hidden
        # What is folded on the screen stands on paper.
        assert await page.get_by_text("No rule had anything to say against it.").first.is_visible()


async def test_a_short_word_stands_out_beside_the_dot_of_a_trail(chromium: Browser, cases: Cases) -> None:
    row = '<li{}><time datetime="2026-12-01">1 December</time><div><span class="sw-2nd">Alert</span></div></li>'
    rows = row.format("") + row.format(' class="sw-trail--key"')
    async with opened(chromium, viewport={"width": PHONE, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/notices")
        await page.locator("main").evaluate(
            f"main => main.insertAdjacentHTML('beforeend', '<ol class=\"sw-trail\">{rows}</ol>')"
        )
        assert await faults_of(page) == []


async def below_strips(page: Page, y: float) -> float:
    """How far down a place is without the strips above it: what ails an authority, or the case just now, other tests leave."""
    strips = page.locator("main .sw-strip")
    boxes = [await strips.nth(place).bounding_box() for place in range(await strips.count())]
    return y - sum(box["height"] + 20 for box in boxes if box is not None and box["y"] < y)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
async def test_a_phone_shows_the_first_stopper_and_the_way_to_the_acts_at_once(
    chromium: Browser, cases: Cases, language: str
) -> None:
    async with opened(chromium, viewport={"width": PHONE, "height": 640}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in?lang=en")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/declarations/{cases.fish}?lang={language}")
        for what in (".sw-stops > li", ".sw-stops__say", "a[href='#act']"):
            box = await page.locator(what).first.bounding_box()
            assert box is not None, what
            assert await below_strips(page, box["y"]) < 640, what
        await page.locator("a[href='#act']").first.click()
        acts = await page.locator("#act").bounding_box()
        assert acts is not None
        assert abs(acts["y"]) < 640
        # Nothing stands empty where news is shown; news itself, if the case has some by now, takes the lines that it needs.
        bar = await page.locator(".sw-livebar").bounding_box()
        assert bar is not None
        assert bar["height"] < 60 or await page.locator(".sw-livebar__news").is_visible()
        await page.goto(f"{cases.gateway.url}/console/queue?turn=all&lang={language}")
        row = await page.locator(".sw-q tbody tr").first.bounding_box()
        assert row is not None
        assert await below_strips(page, row["y"]) < 640
