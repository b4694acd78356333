"""The guide: built of the documentation's pages, served under its policy, found in by its search, and used by everybody."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from mkdocs.exceptions import Abort
from playwright.async_api import Browser, expect
from starlette.testclient import TestClient

from gateway.api import guide
from gateway.api.operations import Operations
from gateway.api.problems import page_of
from gateway.domain.errors import NotKnown
from tests.builders.browser import DESK, PHONE, faults_at, opened
from tests.builders.extent import part
from tests.builders.places import ROOT
from tests.builders.running import until
from tools.guide import build_guide

PAGES = ("index.html", "officers.html", "authorities/catch.html")
READERS = ("customs", "adapters", "traders", "officers", "operators")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide in a folder."""
    folder = tmp_path_factory.mktemp("guide")
    build_guide(folder)
    return folder


@pytest.fixture(scope="module")
def url(built: Path) -> Iterator[str]:
    """Where it is served."""
    app = FastAPI(docs_url=None)
    guide.register(app, built)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        until(lambda: server.started, "the server serves")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/docs/guide/"
        server.should_exit = True
        thread.join()


@pytest.mark.whole
def test_every_page_is_there_and_nothing_of_it_is_elsewhere(built: Path) -> None:
    pages = {str(one.relative_to(ROOT / "docs").with_suffix(".html")) for one in (ROOT / "docs").rglob("*.md")}
    pages |= {f"authorities/{one.parent.name}.html" for one in (ROOT / "adapters").glob("*/README.md")}
    assert {one.replace("README.html", "index.html") for one in pages} <= {
        str(one.relative_to(built)) for one in built.rglob("*.html")
    }
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', text) == [], page
        assert not re.search(r"<style|<script>|style=", text), page


@pytest.mark.whole
def test_every_problem_leads_to_its_place(built: Path) -> None:
    text = (built / "customs.html").read_text(encoding="utf-8")
    codes = {code for codes in Operations.read().groups.values() for code in codes}
    assert len(codes) > 50
    for code in codes:
        page, _, anchor = page_of(code).partition("#")
        assert page == "/docs/guide/customs.html"
        assert text.count(f'id="{anchor}"') == 1, code


def test_every_problem_has_a_row_of_the_docs() -> None:
    text = (ROOT / "docs/customs.md").read_text(encoding="utf-8")
    for code in {code for codes in Operations.read().groups.values() for code in codes}:
        assert f'<a id="{page_of(code).partition("#")[2]}"></a>' in text, code


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_finds_the_fifteen_commonest_tasks_first(reader: str) -> None:
    text = (ROOT / f"docs/{reader}.md").read_text(encoding="utf-8")
    first = text.partition("**How do I ...**\n\n")[2].partition("\n\n")[0]
    assert len(re.findall(r"^- \[.+\]\(.+\)$", first, re.MULTILINE)) == 15


@pytest.mark.whole
def test_a_link_whose_anchor_is_gone_is_told_and_nothing_is_built(tmp_path: Path) -> None:
    pages = shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (pages / "index.md").write_text("# Start\n\n[Release](customs.md#of-yesterday)\n", encoding="utf-8")
    with pytest.raises(Abort):
        build_guide(tmp_path / "built", pages=pages)


def test_where_it_was_not_built_it_is_told_how(tmp_path: Path) -> None:
    app = FastAPI()
    guide.register(app, tmp_path, None)
    with pytest.raises(NotKnown, match="make docs"):
        TestClient(app).get("/docs/guide/index.html")


def test_it_is_served_under_its_policy(url: str) -> None:
    answered = httpx.get(url.rstrip("/"), follow_redirects=True)
    assert (answered.url.path, answered.status_code) == ("/docs/guide/index.html", 200)
    assert "default-src 'self'" in answered.headers["content-security-policy"]
    assert httpx.get(f"{url}nowhere.html").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_everybody_can_use_it_and_the_search_finds(chromium: Browser, url: str, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        assert await faults_at(page, url, PAGES) == []
        await page.goto(f"{url}index.html")
        await page.get_by_label("Search the guide").press_sequentially("webhook")
        found = page.get_by_role("region", name="What the search found")
        # The index is read and made ready first, beside whatever else runs here.
        await expect(found.get_by_role("article").first).to_be_visible(timeout=60_000)
        await found.get_by_role("link").first.click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("webhook")
        await page.goto(f"{url}index.html?q=xyzzyx")
        await expect(page.get_by_text("Nothing was found.")).to_be_visible(timeout=60_000)
