"""A trader's own keys, document check and notices at the portal."""

from typing import Any

import httpx
import psycopg
import pytest
from playwright.async_api import Browser

from tests.builders.browser import DESK, PHONE, faults_at, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import SHORT, Cases
from tests.builders.issuer import PublishedKeys
from tests.builders.page_states import addresses
from tests.builders.processes import PATIENCE_S
from tests.builders.running import declaration
from tests.builders.visitor import Visitor

EORI, OTHER = "FR12345678901234", "FR00000000000017"


@pytest.fixture
def trader(visitor: Visitor, issuer: PublishedKeys) -> Visitor:
    """A trader of two EORIs, signed in by an issuer."""
    issuer.person = {"sub": "a trader with keys", "roles": ["sw-trader"], "eoris": [EORI, OTHER]}
    visitor.get("/sign-in/customs?target=%2Fkeys")
    return visitor


def chosen(name: str, *eoris: str) -> dict[str, Any]:
    """The form of a new key for some EORIs."""
    return {"name": name, **{f"eori-{eori}": "1" for eori in eoris}}


def me(visitor: Visitor, key: str) -> httpx.Response:
    return httpx.get(
        f"{visitor.url}/v1/me", headers={"authorization": f"Bearer {key}"}, timeout=PATIENCE_S, trust_env=False
    )


def test_a_key_is_made_shown_once_and_revoked(trader: Visitor) -> None:
    assert trader.heading() == "Your own keys"
    answer = trader.post("/keys", **chosen("Warehouse 7", OTHER))
    assert answer.headers["cache-control"] == "no-store"
    secret = trader.page.find(".//input[@id='secret']").get("value")
    found = me(trader, secret)
    assert (found.status_code, found.json()["eoris"]) == (200, [OTHER])
    assert secret not in trader.get("/keys").text
    assert "Warehouse 7" in trader.text()
    (revoke,) = [one.get("href") for one in trader.page.iterfind(".//td/a") if one.text == "Revoke"]
    trader.get(revoke)
    assert trader.heading() == "Revoke this key?"
    assert me(trader, secret).status_code == 200
    trader.post(revoke)
    assert "The key is revoked" in trader.text()
    assert me(trader, secret).status_code == 401


@pytest.mark.parametrize("name", ["", "<script>alert(1)</script>", "=1+1", "a\u202eb", "x" * 10_000])
def test_a_name_that_cannot_be_shown_is_told_and_nothing_typed_is_run(trader: Visitor, name: str) -> None:
    assert trader.post("/keys", name=name).status_code == 422
    assert "No key was made" in trader.text()
    assert trader.page.find(".//main//script") is None


def test_an_end_that_is_none_and_a_name_twice_are_told(trader: Visitor) -> None:
    for until in ("yesterday", "2001-01-01", "9999-12-31", "2026-13-01"):
        trader.get("/keys")
        assert trader.post("/keys", name="Ends", until=until).status_code == 422, until
    trader.get("/keys")
    assert trader.post("/keys", name="Twice").status_code == 200
    assert trader.post("/keys", name="Twice").status_code == 409


def test_nobody_has_a_key_for_eoris_that_are_not_theirs(trader: Visitor) -> None:
    trader.post("/keys", **chosen("Foreign", "FR99999999900009", EORI))
    assert me(trader, trader.page.find(".//input[@id='secret']").get("value")).json()["eoris"] == [EORI]


def test_another_ones_key_is_not_there(trader: Visitor, issuer: PublishedKeys) -> None:
    trader.post("/keys", name="Mine")
    (revoke,) = [one.get("href") for one in trader.page.iterfind(".//td/a") if "Mine" in one.get("aria-label")]
    issuer.person = {"sub": "another trader", "roles": ["sw-trader"], "eoris": [EORI]}
    another = Visitor(trader.url)
    another.get("/sign-in/customs?target=%2Fkeys")
    assert "Mine" not in another.text()
    nowhere = "/keys/00000000-0000-4000-8000-000000000000/revoke"
    pages = {path: another.get(path).text.replace(path, "PATH") for path in (revoke, nowhere, "/keys/x/revoke")}
    assert len(set(pages.values())) == 1
    assert another.get(revoke).status_code == 404
    another.get("/keys")
    assert another.post(revoke).status_code == 404


def test_where_nobody_is_asked_for_a_key_there_are_none_to_make(demo_trader: Visitor) -> None:
    demo_trader.get("/keys")
    assert "there are none to make" in demo_trader.text()
    demo_trader.get("/lodge")
    assert demo_trader.post("/keys", name="Any").status_code == 404


def test_a_document_that_is_cited_is_asked_about(demo_trader: Visitor, cases: Cases) -> None:
    demo_trader.get(f"/documents?type=N853&reference={SHORT}")
    assert demo_trader.page.find(".//input[@id='reference']").get("value") == SHORT
    asked = cases.simulated.asked("traces", SHORT)
    answer = demo_trader.post("/documents", type="n853", reference=SHORT)
    assert answer.headers["cache-control"] == "no-store"
    assert "Valid" in demo_trader.text()
    assert "030364" in demo_trader.text()
    assert "The authority states no period." in demo_trader.text()
    # Of whom no holder is named nothing is told but beside their own declarations.
    assert demo_trader.page.find(f".//main//a[@href='/declarations?q={SHORT}']") is not None
    for hidden in ("600", "1400", "2000"):
        assert hidden not in demo_trader.page.find(".//main").text_content()
    assert cases.simulated.asked("traces", SHORT) > asked


@pytest.mark.parametrize(
    ("kind", "reference", "status"),
    [
        ("N853", "CHEDP.FR.2026.9999999", 404),
        ("N", "x", 422),
        ("N853", "", 422),
        ("N853", "a\u202eb", 422),
        ("N853", "x" * 10_000, 422),
        ("<b>", "<script>alert(1)</script>", 422),
    ],
)
def test_what_is_not_cited_or_no_document_is_told(demo_trader: Visitor, kind: str, reference: str, status: int) -> None:
    demo_trader.get("/documents")
    assert demo_trader.post("/documents", type=kind, reference=reference).status_code == status
    assert demo_trader.page.find(".//main//script") is None
    assert "\u202e" not in demo_trader.text()


def test_notices_are_told_by_kind_and_never_alerts(demo_trader: Visitor, cases: Cases) -> None:
    with cases.gateway.client() as client:
        record_id = client.lodge(declaration("01", "NOTICED"), "application/xml", wait_s=20).body["id"]
    demo_trader.get("/notices")
    assert f"/declarations/{record_id}" in [one.get("href") for one in demo_trader.page.iterfind(".//main//a")]
    demo_trader.get("/notices?kind=lapsed")
    assert "There are no such notices." in demo_trader.text()
    for address in ("?kind=alert", "?kind=red", "?colour=red", "?kind=decided&kind=changed"):
        assert demo_trader.get(f"/notices{address}").status_code == 422


def test_older_notices_are_reached_by_a_sealed_place_with_the_kind_kept(demo_trader: Visitor, cases: Cases) -> None:
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO notice (kind, declaration_id, lrn, version, state, eoris) SELECT 'gave_up', %s, 'OLDER-' || n, 1,"
            " 'decided', '{FR12345678901234}' FROM generate_series(1, 60) AS n",
            (cases.fish,),
        )

    def told() -> list[str]:
        return [one.text_content() for one in demo_trader.page.iterfind(".//ul[@class='sw-new']/li")]

    def older() -> str | None:
        return next((one.get("href") for one in demo_trader.page.iterfind(".//nav/a[@rel='next']")), None)

    demo_trader.get("/notices?kind=gave_up")
    pages, first = [told()], older()
    while address := older():
        assert address.startswith("/notices?kind=gave_up&before=")
        assert demo_trader.get(address).status_code == 200
        pages.append(told())
        assert demo_trader.page.find(".//nav/a[@href='/notices?kind=gave_up']") is not None
    assert first is not None
    assert len(pages[0]) == 50
    found = [one for page in pages for one in page]
    assert len(found) >= 60
    demo_trader.get("/notices?kind=gave_up")
    assert older() != first, "two readings of one place have nothing in common"
    place = first.partition("before=")[2]
    for wrong in ("1", "x" * 10_000, "<b>", "%E2%80%AE", f"{place[:-4]}AAAA", f"{place}&before={place}"):
        assert demo_trader.get(f"/notices?before={wrong}").status_code in {414, 422, 431}, wrong


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_it_can_be_used_by_everybody(chromium: Browser, cases: Cases, trader: Visitor, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:
        await page.goto(f"{trader.url}/sign-in/customs?target=%2Fkeys")
        for name in (f"Browser {width}", ""):
            await page.locator("#name").fill(name or "=1+1")
            await led_on(page, page.get_by_role("button", name="New key"))
            assert await faults_of(page) == []
            assert not await overflowing(page)
        await led_on(page, page.get_by_role("link", name=f"Revoke Browser {width}"))
        assert await faults_of(page) == []
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        assert await faults_at(page, cases.gateway.url, addresses("trader")) == []
        await page.goto(f"{cases.gateway.url}/documents?type=N853&reference={SHORT}")
        await led_on(page, page.get_by_role("button", name="Ask the authority"))
        assert await faults_of(page) == []
        assert not await overflowing(page)
