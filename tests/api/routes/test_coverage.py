"""What law the tables in force cover: over HTTP the same as on the command line."""

import json

from gateway.api.routes.coverage import CoverageBody
from tests.api.lodging import is_problem
from tests.builders.commands import ran_here
from tests.builders.door import Door
from tests.builders.running import clean_environment


def test_the_coverage_over_http_is_that_of_the_command(door: Door, api_database: str) -> None:
    answer = door["trader"].get("/v1/coverage", params={"on": "2026-11-24"})
    assert answer.status_code == 200, answer.text
    CoverageBody.model_validate(answer.json())
    environment = {**clean_environment(), "GATEWAY_DATABASE_URL": api_database}
    done = ran_here(environment, "tables", "coverage", "--on=2026-11-24", "--set=in-force", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == answer.json()


def test_a_number_is_no_day(door: Door) -> None:
    """It would be one of 1970, whose coverage nobody asked for."""
    for on in ("0", "1764028800", "2026-11-24T00:00:00", "2026-13-01", "٢٠٢٦-١١-٢٤"):
        answer = door["trader"].get("/v1/coverage", params={"on": on})
        is_problem(answer, 422, "SW-API-422")
        assert answer.json()["errors"][0]["path"] == "/query/on"


def test_without_a_load_of_taric_the_own_rows_are_all_that_is_known(door: Door) -> None:
    found = door["officer"].get("/v1/coverage").json()
    assert found["taric"] is None
    assert not any(one["taric"] for one in found["chapters"])
    fish = next(one for one in found["chapters"] if one["chapter"] == "03")
    assert fish["own_measures"] > 0
    assert any(one["adapter"] == "traces" and "N853" in one["types"] for one in found["formalities"])
    assert any(one["adapter"] is None for one in found["formalities"])


def test_a_day_that_is_none_is_refused(door: Door) -> None:
    assert door["customs"].get("/v1/coverage", params={"on": "2026-02-30"}).status_code == 422
