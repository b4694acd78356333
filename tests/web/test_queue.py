"""The queue of held declarations and the find box, read over HTTP by demo officers."""

import pytest

from tests.builders.running import Served, declaration, settled
from tests.builders.visitor import Visitor, demo_person

LODGED = ("QUEUE-A01", "QUEUE-B02")


@pytest.fixture(scope="module")
def held(demonstration: Served) -> dict[str, str]:
    """The ids of declarations that are held, since their authorities are nowhere, by their LRN."""
    ids = {}
    with demonstration.client() as client:
        for lrn in LODGED:
            reply = client.lodge(declaration("01", lrn), "application/xml", wait_s=20)
            assert settled(client, reply.body["id"]).effect == "hold"
            ids[lrn] = reply.body["id"]
    return ids


@pytest.fixture
def officer(demonstration: Served) -> Visitor:
    """The first demo officer, signed in."""
    return demo_person(demonstration.url)


def rows(visitor: Visitor) -> list[str]:
    """The ids of the declarations that stand in rows."""
    assert visitor.page is not None
    return [one.get("id").removeprefix("row-") for one in visitor.page.iterfind(".//tbody/tr")]


def test_what_waits_for_nobody_stands_under_its_own_tab(officer: Visitor, held: dict[str, str]) -> None:
    assert officer.get("/console/queue").status_code == 200
    assert not set(rows(officer)) & set(held.values())
    for address in ("/console/queue?turn=nobody", "/console/queue?turn=all"):
        officer.get(address)
        # The oldest first.
        assert [one for one in rows(officer) if one in held.values()] == list(held.values())
    assert "Nobody" in officer.text()
    assert "TRACES, asked again" in officer.text()


def test_the_address_is_what_is_shown(officer: Visitor, held: dict[str, str]) -> None:
    officer.get("/console/queue?turn=all&authority=catch")
    assert not set(rows(officer)) & set(held.values())
    officer.get("/console/queue?turn=all&authority=traces&order=newest")
    assert [one for one in rows(officer) if one in held.values()] == list(held.values())[::-1]
    officer.get("/console/queue?turn=all&office=FR009999")
    assert rows(officer) == []
    assert "Nothing is held at FR009999." in officer.text()


def test_what_the_queue_has_not_is_refused(officer: Visitor) -> None:
    for address in ("?turn=everybody", "?order=best", "?colour=red", "?cursor=elsewhere"):
        assert officer.get(f"/console/queue{address}").status_code == 422
    for name in ("office", "finding", "authority", "cursor"):
        assert officer.get(f"/console/queue?turn=all&{name}={'x' * 10_000}").status_code == 422
        assert "xxx" not in officer.text()


def test_no_parameter_stands_twice_in_the_address_of_a_page(officer: Visitor) -> None:
    for address in ("queue?turn=all&turn=all", "queue/live?turn=all&turn=all", "find?q=a&q=b", "queue?lang=en&lang=de"):
        assert officer.get(f"/console/{address}").status_code == 422, address


def test_foreign_text_in_the_address_stays_text(officer: Visitor) -> None:
    assert officer.get("/console/queue?turn=all&office=%3Cscript%3Ealert(1)%3C/script%3E").status_code == 200
    assert officer.page.find(".//main//script") is None
    assert "<script>alert(1)</script>" in officer.text()


def test_the_last_six_characters_lead_to_the_case(officer: Visitor, held: dict[str, str]) -> None:
    answer = officer.get("/console/find?q=EUE-A01", follow=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/declarations/{held['QUEUE-A01']}")
    officer.get("/console/find?q=EUE-A01,EUE-B02")
    assert set(rows(officer)) == set(held.values())
    for asked, told in (("zzzzzz", "Nothing was found for “zzzzzz”"), ("A01", "is too short"), ("", "Type the last 6")):
        officer.get(f"/console/find?q={asked}")
        assert told in officer.text()


@pytest.mark.parametrize("language", ["de", "fr"])
def test_it_is_in_the_readers_language(officer: Visitor, held: dict[str, str], language: str) -> None:
    officer.language = language
    officer.get("/console/queue?turn=all")
    assert {"de": "Ausgesetzt bei", "fr": "Mainlevée suspendue"}[language] in officer.heading()


def test_a_trader_is_nobody_here(demonstration: Served) -> None:
    trader = demo_person(demonstration.url, "trader")
    trader.get("/console/queue")
    assert "Sign in" in trader.heading()
