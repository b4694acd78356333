"""Several cases of one cause at once: ticked in the queue, said once, checked as a list, told case by case, and none that needs two."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders.fish_case import Cases, declared, goods
from tests.builders.running import declaration
from tests.builders.visitor import Visitor, demo_person

PLENTIFUL = "CHEDP.FR.2026.0000005"
REASON = "The consulate confirmed all of them by telephone. <script>"


def words(visitor: Visitor, path: str) -> list[str]:
    """What can be read in elements of the page, in one line each."""
    return [" ".join(one.text_content().split()) for one in visitor.page.xpath(path)]


def fish(lrn: str, place: int, version: int = 1) -> dict[str, Any]:
    """A declaration of fish with a catch certificate of its own."""
    documents = (("N853", PLENTIFUL), ("C673", f"CATCH.CC.NO.2026.09{place:05d}"))
    return declared(lrn, [goods(1, "0303632000", f"Cod {version}", "10", documents)], mrn=None, version=version)


def lrn(request: pytest.FixtureRequest, place: int) -> str:
    """The LRN of one of a test's declarations."""
    return f"S{len(request.node.name)}-{place}"


@pytest.fixture
def waiting(cases: Cases, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Four declarations that wait for CATCH, and for nothing else."""
    cases.simulated.control("catch", "POST", "/faults", fault="down")
    try:
        yield [cases.lodger.lodged(fish(lrn(request, place), place)) for place in range(4)]
    finally:
        cases.simulated.control("catch", "POST", "/faults", fault=None)


@pytest.fixture
def refused(cases: Cases) -> list[str]:
    """Two declarations that are refused, and not confirmed."""
    found = []
    with cases.gateway.client() as client:
        for lrn in ("SEVERAL-NO-1", "SEVERAL-NO-2"):
            record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
            cases.lodger.decided(record_id, 1)
            found.append(record_id)
    return found


def ticked(ids: list[str], **more: str) -> str:
    """The address that the queue leads to."""
    return "/console/several?" + "&".join([*(f"c-{one}=on" for one in ids), *(f"{n}={v}" for n, v in more.items())])


def form(visitor: Visitor) -> str:
    """Where the form of the page leads."""
    (action,) = visitor.page.xpath("//form[@id='act']/@action")
    return str(action)


def test_rows_of_the_queue_are_ticked_by_officers_alone(cases: Cases, officer: Visitor, waiting: list[str]) -> None:
    officer.get("/console/queue?turn=all&order=newest")
    boxes = officer.page.xpath("//input[@type='checkbox' and @form='several']")
    assert {f"c-{one}" for one in waiting} <= {one.get("name") for one in boxes}
    assert not any(one.get("checked") for one in boxes)
    (every,) = officer.page.xpath("//form[@id='several']/a")
    officer.get(every.get("href"))
    assert all(one.get("checked") is not None for one in officer.page.xpath("//input[@form='several']"))
    assert officer.page.xpath("//form[@id='several']/input/@value") == ["order=newest&turn=all"]
    officer.get(f"/console/find?q={waiting[0]}")
    assert officer.page.xpath("//input[@type='checkbox']") == []


def test_one_that_changed_between_form_and_check_is_named_and_the_others_are_done(
    cases: Cases, officer: Visitor, waiting: list[str], request: pytest.FixtureRequest
) -> None:
    names = [lrn(request, place) for place in range(4)]
    officer.get(ticked(waiting, queue="turn%3Dall"))
    choices = words(officer, "//ul[@class='sw-acts']/li")
    assert len(choices) == 2
    assert "Verify by hand: 4 declarationsAuthority unavailable, CATCH" in choices[0]
    officer.get(officer.page.xpath("//ul[@class='sw-acts']/li/a/@href")[0])
    assert officer.heading() == "Verify 4 documents by hand"
    action = form(officer)
    said: dict[str, Any] = {"outcome": "valid", "means": "telephone", "reason": REASON}
    assert officer.post(action, **{**said, "reason": " ", "outcome": ""}).status_code == 422
    assert "Say why, in your own words." in officer.text()

    cases.lodger.called("POST", f"/{waiting[0]}/amendments", {"Declaration": fish(names[0], 0, 2)})
    assert officer.post(action, **said).status_code == 200
    (left_out,) = words(officer, "//section[@aria-labelledby='left-out']//li")
    assert left_out.startswith(names[0])
    assert "became" in left_out
    assert len(words(officer, "//section[@aria-labelledby='cases']//li")) == 3
    assert officer.page.find(".//main//script") is None

    # Between the check and the act as well.
    cases.lodger.called("POST", f"/{waiting[1]}/amendments", {"Declaration": fish(names[1], 1, 2)})
    sent: dict[str, Any] = officer.hidden() | said | {"step": "do"}
    assert officer.post(action, **sent).status_code == 200
    assert "Done: 2 of 3" in officer.text()
    lines = {one.split()[0]: one for one in words(officer, "//ul[@class='sw-docs']/li")}
    assert "Not done" in lines[names[1]]
    assert "Nothing was done." in lines[names[1]]
    assert all("Not done" not in lines[name] and "Done" in lines[name] for name in names[2:])
    for record_id, by in zip(waiting, (False, False, True, True), strict=True):
        body = cases.lodger.called("GET", f"/{record_id}/explanation")
        assert (REASON in str(body)) is by, record_id
    # Sent once more nothing more is done.
    officer.post(action, **sent)
    assert "Done: 0 of" in officer.text()


def test_refusals_are_confirmed_once_each_declarant_was_heard(cases: Cases, refused: list[str]) -> None:
    officer = demo_person(cases.gateway.url)
    officer.get(ticked(refused))
    # There is one act for one cause: nothing is to be chosen.
    assert officer.heading() == "Confirm 2 refusals"
    refusal = cases.lodger.called("GET", f"/{refused[0]}")["decision"]["findings"][0]["message"]
    action = form(officer)
    assert officer.page.xpath("//input[@id='heard' and @checked]") == [], "nothing presets that somebody was heard"
    assert officer.post(action).status_code == 422
    assert officer.post(action, heard="yes").status_code == 200
    assert all(refusal in one for one in words(officer, "//section[@aria-labelledby='cases']//li"))
    assert officer.post(action, heard="yes", step="do").status_code == 200
    assert "Done: 2 of 2" in officer.text()
    for record_id in refused:
        officer.get(f"/console/declarations/{record_id}")
        assert words(officer, "//h2[@id='verdict']") == ["Refuse: confirmed to the declarant"]


def test_what_is_asked_again_needs_no_words(cases: Cases, officer: Visitor, waiting: list[str]) -> None:
    officer.get(ticked(waiting))
    officer.get(officer.page.xpath("//ul[@class='sw-acts']/li/a/@href")[1])
    assert officer.heading() == "Ask again about 4 declarations"
    assert officer.post(form(officer), step="do").status_code == 200
    assert "Done: 4 of 4" in officer.text()


def test_what_cannot_be_done_at_once_says_so(cases: Cases, officer: Visitor, refused: list[str]) -> None:
    officer.get("/console/several")
    assert "Nothing can be done at once" in officer.text()
    officer.get(ticked(["nothing", "00000000-0000-0000-0000-000000000000"]))
    assert "2 of those ticked are not there" in officer.text()
    # What an authority refused takes two officers to verify otherwise: it is not offered.
    officer.get(ticked(refused))
    assert "Verify" not in officer.heading()
    for address in (
        "/console/several?x=1",
        ticked([str(one) for one in range(51)]),
        ticked(refused, queue="colour%3Dred"),
    ):
        assert officer.get(address).status_code == 422, address
    trader = demo_person(cases.gateway.url, "trader")
    trader.get(ticked(refused))
    assert "Sign in" in trader.heading()
