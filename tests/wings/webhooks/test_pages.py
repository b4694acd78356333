"""A trader's webhooks at the portal: made, their secret shown once, tested, tried again and deleted."""

import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.async_api import Browser
from standardwebhooks import Webhook as Verifier

from tests.builders.browser import DESK, PHONE, faults_of, led_on, opened, overflowing
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.issuer import PublishedKeys
from tests.builders.receiver import Receiver, Reply
from tests.builders.running import until
from tests.builders.visitor import PORTAL, Visitor

EORI, OTHER = "FR12345678901234", "FR00000000000017"
HERE = "https://localhost/in"


@pytest.fixture
def trader(visitor: Visitor, issuer: PublishedKeys) -> Visitor:
    """Another trader of two EORIs each time, signed in by an issuer."""
    return signed(visitor, issuer)


def signed(visitor: Visitor, issuer: PublishedKeys, *eoris: str) -> Visitor:
    issuer.person = {"sub": f"trader {uuid.uuid4()}", "roles": ["sw-trader"], "eoris": list(eoris or (EORI, OTHER))}
    visitor.get("/sign-in/customs?target=%2Fwebhooks")
    return visitor


@pytest.fixture
def hooks(demo_trader: Visitor, receiver_of_cases: Receiver) -> Iterator[Visitor]:
    """The demo trader at a gateway that reaches a receiver; no webhook leads there afterwards."""
    receiver_of_cases.seen.clear()
    yield demo_trader
    receiver_of_cases.answer = lambda _: Reply()
    demo_trader.get("/webhooks")
    for one in demo_trader.page.xpath("//th/a/@href"):
        demo_trader.get(f"{one}/delete")
        demo_trader.post(f"{one}/delete")


def made(visitor: Visitor, address: str = HERE) -> str:
    """Makes a webhook that is told of nothing that happens in these tests; gives the address of its page."""
    visitor.get("/webhooks/new")
    answer = visitor.post("/webhooks/new", **chosen("kind-lapsed", address=address))
    assert answer.status_code == 200, visitor.text()
    return str(visitor.page.find(".//main//form").get("action"))


def chosen(*names: str, **more: str) -> dict[str, Any]:
    """A form with some fields that are ticked."""
    return {**dict.fromkeys(names, "1"), **more}


def secret_on(visitor: Visitor) -> str | None:
    field = visitor.page.find(".//input[@id='secret']")
    return None if field is None else str(field.get("value"))


def faults(visitor: Visitor) -> dict[str, str]:
    """What is wrong, by the field beside which it stands."""
    found = visitor.page.xpath("//main//p[@class='govuk-error-message']")
    for one in found:
        field = visitor.page.get_element_by_id(one.get("id").removesuffix("-error"))
        assert one.get("id") in field.get("aria-describedby").split()
        assert visitor.page.find(f".//div[@role='alert']//a[@href='#{field.get('id')}']") is not None
    return {one.get("id").removesuffix("-error"): one.text_content() for one in found}


def test_it_is_made_and_its_secret_shown_once(trader: Visitor) -> None:
    assert "You have no webhook yet" in trader.text()
    assert trader.page.find(".//nav//a[@aria-current='page']").get("href") == "/webhooks"
    trader.get("/webhooks/new")
    form = chosen("kind-released", f"eori-{OTHER}", address=f" {HERE} ")
    sent = trader.hidden()
    answer = trader.post("/webhooks/new", **form)
    secret = secret_on(trader)
    assert (answer.headers["cache-control"], trader.heading()) == ("no-store", "The webhook is made")
    assert secret is not None
    assert secret.startswith("whsec_")
    assert "It is not shown again." in trader.text()
    # Without script it is selected by hand: the button is not there.
    assert trader.page.find(".//button[@data-copy='secret']").get("hidden") is not None
    here = trader.page.find(".//main//form").get("action")
    # Reloading, and going back and sending it once more.
    assert trader.post("/webhooks/new", **{**form, **sent}).status_code == 409
    assert "A webhook was made since" in trader.text()
    assert secret_on(trader) is None
    for page in ("/webhooks", "/webhooks/new", here):
        assert secret not in trader.get(page).text
    trader.get("/webhooks")
    (row,) = trader.page.findall(".//tbody/tr")
    told = [cell.text_content() for cell in row]
    assert told == [HERE, "Released", OTHER, "Nothing delivered yet"]
    assert row.find(".//a").get("href") == here


def test_a_new_secret_is_shown_once_and_not_renewed_by_reloading(trader: Visitor) -> None:
    here = made(trader)
    first, sent = secret_on(trader), trader.hidden()
    assert trader.post(here, step="secret").status_code == 200
    second = secret_on(trader)
    assert second not in {None, first}
    assert "The one before it is valid until tomorrow" in trader.text()
    assert trader.post(here, **chosen(**{**sent, "step": "secret"})).status_code == 409
    assert "was renewed since" in trader.text()
    assert secret_on(trader) is None
    assert second is not None
    assert second not in trader.get(here).text
    assert "The one before it is valid until tomorrow" in trader.text()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "letters, digits"),
        ("http://localhost/in", "begin with https://"),
        ("https://receiver.example/in?token=x", "reads like a secret"),
        ("https://a:b@receiver.example/in", "user name"),
        ("https://receiver.example/in#x", "behind #"),
        ("https://localhost:22/in", "These may: 443"),
        ("https://10.0.0.1/in", "No public address"),
        ("https://printer.local/in", "No public address"),
        ("https://[", "looks like"),
        ("https://receiver.example/" + "x" * 10_000, "1 to 2000"),
        ("https://receiver.example/<script>alert(1)</script> ü", "ASCII"),
        ("=HYPERLINK(1)", "begin with https://"),
        ("https://localhost/\u202ein", "ASCII"),
    ],
)
def test_an_address_that_is_refused_is_told_beside_its_field(trader: Visitor, address: str, sentence: str) -> None:
    trader.get("/webhooks/new")
    assert trader.post("/webhooks/new", address=address, **chosen("kind-released")).status_code == 422
    assert list(faults(trader)) == ["address"]
    assert sentence in faults(trader)["address"]
    assert trader.page.find(".//input[@id='kind-released']").get("checked") is not None
    assert trader.page.find(".//input[@id='address']").get("value") == address[:2000]
    assert trader.page.find(".//main//script") is None


def test_eoris_of_others_and_events_of_customs_are_refused(trader: Visitor) -> None:
    trader.get("/webhooks/new")
    assert EORI in trader.text()
    assert trader.page.find(".//input[@id='kind-alert']") is None
    for foreign in ("FR99999999900009", "<b>", "\u202e", ""):
        assert trader.post("/webhooks/new", address=HERE, **chosen(f"eori-{foreign}")).status_code == 422
        assert list(faults(trader)) == ["eoris"]
    assert trader.post("/webhooks/new", address=HERE, **chosen("kind-alert")).status_code == 422
    assert trader.get("/webhooks").text.count("<tbody") == 0


def test_there_are_so_many_and_no_more(trader: Visitor) -> None:
    first = made(trader)
    since = trader.hidden()
    for number in range(2):
        made(trader, f"{HERE}/{number}")
    trader.get("/webhooks/new")
    assert trader.post("/webhooks/new", address=HERE).status_code == 409
    assert "You have 3 webhooks" in trader.text()
    trader.get(f"{first}/delete")
    assert trader.heading() == "Delete this webhook?"
    assert trader.post(f"{first}/delete").status_code == 200
    assert "The webhook is deleted" in trader.text()
    assert "you deleted it" in trader.text()
    made(trader)
    # What ended is read still, and does nothing.
    trader.get(f"{first}/delete")
    assert "you deleted it" in trader.text()
    assert trader.page.find(".//main//form") is None
    for order in ({"step": "test"}, {"step": "secret"}, {"again": "1"}):
        trader.get("/webhooks/new")
        answer = trader.post(first, **chosen(**{**since, **order}))
        assert (answer.status_code, "has ended" in trader.text()) == (409, True)


def test_why_an_operator_ended_it_is_read_as_text(trader: Visitor, web_database: str) -> None:
    here = made(trader)
    with psycopg.connect(web_database, autocommit=True) as connection:
        connection.execute(
            "UPDATE webhook SET ended_at = now(), ended_by = 'Oda', ended_because = %s WHERE id = %s",
            ("<b>\u202elost</b>" + "x" * 5_000, here.rpartition("/")[2]),
        )
    for page in ("/webhooks", here):
        trader.get(page)
        assert "by the operator:<b>[U+202E]lost</b>" in trader.text()
        assert trader.page.find(".//main//details//b") is None


def test_another_ones_is_not_there_and_nobody_does_anything_without_a_form(
    trader: Visitor, issuer: PublishedKeys
) -> None:
    here = made(trader)
    assert trader.post(here, step="test", form_token="x" * 40).status_code == 403
    assert trader.post(here, step="test", headers={"origin": "https://evil.example"}).status_code == 403
    for order in ({}, {"step": "burn"}, {"again": "x"}, {"again": "0"}, {"again": "9" * 30}, {"again": "\u0663"}):
        trader.get(here)
        assert trader.post(here, **chosen(**order)).status_code == 422, order
    trader.get(here)
    assert trader.post(here, again="7").status_code == 404
    for asked in ("?state=red", "?before=x", "?before=0", "?colour=red", "?before=1&before=2"):
        assert trader.get(here + asked).status_code == 422, asked
    another = signed(Visitor(trader.url), issuer, EORI)
    assert here not in another.text()
    nowhere = f"/webhooks/{uuid.uuid4()}"
    for end in ("", "/delete"):
        pages = {p: another.get(p + end).text.replace(p, "PATH") for p in (here, nowhere, "/webhooks/x")}
        assert len(set(pages.values())) == 1
    another.get("/webhooks/new")
    for path, order in ((here, {"step": "test"}), (here, {"step": "secret"}), (f"{here}/delete", {})):
        another.get("/webhooks/new")
        assert another.post(path, **chosen(**order)).status_code == 404
    assert another.get(f"/webhooks?after={here.rpartition('/')[2]}").status_code == 200
    assert here not in another.text()
    assert another.get("/webhooks?after=x").status_code == 422


def test_whoever_is_not_signed_in_is_asked_to(trader: Visitor) -> None:
    here = made(trader)
    trader.cookies.pop(PORTAL)
    for path in ("/webhooks", "/webhooks/new", here, f"{here}/delete"):
        answer = trader.get(path, follow=False)
        assert answer.status_code == 303
        assert urlsplit(answer.headers["location"]).path == "/sign-in"


def tried(visitor: Visitor, here: str, number: int) -> list[str]:
    """Waits until an event was tried; gives its row."""

    def found() -> list[str] | None:
        visitor.get(here)
        rows = [[cell.text_content() for cell in row] for row in visitor.page.iterfind(".//tbody/tr")]
        return next((row for row in rows if row[0] == str(number) and row[3] != "none yet"), None)

    return until(found, "an attempt")


def test_a_test_fails_is_tried_again_and_arrives_signed(hooks: Visitor, receiver_of_cases: Receiver) -> None:
    receiver_of_cases.answer = lambda _: Reply(status=500)
    here = made(hooks, receiver_of_cases.url)
    secret = secret_on(hooks)
    assert secret is not None
    hooks.post(here, step="test")
    assert "A test is on its way" in hooks.text()
    row = tried(hooks, here, 1)
    assert row[1].startswith("Test")
    assert (row[2].startswith("Waiting"), row[4:6]) == (True, ["1", "500: not taken"])
    assert hooks.post(here, step="test").status_code == 409
    assert "on its way already" in hooks.text()
    hooks.get("/webhooks")
    assert re.search(r"Retrying since today \d\d:\d\d, next t", hooks.text())
    receiver_of_cases.answer = lambda _: Reply()
    hooks.get(here)
    hooks.post(here, again="1")
    assert "It is sent again" in hooks.text()
    until(lambda: "200" in tried(hooks, here, 1)[5], "its delivery")
    # The page asks how the webhook stands a moment before it asks for its deliveries.
    until(lambda: hooks.get(here) and "Healthy, last today" in hooks.text(), "that it is healthy")
    seen = receiver_of_cases.seen[-1]
    assert Verifier(secret).verify(seen.body, dict(seen.headers))["type"] == "webhook.test"
    receiver_of_cases.answer = lambda _: Reply(status=410)
    hooks.post(here, step="test")
    tried(hooks, here, 2)
    until(lambda: hooks.get(here) and "your system answered 410" in hooks.text(), "its end")


def test_deliveries_have_pages_and_states(hooks: Visitor, receiver_of_cases: Receiver, cases: Cases) -> None:
    here = made(hooks, receiver_of_cases.url)
    filled(cases, here)
    hooks.get(here)
    numbers = []
    while True:
        numbers += [int(one.text_content()) for one in hooks.page.iterfind(".//tbody/tr/th")]
        following = hooks.page.find(".//main//a[@rel='next']")
        if following is None:
            break
        hooks.get(following.get("href"))
    assert numbers == list(range(120, 0, -1))
    hooks.get(f"{here}?state=dead")
    assert len(hooks.page.findall(".//tbody/tr")) == 25
    assert hooks.page.find(".//main//a[@rel='next']").get("href") == f"{here}?state=dead&before=46"
    assert "Dead since" in hooks.text()
    assert "70 events are dead" in hooks.text()
    assert "no answer in time" in hooks.text()
    hooks.get(f"{here}?state=waiting")
    assert "There are no such deliveries." in hooks.text()
    for language in ("de", "fr"):
        assert hooks.get(f"{here}?lang={language}").status_code == 200


def filled(cases: Cases, here: str) -> None:
    """As after a week at a receiver that took some events, and then none."""
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO webhook_delivery (webhook_id, number, series, kind, declaration_id, state, attempts, tried_at, status, fault)"
            " SELECT %(id)s, n, 'ab', 'lapsed', %(fish)s, CASE WHEN n > 70 THEN 'delivered' ELSE 'dead' END, 3, now(),"
            " CASE WHEN n > 70 THEN 200 END, CASE WHEN n > 70 THEN NULL ELSE 'timeout' END FROM generate_series(1, 120) AS n",
            {"id": here.rpartition("/")[2], "fish": cases.fish},
        )
        connection.execute(
            "UPDATE webhook_queue SET last = 120, failing_since = now() - interval '7 days' WHERE webhook_id = %s",
            (here.rpartition("/")[2],),
        )


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_it_can_be_used_by_everybody(
    chromium: Browser, cases: Cases, hooks: Visitor, receiver_of_cases: Receiver, width: int
) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}, locale="en") as page:

        async def is_good() -> None:
            assert await faults_of(page) == []
            assert not await overflowing(page)

        await page.goto(f"{cases.gateway.url}/sign-in?target=%2Fwebhooks")
        await led_on(page, page.get_by_role("button", name="Enter as demo trader"))
        await page.goto(f"{cases.gateway.url}/webhooks/new")
        await page.locator("#address").fill(f"https://10.0.0.1/{'x' * 300}")
        await led_on(page, page.get_by_role("button", name="Create"))
        await is_good()
        await page.locator("#address").fill(f"{receiver_of_cases.url}/{'y' * 300}")
        await led_on(page, page.get_by_role("button", name="Create"))
        await page.get_by_role("button", name="Copy").click()
        await is_good()
        here = str(await page.locator("main form").first.get_attribute("action"))
        filled(cases, here)
        for address in (here, "/webhooks", f"{here}/delete"):
            await page.goto(f"{cases.gateway.url}{address}")
            await is_good()
