"""The pages of sign-in and sign-out in Chromium: by keyboard alone, without script, on a phone, and for whoever reads otherwise."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from gateway.cli.demo.terminal import SIGN_INS
from tests.builders.browser import DESK, PHONE, faults_of, focused, follow, led_on, opened, overflowing, tabbed_to
from tests.builders.extent import part
from tests.builders.issuer import OFFICER, PublishedKeys
from tests.builders.running import Served

pytestmark = pytest.mark.browser


async def test_a_person_signs_in_and_out_by_the_keyboard_alone_without_script(
    chromium: Browser, gateway: Served, issuer: PublishedKeys
) -> None:
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{gateway.url}/console")
        await page.keyboard.press("Tab")
        assert await focused(page) == "Skip to main content"
        await page.keyboard.press("Enter")
        # From the main content on, the way to sign in is the next thing.
        await page.keyboard.press("Tab")
        assert await focused(page) == "Sign in with Customs sign-in"
        await follow(page)
        assert page.url == f"{gateway.url}/console/today"
        await tabbed_to(page, "Sign out")
        await follow(page)
        await tabbed_to(page, "Sign out of this browser")
        await follow(page)
        assert "You are also signed out at Customs sign-in." in await page.locator("main").inner_text()
        await page.goto(f"{gateway.url}/console")
        assert "/sign-in" in page.url


async def test_a_demo_person_enters_by_one_key(chromium: Browser, demonstration: Served) -> None:
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{demonstration.url}/console")
        await tabbed_to(page, "Enter as second demo officer")
        await follow(page)
        assert page.url == f"{demonstration.url}/console/today"
        assert "second demo officer" in await page.locator("header").inner_text()


async def test_each_address_that_the_demonstration_prints_leads_on_by_one_click(
    chromium: Browser, demonstration: Served
) -> None:
    landings = ("/console/queue", "/")
    for (address, what), landing in zip(SIGN_INS, landings, strict=True):
        async with opened(chromium, java_script_enabled=False) as page:
            await page.goto(f"{demonstration.url}{address}")
            people = [
                one for one in await page.get_by_role("button").all_inner_texts() if one[len("Enter as ") :] in what
            ]
            person = people[0] if people else "Enter as first demo officer"
            await led_on(page, page.get_by_role("button", name=person))
            assert page.url == f"{demonstration.url}{landing}"


async def test_a_page_elsewhere_on_this_machine_sends_nothing_in_a_persons_name(
    chromium: Browser, gateway: Served, issuer: PublishedKeys
) -> None:
    """Another port is another origin, and the same site: its forms carry our cookies."""
    async with opened(chromium) as page:
        await page.goto(f"{gateway.url}/sign-in/customs")
        form = f'<form method="post" action="{gateway.url}/sign-out"><button>Win</button></form>'
        issuer.answers = lambda path: (200, {"Content-Type": "text/html"}, form.encode())
        await page.goto(f"{issuer.url}/game")
        async with page.expect_navigation() as going:
            await page.click("button")
        answer = await (await going.value).request.response()
        assert answer is not None
        assert answer.status == 403
        issuer.answers = None
        await page.goto(f"{gateway.url}/console")
        assert "Today at" in await page.locator("h1").inner_text()


async def test_a_page_is_shown_in_no_frame(chromium: Browser, gateway: Served, issuer: PublishedKeys) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    frame = f'<iframe src="{gateway.url}/sign-in"></iframe>'
    issuer.answers = lambda path: (200, {"Content-Type": "text/html"}, frame.encode())
    await page.goto(f"{issuer.url}/frame")
    assert "Sign in to Single Window" not in await page.frames[1].locator("body").inner_text()
    await context.close()


async def states(page: Page, gateway: Served, issuer: PublishedKeys) -> AsyncIterator[str]:
    """Every page and state of sign-in and sign-out, one after the other."""
    await page.goto(f"{gateway.url}/sign-in")
    yield "sign-in"
    await page.goto(f"{gateway.url}/sign-in/callback?state=none")
    yield "ended"
    issuer.person = {**OFFICER, "roles": []}
    await page.goto(f"{gateway.url}/sign-in/customs")
    yield "no role"
    await page.goto(f"{gateway.url}/signed-out")
    yield "signed out"
    await page.goto(f"{gateway.url}/signed-out?issuer=customs")
    yield "signed out here alone"
    issuer.person = {"sub": "a trader", "roles": ["sw-trader"], "eoris": ["FR12345678901234"]}
    await page.goto(f"{gateway.url}/sign-in/customs")
    yield "portal"
    issuer.person = dict(OFFICER)
    await page.goto(f"{gateway.url}/sign-in/customs")
    yield "console"
    await page.goto(f"{gateway.url}/console/nothing")
    yield "no such page"
    await page.goto(f"{gateway.url}/signed-out")
    yield "still signed in"
    await page.goto(f"{gateway.url}/sign-out?everywhere&room=console")
    yield "sign-out everywhere"
    await page.goto(f"{gateway.url}/sign-out?room=console")
    yield "sign-out"
    await led_on(page, page.get_by_role("button", name="Sign out of this browser"))
    yield "also at the issuer"


@pytest.mark.whole
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_nobody_is_kept_out(chromium: Browser, gateway: Served, issuer: PublishedKeys, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 720}) as page:
        seen = []
        async for state in states(page, gateway, issuer):
            seen.append(state)
            assert await faults_of(page) == [], state
            assert await overflowing(page) <= 0, state
        assert len(seen) == 12


async def test_demo_buttons_keep_nobody_out(chromium: Browser, demonstration: Served) -> None:
    async with opened(chromium, viewport={"width": PHONE, "height": 640}) as page:
        for language in ("en", "de", "fr"):
            await page.goto(f"{demonstration.url}/sign-in?lang={language}")
            assert await faults_of(page) == [], language
            assert await overflowing(page) <= 0, language
            for button in await page.get_by_role("button").all():
                box = await button.bounding_box()
                assert box is not None
                assert box["height"] >= 44, "a thumb finds it"
