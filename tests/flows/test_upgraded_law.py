"""An old database is upgraded, and the law that the new version brings counts in the end, or everything says that it does not."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.domain.tables.set_state import set_name
from gateway.settings.tables import load_tables
from gateway.terminal.exits import Exit
from tests.builders.commands import gateway_command, ran_apart
from tests.builders.old_databases import DUMPS, old_database
from tests.builders.places import CONFIG
from tests.builders.running import Authorities, Served, served, until

DELIVERED = load_tables(CONFIG)
NAME = set_name(DELIVERED.version, DELIVERED.digest)
COUNTING = "SELECT digest FROM table_switch WHERE in_force_at <= now() ORDER BY in_force_at DESC, number DESC LIMIT 1"
WAITING = """
SELECT id::text FROM approval_standing
WHERE kind = 'tables' AND standing = 'open' AND body::jsonb #>> '{ordered,tables,digest}' = %s
"""

pytestmark = [pytest.mark.usefixtures("untouched"), pytest.mark.whole]


@pytest.fixture
def environment(simulated: Authorities, database_cluster: str, tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """What a gateway of today is started with on a database of the version before, which is migrated."""
    with old_database(database_cluster, DUMPS[-1], tmp_path, "law") as url:
        found = {**simulated.environment, "GATEWAY_DATABASE_URL": url}
        migrated = gateway_command(found, "migrate", run=ran_apart)
        assert migrated.returncode == 0, migrated.stderr
        yield found


def rows(environment: Mapping[str, str], query: str, *values: str) -> list[str]:
    """What a query of one column gives."""
    with psycopg.connect(environment["GATEWAY_DATABASE_URL"]) as connection:
        return [str(row[0]) for row in connection.execute(query.encode(), values)]


def the_question(environment: Mapping[str, str]) -> str:
    """The one approval that waits for the tables of today."""
    (found,) = rows(environment, WAITING, DELIVERED.digest)
    return found


def lines(log: Path, event: str) -> list[dict[str, Any]]:
    """The lines of a log about an event."""
    read = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [one for one in read if one["event"] == event]


def status(environment: Mapping[str, str], gateway: Served) -> tuple[int, dict[str, Any]]:
    """What `gateway status` ends with and tells."""
    found = gateway_command(environment, "status", "--json", f"--url={gateway.url}", run=ran_apart)
    return found.returncode, json.loads(found.stdout)


def doctor(environment: Mapping[str, str], gateway: Served) -> dict[str, str]:
    """What `gateway doctor` says of the tables."""
    told = gateway_command(environment, "doctor", "--json", f"--url={gateway.url}", run=ran_apart)
    (found,) = [one for one in json.loads(told.stdout)["checks"] if one["name"] == "tables"]
    return dict(found)


def test_an_upgrades_law_is_asked_about_until_it_counts(environment: Mapping[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stderr, served(environment, stderr=stderr):
        first = the_question(environment)
    (before,) = rows(environment, COUNTING)
    assert before != DELIVERED.digest
    assert [one["approval"] for one in lines(log, "tables_wait")] == [first]
    # As the versions before had it: nobody answered within a day.
    with psycopg.connect(environment["GATEWAY_DATABASE_URL"]) as connection:
        connection.execute("UPDATE approval SET ends_at = now() WHERE id = %s", [first])
    assert rows(environment, WAITING, DELIVERED.digest) == []
    with (
        log.open("wb") as stderr,
        served(environment, stderr=stderr) as gateway,
        served(environment, stderr=stderr) as other,
    ):
        again = the_question(environment)
        assert again != first
        assert {one["approval"] for one in lines(log, "tables_wait")} == {again}
        for one in (gateway, other):
            ended, told = status(environment, one)
            assert ended == Exit.HOLD
            assert [(found["tables"], found["number"]) for found in told["tables_waiting"]] == [(NAME, 1)]
        said = doctor(environment, gateway)
        assert said["state"] == "to be looked at"
        assert f"gateway approvals approve {again}" in said["remedy"]
        shown = gateway_command(environment, "approvals", "list", f"--url={gateway.url}", run=ran_apart)
        assert "no end" in shown.stdout
        names = [one.rpartition(" sha256:")[0].strip() for one in listed(environment)]
        assert len(set(names)) == len(set(rows(environment, "SELECT digest FROM table_set")))
        assert NAME in names
        second = ("--officer", "second.officer", f"--url={gateway.url}")
        approved = gateway_command(environment, "approvals", "approve", again, *second, run=ran_apart)
        assert approved.returncode == 0, approved.stdout + approved.stderr
        assert rows(environment, COUNTING) == [DELIVERED.digest]
        until(lambda: serves(gateway) and serves(other), "both replicas by the law of today")
        assert doctor(environment, gateway)["state"] == "good"
    with log.open("wb") as stderr, served(environment, stderr=stderr) as gateway:
        ended, told = status(environment, gateway)
        assert (ended, [found["number"] for found in told["tables_waiting"]]) == (Exit.RELEASE, [0])
    assert lines(log, "tables_wait") == []
    audited = gateway_command(environment, "audit", "verify")
    fault = f"installation: approval {first}: ends_at is not what event {event_of(environment, first)} tells"
    read = [line.strip() for line in (audited.stdout + audited.stderr).splitlines()]
    of_installation = [line for line in read if line.startswith("installation") and "not covered" not in line]
    assert of_installation == [fault], "the end that was put there by hand"


def test_a_rejected_law_is_not_asked_about_again_and_is_told_of(environment: Mapping[str, str], tmp_path: Path) -> None:
    with served(environment) as gateway:
        question = the_question(environment)
        second = ("--officer", "second.officer", "--reason", "not before June", f"--url={gateway.url}")
        rejected = gateway_command(environment, "approvals", "reject", question, *second, run=ran_apart)
        assert rejected.returncode == 0, rejected.stdout + rejected.stderr
    log = tmp_path / "log"
    with log.open("wb") as stderr, served(environment, stderr=stderr) as gateway:
        assert rows(environment, WAITING, DELIVERED.digest) == []
        assert [one["approval"] for one in lines(log, "tables_rejected")] == [question]
        ended, told = status(environment, gateway)
        assert (ended, [one["number"] for one in told["tables_waiting"]]) == (Exit.RELEASE, [0])
        ((number, age_s),) = [(one["number"], one["oldest_s"]) for one in told["tables_rejected"]]
        assert number == 1
        assert age_s is not None
        said = doctor(environment, gateway)
        assert said["state"] == "to be looked at"
        assert "a person rejected them at 2" in said["seen"]
    # Another set is asked about anew.
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "decisions.toml").write_text('version = "own"\n')
    changed = {**environment, "GATEWAY_TABLES": f'["{tmp_path / "own"}"]'}
    with served(changed) as gateway:
        ended, told = status(changed, gateway)
        assert (ended, [one["number"] for one in told["tables_waiting"]]) == (Exit.HOLD, [1])


def event_of(environment: Mapping[str, str], approval: str) -> str:
    """The number of the event that tells of an approval's asking."""
    query = (
        "SELECT seq FROM installation_event WHERE kind = 'approval.asked' AND text::jsonb #>> '{body,approval}' = %s"
    )
    (found,) = rows(environment, query, approval)
    return found


def serves(gateway: Served) -> bool:
    """Whether a gateway says that it serves by the tables of today."""
    with gateway.client() as client:
        told: dict[str, Any] = client.read("/v1/coverage").json()
    return bool(told["digest"] == DELIVERED.digest)


def listed(environment: Mapping[str, str]) -> list[str]:
    """The lines of `gateway tables list` that name a set."""
    told = gateway_command(environment, "tables", "list")
    assert told.returncode == 0, told.stderr
    return [line for line in told.stdout.splitlines() if " sha256:" in line]
