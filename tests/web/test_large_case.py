"""A case of sixty goods items and a hundred documents: causes instead of rows, and no more of it than a person reads."""

import re

import pytest
from playwright.async_api import Browser

from gateway.domain.mrn import with_check_character
from tests.builders.browser import DESK, PHONE, faults_of, led_on, opened, overflowing
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.large_case import catch_certificate, entry_document, lodge_large
from tests.builders.visitor import Visitor

OFFICERS, DECLARANTS, SCREENS, SCREEN = 150_000, 100_000, 8, 800
CAUSES = {
    "10 documents: Withdrawn": "Items 41 to 50.",
    "10 documents: Not found": "Items 51 to 60.",
    "10 documents: Quantity not available": "Items 31 to 40.",
    "40 documents: Authority unavailable": "Items 1 to 40.",
}


@pytest.fixture(scope="module")
def large(cases: Cases) -> str:
    """The declaration, lodged."""
    return lodge_large(cases.simulated, cases.lodger, "LARGE", with_check_character("26FR001260000941R"))


def words(visitor: Visitor, path: str) -> list[str]:
    """What can be read in elements of the page, in one line each."""
    return [" ".join(one.text_content().split()) for one in visitor.page.xpath(path)]


def test_what_stands_against_release_is_said_by_causes(cases: Cases, officer: Visitor, large: str) -> None:
    answer = officer.get(f"/console/declarations/{large}?queue=turn%3Dall")
    assert len(answer.content) < OFFICERS
    found = words(officer, "//section[@aria-labelledby='verdict']/ol/li")
    assert len(found) == len(CAUSES) + 1
    for cause, where in CAUSES.items():
        (said,) = [one for one in found if cause in one]
        assert where in said
    (missing,) = [one for one in found if "Items 41 to 60." in one]
    assert "Declare C673" in missing
    # Each is named below its cause; where they say the same, by its name alone.
    named = words(officer, "//section[@aria-labelledby='verdict']//ul[@class='sw-names']/li")
    assert f"C673 {catch_certificate(40)}" in named
    assert any("the quantity left is 5 kg. Declare at most 5 kg" in one for one in named)


def test_a_sparse_grid_is_a_list_with_trouble_first(cases: Cases, officer: Visitor, large: str) -> None:
    officer.get(f"/console/declarations/{large}")
    assert officer.page.xpath("//table[contains(@class, 'sw-grid')]") == []
    heads = words(officer, "//div[@id='documents']/h3")
    assert heads == ["Refuse 10", "Hold 21", "Not determined 40", "Release 30"]
    rows = words(officer, "//div[@id='documents']//li")
    assert len(rows) == 101
    assert "126 kg too much" in next(one for one in rows if entry_document(31) in one)


def test_reasons_and_lines_of_a_large_case_are_opened_by_its_address(
    cases: Cases, officer: Visitor, large: str
) -> None:
    here = f"/console/declarations/{large}?queue=turn%3Dall"
    officer.get(here)
    assert officer.page.xpath("//details[starts-with(@id, 'why-') and @id != 'why-rest']") == []
    (link,) = officer.page.xpath(
        f"//div[@id='documents']//li[contains(., '{entry_document(35)}')]/a[contains(., 'why')]"
    )
    officer.get(link.get("href"))
    (part,) = officer.page.xpath("//details[starts-with(@id, 'why-') and @id != 'why-rest']")
    assert entry_document(35) in part.text_content()
    assert link.get("href").endswith(f"#{part.get('id')}")
    assert officer.page.xpath("//a[@data-key='u' and contains(@href, 'turn=all')]"), "the queue is not lost"
    assert len(officer.page.xpath("//section[@aria-labelledby='quantities']//tbody/tr")) == 12
    (more,) = officer.page.xpath("//section[@aria-labelledby='quantities']//p/a")
    officer.get(more.get("href"))
    assert len(officer.page.xpath("//section[@aria-labelledby='quantities']//tbody/tr")) == 100
    for fault in ("open=why-0", "open=everything", "item=x"):
        assert officer.get(f"{here}&{fault}").status_code == 422, fault


def test_one_goods_item_is_looked_at_by_itself(cases: Cases, officer: Visitor, large: str) -> None:
    officer.get(f"/console/declarations/{large}?queue=turn%3Dall")
    (form,) = officer.page.xpath("//form[@class='sw-jump']")
    sent = {one.get("name"): one.get("value") for one in form.iterfind("input")}
    assert sent == {"queue": "turn=all", "item": ""}
    officer.get(f"/console/declarations/{large}?item=41")
    (item,) = words(officer, "//div[@id='item']")
    assert item.startswith("Goods item 41 Frozen cod, lot 41, 0303 63 20 00, 141 kg")
    rows = words(officer, "//div[@id='item']//li")
    assert [one.split()[0] for one in rows] == ["Refuse", "Hold"]
    officer.get(f"/console/declarations/{large}?item=61")
    assert "no such goods item" in words(officer, "//div[@id='item']")[0]


def test_the_sheet_of_a_large_case_has_all_of_it(cases: Cases, officer: Visitor, large: str) -> None:
    officer.get(f"/console/declarations/{large}/print")
    assert len(officer.page.xpath("//details[starts-with(@id, 'why-') and @id != 'why-rest']")) == 100
    assert officer.page.xpath("//details[not(@open) and not(@class='sw-long')]") == []


def test_its_declarant_reads_the_same_causes(cases: Cases, trader: Visitor, large: str) -> None:
    answer = trader.get(f"/declarations/{large}")
    assert len(answer.content) < DECLARANTS
    found = words(trader, "//ol[@class='sw-todo']/li")
    assert len(found) <= 5
    assert any("10 documents: Quantity not available" in one for one in found)
    assert re.search(r"\d things are yours to do", trader.text())


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "de", "fr"])
async def test_it_is_eight_screens_at_most(chromium: Browser, cases: Cases, large: str, locale: str) -> None:
    async with opened(chromium, viewport={"width": DESK, "height": SCREEN}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/declarations/{large}?lang={locale}")
        assert await page.evaluate("document.scrollingElement.scrollHeight") <= SCREENS * SCREEN
        assert await faults_of(page) == []
        await page.set_viewport_size({"width": PHONE, "height": 640})
        assert await overflowing(page) <= 0


@pytest.mark.whole
@pytest.mark.browser
async def test_it_stays_so_once_forty_documents_have_changed(
    chromium: Browser, cases: Cases, officer: Visitor, trader: Visitor
) -> None:
    record_id = lodge_large(cases.simulated, cases.lodger, "LARGE-AGAIN", with_check_character("26FR001260000816R"))
    cases.lodger.called("POST", f"/{record_id}/assessment")
    cases.lodger.decided(record_id, 2)
    answer = officer.get(f"/console/declarations/{record_id}")
    assert len(answer.content) < OFFICERS
    changes = words(officer, "//ul[@class='sw-diff']/li")
    assert len(changes) < 12
    assert changes[-1].startswith("Declaration")
    assert len(trader.get(f"/declarations/{record_id}").content) < DECLARANTS
    async with opened(chromium, viewport={"width": DESK, "height": SCREEN}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/declarations/{record_id}")
        assert await page.evaluate("document.scrollingElement.scrollHeight") <= SCREENS * SCREEN


@pytest.mark.whole
def test_five_hundred_documents_are_no_longer_page(cases: Cases, officer: Visitor, trader: Visitor) -> None:
    items = [
        goods(
            number,
            "0303632000",
            "<script>alert(1)</script>\u202eגדול " + "x" * 400,
            "10",
            [("N853", f"CHEDP.FR.2026.07{(number - 1) * 5 + place:05d}") for place in range(5)],
        )
        for number in range(1, 101)
    ]
    record_id = cases.lodger.lodged(declared("LARGE-500", items, mrn=None))
    answer = officer.get(f"/console/declarations/{record_id}")
    assert (answer.status_code, len(answer.content) < OFFICERS) == (200, True)
    assert "\u202e" not in officer.text()
    assert officer.page.find(".//main//script") is None
    officer.get(f"/console/declarations/{record_id}?open=documents")
    assert len(officer.page.xpath("//div[@id='documents']//li")) >= 500
    assert trader.get(f"/declarations/{record_id}").status_code == 200
