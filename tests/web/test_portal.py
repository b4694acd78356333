"""The trader portal over HTTP: the first page, one's own declarations, and one declaration."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import html

from gateway.web.paper_sheet import sheet
from tests.builders.authority_pages import api
from tests.builders.fish_case import Cases, declared, fish, goods
from tests.builders.held_alike import alike
from tests.builders.running import declaration, until
from tests.builders.visitor import PORTAL, Visitor, demo_person

ENGLISH_BASIS = re.compile(r"\bReg\. \(E|\bUCC Art|\bAnnex [IVXB]")
STRANGER = "FR99999999900009"


@pytest.fixture(scope="module")
def foreign(cases: Cases) -> str:
    """The id of a declaration of somebody else's."""
    sent = declared("PORTAL-FOREIGN", [goods(1, "0303632000", "Frozen cod", "10", ())], mrn=None)
    sent["Declarant"] = sent["Importer"] = {"identificationNumber": STRANGER}
    return cases.lodger.lodged(sent)


@pytest.fixture(scope="module")
def told(cases: Cases) -> str:
    """The id of a declaration whose refusal customs has confirmed."""
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("03", "UNTIL-WHEN"), "application/xml", wait_s=20).body["id"])
    api(cases.gateway, "POST", f"/v1/declarations/{record_id}/confirmation", {})
    return record_id


@pytest.fixture(scope="module")
def noted(cases: Cases) -> str:
    """The id of a declaration of salt: nothing holds it, and two goods items are told the same."""
    items = [goods(number, "2501009900", "Salt", "10", ()) for number in (1, 2)]
    return cases.lodger.lodged(declared("PORTAL-NOTES", items, mrn=None))


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("en", "Notes that hold nothing: 1"),
        ("de", "Hinweise, die nichts aufhalten: 1"),
        ("fr", "Remarques qui ne retiennent rien : 1"),
    ],
)
def test_what_holds_nothing_is_one_folded_line(
    trader: Visitor, cases: Cases, noted: str, language: str, heading: str
) -> None:
    told = api(cases.gateway, "GET", f"/v1/declarations/{noted}")["decision"]["findings"]
    assert [one["code"] for one in told] == ["SW-DEC-005", "SW-DEC-005"]
    trader.get(f"/declarations/{noted}?lang={language}")
    (folded,) = trader.page.iterfind(".//details[@id='notes']")
    assert folded.get("open") is None
    assert " ".join(folded.find("summary").text_content().split()) == heading
    (line,) = folded.iterfind(".//li")
    assert language != "en" or told[0]["message"] in line.text_content()


def test_what_holds_has_no_folded_line(trader: Visitor, cases: Cases) -> None:
    trader.get(f"/declarations/{cases.fish}")
    assert trader.page.find(".//ol[@class='sw-todo']") is not None
    assert trader.page.find(".//details[@id='notes']") is None


def test_who_is_not_signed_in_finds_one_door_and_the_sign_in(cases: Cases) -> None:
    visitor = Visitor(cases.gateway.url)
    assert visitor.get("/").status_code == 200
    links = {one.get("href") for one in visitor.page.iterfind(".//main//a")}
    assert links == {"/requirements", "/sign-in"}
    for path in ("/declarations", "/declarations/x", "/declarations?q=STORY-16"):
        visitor.get(path)
        assert "Sign in" in visitor.heading()


def test_the_first_page_tells_what_is_new(trader: Visitor, cases: Cases) -> None:
    trader.get("/")
    assert trader.heading() == "Where is my consignment?"
    news = [one.get("href") for one in trader.page.iterfind(".//ul[@class='sw-new']//a")]
    assert 1 <= len(news) <= 5
    assert f"/declarations/{cases.fish}" in news or len(news) == 5
    links = {one.get("href") for one in trader.page.iterfind(".//ul[@class='sw-doors']//a")}
    assert links == {"/preflight", "/requirements", "/lodge"}


def test_the_first_page_begins_with_what_is_theirs_to_do_in_words(trader: Visitor, cases: Cases) -> None:
    lacks = [goods(1, "0303632000", "Frozen cod", "100", (("N853", "CHEDP.FR.2026.0000116"),))]
    record_id = cases.lodger.lodged(declared("START-YOURS", lacks, mrn=None))
    trader.get("/")
    first, *_ = trader.page.iterfind(".//main//section")
    assert first.find(".//h2").text_content().startswith("Yours to do (")
    row = first.find(f".//a[@href='/declarations/{record_id}']").getparent().text_content()
    assert "START-YOURS" in row
    assert "Declare C673, or Y927 if true" in row
    trader.get("/declarations")
    assert trader.page.findtext(".//ul[@class='sw-tabs']//a[@aria-current='page']").startswith("Yours to do")
    trader.get("/declarations?q=START-YOURS")
    assert trader.heading() == "START-YOURS"


def test_what_was_sent_is_downloaded_as_it_was_sent_by_who_sends_for_the_declarant_alone(
    trader: Visitor, cases: Cases
) -> None:
    trader.get(f"/declarations/{cases.fish}?version=1")
    (link,) = [
        one.get("href") for one in trader.page.iterfind(".//a") if one.text_content() == "Download what was sent"
    ]
    answer = trader.get(link)
    assert answer.headers["content-disposition"] == 'attachment; filename="STORY-16-1.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.content) == {"Declaration": fish(1)}
    assert trader.get(f"/declarations/{cases.fish}/sent?version=9").status_code == 404
    assert trader.get(f"/declarations/{cases.fish}/sent?version=x").status_code == 422
    body = declared("SENT-NAMED", [goods(1, "0303632000", "Frozen cod", "5", ())], mrn=None)
    named = cases.lodger.lodged(body | {"Declarant": {"identificationNumber": "FR99999999999999"}})
    assert trader.get(f"/declarations/{named}").status_code == 200, "they are the importer"
    assert "Download what was sent" not in trader.text()
    assert trader.get(f"/declarations/{named}/sent").status_code == 403


def test_what_happened_stands_in_sentences_of_results(trader: Visitor, cases: Cases) -> None:
    trader.get(f"/declarations/{cases.fish}")
    told = trader.page.find(".//section[@aria-labelledby='happened']").text_content()
    assert "A decision was made." not in told
    assert "Decided: Your goods are held (" in told
    assert "Decided: Your goods are held." in told


def test_the_list_names_what_is_the_traders_to_do(trader: Visitor, cases: Cases) -> None:
    trader.get("/declarations?state=yours")
    while (link := trader.page.find(f".//a[@href='/declarations/{cases.fish}']")) is None:
        # Others' tests have theirs in the same list.
        trader.get(trader.page.find(".//nav/a[@rel='next']").get("href"))
    row = link.getparent().getparent()
    text = " ".join(row.text_content().split())
    assert "STORY-16" in text
    assert "Yours to do" in text
    assert "Item 2: Quantity not available" in text
    for path, told in (("?q=nowhere-at-all", "None of your declarations"), ("?q=nowhere", "None of your declarations")):
        trader.get(f"/declarations{path}")
        assert told in trader.text()


def test_the_list_is_paged_by_a_cursor_that_stays_where_it_is(trader: Visitor, cases: Cases) -> None:
    with cases.gateway.client() as client:

        def lodged(lrn: str) -> str:
            return str(client.lodge(declaration("03", lrn), "application/xml", wait_s=0).body["id"])

        ids = [lodged(f"PAGED-{number:02}") for number in range(22)]
        trader.get("/declarations?state=all")
        seen = [one.get("href") for one in trader.page.iterfind(".//tbody//a")]
        (following,) = [one.get("href") for one in trader.page.iterfind(".//nav/a[@rel='next']")]
        lodged("PAGED-NEW")
    trader.get(following)
    then = [one.get("href") for one in trader.page.iterfind(".//tbody//a")]
    assert len(seen) == 20
    assert not set(seen) & set(then)
    assert f"/declarations/{ids[0]}" in then


def test_a_declaration_is_told_in_words_with_what_to_do_and_by_when(trader: Visitor, cases: Cases) -> None:
    def told() -> str | None:
        assert trader.get("/declarations?q=STORY-16").status_code == 200
        return trader.text() if "CATCH is asked again" in trader.text() else None

    # While it is just being asked again no moment is said.
    text = until(told, "when CATCH is asked again")
    assert trader.heading() == "STORY-16"
    assert "Your goods are held" in text
    assert "One thing is yours to do." in text
    assert (
        "within 90 days of their presentation to customs. It runs from the day of presentation, which is not known here."
        in text
    )
    assert "No time limit runs" not in text
    assert "400 kg too much" in text
    assert "3,000 kg reserved for you" in text
    amend = trader.page.find(f".//ol[@class='sw-todo']//a[@href='/declarations/{cases.fish}/amend']")
    assert amend.text == "Apply to amend"
    bars = [one.get("aria-label") for one in trader.page.iterfind(".//svg[@class='sw-bar']")]
    assert "3,000 kg reserved for you, 2,000 kg left." in bars
    for word in ("others", "600 kg", "officer", "shadow"):
        assert word not in text
    trader.get(f"/declarations/{cases.fish}?version=1")
    assert "You read version 1; version 2 stands." in trader.text()
    assert "This version was replaced by a later one" in trader.text()


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "Die Überlassung Ihrer Waren ist ausgesetzt"), ("fr", "La mainlevée de vos marchandises")],
)
def test_it_is_in_the_readers_language(trader: Visitor, cases: Cases, language: str, said: str) -> None:
    trader.language = language
    trader.get(f"/declarations/{cases.fish}")
    assert said in trader.text()
    assert trader.page.get("lang") == language


def test_titles_say_which_page_it_is(trader: Visitor, cases: Cases) -> None:
    trader.language = "fr"
    titles = {}
    amend = f"/declarations/{cases.fish}/amend"
    for path in ("/declarations?state=all", "/declarations?state=yours", "/notices", "/notices?kind=changed", amend):
        trader.get(path)
        titles[path] = trader.page.findtext(".//title").partition(" – ")[0]
    assert len(set(titles.values())) == len(titles)
    assert " ".join(titles[amend].split()) == "Demander la rectification : STORY-16", "a colon as French has it"


def test_what_is_not_theirs_looks_as_what_is_not_there(trader: Visitor, foreign: str) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"
    for rest in ("", "?version=1"):
        answers = {}
        for record_id in (foreign, nowhere):
            answer = trader.get(f"/declarations/{record_id}{rest}")
            assert answer.status_code == 404
            answers[record_id] = answer.text.replace(record_id, "ID")
        assert answers[foreign] == answers[nowhere]
    trader.get("/declarations?q=PORTAL-FOREIGN")
    assert trader.page.find(".//main//table") is None


def test_rooms_are_kept_apart(trader: Visitor, cases: Cases) -> None:
    assert PORTAL in trader.cookies
    trader.get("/console/queue")
    assert "Sign in" in trader.heading()
    officer = demo_person(cases.gateway.url)
    officer.get(f"/declarations/{cases.fish}")
    assert "Sign in" in officer.heading()


@pytest.mark.parametrize("path", ["/declarations", "/declarations/{fish}"])
def test_parameters_that_there_are_not_are_refused(trader: Visitor, cases: Cases, path: str) -> None:
    for rest in (
        "?colour=red",
        "?version=x",
        "?state=red",
        "?cursor=elsewhere",
        "?state=held&state=all",
        "?version=1&version=2",
    ):
        assert trader.get(path.format(fish=cases.fish) + rest).status_code == 422, rest


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "=HYPERLINK(1)", "a\u202eb", "x" * 10_000])
def test_foreign_text_stays_text(trader: Visitor, hostile: str) -> None:
    answer = trader.get(f"/declarations?{urlencode({'q': hostile})}")
    assert answer.status_code in {200, 414, 431}
    if answer.status_code == 200:
        assert trader.page.find(".//main//script") is None
        assert "\u202e" not in trader.text()


def test_four_causes_read_the_same_bytes(trader: Visitor, held_alike: dict[str, dict[str, str]]) -> None:
    for language in ("en", "de"):
        trader.language = language
        for path in ("/declarations/{id}", "/declarations/{id}?version=1"):
            pages = {cause: alike(trader.get(path.format(**one)).text, one) for cause, one in held_alike.items()}
            first = next(iter(pages.values()))
            assert {cause: page for cause, page in pages.items() if page != first} == {}
            assert "SW-DEC" not in first
            assert "sw-todo" not in first
            assert ("Not told yet" if language == "en" else "Noch nicht mitgeteilt") in first
            assert "keep it ready" not in first
    trader.language = "en"
    rows = {}
    for cause, one in held_alike.items():
        # By its name: others may have been lodged since, more than a page of them.
        trader.get(f"/declarations?q={one['lrn']}")
        found = trader.page.find(f".//a[@href='/declarations/{one['id']}']/../..")
        rows[cause] = " ".join(found.text_content().split())
    assert len({alike(row, held_alike[cause]) for cause, row in rows.items()}) == 1


def test_what_an_officer_looks_at_says_what_the_trader_can_do(trader: Visitor, cases: Cases) -> None:
    invoice = b"<SupportingDocument><sequenceNumber>9</sequenceNumber><type>N388</type><referenceNumber>7</referenceNumber></SupportingDocument>"
    raw = declaration("12", "CUSTOMS-LOOKS").replace(b"<statisticalValue>", invoice + b"<statisticalValue>", 1)
    with cases.gateway.client() as client:
        record_id = client.lodge(raw, "application/xml", wait_s=20).body["id"]
    for language, says in {
        "en": ("Customs looks at it. What you have to keep ready or can correct stands below.", "Check the code"),
        "de": ("Der Zoll prüft. Was Sie bereithalten müssen", "Prüfen Sie den Code"),
        "fr": ("La douane vérifie. Ce que vous devez tenir", "Vérifiez le code"),
    }.items():
        trader.language = language
        trader.get(f"/declarations/{record_id}")
        for one in says:
            assert one in trader.text(), language
    trader.language = "en"
    trader.get("/declarations?state=held")
    row = trader.page.find(f".//a[@href='/declarations/{record_id}']/../..")
    assert "Unknown document code: customs looks at it" in " ".join(row.text_content().split())


def test_one_that_is_refused_is_told_once_customs_confirmed_it(
    trader: Visitor, held_alike: dict[str, dict[str, str]]
) -> None:
    trader.get(f"/declarations/{held_alike['a refusal that is not confirmed']['id']}")
    assert "Your goods are held" in trader.text()
    assert "refused" not in trader.text()


def test_that_an_officer_has_it_assessed_anew_does_not_show_meanwhile(trader: Visitor, cases: Cases) -> None:
    with cases.gateway.client() as client:
        record_id = client.lodge(declaration("03", "ANEW-UNTOLD"), "application/xml", wait_s=20).body["id"]
    before = trader.get(f"/declarations/{record_id}").text
    with cases.simulated.slow("traces", 3):
        api(cases.gateway, "POST", f"/v1/declarations/{record_id}/assess", {})
        officer = demo_person(cases.gateway.url)
        officer.get(f"/console/declarations/{record_id}")
        assert "Being decided since" in officer.text()
        assert alike(trader.get(f"/declarations/{record_id}").text, {}) == alike(before, {})


def test_what_is_left_is_not_said_of_a_document_that_holds_for_something_else(trader: Visitor, cases: Cases) -> None:
    with cases.gateway.client() as client:
        reply = client.lodge(declaration("03", "REFUSED-LEFT"), "application/xml", wait_s=20)
    record_id = reply.body["id"]
    api(cases.gateway, "POST", f"/v1/declarations/{record_id}/confirmation", {})
    trader.get(f"/declarations/{record_id}")
    assert "were refused" in trader.text()
    assert "what is left is not known" in trader.text()
    assert "left for you" not in trader.text()


@pytest.mark.parametrize(
    ("language", "heading", "basis", "until", "never"),
    [
        ("en", "Time limits of the law", "UCC Art. 149", "within 30 days of the communication of the refusal. Until ", "Not before "),
        ("de", "Fristen des Rechts", "UZK Art. 149", "binnen 30 Tagen nach der Mitteilung der Ablehnung gegenüber dem Zoll Stellung nehmen. Bis ", "Nicht vor "),
        ("fr", "Délais légaux", "CDU art. 149", "dans un délai de 30 jours à compter de la communication du refus. Jusqu’au ", "Pas avant le "),
    ],
)  # fmt: skip
def test_until_when_stands_on_the_pages_of_trader_and_officer_and_on_paper(
    trader: Visitor, cases: Cases, told: str, language: str, heading: str, basis: str, until: str, never: str
) -> None:
    (heard,) = (
        one for one in api(cases.gateway, "GET", f"/v1/declarations/{told}")["clocks"] if one["name"] == "heard"
    )
    said = until if heard["until"] is not None else until.replace(until.rpartition(". ")[2], never)
    officer = demo_person(cases.gateway.url)
    for visitor, path in ((trader, "/declarations/"), (officer, "/console/declarations/")):
        visitor.language = language
        page = visitor.get(path + told)
        text = visitor.text()
        assert said in text
        assert basis in text
        assert language == "en" or not ENGLISH_BASIS.search(text)
        assert heard["words"] not in text, "a page writes days as people do"
        on_paper: Any = html.document_fromstring(sheet(page.text))
        assert said in on_paper.text_content()
        assert language == "en" or not ENGLISH_BASIS.search(on_paper.text_content())
    trader.get(f"/declarations/{told}")
    assert heading in trader.text()


def test_a_link_cannot_say_that_something_was_done(trader: Visitor, cases: Cases) -> None:
    for done in ("sent", "applied", "invalidated", "unchanged"):
        for mark in ("", "&mark=", f"&mark={'0' * 32}"):
            assert trader.get(f"/declarations/{cases.fish}?done={done}{mark}").status_code == 200
            assert "It was sent" not in trader.text()
            assert "was withdrawn" not in trader.text()
