"""What is open of a case reaches whoever has to move: queue, strip, acts and the portal, over HTTP."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from gateway.access.actions import CALLS
from gateway.access.calls import WHO_MAY
from gateway.domain.actions import ActionName
from gateway.domain.mrn import with_check_character
from gateway.domain.permission import Role
from tests.builders.browser import DESK, PHONE, faults_at, led_on, opened
from tests.builders.extent import part
from tests.builders.fish_case import CATCH, Cases, declared, goods
from tests.builders.page_states import addresses
from tests.builders.processes import PATIENCE_S
from tests.builders.running import declaration
from tests.builders.story import catalogue
from tests.builders.visitor import Visitor, demo_person

WORDS = catalogue().pages["en"]["case"]
PLENTIFUL = "CHEDP.FR.2026.0000005"
EVIL = "<script>alert(1)</script>"


def held(cases: Cases, number: int) -> str:
    """Lodges fish whose catch certificate nobody can be asked about, and which customs accepted."""
    items = [goods(1, "0303632000", "Cod <b>frozen</b>", "300", (("N853", PLENTIFUL), ("C673", CATCH)))]
    mrn = with_check_character(f"26FR00126000{number:04d}R")
    return cases.lodger.lodged(declared(f"OPEN-{number}", items, mrn=mrn))


def refused(cases: Cases, lrn: str) -> str:
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
    cases.lodger.decided(record_id, 1)
    return record_id


def applied(cases: Cases, trader: Visitor, record_id: str, ground: str = "not_stated") -> str:
    """Has the demo trader apply for an invalidation; gives the application's id."""
    here = f"/declarations/{record_id}"
    trader.get(f"{here}/invalidate")
    trader.post(f"{here}/invalidate", grounds=ground, reason=EVIL)
    assert "Your application was sent" in trader.text()
    found = httpx.get(
        f"{cases.gateway.url}/v1/applications?declaration={record_id}&state=open", timeout=PATIENCE_S, trust_env=False
    ).json()["items"]
    return str(found[0]["id"])


def here(record_id: str, page: str = "") -> str:
    return f"/console/declarations/{record_id}{page}"


def strip(visitor: Visitor) -> list[str]:
    """The lines of the state strip, with their acts."""
    assert visitor.page is not None
    return [" ".join(one.text_content().split()) for one in visitor.page.xpath("//ul[@class='sw-matters']/li")]


def tabs_of(visitor: Visitor, record_id: str) -> set[str]:
    """The tabs of the queue under which a case stands; each counts its rows."""
    found = set()
    for tab in ("officer", "second_officer", "declarant", "authority", "nobody", "all", "refused"):
        visitor.get(f"/console/queue?turn={tab}&rows=50&order=newest")
        assert visitor.page is not None
        rows = [one.get("id").removeprefix("row-") for one in visitor.page.iterfind(".//tbody/tr")]
        (count,) = visitor.page.xpath("//main//ul[@class='sw-tabs']//a[@aria-current='page']/b/text()")
        assert int(count) == len(rows) or len(rows) == 50, tab
        if record_id in rows:
            found.add(tab)
    return found


def test_an_application_leads_from_menu_queue_and_case_to_its_decision(
    cases: Cases, officer: Visitor, trader: Visitor
) -> None:
    record_id = held(cases, 9101)
    application_id = applied(cases, trader, record_id)
    path = f"/console/applications/{application_id}"
    assert tabs_of(officer, record_id) == {"officer", "all"}
    officer.get("/console/queue?rows=50&order=newest")
    assert officer.page.xpath("//nav//a[@href='/console/applications']//*[@class='sw-count']") != []
    (turn,) = officer.page.xpath(f"//*[@id='turn-{record_id}']")
    assert " ".join(turn.text_content().split()) == "YouDecide on the application"
    officer.get(here(record_id))
    (line,) = strip(officer)
    assert line.startswith("A party applied to have the declaration invalidated, today")
    assert line.endswith("Decide")
    # In its strip, and in the list of what can be done.
    assert len(officer.page.xpath(f"//main//a[@href='{path}']")) == 2
    for page in ("/verify", "/release", "/control"):
        officer.get(here(record_id, page))
        assert strip(officer) == [line], page
    officer.get(path)
    assert EVIL in officer.text()
    officer.post(path, grant="false", reason="no")
    assert "officer" not in tabs_of(officer, record_id)


def test_the_trader_has_nothing_to_do_while_customs_decides_and_takes_it_back(
    cases: Cases, trader: Visitor, officer: Visitor
) -> None:
    record_id = cases.lodger.lodged(
        declared(
            "OPEN-YOURS",
            [goods(1, "0303641000", "Haddock", "3000", (("N853", "CHEDP.FR.2026.0000117"),))],
            mrn=with_check_character("26FR001260009102R"),
        )
    )
    page = f"/declarations/{record_id}"

    def is_yours() -> bool:
        trader.get("/declarations?state=yours&q=OPEN-YOURS")
        return record_id in str(trader.page.xpath("//main//a/@href")) or trader.heading() == "OPEN-YOURS"

    trader.get(page)
    assert "Yours to do" in trader.text()
    assert is_yours()
    applied(cases, trader, record_id)
    trader.get(page)
    assert "You applied to have it invalidated, today" in trader.text()
    assert "yours to do" not in trader.text().lower()
    assert "Customs decides on your application first" in trader.text()
    trader.get("/declarations?state=yours")
    assert record_id not in str(trader.page.xpath("//main//a/@href"))
    trader.get(page)
    (action,) = trader.page.xpath("//main//form[contains(@action, '/withdraw')]/@action")
    assert trader.get(action).url.path == page, "by a form alone"
    trader.post(action)
    assert "Your application was taken back: nothing of it is done." in trader.text()
    assert "Yours to do" in trader.text()
    assert is_yours()
    officer.get(here(record_id))
    assert strip(officer) == []


def test_an_application_that_was_decided_meanwhile_is_not_taken_back(
    cases: Cases, trader: Visitor, officer: Visitor
) -> None:
    record_id = held(cases, 9103)
    application_id = applied(cases, trader, record_id)
    trader.get(f"/declarations/{record_id}")
    (action,) = trader.page.xpath("//main//form[contains(@action, '/withdraw')]/@action")
    officer.get(f"/console/applications/{application_id}")
    officer.post(f"/console/applications/{application_id}", grant="false", reason="no")
    trader.post(action)
    assert "it cannot be taken back any more" in trader.text()


def test_an_examination_is_ended_from_the_case_and_told_where_goods_are_released(
    cases: Cases, officer: Visitor, trader: Visitor
) -> None:
    record_id, other = held(cases, 9104), demo_person(cases.gateway.url, "second-officer")
    # A colleague fills the release in, and has its numbers checked.
    other.get(here(record_id, "/release"))
    other.post(here(record_id, "/release"), what="all", reason="seen on paper")
    assert other.heading().startswith("Check before you release")
    officer.get(here(record_id, "/control"))
    officer.post(here(record_id, "/control"), of="goods", reference="E-9")
    assert other.post(here(record_id, "/release"), what="all", reason="seen on paper", step="do").status_code == 409
    assert "Customs announced an examination: these goods wait" in other.text()
    (line,) = strip(other)
    assert line.startswith("An examination of the goods is announced, today")
    assert cases.lodger.called("GET", f"/{record_id}")["release"] is None
    assert tabs_of(officer, record_id) == {"officer", "all"}
    officer.get(here(record_id))
    assert strip(officer) == [line]
    assert line.endswith("It took place")
    links = officer.page.xpath(f"//main//a[@href='{here(record_id, '/control')}']")
    assert len(links) == 2, "in the strip and in the list"
    trader.get(f"/declarations/{record_id}")
    assert "Customs announced an examination" in trader.text()
    officer.get(links[0].get("href"))
    assert officer.heading() == "The examination has ended"
    officer.post(here(record_id, "/control"), ended="took_place", result="in order")
    officer.get(here(record_id))
    assert strip(officer) == []
    assert "officer" not in tabs_of(officer, record_id)


def test_a_second_officer_answers_from_the_case_and_reads_what_goods_they_are(cases: Cases, officer: Visitor) -> None:
    record_id, other = refused(cases, "OPEN-SECOND"), demo_person(cases.gateway.url, "second-officer")
    officer.get(here(record_id, "/override"))
    path = officer.post(here(record_id, "/override"), what="all", reason=EVIL).url.path
    officer.get(here(record_id))
    assert "A second officer’s turn" in officer.text()
    (line,) = strip(officer)
    assert line.startswith("A second officer is asked to release refused goods, by first demo officer, today")
    assert line.endswith("Take back")
    other.get(here(record_id))
    (line,) = strip(other)
    assert line.endswith("Answer")
    assert other.page.xpath("//ul[@class='sw-matters']//a/@href") == [path]
    assert "Your turn" in other.text()
    other.get(path)
    declared_ = cases.lodger.called("GET", f"/{record_id}")
    item = declared_["goods_items"][0]
    said = " ".join(other.page.xpath("//main")[0].text_content().split())
    for known in (item["description"], declared_["declarant"], f"origin {item['origin']}", "Item 1:"):
        assert known in said, known
    # Answered from the queue, it leads on to the next case there.
    other.get("/console/queue?turn=officer&order=newest")
    (href,) = other.page.xpath(f"//a[contains(@href, '{record_id}')]/@href")
    other.get(href)
    (answer,) = other.page.xpath("//ul[@class='sw-matters']//a/@href")
    other.get(answer)
    (form,) = other.page.xpath("//main//form/@action")
    other.post(form, approve="false", reason="look again")
    (following,) = other.page.xpath("//div[contains(@class, 'sw-strip--done')]/a")
    assert following.text_content().startswith(("Next of ", "Back to the queue"))
    # Asked otherwise, there is the next request, if one waits.
    officer.get(here(record_id, "/override"))
    path = officer.post(here(record_id, "/override"), what="all", reason="once more").url.path
    third = refused(cases, "OPEN-THIRD")
    officer.get(here(third, "/override"))
    officer.post(here(third, "/override"), what="all", reason="and this")
    other.get(path)
    other.post(path, approve="false", reason="no")
    (following,) = other.page.xpath("//div[contains(@class, 'sw-strip--done')]/a")
    assert following.text_content() == "Next request"
    assert other.get(following.get("href")).status_code == 200
    officer.get(here(record_id, "/override"))
    path = officer.post(here(record_id, "/override"), what="all", reason="the last one").url.path
    # Taken back from the case itself.
    officer.get(here(record_id))
    officer.post(f"{path}/withdraw")
    assert "taken back" in officer.text()
    officer.get(here(record_id))
    assert strip(officer) == []


def test_a_confirmed_refusal_has_a_tab_of_its_own(cases: Cases, officer: Visitor, trader: Visitor) -> None:
    record_id = refused(cases, "OPEN-REFUSED")
    assert tabs_of(officer, record_id) == {"officer", "all"}
    officer.get(here(record_id, "/confirm"))
    officer.post(here(record_id, "/confirm"), heard="yes")
    assert tabs_of(officer, record_id) == {"refused"}
    officer.get(here(record_id))
    assert strip(officer)[0].startswith("The refusal was confirmed to the declarant, today")
    applied(cases, trader, record_id)
    assert tabs_of(officer, record_id) == {"officer", "all"}, "what is applied for is an officer's to decide"


def test_what_was_released_although_held_says_by_whom_when_and_why(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, 9105)
    officer.get(here(record_id, "/release"))
    officer.post(here(record_id, "/release"), what="all", reason="Seen on paper")
    officer.post(here(record_id, "/release"), step="do")
    officer.get(here(record_id))
    (line,) = strip(officer)
    assert line.startswith("Released by first demo officer, today")
    assert line.endswith("although held: “Seen on paper”")
    assert officer.page.findtext(".//title").startswith("Released: ")
    (banner,) = officer.page.xpath("//section[@aria-labelledby='verdict']")
    assert "sw-verdict--release" in banner.get("class")
    assert "turn" not in " ".join(banner.xpath(".//h2/following-sibling::*")[0].text_content().split()).lower()
    assert banner.xpath(".//details[not(@open)]/summary"), "what stood against it is folded"
    assert "The declarant’s turn" not in officer.text()
    assert tabs_of(officer, record_id) == set()


STATES = ("held", "applied", "examined", "refused", "asked", "confirmed", "released", "invalidated", "lodged")


def brought(cases: Cases, officer: Visitor, trader: Visitor, state: str, shift: int = 0) -> str:
    """A case in a state."""
    number = 8000 + 10 * shift + STATES.index(state)
    if state in {"refused", "asked", "confirmed"}:
        record_id = refused(cases, f"OPEN-{state}-{shift}")
        if state == "asked":
            officer.get(here(record_id, "/override"))
            officer.post(here(record_id, "/override"), what="all", reason="one")
        if state == "confirmed":
            officer.get(here(record_id, "/confirm"))
            officer.post(here(record_id, "/confirm"), heard="yes")
        return record_id
    if state == "lodged":
        items = [goods(1, "0303632000", "Cod", "3", (("N853", PLENTIFUL),))]
        return cases.lodger.lodged(declared(f"OPEN-LODGED-{shift}", items, mrn=None))
    record_id = held(cases, number)
    if state == "applied":
        applied(cases, trader, record_id)
    if state == "examined":
        officer.get(here(record_id, "/control"))
        officer.post(here(record_id, "/control"), of="goods")
    if state == "released":
        officer.get(here(record_id, "/release"))
        officer.post(here(record_id, "/release"), what="all", reason="seen")
        officer.post(here(record_id, "/release"), step="do")
    if state == "invalidated":
        officer.get(here(record_id, "/invalidate"))
        assert officer.post(here(record_id, "/invalidate")).status_code == 422
        assert "Say why, in your own words." in officer.text()
        officer.post(here(record_id, "/invalidate"), reason="lodged twice")
        assert "Done:" in officer.text()
    return record_id


@pytest.mark.parametrize("state", part([*STATES], 3))
def test_every_act_that_is_possible_now_is_a_link_on_the_case(
    cases: Cases, officer: Visitor, trader: Visitor, state: str
) -> None:
    record_id = brought(cases, officer, trader, state)
    by_api: dict[str, Any] = {
        one["name"]: one
        for one in cases.lodger.called("GET", f"/{record_id}")["actions"]
        if Role.OFFICER in WHO_MAY[CALLS[ActionName(one["name"])]]
    }
    officer.get(here(record_id))
    rail = officer.page.xpath("//div[@id='act']")[0]
    links = {one.text_content().strip(): one for one in rail.xpath(".//ul[@class='sw-acts']//a | .//form//button")}
    possible = {name for name, one in by_api.items() if one["allowed"]}
    assert {WORDS[f"act_{name}"] for name in possible} == set(links), state
    for name, one in links.items():
        if one.tag == "a":
            assert officer.get(one.get("href")).status_code == 200, name
    officer.get(here(record_id))
    rail = officer.page.xpath("//div[@id='act']")[0]
    said = " ".join(rail.text_content().split())
    on_a_hold = "override" in possible and not by_api["override"]["needs_second"]
    # A declaration is accepted once: that it was is no news.
    over = {name for name, one in by_api.items() if one["why_not"] == "accepted"}
    for name in by_api.keys() - possible - over - ({"release"} if on_a_hold else set()):
        assert by_api[name]["message"]
        assert f"Not now: {WORDS[f'act_{name}']}. {by_api[name]['message']}" in said, name


@pytest.mark.parametrize("state", ["held", "applied", "examined", "lodged"])
def test_every_act_that_a_party_may_do_now_is_on_its_page(
    cases: Cases, officer: Visitor, trader: Visitor, state: str
) -> None:
    record_id = brought(cases, officer, trader, state, shift=20)
    trader.get(f"/declarations/{record_id}")
    page = f"/declarations/{record_id}"
    there = {
        one.removeprefix(f"{page}/").rpartition("/")[2] for one in trader.page.xpath("//main//a/@href") if page in one
    }
    there |= {one.rpartition("/")[2] for one in trader.page.xpath("//main//form/@action")}
    expected = {
        "held": {"amend", "invalidate"},
        "applied": {"withdraw"},
        "examined": {"invalidate"},
        "lodged": {"amend", "invalidate"},
    }[state]
    assert there & {"amend", "invalidate", "withdraw"} == expected


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_every_state_can_be_used_by_everybody(
    chromium: Browser, cases: Cases, officer: Visitor, trader: Visitor, width: int
) -> None:
    shift = 40 + width % 100
    ids = {
        one: brought(cases, officer, trader, one, shift=shift) for one in ("applied", "examined", "asked", "released")
    }
    ids["confirmed"] = brought(cases, officer, trader, "confirmed")
    application = cases.lodger.called("GET", f"/{ids['applied']}")["matters"][0]["link"].rpartition("/")[2]
    request = cases.lodger.called("GET", f"/{ids['asked']}")["matters"][0]["link"].rpartition("/")[2]
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/console/queue")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        shown = [here(one) for one in ids.values()]
        shown += [
            f"/console/applications/{application}",
            f"/console/approvals/{request}",
            here(ids["examined"], "/control"),
        ]
        shown += ["/console/queue?turn=refused", f"{here(ids['applied'])}?lang=de"]
        names = {"applied": ids["applied"], "application": application, "examined": ids["examined"]}
        shown += addresses("matters", **names, let_go=ids["released"])
        assert await faults_at(page, cases.gateway.url, shown) == []
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{cases.gateway.url}/sign-in?target=/")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        shown = [f"/declarations/{ids['confirmed']}"]
        shown += addresses("own_matters", **names, let_go=ids["released"])
        assert await faults_at(page, cases.gateway.url, shown) == []


@pytest.mark.parametrize("language", ["de", "fr"])
def test_it_is_in_its_readers_language(cases: Cases, officer: Visitor, trader: Visitor, language: str) -> None:
    record_id = held(cases, 9300 + ("de", "fr").index(language))
    applied(cases, trader, record_id)
    officer.language = language
    officer.get(here(record_id))
    assert strip(officer)[0].endswith({"de": "Entscheiden", "fr": "Statuer"}[language])
