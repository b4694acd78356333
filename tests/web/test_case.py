"""The case page, read over HTTP by officers, of declarations that simulated authorities answered about."""

import re
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import psycopg
import pytest

from gateway.contract import Direction, Line, Reference, ReferenceKind, ReportOrder
from gateway.domain.codec import encode
from gateway.domain.mrn import with_check_character
from gateway.domain.required_report import ReportState, RequiredReport
from tests.builders.fish_case import CATCH, MRN, OFFICE, SHORT, VALIDATED, Cases, declared, goods
from tests.builders.large_case import of_wide_grid
from tests.builders.running import declaration, until
from tests.builders.visitor import Visitor, demo_person

PLENTIFUL = "CHEDP.FR.2026.0000005"
TOLD = {
    "en": (
        "orchard is told of",
        "orchard could not be told of item 1 yet",
        "orchard was told of item 1",
        "in another way, as an officer states",
    ),
    "de": (
        "orchard: Meldung in wenigen Minuten",
        "orchard: noch nicht gemeldet",
        "orchard: gemeldet",
        "auf anderem Wege gemeldet, wie ein",
    ),
    "fr": (
        "orchard : communication dans",
        "orchard : pas encore communiqué",
        "orchard : communiqué",
        "par une autre voie, selon un agent",
    ),
}
"""What is said of reports that are due, delayed, reported and made otherwise."""
EVIL = "<script>alert(1)</script>\u202egnp.exe " + "x" * 300


def words(element: Any) -> str:
    """What can be read in an element, in one line, each cell and link apart."""
    return " ".join(" ".join(element.itertext()).split())


def section(visitor: Visitor, name: str) -> str:
    """What can be read in a section of the page, in one line."""
    assert visitor.page is not None
    (found,) = visitor.page.xpath(f"//section[@aria-labelledby='{name}']")
    return words(found)


def case(visitor: Visitor, record_id: str, query: str = "") -> str:
    """Opens a case; gives what can be read on it."""
    assert visitor.get(f"/console/declarations/{record_id}{query}").status_code == 200
    return words(visitor.page)


def test_the_verdict_comes_first_then_whose_turn_it_is(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    assert officer.page.findtext(".//title") == f"Hold: {MRN} – Single Window"
    assert MRN in officer.heading()
    banner = section(officer, "verdict")
    assert banner.startswith("Hold: 2 of 4 documents stand against release The declarant’s turn Decision 3, today")
    assert "Advice: request documents" in banner
    first, second = (words(one) for one in officer.page.xpath("//ol[@class]/li")[:2])
    assert first.startswith("Hold On line 1 of N853")
    assert "The declarant’s turn Declare at most 1,400 kg" in first
    assert second.startswith("Not determined CATCH could not be reached")
    assert "Nobody’s turn" in second
    # What is the declarant's turn has no button of the officer's beside it.
    assert officer.page.xpath("//ol[@class]/li[1]//a[contains(@class, 'govuk-button')]") == []
    assert words(officer.page.xpath("//ol[@class]/li[2]//a[contains(@class, 'govuk-button')]")[0]).startswith("Verify")
    # While it is being asked there is no next time.
    until(
        lambda: re.search("Asked again by itself (today|tomorrow)", case(officer, cases.fish)), "when it is asked again"
    )


def test_every_link_of_the_page_leads_somewhere(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    places = {one.get("id") for one in officer.page.xpath("//*[@id]")}
    links = [one.get("href") for one in officer.page.iterfind(".//main//a")]
    assert {link[1:] for link in links if link.startswith("#")} <= places
    others = sorted({link for link in links if not link.startswith("#")})
    assert len(others) >= 4
    for link in others:
        # While it is being asked about again nothing can be ordered for it.
        until(partial(_leads_somewhere, officer, link), link)


def _leads_somewhere(visitor: Visitor, link: str) -> bool:
    return visitor.get(link).status_code == 200


def test_the_grid_has_documents_against_goods_items(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    rows = {
        words(one.find("th")).split()[1]: [words(cell) for cell in one.iterfind("td")]
        for one in officer.page.xpath("//table[contains(@class, 'sw-grid')]/tbody/tr")
    }
    assert rows[SHORT] == ["not cited", "Hold 400 kg too much", "Hold"]
    assert rows[VALIDATED] == ["Release 3,000 kg reserved", "not cited", "Release"]
    assert rows[CATCH] == ["Not determined 3,000 kg declared", "Not determined 1,800 kg declared", "Not determined"]
    assert rows["INV-2026-0815"] == ["Not judged here"] * 3


def test_quantities_are_numbers_beside_a_bar_and_nothing_where_none_was_told(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    rows = {
        one.xpath("th//a/span | th/span")[0].text_content(): one
        for one in officer.page.xpath("//table[contains(@class, 'sw-bars')]/tbody/tr")
    }
    numbers = {name: [words(cell) for cell in row.xpath("td[@data-label]")] for name, row in rows.items()}
    assert numbers[VALIDATED] == ["5,000", "0", "3,000 reserved", "3,000", "2,000"]
    assert numbers[SHORT] == ["2,000", "600", "0 nothing moved", "1,800", "400 too much"]
    assert numbers[CATCH] == []
    assert "Position not known" in rows[CATCH].text_content()
    assert rows[CATCH].find(".//svg[@role='img']") is None
    assert "Of 2,000 kg, others hold 600 kg" in rows[SHORT].find(".//svg[@role='img']").get("aria-label")


def test_why_is_open_where_there_is_trouble(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    parts = officer.page.xpath("//details[starts-with(@id, 'why-')]")
    opened = {one.find("summary").text_content().split()[-1]: one.get("open") is not None for one in parts}
    assert opened == {SHORT: True, CATCH: True, VALIDATED: False, "INV-2026-0815": False}
    why = section(officer, "why")
    for said in (
        "SW-DEC-070 quantity not available",
        "What to do: Declare at most 1,400 kg",
        "Legal basis:",
        "Rule quantity_available",
    ):
        assert said in why
    assert "comes out the same" in why
    compared = parts[0].find(".//table")
    assert words(compared).endswith("Quantity item 2 1,800 kg 1,400 kg no")


def test_a_decision_is_shown_beside_any_other(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    assert "Decision 3 against decision 2" in section(officer, "diff")
    assert "Pending became Release" in section(officer, "diff")
    case(officer, cases.fish, "?decision=3&against=1")
    assert "Decision 3 against decision 1" in section(officer, "diff")
    assert "was not there became Not determined" in section(officer, "diff")
    assert officer.get(f"/console/declarations/{cases.fish}?decision=2&against=3").status_code == 422


def test_an_earlier_version_and_decision_say_that_they_are(cases: Cases, officer: Visitor) -> None:
    text = case(officer, cases.fish, "?version=1")
    assert "You read version 1; version 2 stands. Show version 2" in text
    assert "Missing: Goods with commodity code 0303632000" in section(officer, "grid")
    assert "Asked again by itself" not in text
    text = case(officer, cases.fish, "?decision=2")
    assert "Decision 3 is made; below stands decision 2. Show decision 3" in text
    assert "3 of 4 documents stand against release" in text
    # A decision is shown with the version that it was made about.
    assert "version 1" in case(officer, cases.fish, "?decision=1")


def test_what_happened_stands_newest_first_with_who_did_it(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    trail = [words(one) for one in officer.page.xpath("//ol[contains(@class, 'sw-trail')]/li")]
    assert "Version 1 was lodged." in trail[-1]
    assert trail[-1].endswith("by anybody (nobody was asked who they are)")
    decided = [one for one in trail if "Decision" in one]
    assert [one.split("Decision ")[1] for one in decided] == ["3: held.", "2: held.", "1: held."]
    assert any("The authorities were asked again at once." in one for one in trail)


def test_the_rail_has_the_facts_and_no_dead_button(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    facts = section(officer, "facth")
    for said in (
        "Declarant, Importer FR12345678901234",
        "Office FR001260",
        "State Decided",
        "40 00, NO to FR",
        "Reasons told: 2",
    ):
        assert said in facts
    can = section(officer, "acth")
    assert "Verify a document by hand" in can
    assert "Not now: Confirm the refusal. Nothing is refused." in can
    (again,) = officer.page.xpath("//main//div[@id='act']//form")
    assert (again.get("action"), words(again)) == (f"/console/declarations/{cases.fish}/assess", "Ask again now")


def test_what_others_wrote_stays_text_and_is_cut(cases: Cases, officer: Visitor) -> None:
    one = goods(1, "0303632000", EVIL, "10", (("N853", "CHEDP.FR.2026.0000116"),))
    record_id = cases.lodger.lodged(declared("EVIL<b>", [one], mrn=None))
    text = case(officer, record_id)
    assert officer.page.find(".//main//script") is None
    assert "<script>alert(1)</script>[U+202E]gnp.exe" in text
    assert "\u202e" not in text
    (cut,) = officer.page.xpath("//details[@class='sw-long'][.//bdi[contains(., 'alert(1)')]]")
    assert "Show all" in cut.find("summary").text_content()
    assert "EVIL<b>" in text


def test_a_thousand_items_that_are_alike_are_one_column(cases: Cases, officer: Visitor) -> None:
    items = [goods(number, "0303632000", "Cod", "1", (("N853", PLENTIFUL),)) for number in range(1, 1_001)]
    record_id = cases.lodger.lodged(declared("CASE-1000", items, mrn=None))
    answer = officer.get(f"/console/declarations/{record_id}")
    assert "Items 1 to 1000 all alike" in section(officer, "grid")
    assert len(officer.page.xpath("//table[contains(@class, 'sw-grid')]/thead//th")) == 3
    assert len(answer.content) < 400_000


def test_columns_that_differ_in_great_number_scroll(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.lodger.lodged(declared("CASE-WIDE", of_wide_grid("Fish"), mrn=None)))
    (table,) = officer.page.xpath("//table[contains(@class, 'sw-grid--wide')]")
    assert len(table.xpath("thead//th")) == 17
    assert table.xpath("thead//th/span")[0].text_content() == "whole", "no head has a description"
    assert (table.getparent().get("role"), table.getparent().get("tabindex")) == ("group", "0")


@pytest.mark.parametrize(
    ("story", "verdict"),
    [
        ("01", "Release: nothing stands against it"),
        ("03", "Refuse: not confirmed to the declarant yet"),
        ("08", "Forecast: "),
    ],
)
def test_the_verdict_says_what_is_the_matter(cases: Cases, officer: Visitor, story: str, verdict: str) -> None:
    with cases.gateway.client() as client:
        record_id = client.lodge(declaration(story, f"CASE-{story}"), "application/xml", wait_s=20).body["id"]
    cases.lodger.decided(record_id, 1)
    case(officer, record_id)
    assert section(officer, "verdict").startswith(verdict)


def test_what_is_worked_on_says_so_and_comes_again_without_script(cases: Cases, officer: Visitor) -> None:
    with cases.simulated.slow("traces", 3), cases.gateway.client() as client:
        record_id = client.lodge(declaration("01", "CASE-WORKED"), "application/xml", wait_s=0).body["id"]
        text = case(officer, record_id)
        assert "Being decided since today" in text
        (again,) = officer.page.xpath("//meta[@http-equiv='refresh']/@content")
        assert again == f"3;url=/console/declarations/{record_id}?refreshed=1"
        case(officer, record_id, "?refreshed=20")
        assert officer.page.xpath("//meta[@http-equiv='refresh']") == []
    cases.lodger.decided(record_id, 1)
    case(officer, record_id)
    assert officer.page.xpath("//meta[@http-equiv='refresh']") == []


def test_what_is_not_there_is_not_told_from_what_is_not_theirs(cases: Cases, officer: Visitor) -> None:
    for address in (
        "nothing",
        "00000000-0000-0000-0000-000000000000",
        f"{cases.fish}?version=9",
        f"{cases.fish}?decision=99",
    ):
        assert officer.get(f"/console/declarations/{address}").status_code in {404, 422}, address
    for query in ("?colour=red", "?version=x", "?decision=0", "?version=²", "?decision=99999999999"):
        assert officer.get(f"/console/declarations/{cases.fish}{query}").status_code == 422, query
    trader = demo_person(cases.gateway.url, "trader")
    trader.get(f"/console/declarations/{cases.fish}")
    assert "Sign in" in trader.heading()


def test_a_reading_is_written_down(cases: Cases, officer: Visitor) -> None:
    case(officer, cases.fish)
    readings = cases.lodger.called("GET", f"/{cases.fish}/readings")["items"]
    assert "first demo officer" in str(readings)


@pytest.mark.parametrize(
    ("language", "verdict", "basis"),
    [
        ("de", "Ausgesetzt: 2 von 4", "Rechtsgrundlage: VO (EU) 2022/2399, Art. 10(1)(b); DVO (EU) 2024/2145, Art. "),
        (
            "fr",
            "Mainlevée suspendue : 2 documents sur 4",
            "Base juridique : règl. (UE) 2022/2399, art. 10(1)(b) ; règl. d’exéc. (UE) 2024/2145, art. ",
        ),
    ],
)
def test_it_is_in_its_readers_language(cases: Cases, officer: Visitor, language: str, verdict: str, basis: str) -> None:
    officer.language = language
    case(officer, cases.fish)
    assert section(officer, "verdict").startswith(verdict)
    assert officer.page.get("lang") == language
    assert basis in officer.text()
    assert not re.search(r"\bReg\. \(E|\bUCC Art|\bAnnex ", officer.text())
    # What the rules promise is written in English alone, and says so.
    assert officer.page.xpath("//details//span[@lang='en']")


def test_it_is_said_who_was_told_of_the_release(cases: Cases, officer: Visitor) -> None:
    mrn = with_check_character("26FR001260000216R")
    item = goods(1, "0303641000", "Frozen haddock", "10", (("N853", PLENTIFUL),))
    record_id = cases.lodger.lodged(declared("TOLD-OF", [item], mrn=mrn))
    assert cases.lodger.called("GET", f"/{record_id}/movements")["reports"] == []
    override = {"officer": "one", "reason": "seen", "second_officer": "two"}
    cases.lodger.called("POST", f"/{record_id}/release", {"override": override})
    reports = [
        RequiredReport(
            adapter="orchard",
            order=ReportOrder(
                type="C690",
                reference=state,
                declaration=Reference(kind=ReferenceKind.MRN, value=mrn),
                customs_office=OFFICE,
                key="0" * 32,
                direction=Direction.IMPORT,
                released_on=date(2026, 12, 1),
                lines=(Line(goods_item=1, commodity_code="0303641000"),),
            ),
            identified=True,
            state=state,
            at=None if state is ReportState.DUE else datetime(2026, 12, 1, 9, tzinfo=UTC),
        )
        for state in ReportState
    ]
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute(
            "UPDATE step SET reports = %s WHERE kind = 'release' AND outcome IS NOT NULL AND declaration_id = %s",
            (encode(reports).decode(), record_id),
        )
    told = cases.lodger.called("GET", f"/{record_id}/movements")["reports"]
    assert [(one["state"], one["goods_items"], one["authority"]) for one in told] == [
        (state.value, [1], "orchard") for state in ReportState
    ]
    for language, said in TOLD.items():
        officer.language = language
        case(officer, record_id)
        assert [text in section(officer, "reports") for text in said] == [True] * 4, section(officer, "reports")
    officer.language = "en"
    page = f"/console/declarations/{record_id}/reported"
    assert officer.get(page).status_code == 200
    open_ones = officer.page.xpath("//select[@id='report']/option/@value")
    assert open_ones == ["C690 due, 2026-12-01", "C690 delayed, 2026-12-01"]
    assert officer.post(page, report=open_ones[1]).status_code == 422
    answer = officer.post(page, report=open_ones[1], reason="told by telephone")
    assert (answer.url.path, "Done:" in officer.text()) == (f"/console/declarations/{record_id}", True)
    made = {"step": told[0]["step"], "document": {"type": "C690", "reference": "due"}, "reason": "by telephone"}
    for _ in range(2):
        cases.lodger.called("POST", f"/{record_id}/reports", {**made, "officer": "one"})
    states = [one["state"] for one in cases.lodger.called("GET", f"/{record_id}/movements")["reports"]]
    assert states == ["otherwise", "otherwise", "reported", "otherwise"]
    events = [one["kind"] for one in cases.lodger.called("GET", f"/{record_id}/events?limit=200")["items"]]
    assert events.count("report.made_otherwise") == 2
    assert officer.get(page).status_code == 409
