"""`make soak-pages`: every page and state in every way of reading, in the system's Chromium."""

import asyncio
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from gateway.domain.mrn import with_check_character
from tests.benchmarks.installed import installation
from tests.builders.authority_pages import api
from tests.builders.browser import DESK, PHONE, faults_if_longer, faults_of, led_on, overflowing, overflowing_if_spaced
from tests.builders.fish_case import CATCH, Lodger, declared, goods, lodge_fish
from tests.builders.large_case import lodge_large, of_wide_grid
from tests.builders.page_states import OF_TRADERS, OFFICER, STATES, TRADER, addresses, open_matters, taken
from tests.builders.running import Authorities, Served, declaration

TABLET, PAPER = 768, 794
_LANGUAGE = re.compile(r"[?&]lang=\w\w")
_MOST_STOPS = 250
_SCROLLED = (20, 45, 70, 95, 9_999)
_HIDDEN_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return [seen, one.outerHTML.slice(0, 120)];
}"""
_TOLD_APART = """() => {
  const current = document.querySelector(".sw-nav [aria-current=page]");
  const other = document.querySelector(".sw-nav a:not([aria-current])");
  if (!current || !other) return true;
  const of = one => { const s = getComputedStyle(one);
    return [s.borderBottomWidth, s.borderBottomColor, s.textDecorationLine, s.fontWeight, s.backgroundColor].join(); };
  return of(current) !== of(other);
}"""

Check = Callable[[Page], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way of reading a page."""

    name: str
    check: Check
    width: int = DESK
    language: str = "en"
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further ones of the browser."""


async def _usable(page: Page) -> Sequence[str]:
    found = await faults_of(page)
    for by in _SCROLLED if found else ():
        # What the edge of a wide table cuts through cannot be made out: it is looked at again where it is cut elsewhere.
        await page.evaluate("by => document.querySelectorAll('.sw-scroll').forEach(one => { one.scrollLeft = by })", by)
        again = set(await faults_of(page))
        if not (found := [one for one in found if one in again]):
            break
    return [*found, *await _narrow(page)]


async def _narrow(page: Page) -> Sequence[str]:
    return _wider(await overflowing(page))


async def _spaced(page: Page) -> Sequence[str]:
    return _wider(await overflowing_if_spaced(page))


def _wider(wider: int) -> Sequence[str]:
    return [f"{wider} pixels wider than the window"] if wider > 0 else []


async def _in_forced_colours(page: Page) -> Sequence[str]:
    told = [] if await page.evaluate(_TOLD_APART) else ["the current entry of the menu looks like the others"]
    # The reader's own colours stand there, whatever the page says; axe reckons with what the page says.
    faults = [one for one in await faults_of(page) if not one.startswith("color-contrast:")]
    return [*told, *faults, *await _narrow(page)]


async def _on_paper(page: Page) -> Sequence[str]:
    await page.emulate_media(media="print")
    menus = [] if not await page.locator(".sw-nav").first.is_visible() else ["the menu is printed"]
    found = [*menus, *await _narrow(page)]
    await page.emulate_media(media="screen")
    return found


async def _by_keyboard(page: Page) -> Sequence[str]:
    stops = 0
    while stops < _MOST_STOPS:
        await page.keyboard.press("Tab")
        found = await page.evaluate(_HIDDEN_FOCUS)
        if found is None:
            break
        stops += 1
        if not found[0]:
            return [f"the focus is out of sight: {found[1]}"]
    return [] if stops > 1 else ["the keyboard stops nowhere"]


async def _without_script(page: Page) -> Sequence[str]:
    # Without JavaScript the browser can still be asked what stands there.
    return [] if await page.locator("main h1").count() == 1 else ["there is not one heading"]


READINGS = (
    *(Reading(name=f"{width} pixels", check=_usable, width=width) for width in (PHONE, TABLET, DESK)),
    *(Reading(name=f"{one}, {PHONE} pixels", check=_usable, width=PHONE, language=one) for one in ("de", "fr")),
    Reading(name="200 % zoom", check=_usable, width=DESK // 2, options={"device_scale_factor": 2}),
    *(
        Reading(
            name=f"forced colours, {one}",
            check=_in_forced_colours,
            options={"forced_colors": "active", "color_scheme": one},
        )
        for one in ("light", "dark")
    ),
    Reading(name="print", check=_on_paper, width=PAPER, language="de"),
    Reading(name="text spacing", check=_spaced, width=PHONE, language="de"),
    *(
        Reading(name=f"a third longer, {width} pixels", check=faults_if_longer, width=width, language="de")
        for width in (PHONE, DESK)
    ),
    Reading(name="keyboard", check=_by_keyboard),
    Reading(name="no JavaScript", check=_without_script, options={"java_script_enabled": False}),
)


def named(simulated: Authorities, gateway: Served) -> Mapping[str, str]:
    """Make what the addresses name."""
    lodger = Lodger(url=gateway.url)
    fish = lodge_fish(simulated, lodger)
    plenty = (("N853", "CHEDP.FR.2026.0000005"), ("C673", CATCH))
    held = [goods(n, code, "Fisch " * 30, "3000", plenty) for n, code in ((1, "0303632000"), (2, "0303641000"))]
    with gateway.client() as client:
        denied = str(client.lodge(declaration("03", "DENIED"), "application/xml", wait_s=20).body["id"])
    lodger.decided(denied, 1)
    order = {"mode": "manual", "reason": "A test of pages.", "officer": "Al"}
    window = api(gateway, "POST", "/v1/contingency", {**order, "adapter": "dual_use", "second_officer": "Bo"})["number"]
    api(gateway, "POST", "/v1/contingency", {**order, "adapter": "catch"})
    (approval,) = api(gateway, "GET", "/v1/approvals?kind=window&state=open")["items"]
    lacking = [goods(1, "0303632000", "Fisch " * 30, "100", (("N853", "CHEDP.FR.2026.0000005"),))]
    matters = [
        lodger.lodged(declared(f"MATTER-{number}", held, mrn=with_check_character(f"26FR00126000{number}R")))
        for number in (7071, 7072, 7073)
    ]
    return {
        **open_matters(gateway.url, *matters),
        "fish": fish,
        "wide": lodger.lodged(declared("WIDE", of_wide_grid("Fisch " * 60), mrn=None)),
        "large": lodge_large(simulated, lodger, "LARGE"),
        "lacking": lodger.lodged(declared("LACKING", lacking, mrn=None)),
        "taken": taken(gateway.url, lodger.lodged(declared("TAKEN", held, mrn=None))),
        "held": lodger.lodged(declared("HELD", held, mrn="26FR001260000706R2")),
        "denied": denied,
        "lrn": "HELD,WIDE",
        "window": str(window),
        "approval": approval["id"],
    }


async def read(browser: Browser, url: str, reading: Reading, names: Mapping[str, str]) -> tuple[int, list[str]]:
    """Open every page in one way; return how many, and what is wrong."""
    opened, wrong = 0, []
    for traders in (False, True):
        context = await browser.new_context(
            viewport={"width": reading.width, "height": 800}, locale=reading.language, **reading.options
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{reading.name}: {error}"))
        await page.goto(f"{url}/sign-in?lang={reading.language}")
        await led_on(page, page.locator(f"button[value={TRADER if traders else OFFICER}]"))
        for group in STATES:
            if (group in OF_TRADERS) is not traders:
                continue
            for address in addresses(group, **names):
                await page.goto(f"{url}{_LANGUAGE.sub('', address)}")
                opened += 1
                wrong.extend(f"{reading.name}: {address}: {one}" for one in await reading.check(page))
        await context.close()
    return opened, wrong


async def all_readings(url: str, names: Mapping[str, str]) -> list[str]:
    """Open every page in every way; return what is wrong."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for reading in READINGS:
            began = time.monotonic()
            opened, found = await read(browser, url, reading, names)
            wrong += found
            print("\n".join(found), end="\n" if found else "", flush=True)
            print(
                f"{reading.name:<24} {opened} pages, {len(found)} faults, {time.monotonic() - began:.0f} s", flush=True
            )
        await browser.close()
    return wrong


def main() -> int:
    """Open everything, and say what is wrong."""
    with tempfile.TemporaryDirectory(prefix="gateway-pages-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with installation(Path(folder) / "data") as (simulated, _, gateway):
            wrong = asyncio.run(all_readings(gateway.url, named(simulated, gateway)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
