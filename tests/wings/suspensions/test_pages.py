"""Suspensions on pages: what is open at an office, what authorities said in vain, and who sees none of it."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from playwright.async_api import Browser

from gateway.domain.mrn import with_check_character
from gateway.web.console.goods_items import spans
from tests.builders.browser import DESK, PHONE, faults_at, faults_of, led_on, opened
from tests.builders.extent import part
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor, demo_person
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
    """Suspends goods items by the API, and waits until the declaration is decided again: a form that was read before is refused."""
    body = {"regime": regime, "stated": STATED[regime], **more}
    number = cases.lodger.called("GET", f"/{record_id}")["decision"]["number"]
    made = cases.lodger.called("POST", f"/{record_id}/suspensions", body)
    cases.lodger.decided(record_id, number + 1)
    return made


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
    officer.get("/console/today")
    (figure,) = officer.page.xpath(f"//main//a[@href='{LIST}']")
    assert "Goods suspended" in figure.text_content()
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


def here(record_id: str) -> str:
    return f"/console/declarations/{record_id}/suspensions"


def send(visitor: Visitor, path: str, fields: dict[str, Any]) -> httpx.Response:
    """Sends the form that stands there."""
    return visitor.post(path, **fields)


def faults(visitor: Visitor) -> list[str]:
    """The fields that are wrong, each of which stands on the page."""
    found = [str(one).removeprefix("#") for one in visitor.page.xpath("//div[@role='alert']//a/@href")]
    assert all(visitor.page.get_element_by_id(one) is not None for one in found)
    return found


def listed(cases: Cases, record_id: str, **params: str) -> list[dict[str, Any]]:
    """The suspensions of a declaration, by the API."""
    url = f"{cases.gateway.url}/v1/suspensions"
    answer = httpx.get(url, params={"declaration": record_id, "ended": "true", **params}, trust_env=False)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_an_officer_suspends_goods_by_a_form_that_keeps_what_was_typed(officer: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9711)
    officer.get(f"/console/declarations/{record_id}")
    (link,) = officer.page.xpath("//main//a[contains(., 'Suspensions')]/@href")
    assert link == here(record_id)
    officer.get(link)
    assert "Nothing of this declaration was ever suspended." in officer.text()
    (form,) = officer.page.xpath("//main//a[contains(., 'product safety')]/@href")
    assert officer.page.xpath("//main//a[contains(., 'firearms')]") == [], "it is for exports"
    officer.get(form)
    answer = send(officer, form, {"items": "1, 7", "opener": "officer", "need-category": "toys", "reason": "seen"})
    assert (answer.status_code, faults(officer)) == (422, ["need-ground", "items"])
    assert officer.page.xpath("//input[@name='need-category']/@value") == ["toys"]
    assert officer.page.findtext(".//textarea") == "seen"
    sent = {"items": "2", "opener": "officer", "need-ground": "26_1_a", "need-category": "toys", "reason": "seen"}
    first = officer.hidden()
    assert send(officer, form, sent).status_code == 200
    assert "The goods items are suspended." in officer.text()
    assert "product safety" in officer.text()
    (made,) = listed(cases, record_id)
    assert (made["goods_items"], made["state"], made["duties"][0]["missing"]) == ([2], "open", ["act", "authority"])
    again = send(officer, form, {**sent, **first})
    assert (again.status_code, faults(officer)) == (409, ["act"])
    assert "was decided again" in officer.text()
    assert len(listed(cases, record_id)) == 1


def test_words_and_duties_are_entered_and_what_lifts_by_two(officer: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9712)
    suspended(cases, record_id)
    officer.get(here(record_id))
    (duty,) = officer.page.xpath("//main//a[starts-with(., 'State that it was done')]/@href")
    officer.get(duty)
    officer.post(duty)
    assert "It is on record that this was done." in officer.text()
    assert listed(cases, record_id)[0]["duties"] == []
    approve = f"{here(record_id)}/1?word=approve"
    officer.get(approve)
    assert "Two officers say this" in officer.text()
    officer.post(approve, received_at="2031-01-01T00:00", reason="a letter")
    assert faults(officer) == ["act"]
    assert officer.page.xpath("//input[@name='received_at']/@value") == ["2031-01-01T00:00"]
    officer.post(approve, received_at="", reason="a letter")
    assert "It waits for a second person" in officer.text()
    assert "A second person has to say it, too." in officer.text()
    officer.get(approve)
    assert officer.post(approve).status_code == 422
    assert "another person than you" in officer.text()
    second = demo_person(cases.gateway.url, "second-officer")
    second.get(approve)
    second.post(approve)
    assert "The word is entered." in second.text()
    assert listed(cases, record_id)[0]["state"] == "lifted"
    second.get(f"{here(record_id)}/1?word=maintain")
    assert second.post(f"{here(record_id)}/1?word=maintain").status_code == 409
    assert "too late" in second.text()


def test_what_a_second_person_confirms_is_the_first_saying_down_to_its_fraction(cases: Cases) -> None:
    record_id = lodged(cases, 9715)
    opened_at = datetime.fromisoformat(suspended(cases, record_id)["opened_at"])
    received = (opened_at + timedelta(microseconds=1)).isoformat()
    cases.lodger.called(
        "POST", f"/{record_id}/suspensions/1/words", {"word": "approve", "received_at": received, "officer": "A"}
    )
    second = demo_person(cases.gateway.url, "second-officer")
    approve = f"{here(record_id)}/1?word=approve"
    second.get(approve)
    (typed,) = second.page.xpath("//input[@name='received_at']/@value")
    second.post(approve, received_at=typed)
    assert "The word is entered." in second.text()
    assert listed(cases, record_id)[0]["state"] == "lifted"


def test_refused_goods_have_the_words_of_the_law_for_their_papers(officer: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9777)
    suspended(cases, record_id)
    stated = {"finding": "not_in_conformity", "other_procedures": "objected"}
    cases.lodger.called("POST", f"/{record_id}/suspensions/1/words", {"word": "refuse", "stated": stated})
    assert (
        "Product not in conformity — release for free circulation not authorised — Regulation (EU) 2019/1020"
        in officer.get(here(record_id)).text
    )


def test_an_extension_says_how_long_and_a_scope_names_goods_items(officer: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9713)
    suspended(cases, record_id, "ipr")
    for duty in ("notified.declarant", "notified.holder"):
        cases.lodger.called("POST", f"/{record_id}/suspensions/1/duties/{duty}", {})
    cases.lodger.called("POST", f"/{record_id}/suspensions/1/words", {"word": "declarant.opposes"})
    extension = f"{here(record_id)}/1?word=holder.extension"
    officer.get(extension)
    send(officer, extension, {"need-reason": "", "extends_to": "many"})
    assert faults(officer) == ["need-reason", "extends_to"]
    send(officer, extension, {"need-reason": "an expert's report", "extends_to": "20"})
    assert "The word is entered." in officer.text()
    scope = f"{here(record_id)}/1?word=scope"
    officer.get(scope)
    officer.post(scope, items="1-2")
    assert "The word is entered." in officer.text()


def test_what_is_not_there_is_not_found_and_readers_have_no_form(
    officer: Visitor, cases: Cases, signed_in: Callable[[str], Visitor]
) -> None:
    record_id = lodged(cases, 9714)
    suspended(cases, record_id)
    there = here(record_id)
    for path in (f"{there}/2?word=approve", f"{there}/1?word=hello", f"{there}/1", here("nowhere"), f"{there}/x"):
        assert officer.get(path).status_code == 404, path
    for path in (f"{there}/new", f"{there}/new?regime=x", f"{there}?x=1", f"{there}/1?word=approve&x=1"):
        assert officer.get(path).status_code == 422, path
    auditor = signed_in("auditor")
    for path in (f"{there}/new?regime=ipr", f"{there}/1?word=approve"):
        assert auditor.get(path).status_code in (403, 404), path


def own(record_id: str) -> str:
    return f"/declarations/{record_id}/suspensions"


def test_a_party_reads_and_answers_what_it_is_told(demo_trader: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9721)
    suspended(cases, record_id, "ipr", goods_items=[2])
    for duty in ("notified.declarant", "notified.holder"):
        cases.lodger.called("POST", f"/{record_id}/suspensions/1/duties/{duty}", {})
    demo_trader.get(f"/declarations/{record_id}")
    (link,) = demo_trader.page.xpath("//main//a[contains(., 'Suspensions')]/@href")
    assert link == own(record_id)
    demo_trader.get(link)
    (last_day,) = demo_trader.page.xpath("//dt[.='Deadline']/following-sibling::dd[1]")
    assert "202" in last_day.text_content()
    for text in ("intellectual property", "suspended", "declarant", "Reg. (EU) No 608/2013"):
        assert text in demo_trader.text(), text
    for text in ("first demo officer", "FR-2025-1", "right-holder", "notify"):
        assert text not in demo_trader.text(), text
    opposes = f"{own(record_id)}/1?word=declarant.opposes"
    agrees = f"{own(record_id)}/1?word=declarant.agrees"
    assert demo_trader.page.xpath("//main//section//a/@href") == [agrees, opposes]
    demo_trader.get(opposes)
    assert demo_trader.heading() == "declarant: opposes destruction"
    too_long = demo_trader.post(opposes, reason="x" * 513)
    assert (too_long.status_code, faults(demo_trader)) == (422, ["reason"])
    demo_trader.post(opposes, reason="they are genuine")
    assert "Your word is entered" in demo_trader.text()
    assert demo_trader.page.xpath("//main//section//a/@href") == []
    assert "declarant.opposes" in [one["name"] for one in listed(cases, record_id)[0]["words"]]
    demo_trader.get(agrees)
    assert demo_trader.post(agrees).status_code == 409
    for word in ("holder.withdraws", "guarantee", "annulled", "hello"):
        assert demo_trader.get(f"{own(record_id)}/1?word={word}").status_code == 404, word


def bare(visitor: Visitor, record_id: str, number: int) -> str:
    """What can be read on the page, but for what names the declaration."""
    return visitor.text().replace(record_id, "").replace(f"SUSP-{number}", "").replace(mrn_of(number), "")


def test_of_a_suspension_that_it_is_not_told_of_a_party_reads_nothing(demo_trader: Visitor, cases: Cases) -> None:
    hidden, free = lodged(cases, 9722), lodged(cases, 9723)
    suspended(cases, hidden, "ipr")
    demo_trader.get(own(free))
    nothing = bare(demo_trader, free, 9723)
    demo_trader.get(own(hidden))
    assert bare(demo_trader, hidden, 9722) == nothing
    assert "You are told of no suspension" in nothing
    answers = []
    for record_id, number in ((hidden, 9722), (free, 9723)):
        path = f"{own(record_id)}/1?word=declarant.opposes"
        answers.append((demo_trader.get(path).status_code, bare(demo_trader, record_id, number)))
        demo_trader.get("/webhooks/new")  # whose form has the token
        answers.append((demo_trader.post(path).status_code, bare(demo_trader, record_id, number)))
    assert answers[:2] == answers[2:]
    assert {status for status, _ in answers} == {404}
    assert listed(cases, hidden)[0]["words"][1:] == []
    demo_trader.get(f"/declarations/{hidden}")
    assert "intellectual" not in demo_trader.text()


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_the_pages_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    record_id = lodged(cases, 8_000 + width)
    suspended(cases, record_id)
    suspended(cases, record_id, "ipr")
    there = here(record_id)
    forms = [f"{there}/new?regime={one}" for one in ("product_safety", "ipr&lang=de", "ipr_small&lang=fr")]
    forms += [f"{there}/1?word=refuse&lang=en", f"{there}/2?word=holder.extension", f"{there}/1?word=notify.authority"]
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, cases.gateway.url, (LIST, PUSHED, f"{LIST}?lang=de")) == []
        assert await faults_at(page, cases.gateway.url, [*forms, there, f"{there}?lang=de"]) == []
        await page.goto(f"{cases.gateway.url}{forms[0]}&lang=en")
        await led_on(page, page.get_by_role("button", name="Suspend"))
        assert await page.locator("[role=alert]:focus").count() == 1, "what is wrong has the focus"
        assert await faults_of(page) == []
        cases.lodger.called("POST", f"/{record_id}/suspensions/2/duties/notified.declarant", {})
        told = own(record_id)
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        answers = (told, f"{told}?lang=de", f"{told}/2?word=declarant.opposes&lang=fr")
        assert await faults_at(page, cases.gateway.url, answers) == []
