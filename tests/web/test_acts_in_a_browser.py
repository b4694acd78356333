"""Acts in Chromium: tasks 2, 3 and 4 of the design click by click, without JavaScript, and what axe finds on every page of theirs."""

import pytest
from playwright.async_api import Browser, Page

from tests.builders.browser import DESK, PHONE, Clicks, faults_at, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import CATCH, Cases, declared, goods
from tests.builders.page_states import addresses
from tests.builders.running import declaration

pytestmark = [pytest.mark.browser, pytest.mark.whole]
PLENTIFUL = "CHEDP.FR.2026.0000005"
MOST = 4
"""Clicks of each person, beside typing a reason."""


async def enter(page: Page, cases: Cases, person: str) -> Clicks:
    await page.goto(f"{cases.gateway.url}/sign-in")
    await led_on(page, page.get_by_role("button", name=f"Enter as {person} demo officer"))
    return Clicks(page)


def held(cases: Cases, lrn: str, mrn: str | None = None) -> str:
    items = [
        goods(number, code, "Fisch " * 30, "3000", (("N853", PLENTIFUL), ("C673", CATCH)))
        for number, code in ((1, "0303632000"), (2, "0303641000"))
    ]
    return cases.lodger.lodged(declared(lrn, items, mrn=mrn))


def refused(cases: Cases, lrn: str) -> str:
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
    cases.lodger.decided(record_id, 1)
    return record_id


async def test_a_document_is_verified_by_hand_in_four_clicks(chromium: Browser, cases: Cases) -> None:
    record_id = held(cases, "TASK-2")
    async with opened(chromium, java_script_enabled=False) as page:
        officer = await enter(page, cases, "first")
        await page.goto(f"{cases.gateway.url}/console/declarations/{record_id}")
        await officer.on(page.locator(".sw-stops").get_by_role("link", name="Verify by hand"))
        await officer.choose(page.get_by_label("Good for all that is declared"))
        await officer.choose(page.get_by_label("Telephone"))
        await page.get_by_label("In your own words").fill("Called the flag State at nine.")
        await officer.on(page.get_by_role("button", name="Record and decide again"))
        await page.locator(".sw-strip--done").wait_for()
        assert (
            await page.get_by_text("Release: nothing stands against it")
            .or_(page.get_by_text("Forecast: could be released"))
            .first.is_visible()
        )
    assert officer.count <= MOST


async def test_a_part_is_released_in_four_clicks(chromium: Browser, cases: Cases) -> None:
    record_id = held(cases, "TASK-3", mrn="26FR001260000705R3")
    async with opened(chromium, java_script_enabled=False) as page:
        officer = await enter(page, cases, "first")
        await page.goto(f"{cases.gateway.url}/console/declarations/{record_id}")
        await officer.on(page.locator("#act").get_by_role("link", name="Release against the decision"))
        await officer.choose(page.get_by_label("Item 1", exact=False).first)
        await page.get_by_label("Why, although it is held").fill("Perishable; the flag State confirmed by telephone.")
        await officer.on(page.get_by_role("button", name="Check what will be released"))
        await officer.on(page.get_by_role("button", name="Release 3,000 kg of item 1"))
        await page.get_by_text("Released in part: ").first.wait_for()
    assert officer.count <= MOST


async def test_a_refusal_is_overridden_by_two_officers_in_four_clicks_each(chromium: Browser, cases: Cases) -> None:
    record_id = refused(cases, "TASK-4")
    async with (
        opened(chromium, java_script_enabled=False) as page,
        opened(chromium, java_script_enabled=False) as other,
    ):
        first, second = await enter(page, cases, "first"), await enter(other, cases, "second")
        await page.goto(f"{cases.gateway.url}/console/declarations/{record_id}")
        await first.on(page.locator("#act").get_by_role("link", name="Release against the decision"))
        await page.get_by_label("Why, although it is refused").fill("The authority prolonged it; letter seen.")
        await first.on(page.get_by_role("button", name="Ask a second officer"))
        await second.on(other.get_by_role("link", name="Approvals"))
        await second.on(other.locator("tbody a").first)
        await second.choose(other.get_by_label("Approve", exact=False))
        await second.on(other.get_by_role("button", name="Send my answer"))
        assert await other.get_by_text("This was approved, and is carried out.").is_visible()
    assert (first.count <= MOST, second.count <= MOST) == (True, True)


@pytest.mark.parametrize("script", [False, True])
async def test_two_refusals_are_confirmed_at_once(chromium: Browser, cases: Cases, script: bool) -> None:
    for place in (1, 2):
        refused(cases, f"AT-ONCE-{script}-{place}")
    async with opened(chromium, java_script_enabled=script, viewport={"width": PHONE, "height": 640}) as page:
        await enter(page, cases, "first")
        await page.goto(f"{cases.gateway.url}/console/queue?order=newest")
        for box in (await page.locator(".sw-q__tick").all())[:2]:
            await box.check()
        await led_on(page, page.get_by_role("button", name="Act on those ticked"))
        assert await page.locator("h1").inner_text() == "Confirm 2 refusals"
        await page.locator("#heard").check()
        await led_on(page, page.get_by_role("button", name="Check the list"))
        assert not script or await faults_of(page) == []
        await led_on(page, page.get_by_role("button", name="Confirm 2 refusals"))
        assert await page.get_by_text("Done: 2 of 2").is_visible()
        assert not script or await faults_of(page) == []
        assert await overflowing(page) <= 0


@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_every_act_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    record_id = held(cases, f"AXE-ACT-{width}", mrn="26FR001260000706R2" if width == DESK else None)
    denied = refused(cases, f"AXE-DENIED-{width}")
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await enter(page, cases, "first")
        assert await faults_at(page, cases.gateway.url, addresses("acts", held=record_id, denied=denied)) == []
        await page.goto(f"{cases.gateway.url}/console/declarations/{record_id}/verify?lang=en")
        await page.get_by_label("In your own words").fill("x" * 10_000)
        await led_on(page, page.get_by_role("button", name="Record and decide again"))
        assert await page.locator("[role=alert]:focus").count() == 1, "what is wrong has the focus"
        assert await faults_of(page) == []
        assert not await overflowing(page)
        await page.goto(f"{cases.gateway.url}/console/declarations/{denied}/override")
        await page.get_by_label("Why, although it is refused").fill("word" * 100)
        await led_on(page, page.get_by_role("button", name="Ask a second officer"))
        assert await faults_of(page) == []
        assert not await overflowing(page)
