"""How long a change at one replica takes to stand on a page that another replica serves: `python -m tests.benchmarks.live_pages`.

Measured from when the call that changes the declaration is sent, so that its commit is in it, until the browser shows it: on the open
case, whose strip counts what happened, and on the open queue, from which it goes.
"""

import asyncio
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.async_api import Page, async_playwright

from gateway.store import migrate
from tests.builders.browser import led_on
from tests.builders.databases import temporary_server
from tests.builders.fish_case import Lodger
from tests.builders.running import Served, authorities, declaration, served

CHANGES = 20
_PATIENCE_MS = 20_000
_WATCH = """([selector, words]) => new Promise((resolve) => {
    const look = () => {
        if (!document.querySelector(selector)?.textContent.includes(words)) return false;
        resolve(Date.now());
        return true;
    };
    if (look()) return;
    const watch = new MutationObserver(() => { if (look()) watch.disconnect(); });
    watch.observe(document.body, { childList: true, subtree: true, characterData: true });
})"""


@contextmanager
def _two_replicas() -> Iterator[tuple[Served, Served]]:
    server = temporary_server(durable=True)
    try:
        asyncio.run(migrate(server.url))
        with authorities() as simulated:
            environment = {**simulated.environment, "GATEWAY_DATABASE_URL": server.url}
            with served(environment) as one, served(environment) as other:
                yield one, other
    finally:
        server.stop()


async def _opened(page: Page, address: str) -> None:
    async with page.expect_response(lambda one: "/live?" in one.url):
        await page.goto(address)


async def _took(page: Page, selector: str, words: str, change: asyncio.Task[float]) -> float:
    shown = await asyncio.wait_for(page.evaluate(_WATCH, [selector, words]), _PATIENCE_MS / 1000)
    return float(shown) / 1000 - await change


async def _measured(shows: Served, changes: Served) -> tuple[Sequence[float], Sequence[float]]:
    lodger, cases, queues = Lodger(url=changes.url), [], []
    with changes.client() as client:
        ids = [
            str(client.lodge(declaration("03", f"LIVE-{number}"), "application/xml", wait_s=20).body["id"])
            for number in range(CHANGES)
        ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context()
        queue, case = await context.new_page(), await context.new_page()
        await queue.goto(f"{shows.url}/sign-in")
        await led_on(queue, queue.get_by_role("button", name="Enter as first demo officer"))
        await _opened(queue, f"{shows.url}/console/queue?turn=officer&rows=50")
        for record_id in ids:
            await _opened(case, f"{shows.url}/console/declarations/{record_id}")

            def invalidate(one: str = record_id) -> float:
                sent_at = time.time()
                lodger.called("POST", f"/{one}/invalidation", {})
                return sent_at

            change = asyncio.create_task(asyncio.to_thread(invalidate))
            on_case = _took(case, "#sw-news", "Something happened", change)
            on_queue = _took(queue, f"#turn-{record_id}", "No longer on this list", change)
            one, other = await asyncio.gather(on_case, on_queue)
            cases.append(one)
            queues.append(other)
        await browser.close()
    return cases, queues


def _line(name: str, seconds: Sequence[float]) -> str:
    return f"{name}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of {len(seconds)} changes"


def main() -> None:
    """Measure and print."""
    with _two_replicas() as (one, other):
        cases, queues = asyncio.run(_measured(one, other))
    print(_line("open case", cases))
    print(_line("open queue", queues))


if __name__ == "__main__":
    main()
