"""Open pages in Chromium: a second process of the gateway changes what they show, and nothing moves under the reader."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from gateway.domain.mrn import with_check_character
from tests.builders.browser import DESK, PHONE, faults_of, led_on, opened, overflowing
from tests.builders.fish_case import CATCH, Cases, Lodger, declared, goods
from tests.builders.running import Served, declaration, served

pytestmark = [pytest.mark.browser, pytest.mark.whole]
PLENTIFUL = "CHEDP.FR.2026.0000005"
WITHIN_MS = 20_000
"""Patience, not a promise: how long it takes `tests.measure.live_pages` tells."""


@pytest.fixture(scope="module")
def replica(cases: Cases) -> Iterator[Served]:
    """A second process of the same gateway."""
    with served({**cases.simulated.environment, "GATEWAY_DATABASE_URL": cases.database}) as running:
        yield running


async def enter(page: Page, cases: Cases, address: str) -> None:
    await page.goto(f"{cases.gateway.url}/sign-in")
    await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
    await connected(page, f"{cases.gateway.url}{address}")


async def connected(page: Page, url: str) -> None:
    """Opens a page and waits until its stream is open."""
    async with page.expect_response(lambda one: "/live?" in one.url) as response:
        await page.goto(url)
    assert (await response.value).status == 200


def refused(at: Lodger, replica: Served, lrn: str) -> str:
    with replica.client() as client:
        record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
    at.decided(record_id, 1)
    return record_id


async def rows(page: Page) -> list[str]:
    return [str(await one.get_attribute("id")) for one in await page.locator("tbody tr").all()]


async def place(page: Page, selector: str) -> float:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["y"]


async def test_news_from_another_replica_reaches_open_pages_and_nothing_moves(
    chromium: Browser, cases: Cases, replica: Served
) -> None:
    other = Lodger(url=replica.url)
    first, second = refused(other, replica, "LIVE-ROW-1"), refused(other, replica, "LIVE-ROW-2")
    queue, case = "/console/queue?turn=officer&rows=50", f"/console/declarations/{first}"
    async with opened(chromium, viewport={"width": DESK, "height": 800}) as page:
        await enter(page, cases, queue)
        tab = await page.context.new_page()
        await connected(tab, f"{cases.gateway.url}{case}")
        own = await page.context.new_page()
        await own.goto(f"{cases.gateway.url}/sign-in?target=/")
        await led_on(own, own.get_by_role("button", name="Enter as demo trader"))
        await connected(own, f"{cases.gateway.url}/declarations/{first}")
        link = page.locator(f"#row-{first} a")
        await link.focus()
        before, top = await rows(page), await place(page, f"#row-{first}")
        verdict = await place(tab, ".sw-verdict")
        other.called("POST", f"/{first}/confirmation", {})
        await expect(tab.locator("#sw-news")).to_contain_text("Something happened", timeout=WITHIN_MS)
        assert await place(tab, ".sw-verdict") == verdict
        await expect(own.locator("#sw-news")).to_contain_text("Something changed", timeout=WITHIN_MS)
        assert await own.locator("#verdict").inner_text() == "Your goods are held", "the page stays as it was read"
        assert await faults_of(own) == []
        other.called("POST", f"/{second}/invalidation", {})
        refused(other, replica, "LIVE-ROW-3")
        await expect(page.locator("#sw-news")).to_contain_text("1 newer", timeout=WITHIN_MS)
        await expect(page.locator(f"#turn-{second}")).to_contain_text("No longer on this list", timeout=WITHIN_MS)
        assert await rows(page) == before, "no row came, went or moved"
        assert await place(page, f"#row-{first}") == top, await page.locator("tbody").inner_text()
        assert await link.evaluate("one => one === document.activeElement"), "the focus stays"
        assert await faults_of(page) == []
        assert await faults_of(tab) == []
        await led_on(page, page.get_by_role("link", name="Show them"))
        assert await rows(page) != before
        for width in (PHONE, DESK):
            await tab.set_viewport_size({"width": width, "height": 800})
            assert not await overflowing(tab)


async def test_keys_lead_to_links_and_do_nothing_by_themselves(chromium: Browser, cases: Cases) -> None:
    item = goods(1, "0303632000", "Cod", "300", (("N853", PLENTIFUL), ("C673", CATCH)))
    ids = [
        cases.lodger.lodged(declared(f"KEYS-{number}", [item], mrn=with_check_character(f"26FR00126000078{number}R")))
        for number in (1, 2)
    ]
    async with opened(chromium, viewport={"width": DESK, "height": 800}) as page:
        await enter(page, cases, "/console/queue?turn=all&rows=50&order=newest")
        focused = page.locator(":focus")
        for key, row in (("j", 0), ("j", 1), ("k", 0)):
            await page.keyboard.press(key)
            assert await focused.get_attribute("href") == await page.locator(".sw-q__link").nth(row).get_attribute(
                "href"
            )
        address = page.url
        for key, href in (("g", "/console/queue"), ("g", "/console/approvals"), ("g", "/console/authorities")):
            await page.keyboard.press(key)
            await page.keyboard.press({"/console/queue": "q", "/console/approvals": "a"}.get(href, "c"))
            assert await focused.get_attribute("href") == href
        await page.keyboard.press("/")
        await page.keyboard.type("j?g")
        assert await page.locator("#find-q").input_value() == "j?g", "in a field a key is a letter"
        assert page.url == address
        await page.locator(f"#row-{ids[1]} a").focus()
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        for key, name in (
            ("v", "Verify a document by hand"),
            ("r", "Release"),
            ("j", "Next"),
            ("u", "Back to the queue"),
        ):
            await page.keyboard.press(key)
            assert name in await focused.inner_text()
        case = page.url.partition("?")[0]
        await page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keys")
        await expect(dialog).to_be_visible()
        assert await faults_of(page) == []
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await page.goto(f"{case}/print")
        assert await page.locator("script, form, details:not([open]), .sw-acts").count() == 0
        await expect(page.locator(".sw-printonly")).to_contain_text("Printed by first demo officer. Trail of")
        assert await faults_of(page) == []
        await page.goto(f"{cases.gateway.url}/console/keys")
        await led_on(page, page.get_by_role("button", name="Switch keys off"))
        await page.keyboard.press("/")
        assert await page.locator("#find-q:focus").count() == 0
        assert await faults_of(page) == []
        await page.set_viewport_size({"width": PHONE, "height": 800})
        assert not await overflowing(page)


async def test_ticks_stay_while_their_rows_change(chromium: Browser, cases: Cases, replica: Served) -> None:
    other = Lodger(url=replica.url)
    first, second = refused(other, replica, "TICKED-1"), refused(other, replica, "TICKED-2")
    third = cases.lodger.lodged(declared("TICKED-3", [lacking("Frozen cod")], mrn=None))
    async with opened(chromium, viewport={"width": DESK, "height": 800}) as page:
        await enter(page, cases, "/console/queue?turn=all&rows=50&order=newest")
        boxes = [page.locator(f"input[name='c-{one}']") for one in (first, second, third)]
        for box in boxes:
            await box.check()
        other.called("POST", f"/{first}/confirmation", {})
        again = declared("TICKED-3", [lacking("Frozen haddock")], mrn=None, version=2)
        cases.lodger.called("POST", f"/{third}/amendments", {"Declaration": again})
        await expect(page.locator(f"#row-{third}")).to_contain_text("Frozen haddock", timeout=WITHIN_MS)
        await expect(page.locator(f"#turn-{first}")).to_contain_text("No longer on this list", timeout=WITHIN_MS)
        for box in boxes:
            await expect(box).to_be_checked()
        # Those that changed are left out alone, and named.
        await led_on(page, page.get_by_role("button", name="Act on those ticked"))
        await expect(page.locator("h1")).to_have_text("Confirm 1 refusal")
        left_out = page.locator("section[aria-labelledby='left-out']")
        assert {first, third} == {
            str(await one.get_attribute("href")).partition("?")[0].rpartition("/")[2]
            for one in await left_out.locator("li a").all()
        }
        await page.locator("#heard").check()
        await led_on(page, page.get_by_role("button", name="Check the list"))
        await expect(page.locator("section[aria-labelledby='cases'] li")).to_have_count(1)
        assert await faults_of(page) == []


def lacking(description: str) -> dict[str, Any]:
    """A goods item of fish without its catch certificate."""
    return goods(1, "0303632000", description, "100", (("N853", PLENTIFUL),))


@pytest.mark.parametrize(
    "name", ["W" * 500, "<script>document.title='run'</script>" + "שָׁלוֹם " * 40], ids=["long", "hostile"]
)
async def test_names_that_others_wrote_move_nothing_out_of_a_phone(chromium: Browser, cases: Cases, name: str) -> None:
    found = cases.lodger.lodged(declared(f"NAMES-{len(name)}", [lacking(name)], mrn=None))
    addresses = ["/console/queue?turn=all&order=newest", f"/console/declarations/{found}", "/console/declarations"]
    async with opened(chromium, viewport={"width": PHONE, "height": 640}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        trader = await chromium.new_page(viewport={"width": PHONE, "height": 640})
        await trader.goto(f"{cases.gateway.url}/sign-in?target=/")
        await led_on(trader, trader.get_by_role("button", name="Enter as demo trader"))
        for tab, address in (
            *((page, one) for one in (*addresses, f"/console/declarations/{found}/print")),
            *(
                (trader, one)
                for one in ("/", "/declarations", f"/declarations/{found}", f"/declarations/{found}/amend")
            ),
        ):
            for language in ("en", "de"):
                joint = "&" if "?" in address else "?"
                answer = await tab.goto(f"{cases.gateway.url}{address}{joint}lang={language}")
                assert answer is not None
                assert answer.status == 200, address
                assert await overflowing(tab) <= 0, (address, language)
                assert await tab.title() != "run"
        assert await faults_of(page) == []
        assert await faults_of(trader) == []
        await trader.close()
