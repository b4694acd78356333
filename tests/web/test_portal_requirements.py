"""What goods need, asked by a form, for whoever comes."""

from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_of, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.visitor import Visitor

FISH = "/requirements?code=0303+63+20+00&origin=no&dispatch=NO&procedure=40+00&direction=import&on=2026-11-26"


@pytest.fixture
def visitor(cases: Cases) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(cases.gateway.url)


def test_nobody_has_to_be_signed_in_and_the_address_is_the_question(visitor: Visitor) -> None:
    assert visitor.get("/requirements").status_code == 200
    assert visitor.get(FISH).status_code == 200
    text = visitor.text()
    assert "0303 63 20 00. Measures on these goods: 1" in text
    assert "Catch certificate" in text
    assert "C673" in text
    assert "or state, only if it is true" in text
    assert "Y927" in text
    assert "What this was compared with." in text
    assert "nothing is needed" not in text
    fields = {one.get("name"): one.get("value") for one in visitor.page.iterfind(".//main//input")}
    assert fields["code"] == "0303 63 20 00"
    assert "__Host-sw-portal" not in visitor.cookies


@pytest.mark.parametrize(
    ("language", "said", "basis"),
    [("de", "oder erklären Sie", "VO (EG) Nr. 1005/2008"), ("fr", "ou déclarez, seulement", "règl. (CE) nº 1005/2008")],
)
def test_it_is_answered_in_the_readers_language(visitor: Visitor, language: str, said: str, basis: str) -> None:
    visitor.language = language
    visitor.get(FISH)
    assert said in visitor.text()
    assert basis in visitor.text()
    assert "Reg. (E" not in visitor.text()


def test_every_fault_leads_to_its_field_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    answer = visitor.get("/requirements?code=12&origin=Norway&direction=import&on=yesterday")
    assert answer.status_code == 422
    links = [one.get("href") for one in visitor.page.iterfind(".//div[@role='alert']//a")]
    assert links == ["#code", "#origin", "#on"]
    for link in links:
        assert visitor.page.find(f".//main//input[@id='{link[1:]}']") is not None
    assert visitor.page.find(".//input[@id='origin']").get("value") == "Norway"
    said = visitor.page.get_element_by_id("origin-error").text_content()
    assert "Origin: A country is two capital letters, as FR." in " ".join(said.split())
    visitor.get("/requirements?code=&origin=NO")
    assert "Enter a commodity code." in visitor.text()
    for address in ("?code=030363&colour=red&direction=import", "?code=030363&code=030364&direction=import", "?x=1"):
        assert visitor.get(f"/requirements{address}").status_code == 422


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "a\u202eb", "x" * 10_000])
def test_hostile_text_stays_text_in_every_field(visitor: Visitor, hostile: str) -> None:
    for name in ("code", "origin", "dispatch", "destination", "procedure", "direction", "on", "additional_code"):
        answer = visitor.get(f"/requirements?{urlencode({'code': '030363', 'direction': 'import', name: hostile})}")
        assert answer.status_code in {414, 422, 431}
        if answer.status_code == 422:
            assert visitor.page.find(".//main//script") is None
            assert visitor.page.find(".//main//img") is None


def test_no_parameter_stands_twice(visitor: Visitor) -> None:
    assert visitor.get(f"{FISH}&origin=RU").status_code == 422
    assert visitor.heading().startswith("What was sent says one thing twice")


@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_it_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}, java_script_enabled=True) as page:
        for address in (
            "/requirements",
            FISH,
            "/requirements?code=0303632000&direction=import&lang=de",
            "/requirements?code=1",
        ):
            await page.goto(f"{cases.gateway.url}{address}")
            assert await faults_of(page) == [], address
            assert not await overflowing(page), address
