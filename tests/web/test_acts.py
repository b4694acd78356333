"""The pages of acts, over HTTP: what is sent is done once, what is wrong is said, and nothing typed is lost."""

from typing import Any

import psycopg
import pytest

from tests.builders.fish_case import CATCH, Cases, declared, goods
from tests.builders.running import declaration, until
from tests.builders.visitor import CONSOLE, Visitor, demo_person

EVIL = "<script>alert(1)</script>"
HIDDEN = "good \u202e doog"
PLENTIFUL = "CHEDP.FR.2026.0000005"


def lodged(cases: Cases, story: str, lrn: str) -> str:
    """Lodges a story's declaration; gives its id once it is decided."""
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration(story, lrn), "application/xml", wait_s=20).body["id"])
    cases.lodger.decided(record_id, 1)
    return record_id


def held(cases: Cases, lrn: str, mrn: str | None = None) -> str:
    """Lodges two items of fish whose catch certificate nobody can be asked about."""
    items = [
        goods(1, "0303632000", "Cod", "300", (("N853", PLENTIFUL), ("C673", CATCH))),
        goods(2, "0303641000", "Haddock", "180", (("N853", PLENTIFUL), ("C673", CATCH))),
    ]
    return cases.lodger.lodged(declared(lrn, items, mrn=mrn))


def here(record_id: str, page: str = "") -> str:
    return f"/console/declarations/{record_id}{page}"


def words(visitor: Visitor) -> str:
    return visitor.text()


def kinds(cases: Cases, record_id: str) -> list[str]:
    return [one["kind"] for one in cases.lodger.called("GET", f"/{record_id}/events?limit=200")["items"]]


def faults(visitor: Visitor) -> list[str]:
    """What the error summary says, each with a link to a place that there is."""
    assert visitor.page is not None
    found = visitor.page.xpath("//div[@role='alert']//li/a")
    for one in found:
        assert visitor.page.xpath(f"//*[@id='{one.get('href')[1:]}']"), one.get("href")
    return [" ".join(one.itertext()) for one in found]


def test_an_officer_s_word_is_recorded_and_the_case_says_so(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "ACT-VERIFY")
    officer.get(here(record_id))
    links = [
        one.get("href")
        for one in officer.page.xpath("//ol[contains(@class, 'sw-stops')]//a[contains(@class, 'button')]")
    ]
    assert here(record_id, f"/verify?type=C673&reference={CATCH}") in links
    officer.get(here(record_id, f"/verify?type=C673&reference={CATCH}"))
    assert officer.page.xpath("//select[@id='document']/option[@selected]/@value") == [f"C673 {CATCH}"]
    assert officer.page.xpath("//input[@type='radio'][@checked]") == [], "nothing is preset"
    assert "items 1 and 2: “Release”" in words(officer)
    before = kinds(cases, record_id)
    answer = officer.post(
        here(record_id, "/verify"),
        document=f"C673 {CATCH}",
        outcome="valid",
        means="telephone",
        reason="Called at nine.",
    )
    assert answer.url.path == here(record_id)
    assert "Done:" in words(officer)
    assert kinds(cases, record_id)[len(before)] == "document.verified_by_officer"
    assert cases.lodger.called("GET", f"/{record_id}")["documents"][-1]["verified_by"] is not None


def test_what_is_wrong_is_said_beside_its_field_and_all_words_stay(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "ACT-WRONG")
    officer.get(here(record_id, "/verify"))
    before = kinds(cases, record_id)
    for reason, said in (
        ("", "Say why, in your own words."),
        ("x" * 10_000, "At most 512 characters; 10,000 were typed."),
        (HIDDEN, "There is a character that nobody can see (U+202E): leave it out."),
    ):
        answer = officer.post(here(record_id, "/verify"), document=f"C673 {CATCH}", reason=reason, means="paper")
        assert answer.status_code == 422
        assert faults(officer) == ["Say what you found.", said]
        assert officer.page.findtext(".//textarea") == reason
        assert officer.page.xpath("//input[@id='means-paper'][@checked]")
    answer = officer.post(
        here(record_id, "/verify"), document="N853 nothing", outcome="part", quantity="1e9", means="magic", reason=EVIL
    )
    assert answer.status_code == 422
    assert officer.page.find(".//main//script") is None
    assert officer.page.findtext(".//textarea") == EVIL
    assert officer.page.xpath("//input[@id='quantity']/@value") in ([], ["1e9"])
    assert kinds(cases, record_id) == before


def test_a_part_is_released_after_its_numbers_were_shown(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "ACT-PART", mrn="26FR001260000701R7")
    officer.get(here(record_id, "/release"))
    assert officer.page.xpath("//input[@id='quantity-1']/@value") == ["300"]
    assert officer.post(here(record_id, "/release")).status_code == 422
    assert faults(officer) == ["Choose everything, or tick at least one item.", "Say why, in your own words."]
    sent: dict[str, Any] = {"item-1": "yes", "quantity-1": "400", "reason": "perishable"}
    assert officer.post(here(record_id, "/release"), **sent).status_code == 422
    assert faults(officer) == ["400 kg is more than the 300 kg that is left of item 1."]
    before = kinds(cases, record_id)
    for twofold in ("1.000", "120,5"):
        answer = officer.post(here(record_id, "/release"), **{**sent, "quantity-1": twofold})
        assert answer.status_code == 422
        assert officer.page.xpath("//*[@id='quantity-1-fault']")
    answer = officer.post(here(record_id, "/release"), **{**sent, "quantity-1": "120.5"}, reference="R-1")
    assert answer.status_code == 200
    assert officer.heading() == "Check before you release 120.5 kg of item 1"
    assert f"120.5 kg on N853 {PLENTIFUL}, line 1: 120.5 kg in all" in words(officer)
    assert f"Nothing is written off on: C673 {CATCH}" in words(officer)
    left = [one.text_content() for one in officer.page.xpath("//section[h2='What is left after that']//li")]
    assert left == ["179.5 kg of item 1", "180 kg of item 2"]
    assert "What the declarant will read Released in part: 120.5 kg of item 1" in words(officer)
    assert kinds(cases, record_id) == before, "a check does nothing"
    assert officer.post(here(record_id, "/release"), step="do").url.path == here(record_id)
    assert "Done:" in words(officer)
    released = cases.lodger.called("GET", f"/{record_id}")["release"]
    assert [(one["goods_item"], one["quantity"]) for one in released["items"]] == [(1, "120.5")]
    assert "Released in part: 120.5 kg of 300 kg of item 1" in words(officer)
    officer.get(here(record_id, "/release"))
    assert officer.page.xpath("//input[@id='quantity-1']/@value") == ["179.5"]


def test_the_second_of_two_officers_is_told_what_the_first_one_did(cases: Cases, officer: Visitor) -> None:
    record_id, other = (
        held(cases, "ACT-TWO", mrn="26FR001260000702R6"),
        demo_person(cases.gateway.url, "second-officer"),
    )
    for visitor in (officer, other):
        visitor.get(here(record_id, "/release"))
    late = demo_person(cases.gateway.url, "second-officer")
    late.get(here(record_id, f"/verify?type=C673&reference={CATCH}"))
    officer.get(here(record_id, f"/verify?type=C673&reference={CATCH}"))
    officer.post(here(record_id, "/verify"), document=f"C673 {CATCH}", outcome="valid", means="paper", reason="seen")
    before = kinds(cases, record_id)
    answer = late.post(
        here(record_id, "/verify"), document=f"C673 {CATCH}", outcome="refused", means="paper", reason="mine, kept"
    )
    assert answer.status_code == 409
    assert "Decision 1 became 2" in words(late)
    assert "Hold became Release. Nothing was done." in words(late)
    assert late.page.findtext(".//textarea") == "mine, kept"
    sent: dict[str, Any] = {"item-1": "yes", "quantity-1": "300", "reason": "kept, too"}
    answer = other.post(here(record_id, "/release"), **sent)
    assert answer.status_code == 409
    assert "Decision 1 became 2" in words(other)
    assert kinds(cases, record_id) == before
    # What was read is what stands: but the goods are gone.
    for visitor in (officer, other):
        visitor.get(here(record_id, "/release"))
        visitor.post(here(record_id, "/release"), what="all")
    officer.post(here(record_id, "/release"), step="do")
    answer = other.post(here(record_id, "/release"), step="do")
    assert answer.status_code == 409, "the very same release is not done twice"
    assert "This was done before, by you or by somebody else." in words(other)
    assert kinds(cases, record_id).count("release.received") == 1


def test_a_refusal_is_overridden_by_two_and_nobody_approves_their_own(cases: Cases, officer: Visitor) -> None:
    record_id, other = lodged(cases, "03", "ACT-OVERRIDE"), demo_person(cases.gateway.url, "second-officer")
    officer.get(here(record_id))
    assert officer.page.xpath(f"//a[@href='{here(record_id, '/override')}']")
    officer.get(here(record_id, "/release"))
    assert officer.heading() == "Release against a refusal"
    assert officer.page.xpath("//input[@name='what'][@checked]/@value") == ["all"]
    asked = officer.post(here(record_id, "/override"), what="all", reason=EVIL)
    path = asked.url.path
    assert path.startswith("/console/approvals/")
    assert "You asked this yourself. Another officer has to answer." in words(officer)
    assert officer.page.xpath("//main//form/@action") == [f"{path}/withdraw"]
    # Their own request under a form of somebody else's.
    assert officer.post(path, approve="true").status_code == 422
    assert "The second officer is another person than you." in words(officer)
    other.get("/console/queue")
    assert "waiting for you" in words(other)
    other.get("/console/approvals")
    assert path in other.page.xpath("//main//table//a/@href")
    (first, second, last) = (" ".join(one.text_content().split()) for one in other.page.xpath("//main//nav//li"))
    assert (int(first.removeprefix("Waiting for you ")) > 0, second, last) == (
        True,
        "Yours, waiting for others 0",
        "Answered",
    )
    for one, tab, said in ((officer, "second_officer", "A second officer"), (other, "officer", "You")):
        shown = {}
        for turn in ("officer", "second_officer", "all"):
            one.get(f"/console/queue?turn={turn}&rows=50")
            shown[turn] = [
                " ".join(row.text_content().split()) for row in one.page.xpath(f"//*[@id='turn-{record_id}']")
            ]
            (count,) = one.page.xpath("//main//a[@aria-current='page']/b/text()")
            assert int(count) == len(one.page.findall(".//tbody/tr")), "the tab counts its rows"
        assert {turn for turn, found in shown.items() if found} == {tab, "all"}
        assert all(found[0].startswith(said) for found in shown.values() if found)
    other.get(path)
    assert other.page.xpath("//input[@type='radio'][@checked]") == [], "nothing presets an answer"
    assert EVIL in words(other)
    assert other.page.find(".//main//script") is None
    assert other.post(path).status_code == 422
    assert other.post(path, approve=["false", "true"], reason="one").status_code == 422
    assert "What was sent says one thing twice" in words(other)
    assert "release.received" not in kinds(cases, record_id)
    other.get(path)
    assert other.post(path, approve="false").status_code == 422
    assert faults(other) == ["Say why you reject it."]
    slow = demo_person(cases.gateway.url, "second-officer")
    slow.get(path)
    assert other.post(path, approve="true", reason="seen").status_code == 200
    assert "This was approved, and is carried out." in words(other)
    answer = slow.post(path, approve="false", reason="too late, kept")
    assert answer.status_code == 409
    assert "This request has ended" in words(slow)
    assert "too late, kept" in words(slow)
    assert kinds(cases, record_id).count("release.received") == 1


def test_an_order_is_taken_back_by_whoever_gave_it_and_is_void_once_the_declaration_changes(
    cases: Cases, officer: Visitor
) -> None:
    record_id, other = lodged(cases, "03", "ACT-VOID"), demo_person(cases.gateway.url, "second-officer")
    officer.get(here(record_id, "/override"))
    path = officer.post(here(record_id, "/override"), what="all", reason="one").url.path
    assert other.get(path).status_code == 200
    assert other.post(f"{path}/withdraw").status_code == 403
    officer.get(path)
    officer.post(f"{path}/withdraw")
    assert "taken back" in words(officer)
    officer.get(here(record_id, "/override"))
    again = officer.post(here(record_id, "/override"), what="all", reason="two").url.path
    assert again != path
    other.get(again)
    assert "Nothing has changed" in words(other)
    officer.get(here(record_id, "/confirm"))
    officer.post(here(record_id, "/confirm"), heard="yes")
    other.get(again)
    assert "Customs confirmed decision 1" in words(other)
    assert "Nothing has changed" not in words(other)
    officer.get(here(record_id))
    assert officer.page.xpath("//ol[contains(@class, 'sw-stops')]//a[contains(@class, 'govuk-button')]") == []
    assert officer.page.xpath(f"//main//li//a[@href='{here(record_id, '/override')}']"), "it stands in the list"
    document = next(d for d in cases.lodger.called("GET", f"/{record_id}")["documents"] if d["status"] == "refused")
    named = f"{document['type']} {document['reference']}"
    officer.get(here(record_id, "/verify"))
    word = officer.post(here(record_id, "/verify"), document=named, outcome="valid", means="paper", reason="it erred")
    assert word.url.path.startswith("/console/approvals/"), "against an authority's no it takes two"
    second = demo_person(cases.gateway.url, "second-officer")
    second.get(word.url.path)
    second.post(word.url.path, approve="true")
    cases.lodger.decided(record_id, 2)
    assert other.post(again, approve="true", reason="kept").status_code == 409
    assert "What this is about has changed since." in words(other)


def test_a_refusal_is_confirmed_by_whoever_says_that_the_declarant_was_heard(cases: Cases, officer: Visitor) -> None:
    record_id = lodged(cases, "03", "ACT-CONFIRM")
    officer.get(here(record_id, "/confirm"))
    other = demo_person(cases.gateway.url, "second-officer")
    other.get(here(record_id, "/confirm"))
    assert "What the declarant will read" in words(officer)
    assert officer.post(here(record_id, "/confirm")).status_code == 422
    assert faults(officer)[0].startswith("Tick that the declarant was heard.")
    assert officer.post(here(record_id, "/confirm"), heard="yes").url.path == here(record_id)
    assert "Done:" in words(officer)
    body = cases.lodger.called("GET", f"/{record_id}")
    assert body["confirmed"] is True
    assert other.post(here(record_id, "/confirm"), heard="yes").status_code == 409
    assert "This was done before" in words(other)
    assert "Mend this first" not in words(other)
    assert kinds(cases, record_id).count("decision.confirmed") == 1
    assert officer.get(here(record_id, "/confirm")).status_code == 409
    assert officer.get(here(cases.fish, "/confirm")).status_code == 409
    assert "Nothing is refused." in words(officer)


def test_customs_accepts_and_announces_an_examination(cases: Cases, officer: Visitor) -> None:
    record_id = lodged(cases, "08", "ACT-ACCEPT")
    officer.get(here(record_id, "/accept"))
    assert officer.post(here(record_id, "/accept"), mrn="x", accepted_at="soon").status_code == 422
    assert len(faults(officer)) == 2
    officer.post(here(record_id, "/accept"), mrn="26FR001260000703R5", accepted_at="2999-01-01T10:00")
    assert faults(officer) == ["This lies in the future."]
    for year in ("0001", "9999"):
        at = f"{year}-12-31T23:59" if year == "9999" else f"{year}-01-01T00:00"
        assert officer.post(here(record_id, "/accept"), mrn="26FR001260000703R5", accepted_at=at).status_code == 422
    officer.get(here(record_id, "/control"))
    assert officer.post(here(record_id, "/control"), reference="y" * 10_000).status_code == 422
    officer.post(here(record_id, "/control"), reference="E-1")
    assert "Done:" in words(officer)
    officer.get(here(record_id, "/control"))
    assert officer.heading() == "The examination has ended"
    officer.post(here(record_id, "/control"), result="in order")
    assert faults(officer) == ["Say how it ended."]
    officer.post(here(record_id, "/control"), ended="took_place", result="in order")
    events = kinds(cases, record_id)
    assert events[-4:] == ["control.announced", "control.ordered", "control.took_place", "control.changed"]


def test_customs_withdraws_an_examination_of_the_documents_of_some_goods(cases: Cases, officer: Visitor) -> None:
    items = [goods(number, "0303632000", "Cod", "3", (("N853", PLENTIFUL),)) for number in (1, 2)]
    record_id = cases.lodger.lodged(declared("ACT-EXAMINED", items, mrn="26FR001260000719R4"))
    officer.get(here(record_id, "/control"))
    officer.post(here(record_id, "/control"), of="documents", items="1, 9")
    assert faults(officer) == ["The declaration has no goods item 9."]
    officer.post(here(record_id, "/control"), of="documents", items="1")
    officer.get(here(record_id, "/release"))
    assert "Item 1: Customs announced an examination" in words(officer)
    assert "item-1" not in str(officer.page.xpath("//input/@name"))
    officer.get(here(record_id, "/control"))
    officer.post(here(record_id, "/control"), ended="withdrawn")
    assert faults(officer) == ["Say why, in your own words."]
    officer.post(here(record_id, "/control"), ended="withdrawn", result="not needed")
    events = kinds(cases, record_id)
    assert events[-4:] == ["control.announced", "control.ordered", "control.withdrawn", "control.changed"]


def test_two_let_a_write_off_stand_whose_goods_are_out(cases: Cases, officer: Visitor) -> None:
    items = [goods(1, "0303632000", "Cod", "3", (("N853", PLENTIFUL),))]
    record_id = cases.lodger.lodged(declared("ACT-OUT", items, mrn="26FR001260000707R1"))
    officer.get(here(record_id, "/intervene"))
    assert officer.page.xpath("//input[@name='kind']/@value") == ["force", "amend", "delete"]
    cases.lodger.called("POST", f"/{record_id}/release", {"override": {"officer": "one", "reason": "seen"}})
    until(lambda: cases.lodger.called("GET", f"/{record_id}")["release"], "released")
    cases.lodger.called("POST", f"/{record_id}/invalidation", {"grounds": "declared_twice"})
    until(lambda: cases.lodger.called("GET", f"/{record_id}")["state"] == "decided" or None, "it waits")
    officer.get(here(record_id))
    assert "Being invalidated: The goods were declared twice by mistake" in words(officer)
    officer.get(here(record_id, f"/intervene?type=N853&reference={PLENTIFUL}"))
    assert "Let the write-off stand: the goods are out" in words(officer)
    sent: dict[str, Any] = {
        "kind": "keep",
        "reason": "they are sold",
        "document": f"N853 {PLENTIFUL}",
        "lines_of": f"N853 {PLENTIFUL}",
    }
    path = officer.post(here(record_id, "/intervene"), **sent).url.path
    assert path.startswith("/console/approvals/"), words(officer)
    other = demo_person(cases.gateway.url, "second-officer")
    other.get(path)
    assert "Nothing is sent to the authority" in words(other)
    other.post(path, approve="true")
    until(lambda: cases.lodger.called("GET", f"/{record_id}")["state"] == "invalidated" or None, "invalidated")
    officer.get(here(record_id))
    assert "Invalidated: The goods were declared twice by mistake" in words(officer)


def test_a_write_off_is_changed_by_two(cases: Cases, officer: Visitor) -> None:
    record_id, other = (
        held(cases, "ACT-LEDGER", mrn="26FR001260000704R4"),
        demo_person(cases.gateway.url, "second-officer"),
    )
    officer.get(here(record_id, f"/intervene?type=N853&reference={PLENTIFUL}"))
    assert officer.post(here(record_id, "/intervene"), document=f"N853 {PLENTIFUL}", kind="force").status_code == 422
    assert "Say how much is written off afterwards, on at least one line." in faults(officer)
    assert "Say why, in your own words." in faults(officer)
    filled: dict[str, Any] = {"after-1-1": "12", "document": f"C673 {CATCH}"}
    assert officer.post(here(record_id, "/intervene"), **filled).status_code == 422
    assert "The document was changed: its lines are shown now. Fill them in." in faults(officer)
    officer.get(here(record_id, f"/intervene?type=N853&reference={PLENTIFUL}"))
    sent: dict[str, Any] = {"after-1-1": "12", "kind": "force", "reason": "counted", "document": f"N853 {PLENTIFUL}"}
    path = officer.post(here(record_id, "/intervene"), **sent).url.path
    assert path.startswith("/console/approvals/"), words(officer)
    other.get(path)
    assert "Item 1, line 1: 12 kg afterwards" in words(other)
    other.post(path, approve="true")
    assert "intervention.received" in kinds(cases, record_id)


def test_the_authorities_are_asked_again_once_a_minute(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "ACT-AGAIN")
    officer.get(here(record_id))
    answer = officer.post(here(record_id, "/assess"))
    assert answer.url.path == here(record_id)
    assert "The authorities were asked again" in words(officer)
    officer.get(here(record_id))
    again = officer.post(here(record_id, "/assess"))
    assert again.status_code == 429
    assert "asked about this declaration a moment ago" in words(officer)
    assert "Try again in" in words(officer)
    assert int(again.headers["retry-after"]) > 0
    assert officer.page.xpath(f"//main//a[@href='{here(record_id)}']"), "the case"
    assert officer.page.xpath("//nav//a[@href='/console/queue']"), "the menu"
    officer.get(here(record_id))
    token = officer.page.xpath("//input[@name='form_token']/@value")[0]
    officer.page = None
    assert officer.post(here(record_id, "/assess"), form_token=token).status_code == 422
    assert "What was sent is not what this page sends." in words(officer)
    assert officer.get(here(record_id, "/assess")).url.path == here(record_id)


@pytest.mark.parametrize(
    "page", ["verify", "release", "override", "confirm", "accept", "control", "intervene", "assess"]
)
def test_no_page_takes_a_form_that_is_none_of_ours(cases: Cases, officer: Visitor, page: str) -> None:
    officer.get(here(cases.fish))
    before = kinds(cases, cases.fish)
    address = here(cases.fish, f"/{page}")
    assert officer.post(address, form_token="0" * 64).status_code == 403
    officer.get(here(cases.fish))
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert officer.post(address, headers=elsewhere).status_code == 403
    assert kinds(cases, cases.fish) == before
    trader = demo_person(cases.gateway.url, "trader")
    trader.get(address)
    assert "Sign in" in trader.heading()


def test_an_act_leads_back_to_the_queue_that_the_case_was_opened_from(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "ACT-QUEUE")
    back = "?queue=order%3Dnewest%26turn%3Dall"
    officer.get(here(record_id, back))
    (href, *_) = officer.page.xpath(f"//main//a[starts-with(@href, '{here(record_id, '/verify')}')]/@href")
    officer.get(href)
    assert officer.page.xpath(f"//nav/a[@href='{here(record_id, back)}']")
    sent: dict[str, Any] = {"document": f"C673 {CATCH}", "outcome": "valid", "means": "paper", "reason": "seen"}
    answer = officer.post(href, **sent)
    assert answer.url.path == here(record_id)
    assert "Done:" in words(officer)
    assert officer.page.xpath("//nav/a[@href='/console/queue?order=newest&turn=all']")
    assert officer.get(here(record_id, "?queue=turn%3Dall%26turn%3Dnobody")).status_code == 422


def test_only_whoever_did_it_reads_that_it_is_done(cases: Cases, officer: Visitor) -> None:
    officer.get(here(cases.fish, "?done=1"))
    assert "Done:" not in words(officer)
    officer.get(here(cases.fish, "?done=99"))
    assert "Done:" not in words(officer)


def test_words_of_somebody_who_was_signed_out_meanwhile_stand_there_again(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "ACT-DRAFT")
    officer.get(here(record_id, "/verify"))
    page, kept = officer.page, dict(officer.cookies)
    away = Visitor(cases.gateway.url, cookies=dict(officer.cookies))
    away.get("/sign-out?room=console")
    away.post("/sign-out")
    officer.cookies, officer.page = kept, page
    before = kinds(cases, record_id)
    sent: dict[str, Any] = {
        "document": f"C673 {CATCH}",
        "outcome": "valid",
        "means": "paper",
        "reason": "Ich war’s nicht <b>",
    }
    answer = officer.post(here(record_id, "/verify"), **sent)
    assert answer.url.path == "/sign-in"
    assert kinds(cases, record_id) == before
    assert f"{CONSOLE}-ended" in officer.cookies
    # Another person at the same browser gets none of it.
    other = Visitor(cases.gateway.url, cookies=dict(officer.cookies))
    answer = officer.post("/sign-in/demo", person="first-officer")
    assert answer.url.path == here(record_id, "/verify")
    assert officer.page.findtext(".//textarea") == sent["reason"]
    assert officer.page.xpath("//input[@id='outcome-valid'][@checked]")
    assert "your words stand here again" in words(officer)
    other.get("/sign-in")
    other.post("/sign-in/demo", person="second-officer")
    other.get(here(record_id, "/verify"))
    assert not other.page.findtext(".//textarea")
    officer.post(here(record_id, "/verify"), **sent)
    assert "Done:" in words(officer)
    officer.get(here(record_id, "/verify"))
    assert not officer.page.findtext(".//textarea"), "it is erased at sending"


@pytest.mark.parametrize(
    ("language", "heading"), [("de", "Eine Unterlage selbst prüfen"), ("fr", "Vérifier un document par vous-même")]
)
def test_acts_are_in_their_reader_s_language(cases: Cases, officer: Visitor, language: str, heading: str) -> None:
    officer.language = language
    officer.get(here(cases.fish, "/verify"))
    assert officer.heading() == heading


@pytest.mark.whole
def test_nothing_typed_is_lost_while_the_database_does_not_answer(cases: Cases, officer: Visitor) -> None:
    record_id, trader = held(cases, "ACT-AWAY"), demo_person(cases.gateway.url, "trader")
    officer.get(here(record_id, "/verify"))
    before = kinds(cases, record_id)
    sent: dict[str, Any] = {"document": f"C673 {CATCH}", "outcome": "valid", "means": "paper", "reason": "kept <b>"}
    with psycopg.connect(cases.database) as connection:
        connection.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        assert officer.post(here(record_id, "/verify"), **sent).status_code == 503
        assert trader.get("/declarations").status_code == 503
    assert "Sign in" not in words(trader), "who they are is in doubt, not that they are somebody"
    assert "kept <b>" in words(officer)
    assert kinds(cases, record_id) == before
    assert "Send it again" in words(officer)
    officer.post(here(record_id, "/verify"))
    assert "Done:" in words(officer)
