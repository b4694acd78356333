"""Pages in Chromium: opened, gone through by the keyboard, and looked at by axe."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 320, 1280

_SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
    " p { margin-bottom: 2em !important; }"
)
_LENGTHEN = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let one; (one = texts.nextNode());) {
    const by = one.data.trim().length / 3;
    // A word of a short text is as long as it is, so it grows itself; of a longer text the first words stand once more.
    if (by >= 1 && !one.parentElement.closest("script, style, bdi, time, option"))
      one.data = one.data.trimEnd() + (by < 6 ? "" : " ") + one.data.trim().slice(0, Math.ceil(by)) + " ";
  }
}"""
_CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const style = getComputedStyle(one), hides = /hidden|clip/;
  const cut = (hides.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1)
    || (hides.test(style.overflowY) && one.scrollHeight > one.clientHeight + 1);
  return cut && one.clientWidth > 1 && one.innerText && !one.closest("svg, .govuk-visually-hidden");
}).map((one) => one.outerHTML.slice(0, 120))"""


@dataclass(slots=True)
class Clicks:
    """Somebody who clicks, and is counted."""

    page: Page
    count: int = 0

    async def on(self, one: Locator) -> None:
        """Clicks on what leads to another page."""
        self.count += 1
        await led_on(self.page, one)

    async def choose(self, one: Locator) -> None:
        """Clicks on one of several answers."""
        self.count += 1
        await one.check()


@asynccontextmanager
async def opened(chromium: Browser, **options: Any) -> AsyncIterator[Page]:
    """A page of a browser of its own, in which nothing that the page's own policy forbids is tried."""
    context = await chromium.new_context(**options)
    page = await context.new_page()
    faults: list[str] = []
    page.on(
        "console", lambda one: faults.append(one.text) if one.type == "error" and "status of" not in one.text else None
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        yield page
        assert faults == []
    finally:
        await context.close()


async def focused(page: Page) -> str:
    """What the keyboard is at."""
    return str(await page.locator(":focus").inner_text())


async def tabbed_to(page: Page, text: str) -> None:
    """Goes on by the keyboard until something with this text has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.locator(":focus").count() and text in await focused(page):
            return
    raise AssertionError(f"{text!r} is never reached")


async def led_on(page: Page, one: Locator) -> None:
    """Clicks on what leads to another page, and waits for that page: a click by itself returns before it stands there."""
    async with page.expect_navigation():
        await one.click()


async def follow(page: Page) -> None:
    """Presses Enter and waits for the page behind it."""
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def faults_of(page: Page) -> list[str]:
    """What axe finds wrong, and what it cannot make out."""
    await page.wait_for_load_state()
    found = (await Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations", "incomplete"]})).response
    assert found["passes"], "it looked at nothing"
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}: {node['html']}"
        for kind in ("violations", "incomplete")
        for one in found[kind]
        for node in one["nodes"]
    ]


async def overflowing(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(await page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth"))


async def overflowing_if_spaced(page: Page) -> int:
    """By how many pixels the page is wider than the window in the text spacing of WCAG 1.4.12."""
    # A sheet that is built, unlike a <style>, is none that the page's Content-Security-Policy would refuse.
    await page.evaluate(
        "text => { const one = new CSSStyleSheet(); one.replaceSync(text); document.adoptedStyleSheets = [one]; }",
        _SPACED,
    )
    return await overflowing(page)


async def faults_if_longer(page: Page) -> list[str]:
    """What no longer fits where all that stands on a page is longer by a third: what is wider than the window, and what is cut."""
    await page.wait_for_load_state()
    await page.evaluate(_LENGTHEN)
    wider = await overflowing(page)
    found = [f"{wider} pixels wider than the window"] if wider > 0 else []
    return found + [f"cut: {one}" for one in await page.evaluate(_CUT)]


async def faults_at(page: Page, url: str, addresses: Sequence[str]) -> list[str]:
    """What keeps somebody out at some addresses: what axe finds, and what is wider than the window."""
    found = []
    for address in addresses:
        await page.goto(f"{url}{address}")
        found += [f"{address}: {one}" for one in await faults_of(page)]
        if (wider := await overflowing(page)) > 0:
            found.append(f"{address}: {wider} pixels wider than the window")
    return found
