"""Suspensions on pages: what is open at an office, what authorities said in vain, and who sees none of it."""

import csv
import io
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser

from gateway.domain.mrn import with_check_character
from gateway.wings.suspensions.pages.suspension_view import spans
from tests.builders.browser import DESK, PHONE, faults_at, led_on, opened
from tests.builders.extent import part
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor
from tests.wings.suspensions.course import STATED

LIST, PUSHED = "/console/suspensions", "/console/suspensions/pushed"
PLENTIFUL = "CHEDP.FR.2026.0000005"


def lodged(cases: Cases, number: int) -> str:
    """A declaration of two goods items that may be released."""
    items = [goods(one, "0402101900", "Milk powder", "1", (("N853", PLENTIFUL),)) for one in (1, 2)]
    return cases.lodger.lodged(declared(f"SUSP-{number}", items, mrn=mrn_of(number)))


def mrn_of(number: int) -> str:
    return with_check_character(f"26FR00126000{number}R")


def suspended(cases: Cases, record_id: str, regime: str = "product_safety", **more: object) -> dict[str, Any]:
    """Suspends goods items by the API."""
    body = {"regime": regime, "stated": STATED[regime], **more}
    return cases.lodger.called("POST", f"/{record_id}/suspensions", body)


def row_of(visitor: Visitor, name: str) -> list[str]:
    """The row of the table that is about a declaration."""
    rows = [[" ".join(one.text_content().split()) for one in row] for row in visitor.page.xpath("//main//tbody/tr")]
    (found,) = [row for row in rows if row[0] == name]
    return found


def test_numbers_in_a_row_are_one_span() -> None:
    assert [spans(one) for one in ((), (2,), (3, 1, 2, 5), range(1, 10_000))] == ["", "2", "1–3, 5", "1–9999"]


def test_the_list_has_what_is_open_with_what_is_owed_and_leads_to_the_case(officer: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9701)
    made = suspended(cases, record_id, goods_items=[2])
    officer.get(LIST)
    assert officer.page.find(".//nav//a[@aria-current='page']").get("href") == LIST
    row = row_of(officer, mrn_of(9701))
    assert [row[one] for one in (1, 2, 3, 5, 6)] == [
        "product safety", "2", "suspended", "authority or right-holder", "notify the authority",
    ]  # fmt: skip
    assert row[4] != "No deadline is known"
    (href,) = officer.page.xpath(f"//main//tbody//th/a[contains(., '{mrn_of(9701)}')]/@href")
    assert href == f"/console/declarations/{record_id}"
    answer = officer.get(f"{LIST}.csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (line,) = [one for one in lines if one[0] == mrn_of(9701)]
    assert (len(line), line[4], line[6]) == (len(lines[0]), "2", made["deadline"])
    for language, word in (("de", "Produktsicherheit"), ("fr", "sécurité des produits")):
        officer.get(f"{LIST}?lang={language}")
        assert row_of(officer, mrn_of(9701))[1] == word
    officer.get(f"{LIST}?lang=en")


def test_an_address_that_no_page_gave_is_refused(officer: Visitor) -> None:
    for path in (f"{LIST}?x=1", f"{LIST}?after=x", f"{PUSHED}?before=x", f"{PUSHED}?x=1", f"{LIST}.csv?after=x"):
        assert officer.get(path).status_code == 422, path
    nil = "9999-12-31+ffffffff-ffff-ffff-ffff-ffffffffffff+9999"
    assert officer.get(f"{LIST}?after={nil}").status_code == 200
    assert "There are no more." in officer.text()


def test_words_of_authorities_without_effect_are_listed(officer: Visitor, cases: Cases) -> None:
    officer.get(PUSHED)
    assert "Every word that an authority said had its effect." in officer.text()
    nobodys = with_check_character("26FR001260009799R")
    body = '{"reference":"<b>1","version":1,"mrn":"%s","regime":"product_safety","word":"request"}' % nobodys  # noqa: UP031
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO pushed_event (adapter, reference, version, digest, mrn, body, result) "
            "VALUES ('plain_events', '<b>1', 1, 'x', %s, %s, 'waiting'), ('plain_events', '2', 1, 'x', %s, NULL, 'unmatched')",
            (nobodys, body, mrn_of(9798)),
        )
        try:
            officer.get(PUSHED)
        finally:
            connection.execute("DELETE FROM pushed_event")
    row = row_of(officer, nobodys)
    assert row[2:5] == ["waits for the declaration to be accepted", "product_safety: request", "all"]
    assert row[5] == "plain_events<b>1, 1"
    assert "It was forgotten after its time." in row_of(officer, mrn_of(9798))[3]


def test_who_reads_no_suspensions_has_no_list(signed_in: Callable[[str], Visitor]) -> None:
    auditor = signed_in("auditor")
    for path in (LIST, PUSHED, f"{LIST}.csv"):
        assert auditor.get(path).status_code == 200, path
    operator = signed_in("operator")
    for path in (LIST, PUSHED, f"{LIST}.csv"):
        assert operator.get(path).status_code == 403, path
    assert operator.page.xpath(f"//nav//a[@href='{LIST}']") == []


@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_the_lists_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    suspended(cases, lodged(cases, 9702))
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, cases.gateway.url, (LIST, PUSHED, f"{LIST}?lang=de")) == []
