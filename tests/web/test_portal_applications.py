"""Amending and withdrawing at the portal: at once before acceptance, by an application after it."""

import json
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload

from gateway.domain.mrn import with_check_character
from tests.builders.browser import DESK, PHONE, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import SHORT, Cases, declared, goods
from tests.builders.running import stepped
from tests.builders.visitor import Visitor


def sent(lrn: str, version: int, mass: str = "10", mrn: str | None = None) -> dict[str, Any]:
    """A version of a declaration that is short of a catch certificate."""
    return declared(lrn, [goods(1, "0303641000", "Frozen haddock", mass, (("N853", SHORT),))], mrn=mrn, version=version)


def file_of(body: dict[str, Any]) -> bytes:
    return json.dumps({"Declaration": body}).encode()


def kept(visitor: Visitor) -> dict[str, str]:
    """The fields of the form that sends what was checked."""
    form = visitor.page.find(".//form[@class='sw-entry']")
    return {one.get("name"): one.get("value") for one in form.iterfind(".//input")}


def test_before_acceptance_the_next_version_is_checked_and_sent(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("AMENDED-A", 1))
    trader.get(f"/declarations/{record_id}")
    assert "Amend" in [one.text for one in trader.page.iterfind(".//main//a")]
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    assert trader.heading() == "Amend"
    trader.send_file(here, "next.json", file_of(sent("AMENDED-A", 2, "9")))
    assert "Version 2, before it is sent" in trader.text()
    assert "Would be held, if you lodged it now" in trader.text()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 1
    trader.send_file(here, "", b"", **kept(trader))
    assert "It was sent, and is being decided." in trader.text()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 2


def test_after_acceptance_it_is_an_application_with_grounds(trader: Visitor, cases: Cases) -> None:
    mrn = with_check_character("26FR001260000916R")
    record_id = cases.lodger.lodged(sent("AMENDED-B", 1, mrn=mrn))
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    assert trader.heading() == "Apply to amend"
    trader.send_file(
        here, "other.json", file_of(sent("AMENDED-B", 2, "9", mrn=with_check_character("26FR001260000919R")))
    )
    assert "An MRN is given by customs" in trader.text()
    trader.get(here)
    # What is reserved for the version that stands is this one's own: with it, all that it declares is left for it.
    trader.send_file(here, "next.json", file_of(sent("AMENDED-B", 2, "1400", mrn=mrn)))
    assert "Would be held, if you lodged it now" in trader.text()
    for wrong in ("too much", "is not reserved"):
        assert wrong not in trader.text()
    assert "Customs decides on it." in trader.text()
    fields = kept(trader)
    trader.send_file(here, "", b"", **fields, grounds="correction", reason="<b>weighed</b> again")
    assert "Customs decides on it; nothing changes before." in trader.text()
    assert "Amendment: customs has not decided yet." in trader.text()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 1
    # Another one is not taken before customs has decided, and none is offered.
    trader.get(here)
    assert "An application is open, on which customs has not decided yet." in trader.text()
    assert trader.page.xpath("//input[@type='file']") == []
    trader.get(here.removesuffix("/amend"))
    assert "You applied to amend it, today" in trader.text()
    assert "Customs has until" in trader.text() or "Customs decides by" in trader.text()
    assert trader.page.xpath("//a[contains(@href, '/amend') or contains(@href, '/invalidate')]") == []
    # It is the party's own to take back.
    (taken_back,) = trader.page.xpath("//form[contains(@action, '/withdraw')]/@action")
    trader.post(taken_back)
    assert "Your application was taken back" in trader.text()
    assert "Amendment: withdrawn." in trader.text()
    assert trader.page.xpath("//a[contains(@href, '/amend')]") != []


def test_a_file_that_is_no_next_version_is_told(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("AMENDED-C", 1))
    here = f"/declarations/{record_id}/amend"
    for step in ("check", "send"):
        trader.get(here)
        assert trader.send_file(here, "a.xml", b"<a/>", step=step).status_code == 415
    for body in (sent("AMENDED-C", 7), sent("AMENDED-OTHER", 2)):
        trader.get(here)
        assert trader.send_file(here, "a.json", file_of(body), step="send").status_code in {409, 422}
        assert "Nothing was sent." in trader.text()
    trader.get(here)
    assert trader.send_file(here, "", b"").status_code == 422


def test_it_is_withdrawn_at_once_before_acceptance(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("WITHDRAWN-A", 1))
    here = f"/declarations/{record_id}/invalidate"
    trader.get(here)
    assert trader.heading() == "Withdraw the declaration"
    trader.post(here, reason="=HYPERLINK(1)")
    assert "Your declaration was withdrawn." in trader.text()
    trader.get(here)
    assert trader.page.find(".//main//form") is None


def test_after_acceptance_its_invalidation_is_applied_for_on_grounds(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("WITHDRAWN-B", 1, mrn=with_check_character("26FR001260000917R")))
    here = f"/declarations/{record_id}/invalidate"
    trader.get(here)
    assert trader.heading() == "Apply to have it invalidated"
    for grounds, reason in (("whatever", ""), ("<b>", ""), ("not_stated", "x" * 10_000)):
        trader.get(here)
        assert trader.post(here, grounds=grounds, reason=reason).status_code == 422
        assert "Nothing was sent." in trader.text()
    trader.get(here)
    trader.post(here, grounds="other_procedure", reason="Wrong\u202e box")
    assert "Invalidation: customs has not decided yet." in trader.text()


def test_what_was_read_meanwhile_became_another_decision(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("WITHDRAWN-C", 1))
    here = f"/declarations/{record_id}/invalidate"
    trader.get(here)
    cases.lodger.called("POST", f"/{record_id}/amendments", {"Declaration": sent("WITHDRAWN-C", 2, "9")})
    cases.lodger.decided(record_id, 2)
    assert trader.post(here, reason="Not needed.").status_code == 409
    assert "moved on while you were writing" in trader.text()
    assert trader.page.find(".//textarea").text.strip() == "Not needed."


def test_after_an_announced_examination_there_is_no_button_but_why(trader: Visitor, cases: Cases) -> None:
    record_id = cases.lodger.lodged(sent("EXAMINED-A", 1, mrn=with_check_character("26FR001260000918R")))
    assert stepped(cases.gateway.url, record_id, "control", announced=True, reference="X1").status_code in {200, 202}
    trader.get(f"/declarations/{record_id}")
    assert trader.page.find(f".//main//a[@href='/declarations/{record_id}/amend']") is None
    # Nothing is to be done here, and what is to be done there is said.
    for said in ("Nothing is to be done about it in this portal. Bring the goods", "what the examination finds counts"):
        assert said in trader.text()
    trader.get(f"/declarations/{record_id}/amend")
    assert trader.page.find(".//main//form") is None


def test_another_traders_declaration_is_not_there(trader: Visitor, cases: Cases) -> None:
    body = sent("FOREIGN-AMEND", 1)
    body["Declarant"] = body["Importer"] = {"identificationNumber": "FR99999999900009"}
    foreign, nowhere = cases.lodger.lodged(body), "00000000-0000-4000-8000-000000000000"
    for act in ("amend", "invalidate"):
        pages = {one: trader.get(f"/declarations/{one}/{act}").text.replace(one, "ID") for one in (foreign, nowhere)}
        assert pages[foreign] == pages[nowhere]
        assert trader.get(f"/declarations/{foreign}/{act}").status_code == 404


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_it_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        for act in ("amend", "invalidate"):
            await page.goto(f"{cases.gateway.url}/declarations/{cases.fish}/{act}")
            assert await faults_of(page) == [], act
            assert not await overflowing(page), act
        record_id = cases.lodger.lodged(sent(f"LOOKED-{width}", 1))
        await page.goto(f"{cases.gateway.url}/declarations/{record_id}/amend")
        content = file_of(sent(f"LOOKED-{width}", 2, "9"))
        await page.set_input_files("#file", FilePayload(name="a.json", mimeType="text/plain", buffer=content))
        await led_on(page, page.get_by_role("button", name="Check", exact=True))
        assert await faults_of(page) == []
        assert not await overflowing(page)
        await page.goto(f"{cases.gateway.url}/declarations/{record_id}/amend")
        await page.locator("[name=g1-d1-reference]").fill("<b>")
        await led_on(page, page.get_by_role("button", name="Check the changes"))
        assert await page.locator(".sw-errs:focus").count() == 1
        assert await faults_of(page) == []
        assert not await overflowing(page)
        await page.locator("[name=g1-d1-reference]").fill("CHEDP.FR.2026.9999999")
        await led_on(page, page.get_by_role("button", name="Check the changes"))
        assert await page.locator("#changes").count() == 1
        assert await faults_of(page) == []
        assert not await overflowing(page)
