"""A case leads on: to certificates, authorities, messages, events, who read it, and to all of it as a file."""

import io
import zipfile
from collections.abc import Callable

import pytest
from playwright.async_api import Browser

from tests.builders.browser import led_on, opened
from tests.builders.fish_case import SHORT, VALIDATED, Cases
from tests.builders.running import Served, declaration
from tests.builders.visitor import Visitor


def case(visitor: Visitor, record_id: str) -> set[str]:
    """Opens a case; gives what it links to."""
    assert visitor.get(f"/console/declarations/{record_id}").status_code == 200
    assert visitor.page is not None
    return set(visitor.page.xpath("//main//a/@href"))


def test_a_case_leads_to_all_that_it_names(cases: Cases, officer: Visitor) -> None:
    links, here = case(officer, cases.fish), f"/console/declarations/{cases.fish}"
    wanted = {f"/console/documents/N853/{one}" for one in (VALIDATED, SHORT)} | {"/console/authorities/traces"}
    wanted |= {f"{here}/{one}" for one in ("messages", "events", "readings", "export")} | {"#rows"}
    assert wanted <= links
    assert [one for one in links if one.startswith(f"{here}/messages/sha256:")]
    for one in wanted - {"#rows", f"{here}/export"}:
        assert officer.get(one).status_code == 200, one


def test_messages_are_read_as_text_in_a_frame_that_runs_nothing(cases: Cases, officer: Visitor) -> None:
    here = f"/console/declarations/{cases.fish}/messages"
    officer.get(here)
    said = officer.text()
    for word in ("to the gateway", "to the authority", "from the authority", "TRACES"):
        assert word in said
    links = officer.page.xpath("//main//table//a/@href")
    assert len(links) > 3
    officer.get(links[0])
    (frame,) = officer.page.xpath("//iframe")
    assert frame.get("sandbox") == ""
    assert "STORY-16" in frame.get("srcdoc")
    assert officer.page.xpath("//main//pre") == []
    for wrong in ("sha256:" + "0" * 64, "x", "..%2F..%2Fetc"):
        assert officer.get(f"{here}/{wrong}").status_code == 404, wrong
    assert officer.get(f"{here}?colour=red").status_code == 422


def test_who_read_it_and_all_events_stand_on_pages(cases: Cases, officer: Visitor) -> None:
    here = f"/console/declarations/{cases.fish}"
    officer.get(f"{here}/readings")
    assert "first demo officer" in officer.text()
    assert officer.get(f"{here}/readings?before=x").status_code == 422
    officer.get(f"{here}/events")
    assert "declaration.received" in officer.text()
    (first, *_) = officer.page.xpath("//ol[@class='sw-trail']/li/@value")
    assert first == "1"
    officer.get(f"{here}/events?after=2")
    assert officer.page.xpath("//ol[@class='sw-trail']/li/@value")[0] == "3"


def test_a_case_is_taken_along(cases: Cases, officer: Visitor) -> None:
    answer = officer.get(f"/console/declarations/{cases.fish}/export")
    assert answer.headers["content-type"] == "application/zip"
    assert f"case-{cases.fish}.zip" in answer.headers["content-disposition"]
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_what_a_role_may_not_read_is_no_link_and_no_page(
    demonstration: Served, signed_in: Callable[..., Visitor]
) -> None:
    with demonstration.client() as client:
        record_id = client.lodge(declaration("01", "RECORDS-1"), "application/xml", wait_s=20).body["id"]
    auditor = signed_in("auditor")
    here = f"/console/declarations/{record_id}"
    assert {f"{here}/{one}" for one in ("messages", "events", "readings", "export")} <= case(auditor, record_id)
    operator = signed_in("operator")
    for one in ("messages", "events", "readings", "export"):
        assert operator.get(f"{here}/{one}").status_code == 403, one
        assert auditor.get(f"{here}/{one}").status_code == 200, one


def test_a_reference_leads_to_its_certificate_as_well(cases: Cases, officer: Visitor) -> None:
    officer.get(f"/console/find?q={SHORT[-8:]}")
    assert f"/console/documents/N853/{SHORT}" in officer.page.xpath("//main//a/@href")


def test_an_officer_reads_what_an_officer_does_and_the_declarants_remedy_folded(cases: Cases, officer: Visitor) -> None:
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("03", "RECORDS-2"), "application/xml", wait_s=20).body["id"])
    cases.lodger.decided(record_id, 1)
    case(officer, record_id)
    (first, *_) = officer.page.xpath("//ol[contains(@class, 'sw-stops')]/li")
    turn = " ".join(first.xpath(".//div[@class='sw-turn']")[0].text_content().split())
    assert turn == "Your turnConfirm the refusal, or override it."
    remedy = first.xpath(".//details[not(@open)]")
    assert remedy
    assert remedy[0].xpath("summary")[0].text_content().startswith("What the declarant can do")


@pytest.mark.browser
async def test_the_message_is_seen(chromium: Browser, cases: Cases) -> None:
    async with opened(chromium, viewport={"width": 1280, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/console/queue")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        await page.goto(f"{cases.gateway.url}/console/declarations/{cases.fish}/messages")
        await page.locator("main table a").first.click()
        assert "STORY-16" in await page.frame_locator("iframe").locator("pre").inner_text()
