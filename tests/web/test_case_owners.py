"""Work that is shared: a case is taken with a line about it, shown to the others, and given back."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor, demo_person

EVIL = "<b>call</b> \u05d0 back"


@pytest.fixture
def case(cases: Cases, request: pytest.FixtureRequest) -> str:
    items = [goods(1, "0303632000", "Frozen cod", "7", (("N853", "CHEDP.FR.2026.0000117"),))]
    return cases.lodger.lodged(declared(f"OWN-{abs(hash(request.node.name)) % 10**8}", items, mrn=None))


@pytest.fixture
def second(cases: Cases) -> Visitor:
    return demo_person(cases.gateway.url, "second-officer")


def here(case: str) -> str:
    return f"/console/declarations/{case}"


def take(visitor: Visitor, case: str, note: str = "") -> int:
    visitor.get(here(case))
    return int(visitor.post(f"{here(case)}/owner", step="take", note=note).status_code)


def row(visitor: Visitor, case: str) -> str:
    visitor.get("/console/queue?turn=all&order=newest&rows=50")
    return " ".join(visitor.page.get_element_by_id(f"row-{case}").text_content().split())


def test_a_case_is_taken_shown_to_others_and_given_back(officer: Visitor, second: Visitor, case: str) -> None:
    assert take(officer, case, EVIL) == 200
    assert "You have this case since" in officer.text()
    assert EVIL in officer.text()
    assert officer.page.xpath("//main//b[text()='call']") == []
    assert f"first demo officer: {EVIL}" in row(second, case)
    second.get(here(case))
    assert "first demo officer has this case since" in second.text()
    assert not second.page.xpath("//button[@value='take']")
    # Another's is not given back by a form that was made by hand.
    second.post(f"{here(case)}/owner", step="give_back")
    assert "first demo officer has this case since" in second.text()
    officer.get(here(case))
    officer.post(f"{here(case)}/owner", step="give_back")
    assert "has this case" not in row(second, case)
    assert "first demo officer:" not in row(second, case)


def test_the_second_of_two_is_told_who_has_it(officer: Visitor, second: Visitor, case: str) -> None:
    for visitor in (officer, second):
        visitor.get(here(case))
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda one: one.post(f"{here(case)}/owner", step="take", note="mine"), (officer, second))
        )
    assert sorted(one.status_code for one in answers) == [200, 409]
    first, told = (officer, second) if answers[1].status_code == 409 else (second, officer)
    assert "You have this case since" in first.text()
    assert "has this case since" in told.text()
    assert "Nothing was done." in told.text()
    assert "mine" in told.text(), "their line is kept"


def test_it_is_given_back_by_itself_after_the_hours_of_the_row(
    officer: Visitor, second: Visitor, cases: Cases, case: str
) -> None:
    assert take(officer, case) == 200
    with psycopg.connect(cases.database, autocommit=True) as connection:
        (hours,) = connection.execute(
            "SELECT extract(epoch FROM until - since) / 3600 FROM case_owner WHERE declaration_id = %s", (case,)
        ).fetchone() or (0,)
        assert round(hours) == 8
        connection.execute("UPDATE case_owner SET until = now() WHERE declaration_id = %s", (case,))
    assert "first demo officer" not in row(second, case)
    assert take(second, case) == 200
    assert "You have this case since" in second.text()


def test_who_else_has_it_open_is_told_as_of_the_page(
    officer: Visitor, second: Visitor, trader: Visitor, case: str
) -> None:
    trader.get(f"/declarations/{case}")
    officer.get(here(case))
    assert "Also opened" not in officer.text()
    second.get(here(case))
    assert "Also opened in the last 10 minutes, by first demo officer" in second.text()
    officer.get(here(case))
    assert "by second demo officer" in officer.text()


@pytest.mark.parametrize("note", ["x" * 101, "a\u202eb"])
def test_a_line_that_cannot_be_read_is_refused_with_the_words_kept(officer: Visitor, case: str, note: str) -> None:
    officer.get(here(case))
    assert officer.post(f"{here(case)}/owner", step="take", note=note).status_code == 422
    assert "The case was not taken" in officer.text()
    officer.get(here(case))
    assert "You have this case" not in officer.text()


def test_traders_and_auditors_are_told_nothing_and_take_nothing(trader: Visitor, officer: Visitor, case: str) -> None:
    take(officer, case, "for officers")
    trader.get(f"/declarations/{case}")
    assert "for officers" not in trader.text()
    assert (
        trader.post(f"{here(case)}/owner", step="take").status_code in {401, 403, 404} or "Sign in" in trader.heading()
    )
    officer.get(f"{here(case)}/print")
    assert "for officers" not in officer.text()


def test_a_case_is_taken_and_given_back_by_calls_as_by_pages(officer: Visitor, cases: Cases, case: str) -> None:
    address = f"/v1/declarations/{case}/owner"
    with httpx.Client(base_url=cases.gateway.url, trust_env=False) as client:
        assert client.get(address).json()["owner"] is None
        take(officer, case, "by the page")
        taken = client.get(address).json()["owner"]
        assert (taken["person"], taken["note"]) == ("first demo officer", "by the page")
        refused = client.post(address, json={"officer": "Al"})
        assert (refused.status_code, refused.json()["code"]) == (409, "SW-API-643")
        assert "first demo officer has this case until" in refused.json()["detail"]
        # Another's stays another's.
        assert client.delete(address, params={"officer": "Al"}).json()["owner"] == taken
        officer.get(here(case))
        officer.post(f"{here(case)}/owner", step="give_back")
        mine = client.post(address, json={"officer": "Al", "note": " a  line "}).json()["owner"]
        assert (mine["person"], mine["note"]) == ("Al", "a line")
        assert client.post(address, json={"officer": "Al", "note": "x" * 101}).status_code == 422
        assert client.delete(address, params={"officer": "Al"}).json()["owner"] is None


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Sie haben diesen Fall seit"), ("fr", "Vous avez ce dossier depuis")]
)
def test_it_reads_so_in_other_languages(officer: Visitor, case: str, language: str, said: str) -> None:
    officer.language = language
    assert take(officer, case) == 200
    assert said in officer.text()
