"""`make screenshots`: the pictures of docs/screenshots, out of the demonstration's stories."""

import asyncio
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.builders.browser import DESK, PHONE, led_on
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import clean_environment

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 150_000
_COLOURS = 64
HEIGHTS = {DESK: 800, PHONE: 720}
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--font-render-hinting=none"]
_DECIDED = re.compile(r"of (\d+) decided")
_STORIES, _COUNTED_S = 20, 150
_SERVES = re.compile(r"serves on (http://\S+) until")
# What is another one at each run stands as at no run: moments, ages, and which of two was quicker.
_STILL = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode;
    if (one.parentElement.closest(".sw-day__axis")) continue;
    one.data = one.data
      .replace(/\\b\\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) 20\\d\\d\\b/g, "2 March 2026")
      .replace(/\\b\\d\\d:\\d\\d(:\\d\\d)?\\b/g, "09:30")
      .replace(/STORY-15B/g, "STORY-15A").replace(/26FR001260000115R4/g, "26FR001260000015R7")
      .replace(/\\b\\d+ (min|ms|s)\\b/g, "12 $1");
  }
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One page of the demonstration, as a person sees it."""

    name: str
    person: str
    address: str
    widths: tuple[int, ...] = (DESK, PHONE)


PICTURES = (
    Picture("today", "first demo officer", "/console/today"),
    Picture("queue", "first demo officer", "/console/queue?turn=all"),
    Picture("case", "first demo officer", "/console/find?q=STORY-07"),
    Picture("verify", "first demo officer", "/console/find?q=STORY-07>Verify by hand"),
    Picture("authority", "first demo officer", "/console/authorities/catch"),
    Picture("certificate", "first demo officer", "/console/documents/N853/CHEDP.FR.2026.0000005"),
    Picture("portal", "demo trader", "/"),
    Picture("declaration", "demo trader", "/declarations?q=STORY-05"),
    Picture("requirements", "demo trader", "/requirements"),
)


@contextmanager
def demonstration() -> Iterator[str]:
    """Yield the address of a demonstration whose stories were played."""
    command = [sys.executable, "-m", "gateway.cli", "demo", "--port=0"]
    with started(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=None) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := _SERVES.search(line):
                yield found[1]
                # As by Ctrl-C: it ends what it started.
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE_S)
                return
        raise SystemExit("the demonstration ended before it served")


async def counted(page: Page, url: str) -> None:
    """Wait until *Today* has counted all that was decided: each minute it is."""
    async with asyncio.timeout(_COUNTED_S):
        while True:
            await page.goto(f"{url}/console")
            found = _DECIDED.search(await page.locator("main").inner_text())
            if found and int(found[1]) >= _STORIES:
                return
            await asyncio.sleep(1)


async def shoot(page: Page, url: str, picture: Picture) -> bytes:
    """Return the picture of a page in the size that the window has."""
    address, _, link = picture.address.partition(">")
    await page.goto(f"{url}{address}")
    if link:
        await led_on(page, page.get_by_role("link", name=link).first)
    await page.evaluate(_STILL)
    return await page.screenshot(animations="disabled", caret="hide")


def _small(content: bytes) -> bytes:
    """Return a picture with the few colours that our pages have: a quarter of the bytes."""
    packed = BytesIO()
    Image.open(BytesIO(content)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(
        packed, "PNG", optimize=True
    )
    return packed.getvalue()


async def main(url: str) -> None:
    """Make every picture."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_OPTIONS)
        first = await browser.new_page(locale="en-GB")
        await first.goto(f"{url}/sign-in")
        await led_on(first, first.get_by_role("button", name="Enter as first demo officer"))
        await counted(first, url)
        for width, height in HEIGHTS.items():
            for picture in PICTURES:
                if width in picture.widths:
                    await _made(browser, url, picture, width, height)
        await browser.close()


async def _made(browser: Browser, url: str, picture: Picture, width: int, height: int) -> None:
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{url}/sign-in")
    await led_on(page, page.get_by_role("button", name=f"Enter as {picture.person}"))
    content = _small(await shoot(page, url, picture))
    if len(content) > MOST_BYTES:
        raise SystemExit(f"{picture.name} at {width}: {len(content):,} bytes are more than {MOST_BYTES:,}")
    (FOLDER / f"{picture.name}-{width}.png").write_bytes(content)
    print(f"{picture.name}-{width}.png  {len(content):,} bytes")
    await context.close()


if __name__ == "__main__":
    with demonstration() as address:
        asyncio.run(main(address))
