"""The rows of the queue say what to do in words, and its pages what of it they show; over HTTP and in a browser."""

from typing import Any

import pytest
from playwright.async_api import Browser

from gateway.domain.mrn import with_check_character
from tests.builders.browser import led_on, opened
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor

PLENTIFUL = "CHEDP.FR.2026.0000005"
OTHER = "FR99999999900026"


@pytest.fixture(scope="module")
def many(cases: Cases) -> list[str]:
    """Declarations of fish without its catch certificate, the oldest first; of a party that no other test looks at."""
    return [cases.lodger.lodged(_of_others(number)) for number in range(26)]


def _of_others(number: int) -> dict[str, Any]:
    items = [goods(one, "0303632000", "Frozen cod", "3", (("N853", PLENTIFUL),)) for one in (1, 2)]
    body = declared(f"ROWS-{number:02d}", items, mrn=with_check_character(f"26FR00126000{9400 + number}R"))
    body["Declarant"] = body["Importer"] = {"identificationNumber": OTHER}
    return body


def rows(visitor: Visitor) -> list[str]:
    assert visitor.page is not None
    return [one.get("id").removeprefix("row-") for one in visitor.page.iterfind(".//tbody/tr")]


def pager(visitor: Visitor) -> str:
    assert visitor.page is not None
    return " ".join(visitor.page.xpath("//nav[@class='sw-pager']")[0].text_content().split())


def test_a_row_says_what_to_do_and_what_goods_they_are(cases: Cases, officer: Visitor, many: list[str]) -> None:
    officer.get("/console/queue?turn=declarant&order=newest")
    (row,) = officer.page.xpath(f"//tr[@id='row-{many[-1]}']")
    said = " ".join(row.text_content().split())
    assert f"Frozen cod and 1 more, NO, {OTHER}" in said
    assert "The declarantDeclare C673, or " in said
    assert " if true" in said
    assert "Correct the declaration" not in said


def test_the_pages_say_which_rows_they_show_and_lead_both_ways(cases: Cases, officer: Visitor, many: list[str]) -> None:
    for order in ("oldest", "latest", "newest"):
        seen: list[str] = []
        officer.get(f"/console/queue?turn=declarant&order={order}")
        (count,) = officer.page.xpath("//main//ul[@class='sw-tabs']//a[@aria-current='page']/b/text()")
        begun = pager(officer)
        assert begun.startswith(f"1 to 12 of {count}"), order
        assert "Previous" not in begun
        pages = [rows(officer)]
        seen += rows(officer)
        while found := officer.page.xpath("//nav[@class='sw-pager']/a[@rel='next']/@href"):
            officer.get(found[0])
            assert pager(officer).startswith(f"{len(seen) + 1} to {len(seen) + len(rows(officer))} of {count}")
            pages.append(rows(officer))
            seen += rows(officer)
        assert len(seen) == int(count) == len({*seen})
        ours = [one for one in seen if one in many]
        assert ours == (many if order == "oldest" else many[::-1])
        for before in pages[-2::-1]:
            (back,) = officer.page.xpath("//nav[@class='sw-pager']/a[@rel='prev']/@href")
            officer.get(back)
            assert rows(officer) == before


def test_a_head_sorts(cases: Cases, officer: Visitor, many: list[str]) -> None:
    officer.get("/console/queue?turn=declarant")
    by_age, by_receipt = officer.page.xpath("//main//thead//th/a/@href")
    assert officer.page.xpath("//main//thead//th/@aria-sort") == ["descending", "none"]
    officer.get(by_age)
    assert "order=latest" in by_age
    assert officer.page.xpath("//main//thead//th/@aria-sort") == ["ascending", "none"]
    officer.get(by_receipt)
    assert officer.page.xpath("//main//thead//th/@aria-sort") == ["none", "descending"]


def test_the_filter_offers_what_there_is_with_its_counts(cases: Cases, officer: Visitor, many: list[str]) -> None:
    officer.get("/console/queue?turn=declarant&order=newest")
    offered = {one.get("value"): one.text for one in officer.page.xpath("//select[@id='finding']/option")}
    assert int(offered["SW-DEC-010"].rpartition("(")[2].rstrip(")")) >= len(many)
    officer.get("/console/queue?turn=declarant&order=newest&finding=SW-DEC-010")
    assert {*rows(officer)} <= {*many}


def test_a_place_is_kept_after_the_act_by_which_the_row_goes(cases: Cases, officer: Visitor, many: list[str]) -> None:
    officer.get("/console/queue?turn=declarant&order=newest")
    (href,) = officer.page.xpath(f"//a[contains(@href, '{many[-2]}')]/@href")
    officer.get(href)
    place = " ".join(officer.page.xpath("//nav[@class='sw-trailbar']")[0].text_content().split())
    assert "newest first" in place
    (before,) = officer.page.xpath("//a[@rel='prev']/@href")
    (behind,) = officer.page.xpath("//a[@rel='next']/@href")
    assert many[-1] in before
    assert many[-3] in behind
    # It leaves the tab, and its place stays.
    here = f"/console/declarations/{many[-2]}/invalidate{href[href.index('?') :]}"
    officer.get(here)
    answer = officer.post(here, reason="lodged twice")
    assert answer.status_code == 200
    assert "Done:" in officer.text()
    (following,) = officer.page.xpath("//div[contains(@class, 'sw-strip--done')]/a")
    assert many[-3] in following.get("href")
    assert following.text_content().startswith("Next of ")
    assert following.get("autofocus") is not None
    assert "Not in the queue any more" in officer.text()


@pytest.mark.browser
async def test_ten_rows_are_in_view_on_a_desk(chromium: Browser, cases: Cases, many: list[str]) -> None:
    async with opened(chromium, viewport={"width": 1280, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/console/queue")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/queue?turn=declarant&order=newest&finding=SW-DEC-010")
        # What other tests left behind stands above the rows: windows, outages, codes that nobody knows.
        await page.evaluate(
            "document.querySelectorAll('main .sw-strip, main .sw-unknown').forEach(one => one.remove())"
        )
        seen = await page.evaluate(
            "[...document.querySelectorAll('.sw-q tbody tr')].filter(one => one.getBoundingClientRect().bottom <= innerHeight).length"
        )
        assert seen >= 10
