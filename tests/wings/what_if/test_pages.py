"""Reports in the console: what the shadow rules would have changed, and the reports that the command kept."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from playwright.async_api import Browser

from gateway.history.tally import Fault
from gateway.wings.what_if.pages import SHADOW, WHAT_IF
from tests.builders.browser import DESK, PHONE, faults_at, led_on, opened
from tests.builders.extent import part
from tests.builders.fish_case import Cases
from tests.builders.replaying import replay
from tests.builders.visitor import Visitor


@pytest.fixture(scope="module")
def kept(cases: Cases) -> str:
    """The address of a report that the command kept."""
    since = (datetime.now(UTC) - timedelta(days=1)).date()
    done = replay(cases.database, f"--since={since}", "--shadow", "--report")
    (address,) = re.findall(r"^The report: (/console/what-if/[0-9a-f-]+)$", done.stderr, re.MULTILINE)
    return str(address)


@pytest.mark.whole
def test_the_shadow_rules_are_counted_for_the_days_that_the_address_names(officer: Visitor, cases: Cases) -> None:
    officer.get(SHADOW)
    assert "Choose the days" in officer.text()
    today = datetime.now(UTC).date()
    assert (
        officer.get(f"{SHADOW}?since={today - timedelta(days=1)}&until={today + timedelta(days=1)}").status_code == 200
    )
    assert re.search(r"Of [\d,]+ decisions", officer.page.findtext(".//h2"))
    (since,) = officer.page.xpath("//input[@name='since']/@value")
    assert since == str(today - timedelta(days=1))
    told = httpx.get(f"{cases.gateway.url}/v1/shadow?since={since}", trust_env=False).json()
    cells = [
        "".join(one.text_content().split()).replace(",", "")
        for one in officer.page.xpath("//section[@aria-labelledby='result']//td")
    ]
    counts = {(one["from"], one["to"]): one["count"] for one in told["effects"]}
    effects = ("release", "hold", "refuse")
    assert cells == [str(counts.get((was, now), 0)) for was in effects for now in effects]
    for wrong in (
        "since=yesterday",
        f"since={today}&until={today - timedelta(days=2)}",
        "until=2026-11-24",
        "since=" + "2" * 99,
    ):
        assert officer.get(f"{SHADOW}?{wrong}").status_code == 422, wrong
        assert officer.page.xpath("//*[@role='alert']//a/@href") == ["#since"]


def test_a_report_that_the_command_kept_is_listed_and_shown(officer: Visitor, kept: str) -> None:
    officer.get(WHAT_IF)
    assert kept in officer.page.xpath("//main//a/@href")
    officer.get(kept)
    assert officer.heading() == "The shadow rules, had they counted"
    assert re.search(r"Of [\d,]+ decisions", officer.page.findtext(".//h2"))
    for one in officer.page.xpath("//main//td//a/@href")[:2]:
        assert officer.get(one).status_code == 200, one
    for nowhere in (f"{WHAT_IF}/x", f"{WHAT_IF}/00000000-0000-4000-8000-000000000000"):
        assert officer.get(nowhere).status_code == 404
    for path in (f"{WHAT_IF}?x=1", f"{kept}?x=1"):
        assert officer.get(path).status_code == 422


def test_who_may_not_count_reads_no_report_and_who_may_not_read_cases_none(signed_in: Callable[[str], Visitor]) -> None:
    for path in (SHADOW, WHAT_IF):
        assert signed_in("auditor").get(path).status_code == 200
        stranger = signed_in("trader")
        stranger.get(path)
        assert "Sign in" in stranger.heading()
    # An operator may not open cases, so no example is a link.
    operator = signed_in("operator")
    operator.get(f"{SHADOW}?since=2026-01-01")
    assert operator.page.xpath("//main//a[starts-with(@href, '/console/declarations')]") == []


@pytest.fixture(scope="module")
def telling(cases: Cases) -> str:
    """The address of a kept report in which something of every kind is told."""
    name = f"{cases.fish}/3"
    one, share = {"count": 1, "examples": [name]}, {"decisions": 2_000, "changed": 7, "effect_changed": 3}
    figures = {
        "decisions": 12_406, "same": 12_390, "changed": {"count": 15, "examples": [name]}, "wording_only": one,
        "effects": [{"from": "release", "to": "hold", "count": 9, "examples": [name]}, {"from": "hold", "to": "hold", **one}],
        "rules": [
            {"code": code, "decisions": {"count": count, "examples": [name]}, "flips": one, "findings": steps}
            for code, count, steps in (
                ("SW-DEC-047", 9, [{"from": None, "to": "shadow hold", "count": 9}]),
                ("SW-DEC-010", 2, [{"from": "hold, documents", "to": "hold, control", "count": 2}]),
            )
        ],
        "explained_by": [{"code": "SW-DEC-047", "row": "findings.toml:5", **one}],
        "nobody_was_asked": {"N853": one}, "nobody_reserved": [{"to": "hold", "once_reserved": "release", **one}],
        "not_recomputed": dict.fromkeys(Fault, one), "tables_not_stored": {"2026.10": 3},
        "directions": [{"name": "import", **share}], "authorities": [{"name": "none", **share}, {"name": "traces", **share}],
        "days": [{"name": "2026-11-26", **share}],
    }  # fmt: skip
    with psycopg.connect(cases.database, autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO what_if_report (asked_by, question, since, until, tables_version, tables_digest, rules, figures)"
            " VALUES ('<b>root</b>', 'what_if', '2026-11-01', '2026-11-26', '2026.12', 'sha256:00', '/rules', %s) RETURNING id",
            (json.dumps(figures),),
        ).fetchone()
    assert row is not None
    return f"{WHAT_IF}/{row[0]}"


def test_a_report_is_told_in_words_with_decisions_to_look_at(officer: Visitor, cases: Cases, telling: str) -> None:
    officer.get(telling)
    text = officer.text()
    for told in (
        "Of 12,406 decisions 15 would change.", "9 from Release to Hold", "1 in words only", "9: not said, would be Hold (shadow)",
        "2: Hold, request documents, would be Hold, control", "No authority was asked", "26 Nov 2026", "<b>root</b>",
        "1 lack only a reservation", "1: the declaration was erased.",
    ):  # fmt: skip
        assert told in text, told
    assert f"/console/declarations/{cases.fish}?decision=3" in officer.page.xpath("//main//td//a/@href")
    assert "9 changed, 1 of them in effect" in officer.page.xpath("//main//svg/@aria-label")


@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
@pytest.mark.whole
async def test_a_report_can_be_used_by_everybody(chromium: Browser, cases: Cases, telling: str, width: int) -> None:
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, cases.gateway.url, [telling, f"{telling}?lang=de"]) == []
