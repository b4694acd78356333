"""The commonest tasks that no other test walks, by clicks alone and without script: each within four of them."""

import pytest
from playwright.async_api import Browser, Page

from gateway.domain.mrn import with_check_character
from tests.builders.browser import PHONE, Clicks, led_on, opened
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.running import declaration

pytestmark = pytest.mark.browser
MOST = 4
ADDING, ENDING, CONFIRMING = 6, 3, 2
"""The most clicks of a task, beside typing, ticking what is said, and choosing."""


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


async def entered(page: Page, cases: Cases, person: str, target: str) -> Clicks:
    """Signs somebody in, where their clicks begin to count."""
    await page.goto(f"{cases.gateway.url}/sign-in?target={target}")
    await led_on(page, page.get_by_role("button", name=f"Enter as {person}"))
    return Clicks(page)


async def test_a_missing_document_is_added_without_a_file(chromium: Browser, cases: Cases) -> None:
    """STORY-05: fish without its catch certificate, accepted, so that customs decides on the change."""
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("05", "TASK-ADD"), "application/xml", wait_s=20).body["id"])
    mrn = str(cases.lodger.decided(record_id, 1)["mrn"])
    async with (
        opened(chromium, java_script_enabled=False, locale="en", viewport={"width": PHONE, "height": 640}) as page,
        opened(chromium, java_script_enabled=False, locale="en") as desk,
    ):
        trader = await entered(page, cases, "demo trader", "/")
        assert "Declare C673, or Y927 if true" in await page.locator("li", has_text="TASK-ADD").first.inner_text()
        await trader.on(page.get_by_role("link", name="TASK-ADD").first)
        await trader.on(page.get_by_role("link", name="Apply to amend").first)
        await page.locator("#a1-reference").fill("CATCH.CC.US.2026.1000005")
        await trader.on(page.get_by_role("button", name="Check the changes"))
        await page.locator("#grounds").select_option("correction")
        trader.count += 1
        await trader.on(page.get_by_role("button", name="Send the application"))
        assert "Your application was sent" in await page.locator("main").inner_text()
        assert trader.count <= ADDING
        officer = await entered(desk, cases, "first demo officer", "/console")
        await officer.on(desk.get_by_role("link", name="Applications").first)
        await officer.on(desk.locator("tbody tr", has_text=mrn).get_by_role("link").first)
        await officer.choose(desk.get_by_label("Grant", exact=False).first)
        await desk.get_by_label("Your reason").fill("The certificate was there, and was forgotten.")
        await officer.on(desk.get_by_role("button", name="Send my answer"))
        assert officer.count <= MOST
    found = cases.lodger.decided(record_id, 2)
    assert found["version"] == 2
    assert not [one for one in found["decision"]["findings"] if one["code"] == "SW-DEC-010"]


async def test_an_examination_is_ended(chromium: Browser, cases: Cases) -> None:
    items = [goods(1, "0303632000", "Frozen cod", "30", (("N853", "CHEDP.FR.2026.0000116"),))]
    mrn = with_check_character("26FR001260000955R")
    record_id = cases.lodger.lodged(declared("TASK-EXAMINED", items, mrn=mrn))
    cases.lodger.called("POST", f"/{record_id}/control", {"announced": True, "reference": "E-1", "of": "documents"})
    async with opened(chromium, java_script_enabled=False, locale="en") as page:
        officer = await entered(page, cases, "first demo officer", f"/console/declarations/{record_id}")
        await officer.on(page.get_by_role("link", name="It took place").first)
        await officer.choose(page.locator("[name=ended][value=took_place]"))
        await page.locator("#result").fill("in order")
        await officer.on(page.locator("main form button[type=submit]").last)
        await page.locator(".sw-strip--done").wait_for()
        assert officer.count <= ENDING


async def test_a_refusal_is_confirmed_and_the_next_case_opened(chromium: Browser, cases: Cases) -> None:
    with cases.gateway.client() as client:
        for lrn in ("TASK-NEXT-1", "TASK-NEXT-2"):
            cases.lodger.decided(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"], 1)
    async with opened(chromium, java_script_enabled=False, locale="en") as page:
        await entered(page, cases, "first demo officer", "/console/queue")
        await page.goto(f"{cases.gateway.url}/console/queue?order=newest")
        await led_on(page, page.locator(".sw-q__link").first)
        officer = Clicks(page)
        await officer.on(page.get_by_role("link", name="Confirm the refusal").first)
        # Nothing presets that somebody was heard: that is said, not clicked through.
        await page.locator("#heard").check()
        await officer.on(page.get_by_role("button", name="Confirm the refusal"))
        assert officer.count <= CONFIRMING
        await officer.on(page.locator(".sw-strip--done a"))
        assert officer.count <= CONFIRMING + 1
        assert "/console/declarations/" in page.url
