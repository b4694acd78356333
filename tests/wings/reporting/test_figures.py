"""Indicators over HTTP: by the API, on pages down to the declarations, and as files, without what is too small."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser

from gateway.domain.errors import NotAllowed
from gateway.store.statements import STATEMENTS
from gateway.wings.reporting.indicators.period_figures import Period
from gateway.wings.reporting.indicators.rows import PeriodName
from tests.api.lodging import is_problem
from tests.builders.browser import DESK, PHONE, faults_at, led_on, opened
from tests.builders.commands import gateway_command
from tests.builders.description import documentation
from tests.builders.door import Door
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.visitor import Visitor

CALL, PAGE = "/v1/indicators", "/console/figures"
UNTIL = date(2026, 11, 5)
OCTOBER = Period.over(PeriodName.MONTH, UNTIL)
DAY = OCTOBER.first + timedelta(days=6)
NUMBERS = {
    ("lodged", "FR001260", ""): 100, ("lodged", "FR009999", ""): 41,
    ("held", "FR001260", "traces"): 30, ("held", "FR001260", "catch"): 9,
    ("held", "FR009999", "traces"): 12, ("held", "FR009999", "catch"): 25,
    ("released", "FR001260", "10m"): 77, ("released", "FR001260", "more"): 13,
    ("suspended", "FR001260", "product_safety"): 11,
}  # fmt: skip


def fill(url: str, numbers: Mapping[tuple[str, str, str], int] = NUMBERS) -> None:
    """Has the days of October counted, with these figures on one of them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM indicator_day")
        connection.execute("DELETE FROM indicator_fold")
        for day in sorted(OCTOBER.days):
            connection.execute("INSERT INTO indicator_fold (day, events, at) VALUES (%s, 0, now())", (day,))
        for (count, office, part), number in numbers.items():
            connection.execute(
                "INSERT INTO indicator_day (count, day, office, part, number) VALUES (%s, %s, %s, %s, %s)",
                (count, DAY, office, part, number),
            )
        connection.execute(STATEMENTS["indicator_sums"], {"day": DAY})


@pytest.fixture
def counted(api_database: str) -> Iterator[None]:
    """October, counted in the database of the API."""
    fill(api_database)
    yield
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("DELETE FROM indicator_fold")
        connection.execute("DELETE FROM indicator_day")


def asked(door: Door, who: str, **params: str | int) -> dict[str, Any]:
    answer = door[who].get(CALL, params={"until": str(UNTIL), **params})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def held(body: Mapping[str, Any]) -> dict[tuple[str | None, str | None], tuple[int | None, str]]:
    (one,) = [item for item in body["items"] if item["name"] == "held"]
    assert (one["counted"], one["first"], one["last"]) == (True, "2026-10-01", "2026-10-31")
    return {
        (cell["office"], cell["part"]): (cell["numerator"]["number"], cell["numerator"]["state"])
        for cell in one["cells"]
    }


@pytest.mark.usefixtures("counted")
def test_a_cell_of_nine_is_hidden_with_a_neighbour(door: Door) -> None:
    """Acceptance case 30, the second half."""
    found = held(asked(door, "auditor"))
    assert found["FR001260", "catch"] == (None, "small")
    assert found["FR001260", "traces"] == found["FR009999", "catch"] == (None, "hidden")
    assert (found["FR001260", None], found[None, "catch"], found[None, None]) == (
        (39, "given"),
        (34, "given"),
        (76, "given"),
    )
    (one,) = [item for item in asked(door, "auditor")["items"] if item["name"] == "held"]
    assert one["cells"][0] == {
        "office": None,
        "part": None,
        "numerator": {"number": 76, "state": "given"},
        "denominator": {"number": 141, "state": "given"},
        "share": "0.5390",
    }


@pytest.mark.usefixtures("counted")
def test_who_has_some_offices_reads_those_and_no_sum_of_others(door: Door) -> None:
    whole, there = held(asked(door, "auditor")), held(asked(door, "auditor there"))
    assert {office for office, _ in there} == {"FR009999"}
    assert there.items() <= whole.items()
    assert held(asked(door, "officer")) == whole


def test_what_was_not_counted_is_not_zero(door: Door, counted: None, api_database: str) -> None:
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("DELETE FROM indicator_fold WHERE day = '2026-10-31'")
    items = asked(door, "auditor")["items"]
    assert {(one["counted"], len(one["cells"])) for one in items} == {(False, 0)}


@pytest.mark.usefixtures("counted")
def test_indicators_are_paged_by_name_and_have_an_etag(door: Door) -> None:
    names, after = [], ""
    while True:
        page = asked(door, "auditor", after=after, limit=4)
        names += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert names == sorted(set(names))
    assert {"held", "lodged", "time_to_release"} <= set(names)
    read = door["auditor"].get(CALL, params={"until": str(UNTIL)})
    again = door["auditor"].get(CALL, params={"until": str(UNTIL)}, headers={"If-None-Match": read.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", read.headers["etag"])
    other = door["auditor there"].get(
        CALL, params={"until": str(UNTIL)}, headers={"If-None-Match": read.headers["etag"]}
    )
    assert other.status_code == 200
    described = documentation()["paths"][CALL]["get"]
    assert {"200", "304"} <= set(described["responses"])
    assert "If-None-Match" in {one["name"] for one in described["parameters"]}


def test_traders_and_declaration_systems_read_none(door: Door) -> None:
    for who in ("trader", "customs", "operator", "authority"):
        is_problem(door[who].get(CALL), 403, NotAllowed.code)
    assert door["nobody"].get(CALL).status_code == 401
    for fault in ({"until": "x"}, {"until": "0001-01-01"}, {"limit": "0"}, {"colour": "red"}):
        assert door["auditor"].get(CALL, params=fault).status_code == 422, fault


@pytest.fixture
def shown(web_database: str) -> Iterator[None]:
    """October, counted in the database of the pages."""
    fill(web_database)
    yield
    with psycopg.connect(web_database, autocommit=True) as connection:
        connection.execute("DELETE FROM indicator_fold")
        connection.execute("DELETE FROM indicator_day")


def rows(visitor: Visitor, table: int = -1) -> list[list[str]]:
    found = visitor.page.xpath("//main//table")[table]
    return [[" ".join(one.text_content().split()) for one in row] for row in found.xpath(".//tbody/tr")]


@pytest.mark.usefixtures("shown")
def test_an_auditor_reads_all_as_it_is_down_to_the_declarations(signed_in: Callable[..., Visitor]) -> None:
    auditor = signed_in("auditor")
    auditor.get(f"{PAGE}?until={UNTIL}")
    assert ["Held, by authority", "1 Oct 2026 to 31 Oct 2026", "76", "141", "53.9 %"] in rows(auditor)
    assert "not public" in auditor.text()
    assert auditor.page.xpath("//nav[@class='sw-nav']//a[@aria-current]/@href") == [PAGE]
    auditor.get(f"{PAGE}/held?until={UNTIL}")
    lines = rows(auditor)
    assert lines == [["FR001260", "9", "30", "39", "100", "39.0 %"], ["FR009999", "25", "12", "37", "41", "90.2 %"]]
    (link,) = auditor.page.xpath("//main//a[contains(@href, 'office=FR009999')]/@href")
    assert link == "/console/declarations?since=2026-10-01&until=2026-10-31&office=FR009999"
    assert auditor.get(link).status_code == 200


@pytest.mark.usefixtures("shown")
def test_the_drawing_stands_beside_its_table_and_says_what_was_not_counted(signed_in: Callable[..., Visitor]) -> None:
    auditor = signed_in("auditor")
    auditor.get(f"{PAGE}/lodged?until={UNTIL}&lang=en")
    periods = rows(auditor, 0)
    assert (len(periods), periods[0][1], {row[1] for row in periods[1:]}) == (12, "141", {"not yet counted"})
    assert len(auditor.page.xpath("//main//svg//rect[@class='sw-day__free']")) == 1
    auditor.get(f"{PAGE}/time_to_release?until={UNTIL}&lang=de")
    assert "bis 10 Minuten" in auditor.text()
    auditor.get(f"{PAGE}/suspended?until={UNTIL}&lang=fr")
    assert "sécurité des produits" in auditor.text()
    auditor.get(f"{PAGE}?lang=en")


@pytest.mark.usefixtures("shown")
def test_officers_read_their_offices(signed_in: Callable[..., Visitor]) -> None:
    officer = signed_in("officer", offices=["FR009999"])
    officer.get(f"{PAGE}/held?until={UNTIL}")
    assert [row[0] for row in rows(officer)] == ["FR009999"]
    assert rows(officer, 0)[0][1] == "37"
    assert signed_in("operator").get(PAGE).status_code == 403


@pytest.mark.usefixtures("shown")
def test_a_file_keeps_back_what_is_small(signed_in: Callable[..., Visitor]) -> None:
    auditor = signed_in("auditor")
    auditor.get(f"{PAGE}/held?until={UNTIL}&lang=en")
    (file,) = auditor.page.xpath("//a[@download]/@href")
    lines = list(csv.reader(io.StringIO(auditor.get(file).text.removeprefix("\ufeff"))))
    assert lines[0] == [
        "Indicator",
        "First day",
        "Last day",
        "Customs office",
        "Told apart by",
        "Number",
        "Of",
        "Share",
    ]
    cells = {(row[3], row[4]): row[5] for row in lines[1:]}
    assert (cells["all", "all"], cells["FR001260", "all"]) == ("76", "39")
    assert sorted(cells.values()).count("< 10") == 1
    assert sum("kept back" in one for one in cells.values()) == 3
    whole = auditor.get(f"{PAGE}.csv?until={UNTIL}")
    assert whole.text.count("Held, by authority") == len(lines) - 1


def test_bad_addresses_are_refused(officer: Visitor) -> None:
    for fault in ("until=x", "until=0001-01-01", "colour=red"):
        assert officer.get(f"{PAGE}?{fault}").status_code == 422, fault
    assert officer.get(f"{PAGE}/parcels").status_code == 404
    assert officer.get(f"{PAGE}.csv?indicator=parcels").status_code == 404


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_the_pages_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    addresses = [f"{PAGE}{one}" for one in (f"?until={UNTIL}", f"/held?until={UNTIL}&lang=de", f"/lodged?until={UNTIL}&lang=fr", "/lodged?lang=en")]  # fmt: skip
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, cases.gateway.url, addresses) == []


def test_a_command_counts_days_again_and_names_those_that_were_not(
    door: Door, api_database: str, counted: None
) -> None:
    environment = {"GATEWAY_DATABASE_URL": api_database}
    made = gateway_command(environment, "indicators", "count", "--from", "2026-10-07", "--until", "2026-10-08")
    assert (made.returncode, made.stdout) == (0, "2 days were counted\n"), made.stderr
    assert held(asked(door, "auditor"))[None, None] == (None, "small")
    named = gateway_command(environment, "indicators", "days")
    assert named.returncode == 0, named.stderr
    assert named.stdout.splitlines()[-1].endswith("days were counted")
