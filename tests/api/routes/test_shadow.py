"""What the rules in the shade would have changed: over HTTP the same as on the command line, and never a trader's to see."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.api.routes.shadow import ShadowReport, ShadowSpan, span
from gateway.domain.calendar import Calendar
from gateway.domain.errors import CallInvalid
from tests.api.lodging import WAIT, XML
from tests.builders.commands import ran_here
from tests.builders.door import Door
from tests.builders.running import clean_environment, declaration

CALENDAR = Calendar(zone=ZoneInfo("Europe/Brussels"))


def test_the_figures_are_those_of_the_command(door: Door, api_database: str) -> None:
    before = datetime.now(UTC)
    raw = declaration("01", "SHADOW-1").replace(b"<countryOfOrigin>GB<", b"<countryOfOrigin>NO<")
    lodged = door["customs"].post("/v1/declarations", content=raw, headers={**XML, **WAIT})
    assert lodged.json()["decision"]["effect"] == "release", lodged.text
    name = f"{lodged.json()['id']}/1"
    day = CALENDAR.day(before).isoformat()
    counted = door["officer"].get("/v1/shadow", params={"since": day})
    assert counted.status_code == 200, counted.text
    ShadowReport.model_validate(counted.json())
    environment = {**clean_environment(), "GATEWAY_DATABASE_URL": api_database}
    done = ran_here(environment, "replay", f"--since={day}", "--shadow", "--json")
    assert done.returncode == 1, done.stderr
    asked = {"question", "since", "until", "tables", "rule_set"}
    commanded: dict[str, Any] = {key: value for key, value in json.loads(done.stdout).items() if key not in asked}
    assert {key: value for key, value in counted.json().items() if key not in asked} == commanded
    (rule,) = (rule for rule in commanded["rules"] if rule["code"] == "SW-DEC-047")
    assert {"from": "shadow hold", "to": "hold", "count": 1} in rule["findings"]
    assert name in rule["flips"]["examples"]

    # Moments are as good as days; what was decided outside of them is not counted.
    moments = {"since": before.isoformat(), "until": (before + timedelta(days=1)).isoformat()}
    alone = door["auditor"].get("/v1/shadow", params=moments).json()
    assert (alone["decisions"], alone["changed"]) == (1, {"count": 1, "examples": [name]})
    assert (datetime.fromisoformat(alone["since"]), alone["directions"][0]["name"]) == (before, "import")
    earlier = {"since": "2020-01-01", "until": before.isoformat()}
    assert name not in door["operator"].get("/v1/shadow", params=earlier).text
    assert door["operator"].get("/v1/shadow", params={"since": "2099-01-01"}).json()["decisions"] == 0


@pytest.mark.parametrize(
    ("said", "place", "what"),
    [
        ({}, "/query/since", "required"),
        ({"since": "2026-11-01", "untill": "2026-11-02"}, "/query/untill", "not permitted"),
        ({"since": "yesterday"}, "/query/since", "as in 2026-11-24"),
        ({"since": "2026-11-24T02:00:00"}, "/query/since", "as in 2026-11-24T02:00:00Z"),
        ({"since": "2026-11-24T02:00:00 01:00"}, "/query/since", "%2B"),
        ({"since": "2026-02-30", "until": "2026-13-01"}, "/query/until", "as in 2026-11-24"),
        ({"since": "0001-01-01"}, "/query/since", "as in 2026-11-24"),
        ({"since": "2026-11-01", "until": "9999-12-31"}, "/query/until", "as in 2026-11-24"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "/query/until", "does not lie behind since"),
        (
            {"since": "2026-11-02T00:00:00Z", "until": "2026-11-02T01:00:00+01:00"},
            "/query/until",
            "does not lie behind",
        ),
    ],
)
def test_what_is_no_span_is_refused_with_place_and_remedy(
    door: Door, said: dict[str, str], place: str, what: str
) -> None:
    answer = door["officer"].get("/v1/shadow", params=said)
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (told,) = [error for error in answer.json()["errors"] if error["path"] == place]
    assert what in told["message"]


def test_days_are_the_administrations_and_the_last_one_counts_whole() -> None:
    since, until = span(ShadowSpan(since="2026-07-01", until="2026-07-01"), CALENDAR)
    assert since == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert until == datetime(2026, 7, 1, 22, tzinfo=UTC)
    with pytest.raises(CallInvalid) as refused:
        span(ShadowSpan(since="nothing", until="nothing"), CALENDAR)
    assert [one.path for one in refused.value.violations] == ["/query/since", "/query/until"]
