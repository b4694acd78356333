"""Files that traders drop: checked before they are lodged, and lodged."""

import pytest

from tests.builders.fish_case import Cases
from tests.builders.running import lodgeable
from tests.builders.visitor import Visitor

DOCTYPE = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"


@pytest.fixture
def trader(demo_trader: Visitor) -> Visitor:
    """The demo trader, signed in, at the page that checks a file."""
    demo_trader.get("/preflight")
    return demo_trader


def summary(visitor: Visitor) -> dict[str, str]:
    """The faults of the summary by where each leads to."""
    assert visitor.page is not None
    return {one.get("href"): one.text_content() for one in visitor.page.iterfind(".//div[@role='alert']//li/a")}


def test_every_fault_stands_in_the_summary_and_beside_its_line(trader: Visitor) -> None:
    content = lodgeable("05", "FAULTY")
    faulty = content.replace(b"<countryOfOrigin>", b"<countryOfOrigin>Nor").replace(b"<netMass>", b"<netMass>x")
    answer = trader.send_file("/preflight", "frozen-fish.xml", faulty)
    assert answer.status_code == 422
    assert answer.headers["cache-control"] == "no-store"
    assert "frozen-fish.xml cannot be lodged. Faults: 2" in trader.text()
    assert "Nothing was stored, and no authority was asked." in trader.text()
    for address, fault in summary(trader).items():
        row = trader.page.find(f".//div[@id='{address.removeprefix('#')}']")
        number = int(address.removeprefix("#L"))
        assert faulty.split(b"\n")[number - 1].decode().strip() in row.text_content()
        assert fault.partition(": ")[2] in row.text_content()
    assert len(summary(trader)) == 2


def test_what_can_be_taken_is_told_with_its_findings_beside_their_lines_and_lodged_from_there(
    trader: Visitor, cases: Cases
) -> None:
    content = lodgeable("05", "PORTAL-CHECKED")
    answer = trader.send_file("/preflight", "fish.xml", content)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert trader.page.find(".//h2[@id='verdict']").text_content() == "Would be held, if you lodged it now"
    number = content.split(b"\n").index(next(one for one in content.split(b"\n") if b"<GoodsItem>" in one)) + 1
    assert "none of the documents it requires" in trader.page.find(f".//div[@id='L{number}']").text_content()
    kept = trader.hidden()
    answer = trader.send_file("/lodge", "", b"", **kept)
    assert answer.status_code == 200
    assert trader.heading() == "PORTAL-CHECKED"
    assert "It was sent, and is being decided." in trader.text()
    trader.get("/lodge")
    trader.send_file("/lodge", "fish.xml", content)
    assert "The same was sent before: nothing changed." in trader.text()


def test_an_expired_licence_is_told_before_it_is_lodged_and_is_the_traders_to_mend(trader: Visitor) -> None:
    content = lodgeable("12", "EXPIRED-LICENCE").replace(b"DU.FR.2026.0000001", b"DU.FR.2026.0000002")
    assert trader.send_file("/preflight", "drones.xml", content).status_code == 200
    verdict = trader.page.find(".//section[@aria-labelledby='verdict']").text_content()
    assert "Would be refused, if you lodged it now" in verdict
    assert "Declare a document that is valid on the day of acceptance." in verdict
    assert "Yours to do" in verdict
    assert "By when: before you lodge it." in verdict
    assert "Nothing to do" not in verdict


def test_what_an_officer_would_look_at_says_what_to_keep_ready(trader: Visitor) -> None:
    content = lodgeable("12", "UNKNOWN-CODE").replace(b"<type>X060<", b"<type>N388<")
    assert trader.send_file("/preflight", "drones.xml", content).status_code == 200
    verdict = trader.page.find(".//section[@aria-labelledby='verdict']").text_content()
    assert "Check the code (12 03 002, 12 04 002)." in verdict
    assert "Customs looks at it once you have lodged it." in verdict


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        ("a.xml", DOCTYPE, 400, "DOCTYPE"),
        ("a.pdf", b"%PDF-1.4 \x00\xff", 400, "This is a PDF."),
        ("a.xml", b"<a/>", 415, "none of the formats"),
        ("a.json", b'{"Declaration": {}}', 422, "is not complete"),
        ("a.json", b"[" * 100_000, 0, ""),
        ("a.xml", b"<a>" + b"x" * 8_500_000 + b"</a>", 413, "larger than is read here"),
        ("a.xml", b"x" * 20_000_000, 413, "larger than is read here"),
        ("", b"", 422, "Choose a file."),
        ('"><script>alert(1)</script>\u202e.xml', b"<a/>", 415, "script>[U+202E].xml"),
        ("x" * 10_000, b"<a/>", 0, ""),
    ],
    ids=["doctype", "pdf", "format", "json", "deep", "large", "very-large", "none", "hostile-name", "long-name"],
)
def test_what_cannot_be_read_is_told_and_is_no_fault(
    trader: Visitor, name: str, content: bytes, status: int, told: str
) -> None:
    for path in ("/preflight", "/lodge"):
        trader.get(path)
        answer = trader.send_file(path, name, content)
        assert 400 <= answer.status_code < 500
        assert answer.status_code == (status or answer.status_code)
        assert told in trader.text()
        assert trader.page.find(".//main//script") is None
        assert "\u202e" not in answer.text


def test_hostile_text_in_a_file_stays_text(trader: Visitor) -> None:
    content = lodgeable("05", "HOSTILE").replace(b"Frozen cod", "</span><script>alert(1)</script>\u202e".encode())
    trader.send_file("/preflight", "a.xml", content)
    assert trader.page.find(".//main//script") is None
    assert "\u202e" not in trader.text()


def test_a_declaration_of_somebody_elses_is_neither_checked_nor_lodged(trader: Visitor) -> None:
    content = lodgeable("05", "ANOTHERS").replace(b"FR12345678901234", b"FR99999999900009")
    for path in ("/preflight", "/lodge"):
        trader.get(path)
        assert trader.send_file(path, "a.xml", content).status_code == 403
        assert "It is not yours to lodge" in trader.text()


def test_a_file_from_elsewhere_is_not_taken(trader: Visitor, cases: Cases) -> None:
    stranger = Visitor(cases.gateway.url)
    stranger.page = trader.page
    assert stranger.send_file("/lodge", "a.xml", b"<a/>").status_code == 200
    assert "Sign in" in stranger.heading()
    assert trader.post("/lodge", name="a").status_code == 422
    trader.get("/lodge")
    assert trader.send_file("/lodge", "a.xml", b"<a/>", form_token="x").status_code == 403
    trader.get("/lodge")
    assert trader.post("/lodge", headers={"origin": "http://elsewhere.example"}).status_code == 403


def test_a_file_that_is_carried_along_is_what_it_was(trader: Visitor) -> None:
    trader.get("/lodge")
    assert trader.send_file("/lodge", "", b"", content="no base64!").status_code == 422


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"%PDF-1.7 ...", "This is a PDF."), (b"PK\x03\x04...", "This is a packed file"), (b" \n", "This file is empty.")],
    ids=["pdf", "packed", "empty"],
)
def test_what_is_no_message_at_all_is_called_what_it_is(trader: Visitor, content: bytes, said: str) -> None:
    for path in ("/preflight", "/lodge"):
        trader.get(path)
        assert trader.send_file(path, "declaration.xml", content).status_code == 400
        assert said in trader.text()
        assert "Start tag" not in trader.text()


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "two capital letters, as NO"), ("de", "zwei Großbuchstaben, wie NO"), ("fr", "deux majuscules, comme NO")],
)
def test_a_form_that_is_wanted_is_said_in_words(trader: Visitor, language: str, said: str) -> None:
    trader.language = language
    trader.get("/preflight")
    content = lodgeable("05", "FORM").replace(b"<countryOfDispatch>US<", b"<countryOfDispatch>Norway<")
    assert trader.send_file("/preflight", "declaration.xml", content).status_code == 422
    assert said in trader.text()
    assert "[A-Z]" not in trader.page.find(".//div[@role='alert']").text_content()
