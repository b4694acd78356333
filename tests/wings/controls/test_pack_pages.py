"""Packs of risk criteria on pages: two analysts publish, what packs came to is counted, and nobody else finds any of it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import product
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser
from tomli import loads

from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter
from gateway.wings.controls.risk.alert_text import ended_text
from tests.builders.authority import Authority
from tests.builders.browser import DESK, PHONE, faults_at, opened
from tests.builders.databases import Databases
from tests.builders.door import sealing
from tests.builders.extent import part
from tests.builders.issuer import PublishedKeys
from tests.builders.replicas import Office
from tests.builders.running import Served, served
from tests.builders.visitor import CONSOLE, Visitor
from tests.web.conftest import NOWHERE, signing_in
from tests.wings.controls.conftest import ControllingOffice, alert, irregular, pack

PACKS, LIST, OWED = "/console/risk", "/console/controls", "/console/risk-information"
ANALYSTS = ("analyst one", "analyst two")
TEXT = pack("nuts-bolts", code="73", criterion="BOLTS")
ALERT = alert(name="watch", code="73", criterion="WATCH")


def named(issuer: PublishedKeys, sub: str) -> str:
    """The name by which the settings know a subject of the tests' issuer."""
    digest = sha256("\n".join((issuer.url, sub)).encode()).hexdigest()
    return f"customs:{digest[:16]}"


@pytest.fixture(scope="module")
def sealed(
    databases: Databases, signing: PublishedKeys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, str]]:
    """A gateway of its own with a key file, at which two analysts sign in; and its database."""
    with databases.one() as url:
        environment = {
            "GATEWAY_DATABASE_URL": url,
            **signing_in(signing),
            "GATEWAY_CONTROLS__KEY_FILE": str(sealing(tmp_path_factory.mktemp("keys"))),
            "GATEWAY_CONTROLS__ANALYSTS": json.dumps([named(signing, one) for one in ANALYSTS]),
            **NOWHERE,
        }
        with served(environment) as running:
            yield running, url


@pytest.fixture
def person(sealed: tuple[Served, str], issuer: PublishedKeys) -> Callable[..., Visitor]:
    """Signs somebody in at that gateway."""

    def signed(sub: str, role: str = "officer") -> Visitor:
        issuer.person = {"sub": sub, "roles": [f"sw-{role}"], "offices": ["*"]}
        visitor = Visitor(sealed[0].url)
        visitor.get("/sign-in/customs?target=%2Fconsole%2Fauthorities")
        return visitor

    return signed


def found_in(database: str, token: str) -> list[str]:
    """The tables in which a token stands unsealed."""
    with psycopg.connect(database) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")]  # fmt: skip
        counts = {name: connection.execute(f"SELECT count(*) FROM {name} t WHERE t::text LIKE '%{token}%'".encode()).fetchone() for name in names}  # fmt: skip
    return [name for name, count in counts.items() if count != (0,)]


def rows(visitor: Visitor) -> dict[str, list[str]]:
    """The first table of the page that stands there, by pack."""
    found = [[" ".join(one.text_content().split()) for one in row] for row in visitor.page.xpath("(//main//table)[1]/tbody/tr")]  # fmt: skip
    return {row[0]: row[1:] for row in found}


def test_two_analysts_publish_by_pages(person: Callable[..., Visitor], sealed: tuple[Served, str]) -> None:
    """The first proposes, the same one twice is refused, the second reads its text and publishes; faults are said with their lines."""
    one, two = person(ANALYSTS[0]), person(ANALYSTS[1])
    assert one.get(PACKS).status_code == 200
    assert "No pack was ever published." in one.text()
    assert one.send_parts(PACKS).status_code == 422
    assert "Choose the file of a pack." in one.text()
    faulty = one.send_file(PACKS, "pack.toml", TEXT.replace("share = 1", "share = 7").encode())
    assert (faulty.status_code, "pack:7: a share is from 0 to 1, not 7" in one.text()) == (422, True), one.text()
    assert one.send_file(PACKS, "pack.toml", b"\xff").status_code == 422
    one.send_file(PACKS, "pack.toml", TEXT.encode())
    assert "The pack is proposed" in one.text()
    kind, state, *_ = rows(one)["nuts-bolts"]
    assert (kind, state.startswith("waits for a second analyst")) == ("national profile", True)
    one.get(f"{PACKS}/nuts-bolts")
    assert one.post(f"{PACKS}/nuts-bolts").status_code == 422
    assert "You published this text already" in one.text()

    two.get(f"{PACKS}/nuts-bolts")
    assert sha256(TEXT.encode()).hexdigest() in two.text()
    assert "characters are shown" not in two.text()
    assert 'criterion = "BOLTS"' in two.page.xpath("//main//pre")[0].text_content()
    read = two.hidden()["read"]
    assert two.post(f"{PACKS}/nuts-bolts", read="00").status_code == 409
    two.post(f"{PACKS}/nuts-bolts", read=read)
    assert "The pack is published." in two.text()
    assert rows(two)["nuts-bolts"][1].startswith("in force")
    outcomes = [" ".join(row.text_content().split()) for row in two.page.xpath("//section[@aria-labelledby='outcomes']//tbody/tr")]  # fmt: skip
    assert outcomes == ["by a criterion000fewer than 30", "at random000fewer than 30"]
    two.get(f"{PACKS}/nuts-bolts")
    assert two.page.xpath("//main//form") == []
    assert two.get(f"{PACKS}/none").status_code == 404
    assert two.get(f"{PACKS}?x=1").status_code == 422

    long = TEXT.replace("share = 1", "share = 0.5") + "# more\n" * 20_000
    one.send_file(PACKS, "pack.toml", long.encode())
    assert rows(one)["nuts-bolts"][1].startswith("another text waits for a second analyst")
    two.get(f"{PACKS}/nuts-bolts")
    assert "100000 characters are shown" in two.text().replace(",", "")
    two.get(f"{LIST}?lang=de")
    assert two.page.xpath(f"//main//a[@href='{PACKS}']")
    for language, words in (("de", "Pakete von Risikokriterien"), ("fr", "Ensembles de critères de risque")):
        two.get(f"{PACKS}?lang={language}")
        assert two.heading() == words
    assert found_in(sealed[1], "BOLTS") == []


FORM = f"{PACKS}/new/alert"
FILLED: dict[str, Any] = {
    "name": "lookout",
    "owner": "Analysis",
    "legal_basis": 'UCC "46"',
    "parties": "FR123, FR456",
    "role": "any",
    "level": "M",
}


def rows_of(visitor: Visitor, caption: str) -> list[str]:
    """The names in a table of the page."""
    return [one.text_content().strip() for one in visitor.page.xpath(f"//table[caption='{caption}']/tbody/tr/th")]


def test_an_alert_is_filled_in_and_ended(person: Callable[..., Visitor], sealed: tuple[Served, str]) -> None:
    """The form says all of its faults; the second analyst publishes what it wrote, and both end it; nothing of it is unsealed."""
    one, two = person(ANALYSTS[0]), person(ANALYSTS[1])
    one.get(PACKS)
    assert one.page.xpath(f"//main//a[@href='{FORM}']")
    one.get(FORM)
    ends = one.page.xpath("//input[@name='valid_to']")[0].get("value")
    assert date.fromisoformat(ends) - datetime.now(UTC).date() >= timedelta(days=89)
    wrong: dict[str, Any] = {
        "name": "look out",
        "goods": "4x",
        "origin": "France",
        "valid_to": "2021-01-01",
        "container": "x" * 71,
    }
    assert one.post(FORM, **{**FILLED, **wrong}).status_code == 422
    said = one.text()
    for words in ("A name has up to 40", "4x is no beginning", "France is no code", "A day from", "is too long"):
        assert words in said, words
    assert one.post(FORM, **{**FILLED, "valid_to": ends, "parties": ""}).status_code == 422
    assert "Say what is looked for" in one.text()
    typed: dict[str, Any] = {**FILLED, "type-40": "1"}
    one.post(FORM, **typed, valid_to=ends, goods="73 84", container="MSCU 123456-7\r\nABCU1")
    assert "The pack is proposed" in one.text()
    assert rows_of(one, "Alerts") == ["lookout"]
    assert "lookout" not in rows_of(one, "Packs of risk criteria")
    assert one.post(FORM, **FILLED, valid_to=ends).status_code == 422
    assert "There is a pack or an alert of this name" in one.text()

    two.get(f"{PACKS}/lookout")
    text = two.page.xpath("//main//pre")[0].text_content()
    written = loads(text)
    assert (written["legal_basis"], len(written["row"]), written["valid_to"].isoformat()) == ('UCC "46"', 5, ends)
    assert [one["band"][0]["types"] for one in written["row"]] == [[40]] * 5
    container, party = written["row"][1]["measure"]
    assert container == {"list": "container", "values": ["MSCU 123456-7", "ABCU1"]}
    assert party == {"list": "importer", "values": ["FR123", "FR456"]}
    two.post(f"{PACKS}/lookout", read=two.hidden()["read"])
    assert "The pack is published." in two.text()

    today = datetime.now(UTC).date()
    for analyst, said in ((one, "The pack is proposed"), (two, "The pack is published.")):
        analyst.get(f"{PACKS}/lookout")
        read = analyst.hidden()["read"]
        if analyst is one:
            assert one.post(f"{PACKS}/lookout", read=read, act="end", last_day="2021-01-01").status_code == 422
            analyst.post(f"{PACKS}/lookout", read=read, act="end", last_day=today.isoformat())
        else:
            assert analyst.post(f"{PACKS}/lookout", read=read, act="end", last_day=today.isoformat()).status_code == 422
            analyst.get(f"{PACKS}/lookout")
            analyst.post(f"{PACKS}/lookout", read=read)
        assert said in analyst.text()
    two.get(f"{PACKS}/lookout")
    assert f"valid_to = {today}" in two.page.xpath("//main//pre")[0].text_content()
    for language, words in (("de", "Neue Warnung"), ("fr", "Nouvelle alerte")):
        two.get(f"{FORM}?lang={language}")
        assert two.heading() == words
    assert found_in(sealed[1], "FR456") == []


def test_a_pack_is_put_in_shadow(person: Callable[..., Visitor], sealed: tuple[Served, str]) -> None:
    """By one analyst; any of them ends it; its text has its lines."""
    one, two = person(ANALYSTS[0]), person(ANALYSTS[1])
    one.get(PACKS)
    assert "No pack is in shadow." in one.text()
    draft = TEXT.replace("nuts-bolts", "screws").replace("BOLTS", "SCREWS")
    one.send_file(PACKS, "pack.toml", draft.replace("share = 1", "share = 7").encode(), act="shadow")
    assert "a share is from 0 to 1, not 7" in one.text()
    one.send_file(PACKS, "pack.toml", draft.encode(), act="shadow")
    assert "it is assessed, and orders nothing" in one.text()
    two.get(PACKS)
    assert two.page.xpath("//main//h3")[0].text_content() == "screws"
    assert two.page.xpath("//main//pre")[0].text_content().strip() == draft.strip()
    two.send_parts(PACKS, end_shadow="screws")
    assert "The pack is in shadow no more." in two.text()
    assert found_in(sealed[1], "SCREWS") == []


def test_what_was_typed_of_an_alert_is_kept_nowhere(person: Callable[..., Visitor], sealed: tuple[Served, str]) -> None:
    """Words are kept over sign-in elsewhere; these would stand there unsealed."""
    one = person(ANALYSTS[0])
    one.get(FORM)
    one.cookies[CONSOLE] = "x" * 43
    one.post(FORM, **{**FILLED, "owner": "WHISPERED"})
    assert found_in(sealed[1], "WHISPERED") == []


def test_an_alert_of_a_file_may_have_to_be_ended_by_hand() -> None:
    """A last day that cannot be changed in its line alone is not guessed at."""
    text = alert()
    assert ended_text(text, date(2027, 1, 1)) is not None
    assert ended_text(text.replace("valid_to =", '"valid_to" ='), date(2027, 1, 1)) is None
    assert ended_text(text.replace('owner = "CANARY-7Q"', 'owner = """\nvalid_to = 1\n"""'), date(2027, 1, 1)) is None


def test_an_analyst_is_told_of_a_pack_that_ends(person: Callable[..., Visitor]) -> None:
    """From 14 days before its last day, on *Today* and above the control orders, and nobody else is."""
    one, two, other = person(ANALYSTS[0]), person(ANALYSTS[1]), person("an officer")
    today = datetime.now(UTC).date()

    def counts() -> list[int]:
        found = []
        for path, visitor in product(("/console/today", LIST), (one, other)):
            visitor.get(path)
            said = re.search(r"(\d+) Packs of criteria that end", visitor.text())
            found.append(int(said[1]) if said else 0)
        return found

    before = counts()
    assert (before[1], before[3], before[0]) == (0, 0, before[2])
    for days, more in ((16, 0), (13, 1)):
        last = f"valid_to = {today + timedelta(days=days)}\nreview_on = {today + timedelta(days=90)}"
        begins = f"valid_from = {today - timedelta(days=30)}"
        text = pack("brass", code="74", criterion="BRASS", more=last).replace("valid_from = 2026-01-01", begins)
        for each in (one, two):
            each.get(PACKS)
            each.send_file(PACKS, "pack.toml", text.encode())
        assert counts() == [before[0] + more, 0, before[2] + more, 0]


def test_the_role_risk_is_enough(person: Callable[..., Visitor]) -> None:
    """Whom the settings do not name, and whose issuer gives them that role: they find the pages, and the case that a match leads to."""
    visitor = person("somebody else", "risk")
    visitor.get(LIST)
    assert visitor.page is not None
    assert visitor.page.xpath(f"//main//a[@href='{PACKS}']")
    assert visitor.get(PACKS).status_code == 200
    visitor.send_file(PACKS, "pack.toml", TEXT.replace("nuts-bolts", "by-role").encode())
    assert "The pack is proposed" in visitor.text()
    assert visitor.get("/console/declarations").status_code == 200
    assert visitor.get("/console/approvals").status_code == 403


async def test_risk_information_is_drafted_and_answered(
    person: Callable[..., Visitor],
    sealed: tuple[Served, str],
    authority: Authority,
    rules: Rules,
    loaded: LoadedAdapter,
) -> None:
    """By analysts alone; what was done is kept under seal, and then nothing is owed."""
    office = Office(authority, sealed[1], rules, loaded)
    await office.open()
    record = await irregular(ControllingOffice(office), "OWE9")
    await office.close()
    visitor = person("somebody else", "risk")
    visitor.get(PACKS)
    assert visitor.page.xpath(f"//main//a[@href='{OWED}']")
    for language, words in (("de", "Kontrollanordnung"), ("fr", "ordre de contrôle"), ("en", "control order")):
        visitor.get(f"{OWED}?lang={language}")
        (row,) = [one for one in visitor.page.xpath("//main//tbody/tr") if record.id in str(one.xpath(".//a/@href"))]
        assert words in row.text_content()
    (here,) = row.xpath(".//a/@href")
    for language in ("de", "fr", "en"):
        assert visitor.get(f"{here}?lang={language}").status_code == 200
    assert "irregularity" in visitor.text()
    assert "For risk analysts of customs alone" in visitor.text()
    for typed in ({}, {"done": "exchanged"}, {"done": "not_exchanged", "reference": "R"}, {"done": "x", "words": "y"}):
        assert visitor.post(here, follow=True, headers=None, **typed).status_code == 422, typed
    for role in ("officer", "auditor", "operator"):
        assert {person(f"an {role}", role).get(one).status_code for one in (OWED, here)} == {403}, role
    visitor = person("somebody else", "risk")
    visitor.get(here)
    visitor.post(here, done="exchanged", reference="TOKEN-RIF")
    assert "It is kept under seal that it was exchanged." in visitor.text()
    assert record.id not in visitor.text()
    assert found_in(sealed[1], "TOKEN-RIF") == []
    visitor.get(here)
    assert visitor.post(here, done="not_exchanged", words="x").status_code == 409
    assert visitor.get(f"{OWED}/{record.id}/999999").status_code == 404


def test_nobody_else_finds_them(person: Callable[..., Visitor]) -> None:
    """An officer whom the settings do not name, an auditor, an operator: neither a page nor a link."""
    for sub, role in (("an officer", "officer"), ("an auditor", "auditor"), ("an operator", "operator")):
        visitor = person(sub, role)
        for path in (PACKS, FORM, f"{PACKS}/nuts-bolts", f"{PACKS}/none"):
            answer = visitor.get(path)
            assert (answer.status_code, "BOLTS" in answer.text, "national" in answer.text) == (403, False, False), path
        if visitor.get(LIST).status_code == 200:
            assert visitor.page.xpath(f"//a[@href='{PACKS}']") == []
    assert Visitor(person("x").url).get(PACKS, follow=False).status_code == 303


def test_a_file_that_was_sent_after_the_session_ended_is_kept_nowhere(
    person: Callable[..., Visitor], sealed: tuple[Served, str]
) -> None:
    """What was typed is kept over sign-in; a pack is not, for it would stand there unsealed."""
    one = person(ANALYSTS[0])
    one.get(PACKS)
    one.cookies[CONSOLE] = "x" * 43
    one.send_file(PACKS, "pack.toml", TEXT.replace("BOLTS", "SECRETLY").encode())
    assert found_in(sealed[1], "SECRETLY") == []


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_the_pages_can_be_used_by_everybody(
    chromium: Browser, person: Callable[..., Visitor], sealed: tuple[Served, str], width: int
) -> None:
    one, url = person(ANALYSTS[0]), sealed[0].url
    one.get(PACKS)
    one.send_file(PACKS, "pack.toml", ALERT.encode())
    cookies = [{"name": name, "value": value, "url": url.replace("http:", "https:")} for name, value in one.cookies.items()]  # fmt: skip
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.context.add_cookies(cookies)  # type: ignore[arg-type]
        addresses = [
            f"{PACKS}?lang=en",
            f"{PACKS}?lang=de",
            f"{PACKS}/watch?lang=fr",
            f"{FORM}?lang=de",
            f"{PACKS}/none",
            f"{OWED}?lang=de",
        ]
        assert await faults_at(page, url, addresses) == []
        await page.goto(f"{url}{PACKS}?lang=en")
        assert await page.get_by_role("heading", name="Packs of risk criteria").count() == 1
