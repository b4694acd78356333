"""A decision as a PDF: tagged, in the page's own words, and nothing else."""

import asyncio
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from gateway.api.problems import Later
from gateway.domain.errors import Overloaded, PaperNotMade, PaperNotPossible
from gateway.web.paper_press import PaperPress
from gateway.web.paper_sheet import sheet, written
from tests.builders.fish_case import MRN, Cases
from tests.builders.held_alike import FOUR, alike
from tests.builders.programs import PDF
from tests.builders.running import until
from tests.builders.visitor import Visitor, demo_person

SECTIONS = ("verdict", "grid", "quantities", "why", "diff", "trail", "facth")
"""The sections of a print sheet that a paper has too."""

PAGE_NUMBER = re.compile(r"^\d+ / \d+$", re.MULTILINE)
PAGE = '<html lang="{language}"><head><title>Held</title></head><body><main><h1>A</h1>{rest}</main></body></html>'
FETCHING = PAGE.format(
    language="fr",
    rest=(
        '<img src="http://127.0.0.1:9/x.png" alt="A picture"><link rel="stylesheet" href="file:///etc/passwd">'
        '<svg role="img" aria-label="700 of 2,000 kg"></svg><details><summary>More</summary><p>Within</p></details>'
        '<p aria-hidden="true">twice</p><script>no</script><a href="/console">Elsewhere</a>'
    ),
)


def read(content: bytes) -> str:
    """What a PDF says, without page numbers and without spaces: lines break otherwise than on the page."""
    return "".join(
        PAGE_NUMBER.sub("", "\n".join(one.extract_text() for one in PdfReader(BytesIO(content)).pages)).split()
    )


def language_of(content: bytes) -> str:
    """The language that a PDF says it is in."""
    return str(PdfReader(BytesIO(content)).root_object["/Lang"])


@pytest.mark.needs(*PDF)
def test_an_officers_paper_has_the_words_of_the_print_sheet(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url)
    here = f"/console/declarations/{cases.fish}"
    officer.get(here)
    (link,) = {one.get("href") for one in officer.page.xpath("//main//a") if "decision.pdf" in one.get("href")}
    answer = until(partial(_paper_of_one_reading, officer, link), "a paper while nothing is asked again")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert f'filename="decision-{cases.fish}.pdf"' in answer.headers["content-disposition"]
    paper = PdfReader(BytesIO(answer.content))
    catalogue: Any = paper.root_object
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert catalogue["/StructTreeRoot"]["/K"]
    assert b"pdfuaid" in catalogue["/Metadata"].get_object().get_data()
    assert str(paper.metadata.title if paper.metadata else "").startswith(f"Hold: {MRN}")
    pages: Any = paper.pages
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    assert all("/FontFile" in str(one["/DescendantFonts"][0].get_object()["/FontDescriptor"]) for one in fonts)
    told = read(answer.content)
    for name in SECTIONS:
        (section,) = officer.page.xpath(f"//section[@aria-labelledby='{name}']")
        for one in section.xpath(
            ".//text()[not(ancestor::*[@aria-hidden='true'] or ancestor::*[contains(@class, 'sw-key')])]"
        ):
            assert "".join(one.split()) in told, (name, one)
    assert "DecisionPrinted" not in told
    assert "Printedbyfirstdemoofficer" in told


def _paper_of_one_reading(officer: Visitor, link: str) -> httpx.Response | None:
    """The paper, if the case was the same in its print sheets before and after; the visitor is at the one after."""
    before = _sections(officer, link)
    answer = officer.get(link)
    return answer if _sections(officer, link) == before else None


def _sections(officer: Visitor, link: str) -> list[str]:
    """What each section of the print sheet says now."""
    officer.get(link.replace("decision.pdf", "print"))
    return [str(officer.page.xpath(f"string(//section[@aria-labelledby='{name}'])")) for name in SECTIONS]


def test_traders_papers_say_no_more_than_their_pages(trader: Visitor, held_alike: dict[str, dict[str, str]]) -> None:
    trader.language = "de"
    sheets = {
        cause: alike(sheet(trader.get(f"/declarations/{held_alike[cause]['id']}").text), held_alike[cause])
        for cause in FOUR
    }
    first = sheets[FOUR[0]]
    assert {cause: one for cause, one in sheets.items() if one != first} == {}
    assert "Noch nicht mitgeteilt" in first


@pytest.mark.needs(*PDF)
def test_a_traders_paper_has_the_words_of_the_page_and_is_the_traders(
    trader: Visitor, held_alike: dict[str, dict[str, str]]
) -> None:
    trader.language = "de"
    one = held_alike[FOUR[0]]
    answer = trader.get(f"/declarations/{one['id']}/decision.pdf")
    assert answer.status_code == 200
    assert language_of(answer.content) == "de"
    told = read(answer.content)
    assert "Nochnichtmitgeteilt" in told
    assert "SW-DEC" not in told
    stranger = Visitor(trader.url)
    stranger.get(f"/declarations/{one['id']}/decision.pdf")
    assert "Sign in" in stranger.heading()
    assert trader.get("/declarations/nowhere/decision.pdf").status_code == 404


@pytest.mark.needs(*PDF)
def test_a_page_that_would_fetch_is_a_pdf_in_its_language() -> None:
    assert language_of(written(FETCHING)) == "fr"


def test_a_page_fetches_nothing_and_shows_pictures_as_sentences() -> None:
    made = sheet(FETCHING)
    assert "700 of 2,000 kg" in made
    assert "Within" in made
    assert not {one for one in ("twice", "<script", 'href="/console"') if one in made}


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("import sys; sys.exit(3)", PaperNotPossible),
        ("import sys; sys.exit(1)", PaperNotMade),
        ("print('no paper')", PaperNotMade),
        ("import time; time.sleep(600)", PaperNotMade),
    ],
)
async def test_a_writer_that_fails_or_stalls_is_told_so(code: str, refusal: type[Exception]) -> None:
    press = PaperPress((sys.executable, "-c", code), deadline_s=0.5)
    with pytest.raises(refusal):
        await press.pressed(b"page", client="trader")
    with pytest.raises(refusal):
        await press.pressed(b"page", client="trader")


@pytest.mark.needs(*PDF)
def test_an_officer_gets_a_paper_beside_five_of_one_trader(
    cases: Cases, trader: Visitor, held_alike: dict[str, dict[str, str]]
) -> None:
    officer = demo_person(cases.gateway.url)
    own = f"/declarations/{held_alike[FOUR[0]]['id']}/decision.pdf"
    with ThreadPoolExecutor(6) as beside:
        five = [beside.submit(replace(trader).get, own) for _ in range(5)]
        theirs = beside.submit(officer.get, f"/console/declarations/{cases.fish}/decision.pdf")
        answers = [one.result() for one in five]
    assert theirs.result().status_code == 200
    assert {one.status_code for one in answers} <= {200, 429}
    assert 200 in [one.status_code for one in answers]
    assert {"retry-after" in one.headers for one in answers if one.status_code == 429} <= {True}


async def test_a_client_has_one_paper_at_a_time_and_others_theirs_in_their_order(tmp_path: Path) -> None:
    waits = f"""
import sys, time, pathlib
page = sys.stdin.read()
while not pathlib.Path({str(tmp_path)!r}, page).exists(): time.sleep(0.01)
print("%PDF-" + page, end="")
"""
    press = PaperPress((sys.executable, "-c", waits))
    asked = [asyncio.create_task(press.pressed(name.encode(), client=name)) for name in "abcdefgh"]
    await asyncio.sleep(0)
    with pytest.raises(Later) as later:
        await press.pressed(b"a", client="a")
    with pytest.raises(Overloaded):
        await press.pressed(b"i", client="i")
    assert later.value.seconds > 0
    for name in "hgfedcba":
        (tmp_path / name).touch()
    done = [await one for one in asyncio.as_completed(asked)]
    assert done == [f"%PDF-{name}".encode() for name in "abcdefgh"]
    assert await press.pressed(b"a", client="a") == b"%PDF-a"
