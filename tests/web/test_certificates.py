"""The pages of certificates, notices and access: what officers, auditors and operators read there, and what they do not."""

from collections.abc import Callable

import pytest

from gateway.access import WHO_MAY, Call
from gateway.access.sessions import form_token
from gateway.domain.mrn import with_check_character
from gateway.domain.notice import NoticeKind
from tests.builders.authority_pages import hrefs
from tests.builders.fish_case import MRN, OFFICE, SHORT, Cases, Lodger, declared, goods
from tests.builders.running import Served
from tests.builders.visitor import CONSOLE, Visitor, demo_person

DOCUMENTS, NOTICES, ACCESS = "/console/documents", "/console/notices", "/console/access"
PAGE = f"{DOCUMENTS}/N853/{SHORT}"
MARKUP = "<img%20src=x%20onerror=alert(1)>"


def rows(visitor: Visitor, caption: str) -> list[str]:
    """The rows of a table, each in one line."""
    return [
        " ".join(" ".join(row.itertext()).split())
        for row in visitor.page.xpath(f"//table[contains(caption, '{caption}')]/tbody/tr")
    ]


def test_a_certificate_shows_who_draws_on_it_and_what_its_authority_has(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url)
    assert officer.get(PAGE).status_code == 200
    assert SHORT in officer.heading()
    drawing = rows(officer, "Declarations that cite")
    assert any(MRN in row and "1800 kg" in row.replace(",", "") for row in drawing), drawing
    assert any(with_check_character("26FR001260000116R") in row and "600 kg" in row for row in drawing), drawing
    (line,) = rows(officer, "Each line of the certificate")
    assert "2000 kg" in line.replace(",", "")
    assert "/console/authorities/traces" in hrefs(officer)
    assert len(officer.page.xpath("//main//form")) == 1


def test_its_authority_is_asked_on_a_button_and_by_nothing_else(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url)
    before = cases.simulated.asked("traces", SHORT)
    officer.get(PAGE)
    assert cases.simulated.asked("traces", SHORT) == before
    assert officer.post(PAGE).status_code == 200
    assert "Asked just now" in officer.text()
    assert cases.simulated.asked("traces", SHORT) > before
    assert officer.post(PAGE, form_token="").status_code == 403


def test_a_certificate_is_found_by_its_code_and_reference(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url)
    officer.get(DOCUMENTS)
    assert officer.heading() == "Find a certificate"
    found = officer.get(f"{DOCUMENTS}?type=n853&reference={SHORT}", follow=False)
    assert (found.status_code, found.headers["location"]) == (303, PAGE)
    for query in (
        "?type=N8&reference=x",
        "?type=N853",
        "?type=N853&reference=" + "x" * 71,
        "?type=N853&reference=a%E2%80%AEb",
    ):
        assert officer.get(DOCUMENTS + query).status_code == 422, query
        assert officer.page.find(".//div[@role='alert']") is not None
    assert officer.get(f"{DOCUMENTS}?colour=red").status_code == 422
    assert officer.get(f"{DOCUMENTS}/nope/x").status_code == 404
    assert officer.get(f"{PAGE}?cursor=elsewhere").status_code == 422


def test_what_nobody_asked_about_is_not_determined_and_markup_stays_text(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url)
    assert officer.get(f"{DOCUMENTS}/N853/{MARKUP}").status_code == 200
    assert officer.page.find(".//main//img") is None
    assert "Not determined" in officer.text()
    assert "No declaration here cites it." in officer.text()
    assert "No answer of its authority is stored." in officer.text()
    assert officer.page.xpath("//main//svg[contains(@class, 'sw-bar')]") == [], "no empty bar where no figure was told"


def test_an_auditor_reads_a_certificate_and_has_no_button(signed_in: Callable[..., Visitor]) -> None:
    auditor = signed_in("auditor")
    assert auditor.get(PAGE).status_code == 200
    assert auditor.page.xpath("//main//form") == []
    # With a token of their own, which no page of theirs has.
    assert auditor.post(PAGE, form_token=form_token(auditor.cookies[CONSOLE])).status_code == 403
    assert "Your role does not allow this." in auditor.text()
    assert "You are signed in as" in auditor.text()
    assert "This may be done by:" in auditor.text()
    assert auditor.page.xpath("//main//a[@href='/console/access']")
    assert auditor.get(NOTICES).status_code == 200
    assert auditor.get(ACCESS).status_code == 200


def test_an_operator_has_authorities_and_access_and_nothing_of_declarations(signed_in: Callable[..., Visitor]) -> None:
    operator = signed_in("operator")
    for address in (PAGE, DOCUMENTS, NOTICES):
        assert operator.get(address).status_code == 403, address
    assert operator.get(ACCESS).status_code == 200
    people = operator.page.xpath("//section[@aria-labelledby='people']//tbody/tr")
    assert any("operator" in " ".join(one.itertext()) for one in people), "whom an issuer proved"
    menu = {one.get("href") for one in operator.page.iterfind(".//nav[@class='sw-nav']//a")}
    assert "/console/authorities" in menu
    assert not menu & {DOCUMENTS, NOTICES}


def test_declarations_of_other_offices_are_a_count_alone(
    demonstration: Served, signed_in: Callable[..., Visitor]
) -> None:
    # Both gateways have one database.
    item = goods(1, "0303641000", "Frozen haddock", "600", (("N853", "CHEDP.FR.2026.0000999"),))
    Lodger(url=demonstration.url).lodged(declared("ELSEWHERE", [item], mrn=None))
    address, other = f"{DOCUMENTS}/N853/CHEDP.FR.2026.0000999", "Declarations of other offices: 1"
    here, there = signed_in("officer", offices=[OFFICE]), signed_in("officer", offices=["FR009999"])
    here.get(address)
    assert "ELSEWHERE" in here.text()
    assert other not in here.text()
    assert "not known: 1" in here.text()
    there.get(address)
    assert "ELSEWHERE" not in there.text()
    assert "not known: 0" not in there.text()
    assert [row for row in rows(there, "Declarations that cite") if other in row]
    # Notices tell of none of them, nor the queue.
    for page in (NOTICES, "/console/queue?turn=all"):
        here.get(page)
        assert "ELSEWHERE" in here.text(), page
        there.get(page)
        assert "ELSEWHERE" not in there.text(), page


def test_notices_stand_with_the_newest_first_and_lead_on_to_older_ones(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url)
    officer.get(NOTICES)
    times = officer.page.xpath("//section[@aria-labelledby='notices']//time/@datetime")
    assert len(times) > 2
    assert times == sorted(times, reverse=True)
    officer.get(f"{NOTICES}?before=3")
    assert len(officer.page.xpath("//main//ol[@class='sw-trail']/li")) == 2
    assert not officer.page.xpath("//main//a[@rel='next']")
    officer.get(f"{NOTICES}?before=999999999")
    assert officer.page.xpath("//section[@aria-labelledby='notices']//time/@datetime")[0] == times[0]
    for wrong in ("x", "-1", "1" * 19, "%D9%A1"):
        assert officer.get(f"{NOTICES}?before={wrong}").status_code == 422, wrong


@pytest.mark.parametrize("kind", ["", *NoticeKind])
def test_notices_are_filtered_by_their_kind_in_the_address(cases: Cases, kind: str) -> None:
    officer = demo_person(cases.gateway.url)
    assert officer.get(f"{NOTICES}?kind={kind}").status_code == 200
    (current,) = officer.page.xpath("//ul[@class='sw-tabs']//a[@aria-current='page']")
    assert current.get("href") == (f"{NOTICES}?kind={kind}" if kind else NOTICES)
    if kind in {"", "decided"}:
        assert officer.page.xpath("//main//ol[@class='sw-trail']/li")
        # Other tests lodge at this gateway too: further back, then.
        while f"/console/declarations/{cases.fish}" not in hrefs(officer):
            (older,) = (one for one in hrefs(officer) if "before=" in one)
            officer.get(older)
    for address in (f"{NOTICES}?kind=nothing", f"{NOTICES}?after=1", f"{NOTICES}?colour=red"):
        assert officer.get(address).status_code == 422


def test_who_may_do_what_is_the_one_table(signed_in: Callable[..., Visitor]) -> None:
    auditor = signed_in("auditor")
    auditor.get(ACCESS)
    table = rows(auditor, "Every call")
    assert len(table) == len(Call)
    named = [row.count(", ") + 1 for row in table]
    assert named == [len(WHO_MAY[call]) for call in Call]
    assert "Keys that are kept here" in auditor.text()
    officer = signed_in("officer")
    officer.get(ACCESS)
    assert "Keys that are kept here" not in officer.text(), "keys are not an officer's"


@pytest.mark.parametrize("language", ["de", "fr"])
def test_they_are_in_the_readers_language(cases: Cases, language: str) -> None:
    officer = demo_person(cases.gateway.url)
    officer.language = language
    officer.get(PAGE)
    assert {"de": "Wer daraus schöpft", "fr": "Qui l’utilise"}[language] in officer.text()
    for address in (DOCUMENTS, NOTICES, ACCESS):
        assert officer.get(address).status_code == 200
