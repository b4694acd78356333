"""The pages of authorities: who reads and who acts on them, windows by two officers, and switching an authority off."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest

from gateway.access.sessions import form_token
from gateway.domain.adapter_switch import OverrunKind
from gateway.store import Store
from tests.builders.authority_pages import CATCH, HERE, STATE, WINDOW, api, hrefs
from tests.builders.fish_case import Cases
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served, until
from tests.builders.visitor import CONSOLE, Visitor, demo_person

MOST = 512
LATER = (datetime.now(ZoneInfo("Europe/Paris")) + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def closed(demonstration: Served) -> Iterator[None]:
    """Leaves no window open, none asked for, and every authority switched on."""
    yield
    for one in api(demonstration, "GET", "/v1/approvals?kind=window")["items"]:
        api(demonstration, "POST", f"/v1/approvals/{one['id']}", {"approve": False, "reason": "over", "officer": "Cy"})
    for one in api(demonstration, "GET", "/v1/contingency")["items"]:
        if one["in_force"]:
            api(demonstration, "POST", f"/v1/contingency/{one['number']}/closing", {"reason": "over", "officer": "Cy"})
    api(demonstration, "POST", "/v1/adapters/catch/enable", {"reason": "over", "officer": "Cy"})


def ask(visitor: Visitor, **fields: str) -> httpx.Response:
    """Asks for a window with the fields that its form has."""
    visitor.get(WINDOW)
    until = visitor.page.xpath("//input[@name='until']/@value")[0]
    sent = {"mode": "manual", "until": until, "reason": "CATCH is down.", **fields}
    return visitor.post(WINDOW, follow=True, headers=None, **sent)


def test_each_system_stands_with_its_health_and_what_it_judges(demonstration: Served) -> None:
    officer = demo_person(demonstration.url)
    assert officer.get(HERE).status_code == 200
    assert {f"{HERE}/traces", CATCH, WINDOW} <= hrefs(officer)
    assert "TRACES" in officer.text()
    assert "N853" in officer.text()
    officer.get(CATCH)
    assert "CATCH" in officer.heading()
    assert {WINDOW, STATE} <= hrefs(officer)
    for address in (f"{HERE}/nobody", f"{HERE}/nobody/window", f"{HERE}/nobody/state", f"{CATCH}%00"):
        assert officer.get(address).status_code == 404
    for address in (HERE, CATCH, WINDOW, STATE):
        assert officer.get(f"{address}?colour=red").status_code == 422


@pytest.mark.parametrize("language", ["de", "fr"])
def test_they_are_in_the_readers_language(demonstration: Served, language: str) -> None:
    officer = demo_person(demonstration.url)
    officer.language = language
    officer.get(WINDOW)
    assert {"de": "Ausfallverfahren für CATCH eröffnen", "fr": "Ouvrir une procédure de secours pour CATCH"}[
        language
    ] == officer.heading()
    for address in (HERE, CATCH, STATE):
        assert officer.get(address).status_code == 200


def test_what_an_authority_did_not_answer_is_told_with_its_cause(cases: Any) -> None:
    officer = demo_person(cases.gateway.url)
    officer.get(HERE)
    assert "Has not answered since" in officer.text()
    assert "/console/queue?turn=all&authority=catch" in hrefs(officer)
    officer.get(CATCH)
    assert "SW-ADP-01" in officer.text()
    assert "Not reached, or no answer in time" in officer.text()
    officer.get(f"{HERE}/traces")
    assert "Answers, within" in officer.text()
    svg = officer.page.find(".//main//svg[@class='sw-latency']")
    assert len(svg.findall("rect")) == 2 * len(officer.page.findall(".//table")[0].findall(".//tbody/tr"))


def test_one_officer_asks_and_another_opens_the_window_and_a_strip_stands_everywhere(
    demonstration: Served, closed: None
) -> None:
    first, second = demo_person(demonstration.url), demo_person(demonstration.url, "second-officer")
    first.get(WINDOW)
    assert "mode-release" not in {one.get("id") for one in first.page.iterfind(".//input")} or "release" in first.text()
    assert "checked" not in {name for one in first.page.iterfind(".//input") for name in one.attrib}, (
        "nothing is preset"
    )
    ask(first)
    assert first.heading() == "CATCH"
    (request,) = {one for one in hrefs(first) if one.startswith("/console/approvals/")}
    approval = request.rpartition("/")[2]
    # Nothing is open, and who asked cannot be the second.
    assert api(demonstration, "GET", "/v1/adapters/catch")["window"] is None
    by = api(demonstration, "GET", f"/v1/approvals/{approval}")["by"]["person"]
    own = {"approve": True, "officer": by}
    url = f"{demonstration.url}/v1/approvals/{approval}"
    assert httpx.post(url, json=own, timeout=PATIENCE_S, trust_env=False).status_code == 422
    api(demonstration, "POST", f"/v1/approvals/{approval}", {"approve": True, "officer": "Cy"})
    window = api(demonstration, "GET", "/v1/adapters/catch")["window"]
    for address in ("/console/queue", HERE, CATCH, "/console/find?q=abcdef"):
        second.get(address)
        assert f"Window {window['number']} for CATCH is open until" in second.text()
        assert WINDOW in hrefs(second)
    second.get(WINDOW)
    assert second.heading() == f"Close window {window['number']} for CATCH"
    assert second.post(WINDOW, reason="").status_code == 422
    assert "Say why, in your own words." in second.text()
    second.post(WINDOW, reason="CATCH answers again.")
    assert api(demonstration, "GET", "/v1/adapters/catch")["window"] is None
    # The first had the form open all the while.
    first.get(CATCH)
    assert "is open until" not in first.text()
    assert first.post(WINDOW, number=str(window["number"]), reason="late").status_code in {403, 409}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mode": ""}, "Choose how documents are treated meanwhile."),
        ({"mode": "other"}, "Choose how documents are treated meanwhile."),
        ({"reason": "  "}, "Say why, in your own words."),
        ({"reason": "x" * 10_000}, "At most 512 characters"),
        ({"reason": "turned\u202eround"}, "a character that nobody can see"),
        ({"until": "tomorrow"}, "A day and a time are needed."),
        ({"until": "0001-01-01T00:00"}, "A day and a time are needed."),
        ({"until": "2020-01-01T00:00"}, "The end lies in the past"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    demonstration: Served, fields: dict[str, str], sentence: str
) -> None:
    officer = demo_person(demonstration.url)
    assert ask(officer, **fields).status_code == 422
    assert officer.page.find(".//div[@role='alert']") is not None
    assert sentence in officer.text()
    kept = officer.page.find(".//textarea").text_content().strip()
    assert kept == fields.get("reason", "CATCH is down.").strip()
    for link in officer.page.find(".//div[@role='alert']").iterfind(".//a"):
        assert officer.page.get_element_by_id(link.get("href")[1:]) is not None
    assert api(demonstration, "GET", "/v1/approvals?kind=window")["items"] == []


def test_markup_in_a_reason_stays_text(demonstration: Served, closed: None) -> None:
    officer = demo_person(demonstration.url)
    ask(officer, reason="<script>alert(1)</script> =1+1")
    assert officer.page.find(".//main//script") is None
    (one,) = api(demonstration, "GET", "/v1/approvals?kind=window")["items"]
    assert one["ordered"]["reason"] == "<script>alert(1)</script> =1+1"


def test_a_second_window_of_the_same_authority_says_that_one_is_open(demonstration: Served, closed: None) -> None:
    officer = demo_person(demonstration.url)
    officer.get(WINDOW)
    order = {"adapter": "catch", "mode": "manual", "reason": "before", "officer": "Al", "second_officer": "Bo"}
    number = api(demonstration, "POST", "/v1/contingency", order)["number"]
    assert officer.post(WINDOW, mode="manual", until=LATER, reason="mine").status_code == 409
    assert "Nothing was done" in officer.text()
    assert officer.heading() == f"Close window {number} for CATCH"


def test_an_authority_is_switched_off_and_on_with_a_reason(demonstration: Served, closed: None) -> None:
    officer = demo_person(demonstration.url)
    officer.get(STATE)
    assert officer.post(STATE, state="disabled", reason=" ").status_code == 422
    assert officer.post(STATE, state="enabled", reason="it is on already").status_code == 422
    for state, told in (("draining", "calls under way come to their end"), ("disabled", "Switched off")):
        officer.get(STATE)
        officer.post(STATE, state=state, reason="maintenance")
        assert told in officer.text()
        assert not api(demonstration, "GET", "/v1/adapters/catch")["enabled"]
    officer.get(STATE)
    officer.post(STATE, state="enabled", reason="it is over")
    assert api(demonstration, "GET", "/v1/adapters/catch")["enabled"]


def quarantine(database: str, adapter: str) -> None:
    """Has the code of an adapter overrun on a declaration, where one is enough."""

    async def overrun() -> None:
        async with Store.opened(database) as store:
            with psycopg.connect(database) as connection:
                found = connection.execute("SELECT id::text FROM declaration LIMIT 1").fetchone()
            assert found is not None
            assert await store.adapters.overran(adapter, found[0], OverrunKind.ENDED, declarations=1, declarants=1)

    asyncio.run(overrun())


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_quarantine_is_told_with_why_and_ended_by_a_person(cases: Cases, language: str) -> None:
    gateway, here = cases.gateway, f"{HERE}/dual_use"
    officer = demo_person(gateway.url)
    officer.language = language
    quarantine(cases.database, "dual_use")
    until(lambda: api(gateway, "GET", "/v1/adapters/dual_use")["state"] == "quarantined", "its being quarantined")
    told = {
        "en": "What it did: ended its process (1).",
        "de": "Was er tat: beendete seinen Prozess (1).",
        "fr": "Ce qu’il a fait : a mis fin à son processus (1).",
    }[language]
    for address in (HERE, here, f"{here}/state"):
        officer.get(address)
        assert told in officer.text(), address
    assert {one.get("value") for one in officer.page.iterfind(".//input[@name='state']")} == {"enabled", "disabled"}
    assert officer.post(f"{here}/state", state="draining", reason="in order").status_code == 422
    officer.get(f"{here}/state")
    officer.post(f"{here}/state", state="disabled", reason="for good")
    assert api(gateway, "GET", "/v1/adapters/dual_use")["state"] == "disabled"
    officer.get(f"{here}/state")
    officer.post(f"{here}/state", state="enabled", reason="mended")
    assert api(gateway, "GET", "/v1/adapters/dual_use")["state"] == "enabled"


def signed_out_meanwhile(visitor: Visitor) -> None:
    """Ends the session elsewhere, while a form of it stands open."""
    away = Visitor(visitor.url, cookies=dict(visitor.cookies))
    away.get("/sign-out?room=console")
    away.post("/sign-out")


@pytest.mark.parametrize(("address", "choice"), [(WINDOW, ("mode", "manual")), (STATE, ("state", "draining"))])
def test_words_typed_while_signed_out_stand_there_again_and_nothing_was_done(
    demonstration: Served, closed: None, address: str, choice: tuple[str, str]
) -> None:
    officer = demo_person(demonstration.url)
    officer.get(address)
    signed_out_meanwhile(officer)
    sent: Any = {choice[0]: choice[1], "reason": "typed <b>before</b>"}
    assert officer.post(address, **sent).url.path == "/sign-in"
    assert officer.post("/sign-in/demo", person="first-officer").url.path == address
    assert officer.page.findtext(".//textarea") == sent["reason"]
    assert officer.page.xpath(f"//input[@id='{choice[0]}-{choice[1]}'][@checked]")
    assert "your words stand here again" in officer.text()
    assert api(demonstration, "GET", "/v1/approvals?kind=window")["items"] == []
    assert api(demonstration, "GET", "/v1/adapters/catch")["enabled"]
    officer.post(address, **sent)
    officer.get(address)
    assert not officer.page.findtext(".//textarea"), "it is erased at sending"


def test_an_auditor_reads_and_has_no_button(signed_in: Callable[[str], Visitor]) -> None:
    auditor = signed_in("auditor")
    for address in (HERE, CATCH, WINDOW):
        assert auditor.get(address).status_code == 200, address
        assert auditor.page.findall(".//main//form") == []
        assert auditor.page.xpath("//main//a[contains(@class, 'govuk-button')]") == []
        assert not {WINDOW, STATE} & hrefs(auditor)
    for address in (WINDOW, STATE):
        own = form_token(auditor.cookies[CONSOLE])
        assert auditor.post(address, mode="manual", state="disabled", reason="x", form_token=own).status_code == 403
        assert "Your role does not allow this." in auditor.text()
    assert auditor.get(STATE).status_code == 403


def test_an_operator_sees_authorities_and_switches_them_and_opens_no_window(
    signed_in: Callable[[str], Visitor],
) -> None:
    operator = signed_in("operator")
    operator.get("/console")
    assert operator.heading() == "Authorities"
    operator.get(CATCH)
    assert STATE in hrefs(operator)
    assert not {one for one in hrefs(operator) if one.startswith(("/console/queue", WINDOW))}
    operator.get(STATE)
    assert operator.page.find(".//form//textarea") is not None
    assert operator.get(WINDOW).status_code == 200
    assert operator.page.findall(".//main//form") == []
    assert operator.get("/console/queue").status_code == 403


def test_what_was_decided_inside_is_read_by_auditor_and_operator_and_closed_by_neither(
    demonstration: Served, signed_in: Callable[..., Visitor], closed: None
) -> None:
    order = {"adapter": "catch", "mode": "manual", "reason": "down", "officer": "Al", "second_officer": "Bo"}
    number = api(demonstration, "POST", "/v1/contingency", order)["number"]
    api(demonstration, "POST", "/v1/adapters/catch/enable", {"reason": "as it is", "officer": "Cy"})
    inside = f"/console/contingency/{number}"
    for role in ("auditor", "operator"):
        reader = signed_in(role)
        assert reader.get(inside).status_code == 200, role
        assert reader.heading() == f"Window {number}"
        assert reader.page.findall(".//main//form") == []
        assert WINDOW not in hrefs(reader)
        assert f"Window {number} for CATCH is open" in reader.text()
        for address in (f"{inside}/write-off", f"{inside}/write-off?declaration=x&type=C673&reference=y"):
            assert reader.get(address).status_code == 403, role
    officer = signed_in("officer")
    officer.get(inside)
    assert WINDOW in hrefs(officer)
    for address in ("/console/contingency/999999999", "/console/contingency/x", "/console/contingency/0"):
        assert officer.get(address).status_code == 404


def test_a_form_of_another_browser_or_page_does_nothing(demonstration: Served, closed: None) -> None:
    officer, other = demo_person(demonstration.url), demo_person(demonstration.url, "second-officer")
    officer.get(WINDOW)
    other.get(WINDOW)
    stolen = other.hidden()["form_token"]
    assert officer.post(WINDOW, mode="manual", reason="not mine", form_token=stolen).status_code == 403
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    officer.get(WINDOW)
    assert officer.post(WINDOW, headers=elsewhere, mode="manual", reason="not mine").status_code == 403
    assert api(demonstration, "GET", "/v1/approvals?kind=window")["items"] == []
