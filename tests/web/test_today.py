"""Today: what stands behind each figure and mark is what the queue and the lists show, and what is not counted says so."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from gateway.domain.mrn import with_check_character
from gateway.domain.work_list import EffectKind, HeldAge, HeldAlike, Summary, Turn
from gateway.store import Store
from gateway.web.console.day_drawings import held_bars, turns_of
from tests.builders.fish_case import DECLARANT, OFFICE, Cases, declared, goods
from tests.builders.visitor import Visitor, demo_person

TODAY, RELEASED, ACTS = "/console/today", "/console/released", "/console/acts"
ME = "first demo officer"
PLENTIFUL = "CHEDP.FR.2026.0000005"


def milk(cases: Cases, number: int) -> str:
    """A declaration that may be released."""
    items = [goods(1, "0402101900", "Milk powder", "3", (("N853", PLENTIFUL),))]
    return cases.lodger.lodged(declared(f"TODAY-{number}", items, mrn=with_check_character(f"26FR00126000{number}R")))


async def counted(cases: Cases) -> None:
    """Has the hours counted, as the job of each minute does."""
    async with Store.opened(cases.database) as store:
        await store.hours.count()


@pytest.fixture(scope="module")
def released(cases: Cases) -> str:
    """A declaration that an officer released against the decision."""
    record_id = milk(cases, 9601)
    override = {"override": {"officer": ME, "reason": "=SUM(A1) seen on paper"}}
    cases.lodger.called("POST", f"/{record_id}/release", override)
    return record_id


def figure(visitor: Visitor, name: str) -> tuple[int, str]:
    """The count of a figure, and where it leads."""
    assert visitor.page is not None
    (link,) = visitor.page.xpath(f"//ul[@class='sw-day__figures']//a[contains(., '{name}')]")
    return int(link.findtext("b")), str(link.get("href"))


def table(visitor: Visitor, heading: str) -> list[list[str]]:
    """The rows of the table of a section."""
    assert visitor.page is not None
    return [
        [" ".join(cell.text_content().split()) for cell in row.iterchildren()]
        for row in visitor.page.xpath(f"//section[@aria-labelledby='{heading}']//tbody/tr")
    ]


def file(visitor: Visitor, address: str) -> list[list[str]]:
    answer = visitor.get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_console_opens_on_today_and_the_menu_leads_back(cases: Cases, officer: Visitor) -> None:
    assert officer.get("/console").url.path == TODAY
    assert officer.page.xpath(f"//nav//a[@href='{TODAY}'][@aria-current='page']")
    assert officer.heading().startswith("Today at ")


async def test_each_bar_leads_to_as_many_rows_of_the_queue(cases: Cases, officer: Visitor, released: str) -> None:
    await counted(cases)
    officer.get(TODAY)
    yours, href = figure(officer, "Your turn")
    officer.get(href)
    (count,) = officer.page.xpath("//main//ul[@class='sw-tabs']//a[@aria-current='page']/b/text()")
    assert int(count) == yours
    with psycopg.connect(cases.database, autocommit=True) as connection:
        aged = connection.execute(
            "UPDATE declaration SET held_since = now() - interval '5 hours' WHERE id = %s", [cases.fish]
        )
        assert aged.rowcount == 1
    officer.get(TODAY)
    rows = table(officer, "held")
    bars, turns = rows[:5], rows[5:]
    assert [row[0] for row in bars] == ["up to 1 h", "1 to 4 h", "4 to 24 h", "1 to 3 days", "over 3 days"]
    assert [int(row[-1]) for row in bars] == [sum(map(int, row[1:])) for row in turns]
    assert int(bars[2][-1]) >= 1
    officer.get(f"{TODAY}?office={OFFICE}")
    marks = officer.page.xpath("//section[@aria-labelledby='held']//a/@href")
    assert marks
    for mark in marks:
        assert parse_qs(urlsplit(mark).query)["office"] == [OFFICE]
    officer.get("/console/queue?turn=all&age=24h&rows=50")
    shown = [one.get("id").removeprefix("row-") for one in officer.page.iterfind(".//tbody/tr")]
    assert cases.fish in shown
    officer.get("/console/queue?turn=all&age=1h&rows=50")
    assert cases.fish not in [one.get("id").removeprefix("row-") for one in officer.page.iterfind(".//tbody/tr")]
    assert officer.get("/console/queue?age=2h").status_code == 422


def test_what_is_refused_is_in_no_bar_and_what_has_no_turn_is_in_one() -> None:
    counts = tuple(
        HeldAlike(
            turn=turn,
            age=HeldAge.HOUR,
            effect_kind=EffectKind.HOLD,
            office=OFFICE,
            filled=True,
            own_request=own,
            held=True,
            refused=refused,
            declarations=many,
            oldest=datetime.now(UTC),
        )
        for turn, refused, own, many in (
            (None, False, False, 2),
            (Turn.NOBODY, True, False, 5),
            (Turn.OFFICER, False, False, 1),
            (Turn.OFFICER, False, True, 4),
        )
    )
    bars = held_bars(Summary(counts=counts), OFFICE)
    assert [bar.count for bar in bars] == [7, 0, 0, 0, 0]
    assert {part.kind: (part.count, part.href.partition("&")[0]) for part in bars[0].parts} == {
        "officer": (1, "/console/queue?turn=officer"),
        "second_officer": (4, "/console/queue?turn=second_officer"),
        "untold": (2, "/console/queue?turn=all"),
    }
    assert "untold" in turns_of(bars)
    assert "untold" not in turns_of(held_bars(Summary(counts=counts[1:]), ""))


async def test_what_was_released_is_counted_listed_and_taken_along(
    cases: Cases, officer: Visitor, released: str
) -> None:
    await counted(cases)
    await counted(cases)
    officer.get(TODAY)
    many, href = figure(officer, "Released")
    assert many >= 1
    hours = table(officer, "decided")
    assert sum(int(row[4]) for row in hours) == many
    head, *rows = file(officer, f"{TODAY}.csv")
    assert head == ["From", "free to be released", "held", "refused", "released"]
    assert [row[1:] for row in rows] == [row[1:] for row in hours]
    officer.get(href)
    assert officer.page.xpath(f"//tbody//a[@href='/console/declarations/{released}']")
    listed = file(officer, f"{RELEASED}.csv")
    assert ["TODAY-9601", DECLARANT, OFFICE, "All of it"] in [row[2:] for row in listed]
    for asked, found in (
        (f"declarant={DECLARANT}", True),
        ("declarant=FR00000000000000", False),
        (f"office={OFFICE}", True),
        ("office=FR009999", False),
        (f"document={PLENTIFUL.lower()}", True),
        ("document=CHEDP.FR.2026.9999999", False),
        (f"hour={datetime.now(UTC).hour}", None),
    ):
        answer = officer.get(f"{RELEASED}?{asked}")
        assert answer.status_code == 200, asked
        if found is not None:
            assert (released in answer.text) is found, asked
    for wrong in (
        "day=tomorrow",
        "day=0000-00-00",
        "hour=24",
        "hour=x",
        "before=x",
        "colour=red",
        f"document={'x' * 101}",
    ):
        assert officer.get(f"{RELEASED}?{wrong}").status_code == 422, wrong


def test_a_person_finds_their_own_acts_and_no_formula(cases: Cases, officer: Visitor, released: str) -> None:
    officer.get(ACTS)
    (link,) = officer.page.xpath(f"//tbody//a[@href='/console/declarations/{released}']")
    assert "=SUM(A1) seen on paper" in " ".join(link.getparent().getparent().itertext())
    head, *rows = file(officer, f"{ACTS}.csv")
    assert head == ["When", "What", "Declaration", "Reason", "Second officer"]
    (row,) = [one for one in rows if one[2].startswith("26FR001260009601")]
    assert (row[1], row[3]) == ("Release against the decision", "'=SUM(A1) seen on paper")
    assert released not in demo_person(cases.gateway.url, "second-officer").get(ACTS).text
    assert officer.get(f"{ACTS}?day=2026-13-01").status_code == 422


async def test_days_of_before_and_offices_of_others(cases: Cases, officer: Visitor, released: str) -> None:
    await counted(cases)
    officer.get(f"{TODAY}?span=yesterday")
    assert "Nothing was decided yesterday." in officer.text()
    officer.get(f"{TODAY}?span=week")
    assert len(table(officer, "decided")) == 1
    officer.get(f"{TODAY}?office=FR009999")
    assert figure(officer, "Released")[0] == 0
    assert officer.get(f"{TODAY}?span=year").status_code == 422


@pytest.fixture
def uncounted(cases: Cases) -> Iterator[None]:
    """Nothing was counted for an hour, then never."""
    with psycopg.connect(cases.database, autocommit=True) as connection:
        before = connection.execute("SELECT at FROM hour_count").fetchall()
        connection.execute("UPDATE hour_count SET at = now() - interval '1 hour'")
        yield
        connection.execute("DELETE FROM hour_count")
        for row in before:
            connection.execute("INSERT INTO hour_count (at) VALUES (%s)", row)


@pytest.mark.parametrize(
    ("language", "held", "decided"),
    [
        (
            "en",
            "Nothing is held at FR000404.",
            (
                "Nothing has been decided yet today.",
                "Nothing was decided yesterday.",
                "Nothing was decided in these days.",
            ),
        ),
        (
            "de",
            "Bei FR000404 ist nichts ausgesetzt.",
            (
                "Heute wurde noch nichts entschieden.",
                "Gestern wurde nichts entschieden.",
                "In diesen Tagen wurde nichts entschieden.",
            ),
        ),
        (
            "fr",
            "Rien n’est suspendu : FR000404.",
            (
                "Rien n’a encore été décidé aujourd’hui.",
                "Rien n’a été décidé hier.",
                "Rien n’a été décidé ces jours-ci.",
            ),
        ),
    ],
)
def test_a_day_without_declarations_says_so_and_draws_nothing(
    cases: Cases, officer: Visitor, language: str, held: str, decided: tuple[str, ...]
) -> None:
    for span, nothing in zip(("today", "yesterday", "week"), decided, strict=True):
        officer.get(f"{TODAY}?office=FR000404&span={span}&lang={language}")
        for section, said in (("held", held), ("decided", nothing)):
            (part,) = officer.page.xpath(f"//section[@aria-labelledby='{section}']")
            assert part.xpath("string(p)") == said
            assert not part.xpath(".//svg | .//table")
    officer.get(f"{TODAY}?lang=en")


@pytest.mark.usefixtures("uncounted")
async def test_a_count_that_stands_still_says_so(cases: Cases, officer: Visitor) -> None:
    officer.get(TODAY)
    assert "what came since is missing here" in officer.text()
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute("DELETE FROM hour_count")
    officer.get(TODAY)
    assert "is not counted yet: the figures say nothing" in officer.text()


async def test_what_was_counted_is_counted_anew_and_old_hours_go(cases: Cases, released: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO hour_figures VALUES (%s, 'OLD', '', 1, 0, 0, 0), (%s, 'GONE', '', 9, 9, 9, 9)",
            [long_ago, hour],
        )
    await counted(cases)
    with psycopg.connect(cases.database) as connection:
        assert connection.execute(
            "SELECT free + held + refused + released FROM hour_figures WHERE office = 'GONE'"
        ).fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM hour_figures WHERE office = 'OLD'").fetchone() == (0,)
